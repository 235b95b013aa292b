/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exposure.h"

#include <string.h>

/* The log. */

static GMutex log_lock;
static GString *log_text;

static void
keep_log (GstDebugCategory * category, GstDebugLevel level,
    const gchar * file, const gchar * function, gint line, GObject * object,
    GstDebugMessage * message, gpointer data)
{
  if (!g_str_has_prefix (gst_debug_category_get_name (category), "veo"))
    return;
  g_mutex_lock (&log_lock);
  if (log_text)
    g_string_append_printf (log_text, "%s %s\n",
        gst_debug_category_get_name (category),
        gst_debug_message_get (message));
  g_mutex_unlock (&log_lock);
}

void
exposure_start_log (void)
{
  g_mutex_lock (&log_lock);
  log_text = g_string_new (NULL);
  g_mutex_unlock (&log_lock);
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (keep_log, NULL, NULL);
  gst_debug_set_threshold_from_string ("veo*:9", FALSE);
}

gchar *
exposure_stop_log (void)
{
  GString *text;

  gst_debug_remove_log_function (keep_log);
  gst_debug_add_log_function (gst_debug_log_default, NULL, NULL);
  gst_debug_unset_threshold_for_name ("veo*");
  g_mutex_lock (&log_lock);
  text = g_steal_pointer (&log_text);
  g_mutex_unlock (&log_lock);
  return g_string_free (text, FALSE);
}

/* Dot files. */

static void
append_dot (GString * seen, GstElement * pipeline, GstDebugGraphDetails details)
{
  g_autofree gchar *dot = gst_debug_bin_to_dot_data (GST_BIN (pipeline),
      details);

  g_string_append (seen, dot);
}

/* Properties. */

static gchar *
describe_value (const GValue * value)
{
  if (G_VALUE_HOLDS (value, GST_TYPE_STRUCTURE))
    return g_value_get_boxed (value)
        ? gst_structure_to_string (g_value_get_boxed (value)) : NULL;
  if (G_VALUE_HOLDS_STRING (value))
    return g_value_dup_string (value);
  return g_strdup_value_contents (value);
}

static void
append_properties (GString * seen, GObject * object)
{
  guint n;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);

  for (guint i = 0; i < n; i++) {
    GValue value = G_VALUE_INIT;
    g_autofree gchar *text = NULL;

    if (!(specs[i]->flags & G_PARAM_READABLE)
        || g_str_equal (specs[i]->name, "video-url"))
      continue;
    g_object_get_property (object, specs[i]->name, &value);
    text = describe_value (&value);
    g_string_append_printf (seen, "%s.%s=%s\n", G_OBJECT_TYPE_NAME (object),
        specs[i]->name, text ? text : "");
    g_value_unset (&value);
  }
}

/* Pads. */

static gboolean
append_event (GstPad * pad, GstEvent ** event, gpointer seen)
{
  const GstStructure *structure = gst_event_get_structure (*event);
  g_autofree gchar *text = structure ? gst_structure_to_string (structure)
      : NULL;

  g_string_append_printf (seen, "%s %s %s\n", GST_PAD_NAME (pad),
      GST_EVENT_TYPE_NAME (*event), text ? text : "");
  return TRUE;
}

static void
append_uri (GString * seen, GstPad * pad)
{
  g_autoptr (GstQuery) query = gst_query_new_uri ();
  g_autofree gchar *uri = NULL;

  if (!gst_pad_query (pad, query))
    return;
  gst_query_parse_uri (query, &uri);
  g_string_append_printf (seen, "uri %s\n", uri ? uri : "");
}

static void
append_pad (const GValue * item, gpointer seen)
{
  GstPad *pad = g_value_get_object (item);

  gst_pad_sticky_events_foreach (pad, append_event, seen);
  append_properties (seen, G_OBJECT (pad));
  append_uri (seen, pad);
  if (GST_IS_GHOST_PAD (pad)) {
    g_autoptr (GstProxyPad) inner =
        gst_proxy_pad_get_internal (GST_PROXY_PAD (pad));

    gst_pad_sticky_events_foreach (GST_PAD (inner), append_event, seen);
  }
}

/* Elements. */

static void
append_contexts (GString * seen, GstElement * element)
{
  GList *contexts = gst_element_get_contexts (element);

  for (GList * item = contexts; item; item = item->next) {
    g_autofree gchar *text =
        gst_structure_to_string (gst_context_get_structure (item->data));

    g_string_append_printf (seen, "context %s\n", text);
  }
  g_list_free_full (contexts, (GDestroyNotify) gst_context_unref);
}

static void
append_element (GString * seen, GstElement * element)
{
  GstIterator *pads = gst_element_iterate_pads (element);

  append_properties (seen, G_OBJECT (element));
  append_contexts (seen, element);
  while (gst_iterator_foreach (pads, append_pad, seen) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (pads);
  gst_iterator_free (pads);
}

static void
append_child (const GValue * item, gpointer seen)
{
  append_element (seen, g_value_get_object (item));
}

void
exposure_look (GString * seen, GstElement * pipeline)
{
  GstIterator *elements = gst_bin_iterate_recurse (GST_BIN (pipeline));

  append_dot (seen, pipeline, GST_DEBUG_GRAPH_SHOW_ALL);
  append_dot (seen, pipeline, GST_DEBUG_GRAPH_SHOW_VERBOSE);
  append_element (seen, pipeline);
  while (gst_iterator_foreach (elements, append_child, seen) ==
      GST_ITERATOR_RESYNC)
    gst_iterator_resync (elements);
  gst_iterator_free (elements);
}
