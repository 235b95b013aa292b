/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts for logs and messages: without secrets, short, and printable. */
#include "gstveourl.h"

#include <string.h>

#define MAX_CHARACTERS 500
#define MAX_MEDIA_TYPE 100
#define HIDDEN "***"
#define HIDDEN_QUERY "?..."
#define DATA_SCHEME "data:"

/* Characters that move the cursor or turn the direction of a line around */
static gboolean
is_disruptive (gunichar c)
{
  return g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029
      || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Valid UTF-8 on one line, runs of blanks made one, none at the ends */
static GString *
fold_blanks (const gchar * text, gssize len)
{
  g_autofree gchar *valid = g_utf8_make_valid (text, len);
  GString *out = g_string_new (NULL);
  gboolean blank = FALSE;
  const gchar *p;

  for (p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c == ' ' || is_disruptive (c)) {
      blank = out->len > 0;
      continue;
    }
    if (blank)
      g_string_append_c (out, ' ');
    blank = FALSE;
    g_string_append_unichar (out, c);
  }
  return out;
}

static gchar *
redact_data (const gchar * url)
{
  const gchar *type = url + strlen (DATA_SCHEME);
  g_autofree gchar *whole = g_strndup (type, strcspn (type, ";,"));
  g_autofree gchar *shown = g_utf8_substring (whole, 0,
      MIN (g_utf8_strlen (whole, -1), MAX_MEDIA_TYPE));

  return g_strconcat (DATA_SCHEME, shown, ",...", NULL);
}

/* Drops user:password@ and what follows ? or #. */
static gchar *
redact_hierarchical (const gchar * url)
{
  const gchar *authority = strstr (url, "://");
  const gchar *tail = url + strcspn (url, "?#");
  GString *out = g_string_new (NULL);
  const gchar *rest = url;

  if (authority && authority < tail) {
    const gchar *host = authority + 3;
    const gchar *at = g_strrstr_len (host, strcspn (host, "/?#"), "@");

    g_string_append_len (out, url, host - url);
    rest = at ? at + 1 : host;
  }
  g_string_append_len (out, rest, tail - rest);
  if (*tail)
    g_string_append (out, HIDDEN_QUERY);
  return g_string_free (out, FALSE);
}

gchar *
gst_veo_url_redact (const gchar * url)
{
  g_autofree gchar *folded = NULL;

  if (!url)
    return NULL;
  folded = g_string_free (fold_blanks (url, -1), FALSE);
  if (g_ascii_strncasecmp (folded, DATA_SCHEME, strlen (DATA_SCHEME)) == 0)
    return redact_data (folded);
  return redact_hierarchical (folded);
}

gchar *
gst_veo_proxy_redact (const gchar * proxy)
{
  const gchar *scheme_end;
  const gchar *start;
  const gchar *at;

  if (!proxy)
    return NULL;
  scheme_end = strstr (proxy, "://");
  start = scheme_end ? scheme_end + 3 : proxy;
  /* The last @ of all: a password may itself hold an @ or a / */
  at = strrchr (start, '@');
  if (!at)
    return g_strdup (proxy);
  return g_strdup_printf ("%.*s" HIDDEN "%s", (gint) (start - proxy), proxy,
      at);
}

/* A word of a sentence that is a link, even one without scheme and host:
 * "/files/1.mp4?sig=abc" */
static gboolean
word_is_link (const gchar * word)
{
  const gchar *query = strchr (word, '?');

  if (strstr (word, "://"))
    return TRUE;
  return query && memchr (word, '/', query - word) && strchr (query, '=');
}

static gboolean
word_is_data (const gchar * word)
{
  return g_ascii_strncasecmp (word, DATA_SCHEME, strlen (DATA_SCHEME)) == 0
      && strchr (word, ',');
}

static void
append_word (GString * out, const gchar * word, gsize len)
{
  g_autofree gchar *copy = g_strndup (word, len);
  g_autofree gchar *redacted = NULL;

  if (word_is_data (copy))
    redacted = redact_data (copy);
  else if (word_is_link (copy))
    redacted = redact_hierarchical (copy);
  g_string_append (out, redacted ? redacted : copy);
}

/* Links carry signatures in their queries. */
static gchar *
redact_links (const gchar * text)
{
  static const gchar *delimiters = " \"'<>";
  GString *out = g_string_sized_new (strlen (text));

  while (*text) {
    gsize len = strcspn (text, delimiters);

    append_word (out, text, len);
    text += len;
    if (*text)
      g_string_append_c (out, *text++);
  }
  return g_string_free (out, FALSE);
}

static void
hide_key (GString * text, const gchar * key)
{
  GString *folded = fold_blanks (key ? key : "", -1);

  if (folded->len > 0)
    g_string_replace (text, folded->str, HIDDEN, 0);
  g_string_free (folded, TRUE);
}

gchar *
gst_veo_text_present (const gchar * text, gssize len, const gchar * key)
{
  g_autofree gchar *redacted = NULL;
  GString *folded;
  gchar *presented;

  if (!text)
    return NULL;
  folded = fold_blanks (text, len);
  /* Before anything is cut, so that no part of the key can stay at an edge */
  hide_key (folded, key);
  redacted = redact_links (folded->str);
  g_string_free (folded, TRUE);

  presented = g_utf8_substring (redacted, 0,
      MIN (g_utf8_strlen (redacted, -1), MAX_CHARACTERS));
  g_strchomp (presented);
  if (!*presented)
    g_clear_pointer (&presented, g_free);
  return presented;
}

gboolean
gst_veo_key_strip (const gchar * key, gchar ** stripped)
{
  g_autofree gchar *text = g_strstrip (g_strdup (key ? key : ""));
  const gchar *p;

  *stripped = NULL;
  for (p = text; *p; p++) {
    if ((guchar) * p < 0x20 || (guchar) * p >= 0x7f)
      return FALSE;
  }
  if (*text)
    *stripped = g_steal_pointer (&text);
  return TRUE;
}
