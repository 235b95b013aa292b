/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The model: a task that begins at s and takes L reaches the part p of its work
 * at s + L p^k. For a given k that is a straight line through the moments
 * observed; the answer is weighted over several k. A service that does not
 * follow the model shows it by how badly the best line fits. */

#include "gstveoestimate.h"

#include <math.h>

/* k is one of 0.7, 0.75 ... 1.4 and likely within POWER_SPREAD of 1 */
#define N_POWERS 15
#define FIRST_POWER 0.7
#define POWER_STEP 0.05
#define POWER_SPREAD 0.25
/* How well a moment can be known at all, s */
#define BLUR 0.2
/* No task keeps exactly to the model: what an observation loses for each second of its age, s */
#define DRIFT 0.03
/* Every run begins once and may end once, and the work begins */
#define MAX_POINTS (2 * GST_VEO_HISTORY_RUNS + 1)

/* This part of the work was done at this moment */
typedef struct
{
  gdouble done;                 /* 0 to 1 */
  gdouble at;
  gdouble variance;
} Point;

typedef struct
{
  Point points[MAX_POINTS];
  guint n_points;
  guint first_run;              /* since progress went down last */
  guint falls;
  gint step;
} Observed;

typedef struct
{
  gdouble end, length, power, variance, misfit;
} Fit;

static void
find_rise (const GstVeoHistory * history, Observed * seen)
{
  guint i;

  for (i = 1; i < history->n_runs; i++) {
    if (history->runs[i].progress < history->runs[i - 1].progress) {
      seen->falls++;
      seen->first_run = i;
    }
  }
  seen->step = MAX (gst_veo_history_step (history, seen->first_run), 1);
}

static void
add_point (Observed * seen, gdouble done, gdouble after, gdouble by)
{
  Point *point = &seen->points[seen->n_points++];
  gdouble width = by - after;

  point->done = done;
  point->at = by - width / 2;
  point->variance = width * width / 12 + BLUR * BLUR;
}

/* Seconds for one step, at the mean pace of what was seen */
static gdouble
mean_step_time (const GstVeoHistory * history, const Observed * seen)
{
  const GstVeoRun *first = &history->runs[seen->first_run];
  const GstVeoRun *last = gst_veo_history_latest (history);
  gint rise = last->progress - MAX (first->progress, 0);

  if (rise <= 0)
    return G_MAXDOUBLE;
  return (last->first - first->first) * seen->step / rise;
}

static void
collect_points (const GstVeoHistory * history, Observed * seen)
{
  gdouble step_time = mean_step_time (history, seen);
  guint i;

  for (i = seen->first_run; i < history->n_runs; i++) {
    const GstVeoRun *run = &history->runs[i];
    gboolean begins = i > 0 && run->begun && !run[-1].begun;

    if (!run->begun || run->progress < 0)
      continue;
    if (begins)
      add_point (seen, 0, run->after, run->first);
    /* a value was reached at most one step's time before it was seen first */
    if (run->progress > 0 || (!begins && step_time < G_MAXDOUBLE))
      add_point (seen, run->progress / 100.0,
          MAX (run->after, run->first - step_time), run->first);
    /* and the next one was not yet reached when it was seen last */
    if (run->last > run->first && i + 1 < history->n_runs)
      add_point (seen, (run->progress + seen->step) / 100.0, run->last,
          MIN (run[1].first, run->last + step_time));
  }
}

static void
age_points (Observed * seen)
{
  gdouble newest = seen->points[seen->n_points - 1].at;
  guint i;

  for (i = 0; i < seen->n_points; i++) {
    gdouble drift = DRIFT * (newest - seen->points[i].at);

    seen->points[i].variance += drift * drift;
  }
}

static gdouble
misfit (const Observed * seen, gdouble start, gdouble length, gdouble power)
{
  gdouble sum = 0;
  guint i;

  for (i = 0; i < seen->n_points; i++) {
    const Point *point = &seen->points[i];
    gdouble off = point->at - start - length * pow (point->done, power);

    sum += off * off / point->variance;
  }
  return sum;
}

/* Weighted least squares for at = s + L done^k; the end is s + L */
static gboolean
fit_line (const Observed * seen, gdouble power, Fit * fit)
{
  gdouble w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0, det, start;
  guint i;

  for (i = 0; i < seen->n_points; i++) {
    const Point *point = &seen->points[i];
    gdouble x = pow (point->done, power), weight = 1 / point->variance;

    w += weight;
    wx += weight * x;
    wy += weight * point->at;
    wxx += weight * x * x;
    wxy += weight * x * point->at;
  }
  det = w * wxx - wx * wx;
  if (!(det > 1e-9 * w * w))
    return FALSE;
  start = (wxx * wy - wx * wxy) / det;
  fit->length = (w * wxy - wx * wy) / det;
  fit->end = start + fit->length;
  fit->power = power;
  fit->variance = (wxx - 2 * wx + w) / det;
  fit->misfit = misfit (seen, start, fit->length, power);
  return fit->length > 0;
}

