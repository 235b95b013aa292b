/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>

#include "gstveoschedule.h"

#define MIN_INTERVAL 1000
#define MAX_INTERVAL 15000
#define HISTORIES 20000

/* What a service says at a moment (ms): the status, the progress written to the pointer */
typedef GstVeoStatus (*Service) (guint64 at, gint * progress);

/* Polls from the first one to the one that sees the end or comes at or after
 * @until; their moments go to @polls */
static GArray *
watch (Service service, guint64 until)
{
  g_autoptr (GstVeoSchedule) schedule =
      gst_veo_schedule_new (MIN_INTERVAL, MAX_INTERVAL, 0, 0);
  GArray *polls = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 now = 0;

  while (TRUE) {
    gint progress = -1;
    GstVeoStatus status = service (now, &progress);

    g_array_append_val (polls, now);
    if (gst_veo_status_is_final (status) || now >= until)
      return polls;
    gst_veo_schedule_note (schedule, now, status, progress, -1);
    now += gst_veo_schedule_next (schedule, now);
  }
}

static guint64
moment (GArray * polls, guint i)
{
  return g_array_index (polls, guint64, i);
}

static guint64
last_moment (GArray * polls)
{
  return moment (polls, polls->len - 1);
}

static guint
count_between (GArray * polls, guint64 from, guint64 to)
{
  guint i, n = 0;

  for (i = 0; i < polls->len; i++)
    if (moment (polls, i) >= from && moment (polls, i) < to)
      n++;
  return n;
}

static GstVeoStatus
linear (guint64 at, gint * progress)
{
  *progress = MIN (at / 1000, 100);
  return at < 100000 ? GST_VEO_STATUS_PROCESSING : GST_VEO_STATUS_COMPLETED;
}

GST_START_TEST (test_linear_progress_is_used)
{
  /* Given a task of 100 s whose progress tells the truth, When it is watched, Then
   * the end is noticed within a second, with hardly more polls than the longest interval asks for */
  g_autoptr (GArray) polls = watch (linear, 200000);

  fail_unless (last_moment (polls) >= 100000);
  fail_unless (last_moment (polls) <= 101000);
  fail_unless (polls->len <= 12);
}

GST_END_TEST;

static GstVeoStatus
curved (guint64 at, gint * progress)
{
  gdouble done = at < 20000 ? 0 : MIN ((at - 20000) / 100000.0, 1);

  *progress = (gint) (100 * done * done / (0.3 + 0.7 * done));
  if (at < 20000)
    return GST_VEO_STATUS_QUEUED;
  return at < 120000 ? GST_VEO_STATUS_PROCESSING : GST_VEO_STATUS_COMPLETED;
}

GST_START_TEST (test_bent_progress_is_used)
{
  /* Given 20 s in a queue and progress that speeds up later, along no curve the schedule
   * knows, When it is watched, Then the end is noticed within 2 s */
  g_autoptr (GArray) polls = watch (curved, 200000);

  fail_unless (last_moment (polls) <= 122000);
  fail_unless (polls->len <= 20);
}

GST_END_TEST;

static GstVeoStatus
silent (guint64 at, gint * progress)
{
  return GST_VEO_STATUS_PROCESSING;
}

static GstVeoStatus
constant (guint64 at, gint * progress)
{
  *progress = 50;
  return GST_VEO_STATUS_PROCESSING;
}

GST_START_TEST (test_constant_progress_is_no_progress)
{
  /* Given a service that says 50 for ever, When it is watched, Then it is asked by the law of
   * durations: seldom at first, most often while most tasks end, less often long after */
  g_autoptr (GArray) polls = watch (constant, 3600000);
  guint early = count_between (polls, 0, 30000);
  guint usual = count_between (polls, 90000, 120000);
  guint late = count_between (polls, 3000000, 3030000);

  fail_unless (early < usual);
  fail_unless (late < usual);
  fail_unless (late >= 2);
}

GST_END_TEST;

GST_START_TEST (test_silence_starts_late)
{
  /* Given a service without progress, When it is watched, Then it is left alone while hardly
   * any task ends, and asked about twice as often around the usual duration */
  g_autoptr (GArray) polls = watch (silent, 120000);

  fail_unless (moment (polls, 1) >= 9000);
  fail_unless (count_between (polls, 90000, 120000) >=
      2 * count_between (polls, 0, 30000));
}

