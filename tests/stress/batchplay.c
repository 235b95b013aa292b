/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that may crash. */
#include <gst/gst.h>
#include <stdio.h>
#include <sys/resource.h>

#include "actor.h"
#include "batch.h"
#include "benchprocess.h"
#include "common.h"
#include "standin.h"

#define SETTLE_MS 20000
/* What a batch of this size is looked at for growth; before half of it, all
 * that is loaded once has come */
#define FEWEST_TO_COMPARE 40
/* What libsoup, GStreamer and malloc may keep for a start, and once */
#define MEMORY_PER_START_KIB 4.0
#define MEMORY_SLACK_KIB 2048.0

static void
print_plan (const Plan * plan, guint32 seed)
{
  printf ("run %u %d\n", seed, plan->phase);
  fflush (stdout);
}

static void
play_steps (Actor * actor, const Plan * plan)
{
  for (guint i = 0; i < plan->n_steps; i++) {
    actor_wait (actor, plan->steps[i].after, plan->steps[i].delay_us);
    printf ("did %d\n", plan->steps[i].action);
    actor_do (actor, &plan->steps[i]);
  }
}

static void
play (Standin * standin, guint32 seed, gboolean control)
{
  g_autofree gchar *task = standin_add_task (standin, seed, FALSE);
  g_autofree gchar *problem = NULL;
  Plan plan;
  Actor *actor;
  gint64 took;

  plan_make (&plan, seed, FALSE);
  print_plan (&plan, seed);
  actor = actor_new (&plan, standin_get_url (standin), task, control);
  actor_start (actor);
  play_steps (actor, &plan);
  actor_wait (actor, plan.stop_after, plan.stop_delay_us);
  took = actor_stop (actor);
  printf ("stop %d %" G_GINT64_FORMAT "\n",
      control && plan.stop > STOP_PAUSED ? STOP_NULL : plan.stop, took);
  problem = actor_free (actor);
  if (problem)
    printf ("%s\n", problem);
  standin_remove_task (standin, seed);
}

static void
compare (const BenchUse * before, const BenchUse * after, guint starts)
{
  gdouble growth = after->malloc_kib - before->malloc_kib;

  if (after->threads > before->threads)
    printf ("leak: %u threads, then %u\n", before->threads, after->threads);
  if (after->descriptors > before->descriptors)
    printf ("leak: %u descriptors, then %u\n", before->descriptors,
        after->descriptors);
  if (growth > MEMORY_SLACK_KIB + MEMORY_PER_START_KIB * starts)
    printf ("leak: %.0f KiB in %u starts\n", growth, starts);
  printf ("use %u %u %.0f\n", after->threads, after->descriptors, growth);
}

static void
play_all (Standin * standin, guint32 seed, guint runs, gboolean control)
{
  gboolean compares = runs >= FEWEST_TO_COMPARE;
  BenchUse before, after;

  for (guint i = 0; i < runs; i++) {
    if (compares && i == runs / 2) {
      bench_process_settle (SETTLE_MS);
      bench_process_read (0, &before);
    }
    play (standin, seed + i, control);
  }
  if (!compares)
    return;
  bench_process_settle (SETTLE_MS);
  bench_process_read (0, &after);
  compare (&before, &after, runs - runs / 2);
}

static void
allow_core (void)
{
  struct rlimit limits = { 0, };

  getrlimit (RLIMIT_CORE, &limits);
  limits.rlim_cur = limits.rlim_max;
  setrlimit (RLIMIT_CORE, &limits);
}

gint
batch_play (const gchar * clip, guint32 seed, guint runs, gboolean control)
{
  Standin *standin = standin_start (clip);

  if (!standin) {
    g_printerr ("There is no stand-in service\n");
    return BATCH_IMPOSSIBLE;
  }
  allow_core ();
  gst_init (NULL, NULL);
  if (!control && !stress_find_plugin ())
    return BATCH_IMPOSSIBLE;
  /* souphttpsrc and decodebin have some that nobody minds */
  if (!control)
    g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  play_all (standin, seed, runs, control);
  printf ("end\n");
  fflush (stdout);
  standin_stop (standin);
  return 0;
}
