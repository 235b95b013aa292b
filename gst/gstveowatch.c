/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveowatch.h"
#include "gstveoschedule.h"
#include "gstveoshare.h"
#include "gstveourl.h"

#include <string.h>

/* A service that says completed without a link is asked again so often. */
#define MAX_LINKLESS 2
/* A failure without a reason is given this time to turn out a passing one. */
#define UNEXPLAINED_DELAY_MS 3000
/* A task whose time of creation moves by more, in s, has none: some services
 * say the present time. */
#define CREATED_BLUR 2
/* A deadline that is noticed later, in us, was overslept: the process was
 * suspended. The task may have been completed meanwhile. */
#define OVERSLEPT (1 * G_TIME_SPAN_SECOND)
/* Then an answer must come within this time. */
#define AWAKE_PATIENCE (15 * G_TIME_SPAN_SECOND)

struct _GstVeoWatch
{
  gint refs;                    /* atomic */
  gint stopped;                 /* atomic */
  GstVeoWorker *worker;
  GstVeoWatchSettings settings; /* its strings are owned */
  GstVeoWatchEvents events;
  gpointer data;
  GDestroyNotify notify;

  /* The worker's own */
  gboolean over;                /* the last event was told */
  GstVeoShare *share;           /* NULL before the start and after the end */
  GstVeoSchedule *schedule;
  gint64 created_at;            /* as first told */
  GstVeoTimer deadline;
  gint64 woke;                  /* after an overslept deadline, else 0 */
  gint64 started;
  GstVeoTask *task;             /* as last told */
  GstVeoFailure *trouble;       /* of the last poll, if it failed */
  guint failures;               /* in a row */
  guint passing;                /* of those, the ones that `retries' counts */
  guint8 tries[GST_VEO_N_FAILURES];     /* and the others by kind */
  guint linkless;               /* answers: completed, and no link */
  gchar *request_id;            /* of the last answer that had one */

  GMutex lock;                  /* guards what follows */
  GstVeoWatchStats stats;
  gint64 first_poll;            /* 0 before the start */
  gint64 ended;                 /* 0 before the end */
};

static GstVeoWatch *
watch_ref (GstVeoWatch * watch)
{
  g_atomic_int_inc (&watch->refs);
  return watch;
}

static void
watch_unref (gpointer data)
{
  GstVeoWatch *watch = data;

  if (!g_atomic_int_dec_and_test (&watch->refs))
    return;
  g_free ((gchar *) watch->settings.base_url);
  g_free ((gchar *) watch->settings.task_id);
  g_free ((gchar *) watch->settings.api_key);
  g_free ((gchar *) watch->settings.network.proxy);
  g_free ((gchar *) watch->settings.network.tls_ca_file);
  g_free ((gchar *) watch->settings.network.user_agent);
  g_free (watch->request_id);
  g_mutex_clear (&watch->lock);
  g_free (watch);
}

static gboolean
is_mute (GstVeoWatch * watch)
{
  return watch->over || g_atomic_int_get (&watch->stopped);
}

static guint64
elapsed_ms (GstVeoWatch * watch, gint64 time)
{
  return MAX (time - watch->started, 0) / G_TIME_SPAN_MILLISECOND;
}

/* Only where there is a wait-timeout */
static gint64
deadline_of (GstVeoWatch * watch)
{
  return watch->started
      + watch->settings.wait_timeout * G_TIME_SPAN_MILLISECOND;
}

/* What polls no more needs no timer, schedule or share. */
static void
watch_rest (GstVeoWatch * watch)
{
  watch->share = NULL;
  gst_veo_worker_stop_timer (watch->worker, &watch->deadline);
  g_clear_pointer (&watch->schedule, gst_veo_schedule_free);
  g_clear_pointer (&watch->trouble, gst_veo_failure_free);
  /* It may hold a whole data: video. */
  g_clear_pointer (&watch->task, gst_veo_task_unref);
}

static void
watch_leave (GstVeoWatch * watch)
{
  if (watch->share)
    gst_veo_share_leave (watch->share, watch);
  watch_rest (watch);
}

