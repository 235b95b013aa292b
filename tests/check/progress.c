/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is concluded from what a task said: when it ends, and whether its service
 * looks at it on a tick. */
#include <gst/check/gstcheck.h>
#include <stdio.h>
#include <string.h>

#include "gstveoestimate.h"
#include "gstveotick.h"

/* "q@0 0@9.5 12@20": queued, then progress, each at so many seconds */
static GstVeoHistory
history_of (const gchar * answers)
{
  g_auto (GStrv) words = g_strsplit (answers, " ", -1);
  GstVeoHistory history = {.n_runs = 0 };
  guint i;

  for (i = 0; words[i]; i++) {
    const gchar *at = strchr (words[i], '@');
    gboolean begun = words[i][0] != 'q';

    gst_veo_history_note (&history, g_ascii_strtod (at + 1, NULL), begun,
        begun ? atoi (words[i]) : 0);
  }
  return history;
}

typedef struct
{
  const gchar *answers;
  gdouble end;                  /* 0: nothing can be concluded */
  gdouble off;                  /* by so much the end may be missed */
  gdouble spread;               /* at most */
  gint step;
  /* As recorded: whoever changes them measures the figures of docs/schedule.md again */
  gdouble told_end, told_spread;
} EndCase;

/* *INDENT-OFF* */
static const EndCase ends[] = {
  /* 1 % a second, seen to the second */
  {"11@11 23@23 31@31 47@47 47@47.9", 100, 3, 6, 1,
      99.99, 5.46},
  {"11@11 11@11.6 23@23 23@23.6 31@31 31@31.6 47@47 47@47.6", 100, 2.5, 5, 1,
      97.93, 4.27},
  {"11@11.9 23@23.9 31@31.9 47@47.9 58@58.9 67@67.9 79@79.9", 100, 1, 1.5, 1,
      100.43, 1.10},
  /* the same since 20 s in a queue */
  {"q@0 q@18 2@22 9@29 17@37 26@46 33@53", 120, 5, 9, 1,
      121.75, 7.86},
  {"q@0 q@19.5 0@20.5 9@29 17@37 26@46 33@53", 120, 4, 8, 1,
      122.70, 7.65},
  {"q@0 q@18 0@22 0@26 9@29 9@30.5 17@37", 0, },
  {"0@5 4@9 11@16 11@16.8 23@28", 105, 6, 12, 1,
      99.35, 8.00},
  /* steps of 5, of 10 */
  {"5@5.2 5@9.8 10@10.2 10@14.7 15@15.2 15@19.8 20@20.2", 100, 4, 16, 5,
      96.36, 15.76},
  {"10@13 20@23 30@33 40@43 50@53", 100, 8, 12, 10,
      99.46, 11.53},
  /* it stood still at 50 for 3 s, and 20 s */
  {"11@11 22@22 31@31 39@39 50@50 50@53.5", 103, 5, 8, 1,
      104.50, 4.39},
  {"11@11 22@22 31@31 39@39 50@50 50@50.9", 100, 4, 6, 1,
      99.80, 4.39},
  {"11@11 22@22 31@31 39@39 50@50 50@56", 105, 6, 8, 1,
      107.00, 4.39},
  {"11@11 22@22 31@31 39@39 50@50 50@70", 0, },
  /* it goes by leaps, and holds each value for long */
  {"10@10 10@18 20@20 20@28 30@30 30@38 41@40 41@48", 0, },
  {"11@5 11@14 20@15 20@24 31@25 31@34 41@35 41@44", 0, },
  /* it fell once, and rose again for long enough */
  {"40@10 51@20 7@30 12@35 23@46 31@54 43@66", 123, 8, 12, 1,
      122.88, 5.48},
  {"40@10 51@20 7@30 12@35", 0, },
  {"40@10 51@20 7@30 12@35 18@41 24@47", 123, 8, 18, 1,
      124.96, 16.17},
  /* nothing was done, nothing moves, all is done, it leaps */
  {"q@0 q@10", 0, },
  {"0@0 0@10 0@20", 0, },
  {"50@0 50@10 50@20", 0, },
  {"11@11 23@23 100@30", 0, },
  {"11@11", 0, },
  {"10@10 11@40 50@41 52@80 90@81", 0, },
};
/* *INDENT-ON* */

/* Given what tasks said, when their ends are estimated, then they are where the
 * progress leads, or nothing is said. */
GST_START_TEST (test_ends)
{
  const EndCase *c = &ends[__i__];
  GstVeoHistory history = history_of (c->answers);
  GstVeoEstimate estimate = { 0, };
  gboolean told = gst_veo_estimate_from_progress (&history, &estimate);

  fail_unless (told == (c->end > 0), "%s: %.1f", c->answers, estimate.end);
  if (!told)
    return;
  fail_unless (ABS (estimate.end - c->end) <= c->off, "%s: %.2f", c->answers,
      estimate.end);
  fail_unless (estimate.spread <= c->spread, "%s: +- %.2f", c->answers,
      estimate.spread);
  fail_unless_equals_int (estimate.step, c->step);
  fail_unless (ABS (estimate.end - c->told_end) < 0.01
      && ABS (estimate.spread - c->told_spread) < 0.01, "%s: %.2f, %.2f",
      c->answers, estimate.end, estimate.spread);
}

GST_END_TEST;

