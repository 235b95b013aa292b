/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveocheck.h"
#include "gstveoclock.h"
#include "gstveomedia.h"
#include "gstveorefresh.h"
#include "gstveorun.h"
#include "gstveosave.h"
#include "gstveourl.h"

GST_DEBUG_CATEGORY_STATIC (gst_veo_run_debug);
#define GST_CAT_DEFAULT gst_veo_run_debug

typedef enum
{
  STATE_NEW,
  STATE_WAITING,                /* for the task */
  STATE_OPENING,                /* the task is completed, no pad yet */
  STATE_PLAYING,                /* pads are exposed */
  STATE_FAILED,
  STATE_CLOSED,
} State;

struct _GstVeoRun
{
  gint refcount;
  GstBin *element;              /* borrowed */
  GstVeoReport *report;         /* the element's */
  GstVeoRunEvents events;
  guint number;                 /* of the report */
  GstVeoSettings settings;
  gchar *base_url;              /* normalised */
  gchar *key;                   /* stripped */
  GstVeoClock clock;
  GstVeoParts *parts;
  GstVeoRefresher *refresher;

  GMutex lock;
  State state;
  GstVeoWatch *watch;
  GstVeoMedia *media;
  GstVeoTask *task;             /* as last told */
  gchar *link;
  gboolean needs_key;
  gboolean is_content;
  gboolean is_saved;            /* save-location has it already */
  GstEvent *seek;               /* kept for when pads are there */
  GstVeoRunStats stats;         /* of a run that is over */
};

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
  gst_veo_parts_unref (run->parts);
  g_mutex_clear (&run->lock);
  g_free (run);
}

/* From one state to another, unless the run is elsewhere by now. */
static gboolean
move_on (GstVeoRun * run, State from, State to)
{
  gboolean moved;

  g_mutex_lock (&run->lock);
  moved = run->state == from;
  if (moved)
    run->state = to;
  g_mutex_unlock (&run->lock);
  return moved;
}

static State
get_state (GstVeoRun * run)
{
  State state;

  g_mutex_lock (&run->lock);
  state = run->state;
  g_mutex_unlock (&run->lock);
  return state;
}

/* Returns: (transfer full) (nullable) */
static GstVeoMedia *
ref_media (GstVeoRun * run)
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
  if (run->state != STATE_CLOSED)
    run->state = STATE_FAILED;
  g_mutex_unlock (&run->lock);
  run->events.settled (GST_ELEMENT (run->element));
}

static void
fail (GstVeoRun * run, GstVeoTask * task, const GstVeoFailure * failure)
{
  gst_veo_report_fail (run->report, run->number, task, failure);
  settle_failed (run);
}

static void
fail_with_error (GstVeoRun * run, const GError * error, const gchar * debug)
{
  gst_veo_report_error (run->report, run->number, error, debug);
  settle_failed (run);
}

static void
warn (GstVeoRun * run, gint code, const gchar * text)
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

/* The hand-over, in a thread of its own. */

static gpointer
ref_run (gpointer run)
{
  return gst_veo_run_ref (run);
}

static void
unref_run (gpointer run)
{
  gst_veo_run_unref (run);
}

static void
announce_source (GstElement * source, gpointer data)
{
  GstVeoRun *run = data;

  run->events.source_setup (GST_ELEMENT (run->element), source);
}

static gint64
find_offset (gpointer data)
{
  GstVeoRun *run = data;

  return gst_veo_clock_get_offset (&run->clock, GST_ELEMENT (run->element));
}

/* The state change is over before the first buffer is on its way: what told it
 * later could overtake the pipeline's own change to PLAYING, and the EOS of a
 * short clip would be lost. Only a seek that was kept comes first, so that the
 * pipeline prerolls where it leads. */
static void
pads_exposed (gpointer data)
{
  GstVeoRun *run = data;
  gboolean seeks;

  if (!move_on (run, STATE_OPENING, STATE_PLAYING))
    return;
  g_mutex_lock (&run->lock);
  seeks = run->seek != NULL;
  g_mutex_unlock (&run->lock);
  if (!seeks)
    run->events.settled (GST_ELEMENT (run->element));
}

