/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveofailure.h"
#include "gstveourl.h"

#include <string.h>

#define MAX_SUMMARY_WORDS 80    /* characters */

/* One row for each kind: how it ends, how often it is worth another try, and
 * the words for it. "%s" in what stands for the task ("task video_abc123").
 * Bad task ids and addresses are described apart. */
typedef struct
{
  GstVeoErrorCode code;
  gint retries;
  const gchar *what;
  const gchar *advice;
  const gchar *summary;
} FailureRow;

static const FailureRow rows[GST_VEO_N_FAILURES] = {
  [GST_VEO_FAILURE_REFUSED] = {GST_VEO_ERROR_NOT_AUTHORIZED, 0,
        "The service refused the key for %s",
        "The key may be wrong, disabled or out of quota: check api-key (or VEO_API_KEY) and the account.",
      "service refused the key"},
  [GST_VEO_FAILURE_NO_MODEL_ACCESS] = {GST_VEO_ERROR_NOT_AUTHORIZED, 0,
        "The key may not use the model that made %s",
        "Use the key that created the task, or allow the model for this key.",
      "service refused the model"},
  [GST_VEO_FAILURE_FIREWALL] = {GST_VEO_ERROR_NOT_AUTHORIZED, 3,
        "A firewall in front of the service blocked the request for %s",
        "Try from another network, set user-agent or proxy, or ask the operator to let this address in.",
      "a firewall blocked the request"},
  [GST_VEO_FAILURE_PROXY_REFUSED] = {GST_VEO_ERROR_NOT_AUTHORIZED, 0,
        "The proxy on the way to the service, not the service, refused the request for %s",
        "Set proxy (or http_proxy, https_proxy) to http://USER:PASSWORD@HOST:PORT, with a user and a password that this proxy accepts by the method Basic.",
      "proxy refused the request"},
  [GST_VEO_FAILURE_NO_SUCH_TASK] = {GST_VEO_ERROR_NOT_FOUND, 4,
        "The service does not know %s",
        "Check the id (case matters), and that base-url and api-key belong to the account that created the task.",
      "service does not know the task"},
  [GST_VEO_FAILURE_WRONG_BASE] = {GST_VEO_ERROR_SETTINGS, 1,
        "There is no video service at base-url: asked for %s, it gave a web page or did not know the address",
        "Set base-url (or VEO_BASE_URL) to the root of the API, such as https://octopusx.ai.",
      "no video service at base-url"},
  [GST_VEO_FAILURE_OTHER_CLIENT_ERROR] = {GST_VEO_ERROR_FAILED, 1,
        "The service rejected the request for %s",
        "Check the task id and base-url, or ask the operator of the service.",
      "service rejected the request"},
  [GST_VEO_FAILURE_UNAVAILABLE] = {GST_VEO_ERROR_OPEN_READ,
        GST_VEO_TRIES_PER_SETTING,
        "The service could not answer for %s",
        "The task may still be running: try again later, or raise retries.",
      "service answered"},
  [GST_VEO_FAILURE_UNREACHABLE] = {GST_VEO_ERROR_OPEN_READ,
        GST_VEO_TRIES_PER_SETTING,
        "The service could not be reached to ask for %s",
        "Check the network, base-url and proxy, then try again.",
      "service not reached"},
  [GST_VEO_FAILURE_NONSENSE] = {GST_VEO_ERROR_READ, GST_VEO_TRIES_PER_SETTING,
        "The service's answer for %s could not be understood",
        "Try again later, and check that base-url is right.",
      "answer not understood"},
  [GST_VEO_FAILURE_TLS] = {GST_VEO_ERROR_OPEN_READ, 0,
        "The TLS certificate of the service was not accepted when asking for %s",
        "Check base-url and the clock of this machine, or set tls-ca-file to the authority that signed the certificate.",
      "bad TLS certificate"},
  [GST_VEO_FAILURE_REDIRECT] = {GST_VEO_ERROR_OPEN_READ, 0,
        "The service sent the request for %s elsewhere, where it was not followed",
        "Set base-url to the final address of the service, with https:// where it uses TLS.",
      "redirect not followed"},
  [GST_VEO_FAILURE_TASK_FAILED] = {GST_VEO_ERROR_FAILED, 0,
        "The service could not make the video: %s failed",
        "Start a new task, with another prompt if the reason calls for one.",
      "task failed"},
  [GST_VEO_FAILURE_TASK_FAILED_UNEXPLAINED] = {GST_VEO_ERROR_FAILED, 1,
        "The service could not make the video: %s failed, and no reason was given",
        "Start a new task.",
      "task failed without a reason"},
  [GST_VEO_FAILURE_TASK_CANCELLED] = {GST_VEO_ERROR_FAILED, 0,
        "There is no video: %s was cancelled",
        "Start a new task.",
      "task cancelled"},
  [GST_VEO_FAILURE_TASK_EXPIRED] = {GST_VEO_ERROR_NOT_FOUND, 0,
        "The video is no longer kept: %s has expired",
        "Start a new task, and fetch its video before it expires (save-location keeps it).",
      "task expired"},
  [GST_VEO_FAILURE_NO_LINK] = {GST_VEO_ERROR_NOT_FOUND, 0,
        "The service says that %s is completed, but gave no link that can be opened and has no video at the content address",
        "Try again in a minute, or ask the operator of the service.",
      "no usable link"},
  [GST_VEO_FAILURE_LINK_REFUSED] = {GST_VEO_ERROR_NOT_FOUND, 0,
        "The link to the video of %s names a private host, which a public service must not send us to",
        "If the service runs in your own network, set base-url to its private address.",
      "link to a private host"},
  [GST_VEO_FAILURE_WAIT_TIMEOUT] = {GST_VEO_ERROR_BUSY, 0,
        "The wait-timeout ran out before %s was completed",
        "The task may still finish: run again later, or raise wait-timeout.",
      "waited too long"},
  [GST_VEO_FAILURE_ENDED] = {GST_VEO_ERROR_BUSY, 0,
        "The wait was ended before %s was completed",
        "The task goes on at the service: run again later.",
      "wait ended"},
  [GST_VEO_FAILURE_ENDED_OPENING] = {GST_VEO_ERROR_BUSY, 0,
        "Playback was ended before the video of %s had arrived",
        "The task is completed: run again to fetch it.",
      "ended before the video came"},
  [GST_VEO_FAILURE_DOWNLOAD_GONE] = {GST_VEO_ERROR_NOT_FOUND, 0,
        "The video of %s is gone from the service",
        "Start a new task, and fetch its video before it expires (save-location keeps it).",
      "video gone"},
  [GST_VEO_FAILURE_DOWNLOAD_REFUSED] = {GST_VEO_ERROR_NOT_AUTHORIZED, 0,
        "The service refused the download of %s",
        "Check that api-key (or VEO_API_KEY) belongs to the account that created the task.",
      "download refused"},
  [GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE] = {GST_VEO_ERROR_OPEN_READ, 0,
        "The video of %s could not be downloaded",
        "The task itself is completed: check the network and proxy, then run again.",
      "download not reached"},
  [GST_VEO_FAILURE_DOWNLOAD_BROKEN] = {GST_VEO_ERROR_READ, 0,
        "The download of %s broke off and could not be continued",
        "The task itself is completed: run again, or raise retries.",
      "download broke off"},
  [GST_VEO_FAILURE_DOWNLOAD_CHANGED] = {GST_VEO_ERROR_READ, 0,
        "The file of %s changed while it was being downloaded",
        "Run again to get the new file whole.",
      "file changed"},
  [GST_VEO_FAILURE_NOT_A_VIDEO] = {GST_VEO_ERROR_READ, 0,
        "What the service sent as the video of %s is no video",
        "Try again later, or ask the operator of the service.",
      "not a video"},
  [GST_VEO_FAILURE_BAD_TASK_ID] = {GST_VEO_ERROR_SETTINGS, 0,
        NULL,
        "Set task-id to the id that the service gave when the task was created.",
      "bad task id"},
  [GST_VEO_FAILURE_BAD_BASE_URL] = {GST_VEO_ERROR_SETTINGS, 0,
        NULL,
        "Set base-url (or VEO_BASE_URL) to an address such as https://octopusx.ai.",
      "bad base-url"},
  [GST_VEO_FAILURE_BAD_PROXY] = {GST_VEO_ERROR_SETTINGS, 0,
        NULL,
        "Set proxy to an address such as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, or unset it.",
      "bad proxy"},
  [GST_VEO_FAILURE_BAD_KEY] = {GST_VEO_ERROR_SETTINGS, 0,
        "The key for %s has characters that cannot be sent",
        "Set api-key (or VEO_API_KEY) again, without line breaks or letters that are not ASCII.",
      "bad key"},
};

