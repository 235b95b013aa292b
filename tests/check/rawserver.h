/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An HTTP server for tests that answers byte by byte as it is told: one thread
 * for each connection, one request for each connection. */
#ifndef __RAW_SERVER_H__
#define __RAW_SERVER_H__

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _RawServer RawServer;

typedef struct
{
  RawServer *server;
  guint number;                 /* 1 is the first request */
  gchar *target;                /* path and query, as sent */
  gchar *authorization;         /* NULL: none; the same for the next ones */
  gchar *proxy_authorization;
  gchar *range;
  gchar *user_agent;
  guint64 range_start;          /* 0 without Range */
  GIOStream *stream;
} RawRequest;

/* Runs in the connection's thread; the connection is closed when it returns */
typedef void (*RawHandler) (RawRequest * request, gpointer data);

/* certificate (nullable): speak TLS */
RawServer *raw_server_new (const gchar * address, GTlsCertificate * certificate,
    RawHandler handler, gpointer data);
void raw_server_free (RawServer * server);
/* "http://127.0.0.1:PORT" */
const gchar *raw_server_get_url (RawServer * server);
guint raw_server_count (RawServer * server);
/* "TARGET range=RANGE key=AUTHORIZATION" of the i-th request (0 is the first), "-" for what
 * was not sent. Returns: (transfer full) (nullable) */
gchar *raw_server_get_request (RawServer * server, guint i);
guint raw_server_count_open (RawServer * server);
/* Until so many requests arrived. FALSE: not within 10 s */
gboolean raw_server_wait (RawServer * server, guint count);
/* Wakes all raw_hold */
void raw_server_release (RawServer * server);

/* FALSE: the client is gone */
gboolean raw_write (RawRequest * request, const void *data, gsize len);
gboolean raw_printf (RawRequest * request, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);
/* A whole answer with a length; headers (nullable): lines that end with \r\n */
void raw_answer (RawRequest * request, guint status, const gchar * headers,
    const gchar * body);
/* Sends nothing until raw_server_release, the end of the server or of the client */
void raw_hold (RawRequest * request);
/* RST instead of FIN */
void raw_reset (RawRequest * request);

/* --- A file, and what goes wrong with it --- */

typedef enum
{
  RAW_RANGE_HONOURED,
  RAW_RANGE_ABSENT,
  RAW_RANGE_LIED,               /* Accept-Ranges: bytes, and 200 with all of it */
  RAW_RANGE_WRONG,              /* 206, but from byte 0; Content-Range says so */
  RAW_RANGE_FALSE,              /* 206 and the Content-Range asked for, but the bytes from 0 */
  RAW_N_RANGES,
} RawRange;

typedef enum
{
  RAW_LENGTH,                   /* Content-Length */
  RAW_CHUNKED,
  RAW_CLOSE,                    /* neither: the end of the connection ends it */
  RAW_N_LENGTHS,
} RawLength;

#define RAW_NEVER G_MAXUINT64

typedef struct
{
  const guint8 *data;
  gsize size;
  RawRange range;
  RawLength length;
  guint64 cut_at;               /* a transfer that gets to this offset ends there ... */
  guint cuts;                   /* ... so many transfers at most */
  guint64 cut_every;            /* each transfer ends after so many bytes; 0: never */
  gboolean reset;               /* with RST */
  gboolean stall;               /* instead of ending it stays silent */
  const gchar *headers;         /* more of them, e.g. an ETag */
  guint cut_count;              /* so far; atomic */
} RawFile;

void raw_file_send (RawFile * file, RawRequest * request);

G_END_DECLS

#endif /* __RAW_SERVER_H__ */
