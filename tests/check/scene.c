/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scene.h"
#include "alive.h"

#include <glib/gstdio.h>

/* Clips. */

static const gchar *
clip_directory (void)
{
  const gchar *directory = g_getenv ("VEO_TEST_CLIPS");

  return directory ? directory : g_get_tmp_dir ();
}

static GBytes *
load_clip (gboolean silent)
{
  VeoSimClipOptions options = {.seconds = 2,.width = 160,.height = 120,
    .silent = silent
  };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path =
      veo_sim_clip_get_file (&options, clip_directory (), &error);
  gchar *contents = NULL;
  gsize length;

  fail_unless (path != NULL, "no clip: %s", error ? error->message : "");
  fail_unless (g_file_get_contents (path, &contents, &length, NULL));
  return g_bytes_new_take (contents, length);
}

GBytes *
scene_get_clip (void)
{
  static GBytes *clip = NULL;

  if (!clip)
    clip = load_clip (FALSE);
  return clip;
}

GBytes *
scene_get_silent_clip (void)
{
  static GBytes *clip = NULL;

  if (!clip)
    clip = load_clip (TRUE);
  return clip;
}

gchar *
scene_write_file (GBytes * bytes, const gchar * name)
{
  g_autofree gchar *file = g_strdup_printf ("veosrc-%d-%s", (int) getpid (),
      name);
  gchar *path = g_build_filename (g_get_tmp_dir (), file, NULL);
  gsize length;
  const gchar *data = g_bytes_get_data (bytes, &length);

  fail_unless (g_file_set_contents (path, data, length, NULL));
  return path;
}

/* Sinks. */

static SceneSink *
sink_new (const gchar * pad)
{
  SceneSink *sink = g_new0 (SceneSink, 1);

  sink->pad = g_strdup (pad);
  sink->checksum = g_checksum_new (G_CHECKSUM_SHA1);
  sink->first_pts = GST_CLOCK_TIME_NONE;
  sink->first_running = GST_CLOCK_TIME_NONE;
  return sink;
}

static void
sink_free (SceneSink * sink)
{
  g_free (sink->pad);
  g_free (sink->caps);
  g_checksum_free (sink->checksum);
  g_free (sink);
}

static void
note_buffer (GstElement * element, GstBuffer * buffer, GstPad * pad,
    SceneSink * sink)
{
  GstMapInfo map;

  if (sink->buffers++ == 0) {
    g_autoptr (GstEvent) event =
        gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
    const GstSegment *segment;

    sink->first_pts = GST_BUFFER_PTS (buffer);
    gst_event_parse_segment (event, &segment);
    if (segment->format == GST_FORMAT_TIME)
      sink->first_running = gst_segment_to_running_time (segment,
          GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  }
  if (GST_BUFFER_PTS_IS_VALID (buffer) && GST_BUFFER_DURATION_IS_VALID (buffer))
    sink->last_end = GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer);
  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  g_checksum_update (sink->checksum, map.data, map.size);
  sink->bytes += map.size;
  gst_buffer_unmap (buffer, &map);
}

static GstPadProbeReturn
note_event (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  SceneSink *sink = data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    sink->eos++;
  return GST_PAD_PROBE_OK;
}

static GstElement *
make_branch (Scene * scene, SceneSink * sink, const gchar * filter)
{
  g_autofree gchar *description =
      g_strdup_printf ("queue %s%s ! fakesink name=sink signal-handoffs=true "
      "sync=%s", filter ? "! " : "", filter ? filter : "",
      scene->sync ? "true" : "false");
  g_autoptr (GError) error = NULL;
  GstElement *branch = gst_parse_bin_from_description (description, TRUE,
      &error);
  g_autoptr (GstElement) fakesink = NULL;
  g_autoptr (GstPad) pad = NULL;

  fail_unless (branch != NULL, "%s", error ? error->message : "");
  fakesink = gst_bin_get_by_name (GST_BIN (branch), "sink");
  g_signal_connect (fakesink, "handoff", G_CALLBACK (note_buffer), sink);
  pad = gst_element_get_static_pad (fakesink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, note_event, sink,
      NULL);
  return branch;
}

