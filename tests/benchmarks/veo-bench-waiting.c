/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many veosrc elements that wait in one pipeline of one process, against a
 * service in another:
 *
 *   veo-bench-waiting [--quick] [--elements N] [--descriptors N] [--latency MS]
 *
 * Without --elements it runs once each for 1, 10, 100, 1,000 and 10,000. One
 * element waits in a pipeline of its own before all that is counted: what it
 * brings along is loaded once for the process and is told apart. */

#include <gst/gst.h>
#include <stdlib.h>

#include "bench.h"
#include "benchprocess.h"
#include "benchservice.h"

#define BENCHMARK "waiting"
#define INTERVAL_MS 5000
#define DESCRIPTORS 256
#define ROUNDS 3
#define QUICK_ROUNDS 2
#define PATIENCE_MS 120000
#define SETTLE_MS 5000
#define SAMPLE_MS 500
#define IDLE_THREADS_MS 1000
/* The one for which the goals are */
#define GOAL_ELEMENTS 1000

#define GOAL_THREADS 2
#define GOAL_MEMORY_KIB 16
#define GOAL_CONNECTIONS 8
#define GOAL_LATENESS_MS 250
#define GOAL_NULL_MS 1000

typedef struct
{
  gint n;
  gint rounds;
  gint latency_ms;
  BenchService *service;
  GstElement *one;              /* the element that waits before all others */
  GstElement *many;
  BenchUse nothing;             /* GStreamer is set up, nothing else */
  BenchUse first;               /* one element waits */
  BenchUse bare;                /* and all others are there, in READY */
  BenchUse most;                /* the most of each while they wait */
  gdouble cpu_ms;               /* of the rounds that were measured */
  gdouble ready_ms, started_ms, null_ms;
  BenchServiceView view;
} Bench;

static void
print (const Bench * bench, const gchar * metric, const gchar * unit,
    gdouble value, gdouble goal)
{
  g_autofree gchar *slow = bench->latency_ms
      ? g_strdup_printf (", answers after %d ms", bench->latency_ms) : NULL;
  g_autofree gchar *name = g_strdup_printf ("%d element%s%s", bench->n,
      bench->n == 1 ? "" : "s", slow ? slow : "");
  BenchResult result = { BENCHMARK, name, "veosrc", metric, unit, value,
    bench->n == GOAL_ELEMENTS && !slow ? goal : 0
  };

  bench_print (&result);
}

static void
print_all (const Bench * bench)
{
  print (bench, "threads beyond one element's", "threads",
      (gdouble) bench->most.threads - bench->first.threads, GOAL_THREADS);
  print (bench, "threads", "threads", bench->most.threads, 0);
  print (bench, "memory per task", "KiB",
      (bench->most.memory_kib - bench->bare.memory_kib) / bench->n,
      GOAL_MEMORY_KIB);
  print (bench, "memory per task, by malloc", "KiB",
      (bench->most.malloc_kib - bench->bare.malloc_kib) / bench->n,
      GOAL_MEMORY_KIB);
  print (bench, "memory of a bare element", "KiB",
      (bench->bare.memory_kib - bench->first.memory_kib) / bench->n, 0);
  print (bench, "memory loaded once", "KiB",
      bench->first.pss_kib - bench->nothing.pss_kib, 0);
  print (bench, "connections", "connections", bench->view.most_connections,
      GOAL_CONNECTIONS);
  print (bench, "descriptors", "descriptors", bench->most.descriptors, 0);
  print (bench, "lateness p50", "ms", bench->view.median_ms, 0);
  print (bench, "lateness p99", "ms", bench->view.p99_ms, GOAL_LATENESS_MS);
  print (bench, "lateness max", "ms", bench->view.most_ms, 0);
  print (bench, "CPU per poll", "ms", bench->cpu_ms / MAX (bench->view.polls,
          1), 0);
  /* one of the three steps of a bin that size, in which veosrc does nothing */
  print (bench, "NULL to READY of all", "ms", bench->ready_ms, 0);
  print (bench, "all polled once", "ms", bench->started_ms, 0);
  print (bench, "NULL of all", "ms", bench->null_ms, GOAL_NULL_MS);
}

