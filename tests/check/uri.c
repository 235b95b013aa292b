/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* veo: URIs, and the players that are built on them. */
#include "scene.h"

static Scene *scene;

#define PATIENCE_MS (SCENE_PATIENCE / GST_MSECOND)
#define FRAMES (2 * VEO_SIM_CLIP_FPS)

static gboolean
set_uri (const gchar * uri, GError ** error)
{
  return gst_uri_handler_set_uri (GST_URI_HANDLER (scene->src), uri, error);
}

static gchar *
get_task_id (GstElement * src)
{
  gchar *id = NULL;

  g_object_get (src, "task-id", &id, NULL);
  return id;
}

typedef struct
{
  const gchar *uri;
  const gchar *id;
  const gchar *canonical;
} Uri;

static const Uri good_uris[] = {
  {"veo:video_abc123", "video_abc123", "veo:video_abc123"},
  {"veo://video_abc123", "video_abc123", "veo:video_abc123"},
  {"VEO:Video_ABC", "Video_ABC", "veo:Video_ABC"},
  {"veo://Video_ABC", "Video_ABC", "veo:Video_ABC"},
  {"veo:veo3.1-fast:1770350082-trii1OXZc3",
        "veo3.1-fast:1770350082-trii1OXZc3",
      "veo:veo3.1-fast:1770350082-trii1OXZc3"},
  {"veo://veo3.1:80", "veo3.1:80", "veo:veo3.1:80"},
  {"veo:a%2Fb%3Fc%23d%40e", "a/b?c#d@e", "veo:a%2Fb%3Fc%23d%40e"},
  {"veo:a%2fb", "a/b", "veo:a%2Fb"},
  /* once, not twice */
  {"veo:a%252Fb", "a%2Fb", "veo:a%252Fb"},
  {"veo:%76ideo%5f1", "video_1", "veo:video_1"},
  {"veo:two%20words", "two words", "veo:two%20words"},
  {"veo:%C3%A9t%C3%A9", "\303\251t\303\251", "veo:%C3%A9t%C3%A9"},
  {"veo:a+b=c~d", "a+b=c~d", "veo:a%2Bb%3Dc~d"},
};

/* Given a veo: URI, when it is set, then the id is its raw rest, decoded once,
 * and it reads back in the one canonical form, which means the same. */
SCENE_TEST (test_good_uri)
{
  const Uri *good = &good_uris[__i__];
  g_autoptr (GError) error = NULL;
  g_autofree gchar *id = NULL;
  g_autofree gchar *canonical = NULL;
  g_autofree gchar *again = NULL;

  fail_unless (set_uri (good->uri, &error), "%s", error ? error->message : "");
  id = get_task_id (scene->src);
  fail_unless_equals_string (id, good->id);
  canonical = gst_uri_handler_get_uri (GST_URI_HANDLER (scene->src));
  fail_unless_equals_string (canonical, good->canonical);
  fail_unless (set_uri (canonical, NULL));
  again = get_task_id (scene->src);
  fail_unless_equals_string (again, good->id);
}

static const gchar *const bad_uris[] = {
  "veo:",
  "veo://",
  "veo:a/b",
  "veo://host/video_1",
  "veo:///video_1",
  "veo:video_1/",
  "veo:video_1?base-url=https://evil.example",
  "veo:video_1#t=10",
  "veo:key@evil.example",
  "veo://user:key@evil.example:80",
  "veo:100%",
  "veo:a%zzb",
  "veo:a%00b",
  "veo:a%0Ab",
  "veo:%2E%2E",
  "veo:.",
  "veo:%FF",
};

/* Given a URI that carries more than an id, or an impossible one, when it is
 * set, then it is BAD_URI, with a sentence, and nothing was taken from it. */
SCENE_TEST (test_bad_uri)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *id = NULL;
  g_autofree gchar *url = NULL;

  fail_if (set_uri (bad_uris[__i__], &error), "%s", bad_uris[__i__]);
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI));
  fail_unless (g_str_has_prefix (error->message, "This veo: URI"), "%s",
      error->message);
  fail_unless (strstr (error->message, "Write veo:ID") != NULL);
  fail_unless (g_str_has_suffix (error->message, "."), "%s", error->message);
  fail_if (strstr (error->message, "evil") != NULL, "%s", error->message);
  id = get_task_id (scene->src);
  fail_unless_equals_string (id, SCENE_TASK);
  g_object_get (scene->src, "base-url", &url, NULL);
  fail_unless_equals_string (url, veo_sim_get_url (scene->sim));
}

/* Given an id of more than 1,024 bytes, when it comes as a URI, then it is
 * refused; one of 1,024 is not. */
