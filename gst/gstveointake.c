/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveointake.h"
#include "gstveoanswer.h"

#include <string.h>

/* So many bytes tell a message from media for certain */
#define ENOUGH_TO_TELL 512
/* A message with a link is short; of a longer one the beginning will do */
#define MAX_TEXT (1 << 20)
/* A block that was filled so little is copied, or the rest of it is wasted memory,
 * once the process holds so much of what was received: as long as all of it leaves
 * at once, copies would be most of what a fast transfer costs */
#define WASTE_FACTOR 2
#define WASTE_BYTES (16 << 20)

void
gst_veo_intake_start (GstVeoIntake * intake, GstVeoDownload * download,
    gboolean keep, const gchar * save_location, GstVeoIntakeFunc func,
    gpointer data)
{
  memset (intake, 0, sizeof *intake);
  intake->download = download;
  intake->func = func;
  intake->data = data;
  intake->cache = gst_veo_cache_new (GST_VEO_CACHE_MAX_BYTES);
  intake->keep = keep;
  intake->save_location = save_location;
}

void
gst_veo_intake_stop (GstVeoIntake * intake)
{
  gst_clear_buffer (&intake->held);
  g_clear_pointer (&intake->cache, gst_veo_cache_free);
  g_clear_pointer (&intake->save, gst_veo_save_free);
}

void
gst_veo_intake_give_up_saving (GstVeoIntake * intake, const gchar * text)
{
  g_clear_pointer (&intake->save, gst_veo_save_free);
  intake->func (GST_VEO_HTTP_SRC_SAVE_FAILED, text, intake->data);
}

static void
start_saving (GstVeoIntake * intake)
{
  g_autoptr (GError) error = NULL;

  if (!intake->save_location)
    return;
  intake->save = gst_veo_save_new (intake->save_location, &error);
  if (!intake->save)
    gst_veo_intake_give_up_saving (intake, error->message);
}

GstVeoStep
gst_veo_intake_begin (GstVeoIntake * intake, guint64 start)
{
  gst_clear_buffer (&intake->held);
  intake->net_pos = start;
  intake->is_text = FALSE;
  intake->looking = start == 0;
  if (intake->looking)
    return GST_VEO_STEP_READ;
  return gst_veo_download_check_file (intake->download);
}

guint64
gst_veo_intake_get_need (GstVeoIntake * intake)
{
  guint64 total = gst_veo_download_get_total (intake->download);

  if (!intake->is_video)
    return 0;
  if (intake->save && total != GST_VEO_UNKNOWN && intake->position >= total)
    return gst_veo_save_find_missing (intake->save, 0);
  return gst_veo_cache_find_missing (intake->cache, intake->position);
}

static void
finish_saving (GstVeoIntake * intake)
{
  g_autoptr (GError) error = NULL;

  if (!gst_veo_save_finish (intake->save, &error)) {
    gst_veo_intake_give_up_saving (intake, error->message);
    return;
  }
  g_clear_pointer (&intake->save, gst_veo_save_free);
  intake->func (GST_VEO_HTTP_SRC_SAVED, NULL, intake->data);
}

void
gst_veo_intake_end_file (GstVeoIntake * intake)
{
  if (intake->save && gst_veo_save_is_complete (intake->save,
          gst_veo_download_get_total (intake->download)))
    finish_saving (intake);
}

static void
save_bytes (GstVeoIntake * intake, const guint8 * data, gsize len)
{
  g_autoptr (GError) error = NULL;

  if (intake->save && !gst_veo_save_write (intake->save, intake->net_pos, data,
          len, &error))
    gst_veo_intake_give_up_saving (intake, error->message);
}

static void
walk_boxes (GstVeoIntake * intake, const guint8 * data, gsize len)
{
  GstVeoBoxes *boxes = &intake->boxes;

  gst_veo_boxes_skip_to (boxes, intake->net_pos);
  if (boxes->pos >= intake->net_pos && boxes->pos - intake->net_pos < len)
    gst_veo_boxes_push (boxes, data + (boxes->pos - intake->net_pos),
        len - (boxes->pos - intake->net_pos));
}

