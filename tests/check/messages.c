/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the application is told, and when: messages, notified properties, the
 * structures. */
#include "scene.h"

static Scene *scene;

#define PATIENCE_MS (SCENE_PATIENCE / GST_MSECOND)
#define SIZE g_bytes_get_size (scene_get_clip ())

/* What the service says, answer by answer. */

/* so many times in a row; rest: more members of the body, from the comma on */
static void
say (guint times, const gchar * status, gint progress, const gchar * rest)
{
  g_autofree gchar *body = g_strdup_printf
      ("{\"id\":\"upstream\",\"status\":\"%s\",\"progress\":%d%s}", status,
      progress, rest);
  VeoSimAnswer answer = {.times = times,.status = 200,.body = body };

  veo_sim_script_status (scene->sim, SCENE_TASK, &answer);
}

/* at the end of a script: the video is there */
static void
say_completed (void)
{
  VeoSimAnswer own = { 0 };

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_script_status (scene->sim, SCENE_TASK, &own);
}

static void
say_status (guint times, guint http_status)
{
  VeoSimAnswer answer = {.times = times,.status = http_status };

  veo_sim_script_status (scene->sim, SCENE_TASK, &answer);
}

/* Without those of the content below it. */
static guint
count_polls (void)
{
  return veo_sim_count_requests (scene->sim, "GET", "/v1/videos/" SCENE_TASK)
      - veo_sim_count_requests (scene->sim, "GET",
      "/v1/videos/" SCENE_TASK "/content");
}

/* What was told. */

typedef gchar *(*DescribeFunc) (GstMessage * message);

/* The descriptions of all messages that have one, one a line. */
static gchar *
list_messages (DescribeFunc describe)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < scene->messages->len; i++) {
    g_autofree gchar *text = describe (g_ptr_array_index (scene->messages, i));

    if (text)
      g_string_append_printf (list, "%s%s", list->len ? "\n" : "", text);
  }
  return g_string_free (list, FALSE);
}

static gchar *
describe_continue (GstMessage * message)
{
  GstProgressType type;
  gchar *text = NULL;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
    return NULL;
  gst_message_parse_progress (message, &type, NULL, &text);
  if (type != GST_PROGRESS_TYPE_CONTINUE)
    g_clear_pointer (&text, g_free);
  return text;
}

static gchar *
describe_percent (GstMessage * message)
{
  gint percent = -1;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
    return NULL;
  fail_unless (gst_structure_get_int (gst_message_get_structure (message),
          "percent", &percent));
  return g_strdup_printf ("%d", percent);
}

/* Of all that is part of the story of a task, the kind. */
static gchar *
describe_story (GstMessage * message)
{
  GstProgressType type;

  if (GST_MESSAGE_SRC (message) != GST_OBJECT (scene->src))
    return NULL;
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_PROGRESS:
      gst_message_parse_progress (message, &type, NULL, NULL);
      return g_strdup (type == GST_PROGRESS_TYPE_START ? "START" :
          type == GST_PROGRESS_TYPE_CONTINUE ? "CONTINUE" :
          type == GST_PROGRESS_TYPE_COMPLETE ? "COMPLETE" :
          type == GST_PROGRESS_TYPE_CANCELED ? "CANCELED" : "PROGRESS ERROR");
    case GST_MESSAGE_ERROR:
      return g_strdup ("ERROR");
    case GST_MESSAGE_ELEMENT:
      return g_strdup (gst_structure_get_name (gst_message_get_structure
              (message)));
    default:
      return NULL;
  }
}

static gchar *
describe_task (GstMessage * message)
{
  const GstStructure *task = gst_message_get_structure (message);
  gint progress = -1;

  if (!gst_message_has_name (message, "veo-task"))
    return NULL;
  gst_structure_get_int (task, "progress", &progress);
  return g_strdup_printf ("%s %d", gst_structure_get_string (task, "status"),
      progress);
}

/* The i-th veo-task. */
static const GstStructure *
get_task_message (guint index)
{
  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);

    if (gst_message_has_name (message, "veo-task") && index-- == 0)
      return gst_message_get_structure (message);
  }
  fail ("there are not so many veo-task messages");
  return NULL;
}

static void
check_story (const gchar * expected)
{
  g_autofree gchar *story = list_messages (describe_story);

  fail_unless_equals_string (story, expected);
}

static gchar *
get_text (GstMessage * progress)
{
  gchar *text;

  gst_message_parse_progress (progress, NULL, NULL, &text);
  return text;
}

static GstStructure *
get_structure (const gchar * property)
{
  GstStructure *structure = NULL;

  g_object_get (scene->src, property, &structure, NULL);
  fail_unless (structure != NULL);
  return structure;
}

static gint
get_number (const gchar * property)
{
  gint number = -1;

  g_object_get (scene->src, property, &number, NULL);
  return number;
}

/* PROGRESS. */

