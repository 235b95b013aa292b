/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes out of the pads. */
#include "scene.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static Scene *scene;

static void
check_frames (GBytes * clip)
{
  g_autofree gchar *path = scene_write_file (clip, "frames.mp4");
  guint frames;
  g_autofree gchar *local = scene_decode_file (path, SCENE_GRAY, &frames);
  SceneSink *video = scene_get_sink (scene, "video_0");

  g_unlink (path);
  fail_unless (video != NULL);
  fail_unless_equals_int (frames, 2 * VEO_SIM_CLIP_FPS);
  fail_unless_equals_int (video->buffers, frames);
  fail_unless_equals_string (g_checksum_get_string (video->checksum), local);
}

/* Given a completed task, when it plays decoded, then the frames are those of
 * the file played locally, and both streams end. */
SCENE_TEST (test_decoded_frames_equal_the_file)
{
  scene->video_filter = SCENE_GRAY;
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  check_frames (scene_get_clip ());
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->eos, 1);
  fail_unless_equals_int (scene_get_sink (scene, "audio_0")->eos, 1);
  fail_unless (scene_get_sink (scene, "audio_0")->bytes > 48000);
}

/* Given a clip with sound, when its pads come, then video comes before audio,
 * with raw caps to look at, and no-more-pads comes once. */
SCENE_TEST (test_video_pad_comes_first)
{
  SceneSink *picture, *sound;

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene->sinks->len, 2);
  picture = g_ptr_array_index (scene->sinks, 0);
  sound = g_ptr_array_index (scene->sinks, 1);
  fail_unless_equals_string (picture->pad, "video_0");
  fail_unless_equals_string (picture->caps, "video/x-raw");
  fail_unless_equals_string (sound->pad, "audio_0");
  fail_unless_equals_string (sound->caps, "audio/x-raw");
  fail_unless_equals_int (g_atomic_int_get (&scene->no_more_pads), 1);
}

/* Given output=encoded, when the clip plays, then parsed H.264 and AAC come
 * out and nothing is decoded. */
SCENE_TEST (test_encoded_streams_are_parsed)
{
  SceneSink *video, *audio;

  g_object_set (scene->src, "output", 1, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  video = scene_get_sink (scene, "video_0");
  audio = scene_get_sink (scene, "audio_0");
  fail_unless (video && audio);
  fail_unless_equals_string (video->caps, "video/x-h264");
  fail_unless_equals_string (audio->caps, "audio/mpeg");
  fail_unless_equals_int (video->buffers, 2 * VEO_SIM_CLIP_FPS);
  fail_unless (video->bytes < g_bytes_get_size (scene_get_clip ()));
}

/* Given output=container, when it runs, then the bytes are those of the file. */
SCENE_TEST (test_container_is_byte_exact)
{
  g_autofree gchar *expected =
      g_compute_checksum_for_bytes (G_CHECKSUM_SHA1, scene_get_clip ());
  SceneSink *sink;

  g_object_set (scene->src, "output", 2, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  sink = scene_get_sink (scene, "src");
  fail_unless (sink != NULL);
  fail_unless_equals_int (scene->sinks->len, 1);
  fail_unless_equals_int (g_atomic_int_get (&scene->no_more_pads), 1);
  fail_unless_equals_string (g_checksum_get_string (sink->checksum), expected);
  fail_unless_equals_uint64 (scene_get_stat (scene, "bytes"),
      g_bytes_get_size (scene_get_clip ()));
}

/* Given a clip with sound, when nobody links the audio, then the video plays
 * to its end all the same. */
SCENE_TEST (test_unlinked_audio_does_no_harm)
{
  scene->link_audio = FALSE;
  scene->video_filter = SCENE_GRAY;
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  check_frames (scene_get_clip ());
}

/* Given a sink that takes RGB only, when an H.264 clip plays, then the
 * converter inside makes it fit. */
SCENE_TEST (test_converter_suits_the_sink)
{
  scene->video_filter = "video/x-raw,format=BGRx";
  scene->audio_filter = "audio/x-raw,rate=22050,channels=1,format=S16LE";
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless_equals_uint64 (scene_get_sink (scene, "video_0")->bytes,
      2 * VEO_SIM_CLIP_FPS * 160 * 120 * 4);
}

/* Given a silent clip and fill-audio, when it plays, then audio_0 carries
 * silence of the clip's length and ends. */
SCENE_TEST (test_fill_audio_gives_silence)
{
  SceneSink *audio;
  const guint64 expected = 2 * 48000 * 2 * 2;

  veo_sim_set_clip (scene->sim, scene_get_silent_clip (), "video/mp4");
  g_object_set (scene->src, "fill-audio", TRUE, NULL);
  scene->audio_filter = "audio/x-raw,format=S16LE,rate=48000,channels=2";
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  audio = scene_get_sink (scene, "audio_0");
  fail_unless (audio != NULL);
  fail_unless_equals_uint64 (audio->bytes, expected);
  fail_unless_equals_int (audio->eos, 1);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
}

static void
note_caps (GstElement * src, GstPad * pad, gpointer data)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  if (caps && gst_structure_has_name (gst_caps_get_structure (caps, 0),
          "audio/x-raw"))
    g_atomic_int_inc ((gint *) data);
}

/* Given a silent clip and fill-audio, when audio_0 is added, then it has its caps
 * already, as a stream of the clip does. */
SCENE_TEST (test_fill_audio_shows_its_caps)
{
  gint seen = 0;

  veo_sim_set_clip (scene->sim, scene_get_silent_clip (), "video/mp4");
  g_object_set (scene->src, "fill-audio", TRUE, NULL);
  g_signal_connect (scene->src, "pad-added", G_CALLBACK (note_caps), &seen);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (g_atomic_int_get (&seen), 1);
}

/* Given a clip that has sound, when fill-audio is set, then there is still one
 * audio pad, with the clip's own sound. */
SCENE_TEST (test_fill_audio_leaves_sound_alone)
{
  g_object_set (scene->src, "fill-audio", TRUE, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene->sinks->len, 2);
}

/* Given a silent clip, when fill-audio is not set, then there is no audio pad. */
SCENE_TEST (test_silent_clip_has_no_audio_pad)
{
  veo_sim_set_clip (scene->sim, scene_get_silent_clip (), "video/mp4");
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene->sinks->len, 1);
}

