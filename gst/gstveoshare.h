/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One stream of polls of one task, for all who watch it. Worker only. */
#ifndef __GST_VEO_SHARE_H__
#define __GST_VEO_SHARE_H__

#include "gstveowatch.h"

G_BEGIN_DECLS

/* What one poll brought. Borrowed; as in GstVeoAnswer task, failure or both are set. */
typedef struct
{
  GstVeoTask *task;
  const GstVeoFailure *failure;
  gint64 hint_ms;               /* -1 for none */
  guint http_status;            /* 0 when no answer came */
  const gchar *request_id;      /* of the answer, or NULL */
  gint64 sent;                  /* monotonic time */
  gint64 date;                  /* the same by the service's clock, Unix seconds; 0 unknown */
  gboolean old;                 /* it was made before this member joined */
} GstVeoPoll;

#define GST_VEO_SHARE_DONE -1

/* Tells a member. It says in how many ms it wants the next poll, or
 * GST_VEO_SHARE_DONE: then it is no member any more. It does not join or
 * leave from within. */
typedef gint64 (*GstVeoPollFunc) (const GstVeoPoll * poll, gpointer member);

typedef struct _GstVeoShare GstVeoShare;

/* Joins the polls of this task under way, or starts them. A refresh has its
 * own. What the last poll brought is told at once. func is the same for all
 * members. Returns: (transfer none): until the member is done or leaves;
 * NULL when it was done at once. */
GstVeoShare *gst_veo_share_join (GstVeoWorker * worker,
    const GstVeoWatchSettings * settings, GstVeoPollFunc func, gpointer member);
/* The last to leave takes the request in flight along. */
void gst_veo_share_leave (GstVeoShare * share, gpointer member);

G_END_DECLS

#endif /* __GST_VEO_SHARE_H__ */
