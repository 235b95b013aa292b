/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* States, and what may happen while they change. */
#include "alive.h"
#include "scene.h"

static Scene *scene;

#define FRAMES (2 * VEO_SIM_CLIP_FPS)

/* Given the search for what is left alive, which every test here ends with, when
 * an element plays, then the search sees it. */
SCENE_TEST (test_leaks_would_be_seen)
{
  fail_unless_equals_int (alive_count ("GstVeoSrc"), 1);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (alive_count ("GstVeoHttpSrc"), 1);
}

/* Given a fresh element without any property, when it goes through all orders
 * of states, then it survives them. */
SCENE_TEST (test_every_order_of_states)
{
  static const GstState orders[][6] = {
    {GST_STATE_READY, GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
        GST_STATE_READY, GST_STATE_NULL},
    {GST_STATE_PAUSED, GST_STATE_NULL, GST_STATE_PLAYING, GST_STATE_NULL,
        GST_STATE_PAUSED, GST_STATE_NULL},
    {GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_PLAYING, GST_STATE_PAUSED,
        GST_STATE_READY, GST_STATE_NULL},
    {GST_STATE_PLAYING, GST_STATE_READY, GST_STATE_PLAYING, GST_STATE_PAUSED,
        GST_STATE_PLAYING, GST_STATE_NULL},
  };
  GstElement *bare = gst_element_factory_make ("veosrc", NULL);

  for (guint with_id = 0; with_id < 2; with_id++) {
    for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
      for (guint j = 0; j < G_N_ELEMENTS (orders[i]); j++)
        gst_element_set_state (with_id ? scene->src : bare, orders[i][j]);
    gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  }
  gst_object_unref (bare);
}

/* Given a task that is not ready, when the element goes to PAUSED, then the
 * change is ASYNC and over when the pads are there. */
SCENE_TEST (test_waiting_is_async)
{
  fail_unless_equals_int (gst_element_set_state (scene->pipeline,
          GST_STATE_PAUSED), GST_STATE_CHANGE_ASYNC);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, 10000));
  fail_unless_equals_int (gst_element_get_state (scene->pipeline, NULL, NULL,
          0), GST_STATE_CHANGE_ASYNC);
  fail_unless_equals_int (scene->sinks->len, 0);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  fail_unless_equals_int (gst_element_get_state (scene->pipeline, NULL, NULL,
          GST_CLOCK_TIME_NONE), GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (scene->sinks->len, 2);
}

/* Given an element in PAUSED that waits, when PLAYING is asked for later, then
 * the clip plays to its end from its first frame. */
SCENE_TEST (test_paused_first)
{
  scene_set_state (scene, GST_STATE_PAUSED);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, 10000));
  scene_set_state (scene, GST_STATE_PLAYING);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_wait_eos (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers, FRAMES);
}

/* Given a run that is over, when a second one starts, then the service is
 * asked again and all frames come again. */
static void
check_second_run (GstState between)
{
  guint asked;

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  scene_set_state (scene, between);
  asked = veo_sim_count_requests (scene->sim, "GET", NULL);
  fail_unless_equals_int (g_list_length (scene->src->srcpads), 0);
  g_ptr_array_set_size (scene->sinks, 0);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  fail_unless (veo_sim_count_requests (scene->sim, "GET", NULL) >= asked + 2);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers, FRAMES);
  fail_unless_equals_uint64 (scene_get_sink (scene, "video_0")->first_running,
      0);
}

SCENE_TEST (test_second_run_after_null)
{
  check_second_run (GST_STATE_NULL);
}

SCENE_TEST (test_second_run_after_ready)
{
  check_second_run (GST_STATE_READY);
}

static void
add_live_branch (void)
{
  GstElement *live = gst_parse_bin_from_description
      ("audiotestsrc is-live=true wave=silence ! fakesink sync=true", FALSE,
      NULL);

  gst_bin_add (GST_BIN (scene->pipeline), live);
  gst_element_sync_state_with_parent (live);
}

static GstClockTime
get_running_time (void)
{
  GstClockTime now = gst_element_get_current_clock_time (scene->pipeline);

  return now - gst_element_get_base_time (scene->pipeline);
}

/* Takes messages until the live source's EOS can be told from the clip's: the
 * clip's sinks know. */
static void
wait_sink_eos (const gchar * pad)
{
  while (!scene_get_sink (scene, pad) || !scene_get_sink (scene, pad)->eos) {
    GstMessage *message = gst_bus_timed_pop (scene->bus, 20 * GST_MSECOND);

    if (message)
      g_ptr_array_add (scene->messages, message);
    fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_ERROR), 0);
  }
}

