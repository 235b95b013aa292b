/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replays the schedule against recorded courses of tasks:
 *
 *   veo-schedule-sim [--start SECONDS] [--no-age] [--compare] TRACE...
 *
 * A service tells when a task was created; with --no-age it does not.
 *
 * A trace has one line a change, "seconds status progress"; its last line is
 * terminal. Prints "NAME delay_s polls duration_s" a trace and at the end
 * "all mean_delay mean_polls score", where a score of 1 is what any fixed
 * interval gets when its first and last poll cost nothing. */

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gstveoschedule.h"

#define MIN_INTERVAL 1000
#define MAX_INTERVAL 15000

typedef struct
{
  guint64 at;                   /* ms */
  GstVeoStatus status;
  gint progress;
} Change;

typedef struct
{
  gchar *name;
  GArray *changes;
} Trace;

typedef struct
{
  gdouble delay;                /* s, from visible to noticed */
  guint polls;
  gdouble duration;             /* s, from the first poll to visible */
} Outcome;

typedef struct _Contender Contender;

/* Something that says when to ask next, told of every answer that did not end the wait */
struct _Contender
{
  const gchar *name;
    guint (*next) (const Contender * contender, gpointer state, guint64 now,
      const Change * answer);
  /* age: of the task at the first poll, ms; -1 when the service does not tell */
    gpointer (*begin) (gint64 age);
  void (*end) (gpointer state);
  guint interval;               /* ms */
};

static void
trace_free (Trace * trace)
{
  g_free (trace->name);
  g_array_unref (trace->changes);
  g_free (trace);
}

static gboolean
parse_change (const gchar * line, Change * change)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t", -1);
  gchar *end = NULL;
  gdouble seconds;

  if (g_strv_length (words) != 3)
    return FALSE;
  seconds = g_ascii_strtod (words[0], &end);
  if (end == words[0] || *end != '\0' || !(seconds >= 0 && seconds < 1e9))
    return FALSE;
  change->at = (guint64) llround (seconds * 1000);
  change->status = gst_veo_status_from_word (words[1]);
  change->progress = -1;
  if (g_str_equal (words[2], "-"))
    return TRUE;
  change->progress = (gint) g_ascii_strtoll (words[2], &end, 10);
  return end != words[2] && *end == '\0';
}

static GArray *
parse_changes (const gchar * text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (Change));
  Change change;
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    if (*g_strstrip (lines[i]) == '\0')
      continue;
    if (!parse_change (lines[i], &change))
      return NULL;
    if (changes->len > 0
        && change.at < g_array_index (changes, Change, changes->len - 1).at)
      return NULL;
    g_array_append_val (changes, change);
  }
  if (changes->len == 0 || !gst_veo_status_is_final (change.status))
    return NULL;
  return g_steal_pointer (&changes);
}

static Trace *
trace_load (const gchar * path)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *name = g_path_get_basename (path);
  g_autoptr (GError) error = NULL;
  GArray *changes;
  Trace *trace;

  if (!g_file_get_contents (path, &text, NULL, &error)) {
    g_printerr ("%s\n", error->message);
    return NULL;
  }
  changes = parse_changes (text);
  if (changes == NULL) {
    g_printerr
        ("%s is no trace: lines of \"seconds status progress\" in order, "
        "the last one terminal, were expected.\n", path);
    return NULL;
  }
  if (g_str_has_suffix (name, ".txt"))
    name[strlen (name) - strlen (".txt")] = '\0';
  trace = g_new0 (Trace, 1);
  trace->name = g_steal_pointer (&name);
  trace->changes = changes;
  return trace;
}

/* The last change not after @at; before the first one, the first one */
static const Change *
trace_answer (const Trace * trace, guint64 at)
{
  guint i;

  for (i = trace->changes->len - 1; i > 0; i--) {
    const Change *change = &g_array_index (trace->changes, Change, i);

    if (change->at <= at)
      return change;
  }
  return &g_array_index (trace->changes, Change, 0);
}

static gpointer
schedule_begin (gint64 age)
{
  GstVeoSchedule *schedule =
      gst_veo_schedule_new (MIN_INTERVAL, MAX_INTERVAL, 0, 0);

  gst_veo_schedule_set_age (schedule, age);
  return schedule;
}

static guint
schedule_next (const Contender * contender, gpointer state, guint64 now,
    const Change * answer)
{
  gst_veo_schedule_note (state, now, answer->status, answer->progress, -1);
  return gst_veo_schedule_next (state, now);
}

static void
schedule_end (gpointer state)
{
  gst_veo_schedule_free (state);
}

static guint
fixed_next (const Contender * contender, gpointer state, guint64 now,
    const Change * answer)
{
  return contender->interval;
}

static gpointer
exponential_begin (gint64 age)
{
  return g_new0 (gdouble, 1);
}

static guint
exponential_next (const Contender * contender, gpointer state, guint64 now,
    const Change * answer)
{
  gdouble *interval = state;

  *interval = *interval == 0 ? 1000 : MIN (*interval * 1.5, 20000);
  return (guint) * interval;
}

