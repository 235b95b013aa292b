/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a wait ends that brings no video: what the application is told. The
 * errors of links, downloads and pads are in mediaerrors.c. */
#include "names.h"
#include "verdict.h"

static Scene *scene;

#define JSON NULL
#define HTML "Content-Type: text/html; charset=utf-8"
#define BAD GST_RESOURCE_ERROR_SETTINGS
#define KEY GST_RESOURCE_ERROR_NOT_AUTHORIZED
#define GONE GST_RESOURCE_ERROR_NOT_FOUND
#define FAILED GST_RESOURCE_ERROR_FAILED
#define OPEN GST_RESOURCE_ERROR_OPEN_READ
#define READ GST_RESOURCE_ERROR_READ

#define PAGE "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>Hello</body></html>"

/* Settings: refused before anything is sent. */

typedef struct
{
  const gchar *name;
  const gchar *value;           /* "%" stands for the service's host and port */
  const gchar *reason;
} SettingRow;

static const SettingRow setting_rows[] = {
  {"task-id", NULL, "No task id was set. Set the task-id property"},
  {"task-id", "", "No task id was set. Set the task-id property"},
  {"task-id", ".", "dot segment"},
  {"task-id", "..", "dot segment"},
  {"task-id", "video\n1", "control characters"},
  {"task-id", "video\x01", "control characters"},
  {"base-url", "http://user:hush@%", "user name or password"},
  {"base-url", "http://user@%", "user name or password"},
  {"base-url", "http://%/?token=hush", "query"},
  {"base-url", "http://%/#hush", "fragment"},
  {"base-url", "ftp://%", "http:// or https://"},
  {"base-url", "file:///etc", "http:// or https://"},
  {"base-url", "%", "http://"},
  {"base-url", "http://", "host"},
  {"base-url", "http:// %", "blanks"},
  {"proxy", "notaproxy:::", "no address"},
  {"proxy", "http://%:x", "no address"},
  {"proxy", "http://a b", "no address"},
  {"proxy", "http://", "host"},
  {"proxy", "ftp://%", "http:// or https://"},
  {"proxy", "http://me:hush@hush@%", "percent-encoded"},
  {"proxy", "http://me:1/hush@%", "percent-encoded"},
  {"api-key", "sk-hush\r\nX-Evil: 1", "characters that cannot be sent"},
  {"api-key", "sk-\x01hush", "characters that cannot be sent"},
  {"api-key", "sk-hush-\xc3\xa9", "characters that cannot be sent"},
};

static gchar *
fill_in (const gchar * value)
{
  const gchar *host = strstr (veo_sim_get_url (scene->sim), "://") + 3;
  g_auto (GStrv) parts = NULL;

  if (!value)
    return NULL;
  parts = g_strsplit (value, "%", -1);
  return g_strjoinv (host, parts);
}

/* Given a setting that cannot work, when the element goes to PAUSED, then this
 * fails at once with SETTINGS, which says which one and why; nothing is sent,
 * and no part of a secret is repeated. */
SCENE_TEST (test_bad_setting)
{
  const SettingRow *row = &setting_rows[__i__];
  g_autofree gchar *value = fill_in (row->value);
  g_autofree gchar *all = NULL;
  Verdict verdict = { BAD,.phase = VERDICT_BEFORE_START,
    .says = {row->reason, row->name}
  };

  /* of an id the text says "task id", as people do */
  if (g_str_equal (row->name, "task-id"))
    verdict.says[1] = "Set";
  g_object_set (scene->src, row->name, value, NULL);
  fail_unless_equals_int (gst_element_set_state (scene->pipeline,
          GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  verdict_check (scene, &verdict, row->reason);
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, NULL, NULL), 0);
  all = scene_dump_messages (scene);
  fail_unless (strstr (all, "hush") == NULL);
}

/* Given an id of 1,025 bytes, when the element goes to PAUSED, then it says
 * how long an id may be, in a text of bearable length. */
