#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How many changed conditions of the pure parts do the tests notice?

    tests/mutation.py [--sample N] [--seed S] [--again LOG] [--jobs N] [FILE...]

Copies the tree, changes one operator or value at a time in gst/ (all files of
veo_pure_sources, or those named), builds with AddressSanitizer and UBSan, runs the
pure tests and, where they notice nothing, those of the download against a real
server, and prints each change that no test notices. A change that does not compile
does not count. The last line is the share that was noticed. All changes take hours:
--sample takes that many by chance, and says by which seed. --again takes those that
a run named in LOG, as long as their lines have not moved. --jobs tries so many at
once, each in a copy of its own; as many as there are processors if it is not given.
"""
import argparse
import concurrent.futures
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CHANGES = [(r' == ', ' != '), (r' != ', ' == '), (r' < ', ' <= '), (r' <= ', ' < '), (r' > ', ' >= '), (r' >= ', ' > '),
           (r' && ', ' || '), (r' \|\| ', ' && '), (r'if \(!', 'if ('), (r'return TRUE', 'return FALSE'),
           (r'return FALSE', 'return TRUE'), (r' \+ 1\b', ' - 1'), (r' - 1\b', ' + 1'), (r'MIN \(', 'MAX ('),
           (r'MAX \(', 'MIN (')]
SILENT = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
TIMEOUT = 300  # a change may make a loop endless
PURE = ['url', 'task', 'failure', 'content', 'save', 'backoff', 'steps', 'addresses', 'boxes', 'reply', 'progress', 'polls',
        'decisions', 'schedule', 'answer', 'body']
SERVED = ['httpsrc', 'httplink', 'httpseek']
# those that are most likely to notice a change of a file
FIRST = {'gstveobody.c': ['body', 'answer'], 'gstveodatavideo.c': ['body'], 'gstveohint.c': ['answer'],
         'gstveojson.c': ['answer'], 'gstveofields.c': ['answer'], 'gstveoanswer.c': ['answer'],
         'gstveodownload.c': ['steps', 'addresses', 'decisions'], 'gstveoestimate.c': ['progress', 'polls'],
         'gstveotick.c': ['progress', 'polls'], 'gstveohistory.c': ['progress', 'polls'], 'gstveolaw.c': ['polls'],
         'gstveoschedule.c': ['polls', 'schedule'], 'gstveosave.c': ['save'], 'gstveoboxes.c': ['boxes'],
         'gstveowebm.c': ['boxes'], 'gstveoreply.c': ['reply'], 'gstveocontent.c': ['content']}
SANITIZED = ('-Db_sanitize=address,undefined', '-Db_lundef=false')
# no leaks: memory that a changed condition forgets is no answer that a user would notice
ENVIRONMENT = {'CK_DEFAULT_TIMEOUT': '60', 'ASAN_OPTIONS': 'detect_leaks=0', 'UBSAN_OPTIONS': 'halt_on_error=1',
               'GSETTINGS_BACKEND': 'memory'}


def pure_files():
    with open(os.path.join(SOURCE, 'gst', 'meson.build'), encoding='utf-8') as file:
        listed = re.search(r'veo_pure_sources = files\((.*?)\)', file.read(), re.S).group(1)
    return re.findall(r"'(\w+\.c)'", listed)


def find_changes(name):
    with open(os.path.join(SOURCE, 'gst', name), encoding='utf-8') as file:
        text = file.read()
    for pattern, new in CHANGES:
        for match in re.finditer(pattern, text):
            line = text.rfind('\n', 0, match.start()) + 1
            rest = text[line:match.start()]
            # comments and the preprocessor are no conditions
            if rest.lstrip().startswith(('#', '*', '/*')):
                continue
            yield name, match.start(), match.end(), new, text.count('\n', 0, match.start()) + 1


def tell(change):
    name, start, end, new, line = change
    with open(os.path.join(SOURCE, 'gst', name), encoding='utf-8') as file:
        old = file.read()[start:end]
    return f'not noticed: gst/{name}:{line}: {old.strip()} -> {new.strip()}'


def run(*command):
    return subprocess.run(command, **SILENT)


class Tree:
    """A copy of the sources, and its build."""

    def __init__(self, folder):
        self.source, self.build = os.path.join(folder, 'tree'), os.path.join(folder, 'b')
        shutil.copytree(SOURCE, self.source, ignore=shutil.ignore_patterns('b', 'b-*', '.git'))
        if run('meson', 'setup', self.build, self.source, *SANITIZED).returncode:
            sys.exit('meson setup failed')
        if self.is_noticed() is not False:
            sys.exit('the tests must pass before anything is changed')

    def fails(self, test):
        path = os.path.join(self.build, 'tests', 'check', 'test-' + test)
        with subprocess.Popen([path], env=dict(os.environ, **ENVIRONMENT), start_new_session=True, **SILENT) as process:
            try:
                return process.wait(TIMEOUT) != 0
            except subprocess.TimeoutExpired:
                # Check runs each test in a process group of its own
                run('pkill', '-KILL', '-s', str(process.pid))
                return True

    def is_noticed(self, name=None):
        """None: it does not compile."""
        for test in sorted(PURE + SERVED, key=lambda test: test not in FIRST.get(name, ())):
            needs = ['gst/gstveosoup.veomod'] if test in SERVED else []
            if run('ninja', '-C', self.build, 'tests/check/test-' + test, *needs).returncode:
                return None
            if self.fails(test):
                return True
        return False

    def try_change(self, change):
        name, start, end, new, _ = change
        path = os.path.join(self.source, 'gst', name)
        with open(path, encoding='utf-8') as file:
            text = file.read()
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text[:start] + new + text[end:])
        result = self.is_noticed(name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return result


def try_all(changes, jobs):
    """Yields each change with what became of it."""
    trees = queue.SimpleQueue()

    def try_one(change):
        tree = trees.get()
        try:
            return change, tree.try_change(change)
        finally:
            trees.put(tree)

    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for tree in pool.map(lambda job: Tree(os.path.join(folder, str(job))), range(jobs)):
            trees.put(tree)
        for done in concurrent.futures.as_completed([pool.submit(try_one, change) for change in changes]):
            yield done.result()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--sample', type=int, metavar='N')
    parser.add_argument('--seed', type=int, default=random.randrange(10 ** 6), metavar='S')
    parser.add_argument('--again', metavar='LOG')
    parser.add_argument('--jobs', type=int, default=os.cpu_count(), metavar='N')
    parser.add_argument('files', nargs='*', metavar='FILE')
    options = parser.parse_args()
    changes = [change for name in options.files or pure_files() for change in find_changes(os.path.basename(name))]
    if options.sample:
        print(f'seed {options.seed}: {options.sample} of {len(changes)} changes')
        changes = random.Random(options.seed).sample(changes, min(options.sample, len(changes)))
    if options.again:
        with open(options.again, encoding='utf-8') as file:
            named = set(file.read().splitlines())
        changes = [change for change in changes if tell(change) in named]
        print(f'{len(changes)} changes once more', flush=True)
    noticed = counted = 0
    for change, result in try_all(changes, options.jobs):
        if result is None:
            continue
        counted += 1
        noticed += result
        if not result:
            print(tell(change), flush=True)
    print(f'{noticed} of {counted} changes were noticed, {100 * noticed // max(counted, 1)} %')


main()
