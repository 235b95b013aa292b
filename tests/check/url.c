/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "gstveourl.h"

/* Given ids of services, when they are checked, then all of them pass; what
 * no address can carry does not, and a phrase says why. */
GST_START_TEST (test_ids)
{
/* *INDENT-OFF* */
  static const gchar *const good[] = { "video_abc123",
    "task_0123456789abcdefghijABCDEFGHIJ12", "veo3.1-fast:1770350082-trii1OXZc3",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479", "cgt-20260102150405-x7k2p", "a",
    "...", "a/b", "a b", "视频", "a%2Fb"
  };
  static const gchar *const bad[] = { NULL, "", ".", "..", "a\nb", "\t", "a\x7f",
    "a\xc2\x85", "a\xff", "\xc3"
  };
/* *INDENT-ON* */
  g_autofree gchar *longest = g_strnfill (1024, 'a');
  g_autofree gchar *too_long = g_strnfill (1025, 'a');
  const gchar *reason = NULL;
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (good); i++)
    fail_unless (gst_veo_id_is_valid (good[i], NULL), "%s", good[i]);
  fail_unless (gst_veo_id_is_valid (longest, NULL));
  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    reason = NULL;
    fail_if (gst_veo_id_is_valid (bad[i], &reason), "%s", bad[i]);
    fail_unless (reason && *reason);
  }
  fail_if (gst_veo_id_is_valid (too_long, &reason));
  fail_unless_equals_string (reason, "is longer than 1024 bytes");
}

GST_END_TEST;

/* Given an id, when it becomes a part of a path, then everything outside the
 * safe letters is escaped, so that it stays one segment. */
GST_START_TEST (test_escape)
{
  static const gchar *const cases[][2] = {
    {"video_abc-1.2~:", "video_abc-1.2~:"},
    {"a/b?c#d@e%f", "a%2Fb%3Fc%23d%40e%25f"},
    {"../x", "..%2Fx"},
    {"a b+c", "a%20b%2Bc"},
    {"视", "%E8%A7%86"},
    {"!$&'()*,;=", "%21%24%26%27%28%29%2A%2C%3B%3D"},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *escaped = gst_veo_id_escape (cases[i][0]);
    g_autofree gchar *uri = gst_veo_uri_new (cases[i][0]);
    g_autofree gchar *id = gst_veo_uri_get_id (uri, NULL);

    fail_unless_equals_string (escaped, cases[i][1]);
    fail_unless_equals_string (id, cases[i][0]);
  }
}

GST_END_TEST;

/* Given each character of ASCII as a part of an id, when that becomes a part of
 * a path, then only letters, digits and ._~:- stay as they are. An id of
 * base64url, 200 characters long, stays as it is. */
GST_START_TEST (test_escape_of_every_character)
{
  g_autofree gchar *long_id = g_strnfill (200, '_');
  g_autofree gchar *same = NULL;
  gint c;

  for (c = 1; c < 128; c++) {
    const gchar id[] = { 'a', c, '\0' };
    gboolean is_safe = g_ascii_isalnum (c) || strchr ("._~:-", c);
    g_autofree gchar *escaped = gst_veo_id_escape (id);
    g_autofree gchar *wanted = is_safe ? g_strdup (id)
        : g_strdup_printf ("a%%%02X", c);

    fail_unless_equals_string (escaped, wanted);
  }
  memcpy (long_id, "CiAtdWc-X0Zf9_", 14);
  fail_unless (gst_veo_id_is_valid (long_id, NULL));
  same = gst_veo_id_escape (long_id);
  fail_unless_equals_string (same, long_id);
}

GST_END_TEST;

/* Given veo: URIs as people type them, when they are read, then the id is the
 * rest, decoded once; one that carries more than an id is refused. */
