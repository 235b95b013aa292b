/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveofetch.h"
#include "gstveohttpsrc.h"
#include "gstveoresource.h"
#include "gstveourl.h"

#include <string.h>

GST_DEBUG_CATEGORY (gst_veo_http_src_debug);
#define GST_CAT_DEFAULT gst_veo_http_src_debug

/* One read of this size at least; souphttpsrc's own 4 KiB cost a thread switch each */
#define BLOCK_SIZE 65536
/* As the polls have it */
#define DEFAULT_USER_AGENT PACKAGE "/" VERSION

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_PROXY,
  PROP_EXTRA_HEADERS,
};

/* souphttpsrc's type is only known once its plugin is loaded, so this one is
 * registered then, and its instances carry a private part behind souphttpsrc's. */
static GstPushSrcClass *parent_class;
static gint private_offset;

static inline GstVeoFetch *
get_fetch (gpointer src)
{
  return G_STRUCT_MEMBER_P (src, private_offset);
}

/* --- Messages and events --- */

static gboolean
post_message_upwards (GstElement * element, GstMessage * message)
{
  return GST_ELEMENT_CLASS (parent_class)->post_message (element, message);
}

/* souphttpsrc's messages carry the request with the key in it, and its errors
 * are breaks to us. Runs in any thread, with a lock of souphttpsrc held. */
static gboolean
is_private_message (GstVeoFetch * fetch, GstMessage * message)
{
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:{
      g_autoptr (GstVeoFailure) failure = gst_veo_fetch_get_failure (fetch);

      return failure || g_atomic_int_get (&fetch->connection.in_parent) > 0;
    }
    case GST_MESSAGE_ELEMENT:
      return gst_message_has_name (message, "http-headers");
    case GST_MESSAGE_DURATION_CHANGED:
      return g_atomic_int_get (&fetch->connection.in_parent) > 0;
      /* It would share the session, and with it settings, between elements */
    case GST_MESSAGE_NEED_CONTEXT:
    case GST_MESSAGE_HAVE_CONTEXT:
      return TRUE;
    default:
      return FALSE;
  }
}

static gboolean
gst_veo_http_src_post_message (GstElement * element, GstMessage * message)
{
  GstVeoFetch *fetch = get_fetch (element);

  if (!is_private_message (fetch, message))
    return post_message_upwards (element, message);
  if (gst_message_has_name (message, "http-headers"))
    gst_veo_connection_note (&fetch->connection,
        gst_message_get_structure (message));
  gst_message_unref (message);
  return TRUE;
}

/* The event of the same content is sticky: dropping it is not enough, the pad
 * would keep it. One without content takes its place. */
static GstPadProbeReturn
hide_headers (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  if (!gst_event_has_name (event, "http-headers"))
    return GST_PAD_PROBE_OK;
  if (gst_structure_n_fields (gst_event_get_structure (event)) > 0) {
    g_autoptr (GstEvent) blank = gst_event_new_custom (GST_EVENT_TYPE (event),
        gst_structure_new_empty ("http-headers"));

    gst_pad_store_sticky_event (pad, blank);
  }
  /* DROP would have it offered again before every buffer */
  gst_event_unref (event);
  return GST_PAD_PROBE_HANDLED;
}

/* Its answer is of no use to us, as souphttpsrc allocates by itself; waiting for
 * it in the queue behind us may take for ever when a demuxer seeks meanwhile. */
