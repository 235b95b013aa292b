/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What playing costs.
 *
 * Each run is a process of its own that takes a clip from the service, which is
 * this one, as fast as it can: its CPU (the user's and the system's) is that of
 * all of it, from exec to exit. Each case has a long and a short clip; what the
 * long one costs more is the cost without the start.
 *
 * decode:    veosrc beside uridecodebin, to fakesinks.
 * container: veosrc output=container beside souphttpsrc ! queue2, to a
 *            fakesink, with a file that is a clip and a long empty box. */
#include <gst/gst.h>
#include <math.h>
#include <string.h>

#include "bench.h"

#define BENCHMARK "playing"
#define GOAL_DECODE 1.02
#define GOAL_CONTAINER 1.2
#define MEGABYTE 1e6
/* These runs are over in a fraction of a second, in which the kernel's share
 * differs by a half from one to the next: so many for each of the others. */
#define CONTAINER_RUNS 5

typedef struct
{
  gint runs;
  gint seconds;
  gint short_seconds;
  gint megabytes;
  gint short_megabytes;
  gboolean quick;
  gchar *child;                 /* whom this process is to play */
  gchar *url;
  gchar *task;
  gchar *output;
} Options;

static Options options = {.runs = 9,.seconds = 60,.short_seconds = 2,
  .megabytes = 400,.short_megabytes = 40
};

static const GOptionEntry entries[] = {
  {"runs", 0, 0, G_OPTION_ARG_INT, &options.runs, "Runs of each (9)", "N"},
  {"seconds", 0, 0, G_OPTION_ARG_INT, &options.seconds,
      "Length of the clip that is decoded (60)", "S"},
  {"megabytes", 0, 0, G_OPTION_ARG_INT, &options.megabytes,
      "Size of the file that is not decoded (400)", "N"},
  {"quick", 0, 0, G_OPTION_ARG_NONE, &options.quick,
      "Few and short runs, to see that it works", NULL},
  {"child", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.child, NULL,
      NULL},
  {"url", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.url, NULL,
      NULL},
  {"task", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.task, NULL,
      NULL},
  {"output", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.output,
      NULL, NULL},
  {NULL}
};

/* The child: plays to the end. */

static void
link_pad (GstElement * source, GstPad * pad, gpointer pipeline)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");

  gst_bin_add (pipeline, sink);
  gst_pad_link (pad, sink_pad);
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
    g_object_set (source, g_str_equal (options.child, "uridecodebin") ? "uri"
        : "location", options.url, NULL);
  if (options.output)
    gst_util_set_object_arg (G_OBJECT (source), "output", options.output);
  return source;
}

static GstElement *
make_pipeline (void)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *source = make_source ();

  gst_bin_add (GST_BIN (pipeline), source);
  if (g_str_equal (options.child, "souphttpsrc")) {
    GstElement *queue = gst_element_factory_make ("queue2", NULL);
    GstElement *sink = gst_element_factory_make ("fakesink", NULL);

    gst_bin_add_many (GST_BIN (pipeline), queue, sink, NULL);
    gst_element_link_many (source, queue, sink, NULL);
  } else {
    g_signal_connect (source, "pad-added", G_CALLBACK (link_pad), pipeline);
  }
  return pipeline;
}

static int
run_child (void)
{
  GstElement *pipeline = make_pipeline ();
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  gint64 started = g_get_monotonic_time ();
  gboolean done;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  done = GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
  bench_child_tell ("seconds", (g_get_monotonic_time () - started) / 1e6);
  bench_child_tell ("pss", bench_read_memory ("smaps_rollup", "Pss:"));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  bench_child_tell ("peak", bench_read_memory ("status", "VmHWM:"));
  return done ? 0 : 1;
}

/* One contender with a long and a short clip. */

typedef struct
{
  const gchar *element;
  const gchar *peer;            /* its name in the results */
  const gchar *output;          /* of veosrc */
  GArray *cpu, *short_cpu;      /* s */
  GArray *seconds, *short_seconds;
  GArray *peak, *pss;           /* of the long one, MB */
} Contender;

static void
contender_init (Contender * contender, const gchar * element,
    const gchar * peer, const gchar * output)
{
  contender->element = element;
  contender->peer = peer;
  contender->output = output;
  contender->cpu = bench_samples_new ();
  contender->short_cpu = bench_samples_new ();
  contender->seconds = bench_samples_new ();
  contender->short_seconds = bench_samples_new ();
  contender->peak = bench_samples_new ();
  contender->pss = bench_samples_new ();
}