/* Given a silent clip whose silence nobody links, then the video still plays. */
SCENE_TEST (test_unlinked_silence_does_no_harm)
{
  veo_sim_set_clip (scene->sim, scene_get_silent_clip (), "video/mp4");
  g_object_set (scene->src, "fill-audio", TRUE, NULL);
  scene->link_audio = FALSE;
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
}

/* A transfer that is whole, or breaks again and again, with and without Range */
static void
plan_breaks (guint kind)
{
  guint64 step = g_bytes_get_size (scene_get_clip ()) / 4 + 1;
  guint64 cuts[] = { step, 2 * step, 3 * step };
  VeoSimTransfer transfer = { 0, };

  if (kind == 1) {
    transfer.cut_every = step;
  } else if (kind == 2) {
    transfer.range = VEO_SIM_RANGE_IGNORED;
    transfer.cut_at = cuts;
    transfer.n_cut_at = G_N_ELEMENTS (cuts);
  }
  veo_sim_set_transfer (scene->sim, SCENE_TASK, &transfer);
}

/* Given save-location, when the clip plays, or its bytes are taken, through
 * breaks or without, then the file is stored there exactly; and the next run
 * plays it without a request and without a key. */
SCENE_TEST (test_save_location_keeps_the_file)
{
  g_autofree gchar *path = scene_write_file (scene_get_clip (), "save.mp4");
  g_autofree gchar *part = g_strconcat (path, ".part", NULL);
  g_autofree gchar *contents = NULL;
  g_autofree gchar *progress = NULL;
  gsize length;

  g_unlink (path);
  plan_breaks (__i__ / 2);
  g_object_set (scene->src, "save-location", path, "output", __i__ % 2 ? 2 : 0,
      NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  if (__i__ / 2 > 0)
    fail_unless (scene_get_stat (scene, "reconnects") >= 2);
  fail_unless (g_file_get_contents (path, &contents, &length, NULL));
  fail_unless_equals_uint64 (length, g_bytes_get_size (scene_get_clip ()));
  fail_unless (memcmp (contents, g_bytes_get_data (scene_get_clip (), NULL),
          length) == 0);
  fail_if (g_file_test (part, G_FILE_TEST_EXISTS));

  veo_sim_clear_log (scene->sim);
  g_ptr_array_set_size (scene->messages, 0);
  g_object_set (scene->src, "api-key", NULL, "output", 0, NULL);
  scene->video_filter = SCENE_GRAY;
  g_ptr_array_set_size (scene->sinks, 0);
  scene_play (scene);
  check_frames (scene_get_clip ());
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, NULL, NULL), 0);
  progress = scene_list_progress (scene);
  fail_unless_equals_string (progress, "start complete");
  g_unlink (path);
}

