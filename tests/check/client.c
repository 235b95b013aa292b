/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One GET over real sockets: where the key goes, redirects, time limits,
 * broken answers, certificates, proxies, and how many at a time. */
#include "config.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#include "authority.h"
#include "gstveoclient.h"
#include "watchlog.h"

#define PATIENCE (30 * G_USEC_PER_SEC)
#define KEY "sk-secret"
#define RUNNING "{\"id\":\"t\",\"status\":\"processing\",\"progress\":50}"

/* One request of a test and what became of it. */
typedef struct
{
  GstVeoWorker *worker;
  const gchar *url;
  GstVeoNetwork network;
  guint timeout_ms;
  GstVeoRequest *request;
  gboolean done;
  GstVeoExchangeResult result;
  guint status;
  gchar *reason;
  gchar *ended_at;
  gchar *header;                /* X-Test */
  gint progress;                /* -1 when the body told of no task */
  gboolean nonsense;
} Fetch;

static GMutex lock;
static GCond changed;

static void
fetch_answered (const GstVeoExchange * exchange, gpointer data)
{
  Fetch *fetch = data;

  g_mutex_lock (&lock);
  fail_if (fetch->done, "answered twice");
  fetch->result = exchange->result;
  fetch->status = exchange->status;
  fetch->reason = g_strdup (exchange->reason);
  fetch->ended_at = g_strdup (exchange->url);
  fetch->progress = -1;
  if (exchange->result == GST_VEO_EXCHANGE_ANSWERED) {
    g_autoptr (GstVeoAnswer) answer = gst_veo_answer_read ("t",
        exchange->status, exchange->body, exchange->header, exchange->headers,
        KEY, 0);

    fetch->header = g_strdup (exchange->header ("x-test", exchange->headers));
    fetch->progress = answer->task ? answer->task->progress : -1;
    fetch->nonsense = answer->failure
        && answer->failure->kind == GST_VEO_FAILURE_NONSENSE;
  }
  fetch->done = TRUE;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}

static gboolean
fetch_start (gpointer data)
{
  Fetch *fetch = data;

  fetch->request = gst_veo_client_get (fetch->worker, &fetch->network,
      fetch->url, KEY, fetch->timeout_ms, fetch_answered, fetch);
  return G_SOURCE_REMOVE;
}

static gboolean
fetch_cancel (gpointer data)
{
  gst_veo_client_cancel (((Fetch *) data)->request);
  return G_SOURCE_REMOVE;
}

static void
fetch_wait (Fetch * fetch)
{
  gint64 limit = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&lock);
  while (!fetch->done) {
    if (!g_cond_wait_until (&changed, &lock, limit)) {
      fail ("no answer from %s", fetch->url);
      break;
    }
  }
  g_mutex_unlock (&lock);
  fail_if (fetch->reason && strstr (fetch->reason, KEY));
}

static void
fetch_clear (Fetch * fetch)
{
  g_free (fetch->reason);
  g_free (fetch->ended_at);
  g_free (fetch->header);
}

static GstVeoWorker *worker;

static void
set_up (void)
{
  GError *error = NULL;

  fail_unless (gst_veo_client_load (VEO_TEST_MODULE_DIR, &error),
      "%s", error ? error->message : "");
  worker = gst_veo_worker_acquire ();
}

static void
tear_down (void)
{
  gst_veo_worker_release (worker);
  wait_for_no_workers ();
}

static gboolean
mark_done (gpointer data)
{
  g_mutex_lock (&lock);
  *(gboolean *) data = TRUE;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
  return G_SOURCE_REMOVE;
}

/* Until the worker has done all that it was told so far. */
static void
wait_for_worker (void)
{
  gboolean done = FALSE;

  gst_veo_worker_invoke (worker, mark_done, &done, NULL);
  g_mutex_lock (&lock);
  while (!done)
    g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
}

static Fetch
fetch (const gchar * url, const gchar * proxy, const gchar * tls_ca_file,
    guint timeout_ms)
{
  Fetch f = { worker, url, {proxy, tls_ca_file, NULL}, timeout_ms, };

  gst_veo_worker_invoke (worker, fetch_start, &f, NULL);
  fetch_wait (&f);
  return f;
}

