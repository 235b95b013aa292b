#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does a benchmark program still work?  smoke.py METRIC,... PROGRAM ARGUMENT...

Given a program, when it runs, then it ends well, every line on its stdout is a
result, and each of these metrics is among them. The values are not looked at: a
machine that is busy measures anything."""

import json
import math
import subprocess
import sys

NAMES = {'benchmark': str, 'case': str, 'metric': str, 'unit': str, 'value': (int, float), 'better': str}


def refuse_constant(name):
    raise ValueError(f'{name} is no JSON')


def check_line(line):
    result = json.loads(line, parse_constant=refuse_constant)
    for name, kind in NAMES.items():
        assert isinstance(result[name], kind), f'{name} in {line}'
    assert math.isfinite(result['value']), line
    assert result['better'] in ('lower', 'higher'), line
    return result['metric']


def main():
    metrics, command = sys.argv[1].split(','), sys.argv[2:]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, f'exit status {done.returncode}'
    found = {check_line(line) for line in done.stdout.splitlines()}
    missing = [metric for metric in metrics if metric not in found]
    assert not missing, f'not measured: {missing}'


if __name__ == '__main__':
    main()
