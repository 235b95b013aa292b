/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The key and the query of a signed link: where they must not be seen. Where
 * the key goes is in origins.c. */
#include "abroad.h"
#include "exposure.h"

#include <glib/gstdio.h>

static Scene *scene;

#define CONTENT "/v1/videos/" SCENE_TASK "/content"

/* Of the signed link: what makes it one. */
static gchar *
dup_signature (void)
{
  g_autofree gchar *link = veo_sim_task_get_signed_link (scene->sim,
      SCENE_TASK);

  return g_strdup (strstr (link, "Signature=") + strlen ("Signature="));
}

static void
check_lacks (const gchar * seen, const gchar * secret)
{
  const gchar *found = secret ? strstr (seen, secret) : NULL;
  const gchar *start = found;
  g_autofree gchar *before = NULL;

  while (start && start > seen && found - start < 120)
    start--;
  before = found ? g_strndup (start, found - start) : NULL;
  fail_unless (found == NULL, "a secret is shown after: %s", before);
}

/* Ends the run and searches all it has shown. */
static void
check_shown (GString * seen, const gchar * signature)
{
  g_autofree gchar *messages = NULL;
  g_autofree gchar *log = NULL;

  gst_element_set_state (scene->pipeline, GST_STATE_READY);
  scene_drain (scene);
  exposure_look (seen, scene->pipeline);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  exposure_look (seen, scene->pipeline);
  messages = scene_dump_messages (scene);
  log = exposure_stop_log ();
  /* the search is worth something only where there is something to see; of
   * polls nothing is logged */
  fail_unless (strstr (messages, SCENE_TASK) != NULL);
  fail_unless (strlen (log) > 0
      || !scene_count_progress (scene, GST_PROGRESS_TYPE_COMPLETE));
  check_lacks (seen->str, SCENE_KEY);
  check_lacks (messages, SCENE_KEY);
  check_lacks (log, SCENE_KEY);
  check_lacks (seen->str, signature);
  check_lacks (messages, signature);
  check_lacks (log, signature);
}

/* Until a frame, or a byte of the container, is at the sink. */
static void
wait_data (void)
{
  SceneSink *sink = NULL;

  while (!sink || !sink->buffers) {
    g_usleep (1000);
    sink = scene_get_sink (scene, "src");
    if (!sink)
      sink = scene_get_sink (scene, "video_0");
  }
}

/* Given a signed link at another origin, when its clip plays in any output,
 * then neither it nor the key is seen: not while the task is waited for, not
 * while data flows, not at the end; only video-url tells the link. */
SCENE_TEST (test_run_that_plays)
{
  VeoSimTransfer stall = {.stall_ms = VEO_SIM_FOR_EVER,.stall_times = 1 };
  g_autofree gchar *signature = NULL;
  g_autofree gchar *url = NULL;
  GString *seen = g_string_new (NULL);

  scene_use_two_origins (scene, "127.0.0.2");
  signature = dup_signature ();
  stall.stall_after = g_bytes_get_size (scene_get_clip ()) * 3 / 4;
  veo_sim_set_transfer (scene->sim, NULL, &stall);
  g_object_set (scene->src, "output", __i__, NULL);
  exposure_start_log ();
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, 10000));
  exposure_look (seen, scene->pipeline);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  wait_data ();
  exposure_look (seen, scene->pipeline);
  veo_sim_release (scene->sim);
  scene_wait_eos (scene);
  exposure_look (seen, scene->pipeline);
  g_object_get (scene->src, "video-url", &url, NULL);
  fail_unless (strstr (url, signature) != NULL);
  /* the source's location was looked at: what is left of it is there */
  fail_unless (strstr (seen->str, "/files/") != NULL);
  check_shown (seen, signature);
  g_string_free (seen, TRUE);
}

#define SIGNED_CLIP ABROAD_CLIP "?Signature=hush"

/* A link of the service itself that has a signature; told at once, after a
 * redirect, in JSON, or when another link has expired. */
