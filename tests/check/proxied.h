/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A service, its signed links at another address, and a proxy on the way to both. */
#pragma once

#include "authority.h"
#include "rawserver.h"
#include "scene.h"

G_BEGIN_DECLS

typedef struct
{
  RawServer *proxy;
  Authority *authority;         /* NULL: no TLS */
} Proxied;

/* The scene's service is at 127.0.0.1, its files are at 127.0.0.2, its task is
 * completed; handler, with data, is the proxy. FALSE: TLS is wanted and there is
 * none. Close it in any case. */
gboolean proxied_open (Proxied * proxied, Scene * scene, gboolean is_secure,
    RawHandler handler, gpointer data);
void proxied_close (Proxied * proxied, Scene * scene);
/* The proxy of the environment, for http or for https alone; no_proxy may be NULL */
void proxied_set_environment (gboolean is_secure, const gchar * address,
    const gchar * no_proxy);
/* How often the proxy was asked for the origin of url */
guint proxied_count (Proxied * proxied, const gchar * url);

G_END_DECLS