GST_END_TEST;

/* The first delay for a silent task of this age, ms */
static guint
first_delay (gint64 age)
{
  g_autoptr (GstVeoSchedule) schedule =
      gst_veo_schedule_new (MIN_INTERVAL, MAX_INTERVAL, 0, 0);

  gst_veo_schedule_set_age (schedule, age);
  gst_veo_schedule_note (schedule, 0, GST_VEO_STATUS_PROCESSING, -1, -1);
  return gst_veo_schedule_next (schedule, 0);
}

GST_START_TEST (test_known_age_is_used)
{
  /* Given a silent task that was created long before it is watched, When the service tells so,
   * Then it is asked about soon if it is of the age at which tasks end, and later if it is older */
  fail_unless (first_delay (90000) <= 5000);
  fail_unless (first_delay (60000) <= 6000);
  fail_unless (first_delay (90000) < first_delay (30000));
  fail_unless (first_delay (90000) < first_delay (1800000));
  /* the youngest and the oldest that are believed */
  fail_unless (first_delay (5000) != first_delay (0));
  fail_unless (first_delay (3000000) != first_delay (0));
}

GST_END_TEST;

GST_START_TEST (test_impossible_age_is_not_used)
{
  /* Given a service that says its task was created now, in the future, or hours ago, as one in
   * another time zone does, When it is watched, Then that changes nothing */
  const gint64 ages[] = { G_MININT64, -28800000, -1, 0, 4000, 3600000,
    28800000, G_MAXINT64
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (ages); i++)
    fail_unless_equals_int (first_delay (ages[i]), first_delay (-1));
  fail_unless (first_delay (-1) >= 9000);
}

GST_END_TEST;

static guint64 jump_end;

static GstVeoStatus
jump (guint64 at, gint * progress)
{
  *progress = at < 5000 ? 0 : at < 27000 ? 10 : at < 31000 ? 90 : 99;
  return at < jump_end ? GST_VEO_STATUS_PROCESSING : GST_VEO_STATUS_COMPLETED;
}

GST_START_TEST (test_jump_to_99_neither_ends_nor_spins)
{
  /* Given progress that jumps from 10 to 90 to 99 and stays there, When it is watched for 10
   * minutes, Then it is asked until the end, and in no minute nearly every second */
  g_autoptr (GArray) polls = NULL;
  guint64 at;

  jump_end = 600000;
  polls = watch (jump, 700000);
  fail_unless (last_moment (polls) >= 600000);
  fail_unless (last_moment (polls) <= 616000);
  for (at = 0; at < 600000; at += 10000)
    fail_unless (count_between (polls, at, at + 60000) <= 25);
}

GST_END_TEST;

static GstVeoStatus
stalling (guint64 at, gint * progress)
{
  *progress = MIN (at / 700, 99);
  return GST_VEO_STATUS_PROCESSING;
}

GST_START_TEST (test_stalled_progress_is_given_up)
{
  /* Given honest progress that stops at 99, When it is watched on, Then the end is not expected
   * at every moment: it is asked by the law of durations again */
  g_autoptr (GArray) polls = watch (stalling, 400000);
  g_autoptr (GArray) quiet = watch (silent, 400000);

  fail_unless (count_between (polls, 72000, 200000) <=
      count_between (quiet, 72000, 200000) + 5);
}

GST_END_TEST;

static GstVeoStatus
full (guint64 at, gint * progress)
{
  *progress = MIN (100, at / 300);
  return GST_VEO_STATUS_PROCESSING;
}

GST_START_TEST (test_100_percent_neither_ends_nor_spins)
{
  /* Given progress that reaches 100 after 30 s without an end, When it is watched, Then it is
   * still asked, and not every second */
  g_autoptr (GArray) polls = watch (full, 300000);

  fail_unless (last_moment (polls) >= 300000);
  fail_unless (count_between (polls, 60000, 300000) >= 20);
  fail_unless (count_between (polls, 60000, 300000) <= 100);
}

GST_END_TEST;

static GstVeoStatus
falling (guint64 at, gint * progress)
{
  /* one worker is lost at 40 s, the next one begins anew and needs 80 s */
  *progress = at < 40000 ? at / 500 : MIN ((at - 40000) / 800, 100);
  return at < 120000 ? GST_VEO_STATUS_PROCESSING : GST_VEO_STATUS_COMPLETED;
}

