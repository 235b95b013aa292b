/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An HTTP answer becomes a task or a classified failure. Pure: GLib and json-glib. */
#ifndef __GST_VEO_ANSWER_H__
#define __GST_VEO_ANSWER_H__

#include "gstveofailure.h"

G_BEGIN_DECLS

#define GST_VEO_ANSWER_MAX_BYTES (4u << 20)      /* JSON without its data: videos */
#define GST_VEO_ANSWER_MAX_VIDEO_BYTES (256u << 20)      /* the whole body, with such a video in it */
#define GST_VEO_ANSWER_MAX_DEPTH 64
#define GST_VEO_HINT_MAX_MS 120000

/* How a body comes in, piece by piece: caps it, and cuts the string of a
 * data: video out of the stream, decoding it on the way (in constant extra memory). */
typedef struct _GstVeoBody GstVeoBody;
GstVeoBody *gst_veo_body_new (void);
/* FALSE: the body is too large; stop reading */
gboolean gst_veo_body_push (GstVeoBody * body, const guint8 * data, gsize len);
/* TRUE once a data: video is being read: the time limit then counts from the last byte */
gboolean gst_veo_body_has_data_video (GstVeoBody * body);
void gst_veo_body_free (GstVeoBody * body);

/* Looks a response header up, without case; NULL when absent. */
typedef const gchar *(*GstVeoHeaderFunc) (const gchar * name, gpointer headers);

typedef struct _GstVeoAnswer GstVeoAnswer;

/* Exactly one of task and failure is set. A running or completed task has no
 * failure; failed, cancelled, expired ones come as a failure of the kinds
 * TASK_... with the task beside it: there both are set. */
struct _GstVeoAnswer
{
  GstVeoTask *task;
  GstVeoFailure *failure;       /* attempts and had_key are the caller's to fill in */
  gint64 hint_ms;               /* ask no sooner than this; -1 none; capped to GST_VEO_HINT_MAX_MS */
  gchar *request_id;            /* X-Oneapi-Request-Id or X-Request-Id, presentable, or NULL */
};

/* now: Unix microseconds, for Retry-After dates. key: to keep it out of every text.
 * Takes the body as it stands (whole or too large). Returns: (transfer full) */
GstVeoAnswer *gst_veo_answer_read (const gchar * task_id, guint http_status,
    GstVeoBody * body, GstVeoHeaderFunc header, gpointer headers,
    const gchar * key, gint64 now);
void gst_veo_answer_free (GstVeoAnswer * answer);

/* Retry-After (seconds or date), retry-after-ms, openai-poll-after-ms: the
 * longest of what is there in ms, capped; -1 when there is none */
gint64 gst_veo_answer_get_hint (GstVeoHeaderFunc header, gpointer headers, gint64 now);
/* What the service's own clock said, Unix seconds; 0 when it did not say */
gint64 gst_veo_answer_get_date (GstVeoHeaderFunc header, gpointer headers);

/* Under which the operator of the service finds the request, presentable.
 * Returns: (transfer full) (nullable) */
gchar *gst_veo_answer_dup_request_id (GstVeoHeaderFunc header, gpointer headers,
    const gchar * key);

/* For a download that answered with text instead of a video: what the body
 * (its first bytes) says. Classifies an HTTP error of the link or content
 * address for the download. quote: (transfer full) (nullable): presentable. */
typedef enum
{
  GST_VEO_CONTENT_VIDEO,        /* looks like media or unknown binary: hand it to the demuxer */
  GST_VEO_CONTENT_TEXT,         /* HTML, XML, plain text, a picture or empty: of use to a reader only */
  GST_VEO_CONTENT_JSON,
} GstVeoContentKind;
GstVeoContentKind gst_veo_content_sniff (const gchar * content_type,
    const guint8 * data, gsize len);
/* JSON of a content address: a link (transfer full) (nullable) to follow once, and/or the provider's words */
gchar *gst_veo_content_find_link (const guint8 * data, gsize len);
gchar *gst_veo_content_quote (const guint8 * data, gsize len, const gchar * key);
/* The same with its parts. All presentable, NULL: there is none. */
typedef struct
{
  gchar *text;                  /* to show to a person: the message, the page's title, the plain text */
  gchar *code;                  /* the provider's own, of a JSON body */
  gchar *message;
} GstVeoQuote;
/* quote: empty before */
void gst_veo_quote_read (GstVeoQuote * quote, const guint8 * data, gsize len,
    const gchar * key);
void gst_veo_quote_clear (GstVeoQuote * quote);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstVeoQuote, gst_veo_quote_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoAnswer, gst_veo_answer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoBody, gst_veo_body_free)

G_END_DECLS

#endif /* __GST_VEO_ANSWER_H__ */