SCENE_TEST (test_endless_task_id)
{
  g_autofree gchar *id = g_strnfill (1025, 'x');
  g_autofree gchar *text = NULL;
  Verdict verdict = { BAD,.phase = VERDICT_BEFORE_START,
    .says = {"longer than 1024 bytes"}
  };

  g_object_set (scene->src, "task-id", id, NULL);
  fail_unless_equals_int (gst_element_set_state (scene->pipeline,
          GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  verdict_check (scene, &verdict, "long id");
  text = scene_get_error_text (scene);
  fail_unless (strlen (text) < 800);
}

/* Given that nothing is right, when the element goes to PAUSED, then the first
 * in the order task-id, base-url, proxy, key is told. */
SCENE_TEST (test_settings_are_checked_in_order)
{
  Verdict id = { BAD,.phase = VERDICT_BEFORE_START,.says = {"task id"}
  };
  Verdict base = { BAD,.phase = VERDICT_BEFORE_START,.says = {"base-url"}
  };
  Verdict proxy = { BAD,.phase = VERDICT_BEFORE_START,.says = {"proxy"}
  };

  g_object_set (scene->src, "task-id", "..", "base-url", "ftp://x", "proxy",
      "ftp://x", "api-key", "sk\n1", NULL);
  gst_element_set_state (scene->pipeline, GST_STATE_PAUSED);
  verdict_check (scene, &id, "id first");
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  g_ptr_array_set_size (scene->messages, 0);
  g_object_set (scene->src, "task-id", SCENE_TASK, NULL);
  gst_element_set_state (scene->pipeline, GST_STATE_PAUSED);
  verdict_check (scene, &base, "base-url second");
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  g_ptr_array_set_size (scene->messages, 0);
  g_object_set (scene->src, "base-url", veo_sim_get_url (scene->sim), NULL);
  gst_element_set_state (scene->pipeline, GST_STATE_PAUSED);
  verdict_check (scene, &proxy, "proxy third");
}

/* Given a setting that was refused, when it is mended, then the next run works. */
SCENE_TEST (test_mended_setting_works)
{
  g_object_set (scene->src, "task-id", "..", NULL);
  gst_element_set_state (scene->pipeline, GST_STATE_PAUSED);
  scene_wait_error (scene, GST_RESOURCE_ERROR, BAD);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  g_object_set (scene->src, "task-id", SCENE_TASK, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->eos, 1);
}

/* Answers: each is given to every request. */

typedef struct
{
  const gchar *what;
  VeoSimAnswer answer;
  guint requests;               /* on the wire; 0: any number */
  Verdict verdict;
} AnswerRow;

#define SAYS(...) {__VA_ARGS__}

/* *INDENT-OFF* */
static const AnswerRow answer_rows[] = {
  {"401", {.status = 401,.body =
              "{\"error\":{\"message\":\"Invalid token\",\"type\":\"new_api_error\",\"code\":\"bad_key\"}}"},
        1, {KEY,.http_status = 401,.attempts = 1,.error_code =
              "bad_key",.error_message = "Invalid token",.says =
          SAYS ("Invalid token", "HTTP 401", "api-key", "quota")}},
  {"401 without a word", {.status = 401},
      1, {KEY,.http_status = 401,.attempts = 1,.says = SAYS ("api-key")}},
  {"402", {.status = 402,.body =
              "{\"error\":{\"message\":\"insufficient quota\",\"code\":\"quota\"}}"},
        1, {KEY,.http_status = 402,.attempts = 1,.error_code =
              "quota",.error_message = "insufficient quota",.says =
          SAYS ("insufficient quota", "account")}},
  {"403 JSON", {.status = 403,.body =
              "{\"success\":false,\"message\":\"Your address is not allowed\"}"},
        1, {KEY,.http_status = 403,.attempts = 1,.error_message =
              "Your address is not allowed",.says =
          SAYS ("Your address is not allowed", "api-key")}},
  {"403 in Chinese", {.status = 403,.body =
              "{\"error\":{\"message\":\"用户已被封禁\"}}"},
        1, {KEY,.http_status = 403,.attempts = 1,.error_message =
              "用户已被封禁",.says = SAYS ("用户已被封禁")}},
  {"403 of a firewall", {.status = 403,.headers = HTML,.body =
              "<html><title>Attention Required!</title>Sorry, you have been blocked</html>"},
        4, {KEY,.http_status = 403,.attempts = 4,.says =
          SAYS ("firewall", "Attention Required!", "another network")}},
  {"503 of a firewall", {.status = 503,.headers =
              "cf-mitigated: challenge\n" HTML,.body =
              "<html><title>Just a moment...</title></html>"},
        4, {KEY,.http_status = 503,.attempts = 4,.says =
          SAYS ("firewall", "Just a moment")}},
  {"unknown task, as the stock relay says it", {.status = 400,.body =
              "{\"code\":\"task_not_exist\",\"message\":\"task_not_exist\",\"data\":null}"},
        5, {GONE,.http_status = 400,.attempts = 5,.error_code =
              "task_not_exist",.error_message = "task_not_exist",.says =
          SAYS ("does not know", "task_not_exist", "Check the id")}},
  {"unknown task, 404", {.status = 404,.body =
              "{\"error\":{\"message\":\"Task not found\",\"type\":\"invalid_request_error\"}}"},
        5, {GONE,.http_status = 404,.attempts = 5,.error_message =
              "Task not found",.says =
          SAYS ("Task not found", "Check the id")}},
  {"410", {.status = 410,.body = "{\"error\":\"it was deleted\"}"},
        5, {GONE,.http_status = 410,.attempts = 5,.error_message =
              "it was deleted",.says = SAYS ("it was deleted", "Check the id")}},
  {"404 Invalid URL", {.status = 404,.body =
              "{\"error\":{\"message\":\"Invalid URL (GET /v1/videos/x)\",\"code\":\"nope\"}}"},
        2, {BAD,.http_status = 404,.attempts = 2,.error_code =
              "nope",.error_message = "Invalid URL (GET /v1/videos/x)",.says =
          SAYS ("Invalid URL", "Set base-url")}},
  {"a web page at 200", {.status = 200,.headers = HTML,.body = PAGE},
        2, {BAD,.http_status = 200,.attempts = 2,.says =
          SAYS ("web page", "Welcome", "Set base-url")}},
  {"a web page at 404", {.status = 404,.headers = HTML,.body = PAGE},
        2, {BAD,.http_status = 404,.attempts = 2,.says =
          SAYS ("web page", "Welcome", "Set base-url")}},
  {"failed with a reason", {.status = 200,.body =
              "{\"id\":\"x\",\"status\":\"failed\",\"error\":{\"message\":\"The prompt was rejected by the safety filter\",\"code\":\"unsafe\"}}"},
        1, {FAILED,.http_status = 200,.attempts = 1,.status =
              "failed",.error_code = "unsafe",.error_message =
              "The prompt was rejected by the safety filter",.says =
          SAYS ("The prompt was rejected by the safety filter", "unsafe",
              "new task", "prompt")}},
  {"failed with a reason in Chinese", {.status = 200,.body =
              "{\"code\":\"success\",\"message\":\"\",\"data\":{\"status\":\"FAILURE\",\"fail_reason\":\"内容违规，请修改提示词\"}}"},
        1, {FAILED,.http_status = 200,.attempts = 1,.status =
              "failed",.error_message = "内容违规，请修改提示词",.says =
          SAYS ("内容违规，请修改提示词", "failed")}},
  {"failed, the reason where the link belongs", {.status = 200,.body =
              "{\"status\":\"failed\",\"video_url\":\"upstream ran out of GPUs\"}"},
        1, {FAILED,.http_status = 200,.attempts = 1,.status =
              "failed",.error_message = "upstream ran out of GPUs",.says =
          SAYS ("upstream ran out of GPUs")}},
  {"failed without a reason", {.status = 200,.body =
              "{\"status\":\"failed\",\"error\":{\"message\":\"\",\"code\":\"\"}}"},
        2, {FAILED,.http_status = 200,.attempts = 2,.status = "failed",.says =
          SAYS ("no reason was given", "new task")}},
  {"an error of substance and no status", {.status = 200,.body =
              "{\"error\":{\"message\":\"account suspended\",\"code\":17}}"},
        1, {FAILED,.http_status = 200,.attempts = 1,.status =
              "failed",.error_code = "17",.error_message =
              "account suspended",.says = SAYS ("account suspended")}},
  {"cancelled", {.status = 200,.body = "{\"status\":\"Cancelled\"}"},
        1, {FAILED,.http_status = 200,.attempts = 1,.status =
              "cancelled",.says = SAYS ("was cancelled", "new task")}},
  {"expired", {.status = 200,.body =
              "{\"status\":\"expired\",\"expires_at\":1735776000}"},
        1, {GONE,.http_status = 200,.attempts = 1,.status = "expired",.says =
          SAYS ("has expired", "2025-01-02", "new task")}},
  {"any other 4xx", {.status = 418,.body =
              "{\"error\":{\"message\":\"I am a teapot\",\"code\":\"teapot\"}}"},
        2, {FAILED,.http_status = 418,.attempts = 2,.error_code =
              "teapot",.error_message = "I am a teapot",.says =
          SAYS ("HTTP 418", "I am a teapot", "ask the operator")}},
  {"any other 4xx, in plain text", {.status = 422,.headers =
              "Content-Type: text/plain",.body = "unprocessable, sorry"},
        2, {FAILED,.http_status = 422,.attempts = 2,.says =
          SAYS ("HTTP 422", "unprocessable, sorry")}},
  {"503 for ever", {.status = 503,.body =
              "{\"error\":{\"message\":\"no channel available\",\"code\":\"busy\"}}"},
        3, {OPEN,.http_status = 503,.attempts = 3,.error_code =
              "busy",.error_message = "no channel available",.says =
          SAYS ("no channel available", "after 3 attempts", "raise retries")}},
  {"502 with a page", {.status = 502,.headers = HTML,.body =
              "<html><h1>502 Bad Gateway</h1></html>"},
        3, {OPEN,.http_status = 502,.attempts = 3,.says =
          SAYS ("502 Bad Gateway", "later")}},
  {"500", {.status = 500}, 3, {OPEN,.http_status = 500,.attempts = 3,
          .says = SAYS ("HTTP 500")}},
  {"524", {.status = 524}, 3, {OPEN,.http_status = 524,.attempts = 3,
          .says = SAYS ("HTTP 524")}},
  {"408", {.status = 408}, 3, {OPEN,.http_status = 408,.attempts = 3,
          .says = SAYS ("HTTP 408")}},
  {"409", {.status = 409}, 3, {OPEN,.http_status = 409,.attempts = 3,
          .says = SAYS ("HTTP 409")}},
  {"425", {.status = 425}, 3, {OPEN,.http_status = 425,.attempts = 3,
          .says = SAYS ("HTTP 425")}},
  {"429", {.status = 429,.body =
              "{\"error\":{\"message\":\"slow down\",\"code\":\"rate\"}}"},
        3, {OPEN,.http_status = 429,.attempts = 3,.error_code =
              "rate",.error_message = "slow down",.says = SAYS ("slow down")}},
  {"the content address's answer to early birds", {.status = 400,.body =
              "{\"error\":{\"message\":\"current status: IN_PROGRESS\"}}"},
        3, {OPEN,.http_status = 400,.attempts = 3,.error_message =
              "current status: IN_PROGRESS",.says = SAYS ("IN_PROGRESS")}},
  {"an empty body", {.status = 200},
        3, {READ,.http_status = 200,.attempts = 3,.says =
          SAYS ("it was empty", "after 3 attempts")}},
  {"a body cut short", {.status = 200,.body = "{\"status\":\"proc"},
        3, {READ,.http_status = 200,.attempts = 3,.says =
          SAYS ("it broke off in the middle")}},
  {"a transfer cut short", {.status = 200,.body =
              "{\"status\":\"processing\",\"progress\":50}",.brk =
          VEO_SIM_BREAK_CUT}, 3, {READ,.http_status = 200,.attempts = 3,
          .says = SAYS ("in the middle", "after 3 attempts")}},
  {"a list", {.status = 200,.body = "[1,2]"},
        3, {READ,.http_status = 200,.attempts = 3,.says =
          SAYS ("could not be understood")}},
  {"a number", {.status = 200,.body = "42"},
        3, {READ,.http_status = 200,.attempts = 3,.says =
          SAYS ("could not be understood")}},
  {"no JSON", {.status = 200,.headers = "Content-Type: text/plain",.body =
              "upstream says hello"},
        3, {READ,.http_status = 200,.attempts = 3,.says =
          SAYS ("it was no JSON", "upstream says hello", "base-url")}},
  {"200,000 brackets", {.status = 200,.body = "[",.repeat = 200000},
        3, {READ,.http_status = 200,.attempts = 3,.says =
          SAYS ("nested too deep")}},
  {"a body that never ends", {.status = 200,.body =
              "{\"status\":\"processing\"}                ",.repeat =
          G_MAXUINT64},
        3, {READ,.http_status = 200,.attempts = 3,.says =
          SAYS ("too large")}},
  {"a redirect to TLS", {.status = 301,.headers =
              "Location: https://127.0.0.1/v1/videos/x?k=v"},
        1, {OPEN,.http_status = 301,.attempts = 1,.says =
          SAYS ("https://127.0.0.1", "base-url")}},
  {"a redirect to a file", {.status = 302,.headers = "Location: file:///etc/passwd"},
        1, {OPEN,.http_status = 302,.attempts = 1,.says =
          SAYS ("file:///etc/passwd", "base-url")}},
  {"a redirect in a circle", {.status = 302,.headers =
              "Location: /v1/videos/" SCENE_TASK},
        11, {OPEN,.http_status = 302,.attempts = 1,.says =
          SAYS ("more than 10 times")}},
  {"no answer", {.brk = VEO_SIM_BREAK_CLOSE}, 0, {OPEN,.attempts = 3,.says =
          SAYS ("could not be reached", "after 3 attempts", "network")}},
  {"a reset", {.brk = VEO_SIM_BREAK_RESET}, 0, {OPEN,.attempts = 3,.says =
          SAYS ("could not be reached", "network")}},
};
/* *INDENT-ON* */

/* Given a service that keeps giving one answer, when it is asked for the task,
 * then the run ends with the error that belongs to the answer, after as many
 * requests as the answer is worth, and the statistics tell of them. */
SCENE_TEST (test_answer)
{
  const AnswerRow *row = &answer_rows[__i__];

  g_object_set (scene->src, "retries", 2, NULL);
  veo_sim_script_status (scene->sim, SCENE_TASK, &row->answer);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &row->verdict, row->what);
  if (row->requests)
    fail_unless_equals_int (veo_sim_count_requests (scene->sim, "GET", NULL),
        row->requests);
  /* a poll that told of a task has not failed, even if the task has */
  fail_unless_equals_uint64 (scene_get_stat (scene, "failed-polls"),
      row->verdict.status ? 0 : row->verdict.attempts);
  fail_unless_equals_uint64 (scene_get_stat (scene, "polls"),
      row->verdict.attempts);
  fail_unless_equals_uint64 (scene_get_stat (scene, "retries"),
      row->verdict.attempts - 1);
  fail_unless_equals_uint64 (scene_get_stat (scene, "last-http-status"),
      row->verdict.http_status);
}

/* Given no key, when the service refuses with 401, then the text says that no
 * key was set instead of calling it wrong. */
SCENE_TEST (test_no_key)
{
  Verdict verdict = { KEY,.http_status = 401,.attempts = 1,
    .error_message = "Invalid token",
    .says = {"No key was set", "api-key", "VEO_API_KEY"}
  };

  g_object_set (scene->src, "api-key", NULL, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "no key");
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, "GET", NULL), 1);
}

