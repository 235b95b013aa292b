/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "answertools.h"

#include <string.h>

static const gchar *const kind_names[GST_VEO_N_FAILURES] = {
  [GST_VEO_FAILURE_REFUSED] = "REFUSED",
  [GST_VEO_FAILURE_NO_MODEL_ACCESS] = "NO_MODEL_ACCESS",
  [GST_VEO_FAILURE_FIREWALL] = "FIREWALL",
  [GST_VEO_FAILURE_PROXY_REFUSED] = "PROXY_REFUSED",
  [GST_VEO_FAILURE_NO_SUCH_TASK] = "NO_SUCH_TASK",
  [GST_VEO_FAILURE_WRONG_BASE] = "WRONG_BASE",
  [GST_VEO_FAILURE_OTHER_CLIENT_ERROR] = "OTHER_CLIENT_ERROR",
  [GST_VEO_FAILURE_UNAVAILABLE] = "UNAVAILABLE",
  [GST_VEO_FAILURE_NONSENSE] = "NONSENSE",
  [GST_VEO_FAILURE_REDIRECT] = "REDIRECT",
  [GST_VEO_FAILURE_TASK_FAILED] = "TASK_FAILED",
  [GST_VEO_FAILURE_TASK_FAILED_UNEXPLAINED] = "TASK_FAILED_UNEXPLAINED",
  [GST_VEO_FAILURE_TASK_CANCELLED] = "TASK_CANCELLED",
  [GST_VEO_FAILURE_TASK_EXPIRED] = "TASK_EXPIRED",
};

const gchar *
look_up_header (const gchar * name, gpointer lines)
{
  gsize len = strlen (name);
  gchar **line;

  for (line = lines; line && *line; line++) {
    if (g_ascii_strncasecmp (*line, name, len) == 0 && (*line)[len] == ':')
      return *line + len + 2;
  }
  return NULL;
}

GstVeoBody *
make_body (const gchar * data, gsize len, gsize chunk)
{
  GstVeoBody *body = gst_veo_body_new ();
  gsize i = 0;

  while (i < len) {
    gsize n = chunk ? MIN (chunk, len - i) : len;

    if (!gst_veo_body_push (body, (const guint8 *) data + i, n))
      break;
    i += n;
  }
  return body;
}

GstVeoAnswer *
read_answer (guint http_status, const gchar * headers, GstVeoBody * body)
{
  g_auto (GStrv) lines = g_strsplit (headers ? headers : "", "\n", -1);

  return gst_veo_answer_read ("video_abc123", http_status, body,
      look_up_header, lines, TEST_KEY, TEST_NOW);
}

static void
append_text (GString * line, const gchar * name, const gchar * value)
{
  if (value)
    g_string_append_printf (line, " %s=%s", name, value);
}

static void
append_number (GString * line, const gchar * name, gint64 value)
{
  if (value > 0)
    g_string_append_printf (line, " %s=%" G_GINT64_FORMAT, name, value);
}

static void
append_data (GString * line, GBytes * data)
{
  const guint8 *bytes;
  gsize size, i;

  if (!data)
    return;
  bytes = g_bytes_get_data (data, &size);
  g_string_append (line, " data=");
  for (i = 0; i < size; i++)
    g_string_append_printf (line, "%02x", bytes[i]);
}

static void
append_task (GString * line, const GstVeoTask * task)
{
  gchar seconds[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (line, " %s", gst_veo_status_get_nick (task->status));
  if (task->progress != -1)
    g_string_append_printf (line, " progress=%d", task->progress);
  append_text (line, "link", task->link);
  append_data (line, task->data);
  append_text (line, "refused", task->refused_link);
  append_text (line, "model", task->model);
  append_text (line, "size", task->size);
  if (task->seconds >= 0)
    append_text (line, "seconds", g_ascii_formatd (seconds, sizeof seconds,
            "%g", task->seconds));
  append_number (line, "created", task->created_at);
  append_number (line, "completed_at", task->completed_at);
  append_number (line, "expires", task->expires_at);
  append_text (line, "code", task->error_code);
  append_text (line, "message", task->error_message);
}

static void
append_failure (GString * line, const GstVeoFailure * failure, gboolean alone)
{
  if (alone) {
    append_text (line, "code", failure->error_code);
    append_text (line, "message", failure->error_message);
  }
  if (g_strcmp0 (failure->detail, failure->error_message) != 0)
    append_text (line, "detail", failure->detail);
  append_text (line, "request", failure->request_id);
}

gchar *
render_answer (const GstVeoAnswer * answer)
{
  GString *line = g_string_new (NULL);

  if (answer->failure)
    g_string_append_printf (line, " %s", kind_names[answer->failure->kind]);
  if (answer->task)
    append_task (line, answer->task);
  if (answer->failure)
    append_failure (line, answer->failure, answer->task == NULL);
  if (answer->hint_ms >= 0)
    g_string_append_printf (line, " hint=%" G_GINT64_FORMAT, answer->hint_ms);
  g_string_erase (line, 0, 1);
  return g_string_free (line, FALSE);
}

gchar *
read_and_render (guint http_status, const gchar * headers, const gchar * data,
    gsize len, gsize chunk)
{
  g_autoptr (GstVeoBody) body = make_body (data, len, chunk);
  g_autoptr (GstVeoAnswer) answer = read_answer (http_status, headers, body);

  return render_answer (answer);
}
