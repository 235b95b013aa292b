/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tunnel.h"

#include <string.h>

#define SCHEME "http://"

typedef struct
{
  GSocketConnection *client;
  GSocketConnection *server;
} Tunnel;

/* Until one side has no more to say; tells the other. */
static void
pump (GSocketConnection * from, GSocketConnection * to)
{
  g_output_stream_splice (g_io_stream_get_output_stream (G_IO_STREAM (to)),
      g_io_stream_get_input_stream (G_IO_STREAM (from)), 0, NULL, NULL);
  g_socket_shutdown (g_socket_connection_get_socket (to), FALSE, TRUE, NULL);
}

static gpointer
pump_requests (gpointer data)
{
  Tunnel *tunnel = data;

  pump (tunnel->client, tunnel->server);
  return NULL;
}

static void
run_tunnel (GIOStream * client, GSocketConnection * server)
{
  Tunnel tunnel = { G_SOCKET_CONNECTION (client), server };
  GThread *thread = g_thread_new ("tunnel", pump_requests, &tunnel);

  pump (tunnel.server, tunnel.client);
  g_socket_shutdown (g_socket_connection_get_socket (tunnel.client), TRUE, TRUE,
      NULL);
  g_thread_join (thread);
}

static GSocketConnection *
connect_to (const gchar * host_and_port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_enable_proxy (client, FALSE);
  return g_socket_client_connect_to_host (client, host_and_port, 80, NULL,
      NULL);
}

static void
append_header (GString * head, const gchar * name, const gchar * value)
{
  if (value)
    g_string_append_printf (head, "%s: %s\r\n", name, value);
}

/* As the server gets it: the path alone, and the end after one answer */
static void
send_head (RawRequest * request, const gchar * host, const gchar * path,
    GSocketConnection * server)
{
  GString *head = g_string_new (NULL);

  g_string_append_printf (head, "GET %s HTTP/1.1\r\n", path);
  append_header (head, "Host", host);
  append_header (head, "Connection", "close");
  append_header (head, "Authorization", request->authorization);
  append_header (head, "Range", request->range);
  append_header (head, "User-Agent", request->user_agent);
  g_string_append (head, "\r\n");
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM
          (server)), head->str, head->len, NULL, NULL, NULL);
  g_string_free (head, TRUE);
}

void
tunnel_pass_on (RawRequest * request, gpointer data)
{
  gboolean is_plain = g_str_has_prefix (request->target, SCHEME);
  const gchar *start = request->target + (is_plain ? strlen (SCHEME) : 0);
  const gchar *path = strchr (start, '/');
  g_autofree gchar *host = path ? g_strndup (start, path - start)
      : g_strdup (start);
  g_autoptr (GSocketConnection) server = connect_to (host);

  if (!server)
    raw_answer (request, 502, NULL, "the proxy cannot connect");
  else if (is_plain)
    send_head (request, host, path ? path : "/", server);
  else
    raw_printf (request, "HTTP/1.1 200 Go on\r\n\r\n");
  if (server)
    run_tunnel (request->stream, server);
}

void
tunnel_guard (RawRequest * request, gpointer data)
{
  if (g_strcmp0 (request->proxy_authorization, data) == 0)
    tunnel_pass_on (request, NULL);
  else
    raw_answer (request, 407, "Proxy-Authenticate: Basic realm=\"here\"\r\n",
        "who are you?");
}
