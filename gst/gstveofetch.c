/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveofetch.h"
#include "gstveourl.h"

#include <string.h>

GST_DEBUG_CATEGORY_EXTERN (gst_veo_http_src_debug);
#define GST_CAT_DEFAULT gst_veo_http_src_debug

#define DEFAULT_TIMEOUT 15000   /* ms */
/* A gap smaller than this is read through rather than jumped over with a new request */
#define JUMP (512 * 1024)

void
gst_veo_fetch_init (GstVeoFetch * fetch, GstPushSrc * src,
    GstPushSrcClass * parent)
{
  gst_veo_connection_init (&fetch->connection, src, parent);
  g_mutex_init (&fetch->lock);
  fetch->size = GST_VEO_UNKNOWN;
}

void
gst_veo_fetch_configure (GstVeoFetch * fetch,
    const GstVeoHttpSrcSettings * settings)
{
  GstVeoDownloadSettings *own = &fetch->settings;

  own->task_id = g_strdup (settings->task_id);
  own->url = g_strdup (settings->link.url);
  own->needs_key = settings->link.needs_key;
  own->is_content = settings->link.is_content;
  own->content_url = g_strdup (settings->content_url);
  own->base_url = g_strdup (settings->base_url);
  own->api_key = g_strdup (settings->api_key);
  own->retries = settings->retries;
  own->min_backoff = settings->min_backoff;
  own->max_backoff = settings->max_backoff;
  own->expires_at = settings->expires_at;
  own->refused_link = g_strdup (settings->refused_link);
  own->can_ask_link = settings->link_source != NULL;
  fetch->user_agent = g_strdup (settings->user_agent);
  fetch->save_location = g_strdup (settings->save_location);
  fetch->keep = settings->keep;
  if (settings->link_source)
    fetch->link_source = *settings->link_source;
  fetch->link_source_data = settings->link_source_data;
  fetch->link_source_notify = settings->link_source_notify;
  fetch->connection.proxy = g_strdup (settings->proxy);
  fetch->connection.tls_ca_file = g_strdup (settings->tls_ca_file);
  fetch->connection.timeout =
      settings->request_timeout ? settings->request_timeout : DEFAULT_TIMEOUT;
}

void
gst_veo_fetch_clear (GstVeoFetch * fetch)
{
  GstVeoDownloadSettings *own = &fetch->settings;

  gst_veo_connection_clear (&fetch->connection);
  g_free ((gchar *) own->task_id);
  g_free ((gchar *) own->url);
  g_free ((gchar *) own->content_url);
  g_free ((gchar *) own->base_url);
  g_free ((gchar *) own->api_key);
  g_free ((gchar *) own->refused_link);
  g_free (fetch->user_agent);
  g_free (fetch->save_location);
  if (fetch->link_source_notify)
    fetch->link_source_notify (fetch->link_source_data);
  if (fetch->event_notify)
    fetch->event_notify (fetch->event_data);
  gst_veo_failure_free (fetch->failure);
  g_mutex_clear (&fetch->lock);
}

static void
emit (GstVeoHttpSrcEvent event, const gchar * text, gpointer data)
{
  GstVeoFetch *fetch = data;
  GstVeoHttpSrcEventFunc func;
  gpointer func_data;

  g_mutex_lock (&fetch->lock);
  func = fetch->event_func;
  func_data = fetch->event_data;
  g_mutex_unlock (&fetch->lock);
  if (func)
    func (GST_ELEMENT (fetch->connection.src), event, text, func_data);
}

void
gst_veo_fetch_start (GstVeoFetch * fetch)
{
  fetch->download = gst_veo_download_new (&fetch->settings);
  gst_veo_intake_start (&fetch->intake, fetch->download, fetch->keep,
      fetch->save_location, emit, fetch);
  fetch->step = GST_VEO_STEP_OPEN;
  fetch->not_before = 0;
  g_mutex_lock (&fetch->lock);
  fetch->size = GST_VEO_UNKNOWN;
  g_clear_pointer (&fetch->failure, gst_veo_failure_free);
  memset (&fetch->stats, 0, sizeof fetch->stats);
  g_mutex_unlock (&fetch->lock);
}

