/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways that lead from the service to another host, port or scheme, and what
 * becomes of the key on each of them. Links themselves are in origins.c. */
#include <glib/gstdio.h>

#include "abroad.h"
#include "authority.h"
#include "verdict.h"

static Scene *scene;

#define STATUS "/v1/videos/" SCENE_TASK
#define CONTENT STATUS "/content"

typedef enum
{
  WAY_STATUS,                   /* the answer to a poll */
  WAY_CONTENT,                  /* the answer to the download */
  WAY_JSON,                     /* a link in what the content address says */
  N_WAYS,
} Way;

static const guint leading_status[N_WAYS] = { 302, 307, 200 };

typedef struct
{
  gboolean home_is_secure;
  const gchar *address;         /* of the server abroad */
  gboolean is_secure;           /* that one */
  const gchar *refusal;         /* what the error says; NULL: it is followed */
} Border;

static const Border borders[] = {
  {FALSE, "127.0.0.2", FALSE, NULL},
  {FALSE, "127.0.0.1", FALSE, NULL},
  {FALSE, "127.0.0.2", TRUE, NULL},
  {FALSE, "127.0.0.1", TRUE, "set base-url to https://"},
  {TRUE, "127.0.0.2", TRUE, NULL},
  {TRUE, "127.0.0.1", TRUE, NULL},
  {TRUE, "127.0.0.2", FALSE, "from https to http"},
  {TRUE, "127.0.0.1", FALSE, "from https to http"},
};

static void
lead (Way way, VeoSim * abroad)
{
  g_autofree gchar *clip = g_strconcat (veo_sim_get_url (abroad), ABROAD_CLIP,
      "?signature=hush", NULL);
  g_autofree gchar *moved = g_strconcat (veo_sim_get_url (abroad),
      ABROAD_STATUS, NULL);
  g_autofree gchar *body = g_strdup_printf ("{\"url\":\"%s\"}", clip);
  VeoSimAnswer json = {.status = leading_status[way],.body = body };

  if (way == WAY_STATUS)
    abroad_redirect (scene->sim, STATUS, leading_status[way], moved);
  else if (way == WAY_CONTENT)
    abroad_redirect (scene->sim, CONTENT, leading_status[way], clip);
  else
    veo_sim_script_path (scene->sim, CONTENT, &json);
}

static void
check_followed (VeoSim * abroad)
{
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless (abroad_count_keyless (abroad) > 0, "nothing left the service");
}

static void
check_refused (Way way, VeoSim * abroad, const gchar * refusal)
{
  Verdict verdict = { GST_RESOURCE_ERROR_OPEN_READ,
    .http_status = leading_status[way],.says = {refusal}
  };

  if (way != WAY_STATUS) {
    verdict.phase = VERDICT_COMPLETED;
    verdict.status = "completed";
  }
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, refusal);
  fail_unless_equals_int (veo_sim_count_requests (abroad, NULL, NULL), 0);
}

/* Given a service and another server, each on plain http or with TLS, when a
 * poll, the content address or what it says leads from one to the other, then
 * the clip plays and the key stayed at home; but from https to http, and from
 * http to https of the same host, it is not followed at all. */
