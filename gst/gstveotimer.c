/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveotimer.h"

typedef struct
{
  GSource source;
  GstVeoTimers *timers;
} TimerSource;

struct _GstVeoTimers
{
  GPtrArray *heap;              /* of GstVeoTimer, the earliest first; owns none */
  GSource *source;
};

static GstVeoTimer *
timer_at (GstVeoTimers * timers, guint place)
{
  return g_ptr_array_index (timers->heap, place - 1);
}

static void
put (GstVeoTimers * timers, GstVeoTimer * timer, guint place)
{
  g_ptr_array_index (timers->heap, place - 1) = timer;
  timer->place = place;
}

static void
sift_up (GstVeoTimers * timers, GstVeoTimer * timer, guint place)
{
  while (place > 1 && timer_at (timers, place / 2)->due > timer->due) {
    put (timers, timer_at (timers, place / 2), place);
    place /= 2;
  }
  put (timers, timer, place);
}

static void
sift_down (GstVeoTimers * timers, GstVeoTimer * timer, guint place)
{
  guint len = timers->heap->len;

  while (place * 2 <= len) {
    guint child = place * 2;

    if (child < len
        && timer_at (timers, child + 1)->due < timer_at (timers, child)->due)
      child++;
    if (timer_at (timers, child)->due >= timer->due)
      break;
    put (timers, timer_at (timers, child), place);
    place = child;
  }
  put (timers, timer, place);
}

static void
take_out (GstVeoTimers * timers, GstVeoTimer * timer)
{
  guint place = timer->place;
  GstVeoTimer *last = timer_at (timers, timers->heap->len);

  g_ptr_array_set_size (timers->heap, timers->heap->len - 1);
  timer->place = 0;
  if (last == timer)
    return;
  if (place > 1 && timer_at (timers, place / 2)->due > last->due)
    sift_up (timers, last, place);
  else
    sift_down (timers, last, place);
}

static void
set_ready_time (GstVeoTimers * timers)
{
  gint64 due = timers->heap->len > 0 ? timer_at (timers, 1)->due : -1;

  if (g_source_get_ready_time (timers->source) != due)
    g_source_set_ready_time (timers->source, due);
}

static gboolean
timers_dispatch (GSource * source, GSourceFunc callback, gpointer data)
{
  GstVeoTimers *timers = ((TimerSource *) source)->timers;
  gint64 now = g_source_get_time (source);

  while (timers->heap->len > 0 && timer_at (timers, 1)->due <= now) {
    GstVeoTimer *timer = timer_at (timers, 1);

    take_out (timers, timer);
    timer->func (timer->data);
  }
  set_ready_time (timers);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs timer_source_funcs = { NULL, NULL, timers_dispatch, NULL };

GstVeoTimers *
gst_veo_timers_new (GMainContext * context)
{
  GstVeoTimers *timers = g_new0 (GstVeoTimers, 1);

  timers->heap = g_ptr_array_new ();
  timers->source = g_source_new (&timer_source_funcs, sizeof (TimerSource));
  g_source_set_static_name (timers->source, "veo-timers");
  ((TimerSource *) timers->source)->timers = timers;
  g_source_attach (timers->source, context);
  return timers;
}

void
gst_veo_timers_free (GstVeoTimers * timers)
{
  g_source_destroy (timers->source);
  g_source_unref (timers->source);
  g_ptr_array_unref (timers->heap);
  g_free (timers);
}

void
gst_veo_timers_start (GstVeoTimers * timers, GstVeoTimer * timer,
    gint64 due, GstVeoTimerFunc func, gpointer data)
{
  if (timer->place)
    take_out (timers, timer);
  timer->due = due;
  timer->func = func;
  timer->data = data;
  g_ptr_array_add (timers->heap, timer);
  sift_up (timers, timer, timers->heap->len);
  set_ready_time (timers);
}

void
gst_veo_timers_stop (GstVeoTimers * timers, GstVeoTimer * timer)
{
  if (!timer->place)
    return;
  take_out (timers, timer);
  set_ready_time (timers);
}
