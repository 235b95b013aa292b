/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which address a download goes to when one refuses or leads elsewhere, who gets
 * the key, and which error it ends with. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "steptools.h"

GST_START_TEST (test_link_refused)
{
  /* Given a link that is refused.
   * When the service gives a fresh one, which is refused, too.
   * Then the content address is opened, with the key; and if that refuses, the
   * reason is asked for. A byte that came meanwhile starts all that anew. */
  g_autoptr (GstVeoDownload) download = step_new_task_download (FALSE);

  fail_unless_equals_int (step_head (download, 403, NULL),
      GST_VEO_STEP_ASK_LINK);
  fail_unless (gst_veo_download_get_key (download) == NULL);
  fail_unless_equals_int (gst_veo_download_got_link (download, FRESH, FALSE,
          FALSE), GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_get_url (download), FRESH);
  fail_unless (step_begin_body (download));
  gst_veo_download_progressed (download, 1);
  fail_unless_equals_int (step_head (download, 403, NULL),
      GST_VEO_STEP_ASK_LINK);
  fail_unless_equals_int (gst_veo_download_got_link (download, FRESH, FALSE,
          FALSE), GST_VEO_STEP_OPEN);
  fail_unless_equals_int (step_head (download, 410, NULL), GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_get_url (download), CONTENT);
  fail_unless_equals_string (gst_veo_download_get_key (download), KEY);
  fail_unless_equals_int (step_head (download, 404, NULL),
      GST_VEO_STEP_ASK_REASON);
}

GST_END_TEST;

GST_START_TEST (test_no_fresh_link)
{
  /* Given a link that is refused.
   * When the service gives none in its place.
   * Then the content address is opened; and where that is what was refused, or
   * there is none, the service's error is the download's, or it is gone. */
  g_autoptr (GstVeoFailure) said = gst_veo_failure_new
      (GST_VEO_FAILURE_NO_SUCH_TASK, TASK);
  g_autoptr (GstVeoDownload) linked = step_new_task_download (FALSE);
  g_autoptr (GstVeoDownload) content = step_new_task_download (TRUE);
  g_autoptr (GstVeoDownload) bare = step_new_download (3);

  fail_unless_equals_int (gst_veo_download_got_no_link (linked, said),
      GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_get_url (linked), CONTENT);
  fail_unless_equals_int (gst_veo_download_got_no_link (content, said),
      GST_VEO_STEP_FAIL);
  fail_unless_equals_int (gst_veo_download_get_failure (content)->kind,
      GST_VEO_FAILURE_NO_SUCH_TASK);
  fail_unless_equals_int (gst_veo_download_got_no_link (bare, NULL),
      GST_VEO_STEP_FAIL);
  fail_unless_equals_int (gst_veo_download_get_failure (bare)->kind,
      GST_VEO_FAILURE_DOWNLOAD_GONE);
}

GST_END_TEST;

GST_START_TEST (test_expired_task)
{
  /* Given a task that has expired, as the service says when it is asked for a
   * fresh link.
   * When the content address is no help, or brings bytes before it breaks.
   * Then the error is that of the task; or of the download, which was none of
   * the task's doing. */
  g_autoptr (GstVeoFailure) said = gst_veo_failure_new
      (GST_VEO_FAILURE_TASK_EXPIRED, TASK);
  guint i;

  for (i = 0; i < 2; i++) {
    g_autoptr (GstVeoDownload) download = step_new_task_download (FALSE);
    gboolean brings_bytes = i == 1;

    fail_unless_equals_int (gst_veo_download_got_no_link (download, said),
        GST_VEO_STEP_OPEN);
    if (!brings_bytes) {
      fail_unless_equals_int (step_head (download, 302, "ftp://elsewhere/"),
          GST_VEO_STEP_FAIL);
    } else {
      fail_unless (step_begin_body (download));
      gst_veo_download_progressed (download, 5);
      fail_unless_equals_int (gst_veo_download_differs (download),
          GST_VEO_STEP_FAIL);
    }
    fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
        brings_bytes ? GST_VEO_FAILURE_DOWNLOAD_CHANGED :
        GST_VEO_FAILURE_TASK_EXPIRED);
  }
}

GST_END_TEST;

