/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A service that tells when it made the task tells how old it is, and that
 * decides when it is worth asking. */
#include "config.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#include "watchlog.h"

/* The service's clock, whatever ours says: about 2001 */
#define THEN G_GINT64_CONSTANT (1000000000)
/* When most tasks end, s */
#define USUAL_AGE 90

static gint64 began;
static PollServer *server;
static WatchLog *log_;

static void
set_up (void)
{
  GError *error = NULL;

  fail_unless (gst_veo_client_load (VEO_TEST_MODULE_DIR, &error),
      "%s", error ? error->message : "");
  began = g_get_monotonic_time ();
}

static void
tear_down (void)
{
  g_clear_pointer (&log_, watch_log_free);
  g_clear_pointer (&server, poll_server_free);
  wait_for_no_workers ();
}

static gint64
get_service_time (void)
{
  return THEN + (g_get_monotonic_time () - began) / G_USEC_PER_SEC;
}

/* A running task of which nothing else is known; created_at 0: not told. */
static void
say_created (SoupServerMessage * message, gint64 created_at)
{
  g_autoptr (GDateTime) now =
      g_date_time_new_from_unix_utc (get_service_time ());
  g_autofree gchar *date = soup_date_time_to_string (now, SOUP_DATE_HTTP);
  g_autofree gchar *body =
      g_strdup_printf ("{\"status\":\"processing\",\"created_at\":%"
      G_GINT64_FORMAT "}", created_at);

  soup_message_headers_replace (soup_server_message_get_response_headers
      (message), "Date", date);
  poll_server_say (message, 200, body);
}

static void
answer_old (PollServer * s, SoupServerMessage * message, guint number,
    gpointer data)
{
  say_created (message, THEN - USUAL_AGE);
}

static void
answer_without_age (PollServer * s, SoupServerMessage * message, guint number,
    gpointer data)
{
  say_created (message, 0);
}

/* Whenever it is asked, the task was created just as long ago. */
static void
answer_ever_the_same (PollServer * s, SoupServerMessage * message,
    guint number, gpointer data)
{
  say_created (message, get_service_time () - USUAL_AGE);
}

static WatchLog *
watch_patiently (PollServer * s)
{
  GstVeoWatchSettings settings = watch_settings (poll_server_get_url (s));

  settings.min_poll_interval = 1000;
  settings.max_poll_interval = 60000;
  return watch_log_start (&settings);
}

GST_START_TEST (test_age_by_the_clock_of_the_service)
{
  /* Given two services that say nothing of progress, and one of them, whose
   * clock is decades late, that its task was created 90 s ago, When both tasks
   * are watched, Then the old one, which may end any moment, is asked for again
   * long before the other. */
  PollServer *other = poll_server_new ("127.0.0.2", NULL, answer_without_age,
      NULL);
  WatchLog *other_log = watch_patiently (other);

  server = poll_server_new ("127.0.0.1", NULL, answer_old, NULL);
  watch_log_wait_events (other_log, 1);
  log_ = watch_patiently (server);
  poll_server_wait (server, 2);
  assert_equals_int (poll_server_count (other), 1);
  watch_log_free (other_log);
  poll_server_free (other);
}

GST_END_TEST;

GST_START_TEST (test_age_that_never_grows)
{
  /* Given a service for which the task was created 90 s ago whenever it is
   * asked, When it is watched, Then that is believed once and no more: the next
   * poll comes as late as for any task of unknown age. */
  server = poll_server_new ("127.0.0.1", NULL, answer_ever_the_same, NULL);
  log_ = watch_patiently (server);
  poll_server_wait (server, 3);
  fail_unless (poll_server_get_time (server, 3)
      - poll_server_get_time (server, 2) >= 7 * G_USEC_PER_SEC);
}

GST_END_TEST;

static Suite *
age_suite (void)
{
  Suite *suite = suite_create ("age");
  TCase *tc = tcase_create ("age");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, set_up, tear_down);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_age_by_the_clock_of_the_service);
  tcase_add_test (tc, test_age_that_never_grows);
  return suite;
}

GST_CHECK_MAIN (age);
