/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveodownload.h"
#include "gstveobackoff.h"
#include "gstveourl.h"

#include <string.h>

#define MAX_HOPS 10             /* redirects and links in JSON, for one attempt */
/* However fast a server cuts, its breaks cost it no more requests than this */
#define MIN_GAP 100             /* ms between attempts */
/* So many attempts in a row without a new byte are an outage; one may be bad luck */
#define OUTAGE 2

/* Where the present link comes from: what is left to try when it is refused */
typedef enum
{
  SOURCE_FIRST,                 /* nothing was tried since the last byte that came */
  SOURCE_FRESH,                 /* the service was asked for a fresh one */
  SOURCE_CONTENT,               /* the content address, the last resort */
} LinkSource;

typedef enum
{
  RANGES_UNKNOWN,
  RANGES_HONOURED,
  RANGES_ABSENT,
} Ranges;

struct _GstVeoDownload
{
  /* Settings */
  gchar *task_id;
  gchar *content_url;
  gchar *base_url;
  gchar *api_key;
  guint retries;
  GstVeoBackoff backoff;
  gint64 expires_at;
  gchar *refused_link;
  gboolean can_ask_link;

  /* The link and where it led */
  gchar *url;
  gboolean needs_key;
  gboolean is_content;
  LinkSource source;
  gchar *hop;                   /* NULL: the link itself */
  guint hops;
  gboolean left_origin;         /* a hop went elsewhere: the key stays behind */
  gboolean followed_json;

  /* The file */
  GstVeoIdentity file;
  Ranges ranges;
  guint64 bytes;                /* that are there */

  /* The present attempt */
  gboolean reading;             /* a body was accepted: a later head is souphttpsrc's own retry */
  GstVeoReply reply;            /* the last head */
  GstVeoSpan span;

  /* Attempts */
  guint attempts;               /* in a row, since the last byte that was wanted */
  gboolean goes_on;             /* the next request belongs to the same attempt */
  guint failures;               /* in a row without a byte that was wanted */
  gboolean progressed;          /* such a byte came since the last break */
  guint delay;
  gchar *reason;                /* of the last break */
  gboolean broke;               /* nobody was told of it yet */
  gboolean outage;              /* nobody was told that it has become one */
  GstVeoFailureKind pending;    /* what it will be once its words are known */
  GstVeoFailure *failure;
  GstVeoFailure *expired;       /* what the service said when asked for a fresh link */
};

GstVeoDownload *
gst_veo_download_new (const GstVeoDownloadSettings * settings)
{
  GstVeoDownload *download = g_new0 (GstVeoDownload, 1);

  download->task_id = g_strdup (settings->task_id);
  download->url = g_strdup (settings->url);
  download->needs_key = settings->needs_key;
  download->is_content = settings->is_content;
  download->content_url = g_strdup (settings->content_url);
  download->base_url = g_strdup (settings->base_url);
  download->api_key = g_strdup (settings->api_key);
  download->retries = settings->retries;
  download->backoff.min = settings->min_backoff;
  download->backoff.max = MAX (settings->max_backoff, settings->min_backoff);
  download->expires_at = settings->expires_at;
  download->refused_link = g_strdup (settings->refused_link);
  download->can_ask_link = settings->can_ask_link;
  download->file.total = GST_VEO_UNKNOWN;
  return download;
}

void
gst_veo_download_free (GstVeoDownload * download)
{
  if (!download)
    return;
  g_free (download->task_id);
  g_free (download->content_url);
  g_free (download->base_url);
  g_free (download->api_key);
  g_free (download->refused_link);
  g_free (download->url);
  g_free (download->hop);
  g_free (download->reason);
  gst_veo_identity_clear (&download->file);
  gst_veo_reply_clear (&download->reply);
  gst_veo_failure_free (download->failure);
  gst_veo_failure_free (download->expired);
  g_free (download);
}

const gchar *
gst_veo_download_get_url (GstVeoDownload * download)
{
  return download->hop ? download->hop : download->url;
}

/* The key goes to the base's origin only, and not there by way of another one */
const gchar *
gst_veo_download_get_key (GstVeoDownload * download)
{
  if (!download->needs_key || download->left_origin || !download->base_url)
    return NULL;
  return gst_veo_url_same_origin (gst_veo_download_get_url (download),
      download->base_url) ? download->api_key : NULL;
}

