#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A wall clock that is set while the element waits"""
import os
import time

from network import TASK, expect, finish, main, need, pipeline, requests, run, seen, service, skip, start, wait_for

LIBRARIES = ('faketime/libfaketimeMT.so.1', 'x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
             'aarch64-linux-gnu/faketime/libfaketimeMT.so.1')


def library():
    need('faketime')
    for name in LIBRARIES:
        path = '/usr/lib/' + name
        if os.path.exists(path):
            return path
    skip('there is no libfaketimeMT.so.1')


def jump(folder, offset):
    """Sets the clock of the element, not that of the service. The file is replaced at once: half of it would be no time."""
    path = os.path.join(folder, 'time')

    def set_clock(value):
        with open(path + '.new', 'w') as file:
            file.write(value + '\n')
        os.rename(path + '.new', path)

    set_clock('+0')
    with service({'video_1': dict(TASK, duration_ms=2500)}) as sim:
        environment = dict(os.environ, LD_PRELOAD=library(), FAKETIME_TIMESTAMP_FILE=path, FAKETIME_NO_CACHE='1',
                           FAKETIME_DONT_FAKE_MONOTONIC='1', DONT_FAKE_MONOTONIC='1')
        process = start(*pipeline('video_1', 'fakevideosink', wait_timeout=60000, min_poll_interval=200,
                                  max_poll_interval=500), env=environment)
        seen(sim, 'GET /v1/videos/video_1 ')
        before = requests(sim, 'GET /v1/videos/video_1 ')
        set_clock(offset)
        now = int(run('date', '+%s', env=environment)[1])
        expect('the clock has jumped', abs(now - time.time()) > 86400, now)
        wait_for('it asks again', lambda: requests(sim, 'GET /v1/videos/video_1 ') > before or process.poll() is not None)
        status, text = finish(process)
        expect('it ends well: neither was the wait over early, nor did it hang', status == 0, status, *sim.lines)
        expect('the video came', 'completed' in text and requests(sim, 'GET /v1/videos/video_1/content') == 1, *sim.lines)
        polls = requests(sim, 'GET /v1/videos/video_1 ')
        expect('the clock made it ask neither in a hurry nor too rarely', 3 <= polls <= 20, *sim.lines)


def ahead(folder):
    """Given a task that is waited for, when the clock is set two days ahead, then the wait goes on as before, and the clip plays."""
    jump(folder, '+2d')


def back(folder):
    """The same with a clock that is set back."""
    jump(folder, '-2d')


if __name__ == '__main__':
    main(globals())
