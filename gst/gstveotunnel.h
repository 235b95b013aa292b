/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A way through a proxy that wants a user and a password.
 *
 * libsoup 3 mistakes the proxy's address for the service's once it is asked for
 * its credentials, and then sends them to the service as well; souphttpsrc
 * drops the password, or takes the question for the end of the file. So neither
 * is told: each gets an address with a scheme of ours, behind which GIO
 * connects by itself and shows the credentials to the proxy alone. */
#ifndef __GST_VEO_TUNNEL_H__
#define __GST_VEO_TUNNEL_H__

#include <gio/gio.h>
#include "gstveoproxy.h"

G_BEGIN_DECLS

typedef struct _GstVeoTunnel GstVeoTunnel;

/* Any thread. Takes what is in proxy */
GstVeoTunnel *gst_veo_tunnel_new (GstVeoProxy * proxy);
/* The address does not work any more; who connects through it now, may go on. */
void gst_veo_tunnel_free (GstVeoTunnel * tunnel);
/* What GIO and libsoup take for a proxy, without a secret in it */
const gchar *gst_veo_tunnel_get_uri (GstVeoTunnel * tunnel);
/* Whether the proxy has refused the credentials since this was last asked */
gboolean gst_veo_tunnel_take_refusal (GstVeoTunnel * tunnel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoTunnel, gst_veo_tunnel_free)

G_END_DECLS

#endif /* __GST_VEO_TUNNEL_H__ */