SCENE_TEST (test_way_abroad)
{
  const Border *border = &borders[__i__ / N_WAYS];
  Way way = __i__ % N_WAYS;
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  VeoSim *abroad;

  if (!authority)
    return;
  certificate = authority_certify (authority, "IP:127.0.0.1,IP:127.0.0.2");
  g_object_set (scene->src, "tls-ca-file", authority_get_file (authority),
      NULL);
  if (border->home_is_secure)
    abroad_secure_home (scene, certificate);
  abroad = abroad_new (border->address, border->is_secure ? certificate : NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  lead (way, abroad);
  if (border->refusal)
    check_refused (way, abroad, border->refusal);
  else
    check_followed (abroad);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  veo_sim_free (abroad);
  authority_free (authority);
}

/* body: of an answer about the task; NULL: the clip */
static void
add_target (Scene * scene, const gchar * path, const gchar * body)
{
  VeoSimAnswer answer = {.status = 200,.body = body };

  if (body)
    veo_sim_script_path (scene->sim, path, &answer);
  else
    veo_sim_add_file (scene->sim, path, scene_get_clip (), "video/mp4");
}

/* Given a service that redirects within itself, when it is asked for status or
 * video, then the key goes along. */
SCENE_TEST (test_way_at_home)
{
  static const gchar *const paths[] = { STATUS, CONTENT };
  g_autofree gchar *body = NULL;
  g_auto (VeoSimRequest) request = { 0 };

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  body = veo_sim_task_to_json (scene->sim, SCENE_TASK);
  add_target (scene, "/here", __i__ == 0 ? body : NULL);
  abroad_redirect (scene->sim, paths[__i__], 302, "/here");
  scene_play (scene);
  fail_unless (veo_sim_get_request (scene->sim, NULL, "/here", 0, &request));
  fail_unless_equals_string (request.authorization, "Bearer " SCENE_KEY);
}

/* Given another server that sends back to the service, when a redirect has led
 * there, then the key, left behind on the way out, is not taken up again. */
SCENE_TEST (test_way_back)
{
  VeoSim *abroad = abroad_new ("127.0.0.2", NULL);
  g_autofree gchar *around = g_strconcat (veo_sim_get_url (abroad), "/around",
      NULL);
  g_autofree gchar *back = g_strconcat (veo_sim_get_url (scene->sim), "/back",
      NULL);
  g_autofree gchar *body = NULL;
  g_auto (VeoSimRequest) request = { 0 };

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  body = veo_sim_task_to_json (scene->sim, SCENE_TASK);
  add_target (scene, "/back", __i__ == 0 ? body : NULL);
  abroad_redirect (scene->sim, __i__ == 0 ? STATUS : CONTENT, 302, around);
  abroad_redirect (abroad, "/around", 302, back);
  scene_play (scene);
  fail_unless (veo_sim_get_request (scene->sim, NULL, "/back", 0, &request));
  fail_unless (request.authorization == NULL, "the key came back");
  fail_unless (abroad_count_keyless (abroad) > 0);
  veo_sim_free (abroad);
}

/* Given a service with TLS whose own content address is called http:, when the
 * task is completed, then it is fetched with TLS, and nothing goes the plain way. */
SCENE_TEST (test_plain_name_of_the_content_address)
{
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autofree gchar *link = NULL;
  g_auto (VeoSimRequest) request = { 0 };
  VeoSim *plain;

  if (!authority)
    return;
  certificate = authority_certify (authority, "IP:127.0.0.1");
  g_object_set (scene->src, "tls-ca-file", authority_get_file (authority),
      NULL);
  abroad_secure_home (scene, certificate);
  plain = abroad_new ("127.0.0.1", NULL);
  link = g_strconcat (veo_sim_get_url (plain), CONTENT, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, link);
  scene_play (scene);
  fail_unless (veo_sim_get_request (scene->sim, "GET", CONTENT, 0, &request));
  fail_unless_equals_string (request.authorization, "Bearer " SCENE_KEY);
  fail_unless_equals_int (veo_sim_count_requests (plain, NULL, NULL), 0);
  veo_sim_free (plain);
  authority_free (authority);
}

/* Given a tls-ca-file by its path from the current folder, which is another one when
 * the task is completed, when the clip is downloaded, then it plays. */
SCENE_TEST (test_authority_by_relative_path)
{
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autofree gchar *folder = NULL, *name = NULL, *here = g_get_current_dir ();

  if (!authority)
    return;
  certificate = authority_certify (authority, "IP:127.0.0.1");
  folder = g_path_get_dirname (authority_get_file (authority));
  name = g_path_get_basename (authority_get_file (authority));
  g_object_set (scene->src, "tls-ca-file", name, NULL);
  abroad_secure_home (scene, certificate);
  fail_unless (g_chdir (folder) == 0);
  scene_set_state (scene, GST_STATE_PAUSED);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, 10000));
  fail_unless (g_chdir (here) == 0);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  authority_free (authority);
}

static Suite *
redirects_suite (void)
{
  Suite *suite = suite_create ("redirects");
  TCase *tcase = tcase_create ("redirects");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, test_way_abroad, 0,
      N_WAYS * G_N_ELEMENTS (borders));
  tcase_add_loop_test (tcase, test_way_at_home, 0, 2);
  tcase_add_loop_test (tcase, test_way_back, 0, 2);
  tcase_add_test (tcase, test_plain_name_of_the_content_address);
  tcase_add_test (tcase, test_authority_by_relative_path);
  return suite;
}

GST_CHECK_MAIN (redirects);
