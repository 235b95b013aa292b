/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plays the video of a task: a bar while it is made, then the clip in a window.
 *
 *     cc play.c -o play $(pkg-config --cflags --libs gstreamer-1.0)
 *     VEO_API_KEY=... ./play video_abc123
 *
 * The key and the address come from the environment, where veosrc finds them
 * itself. Ctrl-C stops at any moment. */
#include <glib-unix.h>
#include <gst/gst.h>
#include <unistd.h>

#define BAR_WIDTH 30

typedef struct
{
  GMainLoop *loop;
  GstElement *pipeline;
  const gchar *video_sink;
  const gchar *audio_sink;
  gboolean is_mid_line;         /* the bar is on the cursor's line */
  gint result;                  /* exit status */
} Player;

/* --- A stream of the clip gets a queue and a sink --- */

static void
link_pad (GstElement * source, GstPad * pad, Player * player)
{
  gboolean is_video = g_str_has_prefix (GST_PAD_NAME (pad), "video");
  GstElement *queue = gst_element_factory_make ("queue", NULL);
  GstElement *sink = gst_element_factory_make (is_video ? player->video_sink
      : player->audio_sink, NULL);
  GstPad *queue_pad;

  if (!sink) {
    g_printerr ("There is no element %s, %s is not played\n", is_video
        ? player->video_sink : player->audio_sink, GST_PAD_NAME (pad));
    gst_object_unref (queue);
    return;
  }
  gst_bin_add_many (GST_BIN (player->pipeline), queue, sink, NULL);
  gst_element_link (queue, sink);
  queue_pad = gst_element_get_static_pad (queue, "sink");
  gst_pad_link (pad, queue_pad);
  gst_object_unref (queue_pad);
  /* from the sink end, so that nothing flows into an element that sleeps */
  gst_element_sync_state_with_parent (sink);
  gst_element_sync_state_with_parent (queue);
}

/* --- What the bus says --- */

/* What else is said begins on a line of its own. */
static void
end_line (Player * player)
{
  if (player->is_mid_line)
    g_print ("\n");
  player->is_mid_line = FALSE;
}

static void
draw_bar (Player * player, gint percent, const gchar * text)
{
  gchar bar[BAR_WIDTH + 1];
  gint i;

  for (i = 0; i < BAR_WIDTH; i++)
    bar[i] = i < percent * BAR_WIDTH / 100 ? '#' : '.';
  bar[BAR_WIDTH] = '\0';
  player->is_mid_line = isatty (STDOUT_FILENO);
  /* "\033[K" clears what a longer text has left behind; between "\033[?7l" and
   * "\033[?7h" the terminal cuts the line at its edge instead of wrapping it */
  if (player->is_mid_line)
    g_print ("\r\033[?7l[%s] %3d %% %s\033[K\033[?7h", bar, percent, text);
  else
    g_print ("[%s] %3d %% %s\n", bar, percent, text);
}

static void
show_progress (Player * player, GstMessage * message)
{
  GstProgressType type;
  gchar *text;
  gint percent = 0;

  gst_message_parse_progress (message, &type, NULL, &text);
  gst_structure_get_int (gst_message_get_structure (message), "percent",
      &percent);
  if (type != GST_PROGRESS_TYPE_ERROR)
    draw_bar (player, percent, text);
  if (type == GST_PROGRESS_TYPE_COMPLETE)
    end_line (player);
  g_free (text);
}

static void
show_warning (Player * player, GstMessage * message)
{
  GError *error;

  gst_message_parse_warning (message, &error, NULL);
  end_line (player);
  g_printerr ("Warning: %s\n", error->message);
  g_error_free (error);
}

/* veosrc's text says what went wrong and what to do; its details are for
 * programs. */
static void
show_error (Player * player, GstMessage * message)
{
  const GstStructure *details = NULL;
  const gchar *request_id = NULL;
  GError *error;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  if (details && gst_structure_has_name (details, "veo-error"))
    request_id = gst_structure_get_string (details, "request-id");
  end_line (player);
  g_printerr ("%s\n", error->message);
  if (request_id)
    g_printerr ("The service knows this request as %s\n", request_id);
  g_error_free (error);
}

/* The download is slower than the clip: stand still until there is enough. */
static void
wait_for_data (Player * player, GstMessage * message)
{
  gint percent;

  gst_message_parse_buffering (message, &percent);
  gst_element_set_state (player->pipeline,
      percent < 100 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
}

static gboolean
handle_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Player *player = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_PROGRESS:
      show_progress (player, message);
      break;
    case GST_MESSAGE_BUFFERING:
      wait_for_data (player, message);
      break;
    case GST_MESSAGE_WARNING:
      show_warning (player, message);
      break;
    case GST_MESSAGE_ERROR:
      show_error (player, message);
      player->result = 1;
      g_main_loop_quit (player->loop);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (player->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
interrupt (gpointer data)
{
  Player *player = data;

  player->result = 130;
  g_main_loop_quit (player->loop);
  return G_SOURCE_CONTINUE;
}

/* --- The program --- */

static void
play (Player * player, const gchar * task_id)
{
  GstElement *source = gst_element_factory_make ("veosrc", NULL);
  GstBus *bus;

  if (!source) {
    g_printerr ("There is no veosrc: set GST_PLUGIN_PATH to its folder\n");
    player->result = 1;
    return;
  }
  g_object_set (source, "task-id", task_id, NULL);
  g_signal_connect (source, "pad-added", G_CALLBACK (link_pad), player);
  player->pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (player->pipeline), source);
  bus = gst_element_get_bus (player->pipeline);
  gst_bus_add_watch (bus, handle_message, player);

  /* A failure is on the bus by then, the loop prints it. */
  gst_element_set_state (player->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (player->loop);
  gst_element_set_state (player->pipeline, GST_STATE_NULL);
  end_line (player);

  gst_bus_remove_watch (bus);
  gst_object_unref (bus);
  gst_object_unref (player->pipeline);
}

int
main (int argc, char **argv)
{
  gchar *video_sink = NULL, *audio_sink = NULL;
  const GOptionEntry entries[] = {
    {"video-sink", 0, 0, G_OPTION_ARG_STRING, &video_sink,
        "Element that shows the video (autovideosink)", "NAME"},
    {"audio-sink", 0, 0, G_OPTION_ARG_STRING, &audio_sink,
        "Element that plays the sound (autoaudiosink)", "NAME"},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("TASK_ID");
  Player player = { NULL, };
  GError *error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2) {
    g_printerr ("%s\n",
        error ? error->message : "One task id is needed, see --help");
    g_clear_error (&error);
    g_option_context_free (context);
    return 2;
  }
  g_option_context_free (context);
  player.video_sink = video_sink ? video_sink : "autovideosink";
  player.audio_sink = audio_sink ? audio_sink : "autoaudiosink";
  player.loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGINT, interrupt, &player);

  play (&player, argv[1]);
  g_main_loop_unref (player.loop);
  g_free (video_sink);
  g_free (audio_sink);
  return player.result;
}
