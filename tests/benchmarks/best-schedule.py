#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The best score that any schedule can reach without progress to go by.

Tasks take as long as in gst/gstveolaw.c, and the schedule knows that and how
old its task is. Of all moments on a grid those are taken that cost least when
a poll is worth so and so many seconds of delay; each line is one such price:
"start polls delay_s score", where a score of 1 is a fixed interval's."""

import argparse
import math

MEDIAN, SIGMA = 90.0, 0.45      # s
GRID = 0.25                     # s
LONGEST_WAIT = 500.0            # s
SHORTEST, LONGEST = 1.0, 15.0   # s, the default poll intervals


def still_running(age):
    if age <= 0:
        return 1.0
    return 0.5 * math.erfc(math.log(age / MEDIAN) / (SIGMA * math.sqrt(2)))


class Course:
    """Those that still run at each moment of the grid, of all tasks."""

    def __init__(self, start):
        n = int(LONGEST_WAIT / GRID)
        self.left = [still_running(start + i * GRID) for i in range(n)]
        self.sum = [0.0]
        for a, b in zip(self.left, self.left[1:]):
            self.sum.append(self.sum[-1] + (a + b) / 2 * GRID)

    def delay(self, i, j):
        """What tasks that end between two polls wait for the second one."""
        return self.left[i] * (j - i) * GRID - (self.sum[j] - self.sum[i])

    def choose(self, price):
        """The next poll after one at each moment, from the last one back."""
        n = len(self.left)
        cost, following = [0.0] * n, [n] * n
        for i in range(n - 2, -1, -1):
            reach = range(i + int(SHORTEST / GRID), min(i + int(LONGEST / GRID), n - 1) + 1)
            best = min(((self.delay(i, j) + cost[j], j) for j in reach), default=(0.0, n))
            cost[i], following[i] = best[0] + price * self.left[i], best[1]
        return following

    def score(self, price):
        following = self.choose(price)
        i, polls, delay = 0, 1.0, 0.0
        while following[i] < len(self.left):
            polls += self.left[i]
            delay += self.delay(i, following[i])
            i = following[i]
        return polls, delay, polls * delay / (self.sum[-1] / 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('starts', nargs='*', type=float, default=[0.0, 30.0, 60.0],
                        metavar='START', help='seconds from creation to first poll (0 30 60)')
    for start in parser.parse_args().starts:
        course = Course(start)
        for price in (0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24):
            print('%g %.1f %.2f %.3f' % (start, *course.score(price)))


if __name__ == '__main__':
    main()
