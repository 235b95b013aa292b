/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers in which a service says when to ask again. */
#include "gstveoanswer.h"

#include <string.h>
#include <stdio.h>

static gint64
cap (gdouble ms)
{
  return ms >= GST_VEO_HINT_MAX_MS ? GST_VEO_HINT_MAX_MS : (gint64) ms;
}

/* A plain decimal number: no sign, exponent or hexadecimal. */
static gboolean
parse_number (const gchar * text, gdouble * number)
{
  if (!*text || text[strspn (text, "0123456789.")] != '\0'
      || !strpbrk (text, "0123456789") || strchr (text, '.') != strrchr (text,
          '.'))
    return FALSE;
  *number = g_ascii_strtod (text, NULL);
  return TRUE;
}

static guint
parse_month (const gchar * name)
{
  static const gchar *const months[] = { "jan", "feb", "mar", "apr", "may",
    "jun", "jul", "aug", "sep", "oct", "nov", "dec"
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (months); i++) {
    if (g_ascii_strcasecmp (name, months[i]) == 0)
      return i + 1;
  }
  return 0;
}

/* RFC 850 gives two digits. */
static gint
complete_year (gint year)
{
  return year >= 100 ? year : year < 70 ? year + 2000 : year + 1900;
}

/* The three forms of RFC 9110: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday,
 * 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994". */
static gboolean
parse_http_date (const gchar * text, gint64 * seconds)
{
  const gchar *comma = strchr (text, ',');
  g_autoptr (GDateTime) when = NULL;
  gchar month[4] = "";
  gint day, year, hour, minute, second;
  gint n;

  if (comma)
    n = sscanf (comma + 1, " %2d%*[ -]%3[A-Za-z]%*[ -]%4d %2d:%2d:%2d", &day,
        month, &year, &hour, &minute, &second);
  else
    n = sscanf (text, "%*3s %3[A-Za-z] %2d %2d:%2d:%2d %4d", month, &day,
        &hour, &minute, &second, &year);
  if (n != 6 || parse_month (month) == 0)
    return FALSE;
  when = g_date_time_new_utc (complete_year (year), parse_month (month), day,
      hour, minute, second);
  if (when)
    *seconds = g_date_time_to_unix (when);
  return when != NULL;
}

static gint64
parse_retry_after (const gchar * text, gint64 now)
{
  gdouble number;
  gint64 date;

  if (parse_number (text, &number))
    return cap (number * 1000);
  if (!parse_http_date (text, &date) || date * G_USEC_PER_SEC < now)
    return -1;
  return cap ((date * G_USEC_PER_SEC - now) / 1000.0);
}

static gint64
parse_ms (const gchar * text, gint64 now)
{
  gdouble number;

  return parse_number (text, &number) ? cap (number) : -1;
}

gint64
gst_veo_answer_get_date (GstVeoHeaderFunc header, gpointer headers)
{
  const gchar *value = header ? header ("Date", headers) : NULL;
  gint64 seconds;

  return value && parse_http_date (value, &seconds) ? seconds : 0;
}

gint64
gst_veo_answer_get_hint (GstVeoHeaderFunc header, gpointer headers, gint64 now)
{
  static const struct
  {
    const gchar *name;
      gint64 (*parse) (const gchar * text, gint64 now);
  } hints[] = {
    {"Retry-After", parse_retry_after},
    {"retry-after-ms", parse_ms},
    {"openai-poll-after-ms", parse_ms},
  };
  gint64 longest = -1;
  gsize i;

  for (i = 0; header && i < G_N_ELEMENTS (hints); i++) {
    const gchar *value = header (hints[i].name, headers);
    g_autofree gchar *text = NULL;

    if (!value)
      continue;
    text = g_strstrip (g_strdup (value));
    longest = MAX (longest, hints[i].parse (text, now));
  }
  return longest;
}
