/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settable properties of veosrc: what they are, their values, their
 * fallbacks in the environment. */
#ifndef __GST_VEO_SETTINGS_H__
#define __GST_VEO_SETTINGS_H__

#include "gstveoenums.h"

G_BEGIN_DECLS

/* Ids of the properties; those of the state start at GST_VEO_N_SETTINGS. */
enum
{
  GST_VEO_SETTING_0,
  GST_VEO_SETTING_TASK_ID,
  GST_VEO_SETTING_API_KEY,
  GST_VEO_SETTING_BASE_URL,
  GST_VEO_SETTING_OUTPUT,
  GST_VEO_SETTING_MIN_POLL_INTERVAL,
  GST_VEO_SETTING_MAX_POLL_INTERVAL,
  GST_VEO_SETTING_WAIT_TIMEOUT,
  GST_VEO_SETTING_REQUEST_TIMEOUT,
  GST_VEO_SETTING_RETRIES,
  GST_VEO_SETTING_PROXY,
  GST_VEO_SETTING_TLS_CA_FILE,
  GST_VEO_SETTING_USER_AGENT,
  GST_VEO_SETTING_USE_BUFFERING,
  GST_VEO_SETTING_FILL_AUDIO,
  GST_VEO_SETTING_SAVE_LOCATION,
  GST_VEO_N_SETTINGS
};

/* Times in ms. Strings are NULL when unset. */
typedef struct
{
  gchar *task_id;
  gchar *api_key;
  gchar *base_url;
  GstVeoOutput output;
  guint min_poll_interval;
  guint max_poll_interval;
  guint wait_timeout;
  guint request_timeout;
  guint retries;
  gchar *proxy;
  gchar *tls_ca_file;
  gchar *user_agent;
  gboolean use_buffering;
  gboolean fill_audio;
  gchar *save_location;
} GstVeoSettings;

void gst_veo_settings_install (GObjectClass * klass);
void gst_veo_settings_init (GstVeoSettings * settings);
void gst_veo_settings_clear (GstVeoSettings * settings);

/* FALSE when id is not one of the settings. The caller locks. */
gboolean gst_veo_settings_set (GstVeoSettings * settings, guint id,
    const GValue * value);
gboolean gst_veo_settings_get (const GstVeoSettings * settings, guint id,
    GValue * value);

/* What holds for one run: a deep copy with the environment's fallbacks filled
 * in and the poll bounds in order. */
void gst_veo_settings_snapshot (const GstVeoSettings * settings,
    GstVeoSettings * snapshot);

G_END_DECLS

#endif /* __GST_VEO_SETTINGS_H__ */
