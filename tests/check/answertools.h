/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Helpers of the tests that read answers. */
#ifndef __ANSWER_TOOLS_H__
#define __ANSWER_TOOLS_H__

#include "gstveoanswer.h"

#define TEST_KEY "SECRET-KEY"
#define TEST_NOW (G_GINT64_CONSTANT (1735689600) * G_USEC_PER_SEC)      /* 2025-01-01T00:00:00Z */

/* A GstVeoHeaderFunc over "Name: value" lines (a gchar **) */
const gchar *look_up_header (const gchar * name, gpointer lines);
/* Pushes in chunks of that many bytes; 0: at once. */
GstVeoBody *make_body (const gchar * data, gsize len, gsize chunk);
GstVeoAnswer *read_answer (guint http_status, const gchar * headers,
    GstVeoBody * body);
/* One line that says all there is in an answer. */
gchar *render_answer (const GstVeoAnswer * answer);
/* All of it: body in, line out. */
gchar *read_and_render (guint http_status, const gchar * headers,
    const gchar * data, gsize len, gsize chunk);

#endif /* __ANSWER_TOOLS_H__ */
