#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/play.c and examples/play.py, which do the same: play.py SOURCE BUILD TEST PROGRAM"""
import signal
import subprocess
import sys

from example import SOURCE, expect, finish, main, path_of, requests, run, run_on_terminal, service, skip, start

PROGRAM = sys.argv[4]
TASK = {'seconds': 1, 'size': '160x120', 'duration_ms': 1500, 'link': 'content'}
SINKS = ('--video-sink', 'fakevideosink', '--audio-sink', 'fakeaudiosink')


def command(*arguments):
    if not PROGRAM.endswith('.py'):
        return (path_of(PROGRAM), *SINKS, *arguments)
    # not through PATH: the modules belong to this one
    python = '/usr/bin/python3'
    if subprocess.run([python, '-c', 'import gi; gi.require_version("Gst", "1.0")'], stderr=subprocess.DEVNULL).returncode:
        skip(f'{python} has no module gi with GStreamer')
    return (python, f'{SOURCE}/examples/{PROGRAM}', *SINKS, *arguments)


def plays(_folder):
    """Given a task, when it is played into a pipe and on a terminal, then a bar grows, and the clip is played to its end."""
    with service({'video_1': TASK}) as sim:
        status, text = run(*command('video_1'))
        lines = text.splitlines()
        expect('it ends well', status == 0, status)
        expect('the bar is empty at first', lines[0] == f'[{"." * 30}]   0 % video_1: waiting for the video', lines)
        expect('and full at last', lines[-1] == f'[{"#" * 30}] 100 % video_1: completed', lines)
        expect('the clip was fetched', requests(sim, 'GET /v1/videos/video_1/content') == 1, sim.lines)
        status, text = run_on_terminal(*command('video_1'))
        expect('on a terminal too', status == 0 and '100 % video_1: completed' in text)
        expect('there the bar stays on its line', text.count('\n') == 1 and text.endswith('\r\n') and text.startswith('\r'))


def fails(_folder):
    """Given a task that fails and one that is not there, then the reason is told, with the name of the request."""
    with service({'video_1': dict(TASK, duration_ms=100, last_status='failed', message='The prompt was refused')}):
        status, text = run(*command('video_1'))
        expect('it fails', status == 1, status)
        expect('the service is quoted', 'The prompt was refused' in text)
        status, text = run_on_terminal(*command('video_1'))
        expect('the error has lines of its own', status == 1 and '\r\nThe service could not make the video' in text)
        expect('the request is named', '\r\nThe service knows this request as req' in text)
        status, text = run(*command('bad\nid'))
        expect('an impossible id fails at once', status == 1 and 'bad' in text)


def stops(_folder):
    """Given a task that takes long, when Ctrl-C is typed, then it ends at once, and the prompt begins on a line of its own."""
    with service({'video_1': dict(TASK, duration_ms=600000)}):
        process = start(*command('video_1'))
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        expect('a signal ends it', finish(process)[0] == 130)
        status, text = run_on_terminal(*command('video_1'), interrupt_at='waiting')
        expect('Ctrl-C ends it', status == 130, status)
        expect('the line is ended', text.endswith('\n'))


def usage(_folder):
    """Given wrong arguments, then it says so, and does nothing."""
    for arguments in ((), ('a', 'b'), ('--what', 'a')):
        status, text = run(*command(*arguments))
        expect(f'{arguments}: exit status 2', status == 2, status)
        expect('with words', len(text) > 10)
    status, text = run(*command('--help'))
    expect('there is help', status == 0 and '--video-sink' in text)


main({'plays': plays, 'fails': fails, 'stops': stops, 'usage': usage})
