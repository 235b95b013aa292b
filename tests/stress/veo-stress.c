/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stops at any moment: starts veosrc again and again against a service that
 * makes trouble, and ends each in another way at another moment. Nothing may
 * crash, hang, leak or be told after NULL.
 *
 * souphttpsrc itself crashes about once in 1,250 stops, inside libsoup; so the
 * same is done to a pipeline without veosrc, as a control. */
#include <stdio.h>
#include <stdlib.h>

#include "batch.h"
#include "common.h"

/* Nobody reads more backtraces than this */
#define MOST_CRASHES 20
/* A process for so many starts */
#define BATCH 100
/* Crashes inside libsoup may be this rare: a tenth of what souphttpsrc has */
#define STARTS_PER_CRASH 12500

typedef struct
{
  gint runs;
  gint seed;
  gboolean control;
  gboolean only_control;
  gchar *clip;                  /* this is the process of a batch */
} Options;

static Options options = {.runs = 200,.seed = 1 };

/* *INDENT-OFF* */
static const GOptionEntry entries[] = {
  {"runs", 'n', 0, G_OPTION_ARG_INT, &options.runs, "Starts (200)", "N"},
  {"seed", 's', 0, G_OPTION_ARG_INT, &options.seed,
      "Number of the first start, which decides all it does (1)", "N"},
  {"control", 'c', 0, G_OPTION_ARG_NONE, &options.control,
      "The same starts also without veosrc: souphttpsrc ! queue2 ! decodebin",
      NULL},
  {"only-control", 0, 0, G_OPTION_ARG_NONE, &options.only_control,
      "Only those", NULL},
  {"batch", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &options.clip, NULL,
      NULL},
  {NULL}
};
/* *INDENT-ON* */

static void
print_counts (const gchar * what, const guint * counts, guint n,
    const gchar * (*get_name) (guint))
{
  printf ("  %-8s", what);
  for (guint i = 0; i < n; i++)
    if (counts[i] > 0)
      printf (" %s %u", get_name (i), counts[i]);
  printf ("\n");
}

static const gchar *
name_phase (guint i)
{
  return phase_get_name (i);
}

static const gchar *
name_action (guint i)
{
  return action_get_name (i);
}

static const gchar *
name_stop (guint i)
{
  return stop_get_name (i);
}

static void
print_tally (const BatchTally * tally)
{
  printf ("%s: %u starts, longest stop %.0f ms\n",
      tally->control ? "control" : "veosrc", tally->starts, tally->longest_ms);
  print_counts ("aimed at", tally->phases, N_PHASES, name_phase);
  print_counts ("did", tally->actions, N_ACTIONS, name_action);
  print_counts ("stopped", tally->stops, N_STOPS, name_stop);
  printf ("  crashes %u, crashes in libsoup %u, hangs %u, leaks %u, "
      "messages after NULL %u\n", tally->crashes, tally->crashes_theirs,
      tally->hangs, tally->leaks, tally->late);
  fflush (stdout);
}

static void
run_all (const gchar * program, const gchar * clip, BatchTally * tally)
{
  guint done = 0;
  guint runs = options.runs;

  while (done < runs && tally->crashes + tally->hangs < MOST_CRASHES) {
    guint begun = batch_run (program, clip, options.seed + done,
        MIN (BATCH, runs - done), tally);

    done += MAX (1, begun);
  }
  if (done < runs)
    printf ("gave up after %u of %u starts\n", done, runs);
  print_tally (tally);
}

static gboolean
is_good (const BatchTally * tally)
{
  return tally->starts > 0 && tally->crashes == 0 && tally->hangs == 0
      && tally->leaks == 0 && tally->late == 0
      && tally->crashes_theirs <= 1 + tally->starts / STARTS_PER_CRASH;
}

static gboolean
stress (const gchar * program)
{
  g_autofree gchar *clip = stress_make_clip ();
  BatchTally ours = { FALSE, };
  BatchTally theirs = { TRUE, };

  if (!clip)
    return FALSE;
  if (!options.only_control)
    run_all (program, clip, &ours);
  if (options.control || options.only_control)
    run_all (program, clip, &theirs);
  return options.only_control || is_good (&ours);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- stops at any moment");
  g_autofree gchar *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  stress_use_build ();
  if (options.clip)
    return batch_play (options.clip, options.seed, options.runs,
        options.only_control);
  return stress (program) ? EXIT_SUCCESS : EXIT_FAILURE;
}
