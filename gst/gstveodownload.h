/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a download does next: attempts, backoff, redirects, fresh links, the
 * check that it is still the same file. Pure: it opens nothing and waits for
 * nothing, it is told what happened and says what to do. */
#ifndef __GST_VEO_DOWNLOAD_H__
#define __GST_VEO_DOWNLOAD_H__

#include "gstveoanswer.h"
#include "gstveoboxes.h"
#include "gstveofailure.h"
#include "gstveoreply.h"

G_BEGIN_DECLS

typedef enum
{
  GST_VEO_STEP_READ,            /* the body is the file's: read on */
  GST_VEO_STEP_READ_TEXT,       /* the body turned out to be a message: read it for its words */
  GST_VEO_STEP_OPEN,            /* the next attempt */
  GST_VEO_STEP_ASK_LINK,        /* the service for a fresh link */
  GST_VEO_STEP_ASK_REASON,      /* the server for the words of its refusal */
  GST_VEO_STEP_END,             /* the file is complete */
  GST_VEO_STEP_FAIL,
} GstVeoStep;

/* Everything is copied. Times in ms. */
typedef struct
{
  const gchar *task_id;
  const gchar *url;             /* the link */
  gboolean needs_key;
  gboolean is_content;          /* it is the content address */
  const gchar *content_url;     /* NULL: there is none to fall back to */
  const gchar *base_url;
  const gchar *api_key;
  guint retries;
  guint min_backoff;
  guint max_backoff;
  gint64 expires_at;
  const gchar *refused_link;    /* what the service gave in place of a link, or NULL */
  gboolean can_ask_link;
} GstVeoDownloadSettings;

/* One request. Strings belong to the download, until it is told something. */
typedef struct
{
  const gchar *url;
  const gchar *key;             /* NULL: none may be sent there */
  guint64 offset;               /* the first byte asked for */
  gboolean ask_range;           /* FALSE: no Range header; offset is 0 then */
} GstVeoAttempt;

typedef struct _GstVeoDownload GstVeoDownload;

GstVeoDownload *gst_veo_download_new (const GstVeoDownloadSettings * settings);
void gst_veo_download_free (GstVeoDownload * download);

/* need: the byte that is wanted first */
void gst_veo_download_begin_attempt (GstVeoDownload * download, guint64 need,
    GstVeoAttempt * attempt);
/* Whether a connection may be given up to open another one at the byte that is wanted */
gboolean gst_veo_download_has_range (GstVeoDownload * download);
/* Before the next attempt, in ms */
guint gst_veo_download_get_delay (GstVeoDownload * download);
/* Of the file; GST_VEO_UNKNOWN */
guint64 gst_veo_download_get_total (GstVeoDownload * download);
/* Why something broke since the last call; NULL when nothing did */
const gchar *gst_veo_download_take_break (GstVeoDownload * download);
/* Once for each outage, when attempts in a row have brought nothing: what is
 * wrong and how long it is tried, a sentence. Returns: (transfer full) (nullable) */
gchar *gst_veo_download_take_outage (GstVeoDownload * download);
/* Of the last head; NULL: it has none */
const gchar *gst_veo_download_get_content_type (GstVeoDownload * download);
/* The address of the present attempt */
const gchar *gst_veo_download_get_url (GstVeoDownload * download);
/* That may be sent there, or NULL */
const gchar *gst_veo_download_get_key (GstVeoDownload * download);
/* After GST_VEO_STEP_FAIL. Returns: (transfer none) */
const GstVeoFailure *gst_veo_download_get_failure (GstVeoDownload * download);

/* A head came, the first of an attempt or, when souphttpsrc tried again by
 * itself at expected, a later one. After READ the body begins at *start and
 * gst_veo_download_check_file must follow before its bytes count.
 * now: Unix microseconds. */
GstVeoStep gst_veo_download_replied (GstVeoDownload * download,
    const GstVeoReply * reply, guint64 expected, gint64 now, guint64 * start);
/* The body looks like media. READ, or FAIL when it is not the same file. */
GstVeoStep gst_veo_download_check_file (GstVeoDownload * download);
/* Bytes overlap with others that came before, and differ */
GstVeoStep gst_veo_download_differs (GstVeoDownload * download);
/* A byte that was wanted came; so many are there in all */
void gst_veo_download_progressed (GstVeoDownload * download, guint64 bytes);
/* The transfer broke, stalled, was never answered. why: a phrase; NULL: the status says it */
GstVeoStep gst_veo_download_broke (GstVeoDownload * download, const gchar * why);
/* The body ended as if complete before byte pos */
GstVeoStep gst_veo_download_ended (GstVeoDownload * download, guint64 pos,
    GstVeoBoxesState boxes);
/* The body is a message */
GstVeoStep gst_veo_download_got_text (GstVeoDownload * download,
    gboolean is_json, const guint8 * data, gsize len);
GstVeoStep gst_veo_download_got_link (GstVeoDownload * download,
    const gchar * url, gboolean needs_key, gboolean is_content);
GstVeoStep gst_veo_download_got_no_link (GstVeoDownload * download,
    const GstVeoFailure * failure);
/* After ASK_REASON. quote: of the server or the system. recovered: this time it
 * did not refuse. */
GstVeoStep gst_veo_download_got_reason (GstVeoDownload * download,
    const GstVeoQuote * quote, gboolean recovered);
/* The server's certificate is not trusted; words: presentable, or NULL */
GstVeoStep gst_veo_download_got_bad_certificate (GstVeoDownload * download,
    const gchar * words);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoDownload, gst_veo_download_free)

G_END_DECLS

#endif /* __GST_VEO_DOWNLOAD_H__ */