GstVeoFailure *
gst_veo_failure_new (GstVeoFailureKind kind, const gchar * task_id)
{
  GstVeoFailure *failure = g_new0 (GstVeoFailure, 1);

  failure->kind = kind;
  failure->task_id = g_strdup (task_id);
  return failure;
}

GstVeoFailure *
gst_veo_failure_copy (const GstVeoFailure * failure)
{
  GstVeoFailure *copy = g_memdup2 (failure, sizeof *failure);

  copy->task_id = g_strdup (failure->task_id);
  copy->detail = g_strdup (failure->detail);
  copy->error_code = g_strdup (failure->error_code);
  copy->error_message = g_strdup (failure->error_message);
  copy->request_id = g_strdup (failure->request_id);
  return copy;
}

void
gst_veo_failure_free (GstVeoFailure * failure)
{
  if (!failure)
    return;
  g_free (failure->task_id);
  g_free (failure->detail);
  g_free (failure->error_code);
  g_free (failure->error_message);
  g_free (failure->request_id);
  g_free (failure);
}

GstVeoErrorCode
gst_veo_failure_get_code (GstVeoFailureKind kind)
{
  g_return_val_if_fail (kind < GST_VEO_N_FAILURES, GST_VEO_ERROR_FAILED);

  return rows[kind].code;
}

