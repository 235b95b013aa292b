/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveoconnection.h"
#include "gstveoarrival.h"
#include "gstveourl.h"

#include <string.h>

GST_DEBUG_CATEGORY_EXTERN (gst_veo_http_src_debug);
#define GST_CAT_DEFAULT gst_veo_http_src_debug

/* souphttpsrc may crash when a send is cancelled just as its answer comes: an
 * answer that is on its way gets so long (us) to arrive before we cancel. Data
 * that flows ends the call by itself, and the transfer survives a seek. */
#define GRACE (30 * G_TIME_SPAN_MILLISECOND)
/* So long (us) an answer may take from its arrival until it is told: no time at all,
 * unless its thread gets no turn. Longer would keep the application waiting. */
#define TELLING (100 * G_TIME_SPAN_MILLISECOND)
/* More in one read saves nothing, and a block that is too large wastes memory */
#define MAX_BLOCK_SIZE (1 << 20)

/* A periodic tick of the system clock's thread that finds stalled calls. It
 * may come late, when the connection is gone: hence an object of its own. */
struct _GstVeoConnectionWatch
{
  GMutex lock;
  GstVeoConnection *connection; /* NULL: gone */
  GstClockID id;
};

void
gst_veo_connection_init (GstVeoConnection * connection, GstPushSrc * src,
    GstPushSrcClass * parent)
{
  connection->src = src;
  connection->parent = parent;
  connection->cancellable = g_cancellable_new ();
  g_mutex_init (&connection->lock);
  g_cond_init (&connection->cond);
  g_mutex_init (&connection->reply_lock);
}

void
gst_veo_connection_clear (GstVeoConnection * connection)
{
  g_clear_pointer (&connection->proxy, g_free);
  g_clear_pointer (&connection->proxy_origin, g_free);
  g_clear_pointer (&connection->proxy_authorization, g_free);
  g_clear_object (&connection->routes);
  g_clear_pointer (&connection->tls_ca_file, g_free);
  g_clear_object (&connection->cancellable);
  g_clear_object (&connection->authorities);
  g_clear_pointer (&connection->app_headers, gst_structure_free);
  gst_veo_reply_clear (&connection->reply);
  g_mutex_clear (&connection->lock);
  g_cond_clear (&connection->cond);
  g_mutex_clear (&connection->reply_lock);
}

static inline GstBaseSrcClass *
get_base_class (GstVeoConnection * connection)
{
  return GST_BASE_SRC_CLASS (connection->parent);
}

/* A call of create is under way, in another thread. */
static void
cancel_call (GstVeoConnection * connection)
{
  gst_veo_arrival_begin_pause (TELLING);
  get_base_class (connection)->unlock (GST_BASE_SRC (connection->src));
  gst_veo_arrival_end_pause ();
}

/* --- The watch --- */

static void
watch_free (gpointer data)
{
  g_mutex_clear (&((GstVeoConnectionWatch *) data)->lock);
}

static void
watch_unref (gpointer watch)
{
  g_atomic_rc_box_release_full (watch, watch_free);
}

static gboolean
watch_tick (GstClock * clock, GstClockTime time, GstClockID id, gpointer data)
{
  GstVeoConnectionWatch *watch = data;
  GstVeoConnection *connection;

  g_mutex_lock (&watch->lock);
  connection = watch->connection;
  if (connection) {
    g_mutex_lock (&connection->lock);
    if (connection->calling && !connection->stalled
        && g_get_monotonic_time () - connection->call_began
        >= connection->timeout * G_TIME_SPAN_MILLISECOND) {
      connection->stalled = TRUE;
      cancel_call (connection);
    }
    g_mutex_unlock (&connection->lock);
  }
  g_mutex_unlock (&watch->lock);
  return TRUE;
}

static void
start_watch (GstVeoConnection * connection)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstVeoConnectionWatch *watch = g_atomic_rc_box_new0 (GstVeoConnectionWatch);
  GstClockTime period = CLAMP (connection->timeout / 8, 10, 1000) * GST_MSECOND;

  g_mutex_init (&watch->lock);
  watch->connection = connection;
  watch->id = gst_clock_new_periodic_id (clock,
      gst_clock_get_time (clock) + period, period);
  connection->watch = watch;
  gst_clock_id_wait_async (watch->id, watch_tick,
      g_atomic_rc_box_acquire (watch), watch_unref);
}

