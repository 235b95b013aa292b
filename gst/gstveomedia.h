/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A result becomes pads: source ! queue2 ! decodebin, what their messages mean. */
#ifndef __GST_VEO_MEDIA_H__
#define __GST_VEO_MEDIA_H__

#include "gstveochilderror.h"
#include "gstveohttpsrc.h"
#include "gstveopads.h"

G_BEGIN_DECLS

typedef struct _GstVeoMedia GstVeoMedia;

/* Exactly one of http, data and path is set; borrowed. */
typedef struct
{
  const GstVeoHttpSrcSettings *http;
  GBytes *data;
  const gchar *path;
  gboolean use_buffering;
  GstVeoPadsSettings pads;
} GstVeoMediaSettings;

typedef struct
{
  /* The data of the events is refcounted: the media holds it until close, and
   * while it calls. */
  gpointer (*ref) (gpointer data);
  void (*unref) (gpointer data);
  /* From the thread of start, before the source has a state. */
  void (*source_setup) (GstElement * source, gpointer data);
  /* The clip is there, its pads come next. */
  void (*exposing) (gpointer data);
  /* Running time at which the first frame belongs. */
  gint64 (*get_offset) (gpointer data);
  /* Pads are exposed, their data is held. */
  void (*exposed) (gpointer data);
  /* The data may flow. */
  void (*released) (gpointer data);
  /* Something worth a WARNING: the file could not be saved. */
  void (*warn) (const gchar * text, gpointer data);
  /* So is this: the download has been held up for some time. */
  void (*held_up) (const gchar * text, gpointer data);
  /* The download goes on at this link; in full. */
  void (*fresh_link) (const gchar * link, gpointer data);
} GstVeoMediaEvents;

GstVeoMedia *gst_veo_media_new (GstBin * bin, GstVeoParts * parts,
    const GstVeoMediaEvents * events, gpointer data);
GstVeoMedia *gst_veo_media_ref (GstVeoMedia * media);
void gst_veo_media_unref (GstVeoMedia * media);

/* Builds and starts. Blocks on state changes, so never in the worker. FALSE with
 * *error, or without when the parts were closed meanwhile. */
gboolean gst_veo_media_start (GstVeoMedia * media,
    const GstVeoMediaSettings * settings, GError ** error);
/* Lets go of pads and callbacks' data; the parts are the caller's to take down. */
void gst_veo_media_close (GstVeoMedia * media);

/* NULL before start. */
GstVeoPads *gst_veo_media_get_pads (GstVeoMedia * media);
/* FALSE when the clip has no HTTP source. */
gboolean gst_veo_media_get_stats (GstVeoMedia * media,
    GstVeoHttpSrcStats * stats);

/* What an ERROR message of a child means for the application. */
GstVeoChildError gst_veo_media_read_error (GstVeoMedia * media,
    GstMessage * message, const gchar * task_id, GstVeoFailure ** failure,
    GError ** error, gchar ** debug);

/* Thins out the queue's BUFFERING. Returns: whether percent is worth a message. */
gboolean gst_veo_media_note_buffering (GstVeoMedia * media, gint percent);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoMedia, gst_veo_media_unref)

G_END_DECLS

#endif /* __GST_VEO_MEDIA_H__ */