void
gst_veo_download_begin_attempt (GstVeoDownload * download, guint64 need,
    GstVeoAttempt * attempt)
{
  attempt->ask_range = download->ranges != RANGES_ABSENT;
  attempt->offset = attempt->ask_range ? need : 0;
  attempt->url = gst_veo_download_get_url (download);
  attempt->key = gst_veo_download_get_key (download);

  download->reading = FALSE;
  gst_veo_reply_clear (&download->reply);
  if (!download->goes_on)
    download->attempts++;
  download->goes_on = FALSE;
  download->delay = 0;
}

gboolean
gst_veo_download_has_range (GstVeoDownload * download)
{
  return download->ranges == RANGES_HONOURED;
}

guint
gst_veo_download_get_delay (GstVeoDownload * download)
{
  return download->delay;
}

guint64
gst_veo_download_get_total (GstVeoDownload * download)
{
  return download->file.total;
}

const gchar *
gst_veo_download_take_break (GstVeoDownload * download)
{
  gboolean broke = download->broke;

  download->broke = FALSE;
  return broke ? download->reason : NULL;
}

const gchar *
gst_veo_download_get_content_type (GstVeoDownload * download)
{
  return download->reply.content_type;
}

const GstVeoFailure *
gst_veo_download_get_failure (GstVeoDownload * download)
{
  /* It explains whatever the content address answers for such a task. That
   * another file came, it does not. */
  if (download->expired && download->failure
      && download->failure->kind != GST_VEO_FAILURE_DOWNLOAD_CHANGED)
    return download->expired;
  return download->failure;
}

static void
forget_hops (GstVeoDownload * download)
{
  g_clear_pointer (&download->hop, g_free);
  download->hops = 0;
  download->left_origin = FALSE;
  download->followed_json = FALSE;
}

static gchar *
tell_how_far (GstVeoDownload * download)
{
  if (download->bytes == 0)
    return g_strdup ("no byte of it had come");
  if (download->file.total == GST_VEO_UNKNOWN)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " bytes had come",
        download->bytes);
  return g_strdup_printf ("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
      " bytes had come", download->bytes, download->file.total);
}

/* Takes detail */
static GstVeoStep
fail (GstVeoDownload * download, GstVeoFailureKind kind, gchar * detail)
{
  GstVeoFailure *failure = gst_veo_failure_new (kind, download->task_id);

  failure->task_status = GST_VEO_STATUS_COMPLETED;
  failure->detail = detail;
  failure->http_status = download->reply.status;
  failure->request_id = gst_veo_text_present (download->reply.request_id, -1,
      download->api_key);
  failure->attempts = MAX (download->attempts, 1);
  failure->had_key = download->api_key != NULL;
  failure->expires_at = download->expires_at;
  gst_veo_failure_free (download->failure);
  download->failure = failure;
  return GST_VEO_STEP_FAIL;
}

/* What the provider said itself is told apart from the detail, too. */
static void
add_words (GstVeoDownload * download, const GstVeoQuote * quote)
{
  download->failure->error_code = g_strdup (quote->code);
  download->failure->error_message = g_strdup (quote->message);
}

/* Takes detail */
static GstVeoStep
fail_quoting (GstVeoDownload * download, GstVeoFailureKind kind,
    gchar * detail, const GstVeoQuote * quote)
{
  fail (download, kind, detail);
  add_words (download, quote);
  return GST_VEO_STEP_FAIL;
}

/* words may be NULL: the status says it all */
static GstVeoStep
fail_broken (GstVeoDownload * download, const gchar * words)
{
  g_autofree gchar *how_far = tell_how_far (download);

  return fail (download, download->bytes > 0 ? GST_VEO_FAILURE_DOWNLOAD_BROKEN
      : GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      words ? g_strdup_printf ("%s; %s", words, how_far) :
      g_steal_pointer (&how_far));
}

static gchar *
tell_status (GstVeoDownload * download)
{
  return g_strdup_printf ("the server answered HTTP %u",
      download->reply.status);
}

/* why NULL: the status says it. hint_ms: a wait the server asked for, or -1 */
static GstVeoStep
break_with_hint (GstVeoDownload * download, const gchar * why, gint64 hint_ms)
{
  gchar *reason = why ? g_strdup (why) : tell_status (download);

  forget_hops (download);
  g_free (download->reason);
  download->reason = reason;
  download->broke = TRUE;
  if (download->progressed) {
    download->failures = 0;
    download->delay = MIN (MIN_GAP, download->backoff.min);
  } else {
    download->failures++;
    download->delay = gst_veo_backoff_get (&download->backoff,
        download->failures);
  }
  download->progressed = FALSE;
  download->delay = MAX (download->delay, hint_ms);
  download->outage = download->failures == OUTAGE;
  if (download->failures <= download->retries)
    return GST_VEO_STEP_OPEN;
  download->pending = GST_VEO_FAILURE_DOWNLOAD_BROKEN;
  if (download->reply.status == 0)
    return GST_VEO_STEP_ASK_REASON;
  return fail_broken (download, why ? download->reason : NULL);
}

