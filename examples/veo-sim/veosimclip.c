/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Test videos: options, files, the cache */
#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "veosimclippipeline.h"

/* Counted up when the same options come to give another picture or file */
#define LOOK "3"

static const VeoSimClipOptions defaults = {.seconds = 8,.width = 720,.height =
      1280
};

static void
fill_in (const VeoSimClipOptions * options, VeoSimClipOptions * full)
{
  *full = options ? *options : defaults;
  if (!full->seconds)
    full->seconds = defaults.seconds;
  if (!full->width || !full->height) {
    full->width = defaults.width;
    full->height = defaults.height;
  }
  gst_init (NULL, NULL);
}

gboolean
veo_sim_clip_check (const VeoSimClipOptions * options, GError ** error)
{
  VeoSimClipOptions full;

  fill_in (options, &full);
  return veo_sim_clip_pipeline_check (&full, error);
}

gboolean
veo_sim_clip_is_webm (const VeoSimClipOptions * options)
{
  return options && (options->codec == VEO_SIM_CODEC_VP9
      || options->codec == VEO_SIM_CODEC_VP8);
}

const gchar *
veo_sim_clip_get_content_type (const VeoSimClipOptions * options)
{
  return veo_sim_clip_is_webm (options) ? "video/webm" : "video/mp4";
}

gboolean
veo_sim_clip_parse_size (const gchar * size, guint * width, guint * height)
{
  g_auto (GStrv) parts = g_strsplit (size, "x", 2);
  guint64 w, h;

  if (g_strv_length (parts) != 2
      || !g_ascii_string_to_unsigned (parts[0], 10, 16, 4096, &w, NULL)
      || !g_ascii_string_to_unsigned (parts[1], 10, 16, 4096, &h, NULL) || w % 2
      || h % 2)
    return FALSE;
  *width = w;
  *height = h;
  return TRUE;
}

/* --- The same bytes for the same options ------------------------------- */

static guint32
read_u32 (const guint8 * p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 |
      p[3];
}

static gboolean
is_box (const guint8 * box, const gchar * names)
{
  g_autofree gchar *name = g_strndup ((const gchar *) box + 4, 4);

  return strlen (name) == 4 && strstr (names, name) != NULL;
}

/* The muxer writes the time of day into the index: take it out again */
static void
clear_times (guint8 * data, gsize size)
{
  gsize pos = 0;

  while (size - pos >= 8) {
    guint8 *box = data + pos;
    gsize length = read_u32 (box);

    if (length < 8 || length > size - pos)      /* 1: a large mdat; nothing of interest follows */
      return;
    if (is_box (box, "moov trak mdia"))
      clear_times (box + 8, length - 8);
    else if (is_box (box, "mvhd tkhd mdhd") && length >= 32)
      memset (box + 12, 0, box[8] == 1 ? 16 : 8);
    pos += length;
  }
}

static GBytes *
load (const gchar * path, GError ** error)
{
  gchar *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, error))
    return NULL;
  clear_times ((guint8 *) data, size);
  return g_bytes_new_take (data, size);
}

GBytes *
veo_sim_clip_render (const VeoSimClipOptions * options,
    VeoSimClipProgress progress, gpointer user_data, GCancellable * cancellable,
    GError ** error)
{
  VeoSimClipOptions full;
  g_autofree gchar *path = NULL;
  GBytes *clip = NULL;
  gint fd = g_file_open_tmp ("veo-sim-XXXXXX", &path, error);

  if (fd < 0)
    return NULL;
  close (fd);
  fill_in (options, &full);
  if (veo_sim_clip_pipeline_run (&full, path, progress, user_data, cancellable,
          error))
    clip = load (path, error);
  g_unlink (path);
  return clip;
}

/* --- Once per set of options ------------------------------------------- */

/* A short name that stands for the options */
static gchar *
make_key (const VeoSimClipOptions * o)
{
  static const gchar *const codecs[] =
      { "h264", "h264-444", "h264-10", "h265", "vp9", "vp8" };
  static const gchar *const indexes[] = { "front", "end", "fragmented" };
  g_autofree gchar *sum =
      g_compute_checksum_for_string (G_CHECKSUM_MD5, o->prompt ? o->prompt : "",
      -1);

  return g_strdup_printf ("v" LOOK "-%us-%ux%u-%s-%s%s%s-%u-%.6s%s", o->seconds,
      o->width, o->height, codecs[o->codec], indexes[o->index],
      o->silent ? "-silent" : "", o->noise ? "-noise" : "", o->kbit, sum,
      veo_sim_clip_is_webm (o) ? ".webm" : ".mp4");
}

GBytes *
veo_sim_clip_get (const VeoSimClipOptions * options, GError ** error)
{
  static GMutex lock;
  static GHashTable *cache;     /* key -> GBytes; lives as long as the process */
  VeoSimClipOptions full;
  g_autofree gchar *key = NULL;
  GBytes *clip;

  fill_in (options, &full);
  key = make_key (&full);
  g_mutex_lock (&lock);
  if (!cache)
    cache =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
        (GDestroyNotify) g_bytes_unref);
  clip = g_hash_table_lookup (cache, key);
  if (!clip) {
    clip = veo_sim_clip_render (&full, NULL, NULL, NULL, error);
    if (clip)
      g_hash_table_insert (cache, g_steal_pointer (&key), clip);
  }
  if (clip)
    g_bytes_ref (clip);
  g_mutex_unlock (&lock);
  return clip;
}

/* Appears at once and whole, and the first one stays: another process may have
 * read it already, and not every muxer writes the same bytes twice. */
static gboolean
put_file (const gchar * path, GBytes * bytes, GError ** error)
{
  g_autofree gchar *part = g_strdup_printf ("%s.%d", path, (gint) getpid ());
  gboolean done;

  if (!g_file_set_contents (part, g_bytes_get_data (bytes, NULL),
          g_bytes_get_size (bytes), error))
    return FALSE;
  done = link (part, path) == 0 || errno == EEXIST
      || g_rename (part, path) == 0;
  if (!done)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s",
        path, g_strerror (errno));
  g_unlink (part);
  return done;
}

gchar *
veo_sim_clip_get_file (const VeoSimClipOptions * options,
    const gchar * directory, GError ** error)
{
  VeoSimClipOptions full;
  g_autofree gchar *name = NULL;
  g_autofree gchar *path = NULL;
  g_autoptr (GBytes) clip = NULL;

  fill_in (options, &full);
  name = make_key (&full);
  path = g_build_filename (directory, name, NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  g_mkdir_with_parents (directory, 0755);
  clip = veo_sim_clip_get (&full, error);
  if (!clip || !put_file (path, clip, error))
    return NULL;
  return g_steal_pointer (&path);
}
