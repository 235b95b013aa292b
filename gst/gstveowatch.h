/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watches one task: polls, timers, retries, the deadline; shares the polls of
 * one task between all who watch it. */
#ifndef __GST_VEO_WATCH_H__
#define __GST_VEO_WATCH_H__

#include "gstveoclient.h"

G_BEGIN_DECLS

/* All strings are copied by gst_veo_watch_new. Times in ms. */
typedef struct
{
  const gchar *base_url;        /* normalised */
  const gchar *task_id;         /* valid */
  const gchar *api_key;         /* stripped, or NULL */
  GstVeoNetwork network;
  guint min_poll_interval;
  guint max_poll_interval;
  guint wait_timeout;           /* 0: for ever */
  guint request_timeout;        /* 0: no limit */
  guint retries;
  gboolean refresh;             /* asks for a fresh link of a task that was completed: never joins a shared wait */
} GstVeoWatchSettings;

typedef struct
{
  guint polls;                  /* answers and failures, from the start of this watch */
  guint failed_polls;
  guint retries;
  guint last_http_status;
  guint64 wait_time;            /* ms since the first poll, stops at the end */
} GstVeoWatchStats;

typedef struct _GstVeoWatch GstVeoWatch;

/* All called in the worker, with no lock held. Exactly one of completed and
 * failed, as the last call, unless the watch was stopped. */
typedef struct
{
  /* The first answer, and whenever status, progress or a field changed; of an
   * end just before completed or failed. Progress never goes down. */
  void (*changed) (GstVeoTask * task, gpointer data);
  /* A poll failed and another will be made; failure is borrowed. */
  void (*retrying) (const GstVeoFailure * failure, guint delay_ms, gpointer data);
  /* link: absolute URL (or "data:" with task->data set), needs_key: send the key with it.
   * is_content: it is the content address. task's status is another one than
   * completed when the service told nothing of it, and the video is to show. */
  void (*completed) (GstVeoTask * task, const gchar * link, gboolean needs_key,
      gboolean is_content, gpointer data);
  /* task may be NULL; failure is borrowed. */
  void (*failed) (GstVeoTask * task, const GstVeoFailure * failure, gpointer data);
} GstVeoWatchEvents;

/* Any thread; returns at once, the first poll goes out from the worker.
 * notify (data) is called in the worker when no event can come any more.
 * Returns: (transfer full) */
GstVeoWatch *gst_veo_watch_new (const GstVeoWatchSettings * settings,
    const GstVeoWatchEvents * events, gpointer data, GDestroyNotify notify);
/* Any thread, also from within an event. Returns at once: cancels, detaches in the
 * worker. One event may be under way in the worker while this is called elsewhere.
 * Takes the reference of gst_veo_watch_new. */
void gst_veo_watch_stop (GstVeoWatch * watch);
/* Any thread. Ends the wait with an ENDED failure (an EOS event). */
void gst_veo_watch_end (GstVeoWatch * watch);
/* Any thread. */
void gst_veo_watch_get_stats (GstVeoWatch * watch, GstVeoWatchStats * stats);

G_END_DECLS

#endif /* __GST_VEO_WATCH_H__ */