static void
assert_reason (Fetch * f, const gchar * part)
{
  fail_unless (f->reason && strstr (f->reason, part), "the reason is: %s",
      f->reason);
}

/* Handlers: data is what each says it is. */

static void
say_running (PollServer * server, SoupServerMessage * message, guint number,
    gpointer data)
{
  soup_message_headers_replace (soup_server_message_get_response_headers
      (message), "X-Test", "here");
  poll_server_say (message, data ? GPOINTER_TO_UINT (data) : 200, RUNNING);
}

/* data: gchar **, the address */
static void
redirect_there (PollServer * server, SoupServerMessage * message,
    guint number, gpointer data)
{
  poll_server_redirect (message, 302, *(gchar **) data);
}

/* Redirects to itself, data: guint *, so often, and then answers. */
static void
redirect_often (PollServer * server, SoupServerMessage * message,
    guint number, gpointer data)
{
  if (number <= *(guint *) data)
    poll_server_redirect (message, number % 2 ? 301 : 307, "/v1/videos/t?x=1");
  else
    poll_server_say (message, 200, RUNNING);
}

static void
hang (PollServer * server, SoupServerMessage * message, guint number,
    gpointer data)
{
  poll_server_hang (server, message);
}

/* data: the bytes */
static void
cut (PollServer * server, SoupServerMessage * message, guint number,
    gpointer data)
{
  poll_server_cut (message, data);
}

static void
flood (PollServer * server, SoupServerMessage * message, guint number,
    gpointer data)
{
  poll_server_flood (message);
}

GST_START_TEST (test_request)
{
  /* Given a server, When it is asked, Then the request carries the key, what
   * it accepts and who asks, and no cookie, and status, headers and body come
   * back; of an error too. */
  PollServer *server = poll_server_new ("127.0.0.1", NULL, say_running, NULL);
  PollServer *bad = poll_server_new ("127.0.0.1", NULL, say_running,
      GUINT_TO_POINTER (503));
  Fetch f = fetch (poll_server_get_url (server), NULL, NULL, 0);
  Fetch g = fetch (poll_server_get_url (bad), NULL, NULL, 5000);
  g_autofree gchar *authorization = poll_server_get_header (server, 1,
      "Authorization");
  g_autofree gchar *accept = poll_server_get_header (server, 1, "Accept");
  g_autofree gchar *agent = poll_server_get_header (server, 1, "User-Agent");

  assert_equals_int (f.result, GST_VEO_EXCHANGE_ANSWERED);
  assert_equals_int (f.status, 200);
  assert_equals_int (f.progress, 50);
  assert_equals_string (f.header, "here");
  assert_equals_string (authorization, "Bearer " KEY);
  assert_equals_string (accept, "application/json");
  assert_equals_string (agent, PACKAGE "/" VERSION);
  assert_equals_int (g.result, GST_VEO_EXCHANGE_ANSWERED);
  assert_equals_int (g.status, 503);
  fetch_clear (&f);
  fetch_clear (&g);
  poll_server_free (server);
  poll_server_free (bad);
}

GST_END_TEST;

/* Fetches from a server on 127.0.0.1 that redirects to `to', and returns what
 * `to' was sent as Authorization. */
static gchar *
get_key_after_redirect (PollServer * to)
{
  gchar *address = g_strconcat (poll_server_get_url (to), "/moved", NULL);
  PollServer *from = poll_server_new ("127.0.0.1", NULL, redirect_there,
      &address);
  Fetch f = fetch (poll_server_get_url (from), NULL, NULL, 5000);

  assert_equals_int (f.result, GST_VEO_EXCHANGE_ANSWERED);
  assert_equals_int (f.progress, 50);
  assert_equals_string (f.ended_at, address);
  fetch_clear (&f);
  poll_server_free (from);
  g_free (address);
  return poll_server_get_header (to, 1, "Authorization");
}

