/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop of a download in the streaming thread: does what the download says,
 * step by step, until there are bytes to deliver. */
#ifndef __GST_VEO_FETCH_H__
#define __GST_VEO_FETCH_H__

#include "gstveoconnection.h"
#include "gstveoexplain.h"
#include "gstveointake.h"

G_BEGIN_DECLS

typedef struct
{
  GstVeoConnection connection;
  GstVeoDownloadSettings settings;      /* its strings are owned */
  gchar *user_agent;
  gchar *save_location;
  gboolean keep;
  GstVeoLinkSource link_source;
  gpointer link_source_data;
  GDestroyNotify link_source_notify;

  /* Streaming thread */
  GstVeoDownload *download;
  GstVeoIntake intake;
  GstVeoStep step;
  gint64 not_before;            /* monotonic: the next attempt waits until then */
  gboolean has_answer;          /* the present attempt was answered */

  /* Any thread */
  GMutex lock;
  GstVeoHttpSrcStats stats;
  GstVeoFailure *failure;
  guint64 size;
  GstVeoHttpSrcEventFunc event_func;
  gpointer event_data;
  GDestroyNotify event_notify;
} GstVeoFetch;

void gst_veo_fetch_init (GstVeoFetch * fetch, GstPushSrc * src,
    GstPushSrcClass * parent);
void gst_veo_fetch_configure (GstVeoFetch * fetch,
    const GstVeoHttpSrcSettings * settings);
void gst_veo_fetch_clear (GstVeoFetch * fetch);

void gst_veo_fetch_start (GstVeoFetch * fetch);
void gst_veo_fetch_stop (GstVeoFetch * fetch);
/* Streaming thread. ERROR: gst_veo_fetch_get_failure says why */
GstFlowReturn gst_veo_fetch_create (GstVeoFetch * fetch, GstBuffer ** buffer);
/* While the streaming thread stands still */
void gst_veo_fetch_seek (GstVeoFetch * fetch, guint64 offset);

/* Any thread */
guint64 gst_veo_fetch_get_size (GstVeoFetch * fetch);
/* Returns: (transfer full) (nullable) */
GstVeoFailure *gst_veo_fetch_get_failure (GstVeoFetch * fetch);
void gst_veo_fetch_get_stats (GstVeoFetch * fetch, GstVeoHttpSrcStats * stats);
void gst_veo_fetch_set_event_func (GstVeoFetch * fetch,
    GstVeoHttpSrcEventFunc func, gpointer data, GDestroyNotify notify);

G_END_DECLS

#endif /* __GST_VEO_FETCH_H__ */