/* Given a pipeline with a live branch, which runs while the task is made, when
 * the clip arrives, then all its frames are played, from now on. */
SCENE_TEST (test_live_pipeline_plays_from_the_first_frame)
{
  GstClockTime before;

  scene->sync = TRUE;
  add_live_branch ();
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 10, 10000));
  before = get_running_time ();
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  wait_sink_eos ("video_0");
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers, FRAMES);
  fail_unless (scene_get_sink (scene, "video_0")->first_running >= before);
}

/* Given the same and a clip without sound, when fill-audio is set, then the
 * silence belongs where the picture does. */
SCENE_TEST (test_live_pipeline_plays_silence_in_step)
{
  scene->sync = TRUE;
  g_object_set (scene->src, "fill-audio", TRUE, NULL);
  veo_sim_set_clip (scene->sim, scene_get_silent_clip (), "video/mp4");
  add_live_branch ();
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 10, 10000));
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  wait_sink_eos ("audio_0");
  wait_sink_eos ("video_0");
  fail_unless_equals_uint64 (scene_get_sink (scene, "audio_0")->first_running,
      scene_get_sink (scene, "video_0")->first_running);
}

static GstBusSyncReply
retry_at_error (GstBus * bus, GstMessage * message, gpointer data)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
      && g_atomic_int_compare_and_exchange (&scene->no_more_pads, 0, 100)) {
    veo_sim_clear_script (scene->sim, NULL);
    gst_element_set_state (scene->src, GST_STATE_NULL);
    gst_element_set_state (scene->src, GST_STATE_PAUSED);
    g_atomic_int_set (&scene->no_more_pads, 200);
  }
  return GST_BUS_PASS;
}

/* Given a sync handler that starts the element anew at its ERROR, when the
 * first run's end is told, then the second one goes on waiting for its clip. */
SCENE_TEST (test_retry_from_a_sync_handler)
{
  veo_sim_script_body (scene->sim, SCENE_TASK, 401, "{}");
  gst_bus_set_sync_handler (scene->bus, retry_at_error, NULL, NULL);
  scene_set_state (scene, GST_STATE_PAUSED);
  while (g_atomic_int_get (&scene->no_more_pads) < 200)
    g_usleep (1000);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 3, 10000));
  gst_bus_set_sync_handler (scene->bus, NULL, NULL, NULL);
  fail_unless_equals_int (gst_element_get_state (scene->src, NULL, NULL, 0),
      GST_STATE_CHANGE_ASYNC);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  fail_unless_equals_int (gst_element_get_state (scene->src, NULL, NULL,
          SCENE_PATIENCE), GST_STATE_CHANGE_SUCCESS);
}

/* Given a pipeline that has run for a while, when the element is added to it,
 * then all frames of the clip are played. */
SCENE_TEST (test_element_added_to_a_running_pipeline)
{
  GstClockTime before;

  gst_object_ref (scene->src);
  gst_bin_remove (GST_BIN (scene->pipeline), scene->src);
  add_live_branch ();
  scene->sync = TRUE;
  scene_set_state (scene, GST_STATE_PLAYING);
  gst_element_get_state (scene->pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  before = get_running_time ();
  gst_bin_add (GST_BIN (scene->pipeline), scene->src);
  gst_object_unref (scene->src);
  fail_unless (gst_element_sync_state_with_parent (scene->src));
  wait_sink_eos ("video_0");
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers, FRAMES);
  fail_unless (scene_get_sink (scene, "video_0")->first_running >= before);
}

/* Given a live pipeline whose clip is playing, when it is sought to the start
 * with a flush, then the clip plays from running time zero. */
SCENE_TEST (test_flushing_seek_clears_the_offset)
{
  SceneSink *video;

  scene->sync = TRUE;
  scene->link_audio = FALSE;
  add_live_branch ();
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 10, 10000));
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_wait_progress (scene, GST_PROGRESS_TYPE_COMPLETE);
  while (!(video = scene_get_sink (scene, "video_0")) || video->buffers < 3)
    g_usleep (1000);
  fail_unless (gst_element_seek_simple (scene->src, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH, 0));
  video->buffers = 0;
  video->eos = 0;
  wait_sink_eos ("video_0");
  fail_unless (video->first_running < GST_SECOND, "%" GST_TIME_FORMAT,
      GST_TIME_ARGS (video->first_running));
}