static void
tell_signed_link (guint way)
{
  g_autofree gchar *link = g_strconcat (veo_sim_get_url (scene->sim),
      SIGNED_CLIP, NULL);
  g_autofree gchar *old = g_strconcat (veo_sim_get_url (scene->sim),
      "/old.mp4?Signature=hush", NULL);
  g_autofree gchar *json = g_strdup_printf ("{\"url\":\"%s\"}", link);
  g_autofree gchar *fresh = NULL;
  VeoSimAnswer as_it_is = { 0 };

  veo_sim_add_file (scene->sim, ABROAD_CLIP, scene_get_clip (), "video/mp4");
  if (way == 0) {
    veo_sim_task_set_link (scene->sim, SCENE_TASK, link);
  } else if (way == 1) {
    abroad_redirect (scene->sim, CONTENT, 302, link);
  } else if (way == 2) {
/* *INDENT-OFF* */
    veo_sim_script_path (scene->sim, CONTENT,
        &(VeoSimAnswer) {.status = 200,.body = json});
/* *INDENT-ON* */
  } else {
    veo_sim_task_set_link (scene->sim, SCENE_TASK, old);
    veo_sim_script_status (scene->sim, SCENE_TASK, &as_it_is);
    fresh = g_strdup_printf ("{\"status\":\"completed\",\"url\":\"%s\"}", link);
    veo_sim_script_body (scene->sim, SCENE_TASK, 200, fresh);
  }
}

static void
check_request (const gchar * path)
{
  g_auto (VeoSimRequest) request = { 0 };

  fail_unless (veo_sim_get_request (scene->sim, "GET", path, 0, &request));
  fail_unless_equals_string (request.authorization, "Bearer " SCENE_KEY);
  fail_unless (request.has_query);
}

/* Given the key in the environment and a signed link that needs it too, in
 * whatever way the service tells it, when the clip plays, then neither is seen
 * while the source has both. */
SCENE_TEST (test_source_that_has_both)
{
  VeoSimTransfer stall = {.stall_ms = VEO_SIM_FOR_EVER,.stall_times = 1 };
  GString *seen = g_string_new (NULL);

  g_object_set (scene->src, "api-key", NULL, NULL);
  g_setenv ("VEO_API_KEY", SCENE_KEY, TRUE);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  tell_signed_link (__i__);
  stall.stall_after = g_bytes_get_size (scene_get_clip ()) * 3 / 4;
  veo_sim_set_transfer (scene->sim, ABROAD_CLIP, &stall);
  exposure_start_log ();
  scene_set_state (scene, GST_STATE_PLAYING);
  wait_data ();
  check_request (ABROAD_CLIP);
  exposure_look (seen, scene->pipeline);
  /* the source was looked at */
  fail_unless (strstr (seen->str, "GstVeoHttpSrc.location=http") != NULL);
  veo_sim_release (scene->sim);
  scene_wait_eos (scene);
  check_shown (seen, "hush");
  g_string_free (seen, TRUE);
}

/* Services that repeat what they were sent. */

#define ECHO SCENE_KEY

/* *INDENT-OFF* */
static const VeoSimAnswer echoes[] = {
  {.status = 401,.body =
        "{\"error\":{\"message\":\"Invalid key " ECHO "\",\"code\":\"" ECHO
        "\",\"type\":\"" ECHO "\"}}"},
  {.status = 403,.headers = "Content-Type: text/plain",.body =
        "Bearer " ECHO " is not allowed here"},
  {.status = 418,.headers = "Content-Type: text/html",.body =
        "<html><title>" ECHO "</title><body>" ECHO "</body></html>"},
  {.status = 503,.headers = "X-Request-Id: " ECHO "\nX-Oneapi-Request-Id: " ECHO,
      .body = ECHO},
  {.status = 200,.body = "Authorization: Bearer " ECHO,.headers =
        "Content-Type: text/plain"},
  {.status = 200,.body =
        "{\"status\":\"failed\",\"error\":{\"message\":\"" ECHO
        "\",\"code\":\"" ECHO "\"}}"},
  {.status = 200,.body =
        "{\"status\":\"completed\",\"model\":\"" ECHO "\",\"size\":\"" ECHO
        "\",\"id\":\"" ECHO "\",\"video_url\":\"" CONTENT "\"}"},
  {.status = 200,.body =
        "{\"status\":\"completed\",\"video_url\":\"file:///" ECHO "?k=" ECHO
        "\"}"},
  {.status = 302,.headers = "Location: https://127.0.0.1/login?token=" ECHO},
  {.status = 302,.headers = "Location: file:///" ECHO},
};
/* *INDENT-ON* */