static void
link_pad (GstElement * src, GstPad * pad, Scene * scene)
{
  gboolean audio = g_str_has_prefix (GST_PAD_NAME (pad), "audio");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  SceneSink *sink = sink_new (GST_PAD_NAME (pad));
  GstElement *branch;
  g_autoptr (GstPad) peer = NULL;

  if (caps)
    sink->caps =
        g_strdup (gst_structure_get_name (gst_caps_get_structure (caps, 0)));
  g_mutex_lock (&scene->lock);
  g_ptr_array_add (scene->sinks, sink);
  g_mutex_unlock (&scene->lock);
  if (audio ? !scene->link_audio : !scene->link_video)
    return;
  branch = make_branch (scene, sink, audio ? scene->audio_filter :
      scene->video_filter);
  sink->branch = branch;
  gst_bin_add (GST_BIN (scene->pipeline), branch);
  peer = gst_element_get_static_pad (branch, "sink");
  gst_element_sync_state_with_parent (branch);
  fail_unless_equals_int (gst_pad_link (pad, peer), GST_PAD_LINK_OK);
}

/* A second run brings pads of the same names: their branches go with the pad. */
static void
drop_branch (GstElement * src, GstPad * pad, Scene * scene)
{
  SceneSink *sink = scene_get_sink (scene, GST_PAD_NAME (pad));
  GstElement *branch = sink ? g_steal_pointer (&sink->branch) : NULL;

  if (!branch)
    return;
  gst_element_set_locked_state (branch, TRUE);
  gst_element_set_state (branch, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (scene->pipeline), branch);
}

static void
count_no_more_pads (GstElement * src, Scene * scene)
{
  g_atomic_int_inc (&scene->no_more_pads);
}

/* The stage. */

static guint n_scenes;          /* of the test that runs */

Scene *
scene_new (void)
{
  VeoSimOptions options = {.api_key = SCENE_KEY };
  Scene *scene = g_new0 (Scene, 1);
  g_autoptr (GError) error = NULL;

  alive_start ();
  n_scenes++;
  /* what the tester uses veosrc for is no part of the test */
  g_unsetenv ("VEO_API_KEY");
  g_unsetenv ("VEO_BASE_URL");
  scene->sim = veo_sim_new (&options, &error);
  fail_unless (scene->sim != NULL, "%s", error ? error->message : "");
  veo_sim_set_clip (scene->sim, scene_get_clip (), "video/mp4");
  veo_sim_add_task (scene->sim, SCENE_TASK, "queued");
  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_CONTENT);
  scene->messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_message_unref);
  scene->sinks = g_ptr_array_new_with_free_func ((GDestroyNotify) sink_free);
  g_mutex_init (&scene->lock);
  scene->link_audio = scene->link_video = TRUE;
  scene->pipeline = gst_pipeline_new (NULL);
  scene->bus = gst_element_get_bus (scene->pipeline);
  scene->src = gst_element_factory_make ("veosrc", NULL);
  fail_unless (scene->src != NULL, "no veosrc: is GST_PLUGIN_PATH right?");
  g_object_set (scene->src, "task-id", SCENE_TASK, "api-key", SCENE_KEY,
      "base-url", veo_sim_get_url (scene->sim), "min-poll-interval", 50,
      "max-poll-interval", 200, NULL);
  g_signal_connect (scene->src, "pad-added", G_CALLBACK (link_pad), scene);
  g_signal_connect (scene->src, "pad-removed", G_CALLBACK (drop_branch), scene);
  g_signal_connect (scene->src, "no-more-pads",
      G_CALLBACK (count_no_more_pads), scene);
  gst_bin_add (GST_BIN (scene->pipeline), gst_object_ref (scene->src));
  return scene;
}

void
scene_use_two_origins (Scene * scene, const gchar * files_address)
{
  VeoSimOptions options = {.api_key = SCENE_KEY,
    .files_address = files_address
  };
  g_autoptr (GError) error = NULL;

  veo_sim_free (scene->sim);
  scene->sim = veo_sim_new (&options, &error);
  fail_unless (scene->sim != NULL, "%s", error ? error->message : "");
  veo_sim_set_clip (scene->sim, scene_get_clip (), "video/mp4");
  veo_sim_add_task (scene->sim, SCENE_TASK, "queued");
  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_SIGNED);
  g_object_set (scene->src, "base-url", veo_sim_get_url (scene->sim), NULL);
}

static void
note_end (gpointer gone, GObject * src)
{
  g_atomic_int_set ((gint *) gone, TRUE);
}

/* A thread of GStreamer's pool may hold the element a moment longer. */
static void
wait_for_end (gint * gone)
{
  gint64 limit = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

  while (!g_atomic_int_get (gone) && g_get_monotonic_time () < limit)
    g_usleep (500);
  fail_unless (g_atomic_int_get (gone), "veosrc is leaked");
}