GST_START_TEST (test_falling_progress_is_forgotten)
{
  /* Given progress that falls from 80 to 0 and rises again more slowly, When it is watched, Then
   * what was seen before the fall does no harm: the end is noticed within 2 s */
  g_autoptr (GArray) polls = watch (falling, 200000);

  fail_unless (last_moment (polls) <= 122000);
  fail_unless (polls->len <= 25);
}

GST_END_TEST;

static GstVeoStatus
whims (guint64 at, gint * progress)
{
  static const gint values[] = { 30, 95, 5, 80, 100, 50, 95 };

  *progress = values[at / 11000 % G_N_ELEMENTS (values)];
  return GST_VEO_STATUS_PROCESSING;
}

GST_START_TEST (test_erratic_progress_is_not_believed)
{
  /* Given progress that goes up and down at will, When it is watched, Then the polls are about
   * those that a silent service gets */
  g_autoptr (GArray) polls = watch (whims, 300000);
  g_autoptr (GArray) quiet = watch (silent, 300000);

  fail_unless (polls->len >= quiet->len * 2 / 3);
  fail_unless (polls->len <= quiet->len * 3 / 2);
}

GST_END_TEST;

static guint64 tick_period, tick_first;

static GstVeoStatus
ticking (guint64 at, gint * progress)
{
  guint64 seen = at < tick_first ? 0 : at - (at - tick_first) % tick_period;

  *progress = seen / 2003;
  if (at < tick_first)
    return GST_VEO_STATUS_QUEUED;
  return seen < 200300 ? GST_VEO_STATUS_PROCESSING : GST_VEO_STATUS_COMPLETED;
}

/* How long after the latest tick this is, ms */
static guint64
since_tick (guint64 at)
{
  return (at + tick_period - tick_first % tick_period) % tick_period;
}

GST_START_TEST (test_tick_is_noticed)
{
  /* Given a service that looks at its tasks every 15 s, When one is watched, Then in the end
   * every poll comes shortly before a tick or within 2 s after it */
  g_autoptr (GArray) polls = NULL;
  guint i;

  tick_period = 15000;
  tick_first = 7300;
  polls = watch (ticking, 400000);
  for (i = 0; i < polls->len; i++) {
    guint64 late = since_tick (moment (polls, i));

    if (moment (polls, i) > 120000)
      fail_unless (late <= 2000 || late >= tick_period - 3500,
          "a poll %u ms after a tick", (guint) late);
  }
  fail_unless (since_tick (last_moment (polls)) <= 2000);
}

GST_END_TEST;

GST_START_TEST (test_tick_is_not_mistaken)
{
  /* Given services with ticks of 10, 15 and 20 s, whenever they began, When tasks are watched,
   * Then the right period is found: the end is seen less than 2 s after its tick on average */
  const guint64 periods[] = { 10000, 15000, 20000 };
  guint p;

  for (p = 0; p < G_N_ELEMENTS (periods); p++) {
    guint64 sum = 0, n = 0;

    tick_period = periods[p];
    for (tick_first = 300; tick_first < tick_period; tick_first += 700) {
      g_autoptr (GArray) polls = watch (ticking, 400000);

      sum += since_tick (last_moment (polls));
      n++;
    }
    fail_unless (sum <= 2000 * n, "%u s: %u ms", (guint) tick_period / 1000,
        (guint) (sum / n));
  }
}

GST_END_TEST;

GST_START_TEST (test_hint_is_a_floor)
{
  /* Given an answer with a hint, When the next delay is asked for, Then it is never shorter than
   * the hint, even beyond the longest interval, and a hint below the rules changes nothing */
  g_autoptr (GstVeoSchedule) schedule =
      gst_veo_schedule_new (MIN_INTERVAL, MAX_INTERVAL, 0, 0);
  guint plain;

  gst_veo_schedule_note (schedule, 0, GST_VEO_STATUS_PROCESSING, -1, -1);
  plain = gst_veo_schedule_next (schedule, 0);
  gst_veo_schedule_note (schedule, 0, GST_VEO_STATUS_PROCESSING, -1, 120000);
  fail_unless_equals_int (gst_veo_schedule_next (schedule, 0), 120000);
  gst_veo_schedule_note (schedule, 0, GST_VEO_STATUS_PROCESSING, -1, 10);
  fail_unless_equals_int (gst_veo_schedule_next (schedule, 0), plain);
  gst_veo_schedule_note (schedule, 0, GST_VEO_STATUS_PROCESSING, -1, -1);
  fail_unless_equals_int (gst_veo_schedule_next (schedule, 0), plain);
}

