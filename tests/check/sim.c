/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in service: routes, tasks, scripts, the log, connections */
#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>

#include "authority.h"
#include "simhttp.h"
#include "veosim.h"

#define LONG_MS 10000

static VeoSim *sim;

static void
setup (void)
{
  sim = veo_sim_new (NULL, NULL);
  fail_unless (sim != NULL);
}

static void
teardown (void)
{
  g_clear_pointer (&sim, veo_sim_free);
}

/* A request to a path of the sim */
static void
ask (SimHttp * http, const gchar * method, const gchar * path,
    const gchar * headers, const gchar * body)
{
  g_autofree gchar *url = g_strconcat (veo_sim_get_url (sim), path, NULL);

  sim_http (http, method, url, headers, body);
}

static void
expect (const gchar * method, const gchar * path, const gchar * headers,
    guint status, const gchar * text)
{
  g_auto (SimHttp) http = { 0, };
  g_autofree gchar *body = NULL;

  ask (&http, method, path, headers, NULL);
  body = sim_http_text (&http);
  fail_unless_equals_int (http.end, SIM_HTTP_COMPLETE);
  fail_unless_equals_int (http.status, status);
  fail_unless (strstr (body, text) != NULL, "“%s” is not in %s", text,
      body);
}

/* A string member of a JSON body; free it */
static gchar *
member (const gchar * json, const gchar * name)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  fail_unless (json_parser_load_from_data (parser, json, -1, NULL), "%s", json);
  return
      g_strdup (json_object_get_string_member (json_node_get_object
          (json_parser_get_root (parser)), name));
}

/* --- Routes ------------------------------------------------------------ */

/* Given a task that runs, when it is asked for, then the body is the documented
 * one, member by member. */
GST_START_TEST (test_status_body)
{
  veo_sim_add_task (sim, "video_abc123", "processing");
  veo_sim_task_set_progress (sim, "video_abc123", 50);
  veo_sim_task_set_times (sim, "video_abc123", 1735689600, 1735776000);
  expect ("GET", "/v1/videos/video_abc123", NULL, 200,
      "{\"id\":\"video_abc123\",\"object\":\"video\",\"model\":\"veo_3_1-fast\",\"status\":\"processing\","
      "\"progress\":50,\"created_at\":1735689600,\"completed_at\":0,\"expires_at\":1735776000,\"seconds\":\"8\","
      "\"size\":\"720x1280\",\"remixed_from_video_id\":\"\",\"error\":{\"message\":\"\",\"code\":\"\"},\"video_url\":\"\"}");
}

GST_END_TEST;

/* Given no such task or path, then the service's own two errors come. */
GST_START_TEST (test_unknown)
{
  expect ("GET", "/v1/videos/nope", NULL, 400,
      "{\"code\":\"task_not_exist\",\"message\":\"task_not_exist\",\"data\":null}");
  expect ("GET", "/v1/other", NULL, 404, "Invalid URL (GET /v1/other)");
  expect ("GET", "/v1/videos/nope/content", NULL, 404, "Task not found");
  expect ("PUT", "/v1/videos/nope", NULL, 404,
      "Invalid URL (PUT /v1/videos/nope)");
}

GST_END_TEST;

/* Given a sim with a key, when no, a wrong or the right key comes, then only
 * the right one gets in, and unknown paths are told without one. */
GST_START_TEST (test_key)
{
  veo_sim_add_task (sim, "v", "queued");
  veo_sim_set_api_key (sim, "sk-right");
  expect ("GET", "/v1/videos/v", NULL, 401,
      "{\"error\":{\"message\":\"Invalid token\"");
  expect ("GET", "/v1/videos/v", "Authorization: Bearer sk-wrong\r\n", 401,
      "Invalid token");
  expect ("GET", "/v1/videos/v", "Authorization: sk-right\r\n", 401,
      "Invalid token");
  expect ("GET", "/v1/videos/v", "Authorization: Bearer sk-right\r\n", 200,
      "queued");
  expect ("GET", "/nowhere", NULL, 404, "Invalid URL");
}

GST_END_TEST;

/* Given ids with special characters, when they come percent-encoded as one
 * segment, then they are found; a bare slash is a path. */
