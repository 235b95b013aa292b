/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which video a target delivers, and by which rules */
#include "veosimprivate.h"

static void
clear_rules (gpointer data)
{
  VeoSimTransfer *t = &((VeoSimRules *) data)->t;

  g_free ((gpointer) t->cut_at);
  g_free (((VeoSimRules *) data)->cut_used);
  g_free ((gchar *) t->content_type);
  g_free ((gchar *) t->etag);
  g_free ((gchar *) t->last_modified);
  g_free ((gchar *) t->other_etag);
  g_free ((gchar *) t->other_last_modified);
  g_clear_pointer (&t->other_clip, g_bytes_unref);
}

VeoSimRules *
veo_sim_rules_ref (VeoSimRules * rules)
{
  return g_atomic_rc_box_acquire (rules);
}

void
veo_sim_rules_unref (VeoSimRules * rules)
{
  g_atomic_rc_box_release_full (rules, clear_rules);
}

static VeoSimRules *
rules_new (const VeoSimTransfer * transfer)
{
  VeoSimRules *rules = g_atomic_rc_box_new0 (VeoSimRules);
  VeoSimTransfer *t = &rules->t;

  *t = *transfer;
  t->cut_at = g_memdup2 (t->cut_at, t->n_cut_at * sizeof (guint64));
  rules->cut_used = g_new0 (gboolean, t->n_cut_at + 1);
  t->content_type = g_strdup (t->content_type);
  t->etag = g_strdup (t->etag);
  t->last_modified = g_strdup (t->last_modified);
  t->other_etag = g_strdup (t->other_etag);
  t->other_last_modified = g_strdup (t->other_last_modified);
  if (t->other_clip)
    g_bytes_ref (t->other_clip);
  return rules;
}

void
veo_sim_video_free (VeoSimVideo * video)
{
  g_clear_pointer (&video->clip, g_bytes_unref);
  g_clear_pointer (&video->rules, veo_sim_rules_unref);
  g_free (video->content_type);
  g_free (video);
}

/* Made when it is not there yet */
VeoSimVideo *
veo_sim_get_video_locked (VeoSim * sim, const gchar * target)
{
  VeoSimVideo *video = g_hash_table_lookup (sim->videos, target);

  if (!video) {
    video = g_new0 (VeoSimVideo, 1);
    g_hash_table_insert (sim->videos, g_strdup (target), video);
  }
  return video;
}

/* Returns: (nullable): its own or everybody's */
VeoSimRules *
veo_sim_video_rules_locked (VeoSim * sim, const gchar * target)
{
  VeoSimVideo *video = g_hash_table_lookup (sim->videos, target);

  return video && video->rules ? video->rules : sim->rules;
}

static void
replace_rules (VeoSimRules ** place, VeoSimRules * rules)
{
  g_clear_pointer (place, veo_sim_rules_unref);
  *place = rules;
}

static void
restart_counts (VeoSimVideo * video)
{
  video->transfers = video->cuts = video->stalls = 0;
}

static void
set_common_rules_locked (VeoSim * sim, const VeoSimTransfer * transfer)
{
  GHashTableIter iter;
  gpointer video;

  replace_rules (&sim->rules, rules_new (transfer));
  g_hash_table_iter_init (&iter, sim->videos);
  while (g_hash_table_iter_next (&iter, NULL, &video)) {
    if (!((VeoSimVideo *) video)->rules)
      restart_counts (video);
  }
}

void
veo_sim_set_transfer (VeoSim * sim, const gchar * target,
    const VeoSimTransfer * transfer)
{
  VEO_SIM_LOCKER (sim);
  VeoSimVideo *video;

  if (!target) {
    set_common_rules_locked (sim, transfer);
    return;
  }
  video = veo_sim_get_video_locked (sim, target);
  replace_rules (&video->rules, rules_new (transfer));
  restart_counts (video);
}

static void
replace_clip (GBytes ** place, gchar ** type, GBytes * clip,
    const gchar * content_type)
{
  GBytes *old = *place;

  *place = clip ? g_bytes_ref (clip) : NULL;
  g_clear_pointer (&old, g_bytes_unref);
  g_free (*type);
  *type = g_strdup (content_type ? content_type : "video/mp4");
}

void
veo_sim_set_clip (VeoSim * sim, GBytes * clip, const gchar * content_type)
{
  VEO_SIM_LOCKER (sim);

  replace_clip (&sim->clip, &sim->content_type, clip, content_type);
}

void
veo_sim_task_set_clip (VeoSim * sim, const gchar * id, GBytes * clip,
    const gchar * content_type)
{
  VEO_SIM_LOCKER (sim);
  VeoSimVideo *video = veo_sim_get_video_locked (sim, id);

  replace_clip (&video->clip, &video->content_type, clip, content_type);
}

void
veo_sim_add_file (VeoSim * sim, const gchar * path, GBytes * bytes,
    const gchar * content_type)
{
  VEO_SIM_LOCKER (sim);
  VeoSimVideo *video = veo_sim_get_video_locked (sim, path);

  video->is_file = TRUE;
  replace_clip (&video->clip, &video->content_type, bytes, content_type);
}
