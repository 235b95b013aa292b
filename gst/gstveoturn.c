/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoturn.h"
#include "gstveoworker.h"

#ifdef G_OS_UNIX
#include <sys/resource.h>
#endif

/* Left to the polls and the application */
#define SPARE 24
/* So many of a small limit: one in eight */
#define SPARE_PART 8
/* While turns wait there is a look whether descriptors became free. */
#define LOOK_MS 100
/* What is opened by the first data comes a little after the rest. */
#define SETTLE_TIME (500 * G_TIME_SPAN_MILLISECOND)
#define PATIENCE (5 * G_USEC_PER_SEC)
#define NO_LIMIT G_MAXUINT

typedef enum
{
  TURN_NEW,
  TURN_WAITING,
  TURN_COME,
  TURN_OVER,
} TurnState;

struct _GstVeoTurn
{
  gint refs;                    /* atomic */
  guint descriptors;
  GstVeoTurnEvents events;
  gpointer data;
  GDestroyNotify notify;

  /* under `lock' */
  TurnState state;
  GList link;                   /* in `waiting' or `opening', which hold a reference */
  gint64 asked;
  gint64 settled;               /* from then on it claims nothing; 0 before it was opened */
  gboolean told;                /* that it is held */
};

static GMutex lock;
static GQueue waiting = G_QUEUE_INIT;
static GQueue opening = G_QUEUE_INIT;
/* Held while any turn waits; its thread looks from time to time. */
static GstVeoWorker *worker;

GstVeoTurn *
gst_veo_turn_new (guint descriptors, const GstVeoTurnEvents * events,
    gpointer data, GDestroyNotify notify)
{
  GstVeoTurn *turn = g_new0 (GstVeoTurn, 1);

  turn->refs = 1;
  turn->descriptors = descriptors;
  turn->events = *events;
  turn->data = data;
  turn->notify = notify;
  turn->link.data = turn;
  return turn;
}

GstVeoTurn *
gst_veo_turn_ref (GstVeoTurn * turn)
{
  g_atomic_int_inc (&turn->refs);
  return turn;
}

void
gst_veo_turn_unref (GstVeoTurn * turn)
{
  if (!g_atomic_int_dec_and_test (&turn->refs))
    return;
  if (turn->notify)
    turn->notify (turn->data);
  g_free (turn);
}

/* What there is. */

static guint
get_limit (void)
{
#ifdef G_OS_UNIX
  struct rlimit limits;

  if (getrlimit (RLIMIT_NOFILE, &limits) == 0
      && limits.rlim_cur != RLIM_INFINITY && limits.rlim_cur < NO_LIMIT)
    return limits.rlim_cur;
#endif
  return NO_LIMIT;
}

/* 0 where that cannot be known */
static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (dir && g_dir_read_name (dir))
    count++;
  return count;
}

/* Descriptors that will be open soon. Called with the lock. */
static guint
count_opening (void)
{
  gint64 now = g_get_monotonic_time ();
  guint sum = 0;
  GList *l;

  for (l = opening.head; l; l = l->next) {
    GstVeoTurn *turn = l->data;

    if (turn->settled == 0 || turn->settled > now)
      sum += turn->descriptors;
  }
  return sum;
}

/* Called with the lock. */
static gboolean
has_room (guint descriptors)
{
  guint limit = get_limit ();
  guint used = count_opening ();

  if (limit == NO_LIMIT)
    return TRUE;
  used += count_descriptors () + descriptors + MIN (SPARE, limit / SPARE_PART);
  return used <= limit;
}

/* Takes the first one out of the line. Called with the lock; returns:
 * (transfer full) (nullable) */
static GstVeoTurn *
admit (void)
{
  GstVeoTurn *turn = g_queue_peek_head (&waiting);

  if (!turn || !has_room (turn->descriptors))
    return NULL;
  g_queue_unlink (&waiting, &turn->link);
  g_queue_push_tail_link (&opening, &turn->link);
  turn->state = TURN_COME;
  return gst_veo_turn_ref (turn);
}

static void
admit_all (void)
{
  GstVeoTurn *turn;

  do {
    g_mutex_lock (&lock);
    turn = admit ();
    g_mutex_unlock (&lock);
    if (turn) {
      turn->events.come (turn->data);
      gst_veo_turn_unref (turn);
    }
  } while (turn);
}

/* The line, in the worker. */

/* Called with the lock. Returns: (transfer full) (nullable) */
static GstVeoTurn *
find_impatient (void)
{
  gint64 since = g_get_monotonic_time () - PATIENCE;
  GList *l;

  for (l = waiting.head; l; l = l->next) {
    GstVeoTurn *turn = l->data;

    if (!turn->told && turn->asked <= since) {
      turn->told = TRUE;
      return gst_veo_turn_ref (turn);
    }
  }
  return NULL;
}

static void
tell_held (void)
{
  GstVeoTurn *turn;

  do {
    g_mutex_lock (&lock);
    turn = find_impatient ();
    g_mutex_unlock (&lock);
    if (turn) {
      turn->events.held (get_limit (), turn->data);
      gst_veo_turn_unref (turn);
    }
  } while (turn);
}

static gboolean
look (gpointer data)
{
  GstVeoWorker *idle = NULL;

  admit_all ();
  tell_held ();
  g_mutex_lock (&lock);
  if (g_queue_is_empty (&waiting))
    idle = g_steal_pointer (&worker);
  else
    g_source_unref (gst_veo_worker_add_timer (worker, LOOK_MS, look, NULL));
  g_mutex_unlock (&lock);
  if (idle)
    gst_veo_worker_release (idle);
  return G_SOURCE_REMOVE;
}

/* Called with the lock. */
static void
start_looking (void)
{
  if (worker)
    return;
  worker = gst_veo_worker_acquire ();
  gst_veo_worker_invoke (worker, look, NULL, NULL);
}

void
gst_veo_turn_ask (GstVeoTurn * turn)
{
  g_mutex_lock (&lock);
  if (turn->state == TURN_NEW) {
    turn->state = TURN_WAITING;
    turn->asked = g_get_monotonic_time ();
    g_queue_push_tail_link (&waiting, &gst_veo_turn_ref (turn)->link);
  }
  g_mutex_unlock (&lock);
  admit_all ();
  g_mutex_lock (&lock);
  if (!g_queue_is_empty (&waiting))
    start_looking ();
  g_mutex_unlock (&lock);
}

void
gst_veo_turn_opened (GstVeoTurn * turn)
{
  g_mutex_lock (&lock);
  if (turn->settled == 0)
    turn->settled = g_get_monotonic_time () + SETTLE_TIME;
  g_mutex_unlock (&lock);
}

void
gst_veo_turn_leave (GstVeoTurn * turn)
{
  GQueue *queue;

  g_mutex_lock (&lock);
  queue = turn->state == TURN_WAITING ? &waiting
      : turn->state == TURN_COME ? &opening : NULL;
  if (queue)
    g_queue_unlink (queue, &turn->link);
  turn->state = TURN_OVER;
  g_mutex_unlock (&lock);
  if (queue)
    gst_veo_turn_unref (turn);
}
