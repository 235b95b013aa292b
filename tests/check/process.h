/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this process holds. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All threads, or (name not NULL) those whose names begin so; one that has just
 * been made does not bear its name yet. */
guint count_threads (const gchar * name);
/* All that is open, but not the file that ThreadSanitizer opens for its first
 * report and keeps open. */
guint count_descriptors (void);

G_END_DECLS
