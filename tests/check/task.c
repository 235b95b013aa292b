/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "gstveotask.h"

/* Given a new task, when nothing is known yet, then everything is absent. */
GST_START_TEST (test_new)
{
  g_autoptr (GstVeoTask) task = gst_veo_task_new ("v", GST_VEO_STATUS_QUEUED);

  fail_unless_equals_string (task->id, "v");
  fail_unless_equals_int (task->status, GST_VEO_STATUS_QUEUED);
  fail_unless_equals_int (task->progress, -1);
  fail_unless (task->seconds == -1);
  fail_unless_equals_int64 (task->created_at, 0);
  fail_unless_equals_int64 (task->completed_at, 0);
  fail_unless_equals_int64 (task->expires_at, 0);
  fail_if (task->model || task->size || task->link || task->data
      || task->refused_link || task->error_code || task->error_message);
}

GST_END_TEST;

static void
note_freed (gpointer data)
{
  *(gboolean *) data = TRUE;
}

/* Given a task held by two, when both let go, then it goes, and not before. */
GST_START_TEST (test_references)
{
  GstVeoTask *task = gst_veo_task_new ("v", GST_VEO_STATUS_COMPLETED);
  gboolean freed = FALSE;

  task->data = g_bytes_new_with_free_func ("x", 1, note_freed, &freed);
  fail_unless (gst_veo_task_ref (task) == task);
  gst_veo_task_unref (task);
  fail_if (freed);
  gst_veo_task_unref (task);
  fail_unless (freed);
}

GST_END_TEST;

/* Given a status that is none, when its name is asked for, then GLib complains, and
 * nothing is read that is not there. */
GST_START_TEST (test_no_status)
{
  const gchar *nick = NULL;

  ASSERT_CRITICAL (nick =
      gst_veo_status_get_nick ((GstVeoStatus) (GST_VEO_STATUS_EXPIRED + 1)));
  fail_unless_equals_string (nick, "unknown");
}

GST_END_TEST;

/* Given words of services, when they are read, then blanks and case do not
 * matter, parts of words do not count, and what is not known means processing. */
GST_START_TEST (test_words)
{
  static const struct
  {
    const gchar *word;
    GstVeoStatus status;
  } cases[] = {
    {NULL, GST_VEO_STATUS_QUEUED},
    {"", GST_VEO_STATUS_QUEUED},
    {" \t\n", GST_VEO_STATUS_QUEUED},
    {"unknown", GST_VEO_STATUS_QUEUED},
    {" Completed ", GST_VEO_STATUS_COMPLETED},
    {"SUCCESS", GST_VEO_STATUS_COMPLETED},
    {"video_generation_completed", GST_VEO_STATUS_PROCESSING},
    {"notfailed", GST_VEO_STATUS_PROCESSING},
    {"完成", GST_VEO_STATUS_PROCESSING},
    {"\xff", GST_VEO_STATUS_PROCESSING},
    {"TimeOut", GST_VEO_STATUS_FAILED},
    {"canceled", GST_VEO_STATUS_CANCELLED},
    {"cancel_requested", GST_VEO_STATUS_PROCESSING},
    {"Expired", GST_VEO_STATUS_EXPIRED},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    fail_unless (gst_veo_status_from_word (cases[i].word) == cases[i].status,
        "%s", cases[i].word);
}

GST_END_TEST;

/* Given every status, when it is named, then it has the nick of the property,
 * and only the last four end a wait. */
GST_START_TEST (test_nicks)
{
  static const gchar *const nicks[] = { "unknown", "queued", "processing",
    "completed", "failed", "cancelled", "expired"
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (nicks); i++) {
    fail_unless_equals_string (gst_veo_status_get_nick (i), nicks[i]);
    fail_unless_equals_int (gst_veo_status_is_final (i), i >= 3);
  }
}

GST_END_TEST;

static Suite *
task_suite (void)
{
  Suite *suite = suite_create ("task");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_new);
  tcase_add_test (tc, test_references);
  tcase_add_test (tc, test_no_status);
  tcase_add_test (tc, test_words);
  tcase_add_test (tc, test_nicks);
  return suite;
}

GST_CHECK_MAIN (task);
