/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long NULL takes at a random moment while the network keeps silent:
 * veosrc beside souphttpsrc, to a fakesink.
 *
 * poll:     a request that is never answered.
 * download: a video of which only the beginning comes.
 *
 * The pipelines are set up and stopped in processes of their own, since one
 * that crashes (souphttpsrc does, now and then) ends no measurement. */
#include <gst/gst.h>
#include <math.h>

#include "bench.h"

#define BENCHMARK "stop"
#define GOAL_NULL 50.0          /* ms */
#define STALL_AFTER 40000       /* bytes: some frames are out by then */
/* A process for so many stops */
#define BATCH 25
#define MOST_CRASHES 10

typedef struct
{
  gint stops;
  gint within_ms;
  gint seed;
  gboolean quick;
  gchar *child;                 /* whom this process is to stop */
  gchar *url;
  gchar *task;
} Options;

static Options options = {.stops = 150,.within_ms = 150,.seed = 1 };

static const GOptionEntry entries[] = {
  {"stops", 0, 0, G_OPTION_ARG_INT, &options.stops,
      "Stops in each case (150)", "N"},
  {"within", 0, 0, G_OPTION_ARG_INT, &options.within_ms,
      "How long after PLAYING at most, in ms (150)", "MS"},
  {"seed", 0, 0, G_OPTION_ARG_INT, &options.seed,
      "Of the random moments (1)", "N"},
  {"quick", 0, 0, G_OPTION_ARG_NONE, &options.quick,
      "Few stops, to see that it works", NULL},
  {"child", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.child, NULL,
      NULL},
  {"url", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.url, NULL,
      NULL},
  {"task", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.task, NULL,
      NULL},
  {NULL}
};

/* The child: plays and stops. */

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
make_pipeline (void)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *source = gst_element_factory_make (options.child, NULL);

  if (!source)
    g_error ("no %s", options.child);
  gst_bin_add (GST_BIN (pipeline), source);
  if (options.task) {
    g_object_set (source, "base-url", options.url, "task-id", options.task,
        NULL);
    g_signal_connect (source, "pad-added", G_CALLBACK (link_pad), pipeline);
  } else {
    GstElement *sink = gst_element_factory_make ("fakesink", NULL);

    g_object_set (source, "location", options.url, NULL);
    gst_bin_add (GST_BIN (pipeline), sink);
    gst_element_link (source, sink);
  }
  return pipeline;
}

/* ms */
static gdouble
stop_after (gulong us)
{
  GstElement *pipeline = make_pipeline ();
  gint64 before, after;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_usleep (us);
  before = g_get_monotonic_time ();
  gst_element_set_state (pipeline, GST_STATE_NULL);
  after = g_get_monotonic_time ();
  gst_object_unref (pipeline);
  return (after - before) / 1000.0;
}

static int
run_child (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (options.seed);

  for (gint i = 0; i < options.stops; i++) {
    g_autofree gchar *name = g_strdup_printf ("stop%d", i);

    bench_child_tell (name, stop_after (g_rand_int_range (rand, 0,
                options.within_ms * 1000)));
  }
  return 0;
}

/* The parent. */

typedef struct
{
  const gchar *peer;
  gchar *url;
  const gchar *task;            /* of veosrc */
  GArray *took;                 /* ms */
  guint crashes;
} Case;

static void
collect (Case * one, BenchChild * child)
{
  for (gint i = 0; i < BATCH; i++) {
    g_autofree gchar *name = g_strdup_printf ("stop%d", i);
    gdouble took = bench_child_get (child, name);

    if (isnan (took))
      return;
    bench_samples_add (one->took, took);
  }
}

