#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the commands of the documentation: run-commands.py SOURCE BUILD [PAGE...]

Takes the fenced blocks of README.md and docs/*.md that are marked "sh" and runs
them with bash as they stand, those of a page one after the other in a temporary
folder of their own, pages beside each other, against a veo-sim. Comments just before a block change that:

    <!-- not run: REASON -->     the block is not run
    <!-- needs: NAME... -->      skipped where a program, gst:ELEMENT or py:MODULE is missing
    <!-- file: NAME -->          the block (of any language) is stored under this name

The windows of sinks appear in an Xvfb of our own. Exit status 0, 1 when a
command failed, 77 when they cannot be run on this machine.
"""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

BLOCK_TIMEOUT = 90  # seconds
KEY = 'docs-key'
CLIP = {'seconds': 1, 'size': '320x240', 'duration_ms': 500}
TASKS = {
    'ID': CLIP,
    'video_abc123': CLIP,
    'video_def456': CLIP,
    'video_silent': dict(CLIP, clip={'silent': True}),
}
BLOCK = re.compile(r'((?:^<!--[^\n]*-->\n)*)^```(\w*)\n(.*?)^```$', re.M | re.S)
COMMENT = re.compile(r'<!-- *(not run|needs|file): *(.*?) *-->')


class Block:
    def __init__(self, match, text):
        self.line = text.count('\n', 0, match.start(3)) + 1
        self.marks = dict(COMMENT.findall(match.group(1)))
        self.language = match.group(2)
        self.text = match.group(3)

    def is_missing(self, name):
        if name.startswith('gst:'):
            return subprocess.run(['gst-inspect-1.0', '--exists', name[4:]]).returncode != 0
        if name.startswith('py:'):
            return subprocess.run(['/usr/bin/python3', '-c', 'import ' + name[3:]], stderr=subprocess.DEVNULL).returncode != 0
        return shutil.which(name) is None

    def find_missing(self):
        return [name for name in self.marks.get('needs', '').split() if self.is_missing(name)]


def read_blocks(path):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    return [Block(match, text) for match in BLOCK.finditer(text)]


def skip(reason):
    print(f'SKIP: {reason}')
    sys.exit(77)


def start_display():
    """Returns the process; the number of the display comes through a pipe."""
    if not shutil.which('Xvfb'):
        skip('there is no Xvfb to show windows in')
    reader, writer = os.pipe()
    process = subprocess.Popen(['Xvfb', '-displayfd', str(writer), '-screen', '0', '1280x1400x24', '-nolisten', 'tcp',
                                '-noreset'],
                               pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        number = pipe.readline().strip()
    if not number:
        skip('Xvfb does not start')
    os.environ['DISPLAY'] = ':' + number
    os.environ.pop('WAYLAND_DISPLAY', None)
    return process


def start_service(folder):
    script = os.path.join(folder, 'tasks.json')
    with open(script, 'w', encoding='utf-8') as file:
        json.dump({'tasks': TASKS}, file)
    process = subprocess.Popen(['veo-sim', '--port', '0', '--script', script], stdout=subprocess.PIPE, text=True,
                               env=dict(os.environ, VEO_SIM_API_KEY=KEY))
    for line in process.stdout:
        found = re.search(r'listening on (http\S+)', line)
        if found:
            os.environ['VEO_BASE_URL'] = found.group(1)
            return process
    sys.exit('veo-sim did not start')


def set_environment(source, build, folder):
    home = os.path.join(folder, 'home')
    os.mkdir(home)
    os.environ.update({
        'GST_PLUGIN_PATH': os.path.join(build, 'gst'),
        'GST_REGISTRY': os.path.join(build, 'tests', 'registry.bin'),
        'PATH': os.pathsep.join([os.path.join(build, 'examples'), os.path.join(build, 'examples', 'veo-sim'),
                                 os.path.join(source, 'examples'), os.environ['PATH']]),
        'VEO_API_KEY': KEY, 'HOME': home, 'XDG_RUNTIME_DIR': home, 'GSETTINGS_BACKEND': 'memory', 'NO_AT_BRIDGE': '1',
    })


def run_block(block, folder):
    """Returns None, or what the command printed when it failed."""
    process = subprocess.Popen(['bash', '-eu', '-o', 'pipefail', '-c', block.text], cwd=folder, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               errors='replace', start_new_session=True)
    try:
        output, _ = process.communicate(timeout=BLOCK_TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output = process.communicate()[0] + f'\n(not over after {BLOCK_TIMEOUT} s)'
    return output if process.returncode else None


def run_page(path, name, folder):
    """Returns the numbers of blocks that passed, failed, and were not run."""
    passed = failed = left = 0
    for block in read_blocks(path):
        where, missing = f'{name}:{block.line}', block.find_missing()
        if 'file' in block.marks:
            with open(os.path.join(folder, block.marks['file']), 'w', encoding='utf-8') as file:
                file.write(block.text)
            continue
        if block.language != 'sh':
            continue
        if 'not run' in block.marks or missing:
            print(f'left    {where}: {block.marks.get("not run") or "missing: " + ", ".join(missing)}')
            left += 1
            continue
        start = time.monotonic()
        output = run_block(block, folder)
        print(f'{"passed" if output is None else "FAILED"}  {where} ({time.monotonic() - start:.0f} s)', flush=True)
        if output is not None:
            print(block.text + '--\n' + output)
        passed, failed = passed + (output is None), failed + (output is not None)
    return passed, failed, left


def run_pages(source, pages, folder):
    def run(page):
        page_folder = os.path.join(folder, os.path.basename(page) + '.d')
        os.mkdir(page_folder)
        return run_page(page, os.path.relpath(page, source), page_folder)

    with ThreadPoolExecutor() as pool:
        total = [sum(counts) for counts in zip(*pool.map(run, pages))]
    print('{} passed, {} failed, {} left out'.format(*total))
    return 1 if total[1] or not total[0] else 0


def main():
    source, build = (os.path.abspath(path) for path in sys.argv[1:3])
    pages = [os.path.abspath(page) for page in sys.argv[3:]] or \
        [os.path.join(source, 'README.md')] + sorted(glob.glob(os.path.join(source, 'docs', '*.md')))
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        set_environment(source, build, folder)
        for program in ('bash', 'gst-launch-1.0', 'veo-sim'):
            if not shutil.which(program):
                skip(f'there is no {program}')
        try:
            processes.append(start_display())
            processes.append(start_service(folder))
            return run_pages(source, pages, folder)
        finally:
            for process in processes:
                process.terminate()
                process.wait()


if __name__ == '__main__':
    sys.exit(main())
