/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Seeks of a clip, before it is there, while it comes and when it has come,
 * whatever the server makes of Range: the frames that follow are those of the
 * local file after the same seek. And what is known of its length. */
#include "pool.h"

#define THREADS 6
#define N_RANGES (VEO_SIM_RANGE_WRONG + 1)

typedef enum
{
  SEEK_WAITING,                 /* sent to the element during the wait */
  SEEK_BACK,                    /* while the download stalls: to what has come ... */
  SEEK_AHEAD,                   /* ... and to what has not */
  SEEK_PLAYING,                 /* while it comes as it can */
  SEEK_AFTER,                   /* after EOS */
  N_MOMENTS
} Moment;

typedef struct
{
  const Clip *clip;
  Output output;
  VeoSimRange range;
  Moment moment;
  GstSeekFlags flags;           /* besides FLUSH */
  guint32 seqnum;               /* of the seek */
  gchar *name;
} Case;

static GArray *cases;

static const gchar *const range_names[] = { "honoured", "absent", "ignored",
  "wrong"
};
/* *INDENT-OFF* */
static const gchar *const moment_names[] = { "waiting", "back", "ahead",
  "playing", "after"
};
static const ClipKind kinds[] = { CLIP_LONG, CLIP_LONG_END, CLIP_LARGE_END,
  CLIP_VP8
};
/* *INDENT-ON* */

/* With the index behind a stall nothing plays until it is over, unless a
 * demuxer jumps to it, which it does in a large file only. Large files take
 * their time: one range of a kind is enough for them. */
static gboolean
makes_sense (const Case * c)
{
  gboolean is_large = c->clip->size > 4 << 20;

  if (c->moment == SEEK_BACK || c->moment == SEEK_AHEAD)
    return c->clip->options.index == VEO_SIM_INDEX_FRONT
        || (is_large && c->range == VEO_SIM_RANGE_HONOURED);
  return !is_large || c->range == VEO_SIM_RANGE_HONOURED
      || c->range == VEO_SIM_RANGE_IGNORED;
}

static void
add_cases (const Clip * clip, Output output)
{
  Case c = {.clip = clip,.output = output };

  for (c.range = 0; c.range < N_RANGES; c.range++)
    for (c.moment = 0; c.moment < N_MOMENTS; c.moment++) {
      c.flags = (c.range + c.moment) % 2 ? GST_SEEK_FLAG_KEY_UNIT
          : GST_SEEK_FLAG_ACCURATE;
      if (!makes_sense (&c))
        continue;
      c.seqnum = gst_util_seqnum_next ();
      c.name = g_strdup_printf ("%s/%s/%s/%s/%s", clip->name,
          output == OUTPUT_ENCODED ? "encoded" : "decoded",
          range_names[c.range], moment_names[c.moment],
          c.flags & GST_SEEK_FLAG_ACCURATE ? "accurate" : "keyframe");
      g_array_append_val (cases, c);
    }
}

static void
choose_cases (void)
{
  guint i;

  cases = g_array_new (FALSE, FALSE, sizeof (Case));
  for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (GError) error = NULL;
    const Clip *clip = clips_get (kinds[i], &error);

    if (!clip)
      g_error ("%s", error->message);
    add_cases (clip, OUTPUT_DECODED);
    if (kinds[i] == CLIP_LONG || kinds[i] == CLIP_LONG_END)
      add_cases (clip, OUTPUT_ENCODED);
  }
}

static GstClockTime
choose_place (const Case * c)
{
  GstClockTime length = c->clip->options.seconds * GST_SECOND;

  return c->moment == SEEK_BACK ? length / 16 : length / 16 * 13;
}

static GstEvent *
make_seek (const Case * c)
{
  GstEvent *event = gst_event_new_seek (1.0, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH | c->flags, GST_SEEK_TYPE_SET,
      choose_place (c), GST_SEEK_TYPE_NONE, GST_CLOCK_TIME_NONE);

  gst_event_set_seqnum (event, c->seqnum);
  return event;
}

/* --- One of them. Each returns (transfer full) (nullable): what is wrong --- */

static gchar *
send_seek (const Case * c, GstElement * element)
{
  if (gst_element_send_event (element, make_seek (c)))
    return NULL;
  return g_strdup ("the seek was refused");
}

static gchar *
seek_waiting (const Case * c, VeoSim * sim, Trial * trial)
{
  gchar *problem;

  gst_element_set_state (trial_get_pipeline (trial), GST_STATE_PLAYING);
  problem = send_seek (c, trial_get_src (trial));
  veo_sim_task_complete (sim, trial_get_task (trial));
  return problem;
}

