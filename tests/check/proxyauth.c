/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxies that want a user and a password: polls and download show them to the
 * proxy, and to nobody else. */
#include "exposure.h"
#include "proxied.h"
#include "tunnel.h"
#include "verdict.h"

#include <string.h>

#define PASSWORD "p@ss/wo%rd:1"
#define GOOD "us:p%40ss%2Fwo%25rd:1@"
/* us:p@ss/wo%rd:1 */
#define TOKEN "dXM6cEBzcy93byVyZDox"
#define BASIC "Basic " TOKEN

static Scene *scene;
static Proxied proxied;

/* How the proxy is set, and whether there is TLS behind it */
typedef struct
{
  gboolean by_environment;
  gboolean is_secure;
} Way;

static const Way ways[] = {
  {FALSE, FALSE}, {FALSE, TRUE}, {TRUE, FALSE}, {TRUE, TRUE},
};

static void
set_proxy (const Way * way, const gchar * credentials, const gchar * no_proxy)
{
  g_autofree gchar *address = g_strconcat ("http://", credentials,
      raw_server_get_url (proxied.proxy) + strlen ("http://"), NULL);

  if (!way->by_environment) {
    g_object_set (scene->src, "proxy", address, NULL);
    return;
  }
  proxied_set_environment (way->is_secure, address, no_proxy);
}

/* A task that is completed, and a proxy that wants BASIC. FALSE: this way
 * cannot be tested here. */
static gboolean
open_places (const Way * way, const gchar * credentials, const gchar * no_proxy)
{
  /* GIO chooses its resolver once in a process, by the environment */
  if (way->by_environment && g_strcmp0 (g_getenv ("CK_FORK"), "no") == 0)
    return FALSE;
  if (!proxied_open (&proxied, scene, way->is_secure, tunnel_guard,
          (gpointer) BASIC))
    return FALSE;
  set_proxy (way, credentials, no_proxy);
  return TRUE;
}

/* What was for the proxy stayed there; so did, with TLS, the key at the service. */
static void
check_secrets (const Way * way)
{
  for (guint i = 0; i < veo_sim_count_requests (scene->sim, NULL, NULL); i++) {
    g_auto (VeoSimRequest) request = { 0 };

    fail_unless (veo_sim_get_request (scene->sim, NULL, NULL, i, &request));
    fail_unless (request.proxy_authorization == NULL, "%s %s", request.host,
        request.path);
  }
  for (guint i = 0; i < raw_server_count (proxied.proxy); i++) {
    g_autofree gchar *request = raw_server_get_request (proxied.proxy, i);
    gboolean may_have_key = !way->is_secure
        && g_str_has_prefix (request, veo_sim_get_url (scene->sim));

    fail_unless (may_have_key || !strstr (request, SCENE_KEY), "%s", request);
  }
}

static void
check_lacks (const gchar * text, const gchar * what)
{
  fail_if (strstr (text, PASSWORD), "%s", what);
  fail_if (strstr (text, "p%40ss"), "%s", what);
  fail_if (strstr (text, TOKEN), "%s", what);
}

/* Of the log begun before, the messages, and what can be seen of the pipeline */
static void
check_nothing_shows (void)
{
  GString *seen = g_string_new (NULL);
  g_autofree gchar *messages = scene_dump_messages (scene);
  g_autofree gchar *log = exposure_stop_log ();

  exposure_look (seen, scene->pipeline);
  check_lacks (seen->str, "the pipeline");
  check_lacks (messages, "the messages");
  check_lacks (log, "the log");
  g_string_free (seen, TRUE);
}

/* Given a proxy that lets in who has the password, in the property or in the
 * environment, when a clip is waited for and played, plain or with TLS, then
 * all of it goes through the proxy, nothing else is asked of it, and neither
 * password nor key is told to anybody whom it is not for. */
