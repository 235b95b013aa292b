#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/fetch.c: fetch.py SOURCE BUILD TEST"""
import json
import os
import resource
import signal
import subprocess

from example import expect, fetch_clip, finish, main, path_of, requests, run, run_on_terminal, service, start, wait_for

RENDERED = {'seconds': 1, 'size': '160x120', 'duration_ms': 300}
LONG = {'duration_ms': 600000}
ODD = 'veo3.1-fast:1770350082-trii1OXZc3'


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def report_in(text):
    """The lines of a report by task id."""
    lines = [json.loads(line) for line in text.splitlines()]
    expect('each task has one line', len({line['task_id'] for line in lines}) == len(lines), text)
    return {line['task_id']: line for line in lines}


def make_clip(folder, size=3000):
    """A file that passes for a video, in which no two places are alike."""
    path = os.path.join(folder, 'source.mp4')
    with open(path, 'wb') as file:
        file.write(bytes.fromhex('0000001c6674797069736f6d0000020069736f6d69736f326d703431') + (8).to_bytes(4, 'big') + b'moov')
        file.write(size.to_bytes(4, 'big') + b'mdat' + b''.join(n.to_bytes(4, 'big') for n in range((size - 8) // 4)))
    return path


def done(folder, size=3000, **more):
    """A task that is completed before it is asked for."""
    return dict({'duration_ms': 1, 'link': 'content', 'clip': {'file': make_clip(folder, size)}}, **more)


def files(folder):
    """Given three tasks, one of which fails, when they are fetched into a folder that is not there yet, then the
    good ones are there byte by byte, and the report and the exit status tell of the other."""
    out, report = os.path.join(folder, 'new', 'out'), os.path.join(folder, 'report.jsonl')
    tasks = {'video_1': RENDERED, ODD: RENDERED, 'video_bad': dict(RENDERED, last_status='failed', message='The prompt was refused')}
    with service(tasks) as sim:
        status, text = run(path_of('fetch'), '-d', out, '--report', report, *tasks)
        expect('one failed: exit status 1', status == 1, status)
        expect('no half file is left', sorted(os.listdir(out)) == [ODD.replace(':', '%3A') + '.mp4', 'video_1.mp4'], os.listdir(out))
        for task in ('video_1', ODD):
            path = os.path.join(out, task.replace(':', '%3A') + '.mp4')
            expect(f'{task} is there byte by byte', read(path) == fetch_clip(sim, task))
            expect('its line says where', f'{task}: saved as {path}\n' in text)
    expect('the failure is told', 'The prompt was refused' in text)
    expect('the sums are told', text.endswith('3 tasks: 2 fetched, 0 there already, 1 failed, 0 stopped\n'))
    lines = report_in(read(report).decode())
    good, bad = lines['video_1'], lines['video_bad']
    expect('the report knows them all', set(lines) == set(tasks), lines)
    expect('a good one has its file', good['state'] == 'fetched' and good['bytes'] == os.path.getsize(good['file']) and
           good['polls'] > 0 and 'error' not in good, good)
    expect('a bad one has its reason', bad['state'] == 'failed' and bad['error_code'] == 'failed' and
           'The prompt was refused' in bad['error'] and bad['request_id'] and 'file' not in bad, bad)


def skips(folder):
    """Given a file that is there already, when its task is fetched together with another, then no request asks for it."""
    there = os.path.join(folder, 'video_1.mp4')
    with open(there, 'wb') as file:
        file.write(b'mine')
    with service({'video_1': done(folder), 'video_2': done(folder)}) as sim:
        status, text = run(path_of('fetch'), '-d', folder, '--report', '-', 'video_1', 'video_2', stderr=subprocess.DEVNULL)
        lines = report_in(text)
        expect('all are there: exit status 0', status == 0, status)
        expect('the file was not touched', read(there) == b'mine')
        expect('nobody asked for it', requests(sim, 'GET /v1/videos/video_1') == 0, sim.lines)
        expect('the other came', requests(sim, 'GET /v1/videos/video_2/content') == 1, sim.lines)
        expect('the report tells them apart',
               [lines[name]['state'] for name in ('video_1', 'video_2')] == ['skipped', 'fetched'], lines)
        asked = requests(sim, 'GET')
        status, _text = run(path_of('fetch'), '-d', folder, 'video_1', 'video_2')
        expect('the second time nothing is asked', status == 0 and requests(sim, 'GET') == asked, sim.lines)


def stdin(folder):
    """Given ids that come one by one through a pipe, with comments, blank lines and repetitions, then each is
    fetched once, and the first ones before the last are known."""
    with service({name: done(folder) for name in ('video_1', 'video_2', 'a#b')}) as sim:
        process = start(path_of('fetch'), '-d', folder, stdin=subprocess.PIPE)
        process.stdin.write('# my tasks\n\n  video_1  # a cat\r\n')
        process.stdin.flush()
        wait_for('the first is there', lambda: os.path.exists(os.path.join(folder, 'video_1.mp4')))
        status, text = finish(process, 'video_1\na#b\n\t\n#video_3\nvideo_2')
        expect('it ends well', status == 0, status)
        expect('three tasks were meant', '3 tasks: 3 fetched' in text)
        expect('each was fetched once', requests(sim, 'GET /v1/videos/video_1/content') == 1, sim.lines)
        status, text = run(path_of('fetch'), '-d', folder, '-', 'video_2', text='video_1\n')
        expect('- stands for it among others', status == 0 and '2 tasks: 0 fetched, 2 there' in text, status)
        status, text = run(path_of('fetch'), '-d', folder, text='')
        expect('nothing to do is no failure', status == 0 and '0 tasks' in text, status)


def names(folder):
    """Given ids that would lead elsewhere as file names, then all files are in the folder, with different names."""
    ids = ['../../evil', '/etc/evil', '-rf', '~', '.hidden', 'a b', 'a%20b', 'A', 'a', 'x' * 300, 'x' * 301]
    out = os.path.join(folder, 'deep', 'out')
    with service({name: done(folder) for name in ids}):
        status, _text = run(path_of('fetch'), '-d', out, '--', *ids)
        expect('all are fetched', status == 0, status)
        there = os.listdir(out)
        expect('all are in the folder', len(there) == len(ids), there)
        expect('none is hidden or looks like an option', not [name for name in there if name[0] in '.-~'], there)
        expect('nothing is elsewhere', os.listdir(folder).count('deep') == 1 and
               sorted(os.listdir(os.path.join(folder, 'deep'))) == ['out'], os.listdir(folder))
        status, _text = run(path_of('fetch'), '-d', out, '--name', 'clip-{id}.bin', 'a')
        expect('a name can be chosen', status == 0 and 'clip-a.bin' in os.listdir(out), os.listdir(out))
        status, text = run(path_of('fetch'), '-d', out, '--name', '{id}', 'a.part')
        expect('no name may be that of an unfinished file', status == 1 and 'would end in .part' in text, status)
        status, text = run(path_of('fetch'), '-d', out, 'bad\tid')
        expect('an impossible id is told', status == 1 and 'bad' in text, status)


def trouble(folder):
    """Given downloads that break, one that cannot be written and one that is no video, then the first arrives all
    the same, the others fail, and no file has a wrong content."""
    out = os.path.join(folder, 'out')
    os.makedirs(os.path.join(out, 'video_blocked.mp4.part'))
    os.mkdir(os.path.join(out, 'video_folder.mp4'))
    page = {'status': 200, 'headers': {'Content-Type': 'text/html'}, 'body': '<html>Log in</html>'}
    tasks = {
        'video_cut': done(folder, 400000, transfer={'cut_every': 50000}),
        'video_blocked': done(folder, 400000),
        'video_folder': done(folder, 400000),
        'video_page': done(folder, 400000, content_answers=[page]),
    }
    with service(tasks):
        status, text = run(path_of('fetch'), '-d', out, '--report', '-', *tasks, stderr=subprocess.DEVNULL)
    lines = report_in(text)
    expect('some failed', status == 1, status)
    expect('the broken one is whole', lines['video_cut']['state'] == 'fetched' and
           read(os.path.join(out, 'video_cut.mp4')) == read(os.path.join(folder, 'source.mp4')), lines)
    for name in ('video_blocked', 'video_folder'):
        expect(f'{name} says that it cannot be written', lines[name]['error_code'] == 'write', lines[name])
    expect('a page is no video', lines['video_page']['state'] == 'failed' and 'Log in' in lines['video_page']['error'], lines)
    expect('nothing else is there', sorted(os.listdir(out)) == ['video_blocked.mp4.part', 'video_cut.mp4', 'video_folder.mp4'],
           os.listdir(out))


def many(folder):
    """Given 500 tasks that are completed in the same moment, when a process that may have 256 descriptors fetches
    them, then all come."""
    task = done(folder, link='none')
    tasks = {f'video_{n}': task for n in range(500)}
    out = os.path.join(folder, 'out')
    with service(tasks):
        status, text = run(path_of('fetch'), '-d', out, '-j', '8', text='\n'.join(tasks),
                           preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)))
    expect('it ends well', status == 0, status)
    expect('all are there', '500 tasks: 500 fetched' in text and len(os.listdir(out)) == 500)
    expected = read(os.path.join(folder, 'source.mp4'))
    expect('and whole', all(read(os.path.join(out, name)) == expected for name in os.listdir(out)))


def jobs(folder):
    """Given many completed tasks with slow downloads, then never more than --jobs of them download."""
    task = done(folder, 20000, transfer={'rate': 40000})
    tasks = {f'video_{n}': task for n in range(12)}
    out = os.path.join(folder, 'out')
    with service(tasks) as sim:
        process = start(path_of('fetch'), '-d', out, '-j', '3', *tasks)
        most = 0
        while process.poll() is None:
            most = max(most, sum(name.endswith('.part') for name in os.listdir(out)) if os.path.exists(out) else 0)
        expect('it ends well', finish(process)[0] == 0)
        expect('three at a time were seen', most == 3, most)
        expect('each was downloaded once', requests(sim, 'GET /v1/videos/video_') > 24 and
               sum('/content' in line for line in sim.lines) == len(tasks), sim.lines)


def stops(folder):
    """Given a task that waits, one that downloads and one that is there, when Ctrl-C is typed, then it ends at once,
    and only the file that is complete stays."""
    slow = done(folder, 400000, transfer={'rate': 20000})
    tasks = {'video_fast': done(folder, 400000), 'video_slow': slow, 'video_next': slow, 'video_late': LONG}
    out, report = os.path.join(folder, 'out'), os.path.join(folder, 'report.jsonl')
    with service(tasks):
        process = start(path_of('fetch'), '-d', out, '-j', '3', '-r', report, *tasks)
        wait_for('one is there and two download', lambda: os.path.exists(out) and
                 {'video_fast.mp4', 'video_slow.mp4.part', 'video_next.mp4.part'} <= set(os.listdir(out)))
        process.send_signal(signal.SIGINT)
        status, text = finish(process)
    expect('the exit status is that of Ctrl-C', status == 130, status)
    expect('the sums are told', text.endswith('4 tasks: 1 fetched, 0 there already, 0 failed, 3 stopped\n'))
    expect('no half file stays', os.listdir(out) == ['video_fast.mp4'], os.listdir(out))
    lines = report_in(read(report).decode())
    expect('the report knows all', [lines[name]['state'] for name in tasks] == ['fetched', 'stopped', 'stopped', 'stopped'], lines)


def terminal(folder):
    """Given a terminal of seven rows and ten tasks, then the tasks under way are drawn again and again, no line is
    too many, and the result stays."""
    tasks = {f'video_{n}': done(folder, 20000, transfer={'rate': 20000}) for n in range(10)}
    os.chdir(folder)
    with service(tasks):
        status, text = run_on_terminal(path_of('fetch'), *tasks, rows=7, columns=40)
        expect('it ends well', status == 0, status)
        expect('the tasks are drawn', 'video_0: ' in text and '10 tasks: ' in text)
        ups = [int(part.split('A')[0]) for part in text.split('\033[')[1:] if part.split('A')[0].isdigit()]
        expect('what is drawn fits on the screen', ups and max(ups) <= 6, ups)
        expect('the results stay', all(f'{task}: saved as ./{task}.mp4\r\n' in text for task in tasks))
        expect('the sums are the last', text.endswith('\n10 tasks: 10 fetched, 0 there already, 0 failed, 0 stopped\r\n'))
        expect('long lines are cut by the terminal, at the end no more', text.rfind('\033[?7h') > text.rfind('\033[?7l') > 0)
        status, text = run_on_terminal(path_of('fetch'), 'video_nowhere', interrupt_at='video_nowhere: ')
        expect('Ctrl-C ends it', status == 130, status)


def usage(folder):
    """Given wrong options, then it says so with exit status 2, and asks for nothing."""
    with service({'video_1': done(folder)}) as sim:
        for wrong in (('--jobs', '0'), ('--jobs', 'many'), ('--name', 'clip.mp4'), ('--name', '../{id}'), ('--what',),
                      ('--report', os.path.join(folder, 'no', 'report')), ('--directory', '/dev/null/x')):
            status, text = run(path_of('fetch'), *wrong, 'video_1')
            expect(f'{wrong}: exit status 2', status == 2, status)
            expect('with words', text.endswith('see --help\n'))
        expect('nothing was asked', requests(sim, 'GET') == 0, sim.lines)
        status, text = run(path_of('fetch'), '--help')
        expect('there is help', status == 0 and '--jobs' in text and 'Exit status' in text)
        status, text = run(path_of('fetch'), '-d', folder, '--report', '/dev/full', 'video_1')
        expect('a report that cannot be written is a failure', status == 1 and 'report' in text, status)


def limit(folder):
    """Given a task that takes too long for --timeout, then that is its failure."""
    with service({'video_1': LONG}):
        status, text = run(path_of('fetch'), '-d', folder, '--timeout', '1.5', '-r', '-', 'video_1', stderr=subprocess.DEVNULL)
        expect('it is still running', status == 1 and report_in(text)['video_1']['error_code'] == 'busy', text)


main({test.__name__: test for test in (files, skips, stdin, names, trouble, many, jobs, stops, terminal, usage, limit)})
