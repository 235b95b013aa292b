/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "gstveofailure.h"

static GstVeoFailure *
make_failure (GstVeoFailureKind kind, guint http_status, const gchar * code,
    const gchar * message)
{
  GstVeoFailure *failure = gst_veo_failure_new (kind, "video_abc123");

  failure->http_status = http_status;
  failure->error_code = g_strdup (code);
  failure->error_message = g_strdup (message);
  failure->had_key = TRUE;
  return failure;
}

/* Given every kind of failure, when the tables of errors are looked up, then
 * the application's error and the number of retries are those of the design. */
GST_START_TEST (test_table)
{
/* *INDENT-OFF* */
  static const struct
  {
    GstVeoFailureKind kind;
    GstVeoErrorCode code;
    gint retries;
  } rows[] = {
    {GST_VEO_FAILURE_REFUSED, GST_VEO_ERROR_NOT_AUTHORIZED, 0},
    {GST_VEO_FAILURE_NO_MODEL_ACCESS, GST_VEO_ERROR_NOT_AUTHORIZED, 0},
    {GST_VEO_FAILURE_FIREWALL, GST_VEO_ERROR_NOT_AUTHORIZED, 3},
    {GST_VEO_FAILURE_PROXY_REFUSED, GST_VEO_ERROR_NOT_AUTHORIZED, 0},
    {GST_VEO_FAILURE_NO_SUCH_TASK, GST_VEO_ERROR_NOT_FOUND, 4},
    {GST_VEO_FAILURE_WRONG_BASE, GST_VEO_ERROR_SETTINGS, 1},
    {GST_VEO_FAILURE_OTHER_CLIENT_ERROR, GST_VEO_ERROR_FAILED, 1},
    {GST_VEO_FAILURE_UNAVAILABLE, GST_VEO_ERROR_OPEN_READ, GST_VEO_TRIES_PER_SETTING},
    {GST_VEO_FAILURE_UNREACHABLE, GST_VEO_ERROR_OPEN_READ, GST_VEO_TRIES_PER_SETTING},
    {GST_VEO_FAILURE_NONSENSE, GST_VEO_ERROR_READ, GST_VEO_TRIES_PER_SETTING},
    {GST_VEO_FAILURE_TLS, GST_VEO_ERROR_OPEN_READ, 0},
    {GST_VEO_FAILURE_REDIRECT, GST_VEO_ERROR_OPEN_READ, 0},
    {GST_VEO_FAILURE_TASK_FAILED, GST_VEO_ERROR_FAILED, 0},
    {GST_VEO_FAILURE_TASK_FAILED_UNEXPLAINED, GST_VEO_ERROR_FAILED, 1},
    {GST_VEO_FAILURE_TASK_CANCELLED, GST_VEO_ERROR_FAILED, 0},
    {GST_VEO_FAILURE_TASK_EXPIRED, GST_VEO_ERROR_NOT_FOUND, 0},
    {GST_VEO_FAILURE_NO_LINK, GST_VEO_ERROR_NOT_FOUND, 0},
    {GST_VEO_FAILURE_LINK_REFUSED, GST_VEO_ERROR_NOT_FOUND, 0},
    {GST_VEO_FAILURE_WAIT_TIMEOUT, GST_VEO_ERROR_BUSY, 0},
    {GST_VEO_FAILURE_ENDED, GST_VEO_ERROR_BUSY, 0},
    {GST_VEO_FAILURE_ENDED_OPENING, GST_VEO_ERROR_BUSY, 0},
    {GST_VEO_FAILURE_DOWNLOAD_GONE, GST_VEO_ERROR_NOT_FOUND, 0},
    {GST_VEO_FAILURE_DOWNLOAD_REFUSED, GST_VEO_ERROR_NOT_AUTHORIZED, 0},
    {GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE, GST_VEO_ERROR_OPEN_READ, 0},
    {GST_VEO_FAILURE_DOWNLOAD_BROKEN, GST_VEO_ERROR_READ, 0},
    {GST_VEO_FAILURE_DOWNLOAD_CHANGED, GST_VEO_ERROR_READ, 0},
    {GST_VEO_FAILURE_NOT_A_VIDEO, GST_VEO_ERROR_READ, 0},
    {GST_VEO_FAILURE_BAD_TASK_ID, GST_VEO_ERROR_SETTINGS, 0},
    {GST_VEO_FAILURE_BAD_BASE_URL, GST_VEO_ERROR_SETTINGS, 0},
    {GST_VEO_FAILURE_BAD_PROXY, GST_VEO_ERROR_SETTINGS, 0},
    {GST_VEO_FAILURE_BAD_KEY, GST_VEO_ERROR_SETTINGS, 0},
  };
/* *INDENT-ON* */
  gsize i;

  fail_unless_equals_int (G_N_ELEMENTS (rows), GST_VEO_N_FAILURES);
  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    fail_unless_equals_int (gst_veo_failure_get_code (rows[i].kind),
        rows[i].code);
    fail_unless_equals_int (gst_veo_failure_get_retries (rows[i].kind),
        rows[i].retries);
  }
}

