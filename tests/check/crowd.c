/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many elements in one pipeline, and more of them than the process has
 * descriptors for. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "scene.h"

#define MANY 300
#define FEW_DESCRIPTORS 256
/* Each transfer rests for so long: all would be under way together. */
#define STALL_MS 500

static Scene *scene;

/* The service as a program, whose descriptors are its own. */
typedef struct
{
  GSubprocess *process;
  gchar *url;
  gchar *clip;
  gchar *script;
} Service;

static GSubprocess *
spawn_service (const gchar * clip, const gchar * script, guint tasks)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;
  guint i;

  fail_unless (g_getenv ("VEO_TEST_SIM") != NULL, "where is veo-sim?");
  g_ptr_array_add (argv, g_strdup (g_getenv ("VEO_TEST_SIM")));
  g_ptr_array_add (argv, g_strdup_printf ("--file=%s", clip));
  g_ptr_array_add (argv, g_strdup_printf ("--script=%s", script));
  g_ptr_array_add (argv, g_strdup ("--duration=1"));
  for (i = 0; i < tasks; i++)
    g_ptr_array_add (argv, g_strdup_printf ("--task=crowd-%u", i));
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const gchar * const *) argv->pdata,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  fail_unless (process != NULL, "%s", error ? error->message : "");
  return process;
}

static gchar *
read_url (GSubprocess * process)
{
  g_autoptr (GDataInputStream) lines =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_autofree gchar *line = NULL;
  const gchar *url;

  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines),
      FALSE);
  line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
  url = line ? strstr (line, "http://") : NULL;
  fail_unless (url != NULL, "veo-sim does not say where it is: %s", line);
  return g_strdup (url);
}

static Service *
service_start (guint tasks)
{
  g_autofree gchar *rules =
      g_strdup_printf ("{\"transfer\":{\"stall_after\":1000,\"stall_ms\":%d}}",
      STALL_MS);
  g_autoptr (GBytes) script = g_bytes_new (rules, strlen (rules));
  Service *service = g_new0 (Service, 1);

  service->clip = scene_write_file (scene_get_clip (), "crowd.mp4");
  service->script = scene_write_file (script, "crowd.json");
  service->process = spawn_service (service->clip, service->script, tasks);
  service->url = read_url (service->process);
  return service;
}

static void
service_stop (Service * service)
{
  g_subprocess_force_exit (service->process);
  g_subprocess_wait (service->process, NULL, NULL);
  g_unlink (service->clip);
  g_unlink (service->script);
  g_object_unref (service->process);
  g_free (service->url);
  g_free (service->clip);
  g_free (service->script);
  g_free (service);
}

/* Returns the limit that was. */
static guint
limit_descriptors (guint limit)
{
  struct rlimit limits;
  guint before;

  fail_unless (getrlimit (RLIMIT_NOFILE, &limits) == 0);
  before = limits.rlim_cur;
  limits.rlim_cur = limit;
  fail_unless (setrlimit (RLIMIT_NOFILE, &limits) == 0);
  return before;
}

static void
count_bytes (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    guint64 * bytes)
{
  *bytes += gst_buffer_get_size (buffer);
}

static void
link_sink (GstElement * src, GstPad * pad, GstElement * sink)
{
  g_autoptr (GstPad) peer = gst_element_get_static_pad (sink, "sink");

  fail_unless_equals_int (gst_pad_link (pad, peer), GST_PAD_LINK_OK);
}

/* A task's element, whose file goes to a sink that counts it. */
static void
add_container (GstElement * pipeline, const gchar * url, const gchar * id,
    guint64 * bytes)
{
  GstElement *src = gst_element_factory_make ("veosrc", NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);

  fail_unless (src != NULL, "no veosrc: is GST_PLUGIN_PATH right?");
  gst_util_set_object_arg (G_OBJECT (src), "output", "container");
  g_object_set (src, "task-id", id, "base-url", url, "api-key", SCENE_KEY,
      "min-poll-interval", 300, "max-poll-interval", 300, NULL);
  g_object_set (sink, "sync", FALSE, "signal-handoffs", TRUE, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (count_bytes), bytes);
  g_signal_connect (src, "pad-added", G_CALLBACK (link_sink), sink);
  gst_bin_add_many (GST_BIN (pipeline), src, sink, NULL);
}

