/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which proxy a request takes, of the setting or of the system: one answer for
 * polls and download. */
#ifndef __GST_VEO_ROUTES_H__
#define __GST_VEO_ROUTES_H__

#include <gio/gio.h>

G_BEGIN_DECLS

#define GST_VEO_TYPE_ROUTES (gst_veo_routes_get_type ())
G_DECLARE_FINAL_TYPE (GstVeoRoutes, gst_veo_routes, GST_VEO, ROUTES, GObject)

/* A GProxyResolver. proxy: as the setting has it; NULL: the system's.
 *
 * What it gives has a user and a password in it only for plain http through a
 * proxy for http: there they are for a header of the request, which whoever
 * sends it adds (see gst_veo_routes_split). */
GstVeoRoutes *gst_veo_routes_new (const gchar * proxy);
/* *authorization: (transfer full) (nullable): what Proxy-Authorization must
 * say, where the address has credentials.
 * Returns: (transfer full): the address without them */
gchar *gst_veo_routes_split (const gchar * address, gchar ** authorization);
/* Whether a proxy has refused a tunnel since this was last asked */
gboolean gst_veo_routes_take_refusal (GstVeoRoutes * routes);

G_END_DECLS

#endif /* __GST_VEO_ROUTES_H__ */
