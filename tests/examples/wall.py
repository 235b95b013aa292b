#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/wall.c: wall.py SOURCE BUILD TEST"""
import os
import signal

from example import expect, finish, main, need, path_of, requests, run, service, start

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


def make_snow(folder):
    """A file with its index in front; a picture of noise, so that it is large."""
    need('gst-launch-1.0')
    path = os.path.join(folder, 'snow.mp4')
    status, _text = run('gst-launch-1.0', '-q', *'videotestsrc pattern=snow num-buffers=192 ! video/x-raw,format=I420,width=160,'
                        'height=120,framerate=24/1 ! x264enc bitrate=800 speed-preset=ultrafast ! h264parse ! mp4mux '
                        'faststart=true ! filesink'.split(), f'location={path}')
    expect('there is a clip', status == 0 and os.path.getsize(path) > 500000, status)
    return path


def has_text():
    return run('gst-inspect-1.0', '--exists', 'textoverlay')[0] == 0


def tiles_in(path, width, height):
    """For each picture of a file of GRAY8 the parts of its four tiles that are bright, in percent"""
    half, pictures = width // 2, []
    with open(path, 'rb') as file:
        while len(picture := file.read(width * height)) == width * height:
            lines = [picture[i:i + width] for i in range(0, len(picture), width)]
            rows = [lines[:height // 2], lines[height // 2:]]
            pictures.append([sum(byte > 150 for line in row for byte in line[x:x + half]) * 400 / (width * height)
                             for row in rows for x in (0, half)])
    return pictures


def shows(folder):
    """Given a clip, one that breaks off in the middle, a task that fails and one that is late, then each tile waits until its
    clip comes, the two that fail show the reason in place of pictures, the others their clips, and the wall ends."""
    path, size = os.path.join(folder, 'wall.gray'), (192, 108)
    # From the second transfer on it is another file, which cannot be continued with
    broken = dict(TASK, clip={'file': make_snow(folder)},
                  transfer={'rate': 200000, 'cut_at': [300000], 'other_from': 2, 'other_etag': '"other"'})
    with service({'video_1': TASK, 'video_broken': broken, 'video_bad': BAD, 'video_late': dict(LATE, duration_ms=10000)}):
        status, text = run(path_of('wall'), '--video-sink=videorate ! videoscale ! video/x-raw,format=GRAY8,framerate=5/1,'
                           f'width={size[0]},height={size[1]} ! filesink location={path}',
                           'video_1', 'video_broken', 'video_bad', 'video_late')
    expect('two failed', status == 1 and text.count('video_broken changed') + text.count('The prompt was refused') == 2, status)
    pictures = tiles_in(path, *size)
    # At the end the tiles without a clip are the first to become black
    good, broke, bad, late = zip(*(one for one in pictures if min(one) > 0))
    expect('no tile has a picture at first', max(pictures[0]) < 3, pictures)
    expect('a clip has one, until the wall ends', good[-1] > 10, good)
    expect('the late one too, after its wait', max(late[:len(late) // 2]) < 3 and late[-1] > 10, late)
    expect('the broken one had one', max(broke) > 10, broke)
    expect('the failed one never had one', max(bad) < 10, bad)
    expect('the reasons are seen, no picture covers them', all(one[-1] < 10 and (one[-1] > 3 or not has_text())
                                                              for one in (broke, bad)), broke, bad)


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


main({'goes_on': goes_on, 'all_good': all_good, 'shows': shows, 'stops': stops, 'usage': usage})
