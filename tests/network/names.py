#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names that lead nowhere"""
import os

from network import expect, main, pipeline, run


def unknown(_folder):
    """Given a host that no name server knows, or no name server, then the run fails, and the sentence names the host and the task."""
    host = 'no-such-host.invalid'
    status, text = run(*pipeline('video_1', 'fakesink', base_url=f'http://{host}', retries=1, min_poll_interval=50,
                                 request_timeout=60000),
                       env=dict(os.environ, VEO_API_KEY='test-key-0123456789', RES_OPTIONS='timeout:1 attempts:1'))
    expect('it fails', status != 0, status)
    errors = [line for line in text.splitlines() if line.startswith('ERROR: from element')]
    expect('there is one error', len(errors) == 1, *errors)
    expect('it names the host', host in errors[0])
    expect('it names the task', 'video_1' in errors[0])
    expect('the key is not told', 'test-key' not in text)


if __name__ == '__main__':
    main(globals())
