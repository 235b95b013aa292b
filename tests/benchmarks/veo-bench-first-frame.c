/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How soon the first picture is there, at a fakesink.
 *
 * Each run is a process of its own, which says when it did what by the
 * monotonic clock, the same for all processes; the service is this one.
 *
 * completed to first frame: veosrc, which has waited for some seconds, from the
 * arrival of the poll that is answered `completed`; beside it uridecodebin,
 * which is given the link, from the state change of its pipeline, after
 * gst_init and after the elements were made.
 * task that was done before: veosrc as uridecodebin there.
 * end of a task: from the moment at which a task that tells a linear progress
 * is really done, with default settings. */
#include <gst/gst.h>
#include <math.h>

#include "bench.h"

#define BENCHMARK "first-frame"
#define GOAL_RATIO 0.35
#define GOAL_DELAY 1500.0       /* ms */
#define GOAL_POLLS 12.0

typedef struct
{
  gint runs;
  gint task_seconds;
  gint long_seconds;
  gint long_tasks;
  gboolean quick;
  gchar *child;                 /* whom this process is to play */
  gchar *url;
  gchar *task;
} Options;

static Options options = {.runs = 11,.task_seconds = 5,.long_seconds = 40,
  .long_tasks = 9
};

static const GOptionEntry entries[] = {
  {"runs", 0, 0, G_OPTION_ARG_INT, &options.runs, "Runs of each (11)", "N"},
  {"task-seconds", 0, 0, G_OPTION_ARG_INT, &options.task_seconds,
      "How long the tasks of the comparison take (5)", "S"},
  {"long-seconds", 0, 0, G_OPTION_ARG_INT, &options.long_seconds,
      "How long the tasks with progress take, about (40)", "S"},
  {"long-tasks", 0, 0, G_OPTION_ARG_INT, &options.long_tasks,
      "How many of them, at the same time; 0: none (9)", "N"},
  {"quick", 0, 0, G_OPTION_ARG_NONE, &options.quick,
      "Few and short runs, to see that it works", NULL},
  {"child", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.child, NULL,
      NULL},
  {"url", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.url, NULL,
      NULL},
  {"task", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.task, NULL,
      NULL},
  {NULL}
};

/* The child: plays until the first picture. */

static GstPadProbeReturn
note_first (GstPad * pad, GstPadProbeInfo * info, gpointer pipeline)
{
  gint64 now = g_get_monotonic_time ();

  gst_element_post_message (pipeline,
      gst_message_new_application (pipeline, gst_structure_new ("first",
              "time", G_TYPE_INT64, now, NULL)));
  return GST_PAD_PROBE_REMOVE;
}

static void
link_pad (GstElement * source, GstPad * pad, gpointer pipeline)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);

  g_object_set (sink, "sync", TRUE, NULL);
  gst_bin_add (pipeline, sink);
  gst_pad_link (pad, sink_pad);
  if (g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps,
                  0)), "video/"))
    gst_pad_add_probe (sink_pad, GST_PAD_PROBE_TYPE_BUFFER, note_first,
        pipeline, NULL);
  gst_element_sync_state_with_parent (sink);
}

static GstElement *
make_source (void)
{
  GstElement *source = gst_element_factory_make (options.child, NULL);

  if (!source)
    g_error ("no %s", options.child);
  if (options.task)
    g_object_set (source, "base-url", options.url, "task-id", options.task,
        NULL);
  else
    g_object_set (source, "uri", options.url, NULL);
  return source;
}

static int
run_child (void)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *source = make_source ();
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  gint64 started, first = 0;

  gst_bin_add (GST_BIN (pipeline), source);
  g_signal_connect (source, "pad-added", G_CALLBACK (link_pad), pipeline);
  started = g_get_monotonic_time ();
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_APPLICATION | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_APPLICATION)
    gst_structure_get_int64 (gst_message_get_structure (message), "time",
        &first);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  bench_child_tell ("started", started);
  bench_child_tell ("first", first);
  return first ? 0 : 1;
}

/* The parent: the service, and the sums. */

