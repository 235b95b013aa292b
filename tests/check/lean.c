/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that has no memory to spare for its downloads. The element is
 * linked in, so that the process' budget can be made small. */
#include "scene.h"

#include "gstveocache.h"
#include "gstveoclient.h"
#include "gstveoqueue.h"
#include "gstveosrc.h"
#include "veosimclip.h"

static Scene *scene;

#define MIB ((guint64) 1 << 20)
#define SECONDS 8
#define FRAMES (SECONDS * VEO_SIM_CLIP_FPS)
/* As docs/veosrc.md promises */
#define AHEAD (8 * MIB)
/* Demuxer and decoder have queues of their own */
#define SLACK (8 * MIB)

/* The same clip of 24 MB as in ahead.c */
static void
serve_large_clip (void)
{
  static const VeoSimClipOptions options = {.width = 480,.height = 360,
    .seconds = SECONDS,.noise = TRUE,.kbit = 25000
  };
  const gchar *directory = g_getenv ("VEO_TEST_CLIPS");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = veo_sim_clip_get_file (&options,
      directory ? directory : g_get_tmp_dir (), &error);
  g_autoptr (GBytes) clip = NULL;
  gchar *bytes;
  gsize size;

  fail_unless (path && g_file_get_contents (path, &bytes, &size, &error),
      "%s", error ? error->message : "no clip");
  fail_unless (size > AHEAD + SLACK + 4 * MIB);
  clip = g_bytes_new_take (bytes, size);
  veo_sim_task_set_clip (scene->sim, SCENE_TASK, clip, "video/mp4");
  veo_sim_task_complete (scene->sim, SCENE_TASK);
}

/* Until nothing more comes. A machine that is slow makes it an easy test. */
static guint64
wait_silence (void)
{
  guint64 before, now = scene_get_stat (scene, "bytes");
  guint same = 0;

  while (same < 30) {
    g_usleep (10000);
    before = now;
    now = scene_get_stat (scene, "bytes");
    same = now == before ? same + 1 : 0;
  }
  return now;
}

static void
check_plays (void)
{
  SceneSink *video = scene_get_sink (scene, "video_0");

  video->buffers = 0;
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  fail_unless_equals_int (video->buffers, FRAMES);
}

/* Given a budget that is used up, when a large clip is paused, then the
 * download runs 8 MiB ahead; when it plays, then every frame comes, nothing of
 * the file is kept, and it can be sought all the same. */
SCENE_TEST (test_budget_is_used_up)
{
  guint64 bytes;

  gst_veo_budget_set_limit (MIB);
  scene->link_audio = FALSE;
  serve_large_clip ();
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  while (scene_get_stat (scene, "bytes") < AHEAD)
    g_usleep (1000);
  bytes = wait_silence ();
  fail_unless (bytes <= AHEAD + SLACK, "%" G_GUINT64_FORMAT " MiB came",
      bytes / MIB);
  check_plays ();
  fail_unless (gst_veo_budget_get_used () < 3 * MIB,
      "%" G_GUINT64_FORMAT " bytes are kept", gst_veo_budget_get_used ());
  scene_set_state (scene, GST_STATE_PAUSED);
  fail_unless (gst_element_seek_simple (scene->pipeline, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH, 0));
  check_plays ();
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  fail_unless_equals_uint64 (gst_veo_budget_get_used (), 0);
}

/* Given memory enough, then what was received is kept, and a seek back asks
 * the service for nothing. */
SCENE_TEST (test_budget_is_not_used_up)
{
  guint64 bytes;

  scene->link_audio = FALSE;
  serve_large_clip ();
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  check_plays ();
  bytes = scene_get_stat (scene, "bytes");
  fail_unless (gst_veo_budget_get_used () >= bytes);
  scene_set_state (scene, GST_STATE_PAUSED);
  fail_unless (gst_element_seek_simple (scene->pipeline, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH, 0));
  check_plays ();
  fail_unless_equals_uint64 (scene_get_stat (scene, "bytes"), bytes);
}

/* Holds the end of the file until what is behind the queue has failed. */
static GstPadProbeReturn
wait_for_failure (GstPad * pad, GstPadProbeInfo * info, gpointer behind)
{
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    while (gst_pad_get_last_flow_return (behind) != GST_FLOW_NOT_LINKED)
      g_usleep (100);
  return GST_PAD_PROBE_OK;
}

/* Given a file in one piece and a queue that leads nowhere, when the end of the
 * file comes after the piece was refused, then there is an ERROR. */
GST_START_TEST (test_end_after_a_failure)
{
  GstElement *pipeline = gst_parse_launch ("fakesrc name=source num-buffers=1 "
      "! queue2 name=queue", NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstElement) queue =
      gst_bin_get_by_name (GST_BIN (pipeline), "queue");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (source, "src");
  g_autoptr (GstPad) behind = gst_element_get_static_pad (queue, "src");
  g_autoptr (GstMessage) message = NULL;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      wait_for_failure, behind, NULL);
  gst_veo_queue_tell_refused_end (queue);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, SCENE_PATIENCE, GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "nobody hears of it");
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static Suite *
lean_suite (void)
{
  Suite *suite = suite_create ("lean");
  TCase *tcase = tcase_create ("lean");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 120);
  tcase_add_test (tcase, test_budget_is_used_up);
  tcase_add_test (tcase, test_budget_is_not_used_up);
  tcase_add_test (tcase, test_end_after_a_failure);
  return suite;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  gst_check_init (&argc, &argv);
  if (!gst_veo_client_load (VEO_TEST_MODULE_DIR, &error))
    g_error ("%s", error->message);
  if (!GST_ELEMENT_REGISTER (veosrc, NULL))
    g_error ("no veosrc");
  return gst_check_run_suite (lean_suite (), "lean", __FILE__);
}
