/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "download.h"

#include <string.h>

#define SIZE 300000

static guint8 *clip;

/* --- Breaks --- */

static void
send_file (RawRequest * request, gpointer file)
{
  raw_file_send (file, request);
}

static RawFile
make_file (void)
{
  RawFile file = { clip, SIZE, };

  file.cut_at = RAW_NEVER;
  return file;
}

static Download *
get_file (RawFile * file, gboolean keep)
{
  RawServer *server = raw_server_new ("127.0.0.1", NULL, send_file, file);
  g_autofree gchar *url = g_strconcat (raw_server_get_url (server),
      "/a.mp4?signature=shh", NULL);
  GstVeoHttpSrcSettings settings;
  Download *download;

  download_settings (&settings, url);
  settings.keep = keep;
  download = download_get (&settings);
  raw_server_free (server);
  return download;
}

static void
try_breaks (RawFile * file)
{
  /* 24 and 224 are the ends of boxes: only the index, no media yet */
  static const guint64 places[] = {
    0, 1, 100, 1000, 24, 224, 150000, SIZE - 1
  };
  guint i, reset, keep;

  for (i = 0; i < G_N_ELEMENTS (places); i++) {
    for (reset = 0; reset < 2; reset++) {
      for (keep = 0; keep < 2; keep++) {
        Download *download;
        g_autofree gchar *what = g_strdup_printf ("break at %u, range %d, "
            "length %d, reset %u, keep %u", (guint) places[i], file->range,
            file->length, reset, keep);

        file->cut_at = places[i];
        file->cuts = 2;
        file->cut_count = 0;
        file->reset = reset;
        download = get_file (file, keep);
        download_assert_complete (download, clip, SIZE, __FILE__, __LINE__,
            what);
        download_free (download);
      }
    }
  }
}

GST_START_TEST (test_breaks)
{
  /* Given a server that breaks two transfers at one place, with and without
   * Range, and a length, chunks or neither.
   * When the file is downloaded.
   * Then every byte comes, once and in order. */
  RawFile file = make_file ();

  file.range = __i__ / RAW_N_LENGTHS;
  file.length = __i__ % RAW_N_LENGTHS;
  /* That this server lies in every way cannot be found out without a length */
  if (file.range == RAW_RANGE_FALSE && file.length != RAW_LENGTH)
    return;
  try_breaks (&file);
}

GST_END_TEST;

GST_START_TEST (test_breaks_all_the_time)
{
  /* Given a server that honours Range and breaks each transfer after 20,000 bytes.
   * When the file is downloaded.
   * Then it comes, in as many transfers as that takes, however few retries are allowed. */
  RawFile file = make_file ();
  Download *download;

  file.cut_every = 20000;
  file.length = __i__;
  download = get_file (&file, TRUE);
  assert_complete (download, clip, SIZE);
  fail_unless (download->stats.reconnects >= SIZE / 20000 - 1);
  fail_unless_equals_int (download->stats.reconnects, download->reconnects);
  download_free (download);
}

GST_END_TEST;

GST_START_TEST (test_no_progress)
{
  /* Given a server that ignores Range and breaks each transfer after 20,000 bytes.
   * When the file is downloaded.
   * Then it is given up after so many retries, with one error that says how far it came. */
  RawFile file = make_file ();
  Download *download;

  file.range = RAW_RANGE_LIED;
  file.cut_every = 20000;
  download = get_file (&file, TRUE);
  assert_failed (download, GST_VEO_FAILURE_DOWNLOAD_BROKEN);
  fail_unless (g_error_matches (download->error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_READ));
  fail_unless (strstr (download->error->message, "20000 of 300000"), "%s",
      download->error->message);
  fail_unless_equals_int (download->bytes->len, 20000);
  download_free (download);
}

GST_END_TEST;

GST_START_TEST (test_only_an_index)
{
  /* Given a server that tells no length and always ends behind the index.
   * When the file is downloaded.
   * Then that is no video, but one error that says how far it came. */
  RawFile file = make_file ();
  Download *download;

  file.range = RAW_RANGE_ABSENT;
  file.length = RAW_CHUNKED + __i__;
  file.cut_every = 224;
  download = get_file (&file, FALSE);
  assert_failed (download, GST_VEO_FAILURE_DOWNLOAD_BROKEN);
  fail_unless (strstr (download->error->message, "224 bytes had come"), "%s",
      download->error->message);
  download_free (download);
}