/* Given a service that says the same thing several times, when the task runs
 * to its end, then CONTINUE comes for each change only, between one START and
 * one COMPLETE. */
SCENE_TEST (test_continue_only_on_change)
{
  g_autofree gchar *types = NULL;
  g_autofree gchar *texts = NULL;

  say (3, "queued", 0, "");
  say (3, "processing", 10, "");
  say (3, "processing", 50, "");
  say_completed ();
  scene_play (scene);
  fail_unless_equals_int (count_polls (), 10);
  types = scene_list_progress (scene);
  fail_unless_equals_string (types,
      "start continue continue continue complete");
  texts = list_messages (describe_continue);
  fail_unless_equals_string (texts, SCENE_TASK ": queued, 0 %\n"
      SCENE_TASK ": processing, 10 %\n" SCENE_TASK ": processing, 50 %");
}

/* Given a task of the id video_abc123 at 50 percent, when it is reported, then
 * the text is the one that the manual shows. */
SCENE_TEST (test_text_of_continue)
{
  VeoSimAnswer answer = {.status = 200,
    .body = "{\"status\":\"processing\",\"progress\":50}"
  };
  g_autofree gchar *text = NULL;

  veo_sim_script_status (scene->sim, "video_abc123", &answer);
  g_object_set (scene->src, "task-id", "video_abc123", NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  text = get_text (scene_wait_progress (scene, GST_PROGRESS_TYPE_CONTINUE));
  fail_unless_equals_string (text, "video_abc123: processing, 50 %");
}

/* Given a task whose progress grows, when it is reported, then percent is
 * filled in, from 0 at START to 100 at COMPLETE. */
SCENE_TEST (test_percent_is_filled_in)
{
  g_autofree gchar *percents = NULL;

  say (1, "queued", 0, "");
  say (1, "processing", 33, "");
  say_completed ();
  scene_play (scene);
  percents = list_messages (describe_percent);
  fail_unless_equals_string (percents, "0\n0\n33\n100");
}

/* Given any run, when PROGRESS comes, then it is veosrc's own, of the code
 * "task", and every text begins with the id. */
SCENE_TEST (test_progress_is_of_the_task)
{
  guint n = 0;

  say (1, "queued", 0, "");
  say_status (1, 503);
  say_completed ();
  scene_play (scene);
  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);
    g_autofree gchar *code = NULL;
    g_autofree gchar *text = NULL;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
      continue;
    gst_message_parse_progress (message, NULL, &code, &text);
    fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (scene->src));
    fail_unless_equals_string (code, "task");
    fail_unless (g_str_has_prefix (text, SCENE_TASK ": "), "%s", text);
    n++;
  }
  fail_unless_equals_int (n, 4);
}

static gint pads_at_complete, completes_at_pad;

static GstBusSyncReply
note_complete (GstBus * bus, GstMessage * message, gpointer data)
{
  GstProgressType type;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_PROGRESS) {
    gst_message_parse_progress (message, &type, NULL, NULL);
    if (type == GST_PROGRESS_TYPE_COMPLETE) {
      g_atomic_int_set (&pads_at_complete, scene->src->numsrcpads);
      g_atomic_int_inc (&completes_at_pad);
    }
  }
  return GST_BUS_PASS;
}

static void
note_pad (GstElement * src, GstPad * pad, GArray * completes)
{
  gint n = g_atomic_int_get (&completes_at_pad);

  g_array_append_val (completes, n);
}

/* Given a task that is completed at the first poll, when the clip comes, then
 * COMPLETE is there before any pad is. */
SCENE_TEST (test_complete_comes_before_the_pads)
{
  g_autoptr (GArray) completes = g_array_new (FALSE, FALSE, sizeof (gint));

  pads_at_complete = -1;
  completes_at_pad = 0;
  gst_bus_set_sync_handler (scene->bus, note_complete, NULL, NULL);
  g_signal_connect (scene->src, "pad-added", G_CALLBACK (note_pad), completes);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  gst_bus_set_sync_handler (scene->bus, NULL, NULL, NULL);
  fail_unless_equals_int (g_atomic_int_get (&pads_at_complete), 0);
  fail_unless_equals_int (completes->len, 2);
  fail_unless_equals_int (g_array_index (completes, gint, 0), 1);
  check_story ("START\nveo-task\nCOMPLETE");
}

/* Given a task that fails, when the service says so, then ERROR comes first,
 * PROGRESS ERROR after it, and nothing of the task follows. */
SCENE_TEST (test_error_comes_before_progress_error)
{
  say (2, "processing", 20, "");
  say (1, "failed", 20, ",\"error\":{\"message\":\"The prompt was refused\"}");
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_error (scene, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED);
  scene_wait_progress (scene, GST_PROGRESS_TYPE_ERROR);
  scene_set_state (scene, GST_STATE_READY);
  scene_drain (scene);
  check_story ("START\nveo-task\nCONTINUE\nveo-task\nERROR\nPROGRESS ERROR");
}