static GBytes *
render (GError ** error)
{
  VeoSimClipOptions clip = {.seconds = options.quick ? 2 : 8,
    .width = options.quick ? 160 : 720,.height = options.quick ? 120 : 1280
  };

  return bench_get_clip (&clip, error);
}

static gchar *
dup_status_path (const gchar * task)
{
  return g_strdup_printf ("/v1/videos/%s", task);
}

/* When the last poll for task arrived, us; NAN: there was none. */
static gdouble
find_last_poll (VeoSim * sim, const gchar * task, guint * polls)
{
  g_autofree gchar *path = dup_status_path (task);
  gdouble last = NAN;

  *polls = 0;
  for (guint i = 0;; i++) {
    g_auto (VeoSimRequest) request = { 0 };

    if (!veo_sim_get_request (sim, "GET", path, i, &request))
      return last;
    if (!g_str_equal (request.path, path))
      continue;
    last = request.time;
    ++*polls;
  }
}

static BenchChild *
start_veosrc (VeoSim * sim, const gchar * task, GError ** error)
{
  const gchar *args[] = { "--child=veosrc", "--url", veo_sim_get_url (sim),
    "--task", task, NULL
  };

  return bench_child_start (args, error);
}

static void
add_task (VeoSim * sim, const gchar * task, guint duration_ms)
{
  veo_sim_add_task (sim, task, "queued");
  veo_sim_task_set_link_kind (sim, task, VEO_SIM_LINK_CONTENT);
  veo_sim_task_run (sim, task, duration_ms);
}

/* From `completed`; ms. */
static gboolean
measure_waiting (VeoSim * sim, guint run, GArray * samples, GError ** error)
{
  g_autofree gchar *task = g_strdup_printf ("video_run%u", run);
  g_autoptr (BenchChild) child = NULL;
  gdouble took;
  guint polls;

  add_task (sim, task, options.task_seconds * 1000);
  child = start_veosrc (sim, task, error);
  if (!child || !bench_child_finish (child, error))
    return FALSE;
  took = (bench_child_get (child, "first")
      - find_last_poll (sim, task, &polls)) / 1000;
  g_printerr ("run %u: veosrc, which waited, %.1f ms\n", run, took);
  bench_samples_add (samples, took);
  return TRUE;
}

/* From the state change; ms. Takes the child. */
static gboolean
measure_start (BenchChild * started, const gchar * peer, guint run,
    GArray * samples, GError ** error)
{
  g_autoptr (BenchChild) child = started;
  gdouble took;

  if (!child || !bench_child_finish (child, error))
    return FALSE;
  took = (bench_child_get (child, "first")
      - bench_child_get (child, "started")) / 1000;
  g_printerr ("run %u: %s from its start %.1f ms\n", run, peer, took);
  bench_samples_add (samples, took);
  return TRUE;
}

static BenchChild *
start_peer (const gchar * link, GError ** error)
{
  const gchar *args[] = { "--child=uridecodebin", "--url", link, NULL };

  return bench_child_start (args, error);
}

static void
print (const gchar * name, const gchar * peer, const gchar * metric,
    const gchar * unit, gdouble value, gdouble goal)
{
  BenchResult result = { BENCHMARK, name, peer, metric, unit, value, goal };

  bench_print (&result);
}

static void
print_times (const gchar * name, const gchar * peer, GArray * samples)
{
  print (name, peer, "time", "ms", bench_median (samples), 0);
  print (name, peer, "shortest", "ms", bench_min (samples), 0);
  print (name, peer, "longest", "ms", bench_max (samples), 0);
}

static gboolean
compare (VeoSim * sim, GError ** error)
{
  g_autofree gchar *link = g_strdup_printf ("%s/v1/videos/video_done/content",
      veo_sim_get_url (sim));
  g_autoptr (GArray) waiting = bench_samples_new ();
  g_autoptr (GArray) at_once = bench_samples_new ();
  g_autoptr (GArray) peers = bench_samples_new ();

  add_task (sim, "video_done", 0);
  veo_sim_task_complete (sim, "video_done");
  for (gint i = 1; i <= options.runs; i++)
    if (!measure_waiting (sim, i, waiting, error)
        || !measure_start (start_peer (link, error), "uridecodebin", i, peers,
            error)
        || !measure_start (start_veosrc (sim, "video_done", error), "veosrc",
            i, at_once, error))
      return FALSE;
  print_times ("completed to first frame", "veosrc", waiting);
  print_times ("completed to first frame", "uridecodebin", peers);
  bench_print_ratio (BENCHMARK, "completed to first frame", "ratio",
      bench_median (waiting), bench_median (peers), GOAL_RATIO);
  print_times ("task that was done before", "veosrc", at_once);
  bench_print_ratio (BENCHMARK, "task that was done before", "ratio",
      bench_median (at_once), bench_median (peers), 0);
  return TRUE;
}

