/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pace of the polls, by the clock of the server that gets them: pauses
 * after trouble, the service's own hints, and the deadline. No request may come
 * too early; how late one may come is up to the machine, so that is generous. */
#include "config.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#include "watchlog.h"

#define QUEUED "{\"status\":\"queued\"}"
#define AT(progress) "{\"status\":\"processing\",\"progress\":" #progress "}"
#define DONE "{\"status\":\"completed\",\"video_url\":\"https://cdn.example/v.mp4\"}"
#define LINKLESS "{\"status\":\"completed\",\"progress\":100}"
#define FAILED "{\"status\":\"failed\"}"
#define NO_TASK "{\"code\":\"task_not_exist\",\"message\":\"task_not_exist\"," \
    "\"data\":null}"
#define PAGE "<html><title>Blocked</title></html>"

#define MS G_TIME_SPAN_MILLISECOND
/* What timers of whole milliseconds may take off a pause */
#define EARLY (2 * MS)
/* What a busy machine may add to it */
#define LATE (10 * G_TIME_SPAN_SECOND)

/* A server with its script, and a watch of its task. */
typedef struct
{
  Script script;
  PollServer *server;
  GstVeoWatchSettings settings;
  WatchLog *log;
} Case;

static void
set_up (void)
{
  GError *error = NULL;

  fail_unless (gst_veo_client_load (VEO_TEST_MODULE_DIR, &error),
      "%s", error ? error->message : "");
}

static void
tear_down (void)
{
  wait_for_no_workers ();
}

/* Serves; the settings may be changed before it is watched. */
static void
case_serve (Case * c)
{
  while (c->script.n < G_N_ELEMENTS (c->script.replies)
      && (c->script.replies[c->script.n].status
          || c->script.replies[c->script.n].body))
    c->script.n++;
  c->server = poll_server_new ("127.0.0.1", NULL, script_answer, &c->script);
  c->settings = watch_settings (poll_server_get_url (c->server));
}

static void
case_watch (Case * c)
{
  c->log = watch_log_start (&c->settings);
}

static void
case_clear (Case * c)
{
  watch_log_free (c->log);
  poll_server_free (c->server);
}

/* Between request number (1 is the first) and the one after it */
static gint64
get_gap (PollServer * server, guint number)
{
  return poll_server_get_time (server, number + 1)
      - poll_server_get_time (server, number);
}

static void
assert_gap (PollServer * server, guint number, gint64 least, gint64 most)
{
  gint64 gap = get_gap (server, number);

  fail_unless (gap >= least - EARLY && gap <= most + LATE,
      "%" G_GINT64_FORMAT " ms between requests %u and %u, not %"
      G_GINT64_FORMAT " to %" G_GINT64_FORMAT, gap / MS, number, number + 1,
      least / MS, most / MS);
}

GST_START_TEST (test_backoff)
{
  /* Given services in each kind of passing trouble, When they are watched, Then
   * the pauses double from the smallest interval to the largest, give or take
   * the jitter of a tenth. */
  Case cases[] = {
    {{{{503}}}}, {{{{429}}}}, {{{{408}}}}, {{{{524}}}}, {{{{200, ""}}}},
    {{{{200, "{\"status\":\"comp"}}}}, {{{{200, "[1]"}}}},
    {{{{400, "{\"message\":\"current status: IN_PROGRESS\"}"}}}},
  };
  const gint64 pauses[] = { 100, 200, 400, 800, 800 };
  guint i, n;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    case_serve (&cases[i]);
    cases[i].settings.min_poll_interval = 100;
    cases[i].settings.max_poll_interval = 800;
    cases[i].settings.retries = G_N_ELEMENTS (pauses);
    case_watch (&cases[i]);
  }
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    watch_log_wait_end (cases[i].log);
    assert_equals_int (poll_server_count (cases[i].server),
        G_N_ELEMENTS (pauses) + 1);
    for (n = 0; n < G_N_ELEMENTS (pauses); n++)
      assert_gap (cases[i].server, n + 1, MAX (pauses[n] * 9 / 10, 100) * MS,
          pauses[n] * 11 / 10 * MS);
    case_clear (&cases[i]);
  }
}

GST_END_TEST;

