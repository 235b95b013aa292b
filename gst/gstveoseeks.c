/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoseeks.h"

/* A limit, never a pause */
#define PATIENCE G_TIME_SPAN_SECOND

/* Seeks that this thread is in: from within one of them an application may end
 * the run, and would wait for itself. */
static GPrivate seeks_here;

/* In a reference-counted box */
struct _GstVeoSeeks
{
  GMutex lock;
  GCond over;
  gboolean closed;
  guint under_way;
  guint32 seqnum;               /* of the last that was carried out, ... */
  const GstPad *pad;            /* ... and the pad it came to; compared only */
};

GstVeoSeeks *
gst_veo_seeks_new (void)
{
  GstVeoSeeks *seeks = g_atomic_rc_box_new0 (GstVeoSeeks);

  seeks->seqnum = GST_SEQNUM_INVALID;
  g_mutex_init (&seeks->lock);
  g_cond_init (&seeks->over);
  return seeks;
}

static void
clear (gpointer data)
{
  GstVeoSeeks *seeks = data;

  g_mutex_clear (&seeks->lock);
  g_cond_clear (&seeks->over);
}

void
gst_veo_seeks_unref (GstVeoSeeks * seeks)
{
  g_atomic_rc_box_release_full (seeks, clear);
}

gboolean
gst_veo_seeks_begin (GstVeoSeeks * seeks)
{
  guint own = GPOINTER_TO_UINT (g_private_get (&seeks_here));
  gboolean open;

  g_mutex_lock (&seeks->lock);
  open = !seeks->closed;
  if (open)
    seeks->under_way++;
  g_mutex_unlock (&seeks->lock);
  if (open)
    g_private_set (&seeks_here, GUINT_TO_POINTER (own + 1));
  return open;
}

void
gst_veo_seeks_end (GstVeoSeeks * seeks)
{
  guint own = GPOINTER_TO_UINT (g_private_get (&seeks_here));

  g_private_set (&seeks_here, GUINT_TO_POINTER (own - 1));
  g_mutex_lock (&seeks->lock);
  seeks->under_way--;
  g_cond_broadcast (&seeks->over);
  g_mutex_unlock (&seeks->lock);
}

/* A seek that ends while the elements go down starts streaming threads of theirs
 * once more, in pads that are freed then (multiqueue). */
void
gst_veo_seeks_close (GstVeoSeeks * seeks)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;
  guint own = GPOINTER_TO_UINT (g_private_get (&seeks_here));
  gboolean in_time = TRUE;

  g_mutex_lock (&seeks->lock);
  seeks->closed = TRUE;
  while (seeks->under_way > own && in_time)
    in_time = g_cond_wait_until (&seeks->over, &seeks->lock, until);
  g_mutex_unlock (&seeks->lock);
}

/* The same seek at the same pad is one that the application sends again. */
static gboolean
is_done (GstVeoSeeks * seeks, const GstPad * pad, guint32 seqnum)
{
  gboolean done;

  g_mutex_lock (&seeks->lock);
  done = seeks->seqnum == seqnum && seeks->pad != pad;
  if (!done) {
    seeks->seqnum = seqnum;
    seeks->pad = pad;
  }
  g_mutex_unlock (&seeks->lock);
  return done;
}

/* Another pad may still take what this one refused. */
static void
forget (GstVeoSeeks * seeks, guint32 seqnum)
{
  g_mutex_lock (&seeks->lock);
  if (seeks->seqnum == seqnum)
    seeks->seqnum = GST_SEQNUM_INVALID;
  g_mutex_unlock (&seeks->lock);
}

static gboolean
take_seek (GstVeoSeeks * seeks, GstPad * pad, GstObject * parent,
    GstEvent * event)
{
  guint32 seqnum = gst_event_get_seqnum (event);
  gboolean done;

  if (!gst_veo_seeks_begin (seeks)) {
    gst_event_unref (event);
    return FALSE;
  }
  done = is_done (seeks, pad, seqnum);
  if (done) {
    gst_event_unref (event);
  } else {
    done = gst_pad_event_default (pad, parent, event);
    if (!done)
      forget (seeks, seqnum);
  }
  gst_veo_seeks_end (seeks);
  return done;
}

static gboolean
handle_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  if (GST_EVENT_TYPE (event) != GST_EVENT_SEEK)
    return gst_pad_event_default (pad, parent, event);
  return take_seek (pad->eventdata, pad, parent, event);
}

void
gst_veo_seeks_watch (GstVeoSeeks * seeks, GstPad * pad)
{
  gst_pad_set_event_function_full (pad, handle_event,
      g_atomic_rc_box_acquire (seeks), (GDestroyNotify) gst_veo_seeks_unref);
}
