/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many watches: the polls they share, what they keep apart, a thousand of
 * them, and stopping at any moment. */
#include "config.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#include "process.h"
#include "watchlog.h"

#define AT(progress) "{\"status\":\"processing\",\"progress\":" #progress "}"
#define DONE "{\"status\":\"completed\",\"url\":\"https://cdn.example/v.mp4\"}"

static PollServer *server;

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
  g_clear_pointer (&server, poll_server_free);
  wait_for_no_workers ();
}

/* Says that every task runs, until `done' is set. */
static void
answer_running (PollServer * s, SoupServerMessage * message, guint number,
    gpointer data)
{
  gint *done = data;

  poll_server_say (message, 200, g_atomic_int_get (done) ? DONE : AT (5));
}

GST_START_TEST (test_polls_are_shared)
{
  /* Given a running task, When three watches wait for it, Then one request at
   * a time serves them all, each is told of every change, and all end with
   * the same answer. */
/* *INDENT-OFF* */
  static Script script = { {{200, AT (5)}, {200, AT (6)}, {200, AT (7)}, {200, DONE}},
  4
  };
/* *INDENT-ON* */
  GstVeoWatchSettings settings;
  WatchLog *logs[3];
  guint i;

  server = poll_server_new ("127.0.0.1", NULL, script_answer, &script);
  settings = watch_settings (poll_server_get_url (server));
  for (i = 0; i < 3; i++)
    logs[i] = watch_log_start (&settings);
  for (i = 0; i < 3; i++)
    watch_log_expect (logs[i], "processing:5 processing:6 processing:7 "
        "completed:7 completed");
  assert_equals_int (poll_server_count (server), 4);
  for (i = 0; i < 3; i++)
    watch_log_free (logs[i]);
}

GST_END_TEST;

GST_START_TEST (test_differences)
{
  /* Given watches that differ in the id, the key, the base path or the user
   * agent, When they wait, Then each has its own requests. */
  static Script script = { {{200, DONE}}, 1 };
  GstVeoWatchSettings settings[5];
  WatchLog *logs[5];
  g_autofree gchar *prefix = NULL;
  guint i;

  server = poll_server_new ("127.0.0.1", NULL, script_answer, &script);
  prefix = g_strconcat (poll_server_get_url (server), "/api", NULL);
  for (i = 0; i < 5; i++)
    settings[i] = watch_settings (poll_server_get_url (server));
  settings[1].task_id = "T";
  settings[2].api_key = "sk-two";
  settings[3].base_url = prefix;
  settings[4].network.user_agent = "test/1";
  for (i = 0; i < 5; i++)
    logs[i] = watch_log_start (&settings[i]);
  for (i = 0; i < 5; i++)
    watch_log_wait_end (logs[i]);
  assert_equals_int (poll_server_count (server), 5);
  for (i = 0; i < 5; i++)
    watch_log_free (logs[i]);
}

GST_END_TEST;

GST_START_TEST (test_newcomer)
{
  /* Given a wait under way between two polls, When another watch starts, Then
   * it knows the state at once, without a request; When the wait is over and
   * one more starts, Then that asks anew. */
  static Script script = { {{200, AT (5)}, {200, DONE}}, 2 };
  GstVeoWatchSettings settings;
  WatchLog *first, *second, *third;

  server = poll_server_new ("127.0.0.1", NULL, script_answer, &script);
  settings = watch_settings (poll_server_get_url (server));
  settings.min_poll_interval = settings.max_poll_interval = 700;
  first = watch_log_start (&settings);
  watch_log_wait_events (first, 1);
  second = watch_log_start (&settings);
  watch_log_wait_events (second, 1);
  assert_equals_string (second->events->str, "processing:5");
  assert_equals_int (poll_server_count (server), 1);
  watch_log_wait_end (first);
  watch_log_wait_end (second);
  assert_equals_int (poll_server_count (server), 2);
  third = watch_log_start (&settings);
  watch_log_wait_end (third);
  assert_equals_int (poll_server_count (server), 3);
  watch_log_free (first);
  watch_log_free (second);
  watch_log_free (third);
}

