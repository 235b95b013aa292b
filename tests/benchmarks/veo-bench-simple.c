/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two ways in which tasks are watched without veosrc, measured as
 * veo-bench-waiting measures it:
 *
 *   veo-bench-simple [--quick] [--tasks N]     each task has a thread, a main context and a session
 *   veo-bench-simple --curl                    each task has a shell that starts curl and sleep in turn
 *
 * Of the threads there are ten within 256 descriptors, and then 1,000, for
 * which that limit must be lifted. Of the shells there are ten, and what 1,000
 * would cost is reckoned from them and labelled so. */

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "benchprocess.h"
#include "benchservice.h"

#define BENCHMARK "waiting"
#define INTERVAL_MS 5000
#define ROUNDS 2
#define DESCRIPTORS 256
#define MANY_DESCRIPTORS 16384
#define MANY 1000
/* From so many it is seen what one costs */
#define PROBES 10
#define PATIENCE_MS 60000
#define SETTLE_MS 5000
#define SAMPLE_MS 500

typedef struct
{
  const gchar *url;
  gchar *id;
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  SoupSession *session;
} Task;

typedef struct
{
  const gchar *peer;
  gint n;
  BenchService *service;
  BenchUse before, most;
  gdouble cpu_ms, stop_ms;
  BenchServiceView view;
} Bench;

static void
print_as (const gchar * name, const gchar * peer, const gchar * metric,
    const gchar * unit, gdouble value)
{
  BenchResult result = { BENCHMARK, name, peer, metric, unit, value };

  bench_print (&result);
}

static void
print (const Bench * bench, const gchar * metric, const gchar * unit,
    gdouble value)
{
  g_autofree gchar *name = g_strdup_printf ("%d tasks", bench->n);

  print_as (name, bench->peer, metric, unit, value);
}

static void
print_waiting (const Bench * bench)
{
  print (bench, "connections", "connections", bench->view.most_connections);
  print (bench, "lateness p50", "ms", bench->view.median_ms);
  print (bench, "lateness p99", "ms", bench->view.p99_ms);
  print (bench, "lateness max", "ms", bench->view.most_ms);
  print (bench, "CPU per poll", "ms", bench->cpu_ms / MAX (bench->view.polls,
          1));
  print (bench, "end of all", "ms", bench->stop_ms);
}

/* One thread a task. */

static gboolean ask (gpointer data);

static void
ask_later (Task * task)
{
  GSource *source = g_timeout_source_new (INTERVAL_MS);

  g_source_set_callback (source, ask, task, NULL);
  g_source_attach (source, task->context);
  g_source_unref (source);
}

static void
answered (GObject * session, GAsyncResult * result, gpointer data)
{
  Task *task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body =
      soup_session_send_and_read_finish (SOUP_SESSION (session), result,
      &error);
  g_autoptr (JsonParser) parser = json_parser_new ();

  if (!body || !json_parser_load_from_data (parser, g_bytes_get_data (body,
              NULL), g_bytes_get_size (body), &error))
    g_printerr ("%s: %s\n", task->id, error->message);
  else if (!json_object_has_member (json_node_get_object (json_parser_get_root
              (parser)), "status"))
    g_printerr ("%s: no status\n", task->id);
  ask_later (task);
}

static gboolean
ask (gpointer data)
{
  Task *task = data;
  g_autofree gchar *url = g_strdup_printf ("%s/v1/videos/%s", task->url,
      task->id);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);

  soup_message_headers_replace (soup_message_get_request_headers (message),
      "Authorization", "Bearer sk-bench");
  soup_session_send_and_read_async (task->session, message,
      G_PRIORITY_DEFAULT, NULL, answered, task);
  return G_SOURCE_REMOVE;
}

static gpointer
task_run (gpointer data)
{
  Task *task = data;

  g_main_context_push_thread_default (task->context);
  task->session = soup_session_new ();
  ask (task);
  g_main_loop_run (task->loop);
  g_clear_object (&task->session);
  g_main_context_pop_thread_default (task->context);
  return NULL;
}

