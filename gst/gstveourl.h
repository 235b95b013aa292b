/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids, the base URL, origins, links and redaction. Pure: GLib only. */
#ifndef __GST_VEO_URL_H__
#define __GST_VEO_URL_H__

#include <glib.h>

G_BEGIN_DECLS

#define GST_VEO_ID_MAX_BYTES 1024

/* What a link in an answer turned out to be. */
typedef enum
{
  GST_VEO_LINK_USABLE,          /* http, https or a data: video: may be opened */
  GST_VEO_LINK_NONE,            /* not a link at all, or a scheme that is never opened */
  GST_VEO_LINK_REFUSED,         /* names a local or private host while the base is public */
} GstVeoLinkVerdict;

/* Task ids. A refused id sets *reason to a static phrase that completes
 * "the task id ..." */
gboolean gst_veo_id_is_valid (const gchar * id, const gchar ** reason);
/* One path segment; returns: (transfer full) */
gchar *gst_veo_id_escape (const gchar * id);

/* veo: URIs carry an id and nothing else. Returns: (transfer full) (nullable):
 * the id, percent-decoded once; NULL with *reason set to a static phrase that
 * completes "its task id ..." when the URI is bad. */
gchar *gst_veo_uri_get_id (const gchar * uri, const gchar ** reason);
/* Returns: (transfer full): the canonical veo:ID */
gchar *gst_veo_uri_new (const gchar * id);

/* Base URL: accepted with or without a trailing / or /v1 and with a path
 * prefix. A refused one sets *reason to a static phrase that completes
 * "base-url ...". Returns: (transfer full) (nullable): scheme://host[:port][/prefix],
 * lower-case scheme and host, default port left out, no trailing slash, no /v1. */
gchar *gst_veo_base_url_normalise (const gchar * text, const gchar ** reason);
/* {base}/v1/videos/{id} and {base}/v1/videos/{id}/content; returns: (transfer full) */
gchar *gst_veo_base_url_task (const gchar * base, const gchar * id);
gchar *gst_veo_base_url_content (const gchar * base, const gchar * id);

/* Scheme, host and port agree. FALSE when either is not http(s). */
gboolean gst_veo_url_same_origin (const gchar * a, const gchar * b);
/* Returns: (transfer full) (nullable): "scheme://host:port", always with the port */
gchar *gst_veo_url_get_origin (const gchar * url);
/* 127.0.0.0/8, ::1, localhost, *.localhost */
gboolean gst_veo_url_is_loopback (const gchar * url);
/* loopback, link-local, private, unspecified, also IPv4-mapped IPv6 */
gboolean gst_veo_url_is_private (const gchar * url);
/* https to http of the same host */
gboolean gst_veo_url_is_downgrade (const gchar * from, const gchar * to);

/* Resolves a link of an answer against the base. A link whose path is the
 * task's own content address means that address on the base, whatever host it
 * names. *needs_key: the result is at the base's own origin.
 * Returns: (transfer full) (nullable): the absolute URL when USABLE. */
gchar *gst_veo_link_resolve (const gchar * base, const gchar * id,
    const gchar * link, GstVeoLinkVerdict * verdict, gboolean * needs_key);
/* Resolves a Location header against the URL it came from; http(s) only.
 * Returns: (transfer full) (nullable) */
gchar *gst_veo_url_resolve (const gchar * from, const gchar * location);

/* For logs and messages. URL: no userinfo, query and fragment as "?...", a
 * data: link only as "data:MEDIA/TYPE,...". Returns: (transfer full) (nullable) */
gchar *gst_veo_url_redact (const gchar * url);
/* The same for a "proxy" property: user:password becomes ***. */
gchar *gst_veo_proxy_redact (const gchar * proxy);
/* Makes any text of the service presentable: valid UTF-8, control characters
 * folded to blanks, at most 500 characters, every occurrence of the key
 * replaced by ***, queries of links inside it cut. key may be NULL.
 * Returns: (transfer full) (nullable): NULL when nothing is left */
gchar *gst_veo_text_present (const gchar * text, gssize len, const gchar * key);

/* Strips blanks around the key. FALSE when it has control characters or bytes
 * that cannot stand in a header. *stripped: (transfer full) (nullable): NULL if empty */
gboolean gst_veo_key_strip (const gchar * key, gchar ** stripped);

G_END_DECLS

#endif /* __GST_VEO_URL_H__ */