static gdouble
since_ms (gint64 start)
{
  return (g_get_monotonic_time () - start) / 1e3;
}

static GstElement *
make_pipeline (Bench * bench, guint first, guint n)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  guint i;

  for (i = first; i < first + n; i++) {
    g_autofree gchar *id = bench_service_get_id (i);
    GstElement *element = gst_element_factory_make ("veosrc", NULL);

    if (!element) {
      g_printerr ("There is no element veosrc: is GST_PLUGIN_PATH right?\n");
      exit (EXIT_FAILURE);
    }
    g_object_set (element, "task-id", id, "api-key", "sk-bench",
        "base-url", bench_service_get_url (bench->service),
        "min-poll-interval", INTERVAL_MS, "max-poll-interval", INTERVAL_MS,
        NULL);
    gst_bin_add (GST_BIN (pipeline), element);
  }
  return pipeline;
}

/* An application takes its messages; an error spoils what is measured. */
static gboolean
take_messages (GstElement * pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  gboolean good = TRUE;

  while ((message = gst_bus_pop (bus))) {
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
      g_autoptr (GError) error = NULL;

      gst_message_parse_error (message, &error, NULL);
      g_printerr ("%s\n", error->message);
      good = FALSE;
    }
    gst_message_unref (message);
  }
  return good;
}

/* Blocks until each was asked for so often. */
static gboolean
wait_polls (Bench * bench, GstElement * pipeline, guint first, guint n,
    guint polls)
{
  gint64 limit = g_get_monotonic_time ()
      + PATIENCE_MS * G_TIME_SPAN_MILLISECOND;

  while (g_get_monotonic_time () < limit) {
    if (!take_messages (pipeline))
      return FALSE;
    if (bench_service_wait_polls (bench->service, first, n, polls, SAMPLE_MS))
      return TRUE;
  }
  g_printerr ("Not all tasks were asked for in time.\n");
  return FALSE;
}

static void
note_most (BenchUse * most, const BenchUse * use)
{
  most->threads = MAX (most->threads, use->threads);
  most->descriptors = MAX (most->descriptors, use->descriptors);
  most->memory_kib = MAX (most->memory_kib, use->memory_kib);
  most->malloc_kib = MAX (most->malloc_kib, use->malloc_kib);
}

/* The element that is first, with all that it loads. */
static gboolean
start_one (Bench * bench)
{
  bench_process_settle (SETTLE_MS);
  bench_process_read (0, &bench->nothing);
  bench->one = make_pipeline (bench, bench->n, 1);
  gst_element_set_state (bench->one, GST_STATE_PLAYING);
  if (!wait_polls (bench, bench->one, bench->n, 1, 1))
    return FALSE;
  bench_process_settle (SETTLE_MS);
  bench_process_read (0, &bench->first);
  return TRUE;
}

static void
make_many (Bench * bench)
{
  gint64 start;

  bench->many = make_pipeline (bench, 0, bench->n);
  start = g_get_monotonic_time ();
  gst_element_set_state (bench->many, GST_STATE_READY);
  bench->ready_ms = since_ms (start);
  take_messages (bench->many);
  bench_process_settle (SETTLE_MS);
  bench_process_read (0, &bench->bare);
  bench->most = bench->bare;
}

/* A thread that looked up a proxy for a new connection is kept by GLib for 15 s
 * without work: it is none of those that wait. */
static void
let_idle_threads_go (void)
{
  g_usleep (IDLE_THREADS_MS * G_TIME_SPAN_MILLISECOND);
  g_thread_pool_stop_unused_threads ();
  g_usleep (IDLE_THREADS_MS / 10 * G_TIME_SPAN_MILLISECOND);
}

static gboolean
start_many (Bench * bench)
{
  gint64 start = g_get_monotonic_time ();

  gst_element_set_state (bench->many, GST_STATE_PLAYING);
  if (!wait_polls (bench, bench->many, 0, bench->n, 1))
    return FALSE;
  bench->started_ms = since_ms (start);
  let_idle_threads_go ();
  return TRUE;
}

