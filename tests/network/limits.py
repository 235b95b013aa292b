#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A process that may have little"""
from network import LARGE, TASK, main, plays, saves, service


def limited(folder, limit):
    """Given a limit of the shell, when a video is played and a large one saved, then both come."""
    shell = ('sh', '-c', f'ulimit {limit} && exec "$@"', 'sh')
    with service({'video_1': TASK, 'video_2': LARGE}) as sim:
        plays(sim, 'video_1', wrapper=shell)
        saves(sim, folder, 'video_2', wrapper=shell)


def descriptors(folder):
    """64 open files"""
    limited(folder, '-n 64')


def memory(folder):
    """1 GiB of addresses: decoders and their threads take most of it"""
    limited(folder, '-v 1048576')


def folders(folder):
    """Given no folder for temporary files and a home that nobody can write in, then a video is played and another saved."""
    with service({'video_1': TASK, 'video_2': LARGE}) as sim:
        for temporary in ('/nonexistent', '/proc'):
            nowhere = {'TMPDIR': temporary, 'HOME': '/proc', 'XDG_RUNTIME_DIR': temporary, 'XDG_CACHE_HOME': '/proc'}
            plays(sim, 'video_1', nowhere)
            saves(sim, folder, 'video_2', nowhere)


if __name__ == '__main__':
    main(globals())