gchar *
gst_veo_download_take_outage (GstVeoDownload * download)
{
  g_autofree gchar *how_far = NULL;
  g_autofree gchar *prospect = NULL;

  if (!download->outage || download->failures > download->retries)
    return NULL;
  download->outage = FALSE;
  how_far = tell_how_far (download);
  prospect = gst_veo_backoff_describe (&download->backoff, download->failures,
      download->retries, download->delay);
  return g_strdup_printf ("the download is held up: %s; %s. It is tried %s.",
      download->reason, how_far, prospect);
}

GstVeoStep
gst_veo_download_broke (GstVeoDownload * download, const gchar * why)
{
  return break_with_hint (download, why, -1);
}

static GstVeoStep
use_link (GstVeoDownload * download, const gchar * url, gboolean needs_key,
    gboolean is_content)
{
  gchar *copy = g_strdup (url);

  forget_hops (download);
  g_free (download->url);
  download->url = copy;
  download->needs_key = needs_key;
  download->is_content = is_content;
  /* Another server may do what the last one did not */
  download->ranges = RANGES_UNKNOWN;
  return GST_VEO_STEP_OPEN;
}

/* The link or the content address does not give the file */
static GstVeoStep
refused (GstVeoDownload * download)
{
  gboolean at_content = download->is_content && !download->hop;

  g_free (download->reason);
  download->reason = tell_status (download);
  if (!at_content && download->source == SOURCE_FIRST) {
    download->source = SOURCE_FRESH;
    if (download->can_ask_link)
      return GST_VEO_STEP_ASK_LINK;
  }
  if (!download->is_content && download->content_url) {
    download->source = SOURCE_CONTENT;
    return use_link (download, download->content_url, TRUE, TRUE);
  }
  download->pending = gst_veo_reply_get_refusal (&download->reply);
  return GST_VEO_STEP_ASK_REASON;
}

GstVeoStep
gst_veo_download_got_link (GstVeoDownload * download, const gchar * url,
    gboolean needs_key, gboolean is_content)
{
  return use_link (download, url, needs_key, is_content);
}

GstVeoStep
gst_veo_download_got_no_link (GstVeoDownload * download,
    const GstVeoFailure * failure)
{
  if (failure && failure->kind == GST_VEO_FAILURE_TASK_EXPIRED) {
    gst_veo_failure_free (download->expired);
    download->expired = gst_veo_failure_copy (failure);
    if (failure->expires_at == 0)
      download->expired->expires_at = download->expires_at;
  }
  if (!download->is_content && download->content_url)
    return use_link (download, download->content_url, TRUE, TRUE);
  if (!failure)
    return fail (download, GST_VEO_FAILURE_DOWNLOAD_GONE, NULL);
  gst_veo_failure_free (download->failure);
  download->failure = gst_veo_failure_copy (failure);
  return GST_VEO_STEP_FAIL;
}

/* There is nothing at the content address, and the service gave no link. */
static GstVeoStep
fail_without_link (GstVeoDownload * download, const GstVeoQuote * quote)
{
  return fail_quoting (download, GST_VEO_FAILURE_NO_LINK, quote->text
      ? g_strdup_printf ("%s; %s", download->refused_link, quote->text)
      : g_strdup (download->refused_link), quote);
}

GstVeoStep
gst_veo_download_got_reason (GstVeoDownload * download,
    const GstVeoQuote * quote, gboolean recovered)
{
  guint status = download->reply.status;
  const gchar *words = quote->text;

  if (download->pending == GST_VEO_FAILURE_DOWNLOAD_BROKEN && status == 0)
    return fail_broken (download, words ? words : download->reason);
  /* The video is not there yet, says the stock relay so */
  if (status == 400 && words && strstr (words, "current status:"))
    return gst_veo_download_broke (download, words);
  if (recovered)
    return gst_veo_download_broke (download, NULL);
  if (download->pending == GST_VEO_FAILURE_DOWNLOAD_GONE
      && download->refused_link && download->bytes == 0)
    return fail_without_link (download, quote);
  if (download->pending != GST_VEO_FAILURE_DOWNLOAD_BROKEN)
    return fail_quoting (download, download->pending, g_strdup (words), quote);
  fail_broken (download, words);
  add_words (download, quote);
  return GST_VEO_STEP_FAIL;
}

