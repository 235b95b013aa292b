/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pollserver.h"

#include <gst/check/gstcheck.h>

#define PATIENCE (30 * G_USEC_PER_SEC)
#define FLOOD_PIECE 65536

typedef struct
{
  gchar *path;
  SoupMessageHeaders *headers;
  gint64 time;
} Record;

struct _PollServer
{
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  SoupServer *soup;
  GTlsCertificate *certificate;
  gchar *address;
  gchar *url;
  PollHandler handler;
  gpointer data;
  GPtrArray *hanging;           /* of SoupServerMessage; the server's thread */

  GMutex lock;                  /* guards what follows */
  GCond changed;
  gboolean ready;
  GPtrArray *records;
  GHashTable *ports;            /* of clients */
};

static void
record_free (gpointer data)
{
  Record *record = data;

  g_free (record->path);
  soup_message_headers_unref (record->headers);
  g_free (record);
}

static guint
note_request (PollServer * server, SoupServerMessage * message)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  Record *record = g_new0 (Record, 1);
  guint port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (remote));
  guint number;

  record->path = g_uri_to_string (soup_server_message_get_uri (message));
  record->headers =
      soup_message_headers_ref (soup_server_message_get_request_headers
      (message));
  record->time = g_get_monotonic_time ();
  g_mutex_lock (&server->lock);
  g_ptr_array_add (server->records, record);
  g_hash_table_add (server->ports, GUINT_TO_POINTER (port));
  number = server->records->len;
  g_cond_broadcast (&server->changed);
  g_mutex_unlock (&server->lock);
  return number;
}

static void
handle (SoupServer * soup, SoupServerMessage * message, const gchar * path,
    GHashTable * query, gpointer data)
{
  PollServer *server = data;

  server->handler (server, message, note_request (server, message),
      server->data);
}

static gchar *
get_listening_url (PollServer * server)
{
  GSList *uris = soup_server_get_uris (server->soup);
  gchar *url = g_strdup_printf ("%s://%s:%d",
      server->certificate ? "https" : "http", server->address,
      g_uri_get_port (uris->data));

  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return url;
}

static void
listen_there (PollServer * server)
{
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string (server->address, 0);
  g_autoptr (GError) error = NULL;

  server->soup = soup_server_new (NULL, NULL);
  if (server->certificate)
    soup_server_set_tls_certificate (server->soup, server->certificate);
  soup_server_add_handler (server->soup, NULL, handle, server, NULL);
  soup_server_listen (server->soup, address,
      server->certificate ? SOUP_SERVER_LISTEN_HTTPS : 0, &error);
  g_assert_no_error (error);
  server->url = get_listening_url (server);
}

static gboolean
is_ready (gpointer data)
{
  PollServer *server = data;

  g_mutex_lock (&server->lock);
  server->ready = TRUE;
  g_cond_broadcast (&server->changed);
  g_mutex_unlock (&server->lock);
  return G_SOURCE_REMOVE;
}

static void
invoke (PollServer * server, GSourceFunc func)
{
  GSource *source = g_idle_source_new ();

  g_source_set_callback (source, func, server, NULL);
  g_source_attach (source, server->context);
  g_source_unref (source);
}

static gpointer
run (gpointer data)
{
  PollServer *server = data;

  g_main_context_push_thread_default (server->context);
  listen_there (server);
  invoke (server, is_ready);
  g_main_loop_run (server->loop);
  g_ptr_array_unref (server->hanging);
  soup_server_disconnect (server->soup);
  g_object_unref (server->soup);
  while (g_main_context_iteration (server->context, FALSE));
  g_main_context_pop_thread_default (server->context);
  return NULL;
}

PollServer *
poll_server_new (const gchar * address, GTlsCertificate * certificate,
    PollHandler handler, gpointer data)
{
  PollServer *server = g_new0 (PollServer, 1);

  server->context = g_main_context_new ();
  server->loop = g_main_loop_new (server->context, FALSE);
  server->certificate = certificate ? g_object_ref (certificate) : NULL;
  server->address = g_strdup (address);
  server->handler = handler;
  server->data = data;
  server->hanging = g_ptr_array_new_with_free_func (g_object_unref);
  server->records = g_ptr_array_new_with_free_func (record_free);
  server->ports = g_hash_table_new (NULL, NULL);
  g_mutex_init (&server->lock);
  g_cond_init (&server->changed);
  server->thread = g_thread_new ("poll-server", run, server);
  g_mutex_lock (&server->lock);
  while (!server->ready)
    g_cond_wait (&server->changed, &server->lock);
  g_mutex_unlock (&server->lock);
  return server;
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (((PollServer *) data)->loop);
  return G_SOURCE_REMOVE;
}