/* The whole delay. */

typedef struct
{
  gchar *task;
  gint64 ends;                  /* us */
  BenchChild *child;
} Long;

static void
long_clear (gpointer data)
{
  Long *one = data;

  g_free (one->task);
  bench_child_free (one->child);
}

/* They end half a second apart, so that no two decoders start together. */
static gboolean
start_long (VeoSim * sim, gint number, GArray * tasks, GError ** error)
{
  guint duration_ms = options.long_seconds * 1000
      + (number - options.long_tasks / 2) * 500;
  Long one = { g_strdup_printf ("video_long%d", number), 0, NULL };

  one.ends = g_get_monotonic_time () + duration_ms * G_TIME_SPAN_MILLISECOND;
  add_task (sim, one.task, duration_ms);
  one.child = start_veosrc (sim, one.task, error);
  g_array_append_val (tasks, one);
  return one.child != NULL;
}

static gboolean
finish_long (VeoSim * sim, Long * one, GArray * delays, GArray * counts,
    GError ** error)
{
  guint polls;
  gdouble delay;

  if (!bench_child_finish (one->child, error))
    return FALSE;
  delay = (bench_child_get (one->child, "first") - one->ends) / 1000;
  find_last_poll (sim, one->task, &polls);
  g_printerr ("%s: %.0f ms after its end, %u polls\n", one->task, delay, polls);
  bench_samples_add (delays, delay);
  bench_samples_add (counts, polls);
  return TRUE;
}

static gboolean
measure_delay (VeoSim * sim, GError ** error)
{
  g_autoptr (GArray) tasks = g_array_new (FALSE, FALSE, sizeof (Long));
  g_autoptr (GArray) delays = bench_samples_new ();
  g_autoptr (GArray) counts = bench_samples_new ();
  g_autofree gchar *name = g_strdup_printf ("end of a %d s task to first frame",
      options.long_seconds);

  if (options.long_tasks == 0)
    return TRUE;
  g_array_set_clear_func (tasks, long_clear);
  for (gint i = 0; i < options.long_tasks; i++)
    if (!start_long (sim, i, tasks, error))
      return FALSE;
  for (guint i = 0; i < tasks->len; i++)
    if (!finish_long (sim, &g_array_index (tasks, Long, i), delays, counts,
            error))
      return FALSE;
  print (name, "veosrc", "delay", "ms", bench_median (delays), GOAL_DELAY);
  print (name, "veosrc", "longest delay", "ms", bench_max (delays), 0);
  print (name, "veosrc", "polls", "", bench_median (counts), GOAL_POLLS);
  return TRUE;
}

static gboolean
measure (GError ** error)
{
  g_autoptr (VeoSim) sim = veo_sim_new (NULL, error);
  g_autoptr (GBytes) clip = sim ? render (error) : NULL;

  if (!clip)
    return FALSE;
  veo_sim_set_clip (sim, clip, "video/mp4");
  return compare (sim, error) && measure_delay (sim, error);
}

static void
make_quick (void)
{
  options.runs = 1;
  options.task_seconds = 1;
  options.long_seconds = 3;
  options.long_tasks = 2;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- time to the first picture");
  g_autoptr (GError) error = NULL;
  gboolean done;

  bench_use_build ();
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  if (options.quick)
    make_quick ();
  gst_init (NULL, NULL);
  if (options.child)
    return run_child ();
  done = measure (&error);
  bench_clean_up ();
  if (!done)
    g_printerr ("%s\n", error ? error->message : "failed");
  return done ? 0 : 1;
}
