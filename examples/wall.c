/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several tasks on one screen: each tile shows how far its task is, then its clip.
 *
 *     cc wall.c -o wall $(pkg-config --cflags --libs gstreamer-1.0)
 *     VEO_API_KEY=... ./wall video_abc123 video_def456 video_ghi789
 *
 * The pipeline runs from the first moment on, since what the tiles show is live.
 * Whenever a clip comes, veosrc gives its frames the time of its arrival, so that
 * all of them are shown. Pictures only; sound would need an audiomixer. */
#include <glib-unix.h>
#include <gst/gst.h>

#define TILE_WIDTH 480
#define TILE_HEIGHT 270

typedef struct
{
  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *compositor;
  GPtrArray *tiles;             /* of Tile */
  guint open;                   /* tiles that have not come to their end */
  gboolean is_playing;
  gboolean is_ending;
  gint result;                  /* exit status */
} Wall;

typedef struct
{
  Wall *wall;
  const gchar *id;
  gint x, y;
  GstElement *overlay;          /* NULL if there is no textoverlay */
  GstElement *clip;             /* the pipeline's: a bin of these two */
  GstElement *source;
  GstElement *queue;
  gboolean is_over;
} Tile;

/* --- Something to see in a tile --- */

/* Takes over a pad that brings pictures. Layer 1 covers layer 0, and its last
 * picture stays. */
static void
show_pictures (Tile * tile, GstPad * pad, guint layer)
{
  GstPad *sink_pad = gst_element_request_pad_simple (tile->wall->compositor,
      "sink_%u");

  g_object_set (sink_pad, "xpos", tile->x, "ypos", tile->y,
      "width", TILE_WIDTH, "height", TILE_HEIGHT, "zorder", layer,
      "repeat-after-eos", layer > 0, NULL);
  gst_util_set_object_arg (G_OBJECT (sink_pad), "sizing-policy",
      "keep-aspect-ratio");
  gst_pad_link (pad, sink_pad);
  gst_object_unref (sink_pad);
  gst_object_unref (pad);
}

static void
show_text (Tile * tile, const gchar * text)
{
  g_print ("%s\n", text);
  if (tile->overlay)
    g_object_set (tile->overlay, "text", text, NULL);
}

/* What is to be seen until there is a clip. textoverlay comes with Pango, which
 * is not everywhere. */
static void
add_waiting_picture (Tile * tile)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find ("textoverlay");
  g_autofree gchar *description = g_strdup_printf ("videotestsrc is-live=true "
      "pattern=ball background-color=0xff203040 ! "
      "video/x-raw,format=I420,width=%d,height=%d,framerate=10/1 ! %s "
      "queue name=queue", TILE_WIDTH, TILE_HEIGHT, factory
      ? "textoverlay name=overlay valignment=center wrap-mode=wordchar "
      "font-desc=\"Sans 20\" !" : "");
  GstElement *bin = gst_parse_bin_from_description (description, FALSE, NULL);
  g_autoptr (GstElement) queue = gst_bin_get_by_name (GST_BIN (bin), "queue");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (queue, "src");

  gst_element_add_pad (bin, gst_ghost_pad_new ("src", pad));
  gst_bin_add (GST_BIN (tile->wall->pipeline), bin);
  tile->overlay = gst_bin_get_by_name (GST_BIN (bin), "overlay");
  show_pictures (tile, gst_element_get_static_pad (bin, "src"), 0);
}

/* --- The clip of a tile --- */

static GstPadProbeReturn
look_for_end (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Tile *tile = data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    /* for the main loop: this is a streaming thread */
    gst_element_post_message (tile->source,
        gst_message_new_application (GST_OBJECT (tile->source),
            gst_structure_new_empty ("clip-over")));
  return GST_PAD_PROBE_OK;
}

/* In a thread of veosrc, when the clip has come. Only now the compositor gets to
 * know of it, or it would wait for it. */
