/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The videos that the tests of the download play, each rendered once. */
#pragma once

#include "veosimclip.h"

G_BEGIN_DECLS

typedef enum
{
  CLIP_FRONT,                   /* H.264 and AAC, 2 s; the index in front */
  CLIP_END,
  CLIP_FRAGMENTED,
  CLIP_SILENT,
  CLIP_FRAGMENTED_SILENT,
  CLIP_LONG,                    /* 8 s, 2 MB, a keyframe every 2 s, the index in front */
  CLIP_LONG_END,
  CLIP_MEDIUM,                  /* 4 s, 1 MB, the index in front */
  CLIP_LARGE_END,               /* 12 MB: more than a demuxer reads in search of the index */
  CLIP_VP8,                     /* WebM */
  CLIP_VP9,
  CLIP_H265,
  CLIP_H264_444,                /* 4:4:4 */
  CLIP_H264_10,                 /* 10 bit */
  N_CLIPS
} ClipKind;

typedef struct
{
  const gchar *name;
  VeoSimClipOptions options;
  const gchar *content_type;
  gchar *path;                  /* the local file */
  GBytes *bytes;                /* that are in it */
  guint64 size;
  guint64 index_at;             /* the middle of an MP4's index (moov); 0: there is none */
} Clip;

/* Rendered at the first call and kept as a file for all processes. Any thread.
 * NULL: *error names what is missing here to render it. (transfer none) */
const Clip *clips_get (ClipKind kind, GError ** error);

G_END_DECLS
