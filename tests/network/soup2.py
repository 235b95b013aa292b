#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A process that has libsoup 2.4 already, as those with WebKitGTK 4.0: libsoup 3 would abort it"""
import ctypes
import os

from network import TASK, expect, main, need, pipeline, requests, run, service, skip

LIBRARY = 'libsoup-2.4.so.1'


def environment(folder):
    """With a registry of its own: the plugin must be scanned in such a process, too"""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        skip(f'there is no {LIBRARY}')
    return dict(os.environ, LD_PRELOAD=LIBRARY, GST_REGISTRY=os.path.join(folder, 'registry.bin'))


def inspect(folder):
    """Then gst-inspect-1.0 describes the element, and the plugin is not taken for broken."""
    need('gst-inspect-1.0')
    where = environment(folder)
    for _ in ('scanned', 'from the registry'):
        status, text = run('gst-inspect-1.0', 'veosrc', env=where)
        expect('it ends well', status == 0, status)
        expect('the element is described', 'task-id' in text and 'Source/Network/Video' in text)
    status, text = run('gst-inspect-1.0', '--print-blacklist', env=where)
    expect('the plugin is not blacklisted', 'gstveo' not in text)


def play(folder):
    """Then a run fails with a sentence that says why and what to do, and does not abort."""
    with service({'video_1': TASK}) as sim:
        status, text = run(*pipeline('video_1', 'fakevideosink'), env=environment(folder))
        expect('it fails by itself, without a signal', status > 0, status)
        errors = [line for line in text.splitlines() if line.startswith('ERROR: from element')]
        expect('there is one error', len(errors) == 1, *errors)
        expect('it says why', 'already loaded libsoup 2.4' in errors[0])
        expect('and what to do', 'in a process of its own' in errors[0])
        expect('no request was made', requests(sim, 'GET') == 0, *sim.lines)


if __name__ == '__main__':
    main(globals())
