/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP client on libsoup 3; the only file that includes it. It is built as
 * a module of its own, see gstveomodule.c. All of it runs in a worker's thread. */
#include "config.h"

#include "gstveoclient.h"
#include "gstveoproxy.h"
#include "gstveoredirect.h"
#include "gstveourl.h"

#include <libsoup/soup.h>
#include <string.h>

#define MAX_CONNECTIONS 256
#define MAX_CONNECTIONS_PER_HOST 4
#define IDLE_SECONDS 30
#define PIECE_BYTES 16384
/* A redirect's body is read only so that its connection can serve again. */
#define REDIRECT_MAX_BYTES 65536
#define DRAIN_MS 5000
#define CUT_REASON "The connection ended in the middle of the answer"
#define DEFAULT_USER_AGENT PACKAGE "/" VERSION

typedef struct
{
  guint refs;                   /* the client's and one per request */
  SoupSession *soup;            /* NULL until needed, or after one went bad */
  GTlsDatabase *authorities;
  GProxyResolver *resolver;
  gchar *user_agent;
} Session;

typedef struct
{
  Session *session;
  SoupSession *soup;            /* the one that sends it */
  SoupMessage *message;
  GInputStream *stream;
  GCancellable *cancellable;
  GstVeoBody *body;
  gchar *first_url;
  gchar *url;
  gchar *key;
  gboolean left_origin;         /* a redirect went elsewhere: the key stays behind */
  gboolean proxy_refused;       /* no message was sent, and none answered */
  guint redirects;
  guint64 received;
  guint timeout_ms;
  GSource *timer;
  GstVeoExchangeFunc func;      /* NULL once it was told or cancelled */
  gpointer data;
} Request;

const GstVeoClientImpl *gst_veo_soup_get_client (void);

static gboolean request_send (Request * request);

/* How many sessions of this thread are not gone yet. */
static GPrivate live_sessions = G_PRIVATE_INIT (NULL);

static void
count_session (gint change)
{
  gint count = GPOINTER_TO_INT (g_private_get (&live_sessions));

  g_private_set (&live_sessions, GINT_TO_POINTER (count + change));
}

static gpointer
session_new (const GstVeoNetwork * network, GProxyResolver * resolver,
    GError ** error)
{
  GTlsDatabase *authorities = NULL;
  g_autoptr (GError) reason = NULL;
  Session *session;

  if (network->tls_ca_file) {
    authorities = g_tls_file_database_new (network->tls_ca_file, &reason);
    if (!authorities) {
      g_set_error (error, reason->domain, reason->code,
          "The certificates in tls-ca-file cannot be used: %s",
          reason->message);
      return NULL;
    }
  }
  session = g_new0 (Session, 1);
  session->refs = 1;
  session->authorities = authorities;
  session->resolver = g_object_ref (resolver);
  session->user_agent = g_strdup (network->user_agent ? network->user_agent
      : DEFAULT_USER_AGENT);
  count_session (1);
  return session;
}

static void
session_unref (Session * session)
{
  if (--session->refs > 0)
    return;
  g_clear_object (&session->soup);
  g_clear_object (&session->authorities);
  g_object_unref (session->resolver);
  g_free (session->user_agent);
  g_free (session);
  count_session (-1);
}

/* No soup_session_abort: what is under way is cancelled by whoever asked. */
static void
session_free (gpointer data)
{
  session_unref (data);
}

static SoupSession *
session_get_soup (Session * session)
{
  if (session->soup)
    return session->soup;
  session->soup = soup_session_new_with_options ("max-conns", MAX_CONNECTIONS,
      "max-conns-per-host", MAX_CONNECTIONS_PER_HOST,
      "idle-timeout", IDLE_SECONDS, "timeout", 0,
      "user-agent", session->user_agent,
      "proxy-resolver", session->resolver, NULL);
  if (session->authorities)
    soup_session_set_tls_database (session->soup, session->authorities);
  soup_session_remove_feature_by_type (session->soup,
      SOUP_TYPE_CONTENT_SNIFFER);
  return session->soup;
}

/* Later requests get new connections; those under way keep theirs. */
static void
session_renew (Session * session, SoupSession * bad)
{
  if (session->soup == bad)
    g_clear_object (&session->soup);
}

