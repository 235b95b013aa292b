/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Retry-After and its relatives, a line each. */
#include "fuzz.h"

#include "gstveoanswer.h"

typedef struct
{
  gchar **values;
  guint n;
} Headers;

static const gchar *
find_header (const gchar * name, gpointer data)
{
  static const gchar *const names[] = { "Retry-After", "retry-after-ms",
    "openai-poll-after-ms"
  };
  Headers *headers = data;

  for (guint i = 0; i < MIN (headers->n, G_N_ELEMENTS (names)); i++)
    if (g_ascii_strcasecmp (name, names[i]) == 0)
      return headers->values[i];
  return NULL;
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  g_autofree gchar *text = fuzz_dup_text (data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 3);
  Headers headers = { lines, g_strv_length (lines) };
  gint64 hint = gst_veo_answer_get_hint (find_header, &headers,
      G_GINT64_CONSTANT (1735689600000000));

  fuzz_require (hint >= -1 && hint <= GST_VEO_HINT_MAX_MS);
  return 0;
}
