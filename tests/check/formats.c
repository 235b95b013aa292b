/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kind of file that a service may deliver, through breaks of every kind:
 * the frames, the encoded streams and the bytes are those of the local file. */
#include "pool.h"

#define THREADS 6
#define PIECES 5

typedef enum
{
  TROUBLE_MIDDLE,               /* breaks at one place, Range honoured */
  TROUBLE_RESETS,               /* break upon break, the rude kind */
  TROUBLE_UNKNOWN,              /* the same, and nobody tells how long the file is */
  TROUBLE_NO_RANGE,             /* Range ignored */
  TROUBLE_ENDLESS,              /* the same, and the length unknown */
  N_TROUBLES
} Trouble;

typedef struct
{
  const Clip *clip;
  Output output;
  Trouble trouble;
  guint64 cuts[PIECES];
  gchar *name;
} Case;

static GArray *cases;

static const ClipKind kinds[] = { CLIP_VP8, CLIP_VP9, CLIP_H265,
  CLIP_H264_444, CLIP_H264_10, CLIP_SILENT, CLIP_FRAGMENTED,
  CLIP_FRAGMENTED_SILENT, CLIP_LARGE_END
};
/* *INDENT-OFF* */
static const gchar *const output_names[] = { "decoded", "encoded",
  "container"
};
static const gchar *const trouble_names[] = { "middle", "resets", "unknown",
  "no-range", "endless"
};
/* *INDENT-ON* */

static void
add_cases (const Clip * clip)
{
  Case c = {.clip = clip };

  for (c.output = 0; c.output < N_OUTPUTS; c.output++)
    for (c.trouble = 0; c.trouble < N_TROUBLES; c.trouble++) {
      c.name = g_strdup_printf ("%s/%s/%s", clip->name,
          output_names[c.output], trouble_names[c.trouble]);
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

    if (clip)
      add_cases (clip);
    else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
      g_printerr ("skipped: %s\n", error->message);
    else
      g_error ("%s", error->message);
  }
}

static void
plan_trouble (Case * c, VeoSimTransfer * t)
{
  guint64 step = c->clip->size / PIECES + 1;
  guint i;

  if (c->trouble == TROUBLE_NO_RANGE || c->trouble == TROUBLE_ENDLESS) {
    /* Each transfer comes further than the one before */
    t->range = VEO_SIM_RANGE_IGNORED;
    t->chunked = c->trouble == TROUBLE_ENDLESS;
    for (i = 0; i < PIECES - 1; i++)
      c->cuts[i] = (i + 1) * step;
    t->cut_at = c->cuts;
    t->n_cut_at = PIECES - 1;
  } else if (c->trouble == TROUBLE_MIDDLE) {
    /* A demuxer that jumps to the index may leave the first one behind */
    c->cuts[0] = c->cuts[1] = c->clip->size / 2;
    t->cut_at = c->cuts;
    t->n_cut_at = 2;
  } else {
    t->cut_every = step;
    t->cut_how = c->trouble == TROUBLE_RESETS ? VEO_SIM_CUT_RESET
        : VEO_SIM_CUT_CLOSE;
    t->chunked = t->no_total = c->trouble == TROUBLE_UNKNOWN;
  }
}

static gchar *
run_case (guint i, VeoSim * sim)
{
  Case *c = &g_array_index (cases, Case, i);
  TrialPlan plan = {.clip = c->clip,.output = c->output,
    .link = VEO_SIM_LINK_CONTENT
  };
  Trial *trial;
  gchar *problem;
  g_autofree gchar *late = NULL;

  plan_trouble (c, &plan.transfer);
  trial = trial_new (sim, &plan);
  problem = trial_play (trial);
  if (!problem && trial_get_stat (trial, "reconnects") == 0)
    problem = g_strdup ("there was no break");
  late = trial_free (trial);
  return problem ? problem : g_steal_pointer (&late);
}

static const gchar *
describe_case (guint i)
{
  return g_array_index (cases, Case, i).name;
}

GST_START_TEST (test_format)
{
  /* Given a file of this kind, and a server with this trouble.
   * When it is played.
   * Then what comes out is what the local file gives. */
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
formats_suite (void)
{
  Suite *suite = suite_create ("formats");
  TCase *tcase = tcase_create ("formats");

  suite_add_tcase (suite, tcase);
  choose_cases ();
  tcase_add_loop_test (tcase, test_format, 0, cases->len);
  tcase_add_test (tcase, test_nothing_remains);
  pool_plan (cases->len, THREADS, run_case, describe_case);
  return suite;
}

int
main (int argc, char **argv)
{
  return pool_main (argc, argv, formats_suite, "formats");
}