GST_START_TEST (test_content_address_refuses)
{
  /* Given a link that is the content address itself, or where it led.
   * When it is refused.
   * Then it is not tried once more as the address to fall back to; but of what
   * it led to a fresh link is asked for. */
  g_autoptr (GstVeoDownload) itself = step_new_task_download (TRUE);
  g_autoptr (GstVeoDownload) behind = step_new_task_download (TRUE);

  fail_unless_equals_int (step_head (itself, 404, NULL),
      GST_VEO_STEP_ASK_REASON);
  fail_unless_equals_int (step_head (behind, 302, LINK), GST_VEO_STEP_OPEN);
  fail_unless_equals_int (step_head (behind, 404, NULL), GST_VEO_STEP_ASK_LINK);
}

GST_END_TEST;

/* A body that has a link in it */
static GstVeoStep
get_text (GstVeoDownload * download, gboolean is_json)
{
  static const gchar text[] = "{\"url\":\"https://other.example/d.mp4\"}";

  fail_unless (step_begin_body (download));
  return gst_veo_download_got_text (download, is_json, (const guint8 *) text,
      strlen (text));
}

GST_START_TEST (test_link_in_json)
{
  /* Given a server that answers with JSON that has a link, and behind that with
   * the same again.
   * When it is read.
   * Then the first is followed, and the second is no video. */
  g_autoptr (GstVeoDownload) download = step_new_download (3);

  fail_unless_equals_int (get_text (download, TRUE), GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_get_url (download),
      "https://other.example/d.mp4");
  fail_unless_equals_int (get_text (download, TRUE), GST_VEO_STEP_FAIL);
  fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
      GST_VEO_FAILURE_NOT_A_VIDEO);
}

GST_END_TEST;

GST_START_TEST (test_no_link_in_json)
{
  /* Given JSON whose link leads to a video inside it, to a private host or to a
   * file, or that has none.
   * When it comes in place of a video.
   * Then nothing of it is followed. */
  static const gchar *const texts[] = { "{\"url\":\"data:video/mp4,x\"}",
    "{\"url\":\"https://10.0.0.1/d.mp4\"}", "{\"url\":\"file:///d.mp4\"}",
    "{\"id\":\"d\"}"
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GstVeoDownload) download = step_new_download (3);

    fail_unless (step_begin_body (download));
    fail_unless_equals_int (gst_veo_download_got_text (download, TRUE,
            (const guint8 *) texts[i], strlen (texts[i])), GST_VEO_STEP_FAIL);
    fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
        GST_VEO_FAILURE_NOT_A_VIDEO);
  }
}

GST_END_TEST;

GST_START_TEST (test_text_is_no_json)
{
  /* Given a page that quotes such JSON.
   * When it is read.
   * Then no link of it is followed. */
  g_autoptr (GstVeoDownload) download = step_new_download (3);

  fail_unless_equals_int (get_text (download, FALSE), GST_VEO_STEP_FAIL);
}

GST_END_TEST;

/* *INDENT-OFF* */
static const struct
{
  guint status;                 /* 0: nothing came */
  const gchar *words;
  gboolean recovered;
  GstVeoStep step;
  GstVeoFailureKind kind;
  const gchar *detail;
} reasons[] = {
  {0, "refused", FALSE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      "refused; no byte of it had come"},
  {0, NULL, FALSE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      "it broke; no byte of it had come"},
  {0, NULL, TRUE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      "it broke; no byte of it had come"},
  {403, "expired", FALSE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_REFUSED,
      "expired"},
  {404, "nothing here", FALSE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_GONE,
      "nothing here"},
  {404, NULL, TRUE, GST_VEO_STEP_OPEN, 0, NULL},
  {400, "Task is not completed yet, current status: processing", FALSE,
      GST_VEO_STEP_OPEN, 0, NULL},
  {404, "current status: processing", FALSE, GST_VEO_STEP_FAIL,
      GST_VEO_FAILURE_DOWNLOAD_GONE, "current status: processing"},
  {400, "bad request", FALSE, GST_VEO_STEP_FAIL,
      GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      "bad request; no byte of it had come"},
  {400, NULL, FALSE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      "no byte of it had come"},
};
/* *INDENT-ON* */

