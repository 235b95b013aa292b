/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Seeks, the memory for them, files beside playback, and real clips through demuxers. */
#include <glib/gstdio.h>
#include <gst/base/gstbasesrc.h>
#include "download.h"
#include "gstveocache.h"

#include <string.h>

#define SIZE 3000000
#define DROP 400

static guint8 *clip;

static void
send_file (RawRequest * request, gpointer file)
{
  raw_file_send (file, request);
}

typedef struct
{
  RawFile file;
  RawServer *server;
  GstVeoHttpSrcSettings settings;
  Download *download;
} Scene;

static Scene scene;

static void
open_scene (RawRange range)
{
  memset (&scene, 0, sizeof scene);
  scene.file.data = clip;
  scene.file.size = SIZE;
  scene.file.range = range;
  scene.file.cut_at = RAW_NEVER;
  scene.server = raw_server_new ("127.0.0.1", NULL, send_file, &scene.file);
  download_settings (&scene.settings, raw_server_get_url (scene.server));
}

static void
close_scene (void)
{
  g_clear_pointer (&scene.download, download_free);
  raw_server_free (scene.server);
}

/* --- Seeks --- */

typedef struct
{
  GMutex lock;
  GCond cond;
  guint64 next;                 /* offset of the next byte at the sink */
  guint64 seen;                 /* bytes since the last flush */
} Reader;

static Reader reader;

/* Compares all that comes with the clip, at its place */
static void
compare_buffer (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    gpointer data)
{
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_mutex_lock (&reader.lock);
  fail_unless_equals_uint64 (GST_BUFFER_OFFSET (buffer), reader.next);
  fail_unless (reader.next + map.size <= SIZE);
  fail_unless (memcmp (map.data, clip + reader.next, map.size) == 0);
  reader.next += map.size;
  reader.seen += map.size;
  g_cond_broadcast (&reader.cond);
  g_mutex_unlock (&reader.lock);
  gst_buffer_unmap (buffer, &map);
}

static GstPadProbeReturn
follow_segment (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  const GstSegment *segment;

  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT) {
    gst_event_parse_segment (event, &segment);
    g_mutex_lock (&reader.lock);
    reader.next = segment->start;
    reader.seen = 0;
    g_mutex_unlock (&reader.lock);
  }
  return GST_PAD_PROBE_OK;
}

static void
start_reader (void)
{
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) pad = NULL;

  memset (&reader, 0, sizeof reader);
  /* A sink that prerolls may miss its way back to PLAYING when it is flushed often */
  scene.download = download_new (&scene.settings,
      "fakesink name=sink signal-handoffs=true async=false");
  sink = gst_bin_get_by_name (GST_BIN (scene.download->pipeline), "sink");
  g_signal_connect (sink, "handoff", G_CALLBACK (compare_buffer), NULL);
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, follow_segment,
      NULL, NULL);
  gst_element_set_state (scene.download->pipeline, GST_STATE_PLAYING);
}

static void
wait_for_bytes (guint64 bytes)
{
  gint64 until = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

  g_mutex_lock (&reader.lock);
  while (reader.seen < bytes)
    fail_unless (g_cond_wait_until (&reader.cond, &reader.lock, until));
  g_mutex_unlock (&reader.lock);
}

static void
seek (guint64 offset)
{
  fail_unless (gst_element_seek (scene.download->src, 1.0, GST_FORMAT_BYTES,
          GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, offset, GST_SEEK_TYPE_NONE,
          -1));
}