GST_START_TEST (test_encoded_ids)
{
  VeoSimRequest r = { 0, };

  veo_sim_add_task (sim, "a/b c", "queued");
  veo_sim_add_task (sim, "veo3.1-fast:1770350082-trii", "queued");
  expect ("GET", "/v1/videos/a%2Fb%20c", NULL, 200, "\"a/b c\"");
  expect ("GET", "/v1/videos/veo3.1-fast:1770350082-trii", NULL, 200, "queued");
  expect ("GET", "/v1/videos/veo3.1-fast%3A1770350082-trii", NULL, 200,
      "queued");
  expect ("GET", "/v1/videos/a/b%20c", NULL, 404, "Invalid URL");
  fail_unless (veo_sim_get_request (sim, "GET", "/v1/videos/a%2Fb", 0, &r));
  fail_unless_equals_string (r.path, "/v1/videos/a%2Fb%20c");
  veo_sim_request_clear (&r);
}

GST_END_TEST;

/* Given a task, when it is deleted, then it is unknown afterwards. */
GST_START_TEST (test_delete)
{
  veo_sim_add_task (sim, "v", "queued");
  expect ("DELETE", "/v1/videos/v", NULL, 200,
      "{\"id\":\"v\",\"object\":\"video.deleted\",\"deleted\":true}");
  expect ("DELETE", "/v1/videos/v", NULL, 400, "task_not_exist");
  fail_if (veo_sim_has_task (sim, "v"));
}

GST_END_TEST;

static gchar *
create (const gchar * type, const gchar * body)
{
  g_auto (SimHttp) http = { 0, };
  g_autofree gchar *header = g_strdup_printf ("Content-Type: %s\r\n", type);
  g_autofree gchar *text = NULL;

  ask (&http, "POST", "/v1/videos", header, body);
  text = sim_http_text (&http);
  fail_unless_equals_int (http.status, 200);
  fail_unless (strstr (text, "\"seconds\":\"2\",\"size\":\"160x120\"") != NULL,
      "%s", text);
  return member (text, "id");
}

/* Given a request for a video as JSON or as a form, when it is posted, then a
 * task with its wishes is there. */
GST_START_TEST (test_create)
{
  static const gchar form[] =
      "--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nveo\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nA cat\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"seconds\"\r\n\r\n2\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"size\"\r\n\r\n160x120\r\n--XX--\r\n";
  VeoSimNewTask settings = {.last_status = "failed",.message = "no" };
  g_autofree gchar *a = NULL;
  g_autofree gchar *b = NULL;
  g_autofree gchar *json = NULL;

  veo_sim_set_new_task (sim, &settings);
  a = create ("application/json",
      "{\"model\":\"veo\",\"prompt\":\"A cat\",\"seconds\":2,\"size\":\"160x120\"}");
  b = create ("multipart/form-data; boundary=XX", form);
  fail_unless (veo_sim_has_task (sim, a));
  fail_unless (veo_sim_has_task (sim, b));
  fail_if (g_str_equal (a, b));
  json = veo_sim_task_to_json (sim, b);
  fail_unless (strstr (json, "\"model\":\"veo\",\"status\":\"failed\"") != NULL,
      "%s", json);
}

GST_END_TEST;

/* Given requests for a video with something missing or odd, then 400 says what. */
GST_START_TEST (test_create_refused)
{
  static const gchar *const bodies[][2] = {
    {"{\"model\":\"veo\"}", "prompt is required"},
    {"[1]", "neither JSON nor"},
    {"", "neither JSON nor"},
    {"{\"prompt\":\"a\",\"seconds\":\"many\"}", "seconds must be"},
    {"{\"prompt\":\"a\",\"size\":\"big\"}", "size must be"},
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_auto (SimHttp) http = { 0, };
    g_autofree gchar *text = NULL;

    ask (&http, "POST", "/v1/videos", NULL, bodies[i][0]);
    text = sim_http_text (&http);
    fail_unless_equals_int (http.status, 400);
    fail_unless (strstr (text, bodies[i][1]) != NULL, "%s", text);
  }
}

GST_END_TEST;

/* Given a prefix, then everything lies below it and nothing beside it. */
GST_START_TEST (test_prefix)
{
  VeoSimOptions options = {.prefix = "relay/" };
  g_autoptr (VeoSim) other = veo_sim_new (&options, NULL);
  g_autofree gchar *good =
      g_strconcat (veo_sim_get_url (other), "/v1/videos/v", NULL);
  g_autofree gchar *bad = g_strdup_printf ("http://127.0.0.1:%u/v1/videos/v",
      veo_sim_get_port (other));
  g_auto (SimHttp) a = { 0, };
  g_auto (SimHttp) b = { 0, };

  fail_unless (g_str_has_suffix (veo_sim_get_url (other), "/relay"));
  veo_sim_add_task (other, "v", "queued");
  sim_http (&a, "GET", good, NULL, NULL);
  sim_http (&b, "GET", bad, NULL, NULL);
  fail_unless_equals_int (a.status, 200);
  fail_unless_equals_int (b.status, 404);
}

