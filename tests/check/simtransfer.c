/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in service: how the bytes of videos go out, and how they fail to.
 * Bytes are counted, contents compared. */
#include <gst/check/gstcheck.h>

#include "simhttp.h"
#include "veosim.h"

#define SIZE 100000
#define LONG_MS 10000

static VeoSim *sim;
static GBytes *clip;
static const guint8 *data;

static GBytes *
make_bytes (gsize size, guint seed)
{
  guint8 *bytes = g_malloc (size);
  gsize i;

  for (i = 0; i < size; i++)
    bytes[i] = (i * 7 + i / 251 + seed) & 0xff;
  return g_bytes_new_take (bytes, size);
}

static void
setup (void)
{
  sim = veo_sim_new (NULL, NULL);
  clip = make_bytes (SIZE, 0);
  data = g_bytes_get_data (clip, NULL);
  veo_sim_set_clip (sim, clip, "video/mp4");
  veo_sim_add_task (sim, "v", "completed");
}

static void
teardown (void)
{
  veo_sim_free (sim);
  g_bytes_unref (clip);
}

static void
fetch (SimHttp * http, const gchar * method, const gchar * headers)
{
  g_autofree gchar *url =
      g_strconcat (veo_sim_get_url (sim), "/v1/videos/v/content", NULL);

  sim_http (http, method, url, headers, NULL);
}

static void
expect_header (const SimHttp * http, const gchar * name, const gchar * value)
{
  g_autofree gchar *actual = sim_http_header (http, name);

  fail_unless_equals_string (actual, value);
}

/* The answer to a range, from `start` on; it ended so after so many bytes */
static void
expect_fetch (const gchar * headers, guint status, SimHttpEnd end, guint start,
    guint length)
{
  g_auto (SimHttp) http = { 0, };

  fetch (&http, "GET", headers);
  fail_unless_equals_int (http.status, status);
  fail_unless_equals_int (http.end, end);
  fail_unless_equals_int (http.body->len, length);
  fail_unless (sim_http_body_is (&http, data + start, length));
}

/* Given a good server, when the video is fetched, then all of it comes, with its
 * names and its length. */
GST_START_TEST (test_whole)
{
  g_auto (SimHttp) http = { 0, };
  VeoSimTraffic traffic;

  fetch (&http, "GET", NULL);
  fail_unless_equals_int (http.status, 200);
  fail_unless_equals_int (http.end, SIM_HTTP_COMPLETE);
  fail_unless (sim_http_body_is (&http, data, SIZE));
  expect_header (&http, "Content-Type", "video/mp4");
  expect_header (&http, "Content-Length", "100000");
  expect_header (&http, "Accept-Ranges", "bytes");
  fail_unless (strstr (http.head, "ETag: \"") != NULL);
  fail_unless (strstr (http.head, "Last-Modified: ") != NULL);
  fail_unless (veo_sim_wait_content_bytes (sim, SIZE, LONG_MS));
  veo_sim_get_traffic (sim, &traffic);
  fail_unless_equals_uint64 (traffic.content_bytes, SIZE);
}

GST_END_TEST;

/* Given ranges of all kinds, then 206 with just those bytes, or 416. */
GST_START_TEST (test_range)
{
  g_auto (SimHttp) part = { 0, };
  g_auto (SimHttp) outside = { 0, };

  fetch (&part, "GET", "Range: bytes=100-199\r\n");
  fail_unless_equals_int (part.status, 206);
  fail_unless (sim_http_body_is (&part, data + 100, 100));
  expect_header (&part, "Content-Range", "bytes 100-199/100000");
  expect_header (&part, "Content-Length", "100");
  expect_fetch ("Range: bytes=0-\r\n", 206, SIM_HTTP_COMPLETE, 0, SIZE);
  expect_fetch ("Range: bytes=99999-\r\n", 206, SIM_HTTP_COMPLETE, 99999, 1);
  expect_fetch ("Range: bytes=-10\r\n", 206, SIM_HTTP_COMPLETE, SIZE - 10, 10);
  expect_fetch ("Range: bytes=5-500000\r\n", 206, SIM_HTTP_COMPLETE, 5,
      SIZE - 5);
  expect_fetch ("Range: apples=1-2\r\n", 200, SIM_HTTP_COMPLETE, 0, SIZE);
  fetch (&outside, "GET", "Range: bytes=100000-\r\n");
  fail_unless_equals_int (outside.status, 416);
  expect_header (&outside, "Content-Range", "bytes */100000");
}

