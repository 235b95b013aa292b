# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests written in Python share: the stand-in service, commands, skipping."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

KEY = 'test-key-0123456789'
CLIP = {'seconds': 1, 'size': '320x240', 'duration_ms': 300}


def skip(reason):
    print(f'SKIP: {reason}')
    sys.exit(77)


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            skip(f'there is no {program}')


def expect(what, good, *seen):
    """One thing that must hold; what was seen instead is shown."""
    print(f'{"ok" if good else "NOT OK"}: {what}', flush=True)
    if not good:
        sys.exit('\n'.join(str(one) for one in seen) or 'failed')


def run(*command, seconds=120, fails=False, **options):
    """Runs a command that must end well (fails: must not); returns all it printed."""
    print('$ ' + ' '.join(str(part) for part in command), flush=True)
    process = subprocess.run([str(part) for part in command], stdin=options.pop('stdin', subprocess.DEVNULL),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                             timeout=seconds, **options)
    if (process.returncode != 0) != fails:
        print(process.stdout)
        sys.exit(f'exit status {process.returncode}')
    return process.stdout


def clean_environment(folder, **more):
    """Of this process and its children: nothing of the user's GStreamer, a registry of our own."""
    for name in list(os.environ):
        if name.startswith(('GST_', 'VEO_')) or name.lower().endswith('_proxy'):
            del os.environ[name]
    os.environ.update({'GST_REGISTRY': os.path.join(folder, 'registry.bin'), 'GSETTINGS_BACKEND': 'memory',
                       'NO_AT_BRIDGE': '1'}, **more)


class StandIn:
    """A veo-sim, as long as the "with" lasts. tasks: names, or names with what a script says of them;
    options: for its command line; lines: what it has printed."""

    def __init__(self, program, tasks=(), key=KEY, options=(), **script):
        self.command = [program, '--verbose', *options]
        self.key = key
        self.script = dict(script, tasks=tasks if isinstance(tasks, dict) else {name: CLIP for name in tasks})
        self.lines = []

    def __enter__(self):
        with tempfile.NamedTemporaryFile('w', suffix='.json') as file:
            json.dump(self.script, file)
            file.flush()
            self.process = subprocess.Popen(self.command + ['--script', file.name], text=True,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                            env=dict(os.environ, VEO_SIM_API_KEY=self.key))
            self.lines.append(self.process.stdout.readline())
        found = re.search(r'listening on (http\S+)', self.lines[0])
        if not found:
            self.process.kill()
            sys.exit('veo-sim did not start: ' + self.lines[0] + self.process.stdout.read())
        self.url = found.group(1)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        return self

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def __exit__(self, kind, *unused):
        self.process.terminate()
        self.reader.join()
        self.process.wait()
        if kind:
            print(''.join(self.lines))
