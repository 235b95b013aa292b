/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tasks: what they are, their course, their status answer */
#include <json-glib/json-glib.h>

#include "veosimprivate.h"

#define DEFAULT_MODEL "veo_3_1-fast"
#define DEFAULT_SECONDS 8
#define DEFAULT_SIZE "720x1280"
#define LIFETIME_S (24 * 60 * 60)

static void
replace (gchar ** field, const gchar * value)
{
  gchar *copy = g_strdup (value ? value : "");

  g_free (*field);
  *field = copy;
}

void
veo_sim_task_free (VeoSimTask * task)
{
  g_free (task->id);
  g_free (task->model);
  g_free (task->prompt);
  g_free (task->size);
  g_free (task->status);
  g_free (task->error_message);
  g_free (task->error_code);
  g_free (task->link);
  g_free (task->last_status);
  g_free (task->last_message);
  g_free (task);
}

VeoSimTask *
veo_sim_new_task_locked (VeoSim * sim, const gchar * id, const gchar * status)
{
  VeoSimTask *task = g_new0 (VeoSimTask, 1);

  task->id = g_strdup (id);
  task->seconds = DEFAULT_SECONDS;
  task->created_at = g_get_real_time () / G_USEC_PER_SEC;
  task->expires_at = task->created_at + LIFETIME_S;
  replace (&task->model, DEFAULT_MODEL);
  replace (&task->size, DEFAULT_SIZE);
  replace (&task->status, status);
  replace (&task->prompt, "");
  replace (&task->error_message, "");
  replace (&task->error_code, "");
  if (g_str_equal (status, "completed"))
    task->completed_at = task->created_at;
  g_hash_table_replace (sim->tasks, task->id, task);
  return task;
}

static VeoSimTask *
find_locked (VeoSim * sim, const gchar * id)
{
  VeoSimTask *task = g_hash_table_lookup (sim->tasks, id);

  if (!task)
    g_critical ("veosim has no task “%s”", id);
  return task;
}

void
veo_sim_add_task (VeoSim * sim, const gchar * id, const gchar * status)
{
  VEO_SIM_LOCKER (sim);

  veo_sim_new_task_locked (sim, id, status);
}

void
veo_sim_remove_task (VeoSim * sim, const gchar * id)
{
  VEO_SIM_LOCKER (sim);

  g_hash_table_remove (sim->tasks, id);
}

gboolean
veo_sim_has_task (VeoSim * sim, const gchar * id)
{
  VEO_SIM_LOCKER (sim);

  return g_hash_table_contains (sim->tasks, id);
}

/* Setting a status by hand ends the course by the clock */
void
veo_sim_task_set_status (VeoSim * sim, const gchar * id, const gchar * status)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  task->running = FALSE;
  replace (&task->status, status);
}

void
veo_sim_task_set_progress (VeoSim * sim, const gchar * id, gint progress)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  task->progress = progress;
}

void
veo_sim_task_set_error (VeoSim * sim, const gchar * id, const gchar * message,
    const gchar * code)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  replace (&task->error_message, message);
  replace (&task->error_code, code);
}

void
veo_sim_task_set_link_kind (VeoSim * sim, const gchar * id, VeoSimLink kind)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  task->link_kind = kind;
  g_clear_pointer (&task->link, g_free);
}

void
veo_sim_task_set_link (VeoSim * sim, const gchar * id, const gchar * url)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  replace (&task->link, url);
}

void
veo_sim_task_set_details (VeoSim * sim, const gchar * id,
    const gchar * model, const gchar * prompt, guint seconds,
    const gchar * size)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  if (model)
    replace (&task->model, model);
  if (prompt)
    replace (&task->prompt, prompt);
  if (seconds)
    task->seconds = seconds;
  if (size)
    replace (&task->size, size);
}

void
veo_sim_task_set_times (VeoSim * sim, const gchar * id, gint64 created_at,
    gint64 expires_at)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  task->created_at = created_at;
  task->expires_at = expires_at;
}

static void
end_locked (VeoSimTask * task, const gchar * status, const gchar * message,
    const gchar * code)
{
  gboolean completed = g_str_equal (status, "completed");

  task->running = FALSE;
  replace (&task->status, status);
  replace (&task->error_message, message);
  replace (&task->error_code, code);
  if (completed)
    task->progress = 100;
  task->completed_at = g_get_real_time () / G_USEC_PER_SEC;
}

void
veo_sim_task_complete (VeoSim * sim, const gchar * id)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  end_locked (task, "completed", NULL, NULL);
}

