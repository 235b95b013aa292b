/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Test videos: a moving picture with a prompt and a running time code, and a
 * tone; 24 frames a second. GStreamer is initialised when need be.
 */

typedef enum
{
  VEO_SIM_CODEC_H264,
  VEO_SIM_CODEC_H264_444,       /* 4:4:4 */
  VEO_SIM_CODEC_H264_10,        /* 10 bit */
  VEO_SIM_CODEC_H265,
  VEO_SIM_CODEC_VP9,            /* in WebM, with Opus or Vorbis; `index` does not apply */
  VEO_SIM_CODEC_VP8,            /* the same */
} VeoSimCodec;

typedef enum
{
  VEO_SIM_INDEX_FRONT,
  VEO_SIM_INDEX_END,
  VEO_SIM_INDEX_FRAGMENTED,
} VeoSimIndex;

#define VEO_SIM_CLIP_FPS 24

/* Zero and NULL are the defaults */
typedef struct
{
  guint seconds;                /* 8 */
  guint width, height;          /* 720, 1280; even numbers */
  const gchar *prompt;          /* no text but the time code */
  VeoSimCodec codec;
  VeoSimIndex index;
  gboolean silent;              /* no audio track */
  guint kbit;                   /* kilobits of video a second; 0: what the encoder likes */
  gboolean noise;               /* a picture of noise: the kilobits are used up, the file is large */
} VeoSimClipOptions;

/* Called in the rendering thread */
typedef void (*VeoSimClipProgress) (guint percent, gpointer user_data);

/* Renders a video. The error names the Debian package of a missing encoder
 * (G_IO_ERROR_NOT_SUPPORTED); a test may then skip. */
GBytes *veo_sim_clip_render (const VeoSimClipOptions * options,
    VeoSimClipProgress progress, gpointer user_data,
    GCancellable * cancellable, GError ** error);

/* The same, once per process and set of options. Returns: (transfer full) */
GBytes *veo_sim_clip_get (const VeoSimClipOptions * options, GError ** error);

/* The same, kept as a file in `directory` (which is made) for all processes;
 * rendered there if it does not exist. Returns: its path, free with g_free() */
gchar *veo_sim_clip_get_file (const VeoSimClipOptions * options, const gchar * directory, GError ** error);

/* Can this codec be rendered here? The error says what is missing. */
gboolean veo_sim_clip_check (const VeoSimClipOptions * options, GError ** error);

/* In WebM, not MP4 */
gboolean veo_sim_clip_is_webm (const VeoSimClipOptions * options);
/* "video/mp4" or "video/webm" */
const gchar *veo_sim_clip_get_content_type (const VeoSimClipOptions * options);
/* "720x1280" -> 720, 1280. FALSE if it is not two even numbers of 16 to 4096. */
gboolean veo_sim_clip_parse_size (const gchar * size, guint * width, guint * height);

G_END_DECLS
