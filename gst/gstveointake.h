/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of received bytes: looked at (media or a message?), compared
 * with what came before, counted, saved, kept, delivered. Streaming thread. */
#ifndef __GST_VEO_INTAKE_H__
#define __GST_VEO_INTAKE_H__

#include "gstveocache.h"
#include "gstveodownload.h"
#include "gstveohttpsrc.h"
#include "gstveosave.h"

G_BEGIN_DECLS

/* text (nullable): for a person */
typedef void (*GstVeoIntakeFunc) (GstVeoHttpSrcEvent event, const gchar * text,
    gpointer data);

typedef struct
{
  GstVeoDownload *download;     /* not owned */
  GstVeoIntakeFunc func;
  gpointer data;

  GstVeoCache *cache;
  GstVeoBoxes boxes;
  const gchar *save_location;   /* not owned */
  GstVeoSave *save;             /* from the first byte on; NULL: not wanted, finished or given up */
  gboolean keep;                /* for seeks */
  gboolean lean;                /* the process's budget was used up */

  gboolean is_video;            /* decided once */
  guint64 position;             /* the byte that downstream gets next */
  guint64 net_pos;              /* the byte that the transfer brings next */
  guint64 wanted_bytes;         /* that came */

  /* The first bytes of a body, until it is known what they are */
  GstBuffer *held;
  gboolean looking;             /* media or a message? */
  gboolean is_text;             /* a message */
} GstVeoIntake;

void gst_veo_intake_start (GstVeoIntake * intake, GstVeoDownload * download,
    gboolean keep, const gchar * save_location, GstVeoIntakeFunc func,
    gpointer data);
void gst_veo_intake_stop (GstVeoIntake * intake);

/* A body begins at start */
GstVeoStep gst_veo_intake_begin (GstVeoIntake * intake, guint64 start);
/* Takes the buffer. READ: go on; else what to do now. */
GstVeoStep gst_veo_intake_take (GstVeoIntake * intake, GstBuffer * buffer);
/* Decides about bytes that are still held, since no more will come. READ when it was media. */
GstVeoStep gst_veo_intake_settle (GstVeoIntake * intake);
/* The message has ended, or is long enough. cut: it broke off. */
GstVeoStep gst_veo_intake_conclude_text (GstVeoIntake * intake, gboolean cut);

/* Returns: (transfer full) (nullable): the bytes at position, which moves on */
GstBuffer *gst_veo_intake_deliver (GstVeoIntake * intake);
/* Everything was delivered, and saved if that was wanted */
gboolean gst_veo_intake_is_finished (GstVeoIntake * intake);
/* The byte to fetch next */
guint64 gst_veo_intake_get_need (GstVeoIntake * intake);
void gst_veo_intake_seek (GstVeoIntake * intake, guint64 offset);
/* Its length is known now: renames what was saved if that is complete */
void gst_veo_intake_end_file (GstVeoIntake * intake);
/* The file cannot be completed at save-location */
void gst_veo_intake_give_up_saving (GstVeoIntake * intake, const gchar * text);

G_END_DECLS

#endif /* __GST_VEO_INTAKE_H__ */
