/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whom the element talks to: where the key goes, which addresses are opened,
 * and what a URI can change about that. */
#include "names.h"
#include "verdict.h"

static Scene *scene;

#define CONTENT "/v1/videos/" SCENE_TASK "/content"
#define STATUS "/v1/videos/" SCENE_TASK

/* The key has one way to go. */

static guint16
get_files_port (void)
{
  const gchar *url = veo_sim_get_files_url (scene->sim);

  return (guint16) g_ascii_strtoull (strrchr (url, ':') + 1, NULL, 10);
}

static void
check_key_stayed_home (void)
{
  guint16 foreign = get_files_port ();
  guint n = veo_sim_count_requests (scene->sim, NULL, NULL);
  guint abroad = 0;

  for (guint i = 0; i < n; i++) {
    g_auto (VeoSimRequest) request = { 0 };

    fail_unless (veo_sim_get_request (scene->sim, NULL, NULL, i, &request));
    if (request.local_port == foreign) {
      fail_unless (request.authorization == NULL,
          "the key was sent to %s, %s", request.host, request.path);
      abroad++;
    } else {
      fail_unless_equals_string (request.authorization, "Bearer " SCENE_KEY);
    }
  }
  fail_unless (abroad > 0, "no request left the base origin");
}

static void
redirect (const gchar * path, guint status, const gchar * target)
{
  g_autofree gchar *headers = g_strdup_printf ("Location: %s", target);
  VeoSimAnswer answer = {.status = status,.headers = headers };

  veo_sim_script_path (scene->sim, path, &answer);
}

static void
send_poll_abroad (guint status)
{
  g_autofree gchar *target = g_strconcat (veo_sim_get_files_url (scene->sim),
      "/moved", NULL);
  VeoSimAnswer answer = {.status = 200,.body =
        "{\"status\":\"completed\",\"video_url\":\"" CONTENT "\"}"
  };

  redirect (STATUS, status, target);
  veo_sim_script_path (scene->sim, "/moved", &answer);
}

static void
send_download_abroad (guint status)
{
  g_autofree gchar *link = veo_sim_task_get_signed_link (scene->sim,
      SCENE_TASK);

  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_CONTENT);
  redirect (CONTENT, status, link);
}

static void
tell_link_in_content (void)
{
  g_autofree gchar *link = veo_sim_task_get_signed_link (scene->sim,
      SCENE_TASK);
  g_autofree gchar *body = g_strdup_printf ("{\"url\":\"%s\"}", link);
  VeoSimAnswer answer = {.status = 200,.body = body };

  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_CONTENT);
  veo_sim_script_path (scene->sim, CONTENT, &answer);
}

#define N_WAYS_ABROAD 7

static void
find_a_way_abroad (guint way)
{
  switch (way) {
    case 0:
      break;                    /* the signed link itself */
    case 1:
      send_poll_abroad (302);
      break;
    case 2:
      send_poll_abroad (307);
      break;
    case 3:
      send_download_abroad (301);
      break;
    case 4:
      send_download_abroad (302);
      break;
    case 5:
      send_download_abroad (308);
      break;
    default:
      tell_link_in_content ();
  }
}

/* Given another host, or another port of the same one, when a link or a
 * redirect leads there, then the clip plays, and the key stayed at home. */
SCENE_TEST (test_key_stays_at_the_base_origin)
{
  scene_use_two_origins (scene,
      __i__ < N_WAYS_ABROAD ? "127.0.0.2" : "127.0.0.1");
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  find_a_way_abroad (__i__ % N_WAYS_ABROAD);
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  check_key_stayed_home ();
}

/* Given a key with blanks and a line break around it, as files have them, when
 * it is sent, then without them. */
SCENE_TEST (test_key_is_stripped)
{
  g_object_set (scene->src, "api-key", " \t" SCENE_KEY "\r\n", NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_ERROR), 0);
}

/* Given a key in the environment with a line break inside, or another character
 * that no header carries, when the element goes to PAUSED, then that fails with
 * SETTINGS before any request, and no part of the key is told. */
SCENE_TEST (test_bad_key_of_the_environment)
{
  static const gchar *const keys[] = { "sk-hush\r\nX-Evil: 1", "sk-hush\n1",
    "sk-hush\x7f", "sk-hush-\xc3\xa9"
  };
  g_autofree gchar *messages = NULL;

  g_setenv ("VEO_API_KEY", keys[__i__], TRUE);
  g_object_set (scene->src, "api-key", NULL, NULL);
  fail_unless_equals_int (gst_element_set_state (scene->pipeline,
          GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  scene_wait_error (scene, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, NULL, NULL), 0);
  messages = scene_dump_messages (scene);
  fail_unless (strstr (messages, "hush") == NULL, "%s", messages);
}

/* Given the key's property, when it is asked for, then it cannot be read. */
SCENE_TEST (test_key_is_write_only)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS
      (scene->src), "api-key");

  fail_unless (spec->flags & G_PARAM_WRITABLE);
  fail_if (spec->flags & G_PARAM_READABLE);
}