GST_START_TEST (test_key_stays_at_its_origin)
{
  /* Given servers on two addresses and two ports, When the one that is asked
   * redirects to another host or to another port, Then the other is asked
   * without the key. */
  const gchar *hosts[] = { "127.0.0.1", "127.0.0.2" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (hosts); i++) {
    PollServer *to = poll_server_new (hosts[i], NULL, say_running, NULL);
    g_autofree gchar *key = get_key_after_redirect (to);

    fail_unless (key == NULL, "%s got the key", hosts[i]);
    poll_server_free (to);
  }
}

GST_END_TEST;

GST_START_TEST (test_ten_redirects)
{
  /* Given a server that redirects within itself, When it does so 10 times,
   * Then the answer comes and each hop had the key; When 11 times, Then the
   * request fails and says so. */
  guint often[] = { 10, 1000 };
  PollServer *server = poll_server_new ("127.0.0.1", NULL, redirect_often,
      &often[0]);
  PollServer *endless = poll_server_new ("127.0.0.1", NULL, redirect_often,
      &often[1]);
  Fetch f = fetch (poll_server_get_url (server), NULL, NULL, 5000);
  Fetch g = fetch (poll_server_get_url (endless), NULL, NULL, 5000);
  g_autofree gchar *key = poll_server_get_header (server, 11, "Authorization");

  assert_equals_int (f.result, GST_VEO_EXCHANGE_ANSWERED);
  assert_equals_int (f.progress, 50);
  assert_equals_string (key, "Bearer " KEY);
  assert_equals_int (g.result, GST_VEO_EXCHANGE_BAD_REDIRECT);
  assert_reason (&g, "more than 10 times");
  assert_equals_int (poll_server_count (endless), 11);
  fetch_clear (&f);
  fetch_clear (&g);
  poll_server_free (server);
  poll_server_free (endless);
}

GST_END_TEST;

GST_START_TEST (test_redirects_not_followed)
{
  /* Given a server that redirects to https of the same host, to another
   * scheme, or nowhere, Then the request fails, says what to do, and shows no
   * query. */
  static const struct
  {
    const gchar *location;
    const gchar *reason;
  } table[] = {
    {"https://127.0.0.1/v1/videos/t?sign=hidden",
        "set base-url to https://127.0.0.1"},
    {"https://127.0.0.1:8443/api/v1/videos/t",
        "set base-url to https://127.0.0.1:8443/api"},
    {"file:///etc/passwd", "not http or https"},
    {"ftp://127.0.0.1/x", "not http or https"},
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (table); i++) {
    gchar *location = g_strdup (table[i].location);
    PollServer *server = poll_server_new ("127.0.0.1", NULL, redirect_there,
        &location);
    Fetch f = fetch (poll_server_get_url (server), NULL, NULL, 5000);

    assert_equals_int (f.result, GST_VEO_EXCHANGE_BAD_REDIRECT);
    assert_reason (&f, table[i].reason);
    fail_if (strstr (f.reason, "hidden"));
    fetch_clear (&f);
    poll_server_free (server);
    g_free (location);
  }
}

GST_END_TEST;

GST_START_TEST (test_redirect_to_nowhere)
{
  /* Given a server that answers 302 without an address, Then the request fails
   * and says so. */
  PollServer *server = poll_server_new ("127.0.0.1", NULL, say_running,
      GUINT_TO_POINTER (302));
  Fetch f = fetch (poll_server_get_url (server), NULL, NULL, 5000);

  assert_equals_int (f.result, GST_VEO_EXCHANGE_BAD_REDIRECT);
  assert_reason (&f, "without saying where");
  fetch_clear (&f);
  poll_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_time_limit)
{
  /* Given a server that never answers, one that never ends its headers' body,
   * and one that redirects to itself for ever slowly, When the limit is over,
   * Then the request fails, naming the limit, and the server serves on. */
  PollServer *server = poll_server_new ("127.0.0.1", NULL, hang, NULL);
  gint64 before = g_get_monotonic_time ();
  Fetch f = fetch (poll_server_get_url (server), NULL, NULL, 300);

  fail_unless (g_get_monotonic_time () - before >= 300000);
  assert_equals_int (f.result, GST_VEO_EXCHANGE_TIMED_OUT);
  assert_reason (&f, "0.3 s");
  fetch_clear (&f);
  poll_server_free (server);
}

