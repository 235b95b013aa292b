/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* docs/schedule.md explains the rules and has the figures they reach. */

#include "gstveoschedule.h"
#include "gstveoestimate.h"
#include "gstveohistory.h"
#include "gstveolaw.h"
#include "gstveotick.h"

#include <math.h>

/* A queue is looked at again this soon after the first poll: nothing completes earlier, s */
#define QUEUE_LOOK 10.0
/* So soon after work was seen to begin it shows whether progress moves, s */
#define SECOND_LOOK 5.0
/* An estimate counts if its spread is below VAGUE + VAGUE_PART of the time left */
#define VAGUE 3.0
#define VAGUE_PART 0.5
/* Below this spread the next poll aims at the end itself, s */
#define SURE 0.8
/* Above it the next poll stays ahead of the end by so many spreads */
#define CAUTION 1.3
/* Above this spread it pays to watch steps of progress, s */
#define BLUNT 1.2
/* A tick known no better than this is halved by polling in the middle, s */
#define TICK_BLUR 1.0
/* How far before a tick a poll proves that nothing changed yet, s */
#define TICK_PROOF 0.5
/* An age is believed from here, s: who says less may always say the present time */
#define YOUNGEST 5.0
/* and to here, s: who says more may have another time zone */
#define OLDEST 3000.0
/* Jitter: a part of the delay, and at most so much where the moment was aimed at, s */
#define JITTER 0.1
#define AIMED_JITTER 0.25
/* Room for the last answer before the deadline: this part of the wait, at most so many ms */
#define ROOM_PART 20
#define MAX_ROOM 1000

struct _GstVeoSchedule
{
  gdouble min, max;             /* s */
  guint64 deadline;             /* ms after the first poll, 0 for none */
  guint32 random;               /* state of the jitter, 0 for none */
  gint64 hint_ms;               /* of the latest answer, -1 for none */
  gdouble age;                  /* of the task at the first poll, s; negative: unknown */
  GstVeoHistory history;
};

GstVeoSchedule *
gst_veo_schedule_new (guint min_interval, guint max_interval, guint deadline,
    guint32 seed)
{
  GstVeoSchedule *schedule = g_new0 (GstVeoSchedule, 1);

  schedule->min = MAX (min_interval, 1) / 1000.0;
  schedule->max = MAX (max_interval / 1000.0, schedule->min);
  schedule->deadline = deadline;
  /* seeds that differ little must not begin alike */
  schedule->random = seed * 2654435761u;
  schedule->hint_ms = -1;
  schedule->age = -1;
  return schedule;
}

void
gst_veo_schedule_free (GstVeoSchedule * schedule)
{
  g_free (schedule);
}

void
gst_veo_schedule_set_age (GstVeoSchedule * schedule, gint64 age)
{
  gdouble seconds = age / 1000.0;

  schedule->age = seconds >= YOUNGEST && seconds <= OLDEST ? seconds : -1;
}

void
gst_veo_schedule_note (GstVeoSchedule * schedule, guint64 now,
    GstVeoStatus status, gint progress, gint64 hint_ms)
{
  gboolean begun = progress > 0 || (status != GST_VEO_STATUS_QUEUED
      && status != GST_VEO_STATUS_UNKNOWN);

  schedule->hint_ms = hint_ms;
  gst_veo_history_note (&schedule->history, now / 1000.0, begun,
      CLAMP (progress, -1, 100));
}

/* Xorshift; from 0 to 1 */
static gdouble
next_random (GstVeoSchedule * schedule)
{
  schedule->random ^= schedule->random << 13;
  schedule->random ^= schedule->random >> 17;
  schedule->random ^= schedule->random << 5;
  return schedule->random / (gdouble) G_MAXUINT32;
}

/* Off by up to JITTER both ways. At a bound it turns back, since many would meet there. */
static gdouble
spread_out (GstVeoSchedule * schedule, gdouble delay)
{
  if (schedule->random == 0)
    return delay;
  delay *= 1 + JITTER * (2 * next_random (schedule) - 1);
  if (delay > schedule->max)
    delay = 2 * schedule->max - delay;
  if (delay < schedule->min)
    delay = 2 * schedule->min - delay;
  return delay;
}

/* What jitter adds to a delay that must not become shorter, no more than most */
static gdouble
put_off_by (GstVeoSchedule * schedule, gdouble delay, gdouble most)
{
  if (schedule->random == 0)
    return 0;
  return MIN (JITTER * delay, most) * next_random (schedule);
}

static guint64
room_for_answer (const GstVeoSchedule * schedule)
{
  return MIN (schedule->deadline / ROOM_PART, MAX_ROOM);
}

/* From the delay that the rules want, s, to the one that is allowed, ms */
static guint
allow (GstVeoSchedule * schedule, guint64 now, gdouble delay, gint64 hint_ms)
{
  guint64 min = (guint64) round (schedule->min * 1000);
  guint64 last, ms;

  delay = CLAMP (delay, schedule->min, schedule->max);
  ms = MAX ((guint64) ceil (delay * 1000 - 1e-6), min);
  if (schedule->deadline > 0) {
    last = schedule->deadline - room_for_answer (schedule);
    if (now < last && last - now >= min)
      ms = MIN (ms, last - now);
  }
  /* not even the deadline is a reason to ask sooner than the service allows */
  if (hint_ms > 0 && (guint64) hint_ms > ms)
    ms = hint_ms + (guint64) put_off_by (schedule, MIN (hint_ms, G_MAXUINT),
        G_MAXUINT);
  return (guint) MIN (ms, G_MAXUINT);
}

