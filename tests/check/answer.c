/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "answercorpus.h"
#include "answertools.h"

#define RUNNING "{\"id\":\"v\",\"status\":\"processing\",\"progress\":50,\"video_url\":\"\"," \
    "\"error\":{\"message\":\"\",\"code\":\"\"},\"metadata\":{\"url\":\"https://x/y\",\"n\":[1,2.5,true,null]}}"
#define COMPLETED "{\"id\":\"v\",\"status\":\"completed\",\"progress\":100," \
    "\"video_url\":\"data:video/mp4;base64,AAECAwQFBgcICQ==\",\"error\":null,\"seconds\":\"8\"}"

/* Given an answer as a service gives it, when it is read, then it means what
 * the table says and nothing else. */
GST_START_TEST (test_corpus)
{
  const AnswerCase *c = &answer_corpus[__i__];
  g_autofree gchar *line = read_and_render (c->http_status, c->headers,
      c->body, strlen (c->body), 0);

  fail_unless (g_str_equal (line, c->expected),
      "%s: expected \"%s\", got \"%s\"", c->name, c->expected, line);
}

GST_END_TEST;

/* Given the same answer, when it comes in byte by byte, then it means the same. */
GST_START_TEST (test_corpus_byte_by_byte)
{
  const AnswerCase *c = &answer_corpus[__i__];
  g_autofree gchar *line = read_and_render (c->http_status, c->headers,
      c->body, strlen (c->body), 1);

  fail_unless (g_str_equal (line, c->expected),
      "%s: expected \"%s\", got \"%s\"", c->name, c->expected, line);
}

GST_END_TEST;

static gboolean
is_completed (const gchar * data, gsize len)
{
  g_autoptr (GstVeoBody) body = make_body (data, len, 0);
  g_autoptr (GstVeoAnswer) answer = read_answer (200, NULL, body);

  fail_unless (answer->task || answer->failure);
  return answer->task && answer->task->status == GST_VEO_STATUS_COMPLETED;
}

/* Given an answer that a connection cut short, when it is read, then the task
 * is not completed, and nothing is but in trouble. */
GST_START_TEST (test_prefixes)
{
  const AnswerCase *c = &answer_corpus[__i__];
  gsize total = strlen (c->body);
  gsize len;

  /* What is rubbish as a whole may begin with a whole answer; blanks at the
   * end are no part of one */
  if (g_str_has_prefix (c->expected, "NONSENSE"))
    return;
  while (total > 0 && g_ascii_isspace (c->body[total - 1]))
    total--;
  for (len = 0; len < total; len++)
    fail_if (is_completed (c->body, len), "%s: completed after %d bytes",
        c->name, (gint) len);
}

GST_END_TEST;

/* Given a running task, when any bit or byte of its answer is damaged, then
 * nothing crashes and it is never taken for completed. */
GST_START_TEST (test_damaged_bytes)
{
  g_autofree gchar *copy = g_strdup (RUNNING);
  gsize len = strlen (copy);
  gsize i;
  gint byte;

  for (i = 0; i < len; i++) {
    gchar kept = copy[i];

    for (byte = 0; byte < 256; byte++) {
      copy[i] = (gchar) byte;
      fail_if (is_completed (copy, len), "byte %d set to %d", (gint) i, byte);
    }
    copy[i] = kept;
  }
}

GST_END_TEST;

/* Given a completed task, when any byte of its answer is damaged, then
 * nothing crashes, and what is completed has a link or the data whole. */
GST_START_TEST (test_damaged_bytes_of_completed)
{
  g_autofree gchar *copy = g_strdup (COMPLETED);
  gsize len = strlen (copy);
  gsize i;
  gint byte;

  for (i = 0; i < len; i++) {
    gchar kept = copy[i];

    for (byte = 0; byte < 256; byte++) {
      g_autoptr (GstVeoBody) body = NULL;
      g_autoptr (GstVeoAnswer) answer = NULL;

      copy[i] = (gchar) byte;
      body = make_body (copy, len, 0);
      answer = read_answer (200, NULL, body);
      fail_unless (answer->task || answer->failure);
      if (answer->task && answer->task->data)
        fail_unless (g_str_has_prefix (answer->task->link, "data:video/"));
    }
    copy[i] = kept;
  }
}

GST_END_TEST;