GST_END_TEST;

GST_START_TEST (test_jitter_spreads_elements)
{
  /* Given a hundred elements with different seeds, When they wait for the longest interval or a
   * hint, Then their delays differ, stay within the bounds, and never undercut the hint */
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint32 seed;

  for (seed = 1; seed <= 100; seed++) {
    g_autoptr (GstVeoSchedule) schedule =
        gst_veo_schedule_new (MIN_INTERVAL, 5000, 0, seed);
    guint delay;

    gst_veo_schedule_note (schedule, 0, GST_VEO_STATUS_PROCESSING, -1, -1);
    delay = gst_veo_schedule_next (schedule, 0);
    fail_unless (delay >= 4500 && delay <= 5000);
    g_hash_table_add (seen, GUINT_TO_POINTER (delay));
    gst_veo_schedule_note (schedule, 0, GST_VEO_STATUS_PROCESSING, -1, 20000);
    delay = gst_veo_schedule_next (schedule, 0);
    fail_unless (delay >= 20000 && delay <= 22000);
  }
  /* also where the longest interval cuts them off */
  fail_unless (g_hash_table_size (seen) > 75);
}

GST_END_TEST;

GST_START_TEST (test_last_poll_fits_before_the_deadline)
{
  /* Given a wait that ends after 60 s, When it is watched, Then one poll comes in its last
   * seconds, with room for the answer, and none was put closer than the shortest interval */
  g_autoptr (GstVeoSchedule) schedule =
      gst_veo_schedule_new (MIN_INTERVAL, MAX_INTERVAL, 60000, 0);
  guint64 now = 0, before = 0;

  while (now < 60000) {
    guint delay;

    before = now;
    gst_veo_schedule_note (schedule, now, GST_VEO_STATUS_PROCESSING, -1, -1);
    delay = gst_veo_schedule_next (schedule, now);
    fail_unless (delay >= MIN_INTERVAL);
    now += delay;
  }
  fail_unless (before >= 58000);
  fail_unless (before <= 59000);
}

GST_END_TEST;

GST_START_TEST (test_deadline_keeps_short_waits_and_hints)
{
  /* Given a short wait, When the law would ask after its end, Then the poll is moved to a little
   * before it; but no deadline makes a poll come sooner than the service's hint */
  g_autoptr (GstVeoSchedule) schedule =
      gst_veo_schedule_new (MIN_INTERVAL, MAX_INTERVAL, 5000, 0);

  gst_veo_schedule_note (schedule, 0, GST_VEO_STATUS_PROCESSING, -1, -1);
  fail_unless_equals_int (gst_veo_schedule_next (schedule, 0), 4750);
  fail_unless_equals_int (gst_veo_schedule_backoff (schedule, 0, 9, -1), 4750);
  fail_unless_equals_int (gst_veo_schedule_backoff (schedule, 0, 1, 30000),
      30000);
}

GST_END_TEST;

GST_START_TEST (test_backoff_grows_from_min_to_max)
{
  /* Given polls that fail one after the other, When the delay is asked for, Then it grows from
   * the shortest interval to the longest and stays there, whatever the count */
  g_autoptr (GstVeoSchedule) schedule =
      gst_veo_schedule_new (MIN_INTERVAL, MAX_INTERVAL, 0, 0);
  guint failures, before = 0;

  fail_unless_equals_int (gst_veo_schedule_backoff (schedule, 0, 1, -1),
      MIN_INTERVAL);
  for (failures = 1; failures <= 4; failures++) {
    guint delay = gst_veo_schedule_backoff (schedule, 0, failures, -1);

    fail_unless (delay > before);
    before = delay;
  }
  fail_unless_equals_int (gst_veo_schedule_backoff (schedule, 0, 9, -1),
      MAX_INTERVAL);
  fail_unless_equals_int (gst_veo_schedule_backoff (schedule, 0, G_MAXUINT,
          -1), MAX_INTERVAL);
  fail_unless_equals_int (gst_veo_schedule_backoff (schedule, 0, 1, 7000),
      7000);
  /* no failure at all is taken as the first one */
  fail_unless_equals_int (gst_veo_schedule_backoff (schedule, 0, 0, -1),
      MIN_INTERVAL);
}

