/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which step of a download follows each thing that can happen to its bytes. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "steptools.h"

GST_START_TEST (test_outage)
{
  /* Given a server that breaks every attempt.
   * When two in a row have brought nothing, and more are to come.
   * Then that is told, once, with the reason, how far it came and how long it
   * is tried; and when none is to come it is not. */
  g_autoptr (GstVeoDownload) patient = step_new_download (3);
  g_autoptr (GstVeoDownload) impatient = step_new_download (1);
  g_autofree gchar *text = NULL;

  fail_unless_equals_int (step_break (patient), GST_VEO_STEP_OPEN);
  fail_unless (gst_veo_download_take_outage (patient) == NULL);
  fail_unless_equals_int (step_break (patient), GST_VEO_STEP_OPEN);
  text = gst_veo_download_take_outage (patient);
  fail_unless (text && strstr (text, "it broke; no byte of it had come")
      && strstr (text, "tried 2 more times"), "%s", text);
  fail_unless (gst_veo_download_take_outage (patient) == NULL);

  fail_unless_equals_int (step_break (impatient), GST_VEO_STEP_OPEN);
  fail_unless_equals_int (step_break (impatient), GST_VEO_STEP_ASK_REASON);
  fail_unless (gst_veo_download_take_outage (impatient) == NULL);
}

GST_END_TEST;

GST_START_TEST (test_how_far)
{
  /* Given a server that breaks off after five of ten bytes, and then before any.
   * When it is given up.
   * Then the error says how far it came. */
  g_autoptr (GstVeoDownload) download = step_new_download (1);
  const GstVeoFailure *failure;

  fail_unless (step_begin_body (download));
  gst_veo_download_progressed (download, 5);
  fail_unless_equals_int (gst_veo_download_broke (download, "cut"),
      GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_take_break (download), "cut");
  fail_unless (gst_veo_download_take_break (download) == NULL);
  fail_unless_equals_int (gst_veo_download_broke (download, "cut"),
      GST_VEO_STEP_OPEN);
  fail_unless_equals_int (gst_veo_download_broke (download, "cut"),
      GST_VEO_STEP_FAIL);
  failure = gst_veo_download_get_failure (download);
  fail_unless_equals_int (failure->kind, GST_VEO_FAILURE_DOWNLOAD_BROKEN);
  fail_unless_equals_string (failure->detail, "cut; 5 of 10 bytes had come");
}

GST_END_TEST;

GST_START_TEST (test_given_up)
{
  /* Given a server that has trouble each time.
   * When it was asked as often as it may be.
   * Then the error says how often, and no reason is asked for: the status was
   * one. */
  g_autoptr (GstVeoDownload) download = step_new_download (2);
  const GstVeoFailure *failure;

  fail_unless_equals_int (step_head (download, 503, NULL), GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_take_break (download),
      "the server answered HTTP 503");
  fail_unless_equals_int (gst_veo_download_get_delay (download), MIN_BACKOFF);
  fail_unless_equals_int (step_head (download, 503, NULL), GST_VEO_STEP_OPEN);
  fail_unless_equals_int (gst_veo_download_get_delay (download),
      2 * MIN_BACKOFF);
  fail_unless_equals_int (step_head (download, 503, NULL), GST_VEO_STEP_FAIL);
  failure = gst_veo_download_get_failure (download);
  fail_unless_equals_int (failure->kind, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE);
  fail_unless_equals_string (failure->detail, "no byte of it had come");
  fail_unless_equals_int (failure->http_status, 503);
  fail_unless_equals_int (failure->attempts, 3);
  fail_unless (failure->had_key);
}

GST_END_TEST;

