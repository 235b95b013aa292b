/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An HTTP answer becomes a task or a classified failure. The rule: read
 * tolerantly, conclude carefully. */
#include "gstveofields.h"
#include "gstveourl.h"

#include <string.h>

#define MAX_ENVELOPES 3
/* So much of a body is looked at for a quote: pages have a lot before their words */
#define MAX_LOOKED_AT 65536

/* What is being read */
typedef struct
{
  const gchar *task_id;
  const gchar *key;
  guint http_status;
  GstVeoBody *body;
  GstVeoHeaderFunc header;
  gpointer headers;
  JsonNode *root;               /* NULL: the body is no JSON */
} Reading;

static const gchar *
get_header (const Reading * reading, const gchar * name)
{
  return reading->header ? reading->header (name, reading->headers) : NULL;
}

gchar *
gst_veo_answer_dup_request_id (GstVeoHeaderFunc header, gpointer headers,
    const gchar * key)
{
  const gchar *id = NULL;

  if (header)
    id = header ("X-Oneapi-Request-Id", headers);
  if (header && !id)
    id = header ("X-Request-Id", headers);
  return gst_veo_text_present (id, -1, key);
}

static GstVeoFailure *
fail (const Reading * reading, GstVeoFailureKind kind)
{
  GstVeoFailure *failure = gst_veo_failure_new (kind, reading->task_id);

  failure->http_status = reading->http_status;
  failure->request_id = gst_veo_answer_dup_request_id (reading->header,
      reading->headers, reading->key);
  return failure;
}

static GstVeoFailure *
fail_with_words (const Reading * reading, GstVeoFailureKind kind,
    const GstVeoWords * words)
{
  GstVeoFailure *failure = fail (reading, kind);

  failure->error_code = g_strdup (words->code);
  failure->error_message = g_strdup (words->message);
  failure->detail = g_strdup (words->message);
  return failure;
}

/* Tasks */

static gchar *
get_text (const Reading * reading, JsonObject * object, const gchar * name)
{
  g_autofree gchar *raw = gst_veo_json_get_string (object, name);

  return gst_veo_text_present (raw, -1, reading->key);
}

static gint
get_progress (JsonObject * object)
{
  gdouble number;

  if (!gst_veo_json_get_number (object, "progress", &number) || number < 0)
    return -1;
  return (gint) MIN (number, 100);
}

static gdouble
get_seconds (JsonObject * object)
{
  gdouble number;

  if (!gst_veo_json_get_number (object, "seconds", &number) || number <= 0)
    return -1;
  return number;
}

static gboolean
names_task (JsonObject * object)
{
  return json_object_has_member (object, "id")
      || json_object_has_member (object, "task_id");
}

/* {"status":"success","data":{"status":"processing"}}: the outer status
 * is about the request, not about a task. */
static gboolean
status_is_of_request (JsonObject * object, const gchar * status)
{
  return !names_task (object) && (g_ascii_strcasecmp (status, "success") == 0
      || g_ascii_strcasecmp (status, "ok") == 0);
}

static gboolean
is_envelope (JsonObject * object, JsonObject * inside)
{
  g_autofree gchar *status = gst_veo_json_get_string (object, "status");
  g_autofree gchar *inner = gst_veo_json_get_string (inside, "status");

  if (!inside)
    return FALSE;
  if (!status)
    return inner || !names_task (object);
  return inner && status_is_of_request (object, status);
}

static JsonObject *
unwrap (JsonObject * object)
{
  guint i;

  for (i = 0; i < MAX_ENVELOPES; i++) {
    JsonObject *inside = gst_veo_json_get_object (object, "data");

    if (!is_envelope (object, inside))
      break;
    object = inside;
  }
  return object;
}

static void
read_link (const Reading * reading, JsonObject * object, GstVeoTask * task)
{
  g_auto (GstVeoFoundLink) found = { NULL, };
  g_autofree gchar *refused = NULL;

  gst_veo_found_link_read (&found, object, reading->body);
  task->link = g_steal_pointer (&found.link);
  task->data = g_steal_pointer (&found.data);
  if (task->link || !found.refused)
    return;
  refused = gst_veo_text_present (found.refused, -1, reading->key);
  task->refused_link = g_steal_pointer (&refused);
}

