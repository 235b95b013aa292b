/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in service in a process of its own, so that its threads, its
 * memory and its crashes are not ours. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _Standin Standin;

/* A fork: before the process has any other thread. It delivers the file clip.
 * NULL when it failed. */
Standin *standin_start (const gchar * clip);
void standin_stop (Standin * standin);
const gchar *standin_get_url (Standin * standin);
/* A task whose troubles are those of the plan of this number. Returns when it
 * is there. (transfer full): its id */
gchar *standin_add_task (Standin * standin, guint32 seed, gboolean lives);
void standin_remove_task (Standin * standin, guint32 seed);

G_END_DECLS