GST_END_TEST;

GST_START_TEST (test_stall)
{
  /* Given a server that falls silent in the middle, twice, without closing.
   * When the file is downloaded.
   * Then it goes on after request-timeout without a byte. */
  RawFile file = make_file ();
  RawServer *server = raw_server_new ("127.0.0.1", NULL, send_file, &file);
  GstVeoHttpSrcSettings settings;
  Download *download;

  file.cut_at = 120000;
  file.cuts = 2;
  file.stall = TRUE;
  download_settings (&settings, raw_server_get_url (server));
  settings.request_timeout = 200;
  download = download_get (&settings);
  assert_complete (download, clip, SIZE);
  fail_unless (download->stats.reconnects >= 2);
  download_free (download);
  raw_server_free (server);
}

GST_END_TEST;

/* --- Answers one after the other --- */

/* An answer each; the last one serves all that follow. NULL body: the file */
typedef struct
{
  guint status;
  const gchar *headers;
  const gchar *body;
} Answer;

typedef struct
{
  const Answer *answers;
  guint n;
  RawFile file;
} Script;

static void
send_answer (RawRequest * request, gpointer data)
{
  Script *script = data;
  const Answer *answer = &script->answers[MIN (request->number, script->n) - 1];

  if (!answer->status)
    raw_file_send (&script->file, request);
  else
    raw_answer (request, answer->status, answer->headers, answer->body);
}

#define script_of(answers) \
  { answers, G_N_ELEMENTS (answers), make_file () }

static Download *
get_script (Script * script, gboolean is_content, guint * requests)
{
  RawServer *server = raw_server_new ("127.0.0.1", NULL, send_answer, script);
  g_autofree gchar *url = g_strconcat (raw_server_get_url (server),
      "/a.mp4?signature=shh", NULL);
  GstVeoHttpSrcSettings settings;
  Download *download;

  download_settings (&settings, url);
  settings.link.is_content = is_content;
  settings.link.needs_key = is_content;
  settings.api_key = KEY;
  download = download_get (&settings);
  if (requests)
    *requests = raw_server_count (server);
  raw_server_free (server);
  return download;
}

/* The file, cut in the middle; a trouble in the middle comes behind this */
static Script
cut_script (const Answer * answers, guint n)
{
  Script script = { answers, n, make_file () };

  script.file.cut_at = 100000;
  script.file.cuts = 1;
  return script;
}

static const guint passing[] = { 408, 409, 425, 429, 500, 502, 503, 504, 520 };

GST_START_TEST (test_passing_statuses)
{
  /* Given a server that first answers with a status that passes, with a body.
   * When the file is downloaded.
   * Then it comes with the second request. */
  Answer answers[] = { {passing[__i__], NULL, "{\"error\":\"busy\"}"}, {0,} };
  Script script = script_of (answers);
  guint requests;
  Download *download = get_script (&script, TRUE, &requests);

  assert_complete (download, clip, SIZE);
  fail_unless_equals_int (requests, 2);
  fail_unless_equals_int (download->stats.reconnects, 1);
  download_free (download);
}

GST_END_TEST;

GST_START_TEST (test_passing_statuses_in_the_middle)
{
  /* Given a server that breaks in the middle and then answers with such a status.
   * When the file is downloaded.
   * Then it comes with the third request. */
/* *INDENT-OFF* */
  Answer answers[] = { {0,}, {passing[__i__], NULL, "{\"error\":\"busy\"}"}, {0,} };
/* *INDENT-ON* */
  Script script = cut_script (answers, G_N_ELEMENTS (answers));
  guint requests;
  Download *download = get_script (&script, TRUE, &requests);

  assert_complete (download, clip, SIZE);
  fail_unless_equals_int (requests, 3);
  fail_unless_equals_int (download->stats.reconnects, 2);
  download_free (download);
}

GST_END_TEST;

