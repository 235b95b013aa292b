/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long an attempt waits after those that failed before it: longer each
 * time, from one bound to the other. Pure. Times in ms. */
#ifndef __GST_VEO_BACKOFF_H__
#define __GST_VEO_BACKOFF_H__

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint min;
  guint max;                    /* not below min */
} GstVeoBackoff;

/* After so many failures in a row, 1 is the first */
guint gst_veo_backoff_get (const GstVeoBackoff * backoff, guint failures);
/* The waits after the failures first to last, all together; 0 when there are none */
guint64 gst_veo_backoff_sum (const GstVeoBackoff * backoff, guint first,
    guint last);
/* What is left to try after so many failures, of which retries are allowed, if
 * the next wait is delay: "7 more times, for at least another 75 s".
 * Returns: (transfer full) */
gchar *gst_veo_backoff_describe (const GstVeoBackoff * backoff, guint failures,
    guint retries, guint delay);

G_END_DECLS

#endif /* __GST_VEO_BACKOFF_H__ */
