#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the checks in meson's testlog.json.

A GstCheck program says how many checks it made; each is counted. Any other
test is one check. A program that crashed, timed out or ran nothing is a failed
check. The logs of failed tests are printed, and at the end
"N passed, N failed", followed by ", N skipped" if there were any.
"""

import json
import re
import sys

BROKEN = re.compile(r'^.*:[FE]:.*$', re.M)
SUMMARY = re.compile(r'^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)', re.M)


def count(test):
    """(passed, failed, skipped) of one test program."""
    result = test['result']
    if result == 'SKIP':
        return 0, 0, 1
    good = result in ('OK', 'EXPECTEDFAIL')
    found = SUMMARY.findall(test.get('stdout') or '')
    if not found:
        return (1, 0, 0) if good else (0, 1, 0)
    checks = sum(int(c) for c, f, e in found)
    failed = sum(int(f) + int(e) for c, f, e in found)
    passed = checks - failed
    # A failure outside of the checks: a leak at the end, a crash, no check at all
    if failed == 0 and (not good or checks == 0):
        failed = 1
    return passed, failed, 0


def show(test):
    print('---- %s: %s (exit status %s, %.1f s)' % (
        test['name'], test['result'], test.get('returncode'), test['duration']))
    for stream in ('stdout', 'stderr'):
        if test.get(stream):
            print(test[stream].rstrip())
    print('----')


def read(paths):
    for path in paths:
        with open(path, encoding='utf-8', errors='replace') as log:
            for line in log:
                yield json.loads(line)


def main():
    passed = failed = skipped = programs = 0
    broken = []
    try:
        for test in read(sys.argv[1:]):
            programs += 1
            p, f, s = count(test)
            passed, failed, skipped = passed + p, failed + f, skipped + s
            if f:
                show(test)
                broken.append((test['name'], BROKEN.findall(test.get('stdout') or '')))
    except OSError as error:
        print('No test has run: %s' % error)
    if passed + failed == 0:
        print('Nothing was checked: that counts as a failure.')
        failed = 1
    print('%d test programs' % programs)
    for name, lines in broken:
        print('FAILED: %s' % name)
        for line in lines:
            print('    ' + line)
    print('%d passed, %d failed' % (passed, failed) + (', %d skipped' % skipped if skipped else ''))
    return 1 if failed else 0


sys.exit(main())
