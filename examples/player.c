/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A window for a task: progress while it waits, then the clip with a seek bar, or
 * a page with the error. GTK 4.
 *
 *     cc player.c -o player $(pkg-config --cflags --libs gtk4 gstreamer-app-1.0 gstreamer-video-1.0)
 *     VEO_API_KEY=... ./player video_abc123
 *
 * Each frame becomes a texture of a GtkPicture: it needs no sink for GTK 4, which
 * is a plugin that not every system has. */
#include <glib-unix.h>
#include <gst/app/gstappsink.h>
#include <gst/video/video.h>
#include <gtk/gtk.h>

typedef struct
{
  gchar *task_id;
  gchar *audio_sink;
  GtkApplication *application;
  GtkStack *pages;
  GtkProgressBar *progress;
  GtkPicture *picture;
  GtkButton *pause_button;
  GtkRange *seek_bar;
  GtkLabel *error_label;

  GstElement *pipeline;         /* NULL while nothing runs */
  gboolean is_paused;           /* by the user */
  gboolean is_seeking;          /* the last seek has not arrived yet */
  gdouble wanted;               /* seconds, where to seek next; negative: nowhere */
  gint result;                  /* exit status */
} Player;

/* --- Frames --- */

static void
unmap_frame (gpointer data)
{
  GstVideoFrame *frame = data;

  gst_video_frame_unmap (frame);
  g_free (frame);
}

/* The bytes stay where they are: the texture keeps the buffer. */
static GdkTexture *
make_texture (GstSample * sample)
{
  GstVideoFrame *frame = g_new0 (GstVideoFrame, 1);
  g_autoptr (GBytes) bytes = NULL;
  GstVideoInfo info;
  gsize stride;

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample))
      || !gst_video_frame_map (frame, &info, gst_sample_get_buffer (sample),
          GST_MAP_READ)) {
    g_free (frame);
    return NULL;
  }
  stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  bytes = g_bytes_new_with_free_func (GST_VIDEO_FRAME_PLANE_DATA (frame, 0),
      stride * info.height, unmap_frame, frame);
  /* premultiplied: the same for an opaque picture, and less work */
  return gdk_memory_texture_new (info.width, info.height,
      GDK_MEMORY_R8G8B8A8_PREMULTIPLIED, bytes, stride);
}

typedef struct
{
  Player *player;
  GstElement *pipeline;         /* the one it comes from; there may be a new one */
  GstSample *sample;
} Frame;

static void
frame_free (gpointer data)
{
  Frame *frame = data;

  gst_object_unref (frame->pipeline);
  gst_sample_unref (frame->sample);
  g_free (frame);
}

static gboolean
show_frame (gpointer data)
{
  Frame *frame = data;
  g_autoptr (GdkTexture) texture = make_texture (frame->sample);

  if (texture && frame->pipeline == frame->player->pipeline) {
    gtk_picture_set_paintable (frame->player->picture, GDK_PAINTABLE (texture));
    gtk_stack_set_visible_child_name (frame->player->pages, "clip");
  }
  return G_SOURCE_REMOVE;
}

/* In a streaming thread. GTK belongs to the main one. */
static void
pass_frame (Player * player, GstSample * sample)
{
  Frame *frame = g_new (Frame, 1);

  frame->player = player;
  frame->pipeline = gst_object_ref (player->pipeline);
  frame->sample = sample;
  g_idle_add_full (G_PRIORITY_DEFAULT, show_frame, frame, frame_free);
}

static GstFlowReturn
take_preroll (GstAppSink * sink, gpointer data)
{
  GstSample *sample = gst_app_sink_pull_preroll (sink);

  if (sample)
    pass_frame (data, sample);
  return GST_FLOW_OK;
}

static GstFlowReturn
take_sample (GstAppSink * sink, gpointer data)
{
  GstSample *sample = gst_app_sink_pull_sample (sink);

  if (sample)
    pass_frame (data, sample);
  return GST_FLOW_OK;
}

/* --- The pipeline --- */

static GstElement *
make_video_sink (Player * player)
{
  GstAppSinkCallbacks callbacks = {.new_preroll = take_preroll,
    .new_sample = take_sample
  };
  GstElement *bin = gst_parse_bin_from_description ("queue ! videoconvert ! "
      "video/x-raw,format=RGBA ! appsink name=sink max-buffers=2", TRUE, NULL);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (bin), "sink");

  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, player, NULL);
  return bin;
}

static GstElement *
make_audio_sink (Player * player)
{
  g_autofree gchar *description = g_strconcat ("queue ! audioconvert ! ",
      player->audio_sink ? player->audio_sink : "autoaudiosink", NULL);

  return gst_parse_bin_from_description (description, TRUE, NULL);
}

/* In a thread of veosrc */
static void
link_pad (GstElement * source, GstPad * pad, Player * player)
{
  GstElement *sink = g_str_has_prefix (GST_PAD_NAME (pad), "video")
      ? make_video_sink (player) : make_audio_sink (player);
  GstPad *sink_pad;

  if (!sink)
    return;
  gst_bin_add (GST_BIN (player->pipeline), sink);
  sink_pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_link (pad, sink_pad);
  gst_object_unref (sink_pad);
  gst_element_sync_state_with_parent (sink);
}

