/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A veo: URI: what comes out is an id, and going there and back keeps it. */
#include "fuzz.h"

#include "gstveourl.h"

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  g_autofree gchar *uri = fuzz_dup_text (data, size);
  const gchar *reason = NULL;
  g_autofree gchar *id = gst_veo_uri_get_id (uri, &reason);
  g_autofree gchar *canonical = NULL;
  g_autofree gchar *again = NULL;

  if (!id) {
    fuzz_require (reason != NULL);
    return 0;
  }
  fuzz_require (gst_veo_id_is_valid (id, &reason));
  canonical = gst_veo_uri_new (id);
  again = gst_veo_uri_get_id (canonical, &reason);
  fuzz_require (g_strcmp0 (id, again) == 0);
  return 0;
}