static void
contender_clear (Contender * contender)
{
  g_array_unref (contender->cpu);
  g_array_unref (contender->short_cpu);
  g_array_unref (contender->seconds);
  g_array_unref (contender->short_seconds);
  g_array_unref (contender->peak);
  g_array_unref (contender->pss);
}

static BenchChild *
play (VeoSim * sim, const Contender * contender, const gchar * task,
    GError ** error)
{
  gboolean ours = g_str_equal (contender->element, "veosrc");
  g_autofree gchar *child = g_strdup_printf ("--child=%s", contender->element);
  g_autofree gchar *url = ours ? g_strdup (veo_sim_get_url (sim))
      : g_strdup_printf ("%s/v1/videos/%s/content", veo_sim_get_url (sim),
      task);
  const gchar *args[] = { child, "--url", url, ours ? "--task" : NULL, task,
    contender->output ? "--output" : NULL, contender->output, NULL
  };

  return bench_child_run (args, error);
}

static gboolean
measure_one (VeoSim * sim, Contender * contender, gboolean is_short,
    GError ** error)
{
  g_autoptr (BenchChild) child = play (sim, contender,
      is_short ? "video_short" : "video_long", error);
  gdouble cpu, seconds;

  if (!child)
    return FALSE;
  cpu = bench_child_get_cpu (child);
  seconds = bench_child_get (child, "seconds");
  g_printerr ("%s, %s: %.3f s of CPU in %.3f s\n", contender->peer,
      is_short ? "short" : "long", cpu, seconds);
  bench_samples_add (is_short ? contender->short_cpu : contender->cpu, cpu);
  bench_samples_add (is_short ? contender->short_seconds : contender->seconds,
      seconds);
  if (is_short)
    return TRUE;
  bench_samples_add (contender->peak,
      bench_child_get (child, "peak") / MEGABYTE);
  bench_samples_add (contender->pss, bench_child_get (child, "pss") / MEGABYTE);
  return TRUE;
}

/* Alternating, and each as often the first. */
static gboolean
measure_both (VeoSim * sim, gint runs, Contender * ours, Contender * theirs,
    GError ** error)
{
  for (gint i = 0; i < runs; i++) {
    Contender *first = i % 2 ? theirs : ours;
    Contender *second = i % 2 ? ours : theirs;

    if (!measure_one (sim, first, FALSE, error)
        || !measure_one (sim, second, FALSE, error)
        || !measure_one (sim, first, TRUE, error)
        || !measure_one (sim, second, TRUE, error))
      return FALSE;
  }
  return TRUE;
}

static void
set_task (VeoSim * sim, const gchar * task, GBytes * clip)
{
  veo_sim_add_task (sim, task, "queued");
  veo_sim_task_set_link_kind (sim, task, VEO_SIM_LINK_CONTENT);
  veo_sim_task_set_clip (sim, task, clip, NULL);
  veo_sim_task_complete (sim, task);
}

/* Results. */

static gdouble
get_more (GArray * samples, GArray * short_samples)
{
  return bench_median (samples) - bench_median (short_samples);
}

static void
print (const Contender * contender, const gchar * name, const gchar * metric,
    const gchar * unit, gdouble value, gboolean higher_is_better)
{
  BenchResult result = { BENCHMARK, name, contender->peer, metric, unit, value,
    0, higher_is_better
  };

  bench_print (&result);
}

static void
print_decode (const Contender * contender, const gchar * name)
{
  print (contender, name, "CPU", "s", bench_median (contender->cpu), FALSE);
  print (contender, name, "CPU without the start", "s",
      get_more (contender->cpu, contender->short_cpu), FALSE);
  print (contender, name, "time", "s", bench_median (contender->seconds),
      FALSE);
  print (contender, name, "peak RSS", "MB", bench_median (contender->peak),
      FALSE);
  print (contender, name, "PSS at the end", "MB", bench_median (contender->pss),
      FALSE);
}