void
gst_veo_fetch_stop (GstVeoFetch * fetch)
{
  gst_veo_connection_close (&fetch->connection);
  gst_veo_intake_stop (&fetch->intake);
  g_clear_pointer (&fetch->download, gst_veo_download_free);
}

/* --- Telling --- */

static void
count_reconnect (GstVeoFetch * fetch, const gchar * why, guint delay)
{
  g_autofree gchar *text = delay < 1000 ?
      g_strdup_printf ("%s; the download goes on at once", why) :
      g_strdup_printf ("%s; the download goes on in %.1f s", why,
      delay / 1000.0);

  GST_INFO_OBJECT (fetch->connection.src, "%s", text);
  g_mutex_lock (&fetch->lock);
  fetch->stats.reconnects++;
  g_mutex_unlock (&fetch->lock);
  emit (GST_VEO_HTTP_SRC_RECONNECT, text, fetch);
}

static void
tell_outage (GstVeoFetch * fetch)
{
  g_autofree gchar *text = gst_veo_download_take_outage (fetch->download);

  if (text)
    emit (GST_VEO_HTTP_SRC_OUTAGE, text, fetch);
}

static void
publish_size (GstVeoFetch * fetch)
{
  guint64 size = gst_veo_download_get_total (fetch->download);
  GstBaseSrc *src = GST_BASE_SRC (fetch->connection.src);
  gboolean changed;

  g_mutex_lock (&fetch->lock);
  changed = fetch->size != size;
  fetch->size = size;
  g_mutex_unlock (&fetch->lock);
  /* souphttpsrc writes its own idea of it with every answer */
  GST_OBJECT_LOCK (src);
  src->segment.duration = size;
  GST_OBJECT_UNLOCK (src);
  if (changed)
    gst_element_post_message (GST_ELEMENT (src),
        gst_message_new_duration_changed (GST_OBJECT (src)));
}

/* What was decided: done by the next turn of the loop */
static void
set_step (GstVeoFetch * fetch, GstVeoStep step)
{
  const gchar *why = gst_veo_download_take_break (fetch->download);
  guint delay = gst_veo_download_get_delay (fetch->download);

  fetch->step = step;
  if (step == GST_VEO_STEP_OPEN) {
    fetch->not_before =
        g_get_monotonic_time () + delay * G_TIME_SPAN_MILLISECOND;
    if (why)
      count_reconnect (fetch, why, delay);
    tell_outage (fetch);
  } else if (step == GST_VEO_STEP_END) {
    gst_veo_connection_close (&fetch->connection);
    gst_veo_intake_end_file (&fetch->intake);
  }
  publish_size (fetch);
}

static GstFlowReturn
fail (GstVeoFetch * fetch)
{
  const GstVeoFailure *failure = gst_veo_download_get_failure (fetch->download);

  /* The clip is there; only what was to be kept is not */
  if (fetch->intake.is_video && fetch->intake.save
      && fetch->intake.position >=
      gst_veo_download_get_total (fetch->download)) {
    g_autofree gchar *text = gst_veo_failure_describe (failure);

    gst_veo_intake_give_up_saving (&fetch->intake, text);
    return GST_FLOW_OK;
  }
  g_mutex_lock (&fetch->lock);
  if (!fetch->failure)
    fetch->failure = gst_veo_failure_copy (failure);
  g_mutex_unlock (&fetch->lock);
  return GST_FLOW_ERROR;
}

/* --- Steps --- */

static GstFlowReturn
open_attempt (GstVeoFetch * fetch)
{
  GstVeoAttempt attempt;
  GstFlowReturn ret;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *shown = NULL;

  if (!gst_veo_connection_wait (&fetch->connection, NULL, fetch->not_before))
    return GST_FLOW_FLUSHING;
  gst_veo_download_begin_attempt (fetch->download,
      gst_veo_intake_get_need (&fetch->intake), &attempt);
  shown = gst_veo_url_redact (attempt.url);
  GST_INFO_OBJECT (fetch->connection.src, "opening %s from byte %"
      G_GUINT64_FORMAT, shown, attempt.offset);
  fetch->has_answer = FALSE;
  fetch->intake.net_pos = attempt.offset;
  ret = gst_veo_connection_open (&fetch->connection, &attempt, &error);
  if (ret == GST_FLOW_OK)
    fetch->step = GST_VEO_STEP_READ;
  else if (ret == GST_FLOW_ERROR && error->domain == G_RESOLVER_ERROR)
    set_step (fetch, gst_veo_download_broke (fetch->download, error->message));
  else if (ret == GST_FLOW_ERROR)
    set_step (fetch, gst_veo_download_got_bad_certificate (fetch->download,
            error->message));
  return ret == GST_FLOW_FLUSHING ? ret : GST_FLOW_OK;
}

