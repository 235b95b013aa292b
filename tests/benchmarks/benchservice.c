/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "benchservice.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "veosim.h"

#define ID "bench-%u"
#define MAX_GAPS (1 << 20)
#define LOOK_US 5000

/* The service's thread writes, the benchmark reads; it alone writes generation. */
typedef struct
{
  gint polls;                   /* atomic */
  gint most_connections;
  gint generation;
  gint seen_generation;
  gint n_gaps;
  guint32 gaps_us[MAX_GAPS];
  struct
  {
    gint64 last;                /* monotonic time, which all processes share */
    gint polls;
  } tasks[];
} Shared;

struct _BenchService
{
  guint n;
  guint interval_ms;
  guint latency_ms;
  Shared *shared;
  gsize size;
  pid_t pid;
  gint control;                 /* the service lives until this is closed */
  VeoSim *sim;                  /* in the service's process only */
  gchar url[64];
};

gchar *
bench_service_get_id (guint task)
{
  return g_strdup_printf (ID, task);
}

/* In the service. */

static void
note_gap (BenchService * service, gint64 gap)
{
  Shared *shared = service->shared;
  gint64 late = MAX (gap - service->interval_ms * 1000, 0);

  if (shared->seen_generation != g_atomic_int_get (&shared->generation)) {
    shared->seen_generation = g_atomic_int_get (&shared->generation);
    g_atomic_int_set (&shared->n_gaps, 0);
    g_atomic_int_set (&shared->polls, 0);
  }
  g_atomic_int_inc (&shared->polls);
  if (shared->n_gaps == MAX_GAPS)
    return;
  shared->gaps_us[shared->n_gaps] = MIN (late, G_MAXUINT32);
  g_atomic_int_inc (&shared->n_gaps);
}

static void
note_connections (BenchService * service)
{
  VeoSimTraffic traffic;

  veo_sim_get_traffic (service->sim, &traffic);
  g_atomic_int_set (&service->shared->most_connections, traffic.max_open);
}

static void
note_poll (const gchar * line, gpointer data)
{
  BenchService *service = data;
  Shared *shared = service->shared;
  gint64 now = g_get_monotonic_time ();
  guint task;

  if (sscanf (line, "GET /v1/videos/" ID, &task) != 1 || task >= service->n)
    return;
  if (shared->tasks[task].last)
    note_gap (service, now - shared->tasks[task].last);
  shared->tasks[task].last = now;
  g_atomic_int_inc (&shared->tasks[task].polls);
  note_connections (service);
}

static void
add_tasks (BenchService * service)
{
  VeoSimAnswer slow = {.delay_ms = service->latency_ms };
  guint i;

  for (i = 0; i < service->n; i++) {
    g_autofree gchar *id = bench_service_get_id (i);

    veo_sim_add_task (service->sim, id, "processing");
    veo_sim_task_set_progress (service->sim, id, 50);
    if (service->latency_ms)
      veo_sim_script_status (service->sim, id, &slow);
  }
}

static G_GNUC_NORETURN void
serve (BenchService * service, gint report, gint control)
{
  g_autoptr (GError) error = NULL;
  gchar end;

  service->sim = veo_sim_new (NULL, &error);
  if (!service->sim) {
    g_printerr ("The stand-in service did not start: %s\n", error->message);
    _exit (EXIT_FAILURE);
  }
  add_tasks (service);
  veo_sim_set_log_func (service->sim, note_poll, service);
  g_strlcpy (service->url, veo_sim_get_url (service->sim),
      sizeof (service->url));
  if (write (report, service->url, sizeof (service->url)) < 0)
    _exit (EXIT_FAILURE);
  while (read (control, &end, 1) > 0);
  _exit (EXIT_SUCCESS);
}

/* In the benchmark. */

static gboolean
share_memory (BenchService * service)
{
  service->size = sizeof (Shared)
      + service->n * sizeof (service->shared->tasks[0]);
  service->shared = mmap (NULL, service->size, PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return service->shared != MAP_FAILED;
}

static gboolean
fork_service (BenchService * service)
{
  gint report[2], control[2];
  gboolean ready;

  /* no program that is started meanwhile keeps the service alive */
  if (!g_unix_open_pipe (report, FD_CLOEXEC, NULL)
      || !g_unix_open_pipe (control, FD_CLOEXEC, NULL))
    return FALSE;
  fflush (NULL);
  service->pid = fork ();
  if (service->pid == 0) {
    close (report[0]);
    close (control[1]);
    serve (service, report[1], control[0]);
  }
  close (report[1]);
  close (control[0]);
  service->control = control[1];
  ready = service->pid > 0
      && read (report[0], service->url, sizeof (service->url)) ==
      sizeof (service->url);
  close (report[0]);
  return ready;
}

BenchService *
bench_service_start (guint n, guint interval_ms, guint latency_ms)
{
  BenchService *service = g_new0 (BenchService, 1);

  service->n = n;
  service->interval_ms = interval_ms;
  service->latency_ms = latency_ms;
  if (share_memory (service) && fork_service (service))
    return service;
  g_printerr ("The stand-in service could not be started.\n");
  return NULL;
}

void
bench_service_stop (BenchService * service)
{
  close (service->control);
  waitpid (service->pid, NULL, 0);
  munmap (service->shared, service->size);
  g_free (service);
}

const gchar *
bench_service_get_url (BenchService * service)
{
  return service->url;
}

gboolean
bench_service_wait_polls (BenchService * service, guint first, guint n,
    guint polls, guint most_ms)
{
  gint64 limit = g_get_monotonic_time () + most_ms * G_TIME_SPAN_MILLISECOND;
  guint i = first;

  while (i < first + n) {
    if (g_atomic_int_get (&service->shared->tasks[i].polls) >= (gint) polls)
      i++;
    else if (g_get_monotonic_time () > limit)
      return FALSE;
    else
      g_usleep (LOOK_US);
  }
  return TRUE;
}

void
bench_service_reset (BenchService * service)
{
  g_atomic_int_inc (&service->shared->generation);
}

static gint
compare_gaps (gconstpointer a, gconstpointer b)
{
  guint32 first = *(const guint32 *) a, second = *(const guint32 *) b;

  return first < second ? -1 : first > second;
}

void
bench_service_view (BenchService * service, BenchServiceView * view)
{
  Shared *shared = service->shared;
  guint n = g_atomic_int_get (&shared->n_gaps);
  g_autofree guint32 *gaps = NULL;

  memset (view, 0, sizeof (*view));
  view->most_connections = g_atomic_int_get (&shared->most_connections);
  /* nothing came since the reset */
  if (shared->seen_generation != g_atomic_int_get (&shared->generation))
    return;
  view->polls = g_atomic_int_get (&shared->polls);
  if (n == 0)
    return;
  gaps = g_memdup2 (shared->gaps_us, n * sizeof (guint32));
  qsort (gaps, n, sizeof (guint32), compare_gaps);
  view->median_ms = gaps[n / 2] / 1e3;
  view->p99_ms = gaps[(n - 1) * 99 / 100] / 1e3;
  view->most_ms = gaps[n - 1] / 1e3;
}