GST_START_TEST (test_backoff_of_broken_connections)
{
  /* Given a port where nobody listens, When it is watched, Then the pauses that
   * are told double as well. */
/* *INDENT-OFF* */
  Case c = { {{{503}}} };
/* *INDENT-ON* */
  g_autofree gchar *url = NULL;
  g_auto (GStrv) events = NULL;
  guint n;

  case_serve (&c);
  url = g_strdup (c.settings.base_url);
  poll_server_free (c.server);
  c.settings.base_url = url;
  c.settings.min_poll_interval = 60;
  c.settings.max_poll_interval = 480;
  c.settings.retries = 5;
  case_watch (&c);
  watch_log_wait_end (c.log);
  events = g_strsplit (c.log->events->str, " ", -1);
  assert_equals_int (g_strv_length (events), 6);
  for (n = 0; n < 5; n++) {
    guint told = atoi (strchr (events[n], ':') + 1);
    guint pause = MIN (60u << n, 480);

    fail_unless (told >= MAX (pause * 9 / 10, 60) && told <= pause * 11 / 10,
        "%s", c.log->events->str);
  }
  watch_log_free (c.log);
}

GST_END_TEST;

GST_START_TEST (test_hints)
{
  /* Given a service that says in each way when to ask again, on good answers
   * and on bad ones, When it is watched, Then it is asked no sooner. */
/* *INDENT-OFF* */
  Case c = { {{
              {200, AT (1), "Retry-After", "1"},
              {503, "", "Retry-After", "1"},
              {200, AT (2), "retry-after-ms", "400"},
              {429, "", "retry-after-ms", "400"},
              {200, AT (3), "openai-poll-after-ms", "400"},
              {500, "", "openai-poll-after-ms", "400"},
              {200, AT (4), "Retry-After", "0.4"},
              {200, "{\"sta", "Retry-After", "1"},
              {404, NO_TASK, "retry-after-ms", "400"},
              {200, FAILED, "Retry-After", "1"},
              {200, LINKLESS, "Retry-After", "1"},
              {200, DONE},
          }}
  };
/* *INDENT-ON* */
  const gint64 pauses[] = { 1000, 1000, 400, 400, 400, 400, 400, 1000, 400,
    1000, 1000
  };
  guint i;

  case_serve (&c);
  case_watch (&c);
  watch_log_wait_end (c.log);
  fail_if (c.log->failure);
  assert_equals_int (poll_server_count (c.server), 12);
  for (i = 0; i < G_N_ELEMENTS (pauses); i++)
    assert_gap (c.server, i + 1, pauses[i] * MS, pauses[i] * 11 / 10 * MS);
  case_clear (&c);
}

GST_END_TEST;

/* What a service that names moments said and saw, in Unix microseconds. */
typedef struct
{
  gint64 named[4];
  gint64 came[4];
} Moments;

/* Busy, running, busy: until a moment 2 to 3 s away each time. */
static void
name_moment (PollServer * server, SoupServerMessage * message, guint number,
    gpointer data)
{
  Moments *moments = data;
  gint64 now = g_get_real_time ();
  gint64 seconds = now / G_USEC_PER_SEC + 3;
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (seconds);
  g_autofree gchar *date = g_date_time_format (when,
      "%a, %d %b %Y %H:%M:%S GMT");

  moments->came[number - 1] = now;
  moments->named[number - 1] = seconds * G_USEC_PER_SEC;
  if (number > 2) {
    poll_server_say (message, 200, DONE);
    return;
  }
  soup_message_headers_replace (soup_server_message_get_response_headers
      (message), "Retry-After", date);
  poll_server_say (message, number == 1 ? 503 : 200, AT (1));
}

GST_START_TEST (test_hints_that_are_dates)
{
  /* Given a service whose Retry-After is a date, on an error and on a good
   * answer, When it is watched, Then no request comes before that date. */
  Moments moments = { {0,}, };
  PollServer *server = poll_server_new ("127.0.0.1", NULL, name_moment,
      &moments);
  GstVeoWatchSettings settings = watch_settings (poll_server_get_url (server));
  WatchLog *log = watch_log_start (&settings);
  guint i;

  watch_log_wait_end (log);
  fail_if (log->failure);
  assert_equals_int (poll_server_count (server), 3);
  for (i = 0; i < 2; i++) {
    fail_unless (moments.came[i + 1] >= moments.named[i] - EARLY);
    fail_unless (moments.came[i + 1] <= moments.named[i] + LATE);
  }
  watch_log_free (log);
  poll_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_longest_pause)
{
  /* Given a service that asks for a pause of a day, in each kind of trouble,
   * When it is watched, Then the pause that is told is two minutes, and a tenth
   * more at most. */
/* *INDENT-OFF* */
  Case cases[] = {
    {{{{503, "", "Retry-After", "86400"}}}},
    {{{{429, "", "retry-after-ms", "86400000"}}}},
    {{{{404, NO_TASK, "Retry-After", "86400"}}}},
    {{{{200, FAILED, "openai-poll-after-ms", "86400000"}}}},
    {{{{200, "", "Retry-After", "Fri, 31 Dec 2199 23:59:59 GMT"}}}},
  };
/* *INDENT-ON* */
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint told;

    case_serve (&cases[i]);
    case_watch (&cases[i]);
    watch_log_wait_events (cases[i].log, 1);
    fail_unless (g_str_has_prefix (cases[i].log->events->str, "retry:"));
    told = atoi (cases[i].log->events->str + strlen ("retry:"));
    fail_unless (told >= 120000 && told <= 132000, "case %u: %u ms", i, told);
    case_clear (&cases[i]);
  }
}

