/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proxied.h"

#include <string.h>

static void
secure_service (Scene * scene, Authority * authority)
{
  VeoSimOptions options = {.api_key = SCENE_KEY,.files_address = "127.0.0.2" };
  g_autoptr (GTlsCertificate) certificate = authority_certify (authority,
      "IP:127.0.0.1,IP:127.0.0.2");

  options.certificate = certificate;
  veo_sim_free (scene->sim);
  scene->sim = veo_sim_new (&options, NULL);
  veo_sim_set_clip (scene->sim, scene_get_clip (), "video/mp4");
  veo_sim_add_task (scene->sim, SCENE_TASK, "queued");
  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_SIGNED);
  g_object_set (scene->src, "base-url", veo_sim_get_url (scene->sim),
      "tls-ca-file", authority_get_file (authority), NULL);
}

gboolean
proxied_open (Proxied * proxied, Scene * scene, gboolean is_secure,
    RawHandler handler, gpointer data)
{
  scene_use_two_origins (scene, "127.0.0.2");
  if (is_secure) {
    proxied->authority = authority_new ();
    if (!proxied->authority)
      return FALSE;
    secure_service (scene, proxied->authority);
  }
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  proxied->proxy = raw_server_new ("127.0.0.1", NULL, handler, data);
  return TRUE;
}

void
proxied_close (Proxied * proxied, Scene * scene)
{
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  if (proxied->proxy)
    raw_server_free (g_steal_pointer (&proxied->proxy));
  g_clear_pointer (&proxied->authority, authority_free);
}

static void
set_or_unset (const gchar * name, const gchar * value)
{
  if (value)
    g_setenv (name, value, TRUE);
  else
    g_unsetenv (name);
}

void
proxied_set_environment (gboolean is_secure, const gchar * address,
    const gchar * no_proxy)
{
  set_or_unset ("http_proxy", is_secure ? NULL : address);
  set_or_unset ("https_proxy", is_secure ? address : NULL);
  set_or_unset ("no_proxy", no_proxy);
}

guint
proxied_count (Proxied * proxied, const gchar * url)
{
  const gchar *host = strstr (url, "://") + strlen ("://");
  guint n = 0;

  for (guint i = 0; i < raw_server_count (proxied->proxy); i++) {
    g_autofree gchar *request = raw_server_get_request (proxied->proxy, i);
    const gchar *target = g_str_has_prefix (request, "http://") ?
        request + strlen ("http://") : request;

    n += g_str_has_prefix (target, host);
  }
  return n;
}