static void
data_released (gpointer data)
{
  GstVeoRun *run = data;
  g_autoptr (GstVeoMedia) media = ref_media (run);
  GstEvent *seek;

  g_mutex_lock (&run->lock);
  seek = g_steal_pointer (&run->seek);
  g_mutex_unlock (&run->lock);
  if (!seek)
    return;
  if (!media)
    gst_event_unref (seek);
  else if (!gst_veo_pads_seek (gst_veo_media_get_pads (media), seek))
    GST_WARNING_OBJECT (run->element, "the seek from before was refused");
  run->events.settled (GST_ELEMENT (run->element));
}

static void
warn_about_save (const gchar * text, gpointer data)
{
  warn (data, GST_RESOURCE_ERROR_WRITE, text);
}

static gchar *
make_content_url (GstVeoRun * run)
{
  return gst_veo_base_url_content (run->base_url, run->settings.task_id);
}

static GstVeoHttpSrcSettings
describe_download (GstVeoRun * run, const gchar * content_url)
{
  const GstVeoSettings *settings = &run->settings;

  return (GstVeoHttpSrcSettings) {
    .task_id = settings->task_id,
    .link = { run->link, run->needs_key, run->is_content },
    .content_url = content_url,
    .base_url = run->base_url,
    .api_key = run->key,
    .proxy = settings->proxy,
    .tls_ca_file = settings->tls_ca_file,
    .user_agent = settings->user_agent,
    .request_timeout = settings->request_timeout,
    .min_backoff = settings->min_poll_interval,
    .max_backoff = settings->max_poll_interval,
    .retries = settings->retries,
    .expires_at = run->task->expires_at,
    .keep = settings->output != GST_VEO_OUTPUT_CONTAINER,
    .save_location = settings->save_location,
    .link_source = gst_veo_refresher_get_link_source (),
    .link_source_data = gst_veo_refresher_ref (run->refresher),
    .link_source_notify = (GDestroyNotify) gst_veo_refresher_unref,
  };
}

/* A data: video is all there: it is stored in one go. */
static void
save_data (GstVeoRun * run)
{
  g_autoptr (GError) error = NULL;
  gsize size;
  gconstpointer bytes = g_bytes_get_data (run->task->data, &size);
  GstVeoSave *save = gst_veo_save_new (run->settings.save_location, &error);

  if (save && gst_veo_save_write (save, 0, bytes, size, &error))
    gst_veo_save_finish (save, &error);
  if (save)
    gst_veo_save_free (save);
  if (error)
    warn_about_save (error->message, run);
}

static void
open_media (GstVeoRun * run, GstVeoMedia * media)
{
  g_autofree gchar *content_url = make_content_url (run);
  g_autoptr (GError) error = NULL;
  GstVeoHttpSrcSettings download;
  GstVeoMediaSettings settings = {
    .use_buffering = run->settings.use_buffering,
    .pads = {run->settings.output, run->settings.fill_audio,
        gst_veo_report_dup_tags (run->report)},
  };

  if (run->is_saved) {
    settings.path = run->settings.save_location;
  } else if (run->task->data) {
    settings.data = run->task->data;
    if (run->settings.save_location)
      save_data (run);
  } else {
    download = describe_download (run, content_url);
    settings.http = &download;
  }
  if (!gst_veo_media_start (media, &settings, &error) && error)
    fail_with_error (run, error, NULL);
}

static void
hand_over (GstElement * element, gpointer data)
{
  static const GstVeoMediaEvents events = {
    .ref = ref_run,
    .unref = unref_run,
    .source_setup = announce_source,
    .get_offset = find_offset,
    .exposed = pads_exposed,
    .released = data_released,
    .warn = warn_about_save,
  };
  GstVeoRun *run = data;
  g_autoptr (GstVeoMedia) media = NULL;

  /* The task may be completed before READY to PAUSED has returned; the end of
   * the state change must not be told earlier than its start. */
  GST_STATE_LOCK (element);
  GST_STATE_UNLOCK (element);
  if (get_state (run) != STATE_OPENING)
    return;
  media = gst_veo_media_new (run->element, run->parts, &events, run);
  g_mutex_lock (&run->lock);
  if (run->state == STATE_OPENING)
    run->media = gst_veo_media_ref (media);
  g_mutex_unlock (&run->lock);
  if (get_state (run) == STATE_OPENING)
    open_media (run, media);
  /* closed while it opened: nobody else lets go of the pads */
  if (get_state (run) == STATE_CLOSED)
    gst_veo_media_close (media);
}

