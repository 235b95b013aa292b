/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveopads.h"
#include "gstveoseeks.h"
#include "gstveosilence.h"

GST_DEBUG_CATEGORY_STATIC (gst_veo_pads_debug);
#define GST_CAT_DEFAULT gst_veo_pads_debug

typedef struct
{
  GstPad *pad;
  gulong probe;
} Hold;

struct _GstVeoPads
{
  gint refcount;
  GstElement *element;
  GstVeoParts *parts;
  GstVeoPadsSettings settings;

  GMutex lock;
  GPtrArray *video;             /* streams of the decoder, in their order */
  GPtrArray *audio;
  GPtrArray *exposed;           /* our own pads */
  GstElement *silence;
  gboolean closed;
  GstVeoSeeks *seeks;
  gint ended;                   /* atomic: EOS was sent ahead of the data */
  GArray *holds;                /* of Hold */
  GstElementCallAsyncFunc on_data;      /* NULL once it was called */
  gpointer on_data_data;
  GDestroyNotify on_data_notify;
};

static void
init_debug (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_veo_pads_debug, "veopads", 0, "veosrc: pads");
    g_once_init_leave (&once, 1);
  }
}

GstVeoPads *
gst_veo_pads_new (GstElement * element, GstVeoParts * parts,
    const GstVeoPadsSettings * settings)
{
  GstVeoPads *pads = g_new0 (GstVeoPads, 1);

  init_debug ();
  pads->refcount = 1;
  pads->element = gst_object_ref (element);
  pads->parts = gst_veo_parts_ref (parts);
  pads->settings = *settings;
  g_mutex_init (&pads->lock);
  pads->seeks = gst_veo_seeks_new ();
  pads->video = g_ptr_array_new_with_free_func (gst_object_unref);
  pads->audio = g_ptr_array_new_with_free_func (gst_object_unref);
  pads->exposed = g_ptr_array_new_with_free_func (gst_object_unref);
  pads->holds = g_array_new (FALSE, FALSE, sizeof (Hold));
  return pads;
}

GstVeoPads *
gst_veo_pads_ref (GstVeoPads * pads)
{
  g_atomic_int_inc (&pads->refcount);
  return pads;
}

void
gst_veo_pads_unref (GstVeoPads * pads)
{
  if (!g_atomic_int_dec_and_test (&pads->refcount))
    return;
  g_ptr_array_unref (pads->video);
  g_ptr_array_unref (pads->audio);
  g_ptr_array_unref (pads->exposed);
  g_array_unref (pads->holds);
  gst_clear_object (&pads->silence);
  gst_tag_list_unref (pads->settings.tags);
  g_mutex_clear (&pads->lock);
  gst_veo_seeks_unref (pads->seeks);
  gst_veo_parts_unref (pads->parts);
  gst_object_unref (pads->element);
  g_free (pads);
}

static gboolean
stream_is (GstPad * stream, const gchar * prefix)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (stream);

  if (!caps)
    caps = gst_pad_query_caps (stream, NULL);
  if (gst_caps_is_empty (caps) || gst_caps_is_any (caps))
    return FALSE;
  return g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps,
              0)), prefix);
}

void
gst_veo_pads_add_stream (GstVeoPads * pads, GstPad * stream)
{
  GPtrArray *streams = NULL;

  if (stream_is (stream, "video/") || stream_is (stream, "image/"))
    streams = pads->video;
  else if (stream_is (stream, "audio/"))
    streams = pads->audio;
  if (!streams) {
    GST_INFO_OBJECT (pads->element, "%" GST_PTR_FORMAT
        " is neither video nor audio and stays inside", stream);
    return;
  }
  gst_veo_parts_block_pad (pads->parts, stream);
  g_mutex_lock (&pads->lock);
  g_ptr_array_add (streams, gst_object_ref (stream));
  g_mutex_unlock (&pads->lock);
}

gboolean
gst_veo_pads_have_video (GstVeoPads * pads)
{
  gboolean have;

  g_mutex_lock (&pads->lock);
  have = pads->video->len > 0;
  g_mutex_unlock (&pads->lock);
  return have;
}