static gboolean
is_same_task (const GstVeoTask * a, const GstVeoTask * b)
{
  return a->status == b->status && a->progress == b->progress
      && a->seconds == b->seconds && a->created_at == b->created_at
      && a->completed_at == b->completed_at && a->expires_at == b->expires_at
      && g_strcmp0 (a->model, b->model) == 0
      && g_strcmp0 (a->size, b->size) == 0
      && g_strcmp0 (a->error_code, b->error_code) == 0
      && g_strcmp0 (a->error_message, b->error_message) == 0;
}

static GstVeoTask *
task_with_progress (const GstVeoTask * task, gint progress)
{
  GstVeoTask *copy = gst_veo_task_new (task->id, task->status);

  copy->progress = progress;
  copy->model = g_strdup (task->model);
  copy->size = g_strdup (task->size);
  copy->seconds = task->seconds;
  copy->created_at = task->created_at;
  copy->completed_at = task->completed_at;
  copy->expires_at = task->expires_at;
  copy->link = g_strdup (task->link);
  copy->data = task->data ? g_bytes_ref (task->data) : NULL;
  copy->refused_link = g_strdup (task->refused_link);
  copy->error_code = g_strdup (task->error_code);
  copy->error_message = g_strdup (task->error_message);
  return copy;
}

/* Progress as it is told never goes down. Returns: (transfer full) */
static GstVeoTask *
task_to_tell (GstVeoWatch * watch, GstVeoTask * task)
{
  if (watch->task && watch->task->progress > task->progress)
    return task_with_progress (task, watch->task->progress);
  return gst_veo_task_ref (task);
}

static void
tell_changed (GstVeoWatch * watch, GstVeoTask * task)
{
  g_autoptr (GstVeoTask) told = task_to_tell (watch, task);
  gboolean same = watch->task && is_same_task (watch->task, told);

  g_clear_pointer (&watch->task, gst_veo_task_unref);
  watch->task = gst_veo_task_ref (told);
  if (!same && !is_mute (watch))
    watch->events.changed (told, watch->data);
}

static void
watch_end_clock (GstVeoWatch * watch)
{
  watch->over = TRUE;
  g_mutex_lock (&watch->lock);
  watch->ended = g_get_monotonic_time ();
  g_mutex_unlock (&watch->lock);
}

static void
tell_failed (GstVeoWatch * watch, const GstVeoFailure * failure)
{
  if (is_mute (watch))
    return;
  watch_end_clock (watch);
  watch->events.failed (watch->task, failure, watch->data);
}

static void
tell_completed (GstVeoWatch * watch, const gchar * link, gboolean needs_key,
    gboolean is_content)
{
  if (is_mute (watch))
    return;
  watch_end_clock (watch);
  watch->events.completed (watch->task, link, needs_key, is_content,
      watch->data);
}

/* Fills in what only the watch knows. */
static void
failure_complete (GstVeoWatch * watch, GstVeoFailure * failure)
{
  failure->had_key = watch->settings.api_key != NULL;
  if (watch->task && failure->task_status == GST_VEO_STATUS_UNKNOWN)
    failure->task_status = watch->task->status;
  if (watch->task && failure->expires_at == 0)
    failure->expires_at = watch->task->expires_at;
}

/* Of an end that no single answer brought: it points to the last one.
 * Returns: (transfer full) */
static GstVeoFailure *
failure_of_watch (GstVeoWatch * watch, GstVeoFailureKind kind)
{
  GstVeoFailure *failure = gst_veo_failure_new (kind, watch->settings.task_id);

  failure_complete (watch, failure);
  failure->http_status = watch->stats.last_http_status;
  failure->request_id = g_strdup (watch->request_id);
  return failure;
}

static void
watch_give_up (GstVeoWatch * watch, GstVeoFailureKind kind)
{
  g_autoptr (GstVeoFailure) failure = failure_of_watch (watch, kind);

  failure->attempts = watch->failures;
  if (watch->trouble)
    failure->detail = gst_veo_failure_summarise (watch->trouble);
  tell_failed (watch, failure);
  watch_leave (watch);
}

