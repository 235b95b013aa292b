/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-veosrc
 * @title: veosrc
 * @short_description: plays the video of a generation task when it is ready
 *
 * veosrc takes the id of a video-generation task, asks the service how far it
 * is until the video is ready, tells the bus meanwhile, and then plays it. It
 * also handles URIs of the form veo:ID.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 veosrc task-id=video_abc123 ! autovideosink
 * ]| Waits for the task and shows its video. The key is taken from the
 * environment variable VEO_API_KEY.
 * |[
 * gst-launch-1.0 veosrc task-id=video_abc123 name=v v. ! queue ! autovideosink v. ! queue ! autoaudiosink
 * ]| The same with sound.
 * |[
 * gst-launch-1.0 veosrc task-id=video_abc123 output=container ! filesink location=clip.mp4
 * ]| Stores the file as the service made it.
 *
 * Since: 0.1
 */
#include "config.h"

#include "gstveohiddenstring.h"
#include "gstveoothers.h"
#include "gstveorun.h"
#include "gstveopreload.h"
#include "gstveosrc.h"
#include "gstveourl.h"

GST_DEBUG_CATEGORY_STATIC (gst_veo_src_debug);
#define GST_CAT_DEFAULT gst_veo_src_debug

enum
{
  PROP_STATUS = GST_VEO_N_SETTINGS,
  PROP_PROGRESS,
  PROP_VIDEO_URL,
  PROP_TASK,
  PROP_STATS,
};