GST_END_TEST;

/* --- The course of a task ---------------------------------------------- */

static void
expect_json (const gchar * id, const gchar * text)
{
  g_autofree gchar *json = veo_sim_task_to_json (sim, id);

  fail_unless (strstr (json, text) != NULL, "“%s” is not in %s", text,
      json);
}

/* Given a task steered by hand, then its answers follow at once. */
GST_START_TEST (test_steered)
{
  veo_sim_add_task (sim, "v", "queued");
  expect_json ("v", "\"status\":\"queued\",\"progress\":0");
  veo_sim_task_set_status (sim, "v", "IN_PROGRESS");
  veo_sim_task_set_progress (sim, "v", 73);
  expect_json ("v", "\"status\":\"IN_PROGRESS\",\"progress\":73");
  veo_sim_task_fail (sim, "v", "Refused", "content_policy");
  expect_json ("v",
      "\"error\":{\"message\":\"Refused\",\"code\":\"content_policy\"}");
  expect_json ("v", "\"status\":\"failed\"");
  veo_sim_task_set_details (sim, "v", "sora", NULL, 4, "16x16");
  expect_json ("v", "\"model\":\"sora\"");
  expect_json ("v", "\"seconds\":\"4\",\"size\":\"16x16\"");
}

GST_END_TEST;

/* Given a course by the clock, then a long one is queued, one of no time is at
 * its end: completed, or what was asked for. */
GST_START_TEST (test_clock)
{
  veo_sim_add_task (sim, "long", "queued");
  veo_sim_task_run (sim, "long", 3600000);
  expect_json ("long", "\"status\":\"queued\",\"progress\":0");
  veo_sim_add_task (sim, "short", "queued");
  veo_sim_task_run (sim, "short", 0);
  expect_json ("short", "\"status\":\"completed\",\"progress\":100");
  veo_sim_add_task (sim, "bad", "queued");
  veo_sim_task_run_to (sim, "bad", 0, "cancelled", "by the user");
  expect_json ("bad", "\"status\":\"cancelled\"");
  expect_json ("bad", "by the user");
}

GST_END_TEST;

/* Given the kinds of links, then video_url says nothing, the content address,
 * a signed one, or what was set, and only when the task is completed. */
GST_START_TEST (test_link_kinds)
{
  g_autofree gchar *content =
      g_strdup_printf ("\"video_url\":\"%s/v1/videos/a%%20b/content\"",
      veo_sim_get_url (sim));

  veo_sim_add_task (sim, "a b", "processing");
  veo_sim_task_set_link_kind (sim, "a b", VEO_SIM_LINK_CONTENT);
  expect_json ("a b", "\"video_url\":\"\"");
  veo_sim_task_complete (sim, "a b");
  expect_json ("a b", content);
  veo_sim_task_set_link_kind (sim, "a b", VEO_SIM_LINK_SIGNED);
  expect_json ("a b", "/files/");
  expect_json ("a b", "Signature=");
  veo_sim_task_set_link_kind (sim, "a b", VEO_SIM_LINK_NONE);
  expect_json ("a b", "\"video_url\":\"\"");
  veo_sim_task_set_link (sim, "a b", "ftp://x/y");
  expect_json ("a b", "\"video_url\":\"ftp://x/y\"");
}

GST_END_TEST;

/* Given a task that is not finished, when its video is fetched, then 400 tells
 * the status. */
GST_START_TEST (test_content_too_early)
{
  veo_sim_add_task (sim, "v", "processing");
  expect ("GET", "/v1/videos/v/content", NULL, 400,
      "current status: IN_PROGRESS");
  veo_sim_task_set_status (sim, "v", "queued");
  expect ("GET", "/v1/videos/v/content", NULL, 400, "current status: QUEUED");
}

GST_END_TEST;

/* --- Scripts ----------------------------------------------------------- */

/* Given a script of answers, then each serves as often as it says and the last
 * one for ever; status 0 is the service's own answer. */