/* Given settings with which no wait can begin, when the element is started,
 * then there is the ERROR, and no PROGRESS that would have to end. */
SCENE_TEST (test_bad_settings_give_no_progress)
{
  g_object_set (scene->src, "base-url", "ftp://example.com", NULL);
  fail_unless_equals_int (gst_element_set_state (scene->pipeline,
          GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  scene_wait_error (scene, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
  check_story ("ERROR");
}

/* Given an element that waits, when the state goes down to READY, then
 * CANCELED is the last word of that run, and the next one has its own. */
SCENE_TEST (test_canceled_on_the_way_down)
{
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_progress (scene, GST_PROGRESS_TYPE_CONTINUE);
  scene_set_state (scene, GST_STATE_READY);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  check_story ("START\nveo-task\nCONTINUE\nCANCELED\n"
      "START\nveo-task\nCOMPLETE");
}

static gint canceled;

static GstBusSyncReply
note_canceled (GstBus * bus, GstMessage * message, gpointer data)
{
  GstProgressType type;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_PROGRESS) {
    gst_message_parse_progress (message, &type, NULL, NULL);
    if (type == GST_PROGRESS_TYPE_CANCELED)
      g_atomic_int_inc (&canceled);
  }
  return GST_BUS_PASS;
}

/* Given an element that waits, when the pipeline goes to NULL and throws away
 * its messages, then a sync handler still sees the one CANCELED. */
SCENE_TEST (test_canceled_on_the_way_to_null)
{
  canceled = 0;
  gst_bus_set_sync_handler (scene->bus, note_canceled, NULL, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, PATIENCE_MS));
  scene_set_state (scene, GST_STATE_NULL);
  gst_bus_set_sync_handler (scene->bus, NULL, NULL, NULL);
  fail_unless_equals_int (g_atomic_int_get (&canceled), 1);
}

/* Given a clip that plays, when the state goes down, then there is no CANCELED:
 * COMPLETE was the last word. */
SCENE_TEST (test_no_canceled_after_complete)
{
  scene->sync = TRUE;
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  gst_element_get_state (scene->pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  scene_set_state (scene, GST_STATE_READY);
  scene_drain (scene);
  check_story ("START\nveo-task\nCOMPLETE");
}

/* In seconds. */
static gdouble
read_delay (const gchar * text)
{
  const gchar *when = strstr (text, "asking again in ");

  fail_unless (when != NULL, "%s", text);
  return g_ascii_strtod (when + strlen ("asking again in "), NULL);
}

/* Given a service that answers 503 once, when it is asked again, then a
 * CONTINUE said why and when, and the recovery is no change to tell of. */
SCENE_TEST (test_retry_says_why_and_when)
{
  g_autofree gchar *texts = NULL;
  g_auto (GStrv) lines = NULL;

  say (2, "queued", 0, "");
  say_status (1, 503);
  say (2, "queued", 0, "");
  say_completed ();
  scene_play (scene);
  texts = list_messages (describe_continue);
  lines = g_strsplit (texts, "\n", -1);
  fail_unless_equals_int (g_strv_length (lines), 2);
  fail_unless_equals_string (lines[0], SCENE_TASK ": queued, 0 %");
  fail_unless (strstr (lines[1], "503") && strstr (lines[1], "busy"), "%s",
      lines[1]);
  /* max-poll-interval is 200 ms, jitter comes on top */
  fail_unless (read_delay (lines[1]) > 0 && read_delay (lines[1]) < 1, "%s",
      lines[1]);
}

/* Given a service that closes the connection, when it is asked again, then the
 * CONTINUE says that it was not reached. */
SCENE_TEST (test_retry_of_a_broken_connection)
{
  VeoSimAnswer broken = {.brk = VEO_SIM_BREAK_RESET };
  g_autofree gchar *text = NULL;

  veo_sim_script_status (scene->sim, SCENE_TASK, &broken);
  say_completed ();
  scene_play (scene);
  text = list_messages (describe_continue);
  fail_unless (g_str_has_prefix (text, SCENE_TASK ": service not reached"),
      "%s", text);
  fail_unless (strstr (text, "asking again in") && !strchr (text, '\n'), "%s",
      text);
}

/* Given Retry-After of a second, when the service is busy, then the CONTINUE
 * names the time that the service asked for. */
SCENE_TEST (test_retry_tells_of_retry_after)
{
  VeoSimAnswer busy = {.status = 429,.headers = "Retry-After: 1" };
  g_autofree gchar *text = NULL;

  veo_sim_script_status (scene->sim, SCENE_TASK, &busy);
  say_completed ();
  scene_play (scene);
  text = list_messages (describe_continue);
  fail_unless (strstr (text, "429 (too many requests)"), "%s", text);
  fail_unless (read_delay (text) >= 1, "%s", text);
}

/* Given a service that never recovers, when the retries are used up, then each
 * of them was told, and one ERROR ends it. */
SCENE_TEST (test_every_retry_is_told)
{
  g_object_set (scene->src, "retries", 3, NULL);
  say_status (1, 500);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_error (scene, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
  scene_wait_progress (scene, GST_PROGRESS_TYPE_ERROR);
  check_story ("START\nCONTINUE\nCONTINUE\nCONTINUE\nERROR\nPROGRESS ERROR");
}

/* Given a task that is completed, when its download then fails, then the
 * ERROR comes alone: COMPLETE was the task's last word. */
SCENE_TEST (test_failed_download_gives_error_alone)
{
  VeoSimAnswer gone = {.status = 404,
    .body = "{\"error\":{\"message\":\"no such video\"}}"
  };

  veo_sim_script_content (scene->sim, SCENE_TASK, &gone);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_error (scene, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
  scene_set_state (scene, GST_STATE_READY);
  scene_drain (scene);
  check_story ("START\nveo-task\nCOMPLETE\nERROR");
}

/* veo-task. */

static void
check_field (const GstStructure * structure, const gchar * field, GType type)
{
  fail_unless (gst_structure_has_field (structure, field), "no %s", field);
  fail_unless (gst_structure_get_field_type (structure, field) == type,
      "%s is a %s", field,
      g_type_name (gst_structure_get_field_type (structure, field)));
}

static gint64
get_time (const GstStructure * structure, const gchar * field)
{
  gint64 time = -1;

  check_field (structure, field, G_TYPE_INT64);
  gst_structure_get_int64 (structure, field, &time);
  return time;
}

static void
check_full_task (const GstStructure * task)
{
  gdouble seconds = -1;
  gint progress = -1;

  fail_unless_equals_string (gst_structure_get_name (task), "veo-task");
  fail_unless_equals_int (gst_structure_n_fields (task), 9);
  fail_unless_equals_string (gst_structure_get_string (task, "id"), SCENE_TASK);
  fail_unless_equals_string (gst_structure_get_string (task, "status"),
      "completed");
  fail_unless_equals_string (gst_structure_get_string (task, "model"),
      "veo_3_1-fast");
  fail_unless_equals_string (gst_structure_get_string (task, "size"),
      "720x1280");
  fail_unless (gst_structure_get_int (task, "progress", &progress));
  fail_unless_equals_int (progress, 100);
  fail_unless (gst_structure_get_double (task, "seconds", &seconds));
  fail_unless_equals_float (seconds, 8.0);
  fail_unless_equals_int64 (get_time (task, "created-at"), 1735689600);
  fail_unless_equals_int64 (get_time (task, "expires-at"), 1735776000);
  fail_unless (get_time (task, "completed-at") > 1735689600);
}

/* Given a service that tells all there is, when the task is completed, then
 * veo-task and the property `task' carry every field in its type, the latter
 * also after NULL. */
SCENE_TEST (test_task_has_every_field)
{
  g_autoptr (GstStructure) task = NULL;

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_times (scene->sim, SCENE_TASK, 1735689600, 1735776000);
  scene_play (scene);
  check_full_task (get_task_message (0));
  task = get_structure ("task");
  check_full_task (task);
}

/* Given a service that tells nothing but the status, when it is reported, then
 * what is unknown is absent. */
SCENE_TEST (test_unknown_fields_are_absent)
{
  const GstStructure *task;

  say (1, "queued", 0, ",\"model\":\"\",\"size\":null,\"created_at\":0");
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_message (scene, GST_MESSAGE_ELEMENT);
  task = get_task_message (0);
  fail_unless_equals_int (gst_structure_n_fields (task), 3);
  check_field (task, "id", G_TYPE_STRING);
  check_field (task, "status", G_TYPE_STRING);
  check_field (task, "progress", G_TYPE_INT);
}

/* Given an element that never ran, when it is asked for its task, then it knows
 * a status and a progress of nothing, and no more. */
SCENE_TEST (test_task_before_the_first_run)
{
  g_autoptr (GstStructure) task = get_structure ("task");

  fail_unless (gst_structure_has_name (task, "veo-task"));
  fail_unless_equals_string (gst_structure_get_string (task, "status"),
      "unknown");
  fail_if (gst_structure_has_field (task, "model"));
  fail_if (gst_structure_has_field (task, "seconds"));
  fail_if (gst_structure_has_field (task, "created-at"));
}

/* Given a task in several steps, when each is told, then there is one veo-task
 * for each change, the last one for the end. */
SCENE_TEST (test_task_message_on_each_change)
{
  g_autofree gchar *tasks = NULL;

  say (2, "queued", 0, "");
  say (2, "processing", 0, "");
  say (2, "processing", 70, "");
  say_completed ();
  scene_play (scene);
  tasks = list_messages (describe_task);
  fail_unless_equals_string (tasks,
      "queued 0\nprocessing 0\nprocessing 70\ncompleted 100");
}

/* Given a running task whose model becomes known, when nothing else changes,
 * then veo-task tells it, and no CONTINUE does. */
SCENE_TEST (test_a_new_field_is_a_change)
{
  g_autofree gchar *types = NULL;

  say (2, "processing", 0, "");
  say (2, "processing", 0, ",\"model\":\"veo-9\"");
  say_completed ();
  scene_play (scene);
  types = scene_list_progress (scene);
  fail_unless_equals_string (types, "start continue complete");
  fail_if (gst_structure_has_field (get_task_message (0), "model"));
  fail_unless_equals_string (gst_structure_get_string (get_task_message (1),
          "model"), "veo-9");
}

/* Given a run with a download, when all messages are looked at, then veo-task
 * is the only ELEMENT message (souphttpsrc's own shows the key), and the key
 * stands nowhere. */
SCENE_TEST (test_no_other_element_message)
{
  g_autofree gchar *dump = NULL;

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT)
      fail_unless (gst_message_has_name (message, "veo-task"));
  }
  dump = scene_dump_messages (scene);
  fail_if (strstr (dump, SCENE_KEY) != NULL);
}

/* Notified properties. */

static void
note_number (GObject * src, GParamSpec * pspec, GString * seen)
{
  gint number;

  g_object_get (src, pspec->name, &number, NULL);
  g_string_append_printf (seen, "%d ", number);
}

static GString *
watch_property (const gchar * name)
{
  g_autofree gchar *signal = g_strconcat ("notify::", name, NULL);
  GString *seen = g_string_new (NULL);

  g_signal_connect (scene->src, signal, G_CALLBACK (note_number), seen);
  return seen;
}

static void
check_seen (GString * seen, const gchar * expected)
{
  fail_unless_equals_string (seen->str, expected);
  g_signal_handlers_disconnect_by_data (scene->src, seen);
  g_string_free (seen, TRUE);
}

/* Given a task that runs to its end, when status and progress change, then
 * each change is notified once, with the value of the moment. */
SCENE_TEST (test_status_and_progress_are_notified)
{
  GString *statuses = watch_property ("status");
  GString *progresses = watch_property ("progress");

  say (2, "queued", 0, "");
  say (2, "in_progress", 10, "");
  say (2, "in_progress", 80, "");
  say_completed ();
  fail_unless_equals_int (get_number ("status"), 0);
  fail_unless_equals_int (get_number ("progress"), 0);
  scene_play (scene);
  check_seen (statuses, "1 2 3 ");
  check_seen (progresses, "10 80 100 ");
}

/* Given a service whose progress jumps back, when it is told, then the
 * progress of the element stays, and no CONTINUE is made of it. */
SCENE_TEST (test_progress_never_goes_down)
{
  GString *progresses = watch_property ("progress");
  g_autofree gchar *percents = NULL;

  say (2, "processing", 40, "");
  say (2, "processing", 20, "");
  say (2, "processing", 60, "");
  say (2, "processing", 0, "");
  say_completed ();
  scene_play (scene);
  check_seen (progresses, "40 60 100 ");
  percents = list_messages (describe_percent);
  fail_unless_equals_string (percents, "0\n40\n60\n100");
}

/* Given a run that ended at 100 percent, when the next one starts, then the
 * fall back to the start is notified as well: a progress bar must not keep the
 * old value. */
SCENE_TEST (test_a_new_run_starts_from_nothing)
{
  GString *statuses, *progresses;

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (get_number ("status"), 3);
  fail_unless_equals_int (get_number ("progress"), 100);
  statuses = watch_property ("status");
  progresses = watch_property ("progress");
  veo_sim_add_task (scene->sim, SCENE_TASK, "queued");
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_property (scene, "status", 1);
  scene_set_state (scene, GST_STATE_NULL);
  check_seen (statuses, "0 1 ");
  check_seen (progresses, "0 ");
}

/* Given each of the ends without a video, when the service says it, then the
 * property says it too and PROGRESS ends with an error. */
SCENE_TEST (test_status_of_a_bad_end)
{
  static const struct
  {
    const gchar *word;
    gint status;
    gint code;
  } ends[] = {
    {"failed", 4, GST_RESOURCE_ERROR_FAILED},
    {"cancelled", 5, GST_RESOURCE_ERROR_FAILED},
    {"expired", 6, GST_RESOURCE_ERROR_NOT_FOUND},
  };
  g_autofree gchar *types = NULL;

  say (1, "processing", 30, "");
  say (1, ends[__i__].word, 30, ",\"error\":\"for a reason\"");
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_error (scene, GST_RESOURCE_ERROR, ends[__i__].code);
  scene_wait_progress (scene, GST_PROGRESS_TYPE_ERROR);
  fail_unless_equals_int (get_number ("status"), ends[__i__].status);
  fail_unless_equals_int (get_number ("progress"), 30);
  types = scene_list_progress (scene);
  fail_unless_equals_string (types, "start continue error");
}

/* Tags. */

/* The tags in veosrc's TAG message, of which there must be one. */
static GstTagList *
get_tags (void)
{
  GstTagList *tags = NULL;

  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_TAG
        || GST_MESSAGE_SRC (message) != GST_OBJECT (scene->src))
      continue;
    fail_unless (tags == NULL, "two TAG messages");
    gst_message_parse_tag (message, &tags);
  }
  fail_unless (tags != NULL, "no TAG message");
  return tags;
}

