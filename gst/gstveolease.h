/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element as another thread holds it that calls into it from time to time:
 * it is there during each call, and given back as soon as there will be none,
 * not when that thread gets round to it. Whoever drops an element after NULL
 * then sees it go. */
#ifndef __GST_VEO_LEASE_H__
#define __GST_VEO_LEASE_H__

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstVeoLease GstVeoLease;

/* element: (transfer none), held until the end. */
GstVeoLease *gst_veo_lease_new (GstElement * element);
/* After the end. */
void gst_veo_lease_free (GstVeoLease * lease);
/* Around each call; there is one at a time. FALSE: it has ended, and there is no
 * call (nor leave). */
gboolean gst_veo_lease_enter (GstVeoLease * lease);
void gst_veo_lease_leave (GstVeoLease * lease);
/* Any thread that holds the element by itself, also from within a call; a second
 * time does nothing. A call that is under way elsewhere is waited for, but not
 * for long: after 20 ms it is that call's end which gives the element back. */
void gst_veo_lease_end (GstVeoLease * lease);

G_END_DECLS

#endif /* __GST_VEO_LEASE_H__ */