static gboolean
drain_timeout (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Cancelled requests need the context until libsoup gives them back. */
static void
client_drain (void)
{
  GMainContext *context = g_main_context_get_thread_default ();
  GSource *limit = g_timeout_source_new (DRAIN_MS);
  gboolean over = FALSE;

  g_source_set_callback (limit, drain_timeout, &over, NULL);
  g_source_attach (limit, context);
  while (!over && GPOINTER_TO_INT (g_private_get (&live_sessions)) > 0)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (limit);
  g_source_unref (limit);
}

static void
request_stop_timer (Request * request)
{
  if (!request->timer)
    return;
  g_source_destroy (request->timer);
  g_clear_pointer (&request->timer, g_source_unref);
}

static void
request_free (Request * request)
{
  request_stop_timer (request);
  g_clear_object (&request->message);
  g_clear_object (&request->cancellable);
  g_clear_object (&request->soup);
  gst_veo_body_free (request->body);
  session_unref (request->session);
  g_free (request->first_url);
  g_free (request->url);
  if (request->key)
    memset (request->key, 0, strlen (request->key));
  g_free (request->key);
  g_free (request);
}

/* HTTP/2 with a response that is left half-read: later requests on the same
 * connection may stall, for libsoup 3.2 does not give its window back. */
static gboolean
leaves_connection_in_doubt (Request * request)
{
  return request->stream && request->message
      && soup_message_get_http_version (request->message) >= SOUP_HTTP_2_0;
}

static gboolean
cancel_now (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

/* libsoup uses freed memory when a send is cancelled whose answer has arrived
 * but was not told yet: what waits to be told goes first. */
static void
cancel_soon (GCancellable * cancellable)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_LOW);
  g_source_set_callback (source, cancel_now, g_object_ref (cancellable),
      g_object_unref);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_source_unref (source);
}

static void
request_abandon (Request * request)
{
  if (leaves_connection_in_doubt (request))
    session_renew (request->session, request->soup);
  cancel_soon (request->cancellable);
}

static const gchar *
get_header (const gchar * name, gpointer headers)
{
  return headers ? soup_message_headers_get_one (headers, name) : NULL;
}

static void
request_tell (Request * request, GstVeoExchangeResult result,
    const gchar * reason)
{
  GstVeoExchangeFunc func = request->func;
  GstVeoExchange exchange = { result, };
  g_autofree gchar *safe = gst_veo_text_present (reason, -1, request->key);

  request_stop_timer (request);
  request->func = NULL;
  exchange.status = request->proxy_refused ? SOUP_STATUS_PROXY_UNAUTHORIZED
      : soup_message_get_status (request->message);
  exchange.body = request->body;
  exchange.header = get_header;
  exchange.headers = soup_message_get_response_headers (request->message);
  exchange.reason = safe;
  exchange.url = request->url;
  func (&exchange, request->data);
}

static gboolean
request_timed_out (gpointer data)
{
  Request *request = data;
  g_autofree gchar *reason =
      g_strdup_printf ("No complete answer came within %g s",
      request->timeout_ms / 1000.0);

  session_renew (request->session, request->soup);
  request_tell (request, GST_VEO_EXCHANGE_TIMED_OUT, reason);
  request_abandon (request);
  return G_SOURCE_REMOVE;
}

static void
request_start_timer (Request * request)
{
  if (request->timeout_ms == 0)
    return;
  request->timer = g_timeout_source_new (request->timeout_ms);
  g_source_set_callback (request->timer, request_timed_out, request, NULL);
  g_source_attach (request->timer, g_main_context_get_thread_default ());
}

/* A large data: video may take its time as long as it moves. */
static void
request_restart_timer (Request * request)
{
  if (request->timer)
    g_source_set_ready_time (request->timer, g_get_monotonic_time ()
        + request->timeout_ms * G_TIME_SPAN_MILLISECOND);
}

static void
request_closed (Request * request)
{
  g_clear_object (&request->stream);
  if (!request->func)
    request_free (request);
  else if (!request_send (request)) {
    request_tell (request, GST_VEO_EXCHANGE_BAD_REDIRECT,
        "The service redirects to an address that cannot be requested");
    request_free (request);
  }
}

static void
stream_closed (GObject * source, GAsyncResult * result, gpointer data)
{
  g_input_stream_close_finish (G_INPUT_STREAM (source), result, NULL);
  request_closed (data);
}

/* Ends the message. What follows is the end of the request, or the next hop. */
static void
request_close (Request * request)
{
  if (request->stream)
    g_input_stream_close_async (request->stream, G_PRIORITY_DEFAULT,
        request->cancellable, stream_closed, request);
  else
    request_closed (request);
}

