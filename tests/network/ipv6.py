#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service at an IPv6 address"""
import socket

from network import TASK, expect, main, plays, saves, service, skip


def check(_folder):
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(('::1', 0))
    except OSError as error:
        skip(f'this machine has no [::1]: {error}')


def plays_there(folder):
    """Given a service at [::1] and no other address, when a video is played and another saved, then both come from there."""
    check(folder)
    with service({'video_1': TASK, 'video_2': dict(TASK, link='signed')}, options=['--address', '::1']) as sim:
        expect('the service is there', sim.url.startswith('http://[::1]:'), sim.url)
        plays(sim, 'video_1')
        saves(sim, folder, 'video_2')


if __name__ == '__main__':
    main({'plays': plays_there})
