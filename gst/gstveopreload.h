/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads what a clip will need while the element waits for it, so that the
 * first frame follows completion at once. */
#ifndef __GST_VEO_PRELOAD_H__
#define __GST_VEO_PRELOAD_H__

#include "gstveoenums.h"

G_BEGIN_DECLS

/* Once per process and kind of output; in a thread of its own; returns at once. */
void gst_veo_preload (GstVeoOutput output);
/* Blocks until what was begun is done, so that no streaming thread has to load a
 * library: a state change that stops it would wait for that. Not in the worker. */
void gst_veo_preload_finish (GstVeoOutput output);

G_END_DECLS

#endif /* __GST_VEO_PRELOAD_H__ */
