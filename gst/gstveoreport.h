/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the application what is going on: the state's properties, PROGRESS,
 * veo-task and TAG messages, and the one ERROR. Keeps them in order, whatever
 * thread they come from, and posts with no lock held. */
#ifndef __GST_VEO_REPORT_H__
#define __GST_VEO_REPORT_H__

#include <gst/gst.h>
#include "gstveofailure.h"

G_BEGIN_DECLS

typedef struct _GstVeoReport GstVeoReport;

/* element is not referenced: it owns the report. */
GstVeoReport *gst_veo_report_new (GstElement * element);
void gst_veo_report_free (GstVeoReport * report);

/* A run is one READY to PAUSED and back. Forgets the run before; says nothing
 * yet. Returns: the number of the run, which every later call names; calls for
 * an older run do nothing. */
guint gst_veo_report_open (GstVeoReport * report, const gchar * task_id);
/* PROGRESS START */
void gst_veo_report_start (GstVeoReport * report, guint run,
    const gchar * text);
/* What the service says of the task: properties, veo-task, CONTINUE. */
void gst_veo_report_task (GstVeoReport * report, guint run, GstVeoTask * task);
/* CONTINUE: why and when the next attempt is made. */
void gst_veo_report_retry (GstVeoReport * report, guint run,
    const GstVeoFailure * failure, guint delay_ms);
/* The link, for the video-url property: full, never part of a message. */
void gst_veo_report_link (GstVeoReport * report, guint run, const gchar * link);
/* TAG and COMPLETE. Returns: FALSE when the run has ended already. */
gboolean gst_veo_report_complete (GstVeoReport * report, guint run);
/* ERROR with its veo-error details, then PROGRESS ERROR if the wait was not
 * over. Only the first of a run is posted; returns whether this was it. task may be NULL. */
gboolean gst_veo_report_fail (GstVeoReport * report, guint run,
    GstVeoTask * task, const GstVeoFailure * failure);
/* The same for an error that is not the service's: error is copied. */
gboolean gst_veo_report_error (GstVeoReport * report, guint run,
    const GError * error, const gchar * debug);
/* Any other message, of ours or of a child, in order, unless the run has failed; takes message. */
void gst_veo_report_message (GstVeoReport * report, guint run,
    GstMessage * message);
/* CANCELED if the wait was not over. Nothing of this run is said from now on. */
void gst_veo_report_close (GstVeoReport * report, guint run);

/* The properties. */
GstVeoStatus gst_veo_report_get_status (GstVeoReport * report);
gint gst_veo_report_get_progress (GstVeoReport * report);
/* Returns: (transfer full) (nullable) */
gchar *gst_veo_report_dup_link (GstVeoReport * report);
/* veo-task; returns: (transfer full) */
GstStructure *gst_veo_report_dup_structure (GstVeoReport * report);
/* Returns: (transfer full): title, application-name, datetime */
GstTagList *gst_veo_report_dup_tags (GstVeoReport * report);

G_END_DECLS

#endif /* __GST_VEO_REPORT_H__ */
