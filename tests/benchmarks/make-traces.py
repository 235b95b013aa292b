#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write made-up courses of video-generation tasks for veo-schedule-sim.

One line a change, "seconds status progress", "-" where the service says
nothing; the last line is terminal. The same seed gives the same files."""

import argparse
import math
import os
import random
import sys


def duration(rng):
    """What is seen in public: log-normal, median 90 s."""
    return max(11.0, rng.lognormvariate(math.log(90), 0.45))


def changes(length, said_at, period):
    """What a service says that looks at the task every PERIOD seconds."""
    lines, before, t = [], None, 0.0
    while t < length:
        if said_at(t) != before:
            before = said_at(t)
            lines.append((t, *before))
        t += period
    return lines


def course(length, queue=0.0, power=1.0, step=1, cap=99, period=0.5):
    """Progress that rises along a power of the time worked."""
    def said_at(t):
        if t < queue:
            return 'queued', 0
        done = 100 * ((t - queue) / (length - queue)) ** power
        return 'processing', min(cap, int(done / step) * step)
    lines = changes(length, said_at, period)
    if queue == 0.0:
        lines.insert(0, (0.0, 'queued', 0))
    return lines + [(length, 'completed', 100)]


def linear(rng):
    return course(duration(rng))


def noisy(rng):
    length = duration(rng)
    return course(length, rng.uniform(0.02, 0.3) * length, rng.uniform(0.7, 1.3))


def coarse(rng):
    return course(duration(rng), power=rng.uniform(0.8, 1.2), step=10)


def constant(rng):
    return [(0.0, 'queued', 0), (rng.uniform(1, 6), 'processing', 50),
            (duration(rng), 'completed', 100)]


def silent(rng):
    return [(0.0, 'in_progress', '-'), (duration(rng), 'completed', '-')]


def jump(rng):
    length = duration(rng)
    return [(0.0, 'queued', 0), (0.05 * length, 'processing', rng.choice((10, 20))),
            (0.30 * length, 'processing', 90), (0.35 * length, 'processing', 99),
            (length, 'completed', 100)]


def erratic(rng):
    length = duration(rng)
    lines = [(0.0, 'queued', 0)]
    for part in range(1, 9):
        progress = rng.choice((5, 30, 50, 80, 95, 100))
        if progress != lines[-1][2]:
            lines.append((length * part / 9, 'processing', progress))
    return lines + [(length, 'completed', 100)]


def ticking(rng, period, flat=False):
    """A service that looks at its upstream every PERIOD seconds only."""
    length = duration(rng)
    t = rng.uniform(0, period)
    lines = [(0.0, 'queued', 0)]
    while t < length:
        progress = 50 if flat else int(100 * t / length)
        if (progress, 'processing') != (lines[-1][2], lines[-1][1]):
            lines.append((t, 'processing', progress))
        t += period
    return lines + [(t, 'completed', 100)]


def tick15(rng):
    return ticking(rng, 15)


def tick15flat(rng):
    return ticking(rng, 15, flat=True)


def tick5(rng):
    return ticking(rng, 5)


def tick10(rng):
    return ticking(rng, 10)


def tick20(rng):
    return ticking(rng, 20)


def tick30flat(rng):
    return ticking(rng, 30, flat=True)


def coarse25(rng):
    return course(duration(rng), power=rng.uniform(0.8, 1.2), step=25)


def coarse5(rng):
    length = duration(rng)
    return course(length, rng.uniform(0, 0.2) * length, rng.uniform(0.8, 1.2), step=5)


def quietqueue(rng):
    """Status words only: queued for a while, then processing."""
    length = duration(rng)
    return [(0.0, 'queued', '-'), (rng.uniform(0.02, 0.4) * length, 'processing', '-'),
            (length, 'completed', '-')]


def stuck99(rng):
    """Honest up to 99, then a long last step."""
    length = duration(rng)
    work = course(length * rng.uniform(0.5, 0.8))
    return work[:-1] + [(length, 'completed', 100)]


def early100(rng):
    """Reaches 100 before the end and goes on (upscaling)."""
    length = duration(rng)
    work = course(length * rng.uniform(0.6, 0.9))
    return work[:-1] + [(work[-1][0], 'processing', 100), (length, 'completed', 100)]


def plateau(rng):
    """Honest, but stands still for a third of the time somewhere."""
    length = duration(rng)
    work = length * rng.uniform(0.6, 0.7)
    at = rng.uniform(0.3, 0.8) * work
    shift = length - work
    return [(t if t < at else t + shift, s, p) for t, s, p in course(work)]


def restart(rng):
    """Goes down to nothing once (a worker was lost) and starts anew."""
    length = duration(rng)
    lost = rng.uniform(0.2, 0.5) * length
    first = [line for line in course(length) if line[0] < lost]
    again = [(t + lost, 'processing', p) for t, s, p in course(length - lost)[1:-1]]
    return first + again + [(length, 'completed', 100)]


def saturating(rng):
    """Made-up progress: ever slower towards 95, whatever the task does."""
    length, tau = duration(rng), rng.uniform(15, 60)
    lines = changes(length, lambda t: ('processing', int(95 * (1 - math.exp(-t / tau)))), 0.5)
    return lines + [(length, 'completed', 100)]


KINDS = {f.__name__: f for f in (
    linear, noisy, coarse, constant, silent, jump, erratic, tick15, tick15flat,
    tick5, tick10, tick20, tick30flat, coarse25, coarse5, quietqueue, stuck99,
    early100, plateau, restart, saturating)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('directory')
    parser.add_argument('kinds', nargs='*', metavar='KIND', help=', '.join(KINDS))
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=16, help='traces of each kind')
    args = parser.parse_args()
    for kind in args.kinds:
        if kind not in KINDS:
            sys.exit(f'There is no kind "{kind}"; there are {", ".join(KINDS)}.')

    os.makedirs(args.directory, exist_ok=True)
    for kind in args.kinds or KINDS:
        rng = random.Random(f'{args.seed} {kind}')
        for number in range(args.count):
            path = os.path.join(args.directory, f'{kind}-{number:02}.txt')
            with open(path, 'w') as out:
                for t, status, progress in KINDS[kind](rng):
                    out.write(f'{t:.2f} {status} {progress}\n')


if __name__ == '__main__':
    main()
