/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One-shot timers of the worker: a heap behind a single GSource, so that ten
 * thousand of them cost nothing while they wait. Worker only. */
#ifndef __GST_VEO_TIMER_H__
#define __GST_VEO_TIMER_H__

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GstVeoTimers GstVeoTimers;

typedef void (*GstVeoTimerFunc) (gpointer data);

/* Lives inside its owner; all zero when it is not set. */
typedef struct
{
  gint64 due;                   /* g_get_monotonic_time */
  guint place;                  /* in the heap, from 1; 0 when not set */
  GstVeoTimerFunc func;
  gpointer data;
} GstVeoTimer;

GstVeoTimers *gst_veo_timers_new (GMainContext * context);
void gst_veo_timers_free (GstVeoTimers * timers);

/* Sets the timer, or sets it anew. func may start and stop any timer. */
void gst_veo_timers_start (GstVeoTimers * timers, GstVeoTimer * timer,
    gint64 due, GstVeoTimerFunc func, gpointer data);
/* Does nothing when the timer is not set. */
void gst_veo_timers_stop (GstVeoTimers * timers, GstVeoTimer * timer);

G_END_DECLS

#endif /* __GST_VEO_TIMER_H__ */
