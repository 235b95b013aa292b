/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveopreload.h"

/* What nearly every clip is: H.264 and AAC in MP4. Another kind of clip plays
 * as well, its decoder is loaded when it comes. */
static const gchar *const stream_caps[] = {
  "video/x-h264, stream-format=avc, alignment=au, parsed=true",
  "audio/mpeg, mpegversion=4, framed=true, stream-format=raw",
};

static const gchar *const transport[] = { "queue2", "giostreamsrc", NULL };

static const gchar *const demuxing[] = { "decodebin", "typefind", "qtdemux",
  "multiqueue", "h264parse", "aacparse", "capsfilter", NULL
};

static const gchar *const converting[] = { "videoconvert", "audioconvert",
  "audioresample", NULL
};

/* READY is where decoders set their libraries up. */
static void
warm (GstElement * element)
{
  if (!element)
    return;
  gst_object_ref_sink (element);
  gst_element_set_state (element, GST_STATE_READY);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
}

static void
warm_all (const gchar * const *factories)
{
  for (; *factories; factories++)
    warm (gst_element_factory_make (*factories, NULL));
}

/* The decoder that decodebin would take. */
static void
warm_decoder (const gchar * description)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (description);
  GList *decoders =
      gst_element_factory_list_get_elements (GST_ELEMENT_FACTORY_TYPE_DECODER,
      GST_RANK_MARGINAL);
  GList *fitting = gst_element_factory_list_filter (decoders, caps,
      GST_PAD_SINK, FALSE);

  fitting = g_list_sort (fitting, gst_plugin_feature_rank_compare_func);
  if (fitting)
    warm (gst_element_factory_create (fitting->data, NULL));
  gst_plugin_feature_list_free (fitting);
  gst_plugin_feature_list_free (decoders);
}

static void
preload (GstElement * element, gpointer data)
{
  GstVeoOutput output = GPOINTER_TO_INT (data);

  warm_all (transport);
  if (output == GST_VEO_OUTPUT_CONTAINER)
    return;
  warm_all (demuxing);
  if (output == GST_VEO_OUTPUT_ENCODED)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (stream_caps); i++)
    warm_decoder (stream_caps[i]);
  warm_all (converting);
}

void
gst_veo_preload (GstElement * element, GstVeoOutput output)
{
  static gint done = 0;         /* a bit for each kind of output */
  guint bit = 1u << output;

  if (g_atomic_int_or ((guint *) & done, bit) & bit)
    return;
  gst_element_call_async (element, preload, GINT_TO_POINTER (output), NULL);
}
