#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs test programs under valgrind's memcheck.

    tests/memcheck.py BUILD [NAME...]

Without names: the tests in CORE, two at a time. Fails on every invalid access
and use of undefined memory, and on memory that is definitely lost and was
allocated by a function of ours, be it through GLib or GStreamer's core. The
last line is "N passed, N failed"; a program is one check.
"""

import concurrent.futures
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

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


def chosen(build, names):
    text = subprocess.run(['meson', 'introspect', '--tests', build], check=True,
                          stdout=subprocess.PIPE).stdout
    for test in json.loads(text):
        if test['name'] in (names or CORE):
            yield test


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


def run(build, test):
    """(test, list of what is wrong)"""
    folder = tempfile.mkdtemp(prefix='memcheck-', dir=os.path.join(build, 'meson-logs'))
    env = dict(os.environ, CK_FORK='no', CK_TIMEOUT_MULTIPLIER='20', G_SLICE='always-malloc',
               GSETTINGS_BACKEND='memory', GST_REGISTRY=os.path.join(build, 'tests', 'registry.bin'),
               GST_PLUGIN_PATH=os.path.join(build, 'gst'))
    env.update(test['env'])
    env['VEO_MEMCHECK'] = '1'
    command = VALGRIND + ['--xml-file=' + os.path.join(folder, '%p.xml')] + test['cmd']
    wrong = []
    try:
        done = subprocess.run(command, env=env, cwd=test['workdir'] or build, timeout=TIMEOUT,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        text = done.stdout.decode(errors='replace')
        if done.returncode == 77:
            return test, None
        if done.returncode != 0:
            wrong.append('exit status %d\n%s' % (done.returncode, text[-4000:]))
        elif not re.search(r'^\d+%: Checks: [1-9]', text, re.M):
            wrong.append('it made no check\n' + text[-4000:])
    except subprocess.TimeoutExpired:
        wrong.append('still running after %d s' % TIMEOUT)
    for path in sorted(glob.glob(os.path.join(folder, '*.xml'))):
        wrong.extend(errors_in(path))
    return test, wrong


def main():
    build = os.path.abspath(sys.argv[1])
    tests = list(chosen(build, set(sys.argv[2:])))
    passed = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(run, build, test) for test in tests]
        for job in concurrent.futures.as_completed(jobs):
            test, wrong = job.result()
            if wrong is None:
                skipped += 1
                print('skipped: ' + test['name'], flush=True)
            elif wrong:
                failed += 1
                print('not ok: ' + test['name'])
                print('\n'.join(wrong), flush=True)
            else:
                passed += 1
                print('ok: ' + test['name'], flush=True)
    if passed + failed == 0:
        print('Nothing was checked: that counts as a failure.')
        failed = 1
    print('%d passed, %d failed' % (passed, failed) + (', %d skipped' % skipped if skipped else ''))
    return 1 if failed else 0


sys.exit(main())
