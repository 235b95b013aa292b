#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How many changed conditions of the pure parts do the tests notice?

    tests/mutation.py [--sample N] [--seed S] [--again LOG] [FILE...]

Copies the tree, changes one operator or value at a time in gst/ (all files of
veo_pure_sources, or those named), builds with AddressSanitizer and UBSan, runs the
pure tests and, where they notice nothing, those of the download against a real
server, and prints each change that no test notices. A change that does not compile
does not count. The last line is the share that was noticed. All changes take hours:
--sample takes that many by chance, and says by which seed. --again takes those that
a run named in LOG, as long as their lines have not moved.
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
TIMEOUT = 300  # a change may make a loop endless
PURE = ['tests/check/test-' + name for name in
        ('url', 'task', 'failure', 'body', 'content', 'save', 'backoff', 'steps', 'addresses', 'decisions', 'boxes', 'reply', 'answer', 'schedule',
         'progress', 'polls')]
SERVED = ['tests/check/test-' + name for name in ('httpsrc', 'httplink', 'httpseek')]
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


def run(*command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def fails(build, test):
    try:
        return run(os.path.join(build, test), timeout=TIMEOUT, env=dict(os.environ, **ENVIRONMENT)).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def is_noticed(build):
    """None: it does not compile."""
    for tests, needs in (PURE, ()), (SERVED, ('gst/gstveosoup.veomod',)):
        if run('ninja', '-C', build, *tests, *needs).returncode:
            return None
        if any(fails(build, test) for test in tests):
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
        if run('meson', 'setup', build, tree, *SANITIZED).returncode:
            sys.exit('meson setup failed')
        if is_noticed(build) is not False:
            sys.exit('the tests must pass before anything is changed')
        for name, start, end, new, line in changes:
            path = os.path.join(tree, 'gst', name)
            with open(path, encoding='utf-8') as file:
                text = file.read()
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text[:start] + new + text[end:])
            result = is_noticed(build)
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
