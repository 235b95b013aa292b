/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <glib/gstdio.h>
#include "gstveosave.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static gchar *directory;
static gchar *path;
static gchar *part;

static void
setup (void)
{
  directory = g_dir_make_tmp ("veo-save-XXXXXX", NULL);
  path = g_build_filename (directory, "clip.mp4", NULL);
  part = g_strconcat (path, ".part", NULL);
}

static void
teardown (void)
{
  g_unlink (path);
  g_unlink (part);
  g_rmdir (directory);
  g_clear_pointer (&directory, g_free);
  g_clear_pointer (&path, g_free);
  g_clear_pointer (&part, g_free);
}

static gboolean
exists (const gchar * name)
{
  return g_file_test (name, G_FILE_TEST_EXISTS);
}

static void
fail_unless_contents (const gchar * name, const gchar * wanted)
{
  g_autofree gchar *contents = NULL;

  fail_unless (g_file_get_contents (name, &contents, NULL, NULL));
  fail_unless_equals_string (contents, wanted);
}

static void
put (GstVeoSave * save, guint64 offset, const gchar * text)
{
  g_autoptr (GError) error = NULL;

  fail_unless (gst_veo_save_write (save, offset, (const guint8 *) text,
          strlen (text), &error), "%s", error ? error->message : "");
}

GST_START_TEST (test_in_order)
{
  /* Given a save.
   * When its bytes come in order and it is finished.
   * Then the file appears whole, only then, and PATH.part is gone. */
  GstVeoSave *save = gst_veo_save_new (path, NULL);

  fail_unless (exists (part));
  put (save, 0, "hello ");
  fail_if (gst_veo_save_is_complete (save, 11));
  put (save, 6, "world");
  fail_unless (gst_veo_save_is_complete (save, 11));
  fail_if (exists (path));
  fail_unless (gst_veo_save_finish (save, NULL));
  fail_if (exists (part));
  gst_veo_save_free (save);
  fail_unless_contents (path, "hello world");
}

GST_END_TEST;

GST_START_TEST (test_any_order)
{
  /* Given bytes in any order, with overlaps.
   * When they are written.
   * Then what is missing is known at each step, and the file is right in the end. */
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  guint round, i;

  for (round = 0; round < 50; round++) {
    g_autoptr (GstVeoSave) save = gst_veo_save_new (path, NULL);
    gchar wanted[201];
    gboolean there[201] = { 0, };

    for (i = 0; i < 200; i++)
      wanted[i] = 'a' + g_rand_int_range (rand, 0, 26);
    wanted[200] = 0;
    while (!gst_veo_save_is_complete (save, 200)) {
      guint start = g_rand_int_range (rand, 0, 200);
      guint size = g_rand_int_range (rand, 1, 40);
      guint missing = 0;

      size = MIN (size, 200 - start);
      fail_unless (gst_veo_save_write (save, start, (guint8 *) wanted + start,
              size, NULL));
      for (i = start; i < start + size; i++)
        there[i] = TRUE;
      while (missing < 200 && there[missing])
        missing++;
      fail_unless_equals_uint64 (gst_veo_save_find_missing (save, 0), missing);
    }
    fail_unless (gst_veo_save_finish (save, NULL));
    fail_unless_contents (path, wanted);
  }
}

GST_END_TEST;

GST_START_TEST (test_unfinished)
{
  /* Given a save with a part of its bytes, and an older file at its path.
   * When it is dropped.
   * Then PATH.part is gone and the older file is as it was. */
  GstVeoSave *save;

  fail_unless (g_file_set_contents (path, "older", -1, NULL));
  save = gst_veo_save_new (path, NULL);
  put (save, 0, "new");
  gst_veo_save_free (save);
  fail_if (exists (part));
  fail_unless_contents (path, "older");
}

GST_END_TEST;

GST_START_TEST (test_leftover)
{
  /* Given a longer PATH.part that a killed process left.
   * When the file is saved anew.
   * Then nothing of the old one is in it. */
  GstVeoSave *save;

  fail_unless (g_file_set_contents (part, "a long leftover", -1, NULL));
  save = gst_veo_save_new (path, NULL);
  put (save, 0, "short");
  fail_unless (gst_veo_save_finish (save, NULL));
  gst_veo_save_free (save);
  fail_unless_contents (path, "short");
}