GST_END_TEST;

/* Given If-Range, then the range counts only for the same file. */
GST_START_TEST (test_if_range)
{
  g_auto (SimHttp) http = { 0, };
  g_autofree gchar *etag = NULL;
  g_autofree gchar *same = NULL;

  fetch (&http, "GET", NULL);
  etag = sim_http_header (&http, "ETag");
  same = g_strdup_printf ("Range: bytes=10-\r\nIf-Range: %s\r\n", etag);
  expect_fetch (same, 206, SIM_HTTP_COMPLETE, 10, SIZE - 10);
  expect_fetch ("Range: bytes=10-\r\nIf-Range: \"other\"\r\n", 200,
      SIM_HTTP_COMPLETE, 0, SIZE);
}

GST_END_TEST;

/* Given HEAD, then the head of GET and no body; or 404 if so set. */
GST_START_TEST (test_head)
{
  VeoSimTransfer t = {.no_head = TRUE };
  g_auto (SimHttp) good = { 0, };
  g_auto (SimHttp) none = { 0, };

  fetch (&good, "HEAD", NULL);
  fail_unless_equals_int (good.status, 200);
  expect_header (&good, "Content-Length", "100000");
  expect_header (&good, "Accept-Ranges", "bytes");
  veo_sim_set_transfer (sim, "v", &t);
  fetch (&none, "HEAD", NULL);
  fail_unless_equals_int (none.status, 404);
  expect_fetch (NULL, 200, SIM_HTTP_COMPLETE, 0, SIZE);
}

GST_END_TEST;

/* Given servers without Range, one that lies, one that is wrong, then each does
 * what its name says. */
GST_START_TEST (test_range_kinds)
{
  VeoSimTransfer t = {.range = VEO_SIM_RANGE_ABSENT };
  g_auto (SimHttp) absent = { 0, };
  g_auto (SimHttp) ignored = { 0, };
  g_auto (SimHttp) wrong = { 0, };

  veo_sim_set_transfer (sim, NULL, &t);
  fetch (&absent, "GET", "Range: bytes=10-\r\n");
  fail_unless_equals_int (absent.status, 200);
  fail_unless (sim_http_body_is (&absent, data, SIZE));
  expect_header (&absent, "Accept-Ranges", NULL);
  t.range = VEO_SIM_RANGE_IGNORED;
  veo_sim_set_transfer (sim, NULL, &t);
  fetch (&ignored, "GET", "Range: bytes=10-\r\n");
  fail_unless_equals_int (ignored.status, 200);
  fail_unless (sim_http_body_is (&ignored, data, SIZE));
  expect_header (&ignored, "Accept-Ranges", "bytes");
  t.range = VEO_SIM_RANGE_WRONG;
  veo_sim_set_transfer (sim, NULL, &t);
  fetch (&wrong, "GET", "Range: bytes=10-\r\n");
  fail_unless_equals_int (wrong.status, 206);
  expect_header (&wrong, "Content-Range", "bytes 0-99999/100000");
  fail_unless (sim_http_body_is (&wrong, data, SIZE));
}

GST_END_TEST;

/* Given a cut after so many bytes, each time or twice, then exactly so many
 * arrive, from wherever the transfer began. */
