/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reference.h"

/* A limit, never a pause */
#define PATIENCE (60 * GST_SECOND)

typedef struct
{
  GstElement *pipeline;
  GstElement *branch;           /* the first stream's; the pipeline's */
  Recording *recording;         /* not owned */
  guint n_video, n_audio;
} Player;

static void
link_stream (GstElement * decoder, GstPad * stream, Player * player)
{
  g_autoptr (GstCaps) caps = gst_pad_query_caps (stream, NULL);
  const gchar *type = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  g_autofree gchar *name = g_str_has_prefix (type, "video/")
      ? g_strdup_printf ("video_%u", player->n_video++)
      : g_strdup_printf ("audio_%u", player->n_audio++);
  GstElement *branch = recording_make_branch (player->recording, name, FALSE);
  g_autoptr (GstPad) sink = NULL;

  if (!player->branch)
    player->branch = branch;
  gst_bin_add (GST_BIN (player->pipeline), branch);
  sink = gst_element_get_static_pad (branch, "sink");
  gst_element_sync_state_with_parent (branch);
  gst_pad_link (stream, sink);
}

/* A demuxer that may jump about in its file repeats the codec's headers in the
 * stream, and begins with other pieces of sound after a seek. Behind a queue, as
 * behind a download, it does not. */
static gboolean
needs_queue (Output output, GstClockTime seek_to)
{
  return output == OUTPUT_ENCODED || GST_CLOCK_TIME_IS_VALID (seek_to);
}

static void
build (Player * player, const Clip * clip, Output output, GstClockTime seek_to)
{
  static const gchar *const elements[] = {
    [OUTPUT_DECODED] = "decodebin",
    [OUTPUT_ENCODED] = "parsebin",
    [OUTPUT_CONTAINER] = "identity",
  };
  g_autofree gchar *description =
      g_strdup_printf ("filesrc name=source ! %s%s name=next",
      needs_queue (output, seek_to) ? "queue2 ! " : "", elements[output]);
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) next = NULL;
  GstElement *branch;

  player->pipeline = gst_parse_launch (description, NULL);
  source = gst_bin_get_by_name (GST_BIN (player->pipeline), "source");
  next = gst_bin_get_by_name (GST_BIN (player->pipeline), "next");
  g_object_set (source, "location", clip->path, NULL);
  if (output != OUTPUT_CONTAINER) {
    g_signal_connect (next, "pad-added", G_CALLBACK (link_stream), player);
    return;
  }
  branch = recording_make_branch (player->recording, "src", FALSE);
  gst_bin_add (GST_BIN (player->pipeline), branch);
  gst_element_link (next, branch);
}

/* Returns: (transfer full) (nullable): why not */
static gchar *
wait_for (Player * player, GstMessageType type)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (player->pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, PATIENCE,
      type | GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  if (!message)
    return g_strdup ("the local file takes too long");
  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR)
    return NULL;
  gst_message_parse_error (message, &error, NULL);
  return g_strdup_printf ("the local file does not play: %s", error->message);
}

/* By one branch only: the pipeline would send it up from each of its sinks, and a
 * demuxer may stumble over the second. */
static gboolean
seek (Player * player, GstClockTime to, GstSeekFlags flags)
{
  return gst_element_send_event (player->branch, gst_event_new_seek (1.0,
          GST_FORMAT_TIME, flags | GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, to,
          GST_SEEK_TYPE_NONE, GST_CLOCK_TIME_NONE));
}

static gchar *
play (Player * player, GstClockTime seek_to, GstSeekFlags flags)
{
  gchar *problem;

  gst_element_set_state (player->pipeline, GST_STATE_PAUSED);
  problem = wait_for (player, GST_MESSAGE_ASYNC_DONE);
  if (!problem && GST_CLOCK_TIME_IS_VALID (seek_to)) {
    if (!seek (player, seek_to, flags))
      return g_strdup ("the local file does not seek");
    problem = wait_for (player, GST_MESSAGE_ASYNC_DONE);
  }
  gst_element_set_state (player->pipeline, GST_STATE_PLAYING);
  return problem ? problem : wait_for (player, GST_MESSAGE_EOS);
}

static Recording *
record (const Clip * clip, Output output, GstClockTime to,
    GstSeekFlags flags, gchar ** problem)
{
  g_autoptr (Recording) recording = recording_new (output);
  Player player = {.recording = recording };

  build (&player, clip, output, to);
  *problem = play (&player, to, flags);
  gst_element_set_state (player.pipeline, GST_STATE_NULL);
  gst_object_unref (player.pipeline);
  return *problem ? NULL : g_steal_pointer (&recording);
}

Recording *
reference_get_after_seek (const Clip * clip, Output output, GstClockTime to,
    GstSeekFlags flags, gchar ** problem)
{
  /* both live as long as the process */
  static GMutex lock;
  static GHashTable *kept;
  g_autofree gchar *key = g_strdup_printf ("%s/%d/%" G_GUINT64_FORMAT "/%d",
      clip->name, output, to, flags);
  Recording *recording;

  g_mutex_lock (&lock);
  if (!kept)
    kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
        (GDestroyNotify) recording_free);
  recording = g_hash_table_lookup (kept, key);
  if (!recording) {
    recording = record (clip, output, to, flags, problem);
    if (recording)
      g_hash_table_insert (kept, g_steal_pointer (&key), recording);
  }
  g_mutex_unlock (&lock);
  return recording;
}

Recording *
reference_get (const Clip * clip, Output output, gchar ** problem)
{
  return reference_get_after_seek (clip, output, GST_CLOCK_TIME_NONE, 0,
      problem);
}