GST_START_TEST (test_trouble)
{
  /* Given an answer of each status, When it has come, Then trouble that passes
   * is waited for, and anything else has its reason asked for. */
  static const guint passing[] = { 408, 409, 425, 429, 500, 502, 599 };
  static const guint lasting[] = { 400, 401, 402, 403, 404, 410, 426, 499 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (passing); i++) {
    g_autoptr (GstVeoDownload) download = step_new_download (3);

    fail_unless_equals_int (step_head (download, passing[i], NULL),
        GST_VEO_STEP_OPEN);
    fail_unless (gst_veo_download_take_break (download) != NULL);
  }
  for (i = 0; i < G_N_ELEMENTS (lasting); i++) {
    g_autoptr (GstVeoDownload) download = step_new_download (3);

    fail_unless_equals_int (step_head (download, lasting[i], NULL),
        GST_VEO_STEP_ASK_REASON);
    fail_unless (gst_veo_download_take_break (download) == NULL);
  }
}

GST_END_TEST;

/* --- Where in the file an answer begins --- */

/* *INDENT-OFF* */
static const struct
{
  guint64 need;
  guint status;
  const gchar *name;
  const gchar *value;
  GstVeoStep step;
  guint64 start;                /* of READ */
  gboolean has_range;           /* is known afterwards */
} heads[] = {
  {0, 206, "Content-Range", "bytes 0-9/10", GST_VEO_STEP_READ, 0, TRUE},
  {5, 206, "Content-Range", "bytes 5-9/10", GST_VEO_STEP_READ, 5, TRUE},
  {5, 206, "Content-Range", "bytes 3-9/10", GST_VEO_STEP_READ, 3, FALSE},
  /* behind the byte that is wanted, nowhere, all of it once more */
  {5, 206, "Content-Range", "bytes 6-9/10", GST_VEO_STEP_OPEN, 0, FALSE},
  {5, 206, NULL, NULL, GST_VEO_STEP_OPEN, 0, FALSE},
  {5, 200, "Content-Length", "10", GST_VEO_STEP_OPEN, 0, FALSE},
  {0, 200, "Content-Length", "10", GST_VEO_STEP_READ, 0, FALSE},
  {0, 200, NULL, NULL, GST_VEO_STEP_READ, 0, FALSE},
  {0, 200, "Content-Length", "0", GST_VEO_STEP_FAIL, 0, FALSE},
  {0, 204, NULL, NULL, GST_VEO_STEP_FAIL, 0, FALSE},
  /* nothing is there: the end of a file of unknown length, if it is that byte */
  {5, 416, "Content-Range", "bytes */5", GST_VEO_STEP_END, 0, FALSE},
  {5, 416, "Content-Range", "bytes */6", GST_VEO_STEP_OPEN, 0, FALSE},
  {5, 416, "Content-Range", "bytes */*", GST_VEO_STEP_OPEN, 0, FALSE},
  {5, 416, NULL, NULL, GST_VEO_STEP_OPEN, 0, FALSE},
  {0, 416, "Content-Range", "bytes */0", GST_VEO_STEP_OPEN, 0, FALSE},
};
/* *INDENT-ON* */

GST_START_TEST (test_heads)
{
  /* Given answers that begin in different places of a file, or nowhere.
   * When one has come.
   * Then it is read, or asked for once more without a Range, which is no break;
   * and it is known whether another connection could go on at a byte. */
  g_autoptr (GstVeoDownload) download = step_new_download (3);
  GstVeoAttempt next;
  guint64 start = 0;
  GstVeoStep step = step_reply (download, heads[__i__].need,
      heads[__i__].status, heads[__i__].name, heads[__i__].value, &start);

  fail_unless_equals_int (step, heads[__i__].step);
  fail_unless (gst_veo_download_has_range (download) == heads[__i__].has_range);
  fail_unless (gst_veo_download_take_break (download) == NULL);
  if (step == GST_VEO_STEP_READ)
    fail_unless_equals_uint64 (start, heads[__i__].start);
  if (step == GST_VEO_STEP_END)
    fail_unless_equals_uint64 (gst_veo_download_get_total (download), 5);
  if (step == GST_VEO_STEP_FAIL) {
    fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
        GST_VEO_FAILURE_NOT_A_VIDEO);
    fail_unless_equals_string (gst_veo_download_get_failure (download)->detail,
        "an empty answer");
  }
  if (step == GST_VEO_STEP_OPEN) {
    gst_veo_download_begin_attempt (download, 5, &next);
    fail_if (next.ask_range);
    fail_unless_equals_uint64 (next.offset, 0);
  }
}

