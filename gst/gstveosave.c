/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveosave.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#ifdef G_OS_WIN32
#include <io.h>
#else
#include <sys/file.h>
#include <unistd.h>
#endif

#ifndef O_BINARY
#define O_BINARY 0
#endif
#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif
#ifndef O_NOFOLLOW
#define O_NOFOLLOW 0
#endif

/* As many as the system follows itself */
#define MAX_LINKS 40

/* Bytes [start, end) of the file are there */
typedef struct
{
  guint64 start;
  guint64 end;
} Span;

struct _GstVeoSave
{
  gchar *path;
  gchar *part_path;
  gint fd;                      /* -1: closed */
  guint64 fd_pos;
  GArray *spans;                /* of Span, sorted, never touching each other */
};

static void
set_reason (GError ** error, const gchar * path, gint code,
    const gchar * reason)
{
  g_autofree gchar *name = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
      "Cannot write %s: %s. Set save-location to a file that can be written, "
      "and run again.", name, reason);
}

static void
set_error (GError ** error, const gchar * path, gint code)
{
  set_reason (error, path, code, g_strerror (code));
}

static void
set_taken (GError ** error, const gchar * path)
{
  g_autofree gchar *name = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (EBUSY),
      "Another download is writing %s. Give each task a save-location of its "
      "own.", name);
}

/* Only one writer may have PATH.part; a lock goes with its process, so what a
 * killed one left is taken over. */
static gboolean
lock_file (gint fd)
{
#ifdef G_OS_WIN32
  return TRUE;
#else
  return flock (fd, LOCK_EX | LOCK_NB) == 0;
#endif
}

/* Another writer may have renamed or removed the file between open and lock */
static gboolean
is_still_at (gint fd, const gchar * path)
{
#ifdef G_OS_WIN32
  return TRUE;
#else
  struct stat ours, there;

  return fstat (fd, &ours) == 0 && g_stat (path, &there) == 0
      && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
#endif
}

static gint
open_part (const gchar * part_path, GError ** error)
{
  guint tries;

  for (tries = 0; tries < 3; tries++) {
    gint fd = g_open (part_path,
        O_CREAT | O_RDWR | O_BINARY | O_CLOEXEC | O_NOFOLLOW, 0666);

    if (fd < 0) {
      set_error (error, part_path, errno);
      return -1;
    }
    if (lock_file (fd) && is_still_at (fd, part_path)) {
      if (ftruncate (fd, 0) == 0)
        return fd;
      set_error (error, part_path, errno);
      close (fd);
      return -1;
    }
    close (fd);
  }
  set_taken (error, part_path);
  return -1;
}

/* Where the links at path lead: a rename would put the file in place of the
 * first of them. Nothing need be there yet. */
static gchar *
find_target (const gchar * path)
{
  gchar *target = g_strdup (path);
  guint links;

  for (links = 0; links < MAX_LINKS; links++) {
    g_autofree gchar *link = g_file_read_link (target, NULL);
    g_autofree gchar *directory = g_path_get_dirname (target);

    if (!link)
      break;
    g_free (target);
    target = g_path_is_absolute (link) ? g_steal_pointer (&link)
        : g_build_filename (directory, link, NULL);
  }
  return target;
}

/* A rename would replace a pipe or a device, too. Links were followed: one that
 * is there now goes in a circle, or came later. */
static gboolean
may_replace (const gchar * path, GError ** error)
{
  gboolean is_link = g_file_test (path, G_FILE_TEST_IS_SYMLINK);

  if (!is_link && (g_file_test (path, G_FILE_TEST_IS_REGULAR)
          || !g_file_test (path, G_FILE_TEST_EXISTS)))
    return TRUE;
  set_reason (error, path, EEXIST,
      "what is there is no regular file, and is left alone");
  return FALSE;
}

