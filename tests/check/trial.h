/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of veosrc against a service with planned troubles, played to its end
 * or stopped on the way. Fails no test by itself: many run side by side, each
 * in a thread of its own. Every problem comes back as a text to free. */
#pragma once

#include "reference.h"
#include "veosim.h"

G_BEGIN_DECLS

typedef struct
{
  const Clip *clip;
  Output output;
  VeoSimLink link;
  VeoSimTransfer transfer;
  gboolean pending;             /* the task is not completed yet */
  gboolean sync;                /* plays in time */
} TrialPlan;

typedef struct _Trial Trial;

/* A task of its own on sim, completed or not, and a pipeline that asks for it.
 * The plan is copied, except for cut_at. */
Trial *trial_new (VeoSim * sim, const TrialPlan * plan);
/* (transfer none) */
const gchar *trial_get_task (Trial * trial);
GstElement *trial_get_pipeline (Trial * trial);
GstElement *trial_get_src (Trial * trial);
Recording *trial_get_recording (Trial * trial);

/* To EOS, then NULL. What came out must be what the local file gives; the
 * application must not be told of any trouble. Returns: (transfer full)
 * (nullable): what is wrong */
gchar *trial_play (Trial * trial);
/* The same in steps: the next message of these types (an ERROR or WARNING that
 * is not among them is a problem) ... */
gchar *trial_wait (Trial * trial, GstMessageType types);
/* ... NULL, and what came since the last flush against expected ... */
gchar *trial_end (Trial * trial, Recording * expected);
/* ... and both, after EOS */
gchar *trial_finish (Trial * trial, Recording * expected);
/* ... and both, after the EOS that follows a seek with this number: an earlier
 * one may be on the bus already */
gchar *trial_finish_seek (Trial * trial, guint32 seqnum, Recording * expected);
/* A counter of the property "stats" */
guint64 trial_get_stat (Trial * trial, const gchar * field);

/* PLAYING, and NULL so many us later. Returns: (transfer full) (nullable):
 * what is wrong */
gchar *trial_stop_after (Trial * trial, gint64 us);

/* Returns: (transfer full) (nullable): a message that came after NULL had returned */
gchar *trial_free (Trial * trial);

G_END_DECLS
