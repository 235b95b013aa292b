/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came out of the pads of one run, to be held against another's. Fails no
 * test by itself: runs in any thread. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* As the property has it */
typedef enum
{
  OUTPUT_DECODED,
  OUTPUT_ENCODED,
  OUTPUT_CONTAINER,
  N_OUTPUTS
} Output;

typedef struct _Recording Recording;

Recording *recording_new (Output output);
void recording_free (Recording * recording);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Recording, recording_free)

/* A bin "queue ! filters ! fakesink" for a stream of this name (video_0,
 * audio_0, src), all of whose buffers are noted. Video that is decoded comes
 * as grey pictures, since decoders leave what they like between the lines. A
 * flush forgets what was noted. sync: plays in time. Floating. */
GstElement *recording_make_branch (Recording * recording, const gchar * name,
    gboolean sync);

guint recording_count_streams (Recording * recording);
/* 0 when there is no such stream */
guint recording_count_buffers (Recording * recording, const gchar * name);
guint recording_count_flushes (Recording * recording, const gchar * name);
/* The first one's, GST_CLOCK_TIME_NONE when there is none */
GstClockTime recording_get_first_pts (Recording * recording,
    const gchar * name);
/* Until that many buffers of the stream were noted; FALSE: not in time */
gboolean recording_wait_buffers (Recording * recording, const gchar * name,
    guint buffers, GstClockTime patience);

/* Every stream of expected must be there with the same buffers (times and
 * bytes; of a container only the bytes count) and one EOS.
 * Returns: (transfer full) (nullable): the first difference */
gchar *recording_compare (Recording * actual, Recording * expected);

G_END_DECLS
