/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must hold before a task is waited for: settings that can work, and what
 * must be installed. */
#ifndef __GST_VEO_CHECK_H__
#define __GST_VEO_CHECK_H__

#include "gstveoreport.h"
#include "gstveosettings.h"

G_BEGIN_DECLS

/* For whom, and where the ERROR goes. All borrowed. */
typedef struct
{
  GstElement *element;
  GstVeoReport *report;
  guint run;                    /* of the report */
  const GstVeoSettings *settings;
} GstVeoCheck;

/* Task id, base URL, proxy, the key's characters, in this order; FALSE after the
 * ERROR. *base_url: (transfer full), normalised. *key: (transfer full)
 * (nullable), stripped. */
gboolean gst_veo_check_settings (const GstVeoCheck * check, gchar ** base_url,
    gchar ** key);
/* libsoup and GStreamer's elements; FALSE after the ERROR. */
gboolean gst_veo_check_system (const GstVeoCheck * check,
    const gchar * plugin_dir);

G_END_DECLS

#endif /* __GST_VEO_CHECK_H__ */
