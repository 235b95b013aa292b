/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A link that is slower than the clip plays, or pauses, and an application that does what
 * players do about it: pause while BUFFERING is below 100, then go on. */
#include "pool.h"

#define PATIENCE (60 * GST_SECOND)

typedef struct
{
  const gchar *name;
  Output output;
  gboolean off;                 /* use-buffering=false */
  gboolean breaks;              /* the link is not only slow */
  gboolean stalls;              /* it is not slow, but silent for a while */
  gboolean pauses;              /* what must come of it */
} Case;

static const Case cases[] = {
  {"container", OUTPUT_CONTAINER,.pauses = FALSE},
  {"decoded", OUTPUT_DECODED,.pauses = TRUE},
  {"encoded", OUTPUT_ENCODED,.pauses = TRUE},
  {"decoded, with breaks", OUTPUT_DECODED,.breaks = TRUE,.pauses = TRUE},
  {"decoded, with a stall", OUTPUT_DECODED,.stalls = TRUE,.pauses = TRUE},
  {"decoded, use-buffering=false", OUTPUT_DECODED,.off = TRUE},
  {"decoded, with a stall, use-buffering=false", OUTPUT_DECODED,.off = TRUE,
      .stalls = TRUE},
};

/* What the application was told */
typedef struct
{
  guint downs;                  /* times that it had to pause */
  guint ups;
  gint percent;
  gchar *problem;
} Player;

static void
take_buffering (Player * player, GstElement * pipeline, GstMessage * message)
{
  gint before = player->percent;

  gst_message_parse_buffering (message, &player->percent);
  if (player->percent == before && !player->problem)
    player->problem = g_strdup_printf ("%d %% was told twice", before);
  if (before == 100 && player->percent < 100) {
    player->downs++;
    gst_element_set_state (pipeline, GST_STATE_PAUSED);
  } else if (before < 100 && player->percent == 100) {
    player->ups++;
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
  }
}

/* Until EOS, or what is none */
static void
play (Player * player, GstElement * pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gboolean ended = FALSE;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (!ended) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, PATIENCE,
        GST_MESSAGE_BUFFERING | GST_MESSAGE_EOS | GST_MESSAGE_ERROR |
        GST_MESSAGE_WARNING);

    ended = !message || GST_MESSAGE_TYPE (message) != GST_MESSAGE_BUFFERING;
    if (!ended)
      take_buffering (player, pipeline, message);
    else if (!message || GST_MESSAGE_TYPE (message) != GST_MESSAGE_EOS)
      player->problem = g_strdup_printf ("%s came in place of EOS, at %d %%",
          message ? GST_MESSAGE_TYPE_NAME (message) : "nothing",
          player->percent);
  }
}

/* Returns: (transfer full) (nullable) */
static gchar *
judge (const Case * c, Player * player)
{
  if (player->problem)
    return g_steal_pointer (&player->problem);
  if (!c->pauses && player->downs + player->ups > 0)
    return g_strdup_printf ("it was told to pause %u times", player->downs);
  if (c->pauses && player->downs == 0)
    return g_strdup ("it was never told to pause");
  if (player->downs != player->ups)
    return g_strdup_printf ("it was told to pause %u times and to play %u",
        player->downs, player->ups);
  return NULL;
}

static void
plan_case (const Case * c, const Clip * clip, TrialPlan * plan)
{
  plan->clip = clip;
  plan->output = c->output;
  plan->link = VEO_SIM_LINK_CONTENT;
  plan->sync = TRUE;
  if (c->stalls) {
    plan->transfer.stall_after = clip->size / 3;
    plan->transfer.stall_ms = 3000;
  } else {
    plan->transfer.rate = clip->size / clip->options.seconds * 2 / 3;
  }
  if (c->breaks)
    plan->transfer.cut_every = clip->size / 5;
}

static gchar *
run_case (guint i, VeoSim * sim)
{
  const Case *c = &cases[i];
  g_autoptr (GError) error = NULL;
  const Clip *clip = clips_get (CLIP_MEDIUM, &error);
  gchar *problem = NULL;
  Recording *expected = clip ? reference_get (clip, c->output, &problem) : NULL;
  Player player = {.percent = 100 };
  TrialPlan plan = { 0, };
  g_autofree gchar *end = NULL;
  g_autofree gchar *late = NULL;
  Trial *trial;

  if (!expected)
    return clip ? problem : g_strdup (error->message);
  plan_case (c, clip, &plan);
  trial = trial_new (sim, &plan);
  g_object_set (trial_get_src (trial), "use-buffering", !c->off, NULL);
  play (&player, trial_get_pipeline (trial));
  end = trial_end (trial, expected);
  late = trial_free (trial);
  problem = judge (c, &player);
  if (problem)
    return problem;
  return end ? g_steal_pointer (&end) : g_steal_pointer (&late);
}

static const gchar *
describe_case (guint i)
{
  return cases[i].name;
}

GST_START_TEST (test_slow_link)
{
  /* Given a link two thirds as fast as the clip plays, or silent for a while,
   * and an application that pauses and goes on as it is told.
   * When the clip plays.
   * Then it is told as often to go on as to pause, at least once if it is to be
   * told at all, and every frame is shown. */
  pool_check (__i__);
}

GST_END_TEST;

static Suite *
buffering_suite (void)
{
  Suite *suite = suite_create ("buffering");
  TCase *tcase = tcase_create ("buffering");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_slow_link, 0, G_N_ELEMENTS (cases));
  pool_plan (G_N_ELEMENTS (cases), G_N_ELEMENTS (cases), run_case,
      describe_case);
  return suite;
}

int
main (int argc, char **argv)
{
  return pool_main (argc, argv, buffering_suite, "buffering");
}
