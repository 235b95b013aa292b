/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "standin.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan.h"
#include "veosim.h"

typedef enum
{
  ADD,
  ADD_LIVING,
  REMOVE
} Command;

typedef struct
{
  guint32 command;
  guint32 seed;
} Order;

struct _Standin
{
  pid_t pid;
  gint control;                 /* the service lives until this is closed */
  gchar url[64];
};

static gchar *
get_id (guint32 seed)
{
  return g_strdup_printf ("stress-%u", seed);
}

/* In the service. */

static void
add_task (VeoSim * sim, guint32 seed, gboolean lives)
{
  g_autofree gchar *id = get_id (seed);
  const VeoSimAnswer own = { 0, };
  Plan plan;

  plan_make (&plan, seed, lives);
  veo_sim_add_task (sim, id, "queued");
  veo_sim_task_set_link_kind (sim, id, plan.link);
  veo_sim_set_transfer (sim, id, &plan.transfer);
  for (guint i = 0; i < plan.n_answers; i++)
    veo_sim_script_status (sim, id, &plan.answers[i]);
  if (plan.n_answers > 0)
    veo_sim_script_status (sim, id, &own);
  if (plan.breaks_content) {
    veo_sim_script_content (sim, id, &plan.content);
    veo_sim_script_content (sim, id, &own);
  }
  if (plan.duration_ms > 0)
    veo_sim_task_run (sim, id, plan.duration_ms);
  else
    veo_sim_task_complete (sim, id);
}

static void
remove_task (VeoSim * sim, guint32 seed)
{
  g_autofree gchar *id = get_id (seed);

  veo_sim_clear_script (sim, id);
  veo_sim_remove_task (sim, id);
}

static void
serve (VeoSim * sim, gint control)
{
  Order order;

  while (read (control, &order, sizeof (order)) == sizeof (order)) {
    if (order.command == REMOVE)
      remove_task (sim, order.seed);
    else
      add_task (sim, order.seed, order.command == ADD_LIVING);
    /* nobody looks at what was logged */
    veo_sim_clear_log (sim);
    if (write (control, &order, sizeof (order)) != sizeof (order))
      break;
  }
}

static int
run_service (const gchar * clip, gint control)
{
  Standin hello = { 0, };
  g_autoptr (GError) error = NULL;
  VeoSim *sim = veo_sim_new (NULL, &error);
  gchar *contents;
  gsize length;

  if (!sim || !g_file_get_contents (clip, &contents, &length, &error)) {
    g_printerr ("stand-in: %s\n", error->message);
    return 1;
  }
  veo_sim_set_clip (sim, g_bytes_new_take (contents, length), "video/mp4");
  g_strlcpy (hello.url, veo_sim_get_url (sim), sizeof (hello.url));
  if (write (control, hello.url, sizeof (hello.url)) == sizeof (hello.url))
    serve (sim, control);
  return 0;
}

/* In the process that is stressed. */

Standin *
standin_start (const gchar * clip)
{
  Standin *standin = g_new0 (Standin, 1);
  gint ends[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    return NULL;
  standin->pid = fork ();
  if (standin->pid == 0) {
    close (ends[0]);
    _exit (run_service (clip, ends[1]));
  }
  close (ends[1]);
  standin->control = ends[0];
  if (standin->pid < 0
      || read (ends[0], standin->url, sizeof (standin->url)) <= 0) {
    standin_stop (standin);
    return NULL;
  }
  return standin;
}

void
standin_stop (Standin * standin)
{
  close (standin->control);
  if (standin->pid > 0)
    waitpid (standin->pid, NULL, 0);
  g_free (standin);
}

const gchar *
standin_get_url (Standin * standin)
{
  return standin->url;
}

static void
tell (Standin * standin, Command command, guint32 seed)
{
  Order order = { command, seed };

  if (write (standin->control, &order, sizeof (order)) != sizeof (order)
      || read (standin->control, &order, sizeof (order)) != sizeof (order))
    g_error ("the stand-in is gone");
}

gchar *
standin_add_task (Standin * standin, guint32 seed, gboolean lives)
{
  tell (standin, lives ? ADD_LIVING : ADD, seed);
  return get_id (seed);
}

void
standin_remove_task (Standin * standin, guint32 seed)
{
  tell (standin, REMOVE, seed);
}