GST_END_TEST;

GST_START_TEST (test_nothing_makes_it_spin)
{
  /* Given services that want to be asked at once, in each kind of answer, When
   * they are watched, Then the smallest interval is kept. */
/* *INDENT-OFF* */
  Case cases[] = {
    {{{{200, QUEUED, "Retry-After", "0"}}}},
    {{{{200, AT (5), "retry-after-ms", "0"}}}},
    {{{{200, AT (5), "openai-poll-after-ms", "0"}}}},
    {{{{200, AT (99), "Retry-After", "-5"}}}},
    {{{{200, AT (100), "Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT"}}}},
    {{{{503, "", "Retry-After", "0"}}}},
    {{{{503, "", "Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT"}}}},
    {{{{429, "", "retry-after-ms", "0"}}}},
    {{{{404, NO_TASK, "Retry-After", "0"}}}},
    {{{{200, FAILED, "Retry-After", "0"}}}},
    {{{{200, LINKLESS, "Retry-After", "0"}}}},
    {{{{200, "[1]", "Retry-After", "0"}}}},
    {{{{403, PAGE, "Retry-After", "0"}}}},
    {{{{418, "", "Retry-After", "0"}}}},
  };
/* *INDENT-ON* */
  guint i, n;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    case_serve (&cases[i]);
    cases[i].settings.min_poll_interval = 200;
    cases[i].settings.max_poll_interval = 250;
    case_watch (&cases[i]);
  }
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    if (i < 5)
      poll_server_wait (cases[i].server, 5);
    else
      watch_log_wait_end (cases[i].log);
    fail_unless (poll_server_count (cases[i].server) >= 2);
    for (n = 1; n < poll_server_count (cases[i].server); n++)
      assert_gap (cases[i].server, n, 200 * MS, 275 * MS);
  }
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    case_clear (&cases[i]);
}

GST_END_TEST;

static void
assert_gaps (Case * c, const gint64 * pauses, guint n_pauses)
{
  guint n;

  assert_equals_int (poll_server_count (c->server), n_pauses + 1);
  for (n = 0; n < n_pauses; n++)
    assert_gap (c->server, n + 1, pauses[n] * MS, pauses[n] * MS);
}

GST_START_TEST (test_created_a_second_ago)
{
  /* Given services that do not know a task, and one whose task failed without a
   * reason, When they are watched with the usual intervals and with a largest
   * one of 2.5 s, Then the pauses are 2, 3, 5, 5 and 3 s, or the largest
   * interval where that is smaller. */
  const gint64 unknown[] = { 2000, 3000, 5000, 5000 };
  const gint64 bounded[] = { 2000, 2500, 2500, 2500 };
  const gint64 unexplained[] = { 3000 };
/* *INDENT-OFF* */
  Case cases[] = { {{{{400, NO_TASK}}}}, {{{{404, NO_TASK}}}}, {{{{200,
              FAILED}}}}
  };
/* *INDENT-ON* */
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    case_serve (&cases[i]);
    cases[i].settings.min_poll_interval = 1000;
    cases[i].settings.max_poll_interval = i == 1 ? 2500 : 15000;
    case_watch (&cases[i]);
  }
  watch_log_expect (cases[2].log, "retry:3000 failed:-1 failed");
  watch_log_expect (cases[1].log,
      "retry:2000 retry:2500 retry:2500 retry:2500 failed");
  watch_log_expect (cases[0].log,
      "retry:2000 retry:3000 retry:5000 retry:5000 failed");
  assert_gaps (&cases[0], unknown, G_N_ELEMENTS (unknown));
  assert_gaps (&cases[1], bounded, G_N_ELEMENTS (bounded));
  assert_gaps (&cases[2], unexplained, G_N_ELEMENTS (unexplained));
  assert_equals_int (cases[0].log->failure->kind, GST_VEO_FAILURE_NO_SUCH_TASK);
  assert_equals_int (cases[0].log->failure->attempts, 5);
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    case_clear (&cases[i]);
}