/* Given no key, when a firewall answers 403, then the text says both. */
SCENE_TEST (test_no_key_at_a_firewall)
{
  VeoSimAnswer blocked = {.status = 403,.headers = HTML,.body = PAGE };
  Verdict verdict = { KEY,.http_status = 403,.attempts = 4,
    .says = {"A firewall", "Welcome", "No key was set", "another network"}
  };

  g_object_set (scene->src, "api-key", NULL, NULL);
  veo_sim_set_api_key (scene->sim, NULL);
  veo_sim_script_status (scene->sim, SCENE_TASK, &blocked);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "no key at a firewall");
}

/* Given a wrong key, when the service refuses it, then the text does not say
 * that none was set. */
SCENE_TEST (test_wrong_key)
{
  g_autofree gchar *text = NULL;
  Verdict verdict = { KEY,.http_status = 401,.attempts = 1,
    .error_message = "Invalid token",
    .says = {"refused the key", "Invalid token"}
  };

  g_object_set (scene->src, "api-key", "sk-another", NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "wrong key");
  text = scene_get_error_text (scene);
  fail_unless (strstr (text, "No key was set") == NULL, "%s", text);
}

/* What passes. */

static void
check_plays (void)
{
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_ERROR), 0);
}

static void
answer_first (const VeoSimAnswer * answer)
{
  VeoSimAnswer own = { 0 };

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_script_status (scene->sim, SCENE_TASK, answer);
  veo_sim_script_status (scene->sim, SCENE_TASK, &own);
}

