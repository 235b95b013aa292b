/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A string property that is read by name, and left out where all that differs
 * from its default is printed, as dot files do. */
#ifndef __GST_VEO_HIDDEN_STRING_H__
#define __GST_VEO_HIDDEN_STRING_H__

#include <glib-object.h>

G_BEGIN_DECLS

/* As g_param_spec_string(); the default is NULL. */
GParamSpec *gst_veo_param_spec_hidden_string (const gchar * name,
    const gchar * nick, const gchar * blurb, GParamFlags flags);

G_END_DECLS

#endif /* __GST_VEO_HIDDEN_STRING_H__ */
