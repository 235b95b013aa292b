/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The address of a proxy: what is accepted, and what it is made of. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "gstveoproxy.h"

static const struct
{
  const gchar *text;
  const gchar *scheme;
  const gchar *user;
  const gchar *password;
  const gchar *host;
  gint port;
  const gchar *bare;            /* without credentials */
} good[] = {
  {"http://proxy:3128", "http", NULL, NULL, "proxy", 3128, "http://proxy:3128"},
  {"proxy:3128", "http", NULL, NULL, "proxy", 3128, "http://proxy:3128"},
  {"proxy", "http", NULL, NULL, "proxy", 80, "http://proxy:80"},
  {"http://proxy/", "http", NULL, NULL, "proxy", 80, "http://proxy:80"},
  {"HTTPS://proxy", "https", NULL, NULL, "proxy", 443, "https://proxy:443"},
  {"socks5://proxy", "socks5", NULL, NULL, "proxy", 1080,
      "socks5://proxy:1080"},
  {"http://[::1]:8080", "http", NULL, NULL, "::1", 8080, "http://[::1]:8080"},
  {"http://us:pw@proxy:1", "http", "us", "pw", "proxy", 1, "http://proxy:1"},
  {"us:pw@proxy:1", "http", "us", "pw", "proxy", 1, "http://proxy:1"},
  {"http://us@proxy:1", "http", "us", NULL, "proxy", 1, "http://proxy:1"},
  {"http://a%5Cus:pass%40wo%2Frd@proxy:1", "http", "a\\us", "pass@wo/rd",
      "proxy", 1, "http://proxy:1"},
};

/* Given an address as people write it, when it is taken apart, then its parts
 * are known, user and password decoded; put together again it has neither. */
GST_START_TEST (test_good)
{
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (good); i++) {
    g_auto (GstVeoProxy) proxy = { NULL, };
    g_autofree gchar *bare = NULL;
    const gchar *reason = NULL;

    fail_unless (gst_veo_proxy_parse (good[i].text, &proxy, &reason),
        "%s %s", good[i].text, reason);
    fail_unless_equals_string (proxy.scheme, good[i].scheme);
    fail_unless (g_strcmp0 (proxy.user, good[i].user) == 0, "%s", proxy.user);
    fail_unless (g_strcmp0 (proxy.password, good[i].password) == 0, "%s",
        proxy.password);
    fail_unless_equals_string (proxy.host, good[i].host);
    fail_unless_equals_int (proxy.port, good[i].port);
    bare = gst_veo_proxy_get_uri (&proxy, NULL, NULL);
    fail_unless_equals_string (bare, good[i].bare);
  }
}

GST_END_TEST;

static const gchar *const bad[][2] = {
  {"notaproxy:::", "no address"},
  {"http://proxy:port", "no address"},
  {"http://proxy:99999", "no address"},
  {"http://proxy:0", "no address"},
  {"http://bad host", "no address"},
  {"http://bad%2Fhost", "no address"},
  {"http://us:100%@proxy", "no address"},
  {"http://", "no host"},
  {"http:///path", "no host"},
  {"://", "no address"},
  {"ftp://proxy:21", "must begin with http://"},
  {"direct://", "must begin with http://"},
  {"http://us:p@w@proxy:1", "percent-encoded"},
  {"http://us:1/w@proxy:1", "percent-encoded"},
  {"http://us:1#w@proxy:1", "percent-encoded"},
  {"http://us:1?w@proxy:1", "percent-encoded"},
};

/* Given what is no address of a proxy, when it is taken apart, then a phrase
 * says what is wrong, and quotes nothing. */
GST_START_TEST (test_bad)
{
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_auto (GstVeoProxy) proxy = { NULL, };
    const gchar *reason = NULL;

    fail_if (gst_veo_proxy_parse (bad[i][0], &proxy, &reason), "%s", bad[i][0]);
    fail_unless (strstr (reason, bad[i][1]) != NULL, "%s %s", bad[i][0],
        reason);
    fail_if (proxy.host);
  }
}

GST_END_TEST;

/* Given a proxy, when its address is made for somebody else, then it has the
 * scheme and the user that are wanted, escaped, and no password. */
GST_START_TEST (test_other_scheme_and_user)
{
  g_auto (GstVeoProxy) proxy = { NULL, };
  const gchar *reason;
  g_autofree gchar *uri = NULL;

  fail_unless (gst_veo_proxy_parse ("http://us:pw@proxy:1", &proxy, &reason));
  uri = gst_veo_proxy_get_uri (&proxy, "tunnel", "7");
  fail_unless_equals_string (uri, "tunnel://7@proxy:1");
}

GST_END_TEST;

static Suite *
proxy_suite (void)
{
  Suite *suite = suite_create ("proxy");
  TCase *tcase = tcase_create ("proxy");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_good);
  tcase_add_test (tcase, test_bad);
  tcase_add_test (tcase, test_other_scheme_and_user);
  return suite;
}

GST_CHECK_MAIN (proxy);
