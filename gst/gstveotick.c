/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstveotick.h"

#include <math.h>

/* Ticks and requests are not on time to the millisecond, s */
#define SLACK 0.25
/* Progress in steps as large as this stands still without any tick */
#define COARSE_STEP 5
/* How many changes ago a period may have been proved */
#define PROOF_AGE 8

/* s, the most usual one first */
static const gdouble periods[] = { 15, 10, 20, 30 };

/* Only progress that never goes down tells ticks from whims */
static gboolean
only_rises (const GstVeoHistory * history)
{
  guint i;

  for (i = 1; i < history->n_runs; i++)
    if (history->runs[i].progress < history->runs[i - 1].progress)
      return FALSE;
  return TRUE;
}

/* Speaks for a tick: a value stood still that long, then rose by more than a step */
static gboolean
was_held (const GstVeoHistory * history, gdouble time)
{
  gint step = gst_veo_history_step (history, 0);
  guint i;

  if (step >= COARSE_STEP)
    return FALSE;
  for (i = 1; i < history->n_runs; i++) {
    const GstVeoRun *held = &history->runs[i - 1];

    if (held->begun && held->last - held->first >= time
        && history->runs[i].progress - held->progress > step)
      return TRUE;
  }
  return FALSE;
}

/* Narrows the tick to what all changes allow; FALSE if they allow none */
static gboolean
changes_fit (const GstVeoHistory * history, GstVeoTick * tick)
{
  const GstVeoRun *latest = gst_veo_history_latest (history);
  guint i, sharp = 0;

  tick->after = latest->after;
  tick->by = latest->first;
  for (i = history->n_runs - 1; i > 0; i--) {
    const GstVeoRun *run = &history->runs[i];
    gdouble off = (tick->after + tick->by - run->after - run->first) / 2;
    gdouble shift = tick->period * round (off / tick->period);

    tick->after = MAX (tick->after, run->after + shift);
    tick->by = MIN (tick->by, run->first + shift);
    if (tick->by < tick->after - SLACK)
      return FALSE;
    tick->by = MAX (tick->by, tick->after);
    /* a change somewhere in a gap of nearly a period would fit anything */
    if (i + PROOF_AGE >= history->n_runs
        && run->first - run->after < tick->period / 2)
      sharp++;
  }
  tick->proved = sharp > 1;
  return TRUE;
}

/* Progress that moves has to move on every tick */
static gboolean
none_missed (const GstVeoHistory * history, const GstVeoTick * tick)
{
  guint i;

  for (i = 0; i < history->n_runs; i++) {
    const GstVeoRun *run = &history->runs[i];
    gdouble n = ceil ((run->first - tick->after) / tick->period);

    if (run->begun && tick->by + n * tick->period < run->last - SLACK)
      return FALSE;
  }
  return TRUE;
}

gboolean
gst_veo_tick_find (const GstVeoHistory * history, GstVeoTick * tick)
{
  guint i;

  if (history->n_runs < 2 || !only_rises (history))
    return FALSE;
  for (i = 0; i < G_N_ELEMENTS (periods); i++) {
    tick->period = periods[i];
    if (was_held (history, tick->period / 2 - SLACK)
        && changes_fit (history, tick) && none_missed (history, tick))
      return TRUE;
  }
  return FALSE;
}