GST_END_TEST;

/* Given any failure at all, when it is told to a person, then it names the
 * task, quotes the provider and the HTTP status, says what to do, and ends as
 * a sentence does. */
GST_START_TEST (test_every_text)
{
  GstVeoFailureKind kind;

  for (kind = 0; kind < GST_VEO_N_FAILURES; kind++) {
    g_autoptr (GstVeoFailure) failure = make_failure (kind, 418, "teapot",
        "short and stout");
    g_autofree gchar *text = NULL;
    g_autofree gchar *summary = NULL;

    failure->attempts = 3;
    text = gst_veo_failure_describe (failure);
    summary = gst_veo_failure_summarise (failure);
    GST_INFO ("%d: %s | %s", kind, text, summary);
    fail_unless (strstr (text, "video_abc123") != NULL, "%s", text);
    fail_unless (g_ascii_isupper (text[0]) && g_str_has_suffix (text, "."));
    fail_unless (strstr (text, ". ") != NULL, "no advice: %s", text);
    fail_if (strstr (text, "..") != NULL && !strstr (text, "..."), "%s", text);
    fail_if (strchr (text, '%') != NULL, "%s", text);
    fail_unless (*summary && !g_str_has_suffix (summary, "."));
    if (kind >= GST_VEO_FAILURE_BAD_TASK_ID)
      continue;
    fail_unless (strstr (text, "teapot: short and stout") != NULL, "%s", text);
    /* No answer ends a wait, its last trouble is told instead */
    fail_unless ((strstr (text, "HTTP 418, ") != NULL) ==
        (kind != GST_VEO_FAILURE_WAIT_TIMEOUT
            && kind != GST_VEO_FAILURE_ENDED), "%s", text);
  }
}

GST_END_TEST;

static void
assert_text (const GstVeoFailure * failure, const gchar * expected)
{
  g_autofree gchar *text = gst_veo_failure_describe (failure);

  fail_unless_equals_string (text, expected);
}

static void
assert_says_not (const GstVeoFailure * failure, const gchar * words)
{
  g_autofree gchar *text = gst_veo_failure_describe (failure);

  fail_unless (strstr (text, words) == NULL, "%s", text);
}

/* Given failures that people meet, when they are told, then they read well. */
GST_START_TEST (test_texts)
{
  g_autoptr (GstVeoFailure) refused = make_failure (GST_VEO_FAILURE_REFUSED,
      401, NULL, "Invalid token");
  g_autoptr (GstVeoFailure) failed = make_failure (GST_VEO_FAILURE_TASK_FAILED,
      200, "content_policy", "Blocked by the safety filter.");
  g_autoptr (GstVeoFailure) blocked = make_failure (GST_VEO_FAILURE_FIREWALL,
      403, NULL, NULL);
  g_autoptr (GstVeoFailure) timeout =
      make_failure (GST_VEO_FAILURE_WAIT_TIMEOUT, 0, NULL, NULL);
  g_autoptr (GstVeoFailure) busy = make_failure (GST_VEO_FAILURE_UNAVAILABLE,
      503, NULL, NULL);
  g_autoptr (GstVeoFailure) gone = make_failure (GST_VEO_FAILURE_DOWNLOAD_GONE,
      410, NULL, NULL);
  g_autoptr (GstVeoFailure) fetched =
      make_failure (GST_VEO_FAILURE_DOWNLOAD_REFUSED, 403, NULL, NULL);

  assert_text (refused, "The service refused the key for task video_abc123 "
      "(HTTP 401: Invalid token). The key may be wrong, disabled or out of "
      "quota: check api-key (or VEO_API_KEY) and the account.");
  refused->had_key = FALSE;
  assert_text (refused, "The service gives out task video_abc123 only with a "
      "key (HTTP 401: Invalid token). No key was set: set the api-key "
      "property or VEO_API_KEY.");
  fetched->had_key = FALSE;
  assert_text (fetched, "The service gives out task video_abc123 only with a "
      "key (HTTP 403). No key was set: set the api-key property or "
      "VEO_API_KEY.");
  gone->had_key = FALSE;
  assert_says_not (gone, "only with a key");
  gone->had_key = TRUE;
  assert_text (failed, "The service could not make the video: task "
      "video_abc123 failed (content_policy: Blocked by the safety filter). "
      "Start a new task, with another prompt if the reason calls for one.");
  blocked->detail = g_strdup ("Attention Required!");
  blocked->had_key = FALSE;
  assert_text (blocked,
      "A firewall in front of the service blocked the request "
      "for task video_abc123 (HTTP 403: Attention Required!). No key was set: "
      "set the api-key property or VEO_API_KEY if the service wants one. Try "
      "from another network, set user-agent or proxy, or ask the operator to "
      "let this address in.");
  timeout->task_status = GST_VEO_STATUS_PROCESSING;
  assert_text (timeout, "The wait-timeout ran out before task video_abc123 was "
      "completed; it was last seen processing. The task may still finish: run "
      "again later, or raise wait-timeout.");
  timeout->http_status = 429;
  timeout->detail = g_strdup ("service answered 429 (slow down)");
  assert_text (timeout, "The wait-timeout ran out before task video_abc123 was "
      "completed; it was last seen processing (service answered 429 (slow "
      "down)). The task may still finish: run again later, or raise "
      "wait-timeout.");
  busy->attempts = 9;
  assert_text (busy,
      "The service could not answer for task video_abc123, after "
      "9 attempts (HTTP 503). The task may still be running: try again later, "
      "or raise retries.");
  gone->expires_at = 1735776000;
  assert_text (gone, "The video of task video_abc123 is gone from the service; "
      "its link was good until 2025-01-02 00:00 UTC (HTTP 410). Start a new "
      "task, and fetch its video before it expires (save-location keeps it).");
}

