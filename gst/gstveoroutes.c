/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveoroutes.h"
#include "gstveotunnel.h"

struct _GstVeoRoutes
{
  GObject parent;
  GProxyResolver *inner;        /* NULL: the setting is no address */
  GMutex lock;
  GHashTable *tunnels;          /* address of a proxy to GstVeoTunnel */
};

static void gst_veo_routes_iface_init (GProxyResolverInterface * iface);

G_DEFINE_TYPE_WITH_CODE (GstVeoRoutes, gst_veo_routes, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (G_TYPE_PROXY_RESOLVER, gst_veo_routes_iface_init));

static void
gst_veo_routes_init (GstVeoRoutes * self)
{
  g_mutex_init (&self->lock);
  self->tunnels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) gst_veo_tunnel_free);
}

static void
gst_veo_routes_finalize (GObject * object)
{
  GstVeoRoutes *self = GST_VEO_ROUTES (object);

  g_clear_object (&self->inner);
  g_hash_table_unref (self->tunnels);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_veo_routes_parent_class)->finalize (object);
}

static void
gst_veo_routes_class_init (GstVeoRoutesClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_veo_routes_finalize;
}

/* --- One address --- */

/* Where the proxy reads the request itself, its credentials are a header. An
 * old SOCKS knows a user and no password, and wants addresses looked up before. */
static gboolean
needs_tunnel (const GstVeoProxy * proxy, const gchar * url)
{
  if (!proxy->user || g_str_equal (proxy->scheme, "socks4"))
    return FALSE;
  return !g_str_equal (proxy->scheme, "http")
      || g_ascii_strncasecmp (url, "https:", 6) == 0;
}

/* Takes what is in proxy. Returns: (transfer full) */
static gchar *
get_tunnel (GstVeoRoutes * self, const gchar * address, GstVeoProxy * proxy)
{
  GstVeoTunnel *tunnel;
  gchar *uri;

  g_mutex_lock (&self->lock);
  tunnel = g_hash_table_lookup (self->tunnels, address);
  if (!tunnel) {
    tunnel = gst_veo_tunnel_new (proxy);
    g_hash_table_insert (self->tunnels, g_strdup (address), tunnel);
  }
  uri = g_strdup (gst_veo_tunnel_get_uri (tunnel));
  g_mutex_unlock (&self->lock);
  return uri;
}

/* Returns: (transfer full) (nullable): NULL when it is of no use */
static gchar *
make_route (GstVeoRoutes * self, const gchar * url, const gchar * address)
{
  g_auto (GstVeoProxy) proxy = { NULL, };
  const gchar *reason;

  if (g_str_has_prefix (address, "direct:"))
    return g_strdup (address);
  if (!gst_veo_proxy_parse (address, &proxy, &reason))
    return NULL;
  if (needs_tunnel (&proxy, url))
    return get_tunnel (self, address, &proxy);
  return g_strdup (address);
}

/* Takes found. Returns: (transfer full) (nullable) */
static gchar **
make_routes (GstVeoRoutes * self, const gchar * url, gchar ** found,
    GError ** error)
{
  g_autoptr (GPtrArray) routes = g_ptr_array_new_with_free_func (g_free);
  gchar **address;

  for (address = found; address && *address; address++) {
    gchar *route = make_route (self, url, *address);

    if (route)
      g_ptr_array_add (routes, route);
  }
  g_strfreev (found);
  if (routes->len == 0) {
    g_set_error_literal (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_INTERNAL,
        "The address of the proxy cannot be used");
    return NULL;
  }
  g_ptr_array_add (routes, NULL);
  return (gchar **) g_ptr_array_free (g_steal_pointer (&routes), FALSE);
}

/* --- GProxyResolver --- */

static gchar **
routes_lookup (GProxyResolver * resolver, const gchar * url,
    GCancellable * cancellable, GError ** error)
{
  GstVeoRoutes *self = GST_VEO_ROUTES (resolver);
  gchar **found = NULL;

  if (self->inner) {
    found = g_proxy_resolver_lookup (self->inner, url, cancellable, error);
    if (!found)
      return NULL;
  }
  return make_routes (self, url, found, error);
}

static void
looked_up (GObject * source, GAsyncResult * result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  gchar **routes = g_proxy_resolver_lookup_finish (G_PROXY_RESOLVER (source),
      result, &error);

  if (routes)
    routes = make_routes (g_task_get_source_object (task),
        g_task_get_task_data (task), routes, &error);
  if (routes)
    g_task_return_pointer (task, routes, (GDestroyNotify) g_strfreev);
  else
    g_task_return_error (task, error);
}

static void
routes_lookup_async (GProxyResolver * resolver, const gchar * url,
    GCancellable * cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GstVeoRoutes *self = GST_VEO_ROUTES (resolver);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  GError *error = NULL;

  if (!self->inner) {
    make_routes (self, url, NULL, &error);
    g_task_return_error (task, error);
    return;
  }
  g_task_set_task_data (task, g_strdup (url), g_free);
  g_proxy_resolver_lookup_async (self->inner, url, cancellable, looked_up,
      g_object_ref (task));
}

static gchar **
routes_lookup_finish (GProxyResolver * resolver, GAsyncResult * result,
    GError ** error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
routes_is_supported (GProxyResolver * resolver)
{
  return TRUE;
}

static void
gst_veo_routes_iface_init (GProxyResolverInterface * iface)
{
  iface->is_supported = routes_is_supported;
  iface->lookup = routes_lookup;
  iface->lookup_async = routes_lookup_async;
  iface->lookup_finish = routes_lookup_finish;
}

/* --- Ours --- */

static GProxyResolver *
resolver_new (const gchar * proxy)
{
  g_auto (GstVeoProxy) parts = { NULL, };
  g_autofree gchar *uri = NULL;
  const gchar *reason;

  if (!proxy)
    return g_object_ref (g_proxy_resolver_get_default ());
  if (!gst_veo_proxy_parse (proxy, &parts, &reason))
    return NULL;
  uri = gst_veo_proxy_complete (proxy);
  return g_simple_proxy_resolver_new (uri, NULL);
}

GstVeoRoutes *
gst_veo_routes_new (const gchar * proxy)
{
  GstVeoRoutes *self = g_object_new (GST_VEO_TYPE_ROUTES, NULL);

  self->inner = resolver_new (proxy);
  return self;
}

gchar *
gst_veo_routes_split (const gchar * address, gchar ** authorization)
{
  g_auto (GstVeoProxy) proxy = { NULL, };
  const gchar *reason;

  *authorization = NULL;
  if (!gst_veo_proxy_parse (address, &proxy, &reason)
      || !proxy.user || !g_str_equal (proxy.scheme, "http"))
    return g_strdup (address);
  *authorization = gst_veo_proxy_get_basic (proxy.user, proxy.password);
  return gst_veo_proxy_get_uri (&proxy, NULL, NULL);
}

gboolean
gst_veo_routes_take_refusal (GstVeoRoutes * routes)
{
  gboolean refused = FALSE;
  GHashTableIter iter;
  gpointer tunnel;

  g_mutex_lock (&routes->lock);
  g_hash_table_iter_init (&iter, routes->tunnels);
  while (g_hash_table_iter_next (&iter, NULL, &tunnel)) {
    if (gst_veo_tunnel_take_refusal (tunnel))
      refused = TRUE;
  }
  g_mutex_unlock (&routes->lock);
  return refused;
}
