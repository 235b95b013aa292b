/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pipeline that renders one test video into a file */
#include "veosimclippipeline.h"

#define DEFAULT_KBIT 2048

typedef struct
{
  const gchar *element;
  const gchar *settings;
  const gchar *package;         /* Debian's name */
  const gchar *no_b_frames;     /* settings that switch B-frames off, if there are any */
} Choice;

/* Keyframes at their time only: reading a stream, qtdemux drops the last frame of
 * a file that has B-frames when there is a keyframe just before it */
#define X264_SETTINGS "speed-preset=superfast key-int-max=48 option-string=scenecut=0 bitrate=%u"

/* First come, first served */
static const Choice h264_choices[] = {
  {"x264enc", X264_SETTINGS, "gstreamer1.0-plugins-ugly", "bframes=0"},
  {"openh264enc", "gop-size=48 bitrate=%u000", "gstreamer1.0-plugins-bad"},
  {NULL}
};

static const Choice x264_choices[] = {
  {"x264enc", X264_SETTINGS, "gstreamer1.0-plugins-ugly", "bframes=0"},
  {NULL}
};

/* *INDENT-OFF* */
static const Choice h265_choices[] = {
  {"x265enc", "speed-preset=ultrafast log-level=none key-int-max=48 bitrate=%u", "gstreamer1.0-plugins-bad", "option-string=bframes=0"},
  {NULL}
};

static const Choice vp9_choices[] = {
  {"vp9enc", "deadline=1 cpu-used=8 threads=2 keyframe-max-dist=48 target-bitrate=%u000", "gstreamer1.0-plugins-good"},
  {NULL}
};

static const Choice vp8_choices[] = {
  {"vp8enc", "deadline=1 cpu-used=8 threads=2 keyframe-max-dist=48 target-bitrate=%u000", "gstreamer1.0-plugins-good"},
  {NULL}
};
/* *INDENT-ON* */

static const Choice aac_choices[] = {
  {"avenc_aac", "", "gstreamer1.0-libav"},
  {"fdkaacenc", "", "gstreamer1.0-fdkaac"},
  {"voaacenc", "", "gstreamer1.0-plugins-bad"},
  {NULL}
};

static const Choice webm_audio_choices[] = {
  {"opusenc", "", "gstreamer1.0-plugins-base"},
  {"vorbisenc", "", "gstreamer1.0-plugins-base"},
  {NULL}
};

static const Choice mp4_choices[] = {
  {"mp4mux", "%s", "gstreamer1.0-plugins-good"},
  {NULL}
};

static const Choice webm_choices[] = {
  {"webmmux", "%s", "gstreamer1.0-plugins-good"},
  {NULL}
};

static const Choice test_choices[] = {
  {"videotestsrc", "", "gstreamer1.0-plugins-base"},
  {NULL}
};

/* *INDENT-OFF* */
static const struct
{
  const Choice *video;
  const gchar *format;
  const gchar *parse;
  const gchar *parse_package;
} codecs[] = {
  [VEO_SIM_CODEC_H264] = {h264_choices, "I420", "h264parse", "gstreamer1.0-plugins-bad"},
  [VEO_SIM_CODEC_H264_444] = {x264_choices, "Y444", "h264parse", "gstreamer1.0-plugins-bad"},
  [VEO_SIM_CODEC_H264_10] = {x264_choices, "I420_10LE", "h264parse", "gstreamer1.0-plugins-bad"},
  [VEO_SIM_CODEC_H265] = {h265_choices, "I420", "h265parse", "gstreamer1.0-plugins-bad"},
  [VEO_SIM_CODEC_VP9] = {vp9_choices, "I420", "identity", "libgstreamer1.0-0"},
  [VEO_SIM_CODEC_VP8] = {vp8_choices, "I420", "identity", "libgstreamer1.0-0"},
};
/* *INDENT-ON* */

static gboolean
have_element (const gchar * name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);

  return factory != NULL;
}

static const Choice *
choose (const Choice * choices, const gchar * purpose, GError ** error)
{
  const Choice *c;
  GString *names;

  for (c = choices; c->element; c++) {
    if (have_element (c->element))
      return c;
  }
  names = g_string_new (NULL);
  for (c = choices; c->element; c++)
    g_string_append_printf (names, "%s%s (%s)", c == choices ? "" : " or ",
        c->package, c->element);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "GStreamer has nothing here to make %s: install the package %s", purpose,
      names->str);
  g_string_free (names, TRUE);
  return NULL;
}

/* An encoder is built for some formats, not always for all it knows */
static gboolean
check_format (const Choice * encoder, const gchar * format, GError ** error)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find (encoder->element);
  g_autoptr (GstCaps) caps =
      gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, format,
      NULL);

  if (gst_element_factory_can_sink_any_caps (factory, caps))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "The %s here cannot encode %s", encoder->element, format);
  return FALSE;
}

typedef struct
{
  const Choice *source, *video, *audio, *mux;
} Parts;

static gboolean
choose_parts (const VeoSimClipOptions * o, Parts * parts, GError ** error)
{
  gboolean webm = veo_sim_clip_is_webm (o);

  parts->source = choose (test_choices, "a test picture", error);
  parts->video =
      parts->source ? choose (codecs[o->codec].video, "this video codec",
      error) : NULL;
  parts->mux =
      parts->video ? choose (webm ? webm_choices : mp4_choices, "the file",
      error) : NULL;
  if (!parts->mux
      || !check_format (parts->video, codecs[o->codec].format, error))
    return FALSE;
  if (!have_element (codecs[o->codec].parse)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
        "GStreamer has no %s here: install the package %s",
        codecs[o->codec].parse, codecs[o->codec].parse_package);
    return FALSE;
  }
  if (!o->silent)
    parts->audio =
        choose (webm ? webm_audio_choices : aac_choices, "sound", error);
  return o->silent || parts->audio;
}

