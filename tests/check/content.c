/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloads that may be no video, and the headers that say when to ask again. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "answertools.h"

/* Given the first bytes of a download, when they are looked at, then media go
 * to the demuxer and texts do not, whatever their content type. */
GST_START_TEST (test_sniff)
{
/* *INDENT-OFF* */
  static const struct
  {
    const gchar *type;
    const gchar *data;
    gsize len;                  /* 0: up to the NUL */
    GstVeoContentKind kind;
  } cases[] = {
    {"video/mp4", "\0\0\0\x18" "ftypmp42", 12, GST_VEO_CONTENT_VIDEO},
    {"application/octet-stream", "\0\0\0\x18" "ftypmp42", 12, GST_VEO_CONTENT_VIDEO},
    {"text/html", "\0\0\0\x18" "ftypmp42", 12, GST_VEO_CONTENT_VIDEO},
    {"application/json", "\x1a\x45\xdf\xa3\x01\0\0\0", 8, GST_VEO_CONTENT_VIDEO},
    {NULL, "RIFF\x24\0\0\0AVI ", 12, GST_VEO_CONTENT_VIDEO},
    {NULL, "OggS\0\x02", 6, GST_VEO_CONTENT_VIDEO},
    {NULL, "G@\0\x10\0", 5, GST_VEO_CONTENT_VIDEO},
    {NULL, "\xde\xad\xbe\xef\xde\xad", 6, GST_VEO_CONTENT_VIDEO},
    {NULL, "{\0\x01\x02", 4, GST_VEO_CONTENT_VIDEO},
    {NULL, "<\0\x01\x02", 4, GST_VEO_CONTENT_VIDEO},
    {"video/mp4", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, GST_VEO_CONTENT_TEXT},
    {"image/jpeg", "\xff\xd8\xff\xe0\0\x10JFIF", 10, GST_VEO_CONTENT_TEXT},
    {NULL, "GIF89a\1\0\1\0", 10, GST_VEO_CONTENT_TEXT},
    {NULL, "RIFF\x24\0\0\0WEBPVP8 ", 16, GST_VEO_CONTENT_TEXT},
    {"video/mp4", "<html><body>sorry</body></html>", 0, GST_VEO_CONTENT_TEXT},
    {NULL, "\n\n <!DOCTYPE html>", 0, GST_VEO_CONTENT_TEXT},
    {NULL, "\xef\xbb\xbf<html>", 0, GST_VEO_CONTENT_TEXT},
    {NULL, "<?xml version=\"1.0\"?><Error/>", 0, GST_VEO_CONTENT_TEXT},
    {"text/html; charset=gbk", "<p>\xce\xc4", 0, GST_VEO_CONTENT_TEXT},
    {"text/plain", "\xce\xc4\xce\xc4\xce\xc4", 0, GST_VEO_CONTENT_TEXT},
    {"video/mp4", "Gone", 0, GST_VEO_CONTENT_TEXT},
    {NULL, "内容已过期", 0, GST_VEO_CONTENT_TEXT},
    {NULL, "内容\xe5\xb7", 0, GST_VEO_CONTENT_TEXT},
    {"video/mp4", "", 0, GST_VEO_CONTENT_TEXT},
    {"video/mp4", "{\"error\":\"gone\"}", 0, GST_VEO_CONTENT_JSON},
    {"application/octet-stream", " \xef\xbb\xbf", 0, GST_VEO_CONTENT_TEXT},
    {NULL, "\xef\xbb\xbf {\"error\":", 0, GST_VEO_CONTENT_JSON},
    {NULL, "[1]", 0, GST_VEO_CONTENT_JSON},
    {"text/html", "{", 0, GST_VEO_CONTENT_JSON},
  };
/* *INDENT-ON* */
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    gsize len = cases[i].len ? cases[i].len : strlen (cases[i].data);

    fail_unless (gst_veo_content_sniff (cases[i].type,
            (const guint8 *) cases[i].data, len) == cases[i].kind,
        "case %d: %s", (gint) i, cases[i].data);
  }
}

GST_END_TEST;

/* Given JSON in place of a video, when it is searched, then the link in it is
 * found wherever a task's link may be. */