/* What every exposed pad does with what passes it. */

static GstPadProbeReturn
refuse_after_end (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstVeoPads *pads = data;

  if (!g_atomic_int_get (&pads->ended))
    return GST_PAD_PROBE_OK;
  return GST_PAD_PROBE_DROP;
}

/* What comes in must have its segment, or GStreamer calls the data that follows
 * a mistake, although none of it leaves any more: a pad that had its EOS meanwhile
 * refuses the event, and what is refused is not remembered. */
static void
remember (GstPad * internal, GstEvent * event)
{
  GstEventType type = GST_EVENT_TYPE (event);

  if (type == GST_EVENT_STREAM_START || type == GST_EVENT_SEGMENT)
    gst_pad_store_sticky_event (internal, event);
}

/* Another thread may be pushing the EOS. */
static gboolean
had_eos (GstObject * pad)
{
  gboolean had;

  GST_OBJECT_LOCK (pad);
  had = GST_PAD_IS_EOS (pad);
  GST_OBJECT_UNLOCK (pad);
  return had;
}

/* A pad that had its EOS refuses every event, and upstream takes that for a
 * failure of the stream (a parser sends tags at any time). What a sink needs
 * before it understands the EOS still passes. */
static GstPadProbeReturn
swallow_after_end (GstPad * internal, GstPadProbeInfo * info, gpointer data)
{
  GstVeoPads *pads = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstObject) pad = NULL;

  remember (internal, event);
  if (!g_atomic_int_get (&pads->ended))
    return GST_PAD_PROBE_OK;
  pad = gst_object_get_parent (GST_OBJECT (internal));
  if (GST_EVENT_TYPE (event) <= GST_EVENT_SEGMENT && !(pad && had_eos (pad)))
    return GST_PAD_PROBE_OK;
  gst_event_unref (event);
  return GST_PAD_PROBE_HANDLED;
}

/* Tags go out after caps and segment, hence with the first buffer. */
static GstPadProbeReturn
send_tags (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  gst_pad_push_event (pad, gst_event_new_tag (gst_tag_list_ref (data)));
  return GST_PAD_PROBE_REMOVE;
}

/* A flushing seek takes running time back to zero, where no offset belongs. */
static GstPadProbeReturn
reset_after_flush (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstVeoPads *pads = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  gboolean reset_time;

  if (GST_EVENT_TYPE (event) != GST_EVENT_FLUSH_STOP)
    return GST_PAD_PROBE_OK;
  gst_event_parse_flush_stop (event, &reset_time);
  if (reset_time)
    gst_pad_set_offset (pad, 0);
  g_atomic_int_set (&pads->ended, FALSE);
  return GST_PAD_PROBE_OK;
}

static void
add_probes (GstVeoPads * pads, GstPad * pad)
{
  g_autoptr (GstProxyPad) internal =
      gst_proxy_pad_get_internal (GST_PROXY_PAD (pad));

  gst_pad_add_probe (GST_PAD (internal), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      swallow_after_end, gst_veo_pads_ref (pads),
      (GDestroyNotify) gst_veo_pads_unref);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_FLUSH, reset_after_flush,
      gst_veo_pads_ref (pads), (GDestroyNotify) gst_veo_pads_unref);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, refuse_after_end,
      gst_veo_pads_ref (pads), (GDestroyNotify) gst_veo_pads_unref);
  if (pads->settings.output != GST_VEO_OUTPUT_CONTAINER)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
        GST_PAD_PROBE_TYPE_BUFFER_LIST, send_tags,
        gst_tag_list_ref (pads->settings.tags),
        (GDestroyNotify) gst_tag_list_unref);
}

/* Applications look at the caps in pad-added, before anything flows. */
static gboolean
copy_sticky_event (GstPad * from, GstEvent ** event, gpointer to)
{
  if (GST_EVENT_TYPE (*event) <= GST_EVENT_CAPS)
    gst_pad_store_sticky_event (to, *event);
  return TRUE;
}