/* Given an element that waits, when EOS is sent to the pipeline (gst-launch
 * -e, Ctrl-C), then the wait ends with BUSY instead of hanging. */
SCENE_TEST (test_eos_while_waiting_ends_the_wait)
{
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, 10000));
  fail_unless (gst_element_send_event (scene->pipeline, gst_event_new_eos ()));
  scene_wait_error (scene, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY);
  scene_wait_progress (scene, GST_PROGRESS_TYPE_ERROR);
}

/* Given a clip that plays in real time, when EOS is sent in the middle, then
 * it reaches the bus ahead of the rest of the clip. */
SCENE_TEST (test_eos_in_the_middle_of_the_clip)
{
  SceneSink *video;

  scene->sync = TRUE;
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_progress (scene, GST_PROGRESS_TYPE_COMPLETE);
  while (!(video = scene_get_sink (scene, "video_0")) || video->buffers < 3)
    g_usleep (1000);
  fail_unless (gst_element_send_event (scene->pipeline, gst_event_new_eos ()));
  scene_wait_eos (scene);
  fail_unless_equals_int (video->eos, 1);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_ERROR), 0);
}

/* Sends EOS when the stream begins, and lets it go on only when the pad had it. */
static GstPadProbeReturn
end_before_the_segment (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  gint64 until = g_get_monotonic_time () + SCENE_PATIENCE / GST_USECOND;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  fail_unless (gst_element_send_event (scene->src, gst_event_new_eos ()));
  while (!GST_PAD_IS_EOS (pad)) {
    fail_unless (g_get_monotonic_time () < until);
    g_usleep (1000);
  }
  return GST_PAD_PROBE_REMOVE;
}

static gint late_buffers;       /* atomic: that came in after the end */

static GstPadProbeReturn
count_late_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  g_atomic_int_inc (&late_buffers);
  return GST_PAD_PROBE_OK;
}

static void
watch_for_the_caps (GstElement * src, GstPad * pad, gpointer data)
{
  g_autoptr (GstProxyPad) inside =
      gst_proxy_pad_get_internal (GST_PROXY_PAD (pad));

  /* Only in the video's thread: the EOS of the video ends the test, and another
   * thread that sends one then waits for the change of state for ever */
  if (!g_str_has_prefix (GST_PAD_NAME (pad), "video"))
    return;
  gst_pad_add_probe (GST_PAD (inside), GST_PAD_PROBE_TYPE_BUFFER,
      count_late_buffer, NULL, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      end_before_the_segment, NULL, NULL);
}

/* Given a clip of which not even the segment has come, when EOS is sent, then
 * it is over, and the rest that comes meets pads that know what it is (a
 * WARNING of GStreamer's fails the test). */
SCENE_TEST (test_eos_before_the_segment)
{
  scene->link_audio = FALSE;
  g_signal_connect (scene->src, "pad-added", G_CALLBACK (watch_for_the_caps),
      NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  while (g_atomic_int_get (&late_buffers) == 0)
    g_usleep (1000);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers, 0);
}

static void
seek_while_waiting (Scene * scene, GstSeekFlags flags)
{
  SceneSink *video;

  scene->sync = TRUE;
  scene->link_audio = FALSE;
  scene_set_state (scene, GST_STATE_PAUSED);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, 10000));
  fail_unless (gst_element_seek_simple (scene->src, GST_FORMAT_TIME,
          flags, GST_SECOND));
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  video = scene_get_sink (scene, "video_0");
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  fail_unless (video->buffers <= FRAMES / 2 + 2, "%u frames", video->buffers);
  fail_unless (video->buffers >= FRAMES / 2 - 1, "%u frames", video->buffers);
}

/* Given a SEEK sent to the element while it waits, when the clip arrives, then
 * it starts where the seek says. */
SCENE_TEST (test_seek_while_waiting_is_applied)
{
  seek_while_waiting (scene, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE);
}

/* Given the same without a flush, where nothing flows that could be flushed, then it
 * is applied all the same. */
SCENE_TEST (test_seek_without_flush_while_waiting_is_applied)
{
  seek_while_waiting (scene, GST_SEEK_FLAG_ACCURATE);
}

/* Given a playing clip, when the pipeline is sought and asked for its length,
 * then both work. */
