/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The body as it streams in: limits, and the video that is cut out of it. */
#include <gst/check/gstcheck.h>
#include <string.h>
#include <sys/resource.h>

#include "answertools.h"
#include "gstveobody.h"

#define MIB ((gsize) 1 << 20)

static gboolean
push_text (GstVeoBody * body, const gchar * text)
{
  return gst_veo_body_push (body, (const guint8 *) text, strlen (text));
}

/* Pushes a chunk over and over. Returns the bytes that were taken. */
static guint64
push_repeatedly (GstVeoBody * body, const gchar * chunk, guint64 total)
{
  gsize len = strlen (chunk);
  guint64 pushed = 0;

  while (pushed < total && gst_veo_body_push (body, (const guint8 *) chunk,
          len))
    pushed += len;
  return pushed;
}

static glong
get_peak_kib (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

static void
assert_too_large (GstVeoBody * body)
{
  g_autoptr (GstVeoAnswer) answer = read_answer (200, NULL, body);
  g_autofree gchar *line = render_answer (answer);

  fail_unless_equals_string (line, "NONSENSE detail=it was too large");
}

/* Given a service that sends 300 MiB of JSON without a video, when it is read,
 * then it is refused at 4 MiB and memory stays small. */
GST_START_TEST (test_huge_json)
{
  g_autoptr (GstVeoBody) body = gst_veo_body_new ();
  g_autofree gchar *chunk = g_strnfill (65536, 'x');
  glong before = get_peak_kib ();
  guint64 taken;

  push_text (body, "{\"status\":\"completed\",\"x\":\"");
  taken = push_repeatedly (body, chunk, 300 * MIB);
  fail_unless (taken < 5 * MIB);
  fail_if (gst_veo_body_push (body, (const guint8 *) "\"}", 2));
  assert_too_large (body);
  fail_unless (get_peak_kib () - before < 32 * 1024);
}

GST_END_TEST;

/* Given 300 MiB in one push, when it is read, then memory stays as small. */
GST_START_TEST (test_huge_push)
{
  g_autoptr (GstVeoBody) body = gst_veo_body_new ();
  g_autofree gchar *text = g_strnfill (300 * MIB, ' ');
  glong before = get_peak_kib ();

  fail_if (gst_veo_body_push (body, (const guint8 *) text, 300 * MIB));
  assert_too_large (body);
  fail_unless (get_peak_kib () - before < 32 * 1024);
}

GST_END_TEST;

/* Given a web page of any size, when it is read, then it is capped too, and
 * still known for what it is. */
GST_START_TEST (test_huge_page)
{
  g_autoptr (GstVeoBody) body = gst_veo_body_new ();
  g_autoptr (GstVeoAnswer) answer = NULL;
  g_autofree gchar *line = NULL;
  g_autofree gchar *chunk = g_strnfill (65536, '<');

  push_text (body, "<html><title>Welcome</title>");
  fail_unless (push_repeatedly (body, chunk, 300 * MIB) < 5 * MIB);
  answer = read_answer (200, NULL, body);
  line = render_answer (answer);
  fail_unless_equals_string (line, "WRONG_BASE detail=Welcome");
}

GST_END_TEST;

/* Given 4 MiB of JSON to the byte, when it is read, then it is an answer; one
 * byte more is none. */
GST_START_TEST (test_exact_limit)
{
  gsize extra;

  for (extra = 0; extra < 2; extra++) {
    g_autofree gchar *text = g_strnfill (4 * MIB + extra, ' ');
    g_autofree gchar *line = NULL;

    memcpy (text, "{\"status\":\"running\"}", 20);
    line = read_and_render (200, NULL, text, 4 * MIB + extra, 0);
    fail_unless_equals_string (line, extra ?
        "NONSENSE detail=it was too large" : "processing");
  }
}

GST_END_TEST;

static GBytes *
make_video (gsize size)
{
  guint8 *bytes = g_malloc (size);
  guint32 state = 1;
  gsize i;

  for (i = 0; i < size; i++) {
    state = state * 1664525 + 1013904223;
    bytes[i] = state >> 24;
  }
  return g_bytes_new_take (bytes, size);
}

/* slash: how the service writes the slashes of the data, NULL for plainly */
static gchar *
spell_answer (GBytes * video, const gchar * slash)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (video, &size);
  g_autofree gchar *base64 = g_base64_encode (bytes, size);
  g_autoptr (GString) data = g_string_new (base64);

  if (slash)
    g_string_replace (data, "/", slash, 0);
  return g_strdup_printf ("{\"id\":\"v\",\"video_url\":\"data:video/mp4;base64,"
      "%s\",\"status\":\"completed\"}", data->str);
}