/* souphttpsrc came back after a break by itself. What it was answered then may
 * be a trouble of its own; else the break is all that is told. */
static gboolean
is_break_apart (GstVeoStep step, const GstVeoReply * reply)
{
  return step == GST_VEO_STEP_READ
      || (reply->status >= 300 && reply->status != 416);
}

/* The head of an answer: souphttpsrc may bring a second one by itself after a break */
static GstVeoStep
handle_reply (GstVeoFetch * fetch, const GstVeoReply * reply)
{
  guint64 start = 0;
  gboolean again = fetch->has_answer;
  GstVeoStep step;

  if (again) {
    step = gst_veo_intake_settle (&fetch->intake);
    if (step != GST_VEO_STEP_READ)
      return step;
  }
  g_mutex_lock (&fetch->lock);
  fetch->stats.last_http_status = reply->status;
  g_mutex_unlock (&fetch->lock);
  GST_DEBUG_OBJECT (fetch->connection.src, "HTTP %u", reply->status);

  step = gst_veo_download_replied (fetch->download, reply,
      fetch->intake.net_pos, g_get_real_time (), &start);
  fetch->has_answer = TRUE;
  if (again && is_break_apart (step, reply))
    count_reconnect (fetch, "the connection was lost", 0);
  if (step != GST_VEO_STEP_READ)
    return step;
  return gst_veo_intake_begin (&fetch->intake, start);
}

static GstVeoStep
handle_lost (GstVeoFetch * fetch, gboolean stalled)
{
  g_autofree gchar *complaint = NULL;
  g_autofree gchar *why = NULL;
  GstVeoStep step;

  if (fetch->connection.authorities)
    complaint =
        gst_veo_authorities_take_complaint (fetch->connection.authorities);
  if (complaint && !fetch->has_answer) {
    why = g_strdup_printf ("its certificate was not accepted: %s", complaint);
    return gst_veo_download_got_bad_certificate (fetch->download, why);
  }
  if (gst_veo_connection_take_refusal (&fetch->connection)) {
    GstVeoReply refusal = {.status = 407 };

    return handle_reply (fetch, &refusal);
  }
  step = gst_veo_intake_settle (&fetch->intake);
  if (fetch->intake.is_text)
    return gst_veo_intake_conclude_text (&fetch->intake, TRUE);
  if (step != GST_VEO_STEP_READ)
    return step;
  if (stalled)
    why = g_strdup_printf ("no byte came for %g s",
        fetch->connection.timeout / 1000.0);
  else
    why = g_strdup (fetch->has_answer ? "the connection was lost"
        : "the server could not be reached");
  return gst_veo_download_broke (fetch->download, why);
}

static GstVeoStep
handle_end (GstVeoFetch * fetch)
{
  GstVeoStep step = gst_veo_intake_settle (&fetch->intake);

  if (fetch->intake.is_text)
    return gst_veo_intake_conclude_text (&fetch->intake, FALSE);
  if (step != GST_VEO_STEP_READ)
    return step;
  return gst_veo_download_ended (fetch->download, fetch->intake.net_pos,
      gst_veo_boxes_get_state (&fetch->intake.boxes));
}

static GstVeoStep
handle_bytes (GstVeoFetch * fetch, GstBuffer * buffer)
{
  g_mutex_lock (&fetch->lock);
  fetch->stats.bytes += gst_buffer_get_size (buffer);
  g_mutex_unlock (&fetch->lock);
  return gst_veo_intake_take (&fetch->intake, buffer);
}

