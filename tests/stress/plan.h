/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens in one start: the troubles that the service makes, what the
 * application does meanwhile, and when and how it stops. A number decides all
 * of it, so that both processes know it and a start can be had again. */
#pragma once

#include "veosim.h"

G_BEGIN_DECLS

/* Where most stops are meant to fall */
typedef enum
{
  PHASE_CONNECTING,
  PHASE_HEADERS,
  PHASE_BODY,
  PHASE_RETRY,
  PHASE_PRELOAD,
  PHASE_HANDOVER,
  PHASE_DOWNLOAD,
  PHASE_RESUME,
  PHASE_REFRESH,
  PHASE_PLAYING,
  N_PHASES
} Phase;

/* What a delay begins with */
typedef enum
{
  AFTER_START,
  AFTER_NEWS,                   /* the first message of the element */
  AFTER_COMPLETE,
  AFTER_PAD,
  AFTER_BUFFER,
} After;

typedef enum
{
  ACTION_NONE,
  ACTION_READY,                 /* and PLAYING again */
  ACTION_PAUSED,                /* and PLAYING again */
  ACTION_SEEK,
  ACTION_PROPERTIES,
  ACTION_EOS,
  N_ACTIONS
} Action;

typedef enum
{
  STOP_NULL,
  STOP_READY,                   /* NULL a moment later */
  STOP_PAUSED,                  /* the same */
  STOP_FROM_HANDLER,            /* in a sync handler of the bus, at a message of the element */
  STOP_IN_PAD_ADDED,
  STOP_FROM_TWO_THREADS,        /* at the same time */
  N_STOPS
} Stop;

#define MAX_STEPS 3

typedef struct
{
  After after;
  guint delay_us;
  Action action;
  guint position_ms;            /* of a seek */
} Step;

typedef struct
{
  Phase phase;
  guint output;
  gboolean sync;
  guint duration_ms;            /* of the task; 0: it is completed already */
  VeoSimLink link;
  guint n_answers;
  VeoSimAnswer answers[3];      /* to polls; then the service's own */
  gboolean breaks_content;
  VeoSimAnswer content;         /* to the first fetch of the video */
  VeoSimTransfer transfer;
  guint n_steps;
  Step steps[MAX_STEPS];
  After stop_after;
  guint stop_delay_us;
  Stop stop;
  guint stop_message;           /* which one, for STOP_FROM_HANDLER */
} Plan;

/* lives: longer delays, for elements that come and go instead of being hit */
void plan_make (Plan * plan, guint32 seed, gboolean lives);

const gchar *phase_get_name (Phase phase);
const gchar *action_get_name (Action action);
const gchar *stop_get_name (Stop stop);

G_END_DECLS
