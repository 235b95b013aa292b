/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "simhttp.h"

static guint patience = 10;

void
sim_http_set_patience (guint seconds)
{
  patience = seconds;
}

void
sim_http_clear (SimHttp * http)
{
  g_clear_pointer (&http->head, g_free);
  g_clear_pointer (&http->body, g_byte_array_unref);
}

gchar *
sim_http_header (const SimHttp * http, const gchar * name)
{
  g_auto (GStrv) lines = g_strsplit (http->head ? http->head : "", "\r\n", -1);
  guint i;

  for (i = 0; lines[i]; i++) {
    gsize length = strlen (name);

    if (!g_ascii_strncasecmp (lines[i], name, length)
        && lines[i][length] == ':')
      return g_strdup (g_strstrip (lines[i] + length + 1));
  }
  return NULL;
}

gboolean
sim_http_body_is (const SimHttp * http, gconstpointer data, gsize size)
{
  return http->body->len == size && (size == 0
      || !memcmp (http->body->data, data, size));
}

gchar *
sim_http_text (const SimHttp * http)
{
  return http->body->len ? g_strndup ((const gchar *) http->body->data,
      http->body->len) : g_strdup ("");
}

/* How the stream ended, if nothing was to be read */
static SimHttpEnd
why (const GError * error)
{
  if (!error)
    return SIM_HTTP_CUT;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return SIM_HTTP_SILENT;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return SIM_HTTP_REFUSED;
  return SIM_HTTP_RESET;
}

/* FALSE: http->end says why there is no more */
static gboolean
read_some (GInputStream * in, SimHttp * http, GByteArray * into, gsize most)
{
  g_autoptr (GError) error = NULL;
  guint8 buffer[16384];
  gssize n =
      g_input_stream_read (in, buffer, MIN (most, sizeof buffer), NULL, &error);

  if (n <= 0) {
    http->end = why (error);
    return FALSE;
  }
  g_byte_array_append (into, buffer, n);
  return TRUE;
}

static gboolean
read_line (GInputStream * in, SimHttp * http, GByteArray * line)
{
  do {
    if (!read_some (in, http, line, 1))
      return FALSE;
  } while (line->data[line->len - 1] != '\n');
  return TRUE;
}

static gboolean
read_head (GInputStream * in, SimHttp * http)
{
  g_autoptr (GByteArray) head = g_byte_array_new ();
  gboolean ok = TRUE;

  while (ok && (head->len < 4
          || memcmp (head->data + head->len - 4, "\r\n\r\n", 4)))
    ok = read_some (in, http, head, 1);
  http->head = g_strndup ((const gchar *) head->data, head->len);
  if (ok && strlen (http->head) > 12)
    http->status = g_ascii_strtoull (http->head + 9, NULL, 10);
  return ok;
}

static gboolean
read_bytes (GInputStream * in, SimHttp * http, GByteArray * into, guint64 count)
{
  guint64 end = into->len + count;

  while (into->len < end) {
    if (!read_some (in, http, into, end - into->len))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_chunk (GInputStream * in, SimHttp * http, guint64 * size)
{
  g_autoptr (GByteArray) line = g_byte_array_new ();

  if (!read_line (in, http, line))
    return FALSE;
  *size = g_ascii_strtoull ((const gchar *) line->data, NULL, 16);
  if (!read_bytes (in, http, http->body, *size))
    return FALSE;
  g_byte_array_set_size (line, 0);
  return read_line (in, http, line);
}

static void
read_chunks (GInputStream * in, SimHttp * http)
{
  guint64 size;

  http->chunked = TRUE;
  do {
    if (!read_chunk (in, http, &size))
      return;
  } while (size);
  http->end = SIM_HTTP_COMPLETE;
}

static void
read_body (GInputStream * in, SimHttp * http)
{
  g_autofree gchar *length = sim_http_header (http, "Content-Length");
  g_autofree gchar *encoding = sim_http_header (http, "Transfer-Encoding");

  if (!g_strcmp0 (encoding, "chunked"))
    read_chunks (in, http);
  else if (length
      && read_bytes (in, http, http->body, g_ascii_strtoull (length, NULL, 10)))
    http->end = SIM_HTTP_COMPLETE;
  else if (!length)
    read_bytes (in, http, http->body, G_MAXUINT32);
}

static gchar *
make_request (const gchar * method, const gchar * url, const gchar * headers,
    const gchar * body)
{
  const gchar *rest = strstr (url, "://") + 3;
  const gchar *path = strchr (rest, '/');
  g_autofree gchar *host =
      path ? g_strndup (rest, path - rest) : g_strdup (rest);

  return g_strdup_printf ("%s %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %"
      G_GSIZE_FORMAT "\r\n\r\n%s", method, path ? path : "/", host,
      headers ? headers : "", body ? strlen (body) : 0, body ? body : "");
}

void
sim_http_on (GSocketConnection * connection, SimHttp * http,
    const gchar * method, const gchar * url, const gchar * headers,
    const gchar * body)
{
  g_autofree gchar *request = make_request (method, url, headers, body);
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autoptr (GError) error = NULL;

  http->body = g_byte_array_new ();
  if (!g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM
              (connection)), request, strlen (request), NULL, NULL, &error)) {
    http->end = why (error);
  } else if (read_head (in, http)) {
    if (g_str_equal (method, "HEAD"))
      http->end = SIM_HTTP_COMPLETE;
    else
      read_body (in, http);
  }
}

GSocketConnection *
sim_http_connect (const gchar * url, GError ** error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_timeout (client, patience);
  g_socket_client_set_enable_proxy (client, FALSE);
  return g_socket_client_connect_to_uri (client, url, 80, NULL, error);
}

void
sim_http (SimHttp * http, const gchar * method, const gchar * url,
    const gchar * headers, const gchar * body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection = sim_http_connect (url, &error);

  if (connection) {
    sim_http_on (connection, http, method, url, headers, body);
    return;
  }
  http->body = g_byte_array_new ();
  http->end = why (error);
}
