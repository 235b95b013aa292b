/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that a pipeline shows to who looks at it: the text a secret must not be in. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* From now on the log of all veo categories, at the highest level, is kept
 * instead of printed. */
void exposure_start_log (void);
/* What was logged since; the log is as before. (transfer full) */
gchar *exposure_stop_log (void);

/* Appends dot files, every readable property, sticky event and context of
 * pipeline and all that is in it. Of the properties (not of the dot files) it
 * leaves out veosrc's video-url, which exists to tell the link. */
void exposure_look (GString * seen, GstElement * pipeline);

G_END_DECLS
