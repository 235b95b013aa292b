/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was received and is kept, by reference, for seeks; and the process's
 * budget for all that was received and is still in memory. */
#ifndef __GST_VEO_CACHE_H__
#define __GST_VEO_CACHE_H__

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_VEO_CACHE_MAX_BYTES (256u << 20)    /* one element */
#define GST_VEO_BUDGET_BYTES (G_GUINT64_CONSTANT (1) << 30)     /* the process */

typedef struct _GstVeoCache GstVeoCache;

GstVeoCache *gst_veo_cache_new (guint64 max_bytes);
void gst_veo_cache_free (GstVeoCache * cache);
void gst_veo_cache_clear (GstVeoCache * cache);

/* Keeps what is not there yet of the buffer that begins at offset in the file.
 * Over max_bytes the oldest go. */
void gst_veo_cache_insert (GstVeoCache * cache, guint64 offset,
    GstBuffer * buffer);
/* Bytes from offset on, as many as lie in one piece; NULL when there are none.
 * Returns: (transfer full) (nullable): its memory is shared, not copied */
GstBuffer *gst_veo_cache_get (GstVeoCache * cache, guint64 offset);
/* Forgets all that lies before offset but the last piece */
void gst_veo_cache_forget_before (GstVeoCache * cache, guint64 offset);
/* The first offset not before from that is not there */
guint64 gst_veo_cache_find_missing (GstVeoCache * cache, guint64 from);
/* FALSE: bytes at offset are there, and are others */
gboolean gst_veo_cache_agrees (GstVeoCache * cache, guint64 offset,
    const guint8 * data, gsize len);
guint64 gst_veo_cache_get_bytes (GstVeoCache * cache);

/* Counts the memory of a received buffer until the last reference to it is
 * gone, wherever it went. FALSE: the budget is used up. */
gboolean gst_veo_budget_count (GstBuffer * buffer);
guint64 gst_veo_budget_get_used (void);
/* For tests; 0: as it was */
void gst_veo_budget_set_limit (guint64 bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoCache, gst_veo_cache_free)

G_END_DECLS

#endif /* __GST_VEO_CACHE_H__ */
