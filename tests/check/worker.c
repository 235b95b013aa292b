/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker thread: starting, ending, order, timers. */
#define _GNU_SOURCE             /* gettid */
#include "config.h"

#include <gst/check/gstcheck.h>
#include <string.h>
#include <unistd.h>

#include "gstveoworker.h"
#include "process.h"

#define PATIENCE (30 * G_USEC_PER_SEC)

/* What tests wait for. */
static GMutex lock;
static GCond changed;
static GString *said;
static guint count;
/* The test's own, and the sanitizer's if there is one. */
static guint threads_before;

static gpointer
tell_id (gpointer id)
{
  *(pid_t *) id = gettid ();
  return NULL;
}

/* A sanitizer starts threads of its own beside the first one of a process. */
static void
start_any_thread (void)
{
  pid_t id = 0;
  gchar *task;

  g_thread_join (g_thread_new ("first", tell_id, &id));
  task = g_strdup_printf ("/proc/self/task/%d", (int) id);
  while (g_file_test (task, G_FILE_TEST_EXISTS))
    g_thread_yield ();
  g_free (task);
}

static void
set_up (void)
{
  said = g_string_new (NULL);
  count = 0;
  start_any_thread ();
  threads_before = count_threads (NULL);
}

static void
tear_down (void)
{
  g_string_free (said, TRUE);
}

static void
say (const gchar * word)
{
  g_mutex_lock (&lock);
  g_string_append (said, word);
  count++;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}

static void
wait_for_count (guint wanted)
{
  gint64 limit = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&lock);
  while (count < wanted) {
    if (!g_cond_wait_until (&changed, &lock, limit)) {
      fail ("only %u of %u came", count, wanted);
      break;
    }
  }
  g_mutex_unlock (&lock);
}

static void
wait_for_no_threads (void)
{
  gint64 limit = g_get_monotonic_time () + PATIENCE;

  while (count_threads (NULL) > threads_before) {
    fail_unless (g_get_monotonic_time () < limit, "a worker did not end");
    g_thread_yield ();
  }
}

static gboolean
say_word (gpointer data)
{
  say (data);
  return G_SOURCE_REMOVE;
}

static void
say_gone (gpointer data)
{
  say ("gone");
}

GST_START_TEST (test_start_and_stop)
{
  /* Given a process without a worker, When 2,000 times one is acquired and at
   * once released, with and without work for it, Then all the work was done
   * and no thread or descriptor is left. */
  guint descriptors, i;

  gst_veo_worker_release (gst_veo_worker_acquire ());
  wait_for_no_threads ();
  descriptors = count_descriptors ();
  for (i = 0; i < 2000; i++) {
    GstVeoWorker *worker = gst_veo_worker_acquire ();

    if (i % 2)
      gst_veo_worker_invoke (worker, say_word, (gpointer) "x", NULL);
    gst_veo_worker_release (worker);
  }
  wait_for_count (1000);
  wait_for_no_threads ();
  assert_equals_int (count, 1000);
  assert_equals_int (count_descriptors (), descriptors);
}

GST_END_TEST;

static gboolean
release_self (gpointer data)
{
  GstVeoWorker *worker = data;

  fail_unless (gst_veo_worker_is_current (worker));
  gst_veo_worker_release (worker);
  say ("released ");
  return G_SOURCE_REMOVE;
}

GST_START_TEST (test_release_in_the_worker)
{
  /* Given a worker, When its last holder lets go inside its thread, many times
   * and with the next one starting at once, Then nothing hangs and every
   * thread ends. */
  guint i;

  for (i = 0; i < 500; i++) {
    GstVeoWorker *worker = gst_veo_worker_acquire ();

    gst_veo_worker_invoke (worker, release_self, worker, NULL);
    if (i % 3 == 0)
      wait_for_count (i + 1);
  }
  wait_for_count (500);
  wait_for_no_threads ();
}

GST_END_TEST;