GST_START_TEST (test_script)
{
  VeoSimAnswer busy = {.times = 2,.status = 503,.headers =
        "Retry-After: 7",.body = "{}"
  };
  VeoSimAnswer own = { 0, };
  g_auto (SimHttp) http = { 0, };
  g_autofree gchar *after = NULL;

  veo_sim_add_task (sim, "v", "queued");
  veo_sim_script_status (sim, "v", &busy);
  veo_sim_script_status (sim, "v", &own);
  veo_sim_script_body (sim, "v", 200, "{\"status\":\"completed\"}");
  ask (&http, "GET", "/v1/videos/v", NULL, NULL);
  fail_unless_equals_int (http.status, 503);
  after = sim_http_header (&http, "retry-after");
  fail_unless_equals_string (after, "7");
  expect ("GET", "/v1/videos/v", NULL, 503, "{}");
  expect ("GET", "/v1/videos/v", NULL, 200, "queued");
  expect ("GET", "/v1/videos/v", NULL, 200, "completed");
  expect ("GET", "/v1/videos/v", NULL, 200, "completed");
  veo_sim_clear_script (sim, "v");
  expect ("GET", "/v1/videos/v", NULL, 200, "queued");
}

GST_END_TEST;

/* Given a script for a path, then it answers any method there, with the headers
 * it names instead of ours, twice if it names them twice. */
GST_START_TEST (test_script_path)
{
  VeoSimAnswer moved = {.status = 302,.headers =
        "Location: http://127.0.0.2:9/x\nContent-Type: text/html\nX-A: 1\nX-A: 2"
  };
  g_auto (SimHttp) http = { 0, };
  g_autofree gchar *location = NULL;
  g_autofree gchar *type = NULL;

  veo_sim_script_path (sim, "/old", &moved);
  ask (&http, "PATCH", "/old", NULL, NULL);
  location = sim_http_header (&http, "Location");
  type = sim_http_header (&http, "Content-Type");
  fail_unless_equals_int (http.status, 302);
  fail_unless_equals_string (location, "http://127.0.0.2:9/x");
  fail_unless_equals_string (type, "text/html");
  fail_unless (strstr (http.head, "X-A: 1\r\nX-A: 2") != NULL, "%s", http.head);
}

GST_END_TEST;

static void
script_break (VeoSimBreak brk, guint64 at)
{
  VeoSimAnswer a = {.status = 200,.body = "0123456789",.brk = brk,.break_at = at
  };

  veo_sim_clear_script (sim, NULL);
  veo_sim_script_status (sim, "v", &a);
}

static void
expect_break (VeoSimBreak brk, guint64 at, SimHttpEnd end, guint status,
    guint bytes)
{
  g_auto (SimHttp) http = { 0, };

  script_break (brk, at);
  ask (&http, "GET", "/v1/videos/v", NULL, NULL);
  fail_unless_equals_int (http.end, end);
  fail_unless_equals_int (http.status, status);
  fail_unless_equals_int (http.body->len, bytes);
}

/* Given each way to break an answer off, then exactly that is seen. */
GST_START_TEST (test_breaks)
{
  expect_break (VEO_SIM_BREAK_CLOSE, 0, SIM_HTTP_CUT, 0, 0);
  expect_break (VEO_SIM_BREAK_RESET, 0, SIM_HTTP_RESET, 0, 0);
  expect_break (VEO_SIM_BREAK_CUT, 0, SIM_HTTP_CUT, 200, 5);
  expect_break (VEO_SIM_BREAK_CUT, 9, SIM_HTTP_CUT, 200, 9);
  sim_http_set_patience (1);
  expect_break (VEO_SIM_BREAK_SILENCE, 0, SIM_HTTP_SILENT, 0, 0);
  expect_break (VEO_SIM_BREAK_STALL, 3, SIM_HTTP_SILENT, 200, 3);
  sim_http_set_patience (10);
  fail_unless (veo_sim_wait_connections (sim, 0, LONG_MS));
}

GST_END_TEST;

static gpointer
ask_in_thread (gpointer data)
{
  ask (data, "GET", "/v1/videos/v", NULL, NULL);
  return NULL;
}

/* Given an answer that stalls and one that never comes, when they are released,
 * then the one goes on and the other ends. */
GST_START_TEST (test_release)
{
  g_auto (SimHttp) stalled = { 0, };
  g_auto (SimHttp) silent = { 0, };
  VeoSimTraffic traffic = { 0, };
  GThread *a, *b;

  script_break (VEO_SIM_BREAK_STALL, 3);
  a = g_thread_new ("stalled", ask_in_thread, &stalled);
  fail_unless (veo_sim_wait_requests (sim, NULL, NULL, 1, LONG_MS));
  while (traffic.bytes < 3)
    veo_sim_get_traffic (sim, &traffic);
  script_break (VEO_SIM_BREAK_SILENCE, 0);
  b = g_thread_new ("silent", ask_in_thread, &silent);
  fail_unless (veo_sim_wait_requests (sim, NULL, NULL, 2, LONG_MS));
  do {
    veo_sim_release (sim);
  } while (!veo_sim_wait_connections (sim, 0, 20));
  g_thread_join (a);
  g_thread_join (b);
  fail_unless_equals_int (stalled.end, SIM_HTTP_COMPLETE);
  fail_unless (sim_http_body_is (&stalled, "0123456789", 10));
  fail_unless_equals_int (silent.end, SIM_HTTP_CUT);
}