/* FALSE: it differs from what is there */
static gboolean
look_through (GstVeoIntake * intake, GstBuffer * buffer)
{
  GstMapInfo map;
  gboolean agrees;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FALSE;
  agrees = gst_veo_cache_agrees (intake->cache, intake->net_pos, map.data,
      map.size);
  if (agrees) {
    walk_boxes (intake, map.data, map.size);
    save_bytes (intake, map.data, map.size);
  }
  gst_buffer_unmap (buffer, &map);
  return agrees;
}

/* Takes the buffer */
static GstBuffer *
without_waste (GstBuffer * buffer)
{
  gsize max_size, size = gst_buffer_get_sizes (buffer, NULL, &max_size);
  GstBuffer *copy;

  if (max_size / WASTE_FACTOR <= size
      || gst_veo_budget_get_used () < WASTE_BYTES)
    return buffer;
  copy = gst_buffer_copy_deep (buffer);
  gst_buffer_unref (buffer);
  return copy;
}

static void
count_memory (GstVeoIntake * intake, GstBuffer * buffer)
{
  if (gst_veo_budget_count (buffer) || intake->lean)
    return;
  intake->lean = TRUE;
  intake->keep = FALSE;
  gst_veo_cache_forget_before (intake->cache, intake->position);
  intake->func (GST_VEO_HTTP_SRC_LEAN, NULL, intake->data);
}

/* Takes the buffer */
static void
keep_buffer (GstVeoIntake * intake, GstBuffer * buffer)
{
  guint64 start = intake->net_pos;
  guint64 end = start + gst_buffer_get_size (buffer);

  if (intake->keep || end > intake->position) {
    buffer = without_waste (buffer);
    count_memory (intake, buffer);
    gst_veo_cache_insert (intake->cache, start, buffer);
  }
  gst_buffer_unref (buffer);
}

/* What is kept counts wherever it is: a server without Range must bring all that
 * lies before the byte that is needed */
static void
count_progress (GstVeoIntake * intake, guint64 end)
{
  guint64 missing = intake->keep ?
      gst_veo_cache_find_missing (intake->cache, intake->net_pos) :
      gst_veo_intake_get_need (intake);

  if (end <= missing)
    return;
  intake->wanted_bytes += end - MAX (missing, intake->net_pos);
  gst_veo_download_progressed (intake->download,
      MIN (intake->wanted_bytes,
          gst_veo_download_get_total (intake->download)));
}

/* Bytes of the file, in their place. Takes the buffer. */
static GstVeoStep
receive (GstVeoIntake * intake, GstBuffer * buffer)
{
  guint64 total = gst_veo_download_get_total (intake->download);
  guint64 end = intake->net_pos + gst_buffer_get_size (buffer);

  if (end > total || !look_through (intake, buffer)) {
    gst_buffer_unref (buffer);
    return gst_veo_download_differs (intake->download);
  }
  count_progress (intake, end);
  keep_buffer (intake, buffer);
  intake->net_pos = end;
  if (total != GST_VEO_UNKNOWN)
    gst_veo_intake_end_file (intake);
  return end == total ? GST_VEO_STEP_END : GST_VEO_STEP_READ;
}

static GstVeoContentKind
look_at_held (GstVeoIntake * intake)
{
  GstVeoContentKind kind = GST_VEO_CONTENT_TEXT;
  GstMapInfo map;

  if (gst_buffer_map (intake->held, &map, GST_MAP_READ)) {
    kind = gst_veo_content_sniff (gst_veo_download_get_content_type
        (intake->download), map.data, map.size);
    gst_buffer_unmap (intake->held, &map);
  }
  return kind;
}

