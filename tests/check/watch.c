/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watching one task over real sockets: its end, its link, retries, deadline. */
#include "config.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#include "watchlog.h"

#define QUEUED "{\"status\":\"queued\"}"
#define AT(progress) "{\"status\":\"processing\",\"progress\":" #progress "}"
#define DONE "{\"status\":\"completed\",\"progress\":100," \
    "\"video_url\":\"https://cdn.example/v.mp4?sign=1\"}"
#define LINKLESS "{\"status\":\"completed\",\"progress\":100}"
#define FAILED "{\"status\":\"failed\"}"
#define REASON "{\"status\":\"failed\"," \
    "\"error\":{\"message\":\"too wild\",\"code\":\"policy\"}}"
#define NO_TASK "{\"code\":\"task_not_exist\",\"message\":\"task_not_exist\"," \
    "\"data\":null}"
#define NO_MODEL "{\"error\":{\"message\":" \
    "\"This token has no access to model veo-3\",\"code\":\"\"}}"

static PollServer *server;
static WatchLog *log_;

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
  g_clear_pointer (&log_, watch_log_free);
  g_clear_pointer (&server, poll_server_free);
  wait_for_no_workers ();
}

static GstVeoWatchSettings
serve (Script * script)
{
  while (script->n < G_N_ELEMENTS (script->replies)
      && (script->replies[script->n].status || script->replies[script->n].body))
    script->n++;
  server = poll_server_new ("127.0.0.1", NULL, script_answer, script);
  return watch_settings (poll_server_get_url (server));
}

/* Serves the script, watches with the usual settings and waits for the end. */
static void
play (Script * script)
{
  GstVeoWatchSettings settings = serve (script);

  log_ = watch_log_start (&settings);
  watch_log_wait_end (log_);
}

GST_START_TEST (test_until_completed)
{
  /* Given a task that is queued, then runs, then is completed, When it is
   * watched, Then every change is told once, the end last, the link is
   * absolute and needs no key, and the requests had the key. */
/* *INDENT-OFF* */
  static Script script = { {{200, QUEUED}, {200, QUEUED}, {200, AT (10)},
          {200, AT (60)}, {200, DONE}} };
/* *INDENT-ON* */
  GstVeoWatchStats stats;
  g_autofree gchar *key = NULL;
  g_autofree gchar *path = NULL;

  play (&script);
  watch_log_expect (log_,
      "queued:-1 processing:10 processing:60 completed:100 completed");
  assert_equals_string (log_->link, "https://cdn.example/v.mp4?sign=1");
  fail_if (log_->needs_key || log_->is_content);
  key = poll_server_get_header (server, 5, "Authorization");
  path = poll_server_get_path (server, 5);
  assert_equals_string (key, "Bearer sk-one");
  fail_unless (g_str_has_suffix (path, "/v1/videos/t"));
  gst_veo_watch_get_stats (log_->watch, &stats);
  assert_equals_int (stats.polls, 5);
  assert_equals_int (stats.failed_polls, 0);
  assert_equals_int (stats.retries, 0);
  assert_equals_int (stats.last_http_status, 200);
  fail_unless (stats.wait_time >= 4 * 60);
  watch_log_stop (log_);
  assert_equals_int (poll_server_count (server), 5);
}

GST_END_TEST;

GST_START_TEST (test_progress_never_goes_down)
{
  /* Given a task whose progress goes down and vanishes, When it is watched,
   * Then what is told only goes up. */
/* *INDENT-OFF* */
  static Script script = { {{200, AT (50)}, {200, AT (30)}, {200,
              "{\"status\":\"processing\"}"}, {200, AT (70)}, {200, DONE}} };
/* *INDENT-ON* */

  play (&script);
  watch_log_expect (log_,
      "processing:50 processing:70 completed:100 completed");
}

GST_END_TEST;

