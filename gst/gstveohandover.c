/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveopreload.h"
#include "gstveorunprivate.h"
#include "gstveosave.h"
#include "gstveourl.h"

GST_DEBUG_CATEGORY_EXTERN (gst_veo_run_debug);
#define GST_CAT_DEFAULT gst_veo_run_debug

/* Descriptors of a download, and of what decodes it: a decoder's buffer pools
 * have some for each stream. */
#define DOWNLOAD_DESCRIPTORS 4
#define DECODER_DESCRIPTORS 4

/* The hand-over, in a thread of its own. */

static gpointer
ref_run (gpointer run)
{
  return gst_veo_run_ref (run);
}

static void
unref_run (gpointer run)
{
  gst_veo_run_unref (run);
}

static void
announce_source (GstElement * source, gpointer data)
{
  GstVeoRun *run = data;

  run->events.source_setup (GST_ELEMENT (run->element), source);
}

static void
confirm (gpointer data)
{
  gst_veo_run_confirm (data);
}

static void
take_fresh_link (const gchar * link, gpointer data)
{
  GstVeoRun *run = data;

  gst_veo_report_link (run->report, run->number, link);
}

static gint64
find_offset (gpointer data)
{
  GstVeoRun *run = data;

  return gst_veo_clock_get_offset (&run->clock, GST_ELEMENT (run->element));
}

/* Another thread than the data's. */
static void
send_kept_seek (GstElement * element, gpointer data)
{
  GstVeoRun *run = data;
  g_autoptr (GstVeoMedia) media = gst_veo_run_ref_media (run);
  GstEvent *seek;

  g_mutex_lock (&run->lock);
  seek = g_steal_pointer (&run->seek);
  g_mutex_unlock (&run->lock);
  if (!seek || !media) {
    g_clear_pointer (&seek, gst_event_unref);
    return;
  }
  if (!gst_veo_pads_seek (gst_veo_media_get_pads (media), seek))
    GST_WARNING_OBJECT (run->element, "the seek from before was refused");
  gst_veo_pads_let_go (gst_veo_media_get_pads (media));
  run->events.settled (element, run);
}

/* The state change is over before the first buffer is on its way: what told it
 * later could overtake the pipeline's own change to PLAYING, and the EOS of a
 * short clip would be lost. Only a seek that was kept comes first, so that the
 * pipeline prerolls where it leads. */
static void
pads_exposed (gpointer data)
{
  GstVeoRun *run = data;
  g_autoptr (GstVeoMedia) media = gst_veo_run_ref_media (run);
  gboolean seeks;

  if (!gst_veo_run_move_on (run, GST_VEO_RUN_OPENING, GST_VEO_RUN_PLAYING))
    return;
  g_mutex_lock (&run->lock);
  seeks = run->seek != NULL;
  g_mutex_unlock (&run->lock);
  if (seeks && media)
    gst_veo_pads_hold (gst_veo_media_get_pads (media), send_kept_seek,
        gst_veo_run_ref (run), unref_run);
  else
    run->events.settled (GST_ELEMENT (run->element), run);
}

static void
data_released (gpointer data)
{
  GstVeoRun *run = data;

  g_mutex_lock (&run->lock);
  if (run->turn)
    gst_veo_turn_opened (run->turn);
  g_mutex_unlock (&run->lock);
}

static void
warn_about_save (const gchar * text, gpointer data)
{
  g_autofree gchar *all =
      g_strconcat ("the video plays, but it is not kept. ", text, NULL);

  gst_veo_run_warn (data, GST_RESOURCE_ERROR_WRITE, all);
}

static void
warn_about_outage (const gchar * text, gpointer data)
{
  gst_veo_run_warn (data, GST_RESOURCE_ERROR_READ, text);
}

static GstVeoHttpSrcSettings
describe_download (GstVeoRun * run, const gchar * content_url)
{
  const GstVeoSettings *settings = &run->settings;

/* *INDENT-OFF* */
  return (GstVeoHttpSrcSettings) {
    .task_id = settings->task_id,
    .link = { run->link, run->needs_key, run->is_content },
    .content_url = content_url,
    .base_url = run->base_url,
    .api_key = run->key,
    .proxy = settings->proxy,
    .tls_ca_file = settings->tls_ca_file,
    .user_agent = settings->user_agent,
    .request_timeout = settings->request_timeout,
    .min_backoff = settings->min_poll_interval,
    .max_backoff = settings->max_poll_interval,
    .retries = settings->retries,
    .expires_at = run->task->expires_at,
    .refused_link = run->task->refused_link,
    .keep = settings->output != GST_VEO_OUTPUT_CONTAINER,
    .save_location = settings->save_location,
    .link_source = gst_veo_refresher_get_link_source (),
    .link_source_data = gst_veo_refresher_ref (run->refresher),
    .link_source_notify = (GDestroyNotify) gst_veo_refresher_unref,
  };
/* *INDENT-ON* */
}

