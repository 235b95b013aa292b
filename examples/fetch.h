/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <stdio.h>

typedef enum
{
  WAITING,
  HELD,                         /* completed, but its turn has not come */
  LOADING,
  FETCHED,                      /* from here on: over */
  SKIPPED,
  FAILED,
  STOPPED,
  N_STATES
} State;

typedef struct
{
  FILE *lines;                  /* for people */
  FILE *report;                 /* for programs, or NULL */
  gboolean is_terminal;
  guint n_drawn;                /* lines below those that stay */
} Output;

typedef struct
{
  /* the options */
  gchar *directory;
  gchar *pattern;
  gchar *report_name;
  gchar **ids;
  gdouble timeout;              /* seconds; negative: as veosrc has it */

  Output output;
  GMainLoop *loop;
  GstBus *bus;
  GPtrArray *tasks;             /* of Task, in the order they came */
  GHashTable *by_id;            /* id, the task's: Task */
  guint counts[N_STATES];
  gboolean is_reading;          /* more ids may come */
  gint result;                  /* exit status */

  GMutex lock;                  /* threads of veosrc use these as well: */
  gint free_jobs;
  gboolean is_stopping;
} Fetch;

typedef struct
{
  Fetch *fetch;
  gchar *id;
  gchar *path;
  gchar *text;                  /* what veosrc last said, or NULL */
  State state;
  gboolean has_job;             /* may download; under the lock */
  GstElement *pipeline;         /* NULL before and after */
  GstElement *source, *sink;    /* the pipeline's */
} Task;

/* fetchoutput.c */
gboolean output_open (Output * output, const gchar * report_name);
gboolean output_close (Output * output);
void output_say (Output * output, const gchar * text);
void output_draw (Fetch * fetch);
void output_report (Task * task, const GError * error,
    const GstStructure * details);