static const VeoSimAnswer passing_answers[] = {
  {.times = 2,.status = 400,.body =
        "{\"code\":\"task_not_exist\",\"message\":\"task_not_exist\",\"data\":null}"},
  {.times = 1,.status = 404,.headers = HTML,.body = PAGE},
  {.times = 3,.status = 403,.headers = HTML,.body = "<html>blocked</html>"},
  {.times = 1,.status = 200,.body = "{\"status\":\"failed\"}"},
  {.times = 1,.status = 418},
  {.times = 2,.status = 503},
  {.times = 2,.status = 200,.body = "{\"sta"},
  {.times = 2,.brk = VEO_SIM_BREAK_RESET},
  {.times = 2,.status = 200,.body = "{\"id\":\"x\"}"},
  {.times = 2,.status = 200,.body =
        "{\"status\":\"processing\",\"error\":{\"message\":\"high load\",\"code\":\"1\"}}"},
};

/* Given trouble that passes within the attempts it is worth, such as a task
 * that the service does not know yet, then the clip plays as if nothing had been. */
SCENE_TEST (test_trouble_passes)
{
  g_object_set (scene->src, "retries", 2, NULL);
  answer_first (&passing_answers[__i__]);
  check_plays ();
}

/* Given a 429 with Retry-After, when the element asks again, then not before
 * the time it was told. */
