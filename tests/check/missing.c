/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Machines that lack a decoder or a demuxer. */
#include "verdict.h"

#define DONE .phase = VERDICT_COMPLETED,.status = "completed"

static Scene *scene;

/* Forgets all elements that are made for such caps; decodebin, which takes
 * any, stays. It holds for this test: each has a process of its own. */
static void
take_factories_away (guint64 type, const gchar * caps_text)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_text);
  g_autoptr (GstCaps) other = gst_caps_new_empty_simple ("no/such-type");
  GList *all = gst_element_factory_list_get_elements (type, GST_RANK_NONE);
  guint taken = 0;

  for (GList * item = all; item; item = item->next) {
    if (gst_element_factory_can_sink_any_caps (item->data, caps)
        && !gst_element_factory_can_sink_any_caps (item->data, other)) {
      g_autoptr (GstPluginFeature) loaded =
          gst_plugin_feature_load (item->data);

      /* a plugin that is loaded later would bring it back */
      fail_unless (loaded != NULL);
      gst_registry_remove_feature (gst_registry_get (), loaded);
      taken++;
    }
  }
  gst_plugin_feature_list_free (all);
  fail_unless (taken > 0, "nothing takes %s", caps_text);
}

static void
check_missing (guint64 type, const gchar * caps, const gchar * name)
{
  Verdict verdict = { GST_STREAM_ERROR_CODEC_NOT_FOUND, DONE,
    .is_stream = TRUE,.says = {name, "Install the plugin", "output="}
  };
  gboolean asked = FALSE;

  take_factories_away (type, caps);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, caps);
  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);

    asked |= gst_message_has_name (message, "missing-plugin");
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      break;
  }
  fail_unless (asked, "no missing-plugin message before the ERROR");
}

/* Given a machine without an H.264 decoder, when a clip without sound comes,
 * then the missing plugin is told, and the ERROR is CODEC_NOT_FOUND and names
 * the codec. */
SCENE_TEST (test_missing_decoder)
{
  veo_sim_set_clip (scene->sim, scene_get_silent_clip (), "video/mp4");
  check_missing (GST_ELEMENT_FACTORY_TYPE_DECODER, "video/x-h264", "H.264");
}

/* Given the same and a clip with sound, then it is no success either: a video
 * was asked for. */
SCENE_TEST (test_missing_decoder_beside_sound)
{
  check_missing (GST_ELEMENT_FACTORY_TYPE_DECODER, "video/x-h264", "H.264");
}

/* Given a machine without a demuxer for MP4, then it is the same. */
SCENE_TEST (test_missing_demuxer)
{
  check_missing (GST_ELEMENT_FACTORY_TYPE_DEMUXER,
      "video/quicktime,variant=iso", "demuxer");
}

/* Given a machine without decoders for H.264 and AAC, when output=encoded, then
 * none is needed. */
SCENE_TEST (test_encoded_needs_no_decoder)
{
  take_factories_away (GST_ELEMENT_FACTORY_TYPE_DECODER, "video/x-h264");
  take_factories_away (GST_ELEMENT_FACTORY_TYPE_DECODER,
      "audio/mpeg,mpegversion=4");
  g_object_set (scene->src, "output", 1, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless (scene_get_sink (scene, "video_0") != NULL);
  fail_unless (scene_get_sink (scene, "audio_0") != NULL);
}

/* Longer than a thread needs to see what another one has done */
#define LATE (50 * G_TIME_SPAN_MILLISECOND)

static struct
{
  GMutex lock;
  GCond cond;
  gboolean hopeless;            /* a stream was found to be */
} race;

/* The thread that has found it is late to tell. */
static gboolean
tell_late (GSignalInvocationHint * hint, guint n_params,
    const GValue * params, gpointer data)
{
  g_mutex_lock (&race.lock);
  race.hopeless = TRUE;
  g_cond_broadcast (&race.cond);
  g_mutex_unlock (&race.lock);
  g_usleep (LATE);
  return TRUE;
}

/* The one that fills its queue looks just then at what became of all streams. */
static gboolean
look_then (GSignalInvocationHint * hint, guint n_params,
    const GValue * params, gpointer data)
{
  gint64 until = g_get_monotonic_time () + 2 * G_TIME_SPAN_SECOND;

  g_mutex_lock (&race.lock);
  while (!race.hopeless && g_cond_wait_until (&race.cond, &race.lock, until));
  g_mutex_unlock (&race.lock);
  return TRUE;
}

static void
add_hook (GType type, const gchar * signal, GSignalEmissionHook hook)
{
  g_signal_add_emission_hook (g_signal_lookup (signal, type), 0, hook, NULL,
      NULL);
}

/* Given the same, when another thread of decodebin fails for the stream before the
 * first has told what is missing, then it is told all the same, and in that order. */
SCENE_TEST (test_failed_before_it_is_told)
{
  g_autoptr (GstElement) decoder = gst_element_factory_make ("decodebin", NULL);
  g_autoptr (GstElement) queue = gst_element_factory_make ("multiqueue", NULL);

  add_hook (G_OBJECT_TYPE (decoder), "unknown-type", tell_late);
  add_hook (G_OBJECT_TYPE (queue), "overrun", look_then);
  veo_sim_set_clip (scene->sim, scene_get_silent_clip (), "video/mp4");
  check_missing (GST_ELEMENT_FACTORY_TYPE_DECODER, "video/x-h264", "H.264");
  fail_unless (race.hopeless);
}

static Suite *
missing_suite (void)
{
  Suite *suite = suite_create ("missing");
  TCase *tcase = tcase_create ("missing");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_test (tcase, test_missing_decoder);
  tcase_add_test (tcase, test_missing_decoder_beside_sound);
  tcase_add_test (tcase, test_missing_demuxer);
  tcase_add_test (tcase, test_encoded_needs_no_decoder);
  tcase_add_test (tcase, test_failed_before_it_is_told);
  return suite;
}

GST_CHECK_MAIN (missing);
