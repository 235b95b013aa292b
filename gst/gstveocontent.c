/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a download is that may be no video. */
#include "gstveofields.h"
#include "gstveourl.h"

#include <string.h>

#define LOOK_AT 4096            /* bytes that tell text from media */
#define LONGEST_UTF8 4

static gboolean
has_binary_byte (const guint8 * data, gsize len)
{
  gsize i;

  for (i = 0; i < len; i++) {
    if (data[i] == 0x7f || (data[i] < 0x20 && !g_ascii_isspace (data[i])
            && data[i] != 0x1b))
      return TRUE;
  }
  return FALSE;
}

/* The last letter may be cut, because these are the first bytes only. */
static gboolean
is_utf8 (const guint8 * data, gsize len)
{
  const gchar *end;

  return g_utf8_validate_len ((const gchar *) data, len, &end)
      || (const gchar *) data + len - end < LONGEST_UTF8;
}

static gboolean
is_text_type (const gchar * content_type)
{
  return content_type && (g_ascii_strncasecmp (content_type, "text/", 5) == 0
      || strstr (content_type, "json") || strstr (content_type, "xml"));
}

/* A preview in place of the video. Returns: (nullable): a phrase */
static const gchar *
name_picture (const guint8 * data, gsize len)
{
  if (len >= 8 && memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0)
    return "a PNG picture";
  if (len >= 3 && memcmp (data, "\xff\xd8\xff", 3) == 0)
    return "a JPEG picture";
  if (len >= 6 && (memcmp (data, "GIF87a", 6) == 0
          || memcmp (data, "GIF89a", 6) == 0))
    return "a GIF picture";
  if (len >= 12 && memcmp (data, "RIFF", 4) == 0
      && memcmp (data + 8, "WEBP", 4) == 0)
    return "a WebP picture";
  return NULL;
}

/* The bytes decide: content types are often application/octet-stream for
 * everything, and a video/mp4 may turn out to be an apology. */
GstVeoContentKind
gst_veo_content_sniff (const gchar * content_type, const guint8 * data,
    gsize len)
{
  static const guint8 mark[] = { 0xef, 0xbb, 0xbf };
  gsize i = 0;

  len = MIN (len, LOOK_AT);
  if (name_picture (data, len))
    return GST_VEO_CONTENT_TEXT;
  if (has_binary_byte (data, len))
    return GST_VEO_CONTENT_VIDEO;
  if (len >= sizeof mark && memcmp (data, mark, sizeof mark) == 0)
    i = sizeof mark;
  while (i < len && g_ascii_isspace (data[i]))
    i++;
  if (i == len)
    return GST_VEO_CONTENT_TEXT;
  if (data[i] == '{' || data[i] == '[')
    return GST_VEO_CONTENT_JSON;
  if (data[i] == '<' || is_text_type (content_type) || is_utf8 (data, len))
    return GST_VEO_CONTENT_TEXT;
  return GST_VEO_CONTENT_VIDEO;
}

static GstVeoBody *
body_from_bytes (const guint8 * data, gsize len)
{
  GstVeoBody *body = gst_veo_body_new ();

  gst_veo_body_push (body, data, len);
  return body;
}

gchar *
gst_veo_content_find_link (const guint8 * data, gsize len)
{
  g_autoptr (GstVeoBody) body = body_from_bytes (data, len);
  g_autoptr (JsonNode) root = gst_veo_json_parse (body);
  JsonObject *object = gst_veo_json_as_object (gst_veo_json_first (root));
  g_auto (GstVeoFoundLink) found = { NULL, };

  gst_veo_found_link_read (&found, object, body);
  if (!found.link)
    gst_veo_found_link_read (&found, gst_veo_json_get_object (object, "data"),
        body);
  return found.data ? NULL : g_steal_pointer (&found.link);
}

static const gchar *
find_nocase (const gchar * text, const gchar * part)
{
  gsize len = strlen (part);

  for (; *text; text++) {
    if (g_ascii_strncasecmp (text, part, len) == 0)
      return text;
  }
  return NULL;
}

/* What stands at a '<' and where a reader goes on after it: "<!-- ... -->" and
 * scripts are skipped whole. NULL: the page ends first. */
static const gchar *
skip_tag (const gchar * tag)
{
  static const struct
  {
    const gchar *start;
    const gchar *end;
  } unseen[] = {
    {"<!--", "-->"},
    {"<script", "</script>"},
    {"<style", "</style>"},
    {"<", ">"},
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (unseen); i++) {
    if (g_ascii_strncasecmp (tag, unseen[i].start,
            strlen (unseen[i].start)) == 0)
      break;
  }
  tag = find_nocase (tag, unseen[i].end);
  return tag ? tag + strlen (unseen[i].end) : NULL;
}

/* The text between tags */
static gchar *
strip_tags (const gchar * html)
{
  GString *text = g_string_new (NULL);

  while (html && *html) {
    gsize len = strcspn (html, "<");

    g_string_append_len (text, html, len);
    g_string_append_c (text, ' ');
    html += len;
    if (*html)
      html = skip_tag (html);
  }
  return g_string_free (text, FALSE);
}

/* Returns: (transfer full) (nullable): NULL when there is none or it is blank */
static gchar *
get_title (const gchar * html)
{
  const gchar *title = find_nocase (html, "<title");
  g_autofree gchar *text = NULL;

  if (title)
    title = strchr (title, '>');
  if (!title)
    return NULL;
  text = g_strstrip (g_strndup (title + 1, strcspn (title + 1, "<")));
  return *text ? g_steal_pointer (&text) : NULL;
}

/* The title says it best where there is one. */
static gchar *
quote_page (const gchar * html)
{
  gchar *title = get_title (html);

  return title ? title : strip_tags (html);
}

void
gst_veo_quote_read (GstVeoQuote * quote, const guint8 * data, gsize len,
    const gchar * key)
{
  g_autoptr (GstVeoBody) body = body_from_bytes (data, len);
  g_autoptr (JsonNode) root = gst_veo_json_parse (body);
  g_auto (GstVeoWords) words = { NULL, };
  g_autofree gchar *text = NULL;
  g_autofree gchar *page = NULL;

  quote->text = g_strdup (name_picture (data, len));
  if (quote->text)
    return;
  gst_veo_words_read_reason (&words,
      gst_veo_json_as_object (gst_veo_json_first (root)), key);
  quote->code = g_steal_pointer (&words.code);
  quote->message = g_steal_pointer (&words.message);
  quote->text = g_strdup (quote->message);
  if (quote->text)
    return;

  text = g_strstrip (gst_veo_body_dup_text (body));
  if (*text == '<')
    page = quote_page (text);
  quote->text = gst_veo_text_present (page ? page : text, -1, key);
}

void
gst_veo_quote_clear (GstVeoQuote * quote)
{
  g_clear_pointer (&quote->text, g_free);
  g_clear_pointer (&quote->code, g_free);
  g_clear_pointer (&quote->message, g_free);
}

gchar *
gst_veo_content_quote (const guint8 * data, gsize len, const gchar * key)
{
  g_auto (GstVeoQuote) quote = { NULL, };

  gst_veo_quote_read (&quote, data, len, key);
  return g_steal_pointer (&quote.text);
}
