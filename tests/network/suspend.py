#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A process that is stopped for longer than its timeouts, as by Ctrl-Z or a lid that is shut"""
import os
import signal
import time

from network import LARGE, TASK, expect, finish, main, pipeline, requests, same_bytes, seen, service, start, state_of, wait_for

TIMES = {'request_timeout': 300, 'min_poll_interval': 50, 'max_poll_interval': 200}
POLL = 'GET /v1/videos/video_1 '


def until_completed(sim):
    wait_for('the task is completed', lambda: '"completed"' in state_of('video_1', sim), pause=0.2)


def stop(process):
    """Until it is stopped indeed"""
    process.send_signal(signal.SIGSTOP)
    with open(f'/proc/{process.pid}/stat') as stat:
        wait_for('the process is stopped', lambda: stat.seek(0) or ') T ' in stat.read())


def longer_than(milliseconds):
    """The pause itself is what is tested"""
    time.sleep(1.5 * milliseconds / 1000)


def between(_folder):
    """Given a task that is waited for, when the process sleeps until the task is completed, then it plays the video."""
    with service({'video_1': dict(TASK, duration_ms=2500)}) as sim:
        process = start(*pipeline('video_1', 'fakevideosink', **TIMES))
        seen(sim, POLL)
        stop(process)
        until_completed(sim)
        process.send_signal(signal.SIGCONT)
        plays_on(process, sim)


def is_connected(sim):
    """Whether anyone has a connection to the service"""
    port = int(sim.url.rpartition(':')[2])
    with open('/proc/net/tcp') as table:
        rows = [line.split() for line in table][1:]
    return any(row[2].endswith(f':{port:04X}') and row[3] == '01' for row in rows)


def polling(_folder):
    """Given a poll that is not answered yet, when the process sleeps for longer than its request-timeout and the answer comes
    meanwhile, then it plays the video."""
    answers = [{'delay_ms': 200}, {}]
    with service({'video_1': dict(TASK, answers=answers, duration_ms=1000)}) as sim:
        process = start(*pipeline('video_1', 'fakevideosink', **TIMES))
        wait_for('it has a connection', lambda: is_connected(sim))
        stop(process)
        longer_than(TIMES['request_timeout'])
        process.send_signal(signal.SIGCONT)
        plays_on(process, sim)


def downloading(folder):
    """Given a download, when the process sleeps and the service gives the connection up meanwhile, then the file comes, to the last byte."""
    path = os.path.join(folder, 'clip.mp4')
    transfer = {'rate': 1000000, 'cut_every': 1000000, 'cut_times': 1}
    with service({'video_1': dict(LARGE, transfer=transfer)}) as sim:
        process = start(*pipeline('video_1', 'filesink', 'location=' + path, 'buffer-mode=unbuffered',
                                  output='container', **TIMES))
        wait_for('the file grows', lambda: os.path.exists(path) and os.path.getsize(path))
        stop(process)
        longer_than(1000)
        process.send_signal(signal.SIGCONT)
        status, _ = finish(process)
        expect('it ends well', status == 0, status, *sim.lines)
        expect('it took more than one transfer', requests(sim, 'GET /v1/videos/video_1/content') > 1, *sim.lines)
        same_bytes(sim, 'video_1', path)


def overslept(_folder):
    """Given a task that is completed while the process sleeps for longer than its wait-timeout, then it plays the video."""
    with service({'video_1': dict(TASK, duration_ms=5000)}) as sim:
        process = start(*pipeline('video_1', 'fakevideosink', wait_timeout=2000, **TIMES))
        seen(sim, POLL)
        stop(process)
        until_completed(sim)
        process.send_signal(signal.SIGCONT)
        plays_on(process, sim)


def still_running(_folder):
    """Given a task that is not completed by then, then the run fails with the sentence of wait-timeout."""
    with service({'video_1': dict(TASK, duration_ms=600000)}) as sim:
        process = start(*pipeline('video_1', 'fakevideosink', wait_timeout=2000, **TIMES))
        seen(sim, POLL)
        stop(process)
        longer_than(2500)
        before = requests(sim, POLL)
        process.send_signal(signal.SIGCONT)
        status, text = finish(process)
        expect('it fails', status == 1, status)
        expect('it says that the task was not completed in time', 'The wait-timeout ran out' in text)
        expect('it asked once more before', requests(sim, POLL) > before, *sim.lines)


def plays_on(process, sim):
    status, text = finish(process)
    expect('it ends well', status == 0, status, *sim.lines)
    expect('the video came', 'completed' in text and 'EOS' in text, *sim.lines)


if __name__ == '__main__':
    main(globals())
