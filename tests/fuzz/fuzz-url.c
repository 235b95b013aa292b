/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A base URL, an id and a link, a line each: no request ever goes elsewhere
 * than below /v1/videos/ of the base. */
#include "fuzz.h"

#include "gstveourl.h"

#include <string.h>

static void
check_task_url (const gchar * base, const gchar * id)
{
  g_autofree gchar *prefix = g_strconcat (base, "/v1/videos/", NULL);
  g_autofree gchar *url = gst_veo_base_url_task (base, id);
  const gchar *segment = url + strlen (prefix);

  fuzz_require (g_str_has_prefix (url, prefix));
  fuzz_require (*segment && !strpbrk (segment, "/?#@ \\"));
  fuzz_require (!g_str_equal (segment, ".") && !g_str_equal (segment, ".."));
  fuzz_require (gst_veo_url_same_origin (url, base));
}

static void
check_link (const gchar * base, const gchar * id, const gchar * link)
{
  GstVeoLinkVerdict verdict;
  gboolean needs_key;
  g_autofree gchar *url = gst_veo_link_resolve (base, id, link, &verdict,
      &needs_key);

  if (!url)
    return;
  fuzz_require (verdict == GST_VEO_LINK_USABLE);
  fuzz_require (g_str_has_prefix (url, "http") || g_str_has_prefix (url,
          "data:"));
  if (needs_key)
    fuzz_require (gst_veo_url_same_origin (url, base));
  if (gst_veo_url_is_private (url) && !gst_veo_url_is_private (base))
    fuzz_require (gst_veo_url_same_origin (url, base));
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  g_autofree gchar *text = fuzz_dup_text (data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 3);
  g_autofree gchar *base = NULL;
  const gchar *reason;

  if (g_strv_length (lines) < 3)
    return 0;
  base = gst_veo_base_url_normalise (lines[0], &reason);
  if (!base || !gst_veo_id_is_valid (lines[1], &reason))
    return 0;
  check_task_url (base, lines[1]);
  check_link (base, lines[1], lines[2]);
  return 0;
}
