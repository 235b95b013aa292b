/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the HTTP client: loads the private module that links libsoup 3, after
 * a look whether the process can bear it. */
#include "config.h"

#include "gstveoclient.h"

#include <gio/gio.h>
#include <gmodule.h>
#ifdef G_OS_UNIX
#include <dlfcn.h>
#endif

#define MODULE_NAME "gstveosoup.veomod"
#define MODULE_SYMBOL "gst_veo_soup_get_client"
#define LIBSOUP_2_SONAME "libsoup-2.4.so.1"
/* Exported by libsoup 2.4 and not by libsoup 3 */
#define LIBSOUP_2_SYMBOL "soup_uri_new"

/* Guards both clients. */
static GMutex lock;
static const GstVeoClientImpl *loaded;
static const GstVeoClientImpl *for_tests;

static gboolean
has_libsoup_2_symbol (void)
{
  GModule *process = g_module_open (NULL, 0);
  gpointer symbol = NULL;
  gboolean found;

  if (!process)
    return FALSE;
  found = g_module_symbol (process, LIBSOUP_2_SYMBOL, &symbol);
  g_module_close (process);
  return found;
}

/* Also finds a libsoup whose symbols are hidden from the rest of the process. */
static gboolean
has_libsoup_2_library (void)
{
#ifdef RTLD_NOLOAD
  gpointer library = dlopen (LIBSOUP_2_SONAME, RTLD_NOW | RTLD_NOLOAD);

  if (!library)
    return FALSE;
  dlclose (library);
  return TRUE;
#else
  return FALSE;
#endif
}

static gboolean
check_libsoup_2 (GError ** error)
{
  if (!has_libsoup_2_symbol () && !has_libsoup_2_library ())
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "This process has already loaded libsoup 2.4, and libsoup 3, which "
      "veosrc needs, cannot be loaded beside it. Use libraries that are built "
      "for libsoup 3 (for example WebKitGTK 4.1 instead of 4.0), or run veosrc "
      "in a process of its own.");
  return FALSE;
}

#ifdef GST_VEO_STATIC_SOUP

const GstVeoClientImpl *gst_veo_soup_get_client (void);

static const GstVeoClientImpl *
open_client (const gchar * plugin_dir, GError ** error)
{
  return gst_veo_soup_get_client ();
}

#else

static const GstVeoClientImpl *
open_client (const gchar * plugin_dir, GError ** error)
{
  g_autofree gchar *path = g_build_filename (plugin_dir ? plugin_dir : ".",
      MODULE_NAME, NULL);
  gpointer symbol = NULL;
  GModule *module = g_module_open (path, G_MODULE_BIND_LOCAL);

  if (!module || !g_module_symbol (module, MODULE_SYMBOL, &symbol)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "The HTTP part of the plugin cannot be loaded (%s). It belongs beside "
        "the plugin itself: install veosrc again, together with libsoup 3.",
        g_module_error ());
    if (module)
      g_module_close (module);
    return NULL;
  }
  /* libsoup registers types, which cannot be taken back. */
  g_module_make_resident (module);
  return ((GstVeoClientGetImpl) symbol) ();
}

#endif

gboolean
gst_veo_client_load (const gchar * plugin_dir, GError ** error)
{
  gboolean ready;

  g_mutex_lock (&lock);
  if (!loaded && !for_tests && check_libsoup_2 (error))
    loaded = open_client (plugin_dir, error);
  ready = loaded || for_tests;
  g_mutex_unlock (&lock);
  return ready;
}

void
gst_veo_client_set_impl (const GstVeoClientImpl * impl)
{
  g_mutex_lock (&lock);
  for_tests = impl;
  g_mutex_unlock (&lock);
}

const GstVeoClientImpl *
gst_veo_client_get_impl (void)
{
  const GstVeoClientImpl *impl;

  g_mutex_lock (&lock);
  impl = for_tests ? for_tests : loaded;
  g_mutex_unlock (&lock);
  return impl;
}