static gchar *
seek_stalled (const Case * c, VeoSim * sim, Trial * trial)
{
  GstElement *pipeline = trial_get_pipeline (trial);
  gchar *problem;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  problem = trial_wait (trial, GST_MESSAGE_ASYNC_DONE);
  if (!problem)
    problem = send_seek (c, pipeline);
  veo_sim_release (sim);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return problem;
}

static gchar *
seek_playing (const Case * c, Trial * trial)
{
  GstElement *pipeline = trial_get_pipeline (trial);

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  if (!recording_wait_buffers (trial_get_recording (trial), "video_0", 10,
          30 * GST_SECOND))
    return g_strdup ("it does not play");
  return send_seek (c, pipeline);
}

static gchar *
seek_after (const Case * c, Trial * trial)
{
  GstElement *pipeline = trial_get_pipeline (trial);
  gchar *problem;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  problem = trial_wait (trial, GST_MESSAGE_EOS);
  return problem ? problem : send_seek (c, pipeline);
}

static gchar *
seek (const Case * c, VeoSim * sim, Trial * trial)
{
  switch (c->moment) {
    case SEEK_WAITING:
      return seek_waiting (c, sim, trial);
    case SEEK_BACK:
    case SEEK_AHEAD:
      return seek_stalled (c, sim, trial);
    case SEEK_PLAYING:
      return seek_playing (c, trial);
    default:
      return seek_after (c, trial);
  }
}

/* The pipeline sends the seek up from each of its sinks: that is one seek. (A
 * demuxer that has not read its index needs two for one, hence only after EOS.) */
static gchar *
check_flushes (Trial * trial)
{
  guint n = recording_count_flushes (trial_get_recording (trial), "video_0");

  return n == 1 ? NULL : g_strdup_printf ("it was carried out %u times", n);
}

static void
plan_case (const Case * c, TrialPlan * plan)
{
  plan->clip = c->clip;
  plan->output = c->output;
  plan->link = VEO_SIM_LINK_CONTENT;
  plan->pending = c->moment == SEEK_WAITING;
  plan->transfer.range = c->range;
  if (c->moment == SEEK_BACK || c->moment == SEEK_AHEAD) {
    plan->transfer.stall_after = c->clip->size / 4;
    plan->transfer.stall_ms = VEO_SIM_FOR_EVER;
    plan->transfer.stall_times = 1;
  }
}

static gchar *
run_case (guint i, VeoSim * sim)
{
  const Case *c = &g_array_index (cases, Case, i);
  TrialPlan plan = { 0, };
  gchar *problem = NULL;
  Recording *expected = reference_get_after_seek (c->clip, c->output,
      choose_place (c), c->flags, &problem);
  g_autofree gchar *late = NULL;
  g_autofree gchar *end = NULL;
  Trial *trial;

  if (!expected)
    return problem;
  plan_case (c, &plan);
  trial = trial_new (sim, &plan);
  problem = seek (c, sim, trial);
  end = trial_finish_seek (trial, c->seqnum, expected);
  if (!end && c->moment == SEEK_AFTER)
    end = check_flushes (trial);
  late = trial_free (trial);
  if (problem)
    return problem;
  return end ? g_steal_pointer (&end) : g_steal_pointer (&late);
}

static const gchar *
describe_case (guint i)
{
  return g_array_index (cases, Case, i).name;
}

GST_START_TEST (test_seek)
{
  /* Given a server with these habits.
   * When the clip is seeked at this moment.
   * Then the frames from there to the end are those of the local file. */
  pool_check (__i__);
}

GST_END_TEST;

GST_START_TEST (test_nothing_remains)
{
  /* Given all of that.
   * When it is over.
   * Then no thread and no descriptor is left. */
  pool_check_remains ();
}

GST_END_TEST;

static Suite *
seeking_suite (void)
{
  Suite *suite = suite_create ("seeking");
  TCase *tcase = tcase_create ("seeking");

  suite_add_tcase (suite, tcase);
  choose_cases ();
  tcase_add_loop_test (tcase, test_seek, 0, cases->len);
  tcase_add_test (tcase, test_nothing_remains);
  pool_plan (cases->len, THREADS, run_case, describe_case);
  return suite;
}

int
main (int argc, char **argv)
{
  return pool_main (argc, argv, seeking_suite, "seeking");
}