/* Given a service that repeats the key in any place of its answer, when that is
 * told, then without the key. */
SCENE_TEST (test_service_that_repeats_the_key)
{
  GString *seen = g_string_new (NULL);

  g_object_set (scene->src, "retries", 1, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_script_status (scene->sim, SCENE_TASK, &echoes[__i__]);
  exposure_start_log ();
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_message (scene, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  exposure_look (seen, scene->pipeline);
  check_shown (seen, NULL);
  g_string_free (seen, TRUE);
}

/* Given a download that is refused in words that repeat key and link, when the
 * run fails, then neither is seen. */
SCENE_TEST (test_download_that_fails)
{
  static const guint codes[] = { 403, 404, 500, 200 };
  GString *seen = g_string_new (NULL);
  g_autofree gchar *signature = NULL;
  g_autofree gchar *link = NULL;
  g_autofree gchar *body = NULL;
  VeoSimAnswer refusal = {.status = codes[__i__],.headers =
        "Content-Type: text/plain"
  };

  scene_use_two_origins (scene, "127.0.0.2");
  signature = dup_signature ();
  link = veo_sim_task_get_signed_link (scene->sim, SCENE_TASK);
  body = g_strdup_printf ("Sorry, %s is not for %s, ask anew", link, SCENE_KEY);
  refusal.body = body;
  veo_sim_script_content (scene->sim, SCENE_TASK, &refusal);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  g_object_set (scene->src, "retries", 1, NULL);
  exposure_start_log ();
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_message (scene, GST_MESSAGE_ERROR);
  exposure_look (seen, scene->pipeline);
  check_shown (seen, signature);
  g_string_free (seen, TRUE);
}

/* Given a proxy with a password, when it cannot be reached, then the password
 * is not seen. */
SCENE_TEST (test_proxy_password)
{
  GString *seen = g_string_new (NULL);
  g_autofree gchar *proxy = NULL;

  /* port 1: nobody listens there */
  g_object_set (scene->src, "proxy", "http://me:hush-hush@127.0.0.1:1",
      "retries", 1, NULL);
  g_object_get (scene->src, "proxy", &proxy, NULL);
  fail_unless (strstr (proxy, "***") != NULL, "%s", proxy);
  exposure_start_log ();
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_message (scene, GST_MESSAGE_ERROR);
  exposure_look (seen, scene->pipeline);
  check_shown (seen, "hush-hush");
  g_string_free (seen, TRUE);
}

/* gst-launch-1.0. */

static gchar *
read_dots (const gchar * directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  GString *all = g_string_new (NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (directory, name, NULL);
    g_autofree gchar *text = NULL;

    fail_unless (g_file_get_contents (path, &text, NULL, NULL));
    g_string_append (all, text);
    g_unlink (path);
  }
  g_rmdir (directory);
  return g_string_free (all, FALSE);
}

/* The plugin of a sanitized build can be loaded only after the sanitizer's
 * library, which gst-launch-1.0 does not bring: it is the one this test has.
 * libproxy throws exceptions, which the sanitizer must find at the start. */
static gchar **
preload_sanitizer (gchar ** environment)
{
  g_autofree gchar *maps = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL))
    return environment;
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    g_autofree gchar *preload = NULL;

    if (!strstr (lines[i], "/libasan.so"))
      continue;
    preload = g_strconcat (strchr (lines[i], '/'), ":libstdc++.so.6", NULL);
    return g_environ_setenv (environment, "LD_PRELOAD", preload, TRUE);
  }
  return environment;
}