static void
show_clip (GstElement * source, GstPad * pad, Tile * tile)
{
  GstPad *queue_pad;

  if (!g_str_equal (GST_PAD_NAME (pad), "video_0"))
    return;
  queue_pad = gst_element_get_static_pad (tile->queue, "sink");
  gst_pad_link (pad, queue_pad);
  gst_object_unref (queue_pad);
  show_pictures (tile, gst_element_get_static_pad (tile->clip, "src"), 1);
}

/* The wait of veosrc is a state change that takes long, and a pipeline with a
 * state change under way shows nothing. So veosrc gets a bin that keeps its state
 * changes to itself, and is added when the pipeline plays already. If it cannot
 * even begin, as with an impossible id, that is its own failure then. */
static void
start_clip (Tile * tile)
{
  GstPad *pad;

  tile->source = gst_element_factory_make ("veosrc", NULL);
  tile->queue = gst_element_factory_make ("queue", NULL);
  g_object_set (tile->source, "task-id", tile->id, NULL);
  g_object_set_data (G_OBJECT (tile->source), "tile", tile);
  g_signal_connect (tile->source, "pad-added", G_CALLBACK (show_clip), tile);

  tile->clip = gst_bin_new (NULL);
  g_object_set (tile->clip, "async-handling", TRUE, NULL);
  gst_bin_add_many (GST_BIN (tile->clip), tile->source, tile->queue, NULL);
  pad = gst_element_get_static_pad (tile->queue, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, look_for_end,
      tile, NULL);
  gst_element_add_pad (tile->clip, gst_ghost_pad_new ("src", pad));
  gst_object_unref (pad);
  gst_bin_add (GST_BIN (tile->wall->pipeline), tile->clip);
  gst_element_sync_state_with_parent (tile->clip);
}

/* --- The end --- */

/* The pictures that wait in the sink are shown, and a file is finished. */
static void
end (Wall * wall)
{
  wall->is_ending = TRUE;
  gst_element_send_event (wall->pipeline, gst_event_new_eos ());
}

static void
close_tile (Tile * tile)
{
  if (tile->is_over)
    return;
  tile->is_over = TRUE;
  if (--tile->wall->open == 0)
    end (tile->wall);
}

/* Of a clip that broke off: its last picture would cover the reason, and the wall
 * would wait for its end for ever. */
static void
hide_clip (Tile * tile)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (tile->clip, "src");
  g_autoptr (GstPad) sink_pad = gst_pad_get_peer (pad);

  if (!sink_pad)
    return;
  gst_pad_unlink (pad, sink_pad);
  gst_element_release_request_pad (tile->wall->compositor, sink_pad);
}

/* The others go on. */
static void
handle_error (Wall * wall, Tile * tile, GstMessage * message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  wall->result = 1;
  if (tile) {
    show_text (tile, error->message);
    /* or the pipeline would start it again on its own way down */
    gst_element_set_locked_state (tile->clip, TRUE);
    gst_element_set_state (tile->clip, GST_STATE_NULL);
    hide_clip (tile);
    close_tile (tile);
  } else {
    g_printerr ("%s\n", error->message);
    g_main_loop_quit (wall->loop);
  }
}

static void
handle_state (Wall * wall, GstMessage * message)
{
  GstState state;
  guint i;

  gst_message_parse_state_changed (message, NULL, &state, NULL);
  if (state != GST_STATE_PLAYING || wall->is_playing)
    return;
  wall->is_playing = TRUE;
  for (i = 0; i < wall->tiles->len; i++)
    start_clip (g_ptr_array_index (wall->tiles, i));
}

static void
handle_progress (Tile * tile, GstMessage * message)
{
  GstProgressType type;
  g_autofree gchar *text = NULL;

  gst_message_parse_progress (message, &type, NULL, &text);
  if (type != GST_PROGRESS_TYPE_ERROR)
    show_text (tile, text);
}