static GstPadProbeReturn
drop_allocation_query (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  return GST_QUERY_TYPE (query) == GST_QUERY_ALLOCATION ?
      GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static void
post_failure (GstElement * element)
{
  g_autoptr (GstVeoFailure) failure =
      gst_veo_fetch_get_failure (get_fetch (element));
  g_autoptr (GError) error = gst_veo_resource_error_new (failure);
  GstStructure *details = gst_structure_new ("details",
      "http-status-code", G_TYPE_UINT, failure->http_status, NULL);

  GST_WARNING_OBJECT (element, "%s", error->message);
  post_message_upwards (element,
      gst_message_new_error_with_details (GST_OBJECT (element), error, NULL,
          details));
}

/* --- GstBaseSrc --- */

static gboolean
gst_veo_http_src_start (GstBaseSrc * src)
{
  gst_veo_fetch_start (get_fetch (src));
  return TRUE;
}

static gboolean
gst_veo_http_src_stop (GstBaseSrc * src)
{
  gst_veo_fetch_stop (get_fetch (src));
  return TRUE;
}

static gboolean
gst_veo_http_src_unlock (GstBaseSrc * src)
{
  gst_veo_connection_interrupt (&get_fetch (src)->connection);
  return TRUE;
}

static gboolean
gst_veo_http_src_unlock_stop (GstBaseSrc * src)
{
  gst_veo_connection_resume (&get_fetch (src)->connection);
  return TRUE;
}

/* souphttpsrc's own would send a HEAD to find out */
static gboolean
gst_veo_http_src_is_seekable (GstBaseSrc * src)
{
  return TRUE;
}

static gboolean
gst_veo_http_src_do_seek (GstBaseSrc * src, GstSegment * segment)
{
  if (segment->format != GST_FORMAT_BYTES || segment->rate < 0.0)
    return FALSE;
  gst_veo_fetch_seek (get_fetch (src), segment->start);
  return TRUE;
}

static gboolean
gst_veo_http_src_get_size (GstBaseSrc * src, guint64 * size)
{
  *size = gst_veo_fetch_get_size (get_fetch (src));
  return *size != GST_VEO_UNKNOWN;
}

static gboolean
gst_veo_http_src_query (GstBaseSrc * src, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_URI) {
    g_autofree gchar *shown =
        gst_veo_url_redact (get_fetch (src)->settings.url);

    gst_query_set_uri (query, shown);
    return TRUE;
  }
  return GST_BASE_SRC_CLASS (parent_class)->query (src, query);
}

static GstFlowReturn
gst_veo_http_src_create (GstPushSrc * src, GstBuffer ** buffer)
{
  GstVeoFetch *fetch = get_fetch (src);
  g_autoptr (GstVeoFailure) before = gst_veo_fetch_get_failure (fetch);
  GstFlowReturn ret = gst_veo_fetch_create (fetch, buffer);

  if (ret == GST_FLOW_ERROR && !before)
    post_failure (GST_ELEMENT (src));
  return ret;
}

/* --- Properties that would show secrets --- */

