/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a task is, as the service told it. Pure, immutable, refcounted. */
#ifndef __GST_VEO_TASK_H__
#define __GST_VEO_TASK_H__

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GST_VEO_STATUS_UNKNOWN,
  GST_VEO_STATUS_QUEUED,
  GST_VEO_STATUS_PROCESSING,
  GST_VEO_STATUS_COMPLETED,
  GST_VEO_STATUS_FAILED,
  GST_VEO_STATUS_CANCELLED,
  GST_VEO_STATUS_EXPIRED,
} GstVeoStatus;

typedef struct _GstVeoTask GstVeoTask;

/* All strings may be NULL (absent). Read-only once made. */
struct _GstVeoTask
{
  gint refcount;                /* atomic, private */
  gchar *id;                    /* the id that was asked for */
  GstVeoStatus status;
  gint progress;                /* 0 to 100, -1 when the service says nothing */
  gchar *model;
  gchar *size;                  /* "720x1280" */
  gdouble seconds;              /* clip length, -1 when unknown */
  gint64 created_at;            /* Unix seconds, 0 when unknown */
  gint64 completed_at;
  gint64 expires_at;
  gchar *link;                  /* as the service wrote it, unresolved; NULL when none.
                                 * Of a data: video, whose bytes are in data, only "data:TYPE" */
  GBytes *data;                 /* decoded bytes of a data: video, else NULL */
  gchar *refused_link;          /* something that stood where a link belongs and is none (file:, ftp:, prose), presentable */
  gchar *error_code;            /* the provider's own, presentable, NULL when empty */
  gchar *error_message;
};

GstVeoTask *gst_veo_task_new (const gchar * id, GstVeoStatus status);
GstVeoTask *gst_veo_task_ref (GstVeoTask * task);
void gst_veo_task_unref (GstVeoTask * task);

/* "unknown", "queued", ...: the nicks of the status property */
const gchar *gst_veo_status_get_nick (GstVeoStatus status);
/* Trimmed, compared without case. NULL or "" is QUEUED, an unlisted word PROCESSING. */
GstVeoStatus gst_veo_status_from_word (const gchar * word);
/* completed, failed, cancelled, expired */
gboolean gst_veo_status_is_final (GstVeoStatus status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoTask, gst_veo_task_unref)

G_END_DECLS

#endif /* __GST_VEO_TASK_H__ */
