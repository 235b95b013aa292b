/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "alive.h"
#include "pool.h"
#include "process.h"

#include <stdlib.h>

/* Limits, never pauses; the first is for any job to end */
#define PATIENCE (120 * G_TIME_SPAN_SECOND)
#define REMAINS_PATIENCE (30 * G_TIME_SPAN_SECOND)
/* How long the least that a process holds is looked for */
#define SETTLING G_TIME_SPAN_SECOND

typedef struct
{
  gboolean done;
  gchar *problem;
} Job;

static struct
{
  PoolFunc func;
  PoolDescribeFunc describe;
  guint n, next, finished;
  guint n_threads;
  Job *jobs;
  GMutex lock;
  GCond cond;
  gchar *critical;              /* the first one that was logged */
  guint tasks, files;           /* that a process holds after job 0 */
} pool;

/* --- What a process holds --- */

static gchar *
list_tasks (void)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/task", 0, NULL);
  GString *list = g_string_new (NULL);
  const gchar *task;

  while (directory && (task = g_dir_read_name (directory))) {
    g_autofree gchar *path = g_strdup_printf ("/proc/self/task/%s/comm", task);
    g_autofree gchar *name = NULL;

    if (g_file_get_contents (path, &name, NULL, NULL))
      g_string_append_printf (list, " %s", g_strchomp (name));
  }
  return g_string_free (list, FALSE);
}

/* A thread that nobody waits for may take its time to end */
static void
count_remains (void)
{
  gint64 until = g_get_monotonic_time () + SETTLING;

  pool.tasks = count_threads (NULL);
  pool.files = count_descriptors ();
  while (g_get_monotonic_time () < until) {
    pool.tasks = MIN (pool.tasks, count_threads (NULL));
    pool.files = MIN (pool.files, count_descriptors ());
    g_usleep (10000);
  }
}

static gboolean
remains_as_before (void)
{
  gint64 until = g_get_monotonic_time () + REMAINS_PATIENCE;

  while (count_threads (NULL) > pool.tasks || count_descriptors () > pool.files) {
    if (g_get_monotonic_time () > until)
      return FALSE;
    g_usleep (10000);
  }
  return TRUE;
}

/* --- Threads --- */

static void
finish (guint i, gchar * problem)
{
  g_mutex_lock (&pool.lock);
  pool.jobs[i].done = TRUE;
  pool.jobs[i].problem = problem;
  pool.finished++;
  g_cond_broadcast (&pool.cond);
  g_mutex_unlock (&pool.lock);
}

static gboolean
take (guint end, guint * i)
{
  gboolean taken;

  g_mutex_lock (&pool.lock);
  taken = pool.next < end;
  if (taken)
    *i = pool.next++;
  g_mutex_unlock (&pool.lock);
  return taken;
}

/* Up to so many jobs in all */
static void
work_until (guint end)
{
  /* Signed links are at another origin, where no key goes */
  static const VeoSimOptions options = {.files_address = "127.0.0.1" };
  g_autoptr (GError) error = NULL;
  g_autoptr (VeoSim) sim = veo_sim_new (&options, &error);
  guint i;

  while (take (end, &i))
    finish (i, sim ? pool.func (i, sim) : g_strdup (error->message));
}

static gpointer
work (gpointer data)
{
  work_until (pool.n);
  return NULL;
}

/* Nothing can be cleared away behind a thread that hangs, GstCheck itself would
 * wait for it: the process ends here, and is seen to have crashed. */
static void
give_up (void)
{
  guint i;

  for (i = 0; i < pool.next; i++)
    if (!pool.jobs[i].done)
      g_printerr ("job %u hangs: %s\n", i, pool.describe (i));
  abort ();
}

static void
wait_for_all (void)
{
  gint64 until;
  guint before = 0;

  g_mutex_lock (&pool.lock);
  until = g_get_monotonic_time () + PATIENCE;
  while (pool.finished < pool.n) {
    if (!g_cond_wait_until (&pool.cond, &pool.lock, until))
      give_up ();
    if (pool.finished > before)
      until = g_get_monotonic_time () + PATIENCE;
    before = pool.finished;
  }
  g_mutex_unlock (&pool.lock);
}

/* GstCheck would fail the test right where it is logged, in any thread */
static void
note_critical (const gchar * domain, GLogLevelFlags level,
    const gchar * message, gpointer data)
{
  /* A demuxer that is stopped in the middle says so, of a local file as well */
  if (strstr (message, "Got data flow before"))
    return;
  g_mutex_lock (&pool.lock);
  if (!pool.critical)
    pool.critical = g_strdup_printf ("%s: %s", domain, message);
  g_mutex_unlock (&pool.lock);
  g_printerr ("%s: %s\n", domain, message);
}

static void
note_criticals (void)
{
  static const gchar *const domains[] = { "GStreamer", "GLib-GObject", "GLib",
    "GLib-GIO", "libsoup"
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (domains); i++)
    g_log_set_handler (domains[i], G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING,
        note_critical, NULL);
}

void
pool_plan (guint n, guint threads, PoolFunc func, PoolDescribeFunc describe)
{
  pool.func = func;
  pool.describe = describe;
  pool.n = n;
  pool.jobs = g_new0 (Job, n);
  pool.n_threads = MIN (threads, n);
}

/* All of it in one go: GstCheck waits for every streaming thread at the end of
 * a test, and keeps new ones from starting meanwhile. */
static void
run (void)
{
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  guint i;

  note_criticals ();
  /* Threads that idle are none of ours, but could not be told from ours */
  g_thread_pool_set_max_unused_threads (0);
  /* What a process starts once and keeps is there after the first job */
  work_until (MIN (pool.n, 1));
  count_remains ();
  for (i = 0; i < pool.n_threads; i++)
    g_ptr_array_add (threads, g_thread_new ("trials", work, NULL));
  wait_for_all ();
  for (i = 0; i < pool.n_threads; i++)
    g_thread_join (g_ptr_array_index (threads, i));
}

/* --- Checks --- */

void
pool_check (guint i)
{
  if (pool.finished == 0)
    run ();
  fail_if (pool.jobs[i].problem != NULL, "%s: %s", pool.describe (i),
      pool.jobs[i].problem);
}

void
pool_check_remains (void)
{
  g_autofree gchar *left = alive_wait_for_none ();

  fail_unless (left == NULL, "leaked: %s", left);
  fail_if (pool.critical != NULL, "%s", pool.critical);
  if (!remains_as_before ()) {
    g_autofree gchar *tasks = list_tasks ();

    fail ("%u threads in place of %u (%s), %u descriptors in place of %u",
        count_threads (NULL), pool.tasks, tasks, count_descriptors (),
        pool.files);
  }
}

gint
pool_main (gint argc, gchar ** argv, Suite * (*make_suite) (void),
    const gchar * name)
{
  g_setenv ("CK_FORK", "no", TRUE);
  /* what the tester uses veosrc for is no part of the test */
  g_unsetenv ("VEO_API_KEY");
  g_unsetenv ("VEO_BASE_URL");
  gst_check_init (&argc, &argv);
  alive_start ();
  return gst_check_run_suite (make_suite (), name, name);
}