gint
gst_veo_failure_get_retries (GstVeoFailureKind kind)
{
  g_return_val_if_fail (kind < GST_VEO_N_FAILURES, 0);

  return rows[kind].retries;
}

/* The provider's words come first, then those of the system, which may have
 * the provider's in them. */
static const gchar *
get_words (const GstVeoFailure * failure)
{
  const gchar *detail = failure->detail && *failure->detail
      ? failure->detail : NULL;

  if (!failure->error_message || !*failure->error_message)
    return detail;
  if (detail && strstr (detail, failure->error_message))
    return detail;
  return failure->error_message;
}

static gboolean
code_adds_something (const GstVeoFailure * failure, const gchar * words)
{
  const gchar *code = failure->error_code;

  return code && *code && (!words || !strstr (words, code));
}

/* No answer brought this end. What the last one was is in detail. */
static gboolean
is_end_of_wait (const GstVeoFailure * failure)
{
  return failure->kind == GST_VEO_FAILURE_WAIT_TIMEOUT
      || failure->kind == GST_VEO_FAILURE_ENDED;
}

/* A task that failed was told about in a good answer: its 200 explains nothing */
static gboolean
status_explains (const GstVeoFailure * failure)
{
  return failure->http_status != 0 && failure->http_status / 100 != 2
      && !is_end_of_wait (failure);
}

/* "HTTP 400, task_not_exist: no such task", or "" */
static gchar *
make_quote (const GstVeoFailure * failure)
{
  const gchar *words = get_words (failure);
  GString *quote = g_string_new (NULL);

  if (status_explains (failure))
    g_string_append_printf (quote, "HTTP %u", failure->http_status);
  if (code_adds_something (failure, words))
    g_string_append_printf (quote, "%s%s", quote->len ? ", " : "",
        failure->error_code);
  if (words)
    g_string_append_printf (quote, "%s%s", quote->len ? ": " : "", words);
  /* It ends up in brackets, before a full stop of ours; dots that say that
   * something was left out stay */
  if (g_str_has_suffix (quote->str, ".")
      && !g_str_has_suffix (quote->str, ".."))
    g_string_truncate (quote, quote->len - 1);
  return g_string_free (quote, FALSE);
}

static gchar *
name_task (const GstVeoFailure * failure)
{
  g_autofree gchar *id = gst_veo_text_present (failure->task_id, -1, NULL);

  return id ? g_strconcat ("task ", id, NULL) : g_strdup ("a task without id");
}

static gboolean
lacks_key (const GstVeoFailure * failure)
{
  return !failure->had_key && (failure->kind == GST_VEO_FAILURE_REFUSED
      || failure->kind == GST_VEO_FAILURE_NO_MODEL_ACCESS
      || failure->kind == GST_VEO_FAILURE_DOWNLOAD_REFUSED);
}

/* A firewall may let through who has a key */
static gboolean
may_lack_key (const GstVeoFailure * failure)
{
  return !failure->had_key && failure->kind == GST_VEO_FAILURE_FIREWALL
      && failure->http_status == 403;
}

/* How far the task was when the wait ended */
static void
append_last_status (GString * text, const GstVeoFailure * failure)
{
  if (is_end_of_wait (failure)
      && failure->task_status != GST_VEO_STATUS_UNKNOWN)
    g_string_append_printf (text, "; it was last seen %s",
        gst_veo_status_get_nick (failure->task_status));
}

static void
append_expiry (GString * text, const GstVeoFailure * failure)
{
  g_autoptr (GDateTime) when = NULL;
  g_autofree gchar *date = NULL;

  if (failure->expires_at <= 0)
    return;
  if (failure->kind != GST_VEO_FAILURE_DOWNLOAD_GONE
      && failure->kind != GST_VEO_FAILURE_TASK_EXPIRED)
    return;
  when = g_date_time_new_from_unix_utc (failure->expires_at);
  if (when)
    date = g_date_time_format (when, "%Y-%m-%d %H:%M UTC");
  if (date)
    g_string_append_printf (text, "; its link was good until %s", date);
}