static gchar *
describe_certificate (GTlsCertificateFlags errors)
{
  static const struct
  {
    GTlsCertificateFlags flag;
    const gchar *words;
  } table[] = {
    {G_TLS_CERTIFICATE_UNKNOWN_CA, "is signed by no authority trusted here"},
    {G_TLS_CERTIFICATE_BAD_IDENTITY, "belongs to another host"},
    {G_TLS_CERTIFICATE_NOT_ACTIVATED, "is not valid yet"},
    {G_TLS_CERTIFICATE_EXPIRED, "has expired"},
    {G_TLS_CERTIFICATE_REVOKED, "was revoked"},
    {G_TLS_CERTIFICATE_INSECURE, "uses an insecure algorithm"},
  };
  g_autoptr (GString) text = g_string_new (NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (table); i++) {
    if (errors & table[i].flag)
      g_string_append_printf (text, "%s%s", text->len ? " and " : "",
          table[i].words);
  }
  return g_strdup_printf ("The server's certificate %s",
      text->len ? text->str : "could not be verified");
}

/* A proxy's user and password may stand in a message of GIO. */
static gchar *
hide_credentials (const gchar * text)
{
  g_autoptr (GRegex) regex = g_regex_new ("://\\S*@", 0, 0, NULL);

  return g_regex_replace_literal (regex, text, -1, 0, "://***@", 0, NULL);
}

/* GIO's words for a 407, where it opens the way through the proxy */
static gboolean
is_refusal_of_proxy (const GError * error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_AUTH_FAILED)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_NEED_AUTH);
}

static void
request_tell_error (Request * request, const GError * error)
{
  g_autofree gchar *reason = NULL;

  if (is_refusal_of_proxy (error)) {
    request->proxy_refused = TRUE;
    request_tell (request, GST_VEO_EXCHANGE_ANSWERED, NULL);
    return;
  }
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE)) {
    reason =
        describe_certificate (soup_message_get_tls_peer_certificate_errors
        (request->message));
    request_tell (request, GST_VEO_EXCHANGE_BAD_CERTIFICATE, reason);
    return;
  }
  reason = hide_credentials (error->message);
  request_tell (request, GST_VEO_EXCHANGE_UNREACHABLE, reason);
}

static void
request_redirect (Request * request)
{
  const gchar *location = get_header ("Location",
      soup_message_get_response_headers (request->message));
  g_autofree gchar *objection = NULL;
  gchar *target = gst_veo_redirect_follow (request->first_url, request->url,
      location, request->redirects, request->key, &objection);

  if (!target) {
    request_tell (request, GST_VEO_EXCHANGE_BAD_REDIRECT, objection);
    return;
  }
  request->redirects++;
  if (!gst_veo_url_same_origin (request->url, target))
    request->left_origin = TRUE;
  g_free (request->url);
  request->url = target;
}

static gboolean
is_redirect (Request * request)
{
  return
      SOUP_STATUS_IS_REDIRECTION (soup_message_get_status (request->message));
}

/* libsoup may report the end of a body that is shorter than announced as a
 * clean one. What came compressed is counted by its decoder. */
static gboolean
body_is_cut (Request * request)
{
  SoupMessageHeaders *headers =
      soup_message_get_response_headers (request->message);

  return SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (request->message))
      && !soup_message_headers_get_one (headers, "Content-Encoding")
      && soup_message_headers_get_encoding (headers) ==
      SOUP_ENCODING_CONTENT_LENGTH && request->received <
      (guint64) soup_message_headers_get_content_length (headers);
}

static void
request_body_ended (Request * request)
{
  if (is_redirect (request))
    request_redirect (request);
  else if (body_is_cut (request))
    request_tell (request, GST_VEO_EXCHANGE_CUT, CUT_REASON);
  else
    request_tell (request, GST_VEO_EXCHANGE_ANSWERED, NULL);
  request_close (request);
}

/* Enough was read to judge: the rest is not wanted. */
static void
request_cut_short (Request * request)
{
  if (is_redirect (request))
    request_redirect (request);
  else
    request_tell (request, GST_VEO_EXCHANGE_ANSWERED, NULL);
  request_abandon (request);
  request_close (request);
}

static gboolean
request_take (Request * request, GBytes * piece)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (piece, &len);

  request->received += len;
  if (is_redirect (request))
    return request->received <= REDIRECT_MAX_BYTES;
  if (!gst_veo_body_push (request->body, data, len))
    return FALSE;
  if (gst_veo_body_has_data_video (request->body))
    request_restart_timer (request);
  return TRUE;
}

static void request_read (Request * request);

static void
piece_read (GObject * source, GAsyncResult * result, gpointer data)
{
  Request *request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece =
      g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result,
      &error);

  if (!request->func) {
    request_close (request);
  } else if (!piece
      && SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (request->message)))
  {
    request_tell (request, GST_VEO_EXCHANGE_CUT, CUT_REASON);
    request_close (request);
  } else if (!piece || g_bytes_get_size (piece) == 0) {
    /* An error's status says enough, whatever became of its body. */
    request_body_ended (request);
  } else if (!request_take (request, piece)) {
    request_cut_short (request);
  } else {
    request_read (request);
  }
}