static gboolean
release_and_acquire (gpointer data)
{
  GstVeoWorker *old = data;
  GstVeoWorker *next;

  gst_veo_worker_release (old);
  next = gst_veo_worker_acquire ();
  fail_if (next == old);
  fail_if (gst_veo_worker_is_current (next));
  gst_veo_worker_invoke (next, release_self, next, NULL);
  return G_SOURCE_REMOVE;
}

GST_START_TEST (test_new_worker_while_the_old_one_ends)
{
  /* Given a worker whose last holder let go, When another is acquired before
   * its thread has ended, Then that is a new one which works. */
  GstVeoWorker *worker = gst_veo_worker_acquire ();

  gst_veo_worker_invoke (worker, release_and_acquire, worker, NULL);
  wait_for_count (1);
  wait_for_no_threads ();
}

GST_END_TEST;

GST_START_TEST (test_one_for_all)
{
  /* Given a worker with a holder, When others acquire one, Then all have the
   * same, which ends only with the last of them. */
  GstVeoWorker *first = gst_veo_worker_acquire ();
  GstVeoWorker *second = gst_veo_worker_acquire ();

  fail_unless (first == second);
  gst_veo_worker_release (first);
  gst_veo_worker_invoke (second, say_word, (gpointer) "still", NULL);
  wait_for_count (1);
  assert_equals_int (count_threads (NULL), threads_before + 1);
  gst_veo_worker_release (second);
  wait_for_no_threads ();
}

GST_END_TEST;