GST_START_TEST (test_cut_every)
{
  VeoSimTransfer t = {.cut_every = 30000 };

  veo_sim_set_transfer (sim, "v", &t);
  expect_fetch (NULL, 200, SIM_HTTP_CUT, 0, 30000);
  expect_fetch ("Range: bytes=30000-\r\n", 206, SIM_HTTP_CUT, 30000, 30000);
  expect_fetch ("Range: bytes=60000-\r\n", 206, SIM_HTTP_CUT, 60000, 30000);
  expect_fetch ("Range: bytes=90000-\r\n", 206, SIM_HTTP_COMPLETE, 90000,
      10000);
  t.cut_times = 2;
  veo_sim_set_transfer (sim, "v", &t);
  expect_fetch (NULL, 200, SIM_HTTP_CUT, 0, 30000);
  expect_fetch (NULL, 200, SIM_HTTP_CUT, 0, 30000);
  expect_fetch (NULL, 200, SIM_HTTP_COMPLETE, 0, SIZE);
}

GST_END_TEST;

/* Given a list of places, then transfers break there, once each: at the first
 * byte, in the middle, before the last. */
GST_START_TEST (test_cut_at)
{
  static const guint64 places[] = { 0, 99999, 50 };
  VeoSimTransfer t = {.cut_at = places,.n_cut_at = 3 };

  veo_sim_set_transfer (sim, "v", &t);
  expect_fetch (NULL, 200, SIM_HTTP_CUT, 0, 0);
  expect_fetch (NULL, 200, SIM_HTTP_CUT, 0, 50);
  expect_fetch ("Range: bytes=50-\r\n", 206, SIM_HTTP_CUT, 50, 99949);
  expect_fetch ("Range: bytes=99999-\r\n", 206, SIM_HTTP_COMPLETE, 99999, 1);
}

GST_END_TEST;

/* Given a cut by reset, then the client sees a reset. */
GST_START_TEST (test_reset)
{
  VeoSimTransfer t = {.cut_every = 30000,.cut_how = VEO_SIM_CUT_RESET };
  g_auto (SimHttp) http = { 0, };

  veo_sim_set_transfer (sim, "v", &t);
  fetch (&http, "GET", NULL);
  fail_unless_equals_int (http.end, SIM_HTTP_RESET);
  fail_unless (http.body->len <= 30000);
}

GST_END_TEST;

/* Given a chunked transfer, then there is no length; cut in the middle, there is
 * no last chunk. */
GST_START_TEST (test_chunked)
{
  VeoSimTransfer t = {.chunked = TRUE };
  g_auto (SimHttp) http = { 0, };

  veo_sim_set_transfer (sim, "v", &t);
  fetch (&http, "GET", NULL);
  fail_unless (http.chunked);
  expect_header (&http, "Content-Length", NULL);
  fail_unless_equals_int (http.end, SIM_HTTP_COMPLETE);
  fail_unless (sim_http_body_is (&http, data, SIZE));
  t.cut_every = 12345;
  veo_sim_set_transfer (sim, "v", &t);
  expect_fetch (NULL, 200, SIM_HTTP_CUT, 0, 12345);
}

GST_END_TEST;

/* Given a stall, then the bytes before it come and no more, or the rest comes
 * after the pause. */
GST_START_TEST (test_stall)
{
  VeoSimTransfer t = {.stall_after = 40000,.stall_ms =
        VEO_SIM_FOR_EVER,.stall_times = 1
  };

  veo_sim_set_transfer (sim, "v", &t);
  sim_http_set_patience (1);
  expect_fetch (NULL, 200, SIM_HTTP_SILENT, 0, 40000);
  sim_http_set_patience (10);
  expect_fetch (NULL, 200, SIM_HTTP_COMPLETE, 0, SIZE);
  t.stall_ms = 50;
  veo_sim_set_transfer (sim, "v", &t);
  expect_fetch (NULL, 200, SIM_HTTP_COMPLETE, 0, SIZE);
  fail_unless (veo_sim_wait_connections (sim, 0, LONG_MS));
}

GST_END_TEST;

/* Given a rate of 200 kB a second, then 100 kB take at least a third of a second. */
GST_START_TEST (test_rate)
{
  VeoSimTransfer t = {.rate = 200000 };
  gint64 start = g_get_monotonic_time ();

  veo_sim_set_transfer (sim, "v", &t);
  expect_fetch (NULL, 200, SIM_HTTP_COMPLETE, 0, SIZE);
  fail_unless (g_get_monotonic_time () - start > G_USEC_PER_SEC / 3);
}

GST_END_TEST;

