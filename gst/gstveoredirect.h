/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which redirects a request for a task follows. Pure: GLib only. */
#ifndef __GST_VEO_REDIRECT_H__
#define __GST_VEO_REDIRECT_H__

#include <glib.h>

G_BEGIN_DECLS

#define GST_VEO_MAX_REDIRECTS 10

/* from answered with a redirect to location (NULL: it named none), after
 * `followed' others, the first of them by first. Returns: (transfer full)
 * (nullable): the absolute URL to ask next; NULL with *objection, a sentence
 * without the key, when it is not followed. */
gchar *gst_veo_redirect_follow (const gchar * first, const gchar * from,
    const gchar * location, guint followed, const gchar * key,
    gchar ** objection);

G_END_DECLS

#endif /* __GST_VEO_REDIRECT_H__ */
