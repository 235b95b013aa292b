/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "alive.h"
#include "download.h"

#include <string.h>

void
download_settings (GstVeoHttpSrcSettings * settings, const gchar * url)
{
  memset (settings, 0, sizeof *settings);
  settings->task_id = "video_1";
  settings->link.url = (gchar *) url;
  settings->base_url = url;
  settings->request_timeout = 5000;
  settings->min_backoff = 5;
  settings->max_backoff = 20;
  settings->retries = 3;
  settings->keep = TRUE;
}

static void
take_event (GstElement * src, GstVeoHttpSrcEvent event, const gchar * text,
    gpointer data)
{
  Download *download = data;

  download->lean += event == GST_VEO_HTTP_SRC_LEAN;
  download->save_failed += event == GST_VEO_HTTP_SRC_SAVE_FAILED;
  download->saved += event == GST_VEO_HTTP_SRC_SAVED;
  download->reconnects += event == GST_VEO_HTTP_SRC_RECONNECT;
}

static void
take_buffer (GstElement * sink, GstBuffer * buffer, GstPad * pad, gpointer data)
{
  Download *download = data;
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_byte_array_append (download->bytes, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
}

Download *
download_new (const GstVeoHttpSrcSettings * settings, const gchar * tail)
{
  Download *download = g_new0 (Download, 1);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *line = g_strconcat ("identity name=head silent=true ! ",
      tail, NULL);
  g_autoptr (GstElement) head = NULL;
  g_autoptr (GstElement) sink = NULL;

  alive_start ();
  download->bytes = g_byte_array_new ();
  download->messages = g_string_new (NULL);
  download->src = gst_veo_http_src_new (settings, &error);
  fail_unless (download->src != NULL, "%s", error ? error->message : "");
  gst_veo_http_src_set_event_func (download->src, take_event, download, NULL);
  download->pipeline = gst_parse_launch (line, &error);
  fail_unless (error == NULL, "%s", error ? error->message : "");
  gst_bin_add (GST_BIN (download->pipeline), gst_object_ref (download->src));
  head = gst_bin_get_by_name (GST_BIN (download->pipeline), "head");
  fail_unless (gst_element_link (download->src, head));
  sink = gst_bin_get_by_name (GST_BIN (download->pipeline), "sink");
  if (g_signal_lookup ("handoff", G_OBJECT_TYPE (sink)))
    g_signal_connect (sink, "handoff", G_CALLBACK (take_buffer), download);
  return download;
}

static void
note_message (Download * download, GstMessage * message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  g_autofree gchar *text =
      structure ? gst_structure_to_string (structure) : NULL;
  g_autoptr (GError) error = NULL;

  g_string_append_printf (download->messages, "%s: %s\n",
      GST_MESSAGE_TYPE_NAME (message), text ? text : "");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    download->ended = TRUE;
  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR)
    return;
  gst_message_parse_error (message, &error, NULL);
  if (download->errors++ == 0)
    download->error = g_steal_pointer (&error);
}

void
download_wait (Download * download)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (download->pipeline);
  GstMessage *message;

  while (!download->ended && download->errors == 0) {
    message = gst_bus_timed_pop (bus, 60 * GST_SECOND);
    fail_unless (message != NULL, "nothing happened for 60 s; so far %u bytes",
        download->bytes->len);
    note_message (download, message);
    gst_message_unref (message);
  }
}

void
download_run (Download * download)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (download->pipeline);
  GstMessage *message;

  gst_element_set_state (download->pipeline, GST_STATE_PLAYING);
  download_wait (download);
  gst_veo_http_src_get_stats (download->src, &download->stats);
  gst_veo_failure_free (download->failure);
  download->failure = gst_veo_http_src_get_failure (download->src);
  gst_element_set_state (download->pipeline, GST_STATE_READY);
  while ((message = gst_bus_pop (bus))) {
    note_message (download, message);
    gst_message_unref (message);
  }
  gst_element_set_state (download->pipeline, GST_STATE_NULL);
}

void
download_free (Download * download)
{
  g_autofree gchar *left = NULL;

  gst_element_set_state (download->pipeline, GST_STATE_NULL);
  gst_object_unref (download->pipeline);
  gst_object_unref (download->src);
  g_byte_array_unref (download->bytes);
  g_string_free (download->messages, TRUE);
  g_clear_error (&download->error);
  gst_veo_failure_free (download->failure);
  g_free (download);
  left = alive_wait_for_none ();
  if (left)
    g_error ("leaked: %s", left);
}

Download *
download_get (const GstVeoHttpSrcSettings * settings)
{
  Download *download = download_new (settings,
      "fakesink name=sink signal-handoffs=true");

  download_run (download);
  return download;
}

void
download_assert_complete (Download * download, const guint8 * data, gsize size,
    const gchar * file, gint line, const gchar * what)
{
  gsize i, n = MIN (size, download->bytes->len);

  for (i = 0; i < n && data[i] == download->bytes->data[i]; i++);
  if (download->errors == 0 && download->ended && i == size
      && download->bytes->len == size)
    return;
  g_error ("%s:%d: %s: %u of %u bytes, the same up to %u; %s", file, line,
      what ? what : "", download->bytes->len, (guint) size, (guint) i,
      download->error ? download->error->message : "no error");
}

static void
put_header (guint8 * at, gsize size, const gchar * type)
{
  GST_WRITE_UINT32_BE (at, size);
  memcpy (at + 4, type, 4);
}

guint8 *
make_boxes (gsize size, gboolean index_first, guint seed)
{
  guint8 *data = g_malloc (size);
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  gsize i, index_size = 200, media = size - 24 - index_size;
  guint8 *after = data + 24;

  for (i = 0; i < size; i++)
    data[i] = g_rand_int_range (rand, 0, 256);
  put_header (data, 24, "ftyp");
  put_header (index_first ? after : after + media, index_size, "moov");
  put_header (index_first ? after + index_size : after, media, "mdat");
  return data;
}