static void
assert_video (const gchar * text, gsize chunk, GBytes * video)
{
  g_autoptr (GstVeoBody) body = make_body (text, strlen (text), chunk);
  g_autoptr (GstVeoAnswer) answer = read_answer (200, NULL, body);

  fail_unless (gst_veo_body_has_data_video (body));
  fail_unless (answer->task && !answer->failure);
  fail_unless_equals_int (answer->task->status, GST_VEO_STATUS_COMPLETED);
  fail_unless_equals_string (answer->task->link, "data:video/mp4");
  fail_unless (answer->task->data && g_bytes_equal (answer->task->data, video));
}

/* Given a completed task that carries its video of 20 MiB, when it comes in
 * chunks, then the video is decoded exactly. */
GST_START_TEST (test_data_video)
{
  g_autoptr (GBytes) video = make_video (20 * MIB + 1);
  g_autofree gchar *text = spell_answer (video, NULL);

  assert_video (text, 0, video);
  assert_video (text, 16384, video);
}

GST_END_TEST;

/* Given videos of every length around a group of base64, when they come in
 * chunks of any size and with any escapes, then they are decoded exactly. */
GST_START_TEST (test_data_video_spellings)
{
  static const gchar *const slashes[] = { NULL, "\\/", "\\u002f", "\\u002F",
    "%2F", " \\n/\\t", "_"
  };
  gsize size, i, chunk;

  for (size = 1; size < 40; size++) {
    g_autoptr (GBytes) video = make_video (size);

    for (i = 0; i < G_N_ELEMENTS (slashes); i++) {
      g_autofree gchar *text = spell_answer (video, slashes[i]);

      for (chunk = 1; chunk < 9; chunk++)
        assert_video (text, chunk, video);
    }
  }
}

GST_END_TEST;

/* Given a body of 300 MiB around a data: video, when it is read, then it is
 * refused at 256 MiB, and not before. */
GST_START_TEST (test_data_video_limit)
{
  g_autoptr (GstVeoBody) body = gst_veo_body_new ();
  g_autofree gchar *chunk = g_strnfill (65536, 'A');
  guint64 taken;

  push_text (body,
      "{\"status\":\"completed\",\"url\":\"data:video/mp4;base64,");
  taken = push_repeatedly (body, chunk, 300 * MIB);
  fail_unless (taken <= 256 * MIB);
  fail_unless (taken > 255 * MIB);
  assert_too_large (body);
}

GST_END_TEST;

/* Given one of 256 MiB to the byte, when it is read, then it is taken; one byte
 * more is too much. */
GST_START_TEST (test_data_video_exact_limit)
{
  g_autoptr (GstVeoBody) body = gst_veo_body_new ();
  g_autofree gchar *chunk = g_strnfill (65536, 'A');
  const gchar *start = "{\"url\":\"data:video/mp4,";
  gsize left = 256 * MIB - strlen (start);

  push_text (body, start);
  for (; left >= 65536; left -= 65536)
    fail_unless (gst_veo_body_push (body, (const guint8 *) chunk, 65536));
  fail_unless (gst_veo_body_push (body, (const guint8 *) chunk, left));
  fail_if (gst_veo_body_push (body, (const guint8 *) chunk, 1));
  assert_too_large (body);
}

GST_END_TEST;

/* Given data: links whose media type is odd, when they are read, then what no
 * media type can be is no video, and one of any sensible length is. */
GST_START_TEST (test_data_video_headers)
{
  static const struct
  {
    const gchar *type;
    guint fill;                 /* letters behind it */
    gboolean is_video;
  } cases[] = {
    {"mp4", 0, TRUE}, {"MP4;codecs=avc1;base64", 0, TRUE},
    {"mp4;!", 0, TRUE}, {"mp4;~", 0, TRUE},
    {"mp4; base64", 0, FALSE}, {"mp4;a\\tb", 0, FALSE},
    {"mp4\x7f", 0, FALSE}, {"mp4\xc3\xa4", 0, FALSE},
    /* "video/x;", 256 in all */
    {"x;", 248, TRUE}, {"x;", 249, FALSE}
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *fill = g_strnfill (cases[i].fill, 'y');
    g_autofree gchar *text = g_strdup_printf ("{\"status\":\"completed\","
        "\"url\":\"data:video/%s%s,AAAA\"}", cases[i].type, fill);
    g_autoptr (GstVeoBody) body = make_body (text, strlen (text), 0);
    g_autoptr (GstVeoAnswer) answer = read_answer (200, NULL, body);

    fail_unless (answer->task != NULL, "%s", text);
    fail_unless ((answer->task->data != NULL) == cases[i].is_video, "%s", text);
  }
}

