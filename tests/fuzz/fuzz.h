/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzzers share: libFuzzer's entry, and a failure that it sees in any
 * build. */
#pragma once

#include <glib.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

#define fuzz_require(condition) \
  G_STMT_START { \
    if (!(condition)) { \
      g_printerr ("%s does not hold\n", #condition); \
      abort (); \
    } \
  } G_STMT_END

/* The bytes as a string that ends where they do */
static inline gchar *
fuzz_dup_text (const guint8 * data, gsize size)
{
  return g_strndup ((const gchar *) data, size);
}
