/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When to ask next. Pure: numbers in, a delay out. All times in ms. */
#ifndef __GST_VEO_SCHEDULE_H__
#define __GST_VEO_SCHEDULE_H__

#include "gstveotask.h"

G_BEGIN_DECLS

typedef struct _GstVeoSchedule GstVeoSchedule;

/* deadline: ms after the first poll, 0 for none. seed: for jitter, 0 for none. */
GstVeoSchedule *gst_veo_schedule_new (guint min_interval, guint max_interval,
    guint deadline, guint32 seed);
void gst_veo_schedule_free (GstVeoSchedule * schedule);
/* How old the task was at the first poll, ms, where the service tells when it
 * was created; negative: unknown, as at the beginning. */
void gst_veo_schedule_set_age (GstVeoSchedule * schedule, gint64 age);

/* An answer came: now (ms since the first poll was sent; the time the request
 * was sent is best known as the moment the answer describes), what it said
 * (progress -1 for nothing), hint_ms (-1 for none). A poll that failed is not noted here. */
void gst_veo_schedule_note (GstVeoSchedule * schedule, guint64 now,
    GstVeoStatus status, gint progress, gint64 hint_ms);
/* Delay from now to the next poll: within [min, max] but for a hint, which is a
 * floor and may exceed max; moved so that the last poll still fits before the deadline. */
guint gst_veo_schedule_next (GstVeoSchedule * schedule, guint64 now);
/* Delay after the n-th failure in a row (1 is the first): backs off from min
 * to max; hint_ms is a floor. Same deadline rule. */
guint gst_veo_schedule_backoff (GstVeoSchedule * schedule, guint64 now,
    guint failures, gint64 hint_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoSchedule, gst_veo_schedule_free)

G_END_DECLS

#endif /* __GST_VEO_SCHEDULE_H__ */