/* Given other names, none, or another type, then just those are sent. */
GST_START_TEST (test_names)
{
  VeoSimTransfer t = {.etag = "",.last_modified = "",.content_type =
        "text/html",.no_total = TRUE
  };
  g_auto (SimHttp) none = { 0, };
  g_auto (SimHttp) set = { 0, };

  veo_sim_set_transfer (sim, "v", &t);
  fetch (&none, "GET", "Range: bytes=1-2\r\n");
  expect_header (&none, "ETag", NULL);
  expect_header (&none, "Last-Modified", NULL);
  expect_header (&none, "Content-Type", "text/html");
  expect_header (&none, "Content-Range", "bytes 1-2/*");
/* *INDENT-OFF* */
  t = (VeoSimTransfer) {.etag = "\"mine\""};
/* *INDENT-ON* */
  veo_sim_set_transfer (sim, "v", &t);
  fetch (&set, "GET", NULL);
  expect_header (&set, "ETag", "\"mine\"");
}

GST_END_TEST;

/* Given a file that becomes another one at the second transfer, then length,
 * ETag and bytes change. */
GST_START_TEST (test_other_file)
{
  g_autoptr (GBytes) other = make_bytes (SIZE + 1, 3);
  VeoSimTransfer t = {.other_from = 2,.other_clip = other };
  g_auto (SimHttp) first = { 0, };
  g_auto (SimHttp) second = { 0, };
  g_autofree gchar *a = NULL;
  g_autofree gchar *b = NULL;

  veo_sim_set_transfer (sim, "v", &t);
  fetch (&first, "GET", NULL);
  fetch (&second, "GET", NULL);
  a = sim_http_header (&first, "ETag");
  b = sim_http_header (&second, "ETag");
  fail_unless (sim_http_body_is (&first, data, SIZE));
  fail_unless (sim_http_body_is (&second, g_bytes_get_data (other, NULL),
          SIZE + 1));
  fail_if (g_str_equal (a, b));
}

GST_END_TEST;

/* Given a port that closes for a while after a cut, then it is refused and open
 * again afterwards. */
GST_START_TEST (test_refuse_after_cut)
{
  VeoSimTransfer t = {.cut_every = 10,.cut_times = 1,.cut_refuse_ms = 300 };
  g_auto (SimHttp) http = { 0, };
  guint refused = 0;

  veo_sim_set_transfer (sim, "v", &t);
  expect_fetch (NULL, 200, SIM_HTTP_CUT, 0, 10);
  do {
    sim_http_clear (&http);
    fetch (&http, "GET", NULL);
    refused += http.end == SIM_HTTP_REFUSED;
  } while (http.end != SIM_HTTP_COMPLETE);
  fail_unless (refused > 0);
}

GST_END_TEST;

/* Given scripted statuses for the first fetches, then the video. */
GST_START_TEST (test_content_script)
{
  VeoSimAnswer busy = {.times = 2,.status = 503,.headers = "Retry-After: 1" };
  VeoSimAnswer own = { 0, };

  veo_sim_script_content (sim, "v", &busy);
  veo_sim_script_content (sim, "v", &own);
  expect_fetch (NULL, 503, SIM_HTTP_COMPLETE, 0, 0);
  expect_fetch (NULL, 503, SIM_HTTP_COMPLETE, 0, 0);
  expect_fetch (NULL, 200, SIM_HTTP_COMPLETE, 0, SIZE);
}

GST_END_TEST;

/* --- Signed links ------------------------------------------------------ */

static guint
open_link (const gchar * url, const gchar * headers)
{
  g_auto (SimHttp) http = { 0, };

  sim_http (&http, "GET", url, headers, NULL);
  return http.status;
}

/* Given a signed link, then it opens without a key, refuses one, and does not
 * open when a character is changed. */
