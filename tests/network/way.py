#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Addresses, names and bad lines. way.py SOURCE BUILD NAME"""
import os
import shutil
import socket
import subprocess
import sys

from network import TASK, expect, expect_clip, expect_played, fetch_clip, launch, main, need, run, service, skip


def ipv6(folder):
    """Given a service on [::1], then it is asked and its file fetched there."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(('::1', 0))
    except OSError as error:
        skip(f'there is no IPv6: {error}')
    with service([TASK], options=['--address', '::1']) as standin:
        expect('it listens on IPv6', '[::1]' in standin.url, standin.url)
        expect_played(run(*launch(folder)))
        expect_clip(folder, fetch_clip(standin, TASK))


def names(folder):
    """Given a name that nobody knows, then the error says the name and where to look."""
    status, output = run(*launch(folder, 'base-url=http://no-such-host.invalid', 'retries=1'))
    expect('it fails with a sentence', status == 1 and 'no-such-host.invalid' in output
           and 'could not be reached' in output and 'base-url' in output, status, output)


def bad_line(folder):
    """Given a line that is slow and loses packets, then the file is exact."""
    need('unshare', 'ip', 'tc')
    if 'BAD_LINE_INSIDE' not in os.environ:
        if subprocess.run(['unshare', '--net', 'true'], stderr=subprocess.DEVNULL).returncode:
            skip('network namespaces are not permitted here')
        shutil.rmtree(folder)
        os.environ['BAD_LINE_INSIDE'] = '1'
        os.execvp('unshare', ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', sys.executable,
                              *sys.argv])
    done = subprocess.run(['tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '30ms', '10ms', 'loss', '3%'],
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        skip('the kernel has no netem: ' + done.stderr.strip())
    with service([TASK]) as standin:
        expect_played(run(*launch(folder)))
        expect_clip(folder, fetch_clip(standin, TASK))


if __name__ == '__main__':
    main({'ipv6': ipv6, 'names': names, 'bad_line': bad_line})
