/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that has veosrc inside: static ID plays the task. */
#include <gst/gst.h>

GST_PLUGIN_STATIC_DECLARE (veo);

/* The element of this program, not one that happens to be installed */
static gboolean
is_our_own (void)
{
  GstPlugin *plugin = gst_registry_find_plugin (gst_registry_get (), "veo");
  gboolean ours = plugin && !gst_plugin_get_filename (plugin);

  gst_clear_object (&plugin);
  return ours;
}

static gboolean
play (GstElement * pipeline)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  GError *error = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message =
      gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  if (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  g_print ("%s\n",
      error ? error->message : message ? "played to its end" :
      "still not over");
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  g_clear_error (&error);
  return message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
}

int
main (int argc, char **argv)
{
  GstElement *pipeline, *source;
  gboolean played;

  gst_init (&argc, &argv);
  GST_PLUGIN_STATIC_REGISTER (veo);
  if (argc != 2 || !is_our_own ())
    return 2;
  pipeline =
      gst_parse_launch ("veosrc name=v ! fakevideosink sync=false", NULL);
  source = gst_bin_get_by_name (GST_BIN (pipeline), "v");
  g_object_set (source, "task-id", argv[1], NULL);
  gst_object_unref (source);
  played = play (pipeline);
  gst_object_unref (pipeline);
  return played ? 0 : 1;
}
