/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many trials side by side, in one process; each is a check of its own all the
 * same. */
#pragma once

#include <gst/check/gstcheck.h>
#include "trial.h"

G_BEGIN_DECLS

/* Runs in a thread of the pool, which has its own service. Returns: (transfer
 * full) (nullable): what is wrong */
typedef gchar *(*PoolFunc) (guint i, VeoSim * sim);

/* Names job i. Returns: (transfer none) */
typedef const gchar *(*PoolDescribeFunc) (guint i);

/* Jobs 0 to n - 1. They run with the first check: job 0 alone, then the others
 * in this order, so many at a time. */
void pool_plan (guint n, guint threads, PoolFunc func,
    PoolDescribeFunc describe);
/* Fails the test if job i had a problem */
void pool_check (guint i);
/* Fails the test unless this process has as many threads and descriptors as
 * after job 0, and no element or pad any more */
void pool_check_remains (void);

/* In place of GST_CHECK_MAIN: without a fork for each test, since all of them
 * look at the one pool */
gint pool_main (gint argc, gchar ** argv, Suite * (*make_suite) (void),
    const gchar * name);

G_END_DECLS
