/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "process.h"
#include "watchlog.h"

#include <gst/check/gstcheck.h>

#define PATIENCE (30 * G_USEC_PER_SEC)

void
script_answer (PollServer * server, SoupServerMessage * message,
    guint number, gpointer data)
{
  Script *script = data;
  const Reply *reply = &script->replies[MIN (number, script->n) - 1];

  if (reply->status == 0) {
    poll_server_hang (server, message);
    return;
  }
  if (reply->header)
    soup_message_headers_replace (soup_server_message_get_response_headers
        (message), reply->header, reply->value);
  poll_server_say (message, reply->status, reply->body ? reply->body : "");
}

/* Caller holds the lock. */
static void
note (WatchLog * log, gchar * event)
{
  fail_if (log->over, "%s came after the end", event);
  fail_if (log->gone, "%s came after the notify", event);
  g_string_append_printf (log->events, "%s%s", log->events->len ? " " : "",
      event);
  log->n_events++;
  g_free (event);
  g_cond_broadcast (&log->changed);
}

static void
changed (GstVeoTask * task, gpointer data)
{
  WatchLog *log = data;

  g_mutex_lock (&log->lock);
  note (log, g_strdup_printf ("%s:%d", gst_veo_status_get_nick (task->status),
          task->progress));
  g_mutex_unlock (&log->lock);
}

static void
retrying (const GstVeoFailure * failure, guint delay_ms, gpointer data)
{
  WatchLog *log = data;

  g_mutex_lock (&log->lock);
  log->n_retries++;
  note (log, g_strdup_printf ("retry:%u", delay_ms));
  g_mutex_unlock (&log->lock);
}

static void
completed (GstVeoTask * task, const gchar * link, gboolean needs_key,
    gboolean is_content, gpointer data)
{
  WatchLog *log = data;

  g_mutex_lock (&log->lock);
  note (log, g_strdup ("completed"));
  log->over = TRUE;
  log->last_status = task->status;
  log->link = g_strdup (link);
  log->needs_key = needs_key;
  log->is_content = is_content;
  g_mutex_unlock (&log->lock);
}

static void
failed (GstVeoTask * task, const GstVeoFailure * failure, gpointer data)
{
  WatchLog *log = data;

  g_mutex_lock (&log->lock);
  note (log, g_strdup ("failed"));
  log->over = TRUE;
  log->last_status = task ? task->status : GST_VEO_STATUS_UNKNOWN;
  log->failure = gst_veo_failure_copy (failure);
  g_mutex_unlock (&log->lock);
}

static void
gone (gpointer data)
{
  WatchLog *log = data;

  g_mutex_lock (&log->lock);
  fail_if (log->gone, "two notifies");
  log->gone = TRUE;
  g_cond_broadcast (&log->changed);
  g_mutex_unlock (&log->lock);
}

GstVeoWatchSettings
watch_settings (const gchar * base_url)
{
/* *INDENT-OFF* */
  return (GstVeoWatchSettings) {
    .base_url = base_url,
    .task_id = "t",
    .api_key = "sk-one",
    .min_poll_interval = 60,
    .max_poll_interval = 60,
    .retries = 3,
  };
/* *INDENT-ON* */
}

WatchLog *
watch_log_start (const GstVeoWatchSettings * settings)
{
  static const GstVeoWatchEvents events = {
    changed, retrying, completed, failed
  };
  WatchLog *log = g_new0 (WatchLog, 1);

  g_mutex_init (&log->lock);
  g_cond_init (&log->changed);
  log->events = g_string_new (NULL);
  log->watch = gst_veo_watch_new (settings, &events, log, gone);
  return log;
}

/* Caller holds the lock. */
static void
wait_for (WatchLog * log, const gboolean * flag, guint n_events)
{
  gint64 limit = g_get_monotonic_time () + PATIENCE;

  while (!(flag && *flag) && log->n_events < n_events) {
    if (!g_cond_wait_until (&log->changed, &log->lock, limit)) {
      fail ("nothing more came after: %s", log->events->str);
      return;
    }
  }
}

void
watch_log_wait_end (WatchLog * log)
{
  g_mutex_lock (&log->lock);
  wait_for (log, &log->over, G_MAXUINT);
  g_mutex_unlock (&log->lock);
}

void
watch_log_wait_events (WatchLog * log, guint n)
{
  g_mutex_lock (&log->lock);
  wait_for (log, NULL, n);
  g_mutex_unlock (&log->lock);
}

void
watch_log_stop (WatchLog * log)
{
  gst_veo_watch_stop (log->watch);
  log->watch = NULL;
  g_mutex_lock (&log->lock);
  wait_for (log, &log->gone, G_MAXUINT);
  g_mutex_unlock (&log->lock);
}

void
watch_log_free (WatchLog * log)
{
  if (log->watch)
    watch_log_stop (log);
  g_mutex_clear (&log->lock);
  g_cond_clear (&log->changed);
  g_string_free (log->events, TRUE);
  g_free (log->link);
  gst_veo_failure_free (log->failure);
  g_free (log);
}

void
watch_log_expect (WatchLog * log, const gchar * events)
{
  watch_log_wait_end (log);
  assert_equals_string (log->events->str, events);
}

void
watch_log_expect_failure (WatchLog * log, GstVeoFailureKind kind)
{
  watch_log_wait_end (log);
  fail_unless (log->failure != NULL, "no failure: %s", log->events->str);
  assert_equals_int (log->failure->kind, kind);
  assert_equals_string (log->failure->task_id, "t");
}

guint
count_workers (void)
{
  return count_threads ("veo-worker");
}

void
wait_for_no_workers (void)
{
  gint64 limit = g_get_monotonic_time () + PATIENCE;

  while (count_workers () > 0) {
    fail_unless (g_get_monotonic_time () < limit, "a worker did not end");
    g_usleep (1000);
  }
}
