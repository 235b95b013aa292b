/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "descriptors.h"

/* A socket is called "socket:[1234]". */
static gboolean
is_file (const gchar * directory, const gchar * entry)
{
  g_autofree gchar *link = g_build_filename (directory, entry, NULL);
  g_autofree gchar *target = g_file_read_link (link, NULL);

  return !target || g_path_is_absolute (target);
}

guint
count_descriptors (void)
{
  const gchar *directory = "/proc/self/fd";
  GDir *dir = g_dir_open (directory, 0, NULL);
  const gchar *entry;
  guint count = 0;

  while ((entry = g_dir_read_name (dir)))
    if (!is_file (directory, entry))
      count++;
  g_dir_close (dir);
  return count;
}