static void
task_start (Task * task, const gchar * url, guint number)
{
  task->url = url;
  task->id = bench_service_get_id (number);
  task->context = g_main_context_new ();
  task->loop = g_main_loop_new (task->context, FALSE);
  task->thread = g_thread_new ("task", task_run, task);
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
task_tell_to_stop (Task * task)
{
  GSource *source = g_idle_source_new ();

  g_source_set_callback (source, quit, task->loop, NULL);
  g_source_attach (source, task->context);
  g_source_unref (source);
}

static void
task_clear (Task * task)
{
  g_thread_join (task->thread);
  g_main_loop_unref (task->loop);
  g_main_context_unref (task->context);
  g_free (task->id);
}

static void
stop_tasks (Bench * bench, Task * tasks, guint n)
{
  gint64 start = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < n; i++)
    task_tell_to_stop (&tasks[i]);
  for (i = 0; i < n; i++)
    task_clear (&tasks[i]);
  bench->stop_ms = (g_get_monotonic_time () - start) / 1e3;
}

static void
note_most (BenchUse * most)
{
  BenchUse use;

  bench_process_read (0, &use);
  most->threads = MAX (most->threads, use.threads);
  most->descriptors = MAX (most->descriptors, use.descriptors);
  most->memory_kib = MAX (most->memory_kib, use.memory_kib);
}

/* As veo-bench-waiting does it; looking costs CPU of its own. */
static void
watch_rounds (Bench * bench)
{
  gdouble cpu = bench_process_get_cpu_ms ();
  gdouble own = bench_process_get_thread_cpu_ms ();
  gint64 end = g_get_monotonic_time () + ROUNDS * INTERVAL_MS
      * G_TIME_SPAN_MILLISECOND;

  bench_service_reset (bench->service);
  while (g_get_monotonic_time () < end) {
    note_most (&bench->most);
    g_usleep (SAMPLE_MS * G_TIME_SPAN_MILLISECOND);
  }
  bench_service_view (bench->service, &bench->view);
  bench->cpu_ms = bench_process_get_cpu_ms () - cpu
      - (bench_process_get_thread_cpu_ms () - own);
}

static void
print_threads (const Bench * bench)
{
  gdouble n = bench->n;

  print (bench, "threads", "threads", bench->most.threads);
  print (bench, "memory per task", "KiB",
      (bench->most.memory_kib - bench->before.memory_kib) / n);
  print (bench, "descriptors", "descriptors", bench->most.descriptors);
  print (bench, "descriptors per task", "descriptors",
      ((gdouble) bench->most.descriptors - bench->before.descriptors) / n);
  print_waiting (bench);
}

/* Task 0 comes before all that is counted, and stays. */
static gboolean
run_threads (Bench * bench)
{
  const gchar *url = bench_service_get_url (bench->service);
  g_autofree Task *tasks = g_new0 (Task, bench->n + 1);
  gboolean good;
  gint i;

  task_start (&tasks[0], url, 0);
  good = bench_service_wait_polls (bench->service, 0, 1, 1, PATIENCE_MS);
  bench_process_settle (SETTLE_MS);
  bench_process_read (0, &bench->before);
  bench->most = bench->before;
  for (i = 1; i <= bench->n; i++)
    task_start (&tasks[i], url, i);
  good = good && bench_service_wait_polls (bench->service, 1, bench->n, 1,
      PATIENCE_MS);
  if (good)
    watch_rounds (bench);
  stop_tasks (bench, tasks, bench->n + 1);
  return good;
}

static gboolean
measure_threads (Bench * bench, gint n, guint descriptors)
{
  gboolean good;

/* *INDENT-OFF* */
  *bench = (Bench) { "simple", n };
/* *INDENT-ON* */
  if (!bench_process_limit_descriptors (descriptors)) {
    g_printerr ("This machine allows no %u descriptors.\n", descriptors);
    return FALSE;
  }
  bench->service = bench_service_start (n + 1, INTERVAL_MS, 0);
  if (!bench->service)
    return FALSE;
  good = run_threads (bench);
  bench_service_stop (bench->service);
  return good;
}

/* Without room for the next one GLib ends the process: so how many go is reckoned. */
static void
print_limit (const Bench * bench)
{
  gdouble each = ((gdouble) bench->most.descriptors
      - bench->before.descriptors) / bench->n;
  BenchResult result = { BENCHMARK, "tasks in 256 descriptors, extrapolated",
    bench->peer, "tasks", "tasks",
    (DESCRIPTORS - bench->before.descriptors) / each, 0, TRUE
  };

  bench_print (&result);
}

static gboolean
run_alone (gint n)
{
  Bench bench;

  if (!measure_threads (&bench, n, n > PROBES ? MANY_DESCRIPTORS : DESCRIPTORS))
    return FALSE;
  print_threads (&bench);
  if (n <= PROBES)
    print_limit (&bench);
  return TRUE;
}

