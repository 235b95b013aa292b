/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a process costs, read from /proc. */
#ifndef __BENCH_PROCESS_H__
#define __BENCH_PROCESS_H__

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

typedef struct
{
  guint threads;
  guint descriptors;
  gdouble memory_kib;           /* pages that are its own: private and dirty */
  gdouble pss_kib;              /* with its part of the files that others have mapped too */
  gdouble malloc_kib;           /* in use by malloc's account; of this process only */
} BenchUse;

/* pid 0: this process */
void bench_process_read (pid_t pid, BenchUse * use);
/* CPU of the whole process, of the calling thread, of children that ended, in ms */
gdouble bench_process_get_cpu_ms (void);
gdouble bench_process_get_thread_cpu_ms (void);
gdouble bench_process_get_children_cpu_ms (void);
/* Gives back what is free, ends GLib's idle threads and blocks until the
 * process does nothing any more, at most so long. */
void bench_process_settle (guint most_ms);
/* This program once more, with these arguments; it prints what it found itself. */
gboolean bench_process_run_fresh (const gchar * const *args);
/* At most so many descriptors from now on, also for children */
gboolean bench_process_limit_descriptors (guint limit);

G_END_DECLS

#endif /* __BENCH_PROCESS_H__ */
