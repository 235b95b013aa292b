/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a download decides, against thousands of servers that there are not: each
 * breaks, refuses, is busy, leads elsewhere and lets its links expire as chance
 * has it. */
#include <gst/check/gstcheck.h>

#include "steptools.h"

#define SERVERS 20000

typedef enum
{
  HONOURED,
  ABSENT,
  WRONG,                        /* 206, but from the first byte */
  N_RANGES
} Range;

typedef struct
{
  guint seed;
  GRand *rand;
  GstVeoDownload *download;
  guint64 size;                 /* of the file */
  Range range;
  gboolean tells_length;
  guint64 have;                 /* bytes of it that came */
  guint failures;               /* in a row, without a new byte */
  guint hint;                   /* s, of the last Retry-After */
  guint fresh_links;
} World;

static guint
choose (World * world, guint n)
{
  return g_rand_int_range (world->rand, 0, n);
}

static void
set_header (GstVeoReply * reply, const gchar * name, gchar * value)
{
  gst_veo_reply_set_header (reply, name, value);
  g_free (value);
}

static GstVeoStep
answer (World * world, GstVeoReply * reply, guint64 expected, guint64 * start)
{
  GstVeoStep step = gst_veo_download_replied (world->download, reply, expected,
      0, start);

  gst_veo_reply_clear (reply);
  return step;
}

/* --- Each returns what is to be done next --- */

static GstVeoStep
break_off (World * world)
{
  world->failures++;
  return gst_veo_download_broke (world->download, "it broke");
}

static GstVeoStep
be_busy (World * world, const GstVeoAttempt * attempt)
{
  static const guint statuses[] = { 408, 425, 429, 500, 502, 503, 504 };
  GstVeoReply reply = { statuses[choose (world, G_N_ELEMENTS (statuses))], };
  guint64 start;

  world->failures++;
  if (choose (world, 3) == 0) {
    world->hint = 1 + choose (world, 5);
    set_header (&reply, "Retry-After", g_strdup_printf ("%u", world->hint));
  }
  return answer (world, &reply, attempt->offset, &start);
}

static GstVeoStep
lead_on (World * world, const GstVeoAttempt * attempt)
{
  GstVeoReply reply = { 302, };
  guint64 start;

  set_header (&reply, "Location", g_strdup ("https://other.example/c.mp4"));
  return answer (world, &reply, attempt->offset, &start);
}

static GstVeoStep
expire (World * world, const GstVeoAttempt * attempt)
{
  static const guint statuses[] = { 401, 403, 404, 410 };
  GstVeoReply reply = { statuses[choose (world, G_N_ELEMENTS (statuses))], };
  guint64 start;

  return answer (world, &reply, attempt->offset, &start);
}

static void
make_head (World * world, const GstVeoAttempt * attempt, GstVeoReply * reply)
{
  gboolean partial = attempt->ask_range && world->range != ABSENT;
  guint64 from = world->range == HONOURED ? attempt->offset : 0;

  reply->status = partial ? 206 : 200;
  if (partial)
    set_header (reply, "Content-Range",
        g_strdup_printf ("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT
            "/%" G_GUINT64_FORMAT, from, world->size - 1, world->size));
  if (world->tells_length)
    set_header (reply, "Content-Length",
        g_strdup_printf ("%" G_GUINT64_FORMAT, world->size - (partial ? from
                : 0)));
}

/* So many bytes of the file from start on, and then an end or a break */
static GstVeoStep
send_body (World * world, guint64 start)
{
  guint64 end = start + choose (world, world->size - start + 1);
  gboolean progress;

  if (choose (world, 4) == 0)
    end = world->size;
  progress = end > world->have;
  if (progress) {
    world->have = end;
    world->failures = 0;
    gst_veo_download_progressed (world->download, end);
  }
  if (end == world->size)
    return gst_veo_download_ended (world->download, end, GST_VEO_BOXES_END);
  if (!progress)
    world->failures++;
  return choose (world, 2) ? gst_veo_download_broke (world->download, "cut")
      : gst_veo_download_ended (world->download, end, GST_VEO_BOXES_INSIDE);
}

static GstVeoStep
serve (World * world, const GstVeoAttempt * attempt)
{
  GstVeoReply reply = { 0, };
  guint64 start = G_MAXUINT64;
  GstVeoStep step;

  make_head (world, attempt, &reply);
  step = answer (world, &reply, attempt->offset, &start);
  if (step != GST_VEO_STEP_READ)
    return step;
  fail_unless (start <= world->have, "server %u: a hole before %u",
      world->seed, (guint) start);
  step = gst_veo_download_check_file (world->download);
  fail_unless_equals_int (step, GST_VEO_STEP_READ);
  return send_body (world, start);
}

