/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Results. */

/* The names are ours and need no escapes; four digits say all that was
 * measured. */
void
bench_print (const BenchResult * result)
{
  gchar number[G_ASCII_DTOSTR_BUF_SIZE];

  printf ("{\"benchmark\":\"%s\",\"case\":\"%s\"", result->benchmark,
      result->name);
  if (result->peer)
    printf (",\"peer\":\"%s\"", result->peer);
  printf (",\"metric\":\"%s\",\"unit\":\"%s\",\"value\":%s", result->metric,
      result->unit, g_ascii_formatd (number, sizeof number, "%.4g",
          result->value));
  if (result->goal > 0)
    printf (",\"goal\":%s", g_ascii_formatd (number, sizeof number, "%.4g",
            result->goal));
  printf (",\"better\":\"%s\"}\n",
      result->higher_is_better ? "higher" : "lower");
  fflush (stdout);
}

void
bench_print_ratio (const gchar * benchmark, const gchar * name,
    const gchar * metric, gdouble ours, gdouble peers, gdouble goal)
{
  BenchResult result =
      { benchmark, name, NULL, metric, "", ours / peers, goal };

  bench_print (&result);
}

/* Samples. */

GArray *
bench_samples_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (gdouble));
}

void
bench_samples_add (GArray * samples, gdouble value)
{
  g_array_append_val (samples, value);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gdouble left = *(const gdouble *) a, right = *(const gdouble *) b;

  return (left > right) - (left < right);
}

gdouble
bench_median (GArray * samples)
{
  guint middle = samples->len / 2;

  if (samples->len == 0)
    return NAN;
  g_array_sort (samples, compare);
  if (samples->len % 2)
    return g_array_index (samples, gdouble, middle);
  return (g_array_index (samples, gdouble, middle - 1)
      + g_array_index (samples, gdouble, middle)) / 2;
}

gdouble
bench_min (GArray * samples)
{
  gdouble min = NAN;

  for (guint i = 0; i < samples->len; i++)
    min = fmin (min, g_array_index (samples, gdouble, i));
  return min;
}

gdouble
bench_max (GArray * samples)
{
  gdouble max = NAN;

  for (guint i = 0; i < samples->len; i++)
    max = fmax (max, g_array_index (samples, gdouble, i));
  return max;
}

/* Fresh processes. */

struct _BenchChild
{
  GPid pid;                     /* 0: waited for */
  FILE *output;
  GHashTable *told;             /* name -> text */
  gdouble cpu;
};

BenchChild *
bench_child_start (const gchar * const *args, GError ** error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  BenchChild *child = g_new0 (BenchChild, 1);
  gint output;

  g_ptr_array_add (argv, (gpointer) "/proc/self/exe");
  for (; *args; args++)
    g_ptr_array_add (argv, (gpointer) * args);
  g_ptr_array_add (argv, NULL);
  if (!g_spawn_async_with_pipes (NULL, (gchar **) argv->pdata, NULL,
          G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child->pid, NULL, &output,
          NULL, error)) {
    g_free (child);
    return NULL;
  }
  child->output = fdopen (output, "r");
  child->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return child;
}

static void
read_told (BenchChild * child)
{
  gchar line[256];

  while (fgets (line, sizeof line, child->output)) {
    g_auto (GStrv) words = g_strsplit (g_strchomp (line), " ", 2);

    if (words[0] && words[1])
      g_hash_table_insert (child->told, g_strdup (words[0]),
          g_strdup (words[1]));
  }
}

static gdouble
to_seconds (struct timeval time)
{
  return time.tv_sec + time.tv_usec / 1e6;
}

static int
reap (BenchChild * child)
{
  struct rusage usage;
  int status;

  while (wait4 (child->pid, &status, 0, &usage) < 0);
  child->pid = 0;
  child->cpu = to_seconds (usage.ru_utime) + to_seconds (usage.ru_stime);
  return status;
}

gboolean
bench_child_finish (BenchChild * child, GError ** error)
{
  read_told (child);
  return g_spawn_check_wait_status (reap (child), error);
}

gdouble
bench_child_get (BenchChild * child, const gchar * name)
{
  const gchar *text = g_hash_table_lookup (child->told, name);

  return text ? g_ascii_strtod (text, NULL) : NAN;
}

gdouble
bench_child_get_cpu (BenchChild * child)
{
  return child->cpu;
}

void
bench_child_free (BenchChild * child)
{
  if (!child)
    return;
  if (child->pid) {
    kill (child->pid, SIGKILL);
    reap (child);
  }
  fclose (child->output);
  g_hash_table_unref (child->told);
  g_free (child);
}

BenchChild *
bench_child_run (const gchar * const *args, GError ** error)
{
  g_autoptr (BenchChild) child = bench_child_start (args, error);

  if (!child || !bench_child_finish (child, error))
    return NULL;
  return g_steal_pointer (&child);
}

void
bench_child_tell (const gchar * name, gdouble value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  printf ("%s %s\n", name, g_ascii_dtostr (text, sizeof text, value));
  fflush (stdout);
}

gdouble
bench_read_memory (const gchar * file, const gchar * field)
{
  g_autofree gchar *path = g_build_filename ("/proc/self", file, NULL);
  g_autofree gchar *text = NULL;
  const gchar *found;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NAN;
  found = strstr (text, field);
  return found ? g_ascii_strtod (found + strlen (field), NULL) * 1024 : NAN;
}

/* Surroundings. */

void
bench_use_build (void)
{
  g_setenv ("GST_PLUGIN_PATH", VEO_BENCH_PLUGINS, FALSE);
  g_setenv ("GST_REGISTRY", VEO_BENCH_REGISTRY, FALSE);
  g_setenv ("GSETTINGS_BACKEND", "memory", FALSE);
  /* nothing but the arguments decides what is measured */
  g_unsetenv ("VEO_API_KEY");
  g_unsetenv ("VEO_BASE_URL");
}

static gchar *own_directory;

const gchar *
bench_get_directory (void)
{
  const gchar *given = g_getenv ("VEO_BENCH_CLIPS");

  if (given)
    return given;
  if (!own_directory)
    own_directory = g_dir_make_tmp ("veo-bench-XXXXXX", NULL);
  return own_directory ? own_directory : g_get_tmp_dir ();
}

void
bench_clean_up (void)
{
  GDir *directory = own_directory ? g_dir_open (own_directory, 0, NULL) : NULL;
  const gchar *name;

  if (!directory)
    return;
  while ((name = g_dir_read_name (directory))) {
    g_autofree gchar *path = g_build_filename (own_directory, name, NULL);

    g_unlink (path);
  }
  g_dir_close (directory);
  g_rmdir (own_directory);
  g_clear_pointer (&own_directory, g_free);
}

GBytes *
bench_get_clip (const VeoSimClipOptions * options, GError ** error)
{
  g_autofree gchar *path =
      veo_sim_clip_get_file (options, bench_get_directory (), error);
  gchar *contents;
  gsize length;

  if (!path || !g_file_get_contents (path, &contents, &length, error))
    return NULL;
  return g_bytes_new_take (contents, length);
}
