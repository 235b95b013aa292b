/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "veosimclip.h"

G_BEGIN_DECLS

/* options without defaults: every number is set */
gboolean veo_sim_clip_pipeline_check (const VeoSimClipOptions * options, GError ** error);
gboolean veo_sim_clip_pipeline_run (const VeoSimClipOptions * options, const gchar * path,
    VeoSimClipProgress progress, gpointer user_data, GCancellable * cancellable, GError ** error);

G_END_DECLS