SCENE_TEST (test_retry_after_is_obeyed)
{
  VeoSimAnswer busy = {.status = 429,.headers = "Retry-After: 1" };
  g_auto (VeoSimRequest) first = { 0 };
  g_auto (VeoSimRequest) second = { 0 };

  answer_first (&busy);
  check_plays ();
  fail_unless (veo_sim_get_request (scene->sim, "GET", NULL, 0, &first));
  fail_unless (veo_sim_get_request (scene->sim, "GET", NULL, 1, &second));
  fail_unless (second.time - first.time >= G_TIME_SPAN_SECOND,
      "asked again after %d us", (gint) (second.time - first.time));
}

/* Given a retry, when it begins, then a CONTINUE says why and when. */
SCENE_TEST (test_retry_is_told)
{
  VeoSimAnswer busy = {.status = 503,.body =
        "{\"error\":{\"message\":\"no channel available\"}}"
  };
  g_autofree gchar *progress = NULL;
  g_autofree gchar *text = NULL;

  answer_first (&busy);
  check_plays ();
  gst_message_parse_progress (scene_wait_progress (scene,
          GST_PROGRESS_TYPE_CONTINUE), NULL, NULL, &text);
  fail_unless (strstr (text, SCENE_TASK) != NULL, "%s", text);
  fail_unless (strstr (text, "no channel available") != NULL, "%s", text);
  fail_unless (strstr (text, "asking again in") != NULL, "%s", text);
  progress = scene_list_progress (scene);
  fail_unless_equals_string (progress, "start continue complete");
  fail_unless_equals_uint64 (scene_get_stat (scene, "failed-polls"), 1);
  fail_unless_equals_uint64 (scene_get_stat (scene, "retries"), 1);
}