enum
{
  SIGNAL_SOURCE_SETUP,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _GstVeoSrc
{
  GstBin parent;

  GstVeoReport *report;
  /* under the object lock */
  GstVeoSettings settings;
  GstVeoRun *run;               /* the last one, also after its end */
  gboolean is_async;            /* ASYNC_START was posted, ASYNC_DONE not yet */
  GThread *settler;             /* who posts ASYNC_DONE just now, or NULL */
  GCond settled;
};

/* How long NULL waits for a state change that another thread tells the end of:
 * a sync handler may hold that thread, and may itself wait for the caller. */
#define SETTLE_PATIENCE (20 * G_TIME_SPAN_MILLISECOND)

static GstStaticPadTemplate video_template =
GST_STATIC_PAD_TEMPLATE ("video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
    GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate audio_template =
GST_STATIC_PAD_TEMPLATE ("audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
    GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate container_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_SOMETIMES,
    GST_STATIC_CAPS_ANY);

static void gst_veo_src_uri_handler_init (gpointer iface, gpointer data);

G_DEFINE_TYPE_WITH_CODE (GstVeoSrc, gst_veo_src, GST_TYPE_BIN,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, gst_veo_src_uri_handler_init));
GST_ELEMENT_REGISTER_DEFINE (veosrc, "veosrc", GST_RANK_PRIMARY,
    GST_TYPE_VEO_SRC);

/* Returns: (transfer full) (nullable) */
static GstVeoRun *
ref_run (GstVeoSrc * self)
{
  GstVeoRun *run;

  GST_OBJECT_LOCK (self);
  run = self->run ? gst_veo_run_ref (self->run) : NULL;
  GST_OBJECT_UNLOCK (self);
  return run;
}

/* The asynchronous state change. */

static void
begin_async (GstVeoSrc * self)
{
  GST_OBJECT_LOCK (self);
  self->is_async = TRUE;
  GST_OBJECT_UNLOCK (self);
  GST_BIN_CLASS (gst_veo_src_parent_class)->handle_message (GST_BIN (self),
      gst_message_new_async_start (GST_OBJECT (self)));
}

/* run: of which the state change ends; NULL: of whichever there is. What an
 * older run has to say is not about the present state change. */
static void
end_async (GstElement * element, GstVeoRun * run)
{
  GstVeoSrc *self = GST_VEO_SRC (element);
  gboolean was_async;

  GST_OBJECT_LOCK (self);
  was_async = self->is_async && (!run || self->run == run);
  if (was_async) {
    self->is_async = FALSE;
    self->settler = g_thread_self ();
  }
  GST_OBJECT_UNLOCK (self);
  if (!was_async)
    return;
  GST_BIN_CLASS (gst_veo_src_parent_class)->handle_message (GST_BIN (self),
      gst_message_new_async_done (GST_OBJECT (self), GST_CLOCK_TIME_NONE));
  GST_OBJECT_LOCK (self);
  self->settler = NULL;
  g_cond_broadcast (&self->settled);
  GST_OBJECT_UNLOCK (self);
}

/* Before NULL returns: no message follows it. */
static void
wait_for_settler (GstVeoSrc * self)
{
  gint64 until = g_get_monotonic_time () + SETTLE_PATIENCE;

  GST_OBJECT_LOCK (self);
  gst_veo_others_wait (&self->settler, &self->settled,
      GST_OBJECT_GET_LOCK (self), until);
  GST_OBJECT_UNLOCK (self);
}

static void
emit_source_setup (GstElement * element, GstElement * source)
{
  g_signal_emit (element, signals[SIGNAL_SOURCE_SETUP], 0, source);
}

static gchar *
find_plugin_dir (GstVeoSrc * self)
{
  GstElementFactory *factory = gst_element_get_factory (GST_ELEMENT (self));
  g_autoptr (GstPlugin) plugin = factory
      ? gst_plugin_feature_get_plugin (GST_PLUGIN_FEATURE (factory)) : NULL;
  const gchar *path = plugin ? gst_plugin_get_filename (plugin) : NULL;

  return path ? g_path_get_dirname (path) : NULL;
}

static GstVeoRun *
replace_run (GstVeoSrc * self)
{
  static const GstVeoRunEvents events = {
    .source_setup = emit_source_setup,
    .settled = end_async,
  };
  GstVeoSettings settings;
  GstVeoRun *run, *old;

  GST_OBJECT_LOCK (self);
  gst_veo_settings_snapshot (&self->settings, &settings);
  GST_OBJECT_UNLOCK (self);
  run = gst_veo_run_new (GST_BIN (self), self->report, &settings, &events);
  GST_OBJECT_LOCK (self);
  old = self->run;
  self->run = gst_veo_run_ref (run);
  GST_OBJECT_UNLOCK (self);
  if (old)
    gst_veo_run_unref (old);
  return run;
}

static GstStateChangeReturn
ready_to_paused (GstVeoSrc * self)
{
  g_autoptr (GstVeoRun) run = replace_run (self);
  g_autofree gchar *plugin_dir = find_plugin_dir (self);
  GstVeoOutput output;

  GST_OBJECT_LOCK (self);
  output = self->settings.output;
  GST_OBJECT_UNLOCK (self);
  if (!gst_veo_run_check (run, plugin_dir)) {
    gst_veo_run_close (run);
    return GST_STATE_CHANGE_FAILURE;
  }
  begin_async (self);
  if (GST_ELEMENT_CLASS (gst_veo_src_parent_class)->change_state (GST_ELEMENT
          (self), GST_STATE_CHANGE_READY_TO_PAUSED)
      == GST_STATE_CHANGE_FAILURE) {
    gst_veo_run_close (run);
    end_async (GST_ELEMENT (self), NULL);
    return GST_STATE_CHANGE_FAILURE;
  }
  gst_veo_preload (output);
  gst_veo_run_start (run);
  return GST_STATE_CHANGE_ASYNC;
}

/* Also from READY to NULL: a sync handler may ask for NULL while READY to
 * PAUSED is under way. And once more: the first of two NULLs does not wait long for
 * a handler of pad-added, from which the second may come. */
static GstStateChangeReturn
end_run (GstVeoSrc * self, GstStateChange transition)
{
  g_autoptr (GstVeoRun) run = ref_run (self);
  GstStateChangeReturn result;

  if (run)
    gst_veo_run_close (run);
  result = GST_ELEMENT_CLASS (gst_veo_src_parent_class)->change_state
      (GST_ELEMENT (self), transition);
  if (run)
    gst_veo_run_take_down (run);
  end_async (GST_ELEMENT (self), NULL);
  wait_for_settler (self);
  return result;
}

static GstStateChangeReturn
gst_veo_src_change_state (GstElement * element, GstStateChange transition)
{
  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      return ready_to_paused (GST_VEO_SRC (element));
    case GST_STATE_CHANGE_PAUSED_TO_READY:
    case GST_STATE_CHANGE_READY_TO_NULL:
    case GST_STATE_CHANGE_NULL_TO_NULL:
      return end_run (GST_VEO_SRC (element), transition);
    default:
      return GST_ELEMENT_CLASS (gst_veo_src_parent_class)->change_state
          (element, transition);
  }
}

/* Events, queries, messages. */

static gboolean
gst_veo_src_send_event (GstElement * element, GstEvent * event)
{
  g_autoptr (GstVeoRun) run = ref_run (GST_VEO_SRC (element));
  gboolean result;

  if (run && gst_veo_run_take_event (run, event, &result))
    return result;
  return GST_ELEMENT_CLASS (gst_veo_src_parent_class)->send_event (element,
      event);
}

/* Returns: (transfer full) (nullable) */
static GstPad *
get_first_pad (GstElement * element)
{
  GstPad *pad = NULL;

  GST_OBJECT_LOCK (element);
  if (element->srcpads)
    pad = gst_object_ref (element->srcpads->data);
  GST_OBJECT_UNLOCK (element);
  return pad;
}