static GstVeoTask *
read_task (const Reading * reading, JsonObject * object, GstVeoStatus status)
{
  GstVeoTask *task = gst_veo_task_new (reading->task_id, status);

  task->progress = get_progress (object);
  task->model = get_text (reading, object, "model");
  task->size = get_text (reading, object, "size");
  task->seconds = get_seconds (object);
  task->created_at = gst_veo_json_get_time (object, "created_at");
  task->completed_at = gst_veo_json_get_time (object, "completed_at");
  task->expires_at = gst_veo_json_get_time (object, "expires_at");
  read_link (reading, object, task);
  return task;
}

static GstVeoFailureKind
get_end_kind (const GstVeoTask * task)
{
  switch (task->status) {
    case GST_VEO_STATUS_CANCELLED:
      return GST_VEO_FAILURE_TASK_CANCELLED;
    case GST_VEO_STATUS_EXPIRED:
      return GST_VEO_FAILURE_TASK_EXPIRED;
    default:
      return task->error_message || task->error_code ?
          GST_VEO_FAILURE_TASK_FAILED : GST_VEO_FAILURE_TASK_FAILED_UNEXPLAINED;
  }
}

static GstVeoFailure *
make_end (const Reading * reading, const GstVeoTask * task,
    const GstVeoWords * words)
{
  GstVeoFailure *failure = fail_with_words (reading, get_end_kind (task),
      words);

  failure->task_status = task->status;
  failure->expires_at = task->expires_at;
  return failure;
}

static void
answer_with_task (const Reading * reading, JsonObject * object,
    GstVeoStatus status, GstVeoAnswer * answer)
{
  g_auto (GstVeoWords) words = { NULL, };
  gboolean is_bad_end = gst_veo_status_is_final (status)
      && status != GST_VEO_STATUS_COMPLETED;
  GstVeoTask *task = read_task (reading, object, status);

  answer->task = task;
  if (is_bad_end)
    gst_veo_words_read_reason (&words, object, reading->key);
  else
    gst_veo_words_read_error (&words, object, reading->key);
  /* Relays put the reason of a failure where the link belongs */
  if (is_bad_end && !words.message)
    words.message = g_strdup (task->refused_link);
  task->error_code = g_strdup (words.code);
  task->error_message = g_strdup (words.message);
  if (is_bad_end)
    answer->failure = make_end (reading, task, &words);
}

static gboolean
is_unknown_task (const GstVeoWords * words)
{
  static const gchar *const names[] = { "task_not_exist", "task_not_exists",
    "task_not_found", "video_not_found", NULL
  };
  g_autofree gchar *code = NULL;
  g_autofree gchar *message = NULL;

  if (words->code)
    code = g_ascii_strdown (words->code, -1);
  if (words->message)
    message = g_ascii_strdown (words->message, -1);
  return (code && g_strv_contains (names, code))
      || (message && g_strv_contains (names, message));
}

/* {"success":false,"message":...} or {"code":...,"message":...,"data":null} */
static gboolean
is_complaint (JsonObject * object, const GstVeoWords * words)
{
  JsonNode *success = gst_veo_json_get (object, "success");

  if (success && JSON_NODE_HOLDS_VALUE (success)
      && json_node_get_value_type (success) == G_TYPE_BOOLEAN)
    return !json_node_get_boolean (success);
  return words->code && words->message && !names_task (object);
}

/* No status anywhere: an error of substance is the end, and so little else
 * is that the task counts as queued. */
static void
answer_without_status (const Reading * reading, JsonObject * outside,
    JsonObject * object, GstVeoAnswer * answer)
{
  g_auto (GstVeoWords) words = { NULL, };

  gst_veo_words_read_reason (&words, object, reading->key);
  if (!words.has_error && object != outside) {
    gst_veo_words_clear (&words);
    gst_veo_words_read_reason (&words, outside, reading->key);
    object = outside;
  }
  if (words.has_error && !is_unknown_task (&words)) {
    answer_with_task (reading, object, GST_VEO_STATUS_FAILED, answer);
  } else if (words.has_error || is_complaint (outside, &words)) {
    answer->failure = fail_with_words (reading, is_unknown_task (&words) ?
        GST_VEO_FAILURE_NO_SUCH_TASK : GST_VEO_FAILURE_UNAVAILABLE, &words);
  } else {
    answer_with_task (reading, object, GST_VEO_STATUS_QUEUED, answer);
  }
}

