/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveobackoff.h"

guint
gst_veo_backoff_get (const GstVeoBackoff * backoff, guint failures)
{
  guint64 delay = backoff->min;
  guint i;

  for (i = 1; i < failures && delay < backoff->max; i++)
    delay *= 2;
  return MIN (delay, backoff->max);
}

guint64
gst_veo_backoff_sum (const GstVeoBackoff * backoff, guint first, guint last)
{
  guint64 sum = 0;
  guint i;

  for (i = first; i <= last; i++) {
    guint delay = gst_veo_backoff_get (backoff, i);

    /* It does not change any more */
    if (delay == backoff->max)
      return sum + delay * (guint64) (last - i + 1);
    sum += delay;
  }
  return sum;
}

/* Seconds, later minutes, later hours */
static gchar *
tell_time (guint64 ms)
{
  guint64 s = (ms + 999) / 1000;

  if (s < 2 * 60)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " s", s);
  if (s < 2 * 60 * 60)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " min", s / 60);
  return g_strdup_printf ("%" G_GUINT64_FORMAT " h", s / (60 * 60));
}

gchar *
gst_veo_backoff_describe (const GstVeoBackoff * backoff, guint failures,
    guint retries, guint delay)
{
  guint64 left = (guint64) retries - failures + 1;
  guint64 rest = gst_veo_backoff_sum (backoff, failures + 1, retries);
  g_autofree gchar *time = tell_time (delay + rest);

  return g_strdup_printf ("%" G_GUINT64_FORMAT " more time%s, for at least "
      "another %s", left, left == 1 ? "" : "s", time);
}
