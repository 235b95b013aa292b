#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Given OpenAI's Node SDK, when it talks to veo-sim as to the service it was made
for, then it creates, follows, downloads and deletes tasks (videos.cjs), and
veosrc plays the task that it created.

openai.py BUILD. The SDK is installed into the build folder; without Node 20, npm
and its registry the test is skipped."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from standin import CLIP, StandIn, expect, need, run, skip  # noqa: E402

SDK = 'openai@6'
TASKS = {
    'video_slow': dict(CLIP, duration_ms=3600000),
    'video_bad': {'duration_ms': 100, 'last_status': 'failed', 'message': 'The prompt was refused.'},
    'video_shaky': dict(CLIP, answers=[{'status': 503, 'body': {'error': {'message': 'busy'}}},
                                       {'status': 429, 'headers': {'Retry-After': '1'}}, {}]),
    'video_old': CLIP,
}


def node_version():
    return int(re.match(r'v(\d+)', run('node', '--version')).group(1))


def install(folder):
    if os.path.exists(os.path.join(folder, 'node_modules', 'openai', 'package.json')):
        return
    if os.environ.get('NO_INSTALL') == '1':
        skip('the SDK is not installed, and NO_INSTALL is set')
    os.makedirs(folder, exist_ok=True)
    command = ['npm', 'install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts',
               '--prefer-offline', '--fetch-retries=1', '--fetch-timeout=20000', SDK]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=120)
    except subprocess.TimeoutExpired:
        skip('the npm registry does not answer')
    if done.returncode:
        print(done.stdout)
        skip(f'{SDK} cannot be had from the npm registry')


def main():
    build = sys.argv[1]
    need('node', 'npm', 'gst-launch-1.0')
    if node_version() < 20:
        skip('the SDK needs Node 20')
    folder = os.path.join(build, 'tests', 'sdk', 'node')
    install(folder)
    for name in ('http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'):
        os.environ.pop(name, None)
    with StandIn(os.path.join(build, 'examples', 'veo-sim', 'veo-sim'), TASKS) as service:
        os.environ.update(VEO_BASE_URL=service.url, VEO_API_KEY=service.key)
        text = run('node', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'videos.cjs'), folder)
        print(text)
        task = re.search(r'^completed (\S+)$', text, re.M).group(1)
        text = run('gst-launch-1.0', 'veosrc', 'task-id=' + task, '!', 'fakevideosink', 'sync=false')
    expect('the SDK asked for the task again after 503 and 429',
           sum('GET /v1/videos/video_shaky ' in line for line in service.lines) == 3, *service.lines)
    expect('veosrc played the task of the SDK', 'completed' in text and 'EOS' in text, text)


main()