GST_START_TEST (test_own_link)
{
  /* Given a link that is a path, and one that is the content address under
   * another name, When the tasks are watched, Then the links are those of the
   * base, need the key, and the second is known as the content address. */
/* *INDENT-OFF* */
  Script path = { {{200, "{\"status\":\"completed\",\"url\":\"/files/1.mp4\"}"}} };
  Script content = { {{200, "{\"status\":\"completed\","
              "\"url\":\"http://localhost:3000/v1/videos/t/content\"}"}} };
/* *INDENT-ON* */

  play (&path);
  fail_unless (g_str_has_suffix (log_->link, "/files/1.mp4"));
  fail_unless (g_str_has_prefix (log_->link, poll_server_get_url (server)));
  fail_unless (log_->needs_key && !log_->is_content);
  tear_down ();
  play (&content);
  fail_unless (g_str_has_prefix (log_->link, poll_server_get_url (server)));
  fail_unless (log_->needs_key && log_->is_content);
}

GST_END_TEST;

GST_START_TEST (test_completed_without_link)
{
  /* Given a task that is completed and never has a link, When it is watched,
   * Then it is asked for twice more, at the smallest interval, and the content
   * address is taken. */
  static Script script = { {{200, LINKLESS}} };

  play (&script);
  watch_log_expect (log_, "completed:100 completed");
  assert_equals_int (poll_server_count (server), 3);
  fail_unless (poll_server_get_time (server, 3)
      - poll_server_get_time (server, 1) >= 2 * 60000);
  fail_unless (g_str_has_suffix (log_->link, "/v1/videos/t/content"));
  fail_unless (log_->needs_key && log_->is_content);
}

GST_END_TEST;

GST_START_TEST (test_late_link)
{
  /* Given a completed task whose link comes with the second answer, When it is
   * watched, Then that link is taken. */
  static Script script = { {{200, LINKLESS}, {200, DONE}} };

  play (&script);
  watch_log_expect (log_, "completed:100 completed");
  assert_equals_string (log_->link, "https://cdn.example/v.mp4?sign=1");
}

GST_END_TEST;

GST_START_TEST (test_link_that_is_none)
{
  /* Given a completed task with a file: where its link belongs, When it is
   * watched, Then it is asked for twice more, and the content address is
   * taken. */
/* *INDENT-OFF* */
  static Script script = { {{200,
              "{\"status\":\"completed\",\"video_url\":\"file:///etc/passwd\"}"}} };
/* *INDENT-ON* */

  play (&script);
  watch_log_expect (log_, "completed:-1 completed");
  assert_equals_int (poll_server_count (server), 3);
  fail_unless (g_str_has_suffix (log_->link, "/v1/videos/t/content"));
}

GST_END_TEST;

GST_START_TEST (test_private_link_of_public_service)
{
  /* Given a public service (behind a proxy) whose link names a private host,
   * When the task is watched, Then it fails at once, quoting it without its
   * query. */
/* *INDENT-OFF* */
  static Script script = { {{200, "{\"status\":\"completed\","
              "\"video_url\":\"http://192.168.1.1/v.mp4?token=hidden\"}"}} };
/* *INDENT-ON* */
  GstVeoWatchSettings settings = serve (&script);

  settings.network.proxy = settings.base_url;
  settings.base_url = "http://service.example";
  log_ = watch_log_start (&settings);
  watch_log_expect_failure (log_, GST_VEO_FAILURE_LINK_REFUSED);
  assert_equals_int (poll_server_count (server), 1);
  fail_unless (strstr (log_->failure->detail, "192.168.1.1/v.mp4") != NULL);
  fail_if (strstr (log_->failure->detail, "hidden"));
}

GST_END_TEST;