GST_START_TEST (test_find_link)
{
/* *INDENT-OFF* */
  static const gchar *const cases[][2] = {
    {"{\"url\":\"https://x/v.mp4\"}", "https://x/v.mp4"},
    {"{\"data\":{\"url\":\"https://x/v.mp4\"}}", "https://x/v.mp4"},
    {"{\"code\":0,\"data\":{\"videos\":[{\"url\":\"https://x/v.mp4\"}]}}", "https://x/v.mp4"},
    {"{\"data\":[{\"url\":\"https://x/v.mp4\"}]}", "https://x/v.mp4"},
    {"{\"video_url\":\"/files/v.mp4\"}", "/files/v.mp4"},
    {"{\"url\":\"file:///etc/passwd\"}", NULL},
    {"{\"url\":\"data:video/mp4;base64,AAEC\"}", NULL},
    {"{\"error\":{\"message\":\"https://x/help\"}}", NULL},
    {"{\"url\":\"https://x/v.mp4\"", NULL},
    {"https://x/v.mp4", NULL},
    {"42", NULL},
    {"", NULL},
  };
/* *INDENT-ON* */
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *link =
        gst_veo_content_find_link ((const guint8 *) cases[i][0],
        strlen (cases[i][0]));

    fail_unless_equals_string (link, cases[i][1]);
  }
}

GST_END_TEST;

/* Given a text in place of a video, when it is quoted, then the words that a
 * person would read are left, without the key. */
GST_START_TEST (test_quote)
{
/* *INDENT-OFF* */
  static const gchar *const cases[][2] = {
    {"{\"error\":{\"message\":\"expired\",\"code\":\"e\"}}", "expired"},
    {"{\"success\":false,\"message\":\"no\"}", "no"},
    {"{\"a\":1}", "{\"a\":1}"},
    {"<html><head><title> Not\n Found </title></head><body>x</body></html>", "Not Found"},
    {"<html><TITLE></TITLE><body><script>var a = '<b>';</script><h1>Gone</h1><!-- < --><p>for\ngood</p></body>", "Gone for good"},
    {" \n <html><title>Gone</title>", "Gone"},
    {"<html><style>p { }", NULL},
    {"<html><script>a", NULL},
    {"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", "AccessDenied Request has expired"},
    {"upstream said no", "upstream said no"},
    {"\xff\xd8\xff\xe0\x10JFIF", "a JPEG picture"},
    {"key SECRET-KEY is bad", "key *** is bad"},
    {"bad\xff" "byte", "bad\xef\xbf\xbd" "byte"},
    {"", NULL},
    {" \n ", NULL},
  };
/* *INDENT-ON* */
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *quote =
        gst_veo_content_quote ((const guint8 *) cases[i][0],
        strlen (cases[i][0]), TEST_KEY);

    fail_unless_equals_string (quote, cases[i][1]);
  }
}

GST_END_TEST;

static gint64
get_hint (const gchar * headers)
{
  g_auto (GStrv) lines = g_strsplit (headers, "\n", -1);

  return gst_veo_answer_get_hint (look_up_header, lines, TEST_NOW);
}

/* Given the headers in which services say when to ask again, when they are
 * read, then the longest that makes sense counts, up to two minutes. */
