/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A database of TLS authorities that remembers what was wrong with the last
 * certificate: souphttpsrc itself only says that it got no answer. */
#ifndef __GST_VEO_CERTIFICATE_H__
#define __GST_VEO_CERTIFICATE_H__

#include <gio/gio.h>

G_BEGIN_DECLS

#define GST_TYPE_VEO_AUTHORITIES (gst_veo_authorities_get_type ())
G_DECLARE_FINAL_TYPE (GstVeoAuthorities, gst_veo_authorities, GST_VEO,
    AUTHORITIES, GTlsDatabase)

/* ca_file NULL: the system's authorities. Returns: (transfer full) */
GstVeoAuthorities *gst_veo_authorities_new (const gchar * ca_file,
    GError ** error);
/* What was wrong with a certificate since the last call; NULL when nothing
 * was. Any thread. Returns: (transfer full) (nullable): a phrase for a person */
gchar *gst_veo_authorities_take_complaint (GstVeoAuthorities * authorities);

G_END_DECLS

#endif /* __GST_VEO_CERTIFICATE_H__ */
