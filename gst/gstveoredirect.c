/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoredirect.h"
#include "gstveourl.h"

#include <string.h>

static gboolean
has_scheme (const gchar * url, const gchar * scheme)
{
  return g_ascii_strncasecmp (url, scheme, strlen (scheme)) == 0;
}

/* The base URL that would have led to url without a redirect. */
static gchar *
guess_base_url (const gchar * url)
{
  gchar *base = gst_veo_url_redact (url);
  gchar *end = strstr (base, "/v1/videos/");

  if (!end)
    end = strchr (strstr (base, "://") + strlen ("://"), '/');
  if (end)
    *end = '\0';
  return base;
}

/* Returns: (transfer full) (nullable): NULL when it may be followed. */
static gchar *
object_to (const gchar * first, const gchar * from, const gchar * to,
    guint followed)
{
  g_autofree gchar *base = NULL;
  g_autofree gchar *shown = NULL;

  if (has_scheme (from, "https:") && has_scheme (to, "http:"))
    return g_strdup ("The service redirects from https to http, which "
        "protects nothing on the way, so it is not followed");
  if (gst_veo_url_is_downgrade (to, from)) {
    base = guess_base_url (to);
    return g_strdup_printf ("The service redirects from http to https: "
        "set base-url to %s", base);
  }
  if (gst_veo_url_is_private (to) && !gst_veo_url_is_private (first)) {
    shown = gst_veo_url_redact (to);
    return g_strdup_printf ("The service redirects to a private host, where a "
        "public service must not send us: %s", shown);
  }
  if (followed >= GST_VEO_MAX_REDIRECTS)
    return g_strdup_printf ("The service redirects more than %d times",
        GST_VEO_MAX_REDIRECTS);
  return NULL;
}

gchar *
gst_veo_redirect_follow (const gchar * first, const gchar * from,
    const gchar * location, guint followed, const gchar * key,
    gchar ** objection)
{
  g_autofree gchar *to = NULL;
  g_autofree gchar *shown = NULL;

  if (!location) {
    *objection = g_strdup ("The service redirects without saying where to");
    return NULL;
  }
  to = gst_veo_url_resolve (from, location);
  if (to) {
    *objection = object_to (first, from, to, followed);
    return *objection ? NULL : g_steal_pointer (&to);
  }
  shown = gst_veo_text_present (location, -1, key);
  *objection = g_strdup_printf ("The service redirects to something that is "
      "not http or https: %s", shown ? shown : "(nothing)");
  return NULL;
}
