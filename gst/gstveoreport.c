/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoothers.h"
#include "gstveoreport.h"
#include "gstveoresource.h"
#include "gstveourl.h"

#include <string.h>

#define PROGRESS_CODE "task"

/* How long close waits for a message that another thread is posting. A sync
 * bus handler may hold that thread for as long as it likes, and may itself
 * wait for the caller, so the wait is bounded. */
#define CLOSE_PATIENCE (20 * G_TIME_SPAN_MILLISECOND)

typedef enum
{
  PHASE_CLOSED,                 /* no run */
  PHASE_OPEN,                   /* a run that has not said anything */
  PHASE_WAITING,                /* START was posted */
  PHASE_COMPLETE,               /* COMPLETE was posted */
  PHASE_FAILED,                 /* ERROR was posted */
} Phase;

/* One thing to tell: a message, or a property that changed. */
typedef struct
{
  GstMessage *message;
  const gchar *property;
} Item;

struct _GstVeoReport
{
  GstElement *element;

  GMutex lock;
  GCond drained;
  GQueue items;
  GThread *drainer;             /* who is posting, NULL when nobody is */
  guint depth;                  /* of drain in drainer */

  guint run;
  Phase phase;
  gchar *task_id;
  GstVeoStatus status;
  gint progress;
  gchar *link;
  GstVeoTask *task;
};

GstVeoReport *
gst_veo_report_new (GstElement * element)
{
  GstVeoReport *report = g_new0 (GstVeoReport, 1);

  report->element = element;
  g_mutex_init (&report->lock);
  g_cond_init (&report->drained);
  g_queue_init (&report->items);
  return report;
}

static void
item_free (Item * item)
{
  if (item->message)
    gst_message_unref (item->message);
  g_free (item);
}

static void
forget (GstVeoReport * report)
{
  g_clear_pointer (&report->task_id, g_free);
  g_clear_pointer (&report->link, g_free);
  g_clear_pointer (&report->task, gst_veo_task_unref);
  report->status = GST_VEO_STATUS_UNKNOWN;
  report->progress = 0;
}

void
gst_veo_report_free (GstVeoReport * report)
{
  forget (report);
  g_queue_clear_full (&report->items, (GDestroyNotify) item_free);
  g_mutex_clear (&report->lock);
  g_cond_clear (&report->drained);
  g_free (report);
}

/* Takes message. Called with the lock. */
static void
push_message (GstVeoReport * report, GstMessage * message)
{
  Item *item = g_new0 (Item, 1);

  item->message = message;
  g_queue_push_tail (&report->items, item);
}

/* Called with the lock. */
static void
push_property (GstVeoReport * report, const gchar * property)
{
  Item *item = g_new0 (Item, 1);

  item->property = property;
  g_queue_push_tail (&report->items, item);
}

static void
tell (GstVeoReport * report, Item * item)
{
  if (item->property)
    g_object_notify (G_OBJECT (report->element), item->property);
  else
    gst_element_post_message (report->element,
        g_steal_pointer (&item->message));
  item_free (item);
}

/* One thread posts at a time, so that the order holds; another one leaves its
 * items to it. Called from within a post (a sync handler that changes the
 * state) it goes on with the queue right there. Called with the lock. */
static void
drain (GstVeoReport * report)
{
  Item *item;

  if (report->drainer && report->drainer != g_thread_self ())
    return;
  report->drainer = g_thread_self ();
  report->depth++;
  while ((item = g_queue_pop_head (&report->items))) {
    g_mutex_unlock (&report->lock);
    tell (report, item);
    g_mutex_lock (&report->lock);
  }
  if (--report->depth == 0) {
    report->drainer = NULL;
    g_cond_broadcast (&report->drained);
  }
}

/* Called with the lock; takes text. */
static void
push_progress (GstVeoReport * report, GstProgressType type, gchar * text)
{
  GstMessage *message =
      gst_message_new_progress (GST_OBJECT (report->element), type,
      PROGRESS_CODE, text);

  gst_structure_set (gst_message_writable_structure (message),
      "percent", G_TYPE_INT, report->progress, NULL);
  push_message (report, message);
  g_free (text);
}