static void
schedule_hand_over (GstVeoRun * run)
{
  gst_element_call_async (GST_ELEMENT (run->element), hand_over,
      gst_veo_run_ref (run), unref_run);
}

/* Events of the watch, in the worker. Its data holds the element as well. */

typedef struct
{
  GstVeoRun *run;
  GstElement *element;
} Watcher;

static void
watcher_free (Watcher * watcher)
{
  gst_veo_run_unref (watcher->run);
  gst_object_unref (watcher->element);
  g_free (watcher);
}

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
  GstVeoRun *run = ((Watcher *) data)->run;

  note_task (run, task);
  gst_veo_report_task (run->report, run->number, task);
}

static void
poll_retried (const GstVeoFailure * failure, guint delay_ms, gpointer data)
{
  GstVeoRun *run = ((Watcher *) data)->run;

  gst_veo_report_retry (run->report, run->number, failure, delay_ms);
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

static void
finish_wait (GstVeoRun * run, GstVeoTask * task, const gchar * link,
    gboolean needs_key, gboolean is_content)
{
  note_task (run, task);
  note_link (run, link, needs_key, is_content);
  if (!move_on (run, STATE_WAITING, STATE_OPENING))
    return;
  gst_veo_report_task (run->report, run->number, task);
  gst_veo_report_link (run->report, run->number, link);
  if (gst_veo_report_complete (run->report, run->number))
    schedule_hand_over (run);
}

static void
task_completed (GstVeoTask * task, const gchar * link, gboolean needs_key,
    gboolean is_content, gpointer data)
{
  finish_wait (((Watcher *) data)->run, task, link, needs_key, is_content);
}

static void
wait_failed (GstVeoTask * task, const GstVeoFailure * failure, gpointer data)
{
  fail (((Watcher *) data)->run, task, failure);
}

/* Start and end. */

static GstVeoWatchSettings
describe_watch (GstVeoRun * run)
{
  const GstVeoSettings *settings = &run->settings;

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
  Watcher *watcher = g_new0 (Watcher, 1);

  run->refresher = gst_veo_refresher_new (&settings);
  watcher->run = gst_veo_run_ref (run);
  watcher->element = gst_object_ref (GST_ELEMENT (run->element));
  g_mutex_lock (&run->lock);
  /* who saw START may have ended the run at once */
  if (run->state == STATE_WAITING)
    run->watch = gst_veo_watch_new (&settings, &events,
        g_steal_pointer (&watcher), (GDestroyNotify) watcher_free);
  g_mutex_unlock (&run->lock);
  if (watcher)
    watcher_free (watcher);
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
    warn (run, GST_RESOURCE_ERROR_SETTINGS,
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
  if (!move_on (run, STATE_NEW, STATE_WAITING))
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

  if (get_state (run) == STATE_CLOSED)
    return;
  gst_veo_run_get_stats (run, &stats);
  g_mutex_lock (&run->lock);
  run->state = STATE_CLOSED;
  run->stats = stats;
  watch = g_steal_pointer (&run->watch);
  media = g_steal_pointer (&run->media);
  g_clear_pointer (&run->seek, gst_event_unref);
  g_mutex_unlock (&run->lock);
  if (watch)
    gst_veo_watch_stop (watch);
  gst_veo_report_close (run->report, run->number);
  gst_veo_parts_close (run->parts);
  if (media) {
    gst_veo_media_close (media);
    gst_veo_media_unref (media);
  }
}

void
gst_veo_run_take_down (GstVeoRun * run)
{
  gst_veo_parts_take_down (run->parts);
}

/* Events. */

static void
end_wait (GstVeoRun * run)
{
  g_mutex_lock (&run->lock);
  if (run->watch)
    gst_veo_watch_end (run->watch);
  g_mutex_unlock (&run->lock);
}

/* No pad is there to carry the EOS, and a stalled download may never bring one. */
static void
end_opening (GstVeoRun * run)
{
  g_autoptr (GstVeoFailure) failure =
      gst_veo_failure_new (GST_VEO_FAILURE_ENDED, run->settings.task_id);

  failure->task_status = GST_VEO_STATUS_COMPLETED;
  fail (run, NULL, failure);
}

static gboolean
take_eos (GstVeoRun * run)
{
  g_autoptr (GstVeoMedia) media = ref_media (run);

  switch (get_state (run)) {
    case STATE_WAITING:
      end_wait (run);
      return TRUE;
    case STATE_OPENING:
      end_opening (run);
      return TRUE;
    case STATE_PLAYING:
      if (media)
        gst_veo_pads_end (gst_veo_media_get_pads (media));
      return media != NULL;
    default:
      return FALSE;
  }
}

static gboolean
take_seek (GstVeoRun * run, GstEvent * seek)
{
  g_autoptr (GstVeoMedia) media = ref_media (run);
  State state;

  g_mutex_lock (&run->lock);
  state = run->state;
  if (state == STATE_WAITING || state == STATE_OPENING) {
    g_clear_pointer (&run->seek, gst_event_unref);
    run->seek = gst_event_ref (seek);
  }
  g_mutex_unlock (&run->lock);
  if (state == STATE_PLAYING && media)
    return gst_veo_pads_seek (gst_veo_media_get_pads (media),
        gst_event_ref (seek));
  return state == STATE_WAITING || state == STATE_OPENING;
}

gboolean
gst_veo_run_take_event (GstVeoRun * run, GstEvent * event, gboolean * result)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_EOS:
      *result = take_eos (run);
      break;
    case GST_EVENT_SEEK:
      *result = take_seek (run, event);
      break;
    default:
      return FALSE;
  }
  gst_event_unref (event);
  return TRUE;
}

