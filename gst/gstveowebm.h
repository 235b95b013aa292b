/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The headers of the elements that a WebM (Matroska) file is made of. Pure. */
#ifndef __GST_VEO_WEBM_H__
#define __GST_VEO_WEBM_H__

#include <glib.h>

G_BEGIN_DECLS

#define GST_VEO_WEBM_SEGMENT 0x18538067 /* all there is but the first few bytes */
#define GST_VEO_WEBM_CLUSTER 0x1f43b675 /* some frames, in a segment */
#define GST_VEO_WEBM_MAX_HEADER 12
/* Its writer could not know it: the element goes on until another one begins
 * that cannot be inside of it */
#define GST_VEO_WEBM_UNKNOWN_SIZE G_MAXUINT64

/* Whether these four bytes begin a WebM file */
gboolean gst_veo_webm_is_start (const guint8 * data);
/* Reads the header of which there are have bytes. Returns: its length; 0: more
 * bytes are needed; -1: it is none. */
gint gst_veo_webm_read_header (const guint8 * data, guint have, guint32 * id,
    guint64 * size);

G_END_DECLS

#endif /* __GST_VEO_WEBM_H__ */
