/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include "gstveocache.h"

#include <string.h>

/* Byte i of the file is i modulo 251 */
static guint8
file_byte (guint64 i)
{
  return i % 251;
}

static GstBuffer *
make_buffer (guint64 start, gsize size)
{
  guint8 *data = g_malloc (size);
  gsize i;

  for (i = 0; i < size; i++)
    data[i] = file_byte (start + i);
  return gst_buffer_new_wrapped (data, size);
}

static void
insert (GstVeoCache * cache, guint64 start, gsize size)
{
  GstBuffer *buffer = make_buffer (start, size);

  gst_veo_cache_insert (cache, start, buffer);
  gst_buffer_unref (buffer);
}

/* How many right bytes the cache has from offset on, in one piece */
static gsize
get_length (GstVeoCache * cache, guint64 offset)
{
  g_autoptr (GstBuffer) buffer = gst_veo_cache_get (cache, offset);
  GstMapInfo map;
  gsize i, size;

  if (!buffer)
    return 0;
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  for (i = 0; i < map.size; i++)
    fail_unless_equals_int (map.data[i], file_byte (offset + i));
  size = map.size;
  gst_buffer_unmap (buffer, &map);
  return size;
}

GST_START_TEST (test_random_inserts)
{
  /* Given pieces of a file that come in any order and overlap.
   * When they are kept.
   * Then the cache has exactly the bytes that came, each once. */
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  guint round, i;

  for (round = 0; round < 300; round++) {
    g_autoptr (GstVeoCache) cache = gst_veo_cache_new (G_MAXUINT64);
    gboolean there[400] = { 0, };
    guint n, count = 0;

    for (n = 0; n < 15; n++) {
      guint start = g_rand_int_range (rand, 0, 350);
      guint size = g_rand_int_range (rand, 1, 50);

      insert (cache, start, size);
      for (i = start; i < start + size; i++)
        there[i] = TRUE;
    }
    for (i = 0; i < G_N_ELEMENTS (there); i++) {
      guint missing = i;

      count += there[i];
      fail_unless_equals_int (get_length (cache, i) > 0, there[i]);
      while (missing < G_N_ELEMENTS (there) && there[missing])
        missing++;
      fail_unless_equals_uint64 (gst_veo_cache_find_missing (cache, i),
          missing);
    }
    fail_unless_equals_uint64 (gst_veo_cache_get_bytes (cache), count);
  }
}

GST_END_TEST;

GST_START_TEST (test_agrees)
{
  /* Given a cache with a hole.
   * When bytes come again, right ones and one wrong one.
   * Then the wrong one is found where there is something to compare, and only there. */
  g_autoptr (GstVeoCache) cache = gst_veo_cache_new (G_MAXUINT64);
  guint8 again[100];
  guint i;

  insert (cache, 10, 20);
  insert (cache, 50, 30);
  for (i = 0; i < 100; i++)
    again[i] = file_byte (i);
  fail_unless (gst_veo_cache_agrees (cache, 0, again, 100));
  for (i = 0; i < 100; i++) {
    gboolean known = (i >= 10 && i < 30) || (i >= 50 && i < 80);

    again[i] ^= 1;
    fail_unless_equals_int (gst_veo_cache_agrees (cache, 0, again, 100),
        !known);
    again[i] ^= 1;
  }
}

GST_END_TEST;

GST_START_TEST (test_cap)
{
  /* Given a cache of at most 100 bytes.
   * When more comes.
   * Then the oldest goes, and the newest is there. */
  g_autoptr (GstVeoCache) cache = gst_veo_cache_new (100);
  guint i;

  for (i = 0; i < 10; i++)
    insert (cache, i * 30, 30);
  fail_unless_equals_uint64 (gst_veo_cache_get_bytes (cache), 90);
  fail_unless_equals_int (get_length (cache, 0), 0);
  fail_unless_equals_int (get_length (cache, 270), 30);
}

GST_END_TEST;

GST_START_TEST (test_forget)
{
  /* Given what was delivered and is not to be kept.
   * When all before a byte is forgotten.
   * Then the last piece before it stays, to be compared with. */
  g_autoptr (GstVeoCache) cache = gst_veo_cache_new (G_MAXUINT64);
  guint i;

  for (i = 0; i < 5; i++)
    insert (cache, i * 10, 10);
  gst_veo_cache_forget_before (cache, 30);
  fail_unless_equals_int (get_length (cache, 19), 0);
  fail_unless_equals_int (get_length (cache, 20), 10);
  fail_unless_equals_uint64 (gst_veo_cache_get_bytes (cache), 30);
}

GST_END_TEST;

GST_START_TEST (test_budget)
{
  /* Given a budget of 1,000 bytes for the process.
   * When buffers are counted, shared, copied and dropped.
   * Then memory counts until its last holder lets go, and no longer. */
  GstBuffer *first = make_buffer (0, 600);
  GstBuffer *second = make_buffer (0, 600);
  GstBuffer *part;

  gst_veo_budget_set_limit (1000);
  fail_unless (gst_veo_budget_count (first));
  fail_if (gst_veo_budget_count (second));
  part = gst_buffer_copy_region (first, GST_BUFFER_COPY_MEMORY, 10, 10);
  gst_buffer_unref (first);
  fail_unless_equals_uint64 (gst_veo_budget_get_used (), 1200);
  gst_buffer_unref (part);
  gst_buffer_unref (second);
  fail_unless_equals_uint64 (gst_veo_budget_get_used (), 0);
  gst_veo_budget_set_limit (0);
}

GST_END_TEST;

static Suite *
cache_suite (void)
{
  Suite *s = suite_create ("cache");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, test_random_inserts);
  tcase_add_test (tc, test_agrees);
  tcase_add_test (tc, test_cap);
  tcase_add_test (tc, test_forget);
  tcase_add_test (tc, test_budget);
  return s;
}

GST_CHECK_MAIN (cache);