GST_END_TEST;

/* data: gchar **, where to; the second request is not answered. */
static void
redirect_and_hang (PollServer * server, SoupServerMessage * message,
    guint number, gpointer data)
{
  if (number == 1)
    poll_server_redirect (message, 302, "/again");
  else
    poll_server_hang (server, message);
}

GST_START_TEST (test_time_limit_over_redirects)
{
  /* Given a server that redirects and then hangs, When the limit is over, Then
   * the request fails: the limit covers all hops. */
  PollServer *server = poll_server_new ("127.0.0.1", NULL, redirect_and_hang,
      NULL);
  Fetch f = fetch (poll_server_get_url (server), NULL, NULL, 2000);

  assert_equals_int (f.result, GST_VEO_EXCHANGE_TIMED_OUT);
  assert_equals_int (poll_server_count (server), 2);
  fetch_clear (&f);
  poll_server_free (server);
}

GST_END_TEST;

static gchar *
get_refusing_url (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_socket_listener_close (listener);
  return g_strdup_printf ("http://127.0.0.1:%u", port);
}

GST_START_TEST (test_unreachable)
{
  /* Given a port where nobody listens and a name that does not exist, When
   * they are asked, Then the request fails with the system's reason. */
  g_autofree gchar *url = get_refusing_url ();
  Fetch f = fetch (url, NULL, NULL, 5000);
  Fetch g = fetch ("http://name.invalid", NULL, NULL, 20000);

  assert_equals_int (f.result, GST_VEO_EXCHANGE_UNREACHABLE);
  assert_reason (&f, "127.0.0.1");
  assert_equals_int (g.result, GST_VEO_EXCHANGE_UNREACHABLE);
  assert_reason (&g, "name.invalid");
  fetch_clear (&f);
  fetch_clear (&g);
}

GST_END_TEST;

GST_START_TEST (test_cut_bodies)
{
  /* Given servers that close in the middle, When the length was announced or
   * the body is missing, Then the answer counts as cut; When nothing came at
   * all, Then the service counts as unreachable; When an
   * error's body is cut, Then its status counts; When a body without a length
   * ends early, Then reading finds nonsense. */
  static const struct
  {
    const gchar *bytes;
    GstVeoExchangeResult result;
    guint status;
  } table[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" RUNNING,
        GST_VEO_EXCHANGE_CUT, 200},
    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        GST_VEO_EXCHANGE_CUT, 200},
    {"", GST_VEO_EXCHANGE_UNREACHABLE, 0},
    {"HTTP/1.1 200 OK\r\nContent-Le", GST_VEO_EXCHANGE_UNREACHABLE, 0},
    {"no http at all\r\n\r\n", GST_VEO_EXCHANGE_UNREACHABLE, 0},
    {"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nbusy",
        GST_VEO_EXCHANGE_ANSWERED, 503},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n",
        GST_VEO_EXCHANGE_ANSWERED, 200},
    {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"id\"",
        GST_VEO_EXCHANGE_ANSWERED, 200},
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (table); i++) {
    PollServer *server = poll_server_new ("127.0.0.1", NULL, cut,
        (gpointer) table[i].bytes);
    Fetch f = fetch (poll_server_get_url (server), NULL, NULL, 10000);

    /* Newer versions of libsoup see that a chunked body was cut. */
    if (f.result == GST_VEO_EXCHANGE_ANSWERED || i != 6)
      fail_unless (f.result == table[i].result, "case %u: %d, %s", i,
          f.result, f.reason);
    if (f.result == GST_VEO_EXCHANGE_ANSWERED)
      fail_unless (f.status == table[i].status, "case %u: %u", i, f.status);
    if (f.result == GST_VEO_EXCHANGE_ANSWERED && f.status == 200)
      fail_unless (f.nonsense, "case %u", i);
    fetch_clear (&f);
    poll_server_free (server);
  }
}

