/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxies: polls and download of a whole run take the same way. */
#include "abroad.h"
#include "authority.h"
#include "tunnel.h"

#include <string.h>

static Scene *scene;
static RawServer *proxy;
static Authority *authority;

/* A service at 127.0.0.1, its signed links at 127.0.0.2, and a proxy. FALSE:
 * TLS is wanted and there is none. */
static gboolean
open_places (gboolean is_secure)
{
  g_autoptr (GTlsCertificate) certificate = NULL;

  scene_use_two_origins (scene, "127.0.0.2");
  if (is_secure) {
    VeoSimOptions options = {.api_key = SCENE_KEY,.files_address = "127.0.0.2"
    };

    authority = authority_new ();
    if (!authority)
      return FALSE;
    certificate = authority_certify (authority, "IP:127.0.0.1,IP:127.0.0.2");
    options.certificate = certificate;
    veo_sim_free (scene->sim);
    scene->sim = veo_sim_new (&options, NULL);
    veo_sim_set_clip (scene->sim, scene_get_clip (), "video/mp4");
    veo_sim_add_task (scene->sim, SCENE_TASK, "queued");
    veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_SIGNED);
    g_object_set (scene->src, "base-url", veo_sim_get_url (scene->sim),
        "tls-ca-file", authority_get_file (authority), NULL);
  }
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  proxy = raw_server_new ("127.0.0.1", NULL, tunnel_pass_on, NULL);
  return TRUE;
}

static void
close_places (void)
{
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  if (proxy)
    raw_server_free (g_steal_pointer (&proxy));
  g_clear_pointer (&authority, authority_free);
}

/* How often the proxy was asked for this origin */
static guint
count_passed_on (const gchar * url)
{
  const gchar *host = strstr (url, "://") + strlen ("://");
  guint n = 0;

  for (guint i = 0; i < raw_server_count (proxy); i++) {
    g_autofree gchar *request = raw_server_get_request (proxy, i);
    const gchar *target = g_str_has_prefix (request, "http://") ?
        request + strlen ("http://") : request;

    n += g_str_has_prefix (target, host);
  }
  return n;
}

static void
check_ways (gboolean polls, gboolean download)
{
  const gchar *home = veo_sim_get_url (scene->sim);
  const gchar *files = veo_sim_get_files_url (scene->sim);

  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless (!polls == !count_passed_on (home), "polls: %u by the proxy",
      count_passed_on (home));
  fail_unless (!download == !count_passed_on (files),
      "download: %u by the proxy", count_passed_on (files));
  fail_unless_equals_int (count_passed_on (home) + count_passed_on (files),
      raw_server_count (proxy));
}

/* Of the requests that the proxy saw in clear: the key was for the service. */
static void
check_key (const gchar * home)
{
  for (guint i = 0; i < raw_server_count (proxy); i++) {
    g_autofree gchar *request = raw_server_get_request (proxy, i);
    gboolean has_key = strstr (request, SCENE_KEY) != NULL;

    fail_unless (has_key == g_str_has_prefix (request, home), "%s", request);
  }
}

static const struct
{
  const gchar *no_proxy;
  gboolean polls;
  gboolean download;
} exceptions[] = {
  {NULL, TRUE, TRUE},
  {"127.0.0.1", FALSE, TRUE},
  {"127.0.0.2", TRUE, FALSE},
  {"127.0.0.1,127.0.0.2", FALSE, FALSE},
};

/* Given a proxy in the environment, with exceptions or without, when a clip is
 * waited for and played, plain or with TLS, then polls and download go through
 * it, each unless its host is an exception. */
SCENE_TEST (test_proxy_of_the_environment)
{
  gboolean is_secure = __i__ >= (gint) G_N_ELEMENTS (exceptions);
  guint row = __i__ % G_N_ELEMENTS (exceptions);

  /* GIO chooses its resolver once in a process, by the environment */
  if (g_strcmp0 (g_getenv ("CK_FORK"), "no") == 0)
    return;
  if (open_places (is_secure)) {
    g_setenv (is_secure ? "https_proxy" : "http_proxy",
        raw_server_get_url (proxy), TRUE);
    g_unsetenv (is_secure ? "http_proxy" : "https_proxy");
    if (exceptions[row].no_proxy)
      g_setenv ("no_proxy", exceptions[row].no_proxy, TRUE);
    else
      g_unsetenv ("no_proxy");
    check_ways (exceptions[row].polls, exceptions[row].download);
    check_key (is_secure ? "https://" : veo_sim_get_url (scene->sim));
  }
  close_places ();
}

/* Given a proxy in the property, when a clip is waited for and played, plain or
 * with TLS, then all goes through it, whatever the environment says; and what
 * is sent with TLS is not seen by it. */
SCENE_TEST (test_proxy_of_the_property)
{
  gboolean is_secure = __i__ == 1;

  if (open_places (is_secure)) {
    g_setenv ("http_proxy", "http://127.0.0.1:1", TRUE);
    g_setenv ("https_proxy", "http://127.0.0.1:1", TRUE);
    g_setenv ("no_proxy", "127.0.0.1,127.0.0.2", TRUE);
    g_object_set (scene->src, "proxy", raw_server_get_url (proxy), NULL);
    check_ways (TRUE, TRUE);
    check_key (is_secure ? "https://" : veo_sim_get_url (scene->sim));
  }
  close_places ();
}

static Suite *
proxies_suite (void)
{
  Suite *suite = suite_create ("proxies");
  TCase *tcase = tcase_create ("proxies");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, test_proxy_of_the_environment, 0,
      2 * G_N_ELEMENTS (exceptions));
  tcase_add_loop_test (tcase, test_proxy_of_the_property, 0, 2);
  return suite;
}

GST_CHECK_MAIN (proxies);