SCENE_TEST (test_good_credentials)
{
  const Way *way = &ways[__i__];

  if (open_places (way, GOOD, NULL)) {
    guint home, files;

    exposure_start_log ();
    scene_play (scene);
    fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
        2 * VEO_SIM_CLIP_FPS);
    home = proxied_count (&proxied, veo_sim_get_url (scene->sim));
    files = proxied_count (&proxied, veo_sim_get_files_url (scene->sim));
    fail_unless (home > 0 && files > 0, "%u polls, %u downloads", home, files);
    fail_unless_equals_int (home + files, raw_server_count (proxied.proxy));
    check_secrets (way);
    check_nothing_shows ();
  }
  proxied_close (&proxied, scene);
}

/* Given such a proxy in the environment, for the polls alone or for the
 * download alone, when a clip is played, then what goes without the proxy goes
 * without its password. */
SCENE_TEST (test_one_of_them_goes_without)
{
  const Way *way = &ways[2 + __i__ % 2];
  gboolean polls = __i__ < 2;

  if (open_places (way, GOOD, polls ? "127.0.0.2" : "127.0.0.1")) {
    scene_play (scene);
    fail_unless (proxied_count (&proxied, polls ? veo_sim_get_url (scene->sim) :
            veo_sim_get_files_url (scene->sim)) > 0);
    fail_unless_equals_int (proxied_count (&proxied, polls ?
            veo_sim_get_files_url (scene->sim) :
            veo_sim_get_url (scene->sim)), 0);
    check_secrets (way);
  }
  proxied_close (&proxied, scene);
}

static const gchar *const wrong[] = { "us:wrong@", "us@", "" };

/* Given a proxy that does not accept the password, or gets none, when a task is
 * waited for, then after one question one ERROR says that it is the proxy which
 * refuses, and what to set; the service was not asked. */
SCENE_TEST (test_bad_credentials)
{
  const Way *way = &ways[__i__ % G_N_ELEMENTS (ways)];
  Verdict verdict = { GST_RESOURCE_ERROR_NOT_AUTHORIZED,.http_status = 407,
    .attempts = 1,
    .says = {"The proxy", "HTTP 407", "https_proxy", "http://USER:PASSWORD@"}
  };

  if (open_places (way, wrong[__i__ / G_N_ELEMENTS (ways)], NULL)) {
    scene_set_state (scene, GST_STATE_PLAYING);
    verdict_check (scene, &verdict, "refused polls");
    fail_unless_equals_int (raw_server_count (proxied.proxy), 1);
    fail_unless_equals_int (veo_sim_count_requests (scene->sim, NULL, NULL), 0);
  }
  proxied_close (&proxied, scene);
}

/* Given such a proxy on the way to the video alone, when it is downloaded, then
 * it is the same. */
SCENE_TEST (test_bad_credentials_for_the_download)
{
  const Way *way = &ways[2 + __i__ % 2];
  Verdict verdict = { GST_RESOURCE_ERROR_NOT_AUTHORIZED,.http_status = 407,
    .attempts = 1,.phase = VERDICT_COMPLETED,.status = "completed",
    .says = {"The proxy", "HTTP 407", "https_proxy", "http://USER:PASSWORD@"}
  };

  if (open_places (way, wrong[__i__ / 2], "127.0.0.1")) {
    scene_set_state (scene, GST_STATE_PLAYING);
    verdict_check (scene, &verdict, "refused download");
    fail_unless_equals_int (raw_server_count (proxied.proxy), 1);
    check_secrets (way);
  }
  proxied_close (&proxied, scene);
}

static Suite *
proxyauth_suite (void)
{
  Suite *suite = suite_create ("proxyauth");
  TCase *tcase = tcase_create ("proxyauth");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, test_good_credentials, 0, G_N_ELEMENTS (ways));
  tcase_add_loop_test (tcase, test_one_of_them_goes_without, 0, 4);
  tcase_add_loop_test (tcase, test_bad_credentials, 0,
      G_N_ELEMENTS (wrong) * G_N_ELEMENTS (ways));
  tcase_add_loop_test (tcase, test_bad_credentials_for_the_download, 0,
      2 * G_N_ELEMENTS (wrong));
  return suite;
}

GST_CHECK_MAIN (proxyauth);