GST_END_TEST;

GST_START_TEST (test_two_writers)
{
  /* Given a save that is under way.
   * When a second one is asked for the same path.
   * Then it is refused, and the first one is not disturbed. */
  GstVeoSave *save = gst_veo_save_new (path, NULL);
  g_autoptr (GError) error = NULL;

  put (save, 0, "first");
  fail_unless (gst_veo_save_new (path, &error) == NULL);
  fail_unless (error != NULL && strstr (error->message, "Another download"));
  fail_unless (strstr (error->message, "a save-location of its own") != NULL);
  fail_unless (exists (part));
  fail_unless (gst_veo_save_finish (save, NULL));
  gst_veo_save_free (save);
  fail_unless_contents (path, "first");
}

GST_END_TEST;

GST_START_TEST (test_cannot_write)
{
  /* Given a directory that does not exist.
   * When something is to be saved there.
   * Then a sentence says so. */
  g_autofree gchar *nowhere = g_build_filename (directory, "no", "clip", NULL);
  g_autoptr (GError) error = NULL;

  fail_unless (gst_veo_save_new (nowhere, &error) == NULL);
  fail_unless (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT));
  fail_unless (g_str_has_prefix (error->message, "Cannot write"));
  fail_unless (strstr (error->message, ". Set save-location to ") != NULL);
}

GST_END_TEST;

GST_START_TEST (test_no_room)
{
  /* Given a file that may have 100 bytes.
   * When more are written.
   * Then that is an error that says where, at once. */
  struct rlimit limit, before;
  guint8 bytes[200] = { 0, };
  GstVeoSave *save = gst_veo_save_new (path, NULL);
  g_autoptr (GError) error = NULL;
  gboolean written;

  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &before);
  limit = before;
  limit.rlim_cur = 100;
  fail_unless (setrlimit (RLIMIT_FSIZE, &limit) == 0);
  written = gst_veo_save_write (save, 0, bytes, sizeof bytes, &error);
  /* what is told of this test goes through a file as well */
  setrlimit (RLIMIT_FSIZE, &before);
  fail_if (written);
  fail_unless (error && error->domain == G_FILE_ERROR);
  fail_unless (strstr (error->message, "clip.mp4") != NULL, "%s",
      error->message);
  gst_veo_save_free (save);
  fail_if (exists (part) || exists (path));
}

GST_END_TEST;

GST_START_TEST (test_no_link_is_followed)
{
  /* Given a symbolic link to another file at the place of PATH.part.
   * When something is to be saved.
   * Then that fails, and the other file is as it was. */
  g_autofree gchar *other = g_build_filename (directory, "other", NULL);
  g_autoptr (GError) error = NULL;

  fail_unless (g_file_set_contents (other, "precious", -1, NULL));
  fail_unless_equals_int (symlink (other, part), 0);
  fail_unless (gst_veo_save_new (path, &error) == NULL);
  fail_unless (error != NULL);
  fail_unless_contents (other, "precious");
  g_unlink (other);
}

GST_END_TEST;

GST_START_TEST (test_cannot_rename)
{
  /* Given a directory at the place of the file.
   * When the save is finished.
   * Then that fails, and PATH.part goes with the save. */
  GstVeoSave *save = gst_veo_save_new (path, NULL);
  g_autofree gchar *inside = g_build_filename (path, "x", NULL);
  g_autoptr (GError) error = NULL;

  put (save, 0, "bytes");
  g_mkdir (path, 0700);
  g_mkdir (inside, 0700);
  fail_if (gst_veo_save_finish (save, &error));
  fail_unless (error != NULL);
  gst_veo_save_free (save);
  fail_if (exists (part));
  g_rmdir (inside);
  g_rmdir (path);
}

GST_END_TEST;

static Suite *
save_suite (void)
{
  Suite *s = suite_create ("save");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_in_order);
  tcase_add_test (tc, test_any_order);
  tcase_add_test (tc, test_unfinished);
  tcase_add_test (tc, test_leftover);
  tcase_add_test (tc, test_two_writers);
  tcase_add_test (tc, test_cannot_write);
  tcase_add_test (tc, test_no_room);
  tcase_add_test (tc, test_no_link_is_followed);
  tcase_add_test (tc, test_cannot_rename);
  return s;
}

GST_CHECK_MAIN (save);