static void
answer_with_object (const Reading * reading, JsonObject * outside,
    GstVeoAnswer * answer)
{
  JsonObject *object = unwrap (outside);
  g_autofree gchar *status = gst_veo_json_get_string (object, "status");

  if (status)
    answer_with_task (reading, object, gst_veo_status_from_word (status),
        answer);
  else
    answer_without_status (reading, outside, object, answer);
}

/* Failures */

static gchar *
quote_body (const Reading * reading)
{
  g_autofree gchar *text = gst_veo_body_dup_text (reading->body);

  return gst_veo_content_quote ((const guint8 *) text,
      MIN (strlen (text), MAX_LOOKED_AT), reading->key);
}

static gboolean
is_web_page (const Reading * reading)
{
  GstVeoBodyShape shape = gst_veo_body_get_shape (reading->body);
  const gchar *type = get_header (reading, "Content-Type");
  g_autofree gchar *text = NULL;

  if (shape != GST_VEO_BODY_TEXT && shape != GST_VEO_BODY_TOO_LARGE)
    return FALSE;
  if (type && g_ascii_strncasecmp (type, "text/html", 9) == 0)
    return TRUE;
  text = g_strchug (gst_veo_body_dup_text (reading->body));
  return *text == '<';
}

static GstVeoFailure *
fail_quoting (const Reading * reading, GstVeoFailureKind kind)
{
  GstVeoFailure *failure = fail (reading, kind);

  failure->detail = quote_body (reading);
  return failure;
}

static gchar *
explain_nonsense (const Reading * reading)
{
  g_autofree gchar *quote = NULL;

  if (reading->http_status / 100 != 2)
    return g_strdup_printf ("its HTTP status was %u", reading->http_status);
  switch (gst_veo_body_get_shape (reading->body)) {
    case GST_VEO_BODY_EMPTY:
      return g_strdup ("it was empty");
    case GST_VEO_BODY_CUT:
      return g_strdup ("it broke off in the middle");
    case GST_VEO_BODY_TOO_LARGE:
      return g_strdup ("it was too large");
    case GST_VEO_BODY_TOO_DEEP:
      return g_strdup ("it was nested too deep");
    case GST_VEO_BODY_JSON:
      return g_strdup (reading->root ? "a list stood where a task belongs" :
          "it was not valid JSON");
    case GST_VEO_BODY_TEXT:
      break;
  }
  quote = quote_body (reading);
  return quote ? g_strdup_printf ("it was no JSON, it said: %s", quote) :
      g_strdup ("it was no JSON");
}

static GstVeoFailure *
fail_nonsense (const Reading * reading)
{
  GstVeoFailure *failure = fail (reading, GST_VEO_FAILURE_NONSENSE);

  failure->detail = explain_nonsense (reading);
  return failure;
}

static GstVeoFailure *
fail_redirected (const Reading * reading)
{
  GstVeoFailure *failure = fail (reading, GST_VEO_FAILURE_REDIRECT);
  g_autofree gchar *target =
      gst_veo_url_redact (get_header (reading, "Location"));
  g_autofree gchar *shown = gst_veo_text_present (target, -1, reading->key);

  if (shown)
    failure->detail = g_strconcat ("to ", shown, NULL);
  return failure;
}

static gboolean
contains (const gchar * text, const gchar * part)
{
  g_autofree gchar *lower = NULL;

  if (!text)
    return FALSE;
  lower = g_utf8_strdown (text, -1);
  return strstr (lower, part) != NULL;
}

static gboolean
is_invalid_url (const gchar * message)
{
  return message && g_ascii_strncasecmp (message, "Invalid URL", 11) == 0;
}

static gboolean
is_challenged (const Reading * reading)
{
  const gchar *mitigated = get_header (reading, "cf-mitigated");

  return mitigated && g_ascii_strcasecmp (mitigated, "challenge") == 0;
}

static GstVeoFailureKind
classify_forbidden (const Reading * reading, const gchar * message)
{
  if (contains (message, "no access to model")
      || contains (message, "无权访问模型"))
    return GST_VEO_FAILURE_NO_MODEL_ACCESS;
  /* Cloudflare's short form of its page: "error code: 1020" */
  if (!reading->root && (is_web_page (reading)
          || contains (message, "error code: 1")))
    return GST_VEO_FAILURE_FIREWALL;
  return GST_VEO_FAILURE_REFUSED;
}

