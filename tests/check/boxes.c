/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include "gstveoboxes.h"
#include "gstveowebm.h"

#include <string.h>

static void
put_number (guint8 * at, guint64 number, guint len)
{
  while (len-- > 0) {
    at[len] = number;
    number >>= 8;
  }
}

/* A box header, with the size in 64 bits if wide */
static void
put_box (guint8 * at, guint64 size, const gchar * type, gboolean wide)
{
  put_number (at, wide ? 1 : size, 4);
  memcpy (at + 4, type, 4);
  if (wide)
    put_number (at + 8, size, 8);
}

/* ftyp 20, free 8 (only a header), mdat 100 (wide), moov 50, free 30 */
static const guint ends[] = { 20, 28, 128, 178, 208 };

static guint8 *
make_file (void)
{
  guint8 *file = g_malloc0 (208);

  put_box (file, 20, "ftyp", FALSE);
  put_box (file + 20, 8, "free", FALSE);
  put_box (file + 28, 100, "mdat", TRUE);
  put_box (file + 128, 50, "moov", FALSE);
  put_box (file + 178, 30, "free", FALSE);
  return file;
}

GST_START_TEST (test_every_end)
{
  /* Given an MP4 with its index behind the media.
   * When it ends after any number of bytes, pushed in pieces of any size.
   * Then only the ends of boxes after the index count as ends. */
  g_autofree guint8 *file = make_file ();
  guint end, piece, i;

  for (end = 0; end <= 208; end++) {
    for (piece = 1; piece < 40; piece++) {
      GstVeoBoxes boxes;
      gboolean may_end = end == ends[3] || end == ends[4];

      gst_veo_boxes_reset (&boxes);
      for (i = 0; i < end; i += piece)
        gst_veo_boxes_push (&boxes, file + i, MIN (piece, end - i));
      fail_unless_equals_uint64 (boxes.pos, end);
      fail_unless_equals_int (gst_veo_boxes_get_state (&boxes),
          may_end ? GST_VEO_BOXES_END : GST_VEO_BOXES_INSIDE);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_every_end_with_the_index_in_front)
{
  /* Given an MP4 with its index in front of the media, which are in one piece,
   * in fragments, or, as newer files have them, in boxes of another name.
   * When it ends after any number of bytes.
   * Then only the end of the first media, or of what follows them, is one. */
  static const gchar *types[][4] = {
    {"free", "mdat", "free", "free"}, {"moof", "mdat", "moof", "mdat"},
    {"moof", "imda", "moof", "imda"}
  };
  guint8 file[150] = { 0, };
  guint end, i;

  put_box (file, 20, "ftyp", FALSE);
  put_box (file + 20, 30, "moov", FALSE);
  for (i = 0; i < 4; i++)
    put_box (file + 50 + 25 * i, 25, types[__i__][i], FALSE);
  for (end = 0; end <= sizeof file; end++) {
    GstVeoBoxes boxes;

    gst_veo_boxes_reset (&boxes);
    gst_veo_boxes_push (&boxes, file, end);
    fail_unless_equals_int (gst_veo_boxes_get_state (&boxes),
        end >= 100 && end % 25 == 0 ? GST_VEO_BOXES_END : GST_VEO_BOXES_INSIDE);
    fail_if (boxes.index_behind);
  }
}

GST_END_TEST;

GST_START_TEST (test_open_ended)
{
  /* Given a last box of size 0, which goes on to the end of the file.
   * When the file ends anywhere in it.
   * Then that is an end, if the index came before. */
  g_autofree guint8 *file = g_malloc0 (200);
  guint with_index;

  for (with_index = 0; with_index < 2; with_index++) {
    GstVeoBoxes boxes;

    put_box (file, 20, "ftyp", FALSE);
    put_box (file + 20, 30, with_index ? "moov" : "free", FALSE);
    put_box (file + 50, 0, "mdat", FALSE);
    gst_veo_boxes_reset (&boxes);
    gst_veo_boxes_push (&boxes, file, 133);
    fail_unless_equals_int (gst_veo_boxes_get_state (&boxes),
        with_index ? GST_VEO_BOXES_END : GST_VEO_BOXES_INSIDE);
  }
}

GST_END_TEST;

GST_START_TEST (test_foreign)
{
  /* Given MPEG-TS, a size that cannot be, noise.
   * When its first bytes were seen.
   * Then the boxes say nothing about its end. */
  static const guint8 files[][9] = {
    "\x47\x40\x00\x10\x00\x00\xb0\x0d",
    "\x00\x00\x00\x03" "ftyp", "\x00\x00\x00\x20" "text",
    "\xff\xd8\xff\xe0\x00\x10JF"
  };
  GstVeoBoxes boxes;

  gst_veo_boxes_reset (&boxes);
  gst_veo_boxes_push (&boxes, files[__i__], 8);
  fail_unless_equals_int (gst_veo_boxes_get_state (&boxes),
      GST_VEO_BOXES_FOREIGN);
}

GST_END_TEST;

GST_START_TEST (test_largest_box)
{
  /* Given a box that ends with the largest number there is, or behind it.
   * When its header was seen.
   * Then the one goes on, and the other cannot be. */
  guint8 file[36] = { 0 };
  guint excess;

  for (excess = 0; excess < 2; excess++) {
    GstVeoBoxes boxes;

    put_box (file, 20, "ftyp", FALSE);
    put_box (file + 20, G_MAXUINT64 - 20 + excess, "mdat", TRUE);
    gst_veo_boxes_reset (&boxes);
    gst_veo_boxes_push (&boxes, file, 36);
    fail_unless_equals_int (gst_veo_boxes_get_state (&boxes),
        excess ? GST_VEO_BOXES_FOREIGN : GST_VEO_BOXES_INSIDE);
  }
}

GST_END_TEST;

GST_START_TEST (test_skip)
{
  /* Given an MP4 whose media are not read but jumped over.
   * When the walk goes on at the index, or in the middle of the media.
   * Then it finds the end; a jump over a header it does not know is no jump. */
  g_autofree guint8 *file = make_file ();
  GstVeoBoxes boxes;

  gst_veo_boxes_reset (&boxes);
  gst_veo_boxes_push (&boxes, file, 60);
  gst_veo_boxes_skip_to (&boxes, 178);
  fail_unless_equals_uint64 (boxes.pos, 60);
  gst_veo_boxes_skip_to (&boxes, 100);
  gst_veo_boxes_skip_to (&boxes, 128);
  fail_unless_equals_uint64 (boxes.pos, 128);
  gst_veo_boxes_push (&boxes, file + 128, 80);
  fail_unless_equals_int (gst_veo_boxes_get_state (&boxes), GST_VEO_BOXES_END);
}

GST_END_TEST;

/* --- WebM --- */

/* An element's header: its id, and its size in so many bytes; UNKNOWN: all ones */
#define UNKNOWN GST_VEO_WEBM_UNKNOWN_SIZE

static void
put_element (GByteArray * file, guint32 id, guint64 size, guint size_bytes)
{
  guint8 at[GST_VEO_WEBM_MAX_HEADER];
  guint id_bytes = id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1;

  put_number (at, id, id_bytes);
  put_number (at + id_bytes, size, size_bytes);
  at[id_bytes] = (size == UNKNOWN ? 0xff >> size_bytes : at[id_bytes])
      | 0x100 >> size_bytes;
  g_byte_array_append (file, at, id_bytes + size_bytes);
}

static void
put_nothing (GByteArray * file, guint bytes)
{
  g_byte_array_set_size (file, file->len + bytes);
  memset (file->data + file->len - bytes, 0, bytes);
}

/* The beginning of every file; then a segment */
static GByteArray *
make_webm (guint64 segment_size)
{
  GByteArray *file = g_byte_array_new ();

  put_element (file, 0x1a45dfa3, 31, 1);
  put_nothing (file, 31);
  put_element (file, 0xec, 3, 2);       /* Void */
  put_nothing (file, 3);
  put_element (file, GST_VEO_WEBM_SEGMENT, segment_size, 8);
  return file;
}

/* What an end after so many bytes means, whatever pieces they come in */
static GstVeoBoxesState
state_after (GByteArray * file, guint end)
{
  GstVeoBoxesState state = GST_VEO_BOXES_FOREIGN;
  guint piece, i;

  for (piece = 1; piece < 40; piece++) {
    GstVeoBoxes boxes;

    gst_veo_boxes_reset (&boxes);
    for (i = 0; i < end; i += piece)
      gst_veo_boxes_push (&boxes, file->data + i, MIN (piece, end - i));
    fail_unless_equals_uint64 (boxes.pos, end);
    if (piece > 1)
      fail_unless_equals_int (gst_veo_boxes_get_state (&boxes), state);
    state = gst_veo_boxes_get_state (&boxes);
  }
  return state;
}

GST_START_TEST (test_webm)
{
  /* Given WebM whose segment says how long it is.
   * When the file ends after any number of bytes.
   * Then only the end of the segment counts as one. */
  g_autoptr (GByteArray) file = make_webm (100);
  guint end, size;

  put_element (file, GST_VEO_WEBM_CLUSTER, 10, 1);
  put_nothing (file, 95);
  size = file->len;
  for (end = 0; end <= size; end++)
    fail_unless_equals_int (state_after (file, end),
        end == size ? GST_VEO_BOXES_END : GST_VEO_BOXES_INSIDE);
}

GST_END_TEST;

GST_START_TEST (test_webm_in_pieces_of_unknown_size)
{
  /* Given WebM that was written as it was made: the segment's size is unknown,
   * what is in it knows its own.
   * When the file ends after any number of bytes.
   * Then only the end of a cluster, or of what follows one, counts as one. */
  g_autoptr (GByteArray) file = make_webm (UNKNOWN);
  guint end, ends[2], size;

  put_element (file, 0x1654ae6b, 20, 1);        /* Tracks */
  put_nothing (file, 20);
  put_element (file, GST_VEO_WEBM_CLUSTER, 40, 8);
  put_nothing (file, 40);
  ends[0] = file->len;
  put_element (file, 0x1c53bb6b, 5, 4); /* Cues */
  put_nothing (file, 5);
  ends[1] = size = file->len;
  for (end = 0; end <= size; end++)
    fail_unless_equals_int (state_after (file, end),
        end == ends[0] || end == ends[1] ? GST_VEO_BOXES_END
        : GST_VEO_BOXES_INSIDE);
}

GST_END_TEST;

GST_START_TEST (test_webm_that_cannot_tell)
{
  /* Given WebM whose clusters do not know their size either, or that goes on
   * with what is no element.
   * When their headers were seen.
   * Then nothing can be told of its end. */
  g_autoptr (GByteArray) open = make_webm (UNKNOWN);
  g_autoptr (GByteArray) bad_id = make_webm (UNKNOWN);
  g_autoptr (GByteArray) bad_size = make_webm (UNKNOWN);

  put_element (open, GST_VEO_WEBM_CLUSTER, UNKNOWN, 8);
  fail_unless_equals_int (state_after (open, open->len), GST_VEO_BOXES_FOREIGN);
  put_nothing (bad_id, 1);
  fail_unless_equals_int (state_after (bad_id, bad_id->len),
      GST_VEO_BOXES_FOREIGN);
  g_byte_array_append (bad_size, (const guint8 *) "\xec\x00", 2);
  fail_unless_equals_int (state_after (bad_size, bad_size->len),
      GST_VEO_BOXES_FOREIGN);
}

GST_END_TEST;

GST_START_TEST (test_webm_header)
{
  /* Given headers of every length.
   * When they are read, with a byte more each time.
   * Then all of it is asked for, and id and size come out. */
  static const guint32 ids[] = { 0xec, 0x4286, 0x2ad7b1, GST_VEO_WEBM_SEGMENT };
  guint i, size_bytes, have;

  for (i = 0; i < G_N_ELEMENTS (ids); i++)
    for (size_bytes = 1; size_bytes <= 8; size_bytes++) {
      guint64 size = G_GUINT64_CONSTANT (0x5234567890abcd)
          & ((G_GUINT64_CONSTANT (1) << (7 * size_bytes)) - 1);
      g_autoptr (GByteArray) header = g_byte_array_new ();
      guint32 id;
      guint64 read;

      put_element (header, ids[i], size, size_bytes);
      fail_unless_equals_int (header->len, i + 1 + size_bytes);
      for (have = 0; have < header->len; have++)
        fail_unless_equals_int (gst_veo_webm_read_header (header->data, have,
                &id, &read), 0);
      fail_unless_equals_int (gst_veo_webm_read_header (header->data, have,
              &id, &read), have);
      fail_unless_equals_int (id, ids[i]);
      fail_unless_equals_uint64 (read, size);
    }
}

GST_END_TEST;

GST_START_TEST (test_index_behind)
{
  /* Given an MP4 with its media before or behind its index, or a WebM.
   * When it is walked, byte by byte.
   * Then it is known with the header of the media that the index is behind. */
  g_autofree guint8 *behind = make_file ();
  g_autofree guint8 *before = make_file ();
  g_autoptr (GByteArray) webm = make_webm (100);
  GstVeoBoxes boxes;
  guint i;

  put_box (before + 20, 8, "moov", FALSE);
  gst_veo_boxes_reset (&boxes);
  for (i = 0; i < 208; i++) {
    gst_veo_boxes_push (&boxes, behind + i, 1);
    fail_unless_equals_int (boxes.index_behind, i >= 28 + 15);
  }
  gst_veo_boxes_reset (&boxes);
  gst_veo_boxes_push (&boxes, before, 208);
  fail_if (boxes.index_behind);
  gst_veo_boxes_reset (&boxes);
  gst_veo_boxes_push (&boxes, webm->data, webm->len);
  fail_if (boxes.index_behind);
}

GST_END_TEST;

GST_START_TEST (test_noise)
{
  /* Given bytes without any sense.
   * When they are pushed.
   * Then the walk neither crashes nor hangs, and counts them all. */
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  guint round, i;

  for (round = 0; round < 20000; round++) {
    guint8 noise[40];
    GstVeoBoxes boxes;

    for (i = 0; i < sizeof noise; i++)
      noise[i] =
          g_rand_int_range (rand, 0, 4) ? g_rand_int_range (rand, 0, 256) : 0;
    if (round & 1)
      put_box (noise, g_rand_int_range (rand, 0, 30), "moov", round & 2);
    else if (round & 2)
      memcpy (noise, "\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67", 9);
    gst_veo_boxes_reset (&boxes);
    gst_veo_boxes_push (&boxes, noise, sizeof noise);
    gst_veo_boxes_get_state (&boxes);
    fail_unless_equals_uint64 (boxes.pos, sizeof noise);
  }
}

GST_END_TEST;

static Suite *
boxes_suite (void)
{
  Suite *s = suite_create ("boxes");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_every_end);
  tcase_add_loop_test (tc, test_every_end_with_the_index_in_front, 0, 3);
  tcase_add_test (tc, test_open_ended);
  tcase_add_loop_test (tc, test_foreign, 0, 4);
  tcase_add_test (tc, test_webm);
  tcase_add_test (tc, test_webm_in_pieces_of_unknown_size);
  tcase_add_test (tc, test_webm_that_cannot_tell);
  tcase_add_test (tc, test_webm_header);
  tcase_add_test (tc, test_largest_box);
  tcase_add_test (tc, test_skip);
  tcase_add_test (tc, test_index_behind);
  tcase_add_test (tc, test_noise);
  return s;
}

GST_CHECK_MAIN (boxes);
