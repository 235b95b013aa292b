/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One data: video, decoded character by character as it comes in. */
#ifndef __GST_VEO_DATA_VIDEO_H__
#define __GST_VEO_DATA_VIDEO_H__

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GstVeoDataVideo GstVeoDataVideo;

/* Begins after "data:video/". */
GstVeoDataVideo *gst_veo_data_video_new (void);
void gst_veo_data_video_free (GstVeoDataVideo * video);
/* The next character of the link, free of the escapes of JSON. */
void gst_veo_data_video_push (GstVeoDataVideo * video, gunichar c);
/* As many plain base64 letters as data begins with, fast. Returns how many. */
gsize gst_veo_data_video_push_run (GstVeoDataVideo * video,
    const guint8 * data, gsize len);
gsize gst_veo_data_video_get_size (GstVeoDataVideo * video);
/* The link is over. Returns: (transfer full) (nullable): NULL when it was
 * empty or damaged; *media_type: borrowed */
GBytes *gst_veo_data_video_finish (GstVeoDataVideo * video,
    const gchar ** media_type);

G_END_DECLS

#endif /* __GST_VEO_DATA_VIDEO_H__ */