/* After an overslept one the next answer decides. */
static void
deadline_reached (gpointer data)
{
  GstVeoWatch *watch = data;
  gint64 now = g_get_monotonic_time ();

  if (watch->woke > 0 || now - deadline_of (watch) < OVERSLEPT) {
    watch_give_up (watch, GST_VEO_FAILURE_WAIT_TIMEOUT);
    return;
  }
  watch->woke = now;
  gst_veo_worker_start_timer (watch->worker, &watch->deadline,
      now + AWAKE_PATIENCE, deadline_reached, watch);
}

static void
note_poll (GstVeoWatch * watch, const GstVeoPoll * poll)
{
  if (poll->old)
    return;
  if (poll->request_id) {
    g_free (watch->request_id);
    watch->request_id = g_strdup (poll->request_id);
  }
  g_mutex_lock (&watch->lock);
  watch->stats.polls++;
  if (!poll->task)
    watch->stats.failed_polls++;
  if (poll->http_status)
    watch->stats.last_http_status = poll->http_status;
  g_mutex_unlock (&watch->lock);
}

static gint64
watch_done (GstVeoWatch * watch)
{
  watch_rest (watch);
  return GST_VEO_SHARE_DONE;
}

static gint64
end_with_failure (GstVeoWatch * watch, const GstVeoFailure * failure)
{
  tell_failed (watch, failure);
  return watch_done (watch);
}

static gint64
end_with_link (GstVeoWatch * watch, const gchar * link, gboolean needs_key)
{
  g_autofree gchar *content =
      gst_veo_base_url_content (watch->settings.base_url,
      watch->settings.task_id);

  tell_completed (watch, link, needs_key, g_str_equal (link, content));
  return watch_done (watch);
}

static gint64
end_with_content (GstVeoWatch * watch)
{
  g_autofree gchar *content =
      gst_veo_base_url_content (watch->settings.base_url,
      watch->settings.task_id);

  tell_completed (watch, content, TRUE, TRUE);
  return watch_done (watch);
}

static gint64
end_with_kind (GstVeoWatch * watch, GstVeoFailureKind kind, const gchar * quote)
{
  g_autoptr (GstVeoFailure) failure = failure_of_watch (watch, kind);

  failure->attempts = watch->linkless;
  failure->detail = g_strdup (quote);
  return end_with_failure (watch, failure);
}

static gint64
take_linkless (GstVeoWatch * watch, GstVeoTask * task)
{
  watch->linkless++;
  /* The wait before a refresh has asked often enough. */
  if (watch->linkless <= MAX_LINKLESS && !watch->settings.refresh)
    return watch->settings.min_poll_interval;
  tell_changed (watch, task);
  return end_with_content (watch);
}

static void
forget_failures (GstVeoWatch * watch)
{
  watch->failures = 0;
  watch->passing = 0;
  memset (watch->tries, 0, sizeof (watch->tries));
  g_clear_pointer (&watch->trouble, gst_veo_failure_free);
}

static gint64
take_completed (GstVeoWatch * watch, GstVeoTask * task)
{
  GstVeoLinkVerdict verdict = GST_VEO_LINK_NONE;
  gboolean needs_key = FALSE;
  g_autofree gchar *shown = gst_veo_url_redact (task->link);
  g_autofree gchar *link = task->link == NULL ? NULL :
      gst_veo_link_resolve (watch->settings.base_url, watch->settings.task_id,
      task->link, &verdict, &needs_key);

  forget_failures (watch);
  if (link) {
    tell_changed (watch, task);
    return end_with_link (watch, link, needs_key);
  }
  if (verdict == GST_VEO_LINK_REFUSED) {
    tell_changed (watch, task);
    return end_with_kind (watch, GST_VEO_FAILURE_LINK_REFUSED, shown);
  }
  return take_linkless (watch, task);
}

/* Both times are by the service's clock, whatever ours says. */
static void
note_age (GstVeoWatch * watch, const GstVeoPoll * poll)
{
  gint64 created_at = poll->task->created_at;
  gint64 age = (poll->date - created_at) * 1000;

  if (created_at == 0 || poll->date == 0)
    return;
  if (watch->created_at == 0) {
    watch->created_at = created_at;
    gst_veo_schedule_set_age (watch->schedule,
        age - (poll->sent - watch->started) / G_TIME_SPAN_MILLISECOND);
  } else if (ABS (created_at - watch->created_at) > CREATED_BLUR) {
    gst_veo_schedule_set_age (watch->schedule, -1);
  }
}