/* The mean of all fits, each by how likely it is given the best one */
static void
weigh_fits (const Fit * fits, guint n, Fit * mean)
{
  gdouble weights[N_POWERS], odds[N_POWERS], best = G_MAXDOUBLE, sum = 0;
  guint i;

/* *INDENT-OFF* */
  *mean = (Fit) { .misfit = G_MAXDOUBLE };
/* *INDENT-ON* */
  for (i = 0; i < n; i++) {
    gdouble unusual = (fits[i].power - 1) / POWER_SPREAD;

    odds[i] = fits[i].misfit + unusual * unusual;
    best = MIN (best, odds[i]);
    mean->misfit = MIN (mean->misfit, fits[i].misfit);
  }
  for (i = 0; i < n; i++)
    sum += weights[i] = exp ((best - odds[i]) / 2);
  for (i = 0; i < n; i++) {
    mean->end += weights[i] / sum * fits[i].end;
    mean->length += weights[i] / sum * fits[i].length;
    mean->power += weights[i] / sum * fits[i].power;
  }
  for (i = 0; i < n; i++) {
    gdouble off = fits[i].end - mean->end;

    mean->variance += weights[i] / sum * (fits[i].variance + off * off);
  }
}

static gboolean
fit_model (const Observed * seen, Fit * mean)
{
  Fit fits[N_POWERS];
  guint i, n = 0;

  for (i = 0; i < N_POWERS; i++)
    if (fit_line (seen, FIRST_POWER + POWER_STEP * i, &fits[n]))
      n++;
  if (n == 0)
    return FALSE;
  weigh_fits (fits, n, mean);
  /* one unit of misfit for every point is what chance makes */
  return mean->misfit <= 4 + 2 * seen->n_points;
}

/* Values that were held, then left by a leap, show that not every step is reported */
static gdouble
usual_step (const GstVeoHistory * history, const Observed * seen)
{
  gdouble step = seen->step;
  guint i, n = history->n_runs;

  for (i = MAX (seen->first_run + 1, n > 4 ? n - 4 : 0); i < n; i++) {
    const GstVeoRun *run = &history->runs[i];
    gdouble held = run[-1].last - run[-1].first;
    gdouble gap = run->first - run->after;

    if (run[-1].begun && held > 0)
      step = MAX (step,
          (run->progress - run[-1].progress) * held / (held + gap));
  }
  return step;
}

/* Progress that is overdue moves the end away, until it is no longer believed */
static gboolean
allow_for_stall (const GstVeoHistory * history, const Observed * seen,
    GstVeoEstimate * estimate)
{
  const GstVeoRun *latest = gst_veo_history_latest (history);
  gdouble left = MAX (estimate->end - latest->first, 0);
  gdouble part = usual_step (history, seen) / (100 - latest->progress);
  gdouble overdue = latest->last - latest->first - left * MIN (part, 1);

  if (overdue <= 0)
    return TRUE;
  estimate->end += overdue + estimate->spread / 2;
  return overdue < 1 + 2 * estimate->spread;
}

gboolean
gst_veo_estimate_from_progress (const GstVeoHistory * history,
    GstVeoEstimate * estimate)
{
  const GstVeoRun *latest = gst_veo_history_latest (history);
  Observed seen = {.n_points = 0 };
  Fit fit;

  if (latest == NULL || !latest->begun || latest->progress <= 0
      || latest->progress >= 100)
    return FALSE;
  find_rise (history, &seen);
  collect_points (history, &seen);
  if (seen.n_points < 2 + 2 * seen.falls)
    return FALSE;
  age_points (&seen);
  if (!fit_model (&seen, &fit))
    return FALSE;
  estimate->end = fit.end;
  estimate->spread = sqrt (fit.variance);
  estimate->length = fit.length;
  estimate->power = fit.power;
  estimate->step = seen.step;
  return allow_for_stall (history, &seen, estimate);
}

gdouble
gst_veo_estimate_reach (const GstVeoEstimate * estimate, gint progress)
{
  gdouble done = pow (progress / 100.0, estimate->power);

  return estimate->end - estimate->length * (1 - done);
}