static gchar **
make_environment (const gchar * dots)
{
  gchar **environment = preload_sanitizer (g_get_environ ());

  /* leaks are searched for in the tests themselves */
  environment = g_environ_setenv (environment, "ASAN_OPTIONS",
      "detect_leaks=0", TRUE);
  environment = g_environ_setenv (environment, "VEO_API_KEY", SCENE_KEY, TRUE);
  environment = g_environ_setenv (environment, "GST_DEBUG", "veo*:9", TRUE);
  environment = g_environ_setenv (environment, "GST_DEBUG_NO_COLOR", "1", TRUE);
  return g_environ_setenv (environment, "GST_DEBUG_DUMP_DOT_DIR", dots, TRUE);
}

/* Given the key in the environment, when gst-launch-1.0 -m -v plays a signed
 * link with the full log, or the content address with that of souphttpsrc too,
 * then its output and its dot files show neither. */
SCENE_TEST (test_gst_launch)
{
  g_autofree gchar *dots = g_dir_make_tmp ("veosrc-dots-XXXXXX", NULL);
  g_auto (GStrv) environment = make_environment (dots);
  g_autofree gchar *base = NULL;
  g_autofree gchar *signature = NULL;
  g_autofree gchar *output = NULL;
  g_autofree gchar *log = NULL;
  g_autofree gchar *dot = NULL;
  g_autoptr (GError) error = NULL;
  gchar *arguments[] = { (gchar *) "gst-launch-1.0", (gchar *) "-m",
    (gchar *) "-v", (gchar *) "veosrc", (gchar *) "task-id=" SCENE_TASK, NULL,
    (gchar *) "!", (gchar *) "fakesink", NULL
  };
  gint status;

  scene_use_two_origins (scene, "127.0.0.2");
  if (__i__ == 1) {
    veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_CONTENT);
    /* this source would log its headers */
    environment = g_environ_setenv (environment, "GST_DEBUG",
        "veo*:9,souphttpsrc:9", TRUE);
  }
  signature = dup_signature ();
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  base = g_strconcat ("base-url=", veo_sim_get_url (scene->sim), NULL);
  arguments[5] = base;
  fail_unless (g_spawn_sync (NULL, arguments, environment, G_SPAWN_SEARCH_PATH,
          NULL, NULL, &output, &log, &status, &error), "%s",
      error ? error->message : "");
  dot = read_dots (dots);
  fail_unless (g_spawn_check_wait_status (status, NULL));
  fail_unless (strstr (output, "veo-task") != NULL);
  fail_unless (strlen (dot) > 1000);
  check_lacks (output, SCENE_KEY);
  check_lacks (output, signature);
  check_lacks (log, SCENE_KEY);
  check_lacks (log, signature);
  check_lacks (dot, SCENE_KEY);
  /* of a long link a dot file has only the beginning */
  check_lacks (dot, "?Expires=");
}

static Suite *
secrets_suite (void)
{
  Suite *suite = suite_create ("secrets");
  TCase *tcase = tcase_create ("secrets");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, test_run_that_plays, 0, 3);
  tcase_add_loop_test (tcase, test_source_that_has_both, 0, 4);
  tcase_add_loop_test (tcase, test_service_that_repeats_the_key, 0,
      G_N_ELEMENTS (echoes));
  tcase_add_loop_test (tcase, test_download_that_fails, 0, 4);
  tcase_add_test (tcase, test_proxy_password);
  tcase_add_loop_test (tcase, test_gst_launch, 0, 2);
  return suite;
}

GST_CHECK_MAIN (secrets);