static gpointer
uniform_begin (gint64 age)
{
  return g_rand_new_with_seed (1);
}

static guint
uniform_next (const Contender * contender, gpointer state, guint64 now,
    const Change * answer)
{
  return (guint) g_rand_int_range (state, 4500, 7501);
}

static void
uniform_end (gpointer state)
{
  g_rand_free (state);
}

static const Contender ours = {
  "all", schedule_next, schedule_begin, schedule_end
};

static const Contender others[] = {
  {"fixed-1", fixed_next, NULL, NULL, 1000},
  {"fixed-2", fixed_next, NULL, NULL, 2000},
  {"fixed-5", fixed_next, NULL, NULL, 5000},
  {"fixed-10", fixed_next, NULL, NULL, 10000},
  {"fixed-20", fixed_next, NULL, NULL, 20000},
  {"exponential", exponential_next, exponential_begin, g_free},
  {"uniform-6", uniform_next, uniform_begin, uniform_end},
};

/* A task that was over before the first poll costs that poll and no delay */
static Outcome
replay (const Trace * trace, const Contender * contender, guint64 start,
    gboolean tells_age)
{
  guint64 visible = g_array_index (trace->changes, Change,
      trace->changes->len - 1).at;
  guint64 first_end = MAX (visible, start);
  gpointer state = contender->begin != NULL
      ? contender->begin (tells_age ? (gint64) start : -1) : NULL;
  Outcome outcome = { 0, };
  guint64 now = 0;

  while (TRUE) {
    const Change *answer = trace_answer (trace, start + now);

    outcome.polls++;
    if (gst_veo_status_is_final (answer->status))
      break;
    now += contender->next (contender, state, now, answer);
  }
  if (contender->end != NULL)
    contender->end (state);
  outcome.delay = (start + now - first_end) / 1000.0;
  outcome.duration = (first_end - start) / 1000.0;
  return outcome;
}

/* Replays all traces and returns the line of the means */
static gchar *
run (const Contender * contender, GPtrArray * traces, guint64 start,
    gboolean tells_age, gboolean print_each)
{
  Outcome sum = { 0, };
  guint i;

  for (i = 0; i < traces->len; i++) {
    Trace *trace = traces->pdata[i];
    Outcome one = replay (trace, contender, start, tells_age);

    if (print_each)
      g_print ("%s %.2f %u %.2f\n", trace->name, one.delay, one.polls,
          one.duration);
    sum.delay += one.delay;
    sum.polls += one.polls;
    sum.duration += one.duration;
  }
  return g_strdup_printf ("%s %.3f %.3f %.3f", contender->name,
      sum.delay / traces->len, (gdouble) sum.polls / traces->len,
      sum.duration > 0 ?
      sum.delay * sum.polls / traces->len / (sum.duration / 2) : 0.0);
}

/* The schedule's own line comes last, after the others it is compared with */
static void
run_all (GPtrArray * traces, guint64 start, gboolean tells_age,
    gboolean compare)
{
  g_autofree gchar *mean = run (&ours, traces, start, tells_age, TRUE);
  guint i;

  for (i = 0; compare && i < G_N_ELEMENTS (others); i++) {
    g_autofree gchar *other = run (&others[i], traces, start, tells_age, FALSE);

    g_print ("%s\n", other);
  }
  g_print ("%s\n", mean);
}

static GPtrArray *
load_all (gchar ** paths)
{
  g_autoptr (GPtrArray) traces =
      g_ptr_array_new_with_free_func ((GDestroyNotify) trace_free);
  guint i;

  for (i = 0; paths[i] != NULL; i++) {
    Trace *trace = trace_load (paths[i]);

    if (trace == NULL)
      return NULL;
    g_ptr_array_add (traces, trace);
  }
  return g_steal_pointer (&traces);
}

int
main (int argc, char **argv)
{
  gdouble start = 0;
  gboolean compare = FALSE, no_age = FALSE;
  g_auto (GStrv) paths = NULL;
/* *INDENT-OFF* */
  const GOptionEntry entries[] = {
    {"start", 's', 0, G_OPTION_ARG_DOUBLE, &start,
        "Seconds into the trace at which the first poll is sent (0)", "SECONDS"},
    {"no-age", 0, 0, G_OPTION_ARG_NONE, &no_age,
        "The service does not tell when the task was created", NULL},
    {"compare", 'c', 0, G_OPTION_ARG_NONE, &compare,
        "Print what other schedules would have reached", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL,
        "TRACE..."},
    {NULL}
  };
/* *INDENT-ON* */
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) traces = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }
  if (paths == NULL || !(start >= 0 && start < 1e9)) {
    g_printerr ("Give at least one trace, and a start of 0 or more seconds.\n");
    return EXIT_FAILURE;
  }
  traces = load_all (paths);
  if (traces == NULL)
    return EXIT_FAILURE;

  run_all (traces, (guint64) llround (start * 1000), !no_age, compare);
  return EXIT_SUCCESS;
}
