/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a watch told, for the tests of the waiting part. */
#ifndef __WATCH_LOG_H__
#define __WATCH_LOG_H__

#include "gstveowatch.h"
#include "pollserver.h"

/* One answer of a scripted server; status 0: none ever. */
typedef struct
{
  guint status;
  const gchar *body;
  const gchar *header;
  const gchar *value;
} Reply;

typedef struct
{
  Reply replies[12];            /* one a request; the last with a status or body is repeated */
  guint n;
} Script;

/* A PollHandler; data is a Script. */
void script_answer (PollServer * server, SoupServerMessage * message,
    guint number, gpointer data);

/* A watch and its record; every field but `watch' is guarded. */
typedef struct
{
  GstVeoWatch *watch;
  GMutex lock;
  GCond changed;
  GString *events;              /* "queued:-1 processing:50 retry:2000 completed " */
  guint n_events;
  guint n_retries;
  gboolean over;
  gboolean gone;                /* notify came */
  gchar *link;
  gboolean needs_key;
  gboolean is_content;
  GstVeoFailure *failure;
  GstVeoStatus last_status;     /* of the task that came with the end */
} WatchLog;

/* The task "t", key "sk-one", intervals of 60 ms, everything else unlimited
 * but `retries' (3). */
GstVeoWatchSettings watch_settings (const gchar * base_url);

WatchLog *watch_log_start (const GstVeoWatchSettings * settings);
/* Blocks until completed or failed. */
void watch_log_wait_end (WatchLog * log);
/* Blocks until so many events were told. */
void watch_log_wait_events (WatchLog * log, guint n);
/* Stops the watch and blocks until it is gone. */
void watch_log_stop (WatchLog * log);
void watch_log_free (WatchLog * log);
/* watch_log_wait_end, then compares the events. */
void watch_log_expect (WatchLog * log, const gchar * events);
void watch_log_expect_failure (WatchLog * log, GstVeoFailureKind kind);

/* Threads of the worker */
guint count_workers (void);
void wait_for_no_workers (void);

#endif /* __WATCH_LOG_H__ */
