/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveolease.h"
#include "gstveoothers.h"

/* A handler of the application may hold the call as long as it likes, and may
 * itself wait for whoever ends the lease. */
#define PATIENCE (20 * G_TIME_SPAN_MILLISECOND)

struct _GstVeoLease
{
  GMutex lock;
  GCond left;
  GstElement *element;          /* NULL after the end */
  gboolean ended;
  GThread *caller;              /* who is inside, or NULL */
};

GstVeoLease *
gst_veo_lease_new (GstElement * element)
{
  GstVeoLease *lease = g_new0 (GstVeoLease, 1);

  g_mutex_init (&lease->lock);
  g_cond_init (&lease->left);
  lease->element = gst_object_ref (element);
  return lease;
}

void
gst_veo_lease_free (GstVeoLease * lease)
{
  gst_clear_object (&lease->element);
  g_mutex_clear (&lease->lock);
  g_cond_clear (&lease->left);
  g_free (lease);
}

gboolean
gst_veo_lease_enter (GstVeoLease * lease)
{
  gboolean open;

  g_mutex_lock (&lease->lock);
  open = !lease->ended;
  if (open)
    lease->caller = g_thread_self ();
  g_mutex_unlock (&lease->lock);
  return open;
}

/* Called with the lock, which is gone afterwards: the element may take the
 * lease along. */
static void
unlock_and_give_back (GstVeoLease * lease)
{
  GstElement *element = NULL;

  if (lease->ended && !lease->caller)
    element = g_steal_pointer (&lease->element);
  g_mutex_unlock (&lease->lock);
  if (element)
    gst_object_unref (element);
}

void
gst_veo_lease_leave (GstVeoLease * lease)
{
  g_mutex_lock (&lease->lock);
  lease->caller = NULL;
  g_cond_broadcast (&lease->left);
  unlock_and_give_back (lease);
}

void
gst_veo_lease_end (GstVeoLease * lease)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&lease->lock);
  lease->ended = TRUE;
  gst_veo_others_wait (&lease->caller, &lease->left, &lease->lock, until);
  unlock_and_give_back (lease);
}
