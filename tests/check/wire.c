/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways of real services, on the wire and all the way to the person in
 * front of the pipeline. Whatever a service answers, the person meets one of
 * three: it waits on and says so, it plays, or one error says which task,
 * why, and what to do. */
#include <glib/gstdio.h>
#include <string.h>

#include "answercorpus.h"
#include "names.h"
#include "rawserver.h"
#include "verdict.h"

static Scene *scene;

#define KEY "SECRET-KEY"        /* as in the corpus, which repeats it */
#define CLIP_URL "https://cdn.example.com/v.mp4"
#define CASES_AT_A_TIME 30

#define DONE .phase = VERDICT_COMPLETED,.status = "completed"

/* --- Each answer of the corpus --- */

typedef struct
{
  const gchar *kind;            /* as the corpus writes it */
  gint code;
} KindRow;

static const KindRow kind_rows[] = {
  {"REFUSED", GST_RESOURCE_ERROR_NOT_AUTHORIZED},
  {"FIREWALL", GST_RESOURCE_ERROR_NOT_AUTHORIZED},
  {"NO_SUCH_TASK", GST_RESOURCE_ERROR_NOT_FOUND},
  {"WRONG_BASE", GST_RESOURCE_ERROR_SETTINGS},
  {"OTHER_CLIENT_ERROR", GST_RESOURCE_ERROR_FAILED},
  {"UNAVAILABLE", GST_RESOURCE_ERROR_OPEN_READ},
  {"NONSENSE", GST_RESOURCE_ERROR_READ},
  {"REDIRECT", GST_RESOURCE_ERROR_OPEN_READ},
  {"TASK_FAILED", GST_RESOURCE_ERROR_FAILED},
  {"TASK_FAILED_UNEXPLAINED", GST_RESOURCE_ERROR_FAILED},
  {"TASK_CANCELLED", GST_RESOURCE_ERROR_FAILED},
  {"TASK_EXPIRED", GST_RESOURCE_ERROR_NOT_FOUND},
};

static gint
find_code (const gchar * kind, const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kind_rows); i++)
    if (g_str_equal (kind_rows[i].kind, kind))
      return kind_rows[i].code;
  fail ("%s: what is %s?", name, kind);
  return 0;
}

/* What follows " FIELD=" in the corpus' line, up to the next field. A full stop
 * at its end is left out. (transfer full) (nullable) */
static gchar *
find_field (const gchar * line, const gchar * field)
{
  static const gchar *const next[] = { " message=", " detail=", " request=",
    " hint="
  };
  g_autofree gchar *start = g_strdup_printf (" %s=", field);
  const gchar *value = strstr (line, start);
  gchar *copy;

  if (!value)
    return NULL;
  copy = g_strdup (value + strlen (start));
  for (guint i = 0; i < G_N_ELEMENTS (next); i++) {
    gchar *end = strstr (copy, next[i]);

    if (end)
      *end = '\0';
  }
  if (g_str_has_suffix (copy, "."))
    copy[strlen (copy) - 1] = '\0';
  return copy;
}

static void
check_says_one_error (const AnswerCase * c, gint code)
{
  GstMessage *message = scene_wait_message (scene, GST_MESSAGE_ERROR);
  g_autofree gchar *words = find_field (c->expected, "message");
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_state (scene->pipeline, GST_STATE_READY);
  scene_drain (scene);
  gst_message_parse_error (message, &error, NULL);
  text = scene_get_error_text (scene);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR, code),
      "%s: %s", c->name, text);
  fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (scene->src));
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_ERROR), 1);
  fail_unless (strstr (text, SCENE_TASK) != NULL, "%s: %s", c->name, text);
  fail_unless (!words || strstr (text, words), "%s: %s", c->name, text);
  /* What happened is one sentence, what to do another */
  fail_unless (strstr (text, ". ") && g_str_has_suffix (text, "."), "%s: %s",
      c->name, text);
}

static void
check_waits_on (const AnswerCase * c)
{
  gboolean is_queued = g_str_has_prefix (c->expected, "queued");
  g_autofree gchar *wanted = g_strdup_printf (SCENE_TASK ": %s, ",
      is_queued ? "queued" : "processing");
  g_autofree gchar *text = NULL;

  gst_message_parse_progress (scene_wait_progress (scene,
          GST_PROGRESS_TYPE_CONTINUE), NULL, NULL, &text);
  fail_unless (g_str_has_prefix (text, wanted), "%s: %s", c->name, text);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 3, 30000),
      "%s: it did not ask on", c->name);
  scene_drain (scene);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_ERROR), 0);
  fail_unless_equals_int (scene_count_progress (scene,
          GST_PROGRESS_TYPE_COMPLETE), 0);
}