/* A JSON answer or an empty one is about the task; pages and what routers
 * say of unknown addresses are about the base URL. */
static GstVeoFailureKind
classify_not_found (const Reading * reading, const gchar * message)
{
  if (is_invalid_url (message) || is_web_page (reading))
    return GST_VEO_FAILURE_WRONG_BASE;
  if (!reading->root && contains (message, "page not found"))
    return GST_VEO_FAILURE_WRONG_BASE;
  return GST_VEO_FAILURE_NO_SUCH_TASK;
}

static GstVeoFailureKind
classify_client_error (const Reading * reading, const GstVeoWords * words,
    const gchar * message)
{
  switch (reading->http_status) {
    case 401:
    case 402:
      return GST_VEO_FAILURE_REFUSED;
    case 403:
      return classify_forbidden (reading, message);
    case 404:
      return classify_not_found (reading, message);
    case 407:
      return GST_VEO_FAILURE_PROXY_REFUSED;
    case 410:
      return GST_VEO_FAILURE_NO_SUCH_TASK;
    case 408:
    case 409:
    case 425:
    case 429:
      return GST_VEO_FAILURE_UNAVAILABLE;
    default:
      break;
  }
  if (is_unknown_task (words))
    return GST_VEO_FAILURE_NO_SUCH_TASK;
  if (is_invalid_url (message))
    return GST_VEO_FAILURE_WRONG_BASE;
  /* The content address of a task that is not finished yet */
  if (reading->http_status == 400 && contains (message, "current status:"))
    return GST_VEO_FAILURE_UNAVAILABLE;
  return GST_VEO_FAILURE_OTHER_CLIENT_ERROR;
}

static GstVeoFailureKind
classify (const Reading * reading, const GstVeoWords * words,
    const gchar * message)
{
  guint status = reading->http_status;

  if ((status == 403 || status == 429 || status == 503)
      && is_challenged (reading))
    return GST_VEO_FAILURE_FIREWALL;
  if (status >= 500)
    return GST_VEO_FAILURE_UNAVAILABLE;
  return classify_client_error (reading, words, message);
}

static GstVeoFailure *
fail_http (const Reading * reading)
{
  g_auto (GstVeoWords) words = { NULL, };
  g_autofree gchar *quote = NULL;
  GstVeoFailure *failure;

  gst_veo_words_read_reason (&words,
      gst_veo_json_as_object (gst_veo_json_first (reading->root)),
      reading->key);
  quote = words.message ? g_strdup (words.message) : quote_body (reading);
  failure = fail_with_words (reading, classify (reading, &words, quote),
      &words);
  g_free (failure->detail);
  failure->detail = g_steal_pointer (&quote);
  return failure;
}

static void
read_success (const Reading * reading, GstVeoAnswer * answer)
{
  JsonObject *object = gst_veo_json_as_object (reading->root);

  if (object)
    answer_with_object (reading, object, answer);
  else if (is_web_page (reading))
    answer->failure = fail_quoting (reading, GST_VEO_FAILURE_WRONG_BASE);
  else
    answer->failure = fail_nonsense (reading);
}

GstVeoAnswer *
gst_veo_answer_read (const gchar * task_id, guint http_status,
    GstVeoBody * body, GstVeoHeaderFunc header, gpointer headers,
    const gchar * key, gint64 now)
{
  g_autoptr (JsonNode) root = gst_veo_json_parse (body);
  Reading reading = { task_id, key, http_status, body, header, headers, root };
  GstVeoAnswer *answer = g_new0 (GstVeoAnswer, 1);

  answer->hint_ms = gst_veo_answer_get_hint (header, headers, now);
  answer->request_id = gst_veo_answer_dup_request_id (header, headers, key);
  if (http_status >= 400 && http_status < 600)
    answer->failure = fail_http (&reading);
  else if (http_status >= 300 && http_status < 400)
    answer->failure = fail_redirected (&reading);
  else if (http_status >= 200 && http_status < 300)
    read_success (&reading, answer);
  else
    answer->failure = fail_nonsense (&reading);
  return answer;
}

void
gst_veo_answer_free (GstVeoAnswer * answer)
{
  if (!answer)
    return;
  g_clear_pointer (&answer->task, gst_veo_task_unref);
  gst_veo_failure_free (answer->failure);
  g_free (answer->request_id);
  g_free (answer);
}
