/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long tasks usually take. Pure. */
#ifndef __GST_VEO_LAW_H__
#define __GST_VEO_LAW_H__

#include <glib.h>

G_BEGIN_DECLS

/* How old the task was at the first poll */
typedef enum
{
  GST_VEO_AGE_NEW,              /* it was queued */
  GST_VEO_AGE_RATHER_NEW,       /* nothing speaks for another age */
  GST_VEO_AGE_RATHER_OLD,       /* some of the work was done */
} GstVeoAge;

/* Seconds to the next poll when nothing is known but that the task still runs, waited s after the first one */
gdouble gst_veo_law_interval (gdouble waited, GstVeoAge age);

G_END_DECLS

#endif /* __GST_VEO_LAW_H__ */
