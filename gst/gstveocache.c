/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveocache.h"

#include <string.h>

/* Bytes of the file from start on */
typedef struct
{
  guint64 start;
  gsize size;
  guint64 age;                  /* counts insertions */
  GstBuffer *buffer;            /* owned */
} Piece;

struct _GstVeoCache
{
  GArray *pieces;               /* of Piece, sorted, never overlapping */
  guint64 bytes;
  guint64 max_bytes;
  guint64 insertions;
};

static void
clear_piece (gpointer data)
{
  gst_buffer_unref (((Piece *) data)->buffer);
}

GstVeoCache *
gst_veo_cache_new (guint64 max_bytes)
{
  GstVeoCache *cache = g_new0 (GstVeoCache, 1);

  cache->pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  g_array_set_clear_func (cache->pieces, clear_piece);
  cache->max_bytes = max_bytes;
  return cache;
}

void
gst_veo_cache_free (GstVeoCache * cache)
{
  if (!cache)
    return;
  g_array_unref (cache->pieces);
  g_free (cache);
}

void
gst_veo_cache_clear (GstVeoCache * cache)
{
  g_array_set_size (cache->pieces, 0);
  cache->bytes = 0;
}

static inline Piece *
get_piece (GstVeoCache * cache, guint i)
{
  return &g_array_index (cache->pieces, Piece, i);
}

/* Index of the first piece that ends behind offset */
static guint
find_piece (GstVeoCache * cache, guint64 offset)
{
  guint low = 0, high = cache->pieces->len;

  while (low < high) {
    guint middle = low + (high - low) / 2;
    const Piece *piece = get_piece (cache, middle);

    if (piece->start + piece->size > offset)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static void
remove_pieces (GstVeoCache * cache, guint first, guint n)
{
  guint i;

  for (i = 0; i < n; i++)
    cache->bytes -= get_piece (cache, first + i)->size;
  g_array_remove_range (cache->pieces, first, n);
}

static void
remove_oldest (GstVeoCache * cache)
{
  guint i, oldest = 0;

  for (i = 1; i < cache->pieces->len; i++) {
    if (get_piece (cache, i)->age < get_piece (cache, oldest)->age)
      oldest = i;
  }
  remove_pieces (cache, oldest, 1);
}

/* [from, from + size) of the buffer is missing before piece i */
static void
add_piece (GstVeoCache * cache, guint i, guint64 start, GstBuffer * buffer,
    gsize from, gsize size)
{
  Piece piece = { start, size, cache->insertions++, NULL };

  if (from == 0 && size == gst_buffer_get_size (buffer))
    piece.buffer = gst_buffer_ref (buffer);
  else
    piece.buffer = gst_buffer_copy_region (buffer, GST_BUFFER_COPY_MEMORY,
        from, size);
  g_array_insert_val (cache->pieces, i, piece);
  cache->bytes += size;
}

void
gst_veo_cache_insert (GstVeoCache * cache, guint64 offset, GstBuffer * buffer)
{
  guint64 pos = offset;
  guint64 end = offset + gst_buffer_get_size (buffer);
  guint i = find_piece (cache, pos);

  while (pos < end) {
    guint64 next = end;

    if (i < cache->pieces->len)
      next = MIN (end, get_piece (cache, i)->start);
    if (next > pos) {
      add_piece (cache, i, pos, buffer, pos - offset, next - pos);
      i++;
    }
    if (i >= cache->pieces->len)
      break;
    pos = get_piece (cache, i)->start + get_piece (cache, i)->size;
    i++;
  }
  while (cache->bytes > cache->max_bytes && cache->pieces->len > 1)
    remove_oldest (cache);
}

GstBuffer *
gst_veo_cache_get (GstVeoCache * cache, guint64 offset)
{
  guint i = find_piece (cache, offset);
  const Piece *piece;

  if (i == cache->pieces->len)
    return NULL;
  piece = get_piece (cache, i);
  if (piece->start > offset)
    return NULL;
  if (piece->start == offset)
    return gst_buffer_ref (piece->buffer);
  return gst_buffer_copy_region (piece->buffer, GST_BUFFER_COPY_MEMORY,
      offset - piece->start, piece->start + piece->size - offset);
}

void
gst_veo_cache_forget_before (GstVeoCache * cache, guint64 offset)
{
  guint n = find_piece (cache, offset);

  if (n > 1)
    remove_pieces (cache, 0, n - 1);
}

guint64
gst_veo_cache_find_missing (GstVeoCache * cache, guint64 from)
{
  guint i;

  for (i = find_piece (cache, from); i < cache->pieces->len; i++) {
    const Piece *piece = get_piece (cache, i);

    if (piece->start > from)
      break;
    from = piece->start + piece->size;
  }
  return from;
}

gboolean
gst_veo_cache_agrees (GstVeoCache * cache, guint64 offset,
    const guint8 * data, gsize len)
{
  guint64 end = offset + len;
  guint i;

  for (i = find_piece (cache, offset); i < cache->pieces->len; i++) {
    const Piece *piece = get_piece (cache, i);
    guint64 from = MAX (offset, piece->start);
    guint64 to = MIN (end, piece->start + piece->size);

    if (piece->start >= end)
      break;
    if (gst_buffer_memcmp (piece->buffer, from - piece->start,
            data + (from - offset), to - from) != 0)
      return FALSE;
  }
  return TRUE;
}

guint64
gst_veo_cache_get_bytes (GstVeoCache * cache)
{
  return cache->bytes;
}

/* --- The process's budget --- */

static GMutex budget_lock;
static guint64 budget_used;
static guint64 budget_limit = GST_VEO_BUDGET_BYTES;

static void
give_back (gpointer size, GstMiniObject * memory)
{
  g_mutex_lock (&budget_lock);
  budget_used -= GPOINTER_TO_SIZE (size);
  g_mutex_unlock (&budget_lock);
}

gboolean
gst_veo_budget_count (GstBuffer * buffer)
{
  guint i, n = gst_buffer_n_memory (buffer);
  gboolean within;

  for (i = 0; i < n; i++) {
    GstMemory *memory = gst_buffer_peek_memory (buffer, i);
    gsize size = memory->maxsize;

    g_mutex_lock (&budget_lock);
    budget_used += size;
    g_mutex_unlock (&budget_lock);
    gst_mini_object_weak_ref (GST_MINI_OBJECT_CAST (memory), give_back,
        GSIZE_TO_POINTER (size));
  }
  g_mutex_lock (&budget_lock);
  within = budget_used <= budget_limit;
  g_mutex_unlock (&budget_lock);
  return within;
}

guint64
gst_veo_budget_get_used (void)
{
  guint64 used;

  g_mutex_lock (&budget_lock);
  used = budget_used;
  g_mutex_unlock (&budget_lock);
  return used;
}

void
gst_veo_budget_set_limit (guint64 bytes)
{
  g_mutex_lock (&budget_lock);
  budget_limit = bytes ? bytes : GST_VEO_BUDGET_BYTES;
  g_mutex_unlock (&budget_lock);
}
