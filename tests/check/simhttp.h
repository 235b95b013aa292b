/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A small, blocking HTTP client on plain sockets, which tells apart what a
 * friendly library would smooth over: an end, a cut, a reset, silence. */

typedef enum
{
  SIM_HTTP_COMPLETE,            /* as many bytes as announced, or the last chunk */
  SIM_HTTP_CUT,                 /* the stream ended before that */
  SIM_HTTP_RESET,
  SIM_HTTP_SILENT,              /* nothing more came within the timeout */
  SIM_HTTP_REFUSED,
} SimHttpEnd;

typedef struct
{
  SimHttpEnd end;
  guint status;                 /* 0: no answer */
  gchar *head;
  GByteArray *body;
  gboolean chunked;
} SimHttp;

void sim_http_clear (SimHttp * http);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimHttp, sim_http_clear)

/* url: http://ADDRESS:PORT... ; headers: "Name: value\r\n" lines or NULL */
void sim_http (SimHttp * http, const gchar * method, const gchar * url, const gchar * headers, const gchar * body);
/* On a connection that stays open */
GSocketConnection *sim_http_connect (const gchar * url, GError ** error);
void sim_http_on (GSocketConnection * connection, SimHttp * http,
    const gchar * method, const gchar * url, const gchar * headers, const gchar * body);

/* How long an answer may stay away before it counts as SIM_HTTP_SILENT; 10 s */
void sim_http_set_patience (guint seconds);

/* Returns: (transfer full) (nullable) */
gchar *sim_http_header (const SimHttp * http, const gchar * name);
gboolean sim_http_body_is (const SimHttp * http, gconstpointer data, gsize size);
/* The body as text */
gchar *sim_http_text (const SimHttp * http);

G_END_DECLS