/* Where the value that begins at start ends; 0 when none begins there. */
static gsize
end_of_value (const gchar * text, gsize start)
{
  gsize i = start;
  gint depth = 0;

  if (text[start] == '"') {
    while (text[++i] != '"')
      i += text[i] == '\\';
    return i + 1;
  }
  if (text[start] != '{' && text[start] != '[')
    return start + strcspn (text + start, ",]}");
  do {
    if (text[i] == '"')
      i = end_of_value (text, i) - 1;
    else if (text[i] == '{' || text[i] == '[')
      depth++;
    else if (text[i] == '}' || text[i] == ']')
      depth--;
    i++;
  } while (depth > 0);
  return i;
}

static const gchar *const values_of_every_type[] = {
  "null", "true", "false", "0", "-1", "7", "1e400", "-0.5",
  "99999999999999999999", "\"\"", "\"x\"", "\"\\u0000\"", "{}", "[]",
  "[[]]", "[{}]", "{\"message\":{}}", "{\"url\":[]}", "[null]",
  "{\"code\":{},\"message\":[],\"error\":{\"error\":[]}}", "\"data:video/mp4\"",
  "\"data:video/\"", "\"https://\"", "[\"data:video/mp4;base64,A\"]",
};

static void
replace_values (const gchar * text, gboolean may_complete)
{
  gsize i, j;

  for (i = 0; text[i]; i++) {
    gsize end;

    /* Every value follows a colon, a comma or a bracket; a key is replaced too, which is no harm */
    if (i > 0 && !strchr (":,[", text[i - 1]))
      continue;
    end = end_of_value (text, i);
    for (j = 0; j < G_N_ELEMENTS (values_of_every_type); j++) {
      g_autofree gchar *changed = g_strdup_printf ("%.*s%s%s", (gint) i, text,
          values_of_every_type[j], text + end);
      gboolean completed = is_completed (changed, strlen (changed));

      fail_if (completed && !may_complete, "completed: %s", changed);
    }
  }
}

/* Given answers, when any value is replaced by one of every other type, then
 * nothing crashes or warns, and a running task is never taken for completed. */
GST_START_TEST (test_replaced_values)
{
  replace_values (RUNNING, FALSE);
  replace_values (COMPLETED, TRUE);
  replace_values
      ("{\"success\":true,\"code\":\"success\",\"message\":\"\",\"data\":{\"status\":\"running\","
      "\"error\":[{\"code\":1,\"message\":\"x\"}],\"fail_reason\":\"\"}}",
      FALSE);
  replace_values
      ("{\"status\":\"failed\",\"error\":{\"message\":\"x\",\"code\":1,\"type\":\"y\"},"
      "\"detail\":[{\"msg\":\"z\"}],\"errors\":[],\"expires_at\":\"2025-01-01T00:00:00Z\","
      "\"created_at\":1,\"size\":\"\",\"model\":\"m\",\"seconds\":8,\"videos\":[{\"url\":\"u\"}]}",
      FALSE);
}

GST_END_TEST;

/* Given random rubbish made of the pieces of answers, when it is read with
 * every kind of HTTP status, then nothing crashes or warns. */
