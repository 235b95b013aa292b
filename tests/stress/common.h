/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both programs need. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Before gst_init: the plugin of this build, unless the environment names
 * another; nothing of the user's settings. */
void stress_use_build (void);
/* After gst_init: FALSE when there is no veosrc, as was printed */
gboolean stress_find_plugin (void);
/* A clip of two seconds, made once. (transfer full): its path; NULL: it cannot
 * be made here, as was printed */
gchar *stress_make_clip (void);
/* Where a program writes what it finds; a new directory. (transfer full) */
gchar *stress_make_folder (void);
/* With what is in it */
void stress_remove_folder (const gchar * folder);

G_END_DECLS
