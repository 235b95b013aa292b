/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include <math.h>

/* Short ones are as likely as long ones: 20 us to the longest */
#define SHORTEST_US 20.0
#define LONGEST_US 300000.0
#define LONGEST_LIFE_US 15000000.0
/* After something that is near, such as a pad */
#define LONGEST_NEAR_US 40000.0

const gchar *
phase_get_name (Phase phase)
{
  static const gchar *names[] = { "connecting", "headers", "body", "retry",
    "preload", "hand-over", "download", "resume", "refresh", "playing"
  };

  return names[phase];
}

const gchar *
action_get_name (Action action)
{
  static const gchar *names[] = { "none", "READY-and-back", "PAUSED-and-back",
    "seek", "properties", "EOS"
  };

  return names[action];
}

const gchar *
stop_get_name (Stop stop)
{
  static const gchar *names[] = { "NULL", "READY", "PAUSED", "sync-handler",
    "pad-added", "two-threads"
  };

  return names[stop];
}

static gboolean
one_in (GRand * rand, gint n)
{
  return g_rand_int_range (rand, 0, n) == 0;
}

static guint
pick_delay (GRand * rand, gdouble longest)
{
  return SHORTEST_US * pow (longest / SHORTEST_US, g_rand_double (rand));
}

static VeoSimAnswer *
add_answer (Plan * plan)
{
  return &plan->answers[plan->n_answers++];
}

static void
add_trouble (Plan * plan, GRand * rand)
{
  static const VeoSimAnswer troubles[] = {
    {.status = 503,.body = "{\"error\":{\"message\":\"busy\"}}"},
    {.status = 429,.headers = "Retry-After: 0",.body = "{}"},
    {.status = 200,.body = "no JSON"},
    {.brk = VEO_SIM_BREAK_CLOSE},
    {.brk = VEO_SIM_BREAK_RESET},
    {.brk = VEO_SIM_BREAK_CUT},
    {.brk = VEO_SIM_BREAK_CUT_RESET},
  };

  *add_answer (plan) =
      troubles[g_rand_int_range (rand, 0, G_N_ELEMENTS (troubles))];
}

static void
make_polls (Plan * plan, GRand * rand)
{
  VeoSimAnswer *answer;

  switch (plan->phase) {
    case PHASE_HEADERS:
      answer = add_answer (plan);
      if (one_in (rand, 3))
        answer->brk = VEO_SIM_BREAK_SILENCE;
      else
        answer->delay_ms = g_rand_int_range (rand, 1, 150);
      break;
    case PHASE_BODY:
      answer = add_answer (plan);
      if (one_in (rand, 3))
        answer->brk = VEO_SIM_BREAK_STALL;
      else
        answer->rate = g_rand_int_range (rand, 1000, 20000);
      break;
    case PHASE_RETRY:
      add_trouble (plan, rand);
      add_trouble (plan, rand);
      break;
    default:
      break;
  }
  if (plan->phase == PHASE_PRELOAD || one_in (rand, 4))
    plan->duration_ms = g_rand_int_range (rand, 20, 250);
}

static void
make_content (Plan * plan, GRand * rand)
{
  plan->breaks_content = TRUE;
  switch (g_rand_int_range (rand, 0, 5)) {
    case 0:
      plan->content.status = 503;
      plan->content.body = "busy";
      break;
    case 1:
      plan->content.brk = VEO_SIM_BREAK_RESET;
      break;
    case 2:
      plan->content.brk = VEO_SIM_BREAK_SILENCE;
      break;
    case 3:
      plan->content.brk = VEO_SIM_BREAK_CLOSE;
      break;
    default:
      plan->content.delay_ms = g_rand_int_range (rand, 1, 100);
      break;
  }
}

