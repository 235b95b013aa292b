#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a report of what the benchmark programs printed.

    report.py [--quick] RESULTS.jsonl REPORT.json [PAGE.md]

REPORT.json gets all values, the machine and the versions; a table goes to
stdout. Goals do not count for quick runs. In PAGE.md what stands between a comment with one of the names in
SECTIONS and a comment "end" is written anew."""

import datetime
import json
import os
import platform
import re
import subprocess
import sys

PACKAGES = {'GStreamer': 'gstreamer-1.0', 'libsoup': 'libsoup-3.0', 'GLib': 'glib-2.0'}
TITLES = {'first-frame': 'First frame', 'playing': 'Playing', 'stop': 'Stopping', 'waiting': 'Waiting',
          'schedule': 'Schedule'}
OURS = 'veosrc'


# --- The machine

def read_field(path, name):
    """The value of the first line of /proc that begins with this name."""
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            key, _, value = line.partition(':')
            if key.strip() == name:
                return value.strip()
    return ''


def read_machine():
    kib = int(read_field('/proc/meminfo', 'MemTotal').split()[0])
    return {'cores': os.cpu_count(), 'cpu': read_field('/proc/cpuinfo', 'model name') or platform.machine(),
            'ram_mib': round(kib / 1024)}


def read_version(package):
    done = subprocess.run(['pkg-config', '--modversion', package], capture_output=True, text=True, check=False)
    return done.stdout.strip() or 'unknown'


def read_system():
    try:
        return platform.freedesktop_os_release()['PRETTY_NAME']
    except (OSError, KeyError):
        return platform.system()


def make_report(values, quick):
    return {'date': datetime.datetime.now(datetime.timezone.utc).date().isoformat(), 'machine': read_machine(),
            'versions': {'system': read_system(), 'kernel': platform.release(),
                         **{name: read_version(package) for name, package in PACKAGES.items()}},
            'quick': quick, 'values': values}


# --- Values

def read_values(path, quick):
    with open(path, encoding='utf-8') as lines:
        values = [json.loads(line) for line in lines if line.strip()]
    return [{name: part for name, part in value.items() if name != 'goal' or not quick} for value in values]


def show(value, unit=''):
    """As many digits as anybody wants to read."""
    if value == round(value) and abs(value) < 1e6:
        text = f'{value:,.0f}'
    elif abs(value) >= 100:
        text = f'{value:,.0f}'
    elif abs(value) >= 10:
        text = f'{value:.1f}'
    elif abs(value) >= 0.095:
        text = f'{value:.2f}'
    else:
        text = f'{value:.2g}'
    # a unit that says what is counted is in the metric's name already
    return text + (f' {unit}' if unit in ('ms', 's', 'MB', 'MB/s', 'ns', 'KiB') else '')


def is_reached(value):
    if value['better'] == 'higher':
        return value['value'] >= value['goal']
    return value['value'] <= value['goal']


def show_goal(value):
    sign = '≥' if value['better'] == 'higher' else '≤'
    return f'{sign} {show(value["goal"], value["unit"])}'


def name_of(value):
    return f'{value["case"]}: {value["metric"]}'


def group(values):
    """Values of one case and metric belong together: (name, peer to value)."""
    groups = {}
    for value in values:
        key = value['benchmark'], value['case'], value['metric']
        groups.setdefault(key, {})[value.get('peer', 'ratio')] = value
    return groups


# --- Tables, as rows of cells

def make_table(groups):
    rows = [['', 'veosrc', 'beside it', 'goal', '']]
    for peers in groups.values():
        ours = peers.get(OURS) or peers.get('ratio')
        others = [f'{peer} {show(value["value"], value["unit"])}' for peer, value in peers.items()
                  if value is not ours]
        first = ours or next(iter(peers.values()))
        with_goal = ours and 'goal' in ours
        rows.append([name_of(first), show(ours['value'], ours['unit']) if ours else '', ', '.join(others),
                     show_goal(ours) if with_goal else '',
                     ('reached' if is_reached(ours) else '**missed**') if with_goal else ''])
    return rows


def make_goals(values):
    rows = [['', 'goal', 'measured', '']]
    for value in values:
        if 'goal' in value:
            rows.append([f'{TITLES.get(value["benchmark"], value["benchmark"])}, {name_of(value)}', show_goal(value),
                         show(value['value'], value['unit']), 'reached' if is_reached(value) else '**missed**'])
    return rows


def make_pivot(values):
    """A row a metric, a column a case; of one peer each."""
    rows = []
    for peer in dict.fromkeys(value['peer'] for value in values):
        own = [value for value in values if value['peer'] == peer]
        cases = list(dict.fromkeys(value['case'] for value in own))
        cells = {(value['metric'], value['case']): show(value['value'], value['unit']) for value in own}
        rows.append([f'**{peer}**'] + cases)
        rows += [[metric] + [cells.get((metric, case), '') for case in cases]
                 for metric in dict.fromkeys(value['metric'] for value in own)]
    return rows


def to_markdown(rows):
    width = max(len(row) for row in rows)
    lines = ['| ' + ' | '.join(row + [''] * (width - len(row))) + ' |' for row in rows]
    return '\n'.join([lines[0], '|' + '---|' * width] + lines[1:])


def to_text(rows):
    width = max(len(row) for row in rows)
    rows = [row + [''] * (width - len(row)) for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(width)]
    return '\n'.join('  '.join(cell.ljust(size) for cell, size in zip(row, widths)).rstrip() for row in rows)


# --- Sections of the page

def write_machine(report):
    machine, versions = report['machine'], report['versions']
    return (f'Measured on {report["date"]}: {machine["cpu"]}, {machine["cores"]} cores, '
            f'{machine["ram_mib"] / 1024:.0f} GiB; {versions["system"]}, Linux {versions["kernel"]}, '
            f'GStreamer {versions["GStreamer"]}, libsoup {versions["libsoup"]}, GLib {versions["GLib"]}.')


def write_missed(report):
    missed = [value for value in report['values'] if 'goal' in value and not is_reached(value)]
    dearer = [value for value in report['values'] if 'goal' not in value and 'peer' not in value
              and value['value'] > 1]
    lines = [f'* {name_of(value)}: {show(value["value"], value["unit"])}, the goal was {show_goal(value)}.'
             for value in missed] or ['* No goal was missed.']
    lines += [f'* {name_of(value)}: {show(value["value"])} times that of its peer. There was no goal.'
              for value in dearer]
    return '\n'.join(lines)


def write_benchmark(name):
    def write(report):
        values = [value for value in report['values'] if value['benchmark'] == name]
        if not values:
            return 'Not measured.'
        return to_markdown(make_pivot(values) if name == 'waiting' else make_table(group(values)))
    return write


SECTIONS = {'machine': write_machine, 'goals': lambda report: to_markdown(make_goals(report['values'])),
            'missed': write_missed, **{name: write_benchmark(name) for name in TITLES}}


def update_page(path, report):
    with open(path, encoding='utf-8') as file:
        page = file.read()
    for name, write in SECTIONS.items():
        page = re.sub(rf'(<!-- {name} -->\n).*?(<!-- end -->)',
                      lambda match, text=write(report): f'{match[1]}{text}\n{match[2]}', page, flags=re.S)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(page)


def main():
    quick, paths = '--quick' in sys.argv, [arg for arg in sys.argv[1:] if arg != '--quick']
    if len(paths) not in (2, 3):
        sys.exit(__doc__)
    report = make_report(read_values(paths[0], quick), quick)
    with open(paths[1], 'w', encoding='utf-8') as file:
        json.dump(report, file, indent=1, ensure_ascii=False)
        file.write('\n')
    print(to_text(make_table(group(report['values']))).replace('**', ''))
    if len(paths) == 3:
        update_page(paths[2], report)


if __name__ == '__main__':
    main()
