/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common.h"

#include <glib/gstdio.h>
#include <gst/gst.h>

#include "veosimclip.h"

void
stress_use_build (void)
{
  g_setenv ("GST_PLUGIN_PATH", VEO_STRESS_PLUGINS, FALSE);
  g_setenv ("GST_REGISTRY", VEO_STRESS_REGISTRY, FALSE);
  g_setenv ("GSETTINGS_BACKEND", "memory", FALSE);
  g_unsetenv ("VEO_API_KEY");
  g_unsetenv ("VEO_BASE_URL");
}

gboolean
stress_find_plugin (void)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("veosrc");

  if (!factory)
    g_printerr ("There is no element veosrc in %s (GST_PLUGIN_PATH)\n",
        g_getenv ("GST_PLUGIN_PATH"));
  return factory != NULL;
}

gchar *
stress_make_clip (void)
{
  VeoSimClipOptions options = {.seconds = 2,.width = 160,.height = 120 };
  const gchar *directory = g_getenv ("VEO_TEST_CLIPS");
  g_autoptr (GError) error = NULL;
  gchar *path = veo_sim_clip_get_file (&options,
      directory ? directory : VEO_STRESS_CLIPS, &error);

  if (!path)
    g_printerr ("no clip: %s\n", error->message);
  return path;
}

gchar *
stress_make_folder (void)
{
  g_autoptr (GError) error = NULL;
  gchar *folder = g_dir_make_tmp ("veo-stress-XXXXXX", &error);

  if (!folder)
    g_error ("%s", error->message);
  return folder;
}

void
stress_remove_folder (const gchar * folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    g_unlink (path);
  }
  g_rmdir (folder);
}
