/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>

#include "gstveomedia.h"
#include "gstveoqueue.h"

GST_DEBUG_CATEGORY_STATIC (gst_veo_media_debug);
#define GST_CAT_DEFAULT gst_veo_media_debug

/* us; a limit, never a pause */
#define TELLING (200 * G_TIME_SPAN_MILLISECOND)

struct _GstVeoMedia
{
  gint refcount;
  GstBin *bin;
  GstVeoParts *parts;
  GstVeoMediaEvents events;

  GMutex lock;
  gpointer data;                /* NULL once closed */
  GstVeoPads *pads;
  /* weak: both hold media, and the bin holds both */
  GWeakRef http;
  GWeakRef decoder;
  GstElement *queue;
  gint64 started_at;            /* monotonic */
  gint percent;                 /* last BUFFERING that was told */
  GstClockID grace;             /* ends GST_VEO_QUEUE_GRACE */
  gboolean lacks_decoder;       /* for a video stream */
  gchar *missing;               /* the decoder, or the demuxer, in words */
  GCond told;                   /* missing is there, or data is not */
  gboolean is_exposing;
};

GstVeoMedia *
gst_veo_media_new (GstBin * bin, GstVeoParts * parts,
    const GstVeoMediaEvents * events, gpointer data)
{
  static gsize once = 0;
  GstVeoMedia *media = g_new0 (GstVeoMedia, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_veo_media_debug, "veomedia", 0,
        "veosrc: media");
    g_once_init_leave (&once, 1);
  }
  media->refcount = 1;
  g_weak_ref_init (&media->http, NULL);
  g_weak_ref_init (&media->decoder, NULL);
  media->bin = gst_object_ref (bin);
  media->parts = gst_veo_parts_ref (parts);
  media->events = *events;
  media->data = events->ref (data);
  media->percent = 100;
  g_mutex_init (&media->lock);
  g_cond_init (&media->told);
  return media;
}

GstVeoMedia *
gst_veo_media_ref (GstVeoMedia * media)
{
  g_atomic_int_inc (&media->refcount);
  return media;
}

void
gst_veo_media_unref (GstVeoMedia * media)
{
  if (!g_atomic_int_dec_and_test (&media->refcount))
    return;
  /* the run may fail before it has taken the media, and then never closes it */
  if (media->data)
    media->events.unref (media->data);
  g_clear_pointer (&media->pads, gst_veo_pads_unref);
  g_weak_ref_clear (&media->http);
  g_weak_ref_clear (&media->decoder);
  gst_clear_object (&media->queue);
  g_free (media->missing);
  g_mutex_clear (&media->lock);
  g_cond_clear (&media->told);
  gst_veo_parts_unref (media->parts);
  gst_object_unref (media->bin);
  g_free (media);
}

/* For one event; release after it. NULL once closed. */
static gpointer
acquire_data (GstVeoMedia * media)
{
  gpointer data;

  g_mutex_lock (&media->lock);
  data = media->data ? media->events.ref (media->data) : NULL;
  g_mutex_unlock (&media->lock);
  return data;
}

/* Streams. */

static void
stream_added (GstElement * decoder, GstPad * pad, GstVeoMedia * media)
{
  gst_veo_pads_add_stream (media->pads, pad);
}

static GstClockTime
query_duration (GstElement * element)
{
  gint64 duration;

  if (!gst_element_query_duration (element, GST_FORMAT_TIME, &duration)
      || duration <= 0)
    return GST_CLOCK_TIME_NONE;
  return duration;
}

static void
post_missing_decoder (GstElement * decoder)
{
  GST_ELEMENT_ERROR (decoder, STREAM, CODEC_NOT_FOUND,
      ("There is no decoder for the clip's picture."), (NULL));
}

/* Of several the picture's */
static void
note_missing (GstVeoMedia * media, GstCaps * caps, gboolean is_video)
{
  g_mutex_lock (&media->lock);
  if (!media->missing || (is_video && !media->lacks_decoder)) {
    g_free (media->missing);
    media->missing = gst_veo_child_error_name_missing (caps);
  }
  media->lacks_decoder |= is_video;
  g_cond_broadcast (&media->told);
  g_mutex_unlock (&media->lock);
}

