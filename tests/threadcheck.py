#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs test programs that were built with ThreadSanitizer.

    tests/threadcheck.py BUILD [NAME...]

Without names: all tests but those in LEFT_OUT, two at a time. Fails
on a program that fails, and on every report of the sanitizer in which it is a
function of ours that reads, writes, frees or locks, itself or by a function of
GLib's: what plugins, libsoup and GStreamer do among themselves is not seen
whole, since most of it has no sanitizer inside. .ci/threads.sh makes such a build. The last line is "N passed,
N failed"; a program is one check.
"""

import glob
import os
import re
import sys

import programs

HERE = os.path.dirname(os.path.abspath(__file__))
# pure ones have no threads; the sanitizer does not fit into a limit of memory; of
# the others nobody has tried which can run so
LEFT_OUT = re.compile(r'pure_|docs_|benchmark|example|packaging|sdk|network_limits_memory')
TIMEOUT = 900
# What reads, writes, frees and locks on behalf of its caller
PASSED_OVER = re.compile(r'libtsan|libglib-2')
FRAME = re.compile(r'^    #\d+ (\S+) (.*?) \((\S+?)\+0x', re.M)
OUR_FILES = re.compile(r'/(gst/gstveo|examples/veo-sim/veosim)')


def blames_us(stack):
    for _, place, module in FRAME.findall(stack):
        if not PASSED_OVER.search(module):
            return bool(OUR_FILES.search(place))
    return False


def reports_in(path):
    """Those that count, as texts, each cause once."""
    with open(path, errors='replace') as log:
        for report in log.read().split('=' * 18 + '\n'):
            if 'WARNING: ThreadSanitizer' not in report:
                continue
            stacks = report.split('\n\n')
            if 'data race' in stacks[0]:
                stacks = stacks[:2]
            if any(blames_us(stack) for stack in stacks):
                yield report


def check(build, test):
    folder = programs.folder_for(build, 'threads-')
    options = ['exitcode=0', 'history_size=4', 'log_path=' + os.path.join(folder, 'report'),
               'suppressions=' + os.path.join(HERE, 'tsan.supp')]
    env = programs.environment(build, test, TSAN_OPTIONS=' '.join(options),
                               CK_TIMEOUT_MULTIPLIER='10')
    wrong = programs.run_program(build, test, env, TIMEOUT)
    if wrong is not None:
        seen = set()
        for path in sorted(glob.glob(os.path.join(folder, 'report.*'))):
            for report in reports_in(path):
                summary = report.strip().splitlines()[-1]
                if summary not in seen:
                    seen.add(summary)
                    wrong.append(report)
    return wrong


def main():
    build, names = programs.arguments(__doc__)

    def wanted(test):
        return test['name'] in names if names else not LEFT_OUT.match(test['name'])

    return programs.run_all(programs.chosen(build, wanted), lambda test: check(build, test))


sys.exit(main())
