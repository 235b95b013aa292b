/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process.h"

/* As tests/threadcheck.py names it, with the process's number behind */
#define REPORT "report."

typedef gboolean (*CountsFunc) (const gchar * path, const gchar * name);

static guint
count_entries (const gchar * directory, CountsFunc counts, const gchar * name)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const gchar *entry;
  guint count = 0;

  while (dir && (entry = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (directory, entry, NULL);

    if (counts (path, name))
      count++;
  }
  return count;
}

static gboolean
is_called (const gchar * task, const gchar * name)
{
  g_autofree gchar *file = g_build_filename (task, "comm", NULL);
  g_autofree gchar *text = NULL;

  return !name || (g_file_get_contents (file, &text, NULL, NULL)
      && g_str_has_prefix (text, name));
}

static gboolean
is_ours (const gchar * descriptor, const gchar * name)
{
  g_autofree gchar *target = g_file_read_link (descriptor, NULL);
  g_autofree gchar *file = target ? g_path_get_basename (target) : NULL;

  return !file || !g_str_has_prefix (file, REPORT);
}

guint
count_threads (const gchar * name)
{
  return count_entries ("/proc/self/task", is_called, name);
}

guint
count_descriptors (void)
{
  return count_entries ("/proc/self/fd", is_ours, NULL);
}
