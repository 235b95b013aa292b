/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The key and the query of a signed link: where they go, and where they must
 * not be seen. */
#include "exposure.h"
#include "names.h"
#include "verdict.h"

#include <glib/gstdio.h>

static Scene *scene;

#define CONTENT "/v1/videos/" SCENE_TASK "/content"
#define STATUS "/v1/videos/" SCENE_TASK

/* A service whose signed links are at another origin. */
static void
use_two_origins (const gchar * files_address)
{
  VeoSimOptions options = {.api_key = SCENE_KEY,
    .files_address = files_address
  };
  g_autoptr (GError) error = NULL;

  veo_sim_free (scene->sim);
  scene->sim = veo_sim_new (&options, &error);
  fail_unless (scene->sim != NULL, "%s", error ? error->message : "");
  veo_sim_set_clip (scene->sim, scene_get_clip (), "video/mp4");
  veo_sim_add_task (scene->sim, SCENE_TASK, "queued");
  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_SIGNED);
  g_object_set (scene->src, "base-url", veo_sim_get_url (scene->sim), NULL);
}

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

  use_two_origins ("127.0.0.2");
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

/* Given the key in the environment and a link that needs it, when the clip
 * plays, then the key is not seen while the source has it. */
SCENE_TEST (test_run_with_a_key_from_the_environment)
{
  VeoSimTransfer stall = {.stall_ms = VEO_SIM_FOR_EVER,.stall_times = 1 };
  GString *seen = g_string_new (NULL);

  stall.stall_after = g_bytes_get_size (scene_get_clip ()) * 3 / 4;
  veo_sim_set_transfer (scene->sim, NULL, &stall);
  g_object_set (scene->src, "api-key", NULL, NULL);
  g_setenv ("VEO_API_KEY", SCENE_KEY, TRUE);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  exposure_start_log ();
  scene_set_state (scene, GST_STATE_PLAYING);
  wait_data ();
  exposure_look (seen, scene->pipeline);
  veo_sim_release (scene->sim);
  scene_wait_eos (scene);
  check_shown (seen, NULL);
  g_string_free (seen, TRUE);
}

/* Services that repeat what they were sent. */

#define ECHO SCENE_KEY

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

  use_two_origins ("127.0.0.2");
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
  use_two_origins (__i__ < N_WAYS_ABROAD ? "127.0.0.2" : "127.0.0.1");
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
    .http_status = 200,.no_request = TRUE,.says = {"private host", "base-url"}
  };

  use_public_base ();
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, link);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, link);
  check_nothing_fetched ();
  messages = scene_dump_messages (scene);
  check_lacks (messages, "hush");
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
 * library, which gst-launch-1.0 does not bring: it is the one this test has. */
static gchar **
preload_sanitizer (gchar ** environment)
{
  g_autofree gchar *maps = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL))
    return environment;
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (strstr (lines[i], "/libasan.so"))
      return g_environ_setenv (environment, "LD_PRELOAD",
          strchr (lines[i], '/'), TRUE);
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
 * link with the full log, then its output and its dot files show neither. */
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

  use_two_origins ("127.0.0.2");
  if (__i__ == 1)
    veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_CONTENT);
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
  check_lacks (dot, signature);
}

static Suite *
secrets_suite (void)
{
  Suite *suite = suite_create ("secrets");
  TCase *tcase = tcase_create ("secrets");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, test_run_that_plays, 0, 3);
  tcase_add_test (tcase, test_run_with_a_key_from_the_environment);
  tcase_add_loop_test (tcase, test_service_that_repeats_the_key, 0,
      G_N_ELEMENTS (echoes));
  tcase_add_loop_test (tcase, test_download_that_fails, 0, 4);
  tcase_add_test (tcase, test_proxy_password);
  tcase_add_loop_test (tcase, test_key_stays_at_the_base_origin, 0,
      2 * N_WAYS_ABROAD);
  tcase_add_test (tcase, test_key_is_stripped);
  tcase_add_test (tcase, test_key_is_write_only);
  tcase_add_loop_test (tcase, test_private_link_of_a_public_service, 0,
      G_N_ELEMENTS (private_links));
  tcase_add_loop_test (tcase, test_private_redirect_of_a_public_service, 0,
      G_N_ELEMENTS (private_links));
  tcase_add_test (tcase, test_content_address_under_a_private_name);
  tcase_add_loop_test (tcase, test_plain_http_warning, 0, 3);
  tcase_add_loop_test (tcase, test_bad_uri, 0, G_N_ELEMENTS (bad_uris));
  tcase_add_loop_test (tcase, test_escapes_in_a_uri_are_letters, 0, 4);
  tcase_add_loop_test (tcase, test_gst_launch, 0, 2);
  return suite;
}

GST_CHECK_MAIN (secrets);
