/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveoreply.h"

#include <string.h>

/* Where each header that matters is stored */
static const struct
{
  const gchar *name;
  gsize offset;
} headers[] = {
  {"Content-Range", G_STRUCT_OFFSET (GstVeoReply, content_range)},
  {"Content-Length", G_STRUCT_OFFSET (GstVeoReply, content_length)},
  {"Content-Type", G_STRUCT_OFFSET (GstVeoReply, content_type)},
  {"Content-Encoding", G_STRUCT_OFFSET (GstVeoReply, content_encoding)},
  {"ETag", G_STRUCT_OFFSET (GstVeoReply, etag)},
  {"Last-Modified", G_STRUCT_OFFSET (GstVeoReply, last_modified)},
  {"Location", G_STRUCT_OFFSET (GstVeoReply, location)},
  {"Retry-After", G_STRUCT_OFFSET (GstVeoReply, retry_after)},
  {"retry-after-ms", G_STRUCT_OFFSET (GstVeoReply, retry_after_ms)},
  {"X-Request-Id", G_STRUCT_OFFSET (GstVeoReply, request_id)},
  {"X-Oneapi-Request-Id", G_STRUCT_OFFSET (GstVeoReply, request_id)},
};

static gchar **
find_header (const GstVeoReply * reply, const gchar * name)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (headers); i++) {
    if (g_ascii_strcasecmp (name, headers[i].name) == 0)
      return &G_STRUCT_MEMBER (gchar *, reply, headers[i].offset);
  }
  return NULL;
}

void
gst_veo_reply_clear (GstVeoReply * reply)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (headers); i++)
    g_clear_pointer (&G_STRUCT_MEMBER (gchar *, reply, headers[i].offset),
        g_free);
  reply->status = 0;
}

void
gst_veo_reply_copy (GstVeoReply * to, const GstVeoReply * from)
{
  guint i;

  gst_veo_reply_clear (to);
  to->status = from->status;
  for (i = 0; i < G_N_ELEMENTS (headers); i++)
    gst_veo_reply_set_header (to, headers[i].name,
        G_STRUCT_MEMBER (gchar *, from, headers[i].offset));
}

void
gst_veo_reply_set_header (GstVeoReply * reply, const gchar * name,
    const gchar * value)
{
  gchar **field = find_header (reply, name);

  if (!field || !value)
    return;
  g_free (*field);
  *field = g_strstrip (g_strdup (value));
  if (!**field)
    g_clear_pointer (field, g_free);
}

const gchar *
gst_veo_reply_get_header (const gchar * name, gpointer reply)
{
  gchar **field = find_header (reply, name);

  return field ? *field : NULL;
}

/* Digits only; "*", blanks and overflow are refused */
static gboolean
parse_number (const gchar ** text, guint64 * number)
{
  gchar *end;

  if (!g_ascii_isdigit (**text))
    return FALSE;
  *number = g_ascii_strtoull (*text, &end, 10);
  *text = end;
  return *number < G_MAXINT64;
}

/* "bytes 5-99/100", "bytes 5-99" and a star for the total; also "bytes", star, total of a 416 */
static gboolean
parse_content_range (const gchar * text, GstVeoSpan * span)
{
  guint64 last;

  if (g_ascii_strncasecmp (text, "bytes", 5) != 0)
    return FALSE;
  text += 5;
  while (*text == ' ' || *text == '=')
    text++;
  if (*text == '*') {
    text++;
  } else {
    if (!parse_number (&text, &span->start) || *text++ != '-'
        || !parse_number (&text, &last) || last < span->start)
      return FALSE;
    span->end = last + 1;
  }
  if (*text++ != '/')
    return FALSE;
  if (*text == '*')
    return TRUE;
  return parse_number (&text, &span->total)
      && (span->end == GST_VEO_UNKNOWN || span->end <= span->total);
}

/* Of an encoded body the length says nothing about the file's */
static gboolean
is_encoded (const GstVeoReply * reply)
{
  const gchar *encoding = reply->content_encoding;

  return encoding && *encoding
      && g_ascii_strcasecmp (encoding, "identity") != 0;
}

gboolean
gst_veo_reply_get_span (const GstVeoReply * reply, GstVeoSpan * span)
{
  const gchar *text = reply->content_length;
  guint64 length = GST_VEO_UNKNOWN;

  span->start = span->end = span->total = GST_VEO_UNKNOWN;
  if (text && !is_encoded (reply) && !parse_number (&text, &length))
    length = GST_VEO_UNKNOWN;
  if (reply->status != 206 && reply->status != 416) {
    span->start = 0;
    span->end = span->total = length;
    return TRUE;
  }
  if (!reply->content_range
      || !parse_content_range (reply->content_range, span))
    return FALSE;
  if (reply->status == 416)
    return TRUE;
  return span->start != GST_VEO_UNKNOWN && (length == GST_VEO_UNKNOWN
      || length == span->end - span->start);
}

GstVeoFailureKind
gst_veo_reply_get_refusal (const GstVeoReply * reply)
{
  switch (reply->status) {
    case 401:
    case 402:
    case 403:
      return GST_VEO_FAILURE_DOWNLOAD_REFUSED;
    case 404:
    case 410:
      return GST_VEO_FAILURE_DOWNLOAD_GONE;
    default:
      return GST_VEO_FAILURE_DOWNLOAD_BROKEN;
  }
}

void
gst_veo_identity_clear (GstVeoIdentity * identity)
{
  g_clear_pointer (&identity->etag, g_free);
  g_clear_pointer (&identity->last_modified, g_free);
  identity->total = GST_VEO_UNKNOWN;
}

void
gst_veo_identity_learn (GstVeoIdentity * identity, const GstVeoReply * reply,
    const GstVeoSpan * span)
{
  if (identity->total == GST_VEO_UNKNOWN)
    identity->total = span->total;
  if (!identity->etag)
    identity->etag = g_strdup (reply->etag);
  if (!identity->last_modified)
    identity->last_modified = g_strdup (reply->last_modified);
}

/* A cache on the way may weaken a tag; it is the same tag still */
static const gchar *
skip_weak (const gchar * etag)
{
  return g_str_has_prefix (etag, "W/") ? etag + 2 : etag;
}

gboolean
gst_veo_identity_agrees (const GstVeoIdentity * identity,
    const GstVeoReply * reply, const GstVeoSpan * span, gchar ** difference)
{
  *difference = NULL;
  if (identity->total != GST_VEO_UNKNOWN && span->total != GST_VEO_UNKNOWN
      && identity->total != span->total)
    *difference = g_strdup_printf ("it had %" G_GUINT64_FORMAT
        " bytes, now it has %" G_GUINT64_FORMAT, identity->total, span->total);
  else if (identity->etag && reply->etag
      && strcmp (skip_weak (identity->etag), skip_weak (reply->etag)) != 0)
    *difference = g_strdup ("its ETag is another one");
  else if (identity->last_modified && reply->last_modified
      && strcmp (identity->last_modified, reply->last_modified) != 0)
    *difference = g_strdup ("its date (Last-Modified) is another one");
  return *difference == NULL;
}