static void
check_plays_the_clip (const AnswerCase * c)
{
  GstMessage *message = scene_wait_message (scene,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  SceneSink *sink = scene_get_sink (scene, "src");

  fail_unless (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS, "%s: %s", c->name,
      scene_get_error_text (scene));
  fail_unless (sink && sink->bytes == g_bytes_get_size (scene_get_clip ()),
      "%s: not the clip", c->name);
}

/* The link leads to the moon, or the answer holds a few bytes that claim to be
 * a video: what comes of it is not what is tested here, if it is one thing. */
static void
check_ends (const AnswerCase * c)
{
  GstMessage *message = scene_wait_message (scene,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_autofree gchar *text = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return;
  gst_element_set_state (scene->pipeline, GST_STATE_READY);
  scene_drain (scene);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_ERROR), 1);
  text = scene_get_error_text (scene);
  fail_unless (strstr (text, SCENE_TASK) != NULL, "%s: %s", c->name, text);
}

static void
check_outcome (const AnswerCase * c)
{
  g_autofree gchar *kind = g_strndup (c->expected, strcspn (c->expected, " "));

  if (g_str_equal (kind, "queued") || g_str_equal (kind, "processing"))
    check_waits_on (c);
  else if (g_str_equal (kind, "NO_MODEL_ACCESS"))
    check_plays_the_clip (c);
  else if (g_ascii_isupper (*kind))
    check_says_one_error (c, find_code (kind, c->name));
  else if (strstr (c->expected, " link=" CLIP_URL)
      || !strstr (c->expected, " link="))
    check_plays_the_clip (c);
  else
    check_ends (c);
}

/* The corpus' link to a video, however it is escaped, becomes one of ours. */
static gchar *
point_to_clip (const gchar * body)
{
  g_autofree gchar *url = g_strconcat (veo_sim_get_url (scene->sim), "/c.mp4",
      NULL);
  GString *text = g_string_new (body);
  g_autoptr (GString) escaped = g_string_new (url);
  g_autoptr (GString) wanted = g_string_new (CLIP_URL);

  g_string_replace (escaped, "/", "\\/", 0);
  g_string_replace (wanted, "/", "\\/", 0);
  g_string_replace (text, CLIP_URL, url, 0);
  g_string_replace (text, wanted->str, escaped->str, 0);
  return g_string_free (text, FALSE);
}

/* Some answers end a run while GStreamer's own threads are still bringing the
 * pipeline up: they let go of it a moment after it is down. */
static void
strike_scene (void)
{
  gint64 limit = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;

  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  g_ptr_array_set_size (scene->messages, 0);
  while (GST_OBJECT_REFCOUNT_VALUE (scene->pipeline) > 1
      && g_get_monotonic_time () < limit)
    g_usleep (1000);
  scene_free (scene);
}

