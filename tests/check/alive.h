/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What GStreamer's objects are alive: elements, pads, buses. GStreamer's own
 * tracer of leaks takes references of what it lists, also of what another thread
 * is about to free; this one only counts. (tests/leaks.py uses the other.) */
#ifndef __ALIVE_H__
#define __ALIVE_H__

#include <gst/gst.h>

G_BEGIN_DECLS

/* Counts from now on. May be called again. */
void alive_start (void);

/* Waits until none is left, since a thread of GStreamer's pool may hold one a
 * moment longer, but not for ever.
 * Returns: (transfer full) (nullable): the names of the types that are left */
gchar *alive_wait_for_none (void);

/* Returns: how many of the type are alive now */
guint alive_count (const gchar * type);

G_END_DECLS

#endif /* __ALIVE_H__ */
