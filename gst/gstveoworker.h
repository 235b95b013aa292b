/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process's one worker thread: a private GMainContext, reference-counted,
 * shared by all elements. */
#ifndef __GST_VEO_WORKER_H__
#define __GST_VEO_WORKER_H__

#include "gstveotimer.h"

G_BEGIN_DECLS

typedef struct _GstVeoWorker GstVeoWorker;

/* Starts the thread with the first reference. Returns: (transfer full) */
GstVeoWorker *gst_veo_worker_acquire (void);
/* The last release quits the loop from inside and lets the thread drain and
 * end by itself; never joins, so it may be called in the worker. */
void gst_veo_worker_release (GstVeoWorker * worker);

/* Runs func (data) in the worker, in order of the calls; never runs it in the caller. */
void gst_veo_worker_invoke (GstVeoWorker * worker, GSourceFunc func,
    gpointer data, GDestroyNotify notify);
/* Worker only. A one-shot timer; returns: (transfer full): g_source_destroy and unref it. */
GSource *gst_veo_worker_add_timer (GstVeoWorker * worker, guint delay_ms,
    GSourceFunc func, gpointer data);
gboolean gst_veo_worker_is_current (GstVeoWorker * worker);
/* The worker whose thread this is; NULL in any other thread. */
GstVeoWorker *gst_veo_worker_get_own (void);

/* Worker only. A timer inside its owner, due at a monotonic time; cheap in thousands. */
void gst_veo_worker_start_timer (GstVeoWorker * worker, GstVeoTimer * timer,
    gint64 due, GstVeoTimerFunc func, gpointer data);
void gst_veo_worker_stop_timer (GstVeoWorker * worker, GstVeoTimer * timer);

/* Worker only. What lives as long as the thread does: made when first asked
 * for, destroyed in the worker as it ends. Returns: (transfer none) */
typedef gpointer (*GstVeoWorkerPartFunc) (GstVeoWorker * worker);
gpointer gst_veo_worker_get_part (GstVeoWorker * worker, const gchar * name,
    GstVeoWorkerPartFunc make, GDestroyNotify destroy);

G_END_DECLS

#endif /* __GST_VEO_WORKER_H__ */
