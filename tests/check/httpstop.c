/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stopping: at once, at any moment, whatever the network does, and nothing is left behind. */
#include "download.h"
#include "process.h"

#include <string.h>

#define SIZE 2000000
/* The promise is 50 ms; a loaded machine may be late by itself */
#define AT_ONCE (2 * G_TIME_SPAN_SECOND)

static guint8 *clip;

/* What the server does, for each case */
enum
{
  GOOD,
  CUTS,
  CUTS_WITHOUT_RANGE,
  STALLS,
  SILENT,                       /* no head */
  HEAD_ONLY,
  BUSY,
  SLOW_HEAD,                    /* the answer comes a moment after the request */
  DRIPS,
  N_CASES
};

static RawFile file;

static void
serve_case (RawRequest * request, gpointer data)
{
  guint i;

  switch (GPOINTER_TO_UINT (data)) {
    case SILENT:
      raw_hold (request);
      break;
    case HEAD_ONLY:
      raw_printf (request, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
      raw_hold (request);
      break;
    case BUSY:
      raw_answer (request, 503, "Retry-After: 100\r\n", "busy");
      break;
    case SLOW_HEAD:
      g_usleep (g_random_int_range (0, 30000));
      raw_file_send (&file, request);
      break;
    case DRIPS:
      raw_printf (request, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n",
          SIZE);
      for (i = 0; i < SIZE; i += 2000) {
        if (!raw_write (request, clip + i, 2000))
          break;
        g_usleep (3000);
      }
      break;
    default:
      raw_file_send (&file, request);
      break;
  }
}

static RawServer *
open_case (guint which)
{
  memset (&file, 0, sizeof file);
  file.data = clip;
  file.size = SIZE;
  file.cut_at = RAW_NEVER;
  if (which == CUTS || which == CUTS_WITHOUT_RANGE)
    file.cut_every = which == CUTS ? 30000 : 1999990;
  if (which == CUTS_WITHOUT_RANGE)
    file.range = RAW_RANGE_LIED;
  if (which == STALLS) {
    file.cut_at = 500000;
    file.cuts = 1000;
    file.stall = TRUE;
  }
  return raw_server_new ("127.0.0.1", NULL, serve_case,
      GUINT_TO_POINTER (which));
}

static gint64
timed_stop (Download * download, GstState state)
{
  gint64 began = g_get_monotonic_time ();

  fail_unless_equals_int (gst_element_set_state (download->pipeline, state),
      GST_STATE_CHANGE_SUCCESS);
  return g_get_monotonic_time () - began;
}

/* Plays for so long, seeks perhaps, stops */
static gint64
run_once (const GstVeoHttpSrcSettings * settings, guint round)
{
  Download *download = download_new (settings, round % 3 ?
      "fakesink name=sink" : "queue2 ! fakesink name=sink sync=false");
  gint64 took;

  gst_element_set_state (download->pipeline, GST_STATE_PLAYING);
  g_usleep (g_random_int_range (0, round % 5 ? 8000 : 60000));
  if (round % 4 == 0)
    gst_element_seek_simple (download->src, GST_FORMAT_BYTES,
        GST_SEEK_FLAG_FLUSH, g_random_int_range (0, SIZE));
  if (round % 7 == 0) {
    took = timed_stop (download, GST_STATE_READY);
    gst_element_set_state (download->pipeline, GST_STATE_PLAYING);
    g_usleep (g_random_int_range (0, 5000));
  }
  took = timed_stop (download, GST_STATE_NULL);
  download_free (download);
  return took;
}

GST_START_TEST (test_stop_at_random)
{
  /* Given a server that works, cuts, stalls, stays silent, is busy, drips.
   * When a download is stopped at a random moment, many times, from PLAYING, with seeks and restarts.
   * Then each stop returns at once, and no thread and no descriptor is left. */
  RawServer *server = open_case (__i__);
  GstVeoHttpSrcSettings settings;
  /* Few: libsoup itself crashes once in thousands of stops, and veo-stress, which
   * tells that from a crash of ours, makes many */
  guint rounds = g_getenv ("VEO_TEST_STOPS") ?
      atoi (g_getenv ("VEO_TEST_STOPS")) : 12;
  guint i, threads = 0, files = 0;
  gint64 longest = 0;

  download_settings (&settings, raw_server_get_url (server));
  settings.min_backoff = 20;
  for (i = 0; i < rounds; i++) {
    gint64 took = run_once (&settings, i);

    longest = MAX (longest, took);
    fail_unless (took < AT_ONCE, "stopping took %d ms", (gint) (took / 1000));
    while (raw_server_count_open (server) > 0)
      g_usleep (1000);
    if (i == 9) {
      threads = count_threads (NULL);
      files = count_descriptors ();
    }
  }
  GST_INFO ("case %d: the longest stop took %d us", __i__, (gint) longest);
  fail_unless (count_threads (NULL) <= threads + 6);
  fail_unless (count_descriptors () <= files + 6);
  raw_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_resume_after_a_stop)
{
  /* Given a download that was stopped in the middle.
   * When it is started again.
   * Then it asks anew and comes whole. */
  RawServer *server = open_case (GOOD);
  GstVeoHttpSrcSettings settings;
  Download *download;
  guint i;

  download_settings (&settings, raw_server_get_url (server));
  download =
      download_new (&settings, "fakesink name=sink signal-handoffs=true");
  for (i = 0; i < 3; i++) {
    gst_element_set_state (download->pipeline, GST_STATE_PLAYING);
    fail_unless (raw_server_wait (server, i + 1));
    gst_element_set_state (download->pipeline, i & 1 ? GST_STATE_READY
        : GST_STATE_NULL);
    g_byte_array_set_size (download->bytes, 0);
    download->ended = FALSE;
  }
  {
    g_autoptr (GstBus) bus = gst_element_get_bus (download->pipeline);

    gst_bus_set_flushing (bus, TRUE);
    gst_bus_set_flushing (bus, FALSE);
  }
  download_run (download);
  assert_complete (download, clip, SIZE);
  download_free (download);
  raw_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_kept_connection)
{
  /* Given a transfer that flows.
   * When it is seeked, with a flush, to a place shortly behind.
   * Then the transfer goes on: no second request goes out. */
  RawServer *server = open_case (DRIPS);
  GstVeoHttpSrcSettings settings;
  Download *download;
  GstVeoHttpSrcStats stats = { 0, };

  download_settings (&settings, raw_server_get_url (server));
  download = download_new (&settings, "fakesink name=sink async=false");
  gst_element_set_state (download->pipeline, GST_STATE_PLAYING);
  while (stats.bytes < 10000) {
    g_usleep (1000);
    gst_veo_http_src_get_stats (download->src, &stats);
  }
  fail_unless (gst_element_seek_simple (download->src, GST_FORMAT_BYTES,
          GST_SEEK_FLAG_FLUSH, 30000));
  while (stats.bytes < 60000) {
    g_usleep (1000);
    gst_veo_http_src_get_stats (download->src, &stats);
  }
  fail_unless_equals_int (raw_server_count (server), 1);
  download_free (download);
  raw_server_free (server);
}

GST_END_TEST;

static Suite *
httpstop_suite (void)
{
  Suite *s = suite_create ("httpstop");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 0);
  suite_add_tcase (s, tc);
  clip = make_boxes (SIZE, TRUE, 1);
  tcase_add_loop_test (tc, test_stop_at_random, 0, N_CASES);
  tcase_add_test (tc, test_resume_after_a_stop);
  tcase_add_test (tc, test_kept_connection);
  return s;
}

GST_CHECK_MAIN (httpstop);