GST_END_TEST;

/* Given an answer with a delay, then it does not come earlier. */
GST_START_TEST (test_delay)
{
  VeoSimAnswer late = {.delay_ms = 200 };
  gint64 start = g_get_monotonic_time ();

  veo_sim_add_task (sim, "v", "queued");
  veo_sim_script_status (sim, "v", &late);
  expect ("GET", "/v1/videos/v", NULL, 200, "queued");
  fail_unless (g_get_monotonic_time () - start >= 200000);
}

GST_END_TEST;

/* Given a body that is repeated, chunked or announced with a wrong length, then
 * it comes just so. */
GST_START_TEST (test_bodies)
{
  VeoSimAnswer many = {.status = 200,.body = "[",.repeat = 1000000 };
  VeoSimAnswer chunked = {.status = 200,.body = "abc",.chunked = TRUE };
  VeoSimAnswer wrong = {.status = 200,.body = "abc",.headers =
        "Content-Length: 5"
  };
  g_auto (SimHttp) a = { 0, };
  g_auto (SimHttp) b = { 0, };
  g_auto (SimHttp) c = { 0, };

  veo_sim_script_path (sim, "/many", &many);
  veo_sim_script_path (sim, "/chunked", &chunked);
  veo_sim_script_path (sim, "/wrong", &wrong);
  ask (&a, "GET", "/many", NULL, NULL);
  ask (&b, "GET", "/chunked", NULL, NULL);
  ask (&c, "GET", "/wrong", NULL, NULL);
  fail_unless_equals_int (a.end, SIM_HTTP_COMPLETE);
  fail_unless_equals_int (a.body->len, 1000000);
  fail_unless_equals_int (b.end, SIM_HTTP_COMPLETE);
  fail_unless (b.chunked && sim_http_body_is (&b, "abc", 3));
  fail_unless_equals_int (c.end, SIM_HTTP_CUT);
  fail_unless_equals_int (c.body->len, 3);
}

GST_END_TEST;

/* Given a body that never ends, when the client leaves in the middle, then the
 * connection is given up. */
GST_START_TEST (test_endless)
{
  VeoSimAnswer endless = {.status = 200,.body = "{\"a\":[",.repeat = G_MAXUINT64
  };
  g_autoptr (GSocketConnection) connection =
      sim_http_connect (veo_sim_get_url (sim), NULL);
  const gchar request[] = "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n";
  gchar buffer[100000];
  gsize n = 0;

  veo_sim_script_path (sim, "/endless", &endless);
  fail_unless (g_output_stream_write_all (g_io_stream_get_output_stream
          (G_IO_STREAM (connection)), request, strlen (request), NULL, NULL,
          NULL));
  fail_unless (g_input_stream_read_all (g_io_stream_get_input_stream
          (G_IO_STREAM (connection)), buffer, sizeof buffer, &n, NULL, NULL));
  fail_unless_equals_int (n, sizeof buffer);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  fail_unless (veo_sim_wait_connections (sim, 0, LONG_MS));
}

GST_END_TEST;

/* Given a JSON script, then its tasks, answers and paths are there, and a
 * misspelt name is told. */
GST_START_TEST (test_json_script)
{
/* *INDENT-OFF* */
  static const gchar script[] =
      "{\"tasks\":{\"t\":{\"status\":\"processing\",\"progress\":40,\"model\":\"m\","
      "\"answers\":[{\"status\":429,\"headers\":{\"Retry-After\":\"1\"}},{\"status\":200,\"body\":{\"id\":\"t\"}},{}]}},"
      "\"paths\":{\"/p\":[{\"status\":418,\"body\":\"tea\"}]},"
      "\"transfer\":{\"range\":\"ignored\",\"cut_at\":[0,5],\"stall_ms\":\"forever\"}}";
  static const gchar *const bad[][2] = {
    {"{\"tasks\":{\"t\":{\"statos\":\"x\"}}}", "statos"},
    {"{\"transfer\":{\"range\":\"maybe\"}}", "honoured, absent, ignored, wrong"},
    {"{\"transfer\":{\"rate\":-1}}", "rate"},
    {"{\"transfer\":{\"cut_at\":3}}", "cut_at"},
    {"{\"paths\":{\"/p\":[{\"break\":7}]}}", "break"},
    {"[]", "object"},
    {"", "empty"},
  };
/* *INDENT-ON* */
  guint i;

  fail_unless (veo_sim_load_script_data (sim, script, NULL));
  expect ("GET", "/v1/videos/t", NULL, 429, "");
  expect ("GET", "/v1/videos/t", NULL, 200, "{\"id\":\"t\"}");
  expect ("GET", "/v1/videos/t", NULL, 200,
      "\"status\":\"processing\",\"progress\":40");
  expect ("GET", "/p", NULL, 418, "tea");
  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    fail_if (veo_sim_load_script_data (sim, bad[i][0], &error), "%s",
        bad[i][0]);
    fail_unless (strstr (error->message, bad[i][1]) != NULL, "%s",
        error->message);
  }
}

