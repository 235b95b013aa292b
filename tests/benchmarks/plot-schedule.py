#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draw delay against polls from what veo-schedule-sim --compare printed.

    veo-schedule-sim --compare TRACE... > out.txt
    plot-schedule.py schedule.svg TITLE=out.txt..."""

import math
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN = 400, 330, 54
DELAYS = (0.3, 0.5, 1, 2, 5, 10, 20)
# where the name of a point stands that would be in the way above it on the right
LABELS = {'fixed-1': (-7, 14), 'exponential': (7, 4), 'uniform-6': (-7, 13)}
POLLS = (4, 8, 16, 32, 64, 128)


def read(path):
    """The summary lines, name to (delay, polls), and the mean duration of the traces."""
    points, durations = {}, []
    with open(path) as lines:
        for line in lines:
            words = line.split()
            if is_summary(words[0]):
                points[words[0]] = float(words[1]), float(words[2])
            else:
                durations.append(float(words[3]))
    return points, sum(durations) / len(durations)


def is_summary(name):
    return name in ('all', 'exponential') or name.startswith(('fixed-', 'uniform-'))


def scale(value, ticks, start, end):
    part = math.log(value / ticks[0]) / math.log(ticks[-1] / ticks[0])
    return start + part * (end - start)


def x_of(polls):
    return scale(polls, POLLS, MARGIN, WIDTH - 16)


def y_of(delay):
    return scale(delay, DELAYS, HEIGHT - MARGIN, 36)


def text(x, y, words, more=''):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" class="{kind}"/>'


def axes():
    left, right, bottom, top = MARGIN, WIDTH - 16, HEIGHT - MARGIN, 36
    parts = [text((left + right) / 2, HEIGHT - 16, 'polls a task', 'class="mid"'),
             text(16, (top + bottom) / 2, 'mean delay, s',
                  f'class="mid" transform="rotate(-90 16 {(top + bottom) / 2:.1f})"')]
    for polls in POLLS:
        parts += [line(x_of(polls), top, x_of(polls), bottom, 'grid'),
                  text(x_of(polls), bottom + 15, f'{polls:g}', 'class="mid"')]
    for delay in DELAYS:
        parts += [line(left, y_of(delay), right, y_of(delay), 'grid'),
                  text(left - 6, y_of(delay) + 4, f'{delay:g}', 'class="end"')]
    return parts


def yardstick(duration):
    """Where delay times polls is half the mean duration: a score of 1."""
    half = duration / 2
    first = max(POLLS[0], half / DELAYS[-1])
    last = min(POLLS[-1], half / DELAYS[0])
    return line(x_of(first), y_of(half / first), x_of(last), y_of(half / last), 'one')


def panel(title, points, duration):
    parts = axes() + [text((MARGIN + WIDTH) / 2, 20, title, 'class="mid title"'),
                      yardstick(duration)]
    for name, (delay, polls) in points.items():
        ours = name == 'all'
        x, y = x_of(polls), y_of(delay)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 if ours else 3.5}"'
                     f' class="{"ours" if ours else "other"}"/>')
        dx, dy = (-8, 14) if ours else LABELS.get(name, (7, -5))
        parts.append(text(x + dx, y + dy, 'veosrc' if ours else name,
                          'class="end"' if dx < 0 else ''))
    return parts


def draw(panels):
    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns * WIDTH} '
           f'{rows * HEIGHT + 24}" font-family="sans-serif" font-size="11">',
           '<style>.mid{text-anchor:middle}.end{text-anchor:end}.title{font-size:13px;font-weight:bold}'
           '.grid{stroke:#ddd}.one{stroke:#888;stroke-dasharray:4 3}.other{fill:#789}.ours{fill:#c30}</style>',
           '<rect width="100%" height="100%" fill="#fff"/>']
    for number, (title, points, duration) in enumerate(panels):
        x, y = number % columns * WIDTH, number // columns * HEIGHT
        out.append(f'<g transform="translate({x} {y})">')
        out += panel(title, points, duration) + ['</g>']
    out.append(text(columns * WIDTH / 2, rows * HEIGHT + 10,
                    'dashed: delay x polls = half the mean duration (score 1); below it is better',
                    'class="mid"'))
    return '\n'.join(out + ['</svg>', ''])


def main():
    if len(sys.argv) < 3 or any('=' not in arg for arg in sys.argv[2:]):
        sys.exit(__doc__)
    panels = []
    for arg in sys.argv[2:]:
        title, path = arg.split('=', 1)
        panels.append((title, *read(path)))
    with open(sys.argv[1], 'w') as out:
        out.write(draw(panels))


if __name__ == '__main__':
    main()