static void
append_what (GString * text, const GstVeoFailure * failure)
{
  g_autofree gchar *task = name_task (failure);
  g_auto (GStrv) halves = g_strsplit (rows[failure->kind].what, "%s", 2);

  g_string_append_printf (text, "%s%s%s", halves[0], task, halves[1]);
}

/* Of interest where it was the network or the service that did not do its part */
static void
append_attempts (GString * text, const GstVeoFailure * failure)
{
  GstVeoErrorCode code = rows[failure->kind].code;

  if (failure->attempts > 1 && (code == GST_VEO_ERROR_OPEN_READ
          || code == GST_VEO_ERROR_READ))
    g_string_append_printf (text, ", after %u attempts", failure->attempts);
}

static gchar *
describe_missing_id (void)
{
  return g_strdup ("No task id was set. Set the task-id property to the id of "
      "a video-generation task, or play a veo:ID address.");
}

/* detail completes "the task id ..." */
static gchar *
describe_bad_id (const GstVeoFailure * failure)
{
  g_autofree gchar *id = gst_veo_text_present (failure->task_id, -1, NULL);

  return g_strdup_printf ("The task id \"%s\" %s. %s", id ? id : "",
      failure->detail ? failure->detail : "cannot be used",
      rows[failure->kind].advice);
}

/* detail completes "base-url ..." or "proxy ..." */
static gchar *
describe_bad_address (const GstVeoFailure * failure, const gchar * setting)
{
  g_autofree gchar *task = name_task (failure);

  return g_strdup_printf ("The service cannot be asked for %s: %s %s. %s",
      task, setting, failure->detail ? failure->detail : "cannot be used",
      rows[failure->kind].advice);
}

gchar *
gst_veo_failure_describe (const GstVeoFailure * failure)
{
  g_autofree gchar *quote = NULL;
  GString *text;

  if (failure->kind == GST_VEO_FAILURE_BAD_TASK_ID)
    return failure->task_id && *failure->task_id ?
        describe_bad_id (failure) : describe_missing_id ();
  if (failure->kind == GST_VEO_FAILURE_BAD_BASE_URL)
    return describe_bad_address (failure, "base-url");
  if (failure->kind == GST_VEO_FAILURE_BAD_PROXY)
    return describe_bad_address (failure, "proxy");

  text = g_string_new (NULL);
  if (lacks_key (failure)) {
    g_autofree gchar *task = name_task (failure);

    g_string_append_printf (text, "The service gives out %s only with a key",
        task);
  } else {
    append_what (text, failure);
  }
  append_last_status (text, failure);
  append_expiry (text, failure);
  append_attempts (text, failure);
  quote = make_quote (failure);
  if (*quote)
    g_string_append_printf (text, " (%s)", quote);
  g_string_append (text, ". ");
  if (may_lack_key (failure))
    g_string_append (text, "No key was set: set the api-key property or "
        "VEO_API_KEY if the service wants one. ");
  g_string_append (text, lacks_key (failure) ?
      "No key was set: set the api-key property or VEO_API_KEY." :
      rows[failure->kind].advice);
  return g_string_free (text, FALSE);
}

static const gchar *
name_http_status (guint status)
{
  switch (status) {
    case 408:
    case 504:
    case 524:
      return "timed out";
    case 409:
      return "not ready";
    case 425:
      return "too early";
    case 429:
      return "too many requests";
    case 503:
    case 529:
      return "busy";
    default:
      return status >= 500 ? "server trouble" : NULL;
  }
}

static gchar *
shorten (const gchar * text)
{
  g_autofree gchar *start = NULL;

  if (g_utf8_strlen (text, -1) <= MAX_SUMMARY_WORDS)
    return g_strdup (text);
  start = g_utf8_substring (text, 0, MAX_SUMMARY_WORDS);
  return g_strconcat (start, "...", NULL);
}

gchar *
gst_veo_failure_summarise (const GstVeoFailure * failure)
{
  g_autofree gchar *quote = make_quote (failure);
  g_autofree gchar *shortened = NULL;
  GString *text = g_string_new (rows[failure->kind].summary);
  const gchar *words = quote;

  if (failure->kind == GST_VEO_FAILURE_UNAVAILABLE) {
    words = get_words (failure);
    if (!words)
      words = name_http_status (failure->http_status);
    g_string_append_printf (text, " %u", failure->http_status);
  }
  if (words && *words) {
    shortened = shorten (words);
    g_string_append_printf (text, " (%s)", shortened);
  }
  return g_string_free (text, FALSE);
}