/* decodebin has told of the missing plugin by now; or, from another of its
 * threads, it has exposed the sound already. */
static void
stream_unknown (GstElement * decoder, GstPad * pad, GstCaps * caps,
    GstVeoMedia * media)
{
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  gboolean is_video =
      g_str_has_prefix (gst_structure_get_name (structure), "video/");
  gboolean late;

  note_missing (media, caps, is_video);
  if (!is_video)
    return;
  g_mutex_lock (&media->lock);
  late = media->is_exposing;
  g_mutex_unlock (&media->lock);
  if (late && !gst_veo_pads_have_video (media->pads))
    post_missing_decoder (decoder);
}

static void
expose_streams (GstVeoMedia * media, GstElement * decoder, gpointer data)
{
  gboolean lacks_decoder;

  g_mutex_lock (&media->lock);
  media->is_exposing = TRUE;
  lacks_decoder = media->lacks_decoder;
  g_mutex_unlock (&media->lock);
  /* to decodebin the sound alone is a success */
  if (lacks_decoder && !gst_veo_pads_have_video (media->pads)) {
    post_missing_decoder (decoder);
    return;
  }
  media->events.exposing (data);
  if (gst_veo_pads_expose (media->pads, query_duration (decoder),
          media->events.get_offset (data))) {
    media->events.exposed (data);
    gst_veo_parts_unblock_pads (media->parts);
    media->events.released (data);
  }
}

static void
expose (GstElement * bin, gpointer user_data)
{
  GstVeoMedia *media = user_data;
  g_autoptr (GstElement) decoder = g_weak_ref_get (&media->decoder);
  gpointer data = acquire_data (media);

  if (data && decoder)
    expose_streams (media, decoder, data);
  if (data)
    media->events.unref (data);
}

/* The application links in pad-added and may stop everything there, which no
 * streaming thread survives: the pads come from another one. */
static void
streams_complete (GstElement * decoder, GstVeoMedia * media)
{
  gst_element_call_async (GST_ELEMENT (media->bin), expose,
      gst_veo_media_ref (media), (GDestroyNotify) gst_veo_media_unref);
}

/* For output=encoded: parse, but decode nothing. */
static gint
select_factory (GstElement * decoder, GstPad * pad, GstCaps * caps,
    GstElementFactory * factory, gpointer data)
{
  enum
  { TRY, EXPOSE };

  return gst_element_factory_list_is_type (factory,
      GST_ELEMENT_FACTORY_TYPE_DECODER) ? EXPOSE : TRY;
}

static gboolean
comes_from_demuxer (GstPad * pad)
{
  g_autoptr (GstPad) target = GST_IS_GHOST_PAD (pad)
      ? gst_ghost_pad_get_target (GST_GHOST_PAD (pad)) : gst_object_ref (pad);
  g_autoptr (GstElement) element = target
      ? gst_pad_get_parent_element (target) : NULL;
  GstElementFactory *factory = element ? gst_element_get_factory (element)
      : NULL;

  return factory && gst_element_factory_list_is_type (factory,
      GST_ELEMENT_FACTORY_TYPE_DEMUXER);
}

/* A demuxer's frames are "framed" too, but only a parser's are complete. */
static gboolean
is_parsed (GstPad * pad, const GstStructure * structure)
{
  gboolean parsed = FALSE, framed = FALSE;

  gst_structure_get_boolean (structure, "parsed", &parsed);
  gst_structure_get_boolean (structure, "framed", &framed);
  return parsed || (framed && !comes_from_demuxer (pad));
}

/* A parsed stream needs no decoder to be there at all. */
static gboolean
continue_autoplugging (GstElement * decoder, GstPad * pad, GstCaps * caps,
    gpointer data)
{
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  const gchar *name = gst_structure_get_name (structure);

  if (!g_str_has_prefix (name, "video/") && !g_str_has_prefix (name, "audio/"))
    return TRUE;
  return !is_parsed (pad, structure);
}