static GstVeoAge
opening_age (const GstVeoHistory * history)
{
  if (!history->opening.begun)
    return GST_VEO_AGE_NEW;
  return history->opening.progress > 0 ? GST_VEO_AGE_RATHER_OLD
      : GST_VEO_AGE_RATHER_NEW;
}

static gdouble
ask_law (const GstVeoSchedule * schedule, gdouble now)
{
  if (schedule->age >= 0)
    return gst_veo_law_interval (schedule->age + now, GST_VEO_AGE_NEW);
  return gst_veo_law_interval (now, opening_age (&schedule->history));
}

/* The delay when progress is no help */
static gdouble
delay_by_law (const GstVeoSchedule * schedule, gdouble now)
{
  const GstVeoHistory *history = &schedule->history;
  const GstVeoRun *latest = gst_veo_history_latest (history);
  gdouble delay = ask_law (schedule, now);

  if (latest == NULL)
    return delay;
  if (!latest->begun && history->n_runs == 1 && latest->first == latest->last)
    return MIN (delay, QUEUE_LOOK);
  if (latest->begun && history->n_runs <= 2 && latest->first == latest->last
      && latest->progress >= 0 && latest->progress < 100)
    return MIN (delay, SECOND_LOOK);
  return delay;
}

/* When the last step of progress within max is expected: seen by then or not, it
 * halves what is unknown. Without such a step as otherwise. */
static gdouble
aim_at_step (const GstVeoSchedule * schedule, const GstVeoEstimate * estimate,
    gdouble now, gdouble otherwise)
{
  const GstVeoRun *latest = gst_veo_history_latest (&schedule->history);
  gdouble at = otherwise;
  gint progress;

  for (progress = latest->progress + estimate->step; progress < 100;
      progress += estimate->step) {
    gdouble reach = gst_veo_estimate_reach (estimate, progress);

    if (reach > now + schedule->max)
      break;
    if (reach >= now + schedule->min)
      at = reach;
  }
  return at;
}

static gdouble
aim_at_end (const GstVeoSchedule * schedule, const GstVeoEstimate * estimate,
    gdouble now)
{
  gdouble careful = estimate->end - CAUTION * estimate->spread;

  if (estimate->spread < SURE)
    return estimate->end;
  if (estimate->step > 1 && estimate->spread > BLUNT)
    return aim_at_step (schedule, estimate, now, careful);
  return careful;
}

/* The moment by which a tick has happened, the first one after @from */
static gdouble
tick_after (const GstVeoTick * tick, gdouble from)
{
  return tick->by + tick->period * (floor ((from - tick->by) / tick->period
          + 1e-6) + 1);
}

/* The same, or the last one within max before it */
static gdouble
tick_within_max (const GstVeoSchedule * schedule, const GstVeoTick * tick,
    gdouble now, gdouble from)
{
  gdouble at = tick_after (tick, MAX (now, from));

  if (at > now + schedule->max)
    at = MAX (tick_after (tick, now + schedule->max) - tick->period,
        tick_after (tick, now));
  return at;
}

/* Just after the tick nearest to @wanted, and sooner while the tick is not well known */
static gdouble
aim_at_tick (const GstVeoSchedule * schedule, const GstVeoTick * tick,
    gdouble now, gdouble wanted)
{
  gdouble by = tick_after (tick, MAX (now, wanted - tick->period / 2));
  gdouble width = tick->by - tick->after;
  gdouble soonest = now + schedule->min;

  if (!tick->proved && by - width - TICK_PROOF >= soonest)
    return by - width - TICK_PROOF;
  if (width > TICK_BLUR && by - width / 2 >= soonest)
    return by - width / 2;
  return by;
}

/* TRUE with the moment to ask, s since the first poll, when what was seen tells one */
static gboolean
aim (const GstVeoSchedule * schedule, gdouble now, gdouble by_law, gdouble * at)
{
  GstVeoEstimate estimate;
  GstVeoTick tick;
  gboolean ticks = gst_veo_tick_find (&schedule->history, &tick);
  gboolean ends = gst_veo_estimate_from_progress (&schedule->history, &estimate)
      && estimate.spread < VAGUE + VAGUE_PART * (estimate.end - now);

  if (ends)
    *at = aim_at_end (schedule, &estimate, now);
  if (ticks && ends && tick.proved && tick.by - tick.after <= TICK_BLUR)
    *at = tick_within_max (schedule, &tick, now, *at);
  else if (ticks)
    *at = aim_at_tick (schedule, &tick, now, ends ? MIN (*at, by_law) : by_law);
  return ticks || ends;
}

guint
gst_veo_schedule_next (GstVeoSchedule * schedule, guint64 now)
{
  gdouble seconds = now / 1000.0;
  gdouble delay = delay_by_law (schedule, seconds);
  gdouble at = seconds;

  delay = CLAMP (delay, schedule->min, schedule->max);
  if (aim (schedule, seconds, seconds + delay, &at)) {
    delay = CLAMP (at - seconds, schedule->min, schedule->max);
    delay += put_off_by (schedule, delay, AIMED_JITTER);
  } else {
    delay = spread_out (schedule, delay);
  }
  return allow (schedule, now, delay, schedule->hint_ms);
}

guint
gst_veo_schedule_backoff (GstVeoSchedule * schedule, guint64 now,
    guint failures, gint64 hint_ms)
{
  guint doublings = MIN (MAX (failures, 1) - 1, 32);
  gdouble delay = MIN (ldexp (schedule->min, doublings), schedule->max);

  return allow (schedule, now, spread_out (schedule, delay), hint_ms);
}
