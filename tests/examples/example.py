# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the examples share: EXAMPLE.py SOURCE BUILD NAME runs the test
of that name with a folder of its own."""
import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from standin import KEY, StandIn, clean_environment, expect, need, skip  # noqa: E402, F401

SECONDS = 120  # for what should be over at once; a loaded machine may take long
SOURCE, BUILD, NAME = (sys.argv + ['', '', ''])[1:4]
SIM = os.path.join(BUILD, 'examples', 'veo-sim', 'veo-sim')


def path_of(name):
    """Of an example, in the build folder or else in the source."""
    built = os.path.join(BUILD, 'examples', name)
    return built if os.path.exists(built) else os.path.join(SOURCE, 'examples', name)


def service(tasks, **script):
    """A stand-in, as long as the "with" lasts; the environment then leads to it."""
    @contextlib.contextmanager
    def serve():
        with StandIn(SIM, tasks, **script) as standin:
            os.environ.update(VEO_API_KEY=KEY, VEO_BASE_URL=standin.url)
            yield standin
    return serve()


def fetch_clip(standin, task):
    """The bytes of a completed task's video, without any of our code."""
    request = urllib.request.Request(f'{standin.url}/v1/videos/{task}/content', headers={'Authorization': 'Bearer ' + KEY})
    with urllib.request.urlopen(request, timeout=SECONDS) as reply:
        return reply.read()


def requests(standin, text):
    """How many requests with this text in their line the service has answered."""
    return sum(f'veo-sim: {text}' in line for line in list(standin.lines))


def wait_for(what, condition, pause=0.02):
    """Until condition () gives something true, which is returned."""
    end = time.monotonic() + SECONDS
    while True:
        found = condition()
        if found or time.monotonic() > end:
            expect(f'in time: {what}', found)
            return found
        time.sleep(pause)


def start(*command, **options):
    """A program whose output is read by whoever called."""
    print('$ ' + ' '.join(str(part) for part in command), flush=True)
    options.setdefault('stdin', subprocess.DEVNULL)
    return subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                            stderr=options.pop('stderr', subprocess.STDOUT), text=True, errors='replace', **options)


def finish(process, text=None):
    """(exit status, rest of its output)"""
    try:
        output = process.communicate(text, timeout=SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        output = process.communicate()[0]
        print(output)
        expect('it ends by itself', False, f'still running after {SECONDS} s')
    print(output, end='', flush=True)
    return process.returncode, output


def run(*command, text=None, **options):
    """(exit status, output); text: for standard input"""
    if text is not None:
        options['stdin'] = subprocess.PIPE
    return finish(start(*command, **options), text)


def run_on_terminal(*command, interrupt_at=None, rows=24, columns=80):
    """(exit status, all that came to a terminal); Ctrl-C is typed when interrupt_at has appeared."""
    print('$ ' + ' '.join(str(part) for part in command) + ' (on a terminal)', flush=True)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    import fcntl
    import struct
    import termios
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    output, end = b'', time.monotonic() + SECONDS
    while True:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        if not ready:
            os.kill(pid, signal.SIGKILL)
        try:
            data = os.read(terminal, 65536)
        except OSError:  # what Linux says when the last program has closed it
            data = b''
        output += data
        if not data:
            break
        if interrupt_at and interrupt_at in output.decode(errors='replace'):
            os.write(terminal, b'\003')
            interrupt_at = None
    text = output.decode(errors='replace')
    print(repr(text))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


@contextlib.contextmanager
def display():
    """An Xvfb of our own."""
    need('Xvfb')
    reader, writer = os.pipe()
    process = subprocess.Popen(['Xvfb', '-displayfd', str(writer), '-screen', '0', '800x600x24', '-nolisten', 'tcp',
                                '-noreset'],
                               pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as pipe:
            number = pipe.readline().strip()
        if not number:
            skip('Xvfb does not start')
        os.environ['DISPLAY'] = ':' + number
        yield
    finally:
        process.terminate()
        process.wait()


def main(tests):
    """Runs the test that the command line names."""
    with tempfile.TemporaryDirectory() as folder:
        # The registry is filled already, with a sanitizer's library if there is one; and
        # GStreamer's own elements may be built with it, too.
        kept = {name: os.environ[name] for name in ('GST_REGISTRY_FORK', 'GST_PLUGIN_SYSTEM_PATH') if name in os.environ}
        clean_environment(folder, HOME=folder, XDG_RUNTIME_DIR=folder, GST_PLUGIN_PATH=os.path.join(BUILD, 'gst'),
                          GST_REGISTRY=os.path.join(BUILD, 'tests', 'registry.bin'), **kept)
        for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
            os.environ.pop(name, None)
        tests[NAME](folder)