static gchar *
get_warning_text (void)
{
  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);
    g_autoptr (GError) error = NULL;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_WARNING)
      continue;
    gst_message_parse_warning (message, &error, NULL);
    return g_strdup (error->message);
  }
  return NULL;
}

/* Given a save-location that cannot be written, when the clip plays, then
 * there is one WARNING, which says what to do, and the clip plays to its end. */
SCENE_TEST (test_unwritable_save_location_is_a_warning)
{
  g_autofree gchar *text = NULL;

  g_object_set (scene->src, "save-location", "/proc/no/such/place.mp4", NULL);
  scene->video_filter = SCENE_GRAY;
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  check_frames (scene_get_clip ());
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_WARNING), 1);
  text = get_warning_text ();
  fail_unless (g_str_has_prefix (text,
          SCENE_TASK ": the video plays, but it is "
          "not kept. Cannot write /proc/no/such/place.mp4.part: "), "%s", text);
  fail_unless (g_str_has_suffix (text,
          ". Set save-location to a file that can "
          "be written, and run again."), "%s", text);
}

/* One WARNING said why the file is not kept; the pipe is there still. */
static void
check_pipe_stayed (const gchar * path)
{
  g_autofree gchar *part = g_strconcat (path, ".part", NULL);
  g_autofree gchar *wanted = g_strdup_printf (SCENE_TASK
      ": the video plays, but it is not kept. Cannot write %s: what is there is "
      "no regular file, and is left alone. Set save-location to a file that can "
      "be written, and run again.", path);
  g_autofree gchar *text = get_warning_text ();
  struct stat info;

  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_WARNING), 1);
  fail_unless_equals_string (text, wanted);
  fail_unless_equals_int (lstat (path, &info), 0);
  fail_unless (S_ISFIFO (info.st_mode));
  fail_if (g_file_test (part, G_FILE_TEST_EXISTS));
}

/* Given a pipe at save-location, when the clip plays, then there is one
 * WARNING, which says what to do, the clip plays to its end, and the pipe is
 * still there. */
SCENE_TEST (test_pipe_at_save_location_stays)
{
  g_autofree gchar *path = scene_write_file (scene_get_clip (), "pipe");

  g_unlink (path);
  fail_unless_equals_int (mkfifo (path, 0600), 0);
  g_object_set (scene->src, "save-location", path, NULL);
  scene->video_filter = SCENE_GRAY;
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  check_frames (scene_get_clip ());
  check_pipe_stayed (path);
  g_unlink (path);
}

/* Given a download in its middle, when a pipe comes to save-location, then
 * that, too, is one WARNING, all bytes come out, and the pipe stays. */
SCENE_TEST (test_pipe_that_comes_to_save_location_stays)
{
  g_autofree gchar *path = scene_write_file (scene_get_clip (), "pipe");
  g_autofree gchar *part = g_strconcat (path, ".part", NULL);
  VeoSimTransfer stall = {.stall_after = 1000,.stall_ms = VEO_SIM_FOR_EVER };

  g_unlink (path);
  g_object_set (scene->src, "save-location", path, "output", 2, NULL);
  veo_sim_set_transfer (scene->sim, NULL, &stall);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  while (!g_file_test (part, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  fail_unless_equals_int (mkfifo (path, 0600), 0);
  veo_sim_release (scene->sim);
  scene_play (scene);
  fail_unless_equals_uint64 (scene_get_sink (scene, "src")->bytes,
      g_bytes_get_size (scene_get_clip ()));
  check_pipe_stayed (path);
  g_unlink (path);
}

/* Given a link at save-location that leads nowhere yet, when the clip plays
 * twice, then it is stored where the link leads, which stays a link, and the
 * second time it is played from there, without a request. */
SCENE_TEST (test_link_at_save_location_is_followed)
{
  g_autofree gchar *target = scene_write_file (scene_get_clip (), "target.mp4");
  g_autofree gchar *path = g_strconcat (target, ".link", NULL);

  g_unlink (target);
  fail_unless_equals_int (symlink (target, path), 0);
  g_object_set (scene->src, "save-location", path, NULL);
  scene->video_filter = SCENE_GRAY;
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_WARNING), 0);
  fail_unless (g_file_test (path, G_FILE_TEST_IS_SYMLINK));
  fail_unless (g_file_test (target, G_FILE_TEST_IS_REGULAR));

  veo_sim_clear_log (scene->sim);
  g_ptr_array_set_size (scene->sinks, 0);
  scene_play (scene);
  check_frames (scene_get_clip ());
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, NULL, NULL), 0);
  g_unlink (path);
  g_unlink (target);
}