static void
check_tag (const GstTagList * tags, const gchar * name, const gchar * expected)
{
  g_autofree gchar *value = NULL;

  fail_unless (gst_tag_list_get_string (tags, name, &value), "no %s", name);
  fail_unless_equals_string (value, expected);
}

/* Given a task with model and date, when it is completed, then one TAG names
 * the id, the model and when it was created. */
SCENE_TEST (test_tags)
{
  g_autoptr (GstTagList) tags = NULL;
  g_autoptr (GstDateTime) created = NULL;
  g_autofree gchar *date = NULL;

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_times (scene->sim, SCENE_TASK, 1735689600, 0);
  scene_play (scene);
  tags = get_tags ();
  check_tag (tags, GST_TAG_TITLE, SCENE_TASK);
  check_tag (tags, GST_TAG_APPLICATION_NAME, "veo_3_1-fast");
  fail_unless (gst_tag_list_get_date_time (tags, GST_TAG_DATE_TIME, &created));
  date = gst_date_time_to_iso8601_string (created);
  fail_unless_equals_string (date, "2025-01-01T00:00:00Z");
}

/* Given a task of which only the status is known, when it is completed, then
 * the TAG has the title alone. */
SCENE_TEST (test_tags_of_an_unknown_task)
{
  g_autofree gchar *rest = g_strdup_printf (",\"video_url\":\"%s/clip.mp4\"",
      veo_sim_get_url (scene->sim));
  g_autoptr (GstTagList) tags = NULL;

  veo_sim_add_file (scene->sim, "/clip.mp4", scene_get_clip (), "video/mp4");
  say (1, "completed", 100, rest);
  scene_play (scene);
  tags = get_tags ();
  check_tag (tags, GST_TAG_TITLE, SCENE_TASK);
  fail_unless_equals_int (gst_tag_list_n_tags (tags), 1);
}

