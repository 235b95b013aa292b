/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of the element, from READY to PAUSED and back: it waits for the
 * task, hands its result over to the media part, and ends both. */
#ifndef __GST_VEO_RUN_H__
#define __GST_VEO_RUN_H__

#include "gstveohttpsrc.h"
#include "gstveoreport.h"
#include "gstveosettings.h"
#include "gstveowatch.h"

G_BEGIN_DECLS

typedef struct _GstVeoRun GstVeoRun;

typedef struct
{
  /* A source was made; it has no state yet. */
  void (*source_setup) (GstElement * element, GstElement * source);
  /* Pads are there, or will never come: the state change is over. */
  void (*settled) (GstElement * element, GstVeoRun * run);
} GstVeoRunEvents;

/* The counters of the stats property. */
typedef struct
{
  GstVeoWatchStats wait;
  GstVeoHttpSrcStats download;
} GstVeoRunStats;

/* element and report are borrowed: the element stops the run before it goes.
 * settings: taken. */
GstVeoRun *gst_veo_run_new (GstBin * element, GstVeoReport * report,
    GstVeoSettings * settings, const GstVeoRunEvents * events);
GstVeoRun *gst_veo_run_ref (GstVeoRun * run);
void gst_veo_run_unref (GstVeoRun * run);

/* Checks the settings and what must be installed; FALSE after the ERROR. */
gboolean gst_veo_run_check (GstVeoRun * run, const gchar * plugin_dir);
/* START, and the first poll; returns at once. */
void gst_veo_run_start (GstVeoRun * run);
/* Before the children go down: nothing is said or done for this run any more. */
void gst_veo_run_close (GstVeoRun * run);
/* After the children went down. */
void gst_veo_run_take_down (GstVeoRun * run);

/* EOS and SEEK. Returns: whether the run took the event, which it then owns. */
gboolean gst_veo_run_take_event (GstVeoRun * run, GstEvent * event,
    gboolean * result);
/* Returns: whether the run took the message of a child, which it then owns. */
gboolean gst_veo_run_take_message (GstVeoRun * run, GstMessage * message);
/* Clip length that the service told, or GST_CLOCK_TIME_NONE. */
GstClockTime gst_veo_run_get_duration (GstVeoRun * run);
void gst_veo_run_get_stats (GstVeoRun * run, GstVeoRunStats * stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoRun, gst_veo_run_unref)

G_END_DECLS

#endif /* __GST_VEO_RUN_H__ */