static void
stop (Player * player)
{
  GstBus *bus;

  if (!player->pipeline)
    return;
  bus = gst_element_get_bus (player->pipeline);
  gst_bus_remove_watch (bus);
  gst_object_unref (bus);
  gst_element_set_state (player->pipeline, GST_STATE_NULL);
  gst_clear_object (&player->pipeline);
}

/* --- Pages --- */

static void
show_error (Player * player, const gchar * text)
{
  g_printerr ("%s\n", text);
  gtk_label_set_text (player->error_label, text);
  gtk_stack_set_visible_child_name (player->pages, "error");
  player->result = 1;
  stop (player);
}

static void
set_paused (Player * player, gboolean is_paused)
{
  player->is_paused = is_paused;
  gtk_button_set_label (player->pause_button, is_paused ? "Play" : "Pause");
  gst_element_set_state (player->pipeline,
      is_paused ? GST_STATE_PAUSED : GST_STATE_PLAYING);
}

/* One seek at a time: whoever drags the bar asks for a hundred. */
static void
seek_on (Player * player)
{
  if (player->is_seeking || player->wanted < 0)
    return;
  player->is_seeking = gst_element_seek_simple (player->pipeline,
      GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
      player->wanted * GST_SECOND);
  player->wanted = -1;
}

static gboolean
handle_drag (GtkRange * bar, GtkScrollType scroll, gdouble value,
    Player * player)
{
  if (player->pipeline) {
    player->wanted = CLAMP (value, 0,
        gtk_adjustment_get_upper (gtk_range_get_adjustment (bar)));
    seek_on (player);
  }
  return FALSE;
}

/* Once in a while: where the clip is */
static gboolean
update_seek_bar (gpointer data)
{
  Player *player = data;
  gint64 position, duration;

  if (!player->pipeline || player->is_seeking
      || !gst_element_query_duration (player->pipeline, GST_FORMAT_TIME,
          &duration)
      || !gst_element_query_position (player->pipeline, GST_FORMAT_TIME,
          &position))
    return G_SOURCE_CONTINUE;
  gtk_range_set_range (player->seek_bar, 0, (gdouble) duration / GST_SECOND);
  gtk_range_set_value (player->seek_bar, (gdouble) position / GST_SECOND);
  return G_SOURCE_CONTINUE;
}

/* --- What the bus says --- */

static void
handle_progress (Player * player, GstMessage * message)
{
  g_autofree gchar *text = NULL;
  gint percent = 0;

  gst_message_parse_progress (message, NULL, NULL, &text);
  gst_structure_get_int (gst_message_get_structure (message), "percent",
      &percent);
  gtk_progress_bar_set_fraction (player->progress, percent / 100.0);
  gtk_progress_bar_set_text (player->progress, text);
}

/* The download is slower than the clip. */
static void
handle_buffering (Player * player, GstMessage * message)
{
  gint percent;

  gst_message_parse_buffering (message, &percent);
  gst_element_set_state (player->pipeline, percent < 100 || player->is_paused
      ? GST_STATE_PAUSED : GST_STATE_PLAYING);
}

/* The text is for people. The request's name helps the operator of the service. */
static void
handle_error (Player * player, GstMessage * message)
{
  const GstStructure *details = NULL;
  const gchar *request_id = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  if (details && gst_structure_has_name (details, "veo-error"))
    request_id = gst_structure_get_string (details, "request-id");
  text = g_strconcat (error->message, request_id
      ? "\n\nThe service knows this request as " : NULL, request_id, NULL);
  show_error (player, text);
}

static gboolean
handle_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Player *player = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_PROGRESS:
      handle_progress (player, message);
      break;
    case GST_MESSAGE_BUFFERING:
      handle_buffering (player, message);
      break;
    case GST_MESSAGE_ASYNC_DONE:
      player->is_seeking = FALSE;
      seek_on (player);
      break;
    case GST_MESSAGE_ERROR:
      handle_error (player, message);
      return G_SOURCE_CONTINUE;
    case GST_MESSAGE_EOS:
      /* at the beginning again, ready to be played once more */
      set_paused (player, TRUE);
      player->wanted = 0;
      seek_on (player);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static void
start (Player * player)
{
  GstElement *source = gst_element_factory_make ("veosrc", NULL);
  GstBus *bus;

  if (!source) {
    show_error (player,
        "There is no veosrc: set GST_PLUGIN_PATH to its folder");
    return;
  }
  g_object_set (source, "task-id", player->task_id, NULL);
  g_signal_connect (source, "pad-added", G_CALLBACK (link_pad), player);
  player->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  player->is_seeking = FALSE;
  player->wanted = -1;
  player->result = 0;
  gst_bin_add (GST_BIN (player->pipeline), source);
  bus = gst_element_get_bus (player->pipeline);
  gst_bus_add_watch (bus, handle_message, player);
  gst_object_unref (bus);
  gtk_stack_set_visible_child_name (player->pages, "wait");
  /* A failure is on the bus by then. */
  set_paused (player, FALSE);
}