static void
stop_watch (GstVeoConnection * connection)
{
  GstVeoConnectionWatch *watch = g_steal_pointer (&connection->watch);

  if (!watch)
    return;
  g_mutex_lock (&watch->lock);
  watch->connection = NULL;
  g_mutex_unlock (&watch->lock);
  gst_clock_id_unschedule (watch->id);
  gst_clock_id_unref (watch->id);
  watch_unref (watch);
}

/* --- Settings of souphttpsrc --- */

void
gst_veo_connection_set (GstVeoConnection * connection, const gchar * name,
    const GValue * value)
{
  GObjectClass *klass = G_OBJECT_CLASS (connection->parent);
  GParamSpec *pspec = g_object_class_find_property (klass, name);

  g_return_if_fail (pspec != NULL);
  klass->set_property (G_OBJECT (connection->src), pspec->param_id, value,
      pspec);
}

static void
set_string (GstVeoConnection * connection, const gchar * name,
    const gchar * text)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, text);
  gst_veo_connection_set (connection, name, &value);
  g_value_unset (&value);
}

/* The name of a header in any case, of those in the structure */
static void
remove_header (GstStructure * headers, const gchar * name)
{
  gint i;

  for (i = gst_structure_n_fields (headers) - 1; i >= 0; i--) {
    const gchar *field = gst_structure_nth_field_name (headers, i);

    if (g_ascii_strcasecmp (field, name) == 0)
      gst_structure_remove_field (headers, field);
  }
}

/* Below INFO souphttpsrc logs the headers that it sends. */
static void
keep_secrets_out_of_log (GstVeoConnection * connection)
{
  GstDebugCategory *category = NULL;

  GST_DEBUG_CATEGORY_GET (category, "souphttpsrc");
  /* our own where there is none of that name */
  if (category == GST_CAT_DEFAULT
      || gst_debug_category_get_threshold (category) <= GST_LEVEL_INFO)
    return;
  gst_debug_category_set_threshold (category, GST_LEVEL_INFO);
  GST_INFO_OBJECT (connection->src,
      "souphttpsrc logs no more than INFO from now "
      "on: there would be secrets in it");
}

static void
set_headers (GstVeoConnection * connection, const GstVeoAttempt * attempt)
{
  GstStructure *headers = connection->app_headers ?
      gst_structure_copy (connection->app_headers) :
      gst_structure_new_empty ("extra-headers");
  GValue value = G_VALUE_INIT;

  remove_header (headers, "Range");
  if (attempt->key || connection->proxy_authorization)
    keep_secrets_out_of_log (connection);
  if (connection->proxy_authorization) {
    remove_header (headers, "Proxy-Authorization");
    gst_structure_set (headers, "Proxy-Authorization", G_TYPE_STRING,
        connection->proxy_authorization, NULL);
  }
  if (attempt->key) {
    g_autofree gchar *credentials = g_strconcat ("Bearer ", attempt->key, NULL);

    remove_header (headers, "Authorization");
    gst_structure_set (headers, "Authorization", G_TYPE_STRING, credentials,
        NULL);
  }
  /* souphttpsrc asks for a range from any other byte by itself; there a header
   * of ours would be wrong, when it tries again at a place of its own */
  if (attempt->ask_range && attempt->offset == 0)
    gst_structure_set (headers, "Range", G_TYPE_STRING, "bytes=0-", NULL);
  g_value_init (&value, GST_TYPE_STRUCTURE);
  gst_value_set_structure (&value, headers);
  gst_veo_connection_set (connection, "extra-headers", &value);
  g_value_unset (&value);
  gst_structure_free (headers);
}

/* souphttpsrc reads http_proxy and ignores no_proxy, and it cannot keep a
 * password: what polls would use is looked up for it, once for each origin. */
static gboolean
set_proxy (GstVeoConnection * connection, const gchar * url, GError ** error)
{
  g_autofree gchar *origin = gst_veo_url_get_origin (url);
  g_auto (GStrv) proxies = NULL;
  g_autofree gchar *proxy = NULL;

  if (g_strcmp0 (origin, connection->proxy_origin) == 0)
    return TRUE;
  if (!connection->routes)
    connection->routes = gst_veo_routes_new (connection->proxy);
  proxies = g_proxy_resolver_lookup (G_PROXY_RESOLVER (connection->routes),
      url, connection->cancellable, error);
  if (!proxies)
    return FALSE;
  g_clear_pointer (&connection->proxy_authorization, g_free);
  if (!g_str_has_prefix (proxies[0], "direct"))
    proxy = gst_veo_routes_split (proxies[0], &connection->proxy_authorization);
  set_string (connection, "proxy", proxy ? proxy : "");
  g_free (connection->proxy_origin);
  connection->proxy_origin = g_steal_pointer (&origin);
  return TRUE;
}

