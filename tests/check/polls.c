/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The moments at which tasks of all kinds are asked about, as recorded. Whoever
 * changes one of them changes what docs/schedule.md tells of delays and polls:
 * then its figures have to be measured again, and these lines recorded again
 * (VEO_TEST_RECORD=1 prints them). */
#include <gst/check/gstcheck.h>
#include <math.h>

#include "gstveoschedule.h"

#define MAX_POLLS 40
/* Of one libm or another, s */
#define SLACK 0.02

/* What a service says at a moment, s */
typedef GstVeoStatus (*Service) (gdouble at, gint * progress);

static GstVeoStatus
work_until (gdouble at, gdouble end)
{
  return at < end ? GST_VEO_STATUS_PROCESSING : GST_VEO_STATUS_COMPLETED;
}

static GstVeoStatus
silent (gdouble at, gint * progress)
{
  return work_until (at, 180);
}

static GstVeoStatus
queued_for_long (gdouble at, gint * progress)
{
  return at < 70 ? GST_VEO_STATUS_QUEUED : work_until (at, 130);
}

/* Neither status nor progress says that anything was begun */
static GstVeoStatus
unknown (gdouble at, gint * progress)
{
  *progress = 0;
  return at < 60 ? GST_VEO_STATUS_UNKNOWN : work_until (at, 60);
}

static GstVeoStatus
not_moving (gdouble at, gint * progress)
{
  *progress = 0;
  return work_until (at, 60);
}

static GstVeoStatus
half_done (gdouble at, gint * progress)
{
  *progress = 50;
  return work_until (at, 60);
}

static GstVeoStatus
linear (gdouble at, gint * progress)
{
  *progress = (gint) at;
  return work_until (at, 100);
}

/* 20 s in a queue; the work speeds up */
static GstVeoStatus
curved (gdouble at, gint * progress)
{
  if (at < 20)
    return GST_VEO_STATUS_QUEUED;
  *progress = (gint) (100 * pow (MIN ((at - 20) / 83, 1), 1.3));
  return work_until (at, 103);
}

static GstVeoStatus
slowing (gdouble at, gint * progress)
{
  *progress = (gint) (100 * pow (MIN (at / 77, 1), 0.75));
  return work_until (at, 77);
}

static GstVeoStatus
steps_of_five (gdouble at, gint * progress)
{
  *progress = 5 * (gint) (at / 4.9);
  return work_until (at, 98);
}

static GstVeoStatus
steps_of_ten (gdouble at, gint * progress)
{
  *progress = 10 * (gint) (at / 11.3);
  return work_until (at, 113);
}

/* It stands still for 12 s in the middle */
static GstVeoStatus
stalling (gdouble at, gint * progress)
{
  gdouble worked = at < 50 ? at : MAX (at - 12, 50);

  *progress = (gint) worked;
  return work_until (worked, 100);
}

static GstVeoStatus
falling (gdouble at, gint * progress)
{
  *progress = at < 40 ? (gint) at : (gint) ((at - 40) * 1.3);
  return work_until (at, 117);
}

static GstVeoStatus
leaping (gdouble at, gint * progress)
{
  static const gint said[] = { 2, 40, 41, 44, 83, 90, 91, 99, 99, 99 };

  *progress = said[(gint) MIN (at / 10, 9)];
  return work_until (at, 111);
}

/* The service looks every so often, first after 7.3 s */
static GstVeoStatus
look_every (gdouble period, gdouble at, gdouble end, gint * progress)
{
  gdouble look = at < 7.3 ? 0 : 7.3 + period * floor ((at - 7.3) / period);

  *progress = (gint) (look * (0.44 + 0.0007 * look));
  return work_until (look, end);
}

static GstVeoStatus
looking_every_15 (gdouble at, gint * progress)
{
  return look_every (15, at, 120, progress);
}

static GstVeoStatus
looking_every_10 (gdouble at, gint * progress)
{
  return look_every (10, at, 95, progress);
}

static GstVeoStatus
looking_every_30 (gdouble at, gint * progress)
{
  return look_every (30, at, 140, progress);
}

typedef struct
{
  const gchar *name;
  Service service;
  gint64 age;                   /* s, 0: not told */
  guint min, max;               /* ms */
  gdouble polls[MAX_POLLS];     /* s, after the one at 0 */
} Record;

