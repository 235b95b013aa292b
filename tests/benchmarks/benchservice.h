/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in service in a process of its own, so that its cost does not
 * count. What it sees is in memory that both share. */
#ifndef __BENCH_SERVICE_H__
#define __BENCH_SERVICE_H__

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BenchService BenchService;

typedef struct
{
  guint polls;                  /* since the last reset */
  guint most_connections;       /* open at once, ever */
  gdouble median_ms, p99_ms, most_ms;   /* by how much the gap between a task's polls exceeded the interval */
} BenchServiceView;

/* Tasks 0 to n-1 that run for ever. interval_ms: how often each ought to be
 * asked for. latency_ms: how long an answer takes. Before the process has any
 * other thread; NULL when it failed. */
BenchService *bench_service_start (guint n, guint interval_ms,
    guint latency_ms);
void bench_service_stop (BenchService * service);
const gchar *bench_service_get_url (BenchService * service);
/* Of a task; (transfer full) */
gchar *bench_service_get_id (guint task);

/* Blocks until each of these tasks was asked for at least so often since the
 * start; FALSE when that took too long. */
gboolean bench_service_wait_polls (BenchService * service, guint first,
    guint n, guint polls, guint most_ms);
/* Forgets what was measured so far. */
void bench_service_reset (BenchService * service);
void bench_service_view (BenchService * service, BenchServiceView * view);

G_END_DECLS

#endif /* __BENCH_SERVICE_H__ */
