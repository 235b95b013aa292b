/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many tasks that come and go for a long time, against a service that makes
 * trouble: two hundred pipelines in one process, each replaced when its time
 * has come. What the process holds when all of them are gone must not grow.
 *
 * A first part fills what is filled once; what is left after it and after the
 * rest is compared. */
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>

#include "actor.h"
#include "benchprocess.h"
#include "common.h"
#include "standin.h"

/* How long an element lives, s */
#define SHORTEST_LIFE 2.0
#define LONGEST_LIFE 30.0
/* A pause within an action, in which all others wait */
#define LONGEST_PAUSE_US 20000
#define LOOK_US 5000
#define REPORT_US (30 * G_USEC_PER_SEC)
#define SETTLE_MS 20000
/* What libsoup, GStreamer and malloc may keep for a start, and once. GStreamer 1.22
 * forgets 64 bytes with each connection of a souphttpsrc (GstSoupSession does not
 * chain up when it is finalized), and GLib before 2.76 keeps what it once had in
 * slices, unless G_SLICE=always-malloc. */
#define MEMORY_PER_START_KIB 0.25
#define MEMORY_SLACK_KIB 4096.0

typedef struct
{
  Actor *actor;
  Plan plan;
  guint32 seed;
  guint next_step;
  gint64 next_time;             /* of that step */
  gint64 end;
} Slot;

typedef struct
{
  gdouble minutes;
  gint tasks;
  gint seed;

  Standin *standin;
  Slot *slots;
  guint starts;
  guint over;                   /* ended or failed by themselves before their time */
  guint wrong;
  gdouble longest_ms;
} Soak;

static Soak soak = {.minutes = 3,.tasks = 200,.seed = 1 };

static const GOptionEntry entries[] = {
  {"minutes", 'm', 0, G_OPTION_ARG_DOUBLE, &soak.minutes,
      "How long it takes (3)", "N"},
  {"tasks", 't', 0, G_OPTION_ARG_INT, &soak.tasks, "Elements at a time (200)",
      "N"},
  {"seed", 's', 0, G_OPTION_ARG_INT, &soak.seed,
      "Number of the first start, which decides all it does (1)", "N"},
  {NULL}
};

static gint64
pick_life (guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  return g_rand_double_range (rand, SHORTEST_LIFE, LONGEST_LIFE)
      * G_USEC_PER_SEC;
}

static void
schedule_step (Slot * slot, gint64 now)
{
  slot->next_time = slot->next_step < slot->plan.n_steps
      ? now + slot->plan.steps[slot->next_step].delay_us : G_MAXINT64;
}

static void
begin (Slot * slot, gint64 now)
{
  g_autofree gchar *task = NULL;

  slot->seed = soak.seed + soak.starts++;
  task = standin_add_task (soak.standin, slot->seed, TRUE);
  plan_make (&slot->plan, slot->seed, TRUE);
  slot->actor = actor_new (&slot->plan, standin_get_url (soak.standin), task,
      FALSE);
  slot->next_step = 0;
  slot->end = now + pick_life (slot->seed);
  schedule_step (slot, now);
  actor_start (slot->actor);
}

static void
end (Slot * slot)
{
  g_autofree gchar *problem = NULL;
  gint64 took;

  if (!slot->actor)
    return;
  if (actor_is_over (slot->actor))
    soak.over++;
  took = actor_stop (slot->actor);
  soak.longest_ms = MAX (soak.longest_ms, took / 1000.0);
  problem = actor_free (g_steal_pointer (&slot->actor));
  standin_remove_task (soak.standin, slot->seed);
  if (problem) {
    printf ("start %u: %s\n", slot->seed, problem);
    soak.wrong++;
  }
}

static void
look_at (Slot * slot, gint64 now)
{
  if (slot->actor && now >= slot->end)
    end (slot);
  if (!slot->actor)
    begin (slot, now);
  if (now >= slot->next_time) {
    Step step = slot->plan.steps[slot->next_step++];

    step.delay_us = MIN (step.delay_us, LONGEST_PAUSE_US);
    actor_do (slot->actor, &step);
    schedule_step (slot, now);
  }
}

static void
print_use (const gchar * when)
{
  BenchUse use;

  bench_process_read (0, &use);
  printf ("%s: %u starts, %u over by themselves, %u threads, %u descriptors, "
      "%.0f KiB by malloc, %.0f KiB of its own, longest NULL %.0f ms\n", when,
      soak.starts, soak.over, use.threads, use.descriptors, use.malloc_kib,
      use.memory_kib, soak.longest_ms);
  fflush (stdout);
}

static void
come_and_go (gdouble minutes)
{
  gint64 began = g_get_monotonic_time ();
  gint64 limit = began + minutes * 60 * G_USEC_PER_SEC;
  gint64 report = began + REPORT_US;
  gint64 now;

  while ((now = g_get_monotonic_time ()) < limit) {
    for (gint i = 0; i < soak.tasks; i++)
      look_at (&soak.slots[i], now);
    if (now >= report) {
      g_autofree gchar *when = g_strdup_printf ("%4.1f min",
          (now - began) / 60e6);

      print_use (when);
      report += REPORT_US;
    }
    g_usleep (LOOK_US);
  }
  for (gint i = 0; i < soak.tasks; i++)
    end (&soak.slots[i]);
  bench_process_settle (SETTLE_MS);
}

static gboolean
is_flat (const BenchUse * before, const BenchUse * after, guint starts)
{
  gdouble growth = after->malloc_kib - before->malloc_kib;

  printf
      ("soak: %u starts, %u wrong, longest NULL %.0f ms; when all were gone: "
      "threads %u then %u, descriptors %u then %u, malloc %.0f then %.0f KiB "
      "(%.3f KiB a start)\n", soak.starts, soak.wrong, soak.longest_ms,
      before->threads, after->threads, before->descriptors, after->descriptors,
      before->malloc_kib, after->malloc_kib, growth / MAX (starts, 1));
  return after->threads <= before->threads
      && after->descriptors <= before->descriptors
      && growth <= MEMORY_SLACK_KIB + MEMORY_PER_START_KIB * starts;
}

static gboolean
run (void)
{
  BenchUse before, after;
  guint starts;

  come_and_go (soak.minutes / 3);
  print_use ("all gone");
  bench_process_read (0, &before);
  starts = soak.starts;
  come_and_go (soak.minutes * 2 / 3);
  print_use ("all gone");
  bench_process_read (0, &after);
  return is_flat (&before, &after, soak.starts - starts) && soak.wrong == 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- tasks that come and go");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *clip = NULL;
  gboolean good;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  stress_use_build ();
  clip = stress_make_clip ();
  soak.standin = clip ? standin_start (clip) : NULL;
  if (!soak.standin)
    return EXIT_FAILURE;
  gst_init (NULL, NULL);
  if (!stress_find_plugin ())
    return EXIT_FAILURE;
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  soak.slots = g_new0 (Slot, soak.tasks);
  good = run ();
  g_free (soak.slots);
  standin_stop (soak.standin);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
