/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a body comes in. Walks through JSON as it arrives, because json-glib
 * before 1.10 recurses for every bracket, takes comments, single quotes and
 * bare words (in which brackets could hide from a count), ends a text at an
 * escaped NUL, and would want a whole video in one string. What is called
 * JSON at the end of this walk has none of that. */
#include "gstveobody.h"
#include "gstveodatavideo.h"

#include <string.h>

#define DATA_VIDEO "data:video/"
#define REPLACEMENT_CHARACTER 0xfffd
/* A byte of a data: video takes eight characters at most: four letters of
 * base64 for three bytes, each letter as \uXXXX. What takes more is blanks. */
#define MAX_CUT_OUT_PER_BYTE 8
#define MAX_RUN 65536           /* bytes between two looks at the limits */

typedef enum
{
  STATE_START,                  /* before the first bracket */
  STATE_OUTSIDE,                /* between the tokens of JSON */
  STATE_STRING,
  STATE_ESCAPE,                 /* after a \ */
  STATE_UNICODE,                /* after \u */
  STATE_END,                    /* after the last bracket */
  STATE_TEXT,                   /* this is no JSON */
} State;

struct _GstVeoBody
{
  State state;
  GString *text;
  gboolean is_too_large;
  guint depth;
  gboolean is_too_deep;
  guint8 bom_seen;              /* bytes of a byte order mark */

  /* The string that is being read */
  gsize string_start;           /* where it begins in text */
  gint n_matched;               /* characters of DATA_VIDEO, -1: it is something else */
  guint n_digits;               /* of \uXXXX */
  guint unit;
  guint high_surrogate;         /* that waits for its other half */
  GstVeoDataVideo *video;       /* borrowed: the one being cut out, or NULL */

  GPtrArray *videos;
  guint64 bytes;                /* that have come in all */
  guint64 data_bytes;           /* in all videos that are complete */
  guint64 cut_out_bytes;
};

GstVeoBody *
gst_veo_body_new (void)
{
  GstVeoBody *body = g_new0 (GstVeoBody, 1);

  body->text = g_string_new (NULL);
  body->videos = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_veo_data_video_free);
  return body;
}

void
gst_veo_body_free (GstVeoBody * body)
{
  if (!body)
    return;
  g_string_free (body->text, TRUE);
  g_ptr_array_unref (body->videos);
  g_free (body);
}

gboolean
gst_veo_body_has_data_video (GstVeoBody * body)
{
  return body->videos->len > 0;
}

/* Strings */

static void
begin_string (GstVeoBody * body)
{
  body->state = STATE_STRING;
  body->string_start = body->text->len;
  body->n_matched = 0;
  body->high_surrogate = 0;
}

static void
begin_video (GstVeoBody * body)
{
  g_string_truncate (body->text, body->string_start);
  g_string_append_printf (body->text, DATA_VIDEO "%u", body->videos->len);
  body->video = gst_veo_data_video_new ();
  g_ptr_array_add (body->videos, body->video);
  body->n_matched = -1;
}

/* Looks for DATA_VIDEO at the start of a string, whatever its case, escapes
 * and leading blanks. c is already in the text. */
static void
match_video (GstVeoBody * body, gunichar c)
{
  static const gchar prefix[] = DATA_VIDEO;

  if (body->n_matched == 0 && (c == ' ' || (c >= '\t' && c <= '\r')))
    return;
  if (c > 0x7f || g_ascii_tolower ((gchar) c) != prefix[body->n_matched])
    body->n_matched = -1;
  else if (prefix[++body->n_matched] == '\0')
    begin_video (body);
}

/* A character of a string: raw is how it goes into the text, c what it means. */
static void
string_character (GstVeoBody * body, const gchar * raw, gsize len, gunichar c)
{
  if (body->video) {
    gst_veo_data_video_push (body->video, c);
    return;
  }
  g_string_append_len (body->text, raw, len);
  if (body->n_matched >= 0)
    match_video (body, c);
}

static void
string_unichar (GstVeoBody * body, gunichar c)
{
  gchar utf8[6];

  string_character (body, utf8, g_unichar_to_utf8 (c, utf8), c);
}

