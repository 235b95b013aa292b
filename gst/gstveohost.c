/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which hosts are local or private, in every spelling that resolvers accept. */
#include "gstveourl.h"

#include <string.h>
#include <arpa/inet.h>

typedef struct
{
  guint32 network;
  guint bits;
} Block4;

static const Block4 loopback_blocks[] = {
  {0x7f000000, 8},              /* 127.0.0.0/8 */
};

static const Block4 private_blocks[] = {
  {0x00000000, 8},              /* 0.0.0.0/8, this host */
  {0x0a000000, 8},              /* 10.0.0.0/8 */
  {0x64400000, 10},             /* 100.64.0.0/10, carrier-grade NAT */
  {0x7f000000, 8},              /* 127.0.0.0/8 */
  {0xa9fe0000, 16},             /* 169.254.0.0/16, link-local */
  {0xac100000, 12},             /* 172.16.0.0/12 */
  {0xc0a80000, 16},             /* 192.168.0.0/16 */
};

static gboolean
in_blocks (guint32 address, const Block4 * blocks, gsize n)
{
  gsize i;

  for (i = 0; i < n; i++) {
    if ((address ^ blocks[i].network) >> (32 - blocks[i].bits) == 0)
      return TRUE;
  }
  return FALSE;
}

/* One part of an IPv4 address: decimal, 0x hexadecimal or 0 octal. */
static gboolean
parse_part (const gchar ** text, guint64 * value)
{
  guint base = 10;
  gchar *end;

  if (!g_ascii_isdigit (**text))
    return FALSE;
  if (**text == '0')
    base = g_ascii_tolower ((*text)[1]) == 'x' ? 16 : 8;
  *value = g_ascii_strtoull (*text, &end, base);
  *text = end;
  return TRUE;
}

/* IPv4 as inet_aton() reads it, which is how resolvers read it too: 127.1,
 * 2130706433, 0x7f.1 and 0177.0.0.1 are all the loopback address. */
static gboolean
parse_ipv4 (const gchar * text, guint32 * address)
{
  guint64 part;
  guint n = 0;

  *address = 0;
  while (n < 4 && parse_part (&text, &part)) {
    n++;
    if (*text == '\0') {
      if (part >> (8 * (5 - n)))
        return FALSE;
      *address |= (guint32) part;
      return TRUE;
    }
    if (*text++ != '.' || part > 255)
      return FALSE;
    *address |= (guint32) part << (32 - 8 * n);
  }
  return FALSE;
}

/* The IPv4 address inside ::ffff:a.b.c.d, ::a.b.c.d and 64:ff9b::a.b.c.d */
static gboolean
get_embedded_ipv4 (const guint8 * bytes, guint32 * address)
{
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  static const guint8 compatible[12] = { 0 };
  static const guint8 nat64[12] = { 0, 0x64, 0xff, 0x9b };

  if (memcmp (bytes, mapped, 12) != 0 && memcmp (bytes, compatible, 12) != 0
      && memcmp (bytes, nat64, 12) != 0)
    return FALSE;
  *address = (guint32) bytes[12] << 24 | bytes[13] << 16 | bytes[14] << 8
      | bytes[15];
  return TRUE;
}

static gboolean
ipv6_is_loopback (const guint8 * bytes)
{
  static const guint8 loopback[16] = {[15] = 1 };
  guint32 address;

  if (memcmp (bytes, loopback, 16) == 0)
    return TRUE;
  return get_embedded_ipv4 (bytes, &address)
      && in_blocks (address, loopback_blocks, G_N_ELEMENTS (loopback_blocks));
}

static gboolean
ipv6_is_private (const guint8 * bytes)
{
  guint32 address;

  if (get_embedded_ipv4 (bytes, &address))
    return in_blocks (address, private_blocks, G_N_ELEMENTS (private_blocks));
  return (bytes[0] & 0xfe) == 0xfc      /* fc00::/7, unique local */
      || (bytes[0] == 0xfe && (bytes[1] & 0x80));       /* fe80::/10, fec0::/10 */
}

static gboolean
is_localhost_name (const gchar * host)
{
  return strcmp (host, "localhost") == 0
      || g_str_has_suffix (host, ".localhost");
}

/* Lower case, without the dot that ends a fully qualified name and without
 * an IPv6 zone. Returns: (transfer full) (nullable) */
static gchar *
get_bare_host (const gchar * url)
{
  g_autoptr (GUri) uri = NULL;
  gchar *host;
  gchar *zone;
  gsize len;

  if (url)
    uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  if (!uri || !g_uri_get_host (uri))
    return NULL;
  host = g_ascii_strdown (g_uri_get_host (uri), -1);
  zone = strchr (host, '%');
  if (zone)
    *zone = '\0';
  len = strlen (host);
  if (len > 0 && host[len - 1] == '.')
    host[len - 1] = '\0';
  return host;
}

gboolean
gst_veo_url_is_loopback (const gchar * url)
{
  g_autofree gchar *host = get_bare_host (url);
  guint8 bytes[16];
  guint32 address;

  if (!host)
    return FALSE;
  if (parse_ipv4 (host, &address))
    return in_blocks (address, loopback_blocks, G_N_ELEMENTS (loopback_blocks));
  if (inet_pton (AF_INET6, host, bytes) == 1)
    return ipv6_is_loopback (bytes);
  return is_localhost_name (host);
}

gboolean
gst_veo_url_is_private (const gchar * url)
{
  g_autofree gchar *host = get_bare_host (url);
  guint8 bytes[16];
  guint32 address;

  if (!host)
    return FALSE;
  if (parse_ipv4 (host, &address))
    return in_blocks (address, private_blocks, G_N_ELEMENTS (private_blocks));
  if (inet_pton (AF_INET6, host, bytes) == 1)
    return ipv6_is_private (bytes);
  return is_localhost_name (host);
}