/* The rounds that are measured, after the first one; looking costs CPU of its own. */
static gboolean
watch_rounds (Bench * bench)
{
  gdouble cpu = bench_process_get_cpu_ms ();
  gdouble own = bench_process_get_thread_cpu_ms ();
  gint64 end = g_get_monotonic_time () + bench->rounds * INTERVAL_MS
      * G_TIME_SPAN_MILLISECOND;
  BenchUse use;

  bench_service_reset (bench->service);
  while (g_get_monotonic_time () < end) {
    if (!take_messages (bench->many))
      return FALSE;
    bench_process_read (0, &use);
    note_most (&bench->most, &use);
    g_usleep (SAMPLE_MS * G_TIME_SPAN_MILLISECOND);
  }
  bench_service_view (bench->service, &bench->view);
  bench->cpu_ms = bench_process_get_cpu_ms () - cpu
      - (bench_process_get_thread_cpu_ms () - own);
  return TRUE;
}

static void
stop_all (Bench * bench)
{
  gint64 start = g_get_monotonic_time ();

  gst_element_set_state (bench->many, GST_STATE_NULL);
  bench->null_ms = since_ms (start);
  gst_object_unref (bench->many);
  gst_element_set_state (bench->one, GST_STATE_NULL);
  gst_object_unref (bench->one);
}

static gboolean
run (Bench * bench)
{
  if (!start_one (bench))
    return FALSE;
  make_many (bench);
  if (!start_many (bench) || !watch_rounds (bench))
    return FALSE;
  stop_all (bench);
  print_all (bench);
  return TRUE;
}

/* The service is a fork: it comes before GStreamer and its threads. */
static gboolean
run_alone (gint n, gint descriptors, gint latency, gboolean quick)
{
  Bench bench = { n, n == GOAL_ELEMENTS && !quick ? ROUNDS : QUICK_ROUNDS };
  gboolean good;

  bench.latency_ms = latency;
  if (!bench_process_limit_descriptors (descriptors)) {
    g_printerr ("The limit of descriptors could not be set.\n");
    return FALSE;
  }
  bench.service = bench_service_start (n + 1, INTERVAL_MS, latency);
  if (!bench.service)
    return FALSE;
  bench_use_build ();
  gst_init (NULL, NULL);
  good = run (&bench);
  bench_service_stop (bench.service);
  return good;
}

static gboolean
run_growth (gint descriptors, gint latency, gboolean quick)
{
  static const gint steps[] = { 1, 10, 100, 1000, 10000 };
  g_autofree gchar *limit = g_strdup_printf ("--descriptors=%d", descriptors);
  g_autofree gchar *delay = g_strdup_printf ("--latency=%d", latency);
  gboolean good = TRUE;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (steps) - (quick ? 1 : 0); i++) {
    g_autofree gchar *elements = g_strdup_printf ("--elements=%d", steps[i]);
    const gchar *args[] = { elements, limit, delay, quick ? "--quick" : NULL,
      NULL
    };

    good = bench_process_run_fresh (args) && good;
  }
  return good;
}

int
main (int argc, char **argv)
{
  gint n = 0, descriptors = DESCRIPTORS, latency = 0;
  gboolean quick = FALSE, good;
  const GOptionEntry entries[] = {
    {"elements", 'n', 0, G_OPTION_ARG_INT, &n,
        "How many elements wait (1, 10, 100, 1000 and 10000)", "N"},
    {"descriptors", 'd', 0, G_OPTION_ARG_INT, &descriptors,
        "The limit of descriptors (256)", "N"},
    {"latency", 'l', 0, G_OPTION_ARG_INT, &latency,
        "How long the service takes to answer in ms (0)", "MS"},
    {"quick", 'q', 0, G_OPTION_ARG_NONE, &quick,
        "Shorter, and at most 1000 elements", NULL},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }
  good = n > 0 ? run_alone (n, descriptors, latency, quick)
      : run_growth (descriptors, latency, quick);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
