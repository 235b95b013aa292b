/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whom the element believes: certificates, of the service and of the server
 * that has the video. */
#include "abroad.h"
#include "authority.h"
#include "verdict.h"

static Scene *scene;

#define BOTH "IP:127.0.0.1,IP:127.0.0.2"

static const struct
{
  const gchar *what;
  const gchar *poll_says;
  const gchar *download_says;
} troubles[] = {
  {"unknown authority", "no authority trusted here", "is not trusted"},
  {"other host", "belongs to another host", "belongs to another host"},
  {"expired", "has expired", "has expired"},
  {"no such file", "tls-ca-file", "/nowhere/ca.pem"},
};

/* The certificate of a server in this trouble; tls-ca-file is set to match.
 * Returns: (transfer full) */
static GTlsCertificate *
make_trouble (Authority * authority, guint i)
{
  const gchar *file = authority_get_file (authority);

  if (i == 0)
    file = NULL;
  else if (i == 3)
    file = "/nowhere/ca.pem";
  g_object_set (scene->src, "tls-ca-file", file, NULL);
  if (i == 2)
    return authority_certify_expired (authority, BOTH);
  return authority_certify (authority, i == 1 ? "DNS:elsewhere.example" : BOTH);
}

/* Given a service with TLS and its video at another address with TLS, and an
 * authority that only tls-ca-file names, when the clip is waited for and
 * played, then that works for both. */
SCENE_TEST (test_own_authority)
{
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autofree gchar *link = NULL;
  VeoSim *abroad;

  if (!authority)
    return;
  certificate = authority_certify (authority, BOTH);
  abroad_secure_home (scene, certificate);
  abroad = abroad_new ("127.0.0.2", certificate);
  link = g_strconcat (veo_sim_get_url (abroad), ABROAD_CLIP, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, link);
  g_object_set (scene->src, "tls-ca-file", authority_get_file (authority),
      NULL);
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless (abroad_count_keyless (abroad) > 0);
  veo_sim_free (abroad);
  authority_free (authority);
}

/* Given a service whose certificate cannot be trusted, when it is polled, then
 * one ERROR says so after one attempt, and no request was sent. */
SCENE_TEST (test_service_in_trouble)
{
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  Verdict verdict = { GST_RESOURCE_ERROR_OPEN_READ,.attempts = 1,
    .says = {"certificate", troubles[__i__].poll_says, "tls-ca-file"}
  };

  if (!authority)
    return;
  certificate = make_trouble (authority, __i__);
  abroad_secure_home (scene, certificate);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, troubles[__i__].what);
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, NULL, NULL), 0);
  fail_unless_equals_uint64 (scene_get_stat (scene, "retries"), 0);
  authority_free (authority);
}

/* Given a link to a server whose certificate cannot be trusted, when it is
 * opened, then one ERROR says so after one attempt, and no request was sent. */
SCENE_TEST (test_link_in_trouble)
{
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autofree gchar *link = NULL;
  VeoSim *abroad;
  Verdict verdict = { GST_RESOURCE_ERROR_OPEN_READ,.attempts = 1,
    .phase = VERDICT_COMPLETED,.status = "completed",
    .says = {"certificate", troubles[__i__].download_says, "tls-ca-file"}
  };

  if (!authority)
    return;
  certificate = make_trouble (authority, __i__);
  abroad = abroad_new ("127.0.0.2", certificate);
  link = g_strconcat (veo_sim_get_url (abroad), ABROAD_CLIP, NULL);
  /* the plain service asks for no certificate, but a tls-ca-file that is not
   * there would already end the poll */
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, link);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, troubles[__i__].what);
  fail_unless_equals_int (veo_sim_count_requests (abroad, NULL, NULL), 0);
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, NULL, NULL), 1);
  veo_sim_free (abroad);
  authority_free (authority);
}

/* Makes this one the system's, as far as this process knows. */
static void
install_authority (Authority * authority)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsDatabase) database =
      g_tls_file_database_new (authority_get_file (authority), &error);

  g_assert_no_error (error);
  g_tls_backend_set_default_database (g_tls_backend_get_default (), database);
}

/* Given an authority that the system trusts, when service and video are
 * certified by it, then the clip plays without tls-ca-file; but with another
 * authority in tls-ca-file, which is trusted instead, the service (or the
 * server of the video) is not believed any more. */
SCENE_TEST (test_instead_of_the_system)
{
  Authority *systems = authority_new ();
  Authority *own = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autofree gchar *link = NULL;
  VeoSim *abroad;
  Verdict verdict = { GST_RESOURCE_ERROR_OPEN_READ,.attempts = 1,
    .says = {"certificate"}
  };

  if (!own)
    return;
  install_authority (systems);
  certificate = authority_certify (systems, BOTH);
  if (__i__ < 2)
    abroad_secure_home (scene, certificate);
  abroad = abroad_new ("127.0.0.2", certificate);
  link = g_strconcat (veo_sim_get_url (abroad), ABROAD_CLIP, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, link);
  if (__i__ == 0) {
    scene_play (scene);
    fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
        2 * VEO_SIM_CLIP_FPS);
  } else {
    g_object_set (scene->src, "tls-ca-file", authority_get_file (own), NULL);
    if (__i__ == 2) {
      verdict.phase = VERDICT_COMPLETED;
      verdict.status = "completed";
    }
    scene_set_state (scene, GST_STATE_PLAYING);
    verdict_check (scene, &verdict, "another authority");
    fail_unless_equals_int (veo_sim_count_requests (abroad, NULL, NULL), 0);
  }
  veo_sim_free (abroad);
  authority_free (systems);
  authority_free (own);
}

static Suite *
tls_suite (void)
{
  Suite *suite = suite_create ("tls");
  TCase *tcase = tcase_create ("tls");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_test (tcase, test_own_authority);
  tcase_add_loop_test (tcase, test_service_in_trouble, 0,
      G_N_ELEMENTS (troubles));
  tcase_add_loop_test (tcase, test_link_in_trouble, 0,
      G_N_ELEMENTS (troubles) - 1);
  tcase_add_loop_test (tcase, test_instead_of_the_system, 0, 3);
  return suite;
}

GST_CHECK_MAIN (tls);
