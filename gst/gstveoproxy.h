/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The address of a proxy, taken apart. Pure: GLib only. */
#ifndef __GST_VEO_PROXY_H__
#define __GST_VEO_PROXY_H__

#include <glib.h>

G_BEGIN_DECLS

/* Strings are owned */
typedef struct
{
  gchar *scheme;                /* http, https, socks, socks4, socks4a, socks5 */
  gchar *user;                  /* decoded; NULL: none */
  gchar *password;              /* decoded; NULL: none */
  gchar *host;
  gint port;                    /* the scheme's own if none is written */
} GstVeoProxy;

/* With the scheme that HOST:PORT leaves out. Returns: (transfer full) */
gchar *gst_veo_proxy_complete (const gchar * text);
/* As curl and souphttpsrc accept it: a URL, or HOST:PORT of an HTTP proxy. FALSE
 * sets *reason to a static phrase that completes "proxy ...". Clear it. */
gboolean gst_veo_proxy_parse (const gchar * text, GstVeoProxy * proxy,
    const gchar ** reason);
void gst_veo_proxy_clear (GstVeoProxy * proxy);

/* Without credentials; with another scheme or a user of its own where they are
 * not NULL. Returns: (transfer full) */
gchar *gst_veo_proxy_get_uri (const GstVeoProxy * proxy, const gchar * scheme,
    const gchar * user);

/* What Proxy-Authorization says of them; password may be NULL. Returns: (transfer full) */
gchar *gst_veo_proxy_get_basic (const gchar * user, const gchar * password);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstVeoProxy, gst_veo_proxy_clear)

G_END_DECLS

#endif /* __GST_VEO_PROXY_H__ */