/* Given a clip that plays, when its tags come down the pads, then they are
 * those of the task. */
SCENE_TEST (test_tags_reach_the_sinks)
{
  guint n = 0;

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);
    g_autoptr (GstTagList) tags = NULL;
    g_autofree gchar *title = NULL;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_TAG
        || GST_MESSAGE_SRC (message) == GST_OBJECT (scene->src))
      continue;
    gst_message_parse_tag (message, &tags);
    if (gst_tag_list_get_string (tags, GST_TAG_TITLE, &title)
        && g_str_equal (title, SCENE_TASK))
      n++;
  }
  fail_unless (n >= 1, "no sink saw the title");
}

/* video-url. */

static gint secrets, odd_notifications;

/* As gst-launch-1.0 -v looks at every notified property. */
static void
inspect_notified (GstObject * pipeline, GstObject * object, GParamSpec * pspec,
    gpointer data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree gchar *text = NULL;

  if (object == GST_OBJECT (scene->src)
      && !g_str_equal (pspec->name, "status")
      && !g_str_equal (pspec->name, "progress"))
    g_atomic_int_inc (&odd_notifications);
  if (!(pspec->flags & G_PARAM_READABLE))
    return;
  g_value_init (&value, pspec->value_type);
  g_object_get_property (G_OBJECT (object), pspec->name, &value);
  text = g_strdup_value_contents (&value);
  if (strstr (text, "Signature=") || strstr (text, SCENE_KEY))
    g_atomic_int_inc (&secrets);
}