GST_END_TEST;

/* --- The log ----------------------------------------------------------- */

/* Given a request with all headers that matter, then the log has them, the
 * query only as a fact. */
GST_START_TEST (test_log)
{
  g_auto (VeoSimRequest) r = { 0, };
  g_autofree gchar *host =
      g_strdup_printf ("127.0.0.1:%u", veo_sim_get_port (sim));
  gint64 before = g_get_monotonic_time ();

  expect ("GET", "/v1/videos/v?secret=1",
      "Authorization: Bearer k\r\nRange: bytes=5-\r\nUser-Agent: me/1\r\n", 400,
      "");
  fail_unless_equals_int (veo_sim_count_requests (sim, NULL, NULL), 1);
  fail_unless_equals_int (veo_sim_count_requests (sim, "GET", "/v1/videos/"),
      1);
  fail_unless_equals_int (veo_sim_count_requests (sim, "POST", NULL), 0);
  fail_unless_equals_int (veo_sim_count_requests (sim, NULL, "/v2"), 0);
  fail_unless (veo_sim_get_request (sim, NULL, NULL, 0, &r));
  fail_unless_equals_string (r.method, "GET");
  fail_unless_equals_string (r.path, "/v1/videos/v");
  fail_unless (r.has_query);
  fail_unless_equals_string (r.authorization, "Bearer k");
  fail_unless_equals_string (r.range, "bytes=5-");
  fail_unless_equals_string (r.user_agent, "me/1");
  fail_unless_equals_string (r.host, host);
  fail_unless_equals_int (r.status, 400);
  fail_unless_equals_int (r.local_port, veo_sim_get_port (sim));
  fail_unless (r.remote_port > 0 && r.connection == 1);
  fail_unless (r.time >= before && r.time <= g_get_monotonic_time ());
  veo_sim_clear_log (sim);
  fail_unless_equals_int (veo_sim_count_requests (sim, NULL, NULL), 0);
}

GST_END_TEST;

static void
collect_line (const gchar * line, gpointer lines)
{
  g_string_append_printf (lines, "%s\n", line);
}

/* Given a log for people, then neither key nor query gets into it. */
GST_START_TEST (test_log_line)
{
  g_autoptr (GString) lines = g_string_new (NULL);

  veo_sim_set_api_key (sim, "sk-secret");
  veo_sim_set_log_func (sim, collect_line, lines);
  expect ("GET", "/v1/videos/v?Signature=hidden",
      "Authorization: Bearer sk-secret\r\n", 400, "");
  veo_sim_set_log_func (sim, NULL, NULL);
  fail_unless_equals_string (lines->str, "GET /v1/videos/v -> 400\n");
}

GST_END_TEST;

/* Given nobody who asks, then waiting for a request ends in time. */
GST_START_TEST (test_wait_in_vain)
{
  fail_if (veo_sim_wait_requests (sim, NULL, NULL, 1, 20));
  fail_if (veo_sim_wait_connections (sim, 1, 20));
  fail_if (veo_sim_wait_content_bytes (sim, 1, 20));
}

GST_END_TEST;

/* --- Connections ------------------------------------------------------- */

/* Given one connection, when it polls a thousand times, then it stays one, and
 * is gone when the client closes it. */
GST_START_TEST (test_keep_alive)
{
  GSocketConnection *connection =
      sim_http_connect (veo_sim_get_url (sim), NULL);
  g_autofree gchar *url =
      g_strconcat (veo_sim_get_url (sim), "/v1/videos/v", NULL);
  VeoSimTraffic traffic;
  guint i;

  veo_sim_add_task (sim, "v", "queued");
  for (i = 0; i < 1000; i++) {
    g_auto (SimHttp) http = { 0, };

    sim_http_on (connection, &http, "GET", url, NULL, NULL);
    fail_unless (http.status == 200, "request %u: status %u, end %d", i,
        http.status, http.end);
  }
  veo_sim_get_traffic (sim, &traffic);
  fail_unless_equals_int (traffic.accepted, 1);
  fail_unless_equals_int (traffic.open, 1);
  g_object_unref (connection);
  fail_unless (veo_sim_wait_connections (sim, 0, LONG_MS));
  fail_unless_equals_int (veo_sim_count_requests (sim, "GET", NULL), 1000);
}

