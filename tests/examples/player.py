#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/player.c in a display of its own: player.py SOURCE BUILD TEST

What the window shows is known by its colours: the page of a wait and that of an
error are grey, the stand-in's clips have all the colours."""
import ctypes
import itertools
import os
import signal
import subprocess

from example import display, expect, finish, main, need, path_of, requests, service, skip, start, wait_for

TASK = {'seconds': 1, 'size': '320x240', 'duration_ms': 3000, 'link': 'content'}
ENDLESS = dict(TASK, duration_ms=600000)


def take_picture():
    """The screen: red, green and blue of each pixel."""
    return subprocess.run(['gst-launch-1.0', '-q', 'ximagesrc', 'num-buffers=1', 'use-damage=false', 'show-pointer=false', '!',
                           'videoconvert', '!', 'video/x-raw,format=RGB', '!', 'fdsink'],
                          stdout=subprocess.PIPE, check=True).stdout


def is_colourful(picture):
    """A tenth of what is not black has a strong colour."""
    strong = lit = 0
    for i in range(0, len(picture) - 2, 3 * 97):
        pixel = picture[i:i + 3]
        lit += max(pixel) > 40
        strong += max(pixel) - min(pixel) > 100
    return strong * 10 > lit > 0


def is_lit(picture):
    return max(picture) > 40


def start_player(task):
    """With nothing of a sound card or a graphics card"""
    if not os.path.exists(path_of('player')):
        skip('the player was not built: there is no GTK 4')
    if subprocess.run(['gst-inspect-1.0', '--exists', 'ximagesrc'], check=False).returncode:
        skip('there is no ximagesrc to look at the window with')
    os.environ.update(GDK_BACKEND='x11', GSK_RENDERER='cairo', GTK_A11Y='none')
    return start(path_of('player'), '--audio-sink=fakeaudiosink', task)


def end(process):
    process.send_signal(signal.SIGINT)
    status, text = finish(process)
    expect('Ctrl-C ends it', status == 130, status)
    expect('it did not complain', 'CRITICAL' not in text and 'assertion' not in text)


def plays(_folder):
    """Given a task that takes seconds, then the window shows a wait, then the clip, which moves and comes to its end;
    and Ctrl-C closes it."""
    with display(), service({'video_1': TASK}) as sim:
        process = start_player('video_1')
        grey = wait_for('there is a window', lambda: [one for one in [take_picture()] if is_lit(one)])[0]
        expect('it waits', not is_colourful(grey))
        clip = wait_for('the clip is shown', lambda: [one for one in [take_picture()] if is_colourful(one)])[0]
        expect('it was fetched', requests(sim, 'GET /v1/videos/video_1/content') == 1, sim.lines)
        wait_for('it moves', lambda: take_picture() != clip)
        seen = [b'', b'', clip]

        def stands_still():
            seen.append(take_picture())
            return seen[-1] == seen[-2] == seen[-3] == seen[-4]
        wait_for('it stands still at the end', stands_still)
        expect('the clip is still to be seen', is_colourful(seen[-1]))
        expect('nothing failed', process.poll() is None, process.returncode)
        end(process)


def click(x, y):
    """False where there is no library to do it with."""
    try:
        xlib, xtest = ctypes.CDLL('libX11.so.6'), ctypes.CDLL('libXtst.so.6')
    except OSError:
        return False
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    screen = ctypes.c_void_p(xlib.XOpenDisplay(None))
    xtest.XTestFakeMotionEvent(screen, -1, x, y, ctypes.c_ulong(0))
    for is_down in (1, 0):
        xtest.XTestFakeButtonEvent(screen, 1, is_down, ctypes.c_ulong(0))
    xlib.XSync(screen, 0)
    xlib.XCloseDisplay(screen)
    return True


def fails(_folder):
    """Given a task that fails, then the window shows a page with the reason, and no clip; when "Try again", in the middle of it,
    is clicked, then the service is asked again."""
    with display(), service({'video_1': dict(TASK, last_status='failed', message='The prompt was refused')}) as sim:
        process = start_player('video_1')
        grey = wait_for('there is a window', lambda: [one for one in [take_picture()] if is_lit(one)])[0]
        text = process.stdout.readline()
        expect('the reason is told', 'The prompt was refused' in text, text)
        wait_for('another page is shown', lambda: take_picture() != grey)
        expect('it is no clip', not is_colourful(take_picture()))
        expect('no clip was fetched', requests(sim, 'GET /v1/videos/video_1/content') == 0, sim.lines)
        asked = requests(sim, 'GET /v1/videos/video_1')
        heights = itertools.cycle(range(100, 560, 12))
        if click(0, 0):
            wait_for('the button asks again', lambda: click(385, next(heights)) and requests(sim, 'GET /v1/videos/video_1') > asked)
        end(process)


def stops(_folder):
    """Given a task that takes long, when Ctrl-C comes while it waits, then the window closes at once."""
    with display(), service({'video_1': ENDLESS}):
        process = start_player('video_1')
        wait_for('there is a window', lambda: is_lit(take_picture()))
        end(process)


need('gst-launch-1.0')
main({'plays': plays, 'fails': fails, 'stops': stops})
