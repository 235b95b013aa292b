/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The download that always arrives: every way a transfer can break, against
 * every way a server can treat Range, every build of the file, every output and
 * every fate of the link. What comes out is what the local file gives.
 *
 * VEO_MATRIX=all plays every combination; VEO_MATRIX=TEXT those whose name has
 * TEXT in it; without it a spread of them. VEO_SEED repeats a run's stops. */
#include "pool.h"

#include <stdlib.h>

#define THREADS 8
/* "every N bytes": so many pieces */
#define PIECES 6
/* A link that expires in the middle brings one part in so many */
#define EXPIRY 3

typedef enum
{
  BREAK_START,                  /* before the first byte */
  BREAK_KIB,                    /* in the first KiB */
  BREAK_INDEX,                  /* in the middle of the moov */
  BREAK_MIDDLE,
  BREAK_LAST,                   /* before the last byte */
  BREAK_EVERY,                  /* again and again */
  N_BREAKS
} Break;

typedef enum
{
  BODY_LENGTH,
  BODY_CHUNKED,                 /* Content-Range alone may tell the length */
  BODY_UNKNOWN,                 /* neither does */
  N_BODIES
} Body;

typedef enum
{
  LINK_CONTENT,
  LINK_SIGNED,
  LINK_DEAD,                    /* expired when it is opened */
  LINK_DIES,                    /* expires in the middle */
  N_LINKS
} Link;

#define N_RANGES (VEO_SIM_RANGE_WRONG + 1)
#define N_INDEXES (CLIP_FRAGMENTED + 1)

typedef struct
{
  Break brk;
  VeoSimRange range;
  ClipKind clip;
  Output output;
  Link link;
  Body body;
  gchar *name;
  guint64 cuts[PIECES];
  /* Of the trial that is stopped */
  gint64 stop_after;            /* us */
  gboolean stalls;              /* the server falls silent ... */
  gdouble stall_at;             /* ... at this part of the file */
} Combination;

static GArray *combinations;

static const gchar *const break_names[] = { "start", "kib", "index", "middle",
  "last", "every"
};
/* *INDENT-OFF* */
static const gchar *const range_names[] = { "honoured", "absent", "ignored",
  "wrong"
};
/* *INDENT-ON* */
static const gchar *const clip_names[] = { "front", "end", "fragmented" };
/* *INDENT-OFF* */
static const gchar *const output_names[] = { "decoded", "encoded",
  "container"
};
static const gchar *const link_names[] = { "content", "signed", "dead",
  "dies"
};
/* *INDENT-ON* */
static const gchar *const body_names[] = { "length", "chunked", "unknown" };

/* --- Which combinations --- */

/* Without a range there is no Content-Range that could tell or not */
static gboolean
makes_sense (const Combination * c)
{
  return c->body != BODY_UNKNOWN || c->range == VEO_SIM_RANGE_HONOURED
      || c->range == VEO_SIM_RANGE_WRONG;
}

static void
add (Combination c)
{
  const gchar *wanted = g_getenv ("VEO_MATRIX");

  if (!makes_sense (&c))
    c.body = BODY_CHUNKED;
  c.name = g_strdup_printf ("%s/%s/%s/%s/%s/%s", break_names[c.brk],
      range_names[c.range], clip_names[c.clip], output_names[c.output],
      link_names[c.link], body_names[c.body]);
  if (!wanted || g_str_equal (wanted, "all") || strstr (c.name, wanted))
    g_array_append_val (combinations, c);
  else
    g_free (c.name);
}

/* Every break with every range, index and output; links and bodies take turns,
 * so that each meets each of the others. */
static void
add_spread (Combination c)
{
  guint turn = c.brk + c.range + c.clip + c.output;

  c.link = turn % N_LINKS;
  c.body = (turn / N_LINKS + c.brk + 2 * c.range + c.clip) % N_BODIES;
  add (c);
}

static void
add_all (Combination c)
{
  for (c.link = 0; c.link < N_LINKS; c.link++)
    for (c.body = 0; c.body < N_BODIES; c.body++)
      if (makes_sense (&c))
        add (c);
}

static void
choose_combinations (void)
{
  Combination c = { 0, };

  combinations = g_array_new (FALSE, FALSE, sizeof (Combination));
  for (c.brk = 0; c.brk < N_BREAKS; c.brk++)
    for (c.range = 0; c.range < N_RANGES; c.range++)
      for (c.clip = 0; c.clip < N_INDEXES; c.clip++)
        for (c.output = 0; c.output < N_OUTPUTS; c.output++)
          (g_getenv ("VEO_MATRIX") ? add_all : add_spread) (c);
}

/* --- Random moments --- */

static guint32
choose_seed (void)
{
  const gchar *text = g_getenv ("VEO_SEED");
  guint32 seed = text ? strtoul (text, NULL, 10) : g_random_int ();

  g_print ("matrix: %u combinations, VEO_SEED=%u\n", combinations->len, seed);
  return seed;
}

/* By the name, so that a combination has its moment in every choice of them */
static void
choose_moments (void)
{
  guint32 seed = choose_seed ();
  guint i;

  for (i = 0; i < combinations->len; i++) {
    Combination *c = &g_array_index (combinations, Combination, i);
    g_autoptr (GRand) rand = g_rand_new_with_seed (seed ^ g_str_hash (c->name));

    c->stop_after = g_rand_int_range (rand, 0,
        (c->brk == BREAK_EVERY ? 600 : 300) * 1000);
    c->stalls = g_rand_boolean (rand);
    c->stall_at = g_rand_double (rand);
  }
}

/* --- One of them --- */