static void
make_transfer (Plan * plan, GRand * rand)
{
  VeoSimTransfer *transfer = &plan->transfer;

  transfer->range = g_rand_int_range (rand, 0, 3);
  transfer->chunked = one_in (rand, 4);
  transfer->no_total = one_in (rand, 8);
  transfer->no_head = one_in (rand, 4);
  if (one_in (rand, 4))
    transfer->rate = g_rand_int_range (rand, 50000, 1000000);
  if (plan->phase == PHASE_DOWNLOAD && one_in (rand, 2)) {
    transfer->stall_after = g_rand_int_range (rand, 1, 60000);
    transfer->stall_ms = one_in (rand, 2) ? VEO_SIM_FOR_EVER : 50;
    transfer->stall_times = 1;
  }
  if (plan->phase == PHASE_RESUME || plan->phase == PHASE_REFRESH) {
    transfer->cut_every = g_rand_int_range (rand, 2000, 40000);
    transfer->cut_times = 4;
    transfer->cut_how = one_in (rand, 2) ? VEO_SIM_CUT_CLOSE :
        VEO_SIM_CUT_RESET;
  }
  if (plan->phase == PHASE_REFRESH) {
    plan->link = VEO_SIM_LINK_SIGNED;
    transfer->expires_requests = 1;
    transfer->expires_links = 3;
  }
}

static After
pick_after (Plan * plan, GRand * rand)
{
  switch (plan->phase) {
    case PHASE_RETRY:
      return one_in (rand, 2) ? AFTER_NEWS : AFTER_START;
    case PHASE_HANDOVER:
      return one_in (rand, 3) ? AFTER_PAD : AFTER_COMPLETE;
    case PHASE_DOWNLOAD:
    case PHASE_RESUME:
    case PHASE_REFRESH:
      return one_in (rand, 2) ? AFTER_COMPLETE : AFTER_BUFFER;
    case PHASE_PLAYING:
      return one_in (rand, 3) ? AFTER_PAD : AFTER_BUFFER;
    default:
      return AFTER_START;
  }
}

static gdouble
get_longest (After after, gboolean lives)
{
  if (lives)
    return LONGEST_LIFE_US;
  return after == AFTER_START ? LONGEST_US : LONGEST_NEAR_US;
}

static void
make_steps (Plan * plan, GRand * rand, gboolean lives)
{
  plan->n_steps = one_in (rand, 2) ? 0 : g_rand_int_range (rand, 1,
      MAX_STEPS + 1);
  for (guint i = 0; i < plan->n_steps; i++) {
    Step *step = &plan->steps[i];

    step->after = pick_after (plan, rand);
    step->delay_us = pick_delay (rand, get_longest (step->after, lives));
    step->action = g_rand_int_range (rand, ACTION_NONE + 1, N_ACTIONS);
    step->position_ms = g_rand_int_range (rand, 0, 1500);
  }
}

static void
make_stop (Plan * plan, GRand * rand, gboolean lives)
{
  plan->stop_after = pick_after (plan, rand);
  plan->stop_delay_us = pick_delay (rand, get_longest (plan->stop_after,
          lives));
  plan->stop = one_in (rand, 2) ? STOP_NULL : g_rand_int_range (rand, 0,
      N_STOPS);
  plan->stop_message = g_rand_int_range (rand, 0, 6);
}

void
plan_make (Plan * plan, guint32 seed, gboolean lives)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  memset (plan, 0, sizeof (*plan));
  plan->phase = g_rand_int_range (rand, 0, N_PHASES);
  plan->output = one_in (rand, 2) ? 0 : g_rand_int_range (rand, 0, 3);
  plan->sync = lives || one_in (rand, 3);
  plan->link = one_in (rand, 2) ? VEO_SIM_LINK_CONTENT : VEO_SIM_LINK_SIGNED;
  make_polls (plan, rand);
  if (one_in (rand, 8))
    make_content (plan, rand);
  make_transfer (plan, rand);
  make_steps (plan, rand, lives);
  make_stop (plan, rand, lives);
  if (lives)
    plan->duration_ms = pick_delay (rand, LONGEST_LIFE_US) / 1000;
}
