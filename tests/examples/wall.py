#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/wall.c: wall.py SOURCE BUILD TEST"""
import os
import signal

from example import expect, finish, main, path_of, requests, run, service, start

SINK = '--video-sink=fakevideosink'
TASK = {'seconds': 1, 'size': '160x120', 'duration_ms': 1, 'link': 'content'}
LATE = dict(TASK, duration_ms=6000)
BAD = dict(TASK, duration_ms=500, last_status='failed', message='The prompt was refused')
ENDLESS = dict(TASK, duration_ms=600000)


def goes_on(_folder):
    """Given a task that is completed at once, one that takes seconds and one that fails meanwhile, then the reason is
    told, both clips are fetched, and the wall ends by itself with a status that tells of the failure."""
    with service({'video_1': TASK, 'video_late': LATE, 'video_bad': BAD}) as sim:
        status, text = run(path_of('wall'), SINK, 'video_1', 'video_late', 'video_bad')
        asked = [n for n, line in enumerate(sim.lines) if 'GET /v1/videos/video_bad' in line]
        expect('the failed one was not asked for again at the end', asked and asked[-1] <
               max(n for n, line in enumerate(sim.lines) if 'GET /v1/videos/video_late' in line), sim.lines)
        expect('it was taken down well', 'CRITICAL' not in text)
        expect('one failed: exit status 1', status == 1, status)
        expect('the reason is told', 'video_bad' in text and 'The prompt was refused' in text)
        expect('only that failed', text.count('The prompt was refused') == 1 and 'BUSY' not in text)
        for task in ('video_1', 'video_late'):
            expect(f'{task} was completed and fetched', f'{task}: completed' in text and
                   requests(sim, f'GET /v1/videos/{task}/content') >= 1, sim.lines)
        expect('the late one came after the failure', text.index('The prompt was refused') < text.index('video_late: completed'))


def all_good(folder):
    """Given two tasks that are completed, when the wall is written to a file, then it ends well, and the file has pictures."""
    path = os.path.join(folder, 'wall.y4m')
    with service({'video_1': TASK, 'video_2': LATE}):
        status, _text = run(path_of('wall'), f'--video-sink=y4menc ! filesink location={path}', 'video_1', 'video_2')
    expect('it ends well', status == 0, status)
    with open(path, 'rb') as file:
        expect('two tiles wide', b' W960 H270 ' in file.readline())
    frame = 960 * 270 * 3 // 2
    expect('it ran until the late clip was over', os.path.getsize(path) > 30 * frame, os.path.getsize(path))


def stops(_folder):
    """Given tasks that take long, when Ctrl-C comes, then the wall ends at once, without an error that nobody made."""
    with service({'video_1': ENDLESS, 'video_2': ENDLESS}):
        process = start(path_of('wall'), SINK, 'video_1', 'video_2')
        while 'waiting' not in process.stdout.readline():
            expect('it runs', process.poll() is None, process.returncode)
        process.send_signal(signal.SIGINT)
        status, text = finish(process)
        expect('it ends', status == 130, status)
        expect('no complaint', 'still' not in text and 'rror' not in text)


def usage(_folder):
    """Given wrong arguments or a sink that is not there, then it says so."""
    for arguments in ((), ('--what', 'a')):
        status, text = run(path_of('wall'), *arguments)
        expect(f'{arguments}: exit status 2', status == 2 and len(text) > 10, status)
    status, text = run(path_of('wall'), '--video-sink=nosuchsink', 'a')
    expect('a missing sink is named', status == 1 and 'nosuchsink' in text, status)
    status, text = run(path_of('wall'), SINK, 'bad\nid')
    expect('an impossible id fails at once', status == 1 and 'bad' in text and 'CRITICAL' not in text, status)
    status, text = run(path_of('wall'), '--help')
    expect('there is help', status == 0 and '--video-sink' in text)


main({'goes_on': goes_on, 'all_good': all_good, 'stops': stops, 'usage': usage})