/* Given a signed link that expires on the way, when the clip plays with a new
 * one, then video-url has a full link, and nothing that -v or -m would print
 * shows one. */
SCENE_TEST (test_video_url_is_full_and_never_notified)
{
  VeoSimTransfer transfer = {.cut_every = SIZE / 2,.cut_times = 1,
    .expires_requests = 1
  };
  g_autofree gchar *dump = NULL;
  g_autofree gchar *url = NULL;

  secrets = odd_notifications = 0;
  g_signal_connect (scene->pipeline, "deep-notify",
      G_CALLBACK (inspect_notified), NULL);
  g_object_get (scene->src, "video-url", &url, NULL);
  fail_unless (url == NULL);
  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_SIGNED);
  veo_sim_set_transfer (scene->sim, NULL, &transfer);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  g_signal_handlers_disconnect_by_func (scene->pipeline, inspect_notified,
      NULL);
  g_object_get (scene->src, "video-url", &url, NULL);
  fail_unless (g_str_has_prefix (url, veo_sim_get_files_url (scene->sim)), "%s",
      url);
  fail_unless (strstr (url, "Signature=") != NULL, "%s", url);
  fail_unless_equals_int (g_atomic_int_get (&odd_notifications), 0);
  fail_unless_equals_int (g_atomic_int_get (&secrets), 0);
  dump = scene_dump_messages (scene);
  fail_if (strstr (dump, "Signature=") != NULL);
  fail_unless (scene_get_stat (scene, "link-refreshes") >= 1);
}