/* A data: video is all there: it is stored in one go. */
static void
save_data (GstVeoRun * run)
{
  g_autoptr (GError) error = NULL;
  gsize size;
  gconstpointer bytes = g_bytes_get_data (run->task->data, &size);
  GstVeoSave *save = gst_veo_save_new (run->settings.save_location, &error);

  if (save && gst_veo_save_write (save, 0, bytes, size, &error))
    gst_veo_save_finish (save, &error);
  if (save)
    gst_veo_save_free (save);
  if (error)
    warn_about_save (error->message, run);
}

static void
open_media (GstVeoRun * run, GstVeoMedia * media)
{
  g_autofree gchar *content_url =
      gst_veo_base_url_content (run->base_url, run->settings.task_id);
  g_autoptr (GError) error = NULL;
  GstVeoHttpSrcSettings download;
  GstVeoMediaSettings settings = {
    .use_buffering = run->settings.use_buffering,
    .pads = {run->settings.output, run->settings.fill_audio,
        gst_veo_report_dup_tags (run->report)},
  };

  if (run->is_saved) {
    settings.path = run->settings.save_location;
  } else if (run->task->data) {
    settings.data = run->task->data;
    if (run->settings.save_location)
      save_data (run);
  } else {
    download = describe_download (run, content_url);
    settings.http = &download;
  }
  if (!gst_veo_media_start (media, &settings, &error) && error) {
    g_prefix_error (&error, "%s: ", run->settings.task_id);
    gst_veo_run_fail_with_error (run, error, NULL);
  }
}

static void
hand_over (GstElement * element, gpointer data)
{
  static const GstVeoMediaEvents events = {
    .ref = ref_run,
    .unref = unref_run,
    .source_setup = announce_source,
    .exposing = confirm,
    .get_offset = find_offset,
    .exposed = pads_exposed,
    .released = data_released,
    .warn = warn_about_save,
    .held_up = warn_about_outage,
    .fresh_link = take_fresh_link,
  };
  GstVeoRun *run = data;
  g_autoptr (GstVeoMedia) media = NULL;

  /* The task may be completed before READY to PAUSED has returned; the end of
   * the state change must not be told earlier than its start. */
  GST_STATE_LOCK (element);
  GST_STATE_UNLOCK (element);
  gst_veo_preload_finish (run->settings.output);
  if (gst_veo_run_get_state (run) != GST_VEO_RUN_OPENING)
    return;
  media = gst_veo_media_new (run->element, run->parts, &events, run);
  g_mutex_lock (&run->lock);
  if (run->state == GST_VEO_RUN_OPENING)
    run->media = gst_veo_media_ref (media);
  g_mutex_unlock (&run->lock);
  if (gst_veo_run_get_state (run) == GST_VEO_RUN_OPENING)
    open_media (run, media);
  /* closed while it opened: nobody else lets go of the pads */
  if (gst_veo_run_get_state (run) == GST_VEO_RUN_CLOSED)
    gst_veo_media_close (media);
}

/* The turn to open, which not everybody gets at once. */

/* The element goes only when no turn can come any more. */
typedef struct
{
  GstVeoRun *run;
  GstElement *element;
} Opener;

static void
opener_free (gpointer data)
{
  Opener *opener = data;

  gst_veo_run_unref (opener->run);
  gst_object_unref (opener->element);
  g_free (opener);
}

static void
turn_come (gpointer data)
{
  Opener *opener = data;

  gst_element_call_async (opener->element, hand_over,
      gst_veo_run_ref (opener->run), unref_run);
}

static void
turn_held (guint limit, gpointer data)
{
  Opener *opener = data;
  g_autofree gchar *text =
      g_strdup_printf
      ("the video is ready, but this process has nearly all the "
      "%u files open that it may. The video is fetched when others are "
      "finished. Play fewer at a time, or raise the limit (ulimit -n).", limit);

  gst_veo_run_warn (opener->run, GST_RESOURCE_ERROR_BUSY, text);
}

static GstVeoTurn *
make_turn (GstVeoRun * run)
{
  static const GstVeoTurnEvents events = { turn_come, turn_held };
  guint descriptors = DOWNLOAD_DESCRIPTORS;
  Opener *opener = g_new0 (Opener, 1);

  if (run->settings.output == GST_VEO_OUTPUT_DECODED)
    descriptors += DECODER_DESCRIPTORS;
  opener->run = gst_veo_run_ref (run);
  opener->element = gst_object_ref (GST_ELEMENT (run->element));
  return gst_veo_turn_new (descriptors, &events, opener, opener_free);
}

void
gst_veo_run_hand_over (GstVeoRun * run)
{
  g_autoptr (GstVeoTurn) turn = make_turn (run);
  gboolean open;

  g_mutex_lock (&run->lock);
  open = run->state == GST_VEO_RUN_OPENING;
  if (open)
    run->turn = gst_veo_turn_ref (turn);
  g_mutex_unlock (&run->lock);
  if (open)
    gst_veo_turn_ask (turn);
}

void
gst_veo_run_leave_turn (GstVeoRun * run)
{
  GstVeoTurn *turn;

  g_mutex_lock (&run->lock);
  turn = g_steal_pointer (&run->turn);
  g_mutex_unlock (&run->lock);
  if (!turn)
    return;
  gst_veo_turn_leave (turn);
  gst_veo_turn_unref (turn);
}
