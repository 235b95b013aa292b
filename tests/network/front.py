#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Others' servers between veosrc and the service. front.py SOURCE BUILD NAME"""
import os

from network import (TASK, expect, expect_clip, expect_played, fetch_clip, free_port, launch, main, make_certificate,
                     need, polls, read, run, server, service)

NGINX = '''
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{}}
http {{
  log_format seen '$server_protocol $ssl_protocol $request_method $uri $status';
  access_log {folder}/access.log seen;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl {http2};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols {tls};
    location / {{ proxy_pass {url}; }}
  }}
}}
'''


def play_through_nginx(folder, tls, http2):
    """Given nginx in front of the service, when a task is fetched through it, then all
    requests come with this version of TLS and HTTP, and the file is exact."""
    need('nginx', 'openssl')
    port, config = free_port(), os.path.join(folder, 'nginx.conf')
    certificate, key = make_certificate(folder)
    with service([TASK]) as standin:
        with open(config, 'w', encoding='utf-8') as file:
            file.write(NGINX.format(folder=folder, port=port, certificate=certificate, key=key, tls=tls, url=standin.url,
                                    http2='http2' if http2 else '', user='user root;' if os.getuid() == 0 else ''))
        with server(port, 'nginx', '-c', config, '-e', os.path.join(folder, 'nginx-error.log')):
            expect_played(run(*launch(folder, f'base-url=https://127.0.0.1:{port}', 'tls-ca-file=' + certificate)))
        expect_clip(folder, fetch_clip(standin, TASK))
    lines = read(os.path.join(folder, 'access.log')).splitlines()
    protocol = 'HTTP/2.0' if http2 else 'HTTP/1.1'
    for path in (f'/v1/videos/{TASK}', f'/v1/videos/{TASK}/content'):
        seen = [line for line in lines if f' GET {path} 20' in line]
        expect(f'{path} was asked for over {protocol} and {tls} only',
               seen and all(line.startswith(f'{protocol} {tls} ') for line in seen), *lines)


def http2(folder):
    play_through_nginx(folder, 'TLSv1.3', True)


def http2_tls12(folder):
    play_through_nginx(folder, 'TLSv1.2', True)


def tls12(folder):
    play_through_nginx(folder, 'TLSv1.2', False)


def tls13(folder):
    play_through_nginx(folder, 'TLSv1.3', False)


def proxy(folder):
    """Given a proxy in the environment, then polls and download take it; given no_proxy too,
    then neither does."""
    need('tinyproxy')
    port, config, log = free_port(), os.path.join(folder, 'proxy.conf'), os.path.join(folder, 'proxy.log')
    with open(config, 'w', encoding='utf-8') as file:
        file.write(f'Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nMaxClients 20\nLogFile "{log}"\n'
                   f'LogLevel Info\nPidFile "{folder}/proxy.pid"\n')
    with service([TASK]) as standin, server(port, 'tinyproxy', '-d', '-c', config):
        os.environ.update(http_proxy=f'http://127.0.0.1:{port}', no_proxy='')
        expect_played(run(*launch(folder)))
        expect_clip(folder, fetch_clip_without_proxy(standin))
        seen = read(log)
        for path in (f'/v1/videos/{TASK} ', f'/v1/videos/{TASK}/content '):
            expect(f'{path}was asked for through the proxy', f'GET {standin.url}{path}' in seen, seen)
        asked, seen = polls(standin), read(log)
        os.environ['no_proxy'] = '127.0.0.1'
        expect_played(run(*launch(folder, name='again.mp4')))
        expect('with no_proxy the service is asked, the proxy is not',
               polls(standin) > asked and read(log).count('GET http') == seen.count('GET http'), read(log))


def fetch_clip_without_proxy(standin):
    kept = os.environ.pop('http_proxy')
    try:
        return fetch_clip(standin, TASK)
    finally:
        os.environ['http_proxy'] = kept


if __name__ == '__main__':
    main({'http2': http2, 'http2_tls12': http2_tls12, 'tls12': tls12, 'tls13': tls13, 'proxy': proxy})
