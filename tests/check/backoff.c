/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include "gstveobackoff.h"

/* Given bounds of 1 and 15 s, when attempts fail in a row, then each wait is
 * twice the last one until the upper bound holds. */
GST_START_TEST (test_waits)
{
  static const guint expected[] = { 1000, 2000, 4000, 8000, 15000, 15000 };
  const GstVeoBackoff backoff = { 1000, 15000 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (expected); i++)
    fail_unless_equals_int (gst_veo_backoff_get (&backoff, i + 1), expected[i]);
  fail_unless_equals_int (gst_veo_backoff_get (&backoff, G_MAXUINT), 15000);
}

GST_END_TEST;

/* Given any bounds, when waits are added up, then the sum is that of the single
 * ones, also of more than anybody could count. */
GST_START_TEST (test_sums)
{
/* *INDENT-OFF* */
  static const GstVeoBackoff all[] = { {1000, 15000}, {50, 200}, {7, 7},
    {3600000, 3600000}
  };
/* *INDENT-ON* */
  guint i, from, last;

  for (i = 0; i < G_N_ELEMENTS (all); i++) {
    for (from = 1; from < 12; from++) {
      guint64 sum = 0;

      fail_unless_equals_uint64 (gst_veo_backoff_sum (&all[i], from,
              from - 1), 0);
      for (last = from; last < 20; last++) {
        sum += gst_veo_backoff_get (&all[i], last);
        fail_unless_equals_uint64 (gst_veo_backoff_sum (&all[i], from, last),
            sum);
      }
    }
  }
  fail_unless_equals_uint64 (gst_veo_backoff_sum (&all[3], 1, G_MAXUINT),
      G_GUINT64_CONSTANT (3600000) * G_MAXUINT);
}

GST_END_TEST;

/* Given the second failure of eight, or the last, or of a run without end, then
 * a person is told how often and how long it goes on. */
GST_START_TEST (test_words)
{
  static const struct
  {
    GstVeoBackoff backoff;
    guint failures, retries, delay;
    const gchar *text;
  } cases[] = {
    {{1000, 15000}, 2, 8, 2000, "7 more times, for at least another 74 s"},
    {{1000, 15000}, 8, 8, 15000, "1 more time, for at least another 15 s"},
    {{1000, 15000}, 2, 2, 100, "1 more time, for at least another 1 s"},
    {{1000, 15000}, 2, 40, 2000, "39 more times, for at least another 9 min"},
    {{1000, 15000}, 1, 1, 119000, "1 more time, for at least another 119 s"},
    {{1000, 15000}, 1, 1, 120000, "1 more time, for at least another 2 min"},
    {{1000, 15000}, 1, 1, 7199000, "1 more time, for at least another 119 min"},
    {{1000, 15000}, 1, 1, 7200000, "1 more time, for at least another 2 h"},
    {{1000, 15000}, 2, G_MAXUINT, 2000,
        "4294967294 more times, for at least another 17895697 h"},
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *text = gst_veo_backoff_describe (&cases[i].backoff,
        cases[i].failures, cases[i].retries, cases[i].delay);

    fail_unless_equals_string (text, cases[i].text);
  }
}

GST_END_TEST;

static Suite *
backoff_suite (void)
{
  Suite *suite = suite_create ("backoff");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_waits);
  tcase_add_test (tcase, test_sums);
  tcase_add_test (tcase, test_words);
  return suite;
}

GST_CHECK_MAIN (backoff);