static gboolean
measure_decode (VeoSim * sim, GError ** error)
{
  gint height = options.quick ? 120 : 720;
  VeoSimClipOptions clip = {.seconds = options.seconds,
    .width = height / 9 * 16,.height = height
  };
  VeoSimClipOptions short_clip = clip;
  g_autoptr (GBytes) bytes = bench_get_clip (&clip, error);
  g_autoptr (GBytes) short_bytes = NULL;
  g_autofree gchar *name = g_strdup_printf ("decode %d s of %ux%u",
      options.seconds, clip.width, clip.height);
  Contender ours, theirs;
  gboolean done;

  short_clip.seconds = options.short_seconds;
  short_bytes = bytes ? bench_get_clip (&short_clip, error) : NULL;
  if (!short_bytes)
    return FALSE;
  set_task (sim, "video_long", bytes);
  set_task (sim, "video_short", short_bytes);
  contender_init (&ours, "veosrc", "veosrc", NULL);
  contender_init (&theirs, "uridecodebin", "uridecodebin", NULL);
  done = measure_both (sim, options.runs, &ours, &theirs, error);
  if (done) {
    print_decode (&ours, name);
    print_decode (&theirs, name);
    bench_print_ratio (BENCHMARK, name, "ratio of CPU",
        bench_median (ours.cpu), bench_median (theirs.cpu), GOAL_DECODE);
    bench_print_ratio (BENCHMARK, name, "ratio of CPU without the start",
        get_more (ours.cpu, ours.short_cpu),
        get_more (theirs.cpu, theirs.short_cpu), GOAL_DECODE);
    bench_print_ratio (BENCHMARK, name, "ratio of peak RSS",
        bench_median (ours.peak), bench_median (theirs.peak), 0);
  }
  contender_clear (&ours);
  contender_clear (&theirs);
  return done;
}

/* The file: a clip, and behind it a box that says of itself that it is empty. */
static GBytes *
make_file (GBytes * clip, gsize size)
{
  gsize clip_size;
  gconstpointer data = g_bytes_get_data (clip, &clip_size);
  guint8 *file = g_malloc0 (size);
  guint32 box_size = GUINT32_TO_BE (size - clip_size);

  memcpy (file, data, clip_size);
  memcpy (file + clip_size, &box_size, sizeof box_size);
  memcpy (file + clip_size + sizeof box_size, "free", 4);
  return g_bytes_new_take (file, size);
}

static void
print_container (const Contender * contender, const gchar * name)
{
  gdouble bytes = (options.megabytes - options.short_megabytes) * MEGABYTE;

  print (contender, name, "CPU", "s", bench_median (contender->cpu), FALSE);
  print (contender, name, "CPU per byte", "ns",
      get_more (contender->cpu, contender->short_cpu) / bytes * 1e9, FALSE);
  print (contender, name, "throughput", "MB/s",
      options.megabytes / bench_median (contender->seconds), TRUE);
  print (contender, name, "peak RSS", "MB", bench_median (contender->peak),
      FALSE);
}

static gboolean
measure_container (VeoSim * sim, GError ** error)
{
  VeoSimClipOptions clip = {.seconds = 2,.width = 160,.height = 120 };
  g_autoptr (GBytes) bytes = bench_get_clip (&clip, error);
  g_autoptr (GBytes) long_file = NULL, short_file = NULL;
  g_autofree gchar *name = g_strdup_printf ("container, %d MB",
      options.megabytes);
  Contender ours, theirs;
  gboolean done;

  if (!bytes)
    return FALSE;
  long_file = make_file (bytes, options.megabytes * MEGABYTE);
  short_file = make_file (bytes, options.short_megabytes * MEGABYTE);
  set_task (sim, "video_long", long_file);
  set_task (sim, "video_short", short_file);
  contender_init (&ours, "veosrc", "veosrc", "container");
  contender_init (&theirs, "souphttpsrc", "souphttpsrc ! queue2", NULL);
  done = measure_both (sim, options.runs * CONTAINER_RUNS, &ours, &theirs,
      error);
  if (done) {
    print_container (&ours, name);
    print_container (&theirs, name);
    bench_print_ratio (BENCHMARK, name, "ratio of CPU per byte",
        get_more (ours.cpu, ours.short_cpu),
        get_more (theirs.cpu, theirs.short_cpu), GOAL_CONTAINER);
    bench_print_ratio (BENCHMARK, name, "ratio of time",
        bench_median (ours.seconds), bench_median (theirs.seconds), 0);
  }
  contender_clear (&ours);
  contender_clear (&theirs);
  return done;
}

static gboolean
measure (GError ** error)
{
  g_autoptr (VeoSim) sim = veo_sim_new (NULL, error);

  return sim && measure_decode (sim, error) && measure_container (sim, error);
}

static void
make_quick (void)
{
  options.runs = 1;
  options.seconds = 3;
  options.short_seconds = 1;
  options.megabytes = 20;
  options.short_megabytes = 2;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- what playing costs");
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