static void
drop_lone_surrogate (GstVeoBody * body)
{
  if (body->high_surrogate != 0)
    string_unichar (body, REPLACEMENT_CHARACTER);
  body->high_surrogate = 0;
}

static void
end_string (GstVeoBody * body)
{
  drop_lone_surrogate (body);
  g_string_append_c (body->text, '"');
  body->state = STATE_OUTSIDE;
  if (body->video)
    body->data_bytes += gst_veo_data_video_get_size (body->video);
  body->video = NULL;
}

/* One \uXXXX is complete. A NUL and halves of surrogate pairs that stand
 * alone become the replacement character: json-glib stumbles over them. */
static void
end_unicode (GstVeoBody * body)
{
  guint unit = body->unit;
  gchar raw[8];

  body->state = STATE_STRING;
  if (unit >= 0xdc00 && unit <= 0xdfff && body->high_surrogate != 0) {
    unit = 0x10000 + ((body->high_surrogate - 0xd800) << 10) + (unit - 0xdc00);
    body->high_surrogate = 0;
    string_unichar (body, unit);
    return;
  }
  drop_lone_surrogate (body);
  if (unit >= 0xd800 && unit <= 0xdbff) {
    body->high_surrogate = unit;
  } else if (unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
    string_unichar (body, REPLACEMENT_CHARACTER);
  } else if (unit >= 0x80) {
    string_unichar (body, unit);
  } else {
    g_snprintf (raw, sizeof raw, "\\u%04x", unit);
    string_character (body, raw, 6, unit);
  }
}

static gboolean
push_unicode (GstVeoBody * body, guint8 c)
{
  if (!g_ascii_isxdigit (c))
    return FALSE;
  body->unit = body->unit << 4 | g_ascii_xdigit_value (c);
  if (++body->n_digits == 4)
    end_unicode (body);
  return TRUE;
}

static gboolean
push_escape (GstVeoBody * body, guint8 c)
{
  static const gchar letters[] = "\"\\/bfnrt";
  static const gchar meanings[] = "\"\\/\b\f\n\r\t";
  const gchar *letter = c ? strchr (letters, c) : NULL;
  gchar raw[2] = { '\\', c };

  if (c == 'u') {
    body->state = STATE_UNICODE;
    body->n_digits = 0;
    body->unit = 0;
    return TRUE;
  }
  if (!letter)
    return FALSE;
  body->state = STATE_STRING;
  drop_lone_surrogate (body);
  string_character (body, raw, 2, meanings[letter - letters]);
  return TRUE;
}

static void
push_string (GstVeoBody * body, guint8 c)
{
  gchar raw = c;

  if (c == '\\') {
    body->state = STATE_ESCAPE;
  } else if (c == '"') {
    end_string (body);
  } else {
    drop_lone_surrogate (body);
    /* Bytes of UTF-8 letters pass as they are; no data: link has any */
    string_character (body, &raw, 1, c);
  }
}

/* Between strings */

static gboolean
push_start (GstVeoBody * body, guint8 c)
{
  g_string_append_c (body->text, c);
  if (c == '{' || c == '[') {
    body->state = STATE_OUTSIDE;
    body->depth = 1;
    return TRUE;
  }
  return g_ascii_isspace (c);
}

static gboolean
push_outside (GstVeoBody * body, guint8 c)
{
  g_string_append_c (body->text, c);
  if (c == '"') {
    begin_string (body);
  } else if (c == '{' || c == '[') {
    if (++body->depth > GST_VEO_ANSWER_MAX_DEPTH)
      body->is_too_deep = TRUE;
  } else if (c == '}' || c == ']') {
    if (--body->depth == 0)
      body->state = STATE_END;
  } else {
    return g_ascii_isspace (c) || g_ascii_isalnum (c)
        || (c && strchr (",:+-.", c));
  }
  return TRUE;
}

static gboolean
push_end (GstVeoBody * body, guint8 c)
{
  g_string_append_c (body->text, c);
  return g_ascii_isspace (c);
}

