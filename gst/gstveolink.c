/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links of answers and redirects: what they mean, and whether they may be opened. */
#include "gstveourl.h"

#include <string.h>

#define DATA_VIDEO "data:video/"

static gboolean
has_prefix_nocase (const gchar * text, const gchar * prefix)
{
  return g_ascii_strncasecmp (text, prefix, strlen (prefix)) == 0;
}

static gboolean
is_http_url (const gchar * text)
{
  return has_prefix_nocase (text, "http://")
      || has_prefix_nocase (text, "https://");
}

/* Services write links with blanks and non-ASCII letters as they are; HTTP
 * wants them escaped. Returns: (transfer full) (nullable): NULL when text has
 * control characters, which no honest link has. */
static gchar *
escape_illegal (const gchar * text)
{
  GString *out = g_string_new (NULL);
  const gchar *p;

  for (p = text; *p; p++) {
    guchar c = *p;

    if (c < 0x20 || c == 0x7f) {
      g_string_free (out, TRUE);
      return NULL;
    }
    if (c > 0x7f || strchr (" \"<>\\^`{|}", c))
      g_string_append_printf (out, "%%%02X", c);
    else
      g_string_append_c (out, c);
  }
  return g_string_free (out, FALSE);
}

/* Absolute, without its fragment, or NULL. */
static GUri *
resolve (const gchar * base, const gchar * link)
{
  g_autofree gchar *trimmed = g_strstrip (g_strdup (link));
  g_autofree gchar *legal = escape_illegal (trimmed);
  g_autoptr (GUri) base_uri = NULL;
  g_autoptr (GUri) uri = NULL;

  if (!legal)
    return NULL;
  base_uri = g_uri_parse (base, G_URI_FLAGS_ENCODED, NULL);
  uri = g_uri_parse_relative (base_uri, legal, G_URI_FLAGS_ENCODED, NULL);
  if (!uri || !g_uri_get_host (uri) || !*g_uri_get_host (uri))
    return NULL;
  if (strcmp (g_uri_get_scheme (uri), "http") != 0
      && strcmp (g_uri_get_scheme (uri), "https") != 0)
    return NULL;
  return g_steal_pointer (&uri);
}

static gchar *
to_string (GUri * uri)
{
  return g_uri_to_string_partial (uri, G_URI_HIDE_FRAGMENT);
}

/* Whether path ends in /v1/videos/{id}/content. The id is compared decoded:
 * relays escape more or less of it than we do. */
static gboolean
is_own_content_path (const gchar * path, const gchar * id)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  guint n = g_strv_length (parts);
  g_autofree gchar *part = NULL;

  if (n < 4 || strcmp (parts[n - 1], "content") != 0
      || strcmp (parts[n - 3], "videos") != 0
      || strcmp (parts[n - 4], "v1") != 0)
    return FALSE;
  part = g_uri_unescape_string (parts[n - 2], NULL);
  return g_strcmp0 (part, id) == 0;
}

static gboolean
may_be_opened (const gchar * base, const gchar * url)
{
  return !gst_veo_url_is_private (url) || gst_veo_url_is_private (base)
      || gst_veo_url_same_origin (base, url);
}

static gchar *
resolve_http (const gchar * base, const gchar * id, const gchar * link,
    GstVeoLinkVerdict * verdict, gboolean * needs_key)
{
  g_autoptr (GUri) uri = resolve (base, link);
  g_autofree gchar *url = NULL;

  if (!uri)
    return NULL;
  if (is_own_content_path (g_uri_get_path (uri), id)) {
    url = gst_veo_base_url_content (base, id);
  } else {
    url = to_string (uri);
    if (!may_be_opened (base, url)) {
      *verdict = GST_VEO_LINK_REFUSED;
      return NULL;
    }
  }
  *verdict = GST_VEO_LINK_USABLE;
  *needs_key = gst_veo_url_same_origin (base, url);
  return g_steal_pointer (&url);
}

gchar *
gst_veo_link_resolve (const gchar * base, const gchar * id,
    const gchar * link, GstVeoLinkVerdict * verdict, gboolean * needs_key)
{
  GstVeoLinkVerdict found = GST_VEO_LINK_NONE;
  gboolean key = FALSE;
  gchar *url = NULL;

  while (link && g_ascii_isspace (*link))
    link++;
  if (link && has_prefix_nocase (link, DATA_VIDEO)) {
    found = GST_VEO_LINK_USABLE;
    url = g_strdup (link);
  } else if (link && (*link == '/' || is_http_url (link))) {
    url = resolve_http (base, id, link, &found, &key);
  }
  if (verdict)
    *verdict = found;
  if (needs_key)
    *needs_key = key;
  return url;
}

gchar *
gst_veo_url_resolve (const gchar * from, const gchar * location)
{
  g_autoptr (GUri) uri = NULL;

  if (!from || !location)
    return NULL;
  uri = resolve (from, location);
  return uri ? to_string (uri) : NULL;
}