GST_START_TEST (test_task_failed)
{
  /* Given a task that fails with a reason, When it is watched, Then the wait
   * ends at once with the provider's words. */
/* *INDENT-OFF* */
  static Script script = { {{200, AT (10)}, {200, REASON, "X-Request-Id", "r-1"}} };
/* *INDENT-ON* */

  play (&script);
  watch_log_expect (log_, "processing:10 failed:10 failed");
  watch_log_expect_failure (log_, GST_VEO_FAILURE_TASK_FAILED);
  assert_equals_string (log_->failure->error_message, "too wild");
  assert_equals_string (log_->failure->error_code, "policy");
  assert_equals_string (log_->failure->request_id, "r-1");
  assert_equals_int (log_->failure->task_status, GST_VEO_STATUS_FAILED);
  assert_equals_int (log_->last_status, GST_VEO_STATUS_FAILED);
}

GST_END_TEST;

GST_START_TEST (test_failed_without_reason)
{
  /* Given a task that fails without a reason, When it is watched, Then it is
   * asked for once more: it may run on, or the failure is final. */
/* *INDENT-OFF* */
  Script passing = { {{200, AT (10)}, {200, FAILED}, {200, AT (20)},
          {200, FAILED}, {200, DONE}} };
/* *INDENT-ON* */
  Script final = { {{200, AT (10)}, {200, FAILED}} };

  play (&passing);
  watch_log_expect (log_, "processing:10 retry:60 processing:20 retry:60 "
      "completed:100 completed");
  tear_down ();
  play (&final);
  watch_log_expect (log_, "processing:10 retry:60 failed:10 failed");
  watch_log_expect_failure (log_, GST_VEO_FAILURE_TASK_FAILED_UNEXPLAINED);
  assert_equals_int (poll_server_count (server), 3);
}

GST_END_TEST;

GST_START_TEST (test_created_a_second_ago)
{
  /* Given a service that does not know the task at first, in each way of
   * saying so, When it is watched, Then it is asked again until it does. */
/* *INDENT-OFF* */
  static Script script = { {{400, NO_TASK}, {404, NO_TASK}, {400, NO_TASK},
          {404, "{\"error\":{\"message\":\"task not found\"}}"},
          {200, DONE}} };
/* *INDENT-ON* */
  GstVeoWatchStats stats;

  play (&script);
  watch_log_expect (log_, "retry:60 retry:60 retry:60 retry:60 "
      "completed:100 completed");
  gst_veo_watch_get_stats (log_->watch, &stats);
  assert_equals_int (stats.polls, 5);
  assert_equals_int (stats.failed_polls, 4);
  assert_equals_int (stats.retries, 4);
}

GST_END_TEST;

GST_START_TEST (test_no_such_task)
{
  /* Given a service that never knows the task, When it is watched, Then it is
   * asked for five times, whatever `retries' says; and with the usual
   * intervals the first retry comes after 2 s, or what the service wishes. */
  static Script script = { {{404, NO_TASK}} };
  Script patient = { {{404, NO_TASK, "Retry-After", "7"}} };
  GstVeoWatchSettings settings;

  play (&script);
  watch_log_expect_failure (log_, GST_VEO_FAILURE_NO_SUCH_TASK);
  assert_equals_int (poll_server_count (server), 5);
  assert_equals_int (log_->failure->attempts, 5);
  assert_equals_int (log_->failure->http_status, 404);
  fail_unless (log_->failure->had_key);
  tear_down ();
  script.n = 0;
  settings = serve (&script);
  settings.max_poll_interval = 15000;
  log_ = watch_log_start (&settings);
  watch_log_wait_events (log_, 1);
  assert_equals_string (log_->events->str, "retry:2000");
  tear_down ();
  settings = serve (&patient);
  log_ = watch_log_start (&settings);
  watch_log_wait_events (log_, 1);
  assert_equals_string (log_->events->str, "retry:7000");
}

GST_END_TEST;

