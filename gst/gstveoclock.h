/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the first frame belongs: at running time zero, or now, if the pipeline
 * has been running while we waited. */
#ifndef __GST_VEO_CLOCK_H__
#define __GST_VEO_CLOCK_H__

#include <gst/gst.h>

G_BEGIN_DECLS

/* What the clock looked like at READY to PAUSED. */
typedef struct
{
  GstClockTime base_time;
  gboolean was_running;
} GstVeoClock;

void gst_veo_clock_note (GstVeoClock * clock, GstElement * element);
/* Returns: the running time, 0 when the clock does not run in this run. */
gint64 gst_veo_clock_get_offset (const GstVeoClock * clock,
    GstElement * element);

G_END_DECLS

#endif /* __GST_VEO_CLOCK_H__ */
