/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoenums.h"

GType
gst_veo_output_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_VEO_OUTPUT_DECODED, "Raw video and audio", "decoded"},
    {GST_VEO_OUTPUT_ENCODED, "Parsed elementary streams", "encoded"},
    {GST_VEO_OUTPUT_CONTAINER, "The file's own bytes", "container"},
    {0, NULL, NULL}
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstVeoOutput", values));
  return type;
}

GType
gst_veo_status_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_VEO_STATUS_UNKNOWN, "Not asked yet", "unknown"},
    {GST_VEO_STATUS_QUEUED, "Waiting for its turn", "queued"},
    {GST_VEO_STATUS_PROCESSING, "The video is being made", "processing"},
    {GST_VEO_STATUS_COMPLETED, "The video is ready", "completed"},
    {GST_VEO_STATUS_FAILED, "The service could not make it", "failed"},
    {GST_VEO_STATUS_CANCELLED, "Cancelled at the service", "cancelled"},
    {GST_VEO_STATUS_EXPIRED, "The result is no longer kept", "expired"},
    {0, NULL, NULL}
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstVeoStatus", values));
  return type;
}