GstVeoStep
gst_veo_download_got_bad_certificate (GstVeoDownload * download,
    const gchar * words)
{
  return fail (download, GST_VEO_FAILURE_TLS, g_strdup (words));
}

/* Goes on at another address, for this attempt only */
static GstVeoStep
hop_to (GstVeoDownload * download, const gchar * url)
{
  const gchar *from = gst_veo_download_get_url (download);
  g_autofree gchar *shown = gst_veo_url_redact (url);

  if (++download->hops > MAX_HOPS)
    return fail (download, GST_VEO_FAILURE_REDIRECT,
        g_strdup_printf ("more than %d redirects, the last one to %s",
            MAX_HOPS, shown));
  if (g_ascii_strncasecmp (from, "https:", 6) == 0
      && g_ascii_strncasecmp (url, "https:", 6) != 0)
    return fail (download, GST_VEO_FAILURE_REDIRECT,
        g_strdup_printf ("a redirect from https to %s", shown));
  /* Without the key it would be refused there, and the key was sent in the clear */
  if (gst_veo_download_get_key (download)
      && gst_veo_url_is_downgrade (url, from))
    return fail (download, GST_VEO_FAILURE_REDIRECT,
        g_strdup ("the service wants https: set base-url to https://..."));
  if (download->base_url && gst_veo_url_is_private (url)
      && !gst_veo_url_is_private (download->base_url))
    return fail (download, GST_VEO_FAILURE_LINK_REFUSED, g_strdup (shown));
  if (!gst_veo_url_same_origin (from, url))
    download->left_origin = TRUE;
  g_free (download->hop);
  download->hop = g_strdup (url);
  download->goes_on = TRUE;
  return GST_VEO_STEP_OPEN;
}

static GstVeoStep
redirected (GstVeoDownload * download)
{
  const gchar *location = download->reply.location;
  g_autofree gchar *url = NULL;

  if (location)
    url = gst_veo_url_resolve (gst_veo_download_get_url (download), location);
  if (!url)
    return fail (download, GST_VEO_FAILURE_REDIRECT,
        g_strdup ("a redirect to no http or https address"));
  return hop_to (download, url);
}

/* Range is not what this server does. Not a break: nothing was lost. */
static GstVeoStep
go_without_range (GstVeoDownload * download)
{
  if (download->ranges == RANGES_ABSENT || download->reading)
    return gst_veo_download_broke (download, "the connection was lost");
  download->ranges = RANGES_ABSENT;
  download->goes_on = TRUE;
  return GST_VEO_STEP_OPEN;
}

static GstVeoStep
range_refused (GstVeoDownload * download, guint64 expected)
{
  guint64 total = download->file.total;
  gboolean told = gst_veo_reply_get_span (&download->reply, &download->span);

  /* souphttpsrc tried again by itself, at a place it only believes to be at */
  if (download->reading)
    return gst_veo_download_broke (download, "the connection was lost");
  /* Nothing behind the last byte: of a file of unknown length that was its end */
  if (told && total == GST_VEO_UNKNOWN && expected > 0
      && download->span.total == expected) {
    download->file.total = expected;
    return GST_VEO_STEP_END;
  }
  if (download->ranges == RANGES_ABSENT)
    return refused (download);
  return go_without_range (download);
}

static GstVeoStep
accepted (GstVeoDownload * download, guint64 expected, guint64 * start)
{
  GstVeoSpan *span = &download->span;

  if (!gst_veo_reply_get_span (&download->reply, span)
      || span->start > expected)
    return go_without_range (download);
  /* souphttpsrc reads no further when a Range was ignored */
  if (span->start < expected && download->reply.status != 206)
    return go_without_range (download);
  download->reading = TRUE;
  if (download->reply.status == 206 && span->start == expected)
    download->ranges = RANGES_HONOURED;
  else
    download->ranges = RANGES_ABSENT;
  if (span->end == 0 || download->reply.status == 204)
    return gst_veo_download_got_text (download, FALSE, NULL, 0);
  *start = span->start;
  return GST_VEO_STEP_READ;
}

