#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tinyproxy between the element and the service"""
import contextlib
import os
import re
import socket

from frontend import frontend
from network import TASK, expect, lines_of, listener, main, need, plays, saves, server, service, wait_for

CONFIGURATION = '''
Port {port}
Listen 127.0.0.1
Timeout 60
MaxClients 20
LogFile "{folder}/proxy.log"
LogLevel Connect
'''


class Proxy:
    def __init__(self, folder, port):
        self.url = f'http://127.0.0.1:{port}'
        self.log = os.path.join(folder, 'proxy.log')

    def requests(self, text):
        """How many requests with this text went through it"""
        return sum('Request ' in line and text in line for line in lines_of(self.log))


def answers(port):
    with socket.socket() as trial:
        return trial.connect_ex(('127.0.0.1', port)) == 0


@contextlib.contextmanager
def proxy(folder, more=''):
    """It cannot be given a port that is open already: should another program have taken it meanwhile, another port is tried"""
    need('tinyproxy')
    path = os.path.join(folder, 'tinyproxy.conf')
    while True:
        with listener() as free:
            port = free.getsockname()[1]
        with open(path, 'w') as file:
            file.write(CONFIGURATION.format(folder=folder, port=port) + more)
        with server('tinyproxy', '-d', '-c', path) as process:
            wait_for('tinyproxy has begun', lambda: process.poll() is not None or answers(port))
            if process.poll() is None:
                yield Proxy(folder, port)
                return
            text = '\n'.join(lines_of(os.path.join(folder, 'proxy.log')))
            expect('tinyproxy could have begun', re.search('listen|bind', text), text)


def went_through(through, task):
    expect('the polls went through the proxy', through.requests(f'/v1/videos/{task} HTTP') > 0, *lines_of(through.log))
    expect('so did the download', through.requests(f'/v1/videos/{task}/content HTTP') == 1, *lines_of(through.log))


def setting(folder):
    """Given a proxy in veosrc's setting, when a video is saved, then polls and download went through it."""
    with service({'video_1': TASK}) as sim, proxy(folder) as through:
        saves(sim, folder, 'video_1', proxy=through.url)
        went_through(through, 'video_1')


def environment(folder):
    """Given a proxy in the environment, then polls and download go through it, and neither does when no_proxy names the host."""
    with service({'video_1': TASK, 'video_2': TASK}) as sim, proxy(folder) as through:
        # Some resolvers let loopback addresses pass by unless no_proxy is set.
        plays(sim, 'video_1', {'http_proxy': through.url, 'no_proxy': 'other.example'})
        went_through(through, 'video_1')
        plays(sim, 'video_2', {'http_proxy': through.url, 'no_proxy': '127.0.0.1'})
        expect('nothing went through the proxy', through.requests('video_2') == 0, *lines_of(through.log))


def tunnel(folder):
    """Given a service that speaks https, then the proxy carries both and sees neither the path nor the key."""
    with service({'video_1': TASK}) as sim, frontend(folder, sim.url) as front, proxy(folder) as through:
        saves(sim, folder, 'video_1', base_url=front.url, tls_ca_file=front.authority, proxy=through.url)
        front.carried('video_1', 'HTTP/1.1', 'TLSv1.3')
        connects = through.requests('CONNECT ' + front.url.partition('//')[2])
        expect('the proxy was asked for tunnels, one for the polls and one for the download', connects >= 2,
               *lines_of(through.log))
        expect('and for nothing else', through.requests('') == connects, *lines_of(through.log))


def password(folder):
    """Given a proxy that wants a password, then polls and download go through it, plain and in tunnels."""
    with service({'video_1': TASK, 'video_2': TASK}) as sim, frontend(folder, sim.url) as front, \
            proxy(folder, 'BasicAuth us pw\n') as through:
        good = through.url.replace('//', '//us:%70w@')
        saves(sim, folder, 'video_1', proxy=good)
        went_through(through, 'video_1')
        saves(sim, folder, 'video_2', base_url=front.url, tls_ca_file=front.authority, proxy=good)
        front.carried('video_2', 'HTTP/1.1', 'TLSv1.3')
        connects = through.requests('CONNECT ' + front.url.partition('//')[2])
        expect('the proxy was asked for tunnels, one for the polls and one for the download', connects >= 2,
               *lines_of(through.log))


if __name__ == '__main__':
    main(globals())