static void
plan_break (Combination * c, const Clip * clip, VeoSimTransfer * t)
{
  guint64 step = clip->size / PIECES + 1;
  guint i;

  t->cut_at = c->cuts;
  t->n_cut_at = 1;
  switch (c->brk) {
    case BREAK_START:
      c->cuts[0] = 0;
      break;
    case BREAK_KIB:
      c->cuts[0] = 1 + (c->link * 331 + c->output * 97) % 1023;
      break;
    case BREAK_INDEX:
      c->cuts[0] = clip->index_at;
      break;
    case BREAK_MIDDLE:
      c->cuts[0] = clip->size / 2;
      break;
    case BREAK_LAST:
      c->cuts[0] = clip->size - 1;
      break;
    default:
      /* Without Range each transfer must come further than the one before */
      t->n_cut_at = PIECES - 1;
      for (i = 0; i < t->n_cut_at; i++)
        c->cuts[i] = (i + 1) * step;
      if (c->range == VEO_SIM_RANGE_HONOURED) {
        t->n_cut_at = 0;
        t->cut_every = step;
      }
  }
  /* Behind the expiry it is the next link's: a server that does not listen when
   * that one is asked for a range sends all the same, and has its break there */
  if (t->n_cut_at == 1 && c->link == LINK_DIES
      && c->cuts[0] > clip->size / EXPIRY && c->range != VEO_SIM_RANGE_WRONG)
    c->cuts[t->n_cut_at++] = c->cuts[0];
  if (c->brk != BREAK_EVERY && (c->output + c->link) % 3 == 0)
    t->cut_how = VEO_SIM_CUT_RESET;
}

static void
plan_link (const Combination * c, const Clip * clip, TrialPlan * plan)
{
  plan->link = c->link == LINK_CONTENT ? VEO_SIM_LINK_CONTENT
      : VEO_SIM_LINK_SIGNED;
  /* The next one is good, or nothing would ever arrive without Range */
  plan->transfer.expires_links = 1;
  plan->transfer.expires_at_once = c->link == LINK_DEAD;
  if (c->link == LINK_DIES)
    plan->transfer.expires_bytes = clip->size / EXPIRY;
}

static void
plan_trial (Combination * c, const Clip * clip, TrialPlan * plan)
{
  plan->clip = clip;
  plan->output = c->output;
  plan->transfer.range = c->range;
  plan->transfer.chunked = c->body != BODY_LENGTH;
  plan->transfer.no_total = c->body == BODY_UNKNOWN;
  plan_break (c, clip, &plan->transfer);
  plan_link (c, clip, plan);
}

/* Returns: (transfer full) (nullable): the trouble that was planned did not come */
static gchar *
check_trouble (const Combination * c, Trial * trial)
{
  guint64 reconnects = trial_get_stat (trial, "reconnects");
  guint64 refreshes = trial_get_stat (trial, "link-refreshes");
  guint expected = c->link == LINK_DEAD || c->link == LINK_DIES;

  if (reconnects < (c->brk == BREAK_EVERY ? 2 : 1))
    return g_strdup_printf ("there were only %u breaks", (guint) reconnects);
  if (refreshes != expected)
    return g_strdup_printf ("there were %u fresh links in place of %u",
        (guint) refreshes, expected);
  return NULL;
}

/* Takes both. Returns: (transfer full) (nullable): the first one there is */
static gchar *
either (gchar * first, gchar * second)
{
  if (!first)
    return second;
  g_free (second);
  return first;
}

static Trial *
make_stopped (const Combination * c, VeoSim * sim, const TrialPlan * plan)
{
  TrialPlan own = *plan;

  if (c->stalls) {
    own.transfer.stall_after = c->stall_at * plan->clip->size;
    own.transfer.stall_ms = VEO_SIM_FOR_EVER;
  }
  return trial_new (sim, &own);
}

static gchar *
run_trials (const Combination * c, VeoSim * sim, const TrialPlan * plan)
{
  Trial *stopped = make_stopped (c, sim, plan);
  Trial *played = trial_new (sim, plan);
  gchar *problem = trial_stop_after (stopped, c->stop_after);

  problem = either (problem, trial_play (played));
  if (!problem)
    problem = check_trouble (c, played);
  problem = either (problem, trial_free (played));
  /* By now a thread that outlived NULL had the time to say something */
  return either (problem, trial_free (stopped));
}

static gchar *
run_combination (guint i, VeoSim * sim)
{
  Combination *c = &g_array_index (combinations, Combination, i);
  g_autoptr (GError) error = NULL;
  const Clip *clip = clips_get (c->clip, &error);
  TrialPlan plan = { 0, };
  g_autofree gchar *problem = NULL;

  if (!clip)
    return g_strdup (error->message);
  plan_trial (c, clip, &plan);
  problem = run_trials (c, sim, &plan);
  if (!problem)
    return NULL;
  return g_strdup_printf ("%s (the stop came after %d us)", problem,
      (gint) c->stop_after);
}

static const gchar *
describe_combination (guint i)
{
  return g_array_index (combinations, Combination, i).name;
}

/* --- Checks --- */

GST_START_TEST (test_combination)
{
  /* Given a service with this trouble.
   * When its video is played, once to the end and once stopped at a random
   * moment.
   * Then every frame and every byte is that of the local file, the application
   * has heard of no trouble, NULL returns, and is the last thing heard of. */
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
matrix_suite (void)
{
  Suite *suite = suite_create ("matrix");
  TCase *tcase = tcase_create ("matrix");

  suite_add_tcase (suite, tcase);
  choose_combinations ();
  choose_moments ();
  tcase_add_loop_test (tcase, test_combination, 0, combinations->len);
  tcase_add_test (tcase, test_nothing_remains);
  pool_plan (combinations->len, THREADS, run_combination, describe_combination);
  return suite;
}

int
main (int argc, char **argv)
{
  return pool_main (argc, argv, matrix_suite, "matrix");
}
