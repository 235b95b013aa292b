/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A download that is held up: when the application hears of it, and when not. */
#include "scene.h"

#include <string.h>

static Scene *scene;

/* The next so many requests for the video are answered 503 */
static void
script_trouble (guint times)
{
  VeoSimAnswer busy = {.status = 503,.times = times,
    .body = "{\"error\":{\"message\":\"busy\"}}"
  };

  veo_sim_script_content (scene->sim, SCENE_TASK, &busy);
}

/* The next one is served as planned, the last one for ever */
static void
script_service (void)
{
  VeoSimAnswer good = { 0, };

  veo_sim_script_content (scene->sim, SCENE_TASK, &good);
}

/* Each transfer ends after so much of the file, in parts of a hundred */
static void
cut_at (guint percent, guint other_percent)
{
  guint64 size = g_bytes_get_size (scene_get_clip ());
  guint64 cuts[] = { size * percent / 100, size * other_percent / 100 };
  VeoSimTransfer transfer = {.cut_at = cuts,.n_cut_at = 2 };

  veo_sim_set_transfer (scene->sim, SCENE_TASK, &transfer);
}

static void
check_plays (guint warnings)
{
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_WARNING),
      warnings);
}

/* The i-th WARNING. Returns: (transfer full): its text */
static gchar *
get_warning (guint i)
{
  for (guint m = 0; m < scene->messages->len; m++) {
    GstMessage *message = g_ptr_array_index (scene->messages, m);
    g_autoptr (GError) error = NULL;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_WARNING || i-- > 0)
      continue;
    gst_message_parse_warning (message, &error, NULL);
    fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (scene->src));
    fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
            GST_RESOURCE_ERROR_READ));
    return g_strdup (error->message);
  }
  fail ("there is no such WARNING");
  return NULL;
}

static void
check_says (const gchar * text, const gchar * what)
{
  fail_unless (strstr (text, what) != NULL, "\"%s\" is not in: %s", what, text);
}

/* Given a transfer that is cut, after which the service is busy for a while,
 * when it comes back, then every frame is shown, and one WARNING has said which
 * task it is, what went wrong, how far it was, and how long it would be tried. */
SCENE_TEST (test_outage_is_told_once)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *how_far = g_strdup_printf ("of %u bytes had come",
      (guint) g_bytes_get_size (scene_get_clip ()));

  cut_at (50, 50);
  script_service ();
  script_trouble (5);
  script_service ();
  check_plays (1);
  text = get_warning (0);
  check_says (text, SCENE_TASK ": the download is held up");
  check_says (text, "the server answered HTTP 503");
  check_says (text, how_far);
  check_says (text, "It is tried 7 more times, for at least another 2 s.");
}

/* Given a service that is busy before the first byte, then it is told as well. */
SCENE_TEST (test_outage_before_the_first_byte)
{
  g_autofree gchar *text = NULL;

  script_trouble (4);
  script_service ();
  check_plays (1);
  text = get_warning (0);
  check_says (text, "no byte of it had come");
}

/* Given two such times with bytes between them, then each is told. */
SCENE_TEST (test_every_outage_is_told)
{
  cut_at (30, 60);
  script_service ();
  script_trouble (5);
  script_service ();
  script_trouble (5);
  script_service ();
  check_plays (2);
}

/* Given a break, or a single answer that is no file, then it is nobody's
 * business but the log's. */
SCENE_TEST (test_single_failure_is_not_told)
{
  cut_at (30, 60);
  script_service ();
  script_trouble (1);
  script_service ();
  check_plays (0);
  fail_unless (scene_get_stat (scene, "reconnects") >= 2);
}

/* Given a service that never comes back, then one WARNING precedes the ERROR. */
SCENE_TEST (test_outage_for_good)
{
  g_autofree gchar *text = NULL;

  g_object_set (scene->src, "retries", 3, NULL);
  cut_at (50, 50);
  script_service ();
  script_trouble (1000);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_message (scene, GST_MESSAGE_WARNING);
  text = get_warning (0);
  check_says (text, "It is tried 2 more times");
  scene_wait_error (scene, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_WARNING), 1);
}

/* Given retries that end with the second failure, then the ERROR says it all. */
SCENE_TEST (test_no_warning_without_another_try)
{
  g_object_set (scene->src, "retries", 1, NULL);
  script_trouble (1000);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_error (scene, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_WARNING), 0);
}

/* Given a download in the middle, when the service closes its port for a while,
 * so that connections are refused, then that is told, and when it is back the
 * video goes on where it was. */
