/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The test videos: do they decode, to as many frames of the right size as asked? */
#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include "veosim.h"

typedef struct
{
  guint frames;
  guint samples;                /* audio buffers */
  gint width, height;
  gchar *video_caps;
} Decoded;

static void
clear_decoded (Decoded * d)
{
  g_free (d->video_caps);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Decoded, clear_decoded)
     static void
         count_video (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    Decoded * d)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstStructure *s = gst_caps_get_structure (caps, 0);

  d->frames++;
  gst_structure_get_int (s, "width", &d->width);
  gst_structure_get_int (s, "height", &d->height);
  g_free (d->video_caps);
  d->video_caps = g_strdup (gst_structure_get_string (s, "format"));
}

static void
count_audio (GstElement * sink, GstBuffer * buffer, GstPad * pad, Decoded * d)
{
  d->samples++;
}

static void
link_pad (GstElement * decoder, GstPad * pad, Decoded * d)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  gboolean video =
      g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps,
              0)), "video/");
  GstElement *pipeline = GST_ELEMENT_PARENT (decoder);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");

  g_object_set (sink, "signal-handoffs", TRUE, "sync", FALSE, NULL);
  g_signal_connect (sink, "handoff",
      video ? G_CALLBACK (count_video) : G_CALLBACK (count_audio), d);
  gst_bin_add (GST_BIN (pipeline), sink);
  fail_unless_equals_int (gst_pad_link (pad, sink_pad), GST_PAD_LINK_OK);
  gst_element_sync_state_with_parent (sink);
}

static void
decode_file (const gchar * path, Decoded * d)
{
  GstElement *pipeline =
      gst_parse_launch ("filesrc name=s ! decodebin name=d", NULL);
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  g_autoptr (GstElement) decoder =
      gst_bin_get_by_name (GST_BIN (pipeline), "d");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  g_object_set (source, "location", path, NULL);
  g_signal_connect (decoder, "pad-added", G_CALLBACK (link_pad), d);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message =
      gst_bus_timed_pop_filtered (bus, 30 * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static void
decode (GBytes * clip, Decoded * d)
{
  g_autofree gchar *path = NULL;
  gint fd = g_file_open_tmp ("simclip-XXXXXX", &path, NULL);

  fail_unless (fd >= 0 && g_close (fd, NULL));
  fail_unless (g_file_set_contents (path, g_bytes_get_data (clip, NULL),
          g_bytes_get_size (clip), NULL));
  decode_file (path, d);
  g_unlink (path);
}

/* Renders, or says why not and returns NULL */
static GBytes *
render (const VeoSimClipOptions * options)
{
  g_autoptr (GError) error = NULL;
  GBytes *clip;

  if (!veo_sim_clip_check (options, &error)) {
    g_printerr ("skipped: %s\n", error->message);
    return NULL;
  }
  clip = veo_sim_clip_get (options, &error);
  fail_unless (clip != NULL, "%s", error ? error->message : "");
  return clip;
}

/* Where a box of that name begins, or -1 */
static gssize
find_box (GBytes * clip, const gchar * name)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (clip, &size);
  gsize pos = 0;

  while (pos + 8 <= size) {
    const guint8 *p = data + pos;
    gsize length = (gsize) p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];

    if (!memcmp (data + pos + 4, name, 4))
      return pos;
    if (length < 8)
      break;
    pos += length;
  }
  return -1;
}

static void
expect_decoded (GBytes * clip, guint frames, gint width, gint height,
    gboolean sound)
{
  g_auto (Decoded) d = { 0, };

  decode (clip, &d);
  fail_unless_equals_int (d.frames, frames);
  fail_unless_equals_int (d.width, width);
  fail_unless_equals_int (d.height, height);
  fail_unless_equals_int (d.samples > 0, sound);
}

/* Given a wish for 2 s of 160x240 with a prompt, then 48 frames of that size and
 * sound come out, the index is in front, and the same wish gives the same bytes. */
