/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an ERROR of an element inside means for the application. */
#ifndef __GST_VEO_CHILD_ERROR_H__
#define __GST_VEO_CHILD_ERROR_H__

#include <gst/gst.h>
#include "gstveofailure.h"

G_BEGIN_DECLS

typedef enum
{
  GST_VEO_CHILD_ERROR_IGNORED,  /* follows from another one, or harms nothing */
  GST_VEO_CHILD_ERROR_FAILURE,  /* *failure: (transfer full) */
  GST_VEO_CHILD_ERROR_OWN,      /* *error: (transfer full): GStreamer's own error, in our words */
} GstVeoChildError;

/* Whether message, an ERROR, says that a decoder or demuxer is missing */
gboolean gst_veo_child_error_lacks_plugin (GstMessage * message);
/* The one that caps would need. Returns: (transfer full) */
gchar *gst_veo_child_error_name_missing (GstCaps * caps);

/* Of an error that is not the download's. missing (nullable): the decoder or
 * demuxer that was not found. *debug: (transfer full) (nullable) */
GstVeoChildError gst_veo_child_error_read (GstMessage * message,
    const gchar * task_id, const gchar * missing, GstVeoFailure ** failure,
    GError ** error, gchar ** debug);

G_END_DECLS

#endif /* __GST_VEO_CHILD_ERROR_H__ */
