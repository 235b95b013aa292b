/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoworker.h"

struct _GstVeoWorker
{
  guint holders;                /* guarded by `lock' */
  GMainContext *context;
  GMainLoop *loop;
  GstVeoTimers *timers;
  GData *parts;
};

/* Guards `current' and every worker's `holders', and is held while a source is
 * attached: what it runs may end the worker before the attaching is over. */
static GMutex lock;
/* The worker that new holders get. One whose last holder left is not here any
 * more, though its thread may still be draining its context. */
static GstVeoWorker *current;
/* In a worker's thread: that worker. */
static GPrivate own_worker = G_PRIVATE_INIT (NULL);

static void
drain (GstVeoWorker * worker)
{
  while (g_main_context_iteration (worker->context, FALSE));
}

static void
worker_free (GstVeoWorker * worker)
{
  /* Whoever attached the last source has left g_source_attach then. */
  g_mutex_lock (&lock);
  g_mutex_unlock (&lock);
  gst_veo_timers_free (worker->timers);
  g_main_loop_unref (worker->loop);
  g_main_context_unref (worker->context);
  g_free (worker);
}

static gpointer
worker_run (gpointer data)
{
  GstVeoWorker *worker = data;

  g_private_set (&own_worker, worker);
  g_main_context_push_thread_default (worker->context);
  g_main_loop_run (worker->loop);
  drain (worker);
  g_datalist_clear (&worker->parts);
  drain (worker);
  g_main_context_pop_thread_default (worker->context);
  g_private_set (&own_worker, NULL);
  worker_free (worker);
  return NULL;
}

static GstVeoWorker *
worker_new (void)
{
  GstVeoWorker *worker = g_new0 (GstVeoWorker, 1);

  worker->context = g_main_context_new ();
  worker->loop = g_main_loop_new (worker->context, FALSE);
  worker->timers = gst_veo_timers_new (worker->context);
  g_datalist_init (&worker->parts);
  /* Nobody joins the thread: the last release may come from within it. */
  g_thread_unref (g_thread_new ("veo-worker", worker_run, worker));
  return worker;
}

static void
attach (GstVeoWorker * worker, GSourceFunc func, gpointer data,
    GDestroyNotify notify)
{
  GSource *source = g_idle_source_new ();

  /* Sources of one priority are served in the order they were attached. */
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, notify);
  g_source_attach (source, worker->context);
  g_source_unref (source);
}

/* A quit from another thread is lost when the loop does not run yet. */
static gboolean
quit_from_inside (gpointer data)
{
  GstVeoWorker *worker = data;

  g_main_loop_quit (worker->loop);
  return G_SOURCE_REMOVE;
}

GstVeoWorker *
gst_veo_worker_acquire (void)
{
  GstVeoWorker *worker;

  g_mutex_lock (&lock);
  if (!current)
    current = worker_new ();
  worker = current;
  worker->holders++;
  g_mutex_unlock (&lock);
  return worker;
}

void
gst_veo_worker_release (GstVeoWorker * worker)
{
  g_mutex_lock (&lock);
  if (--worker->holders == 0) {
    current = NULL;
    attach (worker, quit_from_inside, worker, NULL);
  }
  g_mutex_unlock (&lock);
}

void
gst_veo_worker_invoke (GstVeoWorker * worker, GSourceFunc func,
    gpointer data, GDestroyNotify notify)
{
  g_mutex_lock (&lock);
  attach (worker, func, data, notify);
  g_mutex_unlock (&lock);
}

GSource *
gst_veo_worker_add_timer (GstVeoWorker * worker, guint delay_ms,
    GSourceFunc func, gpointer data)
{
  GSource *source = g_timeout_source_new (delay_ms);

  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, worker->context);
  return source;
}

gboolean
gst_veo_worker_is_current (GstVeoWorker * worker)
{
  return g_private_get (&own_worker) == worker;
}

GstVeoWorker *
gst_veo_worker_get_own (void)
{
  return g_private_get (&own_worker);
}

void
gst_veo_worker_start_timer (GstVeoWorker * worker, GstVeoTimer * timer,
    gint64 due, GstVeoTimerFunc func, gpointer data)
{
  gst_veo_timers_start (worker->timers, timer, due, func, data);
}

void
gst_veo_worker_stop_timer (GstVeoWorker * worker, GstVeoTimer * timer)
{
  gst_veo_timers_stop (worker->timers, timer);
}

gpointer
gst_veo_worker_get_part (GstVeoWorker * worker, const gchar * name,
    GstVeoWorkerPartFunc make, GDestroyNotify destroy)
{
  gpointer part = g_datalist_get_data (&worker->parts, name);

  if (!part) {
    part = make (worker);
    g_datalist_set_data_full (&worker->parts, name, part, destroy);
  }
  return part;
}
