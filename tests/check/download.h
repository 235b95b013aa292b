/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs one download through the HTTP source and tells what came of it. */
#ifndef __DOWNLOAD_H__
#define __DOWNLOAD_H__

#include <gst/check/gstcheck.h>
#include "gstveohttpsrc.h"
#include "rawserver.h"

G_BEGIN_DECLS

#define KEY "sk-secret-0123456789"

typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  GByteArray *bytes;            /* that reached the sink */
  gboolean ended;               /* by EOS */
  guint errors;                 /* ERROR messages */
  GError *error;                /* the first one */
  GstVeoFailure *failure;
  GstVeoHttpSrcStats stats;
  GString *messages;            /* everything the bus carried, as gst-launch-1.0 -m prints it */
  guint lean, save_failed, saved, reconnects;   /* events */
} Download;

/* Settings that suit a test on this machine: short times, keep, no key */
void download_settings (GstVeoHttpSrcSettings * settings, const gchar * url);
/* tail: what follows the source, as gst_parse has it; its sink is called "sink" */
Download *download_new (const GstVeoHttpSrcSettings * settings, const gchar * tail);
/* Plays to EOS or ERROR, then NULL */
void download_run (Download * download);
void download_wait (Download * download);       /* the same, already playing; state kept */
void download_free (Download * download);
/* new, run */
Download *download_get (const GstVeoHttpSrcSettings * settings);

/* Fails the test unless it ended well with these bytes */
#define assert_complete(download, data, size) \
  download_assert_complete (download, data, size, __FILE__, __LINE__, NULL)
void download_assert_complete (Download * download, const guint8 * data,
    gsize size, const gchar * file, gint line, const gchar * what);
#define assert_failed(download, what) G_STMT_START { \
  fail_unless ((download)->failure != NULL, "it did not fail"); \
  fail_unless_equals_int ((download)->failure->kind, what); \
  fail_unless_equals_int ((download)->errors, 1); \
} G_STMT_END

/* An MP4 in outline: ftyp, moov, mdat (or mdat before moov), size bytes in
 * all of nothing in particular, the same for the same seed. */
guint8 *make_boxes (gsize size, gboolean index_first, guint seed);

G_END_DECLS

#endif /* __DOWNLOAD_H__ */
