/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstveohistory.h"

#include <string.h>

const GstVeoRun *
gst_veo_history_latest (const GstVeoHistory * history)
{
  return history->n_runs > 0 ? &history->runs[history->n_runs - 1] : NULL;
}

static void
append_run (GstVeoHistory * history, const GstVeoRun * run)
{
  if (history->n_runs == GST_VEO_HISTORY_RUNS) {
    memmove (history->runs, history->runs + 1,
        (GST_VEO_HISTORY_RUNS - 1) * sizeof (GstVeoRun));
    history->n_runs--;
  }
  history->runs[history->n_runs++] = *run;
}

void
gst_veo_history_note (GstVeoHistory * history, gdouble at, gboolean begun,
    gint progress)
{
  GstVeoRun run = { begun, progress, -G_MAXDOUBLE, at, at };
  GstVeoRun *latest;

  if (history->n_runs == 0) {
    history->opening = run;
    append_run (history, &run);
    return;
  }
  latest = &history->runs[history->n_runs - 1];
  /* a slow answer may be noted late: here time never runs backwards */
  at = MAX (at, latest->last);
  if (latest->begun == begun && latest->progress == progress) {
    latest->last = at;
    return;
  }
  run.after = latest->last;
  run.first = run.last = at;
  append_run (history, &run);
}

static gint
common_divisor (gint a, gint b)
{
  while (b != 0) {
    gint rest = a % b;

    a = b;
    b = rest;
  }
  return a;
}

gint
gst_veo_history_step (const GstVeoHistory * history, guint from)
{
  gint step = 0;
  guint i;

  for (i = from; i < history->n_runs; i++)
    step = common_divisor (MAX (history->runs[i].progress, 0), step);
  return step;
}
