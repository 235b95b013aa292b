/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for another thread that is inside something just now. A handler of the
 * application may hold it there as long as it likes, and may itself wait for
 * whoever waits: so there is a limit, and nobody waits for himself. */
#ifndef __GST_VEO_OTHERS_H__
#define __GST_VEO_OTHERS_H__

#include <glib.h>

G_BEGIN_DECLS

/* Until *inside is NULL or the caller, or until, a monotonic time. Called with
 * lock; cond is signalled when *inside changes. */
void gst_veo_others_wait (GThread * const *inside, GCond * cond, GMutex * lock,
    gint64 until);

G_END_DECLS

#endif /* __GST_VEO_OTHERS_H__ */