void
poll_server_free (PollServer * server)
{
  invoke (server, quit);
  g_thread_join (server->thread);
  g_main_loop_unref (server->loop);
  g_main_context_unref (server->context);
  g_clear_object (&server->certificate);
  g_ptr_array_unref (server->records);
  g_hash_table_unref (server->ports);
  g_mutex_clear (&server->lock);
  g_cond_clear (&server->changed);
  g_free (server->address);
  g_free (server->url);
  g_free (server);
}

const gchar *
poll_server_get_url (PollServer * server)
{
  return server->url;
}

guint
poll_server_count (PollServer * server)
{
  guint count;

  g_mutex_lock (&server->lock);
  count = server->records->len;
  g_mutex_unlock (&server->lock);
  return count;
}

void
poll_server_wait (PollServer * server, guint count)
{
  gint64 limit = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&server->lock);
  while (server->records->len < count) {
    if (!g_cond_wait_until (&server->changed, &server->lock, limit)) {
      fail ("only %u of %u requests came", server->records->len, count);
      break;
    }
  }
  g_mutex_unlock (&server->lock);
}

/* Caller holds the lock. */
static Record *
get_record (PollServer * server, guint number)
{
  fail_unless (number >= 1 && number <= server->records->len,
      "there was no request %u", number);
  return g_ptr_array_index (server->records, number - 1);
}

gchar *
poll_server_get_header (PollServer * server, guint number, const gchar * name)
{
  gchar *value;

  g_mutex_lock (&server->lock);
  value = g_strdup (soup_message_headers_get_one (get_record (server,
              number)->headers, name));
  g_mutex_unlock (&server->lock);
  return value;
}

gchar *
poll_server_get_path (PollServer * server, guint number)
{
  gchar *path;

  g_mutex_lock (&server->lock);
  path = g_strdup (get_record (server, number)->path);
  g_mutex_unlock (&server->lock);
  return path;
}

gint64
poll_server_get_time (PollServer * server, guint number)
{
  gint64 time;

  g_mutex_lock (&server->lock);
  time = get_record (server, number)->time;
  g_mutex_unlock (&server->lock);
  return time;
}

guint
poll_server_count_connections (PollServer * server)
{
  guint count;

  g_mutex_lock (&server->lock);
  count = g_hash_table_size (server->ports);
  g_mutex_unlock (&server->lock);
  return count;
}

void
poll_server_say (SoupServerMessage * message, guint status, const gchar * body)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json",
      SOUP_MEMORY_COPY, body, strlen (body));
}

void
poll_server_redirect (SoupServerMessage * message, guint status,
    const gchar * location)
{
  soup_message_headers_replace (soup_server_message_get_response_headers
      (message), "Location", location);
  poll_server_say (message, status, "<p>elsewhere</p>");
}

void
poll_server_hang (PollServer * server, SoupServerMessage * message)
{
  soup_server_message_pause (message);
  g_ptr_array_add (server->hanging, g_object_ref (message));
}

void
poll_server_cut (SoupServerMessage * message, const gchar * bytes)
{
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

  g_output_stream_write_all (g_io_stream_get_output_stream (stream), bytes,
      strlen (bytes), NULL, NULL, NULL);
  g_io_stream_close (stream, NULL, NULL);
}

static void
flood_more (SoupServerMessage * message, gpointer data)
{
  g_autofree gchar *blanks = g_strnfill (FLOOD_PIECE, ' ');

  soup_message_body_append (soup_server_message_get_response_body (message),
      SOUP_MEMORY_COPY, blanks, FLOOD_PIECE);
}

void
poll_server_flood (SoupServerMessage * message)
{
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers
      (message), SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body
      (message), FALSE);
  g_signal_connect (message, "wrote-headers", G_CALLBACK (flood_more), NULL);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (flood_more), NULL);
}