GST_END_TEST;

GST_START_TEST (test_odd_bounds)
{
  /* Given bounds that are equal, turned round, or zero, When the delay is asked for, Then it is
   * the shortest interval, and never 0 */
  const struct
  {
    guint min, max, expected;
  } cases[] = {
    {3000, 3000, 3000}, {8000, 2000, 8000}, {0, 0, 1}, {50, 50, 50},
    {3600000, 3600000, 3600000}, {G_MAXUINT, G_MAXUINT, G_MAXUINT}
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint32 seed;

    for (seed = 0; seed < 3; seed++) {
      g_autoptr (GstVeoSchedule) schedule =
          gst_veo_schedule_new (cases[i].min, cases[i].max, 0, seed);

      gst_veo_schedule_note (schedule, 0, GST_VEO_STATUS_QUEUED, 0, -1);
      fail_unless_equals_int64 (gst_veo_schedule_next (schedule, 0),
          cases[i].expected);
      fail_unless_equals_int64 (gst_veo_schedule_backoff (schedule, 0, 3, -1),
          cases[i].expected);
    }
  }
}

GST_END_TEST;

/* One random wait: every delay stays within what bounds, hint and deadline allow */
static void
check_random_history (GRand * rand)
{
  guint min = g_rand_int_range (rand, 1, 5000);
  guint max = g_rand_int_range (rand, 1, 60000);
  guint deadline = g_rand_boolean (rand) ? 0 : g_rand_int (rand);
  guint32 seed = g_rand_boolean (rand) ? 0 : g_rand_int (rand);
  g_autoptr (GstVeoSchedule) schedule =
      gst_veo_schedule_new (min, max, deadline, seed);
  guint most = MAX (min, max);
  guint64 now = g_rand_int_range (rand, 0, 8) == 0 ? g_rand_int (rand)
      * G_GUINT64_CONSTANT (1000) : 0;
  guint polls = g_rand_int_range (rand, 1, 40);
  gint progress = 0;

  if (g_rand_boolean (rand))
    gst_veo_schedule_set_age (schedule, g_rand_int_range (rand, -10000,
            10000000));
  while (polls-- > 0) {
    gint64 hint = g_rand_int_range (rand, 0, 6) == 0
        ? g_rand_int_range (rand, -5, 120001) : -1;
    guint delay;

    switch (g_rand_int_range (rand, 0, 6)) {
      case 0:
        progress = g_rand_int_range (rand, -200, 300);
        break;
      case 1:
        break;
      default:
        progress += g_rand_int_range (rand, 0, 9);
    }
    gst_veo_schedule_note (schedule, now, g_rand_int_range (rand, 0, 3),
        progress, hint);
    delay = g_rand_int_range (rand, 0, 5) == 0
        ? gst_veo_schedule_backoff (schedule, now, g_rand_int_range (rand, 1,
            20), hint) : gst_veo_schedule_next (schedule, now);
    fail_unless (delay >= min, "%u ms is less than %u", delay, min);
    fail_unless (hint < 0 || delay >= hint);
    fail_unless (delay <= most || (hint >= 0 && delay <= hint * 1.1 + 1),
        "%u ms is more than %u", delay, most);
    now += delay;
  }
}

GST_START_TEST (test_any_history_keeps_the_bounds)
{
  /* Given 20,000 random histories, bounds, hints and deadlines, When every next delay is asked
   * for, Then it lies within the bounds, except where a hint asks for more */
  g_autoptr (GRand) rand = g_rand_new_with_seed (20240711);
  guint i;

  for (i = 0; i < HISTORIES; i++)
    check_random_history (rand);
}

GST_END_TEST;

