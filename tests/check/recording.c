/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recording.h"

#include <string.h>

#define HASH_BYTES 16

typedef struct
{
  GstClockTime pts;
  gsize size;
  guint8 hash[HASH_BYTES];
} Unit;

typedef struct
{
  Recording *recording;         /* not owned */
  gchar *name;
  GArray *units;                /* of Unit */
  GChecksum *bytes;             /* of all of them */
  guint flushes;
  guint eos;
} Stream;

struct _Recording
{
  Output output;
  GMutex lock;
  GCond cond;
  GPtrArray *streams;
};

static void
stream_free (gpointer data)
{
  Stream *stream = data;

  g_free (stream->name);
  g_array_unref (stream->units);
  g_checksum_free (stream->bytes);
  g_free (stream);
}

Recording *
recording_new (Output output)
{
  Recording *recording = g_new0 (Recording, 1);

  recording->output = output;
  g_mutex_init (&recording->lock);
  g_cond_init (&recording->cond);
  recording->streams = g_ptr_array_new_with_free_func (stream_free);
  return recording;
}

void
recording_free (Recording * recording)
{
  if (!recording)
    return;
  g_ptr_array_unref (recording->streams);
  g_mutex_clear (&recording->lock);
  g_cond_clear (&recording->cond);
  g_free (recording);
}

/* --- Noting --- */

static void
note_buffer (GstElement * element, GstBuffer * buffer, GstPad * pad,
    gpointer data)
{
  Stream *stream = data;
  Recording *recording = stream->recording;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  gsize length = HASH_BYTES;
  GstMapInfo map;
  Unit unit = { GST_BUFFER_PTS (buffer), 0, {0} };

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  unit.size = map.size;
  g_checksum_update (sum, map.data, map.size);
  g_checksum_get_digest (sum, unit.hash, &length);
  g_mutex_lock (&recording->lock);
  g_checksum_update (stream->bytes, map.data, map.size);
  g_array_append_val (stream->units, unit);
  g_cond_broadcast (&recording->cond);
  g_mutex_unlock (&recording->lock);
  gst_buffer_unmap (buffer, &map);
}

static GstPadProbeReturn
note_event (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Stream *stream = data;
  GstEventType type = GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info));

  g_mutex_lock (&stream->recording->lock);
  if (type == GST_EVENT_EOS)
    stream->eos++;
  if (type == GST_EVENT_FLUSH_STOP) {
    g_array_set_size (stream->units, 0);
    g_checksum_reset (stream->bytes);
    stream->flushes++;
    stream->eos = 0;
  }
  g_mutex_unlock (&stream->recording->lock);
  return GST_PAD_PROBE_OK;
}

static Stream *
add_stream (Recording * recording, const gchar * name)
{
  Stream *stream = g_new0 (Stream, 1);

  stream->recording = recording;
  stream->name = g_strdup (name);
  stream->units = g_array_new (FALSE, FALSE, sizeof (Unit));
  stream->bytes = g_checksum_new (G_CHECKSUM_MD5);
  g_mutex_lock (&recording->lock);
  g_ptr_array_add (recording->streams, stream);
  g_mutex_unlock (&recording->lock);
  return stream;
}

static const gchar *
choose_filter (Recording * recording, const gchar * name)
{
  if (recording->output != OUTPUT_DECODED)
    return "identity silent=true";
  return g_str_has_prefix (name, "video") ?
      "videoconvert ! video/x-raw,format=GRAY8" :
      "audioconvert ! audioresample";
}

GstElement *
recording_make_branch (Recording * recording, const gchar * name, gboolean sync)
{
  Stream *stream = add_stream (recording, name);
  g_autofree gchar *description =
      g_strdup_printf ("queue ! %s ! fakesink name=sink signal-handoffs=true "
      "sync=%s", choose_filter (recording, name), sync ? "true" : "false");
  GstElement *branch = gst_parse_bin_from_description (description, TRUE, NULL);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (branch), "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");

  g_signal_connect (sink, "handoff", G_CALLBACK (note_buffer), stream);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
      GST_PAD_PROBE_TYPE_EVENT_FLUSH, note_event, stream, NULL);
  return branch;
}

/* --- Looking --- */

static Stream *
find_stream (Recording * recording, const gchar * name)
{
  guint i;

  for (i = 0; i < recording->streams->len; i++) {
    Stream *stream = g_ptr_array_index (recording->streams, i);

    if (g_str_equal (stream->name, name))
      return stream;
  }
  return NULL;
}

guint
recording_count_streams (Recording * recording)
{
  guint n;

  g_mutex_lock (&recording->lock);
  n = recording->streams->len;
  g_mutex_unlock (&recording->lock);
  return n;
}