SCENE_TEST (test_duration_and_seek_while_playing)
{
  gint64 duration = 0;
  SceneSink *video;

  scene->link_audio = FALSE;
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  fail_unless (gst_element_query_duration (scene->pipeline, GST_FORMAT_TIME,
          &duration));
  fail_unless (ABS (duration - 2 * (gint64) GST_SECOND) < GST_SECOND / 10,
      "%" GST_TIME_FORMAT, GST_TIME_ARGS (duration));
  fail_unless (gst_element_seek_simple (scene->pipeline, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, GST_SECOND));
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  video = scene_get_sink (scene, "video_0");
  video->buffers = 0;
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  fail_unless (ABS ((gint) video->buffers - FRAMES / 2) <= 2, "%u frames",
      video->buffers);
}

/* Given a task whose length the service tells, when the element is asked for
 * its duration while it waits, then it knows. */
SCENE_TEST (test_duration_is_known_while_waiting)
{
  gint64 duration = 0;

  veo_sim_task_set_details (scene->sim, SCENE_TASK, NULL, NULL, 7, NULL);
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_property (scene, "status", 1);
  fail_unless (gst_element_query_duration (scene->src, GST_FORMAT_TIME,
          &duration));
  fail_unless_equals_uint64 (duration, 7 * GST_SECOND);
}

static void
stop_at_any_moment (guint moment)
{
  scene_set_state (scene, GST_STATE_PLAYING);
  switch (moment) {
    case 0:
      break;
    case 1:
      fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, 10000));
      break;
    case 2:
      veo_sim_task_complete (scene->sim, SCENE_TASK);
      scene_wait_progress (scene, GST_PROGRESS_TYPE_COMPLETE);
      break;
    case 3:
      veo_sim_task_complete (scene->sim, SCENE_TASK);
      fail_unless (veo_sim_wait_content_bytes (scene->sim, 1, 10000));
      break;
    default:
      veo_sim_task_complete (scene->sim, SCENE_TASK);
      scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  }
  scene_set_state (scene, GST_STATE_NULL);
}

/* Given any phase of a run, when the state goes to NULL, then it gets there,
 * the pads are gone, no message follows, and a run after it works. */
SCENE_TEST (test_null_in_any_phase)
{
  for (guint round = 0; round < 4; round++) {
    stop_at_any_moment (__i__);
    /* a thread that was just adding something takes it away by itself */
    while (g_list_length (scene->src->srcpads) > 0
        || GST_BIN (scene->src)->numchildren > 0)
      g_usleep (1000);
    g_ptr_array_set_size (scene->sinks, 0);
    g_ptr_array_set_size (scene->messages, 0);
    veo_sim_add_task (scene->sim, SCENE_TASK, "queued");
    veo_sim_clear_log (scene->sim);
  }
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers, FRAMES);
}

/* Given an answer that never comes, a download that stalls, when the state
 * goes to NULL, then it does not wait for the network. The limit is a hang's,
 * not a benchmark's. */
SCENE_TEST (test_null_during_a_stall)
{
  VeoSimAnswer silence = {.brk = VEO_SIM_BREAK_SILENCE };
  VeoSimTransfer stall = {.stall_after = 1000,.stall_ms = VEO_SIM_FOR_EVER };
  gint64 start;

  if (__i__ == 0) {
    veo_sim_script_status (scene->sim, SCENE_TASK, &silence);
    scene_set_state (scene, GST_STATE_PLAYING);
    fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, 10000));
  } else {
    veo_sim_set_transfer (scene->sim, NULL, &stall);
    veo_sim_task_complete (scene->sim, SCENE_TASK);
    scene_set_state (scene, GST_STATE_PLAYING);
    fail_unless (veo_sim_wait_content_bytes (scene->sim, 1000, 10000));
  }
  start = g_get_monotonic_time ();
  scene_set_state (scene, GST_STATE_NULL);
  fail_unless (g_get_monotonic_time () - start < 5 * G_TIME_SPAN_SECOND);
}

static GstBusSyncReply
stop_at_message (GstBus * bus, GstMessage * message, gpointer data)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_PROGRESS
      && GST_MESSAGE_SRC (message) == GST_OBJECT (scene->src)) {
    GstProgressType type;

    gst_message_parse_progress (message, &type, NULL, NULL);
    if ((gint) type == GPOINTER_TO_INT (data)) {
      gst_element_set_locked_state (scene->src, TRUE);
      gst_element_set_state (scene->src, GST_STATE_NULL);
      g_atomic_int_set (&scene->no_more_pads, 100);
    }
  }
  return GST_BUS_PASS;
}

