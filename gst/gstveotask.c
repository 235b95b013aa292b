/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveotask.h"

typedef struct
{
  const gchar *word;
  GstVeoStatus status;
} StatusWord;

/* Whole words only: "video_generation_completed" is not the end, upscaling
 * follows. Words that are not listed mean processing. */
static const StatusWord status_words[] = {
  {"queued", GST_VEO_STATUS_QUEUED},
  {"pending", GST_VEO_STATUS_QUEUED},
  {"submitted", GST_VEO_STATUS_QUEUED},
  {"created", GST_VEO_STATUS_QUEUED},
  {"waiting", GST_VEO_STATUS_QUEUED},
  {"not_start", GST_VEO_STATUS_QUEUED},
  {"in_queue", GST_VEO_STATUS_QUEUED},
  {"preparing", GST_VEO_STATUS_QUEUED},
  {"unknown", GST_VEO_STATUS_QUEUED},
  {"processing", GST_VEO_STATUS_PROCESSING},
  {"in_progress", GST_VEO_STATUS_PROCESSING},
  {"running", GST_VEO_STATUS_PROCESSING},
  {"generating", GST_VEO_STATUS_PROCESSING},
  {"video_generation_completed", GST_VEO_STATUS_PROCESSING},
  {"video_upsampling", GST_VEO_STATUS_PROCESSING},
  {"cancel_requested", GST_VEO_STATUS_PROCESSING},
  {"completed", GST_VEO_STATUS_COMPLETED},
  {"complete", GST_VEO_STATUS_COMPLETED},
  {"success", GST_VEO_STATUS_COMPLETED},
  {"succeeded", GST_VEO_STATUS_COMPLETED},
  {"succeed", GST_VEO_STATUS_COMPLETED},
  {"done", GST_VEO_STATUS_COMPLETED},
  {"finished", GST_VEO_STATUS_COMPLETED},
  {"ready", GST_VEO_STATUS_COMPLETED},
  {"failed", GST_VEO_STATUS_FAILED},
  {"failure", GST_VEO_STATUS_FAILED},
  {"fail", GST_VEO_STATUS_FAILED},
  {"error", GST_VEO_STATUS_FAILED},
  {"rejected", GST_VEO_STATUS_FAILED},
  {"timeout", GST_VEO_STATUS_FAILED},
  {"cancelled", GST_VEO_STATUS_CANCELLED},
  {"canceled", GST_VEO_STATUS_CANCELLED},
  {"cancel", GST_VEO_STATUS_CANCELLED},
  {"expired", GST_VEO_STATUS_EXPIRED},
};

static const gchar *const nicks[] = {
  [GST_VEO_STATUS_UNKNOWN] = "unknown",
  [GST_VEO_STATUS_QUEUED] = "queued",
  [GST_VEO_STATUS_PROCESSING] = "processing",
  [GST_VEO_STATUS_COMPLETED] = "completed",
  [GST_VEO_STATUS_FAILED] = "failed",
  [GST_VEO_STATUS_CANCELLED] = "cancelled",
  [GST_VEO_STATUS_EXPIRED] = "expired",
};

GstVeoTask *
gst_veo_task_new (const gchar * id, GstVeoStatus status)
{
  GstVeoTask *task = g_new0 (GstVeoTask, 1);

  task->refcount = 1;
  task->id = g_strdup (id);
  task->status = status;
  task->progress = -1;
  task->seconds = -1;
  return task;
}

GstVeoTask *
gst_veo_task_ref (GstVeoTask * task)
{
  g_atomic_int_inc (&task->refcount);
  return task;
}

void
gst_veo_task_unref (GstVeoTask * task)
{
  if (!g_atomic_int_dec_and_test (&task->refcount))
    return;
  g_free (task->id);
  g_free (task->model);
  g_free (task->size);
  g_free (task->link);
  g_clear_pointer (&task->data, g_bytes_unref);
  g_free (task->refused_link);
  g_free (task->error_code);
  g_free (task->error_message);
  g_free (task);
}

const gchar *
gst_veo_status_get_nick (GstVeoStatus status)
{
  g_return_val_if_fail (status < G_N_ELEMENTS (nicks), "unknown");

  return nicks[status];
}

GstVeoStatus
gst_veo_status_from_word (const gchar * word)
{
  g_autofree gchar *trimmed = g_strstrip (g_strdup (word ? word : ""));
  gsize i;

  if (!*trimmed)
    return GST_VEO_STATUS_QUEUED;
  for (i = 0; i < G_N_ELEMENTS (status_words); i++) {
    if (g_ascii_strcasecmp (trimmed, status_words[i].word) == 0)
      return status_words[i].status;
  }
  return GST_VEO_STATUS_PROCESSING;
}

gboolean
gst_veo_status_is_final (GstVeoStatus status)
{
  return status >= GST_VEO_STATUS_COMPLETED;
}