static void
play_case (const AnswerCase * c)
{
  VeoSimAnswer answer = {.status = c->http_status,.headers = c->headers };
  g_autofree gchar *body = NULL;
  g_autofree gchar *all = NULL;

  scene = scene_new ();
  body = point_to_clip (c->body);
  answer.body = body;
  veo_sim_set_api_key (scene->sim, KEY);
  veo_sim_add_file (scene->sim, "/c.mp4", scene_get_clip (), "video/mp4");
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_script_status (scene->sim, SCENE_TASK, &answer);
  g_object_set (scene->src, "api-key", KEY, "output", 2, "retries", 0,
      "max-poll-interval", 50, "request-timeout", 20000, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  check_outcome (c);
  scene_drain (scene);
  all = scene_dump_messages (scene);
  fail_unless (strstr (all, KEY) == NULL, "%s: the key is told: %s", c->name,
      all);
  strike_scene ();
}

/* Given any answer of the corpus, for ever, when a pipeline asks for the task,
 * then the person in front of it meets one of the three. */
GST_START_TEST (test_corpus)
{
  gsize i = (gsize) __i__ * CASES_AT_A_TIME;
  gsize end = MIN (i + CASES_AT_A_TIME, answer_corpus_size);

  names_install ();
  for (; i < end; i++) {
    /* A status of 0 is no answer at all */
    if (answer_corpus[i].http_status != 0)
      play_case (&answer_corpus[i]);
  }
  names_remove ();
}

GST_END_TEST;

/* --- Task ids --- */

static const gchar *const task_ids[][2] = {
  {"video_abc123", "video_abc123"},
  {"task_0123456789abcdefghijABCDEFGHIJ12",
      "task_0123456789abcdefghijABCDEFGHIJ12"},
  {"f47ac10b-58cc-4372-a567-0e02b2c3d479",
      "f47ac10b-58cc-4372-a567-0e02b2c3d479"},
  {"veo3.1-fast:1770350082-trii1OXZc3", "veo3.1-fast:1770350082-trii1OXZc3"},
  {"cgt-20260102150405-x7k2p", "cgt-20260102150405-x7k2p"},
  {"a/../b?c#d%2F", "a%2F..%2Fb%3Fc%23d%252F"},
  {"任务 1", "%E4%BB%BB%E5%8A%A1%201"},
};

/* Given a task with an id such as services make them, and stranger ones, when
 * it is played, then each request has the id as one segment of its path. */
SCENE_TEST (test_task_id)
{
  const gchar *id = task_ids[__i__][0];
  g_autofree gchar *status = g_strconcat ("/v1/videos/", task_ids[__i__][1],
      NULL);
  g_autofree gchar *content = g_strconcat (status, "/content", NULL);
  g_auto (VeoSimRequest) poll = { 0 };
  g_auto (VeoSimRequest) download = { 0 };

  veo_sim_add_task (scene->sim, id, "queued");
  veo_sim_task_set_link_kind (scene->sim, id, VEO_SIM_LINK_CONTENT);
  veo_sim_task_complete (scene->sim, id);
  g_object_set (scene->src, "task-id", id, NULL);
  scene_play (scene);
  fail_unless (veo_sim_get_request (scene->sim, NULL, NULL, 0, &poll));
  fail_unless (veo_sim_get_request (scene->sim, NULL, NULL, 1, &download));
  fail_unless_equals_string (poll.path, status);
  fail_unless_equals_string (download.path, content);
  fail_if (poll.has_query || download.has_query);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
}

/* --- A video that is over at once --- */

/* Given an answer with a video of four bytes in it, when it has come out of the
 * pad and the pipeline is stopped at once, again and again, then nothing is
 * left behind, and nothing of it is touched any more. */
GST_START_TEST (test_over_at_once)
{
  static const AnswerCase tiny = { "four bytes", 200, NULL,
    "{\"status\":\"completed\",\"url\":\"data:video/mp4;base64,AAECAw==\"}",
    "completed link=data:video/mp4 data=00010203"
  };

  for (guint i = 0; i < 100; i++)
    play_case (&tiny);
}

GST_END_TEST;

/* --- The stock relay --- */

/* Given the stock relay: it does not know the task at first, then says
 * unknown, then 50 % all the time, then completed without a link; the content
 * address says that it is not finished, has trouble upstream, and cuts the
 * transfer in the middle; it promises ranges and ignores them, and knows no
 * HEAD. When a pipeline plays the task, then it plays the whole clip. */
SCENE_TEST (test_stock_relay)
{
  static const VeoSimAnswer polls[] = {
    {.status = 400,.body =
          "{\"code\":\"task_not_exist\",\"message\":\"task_not_exist\",\"data\":null}"},
    {.status = 200,.body = "{\"id\":\"x\",\"status\":\"unknown\"}"},
    {.times = 3,.status = 200,.body =
          "{\"id\":\"x\",\"object\":\"video\",\"status\":\"in_progress\",\"progress\":50}"},
    {.status = 0},
  };
  static const VeoSimAnswer contents[] = {
    {.times = 2,.status = 400,.body =
          "{\"error\":{\"message\":\"Task is not completed yet, current status: IN_PROGRESS\"}}"},
    {.status = 502,.body = "{\"error\":{\"message\":\"upstream error\"}}"},
    {.status = 0},
  };
  VeoSimTransfer transfer = {.range = VEO_SIM_RANGE_IGNORED,.no_head = TRUE,
    .content_type = "application/octet-stream",.cut_every = 5000,.cut_times = 2
  };
  g_autofree gchar *path = scene_write_file (scene_get_clip (), "relay.mp4");
  g_autofree gchar *wanted = scene_decode_file (path, SCENE_GRAY, NULL);
  SceneSink *sink;

  scene->video_filter = SCENE_GRAY;
  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_NONE);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_set_transfer (scene->sim, NULL, &transfer);
  for (guint i = 0; i < G_N_ELEMENTS (polls); i++)
    veo_sim_script_status (scene->sim, SCENE_TASK, &polls[i]);
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    veo_sim_script_content (scene->sim, SCENE_TASK, &contents[i]);
  scene_play (scene);
  sink = scene_get_sink (scene, "video_0");
  fail_unless_equals_string (g_checksum_get_string (sink->checksum), wanted);
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, "HEAD", NULL), 0);
  fail_unless_equals_uint64 (scene_get_stat (scene, "polls"), 8);
  g_unlink (path);
}