/* *INDENT-OFF* */
static const Record records[] = {
  {"silent", silent, 0, 1000, 15000, {
      10.40, 20.03, 28.72, 36.20, 42.66, 48.41, 53.68, 58.59, 63.24, 67.70,
      72.00, 76.17, 80.24, 84.23, 88.15, 92.01, 95.82, 99.58, 103.31, 107.01,
      110.69, 114.33, 117.96, 121.57, 125.17, 128.75, 132.32, 135.88, 139.44,
      142.98, 146.52, 150.06, 153.59, 157.12, 160.65, 164.18, 167.71, 171.24,
      174.76, 178.29}},
  {"silent, a quarter of an hour old", silent, 900, 1000, 60000, {
      4.81, 9.62, 14.44, 19.27, 24.11, 28.95, 33.81, 38.67, 43.53, 48.41,
      53.29, 58.18, 63.08, 67.99, 72.90, 77.82, 82.75, 87.69, 92.63, 97.58,
      102.54, 107.50, 112.48, 117.46, 122.45, 127.44, 132.45, 137.46, 142.48,
      147.50, 152.54, 157.58, 162.63, 167.68, 172.75, 177.82, 182.89}},
  {"silent, a minute old", silent, 60, 1000, 15000, {
      4.85, 9.43, 13.83, 18.07, 22.20, 26.23, 30.18, 34.06, 37.89, 41.67,
      45.42, 49.13, 52.81, 56.46, 60.09, 63.71, 67.31, 70.89, 74.46, 78.02,
      81.58, 85.12, 88.66, 92.20, 95.73, 99.26, 102.78, 106.31, 109.83,
      113.35, 116.87, 120.40, 123.92, 127.45, 130.98, 134.51, 138.05, 141.58,
      145.13, 148.67}},
  {"queued", queued_for_long, 0, 1000, 15000, {
      10.00, 25.00, 37.79, 45.48, 51.71, 57.20, 62.23, 66.95, 71.44, 75.76,
      79.95, 84.03, 88.02, 91.94, 95.80, 99.61, 103.37, 107.10, 110.79,
      114.46, 118.10, 121.73, 125.33, 128.93, 132.50}},
  {"queued, a minute old", queued_for_long, 60, 1000, 15000, {
      4.85, 9.43, 13.83, 18.07, 22.20, 26.23, 30.18, 34.06, 37.89, 41.67,
      45.42, 49.13, 52.81, 56.46, 60.09, 63.71, 67.31, 70.89, 74.46, 78.02,
      81.58, 85.12, 88.66, 92.20, 95.73, 99.26, 102.78, 106.31, 109.83,
      113.35, 116.87, 120.40, 123.92, 127.45, 130.98}},
  {"unknown", unknown, 0, 1000, 15000, {
      10.00, 25.00, 37.79, 45.48, 51.71, 57.20, 62.23}},
  {"not moving", not_moving, 0, 1000, 15000, {
      5.00, 15.02, 24.26, 32.38, 39.34, 45.43, 50.94, 56.02, 60.80}},
  {"half done", half_done, 0, 1000, 15000, {
      5.00, 10.89, 16.44, 21.70, 26.72, 31.53, 36.15, 40.62, 44.95, 49.18,
      53.30, 57.35, 61.32}},
  {"linear", linear, 0, 1000, 15000, {
      5.00, 10.00, 19.66, 34.66, 49.66, 64.66, 79.66, 94.66, 100.14}},
  {"linear, at most 4 s", linear, 0, 500, 4000, {
      4.00, 8.00, 12.00, 15.09, 19.09, 23.09, 27.09, 31.09, 35.09, 39.09,
      43.09, 47.09, 51.09, 55.09, 59.09, 63.09, 67.09, 71.09, 75.09, 79.09,
      83.09, 87.09, 91.09, 95.09, 99.09, 99.59, 100.09}},
  {"linear, at least 6 s", linear, 0, 6000, 30000, {
      6.00, 12.00, 36.43, 65.40, 95.40, 101.40}},
  {"curved", curved, 0, 1000, 15000, {
      10.00, 25.00, 30.00, 40.25, 55.25, 70.25, 85.25, 100.25, 102.94,
      103.94}},
  {"slowing", slowing, 0, 1000, 15000, {
      5.00, 10.00, 23.55, 38.55, 53.55, 68.55, 77.27}},
  {"steps of five", steps_of_five, 0, 1000, 15000, {
      5.00, 10.00, 19.66, 33.12, 42.24, 51.61, 65.32, 77.67, 89.23, 92.36,
      95.01, 98.38}},
  {"steps of ten", steps_of_ten, 0, 1000, 15000, {
      5.00, 15.02, 20.02, 28.71, 40.53, 49.79, 57.16, 64.04, 73.39, 88.13,
      101.02, 103.87, 112.22, 113.22}},
  {"stalling", stalling, 0, 1000, 15000, {
      5.00, 10.00, 19.66, 34.66, 49.66, 64.66, 69.06, 73.32, 77.46, 81.50,
      85.47, 89.36, 93.21, 97.00, 100.76, 104.48, 108.17, 111.83, 115.47}},
  {"falling", falling, 0, 1000, 15000, {
      5.00, 10.00, 19.66, 34.66, 49.66, 54.83, 59.68, 64.28, 79.28, 94.28,
      109.28, 116.50, 117.50}},
  {"leaping", leaping, 0, 1000, 15000, {
      5.00, 10.89, 14.50, 17.95, 20.89, 27.45, 29.42, 30.89, 40.15, 50.15,
      60.15, 70.15, 80.15, 90.15, 93.80, 97.42, 101.03, 104.63, 108.21,
      111.79}},
  {"looking every 15 s", looking_every_15, 0, 1000, 15000, {
      5.00, 15.02, 20.02, 28.71, 32.52, 35.02, 39.52, 45.60, 51.09, 56.16,
      67.80, 81.94, 82.94, 97.80, 112.80, 127.80}},
  {"looking every 15 s, at most 6 s", looking_every_15, 0, 1000, 6000, {
      5.00, 11.00, 16.00, 22.00, 28.00, 34.00, 39.00, 45.00, 51.00, 53.00,
      59.00, 65.00, 68.00, 74.00, 80.00, 83.00, 89.00, 95.00, 98.00, 104.00,
      110.00, 113.00, 119.00, 125.00, 128.00}},
  {"looking every 10 s", looking_every_10, 0, 1000, 15000, {
      5.00, 15.02, 20.02, 24.52, 27.52, 34.52, 36.27, 44.52, 45.77, 46.90,
      47.90, 57.52, 67.52, 77.52, 87.52, 97.52}},
  {"looking every 30 s", looking_every_30, 0, 1000, 15000, {
      5.00, 15.02, 20.02, 28.71, 36.19, 42.65, 57.65, 69.42, 84.42, 97.80,
      112.80, 127.00, 128.00, 143.00, 157.80}},
};
/* *INDENT-ON* */

