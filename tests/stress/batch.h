/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process for some starts, so that one that crashes or hangs ends nothing
 * else. It prints a line before and after each thing it does; the parent reads
 * them. */
#pragma once

#include <glib.h>

#include "plan.h"

G_BEGIN_DECLS

/* Exit status of a process in which nothing can be started at all */
#define BATCH_IMPOSSIBLE 3
/* Seconds without a line of a process after which it hangs */
#define BATCH_PATIENCE 60

/* Over all batches of one kind */
typedef struct
{
  gboolean control;
  guint starts;
  guint phases[N_PHASES];
  guint actions[N_ACTIONS];
  guint stops[N_STOPS];
  guint crashes_theirs;         /* in libsoup, with nothing of ours above it */
  guint crashes;                /* anywhere else */
  guint hangs;
  guint leaks;
  guint late;                   /* messages after NULL */
  gdouble longest_ms;           /* to NULL */
} BatchTally;

/* In the process: the starts of these numbers. What it returns is its exit status. */
gint batch_play (const gchar * clip, guint32 seed, guint runs,
    gboolean control);

/* In the parent: the same in a process of its own. Returns: how many were begun */
guint batch_run (const gchar * program, const gchar * clip, guint32 seed,
    guint runs, BatchTally * tally);

G_END_DECLS