GST_END_TEST;

GST_START_TEST (test_endless_body)
{
  /* Given a server whose answer never ends, When it is asked, Then reading
   * stops, the answer is nonsense, and the next request is served. */
  PollServer *server = poll_server_new ("127.0.0.1", NULL, flood, NULL);
  guint i;

  for (i = 0; i < 6; i++) {
    Fetch f = fetch (poll_server_get_url (server), NULL, NULL, 20000);

    assert_equals_int (f.result, GST_VEO_EXCHANGE_ANSWERED);
    fail_unless (f.nonsense);
    fetch_clear (&f);
  }
  poll_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_certificates)
{
  /* Given an authority of our own, a server it certified and one whose
   * certificate names another host, When they are asked with and without
   * tls-ca-file, Then only the first with it answers, and the others are
   * refused with the reason. */
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) good = NULL;
  g_autoptr (GTlsCertificate) wrong = NULL;
  PollServer *server, *impostor;
  Fetch f, g, h;

  if (!authority)
    return;
  good = authority_certify (authority, "IP:127.0.0.1");
  wrong = authority_certify (authority, "DNS:elsewhere.example");
  server = poll_server_new ("127.0.0.1", good, say_running, NULL);
  impostor = poll_server_new ("127.0.0.1", wrong, say_running, NULL);
  f = fetch (poll_server_get_url (server), NULL,
      authority_get_file (authority), 5000);
  g = fetch (poll_server_get_url (server), NULL, NULL, 5000);
  h = fetch (poll_server_get_url (impostor), NULL,
      authority_get_file (authority), 5000);
  assert_equals_int (f.result, GST_VEO_EXCHANGE_ANSWERED);
  assert_equals_int (f.progress, 50);
  assert_equals_int (g.result, GST_VEO_EXCHANGE_BAD_CERTIFICATE);
  assert_reason (&g, "no authority trusted here");
  assert_equals_int (h.result, GST_VEO_EXCHANGE_BAD_CERTIFICATE);
  assert_reason (&h, "belongs to another host");
  assert_equals_int (poll_server_count (impostor), 0);
  fetch_clear (&f);
  fetch_clear (&g);
  fetch_clear (&h);
  poll_server_free (server);
  poll_server_free (impostor);
  authority_free (authority);
}

GST_END_TEST;

GST_START_TEST (test_bad_authority_file)
{
  /* Given a tls-ca-file that does not exist or holds no certificate, When a
   * server is asked, Then no request goes out and the reason names
   * tls-ca-file. */
  const gchar *files[] = { "/nonexistent/ca.pem", "/dev/null" };
  PollServer *server = poll_server_new ("127.0.0.1", NULL, say_running, NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (files); i++) {
    Fetch f = fetch (poll_server_get_url (server), NULL, files[i], 5000);

    assert_equals_int (f.result, GST_VEO_EXCHANGE_BAD_CERTIFICATE);
    assert_reason (&f, "tls-ca-file");
    fetch_clear (&f);
  }
  assert_equals_int (poll_server_count (server), 0);
  poll_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_https_to_http)
{
  /* Given a server on https that redirects to http, When it is asked, Then the
   * redirect is not followed, whether to the same host or to another. */
  Authority *authority = authority_new ();
  const gchar *hosts[] = { "127.0.0.1", "127.0.0.2" };
  g_autoptr (GTlsCertificate) certificate = NULL;
  guint i;

  if (!authority)
    return;
  certificate = authority_certify (authority, "IP:127.0.0.1");
  for (i = 0; i < G_N_ELEMENTS (hosts); i++) {
    PollServer *plain = poll_server_new (hosts[i], NULL, say_running, NULL);
    gchar *address = g_strdup (poll_server_get_url (plain));
    PollServer *secure = poll_server_new ("127.0.0.1", certificate,
        redirect_there, &address);
    Fetch f = fetch (poll_server_get_url (secure), NULL,
        authority_get_file (authority), 5000);

    assert_equals_int (f.result, GST_VEO_EXCHANGE_BAD_REDIRECT);
    assert_reason (&f, "from https to http");
    assert_equals_int (poll_server_count (plain), 0);
    fetch_clear (&f);
    poll_server_free (secure);
    poll_server_free (plain);
    g_free (address);
  }
  authority_free (authority);
}