static GstPad *
make_pad (GstVeoPads * pads, const gchar * name, const gchar * template,
    GstPad * target, gint64 offset)
{
  GstPadTemplate *pad_template =
      gst_element_get_pad_template (pads->element, template);
  GstPad *pad = gst_object_ref_sink (gst_ghost_pad_new_from_template (name,
          target, pad_template));

  gst_pad_set_active (pad, TRUE);
  if (offset)
    gst_pad_set_offset (pad, offset);
  add_probes (pads, pad);
  return pad;
}

/* Returns: FALSE when closed meanwhile */
static gboolean
expose_pad (GstVeoPads * pads, GstPad * pad)
{
  g_mutex_lock (&pads->lock);
  if (!pads->closed)
    g_ptr_array_add (pads->exposed, gst_object_ref (pad));
  g_mutex_unlock (&pads->lock);
  return gst_veo_parts_add_pad (pads->parts, pad);
}

/* Puts an element behind *pad and moves *pad on to its source pad. Without
 * the element the stream stays as it is. */
static void
append (GstVeoPads * pads, GstPad ** pad, const gchar * factory)
{
  g_autoptr (GstElement) element = gst_element_factory_make (factory, NULL);
  g_autoptr (GstPad) sink = NULL;

  if (!element) {
    GST_WARNING_OBJECT (pads->element, "no %s, going without", factory);
    return;
  }
  /* The bin may be emptied by another thread meanwhile */
  gst_object_ref_sink (element);
  if (!gst_veo_parts_add_element (pads->parts, element))
    return;
  sink = gst_element_get_static_pad (element, "sink");
  if (GST_PAD_LINK_FAILED (gst_pad_link (*pad, sink))) {
    GST_WARNING_OBJECT (pads->element, "%s does not take %" GST_PTR_FORMAT,
        factory, *pad);
    return;
  }
  gst_object_unref (*pad);
  *pad = gst_element_get_static_pad (element, "src");
  gst_veo_parts_start_element (pads->parts, element);
}

static gboolean
expose_stream (GstVeoPads * pads, GstPad * stream, gboolean video, guint index,
    gint64 offset)
{
  g_autoptr (GstPad) target = gst_object_ref (stream);
  g_autofree gchar *name = g_strdup_printf (video ? "video_%u" : "audio_%u",
      index);
  g_autoptr (GstPad) pad = NULL;

  if (pads->settings.output == GST_VEO_OUTPUT_DECODED && video) {
    append (pads, &target, "videoconvert");
  } else if (pads->settings.output == GST_VEO_OUTPUT_DECODED) {
    append (pads, &target, "audioconvert");
    append (pads, &target, "audioresample");
  }
  pad = make_pad (pads, name, video ? "video_%u" : "audio_%u", target, offset);
  gst_pad_sticky_events_foreach (stream, copy_sticky_event, pad);
  /* One of several streams of a file; all others have a source of their own */
  gst_veo_seeks_watch (pads->seeks, pad);
  return expose_pad (pads, pad);
}

static gboolean
expose_silence (GstVeoPads * pads, GstClockTime duration, gint64 offset)
{
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) filter = NULL;
  g_autoptr (GstPad) target = gst_veo_silence_new (pads->parts, duration,
      &source, &filter);
  g_autoptr (GstPad) pad = NULL;

  if (!target) {
    GST_WARNING_OBJECT (pads->element, "no audiotestsrc: no silence");
    return !gst_veo_parts_are_closed (pads->parts);
  }
  g_mutex_lock (&pads->lock);
  pads->silence = gst_object_ref (source);
  g_mutex_unlock (&pads->lock);
  pad = make_pad (pads, "audio_0", "audio_%u", target, offset);
  gst_veo_silence_prepare_pad (pad, duration);
  return expose_pad (pads, pad)
      && gst_veo_parts_start_element (pads->parts, filter)
      && gst_veo_parts_start_element (pads->parts, source);
}

