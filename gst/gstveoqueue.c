/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoqueue.h"

/* How far the download may run ahead of playback, in memory. Small watermarks,
 * since so large a queue would else wait for megabytes before it plays on. */
#define QUEUE_BYTES (256 * 1024 * 1024)
#define QUEUE_TIME (60 * GST_SECOND)
#define QUEUE_LOW_WATERMARK 0.005
#define QUEUE_HIGH_WATERMARK 0.05
#define QUEUE_LEAN_BYTES (8 * 1024 * 1024)

void
gst_veo_queue_configure (GstElement * queue, gboolean use_buffering)
{
  g_object_set (queue, "max-size-bytes", QUEUE_BYTES,
      "max-size-time", (guint64) QUEUE_TIME, "max-size-buffers", 0,
      "use-rate-estimate", TRUE, "low-watermark", QUEUE_LOW_WATERMARK,
      "high-watermark", QUEUE_HIGH_WATERMARK, "use-buffering", use_buffering,
      NULL);
}

static void
post_flow_error (GstElement * queue)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (queue, "src");
  GstFlowReturn flow = gst_pad_get_last_flow_return (pad);

  if (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS)
    GST_ELEMENT_FLOW_ERROR (queue, flow);
}

/* queue2 tells of a flow that failed with the next buffer it is given, or, when it
 * has the EOS already, by itself. An EOS that comes in between is refused without a
 * word (1.22 to 1.28): nobody would ever hear of it. */
static GstPadProbeReturn
hand_on_end (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstPad) peer = NULL;
  g_autoptr (GstElement) queue = NULL;

  if (GST_EVENT_TYPE (event) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  peer = gst_pad_get_peer (pad);
  queue = peer ? gst_pad_get_parent_element (peer) : NULL;
  if (!queue)
    return GST_PAD_PROBE_OK;
  GST_PAD_PROBE_INFO_DATA (info) = NULL;
  if (!gst_pad_send_event (peer, event))
    post_flow_error (queue);
  return GST_PAD_PROBE_HANDLED;
}

void
gst_veo_queue_tell_refused_end (GstElement * queue)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (queue, "sink");
  g_autoptr (GstPad) source = gst_pad_get_peer (sink);

  if (source)
    gst_pad_add_probe (source, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, hand_on_end,
        NULL, NULL);
}

void
gst_veo_queue_go_lean (GstElement * queue)
{
  g_object_set (queue, "max-size-bytes", QUEUE_LEAN_BYTES, NULL);
}

static gboolean
is_buffering (GstElement * queue)
{
  GstQuery *query = gst_query_new_buffering (GST_FORMAT_BYTES);
  gboolean busy = FALSE;

  if (gst_element_query (queue, query))
    gst_query_parse_buffering_percent (query, &busy, NULL);
  gst_query_unref (query);
  return busy;
}

/* A queue that a slow download leaves empty says so once, within the grace:
 * switched off and on, it says it again. */
static gboolean
end_grace (GstClock * clock, GstClockTime time, GstClockID id, gpointer queue)
{
  if (is_buffering (queue)) {
    g_object_set (queue, "use-buffering", FALSE, NULL);
    g_object_set (queue, "use-buffering", TRUE, NULL);
  }
  return TRUE;
}

GstClockID
gst_veo_queue_start_grace (GstElement * queue)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstClockID id = gst_clock_new_single_shot_id (clock,
      gst_clock_get_time (clock) + GST_VEO_QUEUE_GRACE * GST_USECOND);

  gst_clock_id_wait_async (id, end_grace, gst_object_ref (queue),
      gst_object_unref);
  return id;
}

void
gst_veo_queue_drop_grace (GstClockID id)
{
  if (!id)
    return;
  gst_clock_id_unschedule (id);
  gst_clock_id_unref (id);
}
