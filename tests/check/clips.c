/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clips.h"

#include <string.h>

#define SMALL .width = 160,.height = 120

static Clip clips[N_CLIPS] = {
  [CLIP_FRONT] = {"front", {SMALL,.seconds = 2}},
  [CLIP_END] = {"end", {SMALL,.seconds = 2,.index = VEO_SIM_INDEX_END}},
  [CLIP_FRAGMENTED] = {"fragmented", {SMALL,.seconds = 2,
          .index = VEO_SIM_INDEX_FRAGMENTED}},
  [CLIP_SILENT] = {"silent", {SMALL,.seconds = 2,.silent = TRUE}},
  [CLIP_FRAGMENTED_SILENT] = {"fragmented-silent", {SMALL,.seconds = 2,
          .index = VEO_SIM_INDEX_FRAGMENTED,.silent = TRUE}},
  [CLIP_LONG] = {"long", {SMALL,.seconds = 8,.noise = TRUE}},
  [CLIP_LONG_END] = {"long-end", {SMALL,.seconds = 8,.noise = TRUE,
          .index = VEO_SIM_INDEX_END}},
  [CLIP_MEDIUM] = {"medium", {SMALL,.seconds = 4,.noise = TRUE}},
  [CLIP_LARGE_END] = {"large-end", {.width = 320,.height = 240,.seconds = 6,
          .index = VEO_SIM_INDEX_END,.noise = TRUE,.kbit = 20000}},
  [CLIP_VP8] = {"vp8", {SMALL,.seconds = 2,.codec = VEO_SIM_CODEC_VP8}},
  [CLIP_VP9] = {"vp9", {SMALL,.seconds = 2,.codec = VEO_SIM_CODEC_VP9}},
  [CLIP_H265] = {"h265", {SMALL,.seconds = 2,.codec = VEO_SIM_CODEC_H265}},
  [CLIP_H264_444] = {"h264-444", {SMALL,.seconds = 2,
          .codec = VEO_SIM_CODEC_H264_444}},
  [CLIP_H264_10] = {"h264-10", {SMALL,.seconds = 2,
          .codec = VEO_SIM_CODEC_H264_10}},
};

static guint64
read_size (const guint8 * box)
{
  return (guint64) box[0] << 24 | box[1] << 16 | box[2] << 8 | box[3];
}

static guint64
find_index (GBytes * bytes)
{
  gsize size, pos = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  while (pos + 8 <= size) {
    guint64 length = read_size (data + pos);

    if (memcmp (data + pos + 4, "moov", 4) == 0)
      return pos + length / 2;
    if (length < 8)
      break;
    pos += length;
  }
  return 0;
}

static gboolean
load (Clip * clip, GError ** error)
{
  const gchar *directory = g_getenv ("VEO_TEST_CLIPS");
  g_autoptr (GMappedFile) file = NULL;

  if (!veo_sim_clip_check (&clip->options, error))
    return FALSE;
  clip->path = veo_sim_clip_get_file (&clip->options,
      directory ? directory : g_get_tmp_dir (), error);
  if (clip->path)
    file = g_mapped_file_new (clip->path, FALSE, error);
  if (!file)
    return FALSE;
  clip->bytes = g_mapped_file_get_bytes (file);
  clip->size = g_bytes_get_size (clip->bytes);
  clip->content_type = veo_sim_clip_get_content_type (&clip->options);
  if (!veo_sim_clip_is_webm (&clip->options))
    clip->index_at = find_index (clip->bytes);
  return TRUE;
}

const Clip *
clips_get (ClipKind kind, GError ** error)
{
  static GMutex lock;
  Clip *clip = &clips[kind];
  gboolean there;

  g_mutex_lock (&lock);
  there = clip->bytes || load (clip, error);
  g_mutex_unlock (&lock);
  return there ? clip : NULL;
}
