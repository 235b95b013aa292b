/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ports and the connections that come through them. The server does not
 * listen by itself: so it can refuse, count and drop connections. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "veosimprivate.h"

static GQuark
connection_quark (void)
{
  return g_quark_from_static_string ("veo-sim-connection");
}

static void
clear_connection (gpointer data)
{
  g_object_unref (((VeoSimConnection *) data)->socket);
}

void
veo_sim_connection_unref (VeoSimConnection * connection)
{
  g_atomic_rc_box_release_full (connection, clear_connection);
}

static void
note_closed (VeoSimConnection * c)
{
  VeoSim *sim = c->sim;
  VEO_SIM_LOCKER (sim);

  if (c->closed)
    return;
  c->closed = TRUE;
  g_ptr_array_remove_fast (sim->connections, c);
  sim->traffic.open--;
  g_cond_broadcast (&sim->cond);
  /* The server may wait for it, and this may be a handshake's thread */
  g_main_context_wakeup (sim->context);
}

/* The last user of a connection has dropped it */
static void
connection_dropped (gpointer data)
{
  VeoSimConnection *c = data;

  veo_sim_connection_set_idle (c, FALSE);
  note_closed (c);
  veo_sim_connection_unref (c);
}

static gboolean
idle_ready (GSocket * socket, GIOCondition condition, gpointer data)
{
  VeoSimConnection *c = data;
  gchar byte;
  gssize n = recv (g_socket_get_fd (socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

  if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
    return G_SOURCE_CONTINUE;
  g_socket_close (socket, NULL);
  note_closed (c);
  veo_sim_connection_set_idle (c, FALSE);
  return G_SOURCE_REMOVE;
}

/* Between two requests. libsoup 3.2 does not notice when the other end hangs up
 * then (3.6 does), and would keep the socket for ever. */
void
veo_sim_connection_set_idle (VeoSimConnection * c, gboolean idle)
{
  if (c->idle_watch)
    g_source_destroy (c->idle_watch);
  g_clear_pointer (&c->idle_watch, g_source_unref);
  if (!idle || g_socket_is_closed (c->socket))
    return;
  c->idle_watch =
      g_socket_create_source (c->socket, G_IO_IN | G_IO_HUP | G_IO_ERR, NULL);
  g_source_set_callback (c->idle_watch, G_SOURCE_FUNC (idle_ready), c, NULL);
  g_source_attach (c->idle_watch, c->sim->context);
}

static guint16
address_port (GSocketAddress * address)
{
  return address ?
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)) : 0;
}

/* The connection is found again from a message by its remote address object */
static void
register_connection (VeoSim * sim, GSocketConnection * stream,
    GSocketAddress * local, GSocketAddress * remote)
{
  VeoSimConnection *c = g_atomic_rc_box_new0 (VeoSimConnection);

  c->sim = sim;
  c->socket = g_object_ref (g_socket_connection_get_socket (stream));
  c->local_port = address_port (local);
  c->remote_port = address_port (remote);
  c->tls = sim->certificate != NULL;
  g_mutex_lock (&sim->lock);
  c->number = ++sim->traffic.accepted;
  sim->traffic.open++;
  sim->traffic.max_open = MAX (sim->traffic.max_open, sim->traffic.open);
  g_ptr_array_add (sim->connections, c);
  g_cond_broadcast (&sim->cond);
  g_mutex_unlock (&sim->lock);
  g_object_set_qdata_full (G_OBJECT (remote), connection_quark (),
      g_atomic_rc_box_acquire (c), (GDestroyNotify) veo_sim_connection_unref);
  g_object_set_qdata_full (G_OBJECT (stream), connection_quark (), c,
      connection_dropped);
}

VeoSimConnection *
veo_sim_find_connection (SoupServerMessage * msg)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (msg);
  VeoSimConnection *c = remote ? g_object_get_qdata (G_OBJECT (remote),
      connection_quark ()) : NULL;

  return c ? g_atomic_rc_box_acquire (c) : NULL;
}

typedef struct
{
  VeoSim *sim;
  GSocketAddress *local;
  GSocketAddress *remote;
} Handshake;

static void
hand_over (VeoSim * sim, GIOStream * stream, GSocketAddress * local,
    GSocketAddress * remote)
{
  g_autoptr (GError) error = NULL;

  if (sim->server
      && !soup_server_accept_iostream (sim->server, stream, local, remote,
          &error))
    g_warning ("A connection was not taken: %s", error->message);
}

static void
handshake_done (GObject * tls, GAsyncResult * result, gpointer data)
{
  Handshake *h = data;

  /* A client that does not trust us hangs up here; that is its right */
  if (g_tls_connection_handshake_finish (G_TLS_CONNECTION (tls), result, NULL))
    hand_over (h->sim, G_IO_STREAM (tls), h->local, h->remote);
  g_object_unref (h->local);
  g_object_unref (h->remote);
  g_free (h);
}

static void
start_tls (VeoSim * sim, GIOStream * stream, GSocketAddress * local,
    GSocketAddress * remote)
{
  g_autoptr (GIOStream) tls =
      g_tls_server_connection_new (stream, sim->certificate, NULL);
  Handshake *h;

  if (!tls)
    return;
  h = g_new0 (Handshake, 1);
  h->sim = sim;
  h->local = g_object_ref (local);
  h->remote = g_object_ref (remote);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), G_PRIORITY_DEFAULT,
      NULL, handshake_done, h);
}