/* Given a task that is not completed, when video-url is read, then it is
 * unset; and a run after a finished one forgets the old link. */
SCENE_TEST (test_video_url_is_of_this_run)
{
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  g_object_get (scene->src, "video-url", &first, NULL);
  fail_unless (first != NULL);
  veo_sim_add_task (scene->sim, SCENE_TASK, "queued");
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_property (scene, "status", 1);
  g_object_get (scene->src, "video-url", &second, NULL);
  fail_unless (second == NULL, "%s", second);
}

/* The structure `stats'. */

/* Given an element that has done nothing, when `stats' is read, then every
 * field is there in its type, and zero. */
SCENE_TEST (test_stats_of_nothing)
{
  static const gchar *const counters[] = { "polls", "failed-polls", "retries",
    "last-http-status", "reconnects", "link-refreshes"
  };
  g_autoptr (GstStructure) stats = get_structure ("stats");

  fail_unless_equals_string (gst_structure_get_name (stats), "veo-stats");
  fail_unless_equals_int (gst_structure_n_fields (stats), 8);
  for (guint i = 0; i < G_N_ELEMENTS (counters); i++) {
    check_field (stats, counters[i], G_TYPE_UINT);
    fail_unless_equals_int (scene_get_stat (scene, counters[i]), 0);
  }
  check_field (stats, "wait-time", G_TYPE_UINT64);
  check_field (stats, "bytes", G_TYPE_UINT64);
  fail_unless_equals_int (scene_get_stat (scene, "wait-time"), 0);
  fail_unless_equals_int (scene_get_stat (scene, "bytes"), 0);
}

/* Given a run with a failed poll, when it is over and the state NULL, then
 * `stats' still counts what the service saw. */
SCENE_TEST (test_stats_of_a_run)
{
  gint64 start = g_get_monotonic_time ();
  guint64 elapsed;

  say (1, "queued", 0, "");
  say_status (1, 503);
  say (1, "processing", 0, "");
  say_completed ();
  scene_play (scene);
  elapsed = (g_get_monotonic_time () - start) / G_TIME_SPAN_MILLISECOND;
  fail_unless_equals_int (count_polls (), 4);
  fail_unless_equals_int (scene_get_stat (scene, "polls"), 4);
  fail_unless_equals_int (scene_get_stat (scene, "failed-polls"), 1);
  fail_unless_equals_int (scene_get_stat (scene, "retries"), 1);
  fail_unless_equals_int (scene_get_stat (scene, "last-http-status"), 200);
  fail_unless_equals_int (scene_get_stat (scene, "reconnects"), 0);
  fail_unless_equals_int (scene_get_stat (scene, "link-refreshes"), 0);
  fail_unless_equals_uint64 (scene_get_stat (scene, "bytes"), SIZE);
  /* three pauses of min-poll-interval at least */
  fail_unless (scene_get_stat (scene, "wait-time") >= 150);
  fail_unless (scene_get_stat (scene, "wait-time") <= elapsed);
}

/* Given a wait that fails, when `stats' is read after NULL, then it tells of
 * the answer that ended it. */
SCENE_TEST (test_stats_of_a_refused_key)
{
  g_object_set (scene->src, "api-key", "sk-another", NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_error (scene, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  scene_set_state (scene, GST_STATE_NULL);
  fail_unless_equals_int (scene_get_stat (scene, "polls"), 1);
  fail_unless_equals_int (scene_get_stat (scene, "failed-polls"), 1);
  fail_unless_equals_int (scene_get_stat (scene, "retries"), 0);
  fail_unless_equals_int (scene_get_stat (scene, "last-http-status"), 401);
  fail_unless_equals_int (scene_get_stat (scene, "bytes"), 0);
}

/* Given a service that cuts the transfer, when the rest is fetched with Range,
 * then `reconnects' counts it and `bytes' counts no byte twice. */
SCENE_TEST (test_stats_of_a_broken_download)
{
  VeoSimTransfer transfer = {.cut_every = SIZE / 2 + 1,.cut_times = 1 };

  veo_sim_set_transfer (scene->sim, SCENE_TASK, &transfer);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene_get_stat (scene, "reconnects"), 1);
  fail_unless_equals_uint64 (scene_get_stat (scene, "bytes"), SIZE);
}

/* Given a run that is over, when a new one starts, then `stats' starts anew. */
SCENE_TEST (test_stats_are_of_this_run)
{
  say_status (2, 503);
  say_completed ();
  scene_play (scene);
  fail_unless_equals_int (scene_get_stat (scene, "polls"), 3);
  scene_play (scene);
  fail_unless_equals_int (scene_get_stat (scene, "polls"), 1);
  fail_unless_equals_int (scene_get_stat (scene, "failed-polls"), 0);
  fail_unless_equals_uint64 (scene_get_stat (scene, "bytes"), SIZE);
}

/* BUFFERING. */

/* A download that takes twice as long as the clip, watched in real time. */
static void
play_slowly (void)
{
  VeoSimTransfer slow = {.rate = SIZE / 4 };

  scene->sync = TRUE;
  veo_sim_set_transfer (scene->sim, SCENE_TASK, &slow);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
}

/* Given a download that is slower than the clip, when it plays, then veosrc
 * itself posts BUFFERING, below 100 and in the end 100. */
SCENE_TEST (test_slow_download_gives_buffering)
{
  gint percent = -1;
  gint lowest = 100;

  play_slowly ();
  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_BUFFERING)
      continue;
    fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (scene->src));
    gst_message_parse_buffering (message, &percent);
    lowest = MIN (lowest, percent);
  }
  fail_unless (lowest < 100, "no BUFFERING below 100");
  fail_unless_equals_int (percent, 100);
}