/* The service is a fork: each wants a process without threads. */
static gboolean
run_all (gboolean quick)
{
  const gchar *probe[] = { "--tasks=10", NULL };
  const gchar *many[] = { "--tasks=1000", NULL };

  return bench_process_run_fresh (probe)
      && (quick || bench_process_run_fresh (many));
}

/* One shell a task. */

static pid_t
shell_start (const gchar * url, guint number)
{
  static const gchar script[] =
      "while curl -s -o /dev/null \"$0\"; do sleep \"$1\"; done";
  g_autofree gchar *id = bench_service_get_id (number);
  g_autofree gchar *address = g_strdup_printf ("%s/v1/videos/%s", url, id);
  g_autofree gchar *seconds = g_strdup_printf ("%g", INTERVAL_MS / 1e3);
  pid_t pid = fork ();

  if (pid == 0) {
    setpgid (0, 0);
    execlp ("sh", "sh", "-c", script, address, seconds, NULL);
    _exit (127);
  }
  return pid;
}

/* The shell's children, which are in its group. */
static gdouble
read_group_memory_kib (pid_t group)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  gdouble sum = 0;
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    pid_t pid = atoi (name);
    BenchUse use;

    if (pid <= 0 || getpgid (pid) != group)
      continue;
    bench_process_read (pid, &use);
    sum += use.pss_kib;
  }
  return sum;
}

static void
stop_shells (Bench * bench, const pid_t * shells)
{
  gint64 start = g_get_monotonic_time ();
  gint i;

  for (i = 0; i < bench->n; i++) {
    kill (-shells[i], SIGTERM);
    waitpid (shells[i], NULL, 0);
  }
  bench->stop_ms = (g_get_monotonic_time () - start) / 1e3;
}

static gboolean
run_shells (Bench * bench)
{
  const gchar *url = bench_service_get_url (bench->service);
  pid_t shells[PROBES];
  gboolean good;
  gint i;

  for (i = 0; i < bench->n; i++)
    shells[i] = shell_start (url, i);
  /* CPU is known only of shells that ended: all polls count. */
  good = bench_service_wait_polls (bench->service, 0, bench->n, ROUNDS + 1,
      PATIENCE_MS);
  /* most of the time they sleep, so a look at any moment tells what waiting costs */
  for (i = 0; i < bench->n; i++)
    bench->most.memory_kib += read_group_memory_kib (shells[i]);
  bench_service_view (bench->service, &bench->view);
  stop_shells (bench, shells);
  bench->cpu_ms = bench_process_get_children_cpu_ms ();
  return good;
}

static gboolean
measure_shells (void)
{
  static const gchar reckoned[] = "1000 tasks, extrapolated from 10";
  Bench bench = { "curl", PROBES };
  g_autofree gchar *curl = g_find_program_in_path ("curl");
  gdouble memory;
  gboolean good;

  if (!curl) {
    g_printerr ("There is no curl: it is left out.\n");
    return TRUE;
  }
  bench.service = bench_service_start (PROBES, INTERVAL_MS, 0);
  if (!bench.service)
    return FALSE;
  good = run_shells (&bench);
  if (good) {
    memory = bench.most.memory_kib / PROBES;
    /* the first polls are no gaps, and are not in the view */
    bench.cpu_ms *= bench.view.polls / (bench.view.polls + (gdouble) PROBES);
    print (&bench, "memory per task", "KiB", memory);
    print_waiting (&bench);
    print_as (reckoned, bench.peer, "memory", "KiB", memory * MANY);
    print_as (reckoned, bench.peer, "processes", "processes", 2.0 * MANY);
  }
  bench_service_stop (bench.service);
  return good;
}

int
main (int argc, char **argv)
{
  gboolean curl = FALSE, quick = FALSE, good;
  gint n = 0;
  const GOptionEntry entries[] = {
    {"curl", 0, 0, G_OPTION_ARG_NONE, &curl,
        "Measure shells that start curl instead", NULL},
    {"tasks", 'n', 0, G_OPTION_ARG_INT, &n,
        "How many threads wait (10 and 1000)", "N"},
    {"quick", 'q', 0, G_OPTION_ARG_NONE, &quick,
        "Leave out the thousand threads", NULL},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }
  if (curl)
    good = measure_shells ();
  else
    good = n > 0 ? run_alone (n) : run_all (quick);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