GST_END_TEST;

/* Long enough for the request to reach the server, which counts them */
#define GIVE_UP_MS 1000

/* Every third answer is too large, every third never comes. */
static void
answer_http2 (PollServer * server, SoupServerMessage * message,
    guint number, gpointer data)
{
  g_autofree gchar *blanks = g_strnfill (2 * GST_VEO_ANSWER_MAX_BYTES, ' ');

  fail_unless (soup_server_message_get_http_version (message) == SOUP_HTTP_2_0);
  if (number % 3 == 1)
    poll_server_say (message, 200, blanks);
  else if (number % 3 == 2)
    poll_server_hang (server, message);
  else
    poll_server_say (message, 200, RUNNING);
}

GST_START_TEST (test_http2)
{
  /* Given a server on HTTP/2 that now says far too much, now hangs, now answers, When it
   * is asked again and again, Then what was left half-read or was given up
   * never stalls the next request. */
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  PollServer *server;
  guint i;

  if (!authority)
    return;
  g_setenv ("SOUP_SERVER_HTTP2", "1", TRUE);
  certificate = authority_certify (authority, "IP:127.0.0.1");
  server = poll_server_new ("127.0.0.1", certificate, answer_http2, NULL);
  for (i = 1; i <= 12; i++) {
    Fetch f = fetch (poll_server_get_url (server), NULL,
        authority_get_file (authority), i % 3 == 2 ? GIVE_UP_MS : 60000);

    assert_equals_int (f.result, i % 3 == 2 ? GST_VEO_EXCHANGE_TIMED_OUT
        : GST_VEO_EXCHANGE_ANSWERED);
    fail_unless (f.nonsense == (i % 3 == 1));
    fail_unless (i % 3 != 0 || f.progress == 50);
    fetch_clear (&f);
  }
  poll_server_free (server);
  authority_free (authority);
  g_unsetenv ("SOUP_SERVER_HTTP2");
}

GST_END_TEST;

GST_START_TEST (test_proxy)
{
  /* Given a proxy, When a host that cannot be reached otherwise is asked
   * through it, Then the proxy answers; When the proxy is not there, Then the
   * reason does not show its password. */
  PollServer *proxy = poll_server_new ("127.0.0.1", NULL, say_running, NULL);
  g_autofree gchar *refusing = get_refusing_url ();
  g_autofree gchar *with_password = g_strconcat ("http://user:pa55word@",
      refusing + strlen ("http://"), NULL);
  const gchar *proxies[] = { poll_server_get_url (proxy),
    poll_server_get_url (proxy) + strlen ("http://"), with_password,
    "nonsense://user:pa55word@127.0.0.1:1", "http://user:pa55word@bad host/",
    "user:pa55word@notaproxy:::"
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (proxies); i++) {
    Fetch f = fetch ("http://name.invalid/v1/videos/t", proxies[i], NULL, 5000);

    if (i < 2) {
      assert_equals_int (f.result, GST_VEO_EXCHANGE_ANSWERED);
      assert_equals_int (f.progress, 50);
    } else {
      assert_equals_int (f.result, GST_VEO_EXCHANGE_UNREACHABLE);
      fail_if (strstr (f.reason, "pa55word"), "%s", f.reason);
    }
    fetch_clear (&f);
  }
  assert_equals_int (poll_server_count (proxy), 2);
  poll_server_free (proxy);
}

GST_END_TEST;

