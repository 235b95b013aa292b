/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes an answer by hand on a connection that libsoup has given up, and breaks
 * it off where the reply says so. Without keep-alive: the connection ends with
 * the answer. */
#include <errno.h>
#include <sys/socket.h>

#include "veosimprivate.h"

#define PIECE_BYTES 262144u
#define RATE_TICK_MS 20

static void next_step (VeoSimExchange * x);

/* The exchange goes away as soon as no write is under way */
static void
end (VeoSimExchange * x)
{
  x->dead = TRUE;
  if (x->writing)
    g_cancellable_cancel (x->cancellable);
  else
    g_hash_table_remove (x->sim->exchanges, x);
}

static void
close_socket (VeoSimExchange * x, gboolean reset)
{
  struct linger at_once = { 1, 0 };
  GSocket *socket = x->connection->socket;

  if (reset && !g_socket_is_closed (socket))
    setsockopt (g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &at_once,
        sizeof at_once);
  else
    g_socket_shutdown (socket, FALSE, TRUE, NULL);
  g_socket_close (socket, NULL);
}

static void
break_off (VeoSimExchange * x, gboolean reset)
{
  close_socket (x, reset);
  end (x);
}

/* The other end has hung up, or (without TLS) sends something that nobody reads */
static gboolean
socket_ready (GSocket * socket, GIOCondition condition, gpointer data)
{
  VeoSimExchange *x = data;
  gchar byte;
  gssize n = recv (g_socket_get_fd (socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  if (n > 0 && !x->connection->tls && !(condition & (G_IO_HUP | G_IO_ERR)))
    return G_SOURCE_REMOVE;
  break_off (x, FALSE);
  return G_SOURCE_REMOVE;
}

static void
watch_socket (VeoSimExchange * x)
{
  x->watch =
      g_socket_create_source (x->connection->socket,
      G_IO_IN | G_IO_HUP | G_IO_ERR, NULL);
  g_source_set_callback (x->watch, G_SOURCE_FUNC (socket_ready), x, NULL);
  g_source_attach (x->watch, x->sim->context);
}

/* --- Writing ----------------------------------------------------------- */

static void
write_done (GObject * stream, GAsyncResult * result, gpointer data)
{
  VeoSimExchange *x = data;
  gboolean ok =
      g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL,
      NULL);

  x->writing = FALSE;
  g_clear_pointer (&x->piece, g_bytes_unref);
  if (x->dead) {
    end (x);
  } else if (!ok) {
    break_off (x, FALSE);
  } else {
    x->pos += x->piece_bytes;
    if (x->piece_bytes)
      veo_sim_exchange_sent (x, x->piece_bytes);
    next_step (x);
  }
}

/* Takes piece, of which body_bytes are body */
static void
write_piece (VeoSimExchange * x, GBytes * piece, guint64 body_bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (piece, &size);

  x->piece = piece;
  x->piece_bytes = body_bytes;
  x->writing = TRUE;
  g_output_stream_write_all_async (g_io_stream_get_output_stream (x->stream),
      data, size, G_PRIORITY_DEFAULT, x->cancellable, write_done, x);
}

static void
append_header (const char *name, const char *value, gpointer head)
{
  g_string_append_printf (head, "%s: %s\r\n", name, value);
}

static void
write_head (VeoSimExchange * x)
{
  VeoSimReply *reply = x->reply;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *date = soup_date_time_to_string (now, SOUP_DATE_HTTP);
  GString *head = g_string_new (NULL);
  gboolean framed = reply->length != G_MAXUINT64 && !reply->chunked;

  g_string_append_printf (head,
      "HTTP/1.1 %u %s\r\nDate: %s\r\nServer: veo-sim\r\n", reply->status,
      soup_status_get_phrase (reply->status), date);
  soup_message_headers_foreach (reply->headers, append_header, head);
  if (reply->chunked)
    g_string_append (head, "Transfer-Encoding: chunked\r\n");
  else if (framed
      && !soup_message_headers_get_one (reply->headers, "Content-Length"))
    g_string_append_printf (head, "Content-Length: %" G_GUINT64_FORMAT "\r\n",
        reply->length);
  if (!soup_message_headers_get_one (reply->headers, "Connection"))
    g_string_append (head, "Connection: close\r\n");
  g_string_append (head, "\r\n");
  write_piece (x, g_string_free_to_bytes (head), 0);
}

/* A chunk has its size before and a line end behind it, so it is copied */
static GBytes *
make_chunk (GBytes * data)
{
  gsize size;
  gconstpointer bytes = g_bytes_get_data (data, &size);
  GString *chunk = g_string_sized_new (size + 32);

  g_string_append_printf (chunk, "%" G_GSIZE_MODIFIER "x\r\n", size);
  g_string_append_len (chunk, bytes, size);
  g_string_append (chunk, "\r\n");
  return g_string_free_to_bytes (chunk);
}

static void
write_body (VeoSimExchange * x)
{
  VeoSimReply *reply = x->reply;
  gsize block = g_bytes_get_size (x->block);
  guint64 limit = MIN (MIN (reply->length, reply->cut_at),
      x->stalled ? G_MAXUINT64 : reply->stall_at);
  gsize offset = x->pos % block;
  gsize size = MIN (MIN (block - offset, limit - x->pos), PIECE_BYTES);
  GBytes *data;

  if (reply->rate)
    size = MIN (size, MAX (reply->rate / (1000 / RATE_TICK_MS), 1));
  data = g_bytes_new_from_bytes (x->block, offset, size);
  if (reply->chunked) {
    GBytes *chunk = make_chunk (data);

    g_bytes_unref (data);
    data = chunk;
  }
  write_piece (x, data, size);
}

/* --- What comes next --------------------------------------------------- */

static gboolean
write_in_time (gpointer data)
{
  write_body (data);
  return G_SOURCE_REMOVE;
}

static gboolean
go_on (gpointer data)
{
  next_step (data);
  return G_SOURCE_REMOVE;
}

static void
stall (VeoSimExchange * x)
{
  x->stalled = TRUE;
  g_mutex_lock (&x->sim->lock);
  veo_sim_note_stall_locked (x->sim, x->reply);
  g_mutex_unlock (&x->sim->lock);
  if (x->reply->stall_ms == VEO_SIM_FOR_EVER)
    x->holding = TRUE;
  else
    veo_sim_exchange_set_timer (x, x->reply->stall_ms, go_on);
}

static void
cut (VeoSimExchange * x)
{
  VeoSim *sim = x->sim;
  guint refuse_ms = x->reply->refuse_ms;

  g_mutex_lock (&sim->lock);
  veo_sim_note_cut_locked (sim, x->reply);
  g_mutex_unlock (&sim->lock);
  break_off (x, x->reply->cut_reset);
  if (refuse_ms)
    veo_sim_refuse_for (sim, refuse_ms);
}

static void
stream_closed (GObject * stream, GAsyncResult * result, gpointer data)
{
  VeoSimExchange *x = data;

  g_io_stream_close_finish (G_IO_STREAM (stream), result, NULL);
  x->writing = FALSE;
  break_off (x, FALSE);
}

/* A regular end, with TLS's own farewell */
static void
finish (VeoSimExchange * x)
{
  if (x->reply->chunked && !x->ended) {
    x->ended = TRUE;
    write_piece (x, g_bytes_new_static ("0\r\n\r\n", 5), 0);
    return;
  }
  x->writing = TRUE;
  g_io_stream_close_async (x->stream, G_PRIORITY_DEFAULT, x->cancellable,
      stream_closed, x);
}

static void
next_step (VeoSimExchange * x)
{
  VeoSimReply *reply = x->reply;

  if (x->pos == reply->stall_at && !x->stalled)
    stall (x);
  else if (x->pos == reply->cut_at)
    cut (x);
  else if (x->pos == reply->length)
    finish (x);
  else if (reply->rate)
    veo_sim_exchange_set_timer (x, RATE_TICK_MS, write_in_time);
  else
    write_body (x);
}

/* A short body that is sent many times becomes a longer one */
static GBytes *
make_block (const VeoSimReply * reply)
{
  gsize size;
  const gchar *data = g_bytes_get_data (reply->body, &size);
  GString *block;

  if (reply->length <= size || size >= PIECE_BYTES)
    return g_bytes_ref (reply->body);
  block = g_string_sized_new (PIECE_BYTES + size);
  while (block->len < PIECE_BYTES)
    g_string_append_len (block, data, size);
  return g_string_free_to_bytes (block);
}

/* Takes over after x->stream was stolen */
void
veo_sim_wire_start (VeoSimExchange * x)
{
  VeoSimReply *reply = x->reply;
  gboolean unanswered = reply->brk == VEO_SIM_BREAK_CLOSE
      || reply->brk == VEO_SIM_BREAK_RESET
      || reply->brk == VEO_SIM_BREAK_SILENCE;

  veo_sim_log_status (x->sim, x->entry, unanswered ? 0 : reply->status);
  if (!x->stream || reply->brk == VEO_SIM_BREAK_CLOSE
      || reply->brk == VEO_SIM_BREAK_RESET) {
    break_off (x, reply->brk == VEO_SIM_BREAK_RESET);
    return;
  }
  x->cancellable = g_cancellable_new ();
  watch_socket (x);
  if (reply->brk == VEO_SIM_BREAK_SILENCE) {
    x->holding = TRUE;
    return;
  }
  x->block = make_block (reply);
  write_head (x);
}

void
veo_sim_wire_release (VeoSimExchange * x)
{
  if (!x->holding)
    return;
  x->holding = FALSE;
  if (x->reply->brk == VEO_SIM_BREAK_SILENCE)
    break_off (x, FALSE);
  else
    next_step (x);
}

/* At the end of the server; an exchange that is writing goes away when its write is called off */
void
veo_sim_wire_abort (VeoSimExchange * x)
{
  if (x->stream)
    break_off (x, FALSE);
  else
    g_hash_table_remove (x->sim->exchanges, x);
}