/* Does the transfer come to the byte that is needed, soon enough? */
static gboolean
is_on_the_way (GstVeoFetch * fetch)
{
  guint64 need = gst_veo_intake_get_need (&fetch->intake);
  guint64 pos = fetch->intake.net_pos;

  if (!fetch->connection.is_open)
    return FALSE;
  if (!fetch->has_answer || fetch->intake.looking || fetch->intake.is_text)
    return TRUE;
  return pos <= need && (need - pos < JUMP
      || !gst_veo_download_has_range (fetch->download));
}

static GstFlowReturn
read_some (GstVeoFetch * fetch)
{
  GstBuffer *buffer = NULL;
  GstVeoReply reply = { 0, };
  GstVeoStep step = fetch->step;
  GstFlowReturn ret;

  if (!is_on_the_way (fetch)) {
    fetch->step = GST_VEO_STEP_OPEN;
    fetch->not_before = 0;
    return GST_FLOW_OK;
  }
  ret = gst_veo_connection_read (&fetch->connection, &buffer);
  if (ret == GST_FLOW_FLUSHING)
    return ret;
  if (gst_veo_connection_take_reply (&fetch->connection, &reply))
    step = handle_reply (fetch, &reply);
  gst_veo_reply_clear (&reply);

  if (step != GST_VEO_STEP_READ && step != GST_VEO_STEP_READ_TEXT) {
    gst_clear_buffer (&buffer);
    gst_veo_connection_close (&fetch->connection);
  } else if (ret == GST_FLOW_OK)
    step = handle_bytes (fetch, buffer);
  else if (ret == GST_FLOW_EOS)
    step = handle_end (fetch);
  else
    step = handle_lost (fetch, ret == GST_VEO_FLOW_STALLED);
  set_step (fetch, step);
  return GST_FLOW_OK;
}

/* --- Asking the service for a fresh link --- */

typedef struct
{
  GstVeoFetch *fetch;
  gboolean done;
  GstVeoLink link;
  GstVeoFailure *failure;
} Question;

static void
got_link (const GstVeoLink * link, const GstVeoFailure * failure, gpointer data)
{
  Question *question = data;

  if (link) {
    question->link = *link;
    question->link.url = g_strdup (link->url);
  } else if (failure) {
    question->failure = gst_veo_failure_copy (failure);
  }
  gst_veo_connection_wake (&question->fetch->connection, &question->done);
}

static GstVeoStep
take_link (GstVeoFetch * fetch, const Question * question)
{
  g_autofree gchar *shown = NULL;

  if (!question->link.url)
    return gst_veo_download_got_no_link (fetch->download, question->failure);
  g_mutex_lock (&fetch->lock);
  fetch->stats.link_refreshes++;
  g_mutex_unlock (&fetch->lock);
  shown = gst_veo_url_redact (question->link.url);
  GST_INFO_OBJECT (fetch->connection.src, "got a fresh link, %s", shown);
  emit (GST_VEO_HTTP_SRC_LINK, question->link.url, fetch);
  return gst_veo_download_got_link (fetch->download, question->link.url,
      question->link.needs_key, question->link.is_content);
}

static GstFlowReturn
ask_link (GstVeoFetch * fetch)
{
  Question question = { fetch, };
  gpointer handle;
  gboolean answered;

  gst_veo_connection_close (&fetch->connection);
  GST_INFO_OBJECT (fetch->connection.src, "asking for a fresh link");
  handle = fetch->link_source.start (fetch->link_source_data, got_link,
      &question);
  answered = gst_veo_connection_wait (&fetch->connection, &question.done, -1);
  fetch->link_source.cancel (handle);
  if (answered)
    set_step (fetch, take_link (fetch, &question));
  g_free (question.link.url);
  gst_veo_failure_free (question.failure);
  return answered ? GST_FLOW_OK : GST_FLOW_FLUSHING;
}

/* --- Asking the server why --- */

typedef struct
{
  GstVeoFetch *fetch;
  gboolean done;
  GstVeoQuote quote;
  gboolean recovered;
} Inquiry;

static void
got_words (GstVeoQuote * quote, gboolean recovered, gpointer data)
{
  Inquiry *inquiry = data;

  inquiry->quote = *quote;
  memset (quote, 0, sizeof *quote);
  inquiry->recovered = recovered;
  gst_veo_connection_wake (&inquiry->fetch->connection, &inquiry->done);
}