/* Public services and private addresses. */

static void
use_public_base (void)
{
  g_autofree gchar *base = g_strdup_printf ("http://" NAMES_PUBLIC ":%u",
      veo_sim_get_port (scene->sim));

  names_install ();
  g_object_set (scene->src, "base-url", base, NULL);
}

static const gchar *const private_links[] = {
  "http://127.0.0.1:%u/secret.mp4?q=hush",
  "http://localhost:%u/secret.mp4?q=hush",
  "http://[::1]:%u/secret.mp4?q=hush",
  "http://[::ffff:127.0.0.1]:%u/secret.mp4?q=hush",
  "http://169.254.169.254:%u/secret.mp4?q=hush",
  "http://10.1.2.3:%u/secret.mp4?q=hush",
  "http://2130706433:%u/secret.mp4?q=hush",
};

static gchar *
dup_private_link (guint i)
{
  g_autofree gchar *port = g_strdup_printf ("%u",
      veo_sim_get_port (scene->sim));
  g_auto (GStrv) halves = g_strsplit (private_links[i], "%u", 2);

  return g_strjoinv (port, halves);
}

static void
check_nothing_fetched (void)
{
  guint n = veo_sim_count_requests (scene->sim, NULL, "/secret");

  fail_unless_equals_int (n, 0);
}

/* Given a service with a public name, when its link names a private address,
 * then it is not opened, and NOT_FOUND says why, without the link's query. */
SCENE_TEST (test_private_link_of_a_public_service)
{
  g_autofree gchar *link = dup_private_link (__i__);
  g_autofree gchar *messages = NULL;
  Verdict verdict = { GST_RESOURCE_ERROR_NOT_FOUND,.status = "completed",
    .http_status = 200,.says = {"private host", "base-url"}
  };

  use_public_base ();
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, link);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, link);
  check_nothing_fetched ();
  messages = scene_dump_messages (scene);
  fail_unless (strstr (messages, "hush") == NULL, "the query is told");
  names_remove ();
}

/* Given the same, when the content address redirects to a private address, then
 * it is not followed. */
SCENE_TEST (test_private_redirect_of_a_public_service)
{
  g_autofree gchar *link = dup_private_link (__i__);
  Verdict verdict = { GST_RESOURCE_ERROR_NOT_FOUND,.status = "completed",
    .phase = VERDICT_COMPLETED,.http_status = 302,.says = {"private host"}
  };

  use_public_base ();
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, CONTENT);
  redirect (CONTENT, 302, link);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, link);
  check_nothing_fetched ();
  names_remove ();
}

/* Given the same, when the answer to a poll redirects to a private address, then
 * it is not followed, and the ERROR does not tell the query. */
SCENE_TEST (test_private_redirect_of_a_poll)
{
  g_autofree gchar *link = dup_private_link (__i__);
  g_autofree gchar *messages = NULL;
  Verdict verdict = { GST_RESOURCE_ERROR_OPEN_READ,.attempts = 1,
    .http_status = 302,.says = {"private host"}
  };

  use_public_base ();
  redirect (STATUS, 302, link);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, link);
  check_nothing_fetched ();
  messages = scene_dump_messages (scene);
  fail_unless (strstr (messages, "hush") == NULL, "the query is told");
  names_remove ();
}

/* Given a relay that does not know its public name, when it calls the content
 * address http://localhost:3000/..., then it is fetched from the base, with the
 * key. */
SCENE_TEST (test_content_address_under_a_private_name)
{
  g_auto (VeoSimRequest) request = { 0 };

  use_public_base ();
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK,
      "http://localhost:3000" CONTENT);
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless (veo_sim_get_request (scene->sim, "GET", CONTENT, 0, &request));
  fail_unless_equals_string (request.authorization, "Bearer " SCENE_KEY);
  names_remove ();
}

/* Given plain http to another machine, when a key is sent there, then a WARNING
 * says so, once; not for this machine, and not without a key. */
SCENE_TEST (test_plain_http_warning)
{
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  if (__i__ != 1)
    use_public_base ();
  if (__i__ == 2) {
    g_object_set (scene->src, "api-key", NULL, NULL);
    veo_sim_set_api_key (scene->sim, NULL);
  }
  scene_play (scene);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_WARNING),
      __i__ == 0 ? 1 : 0);
  if (__i__ != 1)
    names_remove ();
}

/* URIs. */

static const gchar *const bad_uris[] = {
  "veo:a/b", "veo://127.0.0.2/a", "veo:a?base-url=http://127.0.0.2",
  "veo:a#b", "veo:user@127.0.0.2", "veo://user:pw@127.0.0.2/a", "veo:",
  "veo:a%00b", "veo:a%0d%0ab", "veo:..", "veo:%2e%2e", "http://127.0.0.2/a",
};