GST_START_TEST (test_uris)
{
  static const gchar *const good[][2] = {
    {"veo:video_abc", "video_abc"},
    {"veo://video_abc", "video_abc"},
    {"VEO:Video_ABC", "Video_ABC"},
    {"Veo://Video_ABC", "Video_ABC"},
    {"veo:veo3.1-fast:177-x", "veo3.1-fast:177-x"},
    {"veo://veo3.1-fast:177-x", "veo3.1-fast:177-x"},
    {"veo:a%2Fb", "a/b"},
    {"veo:a%252Fb", "a%2Fb"},
    {"veo:a%3Fb%23c%40d", "a?b#c@d"},
    {"veo:%e8%a7%86", "视"},
    {"veo:a b", "a b"},
  };
/* *INDENT-OFF* */
  static const gchar *const bad[] = { NULL, "", "veo", "veo:", "veo://",
    "veo:///a", "veo:/a", "veo:a/b", "veo:a/", "veo://host/a", "veo:a?b=c",
    "veo:a#b", "veo:user@a", "veo://user:pw@a", "veo:a%", "veo:a%2", "veo:a%zz",
    "veo:a%00", "veo:%00", "veo:.", "veo:..", "veo:%2E%2e", "veo:a%0A", "veo:%ff",
    "http://x/a", "veox:a", "veo;a", " veo:a"
  };
/* *INDENT-ON* */
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree gchar *id = gst_veo_uri_get_id (good[i][0], NULL);

    fail_unless_equals_string (id, good[i][1]);
  }
  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    const gchar *reason = NULL;
    g_autofree gchar *id = gst_veo_uri_get_id (bad[i], &reason);

    fail_unless (id == NULL && reason && *reason, "%s", bad[i]);
    if (bad[i] && strstr (bad[i], "%00"))
      fail_unless_equals_string (reason, "has an escaped NUL");
  }
}

GST_END_TEST;

/* Given base URLs as people write them, when they are put in order, then all
 * ways to write one address are the same. */
GST_START_TEST (test_base_urls)
{
  static const gchar *const cases[][2] = {
    {"https://octopusx.ai", "https://octopusx.ai"},
    {"https://octopusx.ai/", "https://octopusx.ai"},
    {"https://octopusx.ai///", "https://octopusx.ai"},
    {"https://octopusx.ai/v1", "https://octopusx.ai"},
    {"https://octopusx.ai/v1/", "https://octopusx.ai"},
    {"https://octopusx.ai//v1//", "https://octopusx.ai"},
    {"  https://octopusx.ai \n", "https://octopusx.ai"},
    {"HTTPS://OctopusX.AI:443", "https://octopusx.ai"},
    {"http://x:80/", "http://x"},
    {"http://x:443/", "http://x:443"},
    {"https://x:8443", "https://x:8443"},
    {"http://x/Prefix/", "http://x/Prefix"},
    {"http://x/a/b/v1", "http://x/a/b"},
    {"http://x/av1", "http://x/av1"},
    {"http://x/v1beta", "http://x/v1beta"},
    {"http://x/v1/y", "http://x/v1/y"},
    {"http://127.0.0.1:3000", "http://127.0.0.1:3000"},
    {"http://[::1]:3000/v1", "http://[::1]:3000"},
    {"http://[2001:DB8::1]", "http://[2001:db8::1]"},
    {"http://my_relay.local", "http://my_relay.local"},
    {"http://x/a%20b", "http://x/a%20b"},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *base = gst_veo_base_url_normalise (cases[i][0], NULL);
    g_autofree gchar *again = NULL;

    fail_unless_equals_string (base, cases[i][1]);
    again = gst_veo_base_url_normalise (base, NULL);
    fail_unless_equals_string (again, base);
  }
}

GST_END_TEST;

/* Given base URLs that could send the key astray or nowhere, when they are
 * put in order, then they are refused, and the phrase does not repeat them. */
GST_START_TEST (test_bad_base_urls)
{
  static const gchar *const cases[][2] = {
    {NULL, "empty"}, {"", "empty"}, {" \n", "empty"},
    {"octopusx.ai", "http://"}, {"ftp://x", "http://"},
    {"file:///etc/passwd", "http://"}, {"javascript:alert(1)", "http://"},
    {"http://user:secret@x", "user name"}, {"http://user@x", "user name"},
    {"http://x?key=secret", "query"}, {"http://x/?", "query"},
    {"http://x#secret", "fragment"}, {"http://", "no host"},
    {"http:///v1", "no host"}, {"https:x", "no host"},
    {"http://x y", "blanks"}, {"http://x/\ny", "blanks"},
    {"http://x/\x01", "blanks"}, {"http://x%2fy", "host"},
    {"http://x:99999", "address"}, {"http://[::1", "address"},
    {"http://x%00y", "address"}, {"http://a\\b", "host"},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    const gchar *reason = NULL;
    g_autofree gchar *base = gst_veo_base_url_normalise (cases[i][0], &reason);

    fail_unless (base == NULL, "%s", cases[i][0]);
    fail_unless (reason && strstr (reason, cases[i][1]), "%s: %s", cases[i][0],
        reason);
    fail_if (strstr (reason, "secret"));
  }
}

