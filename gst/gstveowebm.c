/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveowebm.h"

#include <string.h>

#define MAX_ID 4                /* bytes */
#define MAX_SIZE 8

gboolean
gst_veo_webm_is_start (const guint8 * data)
{
  return memcmp (data, "\x1a\x45\xdf\xa3", 4) == 0;
}

/* A number says in its first byte how long it is: so many zero bits and one.
 * 9: no number is so long. */
static guint
number_length (guint8 first)
{
  guint length = 1;

  while (length <= 8 && !(first & (0x100 >> length)))
    length++;
  return length;
}

static guint64
read_number (const guint8 * data, guint length)
{
  guint64 number = 0;

  while (length-- > 0)
    number = number << 8 | *data++;
  return number;
}

gint
gst_veo_webm_read_header (const guint8 * data, guint have, guint32 * id,
    guint64 * size)
{
  guint id_length, size_length;
  guint64 mask;

  if (have == 0)
    return 0;
  id_length = number_length (data[0]);
  if (id_length > MAX_ID)
    return -1;
  if (have <= id_length)
    return 0;
  size_length = number_length (data[id_length]);
  if (size_length > MAX_SIZE)
    return -1;
  if (have < id_length + size_length)
    return 0;
  /* The bits that say how long it is belong to an id, but not to a size */
  mask = (G_GUINT64_CONSTANT (1) << (7 * size_length)) - 1;
  *id = read_number (data, id_length);
  *size = read_number (data + id_length, size_length) & mask;
  if (*size == mask)
    *size = GST_VEO_WEBM_UNKNOWN_SIZE;
  return id_length + size_length;
}
