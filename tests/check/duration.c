/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long the clip is: what the task says is known at once, what the file says
 * is exact. */
#include "scene.h"

#include <glib/gstdio.h>

static Scene *scene;

#define SECONDS 9               /* as the task says; the file has 2 */

static gint64
query (GstElement * element, GstFormat format)
{
  gint64 duration = -1;

  return gst_element_query_duration (element, format, &duration) ? duration
      : -1;
}

static gint64
query_src (void)
{
  return query (scene->src, GST_FORMAT_TIME);
}

/* Of the file as GStreamer alone has it */
static gint64
query_file (void)
{
  g_autofree gchar *path = scene_write_file (scene_get_clip (), "length.mp4");
  g_autofree gchar *description =
      g_strdup_printf ("filesrc location=%s ! decodebin ! fakesink", path);
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, NULL);
  gint64 duration;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL,
          SCENE_PATIENCE), GST_STATE_CHANGE_SUCCESS);
  duration = query (pipeline, GST_FORMAT_TIME);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_unlink (path);
  return duration;
}

static void
tell_seconds (guint seconds)
{
  veo_sim_task_set_details (scene->sim, SCENE_TASK, NULL, NULL, seconds, NULL);
}

/* Nothing of the file comes that could be shown. */
static void
stall_download (void)
{
  VeoSimTransfer transfer = {.stall_after = 100,.stall_ms = VEO_SIM_FOR_EVER };

  veo_sim_set_transfer (scene->sim, SCENE_TASK, &transfer);
}

/* Given a task that says how long its clip will be, when it is asked during the
 * wait, and when the file is there but has not come, then that is the answer. */
SCENE_TEST (test_length_of_the_task)
{
  tell_seconds (SECONDS);
  stall_download ();
  veo_sim_task_set_status (scene->sim, SCENE_TASK, "processing");
  fail_unless_equals_int64 (query_src (), -1);
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_property (scene, "status", 2);
  fail_unless_equals_int64 (query_src (), SECONDS * GST_SECOND);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_wait_progress (scene, GST_PROGRESS_TYPE_COMPLETE);
  fail_unless_equals_int64 (query_src (), SECONDS * GST_SECOND);
  fail_unless_equals_int64 (query (scene->src, GST_FORMAT_BYTES), -1);
}

/* Given a file of another length than the task says, when its pads are there,
 * then the file is right, to the nanosecond. */
SCENE_TEST (test_length_of_the_file)
{
  gint64 expected = query_file ();

  fail_unless (expected > 0 && expected != SECONDS * (gint64) GST_SECOND);
  tell_seconds (SECONDS);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  fail_unless_equals_int64 (query_src (), expected);
  fail_unless_equals_int64 (query (scene->pipeline, GST_FORMAT_TIME), expected);
}

/* Given a task that does not know, then nobody pretends to, until the file does. */
SCENE_TEST (test_length_that_is_not_known)
{
  veo_sim_script_body (scene->sim, SCENE_TASK, 200,
      "{\"id\":\"" SCENE_TASK "\",\"status\":\"processing\",\"seconds\":\"\"}");
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_property (scene, "status", 2);
  fail_unless_equals_int64 (query_src (), -1);
  veo_sim_clear_script (scene->sim, SCENE_TASK);
  tell_seconds (SECONDS);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  fail_unless_equals_int64 (query_src (), query_file ());
}

/* Given the file's own bytes as output, then its length in bytes is known with
 * the first of them, and that in time from the task. */
SCENE_TEST (test_length_in_bytes)
{
  g_object_set (scene->src, "output", 2, NULL);
  tell_seconds (SECONDS);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  fail_unless_equals_int64 (query (scene->src, GST_FORMAT_BYTES),
      g_bytes_get_size (scene_get_clip ()));
  fail_unless_equals_int64 (query_src (), SECONDS * GST_SECOND);
}

static Suite *
duration_suite (void)
{
  Suite *suite = suite_create ("duration");
  TCase *tcase = tcase_create ("duration");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_test (tcase, test_length_of_the_task);
  tcase_add_test (tcase, test_length_of_the_file);
  tcase_add_test (tcase, test_length_that_is_not_known);
  tcase_add_test (tcase, test_length_in_bytes);
  return suite;
}

GST_CHECK_MAIN (duration);
