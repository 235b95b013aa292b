#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An nginx in front of the service: the versions of TLS and HTTP that are met in the world"""
from frontend import frontend
from network import LARGE, TASK, expect, main, pipeline, plays, run, saves, service


def both_ways(folder, http, tls, **offers):
    with service({'video_1': TASK, 'video_2': LARGE}) as sim, frontend(folder, sim.url, **offers) as front:
        settings = {'base_url': front.url, 'tls_ca_file': front.authority}
        plays(sim, 'video_1', **settings)
        saves(sim, folder, 'video_2', **settings)
        for task in ('video_1', 'video_2'):
            front.carried(task, http, tls)


def tls12(folder):
    """Given a server that speaks TLS 1.2 only, when a video is played and another saved, then both come by it, to the last byte."""
    both_ways(folder, 'HTTP/1.1', 'TLSv1.2', protocols='TLSv1.2')


def tls13(folder):
    """Given a server that speaks TLS 1.3 only, then the same."""
    both_ways(folder, 'HTTP/1.1', 'TLSv1.3', protocols='TLSv1.3')


def http2(folder):
    """Given a server that offers HTTP/2, then polls and downloads take it."""
    both_ways(folder, 'HTTP/2.0', 'TLSv1.3', http2=True)


def http2_tls12(folder):
    """The same over TLS 1.2."""
    both_ways(folder, 'HTTP/2.0', 'TLSv1.2', http2=True, protocols='TLSv1.2')


def breaks(folder):
    """Given HTTP/2 and a service that cuts the transfer behind it, then the download goes on where it was cut. libsoup 3.2 does
    not tell of it, so that it takes the time without bytes that the request-timeout allows."""
    task = dict(LARGE, transfer={'cut_every': 1000000, 'cut_times': 2})
    with service({'video_1': task}) as sim, frontend(folder, sim.url, http2=True) as front:
        saves(sim, folder, 'video_1', base_url=front.url, tls_ca_file=front.authority, request_timeout=5000)
        front.carried('video_1', 'HTTP/2.0', 'TLSv1.3')
        downloads = [row for row in front.requests() if row[2].endswith('/content')]
        expect('it took several transfers', len(downloads) > 2, *downloads)


def strangers(folder):
    """Given a certificate of an authority that nobody knows, then no request gets through, and the reason is told."""
    with service({'video_1': TASK}) as sim, frontend(folder, sim.url) as front:
        status, text = run(*pipeline('video_1', 'fakesink', base_url=front.url, retries=0))
        expect('it fails', status != 0, status)
        expect('the certificate is the reason', 'certificate' in text)
        expect('no request was made', not front.requests(), *front.requests())


if __name__ == '__main__':
    main(globals())