static guint
count_units (Recording * recording, const gchar * name)
{
  const Stream *stream = find_stream (recording, name);

  return stream ? stream->units->len : 0;
}

guint
recording_count_buffers (Recording * recording, const gchar * name)
{
  guint n;

  g_mutex_lock (&recording->lock);
  n = count_units (recording, name);
  g_mutex_unlock (&recording->lock);
  return n;
}

guint
recording_count_flushes (Recording * recording, const gchar * name)
{
  const Stream *stream;
  guint n;

  g_mutex_lock (&recording->lock);
  stream = find_stream (recording, name);
  n = stream ? stream->flushes : 0;
  g_mutex_unlock (&recording->lock);
  return n;
}

GstClockTime
recording_get_first_pts (Recording * recording, const gchar * name)
{
  GstClockTime pts = GST_CLOCK_TIME_NONE;

  g_mutex_lock (&recording->lock);
  if (count_units (recording, name) > 0)
    pts = g_array_index (find_stream (recording, name)->units, Unit, 0).pts;
  g_mutex_unlock (&recording->lock);
  return pts;
}

gboolean
recording_wait_buffers (Recording * recording, const gchar * name,
    guint buffers, GstClockTime patience)
{
  gint64 until = g_get_monotonic_time () + patience / 1000;
  gboolean in_time = TRUE;

  g_mutex_lock (&recording->lock);
  while (count_units (recording, name) < buffers && in_time)
    in_time = g_cond_wait_until (&recording->cond, &recording->lock, until);
  g_mutex_unlock (&recording->lock);
  return in_time;
}

/* --- Comparing --- */

/* Sound overlaps, and a decoder's state lives on through a flush: what comes
 * after it has in it what was there before */
static gboolean
is_clean (const Stream * stream)
{
  return stream->flushes == 0 || !g_str_has_prefix (stream->name, "audio");
}

static gchar *
compare_units (const Stream * actual, const Stream * expected)
{
  guint i, n = MIN (actual->units->len, expected->units->len);

  for (i = 0; i < n; i++) {
    const Unit *a = &g_array_index (actual->units, Unit, i);
    const Unit *e = &g_array_index (expected->units, Unit, i);

    if (a->pts != e->pts)
      return g_strdup_printf ("buffer %u of %s is at %" GST_TIME_FORMAT
          " in place of %" GST_TIME_FORMAT, i, actual->name,
          GST_TIME_ARGS (a->pts), GST_TIME_ARGS (e->pts));
    if (a->size != e->size || (is_clean (actual)
            && memcmp (a->hash, e->hash, HASH_BYTES) != 0))
      return g_strdup_printf ("buffer %u of %s, at %" GST_TIME_FORMAT
          ", is another one", i, actual->name, GST_TIME_ARGS (a->pts));
  }
  if (actual->units->len != expected->units->len)
    return g_strdup_printf ("%s has %u buffers in place of %u", actual->name,
        actual->units->len, expected->units->len);
  return NULL;
}

static gchar *
compare_bytes (const Stream * actual, const Stream * expected)
{
  /* Reading ends a checksum, also for others who read it: copies */
  g_autoptr (GChecksum) a = g_checksum_copy (actual->bytes);
  g_autoptr (GChecksum) e = g_checksum_copy (expected->bytes);

  if (strcmp (g_checksum_get_string (a), g_checksum_get_string (e)) == 0)
    return NULL;
  return g_strdup_printf ("the bytes of %s are others", actual->name);
}

static gchar *
compare_stream (Output output, const Stream * actual, const Stream * expected)
{
  gchar *difference = output == OUTPUT_CONTAINER
      ? compare_bytes (actual, expected) : compare_units (actual, expected);
  if (!difference && actual->eos != 1)
    difference = g_strdup_printf ("%s has %u EOS", actual->name, actual->eos);
  return difference;
}

gchar *
recording_compare (Recording * actual, Recording * expected)
{
  gchar *difference = NULL;
  guint i;

  g_mutex_lock (&actual->lock);
  if (actual->streams->len != expected->streams->len)
    difference = g_strdup_printf ("there are %u streams in place of %u",
        actual->streams->len, expected->streams->len);
  for (i = 0; i < expected->streams->len && !difference; i++) {
    const Stream *wanted = g_ptr_array_index (expected->streams, i);
    const Stream *stream = find_stream (actual, wanted->name);

    difference = stream ? compare_stream (actual->output, stream, wanted)
        : g_strdup_printf ("%s is missing", wanted->name);
  }
  g_mutex_unlock (&actual->lock);
  return difference;
}
