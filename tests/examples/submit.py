#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/submit.sh against the stand-in, and against a server that notes what it is sent.

submit.py SOURCE BUILD"""
import email
import http.server
import json
import os
import shutil
import sys
import tempfile
import threading
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from standin import KEY, StandIn, clean_environment, expect, need, run  # noqa: E402

PROMPT = '@"A cat\\dog";type=x\n<on> a $windowsill, 猫'


class Notebook(http.server.BaseHTTPRequestHandler):
    """Answers as told, and remembers the requests."""
    requests = []
    answer = (200, b'')

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        form = email.message_from_bytes(b'Content-Type: ' + self.headers['Content-Type'].encode() + b'\r\n\r\n' + body)
        fields = {part.get_param('name', header='content-disposition'): part.get_payload(decode=True).decode()
                  for part in form.get_payload()}
        self.requests.append((self.path, self.headers['Authorization'], fields))
        self.send_response(self.answer[0])
        self.send_header('Content-Length', str(len(self.answer[1])))
        self.end_headers()
        self.wfile.write(self.answer[1])

    def log_message(self, *unused):
        pass


def spy_on(program, folder):
    """A program of the same name that comes first in PATH, notes its arguments and becomes the real one."""
    path = os.path.join(folder, program)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'#!/bin/sh\nprintf "%s\\n" "$0 $*" >> {folder}/arguments\nexec {shutil.which(program)} "$@"\n')
    os.chmod(path, 0o755)


def creates_and_plays(submit, sim, folder):
    """Given the stand-in, when a video is asked for, then the task has the wishes, and it is saved and played."""
    clip = os.path.join(folder, 'clip.mp4')
    with StandIn(sim) as service:
        os.environ.update(VEO_API_KEY=KEY, VEO_BASE_URL=service.url + '/v1/')
        task = run(submit, '--model', 'veo_other', '--seconds', '3', '--size', '160x120', '--only-submit', PROMPT).strip()
        request = urllib.request.Request(f'{service.url}/v1/videos/{task}', headers={'Authorization': 'Bearer ' + KEY})
        with urllib.request.urlopen(request) as reply:
            seen = json.load(reply)
        expect('the task has the wishes', [seen[name] for name in ('model', 'seconds', 'size')] ==
               ['veo_other', '3', '160x120'], seen)
        text = run(submit, '--seconds', '1', '--size', '160x120', '--save', clip, 'A cat')
        expect('the clip is saved', 'completed' in text and os.path.getsize(clip) > 1000, text)
        text = run(submit, '--seconds', '1', '--size', '160x120', 'A dog')
        expect('the clip is played', 'The task is video_' in text and 'Got EOS' in text, text)
        os.environ['VEO_API_KEY'] = 'wrong-key'
        text = run(submit, 'A cat', fails=True)
        expect('the refusal is told', 'HTTP 401' in text and 'Invalid token' in text, text)
    text = run(submit, 'A cat', fails=True)
    expect('a service that is not there is told', 'could not be asked' in text, text)
    expect('three tasks were created', sum('POST /v1/videos -> 200' in line for line in service.lines) == 3, *service.lines)


def sends_what_was_typed(submit):
    """Given odd prompts and odd answers, then the words arrive whole, and nothing is played."""
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Notebook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ.update(VEO_API_KEY=KEY, VEO_BASE_URL=f'http://127.0.0.1:{server.server_port}')
    Notebook.answer = (200, b'{"code":"success","data":{"task_id":"task_1:a-b","x":{"id":"no"}}}')
    text = run(submit, '--only-submit', PROMPT)
    expect('the id is found', text == 'task_1:a-b\n', text)
    expect('prompt, key and defaults are sent as they are', Notebook.requests == [
        ('/v1/videos', 'Bearer ' + KEY,
         {'model': 'veo_3_1-fast', 'prompt': PROMPT, 'seconds': '8', 'size': '720x1280'})], Notebook.requests)
    del os.environ['VEO_API_KEY']
    run(submit, '--only-submit', 'A cat')
    expect('without a key there is no header', Notebook.requests[-1][1] is None, Notebook.requests[-1])
    os.environ['VEO_API_KEY'] = KEY
    Notebook.answer = (401, f'the key {KEY} is bad'.encode())
    text = run(submit, 'A cat', fails=True)
    expect('a repeated key is not shown', 'the key *** is bad' in text and KEY not in text, text)
    for odd in (b'{"ok":true}', b'', b'{"id":"a b ! fakesink"}', b'{"id":""}'):
        Notebook.answer = (200, odd)
        text = run(submit, 'A cat', fails=True)
        expect('an odd answer is no task', 'no task id in the answer' in text, text)
    count = len(Notebook.requests)
    for wrong in ((), ('',), ('a', 'b'), ('--size',), ('--what', 'a')):
        text = run(submit, *wrong, fails=True)
        expect('a mistake shows how to use it', text.startswith('Usage:'), text)
    expect('and asks for nothing', len(Notebook.requests) == count)
    server.shutdown()


def main():
    source, build = sys.argv[1:]
    need('bash', 'curl', 'gst-launch-1.0')
    submit = os.path.join(source, 'examples', 'submit.sh')
    with tempfile.TemporaryDirectory() as folder:
        # Automatic sinks without a display or a sound card
        clean_environment(folder, HOME=folder, GST_PLUGIN_PATH=os.path.join(build, 'gst'),
                          GST_PLUGIN_FEATURE_RANK='fakevideosink:MAX,fakeaudiosink:MAX')
        for program in ('curl', 'gst-launch-1.0'):
            spy_on(program, folder)
        os.environ['PATH'] = folder + os.pathsep + os.environ['PATH']
        creates_and_plays(submit, os.path.join(build, 'examples', 'veo-sim', 'veo-sim'), folder)
        sends_what_was_typed(submit)
        with open(os.path.join(folder, 'arguments'), encoding='utf-8') as file:
            seen = file.read()
    expect('curl and gst-launch-1.0 were called', seen.count('/curl ') > 5 and seen.count('/gst-launch-1.0 ') == 2, seen)
    expect('the key was on no command line', KEY not in seen and 'wrong-key' not in seen, seen)


main()