/* Given a URI with more in it than an id, when it is set, then it is
 * BAD_URI, and the task stays what it was. */
SCENE_TEST (test_bad_uri)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *task_id = NULL;

  fail_if (gst_uri_handler_set_uri (GST_URI_HANDLER (scene->src),
          bad_uris[__i__], &error));
  fail_unless (error && error->domain == GST_URI_ERROR, "%s", bad_uris[__i__]);
  g_object_get (scene->src, "task-id", &task_id, NULL);
  fail_unless_equals_string (task_id, SCENE_TASK);
}

/* Given a URI whose escapes hide a host or a path, when it is played, then they
 * are letters of the id: the request goes to the base, below /v1/videos. */
SCENE_TEST (test_escapes_in_a_uri_are_letters)
{
  static const gchar *const uris[][2] = {
    {"veo:x%40127.0.0.2", "/v1/videos/x%40127.0.0.2"},
    {"veo:..%2F..%2Fadmin", "/v1/videos/..%2F..%2Fadmin"},
    {"veo:a%3Fb%23c", "/v1/videos/a%3Fb%23c"},
    {"veo:a%252Fb", "/v1/videos/a%252Fb"},
  };
  g_auto (VeoSimRequest) request = { 0 };

  fail_unless (gst_uri_handler_set_uri (GST_URI_HANDLER (scene->src),
          uris[__i__][0], NULL));
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, 10000));
  fail_unless (veo_sim_get_request (scene->sim, "GET", NULL, 0, &request));
  fail_unless_equals_string (request.path, uris[__i__][1]);
  fail_if (request.has_query);
  fail_unless_equals_string (request.authorization, "Bearer " SCENE_KEY);
}

/* Given an id that would be a path, a query or another host, when its task is
 * polled and played, then it is one segment of the address, also of the content
 * address, and nothing else is asked for. */
SCENE_TEST (test_id_stays_one_segment)
{
  static const gchar *const ids[][2] = {
    {"../../admin", "..%2F..%2Fadmin"},
    {"a/../../b", "a%2F..%2F..%2Fb"},
    {"//127.0.0.2/x", "%2F%2F127.0.0.2%2Fx"},
    {"a?key=1#top", "a%3Fkey%3D1%23top"},
    {"%2e%2e", "%252e%252e"},
    {"a\\..\\b;c d", "a%5C..%5Cb%3Bc%20d"},
    {"veo3.1-fast:1770~x_", "veo3.1-fast:1770~x_"},
  };
  const gchar *id = ids[__i__][0];
  g_autofree gchar *task = g_strconcat ("/v1/videos/", ids[__i__][1], NULL);
  g_autofree gchar *content = g_strconcat (task, "/content", NULL);
  guint all;

  veo_sim_add_task (scene->sim, id, "queued");
  veo_sim_task_set_link_kind (scene->sim, id, VEO_SIM_LINK_NONE);
  veo_sim_task_complete (scene->sim, id);
  g_object_set (scene->src, "task-id", id, NULL);
  scene_play (scene);
  all = veo_sim_count_requests (scene->sim, NULL, NULL);
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, "GET", task),
      all);
  fail_unless (veo_sim_count_requests (scene->sim, "GET", content) > 0);
  for (guint i = 0; i < all; i++) {
    g_auto (VeoSimRequest) request = { 0 };

    fail_unless (veo_sim_get_request (scene->sim, NULL, NULL, i, &request));
    fail_if (request.has_query);
  }
}

static Suite *
origins_suite (void)
{
  Suite *suite = suite_create ("origins");
  TCase *tcase = tcase_create ("origins");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, test_key_stays_at_the_base_origin, 0,
      2 * N_WAYS_ABROAD);
  tcase_add_test (tcase, test_key_is_stripped);
  tcase_add_loop_test (tcase, test_bad_key_of_the_environment, 0, 4);
  tcase_add_test (tcase, test_key_is_write_only);
  tcase_add_loop_test (tcase, test_private_link_of_a_public_service, 0,
      G_N_ELEMENTS (private_links));
  tcase_add_loop_test (tcase, test_private_redirect_of_a_public_service, 0,
      G_N_ELEMENTS (private_links));
  tcase_add_loop_test (tcase, test_private_redirect_of_a_poll, 0,
      G_N_ELEMENTS (private_links));
  tcase_add_test (tcase, test_content_address_under_a_private_name);
  tcase_add_loop_test (tcase, test_plain_http_warning, 0, 3);
  tcase_add_loop_test (tcase, test_bad_uri, 0, G_N_ELEMENTS (bad_uris));
  tcase_add_loop_test (tcase, test_escapes_in_a_uri_are_letters, 0, 4);
  tcase_add_loop_test (tcase, test_id_stays_one_segment, 0, 7);
  return suite;
}

GST_CHECK_MAIN (origins);