GST_END_TEST;

/* Given several attempts, when a failure is told, then they are of interest where
 * the network or the service did not do its part, and only there. */
GST_START_TEST (test_attempts)
{
  static const struct
  {
    GstVeoFailureKind kind;
    gboolean tells;
  } cases[] = {
    {GST_VEO_FAILURE_UNAVAILABLE, TRUE},
    {GST_VEO_FAILURE_DOWNLOAD_BROKEN, TRUE},
    {GST_VEO_FAILURE_REFUSED, FALSE},
    {GST_VEO_FAILURE_NO_SUCH_TASK, FALSE},
    {GST_VEO_FAILURE_TASK_FAILED, FALSE},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstVeoFailure) failure = make_failure (cases[i].kind, 0, NULL,
        NULL);
    g_autofree gchar *text = NULL;

    failure->attempts = 5;
    failure->detail = g_strdup ("");
    text = gst_veo_failure_describe (failure);
    fail_unless ((strstr (text, "after 5 attempts") != NULL) == cases[i].tells,
        "%s", text);
    fail_if (strstr (text, "()") != NULL, "%s", text);
  }
}

GST_END_TEST;

/* Given words that end in a full stop or in dots that stand for what was left
 * out, when they are quoted, then only the full stop goes. */
GST_START_TEST (test_ends_of_quotes)
{
  static const gchar *const cases[][2] = {
    {"Blocked.", "(HTTP 503: Blocked). "},
    {"Just a moment...", "(HTTP 503: Just a moment...). "},
    {"see https://x/v.mp4?...", "(HTTP 503: see https://x/v.mp4?...). "},
    {"gone!", "(HTTP 503: gone!). "},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstVeoFailure) failure =
        make_failure (GST_VEO_FAILURE_UNAVAILABLE, 503, NULL, cases[i][0]);
    g_autofree gchar *text = gst_veo_failure_describe (failure);

    fail_unless (strstr (text, cases[i][1]) != NULL, "%s", text);
  }
}

GST_END_TEST;

/* Given settings that cannot work, when that is told, then it says which
 * setting and what is wrong with it. */
GST_START_TEST (test_settings_texts)
{
  g_autoptr (GstVeoFailure) missing =
      gst_veo_failure_new (GST_VEO_FAILURE_BAD_TASK_ID, NULL);
  g_autoptr (GstVeoFailure) bad_id =
      gst_veo_failure_new (GST_VEO_FAILURE_BAD_TASK_ID, "a\nb");
  g_autoptr (GstVeoFailure) bad_base =
      gst_veo_failure_new (GST_VEO_FAILURE_BAD_BASE_URL, "v");
  g_autoptr (GstVeoFailure) bad_proxy =
      gst_veo_failure_new (GST_VEO_FAILURE_BAD_PROXY, "v");

  assert_text (missing,
      "No task id was set. Set the task-id property to the id "
      "of a video-generation task, or play a veo:ID address.");
  bad_id->detail = g_strdup ("has control characters");
  assert_text (bad_id,
      "The task id \"a b\" has control characters. Set task-id "
      "to the id that the service gave when the task was created.");
  bad_base->detail = g_strdup ("names no host");
  assert_text (bad_base,
      "The service cannot be asked for task v: base-url names "
      "no host. Set base-url (or VEO_BASE_URL) to an address such as "
      "https://octopusx.ai.");
  bad_proxy->detail = g_strdup ("names no host");
  assert_text (bad_proxy,
      "The service cannot be asked for task v: proxy names no host. Set proxy "
      "to an address such as http://HOST:PORT or "
      "http://USER:PASSWORD@HOST:PORT, or unset it.");
}

