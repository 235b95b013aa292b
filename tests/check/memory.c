/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What answers cost that are far too large, or large with good reason: the
 * peak of this process' memory while a pipeline gets them. */
#include <glib/gstdio.h>
#include <malloc.h>
#include <string.h>

#include "footprint.h"
#include "rawserver.h"
#include "verdict.h"

static Scene *scene;

#define KIB ((gsize) 1024)
#define MIB (KIB * 1024)
#define PIECE (64 * KIB)
#define MANY (300 * MIB)
/* A body is read up to 4 MiB; there are copies of it, and room in buffers */
#define MAX_GROWTH (24 * MIB)
/* So many bytes of each answer leave the server at most: 4 MiB, and what fits
 * into the buffers of both sockets */
#define MAX_SENT (40 * MIB)

/* --- Measuring --- */

static gsize
get_memory (const gchar * field)
{
  g_autofree gchar *text = NULL;
  const gchar *line;

  fail_unless (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, field);
  fail_unless (line != NULL);
  return g_ascii_strtoull (line + strlen (field) + 1, NULL, 10) * KIB;
}

/* Returns what is in use now; the peak starts from here. Where the kernel does
 * not forget a peak, it is the peak so far. */
static gsize
forget_peak (void)
{
  FILE *file;

  malloc_trim (0);
  file = fopen ("/proc/self/clear_refs", "w");
  if (file) {
    fputs ("5", file);
    fclose (file);
  }
  return get_memory ("VmHWM:");
}

static void
check_growth (gsize before, gsize most, const gchar * what)
{
  gsize peak = get_memory ("VmHWM:");
  /* the kernel counts late, and may have counted too much before */
  gsize growth = peak > before ? peak - before : 0;

  GST_INFO ("%s: %" G_GSIZE_FORMAT " KiB", what, growth / KIB);
  if (COUNTS_MEMORY)
    fail_unless (growth <= most, "%s took %" G_GSIZE_FORMAT " KiB", what,
        growth / KIB);
}

/* --- Answers --- */

typedef struct
{
  const gchar *what;
  guint status;
  const gchar *head;            /* lines that end with \r\n */
  const gchar *before;
  gchar filling;                /* then MANY of these, or for ever when chunked */
  Verdict verdict;
} Flood;

typedef struct
{
  const Flood *flood;
  GBytes *bytes;                /* instead of it */
  gsize sent;                   /* by all answers; atomic */
} Service;

#define LENGTH "Content-Length: 314572800\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define JSON "Content-Type: application/json\r\n"
#define HTML "Content-Type: text/html\r\n"
#define SAYS(...) {__VA_ARGS__}

/* *INDENT-OFF* */
static const Flood floods[] = {
  {"300 MiB of JSON", 200, JSON LENGTH, "{\"status\":\"processing\",\"x\":\"", 'x',
        {GST_RESOURCE_ERROR_READ,.http_status = 200,.attempts = 3,
          .says = SAYS ("too large", "after 3 attempts")}},
  {"JSON that never ends", 200, JSON CHUNKED, "{\"status\":\"processing\"", ' ',
        {GST_RESOURCE_ERROR_READ,.http_status = 200,.attempts = 3,
          .says = SAYS ("too large", "after 3 attempts")}},
  {"brackets that never end", 200, JSON CHUNKED, "{\"x\":", '[',
        {GST_RESOURCE_ERROR_READ,.http_status = 200,.attempts = 3,
          .says = SAYS ("too large", "after 3 attempts")}},
  {"a data: video of blanks", 200, JSON CHUNKED,
        "{\"status\":\"completed\",\"video_url\":\"data:video/mp4;base64,", ' ',
        {GST_RESOURCE_ERROR_READ,.http_status = 200,.attempts = 3,
          .says = SAYS ("too large", "after 3 attempts")}},
  {"a web page of 300 MiB", 200, HTML LENGTH, "<html><title>Hello</title>", '<',
        {GST_RESOURCE_ERROR_SETTINGS,.http_status = 200,.attempts = 2,
          .says = SAYS ("Hello", "Set base-url")}},
  {"an error of 300 MiB", 503, JSON LENGTH, "{\"message\":\"", 'x',
        {GST_RESOURCE_ERROR_OPEN_READ,.http_status = 503,.attempts = 3,
          .says = SAYS ("HTTP 503", "after 3 attempts")}},
  {"a redirect of 300 MiB", 302, "Location: file:///etc/passwd\r\n" LENGTH, "",
        'x', {GST_RESOURCE_ERROR_OPEN_READ,.http_status = 302,.attempts = 1,
          .says = SAYS ("file:///etc/passwd")}},
};
/* *INDENT-ON* */