static void
release_media (gpointer media, GClosure * closure)
{
  gst_veo_media_unref (media);
}

static void
connect_decoder (GstVeoMedia * media, GstElement * decoder, GstVeoOutput output)
{
  g_signal_connect_data (decoder, "pad-added",
      G_CALLBACK (stream_added), gst_veo_media_ref (media), release_media, 0);
  g_signal_connect_data (decoder, "unknown-type",
      G_CALLBACK (stream_unknown), gst_veo_media_ref (media), release_media, 0);
  g_signal_connect_data (decoder, "no-more-pads",
      G_CALLBACK (streams_complete), gst_veo_media_ref (media),
      release_media, 0);
  if (output != GST_VEO_OUTPUT_ENCODED)
    return;
  g_signal_connect (decoder, "autoplug-select",
      G_CALLBACK (select_factory), NULL);
  g_signal_connect (decoder, "autoplug-continue",
      G_CALLBACK (continue_autoplugging), NULL);
}

/* The source. */

static void
tell_text (GstVeoMedia * media, void (*event) (const gchar *, gpointer),
    const gchar * text)
{
  gpointer data = acquire_data (media);

  if (!data)
    return;
  event (text, data);
  media->events.unref (data);
}

static void
handle_source_event (GstElement * source, GstVeoHttpSrcEvent event,
    const gchar * text, gpointer user_data)
{
  GstVeoMedia *media = user_data;

  switch (event) {
    case GST_VEO_HTTP_SRC_LEAN:
      if (media->queue)
        gst_veo_queue_go_lean (media->queue);
      break;
    case GST_VEO_HTTP_SRC_SAVE_FAILED:
      tell_text (media, media->events.warn, text);
      break;
    case GST_VEO_HTTP_SRC_OUTAGE:
      tell_text (media, media->events.held_up, text);
      break;
    case GST_VEO_HTTP_SRC_LINK:
      tell_text (media, media->events.fresh_link, text);
      break;
    case GST_VEO_HTTP_SRC_SAVED:
    case GST_VEO_HTTP_SRC_RECONNECT:
      GST_INFO_OBJECT (media->bin, "%s", text ? text : "saved");
      break;
  }
}

/* A source that failed ends its stream too; that is no end of the clip. */
static GstPadProbeReturn
drop_eos_of_failure (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  g_autoptr (GstVeoFailure) failure = NULL;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  failure = gst_veo_http_src_get_failure (data);
  return failure ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static GstElement *
make_http_source (GstVeoMedia * media, const GstVeoHttpSrcSettings * settings,
    GError ** error)
{
  GstElement *source = gst_veo_http_src_new (settings, error);
  g_autoptr (GstPad) pad = NULL;

  if (!source)
    return NULL;
  gst_veo_http_src_set_event_func (source, handle_source_event,
      gst_veo_media_ref (media), (GDestroyNotify) gst_veo_media_unref);
  pad = gst_element_get_static_pad (source, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      drop_eos_of_failure, source, NULL);
  g_weak_ref_set (&media->http, source);
  return gst_object_ref_sink (source);
}

/* Returns: (transfer full): the bin may be emptied while the rest is built */
static GstElement *
make (const gchar * factory, GError ** error)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element)
    gst_object_ref_sink (element);
  else
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "GStreamer's element %s is missing: install the plugin that has it",
        factory);
  return element;
}

static GstElement *
make_source (GstVeoMedia * media, const GstVeoMediaSettings * settings,
    GError ** error)
{
  GstElement *source;

  if (settings->http)
    return make_http_source (media, settings->http, error);
  if (settings->path) {
    source = make ("filesrc", error);
    if (source)
      g_object_set (source, "location", settings->path, NULL);
    return source;
  }
  source = make ("giostreamsrc", error);
  if (source) {
    g_autoptr (GInputStream) stream =
        g_memory_input_stream_new_from_bytes (settings->data);

    g_object_set (source, "stream", stream, NULL);
  }
  return source;
}