/* Given a relay that forbids to ask for the task because of its model, and a
 * content address that refuses as well, when the task is played, then one
 * NOT_AUTHORIZED quotes the relay. */
SCENE_TEST (test_no_access_anywhere)
{
  VeoSimAnswer refused = {.status = 403,.body =
        "{\"error\":{\"message\":\"This token has no access to model veo3\"}}"
  };
  Verdict verdict = { GST_RESOURCE_ERROR_NOT_AUTHORIZED,
    .http_status = 403,.attempts = 1,
    .error_message = "This token has no access to model veo3",
    .says = {"refused", "no access to model veo3", "account"}
  };

  veo_sim_script_status (scene->sim, SCENE_TASK, &refused);
  veo_sim_script_content (scene->sim, SCENE_TASK, &refused);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "no access anywhere");
}

/* --- An answer that takes its time --- */

#define LIMIT 2000              /* request-timeout, ms */
#define PAUSE (LIMIT / 10)
#define PIECES 15               /* so many pauses exceed the limit */

typedef struct
{
  const gchar *before;
  GBytes *middle;               /* comes slowly */
  const gchar *after;
  gboolean stalls;              /* the end never comes */
} SlowAnswer;

static void
answer_slowly (RawRequest * request, gpointer data)
{
  SlowAnswer *answer = data;
  gsize size;
  const gchar *bytes = g_bytes_get_data (answer->middle, &size);
  gsize piece = size / PIECES + 1;

  raw_printf (request, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
      "Connection: close\r\n\r\n%s", answer->before);
  for (gsize sent = 0; sent < size; sent += piece) {
    g_usleep (PAUSE * G_TIME_SPAN_MILLISECOND);
    if (!raw_write (request, bytes + sent, MIN (piece, size - sent)))
      return;
    if (answer->stalls && sent > size / 2)
      raw_hold (request);
  }
  raw_printf (request, "%s", answer->after);
}

static RawServer *
serve_slowly (SlowAnswer * answer)
{
  RawServer *server = raw_server_new ("127.0.0.1", NULL, answer_slowly, answer);

  g_object_set (scene->src, "base-url", raw_server_get_url (server), "retries",
      0, "request-timeout", LIMIT, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  return server;
}

static GBytes *
encode_clip (void)
{
  gsize size;
  const guchar *bytes = g_bytes_get_data (scene_get_clip (), &size);
  gchar *base64 = g_base64_encode (bytes, size);

  return g_bytes_new_take (base64, strlen (base64));
}

/* Given an answer with the video in it that comes slowly but steadily, when it
 * takes longer than request-timeout in all, then the video plays. */
SCENE_TEST (test_slow_data_video)
{
  g_autoptr (GBytes) video = encode_clip ();
  SlowAnswer answer = { "{\"status\":\"completed\",\"video_url\":"
        "\"data:video/mp4;base64,", video, "\"}", FALSE
  };
  RawServer *server = serve_slowly (&answer);

  scene_wait_eos (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless_equals_int (raw_server_count (server), 1);
  raw_server_free (server);
}

/* Given an answer as slow without a video in it, and one whose video stops in
 * the middle, when request-timeout is over, then the poll has failed. */
SCENE_TEST (test_slow_answer)
{
  g_autoptr (GBytes) video = encode_clip ();
  SlowAnswer answers[] = {
    {"{\"status\":\"processing\",\"note\":\"", video, "\"}", FALSE},
    {"{\"status\":\"completed\",\"video_url\":\"data:video/mp4;base64,", video,
        "\"}", TRUE},
  };
  Verdict verdict = { GST_RESOURCE_ERROR_OPEN_READ,.attempts = 1,
    .says = {"could not be reached", "within 2 s"}
  };
  RawServer *server = serve_slowly (&answers[__i__]);

  verdict_check (scene, &verdict, __i__ ? "stalled video" : "slow answer");
  raw_server_free (server);
}

static Suite *
wire_suite (void)
{
  Suite *suite = suite_create ("wire");
  TCase *tcase = tcase_create ("wire");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, test_corpus, 0,
      (answer_corpus_size + CASES_AT_A_TIME - 1) / CASES_AT_A_TIME);
  tcase_add_test (tcase, test_over_at_once);
  tcase_add_loop_test (tcase, test_task_id, 0, G_N_ELEMENTS (task_ids));
  tcase_add_test (tcase, test_stock_relay);
  tcase_add_test (tcase, test_no_access_anywhere);
  tcase_add_test (tcase, test_slow_data_video);
  tcase_add_loop_test (tcase, test_slow_answer, 0, 2);
  return suite;
}

GST_CHECK_MAIN (wire);
