/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far the download runs ahead of the sink, and what of it stays in memory. */
#include "footprint.h"
#include "scene.h"

#include <malloc.h>
#include <string.h>

#include "rawserver.h"
#include "veosimclip.h"

static Scene *scene;

#define MIB ((guint64) 1 << 20)
#define PIECE (64 * 1024)
#define SECONDS 8
#define FRAMES (SECONDS * VEO_SIM_CLIP_FPS)
/* As docs/veosrc.md promises */
#define AHEAD (256 * MIB)
/* The queue before the scene's sink takes 10 MiB, and some blocks are on the way */
#define SLACK (18 * MIB)

/* --- The server of the file; the polls go to the scene's --- */

typedef struct
{
  const guint8 *data;
  guint64 size;
  guint64 zeros;                /* that many more of them */
  gint64 patience;              /* us after which each transfer is cut; 0: never */
} File;

static const guint8 zeros[PIECE];

/* FALSE: it is cut, or the client is gone */
static gboolean
send_piece (RawRequest * request, const File * file, gint64 began,
    const guint8 * data, gsize size)
{
  if (file->patience && g_get_monotonic_time () - began > file->patience)
    return FALSE;
  return raw_write (request, data, size);
}

/* Whatever range is asked for */
static void
serve (RawRequest * request, gpointer data)
{
  const File *file = data;
  gint64 began = g_get_monotonic_time ();
  gboolean open;
  guint64 pos;

  open = raw_printf (request, "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n"
      "Accept-Ranges: bytes\r\nContent-Length: %" G_GUINT64_FORMAT "\r\n\r\n",
      file->size + file->zeros);
  for (pos = 0; pos < file->size && open; pos += PIECE)
    open = send_piece (request, file, began, file->data + pos,
        MIN (PIECE, file->size - pos));
  for (pos = 0; pos < file->zeros && open; pos += PIECE)
    open = send_piece (request, file, began, zeros,
        MIN (PIECE, file->zeros - pos));
}

/* Returns: (transfer full) */
static RawServer *
serve_file (File * file)
{
  RawServer *server = raw_server_new ("127.0.0.1", NULL, serve, file);
  g_autofree gchar *link = g_strconcat (raw_server_get_url (server),
      "/clip.mp4", NULL);

  veo_sim_task_set_link (scene->sim, SCENE_TASK, link);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  return server;
}

/* A clip of 24 MB that plays for 8 s. (transfer full) */
static GBytes *
get_large_clip (void)
{
  static const VeoSimClipOptions options = {.width = 480,.height = 360,
    .seconds = SECONDS,.noise = TRUE,.kbit = 25000
  };
  const gchar *directory = g_getenv ("VEO_TEST_CLIPS");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = veo_sim_clip_get_file (&options,
      directory ? directory : g_get_tmp_dir (), &error);
  gchar *bytes;
  gsize size;

  fail_unless (path && g_file_get_contents (path, &bytes, &size, &error),
      "%s", error ? error->message : "no clip");
  fail_unless (size > 20 * MIB, "%u bytes", (guint) size);
  return g_bytes_new_take (bytes, size);
}

/* A file that says it is an MP4; nobody looks at the rest */
static void
make_blank_file (File * file, guint64 size)
{
  static guint8 head[] = "\0\0\0\x18" "ftypmp42\0\0\0\0mp42isom"
      "\0\0\0\1mdat\0\0\0\0\0\0\0\0";

  GST_WRITE_UINT64_BE (head + 32, size - 24);
  file->data = head;
  file->size = sizeof head - 1;
  file->zeros = size - file->size;
}

/* --- Waiting for it --- */

static void
wait_bytes (guint64 bytes)
{
  gint64 until = g_get_monotonic_time () + SCENE_PATIENCE / GST_USECOND;

  while (scene_get_stat (scene, "bytes") < bytes) {
    fail_unless (g_get_monotonic_time () < until,
        "only %" G_GUINT64_FORMAT " bytes came", scene_get_stat (scene,
            "bytes"));
    g_usleep (1000);
  }
}

/* Until nothing more comes. A machine that is slow makes it an easy test. */
static guint64
wait_silence (void)
{
  guint64 before, now = scene_get_stat (scene, "bytes");
  guint same = 0;

  while (same < 30) {
    g_usleep (10000);
    before = now;
    now = scene_get_stat (scene, "bytes");
    same = now == before ? same + 1 : 0;
  }
  return now;
}

/* --- Ahead of the sink --- */

/* Given a sink that takes one frame and no more, when the file is large, then
 * it comes to its end all the same; and when the server is gone by the time it
 * plays on, then every frame of it is shown. */
