#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whole runs of gst-launch with GStreamer's tracer of leaks, which looks at everything: elements, pads, buffers,
events, messages, caps"""
import os
import signal

from network import LARGE, TASK, expect, finish, lines_of, main, pipeline, run, seen, service, start

FAILING = dict(TASK, last_status='failed', message='The prompt was refused.')
# a transfer that stops in the middle, so that it can be stopped there
STALLING = dict(LARGE, transfer={'stall_after': 100000, 'stall_ms': 'forever'})


def traced(folder):
    """The environment, and the file that the tracer writes at the end"""
    path = os.path.join(folder, 'tracer.log')
    return dict(os.environ, GST_TRACERS='leaks', GST_DEBUG='GST_TRACER:7', GST_DEBUG_NO_COLOR='1',
                GST_DEBUG_FILE=path), path


def leaves_nothing(path):
    lines = [line for line in lines_of(path) if 'GST_TRACER' in line]
    expect('the tracer ran', any('new format string: object-alive' in line for line in lines))
    alive = [line for line in lines if ' object-alive, type-name=(string)' in line and 'new format' not in line]
    expect('nothing is left alive', not alive, *alive)


def runs(folder, task, *sink, ends_well=True, **settings):
    environment, path = traced(folder)
    status, _ = run(*pipeline(task, *sink, **settings), env=environment)
    expect('it ends well' if ends_well else 'it fails', (status == 0) == ends_well, status)
    leaves_nothing(path)


def played(folder):
    """Given a video, when it is played to its end in each form, with silence and with a copy, then nothing is left."""
    with service({'video_1': TASK, 'video_2': dict(TASK, clip={'silent': True})}):
        for output in ('decoded', 'encoded', 'container'):
            runs(folder, 'video_1', 'fakesink', output=output)
        runs(folder, 'video_2', 'fakesink', fill_audio='true', save_location=os.path.join(folder, 'kept.mp4'))
        runs(folder, 'video_2', 'fakesink', save_location=os.path.join(folder, 'kept.mp4'))


def failed(folder):
    """Given a task that fails, one that is not there and a deadline that passes, then nothing is left."""
    with service({'video_1': FAILING, 'video_2': dict(TASK, duration_ms=60000)}):
        runs(folder, 'video_1', 'fakesink', ends_well=False)
        runs(folder, 'video_none', 'fakesink', ends_well=False, retries=0)
        runs(folder, 'video_2', 'fakesink', ends_well=False, wait_timeout=300)


def interrupted(folder):
    """Given a task that is waited for, and a download that stalls, when Ctrl-C comes, then nothing is left."""
    for task, sign in ((dict(TASK, duration_ms=60000), 'GET /v1/videos/video_1 '),
                       (STALLING, 'GET /v1/videos/video_1/content')):
        with service({'video_1': task}) as sim:
            environment, path = traced(folder)
            process = start(*pipeline('video_1', 'fakesink'), env=environment)
            seen(sim, sign)
            process.send_signal(signal.SIGINT)
            finish(process)
            leaves_nothing(path)


if __name__ == '__main__':
    main(globals())
