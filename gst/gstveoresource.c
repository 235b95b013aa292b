/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoresource.h"

GError *
gst_veo_resource_error_new (const GstVeoFailure * failure)
{
  static const gint codes[] = {
    [GST_VEO_ERROR_SETTINGS] = GST_RESOURCE_ERROR_SETTINGS,
    [GST_VEO_ERROR_NOT_AUTHORIZED] = GST_RESOURCE_ERROR_NOT_AUTHORIZED,
    [GST_VEO_ERROR_NOT_FOUND] = GST_RESOURCE_ERROR_NOT_FOUND,
    [GST_VEO_ERROR_FAILED] = GST_RESOURCE_ERROR_FAILED,
    [GST_VEO_ERROR_BUSY] = GST_RESOURCE_ERROR_BUSY,
    [GST_VEO_ERROR_OPEN_READ] = GST_RESOURCE_ERROR_OPEN_READ,
    [GST_VEO_ERROR_READ] = GST_RESOURCE_ERROR_READ,
  };
  g_autofree gchar *text = gst_veo_failure_describe (failure);

  return g_error_new_literal (GST_RESOURCE_ERROR,
      codes[gst_veo_failure_get_code (failure->kind)], text);
}