static gboolean
query_task_duration (GstVeoSrc * self, GstQuery * query)
{
  g_autoptr (GstVeoRun) run = ref_run (self);
  GstClockTime duration = run ? gst_veo_run_get_duration (run)
      : GST_CLOCK_TIME_NONE;
  GstFormat format;

  gst_query_parse_duration (query, &format, NULL);
  if (format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID (duration))
    return FALSE;
  gst_query_set_duration (query, format, duration);
  return TRUE;
}

/* A bin asks its sinks, and there are none: the clip knows. */
static gboolean
gst_veo_src_query (GstElement * element, GstQuery * query)
{
  g_autoptr (GstPad) pad = NULL;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_DURATION:
    case GST_QUERY_POSITION:
    case GST_QUERY_SEEKING:
      break;
    default:
      return GST_ELEMENT_CLASS (gst_veo_src_parent_class)->query (element,
          query);
  }
  pad = get_first_pad (element);
  if (pad && gst_pad_query (pad, query))
    return TRUE;
  return GST_QUERY_TYPE (query) == GST_QUERY_DURATION
      && query_task_duration (GST_VEO_SRC (element), query);
}

static void
gst_veo_src_handle_message (GstBin * bin, GstMessage * message)
{
  g_autoptr (GstVeoRun) run = NULL;

  if (GST_MESSAGE_SRC (message) != GST_OBJECT_CAST (bin)) {
    run = ref_run (GST_VEO_SRC (bin));
    if (run && gst_veo_run_take_message (run, message))
      return;
  }
  GST_BIN_CLASS (gst_veo_src_parent_class)->handle_message (bin, message);
}

/* Properties. */

static void
gst_veo_src_set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVeoSrc *self = GST_VEO_SRC (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_veo_settings_set (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static GstStructure *
make_stats (GstVeoSrc * self)
{
  g_autoptr (GstVeoRun) run = ref_run (self);
  GstVeoRunStats stats = { 0 };

  if (run)
    gst_veo_run_get_stats (run, &stats);
  return gst_structure_new ("veo-stats",
      "polls", G_TYPE_UINT, stats.wait.polls,
      "failed-polls", G_TYPE_UINT, stats.wait.failed_polls,
      "retries", G_TYPE_UINT, stats.wait.retries,
      "last-http-status", G_TYPE_UINT, stats.wait.last_http_status,
      "reconnects", G_TYPE_UINT, stats.download.reconnects,
      "link-refreshes", G_TYPE_UINT, stats.download.link_refreshes,
      "wait-time", G_TYPE_UINT64, stats.wait.wait_time,
      "bytes", G_TYPE_UINT64, stats.download.bytes, NULL);
}

static void
gst_veo_src_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstVeoSrc *self = GST_VEO_SRC (object);
  gboolean known = TRUE;

  switch (id) {
    case PROP_STATUS:
      g_value_set_enum (value, gst_veo_report_get_status (self->report));
      break;
    case PROP_PROGRESS:
      g_value_set_int (value, gst_veo_report_get_progress (self->report));
      break;
    case PROP_VIDEO_URL:
      g_value_take_string (value, gst_veo_report_dup_link (self->report));
      break;
    case PROP_TASK:
      g_value_take_boxed (value, gst_veo_report_dup_structure (self->report));
      break;
    case PROP_STATS:
      g_value_take_boxed (value, make_stats (self));
      break;
    default:
      GST_OBJECT_LOCK (self);
      known = gst_veo_settings_get (&self->settings, id, value);
      GST_OBJECT_UNLOCK (self);
  }
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* The URI handler. */

static GstURIType
gst_veo_src_uri_get_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
gst_veo_src_uri_get_protocols (GType type)
{
  static const gchar *const protocols[] = { "veo", NULL };

  return protocols;
}

static gchar *
gst_veo_src_uri_get_uri (GstURIHandler * handler)
{
  GstVeoSrc *self = GST_VEO_SRC (handler);
  gchar *uri = NULL;

  GST_OBJECT_LOCK (self);
  if (self->settings.task_id)
    uri = gst_veo_uri_new (self->settings.task_id);
  GST_OBJECT_UNLOCK (self);
  return uri;
}

static gboolean
gst_veo_src_uri_set_uri (GstURIHandler * handler, const gchar * uri,
    GError ** error)
{
  const gchar *reason = NULL;
  g_autofree gchar *id = NULL;

  /* while it waits it is in READY, on the way to PAUSED */
  if (GST_STATE (handler) > GST_STATE_READY
      || GST_STATE_NEXT (handler) > GST_STATE_READY) {
    g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
        "The task cannot be changed while veosrc waits or plays. Set it to "
        "READY or NULL first.");
    return FALSE;
  }
  id = gst_veo_uri_get_id (uri, &reason);
  if (!id) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
        "This veo: URI cannot be used: its task id %s. Write veo:ID, and in the "
        "id %%2F for /, %%3F for ?, %%23 for #, %%40 for @ and %%25 for %%.",
        reason);
    return FALSE;
  }
  g_object_set (handler, "task-id", id, NULL);
  return TRUE;
}