GST_END_TEST;

/* Given many connections at once, then they are counted; when they are dropped,
 * then all are gone. */
GST_START_TEST (test_many_connections)
{
  GSocketConnection *connections[50];
  VeoSimTraffic traffic;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (connections); i++)
    connections[i] = sim_http_connect (veo_sim_get_url (sim), NULL);
  fail_unless (veo_sim_wait_connections (sim, 50, LONG_MS));
  veo_sim_drop_connections (sim);
  fail_unless (veo_sim_wait_connections (sim, 0, LONG_MS));
  veo_sim_get_traffic (sim, &traffic);
  fail_unless_equals_int (traffic.max_open, 50);
  fail_unless_equals_int (traffic.accepted, 50);
  for (i = 0; i < G_N_ELEMENTS (connections); i++)
    g_object_unref (connections[i]);
}

GST_END_TEST;

/* Given a sim that refuses, then nobody gets in, until it is over; the port
 * stays the same. */
GST_START_TEST (test_refusing)
{
  g_auto (SimHttp) http = { 0, };
  guint16 port = veo_sim_get_port (sim);

  veo_sim_set_refusing (sim, TRUE);
  ask (&http, "GET", "/x", NULL, NULL);
  fail_unless_equals_int (http.end, SIM_HTTP_REFUSED);
  veo_sim_set_refusing (sim, FALSE);
  expect ("GET", "/x", NULL, 404, "Invalid URL");
  fail_unless_equals_int (veo_sim_get_port (sim), port);
}

GST_END_TEST;

/* Given two sims on two addresses, then each has its own tasks. */
GST_START_TEST (test_two_origins)
{
  VeoSimOptions options = {.address = "127.0.0.2" };
  g_autoptr (VeoSim) other = veo_sim_new (&options, NULL);
  g_autofree gchar *url =
      g_strconcat (veo_sim_get_url (other), "/v1/videos/v", NULL);
  g_auto (SimHttp) http = { 0, };

  fail_unless (g_str_has_prefix (veo_sim_get_url (other), "http://127.0.0.2:"));
  veo_sim_add_task (other, "v", "queued");
  sim_http (&http, "GET", url, NULL, NULL);
  fail_unless_equals_int (http.status, 200);
  expect ("GET", "/v1/videos/v", NULL, 400, "task_not_exist");
}

GST_END_TEST;

/* Given an address that is none, or a port that is taken, then the error says so. */
GST_START_TEST (test_cannot_listen)
{
  VeoSimOptions nonsense = {.address = "localhost" };
  VeoSimOptions taken = {.port = veo_sim_get_port (sim) };
  g_autoptr (GError) a = NULL;
  g_autoptr (GError) b = NULL;

  fail_if (veo_sim_new (&nonsense, &a));
  fail_unless (strstr (a->message, "localhost") != NULL);
  fail_if (veo_sim_new (&taken, &b));
  fail_unless (g_error_matches (b, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE), "%s",
      b->message);
}

GST_END_TEST;

/* Given answers under way in every shape, when the sim is freed, then it ends
 * and the clients see the end. */
GST_START_TEST (test_free_in_the_middle)
{
  static const VeoSimAnswer answers[] = {
    {.status = 200,.body = "0123456789",.brk = VEO_SIM_BREAK_STALL},
    {.brk = VEO_SIM_BREAK_SILENCE},
    {.status = 200,.delay_ms = 3600000},
    {.status = 200,.body = "x",.repeat = G_MAXUINT64},
    {.status = 200,.body = "0123456789",.rate = 1},
  };
  GThread *threads[G_N_ELEMENTS (answers)];
  SimHttp http[G_N_ELEMENTS (answers)] = { {0,}, };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (answers); i++)
    veo_sim_script_status (sim, "v", &answers[i]);
  sim_http_set_patience (60);
  for (i = 0; i < G_N_ELEMENTS (answers); i++) {
    threads[i] = g_thread_new ("client", ask_in_thread, &http[i]);
    fail_unless (veo_sim_wait_requests (sim, NULL, NULL, i + 1, LONG_MS));
  }
  g_clear_pointer (&sim, veo_sim_free);
  for (i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_thread_join (threads[i]);
    fail_if (http[i].end == SIM_HTTP_SILENT
        || http[i].end == SIM_HTTP_COMPLETE);
    sim_http_clear (&http[i]);
  }
  sim_http_set_patience (10);
}

