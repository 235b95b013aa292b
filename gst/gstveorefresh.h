/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fresh links for a download whose link died: one more poll of the task. */
#ifndef __GST_VEO_REFRESH_H__
#define __GST_VEO_REFRESH_H__

#include <gst/gst.h>
#include "gstveohttpsrc.h"
#include "gstveowatch.h"

G_BEGIN_DECLS

typedef struct _GstVeoRefresher GstVeoRefresher;

/* Everything of settings is copied. Returns: (transfer full) */
GstVeoRefresher *gst_veo_refresher_new (const GstVeoWatchSettings * settings);
void gst_veo_refresher_unref (GstVeoRefresher * refresher);

/* What a GstVeoHttpSrcSettings wants; its user data is the refresher. */
const GstVeoLinkSource *gst_veo_refresher_get_link_source (void);
GstVeoRefresher *gst_veo_refresher_ref (GstVeoRefresher * refresher);

/* What the polls for fresh links add up to. */
void gst_veo_refresher_add_stats (GstVeoRefresher * refresher,
    GstVeoWatchStats * stats);

G_END_DECLS

#endif /* __GST_VEO_REFRESH_H__ */
