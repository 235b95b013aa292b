/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What GStreamer alone makes of the local file: the measure of every download. */
#pragma once

#include "clips.h"
#include "recording.h"

G_BEGIN_DECLS

/* All of it; played once for each clip and output. Any thread. NULL: *problem
 * says what went wrong (transfer full). (transfer none) */
Recording *reference_get (const Clip * clip, Output output, gchar ** problem);
/* The same, after a flushing seek from PAUSED */
Recording *reference_get_after_seek (const Clip * clip, Output output,
    GstClockTime to, GstSeekFlags flags, gchar ** problem);

G_END_DECLS