GstVeoStep
gst_veo_intake_settle (GstVeoIntake * intake)
{
  GstVeoStep step;

  if (!intake->looking || !intake->held)
    return GST_VEO_STEP_READ;
  intake->looking = FALSE;
  if (look_at_held (intake) != GST_VEO_CONTENT_VIDEO) {
    intake->is_text = TRUE;
    return GST_VEO_STEP_READ_TEXT;
  }
  step = gst_veo_download_check_file (intake->download);
  if (step != GST_VEO_STEP_READ)
    return step;
  if (!intake->is_video)
    start_saving (intake);
  intake->is_video = TRUE;
  return receive (intake, g_steal_pointer (&intake->held));
}

GstVeoStep
gst_veo_intake_conclude_text (GstVeoIntake * intake, gboolean cut)
{
  gboolean is_json = intake->held
      && look_at_held (intake) == GST_VEO_CONTENT_JSON;
  GstMapInfo map;
  GstVeoStep step;

  intake->is_text = FALSE;
  /* The link may be in the part that is missing */
  if (is_json && cut)
    step = gst_veo_download_broke (intake->download, "an answer was cut");
  else if (intake->held && gst_buffer_map (intake->held, &map, GST_MAP_READ)) {
    step = gst_veo_download_got_text (intake->download, is_json, map.data,
        map.size);
    gst_buffer_unmap (intake->held, &map);
  } else
    step = gst_veo_download_got_text (intake->download, FALSE, NULL, 0);
  gst_clear_buffer (&intake->held);
  return step;
}

GstVeoStep
gst_veo_intake_take (GstVeoIntake * intake, GstBuffer * buffer)
{
  GstVeoStep step = GST_VEO_STEP_READ;

  if (!intake->looking && !intake->is_text)
    return receive (intake, buffer);
  intake->held = intake->held ? gst_buffer_append (intake->held, buffer)
      : buffer;
  if (intake->looking && gst_buffer_get_size (intake->held) >= ENOUGH_TO_TELL)
    step = gst_veo_intake_settle (intake);
  if (intake->is_text && gst_buffer_get_size (intake->held) >= MAX_TEXT)
    step = gst_veo_intake_conclude_text (intake, FALSE);
  return step;
}

/* With the index behind the media nothing can be shown before the end. A demuxer
 * jumps there, or back, if it knows how long the file is; if not it gives up
 * after some megabytes. So all of it comes first, and then its length is known. */
static gboolean
waits_for_end (GstVeoIntake * intake)
{
  return intake->keep && intake->position == 0 && intake->boxes.index_behind
      && gst_veo_download_get_total (intake->download) == GST_VEO_UNKNOWN
      && gst_veo_cache_get_bytes (intake->cache) < GST_VEO_CACHE_MAX_BYTES / 2;
}

GstBuffer *
gst_veo_intake_deliver (GstVeoIntake * intake)
{
  GstBuffer *buffer;

  if (!intake->is_video || waits_for_end (intake))
    return NULL;
  buffer = gst_veo_cache_get (intake->cache, intake->position);
  if (!buffer)
    return NULL;
  /* The one that is kept is not to be written to */
  buffer = gst_buffer_make_writable (buffer);
  GST_BUFFER_OFFSET (buffer) = intake->position;
  intake->position += gst_buffer_get_size (buffer);
  GST_BUFFER_OFFSET_END (buffer) = intake->position;
  if (!intake->keep)
    gst_veo_cache_forget_before (intake->cache, intake->position);
  return buffer;
}

gboolean
gst_veo_intake_is_finished (GstVeoIntake * intake)
{
  return intake->is_video && !intake->save
      && intake->position >= gst_veo_download_get_total (intake->download);
}

void
gst_veo_intake_seek (GstVeoIntake * intake, guint64 offset)
{
  /* Whoever seeks once will do so again */
  if (offset != intake->position && !intake->lean)
    intake->keep = TRUE;
  intake->position = offset;
}