GST_START_TEST (test_seeks)
{
  /* Given a download, with Range honoured, absent or lied about, kept or not,
   * through breaks.
   * When it is seeked to and fro, in it and after it.
   * Then the right bytes come from there on to the end. */
  static const guint64 places[] =
      { 0, SIZE - 1, 1000000, 5, SIZE / 2, 2999000, 1 };
  guint i;

  open_scene (__i__ % RAW_N_RANGES);
  scene.settings.keep = __i__ >= RAW_N_RANGES;
  scene.file.cut_at = 1200000;
  scene.file.cuts = 3;
  start_reader ();
  wait_for_bytes (10);
  for (i = 0; i < G_N_ELEMENTS (places); i++) {
    seek (places[i]);
    if (i & 1)
      wait_for_bytes (SIZE - places[i]);
    else
      wait_for_bytes (1);
  }
  seek (7);
  wait_for_bytes (SIZE - 7);
  scene.download->ended = FALSE;
  download_wait (scene.download);
  fail_unless_equals_int (scene.download->errors, 0);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_seek_back_after_the_end)
{
  /* Given a file that was received to its end, from a server without Range.
   * When it is seeked back.
   * Then it is served from memory: no request goes out. */
  guint64 size;
  gint64 duration;

  open_scene (RAW_RANGE_LIED);
  start_reader ();
  wait_for_bytes (SIZE);
  download_wait (scene.download);
  fail_unless (GST_BASE_SRC_GET_CLASS (scene.download->src)->get_size
      (GST_BASE_SRC (scene.download->src), &size));
  fail_unless_equals_uint64 (size, SIZE);
  fail_unless (gst_element_query_duration (scene.download->src,
          GST_FORMAT_BYTES, &duration));
  fail_unless_equals_int64 (duration, SIZE);
  seek (123);
  wait_for_bytes (SIZE - 123);
  fail_unless_equals_int (raw_server_count (scene.server), 1);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_seek_ahead)
{
  /* Given a server that honours Range and has fallen silent in the middle.
   * When it is seeked to a place behind.
   * Then that is asked for; and back, what was there before comes from memory. */
  g_autofree gchar *request = NULL;

  open_scene (RAW_RANGE_HONOURED);
  scene.file.cut_at = 500000;
  scene.file.cuts = 1;
  scene.file.stall = TRUE;
  start_reader ();
  wait_for_bytes (500000);
  seek (2000000);
  wait_for_bytes (1000000);
  request = raw_server_get_request (scene.server, 1);
  fail_unless_equals_string (request, "/ range=bytes=2000000- key=-");
  seek (0);
  wait_for_bytes (SIZE);
  fail_unless_equals_int (raw_server_count (scene.server), 3);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_seek_before_data)
{
  /* Given a source in READY.
   * When it is seeked before it plays.
   * Then it still looks at the first bytes of the file, and delivers from there. */
  open_scene (__i__);
  memset (&reader, 0, sizeof reader);
  start_reader ();
  gst_element_set_state (scene.download->pipeline, GST_STATE_READY);
  seek (2500000);
  gst_element_set_state (scene.download->pipeline, GST_STATE_PLAYING);
  wait_for_bytes (500000);
  close_scene ();
}

GST_END_TEST;

/* --- Memory --- */

GST_START_TEST (test_memory)
{
  /* Given a source that keeps, and one that does not.
   * When the file has passed.
   * Then the one holds it, the other only the last piece, and neither after READY. */
  open_scene (RAW_RANGE_HONOURED);
  scene.settings.keep = __i__;
  start_reader ();
  wait_for_bytes (SIZE);
  download_wait (scene.download);
  if (__i__)
    fail_unless (gst_veo_budget_get_used () >= SIZE);
  else
    fail_unless (gst_veo_budget_get_used () < (2 << 20) + 100000);
  gst_element_set_state (scene.download->pipeline, GST_STATE_NULL);
  close_scene ();
  fail_unless_equals_uint64 (gst_veo_budget_get_used (), 0);
}

GST_END_TEST;

/* Each piece is sent when the one before has arrived: one read for each. */
static void
send_drop_by_drop (RawRequest * request, gpointer data)
{
  guint64 sent = 0;

  raw_printf (request, "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n"
      "Content-Length: %d\r\n\r\n", SIZE);
  while (sent < SIZE && raw_write (request, clip + sent, DROP)) {
    sent += DROP;
    wait_for_bytes (sent);
  }
}

GST_START_TEST (test_small_pieces)
{
  /* Given a server that sends a few bytes at a time.
   * When all of them are kept.
   * Then the blocks they were read into, mostly empty, are not: but for a part
   * that does not grow. */
  guint i;

  open_scene (RAW_RANGE_ABSENT);
  raw_server_free (scene.server);
  scene.server = raw_server_new ("127.0.0.1", NULL, send_drop_by_drop, NULL);
  download_settings (&scene.settings, raw_server_get_url (scene.server));
  scene.settings.keep = TRUE;
  start_reader ();
  /* it may take long, as long as it goes on */
  for (i = 1; i <= 30; i++)
    wait_for_bytes (SIZE / 30 * i);
  download_wait (scene.download);
  fail_unless (gst_veo_budget_get_used () >= SIZE);
  fail_unless (gst_veo_budget_get_used () < SIZE + (18 << 20),
      "%" G_GUINT64_FORMAT " bytes for %d", gst_veo_budget_get_used (), SIZE);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_lean)
{
  /* Given a budget for the process that is smaller than the file.
   * When the file is downloaded.
   * Then the source says once that it goes lean, drops what it kept, delivers every
   * byte, and still seeks. */
  open_scene (RAW_RANGE_ABSENT);
  gst_veo_budget_set_limit (1000000);
  start_reader ();
  wait_for_bytes (SIZE);
  download_wait (scene.download);
  fail_unless_equals_int (scene.download->lean, 1);
  fail_unless (gst_veo_budget_get_used () < 2500000);
  seek (100);
  wait_for_bytes (SIZE - 100);
  gst_veo_budget_set_limit (0);
  close_scene ();
}

GST_END_TEST;