GST_END_TEST;

GST_START_TEST (test_smallest_interval_of_an_unknown_task)
{
  /* Given a service that does not know a task, When it is watched with a
   * smallest interval of 4 s, Then no pause is shorter. */
/* *INDENT-OFF* */
  Case c = { {{{404, NO_TASK}}} };
/* *INDENT-ON* */

  case_serve (&c);
  c.settings.min_poll_interval = 4000;
  c.settings.max_poll_interval = 15000;
  case_watch (&c);
  watch_log_wait_events (c.log, 1);
  assert_equals_string (c.log->events->str, "retry:4000");
  case_clear (&c);
}

GST_END_TEST;

static void
assert_deadline (WatchLog * log, guint deadline)
{
  GstVeoWatchStats stats;

  watch_log_expect_failure (log, GST_VEO_FAILURE_WAIT_TIMEOUT);
  gst_veo_watch_get_stats (log->watch, &stats);
  fail_unless (stats.wait_time >= deadline
      && (gint64) stats.wait_time <= deadline + LATE / MS,
      "it ended after %" G_GUINT64_FORMAT " ms", stats.wait_time);
}

GST_START_TEST (test_deadline)
{
  /* Given services that hang, ask for long pauses, or are in a trouble with a
   * pause of its own, When wait-timeout is over, Then the wait ends then. */
  Case cases[] = {
    {{{{0, "never"}}}},
    {{{{503, "", "Retry-After", "100"}}}},
    {{{{200, AT (5), "Retry-After", "100"}}}},
    {{{{404, NO_TASK, "Retry-After", "100"}}}},
    {{{{200, FAILED, "Retry-After", "100"}}}},
    {{{{200, LINKLESS, "Retry-After", "100"}}}},
    {{{{429, "", "Retry-After", "100"}}}},
    {{{{200, AT (5)}}}},
    {{{{200, QUEUED}, {0, "never"}}}},
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    case_serve (&cases[i]);
    cases[i].settings.wait_timeout = 400;
    cases[i].settings.max_poll_interval = 15000;
    case_watch (&cases[i]);
  }
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_deadline (cases[i].log, 400);
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    case_clear (&cases[i]);
}

GST_END_TEST;

GST_START_TEST (test_deadline_of_a_held_task)
{
  /* Given a service that wants no request for 100 s because of one task, When
   * another task is watched with a deadline, Then it ends then, and was never
   * asked for. */
/* *INDENT-OFF* */
  Case busy = { {{{429, "", "Retry-After", "100"}}} };
/* *INDENT-ON* */
  GstVeoWatchSettings settings;
  WatchLog *held;

  case_serve (&busy);
  case_watch (&busy);
  watch_log_wait_events (busy.log, 1);
  settings = busy.settings;
  settings.task_id = "held";
  settings.wait_timeout = 300;
  held = watch_log_start (&settings);
  watch_log_wait_end (held);
  fail_unless (held->failure != NULL);
  assert_equals_int (held->failure->kind, GST_VEO_FAILURE_WAIT_TIMEOUT);
  assert_equals_int (poll_server_count (busy.server), 1);
  watch_log_free (held);
  case_clear (&busy);
}

GST_END_TEST;

static Suite *
pace_suite (void)
{
  Suite *suite = suite_create ("pace");
  TCase *tc = tcase_create ("pace");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, set_up, tear_down);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_backoff);
  tcase_add_test (tc, test_backoff_of_broken_connections);
  tcase_add_test (tc, test_hints);
  tcase_add_test (tc, test_hints_that_are_dates);
  tcase_add_test (tc, test_longest_pause);
  tcase_add_test (tc, test_nothing_makes_it_spin);
  tcase_add_test (tc, test_created_a_second_ago);
  tcase_add_test (tc, test_smallest_interval_of_an_unknown_task);
  tcase_add_test (tc, test_deadline);
  tcase_add_test (tc, test_deadline_of_a_held_task);
  return suite;
}

GST_CHECK_MAIN (pace);
