# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the test programs of a build folder under a checker, two at a time, and
counts: what memcheck.py and threadcheck.py share."""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile


def chosen(build, wanted):
    """The tests of a build folder for which wanted (test) is true."""
    text = subprocess.run(['meson', 'introspect', '--tests', build], check=True,
                          stdout=subprocess.PIPE).stdout
    return [test for test in json.loads(text) if wanted(test)]


def environment(build, test, **more):
    env = dict(os.environ, G_SLICE='always-malloc', GSETTINGS_BACKEND='memory',
               GST_REGISTRY=os.path.join(build, 'tests', 'registry.bin'),
               GST_PLUGIN_PATH=os.path.join(build, 'gst'))
    env.update(test['env'])
    # Meson puts its own folders here; the libraries of whoever called are for
    # what a test starts, too.
    libraries = [test['env'].get('LD_LIBRARY_PATH'), os.environ.get('LD_LIBRARY_PATH')]
    if any(libraries):
        env['LD_LIBRARY_PATH'] = ':'.join(filter(None, libraries))
    env.update(more)
    return env


def folder_for(build, prefix):
    return tempfile.mkdtemp(prefix=prefix, dir=os.path.join(build, 'meson-logs'))


def is_gst_check(test):
    """Such a program says how many checks it made; of others the exit status is all."""
    return os.path.basename(test['cmd'][0]).startswith('test-')


def run_program(build, test, env, timeout, before=()):
    """What is wrong with the program's own result; None if it was skipped."""
    try:
        done = subprocess.run(list(before) + test['cmd'], env=env, cwd=test['workdir'] or build,
                              timeout=timeout, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        return ['still running after %d s' % timeout]
    text = done.stdout.decode(errors='replace')
    if done.returncode == 77:
        return None
    if done.returncode != 0:
        return ['exit status %d\n%s' % (done.returncode, text[-4000:])]
    if is_gst_check(test) and not re.search(r'^\d+%: Checks: [1-9]', text, re.M):
        return ['it made no check\n' + text[-4000:]]
    return []


def run_all(tests, check):
    """check (test) gives a list of what is wrong, or None: skipped. Prints the
    results and the line of counts; the exit status."""
    passed = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = {pool.submit(check, test): test for test in tests}
        for job in concurrent.futures.as_completed(jobs):
            test, wrong = jobs[job], job.result()
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


def arguments(usage):
    if len(sys.argv) < 2 or sys.argv[1].startswith('-'):
        print(usage.strip())
        sys.exit(0 if sys.argv[1:] in (['-h'], ['--help']) else 2)
    return os.path.abspath(sys.argv[1]), set(sys.argv[2:])
