/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial.h"

#define KEY "sk-trial-0123456789"
/* A limit, never a pause */
#define PATIENCE (60 * GST_SECOND)
/* NULL promises 50 ms; a loaded machine may be late by itself */
#define LONG_STOP (10 * G_TIME_SPAN_SECOND)

struct _Trial
{
  TrialPlan plan;
  VeoSim *sim;
  gchar *task;
  GstElement *pipeline;
  GstElement *src;
  Recording *recording;
  gint stopped;                 /* atomic: NULL has returned */

  GMutex lock;
  gchar *problem;               /* of a thread of the pipeline's */
  gchar *late;                  /* the first message after NULL */
};

static void
link_pad (GstElement * src, GstPad * pad, Trial * trial)
{
  GstElement *branch = recording_make_branch (trial->recording,
      GST_PAD_NAME (pad), trial->plan.sync);
  g_autoptr (GstPad) sink = NULL;
  GstPadLinkReturn linked;

  gst_bin_add (GST_BIN (trial->pipeline), branch);
  sink = gst_element_get_static_pad (branch, "sink");
  gst_element_sync_state_with_parent (branch);
  linked = gst_pad_link (pad, sink);
  /* a pad that goes away meanwhile is no problem of a trial that is stopped */
  if (linked == GST_PAD_LINK_OK)
    return;
  g_mutex_lock (&trial->lock);
  if (!trial->problem)
    trial->problem = g_strdup_printf ("%s could not be linked: %d",
        GST_PAD_NAME (pad), linked);
  g_mutex_unlock (&trial->lock);
}

static GstBusSyncReply
look_at_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Trial *trial = data;

  if (!g_atomic_int_get (&trial->stopped))
    return GST_BUS_PASS;
  g_mutex_lock (&trial->lock);
  if (!trial->late)
    trial->late = g_strdup_printf ("%s of %s came after NULL",
        GST_MESSAGE_TYPE_NAME (message), GST_MESSAGE_SRC_NAME (message));
  g_mutex_unlock (&trial->lock);
  return GST_BUS_DROP;
}

static void
set_the_scene (Trial * trial)
{
  const TrialPlan *plan = &trial->plan;

  veo_sim_set_api_key (trial->sim, KEY);
  veo_sim_add_task (trial->sim, trial->task, "queued");
  veo_sim_task_set_clip (trial->sim, trial->task, plan->clip->bytes,
      plan->clip->content_type);
  veo_sim_task_set_link_kind (trial->sim, trial->task, plan->link);
  veo_sim_set_transfer (trial->sim, trial->task, &plan->transfer);
  if (!plan->pending)
    veo_sim_task_complete (trial->sim, trial->task);
}

Trial *
trial_new (VeoSim * sim, const TrialPlan * plan)
{
  static gint count;
  Trial *trial = g_new0 (Trial, 1);
  g_autoptr (GstBus) bus = NULL;

  trial->plan = *plan;
  trial->sim = sim;
  trial->task = g_strdup_printf ("video_%d", g_atomic_int_add (&count, 1));
  g_mutex_init (&trial->lock);
  set_the_scene (trial);
  trial->recording = recording_new (plan->output);
  trial->pipeline = gst_pipeline_new (NULL);
  trial->src = gst_element_factory_make ("veosrc", NULL);
  if (!trial->src)
    g_error ("no veosrc: is GST_PLUGIN_PATH right?");
  /* else the bus is silent after NULL, and nothing could be seen there */
  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (trial->pipeline), FALSE);
  g_object_set (trial->src, "task-id", trial->task, "api-key", KEY,
      "base-url", veo_sim_get_url (sim), "output", plan->output,
      "min-poll-interval", 50, "max-poll-interval", 200, NULL);
  g_signal_connect (trial->src, "pad-added", G_CALLBACK (link_pad), trial);
  gst_bin_add (GST_BIN (trial->pipeline), gst_object_ref (trial->src));
  bus = gst_element_get_bus (trial->pipeline);
  gst_bus_set_sync_handler (bus, look_at_message, trial, NULL);
  return trial;
}

