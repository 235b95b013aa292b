/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A souphttpsrc (a run-time subclass of it) that resumes after a break, asks
 * for a fresh link, keeps what it received for seeks, and keeps the key. */
#ifndef __GST_VEO_HTTP_SRC_H__
#define __GST_VEO_HTTP_SRC_H__

#include <gst/gst.h>
#include "gstveofailure.h"

G_BEGIN_DECLS

typedef struct
{
  gchar *url;                   /* absolute http(s) */
  gboolean needs_key;
  gboolean is_content;          /* the content address */
} GstVeoLink;

/* Asks for a fresh link without blocking: starts one more poll and later calls
 * done (from any thread) exactly once, unless cancelled. link NULL: failure says why. */
typedef void (*GstVeoLinkFunc) (const GstVeoLink * link,
    const GstVeoFailure * failure, gpointer done_data);
typedef struct
{
  gpointer (*start) (gpointer user_data, GstVeoLinkFunc done, gpointer done_data);
  void (*cancel) (gpointer handle);     /* after it returned done is not called; also frees the handle, also after done was called */
} GstVeoLinkSource;

/* Everything is copied. Strings may be NULL. Times in ms. */
typedef struct
{
  const gchar *task_id;
  GstVeoLink link;
  const gchar *content_url;     /* the task's content address on the base */
  const gchar *base_url;        /* the key goes to its origin only */
  const gchar *api_key;
  const gchar *proxy;
  const gchar *tls_ca_file;
  const gchar *user_agent;
  guint request_timeout;        /* no byte for so long is a break; 0: 15 s is used */
  guint min_backoff;            /* between attempts, from the one */
  guint max_backoff;            /* to the other */
  guint retries;                /* attempts in a row without a new byte */
  gint64 expires_at;            /* for the error text; 0 unknown */
  const gchar *refused_link;    /* likewise: what stood in a link's place; NULL: nothing */
  gboolean keep;                /* keep what was received for seeks, even before one comes (not for container) */
  const gchar *save_location;   /* also store the file here; NULL for not */
  const GstVeoLinkSource *link_source;  /* NULL: no fresh links */
  gpointer link_source_data;
  GDestroyNotify link_source_notify;
} GstVeoHttpSrcSettings;

/* Live counters; read with gst_veo_http_src_get_stats from any thread. */
typedef struct
{
  guint64 bytes;                /* body bytes received from the network */
  guint reconnects;
  guint link_refreshes;
  guint last_http_status;       /* 0: none yet */
} GstVeoHttpSrcStats;

/* Floating; NULL with *error when souphttpsrc cannot be had. */
GstElement *gst_veo_http_src_new (const GstVeoHttpSrcSettings * settings, GError ** error);
void gst_veo_http_src_get_stats (GstElement * src, GstVeoHttpSrcStats * stats);
/* The failure that ended the stream: the element posts one ERROR message of
 * its own for it and keeps the details here. Returns: (transfer full) (nullable) */
GstVeoFailure *gst_veo_http_src_get_failure (GstElement * src);
/* Called (from the streaming thread, no lock held) when the process's memory budget is used
 * up and this source went lean, so that the queue behind it can shrink to 8 MiB, and when saving failed. */
typedef enum
{
  GST_VEO_HTTP_SRC_LEAN,
  GST_VEO_HTTP_SRC_SAVE_FAILED, /* text says why */
  GST_VEO_HTTP_SRC_SAVED,       /* the file is complete at save-location */
  GST_VEO_HTTP_SRC_RECONNECT,   /* text says why; for the log */
  GST_VEO_HTTP_SRC_LINK,        /* text is the fresh link, in full */
  GST_VEO_HTTP_SRC_OUTAGE,      /* attempts in a row brought nothing; text says it, and how long it goes on */
} GstVeoHttpSrcEvent;
typedef void (*GstVeoHttpSrcEventFunc) (GstElement * src, GstVeoHttpSrcEvent event,
    const gchar * text, gpointer data);
void gst_veo_http_src_set_event_func (GstElement * src, GstVeoHttpSrcEventFunc func,
    gpointer data, GDestroyNotify notify);

G_END_DECLS

#endif /* __GST_VEO_HTTP_SRC_H__ */