static gboolean
set_authorities (GstVeoConnection * connection, const gchar * url,
    GError ** error)
{
  if (connection->authorities || g_ascii_strncasecmp (url, "https:", 6) != 0)
    return TRUE;
  connection->authorities =
      gst_veo_authorities_new (connection->tls_ca_file, error);
  if (!connection->authorities)
    return FALSE;
  g_object_set (connection->src, "tls-database", connection->authorities, NULL);
  return TRUE;
}

/* --- Opening, reading, closing --- */

static gboolean
parent_start (GstVeoConnection * connection)
{
  gboolean started;

  g_atomic_int_inc (&connection->in_parent);
  started = get_base_class (connection)->start (GST_BASE_SRC (connection->src));
  g_atomic_int_add (&connection->in_parent, -1);
  return started;
}

/* While souphttpsrc is cancelled its do_seek sends no HEAD; and it may be
 * cancelled without harm as long as it does nothing. */
static void
parent_seek (GstVeoConnection * connection, guint64 offset)
{
  GstBaseSrc *src = GST_BASE_SRC (connection->src);
  GstBaseSrcClass *klass = get_base_class (connection);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_BYTES);
  segment.start = offset;
  klass->unlock (src);
  klass->do_seek (src, &segment);
  klass->unlock_stop (src);
}

void
gst_veo_connection_close (GstVeoConnection * connection)
{
  if (!connection->is_open)
    return;
  connection->is_open = FALSE;
  stop_watch (connection);
  g_atomic_int_inc (&connection->in_parent);
  get_base_class (connection)->stop (GST_BASE_SRC (connection->src));
  g_atomic_int_add (&connection->in_parent, -1);
}

GstFlowReturn
gst_veo_connection_open (GstVeoConnection * connection,
    const GstVeoAttempt * attempt, GError ** error)
{
  gboolean flushing;

  gst_veo_connection_close (connection);
  if (!set_authorities (connection, attempt->url, error)
      || !set_proxy (connection, attempt->url, error))
    return g_cancellable_is_cancelled (connection->cancellable) ?
        GST_FLOW_FLUSHING : GST_FLOW_ERROR;
  set_string (connection, "location", attempt->url);
  set_headers (connection, attempt);
  connection->is_open = TRUE;
  gst_veo_arrival_watch ();
  if (!parent_start (connection)) {
    g_set_error (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT,
        "No HTTP session could be started");
    return GST_FLOW_ERROR;
  }

  g_mutex_lock (&connection->reply_lock);
  gst_veo_reply_clear (&connection->reply);
  connection->has_reply = FALSE;
  g_mutex_unlock (&connection->reply_lock);
  g_atomic_int_set (&connection->answered, FALSE);

  g_mutex_lock (&connection->lock);
  parent_seek (connection, attempt->offset);
  flushing = connection->flushing;
  g_mutex_unlock (&connection->lock);
  start_watch (connection);
  return flushing ? GST_FLOW_FLUSHING : GST_FLOW_OK;
}

static GstFlowReturn
call_create (GstVeoConnection * connection, GstBuffer ** buffer)
{
  GstFlowReturn ret;

  g_atomic_int_inc (&connection->in_parent);
  ret = connection->parent->create (connection->src, buffer);
  g_atomic_int_add (&connection->in_parent, -1);
  /* At EOS and on errors it leaves a pointer to what it has freed */
  if (ret != GST_FLOW_OK)
    *buffer = NULL;
  if (gst_base_src_get_blocksize (GST_BASE_SRC (connection->src))
      > MAX_BLOCK_SIZE)
    gst_base_src_set_blocksize (GST_BASE_SRC (connection->src), MAX_BLOCK_SIZE);
  return ret;
}

GstFlowReturn
gst_veo_connection_read (GstVeoConnection * connection, GstBuffer ** buffer)
{
  GstFlowReturn ret;
  gboolean stalled;

  g_mutex_lock (&connection->lock);
  if (connection->flushing) {
    g_mutex_unlock (&connection->lock);
    return GST_FLOW_FLUSHING;
  }
  connection->calling = TRUE;
  connection->stalled = FALSE;
  connection->call_began = g_get_monotonic_time ();
  g_mutex_unlock (&connection->lock);

  ret = call_create (connection, buffer);

  g_mutex_lock (&connection->lock);
  connection->calling = FALSE;
  stalled = connection->stalled;
  g_cond_broadcast (&connection->cond);
  g_mutex_unlock (&connection->lock);

  if (ret == GST_FLOW_OK && stalled) {
    /* It came in the last moment, but the cancellation stays */
    get_base_class (connection)->unlock_stop (GST_BASE_SRC (connection->src));
    return ret;
  }
  if (ret != GST_FLOW_OK)
    gst_veo_connection_close (connection);
  return ret == GST_FLOW_FLUSHING && stalled ? GST_VEO_FLOW_STALLED : ret;
}

