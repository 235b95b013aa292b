/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A history of a task: bounds, then steps of what was seen and when. */
#include "fuzz.h"

#include "gstveoschedule.h"

#include <string.h>

static guint
take (const guint8 ** data, gsize * size, gsize bytes)
{
  guint value = 0;

  for (gsize i = 0; i < bytes && *size > 0; i++, (*data)++, (*size)--)
    value = value << 8 | **data;
  return value;
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  guint min = 50 + take (&data, &size, 2);
  guint max = min + take (&data, &size, 3);
  guint seed = take (&data, &size, 1);
  g_autoptr (GstVeoSchedule) schedule = gst_veo_schedule_new (min, max, 0,
      seed);
  guint64 now = 0;

  gst_veo_schedule_set_age (schedule, (gint64) take (&data, &size, 3) - 1000);
  while (size > 0) {
    guint kind = take (&data, &size, 1);
    gint progress = (gint) (take (&data, &size, 1) % 103) - 1;
    gint64 hint = kind & 8 ? take (&data, &size, 3) % 120001 : -1;
    guint delay;

    if (progress > 100)
      progress = 100;
    if (kind & 16) {
      delay = gst_veo_schedule_backoff (schedule, now, 1 + kind % 8, hint);
    } else {
      gst_veo_schedule_note (schedule, now, GST_VEO_STATUS_QUEUED + kind % 2,
          progress, hint);
      now += take (&data, &size, 2);
      delay = gst_veo_schedule_next (schedule, now);
    }
    fuzz_require (delay >= min);
    fuzz_require (hint < 0 || delay >= hint);
    /* jitter may lengthen a hint by a tenth */
    fuzz_require (delay <= MAX ((gint64) max, hint + hint / 8 + 1));
    now += delay;
  }
  return 0;
}
