/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a server refused, in words: souphttpsrc throws the body of an error and
 * the reason of a lost connection away, so the request is made once more by
 * the client that polls. */
#ifndef __GST_VEO_EXPLAIN_H__
#define __GST_VEO_EXPLAIN_H__

#include "gstveoclient.h"

G_BEGIN_DECLS

typedef struct _GstVeoExplain GstVeoExplain;

/* quote: what the server says, or the system, if anybody does. recovered: this
 * time the server did not refuse. Called once, in the worker, unless it was
 * cancelled before; takes what it wants of quote. */
typedef void (*GstVeoExplainFunc) (GstVeoQuote * quote, gboolean recovered,
    gpointer data);

/* Any thread; returns at once. Everything but data is copied. NULL when no
 * client is loaded. Returns: (transfer full) (nullable) */
GstVeoExplain *gst_veo_explain_start (const GstVeoNetwork * network,
    const gchar * url, const gchar * key, guint timeout_ms,
    GstVeoExplainFunc func, gpointer data);
/* Any thread; func is not called any more. Takes the reference. */
void gst_veo_explain_cancel (GstVeoExplain * explain);

G_END_DECLS

#endif /* __GST_VEO_EXPLAIN_H__ */
