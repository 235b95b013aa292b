#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A line that is slow and loses packets: netem on the loopback of a network of its own. The test starts
itself again in there."""
import os
import subprocess
import sys

from network import LARGE, TASK, main, need, plays, saves, service, skip

INSIDE = 'INSIDE_A_NETWORK_OF_ITS_OWN'
LINE = ('delay', '30ms', '10ms', 'loss', '2%', 'rate', '20mbit')


def try_command(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print('$ ' + ' '.join(command) + '\n' + done.stdout, end='', flush=True)
    return done.returncode == 0


def enter():
    own = ['unshare', '--net'] if os.geteuid() == 0 else ['unshare', '--user', '--map-root-user', '--net']
    if not try_command(*own, 'true'):
        skip('this machine does not permit a network namespace')
    os.environ[INSIDE] = '1'
    sys.stdout.flush()
    sys.exit(subprocess.call([*own, sys.executable, *sys.argv]))


def lossy(folder):
    """Given a line with delays and losses, when a video is played and another saved, then both come, to the last byte."""
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    need('unshare', 'ip', 'tc')
    if not os.environ.pop(INSIDE, None):
        enter()
    if not try_command('ip', 'link', 'set', 'lo', 'up'):
        skip('the loopback device cannot be set up')
    if not try_command('tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', *LINE):
        skip("this machine's kernel has no netem")
    with service({'video_1': TASK, 'video_2': LARGE}) as sim:
        plays(sim, 'video_1')
        saves(sim, folder, 'video_2')


if __name__ == '__main__':
    main(globals())
