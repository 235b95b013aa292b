/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Task ids, veo: URIs, the base URL and origins. */
#include "gstveourl.h"

#include <string.h>

#define URI_SCHEME "veo:"
#define API_ROOT "/v1"

static gboolean
refuse (const gchar ** reason, const gchar * phrase)
{
  if (reason)
    *reason = phrase;
  return FALSE;
}

static gboolean
has_control_character (const gchar * text)
{
  const gchar *p;

  for (p = text; *p; p = g_utf8_next_char (p)) {
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return TRUE;
  }
  return FALSE;
}

gboolean
gst_veo_id_is_valid (const gchar * id, const gchar ** reason)
{
  if (!id || !*id)
    return refuse (reason, "is empty");
  if (strlen (id) > GST_VEO_ID_MAX_BYTES)
    return refuse (reason, "is longer than 1024 bytes");
  if (strcmp (id, ".") == 0 || strcmp (id, "..") == 0)
    return refuse (reason, "is a dot segment, which no address can carry");
  if (!g_utf8_validate (id, -1, NULL))
    return refuse (reason, "is not valid UTF-8");
  if (has_control_character (id))
    return refuse (reason, "has control characters");
  return TRUE;
}

gchar *
gst_veo_id_escape (const gchar * id)
{
  return g_uri_escape_string (id, ":", FALSE);
}

/* Finds what an id in a URI may not carry. g_uri_unescape_string() alone
 * answers NULL for several causes, and a person deserves to know which. */
static gboolean
id_text_is_plain (const gchar * text, const gchar ** reason)
{
  const gchar *p;

  for (p = text; *p; p++) {
    if (strchr ("/?#@", *p))
      return refuse (reason, "has an unescaped /, ?, # or @");
    if (*p != '%')
      continue;
    if (!g_ascii_isxdigit (p[1]) || !g_ascii_isxdigit (p[2]))
      return refuse (reason, "has a % that does not begin a valid escape");
    if (p[1] == '0' && p[2] == '0')
      return refuse (reason, "has an escaped NUL");
  }
  return TRUE;
}

gchar *
gst_veo_uri_get_id (const gchar * uri, const gchar ** reason)
{
  g_autofree gchar *id = NULL;

  if (!uri || g_ascii_strncasecmp (uri, URI_SCHEME, strlen (URI_SCHEME)) != 0) {
    refuse (reason, "is missing: the URI does not begin with veo:");
    return NULL;
  }
  uri += strlen (URI_SCHEME);
  if (g_str_has_prefix (uri, "//"))
    uri += 2;
  if (!id_text_is_plain (uri, reason))
    return NULL;

  id = g_uri_unescape_string (uri, NULL);
  if (!gst_veo_id_is_valid (id, reason))
    return NULL;
  return g_steal_pointer (&id);
}

gchar *
gst_veo_uri_new (const gchar * id)
{
  g_autofree gchar *escaped = gst_veo_id_escape (id);

  return g_strconcat (URI_SCHEME, escaped, NULL);
}

static gint
default_port (const gchar * scheme)
{
  return strcmp (scheme, "https") == 0 ? 443 : 80;
}

static gboolean
is_http (const gchar * scheme)
{
  return g_strcmp0 (scheme, "http") == 0 || g_strcmp0 (scheme, "https") == 0;
}

/* GUri undoes percent-escapes in a host, so that anything may stand there. */
static gboolean
is_plain_host (const gchar * host)
{
  const gchar *p;

  for (p = host; *p; p++) {
    if (!g_ascii_isalnum (*p) && !strchr (".-_:", *p))
      return FALSE;
  }
  return p != host;
}

static gboolean
has_blank_or_control (const gchar * text)
{
  const gchar *p;

  for (p = text; *p; p++) {
    if ((guchar) * p <= 0x20 || *p == 0x7f)
      return TRUE;
  }
  return FALSE;
}

static void
strip_trailing_slashes (gchar * path)
{
  gsize len = strlen (path);

  while (len > 0 && path[len - 1] == '/')
    path[--len] = '\0';
}

static void
strip_api_root (gchar * path)
{
  strip_trailing_slashes (path);
  if (g_str_has_suffix (path, API_ROOT))
    path[strlen (path) - strlen (API_ROOT)] = '\0';
  strip_trailing_slashes (path);
}

