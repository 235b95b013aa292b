/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An answer that has arrived in a thread of libsoup's and is not told yet. A send that
 * is cancelled then crashes: soup_session_send_finish() finds the cancellation, takes
 * the request apart, and then drops the answer, which wants to skip what is left of its
 * body by the request that is no more (libsoup 3.2 to 3.6). Here is a way to cancel
 * before or after. Links no libsoup; what it has to know it learns from signals.
 */

/* Begins to look, once libsoup's types are there; before, and later, it does nothing. */
void gst_veo_arrival_watch (void);

/* Waits until no answer is just arriving, at most so long (us), and keeps all from
 * arriving until gst_veo_arrival_end_pause(). What is done between must not wait. */
void gst_veo_arrival_begin_pause (gint64 longest);

void gst_veo_arrival_end_pause (void);

G_END_DECLS
