/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The head of an HTTP answer to a download: which bytes of which file it
 * brings. Pure. */
#ifndef __GST_VEO_REPLY_H__
#define __GST_VEO_REPLY_H__

#include "gstveofailure.h"

G_BEGIN_DECLS

#define GST_VEO_UNKNOWN G_MAXUINT64

/* Zero and NULL: not there. Owns its strings. */
typedef struct
{
  guint status;
  gchar *content_range;
  gchar *content_length;
  gchar *content_type;
  gchar *content_encoding;
  gchar *etag;
  gchar *last_modified;
  gchar *location;
  gchar *retry_after;
  gchar *retry_after_ms;
  gchar *request_id;
} GstVeoReply;

/* The bytes [start, end) of a file of total bytes; GST_VEO_UNKNOWN for each that is not told */
typedef struct
{
  guint64 start;
  guint64 end;
  guint64 total;
} GstVeoSpan;

/* What tells one file from another; strings may be NULL */
typedef struct
{
  guint64 total;
  gchar *etag;
  gchar *last_modified;
} GstVeoIdentity;

void gst_veo_reply_clear (GstVeoReply * reply);
/* to is cleared first */
void gst_veo_reply_copy (GstVeoReply * to, const GstVeoReply * from);
/* Stores a response header if it is one of those above; name in any case */
void gst_veo_reply_set_header (GstVeoReply * reply, const gchar * name,
    const gchar * value);
/* A GstVeoHeaderFunc on a GstVeoReply, for hints such as Retry-After */
const gchar *gst_veo_reply_get_header (const gchar * name, gpointer reply);

/* Of a 200 or 206. FALSE: it contradicts itself, its bytes have no known place. */
gboolean gst_veo_reply_get_span (const GstVeoReply * reply, GstVeoSpan * span);
/* What it comes to when a reply without the file is the last one */
GstVeoFailureKind gst_veo_reply_get_refusal (const GstVeoReply * reply);

void gst_veo_identity_clear (GstVeoIdentity * identity);
/* Takes what the reply tells and was not known yet */
void gst_veo_identity_learn (GstVeoIdentity * identity,
    const GstVeoReply * reply, const GstVeoSpan * span);
/* FALSE: another file. *difference is a phrase for a person, (transfer full). */
gboolean gst_veo_identity_agrees (const GstVeoIdentity * identity,
    const GstVeoReply * reply, const GstVeoSpan * span, gchar ** difference);

G_END_DECLS

#endif /* __GST_VEO_REPLY_H__ */
