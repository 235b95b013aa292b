/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxies: polls and download of a whole run take the same way. */
#include "proxied.h"
#include "tunnel.h"

#include <string.h>

static Scene *scene;
static Proxied proxied;

static void
check_ways (gboolean polls, gboolean download)
{
  const gchar *home = veo_sim_get_url (scene->sim);
  const gchar *files = veo_sim_get_files_url (scene->sim);

  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless (!polls == !proxied_count (&proxied, home),
      "polls: %u by the proxy", proxied_count (&proxied, home));
  fail_unless (!download == !proxied_count (&proxied, files),
      "download: %u by the proxy", proxied_count (&proxied, files));
  fail_unless_equals_int (proxied_count (&proxied,
          home) + proxied_count (&proxied, files),
      raw_server_count (proxied.proxy));
}

/* Of the requests that the proxy saw in clear: the key was for the service. */
static void
check_key (const gchar * home)
{
  for (guint i = 0; i < raw_server_count (proxied.proxy); i++) {
    g_autofree gchar *request = raw_server_get_request (proxied.proxy, i);
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
  if (proxied_open (&proxied, scene, is_secure, tunnel_pass_on, NULL)) {
    proxied_set_environment (is_secure, raw_server_get_url (proxied.proxy),
        exceptions[row].no_proxy);
    check_ways (exceptions[row].polls, exceptions[row].download);
    check_key (is_secure ? "https://" : veo_sim_get_url (scene->sim));
  }
  proxied_close (&proxied, scene);
}

/* Given a proxy in the property, when a clip is waited for and played, plain or
 * with TLS, then all goes through it, whatever the environment says; and what
 * is sent with TLS is not seen by it. */
SCENE_TEST (test_proxy_of_the_property)
{
  gboolean is_secure = __i__ == 1;

  if (proxied_open (&proxied, scene, is_secure, tunnel_pass_on, NULL)) {
    g_setenv ("http_proxy", "http://127.0.0.1:1", TRUE);
    g_setenv ("https_proxy", "http://127.0.0.1:1", TRUE);
    g_setenv ("no_proxy", "127.0.0.1,127.0.0.2", TRUE);
    g_object_set (scene->src, "proxy", raw_server_get_url (proxied.proxy),
        NULL);
    check_ways (TRUE, TRUE);
    check_key (is_secure ? "https://" : veo_sim_get_url (scene->sim));
  }
  proxied_close (&proxied, scene);
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
