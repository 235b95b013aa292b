/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveocheck.h"
#include "gstveorunprivate.h"
#include "gstveourl.h"

GST_DEBUG_CATEGORY (gst_veo_run_debug);
#define GST_CAT_DEFAULT gst_veo_run_debug

/* Life. */

GstVeoRun *
gst_veo_run_new (GstBin * element, GstVeoReport * report,
    GstVeoSettings * settings, const GstVeoRunEvents * events)
{
  static gsize once = 0;
  GstVeoRun *run = g_new0 (GstVeoRun, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_veo_run_debug, "veorun", 0, "veosrc: run");
    g_once_init_leave (&once, 1);
  }
  run->refcount = 1;
  run->element = element;
  run->report = report;
  run->events = *events;
  run->settings = *settings;
  run->parts = gst_veo_parts_new (element);
  run->number = gst_veo_report_open (report, settings->task_id);
  g_mutex_init (&run->lock);
  return run;
}

GstVeoRun *
gst_veo_run_ref (GstVeoRun * run)
{
  g_atomic_int_inc (&run->refcount);
  return run;
}

void
gst_veo_run_unref (GstVeoRun * run)
{
  if (!g_atomic_int_dec_and_test (&run->refcount))
    return;
  gst_veo_settings_clear (&run->settings);
  g_free (run->base_url);
  g_free (run->key);
  g_free (run->link);
  g_clear_pointer (&run->refresher, gst_veo_refresher_unref);
  g_clear_pointer (&run->task, gst_veo_task_unref);
  g_clear_pointer (&run->media, gst_veo_media_unref);
  g_clear_pointer (&run->seek, gst_event_unref);
  g_clear_pointer (&run->lease, gst_veo_lease_free);
  gst_veo_parts_unref (run->parts);
  g_mutex_clear (&run->lock);
  g_free (run);
}

/* From one state to another, unless the run is elsewhere by now. */
gboolean
gst_veo_run_move_on (GstVeoRun * run, GstVeoRunState from, GstVeoRunState to)
{
  gboolean moved;

  g_mutex_lock (&run->lock);
  moved = run->state == from;
  if (moved)
    run->state = to;
  g_mutex_unlock (&run->lock);
  return moved;
}

GstVeoRunState
gst_veo_run_get_state (GstVeoRun * run)
{
  GstVeoRunState state;

  g_mutex_lock (&run->lock);
  state = run->state;
  g_mutex_unlock (&run->lock);
  return state;
}

/* Returns: (transfer full) (nullable) */
GstVeoMedia *
gst_veo_run_ref_media (GstVeoRun * run)
{
  GstVeoMedia *media;

  g_mutex_lock (&run->lock);
  media = run->media ? gst_veo_media_ref (run->media) : NULL;
  g_mutex_unlock (&run->lock);
  return media;
}

/* Ends. */

static void
settle_failed (GstVeoRun * run)
{
  g_mutex_lock (&run->lock);
  if (run->state != GST_VEO_RUN_CLOSED)
    run->state = GST_VEO_RUN_FAILED;
  g_mutex_unlock (&run->lock);
  /* whatever is still being built comes to nothing */
  gst_veo_parts_close (run->parts);
  gst_veo_run_leave_turn (run);
  run->events.settled (GST_ELEMENT (run->element), run);
}

void
gst_veo_run_fail (GstVeoRun * run, GstVeoTask * task,
    const GstVeoFailure * failure)
{
  gst_veo_report_fail (run->report, run->number, task, failure);
  settle_failed (run);
}

void
gst_veo_run_fail_with_error (GstVeoRun * run, const GError * error,
    const gchar * debug)
{
  gst_veo_report_error (run->report, run->number, error, debug);
  settle_failed (run);
}

void
gst_veo_run_warn (GstVeoRun * run, gint code, const gchar * text)
{
  g_autoptr (GError) error = g_error_new (GST_RESOURCE_ERROR, code, "%s: %s",
      run->settings.task_id, text);

  gst_veo_report_message (run->report, run->number,
      gst_message_new_warning (GST_OBJECT (run->element), error, NULL));
}

gboolean
gst_veo_run_check (GstVeoRun * run, const gchar * plugin_dir)
{
  const GstVeoSettings *settings = &run->settings;
  GstVeoCheck check = { GST_ELEMENT (run->element), run->report, run->number,
    settings
  };

  if (!gst_veo_check_settings (&check, &run->base_url, &run->key))
    return FALSE;
  run->is_saved = settings->save_location
      && g_file_test (settings->save_location, G_FILE_TEST_IS_REGULAR);
  return run->is_saved || gst_veo_check_system (&check, plugin_dir);
}

/* Events of the watch, in the worker, under the lease. */