void
veo_sim_task_fail (VeoSim * sim, const gchar * id, const gchar * message,
    const gchar * code)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  end_locked (task, "failed", message, code);
}

void
veo_sim_start_task_locked (VeoSim * sim, VeoSimTask * task,
    guint duration_ms, const gchar * last_status, const gchar * message)
{
  task->running = TRUE;
  task->run_start = g_get_monotonic_time ();
  task->run_ms = duration_ms;
  replace (&task->last_status, last_status ? last_status : "completed");
  replace (&task->last_message, message);
}

void
veo_sim_task_run (VeoSim * sim, const gchar * id, guint duration_ms)
{
  veo_sim_task_run_to (sim, id, duration_ms, "completed", NULL);
}

void
veo_sim_task_run_to (VeoSim * sim, const gchar * id, guint duration_ms,
    const gchar * last_status, const gchar * message)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  veo_sim_start_task_locked (sim, task, duration_ms, last_status, message);
}

void
veo_sim_task_render (VeoSim * sim, const gchar * id,
    const VeoSimClipOptions * options)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_if_fail (task);
  veo_sim_render_locked (sim, task, options);
}

/* The slower one of the clock and the rendering tells the progress; the first
 * tenth of the way is spent in the queue */
void
veo_sim_task_advance_locked (VeoSim * sim, VeoSimTask * task)
{
  gint64 ms = (g_get_monotonic_time () - task->run_start) / 1000;
  gint by_clock = ms >= task->run_ms ? 100 : (gint) (ms * 100 / task->run_ms);
  VeoSimRender *render = task->render;
  /* all of it is rendered a moment before the file is there */
  gint by_render = !render
      || render->finished ? 100 : (gint) MIN (render->percent, 99);

  if (!task->running)
    return;
  if (render && render->failure) {
    end_locked (task, "failed", render->failure, "render_failed");
  } else if (by_clock == 100 && by_render == 100) {
    end_locked (task, task->last_status, task->last_message,
        task->last_message && *task->last_message ? "task_failed" : NULL);
  } else {
    task->progress = CLAMP (MIN (by_clock, by_render), 0, 99);
    replace (&task->status, task->progress < 10 ? "queued" : "processing");
  }
}

/* Returns: (transfer full) */
static gchar *
link_locked (VeoSim * sim, VeoSimTask * task)
{
  g_autofree gchar *segment = NULL;

  if (task->link)
    return g_strdup (task->link);
  if (!g_str_equal (task->status, "completed")
      || task->link_kind == VEO_SIM_LINK_NONE)
    return g_strdup ("");
  if (task->link_kind == VEO_SIM_LINK_SIGNED)
    return veo_sim_signed_link_locked (sim, task->id);
  segment = g_uri_escape_string (task->id, ":", FALSE);
  return g_strdup_printf ("%s/v1/videos/%s/content", sim->url, segment);
}

static void
add_string (JsonBuilder * b, const gchar * name, const gchar * value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, value);
}

static void
add_int (JsonBuilder * b, const gchar * name, gint64 value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, value);
}

static void
add_error (JsonBuilder * b, VeoSimTask * task)
{
  json_builder_set_member_name (b, "error");
  json_builder_begin_object (b);
  add_string (b, "message", task->error_message);
  add_string (b, "code", task->error_code);
  json_builder_end_object (b);
}

gchar *
veo_sim_task_json_locked (VeoSim * sim, VeoSimTask * task)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *seconds = g_strdup_printf ("%u", task->seconds);
  g_autofree gchar *link = NULL;

  veo_sim_task_advance_locked (sim, task);
  link = link_locked (sim, task);
  json_builder_begin_object (b);
  add_string (b, "id", task->id);
  add_string (b, "object", "video");
  add_string (b, "model", task->model);
  add_string (b, "status", task->status);
  add_int (b, "progress", task->progress);
  add_int (b, "created_at", task->created_at);
  add_int (b, "completed_at", task->completed_at);
  add_int (b, "expires_at", task->expires_at);
  add_string (b, "seconds", seconds);
  add_string (b, "size", task->size);
  add_string (b, "remixed_from_video_id", "");
  add_error (b, task);
  add_string (b, "video_url", link);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

gchar *
veo_sim_task_to_json (VeoSim * sim, const gchar * id)
{
  VEO_SIM_LOCKER (sim);
  VeoSimTask *task = find_locked (sim, id);

  g_return_val_if_fail (task, NULL);
  return veo_sim_task_json_locked (sim, task);
}
