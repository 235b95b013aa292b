/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>
#include <gst/base/base.h>

#include "gstveoclient.h"
#include "gstveopreload.h"

/* What nearly every clip is: H.264 and AAC in MP4. Another kind of clip plays
 * as well, its decoder is loaded when it comes. */
static const gchar *const stream_caps[] = {
  "video/x-h264, stream-format=avc, alignment=au, parsed=true",
  "audio/mpeg, mpegversion=4, framed=true, stream-format=raw",
};

static const gchar *const transport[] = { "queue2", NULL };

static const gchar *const demuxing[] = { "decodebin", "typefind", "qtdemux",
  "multiqueue", "h264parse", "aacparse", "capsfilter", NULL
};

/* The head of such a file. */
static const guint8 mp4_head[] = {
  0, 0, 0, 24, 'f', 't', 'y', 'p', 'i', 's', 'o', 'm', 0, 0, 2, 0,
  'i', 's', 'o', 'm', 'm', 'p', '4', '1', 0, 0, 0, 8, 'f', 'r', 'e', 'e',
};

static const gchar *const converting[] = { "videoconvert", "audioconvert",
  "audioresample", NULL
};

/* Types that libsoup's classes and the plugin of souphttpsrc ask for as they are
 * set up. In GLib before 2.80 two threads may wait for each other for ever, one
 * in the middle of a type, the other of a class: so they are there before the
 * worker and the preloading thread, or another source of the application, begin
 * with it at the same time. */
static void
ensure_types (void)
{
  g_type_ensure (G_TYPE_SOCKET);
  g_type_ensure (G_TYPE_SOCKET_ADDRESS);
  g_type_ensure (G_TYPE_INET_SOCKET_ADDRESS);
  g_type_ensure (G_TYPE_SOCKET_SERVICE);
  g_type_ensure (G_TYPE_SOCKET_FAMILY);
  g_type_ensure (G_TYPE_SOCKET_CLIENT);
  g_type_ensure (G_TYPE_RESOLVER);
  g_type_ensure (G_TYPE_PROXY_RESOLVER);
  g_type_ensure (G_TYPE_PROXY_ADDRESS);
  g_type_ensure (G_TYPE_TLS_CERTIFICATE);
  g_type_ensure (G_TYPE_TLS_CONNECTION);
  g_type_ensure (G_TYPE_TLS_DATABASE);
  g_type_ensure (G_TYPE_TLS_INTERACTION);
}

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

/* It brings libsoup along: only where that is in the process already. A run
 * that plays a saved file has not even looked whether it can be. */
static void
warm_download (void)
{
  if (gst_veo_client_get_impl ())
    warm (gst_element_factory_make ("souphttpsrc", NULL));
}

/* Who recognises files is loaded at the first file. */
static void
warm_type_finders (void)
{
  GstCaps *caps = gst_type_find_helper_for_data (NULL, mp4_head,
      sizeof mp4_head, NULL);

  gst_clear_caps (&caps);
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
load (GstVeoOutput output)
{
  warm_download ();
  warm_all (transport);
  if (output == GST_VEO_OUTPUT_CONTAINER)
    return;
  warm_type_finders ();
  warm_all (demuxing);
  if (output == GST_VEO_OUTPUT_ENCODED)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (stream_caps); i++)
    warm_decoder (stream_caps[i]);
  warm_all (converting);
}

/* Both have a bit for each kind of output. */
static GMutex lock;
static GCond cond;
static guint begun, done;

static void
preload (GstElement * holder, gpointer data)
{
  GstVeoOutput output = GPOINTER_TO_INT (data);

  load (output);
  g_mutex_lock (&lock);
  done |= 1u << output;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

/* In GStreamer's pool, whose threads gst_deinit waits for. It holds an element
 * until it is done, which may be long after ours is dropped. */
static void
preload_in_pool (GstVeoOutput output)
{
  GstElement *holder = gst_object_ref_sink (gst_bin_new ("veo-preload"));

  gst_element_call_async (holder, preload, GINT_TO_POINTER (output), NULL);
  gst_object_unref (holder);
}

void
gst_veo_preload (GstVeoOutput output)
{
  gboolean first;

  ensure_types ();
  g_mutex_lock (&lock);
  first = !(begun & 1u << output);
  begun |= 1u << output;
  g_mutex_unlock (&lock);
  if (first)
    preload_in_pool (output);
}

void
gst_veo_preload_finish (GstVeoOutput output)
{
  g_mutex_lock (&lock);
  while (begun & ~done & 1u << output)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
}
