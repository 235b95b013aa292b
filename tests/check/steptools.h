/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A download that is told what happened to it, step by step. */
#ifndef __STEP_TOOLS_H__
#define __STEP_TOOLS_H__

#include "gstveodownload.h"

#define RETRIES 3
#define MIN_BACKOFF 10          /* ms */
#define MAX_BACKOFF 80
#define TASK "video_1"
#define BASE "https://service.example"
#define CONTENT BASE "/v1/videos/" TASK "/content"
#define LINK "https://storage.example/a.mp4?signature=shh"
#define KEY "sk-0123456789"
#define FRESH "https://storage.example/b.mp4?signature=new"

/* Of a link that has no fresh one and no content address behind it */
GstVeoDownload *step_new_download (guint retries);
/* Of one that has both, and RETRIES; is_content: the link is the content address */
GstVeoDownload *step_new_task_download (gboolean is_content);
/* The head of the answer to an attempt from need on; name (nullable) of a header */
GstVeoStep step_reply (GstVeoDownload * download, guint64 need, guint status,
    const gchar * name, const gchar * value, guint64 * start);
/* location (nullable) */
GstVeoStep step_head (GstVeoDownload * download, guint status,
    const gchar * location);
GstVeoStep step_break (GstVeoDownload * download);
/* TRUE: the body begins, of a file of ten bytes */
gboolean step_begin_body (GstVeoDownload * download);

#endif /* __STEP_TOOLS_H__ */