/* As many answers as a history holds, and more: 1 % a second, each value twice. */
GST_START_TEST (test_end_of_a_long_history)
{
  GstVeoHistory history = {.n_runs = 0 };
  GstVeoEstimate estimate;
  guint i;

  for (i = 1; i < 90; i++) {
    gst_veo_history_note (&history, i, TRUE, i);
    gst_veo_history_note (&history, i + 0.5, TRUE, i);
    if (i < 20)
      continue;
    fail_unless (gst_veo_estimate_from_progress (&history, &estimate));
    fail_unless (ABS (estimate.end - 100) < 2, "%u: %.2f", i, estimate.end);
  }
  fail_unless_equals_int (history.n_runs, GST_VEO_HISTORY_RUNS);
}

GST_END_TEST;

/* Given an estimate, when it is asked when some progress will be reached, then
 * that lies on its line, and the end is at 100 %. */
GST_START_TEST (test_reach)
{
  GstVeoHistory history = history_of ("11@11.9 23@23.9 31@31.9 47@47.9 "
      "58@58.9 67@67.9 79@79.9");
  GstVeoEstimate estimate;

  fail_unless (gst_veo_estimate_from_progress (&history, &estimate));
  fail_unless (ABS (gst_veo_estimate_reach (&estimate, 90) - 90) < 1.5);
  fail_unless (ABS (gst_veo_estimate_reach (&estimate,
              100) - estimate.end) < 0.001);
}

GST_END_TEST;

/* What a service says that looks every so often, from @first on: progress
 * of half a percent a second, a little faster later, as it was at its last look */
static GstVeoHistory
ticking (gdouble period, gdouble first, gdouble poll, gdouble until)
{
  GstVeoHistory history = {.n_runs = 0 };
  gdouble at;

  for (at = 0; at < until; at += poll) {
    gdouble look = at < first ? 0
        : first + period * (guint) ((at - first) / period);

    gst_veo_history_note (&history, at, at >= first,
        (gint) (look * (0.44 + 0.0007 * look)));
  }
  return history;
}

static const gdouble periods[] = { 10, 15, 20, 30 };

/* Given services that look on a tick, when they are asked every other second,
 * then the tick is found, with its place. */
GST_START_TEST (test_ticks)
{
  const gdouble period = periods[__i__];
  gdouble first;

  for (first = 1.5; first < period; first += 1.7) {
    GstVeoHistory history = ticking (period, first, 2, first + 6 * period);
    GstVeoTick tick;
    gdouble off;

    fail_unless (gst_veo_tick_find (&history, &tick), "%g", first);
    fail_unless (tick.period == period, "%g instead of %g", tick.period,
        period);
    fail_unless (tick.proved);
    off = (tick.after + tick.by) / 2 - first;
    off -= period * (gint) (off / period + (off < 0 ? -0.5 : 0.5));
    fail_unless (ABS (off) <= 1.1, "%g: off by %g", first, off);
    fail_unless (tick.by - tick.after <= 2.3);
  }
}

GST_END_TEST;

static const gchar *const no_ticks[] = {
  "q@0",
  /* it moves all the time */
  "11@11 23@23 31@31 47@47 58@58",
  /* slow: one step at a time */
  "1@0 1@14 2@16 2@29 3@31 3@44 4@46",
  /* coarse: so it must stand still */
  "10@0 10@14 30@16 30@29 40@31 40@44 60@46",
  "5@0 5@14 15@16 15@29 25@31 25@44 35@46",
  /* it goes down */
  "11@0 11@14 23@16 23@29 17@31 17@44 41@46",
  /* regularly, but with no period that is known: nothing is missed, nothing fits */
  "11@0 11@8 23@9 23@16 37@17 37@24 52@25 52@32 61@33",
  /* held for long, but at no regular times */
  "11@0 11@9 23@11 23@12 26@13 26@21 37@23 37@36 41@37",
};

/* Given progress that stands still and rises for other reasons, when a tick is
 * looked for, then none is found. */
GST_START_TEST (test_no_tick)
{
  GstVeoHistory history = history_of (no_ticks[__i__]);
  GstVeoTick tick;

  fail_if (gst_veo_tick_find (&history, &tick), "%g", tick.period);
}

GST_END_TEST;

/* Given a task that begins without progress, when its service is on a tick, then
 * the beginning is no reason not to see it. */
GST_START_TEST (test_tick_after_nothing)
{
  GstVeoHistory history = history_of ("q@0 0@2 0@14 13@16 13@29 26@31 26@44 "
      "37@46");
  GstVeoTick tick;

  fail_unless (gst_veo_tick_find (&history, &tick));
  fail_unless (tick.period == 15);
}

GST_END_TEST;

/* Given progress in steps of less than five percent, when it stands still between
 * ticks, then that is the tick's doing. */
GST_START_TEST (test_tick_of_fine_steps)
{
  GstVeoHistory history = history_of ("4@0 4@14 12@16 12@29 20@31 20@44 28@46");
  GstVeoTick tick;

  fail_unless (gst_veo_tick_find (&history, &tick));
  fail_unless (tick.period == 15);
}

GST_END_TEST;

static Suite *
progress_suite (void)
{
  Suite *suite = suite_create ("progress");
  TCase *tc = tcase_create ("progress");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_ends, 0, G_N_ELEMENTS (ends));
  tcase_add_test (tc, test_end_of_a_long_history);
  tcase_add_test (tc, test_reach);
  tcase_add_loop_test (tc, test_ticks, 0, G_N_ELEMENTS (periods));
  tcase_add_loop_test (tc, test_no_tick, 0, G_N_ELEMENTS (no_ticks));
  tcase_add_test (tc, test_tick_after_nothing);
  tcase_add_test (tc, test_tick_of_fine_steps);
  return suite;
}

GST_CHECK_MAIN (progress);