/* --- The window --- */

static void
toggle_pause (GtkButton * button, Player * player)
{
  if (player->pipeline)
    set_paused (player, !player->is_paused);
}

static void
try_again (GtkButton * button, Player * player)
{
  stop (player);
  start (player);
}

static GtkWidget *
add_page (Player * player, const gchar * name, GtkOrientation orientation)
{
  GtkWidget *box = gtk_box_new (orientation, 12);

  gtk_widget_set_margin_start (box, 24);
  gtk_widget_set_margin_end (box, 24);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_stack_add_named (player->pages, box, name);
  return box;
}

static void
add_wait_page (Player * player)
{
  GtkWidget *box = add_page (player, "wait", GTK_ORIENTATION_VERTICAL);
  GtkWidget *bar = gtk_progress_bar_new ();

  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  player->progress = GTK_PROGRESS_BAR (bar);
  gtk_progress_bar_set_show_text (player->progress, TRUE);
  gtk_progress_bar_set_ellipsize (player->progress, PANGO_ELLIPSIZE_MIDDLE);
  gtk_box_append (GTK_BOX (box), bar);
}

static void
add_clip_page (Player * player)
{
  GtkWidget *box = add_page (player, "clip", GTK_ORIENTATION_VERTICAL);
  GtkWidget *controls = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *picture = gtk_picture_new ();
  GtkWidget *button = gtk_button_new_with_label ("Pause");
  GtkWidget *bar = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, 1,
      0.1);

  player->picture = GTK_PICTURE (picture);
  player->pause_button = GTK_BUTTON (button);
  player->seek_bar = GTK_RANGE (bar);
  gtk_widget_set_vexpand (picture, TRUE);
  gtk_widget_set_hexpand (bar, TRUE);
  gtk_scale_set_draw_value (GTK_SCALE (bar), TRUE);
  gtk_scale_set_digits (GTK_SCALE (bar), 1);
  gtk_scale_set_value_pos (GTK_SCALE (bar), GTK_POS_RIGHT);
  g_signal_connect (button, "clicked", G_CALLBACK (toggle_pause), player);
  g_signal_connect (bar, "change-value", G_CALLBACK (handle_drag), player);
  gtk_box_append (GTK_BOX (controls), button);
  gtk_box_append (GTK_BOX (controls), bar);
  gtk_box_append (GTK_BOX (box), picture);
  gtk_box_append (GTK_BOX (box), controls);
}

static void
add_error_page (Player * player)
{
  GtkWidget *box = add_page (player, "error", GTK_ORIENTATION_VERTICAL);
  GtkWidget *label = gtk_label_new (NULL);
  GtkWidget *button = gtk_button_new_with_label ("Try again");

  player->error_label = GTK_LABEL (label);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_label_set_wrap (player->error_label, TRUE);
  gtk_label_set_selectable (player->error_label, TRUE);
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  g_signal_connect (button, "clicked", G_CALLBACK (try_again), player);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), button);
}

static gboolean
interrupt (gpointer data)
{
  Player *player = data;

  player->result = 130;
  g_application_quit (G_APPLICATION (player->application));
  return G_SOURCE_CONTINUE;
}

static void
activate (GtkApplication * application, Player * player)
{
  GtkWidget *window = gtk_application_window_new (application);

  player->pages = GTK_STACK (gtk_stack_new ());
  add_wait_page (player);
  add_clip_page (player);
  add_error_page (player);
  gtk_window_set_title (GTK_WINDOW (window), player->task_id);
  gtk_window_set_default_size (GTK_WINDOW (window), 720, 520);
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (player->pages));
  gtk_window_present (GTK_WINDOW (window));
  g_timeout_add (100, update_seek_bar, player);
  g_unix_signal_add (SIGINT, interrupt, player);
  start (player);
}

static gchar *
parse_arguments (Player * player, int *argc, char ***argv, GError ** error)
{
  const GOptionEntry entries[] = {
    {"audio-sink", 0, 0, G_OPTION_ARG_STRING, &player->audio_sink,
        "Element that plays the sound (autoaudiosink)", "NAME"},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("TASK_ID");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, argc, argv, error))
    return NULL;
  return *argc == 2 ? g_strdup ((*argv)[1]) : NULL;
}

int
main (int argc, char **argv)
{
  Player player = { NULL, };
  g_autoptr (GError) error = NULL;

  player.task_id = parse_arguments (&player, &argc, &argv, &error);
  if (!player.task_id) {
    g_printerr ("%s\n", error ? error->message
        : "One task id is needed, see --help");
    return 2;
  }
  player.application = gtk_application_new (NULL, G_APPLICATION_NON_UNIQUE);
  g_signal_connect (player.application, "activate", G_CALLBACK (activate),
      &player);
  g_application_run (G_APPLICATION (player.application), 1, argv);
  stop (&player);
  g_object_unref (player.application);
  g_free (player.task_id);
  g_free (player.audio_sink);
  return player.result;
}
