/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveoboxes.h"
#include "gstveowebm.h"

#include <string.h>

#define SHORT_HEADER 8          /* size and type */
#define LONG_HEADER 16          /* with a 64-bit size behind them */

void
gst_veo_boxes_reset (GstVeoBoxes * boxes)
{
  memset (boxes, 0, sizeof *boxes);
}

/* A type is four printable characters; '\xa9' begins those of QuickTime */
static gboolean
is_box_type (const guint8 * type)
{
  guint i;

  for (i = 0; i < 4; i++) {
    if (!g_ascii_isprint (type[i]) && type[i] != 0xa9)
      return FALSE;
  }
  return TRUE;
}

/* The first box decides what the file is: other formats have no such type there */
static gboolean
is_first_box_type (const guint8 * type)
{
  static const gchar known[][5] = { "ftyp", "styp", "moov", "mdat", "free",
    "skip", "wide", "pnot", "uuid"
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (known); i++) {
    if (memcmp (type, known[i], 4) == 0)
      return TRUE;
  }
  return FALSE;
}

static guint64
read_number (const guint8 * data, guint len)
{
  guint64 number = 0;

  while (len-- > 0)
    number = number << 8 | *data++;
  return number;
}

/* The header may still lack its 64-bit size: 0 then, else its length */
static guint
header_length (const GstVeoBoxes * boxes)
{
  if (boxes->have < SHORT_HEADER)
    return 0;
  if (read_number (boxes->header, 4) != 1)
    return SHORT_HEADER;
  return boxes->have < LONG_HEADER ? 0 : LONG_HEADER;
}

/* An index alone is no video, and the head of a fragment (moof) is one, too:
 * the media come after it. */
static void
note_content (GstVeoBoxes * boxes, const guint8 * type)
{
  gboolean is_media = memcmp (type, "mdat", 4) == 0
      || memcmp (type, "imda", 4) == 0;

  if (memcmp (type, "moov", 4) == 0)
    boxes->has_index = TRUE;
  else if (is_media && !boxes->has_index)
    boxes->index_behind = TRUE;
  boxes->has_media |= is_media;
}

static void
enter_box (GstVeoBoxes * boxes, guint header_len)
{
  guint64 start = boxes->pos - header_len;
  guint64 size = read_number (boxes->header, 4);
  const guint8 *type = boxes->header + 4;

  if (size == 1)
    size = read_number (boxes->header + 8, 8);
  else if (size == 0)
    boxes->open_ended = TRUE;
  if (!is_box_type (type) || (start == 0 && !is_first_box_type (type))
      || (size != 0 && size < header_len) || size > G_MAXUINT64 - start) {
    boxes->foreign = TRUE;
    return;
  }
  note_content (boxes, type);
  boxes->next = boxes->open_ended ? G_MAXUINT64 : start + size;
  boxes->have = 0;
}

/* A segment of unknown size is gone into: what is in it may know its own */
static void
enter_element (GstVeoBoxes * boxes)
{
  guint32 id = 0;
  guint64 size = 0;
  gint header_len = gst_veo_webm_read_header (boxes->header, boxes->have, &id,
      &size);
  gboolean is_open = id == GST_VEO_WEBM_SEGMENT
      && size == GST_VEO_WEBM_UNKNOWN_SIZE;

  if (header_len == 0)
    return;
  boxes->have = 0;
  if (header_len < 0 || (size > G_MAXINT64 && !is_open)) {
    boxes->foreign = TRUE;
    return;
  }
  if ((id == GST_VEO_WEBM_SEGMENT && !is_open) || id == GST_VEO_WEBM_CLUSTER)
    boxes->has_index = boxes->has_media = TRUE;
  boxes->next = boxes->pos + (is_open ? 0 : size);
}

static void
look_at_header (GstVeoBoxes * boxes)
{
  if (boxes->pos == 4 && gst_veo_webm_is_start (boxes->header))
    boxes->is_webm = TRUE;
  if (boxes->is_webm)
    enter_element (boxes);
  else if (header_length (boxes) > 0)
    enter_box (boxes, header_length (boxes));
}

void
gst_veo_boxes_push (GstVeoBoxes * boxes, const guint8 * data, gsize len)
{
  while (len > 0) {
    gsize n;

    if (boxes->foreign) {
      n = len;
    } else if (boxes->pos < boxes->next) {
      n = MIN (len, boxes->next - boxes->pos);
    } else {
      boxes->header[boxes->have++] = *data;
      n = 1;
    }
    boxes->pos += n;
    data += n;
    len -= n;
    /* A box that is only a header ends where it begins */
    if (!boxes->foreign && boxes->have > 0)
      look_at_header (boxes);
  }
}

void
gst_veo_boxes_skip_to (GstVeoBoxes * boxes, guint64 pos)
{
  if (boxes->have == 0 && pos > boxes->pos && pos <= boxes->next)
    boxes->pos = pos;
}

GstVeoBoxesState
gst_veo_boxes_get_state (const GstVeoBoxes * boxes)
{
  if (boxes->foreign)
    return GST_VEO_BOXES_FOREIGN;
  /* Fewer bytes than a header: nothing is known yet */
  if (boxes->next == 0 || !boxes->has_index || !boxes->has_media)
    return GST_VEO_BOXES_INSIDE;
  if (boxes->open_ended)
    return GST_VEO_BOXES_END;
  return boxes->have == 0 && boxes->pos == boxes->next ?
      GST_VEO_BOXES_END : GST_VEO_BOXES_INSIDE;
}
