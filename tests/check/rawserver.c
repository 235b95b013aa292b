/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rawserver.h"

#include <string.h>
#include <sys/socket.h>

struct _RawServer
{
  GSocketService *service;
  GTlsCertificate *certificate;
  RawHandler handler;
  gpointer data;
  gchar *url;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;

  GMutex lock;
  GCond cond;
  GPtrArray *requests;          /* of strings */
  guint open;
  guint releases;
  gboolean closing;
};

static gchar *
dup_header (gchar ** lines, const gchar * name)
{
  guint i;

  for (i = 1; lines[i]; i++) {
    if (g_ascii_strncasecmp (lines[i], name, strlen (name)) == 0
        && lines[i][strlen (name)] == ':')
      return g_strstrip (g_strdup (lines[i] + strlen (name) + 1));
  }
  return NULL;
}

/* The head of a request; NULL: the client left */
static gchar *
read_head (GInputStream * in)
{
  GString *head = g_string_new (NULL);
  gchar c;

  while (!g_str_has_suffix (head->str, "\r\n\r\n")) {
    if (g_input_stream_read (in, &c, 1, NULL, NULL) != 1) {
      g_string_free (head, TRUE);
      return NULL;
    }
    g_string_append_c (head, c);
  }
  return g_string_free (head, FALSE);
}

static void
parse_request (RawRequest * request, const gchar * head)
{
  g_auto (GStrv) lines = g_strsplit (head, "\r\n", -1);
  g_auto (GStrv) words = g_strsplit (lines[0], " ", 3);

  request->target = g_strdup (words[1]);
  request->authorization = dup_header (lines, "Authorization");
  request->proxy_authorization = dup_header (lines, "Proxy-Authorization");
  request->range = dup_header (lines, "Range");
  request->user_agent = dup_header (lines, "User-Agent");
  if (request->range)
    request->range_start =
        g_ascii_strtoull (request->range + strlen ("bytes="), NULL, 10);
}

static void
log_request (RawServer * server, RawRequest * request)
{
  g_mutex_lock (&server->lock);
  g_ptr_array_add (server->requests, g_strdup_printf ("%s range=%s key=%s",
          request->target, request->range ? request->range : "-",
          request->authorization ? request->authorization : "-"));
  request->number = server->requests->len;
  g_cond_broadcast (&server->cond);
  g_mutex_unlock (&server->lock);
}

static void
count_open (RawServer * server, gint change)
{
  g_mutex_lock (&server->lock);
  server->open += change;
  g_cond_broadcast (&server->cond);
  g_mutex_unlock (&server->lock);
}

static GIOStream *
wrap_stream (RawServer * server, GSocketConnection * connection)
{
  g_autoptr (GIOStream) tls = NULL;

  if (!server->certificate)
    return g_object_ref (G_IO_STREAM (connection));
  tls = g_tls_server_connection_new (G_IO_STREAM (connection),
      server->certificate, NULL);
  if (!g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL))
    return NULL;
  return g_steal_pointer (&tls);
}

static gboolean
serve (GThreadedSocketService * service, GSocketConnection * connection,
    GObject * source, gpointer data)
{
  RawServer *server = data;
  RawRequest request = { server, };
  g_autofree gchar *head = NULL;

  count_open (server, 1);
  request.stream = wrap_stream (server, connection);
  if (request.stream)
    head = read_head (g_io_stream_get_input_stream (request.stream));
  if (head) {
    parse_request (&request, head);
    log_request (server, &request);
    server->handler (&request, server->data);
  }
  if (request.stream)
    g_io_stream_close (request.stream, NULL, NULL);
  g_clear_object (&request.stream);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  g_free (request.target);
  g_free (request.authorization);
  g_free (request.proxy_authorization);
  g_free (request.range);
  g_free (request.user_agent);
  count_open (server, -1);
  return TRUE;
}

static gpointer
run_loop (gpointer data)
{
  RawServer *server = data;

  g_main_context_push_thread_default (server->context);
  g_main_loop_run (server->loop);
  g_main_context_pop_thread_default (server->context);
  return NULL;
}

