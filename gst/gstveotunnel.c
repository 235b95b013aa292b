/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveotunnel.h"

#include <string.h>

#define SCHEME "veo-tunnel"

/* Counted: the table has one, and each connection under way */
struct _GstVeoTunnel
{
  GstVeoProxy proxy;
  gchar *number;                /* stands for the user in uri */
  gchar *uri;
  gint refused;                 /* atomic */
};

static GMutex lock;
static GHashTable *tunnels;     /* number to GstVeoTunnel */
static guint last_number;

static void
tunnel_clear (gpointer data)
{
  GstVeoTunnel *tunnel = data;

  if (tunnel->proxy.password)
    memset (tunnel->proxy.password, 0, strlen (tunnel->proxy.password));
  gst_veo_proxy_clear (&tunnel->proxy);
  g_free (tunnel->number);
  g_free (tunnel->uri);
}

static void
tunnel_unref (gpointer tunnel)
{
  g_atomic_rc_box_release_full (tunnel, tunnel_clear);
}

/* Returns: (transfer full) (nullable) */
static GstVeoTunnel *
find_tunnel (GProxyAddress * address)
{
  const gchar *number = g_proxy_address_get_username (address);
  GstVeoTunnel *tunnel = NULL;

  g_mutex_lock (&lock);
  if (tunnels && number)
    tunnel = g_hash_table_lookup (tunnels, number);
  if (tunnel)
    g_atomic_rc_box_acquire (tunnel);
  g_mutex_unlock (&lock);
  return tunnel;
}

/* --- GIO's side: a kind of proxy --- */

typedef struct
{
  GObject parent;
} GstVeoTunnelProxy;

typedef struct
{
  GObjectClass parent;
} GstVeoTunnelProxyClass;

static GType gst_veo_tunnel_proxy_get_type (void);
static void gst_veo_tunnel_proxy_iface_init (GProxyInterface * iface);

G_DEFINE_TYPE_WITH_CODE (GstVeoTunnelProxy, gst_veo_tunnel_proxy,
    G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_PROXY,
        gst_veo_tunnel_proxy_iface_init));

static void
gst_veo_tunnel_proxy_init (GstVeoTunnelProxy * self)
{
}

static void
gst_veo_tunnel_proxy_class_init (GstVeoTunnelProxyClass * klass)
{
}

/* The same place as the proxy that it is, with the credentials.
 * Returns: (transfer full) */
static GProxyAddress *
make_address (GProxyAddress * address, const GstVeoProxy * proxy,
    const gchar * protocol)
{
  GInetSocketAddress *place = G_INET_SOCKET_ADDRESS (address);

  return g_object_new (G_TYPE_PROXY_ADDRESS,
      "address", g_inet_socket_address_get_address (place),
      "port", g_inet_socket_address_get_port (place),
      "protocol", protocol,
      "destination-protocol",
      g_proxy_address_get_destination_protocol (address),
      "destination-hostname",
      g_proxy_address_get_destination_hostname (address),
      "destination-port", g_proxy_address_get_destination_port (address),
      "username", proxy->user,
      "password", proxy->password ? proxy->password : "", NULL);
}

/* One connection that is being made */
typedef struct
{
  GstVeoTunnel *tunnel;
  GProxy *proxy;                /* GIO's own */
  GProxyAddress *address;
} Passage;

static void
passage_free (gpointer data)
{
  Passage *passage = data;

  tunnel_unref (passage->tunnel);
  g_clear_object (&passage->proxy);
  g_object_unref (passage->address);
  g_free (passage);
}

static Passage *
passage_new (GProxyAddress * address, GError ** error)
{
  GstVeoTunnel *tunnel = find_tunnel (address);
  const gchar *protocol;
  Passage *passage;

  if (!tunnel) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED,
        "The way through the proxy is closed");
    return NULL;
  }
  /* GIO tries its three kinds in turn; only the latest knows passwords */
  protocol = g_str_equal (tunnel->proxy.scheme, "socks") ? "socks5"
      : tunnel->proxy.scheme;
  passage = g_new0 (Passage, 1);
  passage->tunnel = tunnel;
  passage->proxy = g_proxy_get_default_for_protocol (protocol);
  passage->address = make_address (address, &tunnel->proxy, protocol);
  if (passage->proxy)
    return passage;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "This system has no support for proxies of the kind %s", protocol);
  passage_free (passage);
  return NULL;
}