/* FALSE: this is no JSON */
static gboolean
push_character (GstVeoBody * body, guint8 c)
{
  switch (body->state) {
    case STATE_START:
      return push_start (body, c);
    case STATE_OUTSIDE:
      return push_outside (body, c);
    case STATE_STRING:
      push_string (body, c);
      return TRUE;
    case STATE_ESCAPE:
      return push_escape (body, c);
    case STATE_UNICODE:
      return push_unicode (body, c);
    case STATE_END:
      return push_end (body, c);
    case STATE_TEXT:
      g_string_append_c (body->text, c);
      return TRUE;
  }
  g_assert_not_reached ();
}

/* TRUE while c belongs to a byte order mark at the very start */
static gboolean
skip_byte_order_mark (GstVeoBody * body, guint8 c)
{
  static const guint8 mark[] = { 0xef, 0xbb, 0xbf };

  if (body->state != STATE_START || body->text->len > 0
      || body->bom_seen == sizeof mark || mark[body->bom_seen] != c)
    return FALSE;
  body->bom_seen++;
  return TRUE;
}

static gboolean
is_within_limits (GstVeoBody * body)
{
  guint64 data = body->data_bytes;

  if (body->video)
    data += gst_veo_data_video_get_size (body->video);
  return body->text->len <= GST_VEO_ANSWER_MAX_BYTES
      && body->bytes <= GST_VEO_ANSWER_MAX_VIDEO_BYTES
      && body->cut_out_bytes <=
      GST_VEO_ANSWER_MAX_BYTES + data * MAX_CUT_OUT_PER_BYTE;
}

/* Most of a data: video is one long run of letters. Returns how many were taken. */
static gsize
push_video_run (GstVeoBody * body, const guint8 * data, gsize len)
{
  gsize n;

  if (!body->video || body->state != STATE_STRING || body->high_surrogate != 0)
    return 0;
  n = gst_veo_data_video_push_run (body->video, data, MIN (len, MAX_RUN));
  body->cut_out_bytes += n;
  return n;
}

static void
push_byte (GstVeoBody * body, guint8 c)
{
  if (skip_byte_order_mark (body, c))
    return;
  if (body->video)
    body->cut_out_bytes++;
  if (!push_character (body, c)) {
    body->state = STATE_TEXT;
    body->video = NULL;
  }
}

gboolean
gst_veo_body_push (GstVeoBody * body, const guint8 * data, gsize len)
{
  gsize i = 0;

  while (i < len && !body->is_too_large) {
    gsize run = push_video_run (body, data + i, len - i);

    if (run == 0) {
      push_byte (body, data[i]);
      run = 1;
    }
    i += run;
    body->bytes += run;
    body->is_too_large = !is_within_limits (body);
  }
  return !body->is_too_large;
}

/* The whole of it */

static gboolean
is_blank (const gchar * text)
{
  return text[strspn (text, " \t\r\n\v\f")] == '\0';
}

GstVeoBodyShape
gst_veo_body_get_shape (GstVeoBody * body)
{
  if (body->is_too_large)
    return GST_VEO_BODY_TOO_LARGE;
  if (body->state == STATE_TEXT)
    return GST_VEO_BODY_TEXT;
  if (body->is_too_deep)
    return GST_VEO_BODY_TOO_DEEP;
  if (body->state == STATE_END)
    return GST_VEO_BODY_JSON;
  return is_blank (body->text->str) ? GST_VEO_BODY_EMPTY : GST_VEO_BODY_CUT;
}

gchar *
gst_veo_body_dup_text (GstVeoBody * body)
{
  return g_utf8_make_valid (body->text->str, body->text->len);
}

GBytes *
gst_veo_body_get_data_video (GstVeoBody * body, const gchar * marker,
    const gchar ** media_type)
{
  guint64 index = g_ascii_strtoull (marker + strlen (DATA_VIDEO), NULL, 10);

  g_return_val_if_fail (index < body->videos->len, NULL);

  return gst_veo_data_video_finish (g_ptr_array_index (body->videos, index),
      media_type);
}