static void
note_task (GstVeoRun * run, GstVeoTask * task)
{
  GstVeoTask *old;

  g_mutex_lock (&run->lock);
  old = run->task;
  run->task = gst_veo_task_ref (task);
  g_mutex_unlock (&run->lock);
  if (old)
    gst_veo_task_unref (old);
}

static void
task_changed (GstVeoTask * task, gpointer data)
{
  GstVeoRun *run = data;

  if (!gst_veo_lease_enter (run->lease))
    return;
  GST_INFO_OBJECT (run->element, "%s: %s, %d %%", task->id,
      gst_veo_status_get_nick (task->status), task->progress);
  note_task (run, task);
  gst_veo_report_task (run->report, run->number, task);
  gst_veo_lease_leave (run->lease);
}

static void
poll_retried (const GstVeoFailure * failure, guint delay_ms, gpointer data)
{
  GstVeoRun *run = data;
  g_autofree gchar *summary = gst_veo_failure_summarise (failure);

  if (!gst_veo_lease_enter (run->lease))
    return;
  GST_INFO_OBJECT (run->element, "%s: %s, again in %u ms", failure->task_id,
      summary, delay_ms);
  gst_veo_report_retry (run->report, run->number, failure, delay_ms);
  gst_veo_lease_leave (run->lease);
}

static void
note_link (GstVeoRun * run, const gchar * link, gboolean needs_key,
    gboolean is_content)
{
  g_mutex_lock (&run->lock);
  run->link = g_strdup (link);
  run->needs_key = needs_key;
  run->is_content = is_content;
  g_mutex_unlock (&run->lock);
}

gboolean
gst_veo_run_confirm (GstVeoRun * run)
{
  g_autoptr (GstVeoTask) task = NULL;

  g_mutex_lock (&run->lock);
  task = run->task->status == GST_VEO_STATUS_COMPLETED
      ? gst_veo_task_ref (run->task)
      : gst_veo_task_new (run->settings.task_id, GST_VEO_STATUS_COMPLETED);
  g_mutex_unlock (&run->lock);
  gst_veo_report_task (run->report, run->number, task);
  return gst_veo_report_complete (run->report, run->number);
}

static void
finish_wait (GstVeoRun * run, GstVeoTask * task, const gchar * link,
    gboolean needs_key, gboolean is_content)
{
  note_task (run, task);
  note_link (run, link, needs_key, is_content);
  if (!gst_veo_run_move_on (run, GST_VEO_RUN_WAITING, GST_VEO_RUN_OPENING))
    return;
  gst_veo_report_link (run->report, run->number, link);
  /* a relay that says nothing of a task may still have its video */
  if (task->status != GST_VEO_STATUS_COMPLETED || gst_veo_run_confirm (run))
    gst_veo_run_hand_over (run);
}

static void
task_completed (GstVeoTask * task, const gchar * link, gboolean needs_key,
    gboolean is_content, gpointer data)
{
  GstVeoRun *run = data;

  if (!gst_veo_lease_enter (run->lease))
    return;
  finish_wait (run, task, link, needs_key, is_content);
  gst_veo_lease_leave (run->lease);
}

typedef struct
{
  GstVeoRun *run;
  GstVeoTask *task;             /* (nullable) */
  GstVeoFailure *failure;
} End;

static void
end_free (gpointer data)
{
  End *end = data;

  g_clear_pointer (&end->task, gst_veo_task_unref);
  gst_veo_failure_free (end->failure);
  gst_veo_run_unref (end->run);
  g_free (end);
}

static void
tell_end (GstElement * element, gpointer data)
{
  End *end = data;

  if (!gst_veo_lease_enter (end->run->lease))
    return;
  gst_veo_run_fail (end->run, end->task, end->failure);
  gst_veo_lease_leave (end->run->lease);
}

/* Who hears of the ERROR may tear all down while its post still returns. By the
 * end of GStreamer the threads of its pool are done; the worker might still be
 * inside the element. */
static void
wait_failed (GstVeoTask * task, const GstVeoFailure * failure, gpointer data)
{
  GstVeoRun *run = data;
  End *end;

  if (!gst_veo_lease_enter (run->lease))
    return;
  end = g_new0 (End, 1);
  end->run = gst_veo_run_ref (run);
  end->task = task ? gst_veo_task_ref (task) : NULL;
  end->failure = gst_veo_failure_copy (failure);
  gst_element_call_async (GST_ELEMENT (run->element), tell_end, end, end_free);
  gst_veo_lease_leave (run->lease);
}

/* Start and end. */