GST_START_TEST (test_signed)
{
  g_autofree gchar *link = NULL;
  g_autofree gchar *again = NULL;
  g_autofree gchar *changed = NULL;

  veo_sim_set_api_key (sim, "k");
  link = veo_sim_task_get_signed_link (sim, "v");
  again = veo_sim_task_get_signed_link (sim, "v");
  changed = g_strdup (link);
  changed[strlen (changed) - 1] ^= 1;
  fail_unless_equals_string (link, again);
  fail_unless_equals_int (open_link (link, NULL), 200);
  fail_unless_equals_int (open_link (link, "Authorization: Bearer k\r\n"), 400);
  fail_unless_equals_int (open_link (changed, NULL), 403);
}

GST_END_TEST;

/* Given links that expire after one request, by hand, or after some bytes, then
 * they answer 403 and a new one opens. */
GST_START_TEST (test_expiry)
{
  VeoSimTransfer t = {.expires_requests = 1 };
  g_autofree gchar *one = NULL;
  g_autofree gchar *two = NULL;
  g_autofree gchar *three = NULL;

  veo_sim_set_transfer (sim, "v", &t);
  one = veo_sim_task_get_signed_link (sim, "v");
  fail_unless_equals_int (open_link (one, NULL), 200);
  fail_unless_equals_int (open_link (one, NULL), 403);
  two = veo_sim_task_get_signed_link (sim, "v");
  fail_if (g_str_equal (one, two));
  veo_sim_expire_links (sim, "v");
  fail_unless_equals_int (open_link (two, NULL), 403);
/* *INDENT-OFF* */
  t = (VeoSimTransfer) {.expired_status = 410};
/* *INDENT-ON* */
  veo_sim_set_transfer (sim, "v", &t);
  three = veo_sim_task_get_signed_link (sim, "v");
  fail_unless_equals_int (open_link (three, NULL), 200);
  veo_sim_expire_links (sim, "v");
  fail_unless_equals_int (open_link (three, NULL), 410);
}

GST_END_TEST;

/* Given a link that lives for 60,000 bytes, then it is cut there and expired. */
GST_START_TEST (test_expiry_in_the_middle)
{
  VeoSimTransfer t = {.expires_bytes = 60000 };
  g_autofree gchar *link = veo_sim_task_get_signed_link (sim, "v");
  g_auto (SimHttp) http = { 0, };

  veo_sim_set_transfer (sim, "v", &t);
  sim_http (&http, "GET", link, NULL, NULL);
  fail_unless_equals_int (http.end, SIM_HTTP_CUT);
  fail_unless (sim_http_body_is (&http, data, 60000));
  fail_unless_equals_int (open_link (link, NULL), 403);
}

GST_END_TEST;

/* Given links of which only the first expires, at once or after some bytes, then
 * the first is refused or cut, and the second opens for all of it. */
GST_START_TEST (test_expiry_of_the_first)
{
  VeoSimTransfer at_once = {.expires_at_once = TRUE,.expires_links = 1 };
  VeoSimTransfer later = {.expires_bytes = 10,.expires_links = 1 };
  g_autofree gchar *one = NULL;
  g_autofree gchar *two = NULL;
  g_autofree gchar *cut = NULL;
  g_autofree gchar *whole = NULL;

  veo_sim_add_file (sim, "w", clip, NULL);
  veo_sim_set_transfer (sim, "v", &at_once);
  veo_sim_set_transfer (sim, "w", &later);
  one = veo_sim_task_get_signed_link (sim, "v");
  two = veo_sim_task_get_signed_link (sim, "v");
  fail_unless_equals_int (open_link (one, NULL), 403);
  fail_unless_equals_int (open_link (two, NULL), 200);
  cut = veo_sim_task_get_signed_link (sim, "w");
  fail_unless_equals_int (open_link (cut, NULL), 200);
  fail_unless_equals_int (open_link (cut, NULL), 403);
  whole = veo_sim_task_get_signed_link (sim, "w");
  fail_unless_equals_int (open_link (whole, NULL), 200);
  fail_unless_equals_int (open_link (whole, NULL), 200);
}

GST_END_TEST;

/* Given a second origin for files, then signed links live there, and the log
 * knows by which host they came. */
