# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of this folder share: FILE.py SOURCE BUILD NAME runs the test of that
name, see tests/examples/example.py, whose tools these are."""
import contextlib
import os
import socket
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, 'examples'))
from example import (KEY, SECONDS, SIM, StandIn, expect, fetch_clip, finish, main, need, requests, run,  # noqa: E402, F401
                     service, skip, start, wait_for)

TASK = {'seconds': 1, 'size': '160x120', 'duration_ms': 300}
# noise makes it large: a few megabytes, many times what one window of HTTP/2 or TCP holds
LARGE = {'seconds': 4, 'size': '320x240', 'duration_ms': 300, 'clip': {'noise': True, 'kbit': 6000}}


def pipeline(task, *sink, **settings):
    """The command that runs a task into the sink; min_poll_interval=100 and such are veosrc's. These tasks take no
    minutes, as those for which it has its own intervals."""
    need('gst-launch-1.0')
    settings = {'min_poll_interval': 50, 'max_poll_interval': 500, **settings}
    return ['gst-launch-1.0', 'veosrc', f'task-id={task}',
            *(f'{name.replace("_", "-")}={value}' for name, value in settings.items()), '!', *sink]


def saves(sim, folder, task, environment=None, wrapper=(), **settings):
    """Saves the task's file, and expects each of its bytes. Returns what gst-launch said."""
    path = os.path.join(folder, task + '.mp4')
    status, text = run(*wrapper, *pipeline(task, 'filesink', 'location=' + path, output='container', **settings),
                       env=dict(os.environ, **(environment or {})))
    expect('gst-launch ends well', status == 0, status, *sim.lines)
    same_bytes(sim, task, path)
    return text


def same_bytes(sim, task, path):
    expected = fetch_clip(sim, task)
    with open(path, 'rb') as file:
        saved = file.read()
    expect(f'all of the {len(expected)} bytes are there, and no other', saved == expected, f'{len(saved)} bytes')


def plays(sim, task, environment=None, wrapper=(), **settings):
    """Decodes the task's video to its end."""
    status, text = run(*wrapper, *pipeline(task, 'fakevideosink', 'sync=false', **settings),
                       env=dict(os.environ, **(environment or {})))
    expect('gst-launch ends well', status == 0, status, *sim.lines)
    expect('the task was completed, and the video came to its end', 'completed' in text and 'EOS' in text)
    return text


def seen(sim, text):
    """Until the service has printed a request with this text; it prints when the answer begins."""
    return wait_for('the service is asked: ' + text, lambda: requests(sim, text))


def state_of(task, sim):
    """What the service says of a task, without any of our code."""
    request = urllib.request.Request(f'{sim.url}/v1/videos/{task}', headers={'Authorization': 'Bearer ' + KEY})
    with urllib.request.urlopen(request, timeout=SECONDS) as reply:
        return reply.read().decode()


@contextlib.contextmanager
def server(*command, **options):
    """A program in the background, as long as the "with" lasts."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def listener():
    """A socket on a port that was free; who inherits it need not wait for anything."""
    found = socket.socket()
    found.bind(('127.0.0.1', 0))
    found.listen(64)
    return found


def lines_of(path):
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read().splitlines()