static gint64
take_running (GstVeoWatch * watch, const GstVeoPoll * poll)
{
  GstVeoTask *task = poll->task;

  forget_failures (watch);
  watch->linkless = 0;
  tell_changed (watch, task);
  note_age (watch, poll);
  gst_veo_schedule_note (watch->schedule, elapsed_ms (watch, poll->sent),
      task->status, task->progress, poll->hint_ms);
  if (watch->woke > 0 && poll->sent >= deadline_of (watch))
    return end_with_kind (watch, GST_VEO_FAILURE_WAIT_TIMEOUT, NULL);
  if (watch->settings.refresh)
    return MAX (poll->hint_ms, watch->settings.min_poll_interval);
  return gst_veo_schedule_next (watch->schedule,
      elapsed_ms (watch, g_get_monotonic_time ()));
}

/* Counts the failure. */
static gboolean
may_retry (GstVeoWatch * watch, GstVeoFailureKind kind)
{
  gint retries = gst_veo_failure_get_retries (kind);

  if (retries == GST_VEO_TRIES_PER_SETTING)
    return watch->passing++ < watch->settings.retries;
  /* The wait before a refresh has found out that these do not pass. */
  if (watch->settings.refresh)
    return FALSE;
  return watch->tries[kind]++ < retries;
}

static gint64
get_retry_delay (GstVeoWatch * watch, GstVeoFailureKind kind, gint64 hint_ms)
{
  static const guint unknown_task_delays[] = { 2000, 3000, 5000 };
  const GstVeoWatchSettings *settings = &watch->settings;
  guint n = watch->tries[GST_VEO_FAILURE_NO_SUCH_TASK];
  guint delay;

  if (kind == GST_VEO_FAILURE_NO_SUCH_TASK) {
    delay = unknown_task_delays[CLAMP (n, 1,
            G_N_ELEMENTS (unknown_task_delays)) - 1];
    delay = CLAMP (delay, settings->min_poll_interval,
        settings->max_poll_interval);
  } else if (kind == GST_VEO_FAILURE_TASK_FAILED_UNEXPLAINED) {
    delay = MAX (MIN (UNEXPLAINED_DELAY_MS, settings->max_poll_interval),
        settings->min_poll_interval);
  } else {
    return gst_veo_schedule_backoff (watch->schedule,
        elapsed_ms (watch, g_get_monotonic_time ()), watch->failures, hint_ms);
  }
  return MAX (delay, hint_ms);
}

static gint64
retry (GstVeoWatch * watch, GstVeoFailure * failure, gint64 hint_ms)
{
  gint64 delay = get_retry_delay (watch, failure->kind, hint_ms);

  g_clear_pointer (&watch->trouble, gst_veo_failure_free);
  watch->trouble = gst_veo_failure_copy (failure);
  g_mutex_lock (&watch->lock);
  watch->stats.retries++;
  g_mutex_unlock (&watch->lock);
  if (!is_mute (watch))
    watch->events.retrying (failure, delay, watch->data);
  return delay;
}

/* The relay may refuse to tell of a task whose video it hands out. Nothing has
 * said that the task is completed: it is told as it was seen last. */
static gint64
try_content (GstVeoWatch * watch)
{
  if (!watch->task)
    watch->task = gst_veo_task_new (watch->settings.task_id,
        GST_VEO_STATUS_UNKNOWN);
  return end_with_content (watch);
}

static gint64
take_failure (GstVeoWatch * watch, const GstVeoPoll * poll)
{
  g_autoptr (GstVeoFailure) failure = gst_veo_failure_copy (poll->failure);

  if (failure->kind == GST_VEO_FAILURE_NO_MODEL_ACCESS
      && !watch->settings.refresh)
    return try_content (watch);
  failure_complete (watch, failure);
  failure->attempts = ++watch->failures;
  if (may_retry (watch, failure->kind))
    return retry (watch, failure, poll->hint_ms);
  if (poll->task)
    tell_changed (watch, poll->task);
  return end_with_failure (watch, failure);
}