GST_START_TEST (test_files_origin)
{
  VeoSimOptions options = {.files_address = "127.0.0.2",.api_key = "k" };
  g_autoptr (VeoSim) two = veo_sim_new (&options, NULL);
  g_autofree gchar *link = NULL;
  g_auto (VeoSimRequest) r = { 0, };

  veo_sim_set_clip (two, clip, NULL);
  veo_sim_add_task (two, "v", "completed");
  link = veo_sim_task_get_signed_link (two, "v");
  fail_unless (g_str_has_prefix (link, "http://127.0.0.2:"));
  fail_unless (g_str_has_prefix (link, veo_sim_get_files_url (two)));
  fail_unless_equals_int (open_link (link, NULL), 200);
  fail_unless (veo_sim_get_request (two, "GET", "/files/", 0, &r));
  fail_unless (g_str_has_prefix (r.host, "127.0.0.2:"));
  fail_unless (r.local_port != veo_sim_get_port (two));
  fail_unless (r.has_query && !r.authorization);
}

GST_END_TEST;

/* Given a file at a path of its own, then it opens without a key and has its
 * own troubles. */
GST_START_TEST (test_file)
{
  VeoSimTransfer t = {.cut_every = 3 };
  g_autoptr (GBytes) bytes = g_bytes_new_static ("0123456789", 10);
  g_autofree gchar *url =
      g_strconcat (veo_sim_get_url (sim), "/a/clip.webm", NULL);
  g_auto (SimHttp) good = { 0, };
  g_auto (SimHttp) bad = { 0, };

  veo_sim_set_api_key (sim, "k");
  veo_sim_add_file (sim, "/a/clip.webm", bytes, "video/webm");
  sim_http (&good, "GET", url, NULL, NULL);
  fail_unless_equals_int (good.status, 200);
  fail_unless (sim_http_body_is (&good, "0123456789", 10));
  expect_header (&good, "Content-Type", "video/webm");
  veo_sim_set_transfer (sim, "/a/clip.webm", &t);
  sim_http (&bad, "GET", url, NULL, NULL);
  fail_unless_equals_int (bad.end, SIM_HTTP_CUT);
  fail_unless_equals_int (bad.body->len, 3);
}

GST_END_TEST;

/* Given 64 MiB, then it arrives whole through both ways of sending. */
GST_START_TEST (test_large)
{
  g_autoptr (GBytes) large = make_bytes (64 << 20, 1);
  VeoSimTransfer t = {.stall_after = 1000,.stall_ms = 1 };
  guint i;

  veo_sim_task_set_clip (sim, "v", large, NULL);
  for (i = 0; i < 2; i++) {
    g_auto (SimHttp) http = { 0, };

    fetch (&http, "GET", NULL);
    fail_unless_equals_int (http.end, SIM_HTTP_COMPLETE);
    fail_unless (sim_http_body_is (&http, g_bytes_get_data (large, NULL),
            64 << 20));
    veo_sim_set_transfer (sim, "v", &t);
  }
}

GST_END_TEST;

static Suite *
simtransfer_suite (void)
{
  Suite *s = suite_create ("veo-sim transfers");
  TCase *tc = tcase_create ("transfers");

  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_whole);
  tcase_add_test (tc, test_range);
  tcase_add_test (tc, test_if_range);
  tcase_add_test (tc, test_head);
  tcase_add_test (tc, test_range_kinds);
  tcase_add_test (tc, test_cut_every);
  tcase_add_test (tc, test_cut_at);
  tcase_add_test (tc, test_reset);
  tcase_add_test (tc, test_chunked);
  tcase_add_test (tc, test_stall);
  tcase_add_test (tc, test_rate);
  tcase_add_test (tc, test_names);
  tcase_add_test (tc, test_other_file);
  tcase_add_test (tc, test_refuse_after_cut);
  tcase_add_test (tc, test_content_script);
  tcase_add_test (tc, test_signed);
  tcase_add_test (tc, test_expiry);
  tcase_add_test (tc, test_expiry_in_the_middle);
  tcase_add_test (tc, test_expiry_of_the_first);
  tcase_add_test (tc, test_files_origin);
  tcase_add_test (tc, test_file);
  tcase_add_test (tc, test_large);
  return s;
}

GST_CHECK_MAIN (simtransfer);