static void
check_stop_from_sync_handler (GstProgressType type)
{
  gst_bus_set_sync_handler (scene->bus, stop_at_message,
      GINT_TO_POINTER (type), NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  if (type == GST_PROGRESS_TYPE_COMPLETE)
    veo_sim_task_complete (scene->sim, SCENE_TASK);
  while (g_atomic_int_get (&scene->no_more_pads) < 100)
    g_usleep (1000);
  gst_bus_set_sync_handler (scene->bus, NULL, NULL, NULL);
  scene_set_state (scene, GST_STATE_NULL);
  gst_element_set_locked_state (scene->src, FALSE);
  fail_unless_equals_int (GST_STATE (scene->src), GST_STATE_NULL);
}

/* Given a sync bus handler that sets NULL as soon as it hears of START,
 * CONTINUE or COMPLETE, when that happens in the worker, then nothing hangs,
 * and a later run works. */
SCENE_TEST (test_null_from_a_sync_handler)
{
  static const GstProgressType types[] = { GST_PROGRESS_TYPE_START,
    GST_PROGRESS_TYPE_CONTINUE, GST_PROGRESS_TYPE_COMPLETE
  };

  check_stop_from_sync_handler (types[__i__]);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  g_ptr_array_set_size (scene->messages, 0);
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers, FRAMES);
}

static void
stop_in_pad_added (GstElement * src, GstPad * pad, gpointer data)
{
  gst_element_set_locked_state (src, TRUE);
  gst_element_set_state (src, GST_STATE_NULL);
  g_atomic_int_set (&scene->no_more_pads, 100);
}

/* Given a handler of pad-added that sets NULL, when the first pad comes, then
 * nothing hangs and no pad stays. */
SCENE_TEST (test_null_from_pad_added)
{
  scene->link_audio = scene->link_video = FALSE;
  g_signal_connect (scene->src, "pad-added", G_CALLBACK (stop_in_pad_added),
      NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  while (g_atomic_int_get (&scene->no_more_pads) < 100)
    g_usleep (1000);
  scene_set_state (scene, GST_STATE_NULL);
  gst_element_set_locked_state (scene->src, FALSE);
  fail_unless_equals_int (GST_STATE (scene->src), GST_STATE_NULL);
  while (g_list_length (scene->src->srcpads) > 0)
    g_usleep (1000);
}

/* Given an application without a main loop, when it only polls the bus, then
 * the task is waited for and played: nothing depends on the default context. */
SCENE_TEST (test_no_main_loop_is_needed)
{
  fail_if (g_main_context_acquire (NULL) == FALSE);
  veo_sim_task_run (scene->sim, SCENE_TASK, 300);
  scene_play (scene);
  g_main_context_release (NULL);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers, FRAMES);
}

static Suite *
states_suite (void)
{
  Suite *suite = suite_create ("states");
  TCase *tcase = tcase_create ("states");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_test (tcase, test_every_order_of_states);
  tcase_add_test (tcase, test_waiting_is_async);
  tcase_add_test (tcase, test_paused_first);
  tcase_add_test (tcase, test_second_run_after_null);
  tcase_add_test (tcase, test_second_run_after_ready);
  tcase_add_test (tcase, test_live_pipeline_plays_from_the_first_frame);
  tcase_add_test (tcase, test_live_pipeline_plays_silence_in_step);
  tcase_add_test (tcase, test_retry_from_a_sync_handler);
  tcase_add_test (tcase, test_element_added_to_a_running_pipeline);
  tcase_add_test (tcase, test_flushing_seek_clears_the_offset);
  tcase_add_test (tcase, test_eos_while_waiting_ends_the_wait);
  tcase_add_test (tcase, test_eos_in_the_middle_of_the_clip);
  tcase_add_test (tcase, test_eos_before_the_segment);
  tcase_add_test (tcase, test_seek_while_waiting_is_applied);
  tcase_add_test (tcase, test_seek_without_flush_while_waiting_is_applied);
  tcase_add_test (tcase, test_duration_and_seek_while_playing);
  tcase_add_test (tcase, test_duration_is_known_while_waiting);
  tcase_add_loop_test (tcase, test_null_in_any_phase, 0, 5);
  tcase_add_loop_test (tcase, test_null_during_a_stall, 0, 2);
  tcase_add_loop_test (tcase, test_null_from_a_sync_handler, 0, 3);
  tcase_add_test (tcase, test_null_from_pad_added);
  tcase_add_test (tcase, test_no_main_loop_is_needed);
  tcase_add_test (tcase, test_leaks_would_be_seen);
  return suite;
}

GST_CHECK_MAIN (states);
