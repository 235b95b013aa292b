#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A line that is slow and loses packets, or is gone for a while: the loopback of a network of its own. The test
starts itself again in there."""
import os
import subprocess
import sys
from shlex import split

from network import (LARGE, TASK, expect, finish, main, need, pipeline, plays, same_bytes, saves, seen, service, skip, start,
                     wait_for)

INSIDE = 'INSIDE_A_NETWORK_OF_ITS_OWN'
RATE = '20mbit'
# as on a cable: no packets of 64 KiB, of which few would be lost
UP = 'ip link set lo up mtu 1500 gso_max_segs 1'
DOWN = 'ip link set lo down'
# With netem all of it; without, waiting for the rate makes the delays and the packet filter the losses.
NETEM = [f'tc qdisc add dev lo root netem delay 30ms 10ms loss 2% rate {RATE}']
OTHERWISE = [
    f'tc qdisc add dev lo root tbf rate {RATE} burst 32kb latency 50ms',
    'nft add table inet line',
    'nft add chain inet line input { type filter hook input priority 0; }',
    'nft add rule inet line input numgen random mod 100 < 2 counter drop',
]
TIMES = {'request_timeout': 500}


def try_all(*commands):
    for command in commands:
        done = subprocess.run(split(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        print('$ ' + command + '\n' + done.stdout, end='', flush=True)
        if done.returncode != 0:
            return False
    return True


def enter():
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    need('unshare', 'ip', 'tc', 'nft')
    own = 'unshare --net' if os.geteuid() == 0 else 'unshare --user --map-root-user --net'
    if not try_all(own + ' true'):
        skip('this machine does not permit a network namespace')
    os.environ[INSIDE] = '1'
    sys.stdout.flush()
    sys.exit(subprocess.call([*split(own), sys.executable, *sys.argv]))


def have_line():
    if not os.environ.pop(INSIDE, None):
        enter()
    if not try_all(UP):
        skip('the loopback device cannot be set up')


def sent_again():
    """How many segments, in this network"""
    with open('/proc/self/net/snmp') as file:
        names, values = [line.split() for line in file if line.startswith('Tcp:')]
    return int(values[names.index('RetransSegs')])


def lossy(folder):
    """Given a line with delays and losses, when a video is played and another saved, then both come, to the last byte."""
    have_line()
    if not try_all(*NETEM) and not try_all(*OTHERWISE):
        skip("this machine's kernel can neither delay nor lose packets")
    with service({'video_1': TASK, 'video_2': LARGE}) as sim:
        plays(sim, 'video_1')
        saves(sim, folder, 'video_2')
        expect('packets were lost', sent_again() > 0)


def read_until(process, text):
    """What it prints until it has printed this"""
    lines = []
    for line in process.stdout:
        print(line, end='', flush=True)
        lines.append(line)
        if text in line:
            return
    expect(f'it says: {text}', False, *lines)


def back_after(process, text):
    """The line is gone until the process has said this. Returns what it says afterwards."""
    expect('the line is gone', try_all(DOWN))
    read_until(process, text)
    expect('the line is back', try_all(UP))
    status, rest = finish(process)
    expect('it ends well', status == 0, status)
    return rest


def gone_waiting(_folder):
    """Given a task that is waited for, when the line is gone for a poll and comes back, then it plays the video."""
    have_line()
    with service({'video_1': dict(TASK, duration_ms=3000)}) as sim:
        process = start(*pipeline('video_1', 'fakevideosink', **TIMES))
        seen(sim, 'GET /v1/videos/video_1 ')
        rest = back_after(process, 'asking again in')
        expect('the video came', 'completed' in rest and 'EOS' in rest, *sim.lines)


def gone_downloading(folder):
    """Given a download, when the line is gone for longer than request-timeout and comes back, then the file comes, to
    the last byte."""
    have_line()
    path = os.path.join(folder, 'clip.mp4')
    with service({'video_1': dict(LARGE, transfer={'rate': 1000000})}) as sim:
        process = start(*pipeline('video_1', 'filesink', 'location=' + path, 'buffer-mode=unbuffered',
                                  output='container', **TIMES))
        wait_for('the file grows', lambda: os.path.exists(path) and os.path.getsize(path))
        back_after(process, 'WARNING')
        same_bytes(sim, 'video_1', path)


if __name__ == '__main__':
    main(globals())