static void
gst_veo_http_src_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstVeoConnection *connection = &get_fetch (object)->connection;
  const GstStructure *headers;

  switch (id) {
    case PROP_EXTRA_HEADERS:
      headers = gst_value_get_structure (value);
      g_clear_pointer (&connection->app_headers, gst_structure_free);
      if (headers)
        connection->app_headers = gst_structure_copy (headers);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_veo_http_src_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstVeoFetch *fetch = get_fetch (object);

  switch (id) {
    case PROP_LOCATION:
      g_value_take_string (value, gst_veo_url_redact (fetch->settings.url));
      break;
    case PROP_PROXY:
      g_value_take_string (value, fetch->connection.proxy ?
          gst_veo_proxy_redact (fetch->connection.proxy) : NULL);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static gchar *
gst_veo_http_src_get_uri (GstURIHandler * handler)
{
  return gst_veo_url_redact (get_fetch (handler)->settings.url);
}

static void
gst_veo_http_src_uri_handler_init (gpointer iface, gpointer data)
{
  ((GstURIHandlerInterface *) iface)->get_uri = gst_veo_http_src_get_uri;
}

static void
install_properties (GObjectClass * klass)
{
  g_object_class_install_property (klass, PROP_LOCATION,
      g_param_spec_string ("location", "Location",
          "The link, without its query", NULL,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (klass, PROP_PROXY,
      g_param_spec_string ("proxy", "Proxy",
          "The proxy, without its credentials", NULL,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (klass, PROP_EXTRA_HEADERS,
      g_param_spec_boxed ("extra-headers", "Extra Headers",
          "More headers for each request of the download", GST_TYPE_STRUCTURE,
          G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
}

/* --- The type --- */

static void
gst_veo_http_src_finalize (GObject * object)
{
  gst_veo_fetch_clear (get_fetch (object));
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
gst_veo_http_src_class_init (gpointer klass, gpointer data)
{
  GObjectClass *object_class = klass;
  GstBaseSrcClass *base_class = klass;

  parent_class = g_type_class_peek_parent (klass);
  g_type_class_adjust_private_offset (klass, &private_offset);

  object_class->set_property = gst_veo_http_src_set_property;
  object_class->get_property = gst_veo_http_src_get_property;
  object_class->finalize = gst_veo_http_src_finalize;
  install_properties (object_class);
  GST_ELEMENT_CLASS (klass)->post_message = gst_veo_http_src_post_message;
  /* Handlers of source-setup ask an element for its factory's name */
  GST_ELEMENT_CLASS (klass)->elementfactory =
      gst_element_factory_find ("souphttpsrc");
  base_class->start = gst_veo_http_src_start;
  base_class->stop = gst_veo_http_src_stop;
  base_class->unlock = gst_veo_http_src_unlock;
  base_class->unlock_stop = gst_veo_http_src_unlock_stop;
  base_class->is_seekable = gst_veo_http_src_is_seekable;
  base_class->do_seek = gst_veo_http_src_do_seek;
  base_class->get_size = gst_veo_http_src_get_size;
  base_class->query = gst_veo_http_src_query;
  GST_PUSH_SRC_CLASS (klass)->create = gst_veo_http_src_create;
}

static void
gst_veo_http_src_init (GTypeInstance * instance, gpointer klass)
{
  gst_veo_fetch_init (get_fetch (instance), (GstPushSrc *) instance,
      parent_class);
  gst_pad_add_probe (GST_BASE_SRC_PAD (instance),
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, hide_headers, NULL, NULL);
  gst_pad_add_probe (GST_BASE_SRC_PAD (instance),
      GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, drop_allocation_query, NULL, NULL);
}

static GType
register_type (GType parent)
{
  static const GInterfaceInfo uri_handler = {
    gst_veo_http_src_uri_handler_init, NULL, NULL
  };
  GTypeQuery query;
  GTypeInfo info = { 0, };
  GType type;

  g_type_query (parent, &query);
  info.class_size = query.class_size;
  info.instance_size = query.instance_size;
  info.class_init = gst_veo_http_src_class_init;
  info.instance_init = gst_veo_http_src_init;
  type = g_type_register_static (parent, "GstVeoHttpSrc", &info, 0);
  private_offset = g_type_add_instance_private (type, sizeof (GstVeoFetch));
  g_type_add_interface_static (type, GST_TYPE_URI_HANDLER, &uri_handler);
  return type;
}

static GType
load_parent_type (void)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find ("souphttpsrc");
  g_autoptr (GstPluginFeature) loaded = NULL;

  if (factory)
    loaded = gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory));
  return loaded ?
      gst_element_factory_get_element_type (GST_ELEMENT_FACTORY (loaded)) :
      G_TYPE_INVALID;
}

static GType
get_type (GError ** error)
{
  static GMutex lock;
  static GType type = G_TYPE_INVALID;

  g_mutex_lock (&lock);
  if (type == G_TYPE_INVALID) {
    GType parent = load_parent_type ();

    GST_DEBUG_CATEGORY_INIT (gst_veo_http_src_debug, "veohttpsrc", 0,
        "HTTP source of veosrc");
    if (parent != G_TYPE_INVALID && g_type_is_a (parent, GST_TYPE_PUSH_SRC))
      type = register_type (parent);
    else
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
          "GStreamer's element souphttpsrc is missing: install the plugin "
          "that has it (soup, of gst-plugins-good)");
  }
  g_mutex_unlock (&lock);
  return type;
}

/* The policy is ours: souphttpsrc follows, retries, decodes and logs nothing */
static void
configure_parent (GstElement * element, const gchar * user_agent)
{
  g_object_set (element, "automatic-redirect", FALSE, "iradio-mode", FALSE,
      "compress", FALSE, "keep-alive", FALSE, "retries", 0, "timeout", 0,
      "http-log-level", 0, "is-live", FALSE, "blocksize", BLOCK_SIZE, NULL);
  g_object_set (element, "user-agent", user_agent ? user_agent
      : DEFAULT_USER_AGENT, NULL);
}

GstElement *
gst_veo_http_src_new (const GstVeoHttpSrcSettings * settings, GError ** error)
{
  GType type = get_type (error);
  GstElement *element;

  if (type == G_TYPE_INVALID)
    return NULL;
  element = g_object_new (type, NULL);
  gst_veo_fetch_configure (get_fetch (element), settings);
  configure_parent (element, settings->user_agent);
  return element;
}

void
gst_veo_http_src_get_stats (GstElement * src, GstVeoHttpSrcStats * stats)
{
  gst_veo_fetch_get_stats (get_fetch (src), stats);
}

GstVeoFailure *
gst_veo_http_src_get_failure (GstElement * src)
{
  return gst_veo_fetch_get_failure (get_fetch (src));
}

void
gst_veo_http_src_set_event_func (GstElement * src, GstVeoHttpSrcEventFunc func,
    gpointer data, GDestroyNotify notify)
{
  gst_veo_fetch_set_event_func (get_fetch (src), func, data, notify);
}
