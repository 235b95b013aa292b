/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks the top-level boxes of an MP4 file, or the elements of a WebM file, as
 * its bytes pass by, to tell the end of a file of unknown length from a cut. Pure. */
#ifndef __GST_VEO_BOXES_H__
#define __GST_VEO_BOXES_H__

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GST_VEO_BOXES_FOREIGN,        /* neither, or WebM whose writer did not know how long it would be: nothing can be told */
  GST_VEO_BOXES_INSIDE,         /* in the middle of a box, before the index or before any media: no end */
  GST_VEO_BOXES_END,            /* the file may end here */
} GstVeoBoxesState;

typedef struct
{
  guint64 pos;                  /* bytes walked so far */
  guint64 next;                 /* where the present box ends */
  guint8 header[16];
  guint have;                   /* bytes of the header of the next box */
  gboolean has_index;           /* a moov began; of WebM, what has the frames */
  gboolean has_media;           /* a box with frames began */
  gboolean index_behind;        /* the media (mdat) began before the index */
  gboolean open_ended;          /* the last box goes on to the end of the file */
  gboolean is_webm;
  gboolean foreign;
} GstVeoBoxes;

void gst_veo_boxes_reset (GstVeoBoxes * boxes);
/* The bytes that follow those pushed before */
void gst_veo_boxes_push (GstVeoBoxes * boxes, const guint8 * data, gsize len);
/* The bytes up to pos were not seen. Only those inside a box may be missed;
 * else nothing happens. */
void gst_veo_boxes_skip_to (GstVeoBoxes * boxes, guint64 pos);
/* What an end after the last byte pushed would mean */
GstVeoBoxesState gst_veo_boxes_get_state (const GstVeoBoxes * boxes);

G_END_DECLS

#endif /* __GST_VEO_BOXES_H__ */