GST_END_TEST;

GST_START_TEST (test_newcomer_keeps_the_pause)
{
  /* Given a wait whose service asked for a pause of a second, When another
   * watch starts meanwhile, Then the pause is kept. */
/* *INDENT-OFF* */
  static Script script = { {{200, AT (5), "Retry-After", "1"}, {200, DONE}}, 2 };
/* *INDENT-ON* */
  GstVeoWatchSettings settings;
  WatchLog *first, *second;

  server = poll_server_new ("127.0.0.1", NULL, script_answer, &script);
  settings = watch_settings (poll_server_get_url (server));
  first = watch_log_start (&settings);
  watch_log_wait_events (first, 1);
  second = watch_log_start (&settings);
  watch_log_wait_end (second);
  watch_log_wait_end (first);
  fail_unless (poll_server_get_time (server, 2)
      - poll_server_get_time (server, 1) >= 990000);
  watch_log_free (first);
  watch_log_free (second);
}

GST_END_TEST;

GST_START_TEST (test_smallest_interval)
{
  /* Given a patient watch of a task, When an impatient one joins, Then the
   * task is asked for as often as that one wishes, and when it leaves, no
   * more. */
  gint done = 0;
  GstVeoWatchSettings settings;
  WatchLog *patient, *impatient;
  guint count;

  server = poll_server_new ("127.0.0.1", NULL, answer_running, &done);
  settings = watch_settings (poll_server_get_url (server));
  settings.min_poll_interval = settings.max_poll_interval = 3600000;
  patient = watch_log_start (&settings);
  watch_log_wait_events (patient, 1);
  settings.min_poll_interval = settings.max_poll_interval = 60;
  impatient = watch_log_start (&settings);
  poll_server_wait (server, 4);
  watch_log_free (impatient);
  count = poll_server_count (server);
  fail_if (patient->over);
  impatient = watch_log_start (&settings);
  poll_server_wait (server, count + 2);
  g_atomic_int_set (&done, 1);
  watch_log_wait_end (impatient);
  watch_log_wait_end (patient);
  watch_log_free (impatient);
  watch_log_free (patient);
}

GST_END_TEST;

GST_START_TEST (test_own_deadline_and_retries)
{
  /* Given a service that is down, When a watch with a deadline, one without
   * retries and one with many share its polls, Then each ends in its own way
   * and the last goes on alone. */
/* *INDENT-OFF* */
  static Script script = { {{503}, {503}, {503}, {503}, {503}, {503}, {503},
          {200, DONE}}, 8
  };
/* *INDENT-ON* */
  GstVeoWatchSettings settings;
  WatchLog *hurried, *strict, *stubborn;

  server = poll_server_new ("127.0.0.1", NULL, script_answer, &script);
  settings = watch_settings (poll_server_get_url (server));
  settings.retries = 20;
  stubborn = watch_log_start (&settings);
  settings.wait_timeout = 200;
  hurried = watch_log_start (&settings);
  settings.wait_timeout = 0;
  settings.retries = 0;
  strict = watch_log_start (&settings);
  watch_log_expect_failure (strict, GST_VEO_FAILURE_UNAVAILABLE);
  assert_equals_int (strict->failure->attempts, 1);
  watch_log_expect_failure (hurried, GST_VEO_FAILURE_WAIT_TIMEOUT);
  watch_log_wait_end (stubborn);
  fail_if (stubborn->failure);
  assert_equals_int (poll_server_count (server), 8);
  watch_log_free (strict);
  watch_log_free (hurried);
  watch_log_free (stubborn);
}

GST_END_TEST;

