/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveochilderror.h"

#include <gst/pbutils/pbutils.h>

/* GST_FLOW_OK when the error does not come from a flow. */
static GstFlowReturn
get_flow (GstMessage * message)
{
  const GstStructure *details = NULL;
  gint flow = GST_FLOW_OK;

  gst_message_parse_error_details (message, &details);
  if (details)
    gst_structure_get_int (details, "flow-return", &flow);
  return flow;
}

/* Errors about what the file is, not about where it goes. */
static gboolean
is_about_content (const GError * error, GstFlowReturn flow)
{
  if (flow == GST_FLOW_NOT_LINKED || flow == GST_FLOW_NOT_NEGOTIATED
      || flow == GST_FLOW_ERROR)
    return FALSE;
  return error->domain == GST_STREAM_ERROR
      && error->code != GST_STREAM_ERROR_CODEC_NOT_FOUND;
}

/* decodebin calls it a core error as soon as it knows what is missing. */
static gboolean
lacks_plugin (const GError * error)
{
  return g_error_matches (error, GST_STREAM_ERROR,
      GST_STREAM_ERROR_CODEC_NOT_FOUND)
      || g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN);
}

gboolean
gst_veo_child_error_lacks_plugin (GstMessage * message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  return lacks_plugin (error);
}

gchar *
gst_veo_child_error_name_missing (GstCaps * caps)
{
  gchar *words = gst_caps_is_fixed (caps)
      ? gst_pb_utils_get_decoder_description (caps) : NULL;

  return words ? words : g_strdup_printf ("decoder for %s",
      gst_structure_get_name (gst_caps_get_structure (caps, 0)));
}

static GError *
tell_missing (const GError * error, const gchar * task_id,
    const gchar * missing)
{
  g_autofree gchar *what = missing ?
      g_strdup_printf ("GStreamer has no %s here, which the clip needs.",
      missing) : g_strdup (error->message);

  return g_error_new (GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
      "%s: %s Install the plugin that has it, or use output=encoded or"
      " output=container.", task_id, what);
}

static GError *
reword (const GError * error, GstFlowReturn flow, const gchar * task_id)
{
  const gchar *advice = "";

  if (flow == GST_FLOW_NOT_LINKED)
    advice = " Link at least one pad of veosrc (not linked).";
  else if (flow == GST_FLOW_NOT_NEGOTIATED)
    advice = " What is linked to veosrc does not take the clip's format"
        " (not negotiated): put a converter in between.";
  else if (flow == GST_FLOW_ERROR)
    advice = " An element that veosrc is linked to failed: see its own error.";
  return g_error_new (error->domain, error->code, "%s: %s%s", task_id,
      error->message, advice);
}

GstVeoChildError
gst_veo_child_error_read (GstMessage * message, const gchar * task_id,
    const gchar * missing, GstVeoFailure ** failure, GError ** error,
    gchar ** debug)
{
  g_autoptr (GError) original = NULL;
  GstFlowReturn flow = get_flow (message);

  gst_message_parse_error (message, &original, debug);
  if (is_about_content (original, flow)) {
    *failure = gst_veo_failure_new (GST_VEO_FAILURE_NOT_A_VIDEO, task_id);
    (*failure)->task_status = GST_VEO_STATUS_COMPLETED;
    (*failure)->detail = g_strdup (original->message);
    return GST_VEO_CHILD_ERROR_FAILURE;
  }
  *error = lacks_plugin (original) ? tell_missing (original, task_id, missing)
      : reword (original, flow, task_id);
  return GST_VEO_CHILD_ERROR_OWN;
}