GST_START_TEST (test_name_that_comes_and_goes)
{
  /* Given a server that leads to a name that does not exist, at first, and
   * again after a break in the middle.
   * When the file is downloaded.
   * Then each time it is asked again, and the file comes whole. */
  static const gchar away[] = "Location: http://no-such-host.invalid/a.mp4\r\n";
/* *INDENT-OFF* */
  static const Answer answers[] = { {302, away, ""}, {302, away, ""}, {0,},
    {302, away, ""}, {302, away, ""}, {0,}
  };
/* *INDENT-ON* */
  Script script = cut_script (answers, G_N_ELEMENTS (answers));
  guint requests;
  Download *download = get_script (&script, TRUE, &requests);

  assert_complete (download, clip, SIZE);
  fail_unless_equals_int (requests, 6);
  fail_unless_equals_int (download->stats.reconnects, 5);
  download_free (download);
}

GST_END_TEST;

GST_START_TEST (test_always_busy)
{
  /* Given a server that always answers 503.
   * When the file is downloaded with three retries.
   * Then four requests go out, and one OPEN_READ error comes. */
  static const Answer answers[] = { {503, NULL, "busy"} };
  Script script = script_of (answers);
  guint requests;
  Download *download = get_script (&script, TRUE, &requests);

  assert_failed (download, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE);
  fail_unless (g_error_matches (download->error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_OPEN_READ));
  fail_unless_equals_int (requests, 4);
  fail_unless_equals_int (download->failure->http_status, 503);
  fail_unless_equals_int (download->failure->attempts, 4);
  download_free (download);
}

GST_END_TEST;

GST_START_TEST (test_retry_after)
{
  /* Given a server that is busy for one second, and says so, at the first
   * request or after a break.
   * When the file is downloaded, with a backoff that is shorter.
   * Then the next request comes no sooner than that second. */
/* *INDENT-OFF* */
  static const Answer answers[] = { {0,}, {429, "Retry-After: 1\r\n", "slow down"}, {0,} };
/* *INDENT-ON* */
  Script script = __i__ == 0 ? (Script) { answers + 1, 2, make_file () }
  : cut_script (answers, 3);
  gint64 began = g_get_monotonic_time ();
  Download *download = get_script (&script, TRUE, NULL);

  assert_complete (download, clip, SIZE);
  fail_unless (g_get_monotonic_time () - began >= G_TIME_SPAN_SECOND);
  download_free (download);
}

GST_END_TEST;

GST_START_TEST (test_refused_connection)
{
  /* Given a port where nobody listens, and a name that does not exist.
   * When the file is downloaded.
   * Then one OPEN_READ error comes after the retries. */
  RawFile file = make_file ();
  RawServer *server = raw_server_new ("127.0.0.1", NULL, send_file, &file);
  g_autofree gchar *url = g_strdup (__i__ == 0 ? raw_server_get_url (server)
      : "http://no-such-host.invalid/a.mp4");
  GstVeoHttpSrcSettings settings;
  Download *download;

  raw_server_free (server);
  download_settings (&settings, url);
  download = download_get (&settings);
  assert_failed (download, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE);
  fail_unless_equals_int (download->failure->attempts, 4);
  fail_unless_equals_int (download->stats.reconnects, 3);
  download_free (download);
}

GST_END_TEST;

/* --- Is it a video? --- */

GST_START_TEST (test_no_video)
{
  /* Given a server that answers 200 with a page, JSON, XML or nothing at all.
   * When it is downloaded.
   * Then not one byte reaches the demuxer, and one READ error quotes it. */
/* *INDENT-OFF* */
  static const struct
  {
    const gchar *headers;
    const gchar *body;
    const gchar *quote;
  } cases[] = {
    {"Content-Type: text/html\r\n", "<html><title>Log in</title></html>", "Log in"},
    {"Content-Type: video/mp4\r\n", "<!doctype html><p>Not here", "Not here"},
    {"Content-Type: image/gif\r\n", "GIF89a\1\1", "a GIF picture"},
    {NULL, "{\"error\":{\"message\":\"quota is used up\"}}", "quota is used up"},
    {NULL, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "AccessDenied"},
    {NULL, "sorry", "sorry"},
    {NULL, "", "empty"},
  };
/* *INDENT-ON* */
  Answer answers[] = { {200, cases[__i__].headers, cases[__i__].body} };
  Script script = script_of (answers);
  guint requests;
  Download *download = get_script (&script, TRUE, &requests);

  assert_failed (download, GST_VEO_FAILURE_NOT_A_VIDEO);
  fail_unless (g_error_matches (download->error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_READ));
  fail_unless (strstr (download->error->message, cases[__i__].quote), "%s",
      download->error->message);
  fail_unless_equals_int (download->bytes->len, 0);
  fail_unless_equals_int (requests, 1);
  download_free (download);
}