GST_START_TEST (test_random_pieces)
{
  static const gchar *const pieces[] = { "{", "}", "[", "]", "\"", ":", ",",
    "\\", "\\u", "d83d", "\"status\"", "\"error\"", "\"data\"", "\"url\"",
    "\"data:video/mp4;base64,", "AAAA", "%", "=", "<html>", "'", "/*", "*/",
    "\xef\xbb\xbf", "\xff", "1", "-", "e", "null", "true", " ", "\n"
  };
  static const guint statuses[] = { 0, 100, 200, 204, 302, 400, 401, 403, 404,
    410, 429, 500, 503, 600
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  gint i, j;

  for (i = 0; i < 20000; i++) {
    g_autoptr (GString) text = g_string_new ("{");
    g_autofree gchar *line = NULL;
    gint n = g_rand_int_range (rand, 1, 24);

    for (j = 0; j < n; j++)
      g_string_append (text, pieces[g_rand_int_range (rand, 0,
                  G_N_ELEMENTS (pieces))]);
    line = read_and_render (statuses[g_rand_int_range (rand, 0,
                G_N_ELEMENTS (statuses))], NULL, text->str, text->len, 0);
    fail_unless (*line);
  }
}

GST_END_TEST;

/* Given an answer full of brackets, when there are 200,000 of them, 65 or 64,
 * then the first two are refused before json-glib sees them, and the last is read. */
GST_START_TEST (test_depth)
{
  static const guint depths[] = { 200000, 65, 64 };
  gsize i;
  guint j;

  for (i = 0; i < G_N_ELEMENTS (depths); i++) {
    g_autoptr (GString) text =
        g_string_new ("{\"status\":\"completed\",\"x\":");
    g_autofree gchar *line = NULL;

    for (j = 1; j < depths[i]; j++)
      g_string_append_c (text, '[');
    for (j = 1; j < depths[i]; j++)
      g_string_append_c (text, ']');
    g_string_append_c (text, '}');
    line = read_and_render (200, NULL, text->str, text->len, 0);
    fail_unless_equals_string (line, depths[i] > 64 ?
        "NONSENSE detail=it was nested too deep" : "completed");
  }
}

GST_END_TEST;

/* Given brackets hidden from a count that knows double quotes only, when
 * json-glib would find them, then it never sees the text. */
GST_START_TEST (test_hidden_depth)
{
  static const gchar *const covers[] = { "{\"a\":'\"',\"b\":", "/* \" */",
    "{\"a\":1 /*\"*/ ,\"b\":", "// \"\n", "{\"a\":\"\\\"\",\"b\":"
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (covers); i++) {
    g_autoptr (GString) text = g_string_new (covers[i]);
    g_autofree gchar *brackets = g_strnfill (200000, '[');
    g_autofree gchar *line = NULL;

    g_string_append (text, brackets);
    line = read_and_render (200, NULL, text->str, text->len, 0);
    fail_unless (g_str_has_prefix (line, "NONSENSE"), "%s", line);
  }
}

GST_END_TEST;

/* Given a text of the service longer than 500 characters, when it is shown,
 * then it is cut between two characters. */
GST_START_TEST (test_long_texts)
{
  g_autoptr (GString) text =
      g_string_new ("{\"status\":\"failed\",\"error\":\"");
  g_autoptr (GstVeoBody) body = NULL;
  g_autoptr (GstVeoAnswer) answer = NULL;
  gint i;

  for (i = 0; i < 5000; i++)
    g_string_append (text, "错");
  g_string_append (text, "\"}");
  body = make_body (text->str, text->len, 0);
  answer = read_answer (200, NULL, body);
  fail_unless_equals_int (g_utf8_strlen (answer->task->error_message, -1), 500);
  fail_unless (g_utf8_validate (answer->task->error_message, -1, NULL));
}

GST_END_TEST;

/* Given other texts as long, when they are shown, then each is cut too. */
GST_START_TEST (test_long_texts_of_all_kinds)
{
  static const struct
  {
    guint status;
    const gchar *before;
    const gchar *after;
  } cases[] = {
    {500, "", ""},
    {502, "<html><body>", "</body></html>"},
    {502, "<html><title>", "</title></html>"},
    {429, "{\"error\":{\"message\":\"", "\"}}"},
    {404, "{\"code\":\"", "\",\"message\":\"m\"}"},
    {200, "{\"status\":\"completed\",\"url\":\"", "\"}"},
    {200, "{\"status\":\"running\",\"model\":\"", "\"}"},
    {200, "", ""},
  };
  g_autofree gchar *words = g_strnfill (5000, 'x');
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *text = g_strconcat (cases[i].before, words,
        cases[i].after, NULL);
    g_autofree gchar *line = read_and_render (cases[i].status, NULL, text,
        strlen (text), 0);

    fail_unless (strstr (line, "xxx") != NULL, "%s", line);
    fail_unless (strlen (line) < 600, "%s", line);
  }
}

GST_END_TEST;

/* A place where a link may be, before and behind the link itself. */
typedef struct
{
  const gchar *key;
  const gchar *before;
  const gchar *after;
} Place;

#define PLAIN(key) {key, "\"", "\""}
#define INSIDE(key) {key, "{\"url\":\"", "\"}"}, {key, "{\"video_url\":\"", "\"}"}
#define IN_LIST(key) PLAIN (key), {key, "[\"", "\",\"https://x/y\"]"}, \
  {key, "[{\"url\":\"", "\"}]"}, {key, "[{\"video_url\":\"", "\"}]"}

/* In the order in which they count. */
static const Place places[] = {
  PLAIN ("video_url"), PLAIN ("url"), PLAIN ("result_url"),
  PLAIN ("output_url"), PLAIN ("download_url"),
  INSIDE ("metadata"), INSIDE ("output"), INSIDE ("video"), INSIDE ("content"),
  INSIDE ("data"), INSIDE ("result"), INSIDE ("detail"),
  IN_LIST ("output"), IN_LIST ("videos"), IN_LIST ("data"), IN_LIST ("urls"),
  IN_LIST ("unsigned_urls"),
};