RawServer *
raw_server_new (const gchar * address, GTlsCertificate * certificate,
    RawHandler handler, gpointer data)
{
  RawServer *server = g_new0 (RawServer, 1);
  g_autoptr (GSocketAddress) wanted =
      g_inet_socket_address_new_from_string (address, 0);
  g_autoptr (GSocketAddress) got = NULL;
  g_autoptr (GError) error = NULL;

  g_mutex_init (&server->lock);
  g_cond_init (&server->cond);
  server->requests = g_ptr_array_new_with_free_func (g_free);
  server->certificate = certificate ? g_object_ref (certificate) : NULL;
  server->handler = handler;
  server->data = data;
  server->context = g_main_context_new ();
  server->loop = g_main_loop_new (server->context, FALSE);
  g_main_context_push_thread_default (server->context);
  server->service = g_threaded_socket_service_new (100);
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (server->service),
          wanted, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &got,
          &error))
    g_error ("no test server: %s", error->message);
  g_signal_connect (server->service, "run", G_CALLBACK (serve), server);
  g_socket_service_start (server->service);
  g_main_context_pop_thread_default (server->context);
  server->url = g_strdup_printf ("%s://%s:%u", certificate ? "https" : "http",
      address, g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got)));
  server->thread = g_thread_new ("rawserver", run_loop, server);
  return server;
}

static gboolean
quit_loop (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

void
raw_server_free (RawServer * server)
{
  g_socket_service_stop (server->service);
  g_socket_listener_close (G_SOCKET_LISTENER (server->service));
  g_mutex_lock (&server->lock);
  server->closing = TRUE;
  g_cond_broadcast (&server->cond);
  while (server->open > 0)
    g_cond_wait (&server->cond, &server->lock);
  g_mutex_unlock (&server->lock);
  g_main_context_invoke (server->context, quit_loop, server->loop);
  g_thread_join (server->thread);
  g_object_unref (server->service);
  g_main_loop_unref (server->loop);
  g_main_context_unref (server->context);
  g_clear_object (&server->certificate);
  g_ptr_array_unref (server->requests);
  g_free (server->url);
  g_mutex_clear (&server->lock);
  g_cond_clear (&server->cond);
  g_free (server);
}

const gchar *
raw_server_get_url (RawServer * server)
{
  return server->url;
}

guint
raw_server_count (RawServer * server)
{
  guint count;

  g_mutex_lock (&server->lock);
  count = server->requests->len;
  g_mutex_unlock (&server->lock);
  return count;
}

guint
raw_server_count_open (RawServer * server)
{
  guint count;

  g_mutex_lock (&server->lock);
  count = server->open;
  g_mutex_unlock (&server->lock);
  return count;
}

gchar *
raw_server_get_request (RawServer * server, guint i)
{
  gchar *line = NULL;

  g_mutex_lock (&server->lock);
  if (i < server->requests->len)
    line = g_strdup (g_ptr_array_index (server->requests, i));
  g_mutex_unlock (&server->lock);
  return line;
}

gboolean
raw_server_wait (RawServer * server, guint count)
{
  gint64 until = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;
  gboolean in_time = TRUE;

  g_mutex_lock (&server->lock);
  while (server->requests->len < count && in_time)
    in_time = g_cond_wait_until (&server->cond, &server->lock, until);
  g_mutex_unlock (&server->lock);
  return in_time;
}

void
raw_server_release (RawServer * server)
{
  g_mutex_lock (&server->lock);
  server->releases++;
  g_cond_broadcast (&server->cond);
  g_mutex_unlock (&server->lock);
}

/* --- Answers --- */

gboolean
raw_write (RawRequest * request, const void *data, gsize len)
{
  return g_output_stream_write_all (g_io_stream_get_output_stream
      (request->stream), data, len, NULL, NULL, NULL);
}

gboolean
raw_printf (RawRequest * request, const gchar * format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return raw_write (request, text, strlen (text));
}

void
raw_answer (RawRequest * request, guint status, const gchar * headers,
    const gchar * body)
{
  raw_printf (request, "HTTP/1.1 %u Whatever\r\nConnection: close\r\n"
      "Content-Length: %u\r\n%s\r\n%s", status, (guint) strlen (body),
      headers ? headers : "", body);
}

static GSocket *
get_socket (RawRequest * request)
{
  GIOStream *stream = request->stream;

  if (G_IS_TLS_CONNECTION (stream)) {
    g_object_get (stream, "base-io-stream", &stream, NULL);
    g_object_unref (stream);
  }
  return g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream));
}