void
scene_free (Scene * scene)
{
  g_autofree gchar *left = NULL;
  gint gone = FALSE;

  g_object_weak_ref (G_OBJECT (scene->src), note_end, &gone);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  g_ptr_array_set_size (scene->messages, 0);
  gst_bus_set_flushing (scene->bus, TRUE);
  ASSERT_OBJECT_REFCOUNT (scene->pipeline, "pipeline", 1);
  gst_object_unref (scene->src);
  gst_object_unref (scene->pipeline);
  gst_object_unref (scene->bus);
  g_ptr_array_unref (scene->messages);
  g_ptr_array_unref (scene->sinks);
  wait_for_end (&gone);
  if (--n_scenes == 0 && !scene->others_leak)
    left = alive_wait_for_none ();
  fail_unless (left == NULL, "leaked: %s", left);
  g_mutex_clear (&scene->lock);
  veo_sim_free (scene->sim);
  g_free (scene);
}

void
scene_set_state (Scene * scene, GstState state)
{
  fail_unless (gst_element_set_state (scene->pipeline, state) !=
      GST_STATE_CHANGE_FAILURE);
}

/* Messages. */

static GstMessage *
take_message (Scene * scene, GstClockTime timeout)
{
  GstMessage *message = gst_bus_timed_pop (scene->bus, timeout);

  if (message)
    g_ptr_array_add (scene->messages, message);
  return message;
}

static gchar *
describe_error (GstMessage * message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  gst_message_parse_error (message, &error, &debug);
  return g_strdup_printf ("%s: %s (%s)", GST_MESSAGE_SRC_NAME (message),
      error->message, debug);
}

GstMessage *
scene_wait_message (Scene * scene, GstMessageType types)
{
  gint64 end = g_get_monotonic_time () + SCENE_PATIENCE / 1000;
  g_autofree gchar *told = NULL;
  GstMessage *message;

  do {
    message = take_message (scene, SCENE_PATIENCE);
    if (message && (GST_MESSAGE_TYPE (message) & types))
      return message;
    if (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
      g_autofree gchar *text = describe_error (message);

      fail ("unexpected ERROR: %s", text);
    }
  } while (message && g_get_monotonic_time () < end);
  told = scene_dump_messages (scene);
  fail ("no such message came after %u requests and\n%s",
      veo_sim_count_requests (scene->sim, NULL, NULL), told);
  return NULL;
}

void
scene_wait_eos (Scene * scene)
{
  scene_wait_message (scene, GST_MESSAGE_EOS);
}

void
scene_drain (Scene * scene)
{
  while (take_message (scene, 0));
}

GstMessage *
scene_wait_error (Scene * scene, GQuark domain, gint code)
{
  GstMessage *message = scene_wait_message (scene, GST_MESSAGE_ERROR);
  g_autofree gchar *text = describe_error (message);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  fail_unless (error->domain == domain && error->code == code,
      "another error: %s %d %s", g_quark_to_string (error->domain), error->code,
      text);
  fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (scene->src),
      "not from veosrc: %s", text);
  scene_drain (scene);
  return message;
}

static gboolean
is_progress (GstMessage * message, GstProgressType type)
{
  GstProgressType this_type;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
    return FALSE;
  gst_message_parse_progress (message, &this_type, NULL, NULL);
  return this_type == type;
}

GstMessage *
scene_wait_progress (Scene * scene, GstProgressType type)
{
  GstMessage *message;

  for (guint i = 0; i < scene->messages->len; i++)
    if (is_progress (g_ptr_array_index (scene->messages, i), type))
      return g_ptr_array_index (scene->messages, i);
  do
    message = scene_wait_message (scene, GST_MESSAGE_PROGRESS);
  while (!is_progress (message, type));
  return message;
}

typedef struct
{
  GMutex lock;
  GCond changed;
} Waiter;

static void
wake (GObject * object, GParamSpec * pspec, Waiter * waiter)
{
  g_mutex_lock (&waiter->lock);
  g_cond_signal (&waiter->changed);
  g_mutex_unlock (&waiter->lock);
}