GST_START_TEST (test_reason)
{
  /* Given a server that refuses a download, or cannot be reached.
   * When it was asked why.
   * Then its words are the error's, or it is tried again if they say that it is
   * too early, or if it did not refuse this time. */
  g_autoptr (GstVeoDownload) download =
      step_new_download (reasons[__i__].status ? 3 : 0);
  GstVeoQuote quote = { (gchar *) reasons[__i__].words, (gchar *) "code",
    (gchar *) "message"
  };
  const GstVeoFailure *failure;

  fail_unless_equals_int (reasons[__i__].status
      ? step_head (download, reasons[__i__].status, NULL)
      : step_break (download), GST_VEO_STEP_ASK_REASON);
  fail_unless_equals_int (gst_veo_download_got_reason (download, &quote,
          reasons[__i__].recovered), reasons[__i__].step);
  if (reasons[__i__].step != GST_VEO_STEP_FAIL)
    return;
  failure = gst_veo_download_get_failure (download);
  fail_unless_equals_int (failure->kind, reasons[__i__].kind);
  fail_unless_equals_string (failure->detail, reasons[__i__].detail);
  fail_unless_equals_int (failure->attempts, 1);
  if (reasons[__i__].status)
    fail_unless_equals_string (failure->error_code, "code");
}

GST_END_TEST;

/* *INDENT-OFF* */
static const struct
{
  const gchar *location;
  GstVeoStep step;
  GstVeoFailureKind kind;
} redirects[] = {
  {"https://other.example/c.mp4", GST_VEO_STEP_OPEN, 0},
  {"/c.mp4", GST_VEO_STEP_OPEN, 0},
  {NULL, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_REDIRECT},
  {"ftp://other.example/c.mp4", GST_VEO_STEP_FAIL, GST_VEO_FAILURE_REDIRECT},
  {"http://other.example/c.mp4", GST_VEO_STEP_FAIL, GST_VEO_FAILURE_REDIRECT},
  {"https://10.0.0.1/c.mp4", GST_VEO_STEP_FAIL, GST_VEO_FAILURE_LINK_REFUSED},
};
/* *INDENT-ON* */

GST_START_TEST (test_redirect)
{
  /* Given a link that redirects.
   * When it leads to another https address.
   * Then that is opened, without the key, ten times at most; and an address
   * without TLS, a private one or none at all is an error at once. */
  g_autoptr (GstVeoDownload) download = step_new_download (3);
  GstVeoStep step = step_head (download, 302, redirects[__i__].location);
  guint i;

  fail_unless_equals_int (step, redirects[__i__].step);
  if (step == GST_VEO_STEP_FAIL) {
    fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
        redirects[__i__].kind);
    return;
  }
  fail_unless (g_str_has_suffix (gst_veo_download_get_url (download),
          "/c.mp4"));
  for (i = 2; i <= 10; i++)
    fail_unless_equals_int (step_head (download, 302, "/d.mp4"),
        GST_VEO_STEP_OPEN);
  fail_unless_equals_int (step_head (download, 302, "/d.mp4"),
      GST_VEO_STEP_FAIL);
  fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
      GST_VEO_FAILURE_REDIRECT);
}

GST_END_TEST;

GST_START_TEST (test_way_round)
{
  /* Given the content address, which the key goes to.
   * When it redirects within the service, elsewhere, and back.
   * Then the key goes along within it, and not by way of another one; and the
   * next attempt begins at the address itself. */
  g_autoptr (GstVeoDownload) download = step_new_task_download (TRUE);

  fail_unless_equals_int (step_head (download, 307, BASE "/files/a.mp4"),
      GST_VEO_STEP_OPEN);
  fail_unless (gst_veo_download_get_key (download) != NULL);
  fail_unless_equals_int (step_head (download, 302, LINK), GST_VEO_STEP_OPEN);
  fail_unless (gst_veo_download_get_key (download) == NULL);
  fail_unless_equals_int (step_head (download, 302, BASE "/files/a.mp4"),
      GST_VEO_STEP_OPEN);
  fail_unless (gst_veo_download_get_key (download) == NULL);
  fail_unless_equals_int (gst_veo_download_broke (download, "cut"),
      GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_get_url (download), CONTENT);
  fail_unless (gst_veo_download_get_key (download) != NULL);
}

GST_END_TEST;

GST_START_TEST (test_https_is_wanted)
{
  /* Given a base without TLS whose service redirects to the same with it.
   * When the key was sent, or was not.
   * Then it is said that the base has to be changed, or it is followed. */
  gboolean needs_key;

  for (needs_key = FALSE; needs_key <= TRUE; needs_key++) {
    const GstVeoDownloadSettings settings = {.task_id = TASK,
      .url = "http://service.example/a.mp4",.needs_key = needs_key,
      .base_url = "http://service.example",.api_key = KEY
    };
    g_autoptr (GstVeoDownload) download = gst_veo_download_new (&settings);

    fail_unless_equals_int (step_head (download, 301,
            "https://service.example/a.mp4"), needs_key ? GST_VEO_STEP_FAIL
        : GST_VEO_STEP_OPEN);
    if (needs_key)
      fail_unless (strstr (gst_veo_download_get_failure (download)->detail,
              "set base-url to https://"));
  }
}

