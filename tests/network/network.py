# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of network reality share. Each runs gst-launch-1.0, as a user
does, and looks at what the other side saw."""
import contextlib
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, 'examples'))
from example import (KEY, expect, fetch_clip, finish, main, need, requests, run, service, skip, start,  # noqa: E402, F401
                     wait_for)

TASK = 'video_net'
RUNNING = {'body': {'id': TASK, 'status': 'processing', 'progress': 10}}
# Small pauses, so that nobody waits for long; as wide as a loaded machine needs
PATIENT = ['min-poll-interval=100', 'max-poll-interval=300', 'retries=20', 'wait-timeout=100000']


def launch(folder, *properties, name='clip.mp4'):
    """The command that stores the task's file."""
    return ['gst-launch-1.0', 'veosrc', 'task-id=' + TASK, 'output=container', *PATIENT, *properties, '!',
            'filesink', 'location=' + os.path.join(folder, name)]


def expect_clip(folder, wanted, name='clip.mp4'):
    with open(os.path.join(folder, name), 'rb') as file:
        found = file.read()
    expect('the file is the service\'s, to the byte', found == wanted and len(wanted) > 1000,
           f'{len(found)} bytes, wanted {len(wanted)}')


def expect_played(result):
    status, output = result
    expect('it ends well', status == 0 and 'completed' in output and 'EOS' in output, status, output)


def polls(standin):
    return requests(standin, f'GET /v1/videos/{TASK} ')


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


@contextlib.contextmanager
def server(port, *command):
    """Somebody else's server, from when it listens to the end of the "with"."""
    process = start(*command)
    try:
        wait_for(f'{command[0]} listens', lambda: answers(port) or process.poll() is not None)
        if process.poll() is not None:
            skip(f'{command[0]} does not start: {process.stdout.read()}')
        yield
    finally:
        process.terminate()
        process.communicate()


def make_certificate(folder):
    """(certificate, key) of 127.0.0.1, its own authority."""
    certificate, key = os.path.join(folder, 'cert.pem'), os.path.join(folder, 'key.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate,
                    '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return certificate, key


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()