/* scheme://host[:port], IPv6 addresses in brackets */
static gchar *
join_authority (const gchar * scheme, const gchar * host, gint port,
    gboolean always_port)
{
  gboolean is_ipv6 = strchr (host, ':') != NULL;
  g_autofree gchar *lower = g_ascii_strdown (host, -1);
  GString *text = g_string_new (scheme);

  g_string_append (text, "://");
  g_string_append_printf (text, is_ipv6 ? "[%s]" : "%s", lower);
  if (port < 0)
    port = default_port (scheme);
  if (always_port || port != default_port (scheme))
    g_string_append_printf (text, ":%d", port);
  return g_string_free (text, FALSE);
}

static gboolean
base_url_is_acceptable (GUri * uri, const gchar ** reason)
{
  if (!is_http (g_uri_get_scheme (uri)))
    return refuse (reason, "does not begin with http:// or https://");
  if (g_uri_get_userinfo (uri))
    return refuse (reason, "carries a user name or password: "
        "the key belongs in api-key");
  if (g_uri_get_query (uri))
    return refuse (reason, "carries a query (the part after ?)");
  if (g_uri_get_fragment (uri))
    return refuse (reason, "carries a fragment (the part after #)");
  if (!g_uri_get_host (uri) || !*g_uri_get_host (uri))
    return refuse (reason, "names no host");
  if (!is_plain_host (g_uri_get_host (uri)))
    return refuse (reason, "names a host that cannot exist");
  return TRUE;
}

gchar *
gst_veo_base_url_normalise (const gchar * text, const gchar ** reason)
{
  g_autofree gchar *trimmed = g_strstrip (g_strdup (text ? text : ""));
  g_autofree gchar *authority = NULL;
  g_autofree gchar *path = NULL;
  g_autoptr (GUri) uri = NULL;

  if (!*trimmed) {
    refuse (reason, "is empty");
    return NULL;
  }
  if (has_blank_or_control (trimmed)) {
    refuse (reason, "has blanks or control characters inside");
    return NULL;
  }
  uri = g_uri_parse (trimmed, G_URI_FLAGS_ENCODED, NULL);
  if (!uri) {
    refuse (reason, strstr (trimmed, "://") ? "is not a valid address" :
        "does not begin with http:// or https://");
    return NULL;
  }
  if (!base_url_is_acceptable (uri, reason))
    return NULL;

  authority = join_authority (g_uri_get_scheme (uri), g_uri_get_host (uri),
      g_uri_get_port (uri), FALSE);
  path = g_strdup (g_uri_get_path (uri));
  strip_api_root (path);
  return g_strconcat (authority, path, NULL);
}

gchar *
gst_veo_base_url_task (const gchar * base, const gchar * id)
{
  g_autofree gchar *escaped = gst_veo_id_escape (id);

  return g_strconcat (base, API_ROOT "/videos/", escaped, NULL);
}

gchar *
gst_veo_base_url_content (const gchar * base, const gchar * id)
{
  g_autofree gchar *task = gst_veo_base_url_task (base, id);

  return g_strconcat (task, "/content", NULL);
}

gchar *
gst_veo_url_get_origin (const gchar * url)
{
  g_autoptr (GUri) uri = NULL;

  if (url)
    uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  if (!uri || !is_http (g_uri_get_scheme (uri)) || !g_uri_get_host (uri)
      || !*g_uri_get_host (uri))
    return NULL;
  return join_authority (g_uri_get_scheme (uri), g_uri_get_host (uri),
      g_uri_get_port (uri), TRUE);
}

gboolean
gst_veo_url_same_origin (const gchar * a, const gchar * b)
{
  g_autofree gchar *origin_a = gst_veo_url_get_origin (a);
  g_autofree gchar *origin_b = gst_veo_url_get_origin (b);

  return origin_a && origin_b && strcmp (origin_a, origin_b) == 0;
}

gboolean
gst_veo_url_is_downgrade (const gchar * from, const gchar * to)
{
  g_autoptr (GUri) a = NULL;
  g_autoptr (GUri) b = NULL;

  if (!from || !to)
    return FALSE;
  a = g_uri_parse (from, G_URI_FLAGS_ENCODED, NULL);
  b = g_uri_parse (to, G_URI_FLAGS_ENCODED, NULL);
  return a && b && g_uri_get_host (a) && g_uri_get_host (b)
      && strcmp (g_uri_get_scheme (a), "https") == 0
      && strcmp (g_uri_get_scheme (b), "http") == 0
      && g_ascii_strcasecmp (g_uri_get_host (a), g_uri_get_host (b)) == 0;
}
