/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a task will end, judged by its progress. Pure. */
#ifndef __GST_VEO_ESTIMATE_H__
#define __GST_VEO_ESTIMATE_H__

#include "gstveohistory.h"

G_BEGIN_DECLS

typedef struct
{
  gdouble end;                  /* s since the first poll */
  gdouble spread;               /* standard deviation of end */
  gdouble length, power;        /* of the model's curve */
  gint step;                    /* progress comes in multiples of this */
} GstVeoEstimate;

/* FALSE when progress says nothing that can be trusted: too little was seen, it
 * stands still, it went down, or it rises in no regular way. */
gboolean gst_veo_estimate_from_progress (const GstVeoHistory * history,
    GstVeoEstimate * estimate);
/* When this progress will be reached, s since the first poll */
gdouble gst_veo_estimate_reach (const GstVeoEstimate * estimate, gint progress);

G_END_DECLS

#endif /* __GST_VEO_ESTIMATE_H__ */
