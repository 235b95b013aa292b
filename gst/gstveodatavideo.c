/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveodatavideo.h"

#include <string.h>

#define MAX_HEADER 256          /* media type and parameters */

struct _GstVeoDataVideo
{
  GString *header;              /* "video/mp4;base64" */
  gboolean in_header;
  gboolean is_base64;
  gboolean is_damaged;
  GByteArray *bytes;            /* NULL once finished */
  GBytes *finished;

  gchar escape[3];              /* digits after a % */
  guint n_escape;               /* 0: not in an escape, else 1 + digits seen */

  guint32 group;                /* bits of the base64 group */
  guint n_group;                /* letters in it */
  gboolean is_padded;
};

GstVeoDataVideo *
gst_veo_data_video_new (void)
{
  GstVeoDataVideo *video = g_new0 (GstVeoDataVideo, 1);

  video->header = g_string_new ("video/");
  video->in_header = TRUE;
  video->bytes = g_byte_array_new ();
  return video;
}

void
gst_veo_data_video_free (GstVeoDataVideo * video)
{
  g_string_free (video->header, TRUE);
  g_clear_pointer (&video->bytes, g_byte_array_unref);
  g_clear_pointer (&video->finished, g_bytes_unref);
  g_free (video);
}

gsize
gst_veo_data_video_get_size (GstVeoDataVideo * video)
{
  return video->finished ? g_bytes_get_size (video->finished) :
      video->bytes->len;
}

/* What remains of the header is the media type, in lower case. */
static void
end_header (GstVeoDataVideo * video)
{
  gchar *parameters = strchr (video->header->str, ';');

  video->in_header = FALSE;
  g_string_ascii_down (video->header);
  if (!parameters)
    return;
  video->is_base64 = g_str_has_suffix (parameters, ";base64");
  g_string_truncate (video->header, parameters - video->header->str);
}

static void
push_header (GstVeoDataVideo * video, gunichar c)
{
  if (c == ',')
    end_header (video);
  else if (video->header->len >= MAX_HEADER || c <= 0x20 || c >= 0x7f)
    video->is_damaged = TRUE;
  else
    g_string_append_c (video->header, (gchar) c);
}

/* Both alphabets, that of links (- and _) too; -1 for none */
static gint
base64_value (guint8 c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  if (c == '+' || c == '-')
    return 62;
  if (c == '/' || c == '_')
    return 63;
  return -1;
}

static void
push_base64 (GstVeoDataVideo * video, guint8 c)
{
  gint value = base64_value (c);

  if (c == '=') {
    video->is_padded = TRUE;
  } else if (value >= 0 && !video->is_padded) {
    video->group = video->group << 6 | value;
    if (++video->n_group == 4) {
      guint8 three[3] = { video->group >> 16, video->group >> 8, video->group };

      g_byte_array_append (video->bytes, three, 3);
      video->n_group = 0;
    }
  } else if (!g_ascii_isspace (c)) {
    video->is_damaged = TRUE;
  }
}

static void
push_byte (GstVeoDataVideo * video, guint8 c)
{
  if (video->is_base64)
    push_base64 (video, c);
  else
    g_byte_array_append (video->bytes, &c, 1);
}

static void
push_escape_digit (GstVeoDataVideo * video, gunichar c)
{
  if (c > 0x7f || !g_ascii_isxdigit ((gchar) c)) {
    video->is_damaged = TRUE;
    return;
  }
  video->escape[video->n_escape - 1] = (gchar) c;
  if (++video->n_escape <= 2)
    return;
  video->n_escape = 0;
  push_byte (video, (guint8) g_ascii_strtoull (video->escape, NULL, 16));
}

void
gst_veo_data_video_push (GstVeoDataVideo * video, gunichar c)
{
  /* Nothing that follows can mend it, and it must not grow any more */
  if (video->is_damaged)
    return;
  if (video->in_header)
    push_header (video, c);
  else if (video->n_escape > 0)
    push_escape_digit (video, c);
  else if (c == '%')
    video->n_escape = 1;
  else if (c > 0x7f)
    video->is_damaged = TRUE;
  else
    push_byte (video, (guint8) c);
}

gsize
gst_veo_data_video_push_run (GstVeoDataVideo * video, const guint8 * data,
    gsize len)
{
  gsize n = 0;

  if (!video->is_base64 || video->is_damaged || video->n_escape > 0)
    return 0;
  while (n < len && base64_value (data[n]) >= 0)
    push_base64 (video, data[n++]);
  return n;
}

/* The last group of base64 may be short, padded or not. */
static void
end_base64 (GstVeoDataVideo * video)
{
  guint32 group = video->group << (6 * (4 - video->n_group));
  guint8 two[2] = { group >> 16, group >> 8 };

  if (video->n_group == 1)
    video->is_damaged = TRUE;
  else if (video->n_group > 1)
    g_byte_array_append (video->bytes, two, video->n_group - 1);
}

GBytes *
gst_veo_data_video_finish (GstVeoDataVideo * video, const gchar ** media_type)
{
  if (video->bytes) {
    if (video->in_header)
      end_header (video);
    if (video->is_base64)
      end_base64 (video);
    if (video->n_escape > 0)
      video->is_damaged = TRUE;
    video->finished = g_byte_array_free_to_bytes (video->bytes);
    video->bytes = NULL;
  }
  *media_type = video->header->str;
  if (video->is_damaged || g_bytes_get_size (video->finished) == 0)
    return NULL;
  return g_bytes_ref (video->finished);
}