static gboolean
client_is_gone (RawRequest * request)
{
  GSocket *socket = get_socket (request);
  gchar c;

  if (!(g_socket_condition_check (socket, G_IO_IN | G_IO_HUP | G_IO_ERR)))
    return FALSE;
  return recv (g_socket_get_fd (socket), &c, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

void
raw_hold (RawRequest * request)
{
  RawServer *server = request->server;
  guint releases;

  g_mutex_lock (&server->lock);
  releases = server->releases;
  while (!server->closing && server->releases == releases
      && !client_is_gone (request))
    g_cond_wait_until (&server->cond, &server->lock,
        g_get_monotonic_time () + 10 * G_TIME_SPAN_MILLISECOND);
  g_mutex_unlock (&server->lock);
}

void
raw_reset (RawRequest * request)
{
  struct linger linger = { 1, 0 };

  setsockopt (g_socket_get_fd (get_socket (request)), SOL_SOCKET, SO_LINGER,
      &linger, sizeof linger);
}

/* --- A file --- */

static guint64
send_head (RawFile * file, RawRequest * request)
{
  gboolean partial = request->range && file->range != RAW_RANGE_ABSENT
      && file->range != RAW_RANGE_LIED;
  guint64 told = partial && file->range != RAW_RANGE_WRONG ?
      request->range_start : 0;
  guint64 start = file->range == RAW_RANGE_FALSE ? 0 : told;

  if (partial && request->range_start >= file->size) {
    raw_printf (request, "HTTP/1.1 416 Range Not Satisfiable\r\n"
        "Content-Range: bytes */%u\r\nContent-Length: 0\r\n\r\n",
        (guint) file->size);
    return file->size;
  }
  raw_printf (request, "HTTP/1.1 %s\r\nConnection: close\r\n"
      "Content-Type: application/octet-stream\r\n%s%s",
      partial ? "206 Partial Content" : "200 OK",
      file->range == RAW_RANGE_ABSENT ? "" : "Accept-Ranges: bytes\r\n",
      file->headers ? file->headers : "");
  if (partial)
    raw_printf (request, "Content-Range: bytes %" G_GUINT64_FORMAT "-%u/%u\r\n",
        told, (guint) file->size - 1, (guint) file->size);
  if (file->length == RAW_LENGTH)
    raw_printf (request, "Content-Length: %u\r\n",
        (guint) (file->size - start));
  if (file->length == RAW_CHUNKED)
    raw_printf (request, "Transfer-Encoding: chunked\r\n");
  raw_printf (request, "\r\n");
  return start;
}

static guint64
get_end (RawFile * file, guint64 start)
{
  guint64 end = file->size;

  if (start <= file->cut_at && file->cut_at < end
      && (guint) g_atomic_int_get (&file->cut_count) < file->cuts) {
    g_atomic_int_inc (&file->cut_count);
    end = file->cut_at;
  }
  if (file->cut_every)
    end = MIN (end, start + file->cut_every);
  return end;
}

static gboolean
send_bytes (RawFile * file, RawRequest * request, guint64 from, guint64 to)
{
  while (from < to) {
    guint64 n = MIN (to - from, 40000);

    if (file->length == RAW_CHUNKED
        && !raw_printf (request, "%x\r\n", (guint) n))
      return FALSE;
    if (!raw_write (request, file->data + from, n))
      return FALSE;
    if (file->length == RAW_CHUNKED && !raw_printf (request, "\r\n"))
      return FALSE;
    from += n;
  }
  return TRUE;
}

void
raw_file_send (RawFile * file, RawRequest * request)
{
  guint64 start = send_head (file, request);
  guint64 end = get_end (file, start);

  if (!send_bytes (file, request, start, end))
    return;
  if (end == file->size) {
    if (file->length == RAW_CHUNKED)
      raw_printf (request, "0\r\n\r\n");
  } else if (file->stall) {
    raw_hold (request);
  } else if (file->reset) {
    raw_reset (request);
  }
}