static gboolean
send_counted (RawRequest * request, Service * service, const void *data,
    gsize size)
{
  g_atomic_pointer_add (&service->sent, size);
  return raw_write (request, data, size);
}

static gboolean
send_piece (RawRequest * request, Service * service, gboolean chunked,
    const gchar * data, gsize size)
{
  if (!chunked)
    return send_counted (request, service, data, size);
  return raw_printf (request, "%" G_GSIZE_MODIFIER "x\r\n", size)
      && send_counted (request, service, data, size)
      && raw_printf (request, "\r\n");
}

static void
send_flood (RawRequest * request, Service * service)
{
  const Flood *flood = service->flood;
  gboolean chunked = strstr (flood->head, CHUNKED) != NULL;
  gsize left = MANY - strlen (flood->before);
  gchar piece[PIECE];

  memset (piece, flood->filling, PIECE);
  raw_printf (request, "HTTP/1.1 %u Flood\r\nX-Request-Id: r1\r\n%s\r\n",
      flood->status, flood->head);
  if (*flood->before && !send_piece (request, service, chunked, flood->before,
          strlen (flood->before)))
    return;
  while (left > 0) {
    gsize size = MIN (left, PIECE);

    if (!send_piece (request, service, chunked, piece, size))
      return;
    if (!chunked)
      left -= size;
  }
}

static void
serve (RawRequest * request, gpointer data)
{
  Service *service = data;

  if (service->bytes) {
    gsize size;
    gconstpointer bytes = g_bytes_get_data (service->bytes, &size);

    raw_printf (request, "HTTP/1.1 200 OK\r\nX-Request-Id: r1\r\n"
        "%sContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
        service->flood->head, size);
    send_counted (request, service, bytes, size);
  } else {
    send_flood (request, service);
  }
}

/* A first run that plays brings in all that every run needs: plugins, decoders,
 * threads. The next one asks the service here. (transfer full) */
static RawServer *
warm_up (Service * service)
{
  RawServer *server = raw_server_new ("127.0.0.1", NULL, serve, service);

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  g_ptr_array_set_size (scene->messages, 0);
  g_object_set (scene->src, "base-url", raw_server_get_url (server), "retries",
      2, NULL);
  return server;
}

static void
check_flood (Service * service)
{
  const Flood *flood = service->flood;
  RawServer *server = warm_up (service);
  gsize before = forget_peak ();

  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &flood->verdict, flood->what);
  check_growth (before, MAX_GROWTH, flood->what);
  fail_unless (service->sent <= flood->verdict.attempts * MAX_SENT,
      "%s: %" G_GSIZE_FORMAT " KiB were read", flood->what,
      service->sent / KIB);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  raw_server_free (server);
}

/* Given a service that answers a poll with far more than any answer has, or
 * without end, when a pipeline asks it, then the run ends with the error that
 * belongs to it, the rest is not read, and memory stays small. */
SCENE_TEST (test_flood)
{
  Service service = { &floods[__i__], };

  check_flood (&service);
}

/* size bytes of JSON that is not done; 64 MiB are 64 KiB when compressed.
 * (transfer full) */
static GBytes *
make_bomb (gsize size)
{
  g_autoptr (GZlibCompressor) zip =
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream =
      g_converter_output_stream_new (memory, G_CONVERTER (zip));
  gchar piece[PIECE];

  memset (piece, ' ', PIECE);
  g_output_stream_write_all (stream, "{\"x\":", 5, NULL, NULL, NULL);
  for (gsize i = 0; i < size / PIECE; i++)
    fail_unless (g_output_stream_write_all (stream, piece, PIECE, NULL, NULL,
            NULL));
  fail_unless (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM
      (memory));
}

/* Given an answer of 64 MiB that comes compressed, as a few KiB, when a
 * pipeline gets it, then it is too large, and memory stays small. */
SCENE_TEST (test_bomb)
{
  static const Flood flood = { "a compressed answer", 200,
    JSON "Content-Encoding: gzip\r\n", "", 0,
    {GST_RESOURCE_ERROR_READ,.http_status = 200,.attempts = 3,
        .says = {"too large", "after 3 attempts"}}
  };
  g_autoptr (GBytes) bomb = make_bomb (64 * MIB);
  Service service = { &flood, bomb, };

  fail_unless (g_bytes_get_size (bomb) < MIB);
  check_flood (&service);
}

/* Given an answer of 200,000 brackets, which a parser that calls itself for
 * each would not survive, when a pipeline gets it, then it is READ. */
