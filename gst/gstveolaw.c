/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Durations are log-normal. With h (t) the rate at which tasks end that still
 * run at t, the fewest polls for a given mean delay are spent when polls are
 * as dense as the square root of h (Keller 1974). */

#include "gstveolaw.h"

#include <math.h>

#define MEDIAN 90.0             /* s */
#define SIGMA 0.45
/* From one poll to the next the integral of sqrt (h) is this: about 20 polls
 * and 2 s of delay a task. Fewer polls would pay more for the one poll that
 * every task needs to begin with. */
#define POLL_WEIGHT 0.55
#define LONGEST 3600.0          /* s */

/* How old a task may be that was not new at the first poll, s; all equally likely but the first */
static const gdouble ages[] = { 0, 15, 30, 45, 60, 75, 90 };

/* The part of all tasks that takes longer than t */
static gdouble
still_running (gdouble t)
{
  return t > 0 ? 0.5 * erfc (log (t / MEDIAN) / (SIGMA * G_SQRT2)) : 1;
}

static gdouble
ending_rate (gdouble t)
{
  gdouble z;

  if (t <= 0)
    return 0;
  z = log (t / MEDIAN) / SIGMA;
  /* from there on both parts of the fraction are too small to divide */
  if (z > 5)
    return (z + 1 / z) / (SIGMA * t);
  return exp (-z * z / 2) / sqrt (2 * G_PI) / (SIGMA * t) / still_running (t);
}

static gdouble
ending_rate_at_age (gdouble waited, GstVeoAge age)
{
  gdouble new_weight = age == GST_VEO_AGE_RATHER_NEW ? 10 : 0.3;
  gdouble rate = 0, sum = 0;
  guint i;

  if (age == GST_VEO_AGE_NEW)
    return ending_rate (waited);
  for (i = 0; i < G_N_ELEMENTS (ages); i++) {
    /* never quite 0, or nothing would be left to divide by after days */
    gdouble weight = still_running (waited + ages[i]) + 1e-30;

    if (i == 0)
      weight *= new_weight;
    rate += weight * ending_rate (waited + ages[i]);
    sum += weight;
  }
  return rate / sum;
}

gdouble
gst_veo_law_interval (gdouble waited, GstVeoAge age)
{
  gdouble missing = POLL_WEIGHT, interval = 0;

  while (interval < LONGEST) {
    /* fine where the rate changes fast, coarse in long waits */
    gdouble slice = 0.5 + interval / 16;
    gdouble weight = slice * sqrt (ending_rate_at_age (waited + interval
            + slice / 2, age));

    if (weight >= missing)
      return interval + slice * missing / weight;
    missing -= weight;
    interval += slice;
  }
  return LONGEST;
}
