/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveoproxy.h"

#include <string.h>

#define NO_ADDRESS "is no address such as http://HOST:PORT"

static const struct
{
  const gchar *scheme;
  gint port;
} schemes[] = {
  {"http", 80},
  {"https", 443},
  {"socks", 1080},
  {"socks4", 1080},
  {"socks4a", 1080},
  {"socks5", 1080},
};

/* 0: no scheme of a proxy */
static gint
get_default_port (const gchar * scheme)
{
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (schemes); i++) {
    if (g_ascii_strcasecmp (scheme, schemes[i].scheme) == 0)
      return schemes[i].port;
  }
  return 0;
}

/* Anything before the last @ is of the user or the password. What splits it
 * otherwise would have us talk to a host that is half a password. */
static gboolean
is_split_in_credentials (GUri * uri)
{
  const gchar *parts[] = { g_uri_get_host (uri), g_uri_get_path (uri),
    g_uri_get_query (uri), g_uri_get_fragment (uri)
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (parts[i] && strchr (parts[i], '@'))
      return TRUE;
  }
  return FALSE;
}

static const gchar *
find_fault (GUri * uri)
{
  if (get_default_port (g_uri_get_scheme (uri)) == 0)
    return "must begin with http:// or https:// "
        "(or socks5://, socks4a://, socks4://)";
  if (is_split_in_credentials (uri))
    return "has characters in its user or password that must be "
        "percent-encoded";
  if (!g_uri_get_host (uri) || !*g_uri_get_host (uri))
    return "names no host";
  if (strpbrk (g_uri_get_host (uri), " \t\r\n/?#") || g_uri_get_port (uri) == 0)
    return NO_ADDRESS;
  return NULL;
}

gchar *
gst_veo_proxy_complete (const gchar * text)
{
  return strstr (text, "://") ? g_strdup (text)
      : g_strconcat ("http://", text, NULL);
}

gboolean
gst_veo_proxy_parse (const gchar * text, GstVeoProxy * proxy,
    const gchar ** reason)
{
  g_autofree gchar *whole = gst_veo_proxy_complete (text);
  g_autoptr (GUri) uri = g_uri_parse (whole, G_URI_FLAGS_HAS_PASSWORD, NULL);
  const gchar *fault = uri ? find_fault (uri) : NO_ADDRESS;

  memset (proxy, 0, sizeof *proxy);
  if (fault) {
    *reason = fault;
    return FALSE;
  }
  proxy->scheme = g_ascii_strdown (g_uri_get_scheme (uri), -1);
  proxy->user = g_strdup (g_uri_get_user (uri));
  proxy->password = g_strdup (g_uri_get_password (uri));
  proxy->host = g_strdup (g_uri_get_host (uri));
  proxy->port = g_uri_get_port (uri) < 0 ? get_default_port (proxy->scheme)
      : g_uri_get_port (uri);
  return TRUE;
}

void
gst_veo_proxy_clear (GstVeoProxy * proxy)
{
  g_free (proxy->scheme);
  g_free (proxy->user);
  g_free (proxy->password);
  g_free (proxy->host);
  memset (proxy, 0, sizeof *proxy);
}

gchar *
gst_veo_proxy_get_uri (const GstVeoProxy * proxy, const gchar * scheme,
    const gchar * user)
{
  return g_uri_join (G_URI_FLAGS_NONE, scheme ? scheme : proxy->scheme, user,
      proxy->host, proxy->port, "", NULL, NULL);
}

gchar *
gst_veo_proxy_get_basic (const gchar * user, const gchar * password)
{
  g_autofree gchar *both = g_strconcat (user, ":", password ? password : "",
      NULL);
  g_autofree gchar *encoded = g_base64_encode ((const guchar *) both,
      strlen (both));

  return g_strconcat ("Basic ", encoded, NULL);
}
