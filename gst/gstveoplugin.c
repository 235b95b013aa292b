/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveosrc.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  return GST_ELEMENT_REGISTER (veosrc, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, veo,
    "Waits for a video-generation task and plays its video", plugin_init,
    VERSION, "LGPL", GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
