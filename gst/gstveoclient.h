/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP client behind a handful of functions: sessions, one GET. Loads the
 * private module that links libsoup 3, unless the process holds libsoup 2.4. */
#ifndef __GST_VEO_CLIENT_H__
#define __GST_VEO_CLIENT_H__

#include <gio/gio.h>
#include "gstveoanswer.h"
#include "gstveoworker.h"

G_BEGIN_DECLS

/* What decides which connections can be shared. Strings may be NULL. */
typedef struct
{
  const gchar *proxy;           /* NULL: the system's (environment, no_proxy obeyed) */
  const gchar *tls_ca_file;     /* NULL: the system's authorities */
  const gchar *user_agent;
} GstVeoNetwork;

typedef enum
{
  GST_VEO_EXCHANGE_ANSWERED,    /* status, headers, body are there */
  GST_VEO_EXCHANGE_CUT,         /* a good status and headers came, the body broke off */
  GST_VEO_EXCHANGE_UNREACHABLE, /* connection, reset, DNS */
  GST_VEO_EXCHANGE_TIMED_OUT,
  GST_VEO_EXCHANGE_BAD_CERTIFICATE,
  GST_VEO_EXCHANGE_BAD_REDIRECT,        /* too many, not http(s), https to http */
  GST_VEO_EXCHANGE_CANCELLED,
} GstVeoExchangeResult;

typedef struct
{
  GstVeoExchangeResult result;
  guint status;
  GstVeoBody *body;             /* owned by the exchange */
  GstVeoHeaderFunc header;      /* looks up a response header */
  gpointer headers;
  const gchar *reason;          /* a sentence of the system when not ANSWERED, without secrets */
  const gchar *url;             /* where it ended after redirects */
  gint64 sent;                  /* monotonic time of sending; gst_veo_client_get fills it in */
} GstVeoExchange;

/* Worker only; called once, never from within gst_veo_client_get. After
 * gst_veo_client_cancel it is not called at all. */
typedef void (*GstVeoExchangeFunc) (const GstVeoExchange * exchange, gpointer data);

/* The client that does the work; tests may put another in its place. All
 * functions run in the worker, with its context pushed as thread default. */
typedef struct
{
  /* resolver says which proxy to take */
  gpointer (*session_new) (const GstVeoNetwork * network,
      GProxyResolver * resolver, GError ** error);
  void (*session_free) (gpointer session);
  /* NULL: the URL is none. Follows up to 10 redirects by itself; Authorization goes to the first
   * URL's origin only. timeout_ms covers send to last byte (of a data: video: from the last byte received). */
  gpointer (*get) (gpointer session, const gchar * url, const gchar * key,
      guint timeout_ms, GstVeoExchangeFunc func, gpointer data);
  void (*cancel) (gpointer request);
  /* As the worker ends, after the last session_free: comes back when nothing
   * of any session is under way any more. May be NULL. */
  void (*drain) (void);
} GstVeoClientImpl;

/* What the private module exports under the name "gst_veo_soup_get_client" */
typedef const GstVeoClientImpl *(*GstVeoClientGetImpl) (void);

/* Any thread. Loads the module from plugin_dir once. FALSE with *error (a
 * sentence: libsoup 2.4 in the process, module missing, ...). */
gboolean gst_veo_client_load (const gchar * plugin_dir, GError ** error);
/* For tests; NULL goes back to the real one. Counts for workers that start later. */
void gst_veo_client_set_impl (const GstVeoClientImpl * impl);
/* The one in place; NULL when none was loaded. */
const GstVeoClientImpl *gst_veo_client_get_impl (void);

typedef struct _GstVeoRequest GstVeoRequest;

/* Worker only; hold the worker until func was called or the request is
 * cancelled. One GET; requests in flight to one origin are bounded (4) and
 * served first come, first served; what waits in line can be cancelled too, and
 * timeout_ms counts from when it is sent. Sessions are shared per network and
 * go when idle. */
GstVeoRequest *gst_veo_client_get (GstVeoWorker * worker,
    const GstVeoNetwork * network, const gchar * url, const gchar * key,
    guint timeout_ms, GstVeoExchangeFunc func, gpointer data);
void gst_veo_client_cancel (GstVeoRequest * request);
/* Worker only. A 429 came: no request to the origin of url starts within the next delay_ms. */
void gst_veo_client_slow_down (const gchar * url, guint delay_ms);

G_END_DECLS

#endif /* __GST_VEO_CLIENT_H__ */
