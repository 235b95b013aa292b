/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveorefresh.h"

struct _GstVeoRefresher
{
  gint refcount;
  GstVeoWatchSettings settings; /* strings are ours */
  GMutex lock;
  GstVeoWatchStats stats;       /* of the polls that are over */
};

/* One request for a link: held by who asks and by the watch. */
typedef struct
{
  gint refcount;
  GstVeoRefresher *refresher;
  GstVeoWatch *watch;
  GMutex lock;
  GstVeoLinkFunc done;          /* NULL once called or cancelled */
  gpointer done_data;
} Request;

GstVeoRefresher *
gst_veo_refresher_new (const GstVeoWatchSettings * settings)
{
  GstVeoRefresher *refresher = g_new0 (GstVeoRefresher, 1);
  GstVeoWatchSettings *own = &refresher->settings;

  refresher->refcount = 1;
  g_mutex_init (&refresher->lock);
  *own = *settings;
  own->base_url = g_strdup (settings->base_url);
  own->task_id = g_strdup (settings->task_id);
  own->api_key = g_strdup (settings->api_key);
  own->network.proxy = g_strdup (settings->network.proxy);
  own->network.tls_ca_file = g_strdup (settings->network.tls_ca_file);
  own->network.user_agent = g_strdup (settings->network.user_agent);
  own->refresh = TRUE;
  return refresher;
}

GstVeoRefresher *
gst_veo_refresher_ref (GstVeoRefresher * refresher)
{
  g_atomic_int_inc (&refresher->refcount);
  return refresher;
}

void
gst_veo_refresher_unref (GstVeoRefresher * refresher)
{
  GstVeoWatchSettings *own = &refresher->settings;

  if (!g_atomic_int_dec_and_test (&refresher->refcount))
    return;
  g_free ((gchar *) own->base_url);
  g_free ((gchar *) own->task_id);
  g_free ((gchar *) own->api_key);
  g_free ((gchar *) own->network.proxy);
  g_free ((gchar *) own->network.tls_ca_file);
  g_free ((gchar *) own->network.user_agent);
  g_mutex_clear (&refresher->lock);
  g_free (refresher);
}

static void
request_unref (Request * request)
{
  if (!g_atomic_int_dec_and_test (&request->refcount))
    return;
  gst_veo_refresher_unref (request->refresher);
  g_mutex_clear (&request->lock);
  g_free (request);
}

/* Called with the lock held, so that cancel knows no call comes after it; done
 * only takes values over. */
static void
answer (Request * request, const GstVeoLink * link,
    const GstVeoFailure * failure)
{
  GstVeoLinkFunc done;

  g_mutex_lock (&request->lock);
  done = request->done;
  request->done = NULL;
  if (done)
    done (link, failure, request->done_data);
  g_mutex_unlock (&request->lock);
}

static void
completed (GstVeoTask * task, const gchar * link, gboolean needs_key,
    gboolean is_content, gpointer data)
{
  GstVeoLink fresh = { (gchar *) link, needs_key, is_content };

  answer (data, &fresh, NULL);
}

static void
failed (GstVeoTask * task, const GstVeoFailure * failure, gpointer data)
{
  answer (data, NULL, failure);
}

static void
ignore_task (GstVeoTask * task, gpointer data)
{
}

static void
ignore_retry (const GstVeoFailure * failure, guint delay_ms, gpointer data)
{
}

static gpointer
start (gpointer user_data, GstVeoLinkFunc done, gpointer done_data)
{
  static const GstVeoWatchEvents events = {
    .changed = ignore_task,
    .retrying = ignore_retry,
    .completed = completed,
    .failed = failed,
  };
  GstVeoRefresher *refresher = user_data;
  Request *request = g_new0 (Request, 1);

  request->refcount = 2;
  request->refresher = gst_veo_refresher_ref (refresher);
  g_mutex_init (&request->lock);
  request->done = done;
  request->done_data = done_data;
  request->watch = gst_veo_watch_new (&refresher->settings, &events, request,
      (GDestroyNotify) request_unref);
  return request;
}

static void
add (GstVeoWatchStats * sum, const GstVeoWatchStats * stats)
{
  sum->polls += stats->polls;
  sum->failed_polls += stats->failed_polls;
  sum->retries += stats->retries;
  if (stats->last_http_status)
    sum->last_http_status = stats->last_http_status;
}

static void
cancel (gpointer handle)
{
  Request *request = handle;
  GstVeoWatchStats stats;

  g_mutex_lock (&request->lock);
  request->done = NULL;
  g_mutex_unlock (&request->lock);
  gst_veo_watch_get_stats (request->watch, &stats);
  g_mutex_lock (&request->refresher->lock);
  add (&request->refresher->stats, &stats);
  g_mutex_unlock (&request->refresher->lock);
  gst_veo_watch_stop (g_steal_pointer (&request->watch));
  request_unref (request);
}

const GstVeoLinkSource *
gst_veo_refresher_get_link_source (void)
{
  static const GstVeoLinkSource link_source = { start, cancel };

  return &link_source;
}

void
gst_veo_refresher_add_stats (GstVeoRefresher * refresher,
    GstVeoWatchStats * stats)
{
  g_mutex_lock (&refresher->lock);
  add (stats, &refresher->stats);
  g_mutex_unlock (&refresher->lock);
}
