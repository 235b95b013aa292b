/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links that expire, fresh ones, the content address, redirects, and where the key goes. */
#include "authority.h"
#include "download.h"
#include "gstveoclient.h"

#include <string.h>

#define SIZE 200000

static guint8 *clip;

/* A service on one origin and a storage on another. Each test says what they answer. */
typedef struct
{
  RawServer *service;
  RawServer *storage;
  RawFile file;
  guint test;                   /* which of the answers below */
  guint variant;
  GstVeoHttpSrcSettings settings;
  gchar *link;
  gchar *content;

  /* The source of fresh links */
  guint asked;
  gchar *fresh;                 /* NULL: there is none any more */
  gboolean silent;              /* it never answers */
  gboolean expired;             /* there is none, as the task has expired */
  GThread *thread;
} Scene;

static Scene scene;

static gchar *
at_service (const gchar * target)
{
  return g_strconcat (raw_server_get_url (scene.service), target, NULL);
}

static gchar *
at_storage (const gchar * target)
{
  return g_strconcat (raw_server_get_url (scene.storage), target, NULL);
}

static void
redirect (RawRequest * request, guint status, const gchar * location)
{
  g_autofree gchar *header = g_strdup_printf ("Location: %s\r\n", location);

  raw_answer (request, status, header, "moved");
}

/* A signed link: refuses two credentials, as real ones do, and what has expired */
static void
send_signed (RawRequest * request)
{
  if (request->authorization)
    raw_answer (request, 400, NULL,
        "<Error><Code>InvalidArgument</Code></Error>");
  else if (g_str_has_prefix (request->target, "/expired"))
    raw_answer (request, scene.variant ? scene.variant : 403, NULL,
        "<Error><Code>AccessDenied</Code></Error>");
  else
    raw_file_send (&scene.file, request);
}

/* --- The source of links: answers from a thread of its own --- */

typedef struct
{
  GstVeoLinkFunc done;
  gpointer done_data;
  GThread *thread;
} Question;

static gpointer
answer_question (gpointer data)
{
  Question *question = data;
  GstVeoLink link = { scene.fresh, FALSE, FALSE };
  g_autoptr (GstVeoFailure) failure =
      gst_veo_failure_new (scene.expired ? GST_VEO_FAILURE_TASK_EXPIRED :
      GST_VEO_FAILURE_UNAVAILABLE, "video_1");

  if (scene.fresh)
    question->done (&link, NULL, question->done_data);
  else
    question->done (NULL, failure, question->done_data);
  return NULL;
}

static gpointer
start_question (gpointer user_data, GstVeoLinkFunc done, gpointer done_data)
{
  Question *question = g_new0 (Question, 1);

  question->done = done;
  question->done_data = done_data;
  g_atomic_int_inc (&scene.asked);
  if (!scene.silent)
    question->thread = g_thread_new ("answer", answer_question, question);
  return question;
}

static void
cancel_question (gpointer handle)
{
  Question *question = handle;

  if (question->thread)
    g_thread_join (question->thread);
  g_free (question);
}

static const GstVeoLinkSource link_source = { start_question, cancel_question };

static void
open_scene (RawHandler service, RawHandler storage)
{
  memset (&scene, 0, sizeof scene);
  scene.service = raw_server_new ("127.0.0.1", NULL, service, NULL);
  scene.storage = raw_server_new ("127.0.0.2", NULL, storage, NULL);
  scene.file.data = clip;
  scene.file.size = SIZE;
  scene.file.cut_at = RAW_NEVER;
  scene.link = at_storage ("/a.mp4?signature=shh");
  scene.content = at_service ("/v1/videos/video_1/content");
  download_settings (&scene.settings, scene.link);
  scene.settings.base_url = raw_server_get_url (scene.service);
  scene.settings.content_url = scene.content;
  scene.settings.api_key = KEY;
  scene.settings.link_source = &link_source;
}

static void
start_at_content (void)
{
  scene.settings.link.url = scene.content;
  scene.settings.link.needs_key = TRUE;
  scene.settings.link.is_content = TRUE;
}