static void
wait_eos (GstElement * pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus,
      4 * SCENE_PATIENCE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  fail_unless (message != NULL, "it never ends");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  fail_if (error, "%s", error ? error->message : "");
}

static void
stop (GstElement * pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

GST_START_TEST (test_more_results_than_descriptors)
{
  /* Given 300 tasks that end at the same time and whose transfers take long,
   * and a process that may have 256 descriptors, When 300 elements in one
   * pipeline wait for them, Then each gets the whole file. */
  Service *service = service_start (MANY);
  GstElement *pipeline = gst_pipeline_new (NULL);
  guint64 bytes[MANY] = { 0, };
  guint i, before;

  before = limit_descriptors (FEW_DESCRIPTORS);
  for (i = 0; i < MANY; i++) {
    g_autofree gchar *id = g_strdup_printf ("crowd-%u", i);

    add_container (pipeline, service->url, id, &bytes[i]);
  }
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  wait_eos (pipeline);
  stop (pipeline);
  for (i = 0; i < MANY; i++)
    fail_unless (bytes[i] == g_bytes_get_size (scene_get_clip ()),
        "element %u got %" G_GUINT64_FORMAT " bytes", i, bytes[i]);
  limit_descriptors (before);
  service_stop (service);
}

GST_END_TEST;

/* Opens descriptors until no more than so many are free. */
static GArray *
use_up_descriptors (guint limit, guint free)
{
  GArray *used = g_array_new (FALSE, FALSE, sizeof (gint));
  gint fd;

  do {
    fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    fail_unless (fd >= 0);
    g_array_append_val (used, fd);
    /* the lowest free number is what open gives */
  } while (fd < (gint) (limit - free));
  return used;
}

static void
give_back_descriptors (GArray * used)
{
  guint i;

  for (i = 0; i < used->len; i++)
    close (g_array_index (used, gint, i));
  g_array_unref (used);
}

SCENE_TEST (test_no_room_for_a_result)
{
  /* Given an application that uses nearly all descriptors it may have, When a
   * task is completed, Then a WARNING says why its video does not come, nothing
   * fails, and when the application closes some, the video plays. */
  guint before = limit_descriptors (FEW_DESCRIPTORS);
  GArray *used;
  GstMessage *message;
  g_autoptr (GError) warning = NULL;

  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_property (scene, "status", 1);
  used = use_up_descriptors (FEW_DESCRIPTORS, 20);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  message = scene_wait_message (scene, GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &warning, NULL);
  fail_unless (g_error_matches (warning, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_BUSY));
  fail_unless (strstr (warning->message, SCENE_TASK) != NULL);
  fail_unless (strstr (warning->message, "256") != NULL);
  assert_equals_int (scene_count_progress (scene, GST_PROGRESS_TYPE_COMPLETE),
      1);
  assert_equals_int (scene->sinks->len, 0);
  give_back_descriptors (used);
  scene_wait_eos (scene);
  assert_equals_int (scene_get_sink (scene, "video_0")->buffers, 48);
  scene_set_state (scene, GST_STATE_NULL);
  limit_descriptors (before);
}

SCENE_TEST (test_stop_without_room)
{
  /* Given a completed task whose video has to wait for descriptors, When the
   * element is stopped, Then it goes down, and does not come back when there
   * are descriptors; started again it plays. */
  guint before = limit_descriptors (FEW_DESCRIPTORS);
  GArray *used;

  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_property (scene, "status", 1);
  used = use_up_descriptors (FEW_DESCRIPTORS, 20);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_wait_progress (scene, GST_PROGRESS_TYPE_COMPLETE);
  scene_set_state (scene, GST_STATE_NULL);
  give_back_descriptors (used);
  assert_equals_int (scene->sinks->len, 0);
  scene_play (scene);
  assert_equals_int (scene_get_sink (scene, "video_0")->buffers, 48);
  limit_descriptors (before);
}

#define TWINS 5

SCENE_TEST (test_twins)
{
  /* Given a task that takes a second, When five elements of a pipeline wait for
   * it, Then it is asked for about as often as for one, and each gets the
   * whole file. */
  GstElement *pipeline = gst_pipeline_new (NULL);
  guint64 bytes[TWINS] = { 0, };
  guint i, polls, transfers;

  for (i = 0; i < TWINS; i++)
    add_container (pipeline, veo_sim_get_url (scene->sim), SCENE_TASK,
        &bytes[i]);
  veo_sim_task_run (scene->sim, SCENE_TASK, 1000);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  wait_eos (pipeline);
  stop (pipeline);
  for (i = 0; i < TWINS; i++)
    fail_unless (bytes[i] == g_bytes_get_size (scene_get_clip ()));
  transfers = veo_sim_count_requests (scene->sim, "GET",
      "/v1/videos/" SCENE_TASK "/content");
  polls = veo_sim_count_requests (scene->sim, "GET",
      "/v1/videos/" SCENE_TASK) - transfers;
  assert_equals_int (transfers, TWINS);
  /* one for each 300 ms, the first and the last; without sharing 25 */
  fail_unless (polls <= 8, "%u polls", polls);
}

/* What a handler does with the thread that posts. */
typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean held;
  gboolean free;
} Hold;