/* 429 for the task "busy" the first time, else a completed task. */
static void
answer_busy (PollServer * s, SoupServerMessage * message, guint number,
    gpointer data)
{
  if (number > 1) {
    poll_server_say (message, 200, DONE);
    return;
  }
  soup_message_headers_replace (soup_server_message_get_response_headers
      (message), "Retry-After", "1");
  poll_server_say (message, 429, "");
}

GST_START_TEST (test_429_slows_its_origin)
{
  /* Given two services, of which one answers 429 with a pause of 1 s, When
   * more tasks of both are watched then, Then those of the one wait for the
   * pause and those of the other do not. */
  static Script script = { {{200, DONE}}, 1 };
  PollServer *other = poll_server_new ("127.0.0.2", NULL, script_answer,
      &script);
  GstVeoWatchSettings settings;
  WatchLog *busy, *held, *free_one;

  server = poll_server_new ("127.0.0.1", NULL, answer_busy, NULL);
  settings = watch_settings (poll_server_get_url (server));
  settings.task_id = "busy";
  busy = watch_log_start (&settings);
  watch_log_wait_events (busy, 1);
  settings.task_id = "held";
  held = watch_log_start (&settings);
  settings.base_url = poll_server_get_url (other);
  free_one = watch_log_start (&settings);
  watch_log_wait_end (free_one);
  assert_equals_int (poll_server_count (server), 1);
  watch_log_wait_end (held);
  watch_log_wait_end (busy);
  fail_unless (poll_server_get_time (server, 2)
      - poll_server_get_time (server, 1) >= 950000);
  watch_log_free (busy);
  watch_log_free (held);
  watch_log_free (free_one);
  poll_server_free (other);
}

GST_END_TEST;

GST_START_TEST (test_dead_origin)
{
  /* Given a service that never answers and one that does, When ten tasks of
   * the first and then one of the second are watched, Then the latter ends
   * while the others wait, four of them at the service. */
  Script hang = { {{0}}, 1 };
  static Script script = { {{200, DONE}}, 1 };
  PollServer *dead = poll_server_new ("127.0.0.2", NULL, script_answer, &hang);
  GstVeoWatchSettings settings;
  WatchLog *waiting[10];
  WatchLog *alive;
  guint i;

  server = poll_server_new ("127.0.0.1", NULL, script_answer, &script);
  for (i = 0; i < 10; i++) {
    g_autofree gchar *id = g_strdup_printf ("t%u", i);

    settings = watch_settings (poll_server_get_url (dead));
    settings.task_id = id;
    waiting[i] = watch_log_start (&settings);
  }
  poll_server_wait (dead, 4);
  settings = watch_settings (poll_server_get_url (server));
  alive = watch_log_start (&settings);
  watch_log_wait_end (alive);
  assert_equals_int (poll_server_count (dead), 4);
  watch_log_free (alive);
  for (i = 0; i < 10; i++) {
    fail_if (waiting[i]->over);
    watch_log_free (waiting[i]);
  }
  poll_server_free (dead);
}

GST_END_TEST;

/* A port where nobody listens; (transfer full) */
static gchar *
get_refusing_url (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_socket_listener_close (listener);
  return g_strdup_printf ("http://127.0.0.1:%u", port);
}