static void
note_end (GstVeoTunnel * tunnel, const GError * error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_AUTH_FAILED)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_NEED_AUTH))
    g_atomic_int_set (&tunnel->refused, TRUE);
}

static GIOStream *
proxy_connect (GProxy * self, GIOStream * stream, GProxyAddress * address,
    GCancellable * cancellable, GError ** error)
{
  Passage *passage = passage_new (address, error);
  GError *reason = NULL;
  GIOStream *through;

  if (!passage)
    return NULL;
  through = g_proxy_connect (passage->proxy, stream, passage->address,
      cancellable, &reason);
  note_end (passage->tunnel, reason);
  passage_free (passage);
  if (reason)
    g_propagate_error (error, reason);
  return through;
}

static void
connected (GObject * source, GAsyncResult * result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Passage *passage = g_task_get_task_data (task);
  GError *error = NULL;
  GIOStream *through = g_proxy_connect_finish (G_PROXY (source), result,
      &error);

  note_end (passage->tunnel, error);
  if (through)
    g_task_return_pointer (task, through, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
proxy_connect_async (GProxy * self, GIOStream * stream,
    GProxyAddress * address, GCancellable * cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  GError *error = NULL;
  Passage *passage = passage_new (address, &error);

  if (!passage) {
    g_task_return_error (task, error);
    return;
  }
  g_task_set_task_data (task, passage, passage_free);
  g_proxy_connect_async (passage->proxy, stream, passage->address,
      cancellable, connected, g_object_ref (task));
}

static GIOStream *
proxy_connect_finish (GProxy * self, GAsyncResult * result, GError ** error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* The host is for the proxy to look up */
static gboolean
proxy_supports_hostname (GProxy * self)
{
  return TRUE;
}

static void
gst_veo_tunnel_proxy_iface_init (GProxyInterface * iface)
{
  iface->connect = proxy_connect;
  iface->connect_async = proxy_connect_async;
  iface->connect_finish = proxy_connect_finish;
  iface->supports_hostname = proxy_supports_hostname;
}

/* --- Ours --- */

/* With the lock. GIO has made its extension points once it has a proxy. */
static void
register_scheme (void)
{
  GProxy *first = g_proxy_get_default_for_protocol ("http");

  g_clear_object (&first);
  tunnels = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, tunnel_unref);
  g_io_extension_point_implement (G_PROXY_EXTENSION_POINT_NAME,
      gst_veo_tunnel_proxy_get_type (), SCHEME, 0);
}

GstVeoTunnel *
gst_veo_tunnel_new (GstVeoProxy * proxy)
{
  GstVeoTunnel *tunnel = g_atomic_rc_box_new0 (GstVeoTunnel);

  tunnel->proxy = *proxy;
  memset (proxy, 0, sizeof *proxy);
  g_mutex_lock (&lock);
  if (!tunnels)
    register_scheme ();
  tunnel->number = g_strdup_printf ("%u", ++last_number);
  tunnel->uri = gst_veo_proxy_get_uri (&tunnel->proxy, SCHEME, tunnel->number);
  g_hash_table_insert (tunnels, tunnel->number, tunnel);
  g_mutex_unlock (&lock);
  return tunnel;
}

void
gst_veo_tunnel_free (GstVeoTunnel * tunnel)
{
  if (!tunnel)
    return;
  g_mutex_lock (&lock);
  g_hash_table_remove (tunnels, tunnel->number);
  g_mutex_unlock (&lock);
}

const gchar *
gst_veo_tunnel_get_uri (GstVeoTunnel * tunnel)
{
  return tunnel->uri;
}

gboolean
gst_veo_tunnel_take_refusal (GstVeoTunnel * tunnel)
{
  return g_atomic_int_compare_and_exchange (&tunnel->refused, TRUE, FALSE);
}
