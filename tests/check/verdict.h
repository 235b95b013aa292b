/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a run that fails must tell, and must not. */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* How far the run was when it failed. */
typedef enum
{
  VERDICT_WAITING,              /* START was told: ERROR, then PROGRESS ERROR */
  VERDICT_BEFORE_START,         /* no PROGRESS at all */
  VERDICT_COMPLETED,            /* COMPLETE was told: the ERROR alone */
} VerdictPhase;

typedef struct
{
  gint code;
  gboolean is_stream;           /* code is a GST_STREAM_ERROR_, else a GST_RESOURCE_ERROR_ */
  VerdictPhase phase;
  guint http_status;
  guint attempts;               /* 0: any number */
  const gchar *status;          /* nick; NULL: unknown */
  const gchar *error_code;      /* NULL: must be absent */
  const gchar *error_message;   /* NULL: must be absent */
  const gchar *says[4];         /* what the text must have in it */
} Verdict;

/* Waits for the ERROR, stops the pipeline, and holds all that was said against
 * the verdict: one ERROR, from veosrc, with these details, in a sentence that
 * names the task, and nothing after it but its PROGRESS. what: names the case
 * in the report of a test that fails. Returns: (transfer none): the ERROR */
GstMessage *verdict_check (Scene * scene, const Verdict * verdict,
    const gchar * what);

G_END_DECLS