GST_START_TEST (test_refusing_origin)
{
  /* Given a service that refuses every connection and one that answers, When
   * fifty tasks of the first and one of the second are watched, Then the latter
   * gets its polls and ends, while the others try on. */
/* *INDENT-OFF* */
  static Script script = { {{200, AT (5)}, {200, AT (6)}, {200, AT (7)},
          {200, DONE}}, 4
  };
/* *INDENT-ON* */
  g_autofree gchar *refusing = get_refusing_url ();
  GstVeoWatchSettings settings = watch_settings (refusing);
  WatchLog *waiting[50];
  WatchLog *alive;
  guint i;

  server = poll_server_new ("127.0.0.1", NULL, script_answer, &script);
  settings.retries = G_MAXUINT;
  for (i = 0; i < G_N_ELEMENTS (waiting); i++) {
    g_autofree gchar *id = g_strdup_printf ("t%u", i);

    settings.task_id = id;
    waiting[i] = watch_log_start (&settings);
  }
  for (i = 0; i < G_N_ELEMENTS (waiting); i++)
    watch_log_wait_events (waiting[i], 1);
  settings = watch_settings (poll_server_get_url (server));
  alive = watch_log_start (&settings);
  watch_log_expect (alive, "processing:5 processing:6 processing:7 "
      "completed:7 completed");
  watch_log_free (alive);
  for (i = 0; i < G_N_ELEMENTS (waiting); i++) {
    fail_if (waiting[i]->over);
    watch_log_free (waiting[i]);
  }
}

GST_END_TEST;

#define N_DUE 100
#define ROUNDS 5
/* Four requests are under way, of which one may overtake the others in each round. */
#define OUT_OF_ORDER 4

/* So slowly that all tasks are due long before their turn comes. */
static void
answer_slowly (PollServer * s, SoupServerMessage * message, guint number,
    gpointer data)
{
  g_usleep (2000);
  poll_server_say (message, 200, AT (5));
}

/* The task of a request */
static guint
get_task_number (guint request)
{
  g_autofree gchar *path = poll_server_get_path (server, request);

  return g_ascii_strtoull (strrchr (path, '_') + 1, NULL, 10);
}

GST_START_TEST (test_nobody_starves)
{
  /* Given 100 tasks that are all due sooner than the service can answer for
   * them, When they are watched, Then they are asked for in turn: none a second
   * time before all were asked for once, and so in every round. */
  GstVeoWatchSettings settings;
  WatchLog *logs[N_DUE];
  guint polls[N_DUE] = { 0, };
  guint i, request;

  server = poll_server_new ("127.0.0.1", NULL, answer_slowly, NULL);
  settings = watch_settings (poll_server_get_url (server));
  for (i = 0; i < N_DUE; i++) {
    g_autofree gchar *id = g_strdup_printf ("task_%u", i);

    settings.task_id = id;
    logs[i] = watch_log_start (&settings);
  }
  poll_server_wait (server, N_DUE * ROUNDS);
  for (request = 1; request <= N_DUE * ROUNDS; request++) {
    guint task = get_task_number (request);
    guint before = ++polls[task] - 1;

    /* all requests of the rounds before were made, but for the last ones */
    fail_unless (before * N_DUE < request + OUT_OF_ORDER * polls[task],
        "task %u was asked for %u times within %u requests", task,
        polls[task], request);
  }
  for (i = 0; i < N_DUE; i++) {
    fail_unless (polls[i] >= ROUNDS - 1, "task %u had %u polls", i, polls[i]);
    watch_log_free (logs[i]);
  }
}

GST_END_TEST;

#define N_MANY 1000

GST_START_TEST (test_a_thousand)
{
  /* Given 1,000 running tasks, When all are watched, Then each is asked for
   * again and again by one thread over at most four connections, and all come
   * to their end. */
  gint done = 0;
  GstVeoWatchSettings settings;
  WatchLog **logs = g_new0 (WatchLog *, N_MANY);
  guint i, descriptors;

  server = poll_server_new ("127.0.0.1", NULL, answer_running, &done);
  descriptors = count_descriptors ();
  settings = watch_settings (poll_server_get_url (server));
  settings.min_poll_interval = settings.max_poll_interval = 500;
  for (i = 0; i < N_MANY; i++) {
    g_autofree gchar *id = g_strdup_printf ("task_%u", i);

    settings.task_id = id;
    logs[i] = watch_log_start (&settings);
  }
  for (i = 0; i < N_MANY; i++)
    watch_log_wait_events (logs[i], 1);
  poll_server_wait (server, 2 * N_MANY);
  assert_equals_int (count_workers (), 1);
  /* The server is in this process: a connection is two descriptors here. GIO
   * keeps a few of its own once it is used. */
  fail_unless (count_descriptors () <= descriptors + 4 * 2 + 8,
      "%u descriptors more", count_descriptors () - descriptors);
  fail_unless (poll_server_count_connections (server) <= 4,
      "%u connections", poll_server_count_connections (server));
  g_atomic_int_set (&done, 1);
  for (i = 0; i < N_MANY; i++)
    watch_log_wait_end (logs[i]);
  for (i = 0; i < N_MANY; i++)
    watch_log_free (logs[i]);
  g_free (logs);
}