GST_END_TEST;

/* Given a base with a prefix, when addresses are made, then the id is one segment. */
GST_START_TEST (test_addresses)
{
  g_autofree gchar *task = gst_veo_base_url_task ("http://x/p", "a/b:c");
  g_autofree gchar *content = gst_veo_base_url_content ("http://x/p", "a/b:c");

  fail_unless_equals_string (task, "http://x/p/v1/videos/a%2Fb:c");
  fail_unless_equals_string (content, "http://x/p/v1/videos/a%2Fb:c/content");
}

GST_END_TEST;

/* Given two URLs, when their origins are compared, then scheme, host and port
 * decide, in any spelling, and tricks with user names do not. */
GST_START_TEST (test_origins)
{
  static const struct
  {
    const gchar *a, *b;
    gboolean same;
  } cases[] = {
    {"https://x", "https://x/v1/a?b#c", TRUE},
    {"https://x", "HTTPS://X:443/", TRUE},
    {"http://x:80", "http://x/", TRUE},
    {"http://[::1]:3000", "http://[::1]:3000/a", TRUE},
    {"https://x", "http://x", FALSE},
    {"https://x", "https://x:444", FALSE},
    {"https://x", "https://x.evil.com", FALSE},
    {"https://x", "https://x@evil.com/", FALSE},
    {"https://x", "https://evil.com/@x", FALSE},
    {"https://x", "https://evil.com?https://x", FALSE},
    {"https://x", "https://x./", FALSE},
    {"ftp://x", "ftp://x", FALSE},
    {"/a", "/a", FALSE},
    {NULL, NULL, FALSE},
    {"", "", FALSE},
  };
  g_autofree gchar *origin = gst_veo_url_get_origin ("HTTPS://User@X/a");
  static const gchar *const none[] = { "ftp://x/a", "https:///a", "https:",
    "x", "data:video/mp4,x", "https://x:y/"
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    fail_unless (gst_veo_url_same_origin (cases[i].a, cases[i].b) ==
        cases[i].same, "%s %s", cases[i].a, cases[i].b);
  fail_unless_equals_string (origin, "https://x:443");
  for (i = 0; i < G_N_ELEMENTS (none); i++) {
    g_autofree gchar *found = gst_veo_url_get_origin (none[i]);

    fail_unless (found == NULL, "%s: %s", none[i], found);
  }
}

GST_END_TEST;

/* Given hosts in all the spellings that resolvers take, when they are judged,
 * then local and private ones are known. */
GST_START_TEST (test_private_hosts)
{
  static const gchar *const loopback[] = { "127.0.0.1", "127.255.0.9", "127.1",
    "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.0.1", "[::1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "localhost",
    "LOCALHOST", "a.localhost", "localhost.", "127.0.0.1.", "%6cocalhost"
  };
  static const gchar *const private[] = { "0.0.0.0", "0", "0.1.2.3", "10.0.0.1",
    "10.1", "167772161", "012.0.0.1", "100.64.0.1", "100.127.255.255",
    "169.254.169.254", "0xa9.254.43518", "2852039166", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "192.168.1", "[::]", "[fe80::1]",
    "[febf::1]", "[fec0::1]", "[fc00::1]", "[fdff::1]", "[::ffff:10.0.0.1]",
    "[::10.0.0.1]", "[64:ff9b::a00:1]", "[::ffff:169.254.169.254]", "10.0.0.1."
  };
  static const gchar *const public[] = { "octopusx.ai", "8.8.8.8", "1.1",
    "11.0.0.1", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
    "169.253.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1", "192.169.0.1",
    "[2001:db8::1]", "[::ffff:8.8.8.8]", "[fb00::1]", "[fe00::1]",
    "localhost.example.com", "mylocalhost", "10.0.0.1.example.com",
    "127.0.0.1.nip.io", "256.0.0.1", "4294967296", "1.2.3.4.5", "08.0.0.1",
    "10.x", "127.one", "127..0.1", "10..1", ".10.1"
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (loopback); i++) {
    g_autofree gchar *url = g_strdup_printf ("http://%s:80/a", loopback[i]);

    fail_unless (gst_veo_url_is_loopback (url), "%s", url);
    fail_unless (gst_veo_url_is_private (url), "%s", url);
  }
  for (i = 0; i < G_N_ELEMENTS (private); i++) {
    g_autofree gchar *url = g_strdup_printf ("https://%s/a", private[i]);

    fail_if (gst_veo_url_is_loopback (url), "%s", url);
    fail_unless (gst_veo_url_is_private (url), "%s", url);
  }
  for (i = 0; i < G_N_ELEMENTS (public); i++) {
    g_autofree gchar *url = g_strdup_printf ("https://%s/a", public[i]);

    fail_if (gst_veo_url_is_private (url), "%s", url);
    fail_if (gst_veo_url_is_loopback (url), "%s", url);
  }
  fail_if (gst_veo_url_is_private (NULL) || gst_veo_url_is_loopback (""));
}

GST_END_TEST;

/* Given a redirect, when it leads from https to http on one host, then it is
 * a downgrade, and nothing else is. */
GST_START_TEST (test_downgrade)
{
  fail_unless (gst_veo_url_is_downgrade ("https://x/a", "http://X/b"));
  fail_unless (gst_veo_url_is_downgrade ("https://x:8443/a", "http://x:80/b"));
  fail_if (gst_veo_url_is_downgrade ("http://x/a", "https://x/b"));
  fail_if (gst_veo_url_is_downgrade ("https://x/a", "https://x/b"));
  fail_if (gst_veo_url_is_downgrade ("https://x/a", "http://y/b"));
  fail_if (gst_veo_url_is_downgrade (NULL, "http://y/b"));
}

GST_END_TEST;

/* Given a Location header, when it is resolved, then the result is absolute
 * and http or https. */
GST_START_TEST (test_redirects)
{
  static const gchar *const cases[][2] = {
    {"https://y/b", "https://y/b"},
    {"/b?c=d", "https://x/b?c=d"},
    {"b", "https://x/p/b"},
    {"../b", "https://x/b"},
    {"//y/b", "https://y/b"},
    {"?q=1", "https://x/p/a?q=1"},
    {"https://y/b#frag", "https://y/b"},
    {" https://y/a b ", "https://y/a%20b"},
    {"https://y/%E8%A7%86?a=%2B", "https://y/%E8%A7%86?a=%2B"},
    {"https://y/视", "https://y/%E8%A7%86"},
    {"ftp://y/b", NULL},
    {"file:///etc/passwd", NULL},
    {"data:video/mp4;base64,AA", NULL},
    {"http://", NULL},
    {"http://y/\r\nX: y", NULL},
    {NULL, NULL},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *url =
        gst_veo_url_resolve ("https://x/p/a?old=1", cases[i][0]);

    fail_unless_equals_string (url, cases[i][1]);
  }
}

GST_END_TEST;

typedef struct
{
  const gchar *base, *link;
  GstVeoLinkVerdict verdict;
  const gchar *url;
  gboolean needs_key;
} LinkCase;

#define USABLE GST_VEO_LINK_USABLE
#define NONE GST_VEO_LINK_NONE
#define REFUSED GST_VEO_LINK_REFUSED
#define CONTENT "https://x/p/v1/videos/a:b/content"

/* Given links of answers, when they are resolved, then only http, https and
 * data: videos are opened, the task's own content address means the base, the
 * key stays at the base's origin, and a public service opens no private door. */
GST_START_TEST (test_links)
{
/* *INDENT-OFF* */
  static const LinkCase cases[] = {
    {"https://x/p", "https://cdn/v.mp4?sig=a%2Bb&c=d", USABLE, "https://cdn/v.mp4?sig=a%2Bb&c=d", FALSE},
    {"https://x/p", "http://cdn/v.mp4", USABLE, "http://cdn/v.mp4", FALSE},
    {"https://x/p", "https://x/files/v.mp4", USABLE, "https://x/files/v.mp4", TRUE},
    {"https://x/p", "HTTPS://X:443/v", USABLE, "https://X:443/v", TRUE},
    {"https://x/p", "http://x/v", USABLE, "http://x/v", FALSE},
    {"https://x/p", "https://x:8443/v", USABLE, "https://x:8443/v", FALSE},
    {"https://x/p", "https://x@evil/v", USABLE, "https://x@evil/v", FALSE},
    {"https://x/p", "/files/v.mp4", USABLE, "https://x/files/v.mp4", TRUE},
    {"https://x/p", "//cdn/v.mp4", USABLE, "https://cdn/v.mp4", FALSE},
    {"https://x/p", "  https://cdn/a b.mp4\n", USABLE, "https://cdn/a%20b.mp4", FALSE},
    {"https://x/p", "https://cdn/视.mp4", USABLE, "https://cdn/%E8%A7%86.mp4", FALSE},
    {"https://x/p", "https://cdn/v.mp4#t=1", USABLE, "https://cdn/v.mp4", FALSE},
    {"https://x/p", "https://cdn/\"<>\\^`{|}~!", USABLE, "https://cdn/%22%3C%3E%5C%5E%60%7B%7C%7D~!", FALSE},
    /* The content address, whoever names it */
    {"https://x/p", "/v1/videos/a:b/content", USABLE, CONTENT, TRUE},
    {"https://x/p", "/p/v1/videos/a%3Ab/content", USABLE, CONTENT, TRUE},
    {"https://x/p", "http://localhost:3000/v1/videos/a:b/content", USABLE, CONTENT, TRUE},
    {"https://x/p", "http://10.0.0.7/v1/videos/a%3ab/content?x=1", USABLE, CONTENT, TRUE},
    {"https://x/p", "https://evil/y/v1/videos/a:b/content", USABLE, CONTENT, TRUE},
    {"https://x/p", "https://x/v1/videos/other/content", USABLE, "https://x/v1/videos/other/content", TRUE},
    {"https://x/p", "https://evil/v1/videos/other/content", USABLE, "https://evil/v1/videos/other/content", FALSE},
    {"https://x/p", "https://evil/v1/videos/a:b/content/x", USABLE, "https://evil/v1/videos/a:b/content/x", FALSE},
    {"https://x/p", "https://evil/v2/videos/a:b/content", USABLE, "https://evil/v2/videos/a:b/content", FALSE},
    {"https://x/p", "https://evil/videos/a:b/content", USABLE, "https://evil/videos/a:b/content", FALSE},
    {"https://x/p", "https://evil/a:b/content", USABLE, "https://evil/a:b/content", FALSE},
    {"https://x/p", "https://evil/content", USABLE, "https://evil/content", FALSE},
    {"https://x/p", "https://evil/v1/movies/a:b/content", USABLE, "https://evil/v1/movies/a:b/content", FALSE},
    {"https://x/p", "https://evil/v1/videos/a:b/preview", USABLE, "https://evil/v1/videos/a:b/preview", FALSE},
    {"https://x/p", "https://evil/?/v1/videos/a:b/content", USABLE, "https://evil/?/v1/videos/a:b/content", FALSE},
    {"https://x/p", "http://localhost:3000/v1/videos/other/content", REFUSED, NULL, FALSE},
    /* Private hosts */
    {"https://x/p", "http://127.0.0.1/v.mp4", REFUSED, NULL, FALSE},
    {"https://x/p", "http://2130706433/v.mp4", REFUSED, NULL, FALSE},
    {"https://x/p", "http://[::ffff:10.0.0.1]/v.mp4", REFUSED, NULL, FALSE},
    {"https://x/p", "http://169.254.169.254/latest/meta-data", REFUSED, NULL, FALSE},
    {"https://x/p", "//localhost./v.mp4", REFUSED, NULL, FALSE},
    {"http://127.0.0.1:3000", "http://127.0.0.1:9000/v.mp4", USABLE, "http://127.0.0.1:9000/v.mp4", FALSE},
    {"http://127.0.0.1:3000", "http://127.0.0.1:3000/v.mp4", USABLE, "http://127.0.0.1:3000/v.mp4", TRUE},
    {"http://192.168.0.2", "http://10.0.0.1/v.mp4", USABLE, "http://10.0.0.1/v.mp4", FALSE},
    {"http://[::1]:3000", "/v.mp4", USABLE, "http://[::1]:3000/v.mp4", TRUE},
    /* data: */
    {"https://x/p", "data:video/mp4", USABLE, "data:video/mp4", FALSE},
    {"https://x/p", "DATA:Video/MP4", USABLE, "DATA:Video/MP4", FALSE},
    {"https://x/p", "data:text/html,x", NONE, NULL, FALSE},
    /* No links */
    {"https://x/p", NULL, NONE, NULL, FALSE},
    {"https://x/p", "", NONE, NULL, FALSE},
    {"https://x/p", "file:///etc/passwd", NONE, NULL, FALSE},
    {"https://x/p", "ftp://cdn/v.mp4", NONE, NULL, FALSE},
    {"https://x/p", "rtsp://cdn/v", NONE, NULL, FALSE},
    {"https://x/p", "v.mp4", NONE, NULL, FALSE},
    {"https://x/p", "https:v.mp4", NONE, NULL, FALSE},
    {"https://x/p", "https://", NONE, NULL, FALSE},
    {"https://x/p", "https:///v.mp4", NONE, NULL, FALSE},
    {"https://x/p", "https://cdn:99999/v", NONE, NULL, FALSE},
    {"https://x/p", "https://cdn/a\nb", NONE, NULL, FALSE},
    {"https://x/p", "https://cdn/a\177b", NONE, NULL, FALSE},
    {"https://x/p", "the video is https://cdn/v", NONE, NULL, FALSE},
  };
/* *INDENT-ON* */
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    const LinkCase *c = &cases[i];
    GstVeoLinkVerdict verdict = 99;
    gboolean needs_key = 99;
    g_autofree gchar *url = gst_veo_link_resolve (c->base, "a:b", c->link,
        &verdict, &needs_key);

    fail_unless (g_strcmp0 (url, c->url) == 0, "%s: %s", c->link, url);
    fail_unless (verdict == c->verdict, "%s: %d", c->link, verdict);
    fail_unless (needs_key == c->needs_key, "%s", c->link);
  }
}

