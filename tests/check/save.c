/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <glib/gstdio.h>
#include "gstveosave.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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
  /* Given a PATH.part that somebody has removed.
   * When the save is finished.
   * Then that fails, and there is no file. */
  GstVeoSave *save = gst_veo_save_new (path, NULL);
  g_autoptr (GError) error = NULL;

  put (save, 0, "bytes");
  g_unlink (part);
  fail_if (gst_veo_save_finish (save, &error));
  fail_unless (error && g_str_has_prefix (error->message, "Cannot write"));
  gst_veo_save_free (save);
  fail_if (exists (part) || exists (path));
}

GST_END_TEST;

/* --- What is there and no file --- */

typedef enum
{
  OBSTACLE_PIPE,
  OBSTACLE_SOCKET,
  OBSTACLE_DIRECTORY,
  OBSTACLE_CIRCLE,              /* a link to itself */
  N_OBSTACLES
} Obstacle;

static void
make_socket (const gchar * name)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gint fd = socket (AF_UNIX, SOCK_STREAM, 0);

  g_strlcpy (address.sun_path, name, sizeof address.sun_path);
  fail_unless_equals_int (bind (fd, (struct sockaddr *) &address,
          sizeof address), 0);
  close (fd);
}

static void
put_obstacle (Obstacle obstacle, const gchar * name)
{
  switch (obstacle) {
    case OBSTACLE_PIPE:
      fail_unless_equals_int (mkfifo (name, 0600), 0);
      break;
    case OBSTACLE_SOCKET:
      make_socket (name);
      break;
    case OBSTACLE_DIRECTORY:
      fail_unless_equals_int (g_mkdir (name, 0700), 0);
      break;
    default:
      fail_unless_equals_int (symlink (name, name), 0);
      break;
  }
}

/* It is the very same as before, PATH.part is gone, and a sentence says so. */
static void
fail_unless_untouched (const gchar * name, const struct stat *before,
    const GError * error)
{
  g_autofree gchar *wanted = g_strdup_printf ("Cannot write %s: what is there "
      "is no regular file, and is left alone. Set save-location to a file that "
      "can be written, and run again.", name);
  struct stat after;

  fail_unless (error != NULL);
  fail_unless_equals_string (error->message, wanted);
  fail_unless_equals_int (lstat (name, &after), 0);
  fail_unless_equals_uint64 (after.st_ino, before->st_ino);
  fail_unless_equals_int (after.st_mode, before->st_mode);
  fail_if (exists (part));
}

GST_START_TEST (test_no_regular_file)
{
  /* Given a pipe, a socket, a directory, or a link to itself at the path.
   * When something is to be saved there.
   * Then that fails at once, and what is there stays. */
  struct stat before;
  g_autoptr (GError) error = NULL;

  put_obstacle (__i__, path);
  fail_unless_equals_int (lstat (path, &before), 0);
  fail_unless (gst_veo_save_new (path, &error) == NULL);
  fail_unless_untouched (path, &before, error);
  g_remove (path);
}

GST_END_TEST;

GST_START_TEST (test_no_regular_file_behind_a_link)
{
  /* Given a link to a pipe, a socket, a directory, or in a circle.
   * When something is to be saved there.
   * Then that fails at once, and what is there stays. */
  g_autofree gchar *other = g_build_filename (directory, "other", NULL);
  struct stat before;
  g_autoptr (GError) error = NULL;

  put_obstacle (__i__, other);
  fail_unless_equals_int (symlink (other, path), 0);
  fail_unless_equals_int (lstat (other, &before), 0);
  fail_unless (gst_veo_save_new (path, &error) == NULL);
  fail_unless_untouched (other, &before, error);
  fail_unless (g_file_test (path, G_FILE_TEST_IS_SYMLINK));
  g_remove (other);
}

GST_END_TEST;

GST_START_TEST (test_came_meanwhile)
{
  /* Given a save that is under way.
   * When a pipe, a socket, a directory or a link has come to the path, and the
   * save is finished.
   * Then that fails, and what is there stays. */
  GstVeoSave *save = gst_veo_save_new (path, NULL);
  struct stat before;
  g_autoptr (GError) error = NULL;

  put (save, 0, "bytes");
  put_obstacle (__i__, path);
  fail_unless_equals_int (lstat (path, &before), 0);
  fail_if (gst_veo_save_finish (save, &error));
  gst_veo_save_free (save);
  fail_unless_untouched (path, &before, error);
  g_remove (path);
}

GST_END_TEST;

GST_START_TEST (test_links_are_followed)
{
  /* Given a link to a link to a file that is not there yet, one of them relative.
   * When something is saved.
   * Then it is stored where they lead, by way of a PATH.part there, and the
   * links are still links. */
  g_autofree gchar *target = g_build_filename (directory, "deep", "clip", NULL);
  g_autofree gchar *target_part = g_strconcat (target, ".part", NULL);
  g_autofree gchar *deep = g_path_get_dirname (target);
  g_autofree gchar *second = g_build_filename (directory, "second", NULL);
  GstVeoSave *save;

  fail_unless_equals_int (g_mkdir (deep, 0700), 0);
  fail_unless_equals_int (symlink ("deep/clip", second), 0);
  fail_unless_equals_int (symlink (second, path), 0);
  save = gst_veo_save_new (path, NULL);
  fail_unless (save != NULL);
  put (save, 0, "bytes");
  fail_unless (exists (target_part));
  fail_if (exists (target) || exists (part));
  fail_unless (gst_veo_save_finish (save, NULL));
  gst_veo_save_free (save);
  fail_unless_contents (path, "bytes");
  fail_unless (g_file_test (target, G_FILE_TEST_IS_REGULAR));
  fail_unless (g_file_test (path, G_FILE_TEST_IS_SYMLINK));
  fail_unless (g_file_test (second, G_FILE_TEST_IS_SYMLINK));
  fail_if (exists (target_part));
  g_unlink (target);
  g_rmdir (deep);
  g_unlink (second);
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
  tcase_add_loop_test (tc, test_no_regular_file, 0, N_OBSTACLES);
  tcase_add_loop_test (tc, test_no_regular_file_behind_a_link, 0, N_OBSTACLES);
  tcase_add_loop_test (tc, test_came_meanwhile, 0, N_OBSTACLES);
  tcase_add_test (tc, test_links_are_followed);
  return s;
}

GST_CHECK_MAIN (save);