GstVeoStep
gst_veo_download_replied (GstVeoDownload * download, const GstVeoReply * reply,
    guint64 expected, gint64 now, guint64 * start)
{
  guint status = reply->status;

  gst_veo_reply_copy (&download->reply, reply);
  if (status >= 200 && status < 300)
    return accepted (download, expected, start);
  if (status >= 300 && status < 400)
    return redirected (download);
  if (status == 407)
    return fail (download, GST_VEO_FAILURE_PROXY_REFUSED, NULL);
  if (status == 416)
    return range_refused (download, expected);
  if (status == 408 || status == 409 || status == 425 || status == 429
      || status >= 500)
    return break_with_hint (download, NULL,
        gst_veo_answer_get_hint (gst_veo_reply_get_header, &download->reply,
            now));
  return refused (download);
}

GstVeoStep
gst_veo_download_check_file (GstVeoDownload * download)
{
  g_autofree gchar *difference = NULL;

  /* As long as nothing came, there is nothing to splice */
  if (download->bytes == 0)
    gst_veo_identity_clear (&download->file);
  if (!gst_veo_identity_agrees (&download->file, &download->reply,
          &download->span, &difference))
    return fail (download, GST_VEO_FAILURE_DOWNLOAD_CHANGED,
        g_steal_pointer (&difference));
  gst_veo_identity_learn (&download->file, &download->reply, &download->span);
  return GST_VEO_STEP_READ;
}

GstVeoStep
gst_veo_download_differs (GstVeoDownload * download)
{
  return fail (download, GST_VEO_FAILURE_DOWNLOAD_CHANGED,
      g_strdup ("its bytes are others than before"));
}

void
gst_veo_download_progressed (GstVeoDownload * download, guint64 bytes)
{
  download->bytes = bytes;
  download->progressed = TRUE;
  download->attempts = 0;
  download->source = SOURCE_FIRST;
  g_clear_pointer (&download->expired, gst_veo_failure_free);
}

GstVeoStep
gst_veo_download_ended (GstVeoDownload * download, guint64 pos,
    GstVeoBoxesState boxes)
{
  guint64 total = download->file.total;

  if (pos == total)
    return GST_VEO_STEP_END;
  if (total == GST_VEO_UNKNOWN && pos > 0 && boxes != GST_VEO_BOXES_INSIDE) {
    download->file.total = pos;
    return GST_VEO_STEP_END;
  }
  if (total != GST_VEO_UNKNOWN && pos > total)
    return gst_veo_download_differs (download);
  /* It may have been cut; but if nothing ever comes, it is empty */
  if (pos == 0 && download->bytes == 0
      && download->failures >= download->retries)
    return gst_veo_download_got_text (download, FALSE, NULL, 0);
  return gst_veo_download_broke (download, "the transfer ended too early");
}

static gchar *
find_link (GstVeoDownload * download, const guint8 * data, gsize len)
{
  g_autofree gchar *link = gst_veo_content_find_link (data, len);
  GstVeoLinkVerdict verdict;
  gboolean needs_key;
  g_autofree gchar *url = NULL;

  if (!link || !download->base_url)
    return NULL;
  url = gst_veo_link_resolve (download->base_url, download->task_id, link,
      &verdict, &needs_key);
  /* A video inside the answer is for the poll to take, not for a download */
  if (!url || verdict != GST_VEO_LINK_USABLE
      || g_ascii_strncasecmp (url, "http", 4) != 0)
    return NULL;
  return g_steal_pointer (&url);
}

GstVeoStep
gst_veo_download_got_text (GstVeoDownload * download, gboolean is_json,
    const guint8 * data, gsize len)
{
  g_autofree gchar *url = NULL;
  g_auto (GstVeoQuote) quote = { NULL, };

  if (is_json && !download->followed_json)
    url = find_link (download, data, len);
  if (url) {
    download->followed_json = TRUE;
    /* What the answer did with our Range says nothing about the file */
    download->ranges = RANGES_UNKNOWN;
    return hop_to (download, url);
  }
  if (len > 0)
    gst_veo_quote_read (&quote, data, len, download->api_key);
  if (!quote.text)
    quote.text = g_strdup ("an empty answer");
  /* In the middle of a good file it is a passing trouble of the server */
  if (download->bytes > 0)
    return gst_veo_download_broke (download, quote.text);
  return fail_quoting (download, GST_VEO_FAILURE_NOT_A_VIDEO,
      g_strdup (quote.text), &quote);
}