/* Returns: (transfer full) (nullable) */
static gchar *
stop (Trial * trial)
{
  gint64 began = g_get_monotonic_time ();
  GstStateChangeReturn result =
      gst_element_set_state (trial->pipeline, GST_STATE_NULL);
  gint64 took = g_get_monotonic_time () - began;

  g_atomic_int_set (&trial->stopped, TRUE);
  if (result != GST_STATE_CHANGE_SUCCESS)
    return g_strdup_printf ("NULL gave %s",
        gst_element_state_change_return_get_name (result));
  if (took > LONG_STOP)
    return g_strdup_printf ("NULL took %d ms", (gint) (took / 1000));
  return NULL;
}

/* The next message of these types; seqnum: how it is numbered (out, optional) */
static gchar *
wait_for (Trial * trial, GstMessageType types, guint32 * seqnum)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (trial->pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, PATIENCE,
      types | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  if (!message)
    return g_strdup_printf ("no %s came; %u buffers of video did",
        gst_message_type_get_name (types),
        recording_count_buffers (trial->recording, "video_0"));
  if (seqnum)
    *seqnum = gst_message_get_seqnum (message);
  if (GST_MESSAGE_TYPE (message) & types)
    return NULL;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, &debug);
  else
    gst_message_parse_warning (message, &error, &debug);
  return g_strdup_printf ("%s of %s: %s (%s)", GST_MESSAGE_TYPE_NAME (message),
      GST_MESSAGE_SRC_NAME (message), error->message, debug);
}

gchar *
trial_wait (Trial * trial, GstMessageType types)
{
  return wait_for (trial, types, NULL);
}

gchar *
trial_end (Trial * trial, Recording * expected)
{
  gchar *problem = stop (trial);

  g_mutex_lock (&trial->lock);
  if (!problem)
    problem = g_steal_pointer (&trial->problem);
  g_mutex_unlock (&trial->lock);
  return problem ? problem : recording_compare (trial->recording, expected);
}

gchar *
trial_finish_seek (Trial * trial, guint32 seqnum, Recording * expected)
{
  g_autofree gchar *end = NULL;
  gchar *problem;
  guint32 seen;

  do
    problem = wait_for (trial, GST_MESSAGE_EOS, &seen);
  while (!problem && seqnum != GST_SEQNUM_INVALID && seen != seqnum);
  end = trial_end (trial, expected);
  return problem ? problem : g_steal_pointer (&end);
}

gchar *
trial_finish (Trial * trial, Recording * expected)
{
  return trial_finish_seek (trial, GST_SEQNUM_INVALID, expected);
}

gchar *
trial_play (Trial * trial)
{
  gchar *problem = NULL;
  Recording *reference = reference_get (trial->plan.clip, trial->plan.output,
      &problem);

  if (!reference)
    return problem;
  gst_element_set_state (trial->pipeline, GST_STATE_PLAYING);
  return trial_finish (trial, reference);
}

const gchar *
trial_get_task (Trial * trial)
{
  return trial->task;
}

GstElement *
trial_get_pipeline (Trial * trial)
{
  return trial->pipeline;
}

GstElement *
trial_get_src (Trial * trial)
{
  return trial->src;
}

Recording *
trial_get_recording (Trial * trial)
{
  return trial->recording;
}

guint64
trial_get_stat (Trial * trial, const gchar * field)
{
  GstStructure *stats = NULL;
  guint64 wide = 0;
  guint narrow = 0;

  g_object_get (trial->src, "stats", &stats, NULL);
  if (!gst_structure_get_uint64 (stats, field, &wide)
      && gst_structure_get_uint (stats, field, &narrow))
    wide = narrow;
  gst_structure_free (stats);
  return wide;
}

gchar *
trial_stop_after (Trial * trial, gint64 us)
{
  gst_element_set_state (trial->pipeline, GST_STATE_PLAYING);
  g_usleep (us);
  return stop (trial);
}

gchar *
trial_free (Trial * trial)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (trial->pipeline);
  gchar *late = NULL;

  gst_bus_set_flushing (bus, TRUE);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (trial->pipeline);
  gst_object_unref (trial->src);
  recording_free (trial->recording);
  veo_sim_remove_task (trial->sim, trial->task);
  late = g_steal_pointer (&trial->late);
  g_free (trial->problem);
  g_free (trial->task);
  g_mutex_clear (&trial->lock);
  g_free (trial);
  return late;
}
