/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A proxy: a handler for a raw server, whose log then says what was asked of it. */
#ifndef __TUNNEL_H__
#define __TUNNEL_H__

#include "rawserver.h"

G_BEGIN_DECLS

/* Passes a plain request on, or opens a tunnel when it is a CONNECT. Free the
 * server when its clients are gone. */
void tunnel_pass_on (RawRequest * request, gpointer data);
/* The same, to whom the header Proxy-Authorization says data, "Basic ..."; to
 * others, 407 */
void tunnel_guard (RawRequest * request, gpointer data);

G_END_DECLS

#endif /* __TUNNEL_H__ */
