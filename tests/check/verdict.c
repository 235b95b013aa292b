/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verdict.h"

#include <string.h>

#define TOLD (GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_ELEMENT | \
    GST_MESSAGE_TAG | GST_MESSAGE_PROGRESS | GST_MESSAGE_BUFFERING | \
    GST_MESSAGE_EOS)

static void
check_string (const GstStructure * details, const gchar * field,
    const gchar * expected, const gchar * what)
{
  const gchar *value = gst_structure_get_string (details, field);

  fail_unless (g_strcmp0 (value, expected) == 0, "%s: %s is %s, not %s", what,
      field, value ? value : "absent", expected ? expected : "absent");
}

static guint
get_uint (const GstStructure * details, const gchar * field, const gchar * what)
{
  guint value = 0;

  fail_unless (gst_structure_get_uint (details, field, &value),
      "%s: no %s in the details", what, field);
  return value;
}

static void
check_details (Scene * scene, GstMessage * message, const Verdict * verdict,
    const gchar * what)
{
  g_autofree gchar *task_id = NULL;
  const GstStructure *details = NULL;
  guint attempts;

  gst_message_parse_error_details (message, &details);
  fail_unless (details != NULL, "%s: the ERROR has no details", what);
  fail_unless (gst_structure_has_name (details, "veo-error"), "%s: %s", what,
      gst_structure_get_name (details));
  g_object_get (scene->src, "task-id", &task_id, NULL);
  check_string (details, "task-id", task_id, what);
  check_string (details, "task-status",
      verdict->status ? verdict->status : "unknown", what);
  check_string (details, "error-code", verdict->error_code, what);
  check_string (details, "error-message", verdict->error_message, what);
  fail_unless_equals_int (get_uint (details, "http-status-code", what),
      verdict->http_status);
  attempts = get_uint (details, "attempts", what);
  if (verdict->attempts) {
    fail_unless_equals_int (attempts, verdict->attempts);
  }
  /* every answer of the stand-in carries one; that of a proxy does not */
  if (verdict->http_status && verdict->http_status != 407)
    fail_unless (gst_structure_has_field_typed (details, "request-id",
            G_TYPE_STRING), "%s: no request-id", what);
}

static void
check_debug_text (GstMessage * message, const gchar * what)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  gst_message_parse_error (message, &error, &debug);
  fail_unless (!debug || !strstr (debug, " 1 attempts"), "%s: %s", what, debug);
}

/* A person must learn which task, what happened, and what to do. */
static void
check_text (Scene * scene, const Verdict * verdict, const gchar * what)
{
  g_autofree gchar *text = scene_get_error_text (scene);
  g_autofree gchar *task_id = NULL;

  g_object_get (scene->src, "task-id", &task_id, NULL);
  if (task_id && g_str_is_ascii (task_id) && strlen (task_id) < 100
      && !strpbrk (task_id, "\n\t\x01"))
    fail_unless (strstr (text, task_id) != NULL, "%s: which task? %s", what,
        text);
  for (guint i = 0; i < G_N_ELEMENTS (verdict->says) && verdict->says[i]; i++)
    fail_unless (strstr (text, verdict->says[i]) != NULL,
        "%s: the text does not say \"%s\": %s", what, verdict->says[i], text);
  fail_unless (g_utf8_validate (text, -1, NULL));
  fail_unless (strchr (text, '\n') == NULL, "%s: %s", what, text);
}

static guint
find_error (Scene * scene)
{
  guint i = 0;

  while (GST_MESSAGE_TYPE (g_ptr_array_index (scene->messages, i))
      != GST_MESSAGE_ERROR)
    i++;
  return i;
}

static void
check_last_progress (GstMessage * message, const gchar * task_id,
    const gchar * what)
{
  GstProgressType type;
  g_autofree gchar *code = NULL;
  g_autofree gchar *text = NULL;

  gst_message_parse_progress (message, &type, &code, &text);
  fail_unless_equals_int (type, GST_PROGRESS_TYPE_ERROR);
  fail_unless_equals_string (code, "task");
  fail_unless (strstr (text, task_id) != NULL, "%s: %s", what, text);
}

/* What a sink tells of the stream it got is its own affair. */
static gboolean
is_told_by_run (GstMessage * message)
{
  if (!(GST_MESSAGE_TYPE (message) & TOLD))
    return FALSE;
  return GST_MESSAGE_TYPE (message) != GST_MESSAGE_TAG
      || !GST_OBJECT_FLAG_IS_SET (GST_MESSAGE_SRC (message),
      GST_ELEMENT_FLAG_SINK);
}

static void
check_silence_after (Scene * scene, const Verdict * verdict, const gchar * what)
{
  guint expected = verdict->phase == VERDICT_WAITING ? 1 : 0;
  g_autofree gchar *task_id = NULL;
  guint told = 0;

  g_object_get (scene->src, "task-id", &task_id, NULL);
  for (guint i = find_error (scene) + 1; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);

    if (!is_told_by_run (message))
      continue;
    fail_unless (GST_MESSAGE_TYPE (message) == GST_MESSAGE_PROGRESS,
        "%s: a %s of %s follows the ERROR", what,
        GST_MESSAGE_TYPE_NAME (message), GST_MESSAGE_SRC_NAME (message));
    check_last_progress (message, task_id, what);
    told++;
  }
  fail_unless_equals_int (told, expected);
}

static void
check_progress (Scene * scene, const Verdict * verdict, const gchar * what)
{
  guint started = verdict->phase == VERDICT_BEFORE_START ? 0 : 1;
  guint completed = verdict->phase == VERDICT_COMPLETED ? 1 : 0;

  fail_unless_equals_int (scene_count_progress (scene,
          GST_PROGRESS_TYPE_START), started);
  fail_unless_equals_int (scene_count_progress (scene,
          GST_PROGRESS_TYPE_COMPLETE), completed);
  fail_unless_equals_int (scene_count_progress (scene,
          GST_PROGRESS_TYPE_CANCELED), 0);
  check_silence_after (scene, verdict, what);
}

GstMessage *
verdict_check (Scene * scene, const Verdict * verdict, const gchar * what)
{
  GQuark domain = verdict->is_stream ? GST_STREAM_ERROR : GST_RESOURCE_ERROR;
  GstMessage *message = scene_wait_error (scene, domain, verdict->code);

  /* it follows the ERROR, which this thread may be quicker to see */
  if (verdict->phase == VERDICT_WAITING)
    scene_wait_progress (scene, GST_PROGRESS_TYPE_ERROR);
  /* what else there is to say comes now; NULL would flush the bus */
  gst_element_set_state (scene->pipeline, GST_STATE_READY);
  scene_drain (scene);
  check_details (scene, message, verdict, what);
  check_debug_text (message, what);
  check_text (scene, verdict, what);
  check_progress (scene, verdict, what);
  return message;
}
