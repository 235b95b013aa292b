/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The elements and pads that a bin has for one run only: they come from one
 * thread while another may be shutting the bin down. */
#ifndef __GST_VEO_PARTS_H__
#define __GST_VEO_PARTS_H__

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstVeoParts GstVeoParts;

/* bin is not referenced: whoever holds parts holds the bin. */
GstVeoParts *gst_veo_parts_new (GstBin * bin);
GstVeoParts *gst_veo_parts_ref (GstVeoParts * parts);
void gst_veo_parts_unref (GstVeoParts * parts);

/* element: one that the caller holds a reference to, since another thread may
 * take it away at any moment. FALSE when the parts were closed. */
gboolean gst_veo_parts_add_element (GstVeoParts * parts, GstElement * element);
/* From one's pad src to the other's sink. FALSE, and without a warning, when they
 * were taken away meanwhile. */
gboolean gst_veo_parts_link (GstElement * from, GstElement * to);
/* Brings an added element to the bin's state. FALSE when it failed or the
 * parts were closed meanwhile. */
gboolean gst_veo_parts_start_element (GstVeoParts * parts,
    GstElement * element);
/* Adds pad, a ghost pad that is active. FALSE when the parts were closed: the
 * pad is not, or not any more, one of the bin's. */
gboolean gst_veo_parts_add_pad (GstVeoParts * parts, GstPad * pad);
/* Blocks pad's data flow until unblock or close. */
void gst_veo_parts_block_pad (GstVeoParts * parts, GstPad * pad);
void gst_veo_parts_unblock_pads (GstVeoParts * parts);
/* Tells the bin that a link within it begins or ends, unless the parts are
 * gone. message: (transfer full): STRUCTURE_CHANGE */
void gst_veo_parts_tell_link (GstVeoParts * parts, GstMessage * message);
gboolean gst_veo_parts_are_closed (GstVeoParts * parts);
/* Nothing is added from now on; blocked pads flow (or flush). */
void gst_veo_parts_close (GstVeoParts * parts);
/* After close: takes the pads away, stops the elements and takes them away. A
 * pad that another thread is adding is waited for, for a moment. May be called
 * again. */
void gst_veo_parts_take_down (GstVeoParts * parts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoParts, gst_veo_parts_unref)

G_END_DECLS

#endif /* __GST_VEO_PARTS_H__ */
