/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoclock.h"

static GstElement *
get_top (GstElement * element)
{
  GstObject *top = gst_object_ref (GST_OBJECT (element));
  GstObject *parent;

  while ((parent = gst_object_get_parent (top))) {
    gst_object_unref (top);
    top = parent;
  }
  return GST_ELEMENT (top);
}

static gboolean
is_running (GstElement * element)
{
  g_autoptr (GstElement) top = get_top (element);
  gboolean running;

  GST_OBJECT_LOCK (top);
  running = top != element && GST_STATE (top) >= GST_STATE_PAUSED
      && GST_STATE_TARGET (top) == GST_STATE_PLAYING;
  GST_OBJECT_UNLOCK (top);
  return running;
}

void
gst_veo_clock_note (GstVeoClock * clock, GstElement * element)
{
  clock->base_time = gst_element_get_base_time (element);
  clock->was_running = is_running (element);
}

/* Clock and base time of an earlier run stay on the element, even across NULL:
 * only a new base time, or a pipeline that ran already, says that the clock
 * counts for this run. */
gint64
gst_veo_clock_get_offset (const GstVeoClock * clock, GstElement * element)
{
  GstClockTime base_time = gst_element_get_base_time (element);
  GstClockTime now;

  if (base_time == clock->base_time && !clock->was_running)
    return 0;
  if (!is_running (element))
    return 0;
  now = gst_element_get_current_clock_time (element);
  if (!GST_CLOCK_TIME_IS_VALID (now) || now < base_time)
    return 0;
  return now - base_time;
}
