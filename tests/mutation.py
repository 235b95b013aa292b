#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How many changed conditions of the pure parts do the pure tests notice?

    tests/mutation.py [--sample N] [--seed S] [--again LOG] [FILE...]

Copies the tree, changes one operator or value at a time in gst/ (all files of
veo_pure_sources, or those named), builds, runs the pure tests, and prints each
change that no test notices. A change that does not compile does not count. The
last line is the share that was noticed. All changes take hours: --sample takes
that many by chance, and says by which seed. --again takes those that a run named
in LOG, as long as their lines have not moved.
"""
import argparse
import os
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
TIMEOUT = 120  # a change may make a loop endless


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


def run(*command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def is_noticed(build, tests):
    """None: it does not compile."""
    if run('ninja', '-C', build, *tests).returncode:
        return None
    for test in tests:
        try:
            if run(os.path.join(build, test), timeout=TIMEOUT, env=dict(os.environ, CK_DEFAULT_TIMEOUT='30')).returncode:
                return True
        except subprocess.TimeoutExpired:
            return True
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--sample', type=int, metavar='N')
    parser.add_argument('--seed', type=int, default=random.randrange(10 ** 6), metavar='S')
    parser.add_argument('--again', metavar='LOG')
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
    with tempfile.TemporaryDirectory() as folder:
        tree, build = os.path.join(folder, 'tree'), os.path.join(folder, 'b')
        shutil.copytree(SOURCE, tree, ignore=shutil.ignore_patterns('b', 'b-*', '.git'))
        if run('meson', 'setup', build, tree).returncode:
            sys.exit('meson setup failed')
        tests = ['tests/check/' + name for name in
                 ('test-url', 'test-task', 'test-failure', 'test-body', 'test-content', 'test-save', 'test-backoff',
                  'test-decisions', 'test-boxes', 'test-reply', 'test-answer', 'test-schedule')]
        if is_noticed(build, tests) is not False:
            sys.exit('the tests must pass before anything is changed')
        for name, start, end, new, line in changes:
            path = os.path.join(tree, 'gst', name)
            with open(path, encoding='utf-8') as file:
                text = file.read()
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text[:start] + new + text[end:])
            result = is_noticed(build, tests)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            if result is None:
                continue
            counted += 1
            noticed += result
            if not result:
                print(tell((name, start, end, new, line)), flush=True)
    print(f'{noticed} of {counted} changes were noticed, {100 * noticed // max(counted, 1)} %')


main()
