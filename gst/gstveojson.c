/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveojson.h"

#include <math.h>
#include <string.h>

#define LARGEST_SECONDS 1e11    /* above it, a time counts something finer */
#define LARGEST_EXACT_INTEGER 9007199254740992.0

JsonNode *
gst_veo_json_parse (GstVeoBody * body)
{
  g_autofree gchar *text = NULL;
  g_autoptr (JsonParser) parser = NULL;

  if (gst_veo_body_get_shape (body) != GST_VEO_BODY_JSON)
    return NULL;
  text = gst_veo_body_dup_text (body);
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, -1, NULL))
    return NULL;
  return json_parser_steal_root (parser);
}

JsonNode *
gst_veo_json_get (JsonObject * object, const gchar * key)
{
  return object ? json_object_get_member (object, key) : NULL;
}

JsonObject *
gst_veo_json_as_object (JsonNode * node)
{
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) :
      NULL;
}

JsonObject *
gst_veo_json_get_object (JsonObject * object, const gchar * key)
{
  return gst_veo_json_as_object (gst_veo_json_get (object, key));
}

JsonNode *
gst_veo_json_first (JsonNode * node)
{
  JsonArray *list;

  if (!node || !JSON_NODE_HOLDS_ARRAY (node))
    return node;
  list = json_node_get_array (node);
  return json_array_get_length (list) > 0 ?
      json_array_get_element (list, 0) : NULL;
}

static gboolean
holds (JsonNode * node, GType type)
{
  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == type;
}

gchar *
gst_veo_json_as_string (JsonNode * node)
{
  g_autofree gchar *text = NULL;

  if (!holds (node, G_TYPE_STRING))
    return NULL;
  text = g_strstrip (json_node_dup_string (node));
  return *text ? g_steal_pointer (&text) : NULL;
}

gchar *
gst_veo_json_get_string (JsonObject * object, const gchar * key)
{
  return gst_veo_json_as_string (gst_veo_json_get (object, key));
}

static gboolean
as_number (JsonNode * node, gdouble * number)
{
  g_autofree gchar *text = NULL;
  gchar *end;

  if (holds (node, G_TYPE_INT64)) {
    *number = (gdouble) json_node_get_int (node);
    return TRUE;
  }
  if (holds (node, G_TYPE_DOUBLE)) {
    *number = json_node_get_double (node);
    return isfinite (*number);
  }
  text = gst_veo_json_as_string (node);
  if (!text)
    return FALSE;
  *number = g_ascii_strtod (text, &end);
  return end != text && isfinite (*number);
}

gboolean
gst_veo_json_get_number (JsonObject * object, const gchar * key,
    gdouble * number)
{
  return as_number (gst_veo_json_get (object, key), number);
}

gchar *
gst_veo_json_get_label (JsonObject * object, const gchar * key)
{
  JsonNode *node = gst_veo_json_get (object, key);
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];
  gdouble number;

  if (holds (node, G_TYPE_STRING))
    return gst_veo_json_as_string (node);
  if (!as_number (node, &number) || number == 0)
    return NULL;
  if (fabs (number) < LARGEST_EXACT_INTEGER && number == trunc (number))
    return g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) number);
  return g_strdup (g_ascii_dtostr (text, sizeof text, number));
}

static gint64
parse_iso_time (const gchar * text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) when = g_date_time_new_from_iso8601 (text, utc);

  return when ? MAX (g_date_time_to_unix (when), 0) : 0;
}

static gboolean
is_plain_number (const gchar * text)
{
  return text[strspn (text, "0123456789.")] == '\0';
}

gint64
gst_veo_json_get_time (JsonObject * object, const gchar * key)
{
  g_autofree gchar *text = gst_veo_json_get_string (object, key);
  gdouble number;

  if (text && !is_plain_number (text))
    return parse_iso_time (text);
  if (!gst_veo_json_get_number (object, key, &number) || number < 1)
    return 0;
  while (number > LARGEST_SECONDS)
    number /= 1000;
  return (gint64) number;
}

static gboolean
object_has_substance (JsonObject * object)
{
  JsonObjectIter iter;
  JsonNode *member;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, NULL, &member)) {
    if (gst_veo_json_has_substance (member))
      return TRUE;
  }
  return FALSE;
}

static gboolean
list_has_substance (JsonArray * list)
{
  guint i;

  for (i = 0; i < json_array_get_length (list); i++) {
    if (gst_veo_json_has_substance (json_array_get_element (list, i)))
      return TRUE;
  }
  return FALSE;
}

gboolean
gst_veo_json_has_substance (JsonNode * node)
{
  g_autofree gchar *text = NULL;
  gdouble number;

  if (!node || JSON_NODE_HOLDS_NULL (node))
    return FALSE;
  if (JSON_NODE_HOLDS_OBJECT (node))
    return object_has_substance (json_node_get_object (node));
  if (JSON_NODE_HOLDS_ARRAY (node))
    return list_has_substance (json_node_get_array (node));
  if (holds (node, G_TYPE_STRING)) {
    text = gst_veo_json_as_string (node);
    return text != NULL;
  }
  if (holds (node, G_TYPE_BOOLEAN))
    return json_node_get_boolean (node);
  return as_number (node, &number) && number != 0;
}