GST_END_TEST;

GST_START_TEST (test_whole_file_refused)
{
  /* Given a file of ten bytes, five of which have come from a server that ignores
   * Range, so that it gets none.
   * When it answers all the same that no such bytes are there, as if the file
   * ended there.
   * Then the end is not believed: it is a refusal. */
  g_autoptr (GstVeoDownload) download = step_new_download (3);
  guint64 start;

  fail_unless (step_begin_body (download));
  gst_veo_download_progressed (download, 5);
  fail_unless_equals_int (gst_veo_download_broke (download, "cut"),
      GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_take_break (download), "cut");
  fail_unless_equals_int (step_reply (download, 5, 416, "Content-Range",
          "bytes */5", &start), GST_VEO_STEP_ASK_REASON);
  fail_unless (gst_veo_download_take_break (download) == NULL);
}

GST_END_TEST;

GST_START_TEST (test_no_place)
{
  /* Given a server whose answers say nowhere which bytes they are.
   * When it was asked without a Range, too.
   * Then that is a break. */
  g_autoptr (GstVeoDownload) download = step_new_download (3);
  guint64 start;

  fail_unless_equals_int (step_reply (download, 5, 206, NULL, NULL, &start),
      GST_VEO_STEP_OPEN);
  fail_unless (gst_veo_download_take_break (download) == NULL);
  fail_unless_equals_int (step_reply (download, 5, 206, NULL, NULL, &start),
      GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_take_break (download),
      "the connection was lost");
}

GST_END_TEST;

GST_START_TEST (test_second_head)
{
  /* Given a body that is being read.
   * When souphttpsrc asks again by itself, and is told that Range cannot be
   * had, or that there is no such byte.
   * Then the connection was lost: where souphttpsrc is, only it believes. */
  static const guint statuses[] = { 206, 416 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autoptr (GstVeoDownload) download = step_new_download (3);
    GstVeoReply reply = { statuses[i], };
    guint64 start;

    fail_unless_equals_int (step_reply (download, 0, 206, "Content-Range",
            "bytes 0-9/10", &start), GST_VEO_STEP_READ);
    fail_unless_equals_int (gst_veo_download_replied (download, &reply, 3, 0,
            &start), GST_VEO_STEP_OPEN);
    fail_unless_equals_string (gst_veo_download_take_break (download),
        "the connection was lost");
  }
}

GST_END_TEST;

GST_START_TEST (test_text_within)
{
  /* Given a file of which a byte has come.
   * When a message comes in place of the next ones.
   * Then that is a break, with the server's words. */
  g_autoptr (GstVeoDownload) download = step_new_download (3);

  fail_unless (step_begin_body (download));
  gst_veo_download_progressed (download, 1);
  fail_unless_equals_int (gst_veo_download_got_text (download, FALSE,
          (const guint8 *) "busy", 4), GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_take_break (download), "busy");
}

GST_END_TEST;

/* *INDENT-OFF* */
static const struct
{
  const gchar *length;          /* NULL: it is not told */
  guint64 pos;
  GstVeoBoxesState boxes;
  GstVeoStep step;
} body_ends[] = {
  {"10", 9, GST_VEO_BOXES_END, GST_VEO_STEP_OPEN},
  {"10", 10, GST_VEO_BOXES_INSIDE, GST_VEO_STEP_END},
  {"10", 11, GST_VEO_BOXES_END, GST_VEO_STEP_FAIL},
  {NULL, 10, GST_VEO_BOXES_END, GST_VEO_STEP_END},
  {NULL, 10, GST_VEO_BOXES_FOREIGN, GST_VEO_STEP_END},
  {NULL, 10, GST_VEO_BOXES_INSIDE, GST_VEO_STEP_OPEN},
  {NULL, 0, GST_VEO_BOXES_END, GST_VEO_STEP_OPEN},
};
/* *INDENT-ON* */