/* Ends a silence of unknown length with the video. */
static GstPadProbeReturn
end_silence (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    gst_element_send_event (data, gst_event_new_eos ());
  return GST_PAD_PROBE_OK;
}

static void
tie_silence_to_video (GstVeoPads * pads)
{
  gst_pad_add_probe (g_ptr_array_index (pads->video, 0),
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, end_silence,
      gst_object_ref (pads->silence), gst_object_unref);
}

static gboolean
expose_streams (GstVeoPads * pads, GPtrArray * streams, gboolean video,
    gint64 offset)
{
  for (guint i = 0; i < streams->len; i++)
    if (!expose_stream (pads, g_ptr_array_index (streams, i), video, i, offset))
      return FALSE;
  return TRUE;
}

static gboolean
needs_silence (GstVeoPads * pads)
{
  return pads->settings.fill_audio
      && pads->settings.output == GST_VEO_OUTPUT_DECODED
      && pads->audio->len == 0 && pads->video->len > 0;
}

static gboolean
complete (GstVeoPads * pads)
{
  gst_element_no_more_pads (pads->element);
  return !gst_veo_parts_are_closed (pads->parts);
}

/* Streams do not change any more once expose is called: no lock for them. */
gboolean
gst_veo_pads_expose (GstVeoPads * pads, GstClockTime duration, gint64 offset)
{
  if (!expose_streams (pads, pads->video, TRUE, offset)
      || !expose_streams (pads, pads->audio, FALSE, offset))
    return FALSE;
  if (needs_silence (pads)) {
    if (!expose_silence (pads, duration, offset))
      return FALSE;
    if (pads->silence && !GST_CLOCK_TIME_IS_VALID (duration))
      tie_silence_to_video (pads);
  }
  return complete (pads);
}

gboolean
gst_veo_pads_expose_container (GstVeoPads * pads, GstPad * target)
{
  g_autoptr (GstPad) pad = make_pad (pads, "src", "src", target, 0);

  return expose_pad (pads, pad) && complete (pads);
}

/* Holding what comes, until a seek is sent. A demuxer takes one only when it
 * has sent something on, which is later than it has told of its pads. */

/* Returns: (transfer none) (nullable): what is to be called, which is then the
 * caller's to call */
static GstElementCallAsyncFunc
steal_on_data (GstVeoPads * pads, gpointer * data, GDestroyNotify * notify)
{
  GstElementCallAsyncFunc func;

  g_mutex_lock (&pads->lock);
  func = g_steal_pointer (&pads->on_data);
  *data = pads->on_data_data;
  *notify = pads->on_data_notify;
  g_mutex_unlock (&pads->lock);
  return func;
}

static void
call_on_data (GstVeoPads * pads)
{
  gpointer data;
  GDestroyNotify notify;
  GstElementCallAsyncFunc func = steal_on_data (pads, &data, &notify);

  if (func)
    gst_element_call_async (pads->element, func, data, notify);
}

static gboolean
is_first_pad (GstVeoPads * pads, GstPad * pad)
{
  gboolean is_first;

  g_mutex_lock (&pads->lock);
  is_first = pads->exposed->len > 0
      && g_ptr_array_index (pads->exposed, 0) == pad;
  g_mutex_unlock (&pads->lock);
  return is_first;
}

