/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A silent stream of a given length, for a clip without sound. */
#ifndef __GST_VEO_SILENCE_H__
#define __GST_VEO_SILENCE_H__

#include "gstveoparts.h"

G_BEGIN_DECLS

/* Adds its elements to parts, not started. duration: GST_CLOCK_TIME_NONE when
 * unknown: whoever shows the clip ends the silence then. *source, *filter:
 * (transfer full) (nullable), what makes it. Returns: (transfer full)
 * (nullable): the pad to expose. */
GstPad *gst_veo_silence_new (GstVeoParts * parts, GstClockTime duration,
    GstElement ** source, GstElement ** filter);
/* Before pad, the ghost pad, is added: it shows its caps, and keeps seeks that come
 * up it within the length. */
void gst_veo_silence_prepare_pad (GstPad * pad, GstClockTime duration);

G_END_DECLS

#endif /* __GST_VEO_SILENCE_H__ */
