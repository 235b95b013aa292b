/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The enumerations of veosrc's properties, as GTypes. */
#ifndef __GST_VEO_ENUMS_H__
#define __GST_VEO_ENUMS_H__

#include <gst/gst.h>
#include "gstveotask.h"

G_BEGIN_DECLS

/**
 * GstVeoOutput:
 * @GST_VEO_OUTPUT_DECODED: raw video and audio, on video_%u and audio_%u
 * @GST_VEO_OUTPUT_ENCODED: parsed elementary streams, nothing decoded
 * @GST_VEO_OUTPUT_CONTAINER: the file's own bytes, unchanged, on src
 *
 * What the pads carry.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_VEO_OUTPUT_DECODED,
  GST_VEO_OUTPUT_ENCODED,
  GST_VEO_OUTPUT_CONTAINER,
} GstVeoOutput;

#define GST_TYPE_VEO_OUTPUT (gst_veo_output_get_type ())
GType gst_veo_output_get_type (void);

#define GST_TYPE_VEO_STATUS (gst_veo_status_get_type ())
GType gst_veo_status_get_type (void);

G_END_DECLS

#endif /* __GST_VEO_ENUMS_H__ */