GST_END_TEST;

/* Given URLs that carry secrets, when they are shown, then the secrets are gone. */
GST_START_TEST (test_redact)
{
  static const gchar *const urls[][2] = {
    {"https://x/v.mp4", "https://x/v.mp4"},
    {"https://x/v.mp4?sig=secret", "https://x/v.mp4?..."},
    {"https://x/v.mp4#secret", "https://x/v.mp4?..."},
    {"https://u:secret@x:81/v", "https://x:81/v"},
    {"https://u:secret@secret@x/v?a@b", "https://x/v?..."},
    {"https://x/@user/v", "https://x/@user/v"},
    {"https://x?u=http://y:secret@z", "https://x?..."},
    {"data:video/mp4;base64,secret", "data:video/mp4,..."},
    {"DATA:video/mp4,secret", "data:video/mp4,..."},
    {"data:video/mp4", "data:video/mp4,..."},
    {"/v?sig=secret", "/v?..."},
    {"https://x/a\nb\xff", "https://x/a b\xef\xbf\xbd"},
    {"", ""},
    {NULL, NULL},
  };
  static const gchar *const proxies[][2] = {
    {"http://proxy:3128", "http://proxy:3128"},
    {"http://user:secret@proxy:3128", "http://***@proxy:3128"},
    {"user:secret@proxy:3128", "***@proxy:3128"},
    {"http://user:se@cr/et@proxy", "http://***@proxy"},
    {"socks5://token@proxy", "socks5://***@proxy"},
    {"", ""},
    {NULL, NULL},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (urls); i++) {
    g_autofree gchar *shown = gst_veo_url_redact (urls[i][0]);

    fail_unless_equals_string (shown, urls[i][1]);
  }
  for (i = 0; i < G_N_ELEMENTS (proxies); i++) {
    g_autofree gchar *shown = gst_veo_proxy_redact (proxies[i][0]);

    fail_unless_equals_string (shown, proxies[i][1]);
  }
}