GST_END_TEST;

static gboolean
trust (GTlsConnection * connection, GTlsCertificate * peer,
    GTlsCertificateFlags errors, gpointer expected)
{
  return g_tls_certificate_is_same (peer, expected);
}

/* Sends a GET for a path and returns all that comes, until the end or an error */
static gchar *
talk_tls (GIOStream * stream, GTlsCertificate * certificate, const gchar * path,
    GError ** error)
{
  g_autoptr (GIOStream) tls = g_tls_client_connection_new (stream, NULL, NULL);
  g_autofree gchar *request =
      g_strdup_printf
      ("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
  gchar answer[4096] = "";
  gsize n = 0;

  g_signal_connect (tls, "accept-certificate", G_CALLBACK (trust), certificate);
  fail_unless (g_output_stream_write_all (g_io_stream_get_output_stream (tls),
          request, strlen (request), NULL, NULL, NULL));
  g_input_stream_read_all (g_io_stream_get_input_stream (tls), answer,
      sizeof answer - 1, &n, NULL, error);
  return g_strndup (answer, n);
}

/* Given a certificate, then the sim speaks https, also where it breaks off: a
 * regular end says farewell, a cut does not. */
GST_START_TEST (test_tls)
{
  static const gchar *const paths[] = { "/v1/videos/v", "/chunked", "/cut" };
  VeoSimAnswer chunked = {.status = 200,.body = "queued",.chunked = TRUE };
  VeoSimAnswer cut = {.status = 200,.body = "queued, then no more",.brk =
        VEO_SIM_BREAK_CUT
  };
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (VeoSim) tls = NULL;
  VeoSimOptions options = { 0, };
  guint i;

  if (!authority)
    return;
  certificate = authority_certify (authority, "IP:127.0.0.1");
  options.certificate = certificate;
  tls = veo_sim_new (&options, NULL);
  fail_unless (g_str_has_prefix (veo_sim_get_url (tls), "https://"));
  veo_sim_add_task (tls, "v", "queued");
  veo_sim_script_path (tls, "/chunked", &chunked);
  veo_sim_script_path (tls, "/cut", &cut);
  for (i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autofree gchar *plain =
        g_strdup_printf ("http://127.0.0.1:%u", veo_sim_get_port (tls));
    g_autoptr (GSocketConnection) connection = sim_http_connect (plain, NULL);
    g_autoptr (GError) error = NULL;
    g_autofree gchar *answer =
        talk_tls (G_IO_STREAM (connection), certificate, paths[i], &error);

    fail_unless (strstr (answer, "queued") != NULL, "%s", answer);
    fail_unless (i == 2 ? error != NULL : error == NULL);
  }
  fail_unless (veo_sim_wait_connections (tls, 0, LONG_MS));
  authority_free (authority);
}

GST_END_TEST;

static Suite *
sim_suite (void)
{
  Suite *s = suite_create ("veo-sim");
  TCase *tc = tcase_create ("service");

  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_status_body);
  tcase_add_test (tc, test_unknown);
  tcase_add_test (tc, test_key);
  tcase_add_test (tc, test_encoded_ids);
  tcase_add_test (tc, test_delete);
  tcase_add_test (tc, test_create);
  tcase_add_test (tc, test_create_refused);
  tcase_add_test (tc, test_prefix);
  tcase_add_test (tc, test_steered);
  tcase_add_test (tc, test_clock);
  tcase_add_test (tc, test_link_kinds);
  tcase_add_test (tc, test_content_too_early);
  tcase_add_test (tc, test_script);
  tcase_add_test (tc, test_script_path);
  tcase_add_test (tc, test_breaks);
  tcase_add_test (tc, test_release);
  tcase_add_test (tc, test_delay);
  tcase_add_test (tc, test_bodies);
  tcase_add_test (tc, test_endless);
  tcase_add_test (tc, test_json_script);
  tcase_add_test (tc, test_log);
  tcase_add_test (tc, test_log_line);
  tcase_add_test (tc, test_wait_in_vain);
  tcase_add_test (tc, test_keep_alive);
  tcase_add_test (tc, test_many_connections);
  tcase_add_test (tc, test_refusing);
  tcase_add_test (tc, test_two_origins);
  tcase_add_test (tc, test_cannot_listen);
  tcase_add_test (tc, test_free_in_the_middle);
  tcase_add_test (tc, test_tls);
  return s;
}

GST_CHECK_MAIN (sim);