GST_START_TEST (test_hints)
{
  static const struct
  {
    const gchar *headers;
    gint64 ms;
  } cases[] = {
    {"", -1},
    {"Date: x", -1},
    {"Retry-After: 5", 5000},
    {"retry-after: 5", 5000},
    {"Retry-After:  5 ", 5000},
    {"Retry-After: 1.5", 1500},
    {"Retry-After: 0", 0},
    {"Retry-After: 119", 119000},
    {"Retry-After: 120", 120000},
    {"Retry-After: 121", 120000},
    {"Retry-After: 86400", 120000},
    {"Retry-After: 99999999999999999999999999", 120000},
    {"Retry-After: -5", -1},
    {"Retry-After: +5", -1},
    {"Retry-After: 5s", -1},
    {"Retry-After: 0x10", -1},
    {"Retry-After: 1e3", -1},
    {"Retry-After: 1.2.3", -1},
    {"Retry-After: .", -1},
    {"Retry-After: inf", -1},
    {"Retry-After: nan", -1},
    {"Retry-After: ", -1},
    {"Retry-After: soon", -1},
    {"Retry-After: Wed, 01 Jan 2025 00:00:10 GMT", 10000},
    {"Retry-After: Wed, 01 Jan 2025 00:00:00 GMT", 0},
    {"Retry-After: Wed, 01 Jan 2025 06:00:00 GMT", 120000},
    {"Retry-After: Wednesday, 01-Jan-25 00:00:10 GMT", 10000},
    {"Retry-After: Wed Jan  1 00:00:10 2025", 10000},
    {"Retry-After: Tue, 31 Dec 2024 23:59:59 GMT", -1},
    {"Retry-After: Wed, 32 Jan 2025 00:00:10 GMT", -1},
    {"Retry-After: Wed, 01 Foo 2025 00:00:10 GMT", -1},
    {"Retry-After: Wed, 01 Jan 2025 99:00:10 GMT", -1},
    {"Retry-After: Wed, 01 Jan", -1},
    {"Retry-After: ,", -1},
    {"retry-after-ms: 250", 250},
    {"retry-after-ms: 999999", 120000},
    {"retry-after-ms: -1", -1},
    {"openai-poll-after-ms: 3000", 3000},
    {"Openai-Poll-After-Ms: 3000", 3000},
    {"openai-poll-after-ms: Wed, 01 Jan 2025 00:00:10 GMT", -1},
    {"Retry-After: 2\nretry-after-ms: 1500", 2000},
    {"Retry-After: 1\nretry-after-ms: 1500", 1500},
    {"Retry-After: soon\nopenai-poll-after-ms: 0", 0},
    {"Retry-After: 1\nretry-after-ms: 2\nopenai-poll-after-ms: 3000", 3000},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    fail_unless (get_hint (cases[i].headers) == cases[i].ms, "%s: %d",
        cases[i].headers, (gint) get_hint (cases[i].headers));
  fail_unless_equals_int64 (gst_veo_answer_get_hint (NULL, NULL, TEST_NOW), -1);
}

GST_END_TEST;

static gint64
get_date (const gchar * headers)
{
  g_auto (GStrv) lines = g_strsplit (headers, "\n", -1);

  return gst_veo_answer_get_date (look_up_header, lines);
}

/* Given what services say the time is, when it is read, then it is a moment if
 * it is a date of any of the three forms, and unknown else. */
GST_START_TEST (test_dates)
{
  static const struct
  {
    const gchar *headers;
    gint64 seconds;
  } cases[] = {
    {"Date: Wed, 01 Jan 2025 00:00:10 GMT", 1735689610},
    {"date: Wednesday, 01-Jan-25 00:00:10 GMT", 1735689610},
    {"Date: Wed Jan  1 00:00:10 2025", 1735689610},
    {"Date: Tuesday, 01-Jan-69 00:00:10 GMT", G_GINT64_CONSTANT (3124224010)},
    {"Date: Thursday, 01-Jan-70 00:00:10 GMT", 10},
    {"Date: Friday, 31-Dec-99 23:59:59 GMT", 946684799},
    {"Date: Wed, 32 Jan 2025 00:00:10 GMT", 0},
    {"Date: 1735689610", 0},
    {"Date: ", 0},
    {"Retry-After: Wed, 01 Jan 2025 00:00:10 GMT", 0},
    {"", 0},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    fail_unless_equals_int64 (get_date (cases[i].headers), cases[i].seconds);
  fail_unless_equals_int64 (gst_veo_answer_get_date (NULL, NULL), 0);
}

GST_END_TEST;

static Suite *
content_suite (void)
{
  Suite *suite = suite_create ("content");
  TCase *tc = tcase_create ("general");

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_sniff);
  tcase_add_test (tc, test_find_link);
  tcase_add_test (tc, test_quote);
  tcase_add_test (tc, test_hints);
  tcase_add_test (tc, test_dates);
  return suite;
}

GST_CHECK_MAIN (content);
