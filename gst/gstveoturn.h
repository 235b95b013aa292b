/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who opens a result takes turns: as many at a time as the process has
 * descriptors for. GLib ends a process that runs out of them. */
#ifndef __GST_VEO_TURN_H__
#define __GST_VEO_TURN_H__

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GstVeoTurn GstVeoTurn;

typedef struct
{
  /* The turn has come; in the thread that asked or in the worker. */
  void (*come) (gpointer data);
  /* It has not come for some seconds; limit: of descriptors. In the worker. */
  void (*held) (guint limit, gpointer data);
} GstVeoTurnEvents;

/* All in any thread. descriptors: so many are opened. notify (data) is called
 * with the last reference. Returns: (transfer full) */
GstVeoTurn *gst_veo_turn_new (guint descriptors,
    const GstVeoTurnEvents * events, gpointer data, GDestroyNotify notify);
GstVeoTurn *gst_veo_turn_ref (GstVeoTurn * turn);
void gst_veo_turn_unref (GstVeoTurn * turn);

/* Once. The first to ask is the first whose turn comes. */
void gst_veo_turn_ask (GstVeoTurn * turn);
/* All that is to be opened has been: from here on it is counted with what the
 * process has open. */
void gst_veo_turn_opened (GstVeoTurn * turn);
/* To be called before the last reference goes. No event comes after it but one
 * that is under way. */
void gst_veo_turn_leave (GstVeoTurn * turn);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoTurn, gst_veo_turn_unref)

G_END_DECLS

#endif /* __GST_VEO_TURN_H__ */
