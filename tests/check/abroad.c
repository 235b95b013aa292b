/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "abroad.h"

#define COMPLETED "{\"status\":\"completed\",\"video_url\":\"/v1/videos/" \
    SCENE_TASK "/content\"}"

VeoSim *
abroad_new (const gchar * address, GTlsCertificate * certificate)
{
  VeoSimOptions options = {.address = address,.certificate = certificate };
  VeoSimAnswer answer = {.status = 200,.body = COMPLETED };
  g_autoptr (GError) error = NULL;
  VeoSim *sim = veo_sim_new (&options, &error);

  fail_unless (sim != NULL, "%s", error ? error->message : "");
  veo_sim_add_file (sim, ABROAD_CLIP, scene_get_clip (), "video/mp4");
  veo_sim_script_path (sim, ABROAD_STATUS, &answer);
  return sim;
}

void
abroad_secure_home (Scene * scene, GTlsCertificate * certificate)
{
  VeoSimOptions options = {.api_key = SCENE_KEY,.certificate = certificate };
  g_autoptr (GError) error = NULL;

  veo_sim_free (scene->sim);
  scene->sim = veo_sim_new (&options, &error);
  fail_unless (scene->sim != NULL, "%s", error ? error->message : "");
  veo_sim_set_clip (scene->sim, scene_get_clip (), "video/mp4");
  veo_sim_add_task (scene->sim, SCENE_TASK, "queued");
  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_CONTENT);
  g_object_set (scene->src, "base-url", veo_sim_get_url (scene->sim), NULL);
}

void
abroad_redirect (VeoSim * sim, const gchar * path, guint status,
    const gchar * url)
{
  g_autofree gchar *headers = g_strdup_printf ("Location: %s", url);
  VeoSimAnswer answer = {.status = status,.headers = headers };

  veo_sim_script_path (sim, path, &answer);
}

guint
abroad_count_keyless (VeoSim * sim)
{
  guint n = veo_sim_count_requests (sim, NULL, NULL);

  for (guint i = 0; i < n; i++) {
    g_auto (VeoSimRequest) request = { 0 };

    fail_unless (veo_sim_get_request (sim, NULL, NULL, i, &request));
    fail_unless (request.authorization == NULL, "the key was sent to %s, %s",
        request.host, request.path);
  }
  return n;
}