static GstVeoWatchSettings
describe_watch (GstVeoRun * run)
{
  const GstVeoSettings *settings = &run->settings;

/* *INDENT-OFF* */
  return (GstVeoWatchSettings) {
    .base_url = run->base_url,
    .task_id = settings->task_id,
    .api_key = run->key,
    .network = { settings->proxy, settings->tls_ca_file, settings->user_agent },
    .min_poll_interval = settings->min_poll_interval,
    .max_poll_interval = settings->max_poll_interval,
    .wait_timeout = settings->wait_timeout,
    .request_timeout = settings->request_timeout,
    .retries = settings->retries,
  };
/* *INDENT-ON* */
}

static void
start_watch (GstVeoRun * run)
{
  static const GstVeoWatchEvents events = {
    .changed = task_changed,
    .retrying = poll_retried,
    .completed = task_completed,
    .failed = wait_failed,
  };
  GstVeoWatchSettings settings = describe_watch (run);

  run->refresher = gst_veo_refresher_new (&settings);
  g_mutex_lock (&run->lock);
  /* who saw START may have ended the run at once */
  if (run->state == GST_VEO_RUN_WAITING) {
    run->lease = gst_veo_lease_new (GST_ELEMENT (run->element));
    run->watch = gst_veo_watch_new (&settings, &events, gst_veo_run_ref (run),
        (GDestroyNotify) gst_veo_run_unref);
  }
  g_mutex_unlock (&run->lock);
}

static void
play_saved (GstVeoRun * run)
{
  g_autoptr (GstVeoTask) task = gst_veo_task_new (run->settings.task_id,
      GST_VEO_STATUS_COMPLETED);
  g_autofree gchar *uri = g_filename_to_uri (run->settings.save_location, NULL,
      NULL);

  finish_wait (run, task, uri ? uri : run->settings.save_location, FALSE,
      FALSE);
}

static void
warn_about_key (GstVeoRun * run)
{
  if (run->key && g_str_has_prefix (run->base_url, "http://")
      && !gst_veo_url_is_loopback (run->base_url))
    gst_veo_run_warn (run, GST_RESOURCE_ERROR_SETTINGS,
        "the API key is sent over plain http, where others on the way can "
        "read it. Set base-url to an https:// address.");
}

void
gst_veo_run_start (GstVeoRun * run)
{
  g_autofree gchar *text = g_strdup_printf (run->is_saved
      ? "%s: playing the saved file" : "%s: waiting for the video",
      run->settings.task_id);

  gst_veo_clock_note (&run->clock, GST_ELEMENT (run->element));
  if (!gst_veo_run_move_on (run, GST_VEO_RUN_NEW, GST_VEO_RUN_WAITING))
    return;
  gst_veo_report_start (run->report, run->number, text);
  if (run->is_saved) {
    play_saved (run);
  } else {
    warn_about_key (run);
    start_watch (run);
  }
}

void
gst_veo_run_close (GstVeoRun * run)
{
  GstVeoRunStats stats;
  GstVeoMedia *media;
  GstVeoWatch *watch;

  if (gst_veo_run_get_state (run) == GST_VEO_RUN_CLOSED)
    return;
  gst_veo_run_get_stats (run, &stats);
  g_mutex_lock (&run->lock);
  run->state = GST_VEO_RUN_CLOSED;
  run->stats = stats;
  watch = g_steal_pointer (&run->watch);
  media = g_steal_pointer (&run->media);
  g_clear_pointer (&run->seek, gst_event_unref);
  g_mutex_unlock (&run->lock);
  if (watch)
    gst_veo_watch_stop (watch);
  gst_veo_run_leave_turn (run);
  gst_veo_report_close (run->report, run->number);
  gst_veo_parts_close (run->parts);
  if (media) {
    gst_veo_media_close (media);
    gst_veo_media_unref (media);
  }
  if (watch)
    gst_veo_lease_end (run->lease);
}

void
gst_veo_run_take_down (GstVeoRun * run)
{
  gst_veo_parts_take_down (run->parts);
}

GstClockTime
gst_veo_run_get_duration (GstVeoRun * run)
{
  GstClockTime duration = GST_CLOCK_TIME_NONE;

  g_mutex_lock (&run->lock);
  if (run->task && run->task->seconds > 0)
    duration = run->task->seconds * GST_SECOND;
  g_mutex_unlock (&run->lock);
  return duration;
}

void
gst_veo_run_get_stats (GstVeoRun * run, GstVeoRunStats * stats)
{
  g_autoptr (GstVeoMedia) media = gst_veo_run_ref_media (run);

  g_mutex_lock (&run->lock);
  *stats = run->stats;
  /* the video came with the answer */
  if (run->task && run->task->data)
    stats->download.bytes = g_bytes_get_size (run->task->data);
  if (run->watch) {
    gst_veo_watch_get_stats (run->watch, &stats->wait);
    gst_veo_refresher_add_stats (run->refresher, &stats->wait);
  }
  g_mutex_unlock (&run->lock);
  if (media)
    gst_veo_media_get_stats (media, &stats->download);
}