static gboolean
incoming (GSocketService * service, GSocketConnection * stream,
    GObject * source, gpointer data)
{
  VeoSim *sim = data;
  g_autoptr (GSocketAddress) local =
      g_socket_connection_get_local_address (stream, NULL);
  g_autoptr (GSocketAddress) remote =
      g_socket_connection_get_remote_address (stream, NULL);

  if (!local || !remote)        /* it has gone already */
    return TRUE;
  g_socket_set_option (g_socket_connection_get_socket (stream), IPPROTO_TCP,
      TCP_NODELAY, TRUE, NULL);
  register_connection (sim, stream, local, remote);
  if (sim->certificate)
    start_tls (sim, G_IO_STREAM (stream), local, remote);
  else
    hand_over (sim, G_IO_STREAM (stream), local, remote);
  return TRUE;
}

/* The port is remembered in sim->addresses, so that it can be opened again */
static gboolean
listen_at (VeoSim * sim, guint i, GError ** error)
{
  g_autoptr (GSocketService) service = g_socket_service_new ();
  GSocketAddress *effective = NULL;

  g_socket_listener_set_backlog (G_SOCKET_LISTENER (service), 512);
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (service),
          sim->addresses[i], G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
          &effective, error))
    return FALSE;
  /* Another address may have the same port free, but the log tells the two by
   * their ports. This one is held until the next is found. */
  if (i > 0 && address_port (sim->addresses[i]) == 0
      && address_port (effective) == address_port (sim->addresses[0])) {
    g_object_unref (effective);
    return listen_at (sim, i, error);
  }
  g_object_unref (sim->addresses[i]);
  sim->addresses[i] = effective;
  g_signal_connect (service, "incoming", G_CALLBACK (incoming), sim);
  g_socket_service_start (service);
  sim->services[i] = g_steal_pointer (&service);
  return TRUE;
}

static gchar *
make_url (VeoSim * sim, GSocketAddress * address)
{
  GInetAddress *inet =
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  g_autofree gchar *host = g_inet_address_to_string (inet);
  gboolean v6 = g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6;

  return g_strdup_printf ("%s://%s%s%s:%u%s",
      sim->certificate ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "",
      address_port (address), sim->prefix);
}

gboolean
veo_sim_listen (VeoSim * sim, GError ** error)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (sim->addresses); i++) {
    if (sim->addresses[i] && !sim->services[i] && !listen_at (sim, i, error))
      return FALSE;
  }
  if (!sim->url) {
    sim->port = address_port (sim->addresses[0]);
    sim->url = make_url (sim, sim->addresses[0]);
    sim->files_url = make_url (sim, sim->addresses[sim->addresses[1] ? 1 : 0]);
  }
  return TRUE;
}

static void
clear_refuse_timer (VeoSim * sim)
{
  if (sim->refuse_timer)
    g_source_destroy (sim->refuse_timer);
  g_clear_pointer (&sim->refuse_timer, g_source_unref);
}

void
veo_sim_stop_listening (VeoSim * sim)
{
  guint i;

  clear_refuse_timer (sim);
  for (i = 0; i < G_N_ELEMENTS (sim->services); i++) {
    if (!sim->services[i])
      continue;
    g_signal_handlers_disconnect_by_data (sim->services[i], sim);
    g_socket_service_stop (sim->services[i]);
    g_socket_listener_close (G_SOCKET_LISTENER (sim->services[i]));
    g_clear_object (&sim->services[i]);
  }
}

static gboolean
listen_again (gpointer data)
{
  VeoSim *sim = data;
  g_autoptr (GError) error = NULL;

  clear_refuse_timer (sim);
  if (!veo_sim_listen (sim, &error))
    g_warning ("Cannot listen again: %s", error->message);
  return G_SOURCE_REMOVE;
}

/* In the server's thread */
void
veo_sim_refuse_for (VeoSim * sim, guint ms)
{
  veo_sim_stop_listening (sim);
  sim->refuse_timer = veo_sim_add_timeout (sim, ms, listen_again, sim);
}

static gboolean
refuse_in_thread (gpointer sim)
{
  veo_sim_stop_listening (sim);
  return G_SOURCE_REMOVE;
}

void
veo_sim_set_refusing (VeoSim * sim, gboolean refusing)
{
  veo_sim_invoke (sim, refusing ? refuse_in_thread : listen_again, sim);
}

/* libsoup and our own writers see the end of the stream and clean up */
static gboolean
drop_in_thread (gpointer data)
{
  VeoSim *sim = data;
  VEO_SIM_LOCKER (sim);
  guint i;

  for (i = 0; i < sim->connections->len; i++) {
    VeoSimConnection *c = g_ptr_array_index (sim->connections, i);

    g_socket_shutdown (c->socket, TRUE, TRUE, NULL);
  }
  return G_SOURCE_REMOVE;
}

void
veo_sim_drop_connections (VeoSim * sim)
{
  veo_sim_invoke (sim, drop_in_thread, sim);
}

void
veo_sim_get_traffic (VeoSim * sim, VeoSimTraffic * traffic)
{
  VEO_SIM_LOCKER (sim);

  *traffic = sim->traffic;
}