static GstPadProbeReturn
hold_data (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstVeoPads *pads = data;

  if ((info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
      && GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_PASS;
  /* The others may have no part in the file */
  if (is_first_pad (pads, pad))
    call_on_data (pads);
  return GST_PAD_PROBE_OK;
}

void
gst_veo_pads_hold (GstVeoPads * pads, GstElementCallAsyncFunc on_data,
    gpointer data, GDestroyNotify notify)
{
  gboolean closed;

  g_mutex_lock (&pads->lock);
  closed = pads->closed;
  pads->on_data = closed ? NULL : on_data;
  pads->on_data_data = data;
  pads->on_data_notify = notify;
  for (guint i = 0; i < pads->exposed->len; i++) {
    Hold hold = { gst_object_ref (g_ptr_array_index (pads->exposed, i)), 0 };

    hold.probe = gst_pad_add_probe (hold.pad, GST_PAD_PROBE_TYPE_BLOCK |
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
        GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, hold_data,
        gst_veo_pads_ref (pads), (GDestroyNotify) gst_veo_pads_unref);
    g_array_append_val (pads->holds, hold);
  }
  g_mutex_unlock (&pads->lock);
  if (closed)
    notify (data);
}

void
gst_veo_pads_let_go (GstVeoPads * pads)
{
  GArray *holds;

  g_mutex_lock (&pads->lock);
  holds = pads->holds;
  pads->holds = g_array_new (FALSE, FALSE, sizeof (Hold));
  g_mutex_unlock (&pads->lock);
  for (guint i = 0; i < holds->len; i++) {
    Hold *hold = &g_array_index (holds, Hold, i);

    gst_pad_remove_probe (hold->pad, hold->probe);
    gst_object_unref (hold->pad);
  }
  g_array_unref (holds);
}

/* The exposed pads' probes hold pads, which holds the exposed pads. */
void
gst_veo_pads_close (GstVeoPads * pads)
{
  gpointer data;
  GDestroyNotify notify;

  g_mutex_lock (&pads->lock);
  pads->closed = TRUE;
  g_ptr_array_set_size (pads->exposed, 0);
  g_mutex_unlock (&pads->lock);
  /* from now on nobody sets it */
  if (steal_on_data (pads, &data, &notify))
    notify (data);
  gst_veo_pads_let_go (pads);
  gst_veo_seeks_close (pads->seeks);
}

static gpointer
ref_pad (gconstpointer pad, gpointer data)
{
  return gst_object_ref ((gpointer) pad);
}

static GPtrArray *
copy_exposed (GstVeoPads * pads)
{
  GPtrArray *copy;

  g_mutex_lock (&pads->lock);
  copy = g_ptr_array_copy (pads->exposed, ref_pad, NULL);
  g_ptr_array_set_free_func (copy, gst_object_unref);
  g_mutex_unlock (&pads->lock);
  return copy;
}

static void
push_eos (GstElement * element, gpointer pad)
{
  gst_pad_push_event (pad, gst_event_new_eos ());
}

/* A pad whose downstream is busy or paused takes its EOS late; each pad has
 * its own thread, so that none waits for another. */
void
gst_veo_pads_end (GstVeoPads * pads)
{
  g_autoptr (GPtrArray) exposed = copy_exposed (pads);

  g_atomic_int_set (&pads->ended, TRUE);
  call_on_data (pads);
  for (guint i = 0; i < exposed->len; i++)
    gst_element_call_async (pads->element, push_eos,
        gst_object_ref (g_ptr_array_index (exposed, i)), gst_object_unref);
}

/* One pad of the clip takes it for all of them, the silence has its own. */
static gboolean
send_seek (GstVeoPads * pads, GstEvent * seek)
{
  g_autoptr (GPtrArray) exposed = copy_exposed (pads);
  gboolean done = FALSE;

  if (exposed->len > 0)
    done = gst_pad_send_event (g_ptr_array_index (exposed, 0),
        gst_event_ref (seek));
  if (done && pads->silence)
    gst_pad_send_event (g_ptr_array_index (exposed, exposed->len - 1),
        gst_event_ref (seek));
  return done;
}

gboolean
gst_veo_pads_seek (GstVeoPads * pads, GstEvent * seek)
{
  gboolean done = FALSE;

  if (gst_veo_seeks_begin (pads->seeks)) {
    done = send_seek (pads, seek);
    gst_veo_seeks_end (pads->seeks);
  }
  gst_event_unref (seek);
  return done;
}

gboolean
gst_veo_pads_is_silence (GstVeoPads * pads, GstObject * object)
{
  gboolean is_silence;

  g_mutex_lock (&pads->lock);
  is_silence = pads->silence && GST_OBJECT_CAST (pads->silence) == object;
  g_mutex_unlock (&pads->lock);
  return is_silence;
}