/* Waits that end. */

/* Given a task that runs on, when wait-timeout is over, then BUSY tells how far
 * it was and what to do. */
SCENE_TEST (test_wait_timeout)
{
  Verdict verdict = { GST_RESOURCE_ERROR_BUSY,.http_status = 200,
    .status = "processing",
    .says = {"wait-timeout", "processing", "raise wait-timeout"}
  };

  veo_sim_task_set_status (scene->sim, SCENE_TASK, "processing");
  g_object_set (scene->src, "wait-timeout", 2000, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "still running");
  fail_unless (veo_sim_count_requests (scene->sim, "GET", NULL) >= 2);
  fail_unless (scene_get_stat (scene, "wait-time") >= 2000);
}

/* Given a service that never answers and a request without limit, when
 * wait-timeout is over, then the wait ends all the same. */
SCENE_TEST (test_wait_timeout_ends_a_hung_request)
{
  VeoSimAnswer silence = {.brk = VEO_SIM_BREAK_SILENCE };
  Verdict verdict = { GST_RESOURCE_ERROR_BUSY,.says = {"wait-timeout"} };

  veo_sim_script_status (scene->sim, SCENE_TASK, &silence);
  g_object_set (scene->src, "wait-timeout", 300, "request-timeout", 0, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "hung request");
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, "GET", NULL), 1);
}