GstVeoSave *
gst_veo_save_new (const gchar * path, GError ** error)
{
  GstVeoSave *save;
  g_autofree gchar *target = find_target (path);
  g_autofree gchar *part_path = g_strconcat (target, ".part", NULL);
  gint fd = may_replace (target, error) ? open_part (part_path, error) : -1;

  if (fd < 0)
    return NULL;
  save = g_new0 (GstVeoSave, 1);
  save->path = g_steal_pointer (&target);
  save->part_path = g_steal_pointer (&part_path);
  save->fd = fd;
  save->spans = g_array_new (FALSE, FALSE, sizeof (Span));
  return save;
}

/* Index of the first span that ends at offset or later */
static guint
find_span (GstVeoSave * save, guint64 offset)
{
  guint i;

  for (i = 0; i < save->spans->len; i++) {
    if (g_array_index (save->spans, Span, i).end >= offset)
      break;
  }
  return i;
}

static void
add_span (GstVeoSave * save, guint64 start, guint64 end)
{
  guint first = find_span (save, start);
  guint last = first;
  Span span = { start, end };

  while (last < save->spans->len) {
    const Span *other = &g_array_index (save->spans, Span, last);

    if (other->start > end)
      break;
    span.start = MIN (span.start, other->start);
    span.end = MAX (span.end, other->end);
    last++;
  }
  if (last > first)
    g_array_remove_range (save->spans, first, last - first);
  g_array_insert_val (save->spans, first, span);
}

static gboolean
write_all (GstVeoSave * save, const guint8 * data, gsize len)
{
  while (len > 0) {
    gssize n = write (save->fd, data, MIN (len, 1 << 20));

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return FALSE;
    data += n;
    len -= n;
    save->fd_pos += n;
  }
  return TRUE;
}

gboolean
gst_veo_save_write (GstVeoSave * save, guint64 offset, const guint8 * data,
    gsize len, GError ** error)
{
  if (len == 0)
    return TRUE;
  if (save->fd_pos != offset) {
    if (lseek (save->fd, offset, SEEK_SET) < 0)
      goto failed;
    save->fd_pos = offset;
  }
  if (!write_all (save, data, len))
    goto failed;
  add_span (save, offset, offset + len);
  return TRUE;

failed:
  set_error (error, save->part_path, errno);
  return FALSE;
}

guint64
gst_veo_save_find_missing (GstVeoSave * save, guint64 from)
{
  guint i;

  for (i = 0; i < save->spans->len; i++) {
    const Span *span = &g_array_index (save->spans, Span, i);

    if (span->start > from)
      break;
    from = MAX (from, span->end);
  }
  return from;
}

gboolean
gst_veo_save_is_complete (GstVeoSave * save, guint64 total)
{
  return gst_veo_save_find_missing (save, 0) >= total;
}

static void
close_part (GstVeoSave * save)
{
  if (save->fd >= 0)
    close (save->fd);
  save->fd = -1;
}

/* The new name must survive a power cut as well as the bytes do */
static void
sync_directory (const gchar * path)
{
#ifndef G_OS_WIN32
  g_autofree gchar *directory = g_path_get_dirname (path);
  gint fd = g_open (directory, O_RDONLY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  (void) g_fsync (fd);
  close (fd);
#endif
}

gboolean
gst_veo_save_finish (GstVeoSave * save, GError ** error)
{
  if (g_fsync (save->fd) != 0) {
    set_error (error, save->part_path, errno);
    return FALSE;
  }
  if (!may_replace (save->path, error))
    return FALSE;
#ifdef G_OS_WIN32
  /* An open file cannot be renamed there; elsewhere the lock must outlive the rename */
  close_part (save);
#endif
  if (g_rename (save->part_path, save->path) != 0) {
    set_error (error, save->path, errno);
    return FALSE;
  }
  g_clear_pointer (&save->part_path, g_free);
  close_part (save);
  sync_directory (save->path);
  return TRUE;
}

void
gst_veo_save_free (GstVeoSave * save)
{
  if (!save)
    return;
  if (save->part_path)
    g_unlink (save->part_path);
  close_part (save);
  g_array_unref (save->spans);
  g_free (save->part_path);
  g_free (save->path);
  g_free (save);
}