static GstBusSyncReply
hold_the_worker (GstBus * bus, GstMessage * message, gpointer data)
{
  Hold *hold = data;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ELEMENT)
    return GST_BUS_PASS;
  g_mutex_lock (&hold->lock);
  hold->held = TRUE;
  g_cond_broadcast (&hold->cond);
  while (!hold->free)
    g_cond_wait (&hold->cond, &hold->lock);
  g_mutex_unlock (&hold->lock);
  return GST_BUS_PASS;
}

static void
note_gone (gpointer gone, GObject * where_it_was)
{
  *(gboolean *) gone = TRUE;
}

/* An element that waits, goes to NULL and is dropped. Returns: whether it is
 * gone then. */
static gboolean
goes_at_once (void)
{
  GstElement *src = gst_element_factory_make ("veosrc", NULL);
  gboolean gone = FALSE;

  g_object_set (src, "base-url", veo_sim_get_url (scene->sim),
      "api-key", SCENE_KEY, "task-id", SCENE_TASK, NULL);
  fail_unless_equals_int (gst_element_set_state (src, GST_STATE_PAUSED),
      GST_STATE_CHANGE_ASYNC);
  gst_element_set_state (src, GST_STATE_NULL);
  g_object_weak_ref (G_OBJECT (src), note_gone, &gone);
  gst_object_unref (src);
  return gone;
}

/* Given an application whose handler holds the thread of all polls, when
 * another element that waits goes to NULL and is dropped, then it is gone at
 * once: it is not for that thread to let it go. */
SCENE_TEST (test_dropped_while_the_worker_is_busy)
{
  Hold hold = { 0 };

  gst_bus_set_sync_handler (scene->bus, hold_the_worker, &hold, NULL);
  scene_set_state (scene, GST_STATE_PAUSED);
  g_mutex_lock (&hold.lock);
  while (!hold.held)
    g_cond_wait (&hold.cond, &hold.lock);
  g_mutex_unlock (&hold.lock);
  fail_unless (goes_at_once ());
  g_mutex_lock (&hold.lock);
  hold.free = TRUE;
  g_cond_broadcast (&hold.cond);
  g_mutex_unlock (&hold.lock);
  gst_bus_set_sync_handler (scene->bus, NULL, NULL, NULL);
  scene_set_state (scene, GST_STATE_NULL);
}

/* Given the first element of a process, which has plugins loaded while it
 * waits, when it is dropped before they are there, then it is gone at once. */
SCENE_TEST (test_dropped_while_plugins_are_loaded)
{
  fail_unless (goes_at_once ());
}

static Suite *
crowd_suite (void)
{
  Suite *suite = suite_create ("crowd");
  TCase *tc = tcase_create ("crowd");

  tcase_set_timeout (tc, 180);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_more_results_than_descriptors);
  tcase_add_test (tc, test_no_room_for_a_result);
  tcase_add_test (tc, test_stop_without_room);
  tcase_add_test (tc, test_twins);
  tcase_add_test (tc, test_dropped_while_the_worker_is_busy);
  tcase_add_test (tc, test_dropped_while_plugins_are_loaded);
  return suite;
}

GST_CHECK_MAIN (crowd);