/* Given use-buffering=false, or output=container, where nothing plays, when the
 * download is slow, then there is no BUFFERING. */
SCENE_TEST (test_no_buffering)
{
  if (__i__ == 0)
    g_object_set (scene->src, "use-buffering", FALSE, NULL);
  else
    gst_util_set_object_arg (G_OBJECT (scene->src), "output", "container");
  play_slowly ();
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_BUFFERING),
      0);
}

/* Given an element that waits for its task, when time passes, then the wait is
 * not told as BUFFERING, which would keep a player in PAUSED. */
SCENE_TEST (test_waiting_is_no_buffering)
{
  say (5, "queued", 0, "");
  say_completed ();
  scene_play (scene);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_BUFFERING),
      0);
}

static void
add_progress_tests (TCase * tcase)
{
  tcase_add_test (tcase, test_continue_only_on_change);
  tcase_add_test (tcase, test_text_of_continue);
  tcase_add_test (tcase, test_percent_is_filled_in);
  tcase_add_test (tcase, test_progress_is_of_the_task);
  tcase_add_test (tcase, test_complete_comes_before_the_pads);
  tcase_add_test (tcase, test_error_comes_before_progress_error);
  tcase_add_test (tcase, test_bad_settings_give_no_progress);
  tcase_add_test (tcase, test_canceled_on_the_way_down);
  tcase_add_test (tcase, test_canceled_on_the_way_to_null);
  tcase_add_test (tcase, test_no_canceled_after_complete);
  tcase_add_test (tcase, test_retry_says_why_and_when);
  tcase_add_test (tcase, test_retry_of_a_broken_connection);
  tcase_add_test (tcase, test_retry_tells_of_retry_after);
  tcase_add_test (tcase, test_every_retry_is_told);
  tcase_add_test (tcase, test_failed_download_gives_error_alone);
}

static void
add_task_tests (TCase * tcase)
{
  tcase_add_test (tcase, test_task_has_every_field);
  tcase_add_test (tcase, test_unknown_fields_are_absent);
  tcase_add_test (tcase, test_task_before_the_first_run);
  tcase_add_test (tcase, test_task_message_on_each_change);
  tcase_add_test (tcase, test_a_new_field_is_a_change);
  tcase_add_test (tcase, test_no_other_element_message);
  tcase_add_test (tcase, test_status_and_progress_are_notified);
  tcase_add_test (tcase, test_progress_never_goes_down);
  tcase_add_test (tcase, test_a_new_run_starts_from_nothing);
  tcase_add_loop_test (tcase, test_status_of_a_bad_end, 0, 3);
  tcase_add_test (tcase, test_tags);
  tcase_add_test (tcase, test_tags_of_an_unknown_task);
  tcase_add_test (tcase, test_tags_reach_the_sinks);
  tcase_add_test (tcase, test_video_url_is_full_and_never_notified);
  tcase_add_test (tcase, test_video_url_is_of_this_run);
}

static void
add_figure_tests (TCase * tcase)
{
  tcase_add_test (tcase, test_stats_of_nothing);
  tcase_add_test (tcase, test_stats_of_a_run);
  tcase_add_test (tcase, test_stats_of_a_refused_key);
  tcase_add_test (tcase, test_stats_of_a_broken_download);
  tcase_add_test (tcase, test_stats_are_of_this_run);
  tcase_add_test (tcase, test_slow_download_gives_buffering);
  tcase_add_loop_test (tcase, test_no_buffering, 0, 2);
  tcase_add_test (tcase, test_waiting_is_no_buffering);
}

static Suite *
messages_suite (void)
{
  Suite *suite = suite_create ("messages");
  TCase *tcase = tcase_create ("messages");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  add_progress_tests (tcase);
  add_task_tests (tcase);
  add_figure_tests (tcase);
  return suite;
}

GST_CHECK_MAIN (messages);