GST_END_TEST;

/* Given a failure that will be tried again, when it is put into a phrase, then
 * the phrase is short. */
GST_START_TEST (test_summaries)
{
  g_autoptr (GstVeoFailure) busy = make_failure (GST_VEO_FAILURE_UNAVAILABLE,
      503, NULL, NULL);
  g_autoptr (GstVeoFailure) limit = make_failure (GST_VEO_FAILURE_UNAVAILABLE,
      429, "rate_limit", "slow down");
  g_autoptr (GstVeoFailure) unknown =
      make_failure (GST_VEO_FAILURE_NO_SUCH_TASK, 404, NULL, NULL);
  g_autoptr (GstVeoFailure) down = make_failure (GST_VEO_FAILURE_UNREACHABLE,
      0, NULL, NULL);
  g_autofree gchar *a = gst_veo_failure_summarise (busy);
  g_autofree gchar *b = gst_veo_failure_summarise (limit);
  g_autofree gchar *c = gst_veo_failure_summarise (unknown);
  g_autofree gchar *d = NULL;
  g_autofree gchar *e = NULL;

  fail_unless_equals_string (a, "service answered 503 (busy)");
  fail_unless_equals_string (b, "service answered 429 (slow down)");
  fail_unless_equals_string (c, "service does not know the task (HTTP 404)");
  down->detail = g_strdup ("Connection refused");
  d = gst_veo_failure_summarise (down);
  fail_unless_equals_string (d, "service not reached (Connection refused)");
  g_free (down->detail);
  down->detail = g_strnfill (400, 'x');
  e = gst_veo_failure_summarise (down);
  fail_unless (strlen (e) < 120);
}

GST_END_TEST;

/* Given a status without a word of the service, when it will be tried again,
 * then the phrase says what it means, where it means anything. */
GST_START_TEST (test_status_names)
{
  static const struct
  {
    guint status;
    const gchar *phrase;
  } cases[] = {
    {408, "service answered 408 (timed out)"},
    {409, "service answered 409 (not ready)"},
    {418, "service answered 418"},
    {425, "service answered 425 (too early)"},
    {429, "service answered 429 (too many requests)"},
    {499, "service answered 499"},
    {500, "service answered 500 (server trouble)"},
    {502, "service answered 502 (server trouble)"},
    {503, "service answered 503 (busy)"},
    {504, "service answered 504 (timed out)"},
    {524, "service answered 524 (timed out)"},
    {529, "service answered 529 (busy)"},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstVeoFailure) failure =
        make_failure (GST_VEO_FAILURE_UNAVAILABLE, cases[i].status, NULL, NULL);
    g_autofree gchar *phrase = gst_veo_failure_summarise (failure);

    fail_unless_equals_string (phrase, cases[i].phrase);
  }
}

GST_END_TEST;

/* Given a failure, when it is copied, then the copy says the same and lives
 * by itself. */
GST_START_TEST (test_copy)
{
  GstVeoFailure *failure =
      make_failure (GST_VEO_FAILURE_REFUSED, 401, "c", "m");
  g_autofree gchar *before = gst_veo_failure_describe (failure);
  g_autoptr (GstVeoFailure) copy = NULL;

  failure->request_id = g_strdup ("r");
  failure->detail = g_strdup ("d");
  copy = gst_veo_failure_copy (failure);
  gst_veo_failure_free (failure);
  assert_text (copy, before);
  fail_unless_equals_string (copy->request_id, "r");
  fail_unless_equals_string (copy->detail, "d");
}

GST_END_TEST;

static Suite *
failure_suite (void)
{
  Suite *suite = suite_create ("failure");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_table);
  tcase_add_test (tc, test_every_text);
  tcase_add_test (tc, test_texts);
  tcase_add_test (tc, test_attempts);
  tcase_add_test (tc, test_ends_of_quotes);
  tcase_add_test (tc, test_settings_texts);
  tcase_add_test (tc, test_summaries);
  tcase_add_test (tc, test_status_names);
  tcase_add_test (tc, test_copy);
  return suite;
}

GST_CHECK_MAIN (failure);