GST_START_TEST (test_ends)
{
  /* Given a file of ten bytes, or of an unknown length.
   * When the body ends before its end, behind it, there, or within a box.
   * Then that is a break, another file, the end, a break. */
  g_autoptr (GstVeoDownload) download = step_new_download (3);
  guint64 start;
  GstVeoStep step;

  fail_unless_equals_int (step_reply (download, 0, 200,
          body_ends[__i__].length ? "Content-Length" : NULL,
          body_ends[__i__].length, &start), GST_VEO_STEP_READ);
  fail_unless_equals_int (gst_veo_download_check_file (download),
      GST_VEO_STEP_READ);
  if (body_ends[__i__].pos)
    gst_veo_download_progressed (download, 9);
  step = gst_veo_download_ended (download, body_ends[__i__].pos,
      body_ends[__i__].boxes);
  fail_unless_equals_int (step, body_ends[__i__].step);
  if (step == GST_VEO_STEP_END)
    fail_unless_equals_uint64 (gst_veo_download_get_total (download), 10);
  if (step == GST_VEO_STEP_OPEN)
    fail_unless_equals_string (gst_veo_download_take_break (download),
        "the transfer ended too early");
  if (step == GST_VEO_STEP_FAIL)
    fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
        GST_VEO_FAILURE_DOWNLOAD_CHANGED);
}

GST_END_TEST;

GST_START_TEST (test_nothing_ever_comes)
{
  /* Given a server that ends each body before its first byte.
   * When it was asked as often as it may be.
   * Then what is there is empty, no video. */
  g_autoptr (GstVeoDownload) download = step_new_download (1);
  guint64 start;
  guint i;

  for (i = 0; i < 2; i++) {
    fail_unless_equals_int (step_reply (download, 0, 200, NULL, NULL, &start),
        GST_VEO_STEP_READ);
    fail_unless_equals_int (gst_veo_download_ended (download, 0,
            GST_VEO_BOXES_FOREIGN), i == 0 ? GST_VEO_STEP_OPEN
        : GST_VEO_STEP_FAIL);
  }
  fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
      GST_VEO_FAILURE_NOT_A_VIDEO);
}

GST_END_TEST;

GST_START_TEST (test_another_file)
{
  /* Given a file of ten bytes.
   * When the next answer is of eleven.
   * Then it is another one, unless no byte had come of the first. */
  guint bytes;

  for (bytes = 0; bytes <= 5; bytes += 5) {
    g_autoptr (GstVeoDownload) download = step_new_download (3);
    guint64 start;

    fail_unless (step_begin_body (download));
    if (bytes)
      gst_veo_download_progressed (download, bytes);
    gst_veo_download_broke (download, "cut");
    fail_unless_equals_int (step_reply (download, 0, 200, "Content-Length",
            "11", &start), GST_VEO_STEP_READ);
    fail_unless_equals_int (gst_veo_download_check_file (download),
        bytes ? GST_VEO_STEP_FAIL : GST_VEO_STEP_READ);
    if (bytes)
      fail_unless_equals_string (gst_veo_download_get_failure
          (download)->detail, "it had 10 bytes, now it has 11");
  }
}

GST_END_TEST;

static Suite *
steps_suite (void)
{
  Suite *suite = suite_create ("steps");
  TCase *tcase = tcase_create ("steps");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_outage);
  tcase_add_test (tcase, test_how_far);
  tcase_add_test (tcase, test_given_up);
  tcase_add_test (tcase, test_trouble);
  tcase_add_loop_test (tcase, test_heads, 0, G_N_ELEMENTS (heads));
  tcase_add_test (tcase, test_whole_file_refused);
  tcase_add_test (tcase, test_no_place);
  tcase_add_test (tcase, test_second_head);
  tcase_add_test (tcase, test_text_within);
  tcase_add_loop_test (tcase, test_ends, 0, G_N_ELEMENTS (body_ends));
  tcase_add_test (tcase, test_nothing_ever_comes);
  tcase_add_test (tcase, test_another_file);
  return suite;
}

GST_CHECK_MAIN (steps);
