/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gst/pbutils/pbutils.h>

#include "gstveocheck.h"
#include "gstveoclient.h"
#include "gstveoproxy.h"
#include "gstveourl.h"

static gboolean
refuse (const GstVeoCheck * check, GstVeoFailureKind kind, const gchar * reason)
{
  g_autoptr (GstVeoFailure) failure = gst_veo_failure_new (kind,
      check->settings->task_id);

  failure->detail = g_strdup (reason);
  gst_veo_report_fail (check->report, check->run, NULL, failure);
  return FALSE;
}

/* NULL: the system's, which is the system's to get right */
static gboolean
check_proxy (const GstVeoCheck * check)
{
  g_auto (GstVeoProxy) proxy = { NULL, };
  const gchar *reason = NULL;

  if (!check->settings->proxy
      || gst_veo_proxy_parse (check->settings->proxy, &proxy, &reason))
    return TRUE;
  return refuse (check, GST_VEO_FAILURE_BAD_PROXY, reason);
}

gboolean
gst_veo_check_settings (const GstVeoCheck * check, gchar ** base_url,
    gchar ** key)
{
  const gchar *reason = NULL;

  if (!check->settings->task_id)
    return refuse (check, GST_VEO_FAILURE_BAD_TASK_ID, "is not set");
  if (!gst_veo_id_is_valid (check->settings->task_id, &reason))
    return refuse (check, GST_VEO_FAILURE_BAD_TASK_ID, reason);
  *base_url = gst_veo_base_url_normalise (check->settings->base_url, &reason);
  if (!*base_url)
    return refuse (check, GST_VEO_FAILURE_BAD_BASE_URL, reason);
  if (!check_proxy (check))
    return FALSE;
  if (!gst_veo_key_strip (check->settings->api_key, key))
    return refuse (check, GST_VEO_FAILURE_BAD_KEY, NULL);
  return TRUE;
}

static gboolean
check_client (const GstVeoCheck * check, const gchar * plugin_dir)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) reported = NULL;

  if (gst_veo_client_load (plugin_dir, &error))
    return TRUE;
  reported = g_error_new (GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT, "%s: %s",
      check->settings->task_id, error->message);
  gst_veo_report_error (check->report, check->run, reported, NULL);
  return FALSE;
}

/* Better now than after minutes of waiting for a paid result. */
static gboolean
check_element (const GstVeoCheck * check, const gchar * name,
    const gchar * package)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);
  g_autoptr (GError) error = NULL;

  if (factory)
    return TRUE;
  gst_veo_report_message (check->report, check->run,
      gst_missing_element_message_new (check->element, name));
  error = g_error_new (GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
      "%s: GStreamer's element %s is missing. Install it (Debian: %s).",
      check->settings->task_id, name, package);
  gst_veo_report_error (check->report, check->run, error, NULL);
  return FALSE;
}

static gboolean
check_elements (const GstVeoCheck * check)
{
  if (!check_element (check, "souphttpsrc", "gstreamer1.0-plugins-good")
      || !check_element (check, "queue2", "libgstreamer1.0-0"))
    return FALSE;
  return check->settings->output == GST_VEO_OUTPUT_CONTAINER
      || check_element (check, "decodebin", "gstreamer1.0-plugins-base");
}

gboolean
gst_veo_check_system (const GstVeoCheck * check, const gchar * plugin_dir)
{
  return check_client (check, plugin_dir) && check_elements (check);
}
