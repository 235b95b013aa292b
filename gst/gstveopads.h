/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The streams of a clip become veosrc's pads: converters, names, offsets, the
 * silence of a clip without sound, an early end. */
#ifndef __GST_VEO_PADS_H__
#define __GST_VEO_PADS_H__

#include "gstveoenums.h"
#include "gstveoparts.h"

G_BEGIN_DECLS

typedef struct _GstVeoPads GstVeoPads;

typedef struct
{
  GstVeoOutput output;
  gboolean fill_audio;
  GstTagList *tags;             /* (transfer full): sent on every pad */
} GstVeoPadsSettings;

GstVeoPads *gst_veo_pads_new (GstElement * element, GstVeoParts * parts,
    const GstVeoPadsSettings * settings);
GstVeoPads *gst_veo_pads_ref (GstVeoPads * pads);
void gst_veo_pads_unref (GstVeoPads * pads);

/* A pad of the decoder (streaming thread): holds its data until the exposure. */
void gst_veo_pads_add_stream (GstVeoPads * pads, GstPad * stream);
/* Whether a picture was among the streams. */
gboolean gst_veo_pads_have_video (GstVeoPads * pads);
/* All streams are known: exposes video before audio, then no-more-pads. The
 * data is held until the parts unblock their pads. duration: the clip's, or
 * GST_CLOCK_TIME_NONE. offset: running time at which the first frame belongs.
 * FALSE when closed meanwhile. */
gboolean gst_veo_pads_expose (GstVeoPads * pads, GstClockTime duration,
    gint64 offset);
/* The same for output=container: the one pad carries what target gives. */
gboolean gst_veo_pads_expose_container (GstVeoPads * pads, GstPad * target);
/* From the exposed pads on all data is held. on_data is called once, in a
 * thread of its own, when data waits at the first of them (or the end was
 * sent), unless they are closed before; whoever is called ends it. */
void gst_veo_pads_hold (GstVeoPads * pads, GstElementCallAsyncFunc on_data,
    gpointer data, GDestroyNotify notify);
void gst_veo_pads_let_go (GstVeoPads * pads);
/* The run is over: lets go of the exposed pads. */
void gst_veo_pads_close (GstVeoPads * pads);
/* EOS leaves by every pad at once, ahead of what was downloaded; returns at once. */
void gst_veo_pads_end (GstVeoPads * pads);
/* Takes the event. */
gboolean gst_veo_pads_seek (GstVeoPads * pads, GstEvent * seek);
/* Whether object is the source of the silence, whose errors are of no matter. */
gboolean gst_veo_pads_is_silence (GstVeoPads * pads, GstObject * object);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoPads, gst_veo_pads_unref)

G_END_DECLS

#endif /* __GST_VEO_PADS_H__ */
