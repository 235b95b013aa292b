#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs test programs under valgrind's memcheck.

    tests/memcheck.py BUILD [NAME...]

Without names: the tests in CORE, two at a time. Fails on every invalid access
and use of undefined memory, and on memory that is definitely lost and was
allocated by a function of ours, be it through GLib or GStreamer's core. The
last line is "N passed, N failed"; a program is one check.
"""

import glob
import os
import sys
import xml.etree.ElementTree as ElementTree

import programs

HERE = os.path.dirname(os.path.abspath(__file__))
# Short ones that go through every part; valgrind takes the time 20 to 50 times
CORE = {'pure_url', 'pure_task', 'pure_failure', 'pure_content', 'pure_save',
        'http_boxes', 'http_reply', 'http_cache', 'wait_worker', 'wait_module',
        'element_outputs'}
OUR_FILES = ('gstveo', 'veosim')
# Who allocates on behalf of its caller; what any other library keeps is its own
ALLOCATORS = ('vgpreload', 'libglib-2.0', 'libgobject-2.0', 'libgio-2.0', 'libgstreamer-1.0')
TIMEOUT = 900
VALGRIND = ['valgrind', '--quiet', '--xml=yes', '--leak-check=full',
            '--show-leak-kinds=definite', '--num-callers=40',
            '--suppressions=' + os.path.join(HERE, 'valgrind.supp')]
# glib2.0's own list of what it allocates once and never frees
GLIB = '/usr/share/glib-2.0/valgrind/glib.supp'
if os.path.exists(GLIB):
    VALGRIND.append('--suppressions=' + GLIB)


def frame_text(frame):
    where = frame.findtext('file')
    place = '%s:%s' % (where, frame.findtext('line')) if where else frame.findtext('obj', '?')
    return '    %s (%s)' % (frame.findtext('fn', '???'), place)


def is_ours(frames):
    for frame in frames:
        library = os.path.basename(frame.findtext('obj') or '')
        if not library.startswith(ALLOCATORS):
            return (frame.findtext('file') or '').startswith(OUR_FILES)
    return False


def errors_in(path):
    """The errors in one XML file that count, as texts."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError:
        # A child killed by a test leaves half a file, and no errors to read
        return
    for error in root.iter('error'):
        kind = error.findtext('kind', '')
        if kind.startswith('Leak_') and kind != 'Leak_DefinitelyLost':
            continue
        frames = list(error.iter('frame'))
        if kind.startswith('Leak_') and not is_ours(frames):
            continue
        what = error.findtext('what') or error.findtext('xwhat/text') or kind
        yield '\n'.join([what] + [frame_text(f) for f in frames])


def check(build, test):
    folder = programs.folder_for(build, 'memcheck-')
    env = programs.environment(build, test, CK_FORK='no', CK_TIMEOUT_MULTIPLIER='20', VEO_MEMCHECK='1')
    command = VALGRIND + ['--xml-file=' + os.path.join(folder, '%p.xml')]
    wrong = programs.run_program(build, test, env, TIMEOUT, command)
    if wrong is not None:
        for path in sorted(glob.glob(os.path.join(folder, '*.xml'))):
            wrong.extend(errors_in(path))
    return wrong


def main():
    build, names = programs.arguments(__doc__)
    tests = programs.chosen(build, lambda test: test['name'] in (names or CORE))
    return programs.run_all(tests, lambda test: check(build, test))


sys.exit(main())
