#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A process that is not treated well. hardship.py SOURCE BUILD NAME"""
import ctypes.util
import glob
import os
import signal
import time

from network import (RUNNING, TASK, expect, expect_clip, expect_played, fetch_clip, finish, launch, main, need, polls, run,
                     service, skip, start, wait_for)

CLIP = {'seconds': 1, 'size': '320x240', 'duration_ms': 1}
# It runs for so many polls, whatever the clocks say
SLOW = {TASK: dict(CLIP, answers=[RUNNING] * 14 + [{}])}


def clock(folder):
    """Given a wait, when the wall clock jumps two days ahead and then four back, then the
    wait neither ends early nor stops asking."""
    found = glob.glob('/usr/lib/*/faketime/libfaketime.so.1')
    if not found:
        skip('there is no faketime')
    stamp = os.path.join(folder, 'time')

    def set_time(text):
        with open(stamp + '.new', 'w', encoding='utf-8') as file:
            file.write(text)
        os.rename(stamp + '.new', stamp)

    set_time('+0')
    env = dict(LD_PRELOAD=found[0], FAKETIME_TIMESTAMP_FILE=stamp, FAKETIME_NO_CACHE='1',
               FAKETIME_DONT_FAKE_MONOTONIC='1', DONT_FAKE_MONOTONIC='1')
    with service(SLOW) as standin:
        process = start(*launch(folder), env=dict(os.environ, **env))
        wait_for('it waits', lambda: polls(standin) >= 2)
        set_time('+2d')
        wait_for('it asks on after a jump ahead', lambda: polls(standin) >= 6)
        set_time('-2d')
        wait_for('it asks on after a jump back', lambda: polls(standin) >= 10)
        expect('it has not ended early', process.poll() is None)
        expect_played(finish(process))
        expect_clip(folder, fetch_clip(standin, TASK))


def suspended(folder):
    """Given a wait, when the process is stopped for longer than every pause and timeout of
    its polls, then it goes on and plays."""
    with service(SLOW) as standin:
        process = start(*launch(folder, 'request-timeout=500'))
        wait_for('it waits', lambda: polls(standin) >= 3)
        process.send_signal(signal.SIGSTOP)
        before = polls(standin)
        time.sleep(1.5)  # three times request-timeout
        expect('it was stopped', polls(standin) <= before + 1)
        process.send_signal(signal.SIGCONT)
        expect_played(finish(process))
        expect_clip(folder, fetch_clip(standin, TASK))


def limited(folder, limits):
    with service([TASK]) as standin:
        expect_played(run('sh', '-c', limits + ' && exec "$@"', 'sh', *launch(folder)))
        expect_clip(folder, fetch_clip(standin, TASK))


def descriptors(folder):
    """Given 64 descriptors, then a task is fetched."""
    limited(folder, 'ulimit -n 64')


def memory(folder):
    """Given a gigabyte of addresses, then a task is fetched."""
    if 'LD_PRELOAD' in os.environ:
        skip('a sanitizer needs more')
    limited(folder, 'ulimit -v 1000000')


def no_folders(folder):
    """Given no home and no temporary folder to write to, then a task is fetched."""
    gone = os.path.join(folder, 'gone')
    limited(folder, f'export HOME={gone} TMPDIR={gone} XDG_CACHE_HOME={gone} XDG_RUNTIME_DIR={gone}')


def libsoup2(folder):
    """Given libsoup 2.4 in the process, then veosrc can be looked at, and playing fails with
    a sentence instead of an abort."""
    need('gst-inspect-1.0')
    library = ctypes.util.find_library('soup-2.4')
    if not library:
        skip('libsoup 2.4 is not installed')
    env = dict(os.environ, LD_PRELOAD=library)
    status, output = run('gst-inspect-1.0', 'veosrc', env=env)
    expect('gst-inspect-1.0 shows it', status == 0 and 'task-id' in output, status, output)
    with service([TASK]) as standin:
        status, output = run(*launch(folder), env=env)
        expect('playing fails with a sentence', status in (1, 255) and 'libsoup 2.4' in output and 'ERROR' in output,
               status, output)
        expect('nothing was asked', polls(standin) == 0, *standin.lines)


if __name__ == '__main__':
    main({'clock': clock, 'suspended': suspended, 'descriptors': descriptors, 'memory': memory,
          'no_folders': no_folders, 'libsoup2': libsoup2})