/* Messages. */

static void
take_error (GstVeoRun * run, GstVeoMedia * media, GstMessage * message)
{
  g_autoptr (GstVeoFailure) failure = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  switch (gst_veo_media_read_error (media, message, run->settings.task_id,
          &failure, &error, &debug)) {
    case GST_VEO_CHILD_ERROR_IGNORED:
      GST_DEBUG_OBJECT (run->element, "ignored an error of %" GST_PTR_FORMAT,
          GST_MESSAGE_SRC (message));
      break;
    case GST_VEO_CHILD_ERROR_FAILURE:
      fail (run, NULL, failure);
      break;
    case GST_VEO_CHILD_ERROR_OWN:
      fail_with_error (run, error, debug);
      break;
  }
}

/* Players look at whose BUFFERING it is; it is the element's. */
static void
take_buffering (GstVeoRun * run, GstVeoMedia * media, GstMessage * message)
{
  GstBufferingMode mode;
  gint percent, average_in, average_out;
  gint64 left;
  GstMessage *own;

  gst_message_parse_buffering (message, &percent);
  if (!gst_veo_media_note_buffering (media, percent))
    return;
  gst_message_parse_buffering_stats (message, &mode, &average_in, &average_out,
      &left);
  own = gst_message_new_buffering (GST_OBJECT (run->element), percent);
  gst_message_set_buffering_stats (own, mode, average_in, average_out, left);
  gst_veo_report_message (run->report, run->number, own);
}

gboolean
gst_veo_run_take_message (GstVeoRun * run, GstMessage * message)
{
  g_autoptr (GstVeoMedia) media = ref_media (run);

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      if (media)
        take_error (run, media, message);
      break;
    case GST_MESSAGE_BUFFERING:
      if (media)
        take_buffering (run, media, message);
      break;
    default:
      return FALSE;
  }
  gst_message_unref (message);
  return TRUE;
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
  g_autoptr (GstVeoMedia) media = ref_media (run);

  g_mutex_lock (&run->lock);
  *stats = run->stats;
  if (run->watch) {
    gst_veo_watch_get_stats (run->watch, &stats->wait);
    gst_veo_refresher_add_stats (run->refresher, &stats->wait);
  }
  g_mutex_unlock (&run->lock);
  if (media)
    gst_veo_media_get_stats (media, &stats->download);
}