static gboolean
handle_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Wall *wall = data;
  Tile *tile = g_object_get_data (G_OBJECT (GST_MESSAGE_SRC (message)), "tile");

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_STATE_CHANGED:
      if (GST_MESSAGE_SRC (message) == GST_OBJECT (wall->pipeline))
        handle_state (wall, message);
      break;
    case GST_MESSAGE_PROGRESS:
      if (tile && !wall->is_ending)
        handle_progress (tile, message);
      break;
    case GST_MESSAGE_ERROR:
      /* EOS ends a wait with an error as well */
      if (!tile || !wall->is_ending)
        handle_error (wall, tile, message);
      break;
    case GST_MESSAGE_APPLICATION:
      close_tile (tile);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (wall->pipeline));
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (wall->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* The second one does not wait for anything. */
static gboolean
interrupt (gpointer data)
{
  Wall *wall = data;

  wall->result = 130;
  if (wall->is_ending)
    g_main_loop_quit (wall->loop);
  else
    end (wall);
  return G_SOURCE_CONTINUE;
}

/* --- The program --- */

static void
free_tile (gpointer data)
{
  Tile *tile = data;

  g_clear_object (&tile->overlay);
  g_free (tile);
}

/* As many columns as rows, or one more */
static guint
count_columns (guint n)
{
  guint columns = 1;

  while (columns * columns < n)
    columns++;
  return columns;
}

static void
add_tiles (Wall * wall, gchar ** ids)
{
  guint n = g_strv_length (ids);
  guint columns = count_columns (n);
  guint i;

  wall->tiles = g_ptr_array_new_with_free_func (free_tile);
  wall->open = n;
  for (i = 0; i < n; i++) {
    Tile *tile = g_new0 (Tile, 1);

    tile->wall = wall;
    tile->id = ids[i];
    tile->x = i % columns * TILE_WIDTH;
    tile->y = i / columns * TILE_HEIGHT;
    g_ptr_array_add (wall->tiles, tile);
    add_waiting_picture (tile);
  }
}

/* The latency is what a clip that has just come may be later than the tiles.
 * Returns: FALSE and says why if something is missing */
static gboolean
build (Wall * wall, guint n, const gchar * sink)
{
  guint columns = count_columns (n);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *description = g_strdup_printf ("compositor name=compositor "
      "background=black latency=500000000 ! "
      "video/x-raw,format=I420,width=%u,height=%u,framerate=30/1 ! videoconvert ! %s",
      columns * TILE_WIDTH, (n + columns - 1) / columns * TILE_HEIGHT, sink);
  g_autoptr (GstElementFactory) veosrc = gst_element_factory_find ("veosrc");

  if (!veosrc) {
    g_printerr ("There is no veosrc: set GST_PLUGIN_PATH to its folder\n");
    return FALSE;
  }
  wall->pipeline = gst_parse_launch_full (description, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!wall->pipeline) {
    g_printerr ("%s\n", error->message);
    return FALSE;
  }
  wall->compositor = gst_bin_get_by_name (GST_BIN (wall->pipeline),
      "compositor");
  return TRUE;
}

static void
run (Wall * wall, gchar ** ids)
{
  GstBus *bus = gst_element_get_bus (wall->pipeline);

  wall->loop = g_main_loop_new (NULL, FALSE);
  gst_bus_add_watch (bus, handle_message, wall);
  g_unix_signal_add (SIGINT, interrupt, wall);
  add_tiles (wall, ids);
  gst_element_set_state (wall->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (wall->loop);
  gst_element_set_state (wall->pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  gst_object_unref (bus);
  gst_object_unref (wall->compositor);
  gst_object_unref (wall->pipeline);
  g_ptr_array_unref (wall->tiles);
  g_main_loop_unref (wall->loop);
}

int
main (int argc, char **argv)
{
  g_autofree gchar *sink = NULL;
  g_auto (GStrv) ids = NULL;
/* *INDENT-OFF* */
  const GOptionEntry entries[] = {
    {"video-sink", 0, 0, G_OPTION_ARG_STRING, &sink,
        "What shows the wall (autovideosink), or several elements with !",
        "ELEMENTS"},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &ids, NULL,
        "TASK_ID..."},
    {NULL}
  };
/* *INDENT-ON* */
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  Wall wall = { NULL, };

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error) || !ids) {
    g_printerr ("%s\n", error ? error->message
        : "At least one task id is needed, see --help");
    return 2;
  }
  if (!build (&wall, g_strv_length (ids), sink ? sink : "autovideosink"))
    return 1;
  run (&wall, ids);
  return wall.result;
}
