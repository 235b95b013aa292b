/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "benchprocess.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* A process that used less CPU than this in one look has come to rest, ms */
#define REST_CPU 1.0
#define LOOK_MS 100
/* GLib's pools let go of a thread half a second after its last work. */
#define LOOKS_AT_REST 8

static gchar *
get_path (pid_t pid, const gchar * name)
{
  return pid == 0 ? g_strdup_printf ("/proc/self/%s", name)
      : g_strdup_printf ("/proc/%d/%s", (int) pid, name);
}

static guint
count_entries (pid_t pid, const gchar * name)
{
  g_autofree gchar *path = get_path (pid, name);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint count = 0;

  while (dir && g_dir_read_name (dir))
    count++;
  return count;
}

static gdouble
find_kib (const gchar * text, const gchar * field)
{
  const gchar *found = strstr (text, field);

  return found ? g_ascii_strtod (found + strlen (field), NULL) : 0;
}

static void
read_memory (pid_t pid, BenchUse * use)
{
  g_autofree gchar *path = get_path (pid, "smaps_rollup");
  g_autofree gchar *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("");
  use->memory_kib = find_kib (text, "\nPrivate_Dirty:");
  use->pss_kib = find_kib (text, "\nPss:");
}

static gdouble
read_malloc_kib (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return (info.uordblks + info.hblkhd) / 1024.0;
}

void
bench_process_read (pid_t pid, BenchUse * use)
{
  use->threads = count_entries (pid, "task");
  use->descriptors = count_entries (pid, "fd");
  /* the one with which the others are listed */
  if (pid == 0)
    use->descriptors--;
  read_memory (pid, use);
  use->malloc_kib = pid == 0 ? read_malloc_kib () : 0;
}

static gdouble
read_clock_ms (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

gdouble
bench_process_get_cpu_ms (void)
{
  return read_clock_ms (CLOCK_PROCESS_CPUTIME_ID);
}

gdouble
bench_process_get_thread_cpu_ms (void)
{
  return read_clock_ms (CLOCK_THREAD_CPUTIME_ID);
}

gdouble
bench_process_get_children_cpu_ms (void)
{
  struct rusage usage;

  getrusage (RUSAGE_CHILDREN, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3
      + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

void
bench_process_settle (guint most_ms)
{
  gint64 limit = g_get_monotonic_time () + most_ms * G_TIME_SPAN_MILLISECOND;
  guint at_rest = 0;

  while (at_rest < LOOKS_AT_REST && g_get_monotonic_time () < limit) {
    gdouble before = bench_process_get_cpu_ms ();

    g_thread_pool_stop_unused_threads ();
    g_usleep (LOOK_MS * G_TIME_SPAN_MILLISECOND);
    at_rest = bench_process_get_cpu_ms () - before < REST_CPU ? at_rest + 1 : 0;
  }
  malloc_trim (0);
}

gboolean
bench_process_run_fresh (const gchar * const *args)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  gint status;

  g_ptr_array_add (argv, (gpointer) "/proc/self/exe");
  for (; *args; args++)
    g_ptr_array_add (argv, (gpointer) * args);
  g_ptr_array_add (argv, NULL);
  if (g_spawn_sync (NULL, (gchar **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL,
          NULL, NULL, NULL, &status, &error)
      && g_spawn_check_wait_status (status, &error))
    return TRUE;
  g_printerr ("%s: %s\n", (const gchar *) argv->pdata[1], error->message);
  return FALSE;
}

gboolean
bench_process_limit_descriptors (guint limit)
{
  struct rlimit limits;

  if (getrlimit (RLIMIT_NOFILE, &limits) != 0 || limits.rlim_max < limit)
    return FALSE;
  limits.rlim_cur = limit;
  return setrlimit (RLIMIT_NOFILE, &limits) == 0;
}