static GstVeoStep
attempt (World * world)
{
  GstVeoAttempt next;
  guint delay = gst_veo_download_get_delay (world->download);

  fail_unless (delay <= MAX (MAX_BACKOFF * 2, world->hint * 1000));
  fail_unless (delay >= world->hint * 1000, "server %u: %u ms in place of %u s",
      world->seed, delay, world->hint);
  world->hint = 0;
  gst_veo_download_begin_attempt (world->download, world->have, &next);
  fail_unless (next.offset == (next.ask_range ? world->have : 0));
  /* Nobody but the service gets the key */
  fail_unless (!next.key || g_str_has_prefix (next.url, BASE));
  switch (choose (world, 8)) {
    case 0:
      return break_off (world);
    case 1:
      return be_busy (world, &next);
    case 2:
      return lead_on (world, &next);
    case 3:
      return expire (world, &next);
    default:
      return serve (world, &next);
  }
}

static GstVeoStep
ask_link (World * world)
{
  world->fresh_links++;
  if (choose (world, 3) > 0)
    return gst_veo_download_got_link (world->download, FRESH, FALSE, FALSE);
  return gst_veo_download_got_no_link (world->download, NULL);
}

static GstVeoStep
go_on (World * world, GstVeoStep step)
{
  static const GstVeoQuote silence = { NULL, };

  switch (step) {
    case GST_VEO_STEP_OPEN:
      return attempt (world);
    case GST_VEO_STEP_ASK_LINK:
      return ask_link (world);
    case GST_VEO_STEP_ASK_REASON:
      return gst_veo_download_got_reason (world->download, &silence, FALSE);
    default:
      fail ("server %u: step %d", world->seed, step);
      return step;
  }
}

static void
judge (World * world, GstVeoStep step)
{
  const GstVeoFailure *failure = gst_veo_download_get_failure (world->download);

  if (step == GST_VEO_STEP_END) {
    fail_unless_equals_uint64 (world->have, world->size);
    fail_unless_equals_uint64 (gst_veo_download_get_total (world->download),
        world->size);
    return;
  }
  fail_unless (failure != NULL);
  /* Either nothing came for so long, or every address refused */
  if (failure->kind == GST_VEO_FAILURE_DOWNLOAD_BROKEN
      || failure->kind == GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE)
    fail_unless (world->failures > RETRIES, "server %u: after %u failures",
        world->seed, world->failures);
  else if (failure->kind == GST_VEO_FAILURE_DOWNLOAD_GONE
      || failure->kind == GST_VEO_FAILURE_DOWNLOAD_REFUSED)
    fail_unless (world->fresh_links > 0);
  else
    fail_unless_equals_int (failure->kind, GST_VEO_FAILURE_REDIRECT);
}

/* TRUE: the file came whole */
static gboolean
download (guint seed)
{
  World world = { seed, g_rand_new_with_seed (seed),
    step_new_task_download (FALSE)
  };
  GstVeoStep step = GST_VEO_STEP_OPEN;
  guint steps = 0;

  world.size = 1 + choose (&world, 5000);
  world.range = choose (&world, N_RANGES);
  world.tells_length = choose (&world, 2);
  while (step != GST_VEO_STEP_END && step != GST_VEO_STEP_FAIL) {
    fail_unless (++steps < 20000, "server %u: without end", seed);
    fail_unless (world.failures <= RETRIES + 1,
        "server %u: goes on after %u failures", seed, world.failures);
    step = go_on (&world, step);
  }
  judge (&world, step);
  gst_veo_download_free (world.download);
  g_rand_free (world.rand);
  return step == GST_VEO_STEP_END;
}

GST_START_TEST (test_any_server)
{
  /* Given a server with troubles of all kinds, in any order.
   * When a file is downloaded from it.
   * Then it comes whole, without a hole, or it is given up when nothing has
   * come for so many attempts; what the server says of waiting is heeded; and
   * the key goes to nobody else. */
  guint seed, whole = 0;

  for (seed = 0; seed < SERVERS; seed++)
    whole += download (seed);
  fail_unless (whole > SERVERS / 2, "%u of %u came", whole, SERVERS);
}

GST_END_TEST;

static Suite *
decisions_suite (void)
{
  Suite *suite = suite_create ("decisions");
  TCase *tcase = tcase_create ("decisions");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 120);
  tcase_add_test (tcase, test_any_server);
  return suite;
}

GST_CHECK_MAIN (decisions);