static gboolean
invoke_from_inside (gpointer data)
{
  /* blocks until the other call was made */
  say ("1");
  gst_veo_worker_invoke (data, say_word, (gpointer) "3", NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
say_two_and_release (gpointer data)
{
  say ("2");
  gst_veo_worker_release (data);
  return G_SOURCE_REMOVE;
}

GST_START_TEST (test_order)
{
  /* Given a worker, When functions are invoked, one of them from inside and the
   * last holder letting go before it ran, Then each runs, in the order of the
   * calls, never within the call, and its notify after it. */
  GstVeoWorker *worker = gst_veo_worker_acquire ();

  g_mutex_lock (&lock);
  gst_veo_worker_invoke (worker, invoke_from_inside, worker, NULL);
  gst_veo_worker_invoke (worker, say_two_and_release, worker, say_gone);
  g_mutex_unlock (&lock);
  wait_for_count (4);
  wait_for_no_threads ();
  fail_unless (!strcmp (said->str, "12gone3"), "they ran as %s", said->str);
}

GST_END_TEST;

#define N_TIMERS 1000

typedef struct
{
  GstVeoWorker *worker;
  GstVeoTimer timers[N_TIMERS];
  guint fired;
  gint64 last_due;
} Timers;

static Timers all;

static void
timer_fired (gpointer data)
{
  GstVeoTimer *timer = data;

  fail_unless (timer->place == 0);
  fail_unless (timer->due <= g_get_monotonic_time (), "a timer came early");
  fail_unless (timer->due >= all.last_due, "a timer came out of order");
  fail_if ((timer - all.timers) % 3 == 0, "a stopped timer came");
  all.last_due = timer->due;
  if (++all.fired == N_TIMERS - (N_TIMERS + 2) / 3)
    say ("all");
}

static gboolean
start_timers (gpointer data)
{
  gint64 now = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < N_TIMERS; i++)
    gst_veo_worker_start_timer (all.worker, &all.timers[i],
        now + g_random_int_range (0, 100000), timer_fired, &all.timers[i]);
  /* Every third goes, and every fifth that stays gets a new time. */
  for (i = 0; i < N_TIMERS; i++) {
    if (i % 3 == 0)
      gst_veo_worker_stop_timer (all.worker, &all.timers[i]);
    else if (i % 5 == 0)
      gst_veo_worker_start_timer (all.worker, &all.timers[i],
          now + g_random_int_range (0, 100000), timer_fired, &all.timers[i]);
  }
  return G_SOURCE_REMOVE;
}

GST_START_TEST (test_timers)
{
  /* Given a worker, When 1,000 timers are started, a third of them stopped and
   * some set anew, Then those left come in order, once each, and not early. */
  memset (&all, 0, sizeof (all));
  all.worker = gst_veo_worker_acquire ();
  gst_veo_worker_invoke (all.worker, start_timers, NULL, NULL);
  wait_for_count (1);
  gst_veo_worker_release (all.worker);
  wait_for_no_threads ();
  assert_equals_int (all.fired, N_TIMERS - (N_TIMERS + 2) / 3);
}

GST_END_TEST;

static gboolean
start_source (gpointer data)
{
  GstVeoWorker *worker = data;
  GSource *never = gst_veo_worker_add_timer (worker, 0, say_word,
      (gpointer) "never");

  g_source_destroy (never);
  g_source_unref (never);
  g_source_unref (gst_veo_worker_add_timer (worker, 20, say_word,
          (gpointer) "later"));
  return G_SOURCE_REMOVE;
}

GST_START_TEST (test_timer_sources)
{
  /* Given a worker, When two timers are added and one is destroyed, Then only
   * the other comes, once. */
  GstVeoWorker *worker = gst_veo_worker_acquire ();

  gst_veo_worker_invoke (worker, start_source, worker, NULL);
  wait_for_count (1);
  gst_veo_worker_release (worker);
  wait_for_no_threads ();
  fail_unless (!strcmp (said->str, "later"));
}

GST_END_TEST;

static gpointer
part_new (GstVeoWorker * worker)
{
  say ("made ");
  return worker;
}

static void
part_free (gpointer data)
{
  fail_unless (gst_veo_worker_get_own () == data);
  say ("freed");
}

static gboolean
use_part (gpointer data)
{
  fail_unless (gst_veo_worker_get_part (data, "part", part_new,
          part_free) == data);
  return G_SOURCE_REMOVE;
}

GST_START_TEST (test_parts)
{
  /* Given a worker, When a part of it is asked for twice and the worker ends,
   * Then it was made once and is destroyed in the worker's thread. */
  GstVeoWorker *worker = gst_veo_worker_acquire ();

  fail_unless (gst_veo_worker_get_own () == NULL);
  gst_veo_worker_invoke (worker, use_part, worker, NULL);
  gst_veo_worker_invoke (worker, use_part, worker, NULL);
  gst_veo_worker_release (worker);
  wait_for_count (2);
  wait_for_no_threads ();
  fail_unless (!strcmp (said->str, "made freed"));
}

GST_END_TEST;

static gboolean
leave_work_behind (gpointer data)
{
  GSource *source = g_idle_source_new ();

  g_source_set_callback (source, say_word, (gpointer) "cleaned up", NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_source_unref (source);
  gst_veo_worker_release (data);
  return G_SOURCE_REMOVE;
}

GST_START_TEST (test_drain)
{
  /* Given a library that still has work of low priority in the worker, When
   * the last holder lets go, Then that work is done before the thread ends. */
  GstVeoWorker *worker = gst_veo_worker_acquire ();

  gst_veo_worker_invoke (worker, leave_work_behind, worker, NULL);
  wait_for_count (1);
  wait_for_no_threads ();
}

GST_END_TEST;

static Suite *
worker_suite (void)
{
  Suite *suite = suite_create ("worker");
  TCase *tc = tcase_create ("worker");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, set_up, tear_down);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_start_and_stop);
  tcase_add_test (tc, test_release_in_the_worker);
  tcase_add_test (tc, test_new_worker_while_the_old_one_ends);
  tcase_add_test (tc, test_one_for_all);
  tcase_add_test (tc, test_order);
  tcase_add_test (tc, test_timers);
  tcase_add_test (tc, test_timer_sources);
  tcase_add_test (tc, test_parts);
  tcase_add_test (tc, test_drain);
  return suite;
}

GST_CHECK_MAIN (worker);