SCENE_TEST (test_brackets)
{
  static const Flood flood = { "200,000 brackets", 200, JSON, "", 0,
    {GST_RESOURCE_ERROR_READ,.http_status = 200,.attempts = 3,
        .says = {"nested too deep", "after 3 attempts"}}
  };
  gchar *brackets = g_strnfill (400000, '[');
  g_autoptr (GBytes) bytes = NULL;
  Service service = { &flood, };

  memset (brackets + 200000, ']', 200000);
  service.bytes = bytes = g_bytes_new_take (brackets, 400000);
  check_flood (&service);
}

/* --- A video in the answer --- */

#define VIDEO_SIZE (20 * MIB)
/* It is there once, after it grew in a buffer that doubles, and is played from
 * there. Its text, 27 MiB, is never there as a whole. */
#define MAX_VIDEO_GROWTH (4 * VIDEO_SIZE)

/* The clip with a box behind it that players skip: 20 MiB. (transfer full) */
static GBytes *
make_large_clip (void)
{
  gsize size, i;
  gconstpointer clip = g_bytes_get_data (scene_get_clip (), &size);
  guint8 *bytes = g_malloc (VIDEO_SIZE);
  guint32 box_size = GUINT32_TO_BE (VIDEO_SIZE - size);
  guint32 noise = 1;

  memcpy (bytes, clip, size);
  memcpy (bytes + size, &box_size, sizeof box_size);
  memcpy (bytes + size + 4, "free", 4);
  for (i = size + 8; i < VIDEO_SIZE; i++) {
    noise = noise * 1664525 + 1013904223;
    bytes[i] = noise >> 24;
  }
  return g_bytes_new_take (bytes, VIDEO_SIZE);
}

/* (transfer full) */
static GBytes *
make_answer (GBytes * clip)
{
  gsize size;
  const guchar *bytes = g_bytes_get_data (clip, &size);
  g_autofree gchar *base64 = g_base64_encode (bytes, size);
  gchar *text = g_strconcat ("{\"id\":\"" SCENE_TASK "\",\"progress\":100,"
      "\"video_url\":\"data:video/mp4;base64,", base64,
      "\",\"status\":\"completed\"}", NULL);

  return g_bytes_new_take (text, strlen (text));
}

static void
play_large_clip (GBytes * answer)
{
  static const Flood good = { "a data: video", 200, JSON, };
  Service service = { &good, answer, };
  RawServer *server = warm_up (&service);
  gsize before = forget_peak ();

  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  check_growth (before, MAX_VIDEO_GROWTH, good.what);
  fail_unless_equals_int (raw_server_count (server), 1);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  raw_server_free (server);
}

/* Given an answer that carries a video of 20 MiB, when it comes, then each
 * frame of it plays, and the answer's text is never in memory as a whole. */
SCENE_TEST (test_data_video)
{
  g_autofree gchar *path = scene_write_file (scene_get_clip (), "memory.mp4");
  g_autofree gchar *wanted = scene_decode_file (path, SCENE_GRAY, NULL);
  g_autoptr (GBytes) clip = make_large_clip ();
  g_autoptr (GBytes) answer = make_answer (clip);
  SceneSink *sink;

  scene->video_filter = SCENE_GRAY;
  play_large_clip (answer);
  sink = scene_get_sink (scene, "video_0");
  fail_unless_equals_int (sink->buffers, 2 * VEO_SIM_CLIP_FPS);
  fail_unless_equals_string (g_checksum_get_string (sink->checksum), wanted);
  g_unlink (path);
}

/* Given the same answer and output=container, when it comes, then the file's
 * own 20 MiB come out. */
SCENE_TEST (test_data_video_as_it_is)
{
  g_autoptr (GBytes) clip = make_large_clip ();
  g_autoptr (GBytes) answer = make_answer (clip);
  g_autofree gchar *wanted =
      g_compute_checksum_for_bytes (G_CHECKSUM_SHA1, clip);
  SceneSink *sink;

  g_object_set (scene->src, "output", 2, NULL);
  play_large_clip (answer);
  sink = scene_get_sink (scene, "src");
  fail_unless_equals_string (g_checksum_get_string (sink->checksum), wanted);
}

static Suite *
memory_suite (void)
{
  Suite *suite = suite_create ("memory");
  TCase *tcase = tcase_create ("memory");

  /* meson has malloc fill whatever it gives out, also what nobody writes to */
  mallopt (M_PERTURB, 0);
  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, test_flood, 0, G_N_ELEMENTS (floods));
  tcase_add_test (tcase, test_bomb);
  tcase_add_test (tcase, test_brackets);
  tcase_add_test (tcase, test_data_video);
  tcase_add_test (tcase, test_data_video_as_it_is);
  return suite;
}

GST_CHECK_MAIN (memory);
