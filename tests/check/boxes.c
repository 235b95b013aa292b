/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include "gstveoboxes.h"

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
  /* Given WebM, MPEG-TS, a size that cannot be, noise.
   * When its first bytes were seen.
   * Then the boxes say nothing about its end. */
  static const guint8 files[][9] = {
    "\x1a\x45\xdf\xa3\x9f\x42\x86\x81", "\x47\x40\x00\x10\x00\x00\xb0\x0d",
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
      noise[i] = g_rand_int_range (rand, 0, 4) ? g_rand_int_range (rand, 0, 256) : 0;
    if (round & 1)
      put_box (noise, g_rand_int_range (rand, 0, 30), "moov", round & 2);
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
  tcase_add_test (tc, test_open_ended);
  tcase_add_loop_test (tc, test_foreign, 0, 5);
  tcase_add_test (tc, test_skip);
  tcase_add_test (tc, test_noise);
  return s;
}

GST_CHECK_MAIN (boxes);