/* Given a completed task with links in any two places, whichever is written
 * first, when it is read, then the place that comes first in the order counts. */
GST_START_TEST (test_every_two_places)
{
  gsize first, second;

  for (first = 0; first < G_N_ELEMENTS (places); first++) {
    for (second = first + 1; second < G_N_ELEMENTS (places); second++) {
      const Place *a = &places[first];
      const Place *b = &places[second];
      g_autofree gchar *text = g_strdup_printf ("{\"status\":\"completed\","
          "\"id\":\"v\",\"%s\":%shttps://x/b%s,\"%s\":%shttps://x/a%s}",
          b->key, b->before, b->after, a->key, a->before, a->after);
      g_autofree gchar *line = NULL;

      /* One key has one value */
      if (g_str_equal (a->key, b->key))
        continue;
      line = read_and_render (200, NULL, text, strlen (text), 0);
      fail_unless (g_str_equal (line, "completed link=https://x/a"),
          "%s: %s", text, line);
    }
  }
}

GST_END_TEST;

/* Given a good answer with a request id, when it is read, then the id is kept
 * for an error that may come of the wait later, and the key is not in it. */
GST_START_TEST (test_request_id_of_a_good_answer)
{
  static const gchar *const cases[][2] = {
    {NULL, NULL},
    {"X-Request-Id: r1", "r1"},
    {"X-Request-Id: r1\nX-Oneapi-Request-Id: o1", "o1"},
    {"x-request-id: of SECRET-KEY", "of ***"},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstVeoBody) body = make_body (RUNNING, strlen (RUNNING), 0);
    g_autoptr (GstVeoAnswer) answer = read_answer (200, cases[i][0], body);

    fail_unless (answer->task && !answer->failure);
    fail_unless_equals_string (answer->request_id, cases[i][1]);
  }
}

GST_END_TEST;

/* Given a failed task, when its answer is read, then the failure knows all
 * that the application is told. */
GST_START_TEST (test_failure_fields)
{
  g_autoptr (GstVeoBody) body =
      make_body ("{\"status\":\"expired\",\"expires_at\":1735776000}", 44, 0);
  g_autoptr (GstVeoAnswer) answer = read_answer (200, NULL, body);

  fail_unless_equals_int (answer->failure->kind, GST_VEO_FAILURE_TASK_EXPIRED);
  fail_unless_equals_string (answer->failure->task_id, "video_abc123");
  fail_unless_equals_int (answer->failure->task_status, GST_VEO_STATUS_EXPIRED);
  fail_unless_equals_int (answer->failure->http_status, 200);
  fail_unless_equals_int64 (answer->failure->expires_at, 1735776000);
  fail_unless_equals_string (answer->task->id, "video_abc123");
}

GST_END_TEST;

static Suite *
answer_suite (void)
{
  Suite *suite = suite_create ("answer");
  TCase *corpus = tcase_create ("corpus");
  TCase *properties = tcase_create ("properties");

  /* GstCheck watches over the domains of GLib and GStreamer, not over json-glib's */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  tcase_set_timeout (properties, 120);
  suite_add_tcase (suite, corpus);
  tcase_add_loop_test (corpus, test_corpus, 0, answer_corpus_size);
  tcase_add_loop_test (corpus, test_corpus_byte_by_byte, 0, answer_corpus_size);
  suite_add_tcase (suite, properties);
  tcase_add_loop_test (properties, test_prefixes, 0, answer_corpus_size);
  tcase_add_test (properties, test_damaged_bytes);
  tcase_add_test (properties, test_damaged_bytes_of_completed);
  tcase_add_test (properties, test_replaced_values);
  tcase_add_test (properties, test_random_pieces);
  tcase_add_test (properties, test_depth);
  tcase_add_test (properties, test_hidden_depth);
  tcase_add_test (properties, test_long_texts);
  tcase_add_test (properties, test_long_texts_of_all_kinds);
  tcase_add_test (properties, test_every_two_places);
  tcase_add_test (properties, test_request_id_of_a_good_answer);
  tcase_add_test (properties, test_failure_fields);
  return suite;
}

GST_CHECK_MAIN (answer);
