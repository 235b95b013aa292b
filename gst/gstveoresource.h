/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A failure as GStreamer knows it. */
#ifndef __GST_VEO_RESOURCE_H__
#define __GST_VEO_RESOURCE_H__

#include <gst/gst.h>
#include "gstveofailure.h"

G_BEGIN_DECLS

/* Returns: (transfer full): of GST_RESOURCE_ERROR, with the text for a person */
GError *gst_veo_resource_error_new (const GstVeoFailure * failure);

G_END_DECLS

#endif /* __GST_VEO_RESOURCE_H__ */