/* Given a Retry-After far beyond wait-timeout, then wait-timeout ends the wait
 * and tells what stood in the way. */
SCENE_TEST (test_wait_timeout_ends_a_long_pause)
{
  VeoSimAnswer busy = {.status = 429,.headers = "Retry-After: 100",.body =
        "{\"error\":{\"message\":\"slow down\"}}"
  };
  Verdict verdict = { GST_RESOURCE_ERROR_BUSY,.http_status = 429,
    .says = {"wait-timeout", "slow down"}
  };

  veo_sim_script_status (scene->sim, SCENE_TASK, &busy);
  g_object_set (scene->src, "wait-timeout", 300, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "long pause");
}

/* Given a service that never answers, when request-timeout is over often
 * enough, then it counts as not reached. */
SCENE_TEST (test_request_timeout)
{
  VeoSimAnswer silence = {.brk = VEO_SIM_BREAK_SILENCE };
  Verdict verdict = { OPEN,.attempts = 2,
    .says = {"could not be reached", "after 2 attempts"}
  };

  veo_sim_script_status (scene->sim, SCENE_TASK, &silence);
  g_object_set (scene->src, "request-timeout", 200, "retries", 1, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "silence");
}

/* Given an element that waits, when it gets an EOS event, then the wait ends
 * with BUSY, which says how far the task was. */
SCENE_TEST (test_eos_while_waiting)
{
  Verdict verdict = { GST_RESOURCE_ERROR_BUSY,.http_status = 200,
    .status = "queued",.says = {"ended", "queued", "later"}
  };

  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_property (scene, "status", 1);
  fail_unless (gst_element_send_event (scene->src, gst_event_new_eos ()));
  verdict_check (scene, &verdict, "EOS");
}

/* Given a port where nobody listens, when the service is asked, then it is
 * OPEN_READ after the retries, with the system's reason. */