GST_END_TEST;

GST_START_TEST (test_no_link_and_no_content)
{
  /* Given a task whose link could not be used, and no video at its content
   * address.
   * When that is refused.
   * Then the error is of the link, with the server's words behind it. */
  const GstVeoDownloadSettings settings = {.task_id = TASK,.url = CONTENT,
    .is_content = TRUE,.content_url = CONTENT,.base_url = BASE,
    .refused_link = "the link is file:///a"
  };
  GstVeoQuote quote = { (gchar *) "nothing here", (gchar *) "code",
    (gchar *) "nothing here"
  };
  const GstVeoQuote silence = { NULL, };
  g_autoptr (GstVeoDownload) told = gst_veo_download_new (&settings);
  g_autoptr (GstVeoDownload) untold = gst_veo_download_new (&settings);

  fail_unless_equals_int (step_head (told, 404, NULL), GST_VEO_STEP_ASK_REASON);
  gst_veo_download_got_reason (told, &quote, FALSE);
  fail_unless_equals_int (gst_veo_download_get_failure (told)->kind,
      GST_VEO_FAILURE_NO_LINK);
  fail_unless_equals_string (gst_veo_download_get_failure (told)->detail,
      "the link is file:///a; nothing here");
  fail_if (gst_veo_download_get_failure (told)->had_key);
  step_head (untold, 404, NULL);
  gst_veo_download_got_reason (untold, &silence, FALSE);
  fail_unless_equals_string (gst_veo_download_get_failure (untold)->detail,
      "the link is file:///a");
}

GST_END_TEST;

GST_START_TEST (test_bad_certificate)
{
  /* Given a server whose certificate is not trusted, When that is found, Then it
   * is the error, at once. */
  g_autoptr (GstVeoDownload) download = step_new_download (3);

  fail_unless_equals_int (gst_veo_download_got_bad_certificate (download,
          "it has expired"), GST_VEO_STEP_FAIL);
  fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
      GST_VEO_FAILURE_TLS);
  fail_unless_equals_string (gst_veo_download_get_failure (download)->detail,
      "it has expired");
}

GST_END_TEST;

GST_START_TEST (test_key_of_another_origin)
{
  /* Given a link that is said to need the key but leads to another scheme, host
   * or port than the base, When it is opened, Then the key stays behind. */
  static const gchar *const urls[] = { "http://base.example:8080/v.mp4",
    "http://other.example/v.mp4", "https://base.example/v.mp4"
  };
  GstVeoDownloadSettings settings = {.task_id = "t",.needs_key = TRUE,
    .base_url = "http://base.example",.api_key = "k"
  };
  GstVeoAttempt attempt;
  guint i;

  for (i = 0; i <= G_N_ELEMENTS (urls); i++) {
    GstVeoDownload *download;

    settings.url = i < G_N_ELEMENTS (urls) ? urls[i]
        : "http://base.example/v.mp4";
    download = gst_veo_download_new (&settings);
    gst_veo_download_begin_attempt (download, 0, &attempt);
    fail_unless_equals_string (attempt.key,
        i < G_N_ELEMENTS (urls) ? NULL : "k");
    gst_veo_download_free (download);
  }
}

GST_END_TEST;

static Suite *
addresses_suite (void)
{
  Suite *suite = suite_create ("addresses");
  TCase *tcase = tcase_create ("addresses");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_link_refused);
  tcase_add_test (tcase, test_no_fresh_link);
  tcase_add_test (tcase, test_expired_task);
  tcase_add_test (tcase, test_content_address_refuses);
  tcase_add_test (tcase, test_link_in_json);
  tcase_add_test (tcase, test_no_link_in_json);
  tcase_add_test (tcase, test_text_is_no_json);
  tcase_add_loop_test (tcase, test_reason, 0, G_N_ELEMENTS (reasons));
  tcase_add_loop_test (tcase, test_redirect, 0, G_N_ELEMENTS (redirects));
  tcase_add_test (tcase, test_way_round);
  tcase_add_test (tcase, test_https_is_wanted);
  tcase_add_test (tcase, test_no_link_and_no_content);
  tcase_add_test (tcase, test_bad_certificate);
  tcase_add_test (tcase, test_key_of_another_origin);
  return suite;
}

GST_CHECK_MAIN (addresses);