static void
set_string (GstStructure * structure, const gchar * field, const gchar * value)
{
  if (value && *value)
    gst_structure_set (structure, field, G_TYPE_STRING, value, NULL);
}

static void
set_time (GstStructure * structure, const gchar * field, gint64 value)
{
  if (value > 0)
    gst_structure_set (structure, field, G_TYPE_INT64, value, NULL);
}

/* Called with the lock. */
static GstStructure *
make_structure (GstVeoReport * report)
{
  const GstVeoTask *task = report->task;
  GstStructure *structure = gst_structure_new ("veo-task",
      "status", G_TYPE_STRING, gst_veo_status_get_nick (report->status),
      "progress", G_TYPE_INT, report->progress, NULL);

  set_string (structure, "id", report->task_id);
  if (!task)
    return structure;
  set_string (structure, "model", task->model);
  set_string (structure, "size", task->size);
  if (task->seconds >= 0)
    gst_structure_set (structure, "seconds", G_TYPE_DOUBLE, task->seconds,
        NULL);
  set_time (structure, "created-at", task->created_at);
  set_time (structure, "completed-at", task->completed_at);
  set_time (structure, "expires-at", task->expires_at);
  return structure;
}

/* Called with the lock. */
static GstTagList *
make_tags (GstVeoReport * report)
{
  GstTagList *tags = gst_tag_list_new_empty ();

  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  if (report->task_id)
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_TITLE,
        report->task_id, NULL);
  if (report->task && report->task->model)
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_APPLICATION_NAME,
        report->task->model, NULL);
  if (report->task && report->task->created_at > 0) {
    g_autoptr (GstDateTime) created =
        gst_date_time_new_from_unix_epoch_utc (report->task->created_at);

    if (created)
      gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_DATE_TIME, created,
          NULL);
  }
  return tags;
}

guint
gst_veo_report_open (GstVeoReport * report, const gchar * task_id)
{
  guint run;

  g_mutex_lock (&report->lock);
  /* told with the first message of this run */
  if (report->status != GST_VEO_STATUS_UNKNOWN)
    push_property (report, "status");
  if (report->progress != 0)
    push_property (report, "progress");
  forget (report);
  report->task_id = g_strdup (task_id);
  report->phase = PHASE_OPEN;
  run = ++report->run;
  g_mutex_unlock (&report->lock);
  return run;
}

/* Whether a call for this run still counts. Called with the lock. */
static gboolean
is_current (GstVeoReport * report, guint run)
{
  return report->run == run && report->phase != PHASE_CLOSED;
}

void
gst_veo_report_start (GstVeoReport * report, guint run, const gchar * text)
{
  g_mutex_lock (&report->lock);
  if (is_current (report, run) && report->phase == PHASE_OPEN) {
    report->phase = PHASE_WAITING;
    push_progress (report, GST_PROGRESS_TYPE_START, g_strdup (text));
    drain (report);
  }
  g_mutex_unlock (&report->lock);
}

/* Takes the task over into the properties. Returns whether status or progress
 * changed. Called with the lock. */
static gboolean
note_task (GstVeoReport * report, GstVeoTask * task)
{
  gint progress = MAX (report->progress, task->progress);
  gboolean new_status = report->status != task->status;
  gboolean new_progress;

  if (task->status == GST_VEO_STATUS_COMPLETED)
    progress = 100;
  new_progress = report->progress != progress;
  report->status = task->status;
  report->progress = progress;
  gst_veo_task_ref (task);
  g_clear_pointer (&report->task, gst_veo_task_unref);
  report->task = task;
  if (new_status)
    push_property (report, "status");
  if (new_progress)
    push_property (report, "progress");
  return new_status || new_progress;
}

/* The task's properties and veo-task, if anything changed. Returns whether
 * status or progress did. Called with the lock. */
