/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveosilence.h"

#define SILENCE_CAPS "audio/x-raw, format=S16LE, layout=interleaved, " \
    "rate=48000, channels=2"

/* Bytes of SILENCE_CAPS for a time */
#define BYTES_PER_FRAME 4
#define FRAMES(time) gst_util_uint64_scale ((time), 48000, GST_SECOND)

typedef struct
{
  GstClockTime duration;
} Length;

static Length *
length_new (GstClockTime duration)
{
  Length *length = g_new0 (Length, 1);

  length->duration = duration;
  return length;
}

/* The source gives whole buffers: the last one is cut to the sample. */
static GstPadProbeReturn
trim_last (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Length *length = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  gsize size;

  if (!GST_CLOCK_TIME_IS_VALID (pts)
      || pts + GST_BUFFER_DURATION (buffer) <= length->duration)
    return GST_PAD_PROBE_OK;
  if (pts >= length->duration)
    return GST_PAD_PROBE_DROP;
  size = FRAMES (length->duration - pts) * BYTES_PER_FRAME;
  buffer = gst_buffer_make_writable (buffer);
  if (size < gst_buffer_get_size (buffer))
    gst_buffer_resize (buffer, 0, size);
  GST_BUFFER_DURATION (buffer) = length->duration - pts;
  info->data = buffer;
  return GST_PAD_PROBE_OK;
}

/* The source ends where its segment does; before it has started it keeps the
 * seek for its start. */
static void
set_length (GstElement * source, GstClockTime duration)
{
  gst_element_send_event (source, gst_event_new_seek (1.0, GST_FORMAT_TIME,
          GST_SEEK_FLAG_NONE, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_SET,
          duration));
}

GstPad *
gst_veo_silence_new (GstVeoParts * parts, GstClockTime duration,
    GstElement ** source, GstElement ** filter)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (SILENCE_CAPS);
  GstPad *pad;

  *source = gst_element_factory_make ("audiotestsrc", NULL);
  *filter = gst_element_factory_make ("capsfilter", NULL);
  if (!*source || !*filter) {
    gst_clear_object (source);
    gst_clear_object (filter);
    return NULL;
  }
  gst_object_ref_sink (*source);
  gst_object_ref_sink (*filter);
  gst_util_set_object_arg (G_OBJECT (*source), "wave", "silence");
  g_object_set (*filter, "caps", caps, NULL);
  if (GST_CLOCK_TIME_IS_VALID (duration))
    set_length (*source, duration);
  if (!gst_veo_parts_add_element (parts, *source)
      || !gst_veo_parts_add_element (parts, *filter))
    return NULL;
  gst_veo_parts_link (*source, *filter);
  pad = gst_element_get_static_pad (*filter, "src");
  if (GST_CLOCK_TIME_IS_VALID (duration))
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, trim_last,
        length_new (duration), g_free);
  return pad;
}

/* A seek without a stop, or past the end, would make the silence endless. */
static GstPadProbeReturn
limit_seek (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Length *length = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  gdouble rate;
  GstFormat format;
  GstSeekFlags flags;
  GstSeekType start_type, stop_type;
  gint64 start, stop;
  guint32 seqnum = gst_event_get_seqnum (event);

  if (GST_EVENT_TYPE (event) != GST_EVENT_SEEK)
    return GST_PAD_PROBE_OK;
  gst_event_parse_seek (event, &rate, &format, &flags, &start_type, &start,
      &stop_type, &stop);
  if (format != GST_FORMAT_TIME)
    return GST_PAD_PROBE_OK;
  if (stop_type == GST_SEEK_TYPE_SET && stop >= 0
      && (GstClockTime) stop <= length->duration)
    return GST_PAD_PROBE_OK;
  gst_event_unref (event);
  info->data = gst_event_new_seek (rate, format, flags, start_type, start,
      GST_SEEK_TYPE_SET, length->duration);
  gst_event_set_seqnum (info->data, seqnum);
  return GST_PAD_PROBE_OK;
}

/* Applications look at the caps in pad-added, as they do with the others; those of
 * the source come with its first buffer. */
static void
store_caps (GstPad * pad)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (SILENCE_CAPS);
  g_autofree gchar *id = g_strdup_printf ("%08x%08x/silence",
      g_random_int (), g_random_int ());
  g_autoptr (GstEvent) start = gst_event_new_stream_start (id);
  g_autoptr (GstEvent) event = gst_event_new_caps (caps);

  gst_pad_store_sticky_event (pad, start);
  gst_pad_store_sticky_event (pad, event);
}

void
gst_veo_silence_prepare_pad (GstPad * pad, GstClockTime duration)
{
  store_caps (pad);
  if (GST_CLOCK_TIME_IS_VALID (duration))
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, limit_seek,
        length_new (duration), g_free);
}