GST_START_TEST (test_environment_proxy)
{
  /* Given a proxy in the environment and a host in no_proxy, When the host and
   * another are asked, Then only the other goes through the proxy. */
  PollServer *proxy, *server;
  Fetch f, g;

  /* GIO chooses its resolver once in a process, by the environment. */
  if (g_strcmp0 (g_getenv ("CK_FORK"), "no") == 0)
    return;
  proxy = poll_server_new ("127.0.0.1", NULL, say_running, NULL);
  server = poll_server_new ("127.0.0.2", NULL, say_running, NULL);
  g_setenv ("http_proxy", poll_server_get_url (proxy), TRUE);
  g_setenv ("no_proxy", "127.0.0.2", TRUE);
  f = fetch (poll_server_get_url (server), NULL, NULL, 5000);
  g = fetch ("http://name.invalid/", NULL, NULL, 5000);
  assert_equals_int (f.result, GST_VEO_EXCHANGE_ANSWERED);
  assert_equals_int (g.result, GST_VEO_EXCHANGE_ANSWERED);
  assert_equals_int (poll_server_count (server), 1);
  assert_equals_int (poll_server_count (proxy), 1);
  fetch_clear (&f);
  fetch_clear (&g);
  poll_server_free (server);
  poll_server_free (proxy);
}

GST_END_TEST;

GST_START_TEST (test_four_at_a_time)
{
  /* Given a server that hangs and one that answers, When ten requests go to
   * the first and then one to the second, Then the first gets four of them and
   * the second is not delayed; and cancelling those under way and those in
   * line lets the next in line through. */
  PollServer *dead = poll_server_new ("127.0.0.1", NULL, hang, NULL);
  PollServer *server = poll_server_new ("127.0.0.2", NULL, say_running, NULL);
  Fetch stuck[10];
  Fetch f;
  guint i;

  for (i = 0; i < 10; i++) {
    Fetch new = { worker, poll_server_get_url (dead), };
    stuck[i] = new;
    gst_veo_worker_invoke (worker, fetch_start, &stuck[i], NULL);
  }
  poll_server_wait (dead, 4);
  f = fetch (poll_server_get_url (server), NULL, NULL, 0);
  for (i = 0; i < 10; i++)
    fail_if (stuck[i].done, "request %u ended: %s", i, stuck[i].reason);
  assert_equals_int (f.result, GST_VEO_EXCHANGE_ANSWERED);
  assert_equals_int (poll_server_count (dead), 4);
  for (i = 0; i < 7; i++)
    gst_veo_worker_invoke (worker, fetch_cancel, &stuck[i], NULL);
  poll_server_wait (dead, 7);
  for (i = 7; i < 10; i++)
    gst_veo_worker_invoke (worker, fetch_cancel, &stuck[i], NULL);
  wait_for_worker ();
  fetch_clear (&f);
  poll_server_free (server);
  poll_server_free (dead);
  for (i = 0; i < 10; i++)
    fail_if (stuck[i].done, "a cancelled request was answered");
}

GST_END_TEST;

/* Forty requests, ten at a time */
static void
ask_forty (PollServer * server, const gchar * tls_ca_file)
{
  Fetch fetches[10];
  guint i, round;

  for (round = 0; round < 4; round++) {
    for (i = 0; i < 10; i++) {
      Fetch new =
          { worker, poll_server_get_url (server), {NULL, tls_ca_file}, };
      fetches[i] = new;
      gst_veo_worker_invoke (worker, fetch_start, &fetches[i], NULL);
    }
    for (i = 0; i < 10; i++) {
      fetch_wait (&fetches[i]);
      assert_equals_int (fetches[i].progress, 50);
      fetch_clear (&fetches[i]);
    }
  }
}

GST_START_TEST (test_connections_are_kept)
{
  /* Given a server, When it is asked 40 times, ten at a time, Then no more
   * than four connections were ever opened. */
  PollServer *server = poll_server_new ("127.0.0.1", NULL, say_running, NULL);

  ask_forty (server, NULL);
  fail_unless (poll_server_count_connections (server) <= 4);
  poll_server_free (server);
}

GST_END_TEST;

static void
say_running_http2 (PollServer * server, SoupServerMessage * message,
    guint number, gpointer data)
{
  fail_unless (soup_server_message_get_http_version (message) == SOUP_HTTP_2_0);
  poll_server_say (message, 200, RUNNING);
}