SCENE_TEST (test_refused_port)
{
  Verdict verdict = { OPEN,.attempts = 2,
    .says = {"could not be reached", "refused", "after 2 attempts"}
  };

  veo_sim_set_refusing (scene->sim, TRUE);
  g_object_set (scene->src, "retries", 1, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "refused port");
  fail_unless_equals_uint64 (scene_get_stat (scene, "failed-polls"), 2);
}

/* Given a name that does not exist, when the service is asked, then it is
 * OPEN_READ after the retries, with the name. */
SCENE_TEST (test_name_not_found)
{
  Verdict verdict = { OPEN,.attempts = 2,
    .says = {"could not be reached", "no-such-host.example", "base-url"}
  };

  names_install ();
  g_object_set (scene->src, "base-url", "https://no-such-host.example",
      "retries", 1, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "no such name");
  names_remove ();
}

/* Given retries=0, when the first poll fails, then there is no second one. */
SCENE_TEST (test_no_retries)
{
  Verdict verdict = { OPEN,.http_status = 503,.attempts = 1 };

  veo_sim_script_body (scene->sim, SCENE_TASK, 503, NULL);
  g_object_set (scene->src, "retries", 0, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "no retries");
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, "GET", NULL), 1);
}

/* Given an answer in between that is good, then the count of failures in a row
 * starts anew. */
SCENE_TEST (test_retries_count_in_a_row)
{
  VeoSimAnswer trouble = {.status = 503 };
  VeoSimAnswer own = { 0 };

  g_object_set (scene->src, "retries", 1, NULL);
  for (guint i = 0; i < 3; i++) {
    veo_sim_script_status (scene->sim, SCENE_TASK, &trouble);
    veo_sim_script_status (scene->sim, SCENE_TASK, &own);
  }
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 7, 30000));
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_wait_eos (scene);
  fail_unless_equals_uint64 (scene_get_stat (scene, "failed-polls"), 3);
}

/* Given a run that failed, when another one is started, then it asks again and
 * starts with a clean slate. */
SCENE_TEST (test_a_run_after_a_failure)
{
  Verdict verdict = { KEY,.http_status = 401,.attempts = 1 };

  veo_sim_script_body (scene->sim, SCENE_TASK, 401, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "first run");
  g_ptr_array_set_size (scene->messages, 0);
  veo_sim_clear_script (scene->sim, SCENE_TASK);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  check_plays ();
  fail_unless_equals_uint64 (scene_get_stat (scene, "failed-polls"), 0);
}

static Suite *
errors_suite (void)
{
  Suite *suite = suite_create ("errors");
  TCase *tcase = tcase_create ("errors");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, test_bad_setting, 0, G_N_ELEMENTS (setting_rows));
  tcase_add_test (tcase, test_endless_task_id);
  tcase_add_test (tcase, test_settings_are_checked_in_order);
  tcase_add_test (tcase, test_mended_setting_works);
  tcase_add_loop_test (tcase, test_answer, 0, G_N_ELEMENTS (answer_rows));
  tcase_add_test (tcase, test_no_key);
  tcase_add_test (tcase, test_no_key_at_a_firewall);
  tcase_add_test (tcase, test_wrong_key);
  tcase_add_loop_test (tcase, test_trouble_passes, 0,
      G_N_ELEMENTS (passing_answers));
  tcase_add_test (tcase, test_retry_after_is_obeyed);
  tcase_add_test (tcase, test_retry_is_told);
  tcase_add_test (tcase, test_wait_timeout);
  tcase_add_test (tcase, test_wait_timeout_ends_a_hung_request);
  tcase_add_test (tcase, test_wait_timeout_ends_a_long_pause);
  tcase_add_test (tcase, test_request_timeout);
  tcase_add_test (tcase, test_eos_while_waiting);
  tcase_add_test (tcase, test_refused_port);
  tcase_add_test (tcase, test_name_not_found);
  tcase_add_test (tcase, test_no_retries);
  tcase_add_test (tcase, test_retries_count_in_a_row);
  tcase_add_test (tcase, test_a_run_after_a_failure);
  return suite;
}

GST_CHECK_MAIN (errors);
