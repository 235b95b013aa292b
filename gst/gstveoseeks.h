/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Seeks that come to the pads of one run: each is carried out once, and none
 * outlives the run. */
#ifndef __GST_VEO_SEEKS_H__
#define __GST_VEO_SEEKS_H__

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstVeoSeeks GstVeoSeeks;

/* All in any thread. Returns: (transfer full) */
GstVeoSeeks *gst_veo_seeks_new (void);
void gst_veo_seeks_unref (GstVeoSeeks * seeks);

/* To be called before a seek is sent inside, and after. FALSE: the run is over,
 * and it must not be sent. */
gboolean gst_veo_seeks_begin (GstVeoSeeks * seeks);
void gst_veo_seeks_end (GstVeoSeeks * seeks);

/* Looks after the seeks that come to a pad from downstream: a pipeline sends
 * the same one up from every sink it has. The first does it for all streams of
 * the clip; the others are told that it is done. */
void gst_veo_seeks_watch (GstVeoSeeks * seeks, GstPad * pad);

/* No seek is let in any more. Returns when those under way are over, or after a
 * second; a seek in which this is called is not waited for. */
void gst_veo_seeks_close (GstVeoSeeks * seeks);

G_END_DECLS

#endif /* __GST_VEO_SEEKS_H__ */