GST_END_TEST;

/* Every way an exchange may go, one after another. */
static void
answer_anyhow (PollServer * s, SoupServerMessage * message, guint number,
    gpointer data)
{
  switch (number % 7) {
    case 0:
      poll_server_hang (s, message);
      break;
    case 1:
      poll_server_cut (message,
          "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{");
      break;
    case 2:
      poll_server_redirect (message, 302, "/elsewhere");
      break;
    case 3:
      poll_server_flood (message);
      break;
    case 4:
      poll_server_say (message, 200, DONE);
      break;
    case 5:
      poll_server_say (message, 503, "");
      break;
    default:
      poll_server_say (message, 200, AT (5));
  }
}

/* Returns how many descriptors there are when all is over. */
static guint
stop_at_random (guint times)
{
  GstVeoWatchSettings settings;
  guint i;

  server = poll_server_new ("127.0.0.1", NULL, answer_anyhow, NULL);
  settings = watch_settings (poll_server_get_url (server));
  settings.min_poll_interval = settings.max_poll_interval = 1;
  for (i = 0; i < times; i++) {
    WatchLog *first = watch_log_start (&settings);
    WatchLog *second;

    settings.task_id = i % 2 ? "t" : "u";
    second = watch_log_start (&settings);
    g_usleep (g_random_int_range (0, 8000));
    watch_log_free (first);
    watch_log_free (second);
    if (i % 3 == 0)
      wait_for_no_workers ();
  }
  wait_for_no_workers ();
  g_clear_pointer (&server, poll_server_free);
  return count_descriptors ();
}

/* Threads of GLib's pool may still close what they had open. */
static void
wait_for_descriptors (guint most)
{
  gint64 limit = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  while (count_descriptors () > most && g_get_monotonic_time () < limit)
    g_usleep (10000);
  fail_unless (count_descriptors () <= most, "%u descriptors, there were %u",
      count_descriptors (), most);
}

GST_START_TEST (test_stop_at_any_moment)
{
  /* Given a service that answers in every way, When watches, two at a time of
   * one or two tasks, are stopped at random moments, Then no event comes after
   * the notify, and no thread or descriptor is left. */
  guint descriptors = stop_at_random (20);

  stop_at_random (300);
  wait_for_descriptors (descriptors);
}

GST_END_TEST;

static Suite *
share_suite (void)
{
  Suite *suite = suite_create ("share");
  TCase *tc = tcase_create ("share");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, set_up, tear_down);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_polls_are_shared);
  tcase_add_test (tc, test_differences);
  tcase_add_test (tc, test_newcomer);
  tcase_add_test (tc, test_newcomer_keeps_the_pause);
  tcase_add_test (tc, test_smallest_interval);
  tcase_add_test (tc, test_own_deadline_and_retries);
  tcase_add_test (tc, test_429_slows_its_origin);
  tcase_add_test (tc, test_dead_origin);
  tcase_add_test (tc, test_refusing_origin);
  tcase_add_test (tc, test_nobody_starves);
  tcase_add_test (tc, test_a_thousand);
  tcase_add_test (tc, test_stop_at_any_moment);
  return suite;
}

GST_CHECK_MAIN (share);