GST_END_TEST;

GST_START_TEST (test_page_in_the_middle)
{
  /* Given a server that breaks in the middle and answers the next requests with a page, with 200.
   * When the file is downloaded.
   * Then that is a passing trouble: the file comes whole. */
/* *INDENT-OFF* */
  static const Answer answers[] = { {0,}, {200, "Content-Type: text/html\r\n", "<html>Trouble</html>"},
    {200, "Content-Type: application/json\r\n", "{\"error\":\"trouble\"}"}, {0,}
  };
/* *INDENT-ON* */
  Script script = script_of (answers);
  Download *download;

  script.file.range = __i__;
  script.file.cut_at = 100000;
  script.file.cuts = 1;
  download = get_script (&script, TRUE, NULL);
  assert_complete (download, clip, SIZE);
  download_free (download);
}

GST_END_TEST;

/* --- Another file --- */

typedef struct
{
  RawFile first;
  RawFile second;
} TwoFiles;

static void
send_two_files (RawRequest * request, gpointer data)
{
  TwoFiles *files = data;

  raw_file_send (request->number == 1 ? &files->first : &files->second,
      request);
}

GST_START_TEST (test_other_file)
{
  /* Given a server that breaks in the middle and then has another file: of
   * another length, with another ETag, another date, or only other bytes.
   * When it is downloaded.
   * Then the two are not spliced: one READ error comes. */
  g_autofree guint8 *other = make_boxes (SIZE, TRUE, 2);
  TwoFiles files = { make_file (), make_file () };
  RawServer *server =
      raw_server_new ("127.0.0.1", NULL, send_two_files, &files);
  GstVeoHttpSrcSettings settings;
  Download *download;

  files.first.headers = "ETag: \"one\"\r\n"
      "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n";
  files.first.cut_at = 100000;
  files.first.cuts = 1;
  files.first.range = files.second.range = __i__ & 1 ? RAW_RANGE_ABSENT
      : RAW_RANGE_HONOURED;
  switch (__i__ / 2) {
    case 0:
      files.second.size = SIZE - 1;
      break;
    case 1:
      files.second.headers = "ETag: \"two\"\r\n";
      break;
    case 2:
      files.second.headers = "Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT\r\n";
      break;
    default:
      files.second.data = other;
      files.first.range = files.second.range = RAW_RANGE_ABSENT;
      break;
  }
  download_settings (&settings, raw_server_get_url (server));
  settings.keep = __i__ != 7;
  download = download_get (&settings);
  assert_failed (download, GST_VEO_FAILURE_DOWNLOAD_CHANGED);
  fail_unless (memcmp (download->bytes->data, clip, download->bytes->len) == 0);
  download_free (download);
  raw_server_free (server);
}

GST_END_TEST;

static Suite *
httpsrc_suite (void)
{
  Suite *s = suite_create ("httpsrc");
  TCase *tc = tcase_create ("download");

  tcase_set_timeout (tc, 120);
  suite_add_tcase (s, tc);
  clip = make_boxes (SIZE, TRUE, 1);
  tcase_add_loop_test (tc, test_breaks, 0, RAW_N_RANGES * RAW_N_LENGTHS);
  tcase_add_loop_test (tc, test_only_an_index, 0, 2);
  tcase_add_loop_test (tc, test_breaks_all_the_time, 0, RAW_N_LENGTHS);
  tcase_add_test (tc, test_no_progress);
  tcase_add_test (tc, test_stall);
  tcase_add_loop_test (tc, test_passing_statuses, 0, G_N_ELEMENTS (passing));
  tcase_add_loop_test (tc, test_passing_statuses_in_the_middle, 0,
      G_N_ELEMENTS (passing));
  tcase_add_test (tc, test_name_that_comes_and_goes);
  tcase_add_test (tc, test_always_busy);
  tcase_add_loop_test (tc, test_retry_after, 0, 2);
  tcase_add_loop_test (tc, test_refused_connection, 0, 2);
  tcase_add_loop_test (tc, test_no_video, 0, 7);
  tcase_add_loop_test (tc, test_page_in_the_middle, 0, 2);
  tcase_add_loop_test (tc, test_other_file, 0, 8);
  return s;
}

GST_CHECK_MAIN (httpsrc);
