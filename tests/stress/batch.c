/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that survives. */
#include "batch.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

/* Lines of a backtrace that are shown */
#define TRACE_LINES 400

typedef struct
{
  const gchar *program;
  gchar *folder;                /* of its core file */
  GPid pid;
  FILE *out;
  BatchTally *tally;
  guint32 seed;                 /* of the start that it is at */
  guint begun;
  gboolean ended;
} Batch;

static void
say (Batch * batch, const gchar * what)
{
  printf ("%s: start %u: %s (again: --seed %u --runs 1%s)\n",
      batch->tally->control ? "control" : "veosrc", batch->seed, what,
      batch->seed, batch->tally->control ? " --only-control" : "");
  fflush (stdout);
}

/* Backtraces. */

static gchar *
run_gdb (Batch * batch, const gchar * process_or_core, const gchar * command)
{
  const gchar *args[] = { "gdb", "-q", "-batch", "-nx", "-ex",
    "set debuginfod enabled off", "-ex", command, batch->program,
    process_or_core, NULL
  };
  /* under ThreadSanitizer it has a GLib in it that gdb cannot run with */
  g_auto (GStrv) environment = g_environ_unsetenv (g_get_environ (),
      "LD_LIBRARY_PATH");
  gchar *output = NULL;

  if (!g_spawn_sync (NULL, (gchar **) args, environment,
          G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output,
          NULL, NULL, NULL))
    printf ("  gdb would say more, but is not installed\n");
  return output;
}

static void
print_trace (const gchar * trace)
{
  g_auto (GStrv) lines = g_strsplit (trace ? trace : "", "\n", TRACE_LINES + 1);

  for (guint i = 0; i < TRACE_LINES && lines[i]; i++)
    if (lines[i][0] == '#' || g_str_has_prefix (lines[i], "Thread")
        || g_str_has_prefix (lines[i], "Program"))
      printf ("  %s\n", lines[i]);
  fflush (stdout);
}

static void
print_threads (Batch * batch)
{
  g_autofree gchar *pid = g_strdup_printf ("%d", (gint) batch->pid);
  g_autofree gchar *trace = run_gdb (batch, pid, "thread apply all bt 40");

  print_trace (trace);
}

static void
take_line (Batch * batch, const gchar * line)
{
  BatchTally *tally = batch->tally;
  guint number, us;

  if (sscanf (line, "run %u %u", &batch->seed, &number) == 2) {
    batch->begun++;
    tally->starts++;
    tally->phases[number % N_PHASES]++;
  } else if (sscanf (line, "did %u", &number) == 1) {
    tally->actions[number % N_ACTIONS]++;
  } else if (sscanf (line, "stop %u %u", &number, &us) == 2) {
    tally->stops[number % N_STOPS]++;
    tally->longest_ms = MAX (tally->longest_ms, us / 1000.0);
  } else if (g_str_has_prefix (line, "end")) {
    batch->ended = TRUE;
  } else if (g_str_has_prefix (line, "leak")) {
    tally->leaks++;
    say (batch, line);
    print_threads (batch);
  } else if (strstr (line, "after NULL")) {
    tally->late++;
    say (batch, line);
  }
}

/* Returns: FALSE at the end of its output and when it hangs */
static gboolean
read_line (Batch * batch)
{
  struct pollfd poller = {.fd = fileno (batch->out),.events = POLLIN };
  gchar line[256];

  if (poll (&poller, 1, BATCH_PATIENCE * 1000) == 0) {
    batch->tally->hangs++;
    return FALSE;
  }
  if (!fgets (line, sizeof (line), batch->out))
    return FALSE;
  take_line (batch, g_strchomp (line));
  return TRUE;
}

static gchar *
find_core (Batch * batch)
{
  g_autoptr (GDir) dir = g_dir_open (batch->folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_prefix (name, "core"))
      return g_build_filename (batch->folder, name, NULL);
  return NULL;
}

/* Whose is the first frame that is neither GLib's nor the C library's? */
static gboolean
is_theirs (const gchar * trace)
{
  const gchar *soup = trace ? strstr (trace, "soup-") : NULL;
  const gchar *lib = trace ? strstr (trace, "libsoup") : NULL;
  const gchar *ours = trace ? strstr (trace, "gstveo") : NULL;
  const gchar *first = soup && (!lib || soup < lib) ? soup : lib;

  return first && (!ours || first < ours);
}

static void
tell_crash (Batch * batch, gint status)
{
  g_autofree gchar *core = find_core (batch);
  g_autofree gchar *trace = core ? run_gdb (batch, core, "bt 60") : NULL;
  g_autofree gchar *what = g_strdup_printf ("crash: signal %d%s",
      WIFSIGNALED (status) ? WTERMSIG (status) : 0,
      is_theirs (trace) ? ", in libsoup" : "");

  if (is_theirs (trace))
    batch->tally->crashes_theirs++;
  else
    batch->tally->crashes++;
  say (batch, what);
  print_trace (trace);
  if (core && !is_theirs (trace)) {
    g_autofree gchar *all = run_gdb (batch, core, "thread apply all bt 30");

    print_trace (all);
  }
}

static void
tell_hang (Batch * batch)
{
  say (batch, "hang");
  print_threads (batch);
  kill (batch->pid, SIGKILL);
}

/* The process. */

static gboolean
spawn (Batch * batch, const gchar * clip, guint32 seed, guint runs)
{
  g_autofree gchar *from = g_strdup_printf ("--seed=%u", seed);
  g_autofree gchar *count = g_strdup_printf ("--runs=%u", runs);
  const gchar *args[] = { batch->program, "--batch", clip, from, count,
    batch->tally->control ? "--only-control" : NULL, NULL
  };
  g_autoptr (GError) error = NULL;
  gint out;

  if (!g_spawn_async_with_pipes (batch->folder, (gchar **) args, NULL,
          G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &batch->pid, NULL, &out, NULL,
          &error)) {
    g_printerr ("%s\n", error->message);
    return FALSE;
  }
  batch->out = fdopen (out, "r");
  /* so that poll sees what is there */
  setvbuf (batch->out, NULL, _IONBF, 0);
  return TRUE;
}

guint
batch_run (const gchar * program, const gchar * clip, guint32 seed, guint runs,
    BatchTally * tally)
{
  Batch batch = {.program = program,.tally = tally,.seed = seed };
  guint hangs = tally->hangs;
  gint status;

  batch.folder = stress_make_folder ();
  if (!spawn (&batch, clip, seed, runs))
    exit (1);
  while (read_line (&batch));
  if (tally->hangs > hangs)
    tell_hang (&batch);
  waitpid (batch.pid, &status, 0);
  fclose (batch.out);
  if (WIFEXITED (status) && WEXITSTATUS (status) == BATCH_IMPOSSIBLE)
    exit (EXIT_FAILURE);
  if (tally->hangs == hangs && (!batch.ended || status != 0))
    tell_crash (&batch, status);
  stress_remove_folder (batch.folder);
  g_free (batch.folder);
  return batch.begun;
}