static void
gst_veo_src_uri_handler_init (gpointer iface, gpointer data)
{
  GstURIHandlerInterface *handler = iface;

  handler->get_type = gst_veo_src_uri_get_type;
  handler->get_protocols = gst_veo_src_uri_get_protocols;
  handler->get_uri = gst_veo_src_uri_get_uri;
  handler->set_uri = gst_veo_src_uri_set_uri;
}

/* Class and instance. */

static void
gst_veo_src_finalize (GObject * object)
{
  GstVeoSrc *self = GST_VEO_SRC (object);

  if (self->run)
    gst_veo_run_unref (self->run);
  gst_veo_report_free (self->report);
  gst_veo_settings_clear (&self->settings);
  g_cond_clear (&self->settled);
  G_OBJECT_CLASS (gst_veo_src_parent_class)->finalize (object);
}

static void
install_state_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * GstVeoSrc:status:
   *
   * What the service last said of the task. Notified, from any thread.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_STATUS,
      g_param_spec_enum ("status", "Status",
          "What the service last said of the task", GST_TYPE_VEO_STATUS,
          GST_VEO_STATUS_UNKNOWN, flags));
  /**
   * GstVeoSrc:progress:
   *
   * How far the task is, in percent; never goes down while it runs. Notified,
   * from any thread.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_PROGRESS,
      g_param_spec_int ("progress", "Progress",
          "How far the task is in percent", 0, 100, 0, flags));
  /**
   * GstVeoSrc:video-url:
   *
   * The link to the video once it is known, in full: whoever has it can fetch
   * the video. Not notified, and not in dot files. Of a data: link only the
   * media type.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_VIDEO_URL,
      gst_veo_param_spec_hidden_string ("video-url", "Video URL",
          "Link to the video, once it is known", flags));
  /**
   * GstVeoSrc:task:
   *
   * A structure veo-task: id, status, model, size (strings), progress (int),
   * seconds (double), created-at, completed-at, expires-at (gint64, Unix
   * seconds); a field is absent when it is unknown.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_TASK,
      g_param_spec_boxed ("task", "Task", "What is known of the task",
          GST_TYPE_STRUCTURE, flags));
  /**
   * GstVeoSrc:stats:
   *
   * A structure veo-stats: polls, failed-polls, retries, last-http-status,
   * reconnects, link-refreshes (uint), wait-time (uint64, ms), bytes (uint64).
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Counters of the polls and the download", GST_TYPE_STRUCTURE, flags));
  gst_type_mark_as_plugin_api (GST_TYPE_VEO_STATUS, 0);
}

static void
gst_veo_src_class_init (GstVeoSrcClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_veo_src_debug, "veosrc", 0, "veosrc");
  object_class->set_property = gst_veo_src_set_property;
  object_class->get_property = gst_veo_src_get_property;
  object_class->finalize = gst_veo_src_finalize;
  gst_veo_settings_install (object_class);
  install_state_properties (object_class);
  /**
   * GstVeoSrc::source-setup:
   * @veosrc: the element
   * @source: the HTTP source, in the NULL state
   *
   * Emitted for each internal HTTP source before it starts, to set what veosrc
   * has no property for.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SOURCE_SETUP] =
      g_signal_new ("source-setup", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, GST_TYPE_ELEMENT);

  element_class->change_state = gst_veo_src_change_state;
  element_class->send_event = gst_veo_src_send_event;
  element_class->query = gst_veo_src_query;
  GST_BIN_CLASS (klass)->handle_message = gst_veo_src_handle_message;
  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_add_static_pad_template (element_class,
      &container_template);
  gst_element_class_set_static_metadata (element_class,
      "Video-generation task source", "Source/Network/Video",
      "Waits for a video-generation task and plays its video",
      "The veosrc developers");
}

/* A bin without children is a source all the same, and never a sink. */
static void
gst_veo_src_init (GstVeoSrc * self)
{
  gst_bin_set_suppressed_flags (GST_BIN (self),
      GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
  gst_veo_settings_init (&self->settings);
  g_cond_init (&self->settled);
  self->report = gst_veo_report_new (GST_ELEMENT (self));
}