SCENE_TEST (test_length_of_the_id)
{
  g_autofree gchar *id = g_strnfill (1024, 'x');
  g_autofree gchar *longest = g_strconcat ("veo:", id, NULL);
  g_autofree gchar *longer = g_strconcat (longest, "x", NULL);
  g_autoptr (GError) error = NULL;

  fail_unless (set_uri (longest, NULL));
  fail_if (set_uri (longer, &error));
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI));
}

/* Given a URI with a well-formed id that looks like a host, when it is set,
 * then it is an id: the key goes where base-url says. */
SCENE_TEST (test_host_is_an_id)
{
  g_auto (VeoSimRequest) poll = { 0 };

  fail_unless (set_uri ("veo://evil.example:443", NULL));
  veo_sim_add_task (scene->sim, "evil.example:443", "queued");
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_property (scene, "status", 1);
  fail_unless (veo_sim_get_request (scene->sim, "GET", NULL, 0, &poll));
  fail_unless_equals_string (poll.path, "/v1/videos/evil.example:443");
}

/* Given an id with characters that no path carries, when it is asked for, then
 * it is one escaped segment on the wire. */
SCENE_TEST (test_id_is_one_segment)
{
  g_auto (VeoSimRequest) poll = { 0 };

  fail_unless (set_uri ("veo:a%2Fb%3F%25c", NULL));
  scene_set_state (scene, GST_STATE_PAUSED);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, PATIENCE_MS));
  fail_unless (veo_sim_get_request (scene->sim, "GET", NULL, 0, &poll));
  fail_unless_equals_string (poll.path, "/v1/videos/a%2Fb%3F%25c");
  fail_if (poll.has_query);
}

/* Given an element in PAUSED, when a URI is set, then it is BAD_STATE and the
 * task stays; in READY it is taken again. */
SCENE_TEST (test_bad_state)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *id = NULL;

  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_property (scene, "status", 1);
  fail_if (set_uri ("veo:another", &error));
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE));
  fail_unless (strstr (error->message, "READY or NULL") != NULL);
  id = get_task_id (scene->src);
  fail_unless_equals_string (id, SCENE_TASK);
  scene_set_state (scene, GST_STATE_READY);
  fail_unless (set_uri ("veo:another", NULL));
}

/* Given an element without a task, when its URI is read, then there is none;
 * with a task it is the task's. */
SCENE_TEST (test_uri_of_the_task_id)
{
  g_autofree gchar *none = NULL;
  g_autofree gchar *uri = NULL;

  g_object_set (scene->src, "task-id", NULL, NULL);
  none = gst_uri_handler_get_uri (GST_URI_HANDLER (scene->src));
  fail_unless (none == NULL);
  g_object_set (scene->src, "task-id", "Clip 1/2", NULL);
  uri = gst_uri_handler_get_uri (GST_URI_HANDLER (scene->src));
  fail_unless_equals_string (uri, "veo:Clip%201%2F2");
}

/* Given a veo: URI, when GStreamer looks for an element, then it makes a
 * veosrc of that task. */
SCENE_TEST (test_element_from_uri)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *id = NULL;
  GstElement *src;

  fail_unless (gst_uri_protocol_is_supported (GST_URI_SRC, "veo"));
  fail_if (gst_uri_protocol_is_supported (GST_URI_SINK, "veo"));
  src = gst_element_make_from_uri (GST_URI_SRC, "veo:Video_7", NULL, &error);
  fail_unless (src != NULL, "%s", error ? error->message : "");
  fail_unless (G_OBJECT_TYPE (src) == G_OBJECT_TYPE (scene->src));
  id = get_task_id (src);
  fail_unless_equals_string (id, "Video_7");
  gst_object_unref (src);
}

/* Players. */

/* One that lower-cases a host, or cuts at a colon, does not find this task. */
#define PLAYED_TASK "Veo3:Task_ABC"

typedef struct
{
  GstElement *pipeline;
  GstElement *player;           /* borrowed */
  gint frames;
} Player;

static void
count_frame (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    Player * player)
{
  g_atomic_int_inc (&player->frames);
}

static GstElement *
make_counter (Player * player)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);

  g_object_set (sink, "signal-handoffs", TRUE, "sync", TRUE, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (count_frame), player);
  return sink;
}

static void
link_stream (GstElement * element, GstPad * pad, Player * player)
{
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  gboolean is_video = gst_structure_has_name (gst_caps_get_structure (caps, 0),
      "video/x-raw");
  GstElement *queue = gst_element_factory_make ("queue", NULL);
  GstElement *sink = is_video ? make_counter (player)
      : gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) peer = gst_element_get_static_pad (queue, "sink");

  gst_bin_add_many (GST_BIN (player->pipeline), queue, sink, NULL);
  gst_element_link (queue, sink);
  gst_element_sync_state_with_parent (sink);
  gst_element_sync_state_with_parent (queue);
  fail_unless_equals_int (gst_pad_link (pad, peer), GST_PAD_LINK_OK);
}