SCENE_TEST (test_refused_in_the_middle)
{
  guint64 half = g_bytes_get_size (scene_get_clip ()) / 2;
  VeoSimTransfer transfer = {.stall_after = half,.stall_ms = VEO_SIM_FOR_EVER,
    .stall_times = 1
  };
  g_autofree gchar *text = NULL;

  veo_sim_set_transfer (scene->sim, SCENE_TASK, &transfer);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_content_bytes (scene->sim, half, 30000));
  veo_sim_set_refusing (scene->sim, TRUE);
  veo_sim_drop_connections (scene->sim);
  scene_wait_message (scene, GST_MESSAGE_WARNING);
  veo_sim_set_refusing (scene->sim, FALSE);
  scene_wait_eos (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  text = get_warning (0);
  check_says (text, "could not be reached");
}

/* Given a link to a port that is closed, when somebody listens there after a
 * while, then the video plays. */
SCENE_TEST (test_refused_at_the_first_request)
{
  VeoSim *storage = veo_sim_new (NULL, NULL);
  VeoSimOptions options = {.port = veo_sim_get_port (storage) };
  g_autofree gchar *link = g_strconcat (veo_sim_get_url (storage),
      "/clip.mp4", NULL);

  veo_sim_free (storage);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, link);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_message (scene, GST_MESSAGE_WARNING);
  storage = veo_sim_new (&options, NULL);
  fail_unless (storage != NULL);
  veo_sim_add_file (storage, "/clip.mp4", scene_get_clip (), "video/mp4");
  scene_wait_eos (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  veo_sim_free (storage);
}

static void
note_link (GstElement * src, GstElement * source, gchar ** link)
{
  g_object_get (src, "video-url", link, NULL);
}

/* Given links that each die after a fifth of the file, when one after the
 * other is asked for, then the video comes whole, and nobody hears of it but
 * who reads the statistics and the link, which is the last one. */
SCENE_TEST (test_links_die_again_and_again)
{
  g_autofree gchar *first = NULL;
  g_autofree gchar *last = NULL;
  VeoSimTransfer transfer = {
    .expires_bytes = g_bytes_get_size (scene_get_clip ()) / 5 + 1
  };

  scene_use_two_origins (scene, "127.0.0.2");
  veo_sim_set_transfer (scene->sim, SCENE_TASK, &transfer);
  g_signal_connect (scene->src, "source-setup", G_CALLBACK (note_link), &first);
  check_plays (0);
  fail_unless_equals_uint64 (scene_get_stat (scene, "link-refreshes"), 4);
  g_object_get (scene->src, "video-url", &last, NULL);
  fail_unless (first && last && strcmp (first, last) != 0, "%s", first);
}

static gint logged;             /* atomic: reconnects in the log */

static void
count_reconnects (GstDebugCategory * category, GstDebugLevel level,
    const gchar * file, const gchar * function, gint line, GObject * object,
    GstDebugMessage * message, gpointer data)
{
  if (level == GST_LEVEL_INFO
      && g_str_equal (gst_debug_category_get_name (category), "veohttpsrc")
      && strstr (gst_debug_message_get (message), "the download goes on"))
    g_atomic_int_inc (&logged);
}

/* Given a log at INFO, when a download is cut many times, then every reconnect
 * that is counted is in it. */
SCENE_TEST (test_every_reconnect_is_logged)
{
  VeoSimTransfer transfer = {
    .cut_every = g_bytes_get_size (scene_get_clip ()) / 6 + 1
  };

  veo_sim_set_transfer (scene->sim, SCENE_TASK, &transfer);
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (count_reconnects, NULL, NULL);
  gst_debug_set_threshold_from_string ("veohttpsrc:4", FALSE);
  check_plays (0);
  gst_debug_remove_log_function (count_reconnects);
  fail_unless (g_atomic_int_get (&logged) >= 4);
  fail_unless_equals_uint64 (scene_get_stat (scene, "reconnects"),
      g_atomic_int_get (&logged));
}

static Suite *
outage_suite (void)
{
  Suite *suite = suite_create ("outage");
  TCase *tcase = tcase_create ("outage");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_test (tcase, test_outage_is_told_once);
  tcase_add_test (tcase, test_outage_before_the_first_byte);
  tcase_add_test (tcase, test_every_outage_is_told);
  tcase_add_test (tcase, test_single_failure_is_not_told);
  tcase_add_test (tcase, test_outage_for_good);
  tcase_add_test (tcase, test_no_warning_without_another_try);
  tcase_add_test (tcase, test_refused_in_the_middle);
  tcase_add_test (tcase, test_refused_at_the_first_request);
  tcase_add_test (tcase, test_links_die_again_and_again);
  tcase_add_test (tcase, test_every_reconnect_is_logged);
  return suite;
}

GST_CHECK_MAIN (outage);