GST_START_TEST (test_extreme_values)
{
  /* Given moments and hints at the ends of their types, When they are noted, in any order, Then
   * every delay still is a sensible one */
  const guint64 moments[] = { 0, 1, G_GUINT64_CONSTANT (864000000),
    G_MAXUINT64 / 2, G_MAXUINT64 - 1, G_MAXUINT64, 5
  };
  const gint64 hints[] = { G_MININT64, -1, 0, 1, G_MAXINT64 };
  guint i, h;

  for (h = 0; h < G_N_ELEMENTS (hints); h++) {
    g_autoptr (GstVeoSchedule) schedule =
        gst_veo_schedule_new (MIN_INTERVAL, MAX_INTERVAL, G_MAXUINT, 7);

    for (i = 0; i < G_N_ELEMENTS (moments); i++) {
      guint delay;

      gst_veo_schedule_note (schedule, moments[i], GST_VEO_STATUS_PROCESSING,
          i % 2 == 0 ? G_MAXINT : 7 * (gint) i, hints[h]);
      delay = gst_veo_schedule_next (schedule, moments[i]);
      fail_unless (delay >= MIN_INTERVAL);
      fail_unless (delay <= MAX_INTERVAL || hints[h] == G_MAXINT64);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_waits_of_days)
{
  /* Given a task that has been queued for a month, When the next delay is asked for, Then it is
   * the longest interval, or minutes when that is an hour: the law still holds */
  const guint64 month = G_GUINT64_CONSTANT (30) * 24 * 3600 * 1000;
  const guint longest[] = { MAX_INTERVAL, 3600000 };
  guint delays[2];
  guint i;

  for (i = 0; i < 2; i++) {
    g_autoptr (GstVeoSchedule) schedule =
        gst_veo_schedule_new (MIN_INTERVAL, longest[i], 0, 0);

    gst_veo_schedule_note (schedule, 0, GST_VEO_STATUS_QUEUED, -1, -1);
    gst_veo_schedule_note (schedule, month, GST_VEO_STATUS_QUEUED, -1, -1);
    delays[i] = gst_veo_schedule_next (schedule, month);
  }
  fail_unless_equals_int (delays[0], MAX_INTERVAL);
  fail_unless (delays[1] > 60000);
  fail_unless (delays[1] < 600000);
}

GST_END_TEST;

GST_START_TEST (test_delay_without_any_answer)
{
  /* Given that no poll was answered yet, When the next delay is asked for, Then there is one */
  g_autoptr (GstVeoSchedule) schedule =
      gst_veo_schedule_new (MIN_INTERVAL, MAX_INTERVAL, 0, 0);
  guint delay = gst_veo_schedule_next (schedule, 0);

  fail_unless (delay >= MIN_INTERVAL && delay <= MAX_INTERVAL);
}

GST_END_TEST;

static Suite *
schedule_suite (void)
{
  Suite *suite = suite_create ("schedule");
  TCase *rules = tcase_create ("rules");
  TCase *limits = tcase_create ("limits");

  suite_add_tcase (suite, rules);
  tcase_add_test (rules, test_linear_progress_is_used);
  tcase_add_test (rules, test_bent_progress_is_used);
  tcase_add_test (rules, test_constant_progress_is_no_progress);
  tcase_add_test (rules, test_silence_starts_late);
  tcase_add_test (rules, test_known_age_is_used);
  tcase_add_test (rules, test_impossible_age_is_not_used);
  tcase_add_test (rules, test_jump_to_99_neither_ends_nor_spins);
  tcase_add_test (rules, test_stalled_progress_is_given_up);
  tcase_add_test (rules, test_100_percent_neither_ends_nor_spins);
  tcase_add_test (rules, test_falling_progress_is_forgotten);
  tcase_add_test (rules, test_erratic_progress_is_not_believed);
  tcase_add_test (rules, test_tick_is_noticed);
  tcase_add_test (rules, test_tick_is_not_mistaken);
  suite_add_tcase (suite, limits);
  tcase_set_timeout (limits, 100);
  tcase_add_test (limits, test_hint_is_a_floor);
  tcase_add_test (limits, test_jitter_spreads_elements);
  tcase_add_test (limits, test_last_poll_fits_before_the_deadline);
  tcase_add_test (limits, test_deadline_keeps_short_waits_and_hints);
  tcase_add_test (limits, test_backoff_grows_from_min_to_max);
  tcase_add_test (limits, test_odd_bounds);
  tcase_add_test (limits, test_any_history_keeps_the_bounds);
  tcase_add_test (limits, test_extreme_values);
  tcase_add_test (limits, test_waits_of_days);
  tcase_add_test (limits, test_delay_without_any_answer);
  return suite;
}

GST_CHECK_MAIN (schedule);
