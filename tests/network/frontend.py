# SPDX-License-Identifier: LGPL-2.1-or-later
"""An nginx with a certificate of an authority of its own, in front of the stand-in"""
import contextlib
import os

from network import expect, lines_of, listener, need, run, server, wait_for

# The workers stay the user of the test: another could not enter its folder
CONFIGURATION = '''
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 64; }}
http {{
  log_format story '$server_protocol $ssl_protocol $request_method $uri $status';
  access_log {folder}/access.log story;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxied;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl{http2};
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_protocols {protocols};
    location / {{
      proxy_pass {service};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_buffering off;
    }}
  }}
}}
'''

CERTIFICATES = '''
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1
'''


def make_certificates(folder):
    """authority.pem, and server.pem with server.key that it has signed"""
    def openssl(*arguments):
        status, text = run('openssl', *arguments, cwd=folder)
        expect('openssl ' + arguments[0], status == 0, text)

    with open(os.path.join(folder, 'certificates.conf'), 'w') as file:
        file.write(CERTIFICATES)
    new_key = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-config', 'certificates.conf')
    openssl('req', '-x509', *new_key, '-extensions', 'authority', '-subj', '/CN=Authority of this test', '-days', '2',
            '-keyout', 'authority.key', '-out', 'authority.pem')
    openssl('req', *new_key, '-subj', '/CN=127.0.0.1', '-keyout', 'server.key', '-out', 'server.csr')
    openssl('x509', '-req', '-in', 'server.csr', '-CA', 'authority.pem', '-CAkey', 'authority.key', '-set_serial', '2',
            '-days', '2', '-extfile', 'certificates.conf', '-extensions', 'server', '-out', 'server.pem')


class Frontend:
    def __init__(self, folder, port):
        self.url = f'https://127.0.0.1:{port}'
        self.authority = os.path.join(folder, 'authority.pem')
        self.log = os.path.join(folder, 'access.log')

    def requests(self, method='GET'):
        """[(HTTP version, TLS version, path, status), ...] of those that have ended"""
        rows = [line.split() for line in lines_of(self.log)]
        return [(http, tls, path, status) for http, tls, verb, path, status in rows if verb == method]

    def carried(self, task, http, tls):
        """Expects that the task's poll and its video came this way. A download's line may come after its last byte."""
        def rows(end):
            return [row[:2] for row in self.requests() if row[2] == f'/v1/videos/{task}{end}']

        wait_for('nginx has logged the download', lambda: rows('/content'))
        for what, end in (('polls', ''), ('downloads', '/content')):
            expect(f'all {what} came by {http} over {tls}', set(rows(end)) == {(http, tls)}, lines_of(self.log))


@contextlib.contextmanager
def frontend(folder, service, protocols='TLSv1.2 TLSv1.3', http2=False):
    """nginx takes the port over as it would from an nginx that it replaces"""
    os.environ['PATH'] += ':/usr/sbin'
    need('nginx', 'openssl')
    make_certificates(folder)
    with listener() as port:
        number = port.getsockname()[1]
        path = os.path.join(folder, 'nginx.conf')
        with open(path, 'w') as file:
            file.write(CONFIGURATION.format(folder=folder, port=number, http2=' http2' if http2 else '',
                                            user='user root;' if os.geteuid() == 0 else '',
                                            protocols=protocols, service=service))
        with server('nginx', '-e', folder + '/error.log', '-c', path, pass_fds=[port.fileno()],
                    env=dict(os.environ, NGINX=f'{port.fileno()};')) as process:
            log = os.path.join(folder, 'access.log')
            wait_for('nginx has begun', lambda: process.poll() is not None or os.path.exists(log))
            expect('nginx runs', process.poll() is None, *lines_of(os.path.join(folder, 'error.log')))
            yield Frontend(folder, number)