/* Polls from the first one to the one that sees the end. Returns: their number */
static guint
watch (const Record * record, gdouble * polls)
{
  g_autoptr (GstVeoSchedule) schedule =
      gst_veo_schedule_new (record->min, record->max, 0, 0);
  guint64 now = 0;
  guint n;

  if (record->age)
    gst_veo_schedule_set_age (schedule, record->age * 1000);
  for (n = 0; n < MAX_POLLS; n++) {
    gint progress = -1;
    GstVeoStatus status = record->service (now / 1000.0, &progress);

    if (gst_veo_status_is_final (status))
      return n;
    gst_veo_schedule_note (schedule, now, status, progress, -1);
    now += gst_veo_schedule_next (schedule, now);
    polls[n] = now / 1000.0;
  }
  return n;
}

/* As the table has it */
static gchar *
tell (const Record * record, const gdouble * polls, guint n)
{
  GString *line = g_string_new (NULL);
  guint i;

  g_string_append_printf (line, "%s:", record->name);
  for (i = 0; i < n; i++)
    g_string_append_printf (line, " %.2f,", polls[i]);
  return g_string_free (line, FALSE);
}

/* Given a task of some kind, when it is watched, then it is asked about at the
 * recorded moments. */
GST_START_TEST (test_polls)
{
  const Record *record = &records[__i__];
  gdouble polls[MAX_POLLS];
  guint n = watch (record, polls), i;
  g_autofree gchar *told = tell (record, polls, n);

  if (g_getenv ("VEO_TEST_RECORD")) {
    g_print ("%s\n", told);
    return;
  }
  for (i = 0; i < n; i++)
    fail_unless (ABS (polls[i] - record->polls[i]) <= SLACK, "poll %u of %s",
        i + 1, told);
  fail_unless (n == MAX_POLLS
      || record->polls[n] == 0, "fewer polls: %s", told);
}

GST_END_TEST;

static Suite *
polls_suite (void)
{
  Suite *suite = suite_create ("polls");
  TCase *tcase = tcase_create ("polls");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_polls, 0, G_N_ELEMENTS (records));
  return suite;
}

GST_CHECK_MAIN (polls);
