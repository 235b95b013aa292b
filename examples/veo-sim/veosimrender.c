/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rendering the videos of tasks, one at a time, in threads of the server */
#include "veosimprivate.h"

/* The threads of all servers take turns: two encoders at once are no faster */
static GMutex turn;

void
veo_sim_render_free (VeoSimRender * render)
{
  g_clear_pointer (&render->thread, g_thread_join);
  g_object_unref (render->cancellable);
  g_free ((gchar *) render->options.prompt);
  g_free (render->failure);
  g_free (render->id);
  g_free (render);
}

static void
note_progress (guint percent, gpointer data)
{
  VeoSimRender *render = data;
  VEO_SIM_LOCKER (render->sim);

  render->percent = percent;
}

static void
deliver (VeoSimRender * render, GBytes * clip, const GError * error)
{
  VeoSim *sim = render->sim;

  if (clip)
    veo_sim_task_set_clip (sim, render->id, clip,
        veo_sim_clip_get_content_type (&render->options));
  g_mutex_lock (&sim->lock);
  render->finished = TRUE;
  if (!clip)
    render->failure = g_strdup (error->message);
  g_mutex_unlock (&sim->lock);
}

static gpointer
render_thread (gpointer data)
{
  VeoSimRender *render = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) clip = NULL;

  g_mutex_lock (&turn);
  clip =
      veo_sim_clip_render (&render->options, note_progress, render,
      render->cancellable, &error);
  g_mutex_unlock (&turn);
  deliver (render, clip, error);
  return NULL;
}

void
veo_sim_render_locked (VeoSim * sim, VeoSimTask * task,
    const VeoSimClipOptions * options)
{
  VeoSimRender *render = g_new0 (VeoSimRender, 1);

  if (options)
    render->options = *options;
  render->sim = sim;
  render->id = g_strdup (task->id);
  render->options.prompt = g_strdup (task->prompt);
  render->options.seconds = task->seconds;
  veo_sim_clip_parse_size (task->size, &render->options.width,
      &render->options.height);
  render->cancellable = g_cancellable_new ();
  g_ptr_array_add (sim->renders, render);
  task->render = render;
  render->thread = g_thread_new ("veo-sim-render", render_thread, render);
}

/* The lock is not held while a thread is joined */
void
veo_sim_stop_rendering (VeoSim * sim)
{
  guint i;

  for (i = 0; i < sim->renders->len; i++)
    g_cancellable_cancel (((VeoSimRender *) g_ptr_array_index (sim->renders,
                i))->cancellable);
  for (i = 0; i < sim->renders->len; i++) {
    VeoSimRender *render = g_ptr_array_index (sim->renders, i);

    g_clear_pointer (&render->thread, g_thread_join);
  }
}
