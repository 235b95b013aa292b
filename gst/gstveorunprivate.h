/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rooms of a run share: gstveorun.c, gstveohandover.c, gstveorunbus.c. */
#ifndef __GST_VEO_RUN_PRIVATE_H__
#define __GST_VEO_RUN_PRIVATE_H__

#include "gstveoclock.h"
#include "gstveolease.h"
#include "gstveomedia.h"
#include "gstveorefresh.h"
#include "gstveorun.h"
#include "gstveoturn.h"

G_BEGIN_DECLS

typedef enum
{
  GST_VEO_RUN_NEW,
  GST_VEO_RUN_WAITING,                /* for the task */
  GST_VEO_RUN_OPENING,                /* the task is completed, no pad yet */
  GST_VEO_RUN_PLAYING,                /* pads are exposed */
  GST_VEO_RUN_FAILED,
  GST_VEO_RUN_CLOSED,
} GstVeoRunState;

struct _GstVeoRun
{
  gint refcount;
  GstBin *element;              /* borrowed */
  GstVeoReport *report;         /* the element's */
  GstVeoRunEvents events;
  guint number;                 /* of the report */
  GstVeoSettings settings;
  gchar *base_url;              /* normalised */
  gchar *key;                   /* stripped */
  GstVeoClock clock;
  GstVeoParts *parts;
  GstVeoRefresher *refresher;

  GMutex lock;
  GstVeoRunState state;
  GstVeoWatch *watch;
  GstVeoLease *lease;           /* of the element, to the watch; set before it, kept */
  GstVeoMedia *media;
  GstVeoTurn *turn;             /* to open the media */
  GstVeoTask *task;             /* as last told */
  gchar *link;
  gboolean needs_key;
  gboolean is_content;
  gboolean is_saved;            /* save-location has it already */
  GstEvent *seek;               /* kept for when pads are there */
  GstVeoRunStats stats;         /* of a run that is over */
};

/* From one state to another, unless the run is elsewhere by now. */
gboolean gst_veo_run_move_on (GstVeoRun * run, GstVeoRunState from,
    GstVeoRunState to);
GstVeoRunState gst_veo_run_get_state (GstVeoRun * run);
/* Returns: (transfer full) (nullable) */
GstVeoMedia *gst_veo_run_ref_media (GstVeoRun * run);
/* The ERROR, and the end of the state change. task may be NULL. */
void gst_veo_run_fail (GstVeoRun * run, GstVeoTask * task,
    const GstVeoFailure * failure);
void gst_veo_run_fail_with_error (GstVeoRun * run, const GError * error,
    const gchar * debug);
/* code: GST_RESOURCE_ERROR_... */
void gst_veo_run_warn (GstVeoRun * run, gint code, const gchar * text);
/* The task is completed, as its status says or its video shows: COMPLETE, if it
 * was not told before. Returns: whether it was told now. */
gboolean gst_veo_run_confirm (GstVeoRun * run);
/* The result becomes pads, in a thread of its own and
 * when descriptors allow it. */
void gst_veo_run_hand_over (GstVeoRun * run);
/* A run that is over lets others open. */
void gst_veo_run_leave_turn (GstVeoRun * run);

G_END_DECLS

#endif /* __GST_VEO_RUN_PRIVATE_H__ */
