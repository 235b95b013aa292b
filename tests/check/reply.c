/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include "gstveoreply.h"

#define NO GST_VEO_UNKNOWN

typedef struct
{
  guint status;
  const gchar *range;
  const gchar *length;
  const gchar *encoding;
  gboolean good;
  guint64 start, end, total;
} Row;

static const Row rows[] = {
  {200, NULL, NULL, NULL, TRUE, 0, NO, NO},
  {200, NULL, "100", NULL, TRUE, 0, 100, 100},
  {200, NULL, " 100 ", NULL, TRUE, 0, 100, 100},
  {200, NULL, "100", "gzip", TRUE, 0, NO, NO},
  {200, NULL, "100", "identity", TRUE, 0, 100, 100},
  {200, NULL, "-5", NULL, TRUE, 0, NO, NO},
  {200, NULL, "99999999999999999999999", NULL, TRUE, 0, NO, NO},
  {200, "bytes 5-9/10", "10", NULL, TRUE, 0, 10, 10},
  {206, "bytes 5-9/10", "5", NULL, TRUE, 5, 10, 10},
  {206, "bytes 5-9/10", NULL, NULL, TRUE, 5, 10, 10},
  {206, "BYTES 5-9/10", NULL, NULL, TRUE, 5, 10, 10},
  {206, "bytes=5-9/10", NULL, NULL, TRUE, 5, 10, 10},
  {206, "bytes 5-9/*", "5", NULL, TRUE, 5, 10, NO},
  {206, "bytes 0-0/1", "1", NULL, TRUE, 0, 1, 1},
  {206, "bytes 5-9/10", "10", NULL, FALSE, 0, 0, 0},
  {206, "bytes 5-9/8", NULL, NULL, FALSE, 0, 0, 0},
  {206, "bytes 9-5/10", NULL, NULL, FALSE, 0, 0, 0},
  {206, "bytes */10", NULL, NULL, FALSE, 0, 0, 0},
  {206, "bytes 5-/10", NULL, NULL, FALSE, 0, 0, 0},
  {206, "bytes 5-9", NULL, NULL, FALSE, 0, 0, 0},
  {206, "items 5-9/10", NULL, NULL, FALSE, 0, 0, 0},
  {206, "", NULL, NULL, FALSE, 0, 0, 0},
  {206, NULL, "5", NULL, FALSE, 0, 0, 0},
  {206, "bytes 5-99999999999999999999/*", NULL, NULL, FALSE, 0, 0, 0},
  {416, "bytes */10", "0", NULL, TRUE, NO, NO, 10},
  {416, "bytes */*", NULL, NULL, TRUE, NO, NO, NO},
  {416, NULL, NULL, NULL, FALSE, 0, 0, 0},
};

GST_START_TEST (test_spans)
{
  /* Given the head of an answer.
   * When it is asked which bytes it brings.
   * Then it says what the headers say, or that they contradict themselves. */
  const Row *row = &rows[__i__];
  GstVeoReply reply = { row->status, };
  GstVeoSpan span;

  gst_veo_reply_set_header (&reply, "content-range", row->range);
  gst_veo_reply_set_header (&reply, "CONTENT-LENGTH", row->length);
  gst_veo_reply_set_header (&reply, "Content-Encoding", row->encoding);
  fail_unless_equals_int (gst_veo_reply_get_span (&reply, &span), row->good);
  if (row->good) {
    fail_unless_equals_uint64 (span.start, row->start);
    fail_unless_equals_uint64 (span.end, row->end);
    fail_unless_equals_uint64 (span.total, row->total);
  }
  gst_veo_reply_clear (&reply);
}

GST_END_TEST;

/* What the first answer told, what a later one tells, and whether it is the same file */
static const struct
{
  const gchar *first[3];        /* length, ETag, Last-Modified */
  const gchar *second[3];
  gboolean same;
} identities[] = {
  {{"10", "\"a\"", "Mon"}, {"10", "\"a\"", "Mon"}, TRUE},
  {{"10", "\"a\"", "Mon"}, {"11", "\"a\"", "Mon"}, FALSE},
  {{"10", "\"a\"", "Mon"}, {"10", "\"b\"", "Mon"}, FALSE},
  {{"10", "\"a\"", "Mon"}, {"10", "\"a\"", "Tue"}, FALSE},
  {{"10", "\"a\"", "Mon"}, {"10", "W/\"a\"", "Mon"}, TRUE},
  {{"10", "\"a\"", "Mon"}, {NULL, NULL, NULL}, TRUE},
  {{NULL, NULL, NULL}, {"10", "\"a\"", "Mon"}, TRUE},
};

static void
fill_reply (GstVeoReply * reply, const gchar * const *values)
{
  reply->status = 200;
  gst_veo_reply_set_header (reply, "Content-Length", values[0]);
  gst_veo_reply_set_header (reply, "ETag", values[1]);
  gst_veo_reply_set_header (reply, "Last-Modified", values[2]);
}

GST_START_TEST (test_identities)
{
  /* Given what one answer told of a file.
   * When another answer tells something.
   * Then it is the same file unless something that both told differs. */
  GstVeoReply first = { 0, }, second = { 0, };
  GstVeoIdentity identity = { GST_VEO_UNKNOWN, };
  g_autofree gchar *difference = NULL;
  GstVeoSpan span;
  gboolean same;

  fill_reply (&first, identities[__i__].first);
  fill_reply (&second, identities[__i__].second);
  gst_veo_reply_get_span (&first, &span);
  gst_veo_identity_learn (&identity, &first, &span);
  gst_veo_reply_get_span (&second, &span);
  same = gst_veo_identity_agrees (&identity, &second, &span, &difference);
  fail_unless_equals_int (same, identities[__i__].same);
  fail_unless_equals_int (difference == NULL, same);
  gst_veo_reply_clear (&first);
  gst_veo_reply_clear (&second);
  gst_veo_identity_clear (&identity);
}

GST_END_TEST;

static Suite *
reply_suite (void)
{
  Suite *s = suite_create ("reply");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_spans, 0, G_N_ELEMENTS (rows));
  tcase_add_loop_test (tc, test_identities, 0, G_N_ELEMENTS (identities));
  return s;
}

GST_CHECK_MAIN (reply);