static GstFlowReturn
ask_reason (GstVeoFetch * fetch)
{
  Inquiry inquiry = { fetch, };
  GstVeoNetwork network = { fetch->connection.proxy,
    fetch->connection.tls_ca_file, fetch->user_agent
  };
  GstVeoExplain *explain;
  gboolean answered = TRUE;

  gst_veo_connection_close (&fetch->connection);
  explain = gst_veo_explain_start (&network,
      gst_veo_download_get_url (fetch->download),
      gst_veo_download_get_key (fetch->download), fetch->connection.timeout,
      got_words, &inquiry);
  if (explain)
    answered = gst_veo_connection_wait (&fetch->connection, &inquiry.done, -1);
  gst_veo_explain_cancel (explain);
  if (answered)
    set_step (fetch, gst_veo_download_got_reason (fetch->download,
            &inquiry.quote, inquiry.recovered));
  gst_veo_quote_clear (&inquiry.quote);
  return answered ? GST_FLOW_OK : GST_FLOW_FLUSHING;
}

/* --- The loop --- */

static GstFlowReturn
advance (GstVeoFetch * fetch)
{
  switch (fetch->step) {
    case GST_VEO_STEP_OPEN:
      return open_attempt (fetch);
    case GST_VEO_STEP_READ:
    case GST_VEO_STEP_READ_TEXT:
      return read_some (fetch);
    case GST_VEO_STEP_ASK_LINK:
      return ask_link (fetch);
    case GST_VEO_STEP_ASK_REASON:
      return ask_reason (fetch);
    case GST_VEO_STEP_END:
      /* The transfer has ended, but a part before it is wanted */
      fetch->step = GST_VEO_STEP_OPEN;
      fetch->not_before = 0;
      return GST_FLOW_OK;
    case GST_VEO_STEP_FAIL:
      break;
  }
  return fail (fetch);
}

GstFlowReturn
gst_veo_fetch_create (GstVeoFetch * fetch, GstBuffer ** buffer)
{
  GstFlowReturn ret = GST_FLOW_OK;

  *buffer = NULL;
  while (ret == GST_FLOW_OK) {
    *buffer = gst_veo_intake_deliver (&fetch->intake);
    if (*buffer)
      return GST_FLOW_OK;
    if (gst_veo_intake_is_finished (&fetch->intake))
      return GST_FLOW_EOS;
    ret = advance (fetch);
  }
  return ret;
}

void
gst_veo_fetch_seek (GstVeoFetch * fetch, guint64 offset)
{
  gst_veo_intake_seek (&fetch->intake, offset);
}

/* --- What others may ask --- */

guint64
gst_veo_fetch_get_size (GstVeoFetch * fetch)
{
  guint64 size;

  g_mutex_lock (&fetch->lock);
  size = fetch->size;
  g_mutex_unlock (&fetch->lock);
  return size;
}

GstVeoFailure *
gst_veo_fetch_get_failure (GstVeoFetch * fetch)
{
  GstVeoFailure *failure = NULL;

  g_mutex_lock (&fetch->lock);
  if (fetch->failure)
    failure = gst_veo_failure_copy (fetch->failure);
  g_mutex_unlock (&fetch->lock);
  return failure;
}

void
gst_veo_fetch_get_stats (GstVeoFetch * fetch, GstVeoHttpSrcStats * stats)
{
  g_mutex_lock (&fetch->lock);
  *stats = fetch->stats;
  g_mutex_unlock (&fetch->lock);
}

void
gst_veo_fetch_set_event_func (GstVeoFetch * fetch, GstVeoHttpSrcEventFunc func,
    gpointer data, GDestroyNotify notify)
{
  gpointer old_data;
  GDestroyNotify old_notify;

  g_mutex_lock (&fetch->lock);
  old_data = fetch->event_data;
  old_notify = fetch->event_notify;
  fetch->event_func = func;
  fetch->event_data = data;
  fetch->event_notify = notify;
  g_mutex_unlock (&fetch->lock);
  if (old_notify)
    old_notify (old_data);
}