static gboolean
run_batch (Case * one, gint seed, GError ** error)
{
  g_autofree gchar *child_arg = g_strdup_printf ("--child=%s", one->peer);
  g_autofree gchar *stops = g_strdup_printf ("--stops=%d", BATCH);
  g_autofree gchar *within = g_strdup_printf ("--within=%d",
      options.within_ms);
  g_autofree gchar *seeds = g_strdup_printf ("--seed=%d", seed);
  const gchar *args[] = { child_arg, stops, within, seeds, "--url", one->url,
    one->task ? "--task" : NULL, one->task, NULL
  };
  g_autoptr (BenchChild) child = bench_child_start (args, error);
  g_autoptr (GError) crash = NULL;

  if (!child)
    return FALSE;
  if (!bench_child_finish (child, &crash)) {
    g_printerr ("%s: %s\n", one->peer, crash->message);
    if (++one->crashes > MOST_CRASHES) {
      g_propagate_error (error, g_steal_pointer (&crash));
      return FALSE;
    }
  }
  collect (one, child);
  return TRUE;
}

static void
print (const Case * one, const gchar * name, const gchar * metric,
    const gchar * unit, gdouble value, gdouble goal)
{
  BenchResult result =
      { BENCHMARK, name, one->peer, metric, unit, value, goal };

  bench_print (&result);
}

static gboolean
measure_case (const gchar * name, Case * one, GError ** error)
{
  gboolean done = TRUE;

  one->took = bench_samples_new ();
  for (gint seed = options.seed; done && (gint) one->took->len < options.stops;
      seed++)
    done = run_batch (one, seed, error);
  if (done) {
    print (one, name, "stops", "", one->took->len, 0);
    print (one, name, "median", "ms", bench_median (one->took), 0);
    print (one, name, "longest", "ms", bench_max (one->took),
        one->task ? GOAL_NULL : 0);
    print (one, name, "crashes", "", one->crashes, 0);
  }
  g_array_unref (one->took);
  return done;
}

static gboolean
measure_both (const gchar * name, VeoSim * sim, const gchar * task,
    const gchar * path, GError ** error)
{
  Case ours = { "veosrc", g_strdup (veo_sim_get_url (sim)), task, };
  Case theirs = { "souphttpsrc", g_strdup_printf ("%s/v1/videos/%s%s",
        veo_sim_get_url (sim), task, path), NULL,
  };
  gboolean done = measure_case (name, &ours, error)
      && measure_case (name, &theirs, error);

  g_free (ours.url);
  g_free (theirs.url);
  return done;
}

static gboolean
set_up (VeoSim * sim, GError ** error)
{
  VeoSimClipOptions options = {.seconds = 2,.width = 160,.height = 120 };
  VeoSimAnswer silence = {.brk = VEO_SIM_BREAK_SILENCE };
  VeoSimTransfer stalled = {.stall_after = STALL_AFTER,
    .stall_ms = VEO_SIM_FOR_EVER
  };
  g_autoptr (GBytes) clip = bench_get_clip (&options, error);

  if (!clip)
    return FALSE;
  veo_sim_set_clip (sim, clip, "video/mp4");
  veo_sim_add_task (sim, "video_silent", "queued");
  veo_sim_script_status (sim, "video_silent", &silence);
  veo_sim_add_task (sim, "video_stalled", "queued");
  veo_sim_task_set_link_kind (sim, "video_stalled", VEO_SIM_LINK_CONTENT);
  veo_sim_set_transfer (sim, "video_stalled", &stalled);
  veo_sim_task_complete (sim, "video_stalled");
  return TRUE;
}

static gboolean
measure (GError ** error)
{
  g_autoptr (VeoSim) sim = veo_sim_new (NULL, error);

  return sim && set_up (sim, error)
      && measure_both ("poll without an answer", sim, "video_silent", "", error)
      && measure_both ("download that stalls", sim, "video_stalled",
      "/content", error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- how long NULL takes while nothing comes");
  g_autoptr (GError) error = NULL;
  gboolean done;

  bench_use_build ();
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  if (options.quick)
    options.stops = BATCH;
  gst_init (NULL, NULL);
  if (options.child)
    return run_child ();
  done = measure (&error);
  bench_clean_up ();
  if (!done)
    g_printerr ("%s\n", error ? error->message : "failed");
  return done ? 0 : 1;
}
