#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws benchmark-first-frame.svg and benchmark-waiting.svg from a report.

    plot-benchmarks.py REPORT.json DIRECTORY"""

import json
import math
import os
import re
import sys
from xml.sax.saxutils import escape

STYLE = ('.mid{text-anchor:middle}.end{text-anchor:end}.title{font-size:13px;font-weight:bold}'
         '.grid{stroke:#ddd}.whisker{stroke:#333}.veosrc{fill:#c30}.other{fill:#789}'
         '.line{fill:none;stroke-width:2}.l0{stroke:#c30}.l1{stroke:#789}.l2{stroke:#47a}'
         '.d0{fill:#c30}.d1{fill:#789}.d2{fill:#47a}')


def text(x, y, words, more=''):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" class="{kind}"/>'


def frame(width, height, parts):
    return '\n'.join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                      'font-family="sans-serif" font-size="11">', f'<style>{STYLE}</style>',
                      '<rect width="100%" height="100%" fill="#fff"/>', *parts, '</svg>', ''])


# --- Bars: first frame

def pick_times(values):
    """(label, peer, shortest, median, longest) for each bar."""
    bars = {}
    for value in values:
        if value['benchmark'] == 'first-frame' and value['metric'] in ('shortest', 'time', 'longest'):
            bars.setdefault((value['case'], value['peer']), {})[value['metric']] = value['value']
    return [(f'{peer}, {case}', peer, times['shortest'], times['time'], times['longest'])
            for (case, peer), times in bars.items()]


def draw_bars(values):
    bars, left, width, row, top = pick_times(values), 290, 800, 38, 40
    height, right = top + row * len(bars) + 44, width - 30
    step = nice_step(max(bar[4] for bar in bars))
    most = math.ceil(max(bar[4] for bar in bars) / step) * step
    bottom = height - 40

    def x_of(value):
        return left + value / most * (right - left)

    parts = [text(width / 2, 20, 'Time to the first frame', 'class="mid title"'),
             text((left + right) / 2, height - 8, 'ms: the median, and from the shortest to the longest', 'class="mid"')]
    for tick in range(round(most / step) + 1):
        parts += [line(x_of(tick * step), top - 8, x_of(tick * step), bottom, 'grid'),
                  text(x_of(tick * step), bottom + 14, f'{tick * step:g}', 'class="mid"')]
    for number, (label, peer, shortest, median, longest) in enumerate(bars):
        y = top + number * row
        parts += [text(left - 8, y + 17, label, 'class="end"'),
                  f'<rect x="{left}" y="{y + 3}" width="{x_of(median) - left:.1f}" height="20" '
                  f'class="{"veosrc" if peer == "veosrc" else "other"}"/>',
                  line(x_of(shortest), y + 13, x_of(longest), y + 13, 'whisker'),
                  text(x_of(longest) + 5, y + 17, f'{median:.0f}')]
    return frame(width, height, parts)


def nice_step(most):
    magnitude = 10 ** math.floor(math.log10(most))
    return next(step * magnitude for step in (0.1, 0.2, 0.5, 1, 2) if most / (step * magnitude) <= 8)


# --- Lines: what a number of tasks costs

PANELS = (('memory of all tasks, MiB', lambda cell, n: cell['memory per task'] * n / 1024),
          ('threads', lambda cell, n: cell['threads']),
          ('descriptors', lambda cell, n: cell['descriptors']),
          ('CPU of a poll, ms', lambda cell, n: cell['CPU per poll']))
PANEL_WIDTH, PANEL_HEIGHT, MARGIN = 400, 300, 54


def pick_costs(values):
    """peer to [(number of tasks, metric to value)]; of measured values only."""
    costs = {}
    for value in values:
        match = re.fullmatch(r'(\d+) (elements?|tasks?)', value['case'])
        if value['benchmark'] == 'waiting' and match:
            costs.setdefault(value['peer'], {}).setdefault(int(match[1]), {})[value['metric']] = value['value']
    return {peer: sorted(cells.items()) for peer, cells in costs.items()}


def collect(costs, measure):
    series = {}
    for peer, cells in costs.items():
        points = []
        for number, cell in cells:
            try:
                points.append((number, measure(cell, number)))
            except KeyError:
                continue
        series[peer] = [point for point in points if point[1] > 0]
    return {peer: points for peer, points in series.items() if points}


def decades(values):
    return range(math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)) + 1e-9) + 1)


def draw_panel(title, series, peers):
    all_points = [point for points in series.values() for point in points]
    across = decades([x for x, _ in all_points])
    up = decades([y for _, y in all_points])
    left, right, top, bottom = MARGIN, PANEL_WIDTH - 16, 36, PANEL_HEIGHT - 44

    def x_of(value):
        return left + (math.log10(value) - across[0]) / max(1, across[-1] - across[0]) * (right - left)

    def y_of(value):
        return bottom - (math.log10(value) - up[0]) / max(1, up[-1] - up[0]) * (bottom - top)

    parts = [text((left + right) / 2, 20, title, 'class="mid title"'),
             text((left + right) / 2, bottom + 32, 'tasks', 'class="mid"')]
    for power in across:
        parts += [line(x_of(10 ** power), top, x_of(10 ** power), bottom, 'grid'),
                  text(x_of(10 ** power), bottom + 15, f'{10 ** power:,}', 'class="mid"')]
    for power in up:
        parts += [line(left, y_of(10.0 ** power), right, y_of(10.0 ** power), 'grid'),
                  text(left - 6, y_of(10.0 ** power) + 4, f'{10.0 ** power:,g}', 'class="end"')]
    for peer, points in series.items():
        kind = peers.index(peer) % 3
        path = 'L'.join(f'{x_of(x):.1f} {y_of(y):.1f}' for x, y in points)
        parts.append(f'<path d="M{path}" class="line l{kind}"/>')
        parts += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3.5" class="d{kind}"/>' for x, y in points]
    return parts


LEGEND = {'simple': 'a thread and a session each', 'curl': 'a shell with curl each'}


def draw_costs(values):
    costs = pick_costs(values)
    peers = list(costs)
    out = []
    for number, (title, measure) in enumerate(PANELS):
        series = collect(costs, measure)
        x, y = number % 2 * PANEL_WIDTH, number // 2 * PANEL_HEIGHT
        if series:
            out += [f'<g transform="translate({x} {y})">', *draw_panel(title, series, peers), '</g>']
    for number, peer in enumerate(peers):
        x, y = 60 + number * 250, 2 * PANEL_HEIGHT + 8
        out += [f'<circle cx="{x}" cy="{y - 4}" r="4" class="d{number % 3}"/>', text(x + 9, y, LEGEND.get(peer, peer))]
    return frame(2 * PANEL_WIDTH, 2 * PANEL_HEIGHT + 24, out)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding='utf-8') as file:
        values = json.load(file)['values']
    for name, draw in (('benchmark-first-frame.svg', draw_bars), ('benchmark-waiting.svg', draw_costs)):
        with open(os.path.join(sys.argv[2], name), 'w', encoding='utf-8') as out:
            out.write(draw(values))


if __name__ == '__main__':
    main()
