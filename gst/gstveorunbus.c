/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others send a run: events of the application, messages of the children. */
#include "config.h"

#include "gstveorunprivate.h"

GST_DEBUG_CATEGORY_EXTERN (gst_veo_run_debug);
#define GST_CAT_DEFAULT gst_veo_run_debug

/* Events. */

static void
end_wait (GstVeoRun * run)
{
  g_mutex_lock (&run->lock);
  if (run->watch)
    gst_veo_watch_end (run->watch);
  g_mutex_unlock (&run->lock);
}

/* No pad is there to carry the EOS, and a stalled download may never bring one. */
static void
end_opening (GstVeoRun * run)
{
  g_autoptr (GstVeoFailure) failure =
      gst_veo_failure_new (GST_VEO_FAILURE_ENDED_OPENING,
      run->settings.task_id);

  failure->task_status = GST_VEO_STATUS_COMPLETED;
  gst_veo_run_fail (run, NULL, failure);
}

static gboolean
take_eos (GstVeoRun * run)
{
  g_autoptr (GstVeoMedia) media = gst_veo_run_ref_media (run);

  switch (gst_veo_run_get_state (run)) {
    case GST_VEO_RUN_WAITING:
      end_wait (run);
      return TRUE;
    case GST_VEO_RUN_OPENING:
      end_opening (run);
      return TRUE;
    case GST_VEO_RUN_PLAYING:
      if (media)
        gst_veo_pads_end (gst_veo_media_get_pads (media));
      return media != NULL;
    default:
      return FALSE;
  }
}

/* What it is applied to has begun by then: without FLUSH it would be for later.
 * Returns: (transfer full) */
static GstEvent *
make_flushing (GstEvent * seek)
{
  gdouble rate;
  GstFormat format;
  GstSeekFlags flags;
  GstSeekType start_type, stop_type;
  gint64 start, stop;
  GstEvent *flushing;

  gst_event_parse_seek (seek, &rate, &format, &flags, &start_type, &start,
      &stop_type, &stop);
  flushing = gst_event_new_seek (rate, format, flags | GST_SEEK_FLAG_FLUSH,
      start_type, start, stop_type, stop);
  gst_event_set_seqnum (flushing, gst_event_get_seqnum (seek));
  return flushing;
}

static gboolean
take_seek (GstVeoRun * run, GstEvent * seek)
{
  g_autoptr (GstVeoMedia) media = gst_veo_run_ref_media (run);
  GstVeoRunState state;
  gboolean keep;

  g_mutex_lock (&run->lock);
  state = run->state;
  /* One that waits for data is replaced by the next one */
  keep = state == GST_VEO_RUN_WAITING || state == GST_VEO_RUN_OPENING
      || (state == GST_VEO_RUN_PLAYING && run->seek);
  if (keep) {
    g_clear_pointer (&run->seek, gst_event_unref);
    run->seek = make_flushing (seek);
  }
  g_mutex_unlock (&run->lock);
  if (!keep && state == GST_VEO_RUN_PLAYING && media)
    return gst_veo_pads_seek (gst_veo_media_get_pads (media),
        gst_event_ref (seek));
  return keep;
}

gboolean
gst_veo_run_take_event (GstVeoRun * run, GstEvent * event, gboolean * result)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_EOS:
      *result = take_eos (run);
      break;
    case GST_EVENT_SEEK:
      *result = take_seek (run, event);
      break;
    default:
      return FALSE;
  }
  gst_event_unref (event);
  return TRUE;
}

/* Messages. */

/* No service has part in it. */
static void
fail_saved (GstVeoRun * run, const GstVeoFailure * failure)
{
  g_autoptr (GError) error = g_error_new (GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ,
      "The file %s, kept for task %s, is no video (%s)."
      " Delete it and run again to fetch the video anew.",
      run->settings.save_location, run->settings.task_id, failure->detail);

  gst_veo_run_fail_with_error (run, error, NULL);
}

static void
take_error (GstVeoRun * run, GstVeoMedia * media, GstMessage * message)
{
  g_autoptr (GstVeoFailure) failure = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  switch (gst_veo_media_read_error (media, message, run->settings.task_id,
          &failure, &error, &debug)) {
    case GST_VEO_CHILD_ERROR_IGNORED:
      GST_DEBUG_OBJECT (run->element, "ignored an error of %" GST_PTR_FORMAT,
          GST_MESSAGE_SRC (message));
      break;
    case GST_VEO_CHILD_ERROR_FAILURE:
      if (run->is_saved)
        fail_saved (run, failure);
      else
        gst_veo_run_fail (run, NULL, failure);
      break;
    case GST_VEO_CHILD_ERROR_OWN:
      gst_veo_run_fail_with_error (run, error, debug);
      break;
  }
}

/* Players look at whose BUFFERING it is; it is the element's. */
static void
take_buffering (GstVeoRun * run, GstVeoMedia * media, GstMessage * message)
{
  GstBufferingMode mode;
  gint percent, average_in, average_out;
  gint64 left;
  GstMessage *own;

  gst_message_parse_buffering (message, &percent);
  if (!gst_veo_media_note_buffering (media, percent))
    return;
  gst_message_parse_buffering_stats (message, &mode, &average_in, &average_out,
      &left);
  own = gst_message_new_buffering (GST_OBJECT (run->element), percent);
  gst_message_set_buffering_stats (own, mode, average_in, average_out, left);
  gst_veo_report_message (run->report, run->number, own);
}

gboolean
gst_veo_run_take_message (GstVeoRun * run, GstMessage * message)
{
  g_autoptr (GstVeoMedia) media = gst_veo_run_ref_media (run);

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      if (media)
        take_error (run, media, message);
      break;
    case GST_MESSAGE_BUFFERING:
      if (media)
        take_buffering (run, media, message);
      break;
      /* A capsfilter of decodebin complains of caps (1.26) when it is taken
       * down; nothing may follow the end */
    case GST_MESSAGE_WARNING:
    case GST_MESSAGE_INFO:
      gst_veo_report_message (run->report, run->number,
          gst_message_ref (message));
      break;
    case GST_MESSAGE_STRUCTURE_CHANGE:
      gst_veo_parts_tell_link (run->parts, gst_message_ref (message));
      break;
    default:
      return FALSE;
  }
  gst_message_unref (message);
  return TRUE;
}