/* Given an answer that carries the video itself as a data: link, when it is
 * completed, then it plays, and video-url shows only the media type. */
SCENE_TEST (test_data_link_plays)
{
  gsize size;
  const guchar *bytes = g_bytes_get_data (scene_get_clip (), &size);
  g_autofree gchar *base64 = g_base64_encode (bytes, size);
  g_autofree gchar *body = g_strdup_printf ("{\"id\":\"" SCENE_TASK
      "\",\"status\":\"completed\",\"video_url\":\"data:video/mp4;base64,%s\"}",
      base64);
  g_autofree gchar *url = NULL;

  scene->video_filter = SCENE_GRAY;
  veo_sim_script_body (scene->sim, SCENE_TASK, 200, body);
  scene_play (scene);
  check_frames (scene_get_clip ());
  g_object_get (scene->src, "video-url", &url, NULL);
  fail_unless_equals_string (url, "data:video/mp4");
  fail_unless_equals_uint64 (scene_get_stat (scene, "bytes"), size);
}

static void
note_source (GstElement * src, GstElement * source, GPtrArray * sources)
{
  g_ptr_array_add (sources, gst_object_ref (source));
}

/* Given a handler of source-setup, when the download starts, then it is called
 * with the HTTP source, which has no state yet, and is known as souphttpsrc. */
SCENE_TEST (test_source_setup_names_the_http_source)
{
  g_autoptr (GPtrArray) sources =
      g_ptr_array_new_with_free_func (gst_object_unref);
  GstElement *source;

  g_signal_connect (scene->src, "source-setup", G_CALLBACK (note_source),
      sources);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (sources->len, 1);
  source = g_ptr_array_index (sources, 0);
  fail_unless (g_object_class_find_property (G_OBJECT_GET_CLASS (source),
          "user-agent") != NULL);
  fail_unless (gst_element_get_factory (source) != NULL);
  fail_unless_equals_string (GST_OBJECT_NAME (gst_element_get_factory (source)),
      "souphttpsrc");
}

static Suite *
outputs_suite (void)
{
  Suite *suite = suite_create ("outputs");
  TCase *tcase = tcase_create ("outputs");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_test (tcase, test_decoded_frames_equal_the_file);
  tcase_add_test (tcase, test_video_pad_comes_first);
  tcase_add_test (tcase, test_encoded_streams_are_parsed);
  tcase_add_test (tcase, test_container_is_byte_exact);
  tcase_add_test (tcase, test_unlinked_audio_does_no_harm);
  tcase_add_test (tcase, test_converter_suits_the_sink);
  tcase_add_test (tcase, test_fill_audio_gives_silence);
  tcase_add_test (tcase, test_fill_audio_shows_its_caps);
  tcase_add_test (tcase, test_fill_audio_leaves_sound_alone);
  tcase_add_test (tcase, test_silent_clip_has_no_audio_pad);
  tcase_add_test (tcase, test_unlinked_silence_does_no_harm);
  tcase_add_loop_test (tcase, test_save_location_keeps_the_file, 0, 6);
  tcase_add_test (tcase, test_unwritable_save_location_is_a_warning);
  tcase_add_test (tcase, test_pipe_at_save_location_stays);
  tcase_add_test (tcase, test_pipe_that_comes_to_save_location_stays);
  tcase_add_test (tcase, test_link_at_save_location_is_followed);
  tcase_add_test (tcase, test_data_link_plays);
  tcase_add_test (tcase, test_source_setup_names_the_http_source);
  return suite;
}

GST_CHECK_MAIN (outputs);