static gboolean
push_task (GstVeoReport * report, GstVeoTask * task)
{
  g_autoptr (GstStructure) before = make_structure (report);
  gboolean changed = note_task (report, task);
  g_autoptr (GstStructure) after = make_structure (report);

  if (!gst_structure_is_equal (before, after))
    push_message (report, gst_message_new_element (GST_OBJECT (report->element),
            g_steal_pointer (&after)));
  return changed;
}

void
gst_veo_report_task (GstVeoReport * report, guint run, GstVeoTask * task)
{
  g_mutex_lock (&report->lock);
  if (is_current (report, run) && report->phase == PHASE_WAITING) {
    /* a final status is told by COMPLETE or ERROR instead */
    if (push_task (report, task) && !gst_veo_status_is_final (task->status))
      push_progress (report, GST_PROGRESS_TYPE_CONTINUE,
          g_strdup_printf ("%s: %s, %d %%", report->task_id,
              gst_veo_status_get_nick (report->status), report->progress));
    drain (report);
  }
  g_mutex_unlock (&report->lock);
}

void
gst_veo_report_retry (GstVeoReport * report, guint run,
    const GstVeoFailure * failure, guint delay_ms)
{
  g_autofree gchar *summary = gst_veo_failure_summarise (failure);

  g_mutex_lock (&report->lock);
  if (is_current (report, run) && report->phase == PHASE_WAITING) {
    push_progress (report, GST_PROGRESS_TYPE_CONTINUE,
        g_strdup_printf ("%s: %s, asking again in %.1f s", report->task_id,
            summary, delay_ms / 1000.0));
    drain (report);
  }
  g_mutex_unlock (&report->lock);
}

void
gst_veo_report_link (GstVeoReport * report, guint run, const gchar * link)
{
  gboolean is_data = g_ascii_strncasecmp (link, "data:", 5) == 0;

  g_mutex_lock (&report->lock);
  if (is_current (report, run)) {
    g_free (report->link);
    /* the bytes of a data: link are no address */
    report->link = g_strndup (link, is_data ? strcspn (link, ",;")
        : strlen (link));
  }
  g_mutex_unlock (&report->lock);
}

gboolean
gst_veo_report_complete (GstVeoReport * report, guint run)
{
  gboolean waiting;

  g_mutex_lock (&report->lock);
  waiting = is_current (report, run) && report->phase == PHASE_WAITING;
  if (waiting) {
    report->phase = PHASE_COMPLETE;
    push_message (report, gst_message_new_tag (GST_OBJECT (report->element),
            make_tags (report)));
    push_progress (report, GST_PROGRESS_TYPE_COMPLETE,
        g_strdup_printf ("%s: completed", report->task_id));
    drain (report);
  }
  g_mutex_unlock (&report->lock);
  return waiting;
}

/* Called with the lock. */
static GstStructure *
make_details (GstVeoReport * report, const GstVeoFailure * failure)
{
  GstStructure *details = gst_structure_new ("veo-error",
      "task-status", G_TYPE_STRING, gst_veo_status_get_nick (report->status),
      "http-status-code", G_TYPE_UINT, failure ? failure->http_status : 0,
      "attempts", G_TYPE_UINT, failure ? failure->attempts : 0, NULL);

  set_string (details, "task-id", report->task_id);
  if (failure) {
    set_string (details, "error-code", failure->error_code);
    set_string (details, "error-message", failure->error_message);
    set_string (details, "request-id", failure->request_id);
  }
  return details;
}

/* Called with the lock. */
static gboolean
push_error (GstVeoReport * report, const GError * error, const gchar * debug,
    const GstVeoFailure * failure)
{
  gboolean waiting = report->phase == PHASE_WAITING;

  if (report->phase == PHASE_FAILED)
    return FALSE;
  report->phase = PHASE_FAILED;
  push_message (report,
      gst_message_new_error_with_details (GST_OBJECT (report->element),
          (GError *) error, debug, make_details (report, failure)));
  if (waiting)
    push_progress (report, GST_PROGRESS_TYPE_ERROR,
        g_strdup_printf ("%s: %s", report->task_id, error->message));
  return TRUE;
}

