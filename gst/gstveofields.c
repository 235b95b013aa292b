/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveofields.h"
#include "gstveourl.h"

#include <string.h>

/* The provider's words */

static const gchar *const message_keys[] = {
  "message", "msg", "reason", "detail", "details", "description",
  "error_message", NULL
};

static const gchar *const reason_keys[] = {
  "fail_reason", "failure_reason", "error_message", "error_msg", "err_msg",
  "reason", "message", "msg", "detail", NULL
};

gboolean
gst_veo_words_is_all_clear (const gchar * text)
{
  static const gchar *const words[] =
      { "ok", "0", "200", "none", "null", NULL };
  g_autofree gchar *lower = g_ascii_strdown (text, -1);

  return g_strv_contains (words, lower)
      || gst_veo_status_from_word (text) == GST_VEO_STATUS_COMPLETED;
}

void
gst_veo_words_clear (GstVeoWords * words)
{
  g_clear_pointer (&words->code, g_free);
  g_clear_pointer (&words->message, g_free);
}

static void
take_word (gchar ** place, gchar * raw, const gchar * key)
{
  if (raw && !*place && !gst_veo_words_is_all_clear (raw))
    *place = gst_veo_text_present (raw, -1, key);
  g_free (raw);
}

static void
take_code (GstVeoWords * words, JsonObject * object, const gchar * name,
    const gchar * key)
{
  take_word (&words->code, gst_veo_json_get_label (object, name), key);
}

static void
take_message (GstVeoWords * words, JsonObject * object,
    const gchar * const *names, const gchar * key)
{
  for (; *names && !words->message; names++)
    take_word (&words->message, gst_veo_json_get_string (object, *names), key);
}

/* What has substance but none of the members we know is quoted as it is. */
static void
quote_node (GstVeoWords * words, JsonNode * node, const gchar * key)
{
  if (gst_veo_json_has_substance (node))
    take_word (&words->message, json_to_string (node, FALSE), key);
}

static void read_error_node (GstVeoWords * words, JsonNode * node,
    const gchar * key);

static void
read_error_object (GstVeoWords * words, JsonNode * node, const gchar * key)
{
  JsonObject *object = json_node_get_object (node);
  gboolean is_known;

  take_code (words, object, "code", key);
  take_code (words, object, "error_code", key);
  take_message (words, object, message_keys, key);
  is_known = json_object_has_member (object, "code")
      || json_object_has_member (object, "message");
  if (!words->message)
    read_error_node (words, gst_veo_json_get (object, "error"), key);
  if (!words->message && !words->code)
    take_code (words, object, "type", key);
  if (!words->message && !words->code && !is_known)
    quote_node (words, node, key);
}

/* An object, a text, a number, or a list of such. */
static void
read_error_node (GstVeoWords * words, JsonNode * node, const gchar * key)
{
  JsonNode *first = gst_veo_json_first (node);

  if (!first || JSON_NODE_HOLDS_NULL (first)) {
    return;
  } else if (JSON_NODE_HOLDS_OBJECT (first)) {
    read_error_object (words, first, key);
  } else if (JSON_NODE_HOLDS_ARRAY (first)) {
    quote_node (words, first, key);
  } else {
    take_word (&words->message, gst_veo_json_as_string (first), key);
  }
}

void
gst_veo_words_read_error (GstVeoWords * words, JsonObject * object,
    const gchar * key)
{
  JsonNode *node = gst_veo_json_get (object, "error");

  read_error_node (words, node, key);
  if (!words->message && !words->code)
    take_code (words, object, "error", key);
  words->has_error = words->message || words->code
      || (node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_BOOLEAN
      && json_node_get_boolean (node));
}

void
gst_veo_words_read_reason (GstVeoWords * words, JsonObject * object,
    const gchar * key)
{
  gst_veo_words_read_error (words, object, key);
  take_message (words, object, reason_keys, key);
  if (!words->message)
    read_error_node (words, gst_veo_json_get (object, "detail"), key);
  if (!words->message)
    read_error_node (words, gst_veo_json_get (object, "errors"), key);
  take_code (words, object, "code", key);
  take_code (words, object, "error_code", key);
}

/* Links */

static const gchar *const link_keys[] = {
  "video_url", "url", "result_url", "output_url", "download_url"
};

static const gchar *const link_containers[] = {
  "metadata", "output", "video", "content", "data", "result", "detail"
};

static const gchar *const link_lists[] = {
  "output", "videos", "data", "urls", "unsigned_urls"
};

static gboolean
is_link (const gchar * text)
{
  return *text == '/' || g_ascii_strncasecmp (text, "http://", 7) == 0
      || g_ascii_strncasecmp (text, "https://", 8) == 0;
}

/* A data: link is already a marker for what was cut out of the body: puts the
 * media type in its place. */
static gboolean
take_data (GstVeoFoundLink * found, gchar ** marker, GstVeoBody * body)
{
  const gchar *media_type = NULL;

  found->data = gst_veo_body_get_data_video (body, *marker, &media_type);
  g_free (*marker);
  *marker = g_strconcat ("data:", media_type, NULL);
  return found->data != NULL;
}

/* TRUE when the search is over. */
static gboolean
try_candidate (GstVeoFoundLink * found, JsonNode * node, GstVeoBody * body)
{
  g_autofree gchar *text = gst_veo_json_as_string (node);

  if (!text)
    return FALSE;
  if (g_ascii_strncasecmp (text, "data:video/", 11) == 0 ?
      take_data (found, &text, body) : is_link (text)) {
    found->link = g_steal_pointer (&text);
    return TRUE;
  }
  if (!found->refused)
    found->refused = g_steal_pointer (&text);
  return FALSE;
}

static gboolean
try_object (GstVeoFoundLink * found, JsonObject * object, GstVeoBody * body)
{
  return try_candidate (found, gst_veo_json_get (object, "url"), body)
      || try_candidate (found, gst_veo_json_get (object, "video_url"), body);
}

static gboolean
try_list (GstVeoFoundLink * found, JsonNode * node, GstVeoBody * body)
{
  JsonNode *first = gst_veo_json_first (node);

  if (try_candidate (found, first, body))
    return TRUE;
  return node != first
      && try_object (found, gst_veo_json_as_object (first), body);
}

void
gst_veo_found_link_read (GstVeoFoundLink * found, JsonObject * object,
    GstVeoBody * body)
{
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (link_keys); i++) {
    if (try_candidate (found, gst_veo_json_get (object, link_keys[i]), body))
      return;
  }
  for (i = 0; i < G_N_ELEMENTS (link_containers); i++) {
    if (try_object (found, gst_veo_json_get_object (object,
                link_containers[i]), body))
      return;
  }
  for (i = 0; i < G_N_ELEMENTS (link_lists); i++) {
    if (try_list (found, gst_veo_json_get (object, link_lists[i]), body))
      return;
  }
}

void
gst_veo_found_link_clear (GstVeoFoundLink * found)
{
  g_clear_pointer (&found->link, g_free);
  g_clear_pointer (&found->data, g_bytes_unref);
  g_clear_pointer (&found->refused, g_free);
}
