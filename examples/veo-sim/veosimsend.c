/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends an answer: libsoup does it if it is a plain one, else the connection is
 * taken from libsoup and veosimwire.c writes the bytes */
#include "veosimprivate.h"

static void
clear_timer (VeoSimExchange * x)
{
  if (x->timer)
    g_source_destroy (x->timer);
  g_clear_pointer (&x->timer, g_source_unref);
}

void
veo_sim_exchange_set_timer (VeoSimExchange * x, guint ms, GSourceFunc func)
{
  clear_timer (x);
  x->timer = veo_sim_add_timeout (x->sim, ms, func, x);
}

/* libsoup has dropped the message */
static void
message_gone (gpointer data, GObject * msg)
{
  VeoSimExchange *x = data;

  x->msg = NULL;
  if (x->connection)
    veo_sim_connection_set_idle (x->connection, TRUE);
  g_hash_table_remove (x->sim->exchanges, x);
}

static void
forget_message (VeoSimExchange * x)
{
  if (!x->msg)
    return;
  g_signal_handlers_disconnect_by_data (x->msg, x);
  g_object_weak_unref (G_OBJECT (x->msg), message_gone, x);
  x->msg = NULL;
}

void
veo_sim_exchange_free (VeoSimExchange * x)
{
  clear_timer (x);
  forget_message (x);
  if (x->watch)
    g_source_destroy (x->watch);
  g_clear_pointer (&x->watch, g_source_unref);
  g_clear_object (&x->stream);
  g_clear_object (&x->cancellable);
  g_clear_pointer (&x->block, g_bytes_unref);
  g_clear_pointer (&x->piece, g_bytes_unref);
  g_clear_pointer (&x->connection, veo_sim_connection_unref);
  veo_sim_reply_free (x->reply);
  veo_sim_request_unref (x->entry);
  g_free (x);
}

/* So many body bytes more went to the kernel */
void
veo_sim_exchange_sent (VeoSimExchange * x, guint64 bytes)
{
  VeoSim *sim = x->sim;
  VEO_SIM_LOCKER (sim);
  VeoSimSigned *link = x->reply->token ? g_hash_table_lookup (sim->links,
      x->reply->token) : NULL;

  x->entry->bytes += bytes;
  sim->traffic.bytes += bytes;
  if (x->reply->target)
    sim->traffic.content_bytes += bytes;
  if (link)
    link->bytes += bytes;
  g_cond_broadcast (&sim->cond);
}

static void
wrote_body_data (SoupServerMessage * msg, guint size, gpointer data)
{
  veo_sim_exchange_sent (data, size);
}

static void
copy_header (const char *name, const char *value, gpointer headers)
{
  soup_message_headers_append (headers, name, value);
}

static void
send_plain (VeoSimExchange * x)
{
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (x->msg);
  VeoSimReply *reply = x->reply;

  /* else libsoup makes a 206 of a 200 */
  soup_message_headers_remove (soup_server_message_get_request_headers (x->msg),
      "Range");
  soup_message_headers_foreach (reply->headers, copy_header, headers);
  soup_server_message_set_status (x->msg, reply->status, NULL);
  if (reply->head)
    soup_message_headers_set_content_length (headers, reply->length);
  else if (reply->length)
    soup_message_body_append_bytes (soup_server_message_get_response_body
        (x->msg), reply->body);
  veo_sim_log_status (x->sim, x->entry, reply->status);
}

/* What libsoup cannot do, or only well */
static gboolean
wants_wire (const VeoSimReply * reply)
{
  if (reply->head)
    return reply->brk == VEO_SIM_BREAK_CLOSE
        || reply->brk == VEO_SIM_BREAK_RESET
        || reply->brk == VEO_SIM_BREAK_SILENCE;
  return reply->raw || reply->chunked || reply->rate || reply->brk
      || reply->cut_at != G_MAXUINT64 || reply->stall_ms
      || reply->length != g_bytes_get_size (reply->body);
}

/* The message is paused: nothing of libsoup is on the stack, as stealing needs */
static gboolean
steal (gpointer data)
{
  VeoSimExchange *x = data;
  SoupServerMessage *msg = g_object_ref (x->msg);

  veo_sim_connection_set_idle (x->connection, FALSE);
  clear_timer (x);
  forget_message (x);
  x->stream = soup_server_message_steal_connection (msg);
  g_object_unref (msg);
  veo_sim_wire_start (x);
  return G_SOURCE_REMOVE;
}

static gboolean
send_late (gpointer data)
{
  VeoSimExchange *x = data;
  SoupServerMessage *msg = x->msg;

  if (x->connection)
    veo_sim_connection_set_idle (x->connection, FALSE);
  clear_timer (x);
  send_plain (x);
  soup_server_message_unpause (msg);
  return G_SOURCE_REMOVE;
}

/* Takes connection, entry and reply */
void
veo_sim_send (VeoSim * sim, SoupServerMessage * msg,
    VeoSimConnection * connection, VeoSimRequest * entry, VeoSimReply * reply)
{
  VeoSimExchange *x = g_new0 (VeoSimExchange, 1);
  gboolean wire = wants_wire (reply) && connection;

  x->sim = sim;
  x->msg = msg;
  x->connection = connection;
  x->entry = entry;
  x->reply = reply;
  g_hash_table_add (sim->exchanges, x);
  g_object_weak_ref (G_OBJECT (msg), message_gone, x);
  g_signal_connect (msg, "wrote-body-data", G_CALLBACK (wrote_body_data), x);
  if (!wire && !reply->delay_ms) {
    send_plain (x);
    return;
  }
  soup_server_message_pause (msg);
  if (reply->delay_ms && connection)
    veo_sim_connection_set_idle (connection, TRUE);
  veo_sim_exchange_set_timer (x, reply->delay_ms, wire ? steal : send_late);
}
