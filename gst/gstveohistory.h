/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a task said so far, as runs of equal answers. Pure. Seconds since the first poll. */
#ifndef __GST_VEO_HISTORY_H__
#define __GST_VEO_HISTORY_H__

#include <glib.h>

G_BEGIN_DECLS

#define GST_VEO_HISTORY_RUNS 32

/* Polls in a row that said the same */
typedef struct
{
  gboolean begun;               /* no longer queued */
  gint progress;                /* 0 to 100, -1 when the service said nothing */
  gdouble after;                /* when something else was seen last, -G_MAXDOUBLE in the first run */
  gdouble first, last;          /* when this was seen first and last */
} GstVeoRun;

typedef struct
{
  GstVeoRun runs[GST_VEO_HISTORY_RUNS]; /* the newest ones, oldest first */
  guint n_runs;
  GstVeoRun opening;            /* the answer to the first poll, once n_runs > 0 */
} GstVeoHistory;

void gst_veo_history_note (GstVeoHistory * history, gdouble at, gboolean begun,
    gint progress);
/* NULL before the first answer */
const GstVeoRun *gst_veo_history_latest (const GstVeoHistory * history);
/* What progress has been a multiple of since the run with this index, 0 when it never moved from 0 */
gint gst_veo_history_step (const GstVeoHistory * history, guint from);

G_END_DECLS

#endif /* __GST_VEO_HISTORY_H__ */