static GstElement *
make_queue (GstVeoMedia * media, gboolean use_buffering, GError ** error)
{
  GstElement *queue = make ("queue2", error);

  if (!queue)
    return NULL;
  gst_veo_queue_configure (queue, use_buffering);
  return queue;
}

/* Building. Whoever makes an element holds it: the bin may be emptied by
 * another thread at any moment. A chain that could not be finished goes with
 * the parts. */

static gboolean
add (GstVeoMedia * media, GstElement ** tail, GstElement * element)
{
  if (!element || !gst_veo_parts_add_element (media->parts, element))
    return FALSE;
  if (*tail && !gst_veo_parts_link (*tail, element))
    return FALSE;
  *tail = element;
  return TRUE;
}

static gboolean
build (GstVeoMedia * media, const GstVeoMediaSettings * settings,
    GstElement ** source, GstElement ** tail, GError ** error)
{
  gboolean container = settings->pads.output == GST_VEO_OUTPUT_CONTAINER;

  *source = make_source (media, settings, error);
  if (!add (media, tail, *source))
    return FALSE;
  if (settings->http) {
    /* nothing plays from a container, so nothing is gained by pausing it */
    media->queue = make_queue (media, settings->use_buffering && !container,
        error);
    if (!add (media, tail, media->queue))
      return FALSE;
    gst_veo_queue_tell_refused_end (media->queue);
  }
  if (!container) {
    g_autoptr (GstElement) decoder = make ("decodebin", error);

    if (!add (media, tail, decoder))
      return FALSE;
    g_weak_ref_set (&media->decoder, decoder);
    connect_decoder (media, decoder, settings->pads.output);
  }
  return TRUE;
}

/* From the sink end, so that nothing flows into an element that sleeps. */
static gboolean
start_elements (GstVeoMedia * media, GstElement * source, GError ** error)
{
  g_autoptr (GstElement) decoder = g_weak_ref_get (&media->decoder);
  GstElement *elements[] = { decoder, media->queue, source };

  for (guint i = 0; i < G_N_ELEMENTS (elements); i++) {
    if (!elements[i] || gst_veo_parts_start_element (media->parts, elements[i]))
      continue;
    if (!gst_veo_parts_are_closed (media->parts))
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_STATE_CHANGE,
          "%s could not be started", GST_OBJECT_NAME (elements[i]));
    return FALSE;
  }
  return TRUE;
}

static void
start_grace (GstVeoMedia * media)
{
  GstClockID id = gst_veo_queue_start_grace (media->queue);

  g_mutex_lock (&media->lock);
  if (media->data)
    media->grace = g_steal_pointer (&id);
  g_mutex_unlock (&media->lock);
  gst_veo_queue_drop_grace (id);
}

static gboolean
expose_container (GstVeoMedia * media, GstElement * tail)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (tail, "src");

  return gst_veo_pads_expose_container (media->pads, pad);
}

static void
announce_source (GstVeoMedia * media, GstElement * source)
{
  gpointer data = acquire_data (media);

  if (!data)
    return;
  media->events.source_setup (source, data);
  media->events.unref (data);
}

/* The file's bytes flow as soon as the source has started. */
static gboolean
start_container (GstVeoMedia * media, GstElement * source, GstElement * tail,
    GError ** error)
{
  gpointer data = acquire_data (media);
  gboolean started = FALSE;

  if (!data)
    return FALSE;
  media->events.exposing (data);
  if (expose_container (media, tail)) {
    media->events.exposed (data);
    started = start_elements (media, source, error);
  }
  if (started)
    media->events.released (data);
  media->events.unref (data);
  return started;
}

