/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An HTTP answer: a byte for the status, header lines, an empty line, a body. */
#include "fuzz.h"

#include "gstveoanswer.h"

#include <string.h>

#define KEY "sk-fuzz-0123456789"

static const guint statuses[] = { 200, 201, 204, 301, 400, 401, 402, 403, 404,
  405, 408, 409, 410, 418, 425, 429, 500, 502, 503, 522
};

static const gchar *
find_header (const gchar * name, gpointer headers)
{
  return g_hash_table_lookup (headers, name);
}

static GHashTable *
read_headers (gchar * text)
{
  GHashTable *headers = g_hash_table_new (g_str_hash, g_str_equal);
  gchar *line, *rest = text;

  while ((line = strsep (&rest, "\n"))) {
    gchar *colon = strchr (line, ':');

    if (!colon)
      continue;
    *colon = '\0';
    g_hash_table_insert (headers, line, g_strstrip (colon + 1));
  }
  return headers;
}

static void
check (const GstVeoAnswer * answer)
{
  fuzz_require (answer->task || answer->failure);
  fuzz_require (answer->hint_ms >= -1
      && answer->hint_ms <= GST_VEO_HINT_MAX_MS);
  if (answer->task) {
    fuzz_require (answer->task->progress >= -1
        && answer->task->progress <= 100);
    fuzz_require (!(answer->failure
            && answer->task->status == GST_VEO_STATUS_COMPLETED));
  }
  if (answer->failure) {
    g_autofree gchar *text = gst_veo_failure_describe (answer->failure);
    g_autofree gchar *summary = gst_veo_failure_summarise (answer->failure);

    fuzz_require (g_utf8_validate (text, -1, NULL));
    fuzz_require (!strstr (text, KEY) && !strstr (summary, KEY));
  }
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  const guint8 *body_at;
  gsize head, step;

  if (size < 2)
    return 0;
  step = 1 + data[1] % 64;
  body_at = memmem (data + 2, size - 2, "\n\n", 2);
  head = body_at ? (gsize) (body_at - data) : 2;
  g_autofree gchar *text = fuzz_dup_text (data + 2, head - 2);
  g_autoptr (GHashTable) headers = read_headers (text);
  g_autoptr (GstVeoBody) body = gst_veo_body_new ();
  for (gsize i = body_at ? head + 2 : head; i < size; i += step)
    if (!gst_veo_body_push (body, data + i, MIN (step, size - i)))
      break;
  GstVeoAnswer *answer = gst_veo_answer_read ("video_1",
      statuses[data[0] % G_N_ELEMENTS (statuses)], body, find_header, headers,
      KEY, G_GINT64_CONSTANT (1735689600000000));
  check (answer);
  gst_veo_answer_free (answer);
  return 0;
}