GST_START_TEST (test_h264)
{
  VeoSimClipOptions o = {.seconds = 2,.width = 160,.height = 240,.prompt =
        "A <cat> & a dog"
  };
  g_autoptr (GBytes) clip = render (&o);
  g_autoptr (GBytes) cached = NULL;
  g_autoptr (GBytes) again = NULL;

  if (!clip)
    return;
  expect_decoded (clip, 2 * VEO_SIM_CLIP_FPS, 160, 240, TRUE);
  fail_unless (find_box (clip, "moov") < find_box (clip, "mdat"));
  cached = veo_sim_clip_get (&o, NULL);
  fail_unless (cached == clip);
  again = veo_sim_clip_render (&o, NULL, NULL, NULL, NULL);
  fail_unless (g_bytes_equal (again, clip));
}

GST_END_TEST;

/* Given the other places of the index, or no sound, then the file is built so
 * and decodes. */
GST_START_TEST (test_layouts)
{
  VeoSimClipOptions end = {.seconds = 1,.width = 160,.height = 120,.index =
        VEO_SIM_INDEX_END
  };
  VeoSimClipOptions fragmented = {.seconds = 2,.width = 160,.height =
        120,.index = VEO_SIM_INDEX_FRAGMENTED
  };
  VeoSimClipOptions silent = {.seconds = 1,.width = 160,.height = 120,.silent =
        TRUE
  };
  g_autoptr (GBytes) a = render (&end);
  g_autoptr (GBytes) b = render (&fragmented);
  g_autoptr (GBytes) c = render (&silent);

  if (!a || !b || !c)
    return;
  fail_unless (find_box (a, "moov") > find_box (a, "mdat"));
  expect_decoded (a, VEO_SIM_CLIP_FPS, 160, 120, TRUE);
  fail_unless (find_box (b, "moof") > find_box (b, "moov"));
  expect_decoded (b, 2 * VEO_SIM_CLIP_FPS, 160, 120, TRUE);
  expect_decoded (c, VEO_SIM_CLIP_FPS, 160, 120, FALSE);
}

GST_END_TEST;

/* Given a picture of noise, then it takes the kilobits it is allowed, and decodes. */
GST_START_TEST (test_noise)
{
  VeoSimClipOptions o = {.seconds = 1,.width = 160,.height = 120,.silent =
        TRUE,.noise = TRUE,.kbit = 2000
  };
  g_autoptr (GBytes) clip = render (&o);

  if (!clip)
    return;
  fail_unless (g_bytes_get_size (clip) > 100000, "%" G_GSIZE_FORMAT,
      g_bytes_get_size (clip));
  expect_decoded (clip, VEO_SIM_CLIP_FPS, 160, 120, FALSE);
}

GST_END_TEST;

static void
expect_codec (VeoSimCodec codec, const gchar * format)
{
  VeoSimClipOptions o = {.seconds = 1,.width = 160,.height = 120,.codec = codec
  };
  g_autoptr (GBytes) clip = render (&o);
  g_auto (Decoded) d = { 0, };

  if (!clip)
    return;
  decode (clip, &d);
  fail_unless_equals_int (d.frames, VEO_SIM_CLIP_FPS);
  fail_unless (d.samples > 0);
  fail_unless_equals_string (d.video_caps, format);
}

/* Given the other codecs, where there is an encoder, then the frames come out in
 * their format. */
GST_START_TEST (test_codecs)
{
  expect_codec (VEO_SIM_CODEC_H264_444, "Y444");
  expect_codec (VEO_SIM_CODEC_H264_10, "I420_10LE");
  expect_codec (VEO_SIM_CODEC_H265, "I420");
  expect_codec (VEO_SIM_CODEC_VP9, "I420");
  expect_codec (VEO_SIM_CODEC_VP8, "I420");
}

GST_END_TEST;

/* Given a directory, then the file is made there once and found again. */
GST_START_TEST (test_file)
{
  VeoSimClipOptions o = {.seconds = 1,.width = 64,.height = 64 };
  g_autofree gchar *directory = g_dir_make_tmp ("simclip-XXXXXX", NULL);
  g_autofree gchar *one = NULL;
  g_autofree gchar *two = NULL;
  g_auto (Decoded) d = { 0, };

  if (!veo_sim_clip_check (&o, NULL))
    return;
  one = veo_sim_clip_get_file (&o, directory, NULL);
  decode_file (one, &d);
  fail_unless_equals_int (d.frames, VEO_SIM_CLIP_FPS);
  fail_unless (g_file_set_contents (one, "kept", 4, NULL));
  two = veo_sim_clip_get_file (&o, directory, NULL);
  fail_unless_equals_string (one, two);
  fail_unless (g_file_get_contents (two, &d.video_caps, NULL, NULL)
      && g_str_equal (d.video_caps, "kept"));
  g_unlink (one);
  g_rmdir (directory);
}

