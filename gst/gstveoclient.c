/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoclient.h"
#include "gstveoroutes.h"
#include "gstveourl.h"

#define MAX_IN_FLIGHT 4
#define IDLE_TIME (30 * G_USEC_PER_SEC)

/* One per worker; everything here belongs to the worker's thread. */
typedef struct
{
  GstVeoWorker *worker;
  const GstVeoClientImpl *impl;
  GHashTable *origins;          /* name to Origin */
  GList *networks;              /* of Network; a process has one or two */
} Client;

/* A session, shared by all requests that may share connections. */
typedef struct
{
  Client *client;
  gchar *proxy;
  gchar *tls_ca_file;
  gchar *user_agent;
  gpointer session;             /* the impl's; made for the first request */
  guint users;
  GstVeoTimer idle;
} Network;

typedef struct
{
  Client *client;
  gchar *name;
  GQueue waiting;               /* of GstVeoRequest, first come first served */
  guint in_flight;
  gint64 not_before;            /* no request starts sooner */
  GstVeoTimer timer;
} Origin;

typedef enum
{
  REQUEST_WAITING,
  REQUEST_IN_FLIGHT,
  REQUEST_NOT_SENDABLE,
} RequestState;

struct _GstVeoRequest
{
  RequestState state;
  Origin *origin;
  Network *network;
  gchar *url;
  gchar *key;
  guint timeout_ms;
  GstVeoExchangeFunc func;
  gpointer data;
  GList link;                   /* in origin->waiting */
  gint64 sent;
  gpointer handle;              /* the impl's, while it is in flight */
  GstVeoTimer verdict;          /* tells of an error that was found while sending */
  GstVeoExchangeResult result;
  gchar *reason;
};

static void origin_serve (gpointer data);

static void
network_free (Network * network)
{
  Client *client = network->client;

  gst_veo_worker_stop_timer (client->worker, &network->idle);
  if (network->session)
    client->impl->session_free (network->session);
  g_free (network->proxy);
  g_free (network->tls_ca_file);
  g_free (network->user_agent);
  g_free (network);
}

static void
network_idle (gpointer data)
{
  Network *network = data;

  network->client->networks = g_list_remove (network->client->networks,
      network);
  network_free (network);
}

static Network *
client_get_network (Client * client, const GstVeoNetwork * wanted)
{
  Network *network;
  GList *l;

  for (l = client->networks; l; l = l->next) {
    network = l->data;
    if (g_strcmp0 (network->proxy, wanted->proxy) == 0
        && g_strcmp0 (network->tls_ca_file, wanted->tls_ca_file) == 0
        && g_strcmp0 (network->user_agent, wanted->user_agent) == 0)
      return network;
  }
  network = g_new0 (Network, 1);
  network->client = client;
  network->proxy = g_strdup (wanted->proxy);
  network->tls_ca_file = g_strdup (wanted->tls_ca_file);
  network->user_agent = g_strdup (wanted->user_agent);
  client->networks = g_list_prepend (client->networks, network);
  return network;
}

static Network *
network_use (Network * network)
{
  gst_veo_worker_stop_timer (network->client->worker, &network->idle);
  network->users++;
  return network;
}

static void
network_unuse (Network * network)
{
  if (--network->users > 0)
    return;
  gst_veo_worker_start_timer (network->client->worker, &network->idle,
      g_get_monotonic_time () + IDLE_TIME, network_idle, network);
}

static gpointer
network_get_session (Network * network, GError ** error)
{
  GstVeoNetwork settings = {
    network->proxy, network->tls_ca_file, network->user_agent
  };

  if (!network->session) {
    g_autoptr (GstVeoRoutes) routes = gst_veo_routes_new (network->proxy);

    network->session = network->client->impl->session_new (&settings,
        G_PROXY_RESOLVER (routes), error);
  }
  return network->session;
}

static void
origin_free (Origin * origin)
{
  gst_veo_worker_stop_timer (origin->client->worker, &origin->timer);
  g_free (origin->name);
  g_free (origin);
}

static Origin *
client_get_origin (Client * client, const gchar * url)
{
  g_autofree gchar *name = gst_veo_url_get_origin (url);
  Origin *origin = g_hash_table_lookup (client->origins, name ? name : "");

  if (!origin) {
    origin = g_new0 (Origin, 1);
    origin->client = client;
    origin->name = g_strdup (name ? name : "");
    g_queue_init (&origin->waiting);
    g_hash_table_insert (client->origins, origin->name, origin);
  }
  return origin;
}

static gpointer
client_new (GstVeoWorker * worker)
{
  Client *client = g_new0 (Client, 1);

  client->worker = worker;
  client->impl = gst_veo_client_get_impl ();
  client->origins = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) origin_free);
  return client;
}

static void
client_free (gpointer data)
{
  Client *client = data;

  g_list_free_full (client->networks, (GDestroyNotify) network_free);
  g_hash_table_unref (client->origins);
  if (client->impl->drain)
    client->impl->drain ();
  g_free (client);
}

