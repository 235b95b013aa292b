/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads JSON tolerantly: every getter takes what it finds, looks at its type,
 * and answers NULL or FALSE for what is absent or says nothing. */
#ifndef __GST_VEO_JSON_H__
#define __GST_VEO_JSON_H__

#include <json-glib/json-glib.h>
#include "gstveobody.h"

G_BEGIN_DECLS

/* Returns: (transfer full) (nullable): the object or list of a body; NULL when
 * the body is none. */
JsonNode *gst_veo_json_parse (GstVeoBody * body);

/* All take a NULL object or node as an empty one. */
JsonNode *gst_veo_json_get (JsonObject * object, const gchar * key);
JsonObject *gst_veo_json_get_object (JsonObject * object, const gchar * key);
/* The first element when node is a list, else node itself; (nullable) */
JsonNode *gst_veo_json_first (JsonNode * node);
JsonObject *gst_veo_json_as_object (JsonNode * node);
/* Trimmed; returns: (transfer full) (nullable): NULL when it is empty or no string */
gchar *gst_veo_json_as_string (JsonNode * node);
gchar *gst_veo_json_get_string (JsonObject * object, const gchar * key);
/* A string, or a number that is not zero; returns: (transfer full) (nullable) */
gchar *gst_veo_json_get_label (JsonObject * object, const gchar * key);
/* A number or a string that begins with one, such as "50%" */
gboolean gst_veo_json_get_number (JsonObject * object, const gchar * key,
    gdouble * number);
/* Unix seconds: from seconds, finer units or an ISO string; 0 when absent */
gint64 gst_veo_json_get_time (JsonObject * object, const gchar * key);
/* FALSE for null, "", 0, false, {} and what holds nothing else */
gboolean gst_veo_json_has_substance (JsonNode * node);

G_END_DECLS

#endif /* __GST_VEO_JSON_H__ */