SCENE_TEST (test_all_of_it_comes_before_it_is_wanted)
{
  g_autoptr (GBytes) clip = get_large_clip ();
  File file = { g_bytes_get_data (clip, NULL), g_bytes_get_size (clip) };
  RawServer *server = serve_file (&file);

  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  wait_bytes (file.size);
  raw_server_free (server);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers, FRAMES);
  fail_unless_equals_uint64 (scene_get_stat (scene, "reconnects"), 0);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_WARNING), 0);
}

/* Given a relay that ignores Range and cuts every transfer after three
 * seconds, when a clip of eight plays in real time, then the first transfer
 * has brought it all, and every frame is shown. */
SCENE_TEST (test_relay_that_cuts)
{
  g_autoptr (GBytes) clip = get_large_clip ();
  File file = { g_bytes_get_data (clip, NULL), g_bytes_get_size (clip), 0,
    3 * G_TIME_SPAN_SECOND
  };
  RawServer *server = serve_file (&file);

  scene->sync = TRUE;
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers, FRAMES);
  fail_unless_equals_int (raw_server_count (server), 1);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_WARNING), 0);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  raw_server_free (server);
}

/* Given a file without end, when the sink takes nothing, then 256 MiB come
 * and no more; and when it takes some, then the rest goes on. */
SCENE_TEST (test_bound)
{
  File file = { 0, };
  RawServer *server;
  guint64 bytes;

  make_blank_file (&file, (guint64) 1 << 40);
  server = serve_file (&file);
  g_object_set (scene->src, "output", 2, NULL);
  scene_set_state (scene, GST_STATE_PAUSED);
  wait_bytes (AHEAD);
  bytes = wait_silence ();
  fail_unless (bytes <= AHEAD + SLACK, "%" G_GUINT64_FORMAT " MiB came",
      bytes / MIB);
  scene_set_state (scene, GST_STATE_PLAYING);
  wait_bytes (bytes + AHEAD);
  fail_unless_equals_int (raw_server_count (server), 1);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  raw_server_free (server);
}

/* --- Behind the sink --- */

static guint64
get_memory (void)
{
  g_autofree gchar *text = NULL;
  const gchar *line;

  malloc_trim (0);
  fail_unless (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, "VmRSS:");
  fail_unless (line != NULL);
  return g_ascii_strtoull (line + strlen ("VmRSS:"), NULL, 10) * 1024;
}

static void
seek_bytes (guint64 offset)
{
  SceneSink *sink = scene_get_sink (scene, "src");

  sink->bytes = 0;
  fail_unless (gst_element_seek_simple (scene->pipeline, GST_FORMAT_BYTES,
          GST_SEEK_FLAG_FLUSH, offset));
  scene_wait_eos (scene);
}

/* Given output=container and a server without Range, when the file has passed,
 * then nothing of it is in memory; when it is sought, then it comes again, is
 * kept from there on, and the next seek asks for nothing. */
SCENE_TEST (test_container_keeps_nothing)
{
  const guint64 size = 96 * MIB;
  File file = { 0, };
  SceneSink *sink;
  RawServer *server;
  guint64 before, after;

  make_blank_file (&file, size);
  server = serve_file (&file);
  g_object_set (scene->src, "output", 2, NULL);
  before = get_memory ();
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  after = get_memory ();
  sink = scene_get_sink (scene, "src");
  fail_unless_equals_uint64 (sink->bytes, size);
  fail_unless (!COUNTS_MEMORY
      || after < before + size / 2, "%" G_GUINT64_FORMAT " MiB are kept",
      (after - before) / MIB);
  seek_bytes (1000);
  fail_unless_equals_uint64 (sink->bytes, size - 1000);
  fail_unless_equals_int (raw_server_count (server), 2);
  seek_bytes (10);
  fail_unless_equals_uint64 (sink->bytes, size - 10);
  seek_bytes (size - 5);
  fail_unless_equals_uint64 (sink->bytes, 5);
  fail_unless_equals_int (raw_server_count (server), 2);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  raw_server_free (server);
}

static Suite *
ahead_suite (void)
{
  Suite *suite = suite_create ("ahead");
  TCase *tcase = tcase_create ("ahead");

  /* meson has malloc fill whatever it gives out, also what nobody writes to */
  mallopt (M_PERTURB, 0);
  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 120);
  tcase_add_test (tcase, test_all_of_it_comes_before_it_is_wanted);
  tcase_add_test (tcase, test_relay_that_cuts);
  tcase_add_test (tcase, test_bound);
  tcase_add_test (tcase, test_container_keeps_nothing);
  return suite;
}

GST_CHECK_MAIN (ahead);