GST_END_TEST;

/* Given texts of a service, when they are shown, then they are one printable
 * line without key and signatures. */
GST_START_TEST (test_present)
{
/* *INDENT-OFF* */
  static const gchar *const cases[][2] = {
    {"plain", "plain"},
    {"  a \r\n\t b  ", "a b"},
    {"a\x1b[31mb\x07", "a [31mb"},
    {"a\xe2\x80\xae" "b\xe2\x80\xa8" "c", "a b c"},
    {"a\xe2\x81\xa6" "b\xe2\x81\xa9" "c\xe2\x80\xaa" "d\xe2\x80\xa9" "e", "a b c d e"},
    /* their neighbours do nothing of the kind */
    {"a\xe2\x80\xaf" "b\xe2\x81\xa5" "c\xe2\x81\xaa" "d", "a\xe2\x80\xaf" "b\xe2\x81\xa5" "c\xe2\x81\xaa" "d"},
    {"bad\xff", "bad\xef\xbf\xbd"},
    {"Bearer sk-KEY, sk-KEY", "Bearer ***, ***"},
    {"sk-\nKEY", "sk- KEY"},
    {"see https://u:pw@x/v.mp4?sig=secret for it", "see https://x/v.mp4?... for it"},
    {"{\"url\":\"https://x/v?sig=secret\",\"a\":1}", "{\"url\":\"https://x/v?...\",\"a\":1}"},
    {"下载https://x/v?sig=secret", "下载https://x/v?..."},
    {"GET /v1/videos/a?key=secret failed", "GET /v1/videos/a?... failed"},
    {"why? and/or not", "why? and/or not"},
    {"got data:video/mp4;base64,secret here", "got data:video/mp4,... here"},
    {"", NULL},
    {" \n\t", NULL},
    {NULL, NULL},
  };
/* *INDENT-ON* */
  g_autofree gchar *part = gst_veo_text_present ("abcdef", 3, NULL);
  g_autofree gchar *nul = gst_veo_text_present ("a\0b", 3, "");
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *shown = gst_veo_text_present (cases[i][0], -1, "sk-KEY");

    fail_unless_equals_string (shown, cases[i][1]);
  }
  fail_unless_equals_string (part, "abc");
  fail_unless (g_str_has_prefix (nul, "a"));
}

