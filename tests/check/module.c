/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that already holds libsoup 2.4 gets an error instead of an abort.
 * This program plays such a process: it exports a symbol of libsoup 2.4, and
 * it does not link libsoup 3, which would abort at once. */
#include "config.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#include "gstveoclient.h"

__attribute__((visibility ("default")))
     void soup_uri_new (void);

     void soup_uri_new (void)
{
}

GST_START_TEST (test_libsoup_2)
{
  /* Given a process with libsoup 2.4, When the client is loaded, Then that
   * fails with what to do about it, and the process lives. */
  g_autoptr (GError) error = NULL;

  fail_if (gst_veo_client_load (VEO_TEST_MODULE_DIR, &error));
  fail_unless (strstr (error->message, "libsoup 2.4") != NULL);
  fail_unless (strstr (error->message, "process of its own") != NULL);
}

GST_END_TEST;

static Suite *
module_suite (void)
{
  Suite *suite = suite_create ("module");
  TCase *tc = tcase_create ("module");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_libsoup_2);
  return suite;
}

GST_CHECK_MAIN (module);