void
scene_wait_property (Scene * scene, const gchar * name, gint value)
{
  gint64 end = g_get_monotonic_time () + SCENE_PATIENCE / 1000;
  g_autofree gchar *signal = g_strconcat ("notify::", name, NULL);
  Waiter waiter;
  gulong handler;
  gint current = 0;

  g_mutex_init (&waiter.lock);
  g_cond_init (&waiter.changed);
  handler = g_signal_connect (scene->src, signal, G_CALLBACK (wake), &waiter);
  g_mutex_lock (&waiter.lock);
  for (;;) {
    g_object_get (scene->src, name, &current, NULL);
    if (current == value
        || !g_cond_wait_until (&waiter.changed, &waiter.lock, end))
      break;
  }
  g_mutex_unlock (&waiter.lock);
  g_signal_handler_disconnect (scene->src, handler);
  fail_unless_equals_int (current, value);
}

guint
scene_count_messages (Scene * scene, GstMessageType types)
{
  guint n = 0;

  for (guint i = 0; i < scene->messages->len; i++)
    if (GST_MESSAGE_TYPE (g_ptr_array_index (scene->messages, i)) & types)
      n++;
  return n;
}

guint
scene_count_progress (Scene * scene, GstProgressType type)
{
  guint n = 0;

  for (guint i = 0; i < scene->messages->len; i++)
    if (is_progress (g_ptr_array_index (scene->messages, i), type))
      n++;
  return n;
}

gchar *
scene_list_progress (Scene * scene)
{
  static const gchar *const names[] = { "start", "continue", "complete",
    "canceled", "error"
  };
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);
    GstProgressType type;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
      continue;
    gst_message_parse_progress (message, &type, NULL, NULL);
    g_string_append_printf (list, "%s%s", list->len ? " " : "", names[type]);
  }
  return g_string_free (list, FALSE);
}

gchar *
scene_get_error_text (Scene * scene)
{
  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);
    g_autoptr (GError) error = NULL;

    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR)
      continue;
    gst_message_parse_error (message, &error, NULL);
    return g_strdup (error->message);
  }
  fail ("there is no ERROR");
  return NULL;
}

gchar *
scene_dump_messages (Scene * scene)
{
  GString *dump = g_string_new (NULL);

  for (guint i = 0; i < scene->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (scene->messages, i);
    const GstStructure *structure = gst_message_get_structure (message);
    g_autofree gchar *text = structure ? gst_structure_to_string (structure)
        : NULL;

    g_string_append_printf (dump, "%s %s %s\n", GST_MESSAGE_TYPE_NAME (message),
        GST_MESSAGE_SRC_NAME (message), text ? text : "");
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
      g_autofree gchar *error = describe_error (message);

      g_string_append_printf (dump, "%s\n", error);
    }
  }
  return g_string_free (dump, FALSE);
}

SceneSink *
scene_get_sink (Scene * scene, const gchar * pad)
{
  SceneSink *found = NULL;

  g_mutex_lock (&scene->lock);
  for (guint i = 0; i < scene->sinks->len; i++) {
    SceneSink *sink = g_ptr_array_index (scene->sinks, i);

    if (g_str_equal (sink->pad, pad))
      found = sink;
  }
  g_mutex_unlock (&scene->lock);
  return found;
}

void
scene_play (Scene * scene)
{
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_eos (scene);
  scene_drain (scene);
  scene_set_state (scene, GST_STATE_NULL);
}

guint64
scene_get_stat (Scene * scene, const gchar * field)
{
  GstStructure *stats = NULL;
  guint64 wide = 0;
  guint narrow = 0;

  g_object_get (scene->src, "stats", &stats, NULL);
  fail_unless (gst_structure_has_field (stats, field), "no field %s", field);
  if (!gst_structure_get_uint64 (stats, field, &wide)
      && gst_structure_get_uint (stats, field, &narrow))
    wide = narrow;
  gst_structure_free (stats);
  return wide;
}

gchar *
scene_decode_file (const gchar * path, const gchar * filter, guint * buffers)
{
  g_autofree gchar *description = g_strdup_printf
      ("filesrc location=%s ! decodebin ! %s ! fakesink name=sink sync=false "
      "signal-handoffs=true", path, filter);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &error);
  g_autoptr (GstElement) fakesink = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  SceneSink *sink = sink_new ("local");
  gchar *checksum;

  fail_unless (pipeline != NULL, "%s", error ? error->message : "");
  fakesink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_signal_connect (fakesink, "handoff", G_CALLBACK (note_buffer), sink);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, SCENE_PATIENCE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  checksum = g_strdup (g_checksum_get_string (sink->checksum));
  if (buffers)
    *buffers = sink->buffers;
  sink_free (sink);
  return checksum;
}
