/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The queue2 behind the source: how far the download may run ahead of playback,
 * and when it is to tell that it is empty. */
#ifndef __GST_VEO_QUEUE_H__
#define __GST_VEO_QUEUE_H__

#include <gst/gst.h>

G_BEGIN_DECLS

/* The queue starts out empty, which is no reason to pause. */
#define GST_VEO_QUEUE_GRACE G_TIME_SPAN_SECOND

void gst_veo_queue_configure (GstElement * queue, gboolean use_buffering);
/* Once it is linked to the source: an end of the file that it refuses, for what is
 * behind it has failed, becomes the ERROR that queue2 keeps to itself. */
void gst_veo_queue_tell_refused_end (GstElement * queue);
/* From now on it runs ahead little: the process has no memory to spare. */
void gst_veo_queue_go_lean (GstElement * queue);
/* When the grace is over, a queue that is empty still says so. Returns:
 * (transfer full): for gst_veo_queue_drop_grace */
GstClockID gst_veo_queue_start_grace (GstElement * queue);
/* Takes id, which may be NULL. */
void gst_veo_queue_drop_grace (GstClockID id);

G_END_DECLS

#endif /* __GST_VEO_QUEUE_H__ */