GST_START_TEST (test_refused)
{
  /* Given a service that refuses the key, When it is watched with and without
   * one, Then it fails at once and says whether there was one. */
/* *INDENT-OFF* */
  static Script script = { {{401, "{\"error\":{\"message\":\"Invalid token\"}}",
              "X-Oneapi-Request-Id", "r-2"}} };
/* *INDENT-ON* */
  GstVeoWatchSettings settings;

  play (&script);
  watch_log_expect (log_, "failed");
  watch_log_expect_failure (log_, GST_VEO_FAILURE_REFUSED);
  assert_equals_int (log_->failure->http_status, 401);
  assert_equals_int (log_->failure->attempts, 1);
  assert_equals_string (log_->failure->request_id, "r-2");
  fail_unless (log_->failure->had_key);
  watch_log_free (log_);
  settings = watch_settings (poll_server_get_url (server));
  settings.api_key = NULL;
  log_ = watch_log_start (&settings);
  watch_log_expect_failure (log_, GST_VEO_FAILURE_REFUSED);
  fail_if (log_->failure->had_key);
  assert_equals_int (poll_server_count (server), 2);
  fail_unless (poll_server_get_header (server, 2, "Authorization") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_no_access_to_model)
{
  /* Given a relay that does not tell of the task's model, When it is watched,
   * Then the content address is taken, of a task that nobody called completed;
   * a refresh fails instead. */
  static Script script = { {{403, NO_MODEL}} };
  GstVeoWatchSettings settings;

  play (&script);
  watch_log_expect (log_, "completed");
  fail_unless (log_->is_content && log_->needs_key);
  assert_equals_int (log_->last_status, GST_VEO_STATUS_UNKNOWN);
  watch_log_free (log_);
  settings = watch_settings (poll_server_get_url (server));
  settings.refresh = TRUE;
  log_ = watch_log_start (&settings);
  watch_log_expect_failure (log_, GST_VEO_FAILURE_NO_MODEL_ACCESS);
}

GST_END_TEST;

GST_START_TEST (test_limited_retries)
{
  /* Given answers that are worth only so many tries, When they do not change,
   * Then the wait fails after exactly those. */
  static const struct
  {
    guint status;
    const gchar *body;
    GstVeoFailureKind kind;
    guint requests;
  } table[] = {
    {403, "<html><title>Blocked</title></html>", GST_VEO_FAILURE_FIREWALL, 4},
    {200, "<!DOCTYPE html><html></html>", GST_VEO_FAILURE_WRONG_BASE, 2},
    {418, "{\"message\":\"tea\"}", GST_VEO_FAILURE_OTHER_CLIENT_ERROR, 2},
    {503, "{\"message\":\"busy\"}", GST_VEO_FAILURE_UNAVAILABLE, 4},
    {200, "[1]", GST_VEO_FAILURE_NONSENSE, 4},
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (table); i++) {
/* *INDENT-OFF* */
    Script script = { {{table[i].status, table[i].body}} };
/* *INDENT-ON* */

    play (&script);
    watch_log_expect_failure (log_, table[i].kind);
    fail_unless (poll_server_count (server) == table[i].requests,
        "%u requests for case %u", poll_server_count (server), i);
    assert_equals_int (log_->failure->attempts, table[i].requests);
    assert_equals_int (log_->n_retries, table[i].requests - 1);
    tear_down ();
  }
}

GST_END_TEST;

GST_START_TEST (test_failures_in_a_row)
{
  /* Given a service that fails three times, answers, and fails three times
   * again, When it may fail three times in a row, Then the wait goes on. */
/* *INDENT-OFF* */
  static Script script = { {{503}, {500}, {502}, {200, AT (1)}, {503}, {503}, {429},
          {200, DONE}} };
/* *INDENT-ON* */

  play (&script);
  assert_equals_int (log_->n_retries, 6);
  fail_if (log_->failure);
}

GST_END_TEST;

GST_START_TEST (test_backoff)
{
  /* Given a service that is down, When it is watched, Then the delays told
   * grow from the smallest interval to the largest, and the requests obey. */
  static Script script = { {{503}} };
  GstVeoWatchSettings settings = serve (&script);
  gint64 last = 0;
  guint i;

  settings.max_poll_interval = 400;
  settings.retries = 5;
  log_ = watch_log_start (&settings);
  watch_log_wait_end (log_);
  assert_equals_int (poll_server_count (server), 6);
  for (i = 2; i <= 6; i++) {
    gint64 gap = poll_server_get_time (server, i)
        - poll_server_get_time (server, i - 1);

    fail_unless (gap >= 50000, "gap %u is only %" G_GINT64_FORMAT, i, gap);
    last = MAX (last, gap);
  }
  fail_unless (last >= 300000, "it never backed off");
}

GST_END_TEST;

GST_START_TEST (test_unreachable)
{
  /* Given a port where nobody listens, When it is watched, Then it fails after
   * the retries with the system's reason. */
  static Script script = { {{503}} };
  GstVeoWatchSettings settings = serve (&script);
  g_autofree gchar *url = g_strdup (settings.base_url);

  g_clear_pointer (&server, poll_server_free);
  settings.base_url = url;
  log_ = watch_log_start (&settings);
  watch_log_expect_failure (log_, GST_VEO_FAILURE_UNREACHABLE);
  assert_equals_int (log_->failure->attempts, 4);
  assert_equals_int (log_->failure->http_status, 0);
  fail_unless (log_->failure->detail != NULL);
}

GST_END_TEST;

GST_START_TEST (test_request_timeout)
{
  /* Given a service that does not answer once, When the request's time is up,
   * Then it is asked again. */
  static Script script = { {{0, "never"}, {200, DONE}} };
  GstVeoWatchSettings settings = serve (&script);

  settings.request_timeout = 1000;
  log_ = watch_log_start (&settings);
  watch_log_wait_end (log_);
  assert_equals_int (log_->n_retries, 1);
  fail_if (log_->failure);
}

GST_END_TEST;

GST_START_TEST (test_bad_authority_file)
{
  /* Given a tls-ca-file that is not there, When a task is watched, Then it
   * fails at once as a TLS failure that names the property. */
  static Script script = { {{200, DONE}} };
  GstVeoWatchSettings settings = serve (&script);

  settings.network.tls_ca_file = "/nonexistent.pem";
  log_ = watch_log_start (&settings);
  watch_log_expect_failure (log_, GST_VEO_FAILURE_TLS);
  fail_unless (strstr (log_->failure->detail, "tls-ca-file") != NULL);
  assert_equals_int (poll_server_count (server), 0);
}

GST_END_TEST;

GST_START_TEST (test_redirect_to_https)
{
  /* Given a service that redirects to https, When it is watched, Then it fails
   * at once and says what to set. */
/* *INDENT-OFF* */
  static Script script = { {{301, "", "Location",
              "https://127.0.0.1/v1/videos/t"}} };
/* *INDENT-ON* */

  play (&script);
  watch_log_expect_failure (log_, GST_VEO_FAILURE_REDIRECT);
  fail_unless (strstr (log_->failure->detail,
          "set base-url to https://127.0.0.1") != NULL);
  assert_equals_int (poll_server_count (server), 1);
}

GST_END_TEST;

GST_START_TEST (test_retry_after)
{
  /* Given a service that asks for a pause of a second, on an error and on a
   * good answer, When it is watched, Then the pauses are kept. */
/* *INDENT-OFF* */
  static Script script = { {{429, "", "Retry-After", "1"},
          {200, AT (1), "Retry-After", "1"}, {200, DONE}} };
/* *INDENT-ON* */
  guint i;

  play (&script);
  for (i = 2; i <= 3; i++)
    fail_unless (poll_server_get_time (server, i)
        - poll_server_get_time (server, i - 1) >= 990000, "pause %u", i - 1);
}

GST_END_TEST;

GST_START_TEST (test_eager_hints)
{
  /* Given a service that says 0 to every hint, When it is watched, Then it is
   * not asked more often than the smallest interval allows. */
/* *INDENT-OFF* */
  static Script script = { {{200, AT (1), "Retry-After", "0"},
          {200, AT (2), "openai-poll-after-ms", "0"}, {200, DONE}} };
/* *INDENT-ON* */

  play (&script);
  fail_unless (poll_server_get_time (server, 3)
      - poll_server_get_time (server, 1) >= 2 * 59000);
}

GST_END_TEST;

GST_START_TEST (test_deadline)
{
  /* Given a request that hangs, a Retry-After beyond the deadline, and a task
   * that runs on, When the wait-timeout is over, Then the wait ends, and says
   * what the last trouble was. */
  Script scripts[] = {
    {{{0, "never"}
            }
        },
    {{{503, "", "Retry-After", "100"}
            }
        },
    {{{200, AT (5)}
            }
        },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (scripts); i++) {
    GstVeoWatchSettings settings = serve (&scripts[i]);

    settings.wait_timeout = 300;
    log_ = watch_log_start (&settings);
    watch_log_expect_failure (log_, GST_VEO_FAILURE_WAIT_TIMEOUT);
    if (i == 1)
      fail_unless (strstr (log_->failure->detail, "503") != NULL);
    if (i == 2) {
      assert_equals_int (log_->failure->task_status, GST_VEO_STATUS_PROCESSING);
      fail_unless (poll_server_count (server) > 2);
    }
    tear_down ();
  }
}

GST_END_TEST;

GST_START_TEST (test_ends_without_an_answer)
{
  /* Given a task that runs on, one whose service is down, and a redirect that is
   * not followed, all with request ids, When the wait ends, Then the failure has the last id there was, and
   * counts the attempts in a row that brought nothing. */
  static const struct
  {
    Script script;
    GstVeoFailureKind kind;
    guint attempts;             /* G_MAXUINT: 1 or more */
  } table[] = {
    {{{{200, AT (5), "X-Request-Id", "r-9"}}}, GST_VEO_FAILURE_WAIT_TIMEOUT, 0},
    {{{{200, AT (5), "X-Request-Id", "r-9"}, {503}}},
        GST_VEO_FAILURE_WAIT_TIMEOUT, G_MAXUINT},
    {{{{503, "", "X-Oneapi-Request-Id", "r-9"}}}, GST_VEO_FAILURE_WAIT_TIMEOUT,
        G_MAXUINT},
    {{{{503}, {200, AT (5)}, {302, "", "X-Request-Id", "r-9"}}},
        GST_VEO_FAILURE_REDIRECT, 1},
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (table); i++) {
    Script script = table[i].script;
    GstVeoWatchSettings settings = serve (&script);

    settings.wait_timeout = 500;
    settings.retries = 1000;
    log_ = watch_log_start (&settings);
    watch_log_expect_failure (log_, table[i].kind);
    assert_equals_string (log_->failure->request_id, "r-9");
    if (table[i].attempts == G_MAXUINT)
      fail_unless (log_->failure->attempts >= 1);
    else
      assert_equals_int (log_->failure->attempts, table[i].attempts);
    tear_down ();
  }
}

GST_END_TEST;

GST_START_TEST (test_end)
{
  /* Given a running wait, When it is ended from outside, Then it fails as
   * ended; ending it again does nothing. */
  static Script script = { {{200, AT (5)}, {0, "never"}} };
  GstVeoWatchSettings settings = serve (&script);

  log_ = watch_log_start (&settings);
  poll_server_wait (server, 2);
  gst_veo_watch_end (log_->watch);
  gst_veo_watch_end (log_->watch);
  watch_log_expect (log_, "processing:5 failed");
  watch_log_expect_failure (log_, GST_VEO_FAILURE_ENDED);
}

GST_END_TEST;

typedef struct
{
  GMutex lock;
  GCond changed;
  GstVeoWatch *watch;
  guint events;
  gboolean gone;
} Stopper;

static void
stop_in_event (GstVeoTask * task, gpointer data)
{
  Stopper *stopper = data;

  g_mutex_lock (&stopper->lock);
  stopper->events++;
  gst_veo_watch_stop (stopper->watch);
  g_mutex_unlock (&stopper->lock);
}

static void
stopper_gone (gpointer data)
{
  Stopper *stopper = data;

  g_mutex_lock (&stopper->lock);
  stopper->gone = TRUE;
  g_cond_broadcast (&stopper->changed);
  g_mutex_unlock (&stopper->lock);
}

GST_START_TEST (test_stop_in_an_event)
{
  /* Given a watch that is stopped from within its first event, with which the
   * task's end came as well, Then no other event comes, and the notify does. */
  static Script script = { {{200, DONE}} };
  GstVeoWatchSettings settings = serve (&script);
  GstVeoWatchEvents events = { stop_in_event, NULL, NULL, NULL };
  Stopper stopper = { {NULL}, };

  g_mutex_lock (&stopper.lock);
  stopper.watch = gst_veo_watch_new (&settings, &events, &stopper,
      stopper_gone);
  while (!stopper.gone)
    g_cond_wait (&stopper.changed, &stopper.lock);
  g_mutex_unlock (&stopper.lock);
  wait_for_no_workers ();
  assert_equals_int (stopper.events, 1);
}

GST_END_TEST;

GST_START_TEST (test_refresh)
{
  /* Given a completed task, When a fresh link is asked for, Then one poll
   * brings it; passing errors and a status that runs again are asked about
   * again; a task that is gone fails at once; no link is the content address. */
  static Script script = { {{503}, {200, AT (99)}, {200, DONE}} };
  Script lost = { {{404, NO_TASK}} };
  Script linkless = { {{200, LINKLESS}} };
  Script *scripts[] = { &script, &lost, &linkless };
  guint requests[] = { 3, 1, 1 };
  guint i;

  for (i = 0; i < 3; i++) {
    GstVeoWatchSettings settings = serve (scripts[i]);

    settings.refresh = TRUE;
    log_ = watch_log_start (&settings);
    watch_log_wait_end (log_);
    assert_equals_int (poll_server_count (server), requests[i]);
    fail_unless ((log_->failure != NULL) == (i == 1));
    assert_equals_int (log_->is_content, i == 2);
    tear_down ();
  }
}

GST_END_TEST;

static Suite *
watch_suite (void)
{
  Suite *suite = suite_create ("watch");
  TCase *tc = tcase_create ("watch");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, set_up, tear_down);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_until_completed);
  tcase_add_test (tc, test_progress_never_goes_down);
  tcase_add_test (tc, test_own_link);
  tcase_add_test (tc, test_completed_without_link);
  tcase_add_test (tc, test_late_link);
  tcase_add_test (tc, test_link_that_is_none);
  tcase_add_test (tc, test_private_link_of_public_service);
  tcase_add_test (tc, test_task_failed);
  tcase_add_test (tc, test_failed_without_reason);
  tcase_add_test (tc, test_created_a_second_ago);
  tcase_add_test (tc, test_no_such_task);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_no_access_to_model);
  tcase_add_test (tc, test_limited_retries);
  tcase_add_test (tc, test_failures_in_a_row);
  tcase_add_test (tc, test_backoff);
  tcase_add_test (tc, test_unreachable);
  tcase_add_test (tc, test_request_timeout);
  tcase_add_test (tc, test_bad_authority_file);
  tcase_add_test (tc, test_redirect_to_https);
  tcase_add_test (tc, test_retry_after);
  tcase_add_test (tc, test_eager_hints);
  tcase_add_test (tc, test_deadline);
  tcase_add_test (tc, test_ends_without_an_answer);
  tcase_add_test (tc, test_end);
  tcase_add_test (tc, test_stop_in_an_event);
  tcase_add_test (tc, test_refresh);
  return suite;
}

GST_CHECK_MAIN (watch);
