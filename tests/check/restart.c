/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kept connection that the service closes as the next request is on its way,
 * while another one is at hand. libsoup sends the request again; when it learns of
 * the end at once, before it has returned to its main loop, it takes the old end
 * for that of the second sending, and uses what it has freed. */
#include "config.h"

#include <dlfcn.h>
#include <gst/check/gstcheck.h>
#include <string.h>
#include <sys/socket.h>

#include "gstveoclient.h"
#include "watchlog.h"

#define PATIENCE (30 * G_USEC_PER_SEC)
#define RUNNING "{\"id\":\"t\",\"status\":\"processing\",\"progress\":50}"
#define KEPT 2

static GMutex lock;
static GCond changed;

/* --- The server: it keeps connections --- */

static struct
{
  GSocketService *service;      /* accepts in a thread that runs its context */
  GMainLoop *loop;
  GThread *thread;
  gchar *url;
  guint requests;
  guint reactions;              /* answers and closed connections */
} server;

/* FALSE: no more comes */
static gboolean
read_request (GDataInputStream * lines)
{
  gsize length = 1;

  while (length > 0) {
    g_autofree gchar *line =
        g_data_input_stream_read_line (lines, &length, NULL, NULL);

    if (!line)
      return FALSE;
    length = strcspn (line, "\r");
  }
  return TRUE;
}

static void
answer (GIOStream * connection)
{
  g_autofree gchar *text = g_strdup_printf ("HTTP/1.1 200 OK\r\n"
      "Content-Length: %u\r\n\r\n%s", (guint) strlen (RUNNING), RUNNING);

  g_output_stream_write_all (g_io_stream_get_output_stream (connection), text,
      strlen (text), NULL, NULL, NULL);
}

/* Returns: the number of the request. The first ones are answered together, so
 * that each is on a connection of its own. */
static guint
count_request (void)
{
  guint number;

  g_mutex_lock (&lock);
  number = ++server.requests;
  g_cond_broadcast (&changed);
  while (server.requests < KEPT)
    g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
  return number;
}

static void
note_reaction (void)
{
  g_mutex_lock (&lock);
  server.reactions++;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}

static gboolean
serve (GThreadedSocketService * service, GSocketConnection * connection,
    GObject * source, gpointer data)
{
  g_autoptr (GDataInputStream) lines =
      g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM
          (connection)));

  while (read_request (lines)) {
    gboolean closes = count_request () == KEPT + 1;

    if (closes)
      g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
    else
      answer (G_IO_STREAM (connection));
    note_reaction ();
    if (closes)
      break;
  }
  return TRUE;
}

static gpointer
server_run (gpointer data)
{
  g_main_loop_run (server.loop);
  return NULL;
}

static void
server_start (void)
{
  GMainContext *context = g_main_context_new ();
  guint16 port;

  g_main_context_push_thread_default (context);
  server.service = g_threaded_socket_service_new (8);
  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER
      (server.service), NULL, NULL);
  fail_unless (port != 0);
  g_signal_connect (server.service, "run", G_CALLBACK (serve), NULL);
  g_main_context_pop_thread_default (context);
  server.url = g_strdup_printf ("http://127.0.0.1:%u/v1/videos/t", port);
  server.loop = g_main_loop_new (context, FALSE);
  server.thread = g_thread_new ("server", server_run, NULL);
  g_main_context_unref (context);
}

static void
server_stop (void)
{
  g_main_loop_quit (server.loop);
  g_thread_join (server.thread);
  g_main_loop_unref (server.loop);
  g_object_unref (server.service);
  g_free (server.url);
}

/* --- The worker sends, and goes on only when the server has reacted --- */

static gboolean slow_worker;
static guint sends;             /* of the worker: one for each request */

/* GIO also asks the kernel for its routes, with the same function */
static gboolean
sends_request (const void *bytes, size_t len)
{
  return gst_veo_worker_get_own () && len >= 4
      && memcmp (bytes, "GET ", 4) == 0;
}

/* In place of that of the C library: the one that GIO calls. */
ssize_t
send (int fd, const void *bytes, size_t len, int flags)
{
  ssize_t (*real) (int, const void *, size_t, int) = dlsym (RTLD_NEXT, "send");
  gint64 limit = g_get_monotonic_time () + PATIENCE;
  ssize_t sent = real (fd, bytes, len, flags);

  if (!sends_request (bytes, len))
    return sent;
  g_mutex_lock (&lock);
  sends++;
  while (slow_worker && server.reactions < sends)
    if (!g_cond_wait_until (&changed, &lock, limit))
      break;
  g_mutex_unlock (&lock);
  return sent;
}

/* --- The client --- */

typedef struct
{
  GstVeoWorker *worker;
  GstVeoNetwork network;
  gboolean done;
  GstVeoExchangeResult result;
} Fetch;

static void
fetch_answered (const GstVeoExchange * exchange, gpointer data)
{
  Fetch *fetch = data;

  g_mutex_lock (&lock);
  fail_if (fetch->done, "answered twice");
  fetch->result = exchange->result;
  fetch->done = TRUE;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}

static gboolean
fetch_start (gpointer data)
{
  Fetch *fetch = data;

  gst_veo_client_get (fetch->worker, &fetch->network, server.url, NULL,
      20000, fetch_answered, fetch);
  return G_SOURCE_REMOVE;
}

static void
fetch_all (GstVeoWorker * worker, Fetch * fetches, guint n)
{
  guint i;

  for (i = 0; i < n; i++) {
    Fetch new = { worker, };

    fetches[i] = new;
    gst_veo_worker_invoke (worker, fetch_start, &fetches[i], NULL);
  }
  g_mutex_lock (&lock);
  for (i = 0; i < n; i++)
    while (!fetches[i].done)
      g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
  for (i = 0; i < n; i++)
    assert_equals_int (fetches[i].result, GST_VEO_EXCHANGE_ANSWERED);
}

GST_START_TEST (test_closed_under_a_request)
{
  /* Given two connections that are kept, When the next request finds the end of
   * one of them at once, Then it is sent again and answered, and so is the one
   * after it. */
  g_autoptr (GError) error = NULL;
  GstVeoWorker *worker;
  Fetch fetches[KEPT];

  fail_unless (gst_veo_client_load (VEO_TEST_MODULE_DIR, &error),
      "%s", error ? error->message : "");
  server_start ();
  worker = gst_veo_worker_acquire ();
  fetch_all (worker, fetches, KEPT);
  slow_worker = TRUE;
  fetch_all (worker, fetches, 1);
  fetch_all (worker, fetches, 1);
  slow_worker = FALSE;
  /* the one that was closed, and the one in its place */
  assert_equals_int (server.requests, KEPT + 3);
  gst_veo_worker_release (worker);
  wait_for_no_workers ();
  server_stop ();
}

GST_END_TEST;

static Suite *
restart_suite (void)
{
  Suite *suite = suite_create ("restart");
  TCase *tc = tcase_create ("restart");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, test_closed_under_a_request);
  return suite;
}

GST_CHECK_MAIN (restart);