GST_END_TEST;

/* Given a key at the place where a long text is cut, when it is shown, then no
 * part of the key stays. */
GST_START_TEST (test_present_cut)
{
  gint before;

  for (before = 480; before < 510; before++) {
    g_autofree gchar *filler = g_strnfill (before, 'x');
    g_autofree gchar *text = g_strconcat (filler, "sk-KEY-LONG", NULL);
    g_autofree gchar *shown = gst_veo_text_present (text, -1, "sk-KEY-LONG");

    fail_unless (strlen (shown) <= 500);
    fail_if (strstr (shown, "s") != NULL);
  }
}

GST_END_TEST;

/* Given keys as people paste them, when they are stripped, then blanks around
 * them go, and what cannot stand in a header is refused. */
GST_START_TEST (test_keys)
{
  static const struct
  {
    const gchar *key;
    gboolean ok;
    const gchar *stripped;
  } cases[] = {
    {"sk-abc", TRUE, "sk-abc"},
    {" sk-abc\r\n", TRUE, "sk-abc"},
    {"sk abc", TRUE, "sk abc"},
    {NULL, TRUE, NULL},
    {"", TRUE, NULL},
    {" \n", TRUE, NULL},
    {"sk\nX-Evil: 1", FALSE, NULL},
    {"sk\r", TRUE, "sk"},
    {"sk\tabc", FALSE, NULL},
    {"sk\x7f", FALSE, NULL},
    {"密钥", FALSE, NULL},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *stripped = NULL;

    fail_unless_equals_int (gst_veo_key_strip (cases[i].key, &stripped),
        cases[i].ok);
    fail_unless_equals_string (stripped, cases[i].stripped);
  }
}

GST_END_TEST;

static Suite *
url_suite (void)
{
  Suite *suite = suite_create ("url");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_ids);
  tcase_add_test (tc, test_escape);
  tcase_add_test (tc, test_escape_of_every_character);
  tcase_add_test (tc, test_uris);
  tcase_add_test (tc, test_base_urls);
  tcase_add_test (tc, test_bad_base_urls);
  tcase_add_test (tc, test_addresses);
  tcase_add_test (tc, test_origins);
  tcase_add_test (tc, test_private_hosts);
  tcase_add_test (tc, test_downgrade);
  tcase_add_test (tc, test_redirects);
  tcase_add_test (tc, test_links);
  tcase_add_test (tc, test_redact);
  tcase_add_test (tc, test_present);
  tcase_add_test (tc, test_present_cut);
  tcase_add_test (tc, test_keys);
  return suite;
}

GST_CHECK_MAIN (url);
