/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the readers of a body need to know of it, beside gstveoanswer.h. */
#ifndef __GST_VEO_BODY_H__
#define __GST_VEO_BODY_H__

#include "gstveoanswer.h"

G_BEGIN_DECLS

typedef enum
{
  GST_VEO_BODY_EMPTY,           /* nothing but blanks */
  GST_VEO_BODY_JSON,            /* one whole object or list; safe to hand to json-glib */
  GST_VEO_BODY_CUT,             /* JSON that ends in the middle */
  GST_VEO_BODY_TEXT,            /* anything else */
  GST_VEO_BODY_TOO_LARGE,
  GST_VEO_BODY_TOO_DEEP,
} GstVeoBodyShape;

GstVeoBodyShape gst_veo_body_get_shape (GstVeoBody * body);
/* The body without byte order mark; every data: video in it is cut down to a
 * marker that begins with "data:video/". Returns: (transfer full): valid UTF-8 */
gchar *gst_veo_body_dup_text (GstVeoBody * body);
/* What a marker stands for. Returns: (transfer full) (nullable): NULL when it was empty or
 * damaged; *media_type: borrowed, such as "video/mp4", also then */
GBytes *gst_veo_body_get_data_video (GstVeoBody * body, const gchar * marker,
    const gchar ** media_type);

G_END_DECLS

#endif /* __GST_VEO_BODY_H__ */