GST_START_TEST (test_http2_connections_are_kept)
{
  /* Given a server on https that can do HTTP/2, When it is asked 40 times, ten
   * at a time, Then all is HTTP/2, and no more than four connections were ever
   * opened. */
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  PollServer *server;

  if (!authority)
    return;
  g_setenv ("SOUP_SERVER_HTTP2", "1", TRUE);
  certificate = authority_certify (authority, "IP:127.0.0.1");
  server = poll_server_new ("127.0.0.1", certificate, say_running_http2, NULL);
  ask_forty (server, authority_get_file (authority));
  fail_unless (poll_server_count_connections (server) <= 4);
  poll_server_free (server);
  authority_free (authority);
  g_unsetenv ("SOUP_SERVER_HTTP2");
}

GST_END_TEST;

static gboolean
slow_down (gpointer data)
{
  gst_veo_client_slow_down (data, 400);
  return G_SOURCE_REMOVE;
}

GST_START_TEST (test_slow_down)
{
  /* Given two servers of which one asked for a pause, When both are asked,
   * Then that one only after the pause and the other at once. */
  PollServer *slow = poll_server_new ("127.0.0.1", NULL, say_running, NULL);
  PollServer *server = poll_server_new ("127.0.0.2", NULL, say_running, NULL);
  gint64 before = g_get_monotonic_time ();
  Fetch waiting = { worker, poll_server_get_url (slow), };
  Fetch f;

  gst_veo_worker_invoke (worker, slow_down,
      (gpointer) poll_server_get_url (slow), NULL);
  gst_veo_worker_invoke (worker, fetch_start, &waiting, NULL);
  f = fetch (poll_server_get_url (server), NULL, NULL, 0);
  fail_if (poll_server_count (slow) > 0
      && poll_server_get_time (slow, 1) < poll_server_get_time (server, 1));
  fetch_wait (&waiting);
  fail_unless (poll_server_get_time (slow, 1) - before >= 400000);
  fetch_clear (&waiting);
  fetch_clear (&f);
  poll_server_free (slow);
  poll_server_free (server);
}

GST_END_TEST;

#ifndef GST_VEO_STATIC_SOUP
GST_START_TEST (test_missing_module)
{
  /* Given a folder without the HTTP module, When the client is loaded from it,
   * Then that fails with a sentence that says what is missing; and from the
   * right folder it works afterwards. */
  g_autoptr (GError) error = NULL;

  fail_if (gst_veo_client_load ("/nonexistent", &error));
  fail_unless (strstr (error->message, "install veosrc again") != NULL);
  fail_unless (gst_veo_client_load (VEO_TEST_MODULE_DIR, NULL));
}

GST_END_TEST;
#endif

static Suite *
client_suite (void)
{
  Suite *suite = suite_create ("client");
  TCase *tc = tcase_create ("client");
  TCase *load = tcase_create ("load");

  suite_add_tcase (suite, load);
#ifndef GST_VEO_STATIC_SOUP
  tcase_add_test (load, test_missing_module);
#endif
  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, set_up, tear_down);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_request);
  tcase_add_test (tc, test_key_stays_at_its_origin);
  tcase_add_test (tc, test_ten_redirects);
  tcase_add_test (tc, test_redirects_not_followed);
  tcase_add_test (tc, test_redirect_to_nowhere);
  tcase_add_test (tc, test_time_limit);
  tcase_add_test (tc, test_time_limit_over_redirects);
  tcase_add_test (tc, test_unreachable);
  tcase_add_test (tc, test_cut_bodies);
  tcase_add_test (tc, test_endless_body);
  tcase_add_test (tc, test_certificates);
  tcase_add_test (tc, test_bad_authority_file);
  tcase_add_test (tc, test_https_to_http);
  tcase_add_test (tc, test_http2);
  tcase_add_test (tc, test_proxy);
  tcase_add_test (tc, test_environment_proxy);
  tcase_add_test (tc, test_four_at_a_time);
  tcase_add_test (tc, test_connections_are_kept);
  tcase_add_test (tc, test_http2_connections_are_kept);
  tcase_add_test (tc, test_slow_down);
  return suite;
}

GST_CHECK_MAIN (client);