static void
request_read (Request * request)
{
  g_input_stream_read_bytes_async (request->stream, PIECE_BYTES,
      G_PRIORITY_DEFAULT, request->cancellable, piece_read, request);
}

static void
message_sent (GObject * source, GAsyncResult * result, gpointer data)
{
  Request *request = data;
  g_autoptr (GError) error = NULL;

  request->stream = soup_session_send_finish (SOUP_SESSION (source), result,
      &error);
  if (request->stream && request->func) {
    request_read (request);
    return;
  }
  if (request->func)
    request_tell_error (request, error);
  request_close (request);
}

static void
message_add_headers (SoupMessage * message, const gchar * key)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  soup_message_headers_replace (headers, "Accept", "application/json");
  if (key) {
    g_autofree gchar *value = g_strconcat ("Bearer ", key, NULL);
    soup_message_headers_replace (headers, "Authorization", value);
  }
}

/* The service closed a connection that was kept, and libsoup sends the message
 * again. On another kept connection that would happen at once, and where libsoup
 * has yet to tell itself of the end, it would take it for the end of the second
 * sending: the request fails, and what was freed is used. A new connection takes
 * its turns of the main loop first. Called before one is chosen. */
static void
message_restarted (SoupMessage * message, gpointer data)
{
  soup_message_add_flags (message, SOUP_MESSAGE_NEW_CONNECTION);
}

/* Where the proxy reads the request itself, it wants its credentials there; in
 * a tunnel they would reach the service. The connection is known only now. */
static void
message_starting (SoupMessage * message, gpointer data)
{
  GSocketAddress *address = soup_message_get_remote_address (message);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autofree gchar *authorization = NULL;
  GProxyAddress *proxy;

  soup_message_headers_remove (headers, "Proxy-Authorization");
  if (!G_IS_PROXY_ADDRESS (address)
      || g_str_equal (g_uri_get_scheme (soup_message_get_uri (message)),
          "https"))
    return;
  proxy = G_PROXY_ADDRESS (address);
  if (!g_str_equal (g_proxy_address_get_protocol (proxy), "http")
      || !g_proxy_address_get_username (proxy))
    return;
  authorization = gst_veo_proxy_get_basic (g_proxy_address_get_username (proxy),
      g_proxy_address_get_password (proxy));
  soup_message_headers_append (headers, "Proxy-Authorization", authorization);
}

/* Sends what request->url says. FALSE when that cannot be requested. */
static gboolean
request_send (Request * request)
{
  g_autoptr (GUri) uri = g_uri_parse (request->url, SOUP_HTTP_URI_FLAGS, NULL);

  if (!uri || !g_uri_get_host (uri))
    return FALSE;
  g_clear_object (&request->message);
  g_clear_object (&request->cancellable);
  g_clear_object (&request->soup);
  request->message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
  request->cancellable = g_cancellable_new ();
  request->soup = g_object_ref (session_get_soup (request->session));
  request->received = 0;
  soup_message_set_flags (request->message, SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect (request->message, "restarted",
      G_CALLBACK (message_restarted), NULL);
  g_signal_connect (request->message, "starting",
      G_CALLBACK (message_starting), NULL);
  /* It would ask the proxy for the service's address, and the service for the
   * proxy's credentials */
  soup_message_disable_feature (request->message, SOUP_TYPE_AUTH_MANAGER);
  message_add_headers (request->message, request->left_origin ? NULL
      : request->key);
  soup_session_send_async (request->soup, request->message,
      G_PRIORITY_DEFAULT, request->cancellable, message_sent, request);
  return TRUE;
}

static gpointer
client_get (gpointer data, const gchar * url, const gchar * key,
    guint timeout_ms, GstVeoExchangeFunc func, gpointer func_data)
{
  Session *session = data;
  Request *request = g_new0 (Request, 1);

  session->refs++;
  request->session = session;
  request->body = gst_veo_body_new ();
  request->first_url = g_strdup (url);
  request->url = g_strdup (url);
  request->key = g_strdup (key);
  request->timeout_ms = timeout_ms;
  request->func = func;
  request->data = func_data;
  if (!request_send (request)) {
    request_free (request);
    return NULL;
  }
  request_start_timer (request);
  return request;
}

static void
client_cancel (gpointer data)
{
  Request *request = data;

  request->func = NULL;
  request_stop_timer (request);
  request_abandon (request);
}

const GstVeoClientImpl *
gst_veo_soup_get_client (void)
{
  static const GstVeoClientImpl impl = {
    session_new, session_free, client_get, client_cancel, client_drain
  };

  return &impl;
}
