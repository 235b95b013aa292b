/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef __GST_VEO_SRC_H__
#define __GST_VEO_SRC_H__

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_VEO_SRC (gst_veo_src_get_type ())
G_DECLARE_FINAL_TYPE (GstVeoSrc, gst_veo_src, GST, VEO_SRC, GstBin)

GST_ELEMENT_REGISTER_DECLARE (veosrc);

G_END_DECLS

#endif /* __GST_VEO_SRC_H__ */
