/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveohiddenstring.h"

/* Whatever the value, it counts as the default. */
static gint
compare_as_equal (GParamSpec * pspec, const GValue * a, const GValue * b)
{
  return 0;
}

static void
hidden_string_class_init (gpointer klass, gpointer data)
{
  ((GParamSpecClass *) klass)->values_cmp = compare_as_equal;
}

static GType
hidden_string_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type)) {
    GTypeInfo info = {.class_init = hidden_string_class_init };
    GTypeQuery parent;

    g_type_query (G_TYPE_PARAM_STRING, &parent);
    info.class_size = parent.class_size;
    info.instance_size = parent.instance_size;
    g_once_init_leave (&type, g_type_register_static (G_TYPE_PARAM_STRING,
            "GstVeoParamHiddenString", &info, 0));
  }
  return type;
}

GParamSpec *
gst_veo_param_spec_hidden_string (const gchar * name, const gchar * nick,
    const gchar * blurb, GParamFlags flags)
{
  return g_param_spec_internal (hidden_string_get_type (), name, nick, blurb,
      flags);
}
