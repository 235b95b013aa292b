/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoothers.h"

void
gst_veo_others_wait (GThread * const *inside, GCond * cond, GMutex * lock,
    gint64 until)
{
  while (*inside && *inside != g_thread_self ())
    if (!g_cond_wait_until (cond, lock, until))
      break;
}
