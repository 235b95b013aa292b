/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the benchmark programs share: results as lines of JSON, medians, fresh
 * processes, a service that they and their peers are measured against. */
#pragma once

#include <gio/gio.h>

#include "veosim.h"

G_BEGIN_DECLS

/* One value that was measured; a line of JSON on stdout. */
typedef struct
{
  const gchar *benchmark;       /* "first-frame" */
  const gchar *name;            /* the case: what was done */
  const gchar *peer;            /* who did it; NULL for a ratio */
  const gchar *metric;
  const gchar *unit;
  gdouble value;
  gdouble goal;                 /* 0: none */
  gboolean higher_is_better;
} BenchResult;

void bench_print (const BenchResult * result);
/* A line with the metric `ratio` (or another): ours / peer's, no unit. */
void bench_print_ratio (const gchar * benchmark, const gchar * name,
    const gchar * metric, gdouble ours, gdouble peers, gdouble goal);

/* Of doubles. */
GArray *bench_samples_new (void);
void bench_samples_add (GArray * samples, gdouble value);
/* NAN of none. */
gdouble bench_median (GArray * samples);
gdouble bench_min (GArray * samples);
gdouble bench_max (GArray * samples);

/* This program once more, in a fresh process. */
typedef struct _BenchChild BenchChild;

/* args: without the program's name, NULL-terminated. */
BenchChild *bench_child_start (const gchar * const *args, GError ** error);
/* Waits for its end. FALSE when it failed or crashed. */
gboolean bench_child_finish (BenchChild * child, GError ** error);
/* What the process printed with bench_child_tell; NAN when it did not. */
gdouble bench_child_get (BenchChild * child, const gchar * name);
/* Seconds of CPU, the user's and the system's, from exec to exit. */
gdouble bench_child_get_cpu (BenchChild * child);
void bench_child_free (BenchChild * child);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchChild, bench_child_free)
/* Start and finish; NULL on failure. */
BenchChild *bench_child_run (const gchar * const *args, GError ** error);

/* In the child. */
void bench_child_tell (const gchar * name, gdouble value);
/* A field of /proc/self/status ("VmHWM:") or smaps_rollup ("Pss:"), in bytes. */
gdouble bench_read_memory (const gchar * file, const gchar * field);

/* Before gst_init: the plugin of the build that this program belongs to,
 * unless the environment names another. */
void bench_use_build (void);
/* A path in a directory that is removed by bench_clean_up; VEO_BENCH_CLIPS
 * names one that stays. */
const gchar *bench_get_directory (void);
void bench_clean_up (void);
/* Rendered there, once. */
GBytes *bench_get_clip (const VeoSimClipOptions * options, GError ** error);

G_END_DECLS