static gint64
watch_take (const GstVeoPoll * poll, gpointer member)
{
  GstVeoWatch *watch = member;

  if (is_mute (watch))
    return watch_done (watch);
  note_poll (watch, poll);
  if (poll->failure)
    return take_failure (watch, poll);
  if (poll->task->status == GST_VEO_STATUS_COMPLETED)
    return take_completed (watch, poll->task);
  return take_running (watch, poll);
}

static gboolean
watch_start (gpointer data)
{
  GstVeoWatch *watch = data;
  const GstVeoWatchSettings *settings = &watch->settings;

  if (is_mute (watch))
    return G_SOURCE_REMOVE;
  watch->started = g_get_monotonic_time ();
  g_mutex_lock (&watch->lock);
  watch->first_poll = watch->started;
  g_mutex_unlock (&watch->lock);
  watch->schedule = gst_veo_schedule_new (settings->min_poll_interval,
      settings->max_poll_interval, settings->wait_timeout,
      g_random_int_range (1, G_MAXINT));
  if (settings->wait_timeout > 0)
    gst_veo_worker_start_timer (watch->worker, &watch->deadline,
        deadline_of (watch), deadline_reached, watch);
  watch->share = gst_veo_share_join (watch->worker, settings, watch_take,
      watch);
  return G_SOURCE_REMOVE;
}

static gboolean
watch_detach (gpointer data)
{
  GstVeoWatch *watch = data;

  watch_leave (watch);
  if (watch->notify)
    watch->notify (watch->data);
  gst_veo_worker_release (watch->worker);
  return G_SOURCE_REMOVE;
}

static gboolean
watch_ended (gpointer data)
{
  GstVeoWatch *watch = data;

  if (!is_mute (watch))
    watch_give_up (watch, GST_VEO_FAILURE_ENDED);
  return G_SOURCE_REMOVE;
}

static void
copy_settings (GstVeoWatchSettings * to, const GstVeoWatchSettings * from)
{
  *to = *from;
  to->base_url = g_strdup (from->base_url);
  to->task_id = g_strdup (from->task_id);
  to->api_key = g_strdup (from->api_key);
  to->network.proxy = g_strdup (from->network.proxy);
  to->network.tls_ca_file = g_strdup (from->network.tls_ca_file);
  to->network.user_agent = g_strdup (from->network.user_agent);
  to->max_poll_interval = MAX (from->max_poll_interval,
      from->min_poll_interval);
}

GstVeoWatch *
gst_veo_watch_new (const GstVeoWatchSettings * settings,
    const GstVeoWatchEvents * events, gpointer data, GDestroyNotify notify)
{
  GstVeoWatch *watch = g_new0 (GstVeoWatch, 1);

  watch->refs = 1;
  watch->worker = gst_veo_worker_acquire ();
  copy_settings (&watch->settings, settings);
  watch->events = *events;
  watch->data = data;
  watch->notify = notify;
  g_mutex_init (&watch->lock);
  gst_veo_worker_invoke (watch->worker, watch_start, watch_ref (watch),
      watch_unref);
  return watch;
}

void
gst_veo_watch_stop (GstVeoWatch * watch)
{
  g_atomic_int_set (&watch->stopped, TRUE);
  gst_veo_worker_invoke (watch->worker, watch_detach, watch, watch_unref);
}

void
gst_veo_watch_end (GstVeoWatch * watch)
{
  gst_veo_worker_invoke (watch->worker, watch_ended, watch_ref (watch),
      watch_unref);
}

void
gst_veo_watch_get_stats (GstVeoWatch * watch, GstVeoWatchStats * stats)
{
  gint64 until;

  g_mutex_lock (&watch->lock);
  *stats = watch->stats;
  until = watch->ended ? watch->ended : g_get_monotonic_time ();
  if (watch->first_poll)
    stats->wait_time = (until - watch->first_poll) / G_TIME_SPAN_MILLISECOND;
  g_mutex_unlock (&watch->lock);
}