/* --- Beside playback, to a file --- */

static void
fail_unless_saved (const gchar * path, const guint8 * data, gsize size)
{
  g_autofree gchar *contents = NULL;
  gsize length;

  fail_unless (g_file_get_contents (path, &contents, &length, NULL));
  fail_unless_equals_uint64 (length, size);
  fail_unless (memcmp (contents, data, size) == 0);
}

GST_START_TEST (test_save)
{
  /* Given a place to save to, and breaks, with lengths told or not, kept or not.
   * When the file is downloaded.
   * Then it is there when the stream ends, and PATH.part is not. */
  g_autofree gchar *directory = g_dir_make_tmp ("veo-http-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (directory, "clip.mp4", NULL);
  g_autofree gchar *part = g_strconcat (path, ".part", NULL);

  open_scene (__i__ / 6 * RAW_RANGE_LIED);
  scene.file.length = __i__ % 3;
  scene.settings.keep = __i__ / 3 % 2;
  scene.settings.save_location = path;
  scene.file.cut_at = 1200000;
  scene.file.cuts = 1;
  scene.download = download_get (&scene.settings);
  assert_complete (scene.download, clip, SIZE);
  fail_unless_equals_int (scene.download->saved, 1);
  fail_unless_equals_int (scene.download->save_failed, 0);
  fail_unless_saved (path, clip, SIZE);
  fail_if (g_file_test (part, G_FILE_TEST_EXISTS));
  close_scene ();
  g_unlink (path);
  fail_unless_equals_int (g_rmdir (directory), 0);
}

GST_END_TEST;

GST_START_TEST (test_save_with_holes)
{
  /* Given a place to save to, and a reader that jumps to the last bytes.
   * When the stream ends.
   * Then what was jumped over was fetched as well, and the saved file is whole. */
  g_autofree gchar *directory = g_dir_make_tmp ("veo-http-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (directory, "clip.mp4", NULL);

  open_scene (__i__);
  scene.settings.save_location = path;
  scene.file.cut_at = 500000;
  scene.file.cuts = 1;
  scene.file.stall = TRUE;
  scene.settings.request_timeout = 300;
  start_reader ();
  wait_for_bytes (1);
  seek (SIZE - 1000);
  wait_for_bytes (1000);
  download_wait (scene.download);
  fail_unless_equals_int (scene.download->errors, 0);
  fail_unless_equals_int (scene.download->saved, 1);
  fail_unless_saved (path, clip, SIZE);
  close_scene ();
  g_unlink (path);
  g_rmdir (directory);
}

GST_END_TEST;

GST_START_TEST (test_cannot_save)
{
  /* Given a place where nothing can be written.
   * When the file is downloaded.
   * Then one event says so, and it plays all the same. */
  open_scene (RAW_RANGE_HONOURED);
  scene.settings.save_location = "/nowhere/at/all.mp4";
  scene.download = download_get (&scene.settings);
  assert_complete (scene.download, clip, SIZE);
  fail_unless_equals_int (scene.download->save_failed, 1);
  fail_unless_equals_int (scene.download->saved, 0);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_stopped_save)
{
  /* Given a download to a file that is in the middle.
   * When it is stopped.
   * Then neither the file nor a part of it stays. */
  g_autofree gchar *directory = g_dir_make_tmp ("veo-http-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (directory, "clip.mp4", NULL);

  open_scene (RAW_RANGE_HONOURED);
  scene.settings.save_location = path;
  scene.file.cut_at = 500000;
  scene.file.cuts = 1;
  scene.file.stall = TRUE;
  start_reader ();
  wait_for_bytes (500000);
  gst_element_set_state (scene.download->pipeline, GST_STATE_NULL);
  fail_unless_equals_int (g_rmdir (directory), 0);
  close_scene ();
}

GST_END_TEST;

/* --- Real clips --- */

/* Renders once; returns the file's bytes, or NULL when an element is missing */
static GBytes *
render (const gchar * encoders, const gchar * muxer)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *line = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  gchar *contents = NULL;
  gsize size;
  gint fd = g_file_open_tmp ("veo-clip-XXXXXX", &path, NULL);

  g_close (fd, NULL);
  line = g_strdup_printf ("videotestsrc num-buffers=90 pattern=smpte ! "
      "video/x-raw,width=320,height=240,framerate=30/1 ! %s ! mux. "
      "audiotestsrc num-buffers=90 ! audioconvert ! %s ! mux. "
      "%s name=mux ! filesink location=%s", encoders,
      g_str_has_prefix (muxer, "webm") ? "vorbisenc" : "avenc_aac", muxer,
      path);
  pipeline = gst_parse_launch_full (line, NULL, GST_PARSE_FLAG_FATAL_ERRORS,
      NULL);
  if (!pipeline) {
    g_unlink (path);
    return NULL;
  }
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bus = gst_element_get_bus (pipeline);
  message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (g_file_get_contents (path, &contents, &size, NULL));
  g_unlink (path);
  return g_bytes_new_take (contents, size);
}

static void
add_frame (GstElement * sink, GstBuffer * buffer, GstPad * pad, gpointer data)
{
  GChecksum *checksum = data;
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_checksum_update (checksum, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
}

#define DECODE "queue2 max-size-bytes=268435456 max-size-time=60000000000 " \
    "max-size-buffers=0 use-rate-estimate=true ! decodebin name=dec ! videoconvert ! video/x-raw,format=GRAY8 ! " \
    "fakesink name=sink signal-handoffs=true sync=false"

/* Decodes the file through the source; the frames' checksum */
static gchar *
decode (RawFile * file, gboolean keep)
{
  RawServer *server = raw_server_new ("127.0.0.1", NULL, send_file, file);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  GstVeoHttpSrcSettings settings;
  GstElement *sink;
  Download *download;
  gchar *sum;

  download_settings (&settings, raw_server_get_url (server));
  settings.keep = keep;
  download = download_new (&settings, DECODE);
  sink = gst_bin_get_by_name (GST_BIN (download->pipeline), "sink");
  g_signal_connect (sink, "handoff", G_CALLBACK (add_frame), checksum);
  gst_object_unref (sink);
  download_run (download);
  if (download->errors)
    g_error ("%s; %s", download->error->message, download->messages->str);
  fail_unless (download->bytes->len >= 60 * 320 * 240);
  sum = g_strdup (g_checksum_get_string (checksum));
  download_free (download);
  raw_server_free (server);
  return sum;
}

/* *INDENT-OFF* */
static const struct
{
  const gchar *encoder;
  const gchar *muxer;
} formats[] = {
  {"x264enc bitrate=3000 speed-preset=ultrafast", "mp4mux faststart=true"},
  {"x264enc bitrate=3000 speed-preset=ultrafast", "mp4mux"},
  {"x264enc bitrate=3000 speed-preset=ultrafast", "mp4mux fragment-duration=500"},
  {"vp8enc deadline=1 target-bitrate=3000000", "webmmux"},
};
/* *INDENT-ON* */

GST_START_TEST (test_real_clips)
{
  /* Given a real clip: index in front, at the end, fragmented, WebM.
   * When it is decoded over a server that breaks at many places, with Range
   * honoured, absent or lied about, with and without lengths, kept or not.
   * Then the frames are the same as without a break. */
  static const guint64 places[] = { 0, 40, 1000, 60000 };
  g_autoptr (GBytes) bytes =
      render (formats[__i__].encoder, formats[__i__].muxer);
  g_autofree gchar *wanted = NULL;
  RawFile file = { NULL, };
  guint i;

  if (!bytes)
    return;
  file.data = g_bytes_get_data (bytes, &file.size);
  file.cut_at = RAW_NEVER;
  wanted = decode (&file, TRUE);
  for (i = 0; i < 24; i++) {
    g_autofree gchar *got = NULL;

    file.range = i % 3;
    file.length = i / 3 % 3;
    /* A WebM in chunks does not tell where it ends: there a cut is an end to libsoup 3.2 */
    if (__i__ == 3)
      file.length = RAW_LENGTH;
    file.cut_at = i / 6 == 3 ? file.size - 1 : places[i / 6];
    file.cuts = 2;
    file.cut_count = 0;
    got = decode (&file, i & 1);
    if (strcmp (got, wanted) != 0)
      g_error ("other frames: range %d, length %d, cut at %u", file.range,
          file.length, (guint) file.cut_at);
  }
}

GST_END_TEST;

static Suite *
httpseek_suite (void)
{
  Suite *s = suite_create ("httpseek");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 240);
  suite_add_tcase (s, tc);
  clip = make_boxes (SIZE, TRUE, 1);
  tcase_add_loop_test (tc, test_seeks, 0, 2 * RAW_N_RANGES);
  tcase_add_test (tc, test_seek_back_after_the_end);
  tcase_add_test (tc, test_seek_ahead);
  tcase_add_loop_test (tc, test_seek_before_data, 0, RAW_N_RANGES);
  tcase_add_loop_test (tc, test_memory, 0, 2);
  tcase_add_test (tc, test_small_pieces);
  tcase_add_test (tc, test_lean);
  tcase_add_loop_test (tc, test_save, 0, 12);
  tcase_add_loop_test (tc, test_save_with_holes, 0, 3);
  tcase_add_test (tc, test_cannot_save);
  tcase_add_test (tc, test_stopped_save);
  tcase_add_loop_test (tc, test_real_clips, 0, G_N_ELEMENTS (formats));
  return s;
}

GST_CHECK_MAIN (httpseek);