static void
close_scene (void)
{
  raw_server_free (scene.service);
  raw_server_free (scene.storage);
  g_free (scene.link);
  g_free (scene.content);
  g_free (scene.fresh);
}

static void
fail_unless_request (RawServer * server, guint i, const gchar * wanted)
{
  g_autofree gchar *got = raw_server_get_request (server, i);

  fail_unless_equals_string (got, wanted);
}

static void
no_answer (RawRequest * request, gpointer data)
{
  raw_answer (request, 404, NULL, "nothing is here");
}

static void
storage_signed (RawRequest * request, gpointer data)
{
  send_signed (request);
}

/* --- Expired links --- */

GST_START_TEST (test_expired_at_open)
{
  /* Given a link that has expired: 401, 403, 404 or 410 at once.
   * When it is opened.
   * Then the service is asked once more, and the file comes from the fresh link, without a key. */
  static const guint statuses[] = { 401, 403, 404, 410, 400 };
  Download *download;

  open_scene (no_answer, storage_signed);
  scene.variant = statuses[__i__];
  scene.fresh = at_storage ("/b.mp4?signature=new");
  scene.settings.link.url = at_storage ("/expired.mp4?signature=old");
  download = download_get (&scene.settings);
  assert_complete (download, clip, SIZE);
  fail_unless_equals_int (scene.asked, 1);
  fail_unless_equals_int (download->stats.link_refreshes, 1);
  fail_unless_equals_int (raw_server_count (scene.service), 0);
  fail_unless_request (scene.storage, 1,
      "/b.mp4?signature=new range=bytes=0- key=-");
  g_free (scene.settings.link.url);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

/* The first transfer breaks off; then this link has expired, and the fresh one works */
static void
storage_expires (RawRequest * request, gpointer data)
{
  if (request->number == 1) {
    scene.file.cut_at = 77777;
    scene.file.cuts = 1;
    raw_file_send (&scene.file, request);
  } else if (strstr (request->target, "new")) {
    raw_file_send (&scene.file, request);
  } else {
    raw_answer (request, scene.variant, NULL, "expired");
  }
}

GST_START_TEST (test_expired_in_the_middle)
{
  /* Given a link that breaks off and has expired by then (401, 403, 404 or 410),
   * with Range honoured or not.
   * When the file is downloaded.
   * Then it goes on with a fresh link at the same byte. */
  static const guint statuses[] = { 401, 403, 404, 410 };
  Download *download;

  open_scene (no_answer, storage_expires);
  scene.variant = statuses[__i__ % G_N_ELEMENTS (statuses)];
  scene.fresh = at_storage ("/new.mp4?signature=new");
  scene.file.range = __i__ % RAW_N_RANGES;
  scene.settings.keep = __i__ >= RAW_N_RANGES;
  download = download_get (&scene.settings);
  assert_complete (download, clip, SIZE);
  fail_unless_equals_int (scene.asked, 1);
  /* Neither the fresh link nor a Range that it ignores is a break */
  fail_unless_equals_int (download->stats.reconnects, 1);
  if (scene.file.range == RAW_RANGE_HONOURED)
    fail_unless_request (scene.storage, raw_server_count (scene.storage) - 1,
        "/new.mp4?signature=new range=bytes=77777- key=-");
  download_free (download);
  close_scene ();
}

GST_END_TEST;

static void
service_has_content (RawRequest * request, gpointer data)
{
  raw_file_send (&scene.file, request);
}

GST_START_TEST (test_content_address)
{
  /* Given a link that has expired, and either a fresh link that has expired too
   * or a service that gives none any more.
   * When the file is downloaded.
   * Then it comes from the content address, with the key. */
  Download *download;

  open_scene (service_has_content, storage_signed);
  scene.settings.link.url = at_storage ("/expired.mp4?signature=old");
  if (__i__ == 0)
    scene.fresh = at_storage ("/expired.mp4?signature=new");
  download = download_get (&scene.settings);
  assert_complete (download, clip, SIZE);
  fail_unless_equals_int (scene.asked, 1);
  fail_unless_request (scene.service, 0,
      "/v1/videos/video_1/content range=bytes=0- key=Bearer " KEY);
  g_free (scene.settings.link.url);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

static void
service_refuses (RawRequest * request, gpointer data)
{
  raw_answer (request, scene.test, NULL,
      "{\"error\":{\"message\":\"not for you\",\"code\":\"nope\"}}");
}

GST_START_TEST (test_expired_task)
{
  /* Given a link that has expired, as the task has, and a content address that says no.
   * When the file is downloaded.
   * Then one error says NOT_FOUND, whatever the status there, and names the expiry. */
  static const guint statuses[] = { 404, 401, 403, 502 };
  Download *download;

  open_scene (service_refuses, storage_signed);
  scene.test = statuses[__i__];
  scene.expired = TRUE;
  scene.settings.link.url = at_storage ("/expired.mp4?signature=old");
  scene.settings.expires_at = 1735776000;
  download = download_get (&scene.settings);
  assert_failed (download, GST_VEO_FAILURE_TASK_EXPIRED);
  fail_unless (g_error_matches (download->error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_NOT_FOUND));
  fail_unless (strstr (download->error->message, "2025"), "%s",
      download->error->message);
  g_free (scene.settings.link.url);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_gone_everywhere)
{
  /* Given a link that has expired, a fresh one too, and a content address that says no.
   * When the file is downloaded.
   * Then one error says NOT_FOUND for 404 and 410, naming the expiry, else NOT_AUTHORIZED;
   * it quotes the service. */
  static const guint statuses[] = { 404, 410, 401, 402, 403 };
  gboolean gone = __i__ < 2;
  Download *download;

  open_scene (service_refuses, storage_signed);
  scene.test = statuses[__i__];
  scene.settings.link.url = at_storage ("/expired.mp4?signature=old");
  scene.settings.expires_at = 1735776000;
  download = download_get (&scene.settings);
  assert_failed (download, gone ? GST_VEO_FAILURE_DOWNLOAD_GONE
      : GST_VEO_FAILURE_DOWNLOAD_REFUSED);
  fail_unless (g_error_matches (download->error, GST_RESOURCE_ERROR,
          gone ? GST_RESOURCE_ERROR_NOT_FOUND :
          GST_RESOURCE_ERROR_NOT_AUTHORIZED));
  fail_unless_equals_int (download->failure->http_status, statuses[__i__]);
  /* the link and the content address: the service could not give a fresh link */
  fail_unless_equals_int (download->failure->attempts, 2);
  fail_unless (strstr (download->error->message, "not for you"), "%s",
      download->error->message);
  if (gone)
    fail_unless (strstr (download->error->message, "2025"), "%s",
        download->error->message);
  g_free (scene.settings.link.url);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

static void
service_not_ready (RawRequest * request, gpointer data)
{
  if (request->number <= 3)
    raw_answer (request, 400, NULL, "{\"error\":{\"message\":"
        "\"task is not finished, current status: IN_PROGRESS\"}}");
  else
    raw_file_send (&scene.file, request);
}

GST_START_TEST (test_not_ready)
{
  /* Given a content address that says 400 with its current status at first.
   * When it is opened.
   * Then that passes. */
  Download *download;

  open_scene (service_not_ready, no_answer);
  start_at_content ();
  download = download_get (&scene.settings);
  assert_complete (download, clip, SIZE);
  fail_unless_equals_int (raw_server_count (scene.storage), 0);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_bad_request)
{
  /* Given a content address that says 400 for another reason.
   * When it is opened.
   * Then it is an error at once, which quotes it. */
  Download *download;

  open_scene (service_refuses, no_answer);
  scene.test = 400;
  start_at_content ();
  download = download_get (&scene.settings);
  assert_failed (download, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE);
  fail_unless (strstr (download->error->message, "not for you"), "%s",
      download->error->message);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_silent_service)
{
  /* Given a service that never answers the question for a fresh link.
   * When the state goes down while it is asked.
   * Then that returns. */
  Download *download;

  open_scene (no_answer, storage_signed);
  scene.silent = TRUE;
  scene.settings.link.url = at_storage ("/expired.mp4?signature=old");
  download = download_new (&scene.settings, "fakesink name=sink");
  gst_element_set_state (download->pipeline, GST_STATE_PLAYING);
  while (g_atomic_int_get (&scene.asked) == 0)
    g_usleep (1000);
  gst_element_set_state (download->pipeline, GST_STATE_NULL);
  g_free (scene.settings.link.url);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

/* --- Redirects and JSON with a link --- */

static void
service_redirects (RawRequest * request, gpointer data)
{
  g_autofree gchar *json = NULL;

  if (strcmp (request->target, "/here") == 0) {
    raw_file_send (&scene.file, request);
  } else if (scene.variant) {
    redirect (request, scene.variant, scene.fresh);
  } else {
    json = g_strdup_printf ("{\"code\":\"success\",\"data\":{\"url\":\"%s\"}}",
        scene.fresh);
    raw_answer (request, 200, "Content-Type: application/json\r\n", json);
  }
}

GST_START_TEST (test_led_elsewhere)
{
  /* Given a content address that redirects to a signed link at another origin,
   * or answers JSON with such a link, and a transfer there that breaks.
   * When it is opened with a key.
   * Then the key does not go there, and the file comes whole. */
  static const guint statuses[] = { 301, 302, 303, 307, 308, 0 };
  Download *download;
  guint i;

  open_scene (service_redirects, storage_signed);
  start_at_content ();
  scene.variant = statuses[__i__];
  scene.fresh = at_storage ("/c.mp4?signature=ssh");
  scene.file.cut_at = 5000;
  scene.file.cuts = 2;
  scene.file.range = RAW_RANGE_ABSENT;
  download = download_get (&scene.settings);
  assert_complete (download, clip, SIZE);
  for (i = 0; i < raw_server_count (scene.storage); i++) {
    g_autofree gchar *request = raw_server_get_request (scene.storage, i);

    fail_unless (g_str_has_suffix (request, "key=-"), "%s", request);
  }
  fail_unless (i > 0);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_led_on_at_home)
{
  /* Given a content address that leads on to a path of its own origin, relative or not.
   * When it is opened with a key.
   * Then the key goes there as well. */
  Download *download;

  open_scene (service_redirects, no_answer);
  start_at_content ();
  scene.variant = __i__ < 2 ? 302 : 0;
  scene.fresh = __i__ & 1 ? g_strdup ("/here") : at_service ("/here");
  download = download_get (&scene.settings);
  assert_complete (download, clip, SIZE);
  fail_unless_request (scene.service, 1,
      "/here range=bytes=0- key=Bearer " KEY);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

/* The storage sends back to the service */
static void
storage_sends_back (RawRequest * request, gpointer data)
{
  g_autofree gchar *target = at_service ("/here");

  redirect (request, 302, target);
}

GST_START_TEST (test_key_stays_behind)
{
  /* Given a redirect to another origin and from there back.
   * When it is followed.
   * Then the key, left behind at the first step, is not taken up again. */
  Download *download;

  open_scene (service_redirects, storage_sends_back);
  start_at_content ();
  scene.variant = 302;
  scene.fresh = at_storage ("/around");
  download = download_get (&scene.settings);
  assert_complete (download, clip, SIZE);
  fail_unless_request (scene.service, 1, "/here range=bytes=0- key=-");
  download_free (download);
  close_scene ();
}

GST_END_TEST;

static void
service_loops (RawRequest * request, gpointer data)
{
  if (scene.variant == 1)
    raw_answer (request, 200, NULL, "{\"url\":\"/again\"}");
  else if (scene.variant == 2)
    redirect (request, 302, "file:///etc/passwd");
  else
    redirect (request, 302, "/again");
}

GST_START_TEST (test_led_in_circles)
{
  /* Given redirects without end, JSON that leads to JSON, a redirect to a file.
   * When they are followed.
   * Then that ends in one error. */
  static const GstVeoFailureKind kinds[] = { GST_VEO_FAILURE_REDIRECT,
    GST_VEO_FAILURE_NOT_A_VIDEO, GST_VEO_FAILURE_REDIRECT
  };
  static const guint requests[] = { 11, 2, 1 };
  Download *download;

  open_scene (service_loops, no_answer);
  start_at_content ();
  scene.variant = __i__;
  download = download_get (&scene.settings);
  assert_failed (download, kinds[__i__]);
  fail_unless_equals_int (raw_server_count (scene.service), requests[__i__]);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

/* --- What may be seen --- */

static void
fail_unless_no_secret (const gchar * text, const gchar * where)
{
  fail_if (strstr (text, KEY) != NULL, "the key is in %s: %s", where, text);
  fail_if (strstr (text, "shh") != NULL, "a signature is in %s: %s", where,
      text);
}

static gchar *
dup_properties (GstElement * element)
{
  guint i, n;
  g_autofree GParamSpec **pspecs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);
  GString *text = g_string_new (NULL);

  for (i = 0; i < n; i++) {
    GValue value = G_VALUE_INIT;
    g_autofree gchar *shown = NULL;

    if (!(pspecs[i]->flags & G_PARAM_READABLE))
      continue;
    g_value_init (&value, pspecs[i]->value_type);
    g_object_get_property (G_OBJECT (element), pspecs[i]->name, &value);
    shown = g_strdup_value_contents (&value);
    g_string_append_printf (text, "%s=%s\n", pspecs[i]->name, shown);
    g_value_unset (&value);
  }
  return g_string_free (text, FALSE);
}

static gboolean
append_event (GstPad * pad, GstEvent ** event, gpointer text)
{
  const GstStructure *structure = gst_event_get_structure (*event);
  g_autofree gchar *shown =
      structure ? gst_structure_to_string (structure) : NULL;

  g_string_append_printf (text, "%s %s\n", GST_EVENT_TYPE_NAME (*event),
      shown ? shown : "");
  return TRUE;
}

static void
look_around (GstElement * sink, GstBuffer * buffer, GstPad * pad, gpointer data)
{
  Download *download = data;
  g_autofree gchar *dot = gst_debug_bin_to_dot_data (GST_BIN
      (download->pipeline), GST_DEBUG_GRAPH_SHOW_ALL);
  g_autofree gchar *properties = dup_properties (download->src);
  g_autoptr (GstPad) src_pad =
      gst_element_get_static_pad (download->src, "src");
  g_autoptr (GstQuery) query = gst_query_new_uri ();
  g_autofree gchar *uri = NULL;
  g_autofree gchar *own_uri =
      gst_uri_handler_get_uri (GST_URI_HANDLER (download->src));
  GString *events = g_string_new (NULL);

  fail_unless (strstr (dot, "GstVeoHttpSrc") != NULL);
  fail_unless (strstr (properties, "location=") != NULL);
  fail_unless_no_secret (dot, "the graph");
  fail_unless_no_secret (properties, "the properties");
  gst_pad_sticky_events_foreach (src_pad, append_event, events);
  gst_pad_sticky_events_foreach (pad, append_event, events);
  fail_unless (strstr (events->str, "segment") != NULL);
  fail_unless_no_secret (events->str, "the sticky events");
  g_string_free (events, TRUE);
  fail_unless (gst_pad_query (src_pad, query));
  gst_query_parse_uri (query, &uri);
  fail_unless_no_secret (uri, "the URI query");
  fail_unless_no_secret (own_uri, "the URI");
}

GST_START_TEST (test_nothing_shows)
{
  /* Given a download with a key from a link with a signature, through breaks.
   * When graph, properties, events, queries are looked at while bytes flow, and all messages after.
   * Then neither the key nor the signature is in any of them. */
  g_autofree gchar *link = NULL;
  Download *download;
  GstElement *sink;

  open_scene (service_has_content, no_answer);
  link = g_strconcat (scene.content, "?signature=shh", NULL);
  start_at_content ();
  scene.settings.link.url = link;
  scene.file.cut_every = 70000;
  download = download_new (&scene.settings,
      "fakesink name=sink signal-handoffs=true");
  sink = gst_bin_get_by_name (GST_BIN (download->pipeline), "sink");
  g_signal_connect (sink, "handoff", G_CALLBACK (look_around), download);
  gst_object_unref (sink);
  download_run (download);
  assert_complete (download, clip, SIZE);
  fail_unless_no_secret (download->messages->str, "the messages");
  fail_if (strstr (download->messages->str, "http-headers"));
  fail_if (strstr (download->messages->str, "context"));
  fail_unless_request (scene.service, 0,
      "/v1/videos/video_1/content?signature=shh range=bytes=0- key=Bearer "
      KEY);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_headers_of_the_application)
{
  /* Given an application that adds headers of its own to the source.
   * When a link of the service and then one of another origin are opened.
   * Then its headers go along, beside our key, which stays at the service. */
  g_autoptr (GstStructure) headers = gst_structure_new ("extra-headers",
      "User-Agent-Extra", G_TYPE_STRING, "x", "range", G_TYPE_STRING,
      "bytes=5-6", "authorization", G_TYPE_STRING, "Basic Zm9v", NULL);
  Download *download;

  open_scene (service_has_content, no_answer);
  start_at_content ();
  download = download_new (&scene.settings,
      "fakesink name=sink signal-handoffs=true");
  g_object_set (download->src, "extra-headers", headers, NULL);
  download_run (download);
  assert_complete (download, clip, SIZE);
  fail_unless_request (scene.service, 0,
      "/v1/videos/video_1/content range=bytes=0- key=Bearer " KEY);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

/* --- TLS --- */

static void
send_file (RawRequest * request, gpointer file)
{
  raw_file_send (file, request);
}

GST_START_TEST (test_tls)
{
  /* Given a server with TLS and a certificate of an authority made for this test.
   * When the file is downloaded with that authority, without it, from another
   * name than the certificate's, and with a file that is none.
   * Then it comes, or one error speaks of the certificate after one attempt. */
  Authority *authority = authority_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  RawFile file = { clip, SIZE, };
  RawServer *server;
  GstVeoHttpSrcSettings settings;
  Download *download;

  if (!authority)
    return;
  certificate = authority_certify (authority,
      __i__ == 2 ? "IP:127.0.0.9" : "IP:127.0.0.1");
  file.cut_at = 1000;
  file.cuts = 1;
  server = raw_server_new ("127.0.0.1", certificate, send_file, &file);
  download_settings (&settings, raw_server_get_url (server));
  if (__i__ != 1)
    settings.tls_ca_file = __i__ == 3 ? "/nowhere/ca.pem"
        : authority_get_file (authority);
  download = download_get (&settings);
  if (__i__ == 0) {
    assert_complete (download, clip, SIZE);
  } else {
    assert_failed (download, GST_VEO_FAILURE_TLS);
    fail_unless_equals_int (download->failure->attempts, 1);
    fail_unless_equals_int (download->bytes->len, 0);
    fail_unless (strstr (download->error->message, __i__ == 1 ? "not trusted"
            : __i__ == 2 ? "another host" : "ca.pem"), "%s",
        download->error->message);
  }
  download_free (download);
  raw_server_free (server);
  authority_free (authority);
}

GST_END_TEST;

static void
storage_asks_for_tls (RawRequest * request, gpointer data)
{
  redirect (request, 302, scene.fresh);
}

GST_START_TEST (test_forbidden_redirects)
{
  /* Given a redirect from https to http; one from a public service to a private
   * host; one of the service itself from http to https.
   * When it is met.
   * Then it is not followed, and one error says why. */
  static const GstVeoFailureKind kinds[] = { GST_VEO_FAILURE_REDIRECT,
    GST_VEO_FAILURE_LINK_REFUSED, GST_VEO_FAILURE_REDIRECT
  };
  static const gchar *const words[] =
      { "from https", "127.0.0.1", "set base-url" };
  Authority *authority = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;
  RawServer *tls = NULL;
  Download *download;

  open_scene (storage_asks_for_tls, storage_asks_for_tls);
  scene.fresh = at_service ("/elsewhere");
  if (__i__ == 0) {
    authority = authority_new ();
    if (!authority) {
      close_scene ();
      return;
    }
    certificate = authority_certify (authority, "IP:127.0.0.1");
    tls = raw_server_new ("127.0.0.1", certificate, storage_asks_for_tls, NULL);
    scene.settings.link.url = (gchar *) raw_server_get_url (tls);
    scene.settings.tls_ca_file = authority_get_file (authority);
  } else if (__i__ == 1) {
    scene.settings.base_url = "https://octopusx.ai";
  } else {
    start_at_content ();
    g_free (scene.fresh);
    scene.fresh = g_strdup ("https://127.0.0.1:1/elsewhere");
  }
  download = download_get (&scene.settings);
  assert_failed (download, kinds[__i__]);
  fail_unless (strstr (download->error->message, words[__i__]), "%s",
      download->error->message);
  fail_unless_equals_int (raw_server_count (scene.service), __i__ == 2);
  download_free (download);
  if (tls)
    raw_server_free (tls);
  if (authority)
    authority_free (authority);
  close_scene ();
}

GST_END_TEST;

/* --- Proxies --- */

GST_START_TEST (test_proxy_of_the_environment)
{
  /* Given an environment with a proxy that is not there, and no_proxy for this machine.
   * When a file of this machine is downloaded.
   * Then the proxy is left alone, as polls do. */
  Download *download;

  g_setenv ("http_proxy", "http://127.0.0.1:1", TRUE);
  g_setenv ("no_proxy", "127.0.0.1,127.0.0.2", TRUE);
  open_scene (no_answer, storage_signed);
  download = download_get (&scene.settings);
  assert_complete (download, clip, SIZE);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

GST_START_TEST (test_proxy)
{
  /* Given a proxy with credentials.
   * When a file of a host that only the proxy knows is downloaded.
   * Then the proxy is asked, and its credentials do not show. */
  g_autofree gchar *proxy = NULL;
  g_autofree gchar *shown = NULL;
  const gchar *address;
  Download *download;

  open_scene (service_has_content, no_answer);
  address = raw_server_get_url (scene.service) + strlen ("http://");
  proxy = g_strdup_printf ("http://me:shh@%s", address);
  scene.settings.link.url = (gchar *) "http://video.invalid/a.mp4";
  scene.settings.proxy = proxy;
  download = download_get (&scene.settings);
  assert_complete (download, clip, SIZE);
  fail_unless_request (scene.service, 0,
      "http://video.invalid/a.mp4 range=bytes=0- key=-");
  g_object_get (download->src, "proxy", &shown, NULL);
  fail_unless_no_secret (shown, "the property proxy");
  fail_unless (strstr (shown, address) != NULL);
  download_free (download);
  close_scene ();
}

GST_END_TEST;

static Suite *
httplink_suite (void)
{
  Suite *s = suite_create ("httplink");
  TCase *tc = tcase_create ("general");
  g_autoptr (GError) error = NULL;

  if (!gst_veo_client_load (VEO_TEST_MODULE_DIR, &error))
    g_error ("%s", error->message);
  tcase_set_timeout (tc, 120);
  suite_add_tcase (s, tc);
  clip = make_boxes (SIZE, TRUE, 1);
  tcase_add_loop_test (tc, test_expired_at_open, 0, 5);
  tcase_add_loop_test (tc, test_expired_in_the_middle, 0, 2 * RAW_N_RANGES);
  tcase_add_loop_test (tc, test_content_address, 0, 2);
  tcase_add_loop_test (tc, test_expired_task, 0, 4);
  tcase_add_loop_test (tc, test_gone_everywhere, 0, 5);
  tcase_add_test (tc, test_not_ready);
  tcase_add_test (tc, test_bad_request);
  tcase_add_test (tc, test_silent_service);
  tcase_add_loop_test (tc, test_led_elsewhere, 0, 6);
  tcase_add_loop_test (tc, test_led_on_at_home, 0, 4);
  tcase_add_test (tc, test_key_stays_behind);
  tcase_add_loop_test (tc, test_led_in_circles, 0, 3);
  tcase_add_test (tc, test_nothing_shows);
  tcase_add_test (tc, test_headers_of_the_application);
  tcase_add_loop_test (tc, test_tls, 0, 4);
  tcase_add_loop_test (tc, test_forbidden_redirects, 0, 3);
  tcase_add_test (tc, test_proxy);
  tcase_add_test (tc, test_proxy_of_the_environment);
  return s;
}

GST_CHECK_MAIN (httplink);