/* For who looks closer; what there was not is not told */
static gchar *
make_debug (const GstVeoFailure * failure)
{
  g_autofree gchar *summary = gst_veo_failure_summarise (failure);
  GString *debug = g_string_new (summary);

  if (failure->http_status)
    g_string_append_printf (debug, "; HTTP status %u", failure->http_status);
  if (failure->attempts)
    g_string_append_printf (debug, "; %u attempt%s", failure->attempts,
        failure->attempts == 1 ? "" : "s");
  return g_string_free (debug, FALSE);
}

gboolean
gst_veo_report_fail (GstVeoReport * report, guint run, GstVeoTask * task,
    const GstVeoFailure * failure)
{
  g_autofree gchar *debug = make_debug (failure);
  g_autoptr (GError) error = gst_veo_resource_error_new (failure);
  gboolean posted = FALSE;

  g_mutex_lock (&report->lock);
  if (is_current (report, run)) {
    if (task && report->phase == PHASE_WAITING)
      push_task (report, task);
    posted = push_error (report, error, debug, failure);
    drain (report);
  }
  g_mutex_unlock (&report->lock);
  return posted;
}

gboolean
gst_veo_report_error (GstVeoReport * report, guint run, const GError * error,
    const gchar * debug)
{
  gboolean posted = FALSE;

  g_mutex_lock (&report->lock);
  if (is_current (report, run)) {
    posted = push_error (report, error, debug, NULL);
    drain (report);
  }
  g_mutex_unlock (&report->lock);
  return posted;
}

void
gst_veo_report_message (GstVeoReport * report, guint run, GstMessage * message)
{
  g_mutex_lock (&report->lock);
  if (is_current (report, run) && report->phase != PHASE_FAILED) {
    push_message (report, message);
    drain (report);
  } else {
    gst_message_unref (message);
  }
  g_mutex_unlock (&report->lock);
}

/* What waits to be told belongs to a wait that is over. Called with the lock. */
static void
drop_items (GstVeoReport * report)
{
  g_queue_clear_full (&report->items, (GDestroyNotify) item_free);
}

void
gst_veo_report_close (GstVeoReport * report, guint run)
{
  gint64 patience = g_get_monotonic_time () + CLOSE_PATIENCE;

  g_mutex_lock (&report->lock);
  if (is_current (report, run)) {
    if (report->phase == PHASE_WAITING) {
      drop_items (report);
      push_progress (report, GST_PROGRESS_TYPE_CANCELED,
          g_strdup_printf ("%s: stopped waiting", report->task_id));
    }
    report->phase = PHASE_CLOSED;
    drain (report);
    gst_veo_others_wait (&report->drainer, &report->drained, &report->lock,
        patience);
  }
  g_mutex_unlock (&report->lock);
}

GstVeoStatus
gst_veo_report_get_status (GstVeoReport * report)
{
  GstVeoStatus status;

  g_mutex_lock (&report->lock);
  status = report->status;
  g_mutex_unlock (&report->lock);
  return status;
}

gint
gst_veo_report_get_progress (GstVeoReport * report)
{
  gint progress;

  g_mutex_lock (&report->lock);
  progress = report->progress;
  g_mutex_unlock (&report->lock);
  return progress;
}

gchar *
gst_veo_report_dup_link (GstVeoReport * report)
{
  gchar *link;

  g_mutex_lock (&report->lock);
  link = g_strdup (report->link);
  g_mutex_unlock (&report->lock);
  return link;
}

GstStructure *
gst_veo_report_dup_structure (GstVeoReport * report)
{
  GstStructure *structure;

  g_mutex_lock (&report->lock);
  structure = make_structure (report);
  g_mutex_unlock (&report->lock);
  return structure;
}

GstTagList *
gst_veo_report_dup_tags (GstVeoReport * report)
{
  GstTagList *tags;

  g_mutex_lock (&report->lock);
  tags = make_tags (report);
  g_mutex_unlock (&report->lock);
  return tags;
}