GST_END_TEST;

/* Given an encoder that is not installed, then the error names its package. */
GST_START_TEST (test_missing_encoder)
{
  VeoSimClipOptions o = {.codec = VEO_SIM_CODEC_H265 };
  g_autoptr (GError) error = NULL;
  GstRegistry *registry = gst_registry_get ();
  GstPluginFeature *feature = gst_registry_lookup_feature (registry, "x265enc");

  if (feature)
    gst_registry_remove_feature (registry, feature);
  g_clear_object (&feature);
  fail_if (veo_sim_clip_check (&o, &error));
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED));
  fail_unless (strstr (error->message,
          "gstreamer1.0-plugins-bad (x265enc)") != NULL, "%s", error->message);
}

GST_END_TEST;

static void
stop_at_half (guint percent, gpointer cancellable)
{
  if (percent >= 50)
    g_cancellable_cancel (cancellable);
}

/* Given a rendering that is called off in the middle, then it ends with an error. */
GST_START_TEST (test_cancelled)
{
  VeoSimClipOptions o = {.seconds = 60,.width = 320,.height = 240 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  if (!veo_sim_clip_check (&o, NULL))
    return;
  fail_if (veo_sim_clip_render (&o, stop_at_half, cancellable, cancellable,
          &error));
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

GST_END_TEST;

/* Given a task that renders, then it goes on to completed and delivers what
 * decodes; freed in the middle, the sim ends. */
GST_START_TEST (test_task_renders)
{
  g_autoptr (VeoSim) sim = veo_sim_new (NULL, NULL);
  g_autofree gchar *json = NULL;
  gint64 end = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  if (!veo_sim_clip_check (NULL, NULL))
    return;
  veo_sim_add_task (sim, "v", "queued");
  veo_sim_task_set_details (sim, "v", NULL, "A cat", 1, "64x64");
  veo_sim_task_render (sim, "v", NULL);
  veo_sim_task_run (sim, "v", 0);
  do {
    g_free (json);
    json = veo_sim_task_to_json (sim, "v");
    g_thread_yield ();
  } while (!strstr (json, "\"completed\"") && g_get_monotonic_time () < end);
  fail_unless (strstr (json,
          "\"status\":\"completed\",\"progress\":100") != NULL, "%s", json);
  veo_sim_add_task (sim, "long", "queued");
  veo_sim_task_set_details (sim, "long", NULL, NULL, 120, NULL);
  veo_sim_task_render (sim, "long", NULL);
}

GST_END_TEST;

/* Given sizes as text, then only two even numbers count. */
GST_START_TEST (test_sizes)
{
  static const gchar *const bad[] =
      { "", "720", "720x", "x720", "721x1280", "0x0", "720x1280x3", "-2x16",
    "a", "99999x16"
  };
  guint i, w = 0, h = 0;

  fail_unless (veo_sim_clip_parse_size ("720x1280", &w, &h));
  fail_unless (w == 720 && h == 1280);
  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    fail_if (veo_sim_clip_parse_size (bad[i], &w, &h), "%s", bad[i]);
}

GST_END_TEST;

static Suite *
simclip_suite (void)
{
  Suite *s = suite_create ("veo-sim clips");
  TCase *tc = tcase_create ("clips");

  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, test_h264);
  tcase_add_test (tc, test_layouts);
  tcase_add_test (tc, test_noise);
  tcase_add_test (tc, test_codecs);
  tcase_add_test (tc, test_file);
  tcase_add_test (tc, test_missing_encoder);
  tcase_add_test (tc, test_cancelled);
  tcase_add_test (tc, test_task_renders);
  tcase_add_test (tc, test_sizes);
  return s;
}

GST_CHECK_MAIN (simclip);