/* Quick tests ask quickly. */
static void
set_up_source (GstElement * player, GstElement * source, gpointer data)
{
  g_object_set (source, "min-poll-interval", 50, "max-poll-interval", 200,
      NULL);
}

static void
make_playbin (Player * player, const gchar * name)
{
  player->pipeline = player->player = gst_element_factory_make (name, NULL);
  g_object_set (player->player, "video-sink", make_counter (player),
      "audio-sink", gst_element_factory_make ("fakesink", NULL), NULL);
}

static void
make_source_bin (Player * player, const gchar * name)
{
  player->pipeline = gst_pipeline_new (NULL);
  player->player = gst_element_factory_make (name, NULL);
  g_signal_connect (player->player, "pad-added", G_CALLBACK (link_stream),
      player);
  gst_bin_add (GST_BIN (player->pipeline), player->player);
}

static void
wait_for_end (Player * player)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (player->pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus,
      SCENE_PATIENCE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

  fail_unless (message != NULL, "neither EOS nor ERROR");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    fail ("%s", error->message);
  }
}

static void
play_uri (Player * player, const gchar * uri)
{
  g_setenv ("VEO_API_KEY", SCENE_KEY, TRUE);
  g_setenv ("VEO_BASE_URL", veo_sim_get_url (scene->sim), TRUE);
  g_signal_connect (player->player, "source-setup", G_CALLBACK (set_up_source),
      NULL);
  g_object_set (player->player, "uri", uri, NULL);
  fail_unless_equals_int (gst_element_set_state (player->pipeline,
          GST_STATE_PLAYING), GST_STATE_CHANGE_ASYNC);
}

/* Given key and base URL in the environment, when a player is told to play
 * veo:ID of a task that is still running, then it waits, and plays every frame
 * of the clip to EOS. */
SCENE_TEST (test_player)
{
  static const gchar *const players[] = { "playbin", "playbin3",
    "uridecodebin", "uridecodebin3", "urisourcebin"
  };
  const gchar *name = players[__i__];
  Player player = { 0 };

  /* playbin keeps a volume element for ever, also with other sources */
  scene->others_leak = g_str_has_prefix (name, "playbin");
  veo_sim_add_task (scene->sim, PLAYED_TASK, "queued");
  if (g_str_has_prefix (name, "playbin"))
    make_playbin (&player, name);
  else
    make_source_bin (&player, name);
  play_uri (&player, "veo:" PLAYED_TASK);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET",
          "/v1/videos/" PLAYED_TASK, 1, PATIENCE_MS));
  veo_sim_task_complete (scene->sim, PLAYED_TASK);
  wait_for_end (&player);
  fail_unless_equals_int (g_atomic_int_get (&player.frames), FRAMES);
  gst_element_set_state (player.pipeline, GST_STATE_NULL);
  gst_object_unref (player.pipeline);
}

/* Given a player whose task fails, when it fails, then the player's one ERROR
 * is that of veosrc, with the service's words. */
SCENE_TEST (test_player_tells_the_error)
{
  Player player = { 0 };
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  veo_sim_task_fail (scene->sim, SCENE_TASK, "The prompt was refused", "no");
  make_playbin (&player, "playbin3");
  bus = gst_element_get_bus (player.pipeline);
  play_uri (&player, "veo:" SCENE_TASK);
  message = gst_bus_timed_pop_filtered (bus, SCENE_PATIENCE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_FAILED));
  fail_unless (strstr (error->message, "The prompt was refused") != NULL);
  gst_element_set_state (player.pipeline, GST_STATE_NULL);
  gst_object_unref (player.pipeline);
}

static Suite *
uri_suite (void)
{
  Suite *suite = suite_create ("uri");
  TCase *tcase = tcase_create ("uri");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, test_good_uri, 0, G_N_ELEMENTS (good_uris));
  tcase_add_loop_test (tcase, test_bad_uri, 0, G_N_ELEMENTS (bad_uris));
  tcase_add_test (tcase, test_length_of_the_id);
  tcase_add_test (tcase, test_host_is_an_id);
  tcase_add_test (tcase, test_id_is_one_segment);
  tcase_add_test (tcase, test_bad_state);
  tcase_add_test (tcase, test_uri_of_the_task_id);
  tcase_add_test (tcase, test_element_from_uri);
  tcase_add_loop_test (tcase, test_player, 0, 5);
  tcase_add_test (tcase, test_player_tells_the_error);
  return suite;
}

GST_CHECK_MAIN (uri);
