/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How many descriptors of this process are open and no file: sockets, pipes,
 * what wakes threads. Polls open no file, but ThreadSanitizer does for its
 * first report, and keeps it open. */
guint count_descriptors (void);

G_END_DECLS