gboolean
veo_sim_clip_pipeline_check (const VeoSimClipOptions * o, GError ** error)
{
  Parts parts = { NULL, };

  return choose_parts (o, &parts, error);
}

static const gchar *
mux_settings (const VeoSimClipOptions * o)
{
  if (veo_sim_clip_is_webm (o))
    return "";
  switch (o->index) {
    case VEO_SIM_INDEX_END:
      return "faststart=false";
    case VEO_SIM_INDEX_FRAGMENTED:
      return "fragment-duration=1000";
    default:
      return "faststart=true";
  }
}

/* Without pango (Debian: gstreamer1.0-x) the picture moves, but has no text */
static void
append_text (GString * s)
{
  if (!have_element ("timeoverlay") || !have_element ("textoverlay")) {
    g_message
        ("No text in the picture: the package gstreamer1.0-x is not installed");
    return;
  }
  g_string_append (s,
      "! timeoverlay halignment=center valignment=bottom font-desc=\"Sans, 24\" shaded-background=true "
      "! textoverlay name=text halignment=center valignment=center font-desc=\"Sans, 20\" shaded-background=true ");
}

static void
append_video (GString * s, const VeoSimClipOptions * o, const Choice * encoder)
{
  g_auto (GStrv) settings = g_strsplit (encoder->settings, "%u", 2);
  guint kbit = o->kbit ? o->kbit : DEFAULT_KBIT;

  g_string_append_printf (s,
      "videotestsrc pattern=%s horizontal-speed=4 num-buffers=%u "
      "! video/x-raw,format=I420,width=%u,height=%u,framerate=%u/1 ",
      o->noise ? "snow" : "smpte75", o->seconds * VEO_SIM_CLIP_FPS, o->width,
      o->height, VEO_SIM_CLIP_FPS);
  append_text (s);
  g_string_append_printf (s,
      "! videoconvert ! video/x-raw,format=%s ! %s name=encoder ",
      codecs[o->codec].format, encoder->element);
  g_string_append_printf (s, "%s%u%s ", settings[0], kbit, settings[1]);
  /* qtdemux 1.22 drops the last frames of a fragmented file that has B-frames */
  if (o->index == VEO_SIM_INDEX_FRAGMENTED && encoder->no_b_frames)
    g_string_append_printf (s, "%s ", encoder->no_b_frames);
  g_string_append_printf (s,
      "! %s ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! mux. ",
      codecs[o->codec].parse);
}

static void
append_audio (GString * s, const VeoSimClipOptions * o, const Choice * encoder)
{
  const guint rate = 48000;

  g_string_append_printf (s,
      "audiotestsrc freq=440 volume=0.3 samplesperbuffer=%u num-buffers=%u "
      "! audio/x-raw,rate=%u,channels=2 ! audioconvert ! %s "
      "! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! mux. ",
      rate / VEO_SIM_CLIP_FPS, o->seconds * VEO_SIM_CLIP_FPS, rate,
      encoder->element);
}

/* Counts the frames that go into the encoder */
typedef struct
{
  VeoSimClipProgress progress;
  gpointer user_data;
  guint frames, total, percent;
} Count;

static GstPadProbeReturn
count_frame (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Count *count = data;
  guint percent = ++count->frames * 100 / count->total;

  if (percent != count->percent && count->progress)
    count->progress (percent, count->user_data);
  count->percent = percent;
  return GST_PAD_PROBE_OK;
}

/* FALSE with an error when it failed or was cancelled */
static gboolean
wait_for_end (GstElement * pipeline, GCancellable * cancellable,
    GError ** error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  while (!message) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    message =
        gst_bus_timed_pop_filtered (bus, 50 * GST_MSECOND,
        GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  }
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return TRUE;
  gst_message_parse_error (message, error, NULL);
  return FALSE;
}

static void
set_up (GstElement * pipeline, const VeoSimClipOptions * o, const gchar * path,
    Count * count)
{
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstElement) text =
      gst_bin_get_by_name (GST_BIN (pipeline), "text");
  g_autoptr (GstElement) encoder =
      gst_bin_get_by_name (GST_BIN (pipeline), "encoder");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (encoder, "sink");
  g_autofree gchar *markup =
      g_markup_escape_text (o->prompt ? o->prompt : "", -1);

  g_object_set (sink, "location", path, NULL);
  if (text)
    g_object_set (text, "text", markup, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, count, NULL);
}

gboolean
veo_sim_clip_pipeline_run (const VeoSimClipOptions * o, const gchar * path,
    VeoSimClipProgress progress, gpointer user_data, GCancellable * cancellable,
    GError ** error)
{
  Parts parts = { NULL, };
  Count count = { progress, user_data, 0, o->seconds * VEO_SIM_CLIP_FPS, 0 };
  GString *s;
  GstElement *pipeline;
  gboolean ok;

  if (!choose_parts (o, &parts, error))
    return FALSE;
  s = g_string_new (NULL);
  g_string_append_printf (s, "%s name=mux %s ! filesink name=sink ",
      parts.mux->element, mux_settings (o));
  append_video (s, o, parts.video);
  if (parts.audio)
    append_audio (s, o, parts.audio);
  pipeline = gst_parse_launch (s->str, error);
  g_string_free (s, TRUE);
  if (!pipeline)
    return FALSE;
  set_up (pipeline, o, path, &count);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  ok = wait_for_end (pipeline, cancellable, error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return ok;
}
