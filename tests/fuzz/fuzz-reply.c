/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The head of a download's answer: a byte for the status, then Content-Range,
 * Content-Length, Content-Type, ETag, a line each. */
#include "fuzz.h"

#include "gstveoreply.h"

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  static const gchar *const names[] = { "Content-Range", "Content-Length",
    "Content-Type", "ETag"
  };
  GstVeoReply reply = { 0, };
  GstVeoSpan span;

  if (size < 1)
    return 0;
  g_autofree gchar *text = fuzz_dup_text (data + 1, size - 1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", G_N_ELEMENTS (names));

  reply.status = data[0] & 1 ? 206 : 200;
  for (guint i = 0; i < G_N_ELEMENTS (names) && lines[i]; i++)
    gst_veo_reply_set_header (&reply, names[i], lines[i]);
  if (gst_veo_reply_get_span (&reply, &span)) {
    fuzz_require (span.start <= span.end || span.end == GST_VEO_UNKNOWN);
    if (span.total != GST_VEO_UNKNOWN && span.end != GST_VEO_UNKNOWN)
      fuzz_require (span.end <= span.total);
  }
  gst_veo_reply_clear (&reply);
  return 0;
}
