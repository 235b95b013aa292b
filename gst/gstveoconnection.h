/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One HTTP transfer after another through the souphttpsrc that a GstVeoHttpSrc
 * is made of: opens, reads, is interrupted, notes what the server answered. It
 * decides nothing. */
#ifndef __GST_VEO_CONNECTION_H__
#define __GST_VEO_CONNECTION_H__

#include <gst/base/gstpushsrc.h>
#include "gstveocertificate.h"
#include "gstveodownload.h"
#include "gstveoroutes.h"

G_BEGIN_DECLS

/* No byte came for too long */
#define GST_VEO_FLOW_STALLED GST_FLOW_CUSTOM_ERROR

typedef struct _GstVeoConnectionWatch GstVeoConnectionWatch;

typedef struct
{
  GstPushSrc *src;              /* not owned: it holds this */
  GstPushSrcClass *parent;      /* souphttpsrc's */
  gchar *proxy;                 /* NULL: the system's */
  GstVeoRoutes *routes;         /* the proxy of each address */
  gchar *tls_ca_file;
  guint timeout;                /* ms without a byte */

  GMutex lock;
  GCond cond;                   /* flushing, calling and what is waited for */
  gboolean flushing;
  gboolean calling;             /* the streaming thread is in souphttpsrc's create */
  gint64 call_began;
  gboolean stalled;             /* the call was ended by us, it took too long */
  GCancellable *cancellable;    /* for what is not souphttpsrc's */

  /* Streaming thread */
  gboolean is_open;
  GstVeoAuthorities *authorities;
  gchar *proxy_origin;          /* the origin that souphttpsrc's proxy was looked up for */
  gchar *proxy_authorization;   /* what that proxy wants to see in a header; NULL: nothing */
  GstStructure *app_headers;    /* the application's own, from "source-setup" */
  GstVeoConnectionWatch *watch;

  /* What the server answered; the lock is never held while another is taken */
  GMutex reply_lock;
  GstVeoReply reply;
  gboolean has_reply;
  gint answered;                /* atomic: the head of this transfer came */
  gint in_parent;               /* atomic: souphttpsrc's own code runs, its errors are ours to explain */
} GstVeoConnection;

void gst_veo_connection_init (GstVeoConnection * connection, GstPushSrc * src,
    GstPushSrcClass * parent);
void gst_veo_connection_clear (GstVeoConnection * connection);

/* Streaming thread. OPEN only prepares, the request goes out with the first
 * read. ERROR with *error: the authorities cannot be loaded, the proxy not found. */
GstFlowReturn gst_veo_connection_open (GstVeoConnection * connection,
    const GstVeoAttempt * attempt, GError ** error);
/* FLUSHING, GST_VEO_FLOW_STALLED, EOS as HTTP has it, ERROR. Anything but OK
 * and EOS leaves it closed to further reads. */
GstFlowReturn gst_veo_connection_read (GstVeoConnection * connection,
    GstBuffer ** buffer);
/* Streaming thread, or when there is none */
void gst_veo_connection_close (GstVeoConnection * connection);
/* The head that came since the last call. FALSE: none. Moves it to reply. */
gboolean gst_veo_connection_take_reply (GstVeoConnection * connection,
    GstVeoReply * reply);

/* Whether a proxy turned us away before there was a connection to the server,
 * since this was last asked */
gboolean gst_veo_connection_take_refusal (GstVeoConnection * connection);

/* Waits until *done (set with gst_veo_connection_wake) or the monotonic time;
 * -1: for ever. FALSE: flushing. */
gboolean gst_veo_connection_wait (GstVeoConnection * connection,
    const gboolean * done, gint64 until);
void gst_veo_connection_wake (GstVeoConnection * connection, gboolean * done);

/* Any thread: GstBaseSrc's unlock and unlock_stop */
void gst_veo_connection_interrupt (GstVeoConnection * connection);
void gst_veo_connection_resume (GstVeoConnection * connection);

/* The soup thread, which holds a lock of souphttpsrc: http-headers of a message */
void gst_veo_connection_note (GstVeoConnection * connection,
    const GstStructure * headers);
/* Sets a property as souphttpsrc has it, past those that hide it */
void gst_veo_connection_set (GstVeoConnection * connection,
    const gchar * name, const GValue * value);

G_END_DECLS

#endif /* __GST_VEO_CONNECTION_H__ */