static Client *
client_get (GstVeoWorker * worker)
{
  return gst_veo_worker_get_part (worker, "client", client_new, client_free);
}

static void
request_free (GstVeoRequest * request)
{
  gst_veo_worker_stop_timer (request->origin->client->worker,
      &request->verdict);
  network_unuse (request->network);
  g_free (request->url);
  g_free (request->key);
  g_free (request->reason);
  g_free (request);
}

/* Frees the request before its origin serves the next. */
static void
request_leave (GstVeoRequest * request)
{
  Origin *origin = request->origin;

  if (request->state == REQUEST_WAITING)
    g_queue_unlink (&origin->waiting, &request->link);
  else
    origin->in_flight--;
  request_free (request);
  /* Not here and now: of a thousand requests that are cancelled one after
   * another none should be sent just because the one before it left. */
  gst_veo_worker_start_timer (origin->client->worker, &origin->timer,
      MAX (g_get_monotonic_time (), origin->not_before), origin_serve, origin);
}

static void
request_answered (const GstVeoExchange * exchange, gpointer data)
{
  GstVeoRequest *request = data;
  GstVeoExchange told = *exchange;

  told.sent = request->sent;
  request->func (&told, request->data);
  request_leave (request);
}

static void
request_not_sendable (gpointer data)
{
  GstVeoRequest *request = data;
  GstVeoExchange exchange = { request->result, };

  exchange.reason = request->reason;
  exchange.url = request->url;
  request_answered (&exchange, request);
}

static void
request_fail (GstVeoRequest * request, GstVeoExchangeResult result,
    const gchar * reason)
{
  request->state = REQUEST_NOT_SENDABLE;
  request->result = result;
  request->reason = g_strdup (reason);
  gst_veo_worker_start_timer (request->origin->client->worker,
      &request->verdict, request->sent, request_not_sendable, request);
}

static void
request_send (GstVeoRequest * request)
{
  const GstVeoClientImpl *impl = request->origin->client->impl;
  g_autoptr (GError) error = NULL;
  gpointer session = network_get_session (request->network, &error);

  request->origin->in_flight++;
  request->sent = g_get_monotonic_time ();
  /* Nothing but the file of authorities can keep a session from being made. */
  if (!session) {
    request_fail (request, GST_VEO_EXCHANGE_BAD_CERTIFICATE, error->message);
    return;
  }
  request->state = REQUEST_IN_FLIGHT;
  request->handle = impl->get (session, request->url, request->key,
      request->timeout_ms, request_answered, request);
  if (!request->handle)
    request_fail (request, GST_VEO_EXCHANGE_UNREACHABLE,
        "The address cannot be requested");
}

/* Sends what may be sent; the last thing done with an origin that is idle. */
static void
origin_serve (gpointer data)
{
  Origin *origin = data;
  gboolean open = g_get_monotonic_time () >= origin->not_before;

  while (open && origin->in_flight < MAX_IN_FLIGHT
      && !g_queue_is_empty (&origin->waiting)) {
    GstVeoRequest *request = g_queue_pop_head_link (&origin->waiting)->data;

    request_send (request);
  }
  if (!open)
    gst_veo_worker_start_timer (origin->client->worker, &origin->timer,
        origin->not_before, origin_serve, origin);
  else if (origin->in_flight == 0)
    g_hash_table_remove (origin->client->origins, origin->name);
}

GstVeoRequest *
gst_veo_client_get (GstVeoWorker * worker, const GstVeoNetwork * network,
    const gchar * url, const gchar * key, guint timeout_ms,
    GstVeoExchangeFunc func, gpointer data)
{
  Client *client = client_get (worker);
  GstVeoRequest *request = g_new0 (GstVeoRequest, 1);

  request->origin = client_get_origin (client, url);
  request->network = network_use (client_get_network (client, network));
  request->url = g_strdup (url);
  request->key = g_strdup (key);
  request->timeout_ms = timeout_ms;
  request->func = func;
  request->data = data;
  request->link.data = request;
  g_queue_push_tail_link (&request->origin->waiting, &request->link);
  origin_serve (request->origin);
  return request;
}

void
gst_veo_client_cancel (GstVeoRequest * request)
{
  if (request->state == REQUEST_IN_FLIGHT)
    request->origin->client->impl->cancel (request->handle);
  request_leave (request);
}

void
gst_veo_client_slow_down (const gchar * url, guint delay_ms)
{
  GstVeoWorker *worker = gst_veo_worker_get_own ();
  Origin *origin;
  gint64 until;

  g_return_if_fail (worker != NULL);
  origin = client_get_origin (client_get (worker), url);
  until = g_get_monotonic_time () + delay_ms * G_TIME_SPAN_MILLISECOND;
  origin->not_before = MAX (origin->not_before, until);
  gst_veo_worker_start_timer (worker, &origin->timer, origin->not_before,
      origin_serve, origin);
}
