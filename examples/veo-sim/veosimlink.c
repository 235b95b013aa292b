/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signed links: told in a status answer, open without a key, and they expire */
#include "veosimprivate.h"

void
veo_sim_signed_free (VeoSimSigned * link)
{
  g_free (link->token);
  g_free (link->query);
  g_free (link->target);
  g_free (link);
}

static VeoSimSigned *
new_link_locked (VeoSim * sim, const gchar * target)
{
  VeoSimSigned *link = g_new0 (VeoSimSigned, 1);
  g_autofree gchar *seed =
      g_strdup_printf ("%s %u %p", target, ++sim->counter, (gpointer) sim);
  g_autofree gchar *digest =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, seed, -1);
  gint64 expires = g_get_real_time () / G_USEC_PER_SEC + 60 * 60;

  link->token = g_strndup (digest, 24);
  link->query =
      g_strdup_printf ("Expires=%" G_GINT64_FORMAT "&Signature=%s", expires,
      digest + 24);
  link->target = g_strdup (target);
  link->told = g_get_monotonic_time ();
  link->number = ++veo_sim_get_video_locked (sim, target)->links;
  g_hash_table_replace (sim->links, link->token, link);
  return link;
}

gboolean
veo_sim_link_may_expire (const VeoSimSigned * link, const VeoSimTransfer * t)
{
  return !t->expires_links || link->number <= t->expires_links;
}

gboolean
veo_sim_link_expired_locked (VeoSim * sim, VeoSimSigned * link)
{
  VeoSimRules *rules = veo_sim_video_rules_locked (sim, link->target);
  gint64 age_ms = (g_get_monotonic_time () - link->told) / 1000;

  if (!rules || link->expired || !veo_sim_link_may_expire (link, &rules->t))
    return link->expired;
  return rules->t.expires_at_once
      || (rules->t.expires_requests
      && link->requests >= rules->t.expires_requests)
      || (rules->t.expires_bytes && link->bytes >= rules->t.expires_bytes)
      || (rules->t.expires_ms && age_ms >= rules->t.expires_ms);
}

static VeoSimSigned *
find_valid_locked (VeoSim * sim, const gchar * target)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, sim->links);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    VeoSimSigned *link = value;

    if (g_str_equal (link->target, target)
        && !veo_sim_link_expired_locked (sim, link))
      return link;
  }
  return NULL;
}

gchar *
veo_sim_signed_link_locked (VeoSim * sim, const gchar * target)
{
  VeoSimSigned *link = find_valid_locked (sim, target);

  if (!link)
    link = new_link_locked (sim, target);
  return g_strdup_printf ("%s/files/%s.mp4?%s", sim->files_url, link->token,
      link->query);
}

/* path: "/files/TOKEN.mp4" */
VeoSimSigned *
veo_sim_find_link_locked (VeoSim * sim, const gchar * path)
{
  g_autofree gchar *token = NULL;

  if (!g_str_has_prefix (path, "/files/") || !g_str_has_suffix (path, ".mp4"))
    return NULL;
  token =
      g_strndup (path + strlen ("/files/"),
      strlen (path) - strlen ("/files/.mp4"));
  return g_hash_table_lookup (sim->links, token);
}

void
veo_sim_expire_links (VeoSim * sim, const gchar * id)
{
  GHashTableIter iter;
  gpointer value;
  VEO_SIM_LOCKER (sim);

  g_hash_table_iter_init (&iter, sim->links);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    VeoSimSigned *link = value;

    if (g_str_equal (link->target, id))
      link->expired = TRUE;
  }
}

gchar *
veo_sim_task_get_signed_link (VeoSim * sim, const gchar * id)
{
  VEO_SIM_LOCKER (sim);

  return veo_sim_signed_link_locked (sim, id);
}