gboolean
gst_veo_media_start (GstVeoMedia * media, const GstVeoMediaSettings * settings,
    GError ** error)
{
  g_autoptr (GstElement) source = NULL;
  GstElement *tail = NULL;
  gboolean container = settings->pads.output == GST_VEO_OUTPUT_CONTAINER;
  GstVeoPads *pads = gst_veo_pads_new (GST_ELEMENT (media->bin), media->parts,
      &settings->pads);

  g_mutex_lock (&media->lock);
  media->pads = pads;
  media->started_at = g_get_monotonic_time ();
  g_mutex_unlock (&media->lock);
  if (!build (media, settings, &source, &tail, error))
    return FALSE;
  if (settings->http)
    announce_source (media, source);
  if (settings->http && settings->use_buffering && !container)
    start_grace (media);
  if (container)
    return start_container (media, source, tail, error);
  return start_elements (media, source, error);
}

void
gst_veo_media_close (GstVeoMedia * media)
{
  GstVeoPads *pads;
  gpointer data;
  GstClockID grace;

  g_mutex_lock (&media->lock);
  data = g_steal_pointer (&media->data);
  g_cond_broadcast (&media->told);
  grace = g_steal_pointer (&media->grace);
  pads = media->pads ? gst_veo_pads_ref (media->pads) : NULL;
  g_mutex_unlock (&media->lock);
  if (data)
    media->events.unref (data);
  gst_veo_queue_drop_grace (grace);
  if (!pads)
    return;
  gst_veo_pads_close (pads);
  gst_veo_pads_unref (pads);
}

GstVeoPads *
gst_veo_media_get_pads (GstVeoMedia * media)
{
  GstVeoPads *pads;

  g_mutex_lock (&media->lock);
  pads = media->pads;
  g_mutex_unlock (&media->lock);
  return pads;
}

gboolean
gst_veo_media_get_stats (GstVeoMedia * media, GstVeoHttpSrcStats * stats)
{
  g_autoptr (GstElement) http = g_weak_ref_get (&media->http);

  if (!http)
    return FALSE;
  gst_veo_http_src_get_stats (http, stats);
  return TRUE;
}

static GstVeoFailure *
get_source_failure (GstVeoMedia * media)
{
  g_autoptr (GstElement) http = g_weak_ref_get (&media->http);

  return http ? gst_veo_http_src_get_failure (http) : NULL;
}

/* decodebin marks a stream as hopeless, and then tells what is missing: another of
 * its threads may find the mark, and fail for it, in between. */
static gchar *
dup_missing (GstVeoMedia * media, GstMessage * message)
{
  gint64 until = g_get_monotonic_time () + TELLING;
  gboolean wait = gst_veo_child_error_lacks_plugin (message);
  gchar *missing;

  g_mutex_lock (&media->lock);
  while (wait && media->data && !media->missing)
    wait = g_cond_wait_until (&media->told, &media->lock, until);
  missing = g_strdup (media->missing);
  g_mutex_unlock (&media->lock);
  return missing;
}

GstVeoChildError
gst_veo_media_read_error (GstVeoMedia * media, GstMessage * message,
    const gchar * task_id, GstVeoFailure ** failure, GError ** error,
    gchar ** debug)
{
  GstVeoPads *pads = gst_veo_media_get_pads (media);
  g_autofree gchar *missing = NULL;

  if (pads && gst_veo_pads_is_silence (pads, GST_MESSAGE_SRC (message)))
    return GST_VEO_CHILD_ERROR_IGNORED;
  *failure = get_source_failure (media);
  if (*failure)
    return GST_VEO_CHILD_ERROR_FAILURE;
  missing = dup_missing (media, message);
  return gst_veo_child_error_read (message, task_id, missing, failure, error,
      debug);
}

gboolean
gst_veo_media_note_buffering (GstVeoMedia * media, gint percent)
{
  gboolean worth;
  gint64 age;

  g_mutex_lock (&media->lock);
  age = g_get_monotonic_time () - media->started_at;
  worth = percent != media->percent
      && (percent == 100 || media->percent < 100 || age >= GST_VEO_QUEUE_GRACE);
  if (worth)
    media->percent = percent;
  g_mutex_unlock (&media->lock);
  return worth;
}
