/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services that look at their tasks on a fixed tick only. Pure. */
#ifndef __GST_VEO_TICK_H__
#define __GST_VEO_TICK_H__

#include "gstveohistory.h"

G_BEGIN_DECLS

/* One tick fell between after and by, s since the first poll; the others are whole periods away */
typedef struct
{
  gdouble period;               /* s */
  gdouble after, by;
  gboolean proved;              /* lately, by changes whose moments are well known */
} GstVeoTick;

/* FALSE when progress does not move, or not as on one of the common ticks */
gboolean gst_veo_tick_find (const GstVeoHistory * history, GstVeoTick * tick);

G_END_DECLS

#endif /* __GST_VEO_TICK_H__ */
