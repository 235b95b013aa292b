/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stopping at the moment that libsoup does not survive by itself: an answer has come,
 * and nobody was told yet. */
#define _GNU_SOURCE             /* RTLD_NEXT */
#include "download.h"

#include <dlfcn.h>

#define SIZE 100000
/* Longer than any answer is waited for when there is no sign of it */
#define LATE (60 * G_TIME_SPAN_MILLISECOND)

static guint8 *clip;
static RawFile file;

/* A thread of libsoup's that gets no turn for a while, in the worst moment */
static struct
{
  GMutex lock;
  GCond cond;
  gboolean wanted, held;
} late;

static gboolean
is_answer (GTask * task)
{
  gpointer source = g_task_get_source_object (task);

  return source && g_strcmp0 (G_OBJECT_TYPE_NAME (source), "SoupSession") == 0;
}

/* Stands before GLib's: with it libsoup tells its user that an answer has come. */
void
g_task_return_pointer (GTask * task, gpointer result, GDestroyNotify destroy)
{
  void (*tell) (GTask *, gpointer, GDestroyNotify) =
      dlsym (RTLD_NEXT, "g_task_return_pointer");
  gboolean now;

  g_mutex_lock (&late.lock);
  now = late.wanted && is_answer (task);
  if (now) {
    late.wanted = FALSE;
    late.held = TRUE;
    g_cond_broadcast (&late.cond);
  }
  g_mutex_unlock (&late.lock);
  if (now)
    g_usleep (LATE);
  tell (task, result, destroy);
}

static void
serve (RawRequest * request, gpointer data)
{
  raw_file_send (&file, request);
}

static void
wait_until_held (void)
{
  g_mutex_lock (&late.lock);
  while (!late.held)
    g_cond_wait (&late.cond, &late.lock);
  g_mutex_unlock (&late.lock);
}

GST_START_TEST (test_stop_before_it_is_told)
{
  /* Given a download whose answer has come, while libsoup's thread gets no turn to
   * tell it.
   * When the download is stopped.
   * Then it stops, and the next one comes whole. */
  RawServer *server = raw_server_new ("127.0.0.1", NULL, serve, NULL);
  GstVeoHttpSrcSettings settings;
  Download *download;

  download_settings (&settings, raw_server_get_url (server));
  download = download_get (&settings);
  assert_complete (download, clip, SIZE);
  download_free (download);

  late.wanted = TRUE;
  download = download_new (&settings, "fakesink name=sink");
  gst_element_set_state (download->pipeline, GST_STATE_PLAYING);
  wait_until_held ();
  fail_unless_equals_int (gst_element_set_state (download->pipeline,
          GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (download->errors, 0);
  download_free (download);

  download = download_get (&settings);
  assert_complete (download, clip, SIZE);
  download_free (download);
  raw_server_free (server);
}

GST_END_TEST;

static Suite *
arrival_suite (void)
{
  Suite *s = suite_create ("arrival");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 0);
  suite_add_tcase (s, tc);
  clip = make_boxes (SIZE, TRUE, 1);
  file.data = clip;
  file.size = SIZE;
  file.cut_at = RAW_NEVER;
  tcase_add_test (tc, test_stop_before_it_is_told);
  return s;
}

GST_CHECK_MAIN (arrival);