GST_END_TEST;

/* Given the mark of UTF-8 before an answer, when it is read, then it is left
 * out; anywhere else it is no part of JSON. */
GST_START_TEST (test_byte_order_mark)
{
  static const struct
  {
    const gchar *text;
    GstVeoBodyShape shape;
  } cases[] = {
    {"\xef\xbb\xbf{}", GST_VEO_BODY_JSON},
    {"\xef\xbb\xbf", GST_VEO_BODY_EMPTY},
    {"\xef\xbb\xbf\xef\xbb\xbf{}", GST_VEO_BODY_TEXT},
    {" \xef\xbb\xbf{}", GST_VEO_BODY_TEXT},
    {"{\xef\xbb\xbf}", GST_VEO_BODY_TEXT},
    {"\xef\xbb{}", GST_VEO_BODY_JSON},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstVeoBody) body = make_body (cases[i].text,
        strlen (cases[i].text), 1);

    fail_unless_equals_int (gst_veo_body_get_shape (body), cases[i].shape);
  }
}

GST_END_TEST;

/* Given data: videos that decode to nothing, when one never ends, then it is
 * refused all the same. */
GST_START_TEST (test_data_video_of_blanks)
{
  g_autoptr (GstVeoBody) body = gst_veo_body_new ();
  g_autofree gchar *chunk = g_strnfill (65536, ' ');

  push_text (body, "{\"url\":\"data:video/mp4;base64,");
  fail_unless (push_repeatedly (body, chunk, 300 * MIB) < 5 * MIB);
  assert_too_large (body);
}

GST_END_TEST;

/* Given bodies with and without a video, when they have come in so far that
 * it can be known, then the body says whether one is being read. */
GST_START_TEST (test_has_data_video)
{
  static const struct
  {
    const gchar *text;
    gboolean has;
  } cases[] = {
    {"{\"url\":\"data:video/", TRUE},
    {"{\"url\":\"data:video", FALSE},
    {"{\"url\":\" DATA:VIDEO\\/", TRUE},
    {"{\"url\":\"\tdata:video/", TRUE},
    {"{\"url\":\"\\t\\r data:video/", TRUE},
    {"{\"url\":\"\\bdata:video/", FALSE},
    {"{\"url\":\"\\u000edata:video/", FALSE},
    {"{\"url\":\"\\u0064ata:video/", TRUE},
    {"{\"url\":\"data:image/png;base64,", FALSE},
    {"{\"url\":\"see data:video/", FALSE},
    {"{\"url\":\"https://x/data:video/", FALSE},
    {"<a href=\"data:video/mp4;base64,", FALSE},
    {"[\"data:video/", TRUE},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstVeoBody) body = make_body (cases[i].text,
        strlen (cases[i].text), 1);

    fail_unless_equals_int (gst_veo_body_has_data_video (body), cases[i].has);
  }
}

GST_END_TEST;

/* Given a video that is read once, when the same body is read again, then it
 * is there again. */
GST_START_TEST (test_read_twice)
{
  g_autoptr (GBytes) video = make_video (100);
  g_autofree gchar *text = spell_answer (video, NULL);
  g_autoptr (GstVeoBody) body = make_body (text, strlen (text), 0);
  gint i;

  for (i = 0; i < 2; i++) {
    g_autoptr (GstVeoAnswer) answer = read_answer (200, NULL, body);

    fail_unless (g_bytes_equal (answer->task->data, video));
  }
}

GST_END_TEST;

static Suite *
body_suite (void)
{
  Suite *suite = suite_create ("body");
  TCase *tc = tcase_create ("general");

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  tcase_set_timeout (tc, 300);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_huge_json);
  tcase_add_test (tc, test_huge_push);
  tcase_add_test (tc, test_huge_page);
  tcase_add_test (tc, test_exact_limit);
  tcase_add_test (tc, test_data_video);
  tcase_add_test (tc, test_data_video_spellings);
  tcase_add_test (tc, test_data_video_limit);
  tcase_add_test (tc, test_data_video_exact_limit);
  tcase_add_test (tc, test_data_video_headers);
  tcase_add_test (tc, test_data_video_of_blanks);
  tcase_add_test (tc, test_byte_order_mark);
  tcase_add_test (tc, test_has_data_video);
  tcase_add_test (tc, test_read_twice);
  return suite;
}

GST_CHECK_MAIN (body);
