/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A web server in a thread of its own, for the tests of the waiting part: it
 * records every request and answers as the test's handler says. */
#ifndef __POLL_SERVER_H__
#define __POLL_SERVER_H__

#include <libsoup/soup.h>

typedef struct _PollServer PollServer;

/* In the server's thread; number counts the requests from 1. */
typedef void (*PollHandler) (PollServer * server, SoupServerMessage * message,
    guint number, gpointer data);

/* certificate: NULL for plain http. */
PollServer *poll_server_new (const gchar * address,
    GTlsCertificate * certificate, PollHandler handler, gpointer data);
void poll_server_free (PollServer * server);
/* scheme://address:port */
const gchar *poll_server_get_url (PollServer * server);

/* Any thread */
guint poll_server_count (PollServer * server);
/* Blocks until so many requests came; fails the test after a long while. */
void poll_server_wait (PollServer * server, guint count);
/* Of request `number'; NULL when it had none. Returns: (transfer full) */
gchar *poll_server_get_header (PollServer * server, guint number,
    const gchar * name);
gchar *poll_server_get_path (PollServer * server, guint number);
/* Monotonic time of its arrival */
gint64 poll_server_get_time (PollServer * server, guint number);
/* How many connections its clients ever opened */
guint poll_server_count_connections (PollServer * server);

/* For handlers */
void poll_server_say (SoupServerMessage * message, guint status,
    const gchar * body);
void poll_server_redirect (SoupServerMessage * message, guint status,
    const gchar * location);
/* Never answers. */
void poll_server_hang (PollServer * server, SoupServerMessage * message);
/* Writes these bytes as they are and closes the connection. */
void poll_server_cut (SoupServerMessage * message, const gchar * bytes);
/* Headers at once, then blanks for ever. */
void poll_server_flood (SoupServerMessage * message);

#endif /* __POLL_SERVER_H__ */