gboolean
gst_veo_connection_take_refusal (GstVeoConnection * connection)
{
  return connection->routes && gst_veo_routes_take_refusal (connection->routes);
}

/* --- Waiting and interrupting --- */

gboolean
gst_veo_connection_wait (GstVeoConnection * connection, const gboolean * done,
    gint64 until)
{
  gboolean in_time = TRUE, flushing;

  g_mutex_lock (&connection->lock);
  while (!connection->flushing && in_time && !(done && *done)) {
    if (until < 0)
      g_cond_wait (&connection->cond, &connection->lock);
    else
      in_time = g_cond_wait_until (&connection->cond, &connection->lock, until);
  }
  flushing = connection->flushing;
  g_mutex_unlock (&connection->lock);
  return !flushing;
}

void
gst_veo_connection_wake (GstVeoConnection * connection, gboolean * done)
{
  g_mutex_lock (&connection->lock);
  *done = TRUE;
  g_cond_broadcast (&connection->cond);
  g_mutex_unlock (&connection->lock);
}

void
gst_veo_connection_interrupt (GstVeoConnection * connection)
{
  gint64 now = g_get_monotonic_time ();
  gint64 until = now + GRACE;
  gboolean in_time;

  g_cancellable_cancel (connection->cancellable);
  g_mutex_lock (&connection->lock);
  connection->flushing = TRUE;
  /* A read that is silent already needs none */
  in_time = !g_atomic_int_get (&connection->answered)
      || now - connection->call_began < GRACE;
  g_cond_broadcast (&connection->cond);
  while (connection->calling && in_time)
    in_time = g_cond_wait_until (&connection->cond, &connection->lock, until);
  if (connection->calling)
    cancel_call (connection);
  g_mutex_unlock (&connection->lock);
}

void
gst_veo_connection_resume (GstVeoConnection * connection)
{
  g_mutex_lock (&connection->lock);
  connection->flushing = FALSE;
  get_base_class (connection)->unlock_stop (GST_BASE_SRC (connection->src));
  g_mutex_unlock (&connection->lock);
  g_cancellable_reset (connection->cancellable);
}

/* --- What the server answered --- */

static const gchar *
get_text (const GValue * value)
{
  if (GST_VALUE_HOLDS_ARRAY (value) && gst_value_array_get_size (value) > 0)
    value = gst_value_array_get_value (value, 0);
  return G_VALUE_HOLDS_STRING (value) ? g_value_get_string (value) : NULL;
}

void
gst_veo_connection_note (GstVeoConnection * connection,
    const GstStructure * headers)
{
  const GValue *value = gst_structure_get_value (headers, "response-headers");
  guint status = 0;
  gint i;

  gst_structure_get_uint (headers, "http-status-code", &status);
  /* souphttpsrc also reports that there was no answer */
  if (status == 0)
    return;
  g_mutex_lock (&connection->reply_lock);
  gst_veo_reply_clear (&connection->reply);
  connection->reply.status = status;
  connection->has_reply = TRUE;
  if (value && GST_VALUE_HOLDS_STRUCTURE (value)) {
    const GstStructure *fields = gst_value_get_structure (value);

    for (i = 0; i < gst_structure_n_fields (fields); i++) {
      const gchar *name = gst_structure_nth_field_name (fields, i);

      gst_veo_reply_set_header (&connection->reply, name,
          get_text (gst_structure_get_value (fields, name)));
    }
  }
  g_mutex_unlock (&connection->reply_lock);
  g_atomic_int_set (&connection->answered, TRUE);
}

gboolean
gst_veo_connection_take_reply (GstVeoConnection * connection,
    GstVeoReply * reply)
{
  gboolean has_reply;

  g_mutex_lock (&connection->reply_lock);
  has_reply = connection->has_reply;
  if (has_reply) {
    *reply = connection->reply;
    memset (&connection->reply, 0, sizeof connection->reply);
    connection->has_reply = FALSE;
  }
  g_mutex_unlock (&connection->reply_lock);
  return has_reply;
}
