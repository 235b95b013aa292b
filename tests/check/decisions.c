/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a download decides, against thousands of servers that there are not: each
 * breaks, refuses, is busy, leads elsewhere and lets its links expire as chance
 * has it. */
#include <gst/check/gstcheck.h>

#include "gstveodownload.h"

#include <string.h>

#define SERVERS 20000
#define RETRIES 3
#define MIN_BACKOFF 10
#define MAX_BACKOFF 80
#define TASK "video_1"
#define BASE "https://service.example"
#define LINK "https://storage.example/a.mp4?signature=shh"
#define FRESH "https://storage.example/b.mp4?signature=new"

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
  const GstVeoDownloadSettings settings = {.task_id = TASK,.url = LINK,
    .content_url = BASE "/v1/videos/" TASK "/content",.base_url = BASE,
    .api_key = "sk-0123456789",.retries = RETRIES,
    .min_backoff = MIN_BACKOFF,.max_backoff = MAX_BACKOFF,.can_ask_link = TRUE
  };
  World world = { seed, g_rand_new_with_seed (seed),
    gst_veo_download_new (&settings)
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

GST_START_TEST (test_key_of_another_origin)
{
  /* Given a link that is said to need the key but leads to another scheme, host
   * or port than the base, When it is opened, Then the key stays behind. */
  static const gchar *const urls[] = { "http://base.example:8080/v.mp4",
    "http://other.example/v.mp4", "https://base.example/v.mp4"
  };
  GstVeoDownloadSettings settings = {.task_id = "t",.needs_key = TRUE,
    .base_url = "http://base.example",.api_key = "k"
  };
  GstVeoAttempt attempt;
  guint i;

  for (i = 0; i <= G_N_ELEMENTS (urls); i++) {
    GstVeoDownload *download;

    settings.url = i < G_N_ELEMENTS (urls) ? urls[i]
        : "http://base.example/v.mp4";
    download = gst_veo_download_new (&settings);
    gst_veo_download_begin_attempt (download, 0, &attempt);
    fail_unless_equals_string (attempt.key,
        i < G_N_ELEMENTS (urls) ? NULL : "k");
    gst_veo_download_free (download);
  }
}

GST_END_TEST;

/* --- Single decisions --- */

/* Of a link that has no fresh one and no content address behind it */
static GstVeoDownload *
make_download (guint retries)
{
  const GstVeoDownloadSettings settings = {.task_id = TASK,.url = LINK,
    .base_url = BASE,.api_key = "sk-0123456789",.retries = retries,
    .min_backoff = MIN_BACKOFF,.max_backoff = MAX_BACKOFF
  };

  return gst_veo_download_new (&settings);
}

/* The head of the answer to the next attempt. location (nullable) */
static GstVeoStep
get_head (GstVeoDownload * download, guint status, const gchar * location)
{
  GstVeoReply reply = { status, };
  GstVeoAttempt next;
  GstVeoStep step;
  guint64 start;

  gst_veo_download_begin_attempt (download, 0, &next);
  if (location)
    gst_veo_reply_set_header (&reply, "Location", location);
  step = gst_veo_download_replied (download, &reply, next.offset, 0, &start);
  gst_veo_reply_clear (&reply);
  return step;
}

static GstVeoStep
break_attempt (GstVeoDownload * download)
{
  GstVeoAttempt next;

  gst_veo_download_begin_attempt (download, 0, &next);
  return gst_veo_download_broke (download, "it broke");
}

GST_START_TEST (test_outage)
{
  /* Given a server that breaks every attempt.
   * When two in a row have brought nothing, and more are to come.
   * Then that is told, once, with the reason, how far it came and how long it
   * is tried; and when none is to come it is not. */
  g_autoptr (GstVeoDownload) patient = make_download (3);
  g_autoptr (GstVeoDownload) impatient = make_download (1);
  g_autofree gchar *text = NULL;

  fail_unless_equals_int (break_attempt (patient), GST_VEO_STEP_OPEN);
  fail_unless (gst_veo_download_take_outage (patient) == NULL);
  fail_unless_equals_int (break_attempt (patient), GST_VEO_STEP_OPEN);
  text = gst_veo_download_take_outage (patient);
  fail_unless (text && strstr (text, "it broke; no byte of it had come")
      && strstr (text, "tried 2 more times"), "%s", text);
  fail_unless (gst_veo_download_take_outage (patient) == NULL);

  fail_unless_equals_int (break_attempt (impatient), GST_VEO_STEP_OPEN);
  fail_unless_equals_int (break_attempt (impatient), GST_VEO_STEP_ASK_REASON);
  fail_unless (gst_veo_download_take_outage (impatient) == NULL);
}

GST_END_TEST;

/* TRUE: the body begins, of a file of ten bytes */
static gboolean
begin_body (GstVeoDownload * download)
{
  GstVeoReply reply = { 200, };
  GstVeoAttempt next;
  GstVeoStep step;
  guint64 start;

  gst_veo_download_begin_attempt (download, 0, &next);
  gst_veo_reply_set_header (&reply, "Content-Length", "10");
  step = gst_veo_download_replied (download, &reply, 0, 0, &start);
  gst_veo_reply_clear (&reply);
  return step == GST_VEO_STEP_READ && start == 0
      && gst_veo_download_check_file (download) == GST_VEO_STEP_READ;
}

GST_START_TEST (test_how_far)
{
  /* Given a server that breaks off after five of ten bytes, and then before any.
   * When it is given up.
   * Then the error says how far it came. */
  g_autoptr (GstVeoDownload) download = make_download (1);
  const GstVeoFailure *failure;

  fail_unless (begin_body (download));
  gst_veo_download_progressed (download, 5);
  fail_unless_equals_int (gst_veo_download_broke (download, "cut"),
      GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_take_break (download), "cut");
  fail_unless (gst_veo_download_take_break (download) == NULL);
  fail_unless_equals_int (gst_veo_download_broke (download, "cut"),
      GST_VEO_STEP_OPEN);
  fail_unless_equals_int (gst_veo_download_broke (download, "cut"),
      GST_VEO_STEP_FAIL);
  failure = gst_veo_download_get_failure (download);
  fail_unless_equals_int (failure->kind, GST_VEO_FAILURE_DOWNLOAD_BROKEN);
  fail_unless_equals_string (failure->detail, "cut; 5 of 10 bytes had come");
}

GST_END_TEST;

GST_START_TEST (test_range_is_learnt)
{
  /* Given a server that gives the rest of a file, and one that gives all of it.
   * When its answer has come.
   * Then it is known whether another connection could go on at a byte. */
  g_autoptr (GstVeoDownload) able = make_download (3);
  g_autoptr (GstVeoDownload) unable = make_download (3);
  GstVeoReply reply = { 206, };
  GstVeoAttempt next;
  guint64 start;

  gst_veo_download_begin_attempt (able, 0, &next);
  gst_veo_reply_set_header (&reply, "Content-Range", "bytes 0-9/10");
  fail_unless_equals_int (gst_veo_download_replied (able, &reply, 0, 0,
          &start), GST_VEO_STEP_READ);
  gst_veo_reply_clear (&reply);
  fail_unless (gst_veo_download_has_range (able));
  fail_unless (begin_body (unable));
  fail_if (gst_veo_download_has_range (unable));
}

GST_END_TEST;

GST_START_TEST (test_content_address_refuses)
{
  /* Given a link that is the content address itself.
   * When it is refused.
   * Then it is not tried once more as the address to fall back to. */
  const GstVeoDownloadSettings settings = {.task_id = TASK,
    .url = BASE "/v1/videos/" TASK "/content",.is_content = TRUE,
    .content_url = BASE "/v1/videos/" TASK "/content",.base_url = BASE,
    .needs_key = TRUE,.api_key = "sk-0123456789",.can_ask_link = TRUE
  };
  g_autoptr (GstVeoDownload) download = gst_veo_download_new (&settings);

  fail_unless_equals_int (get_head (download, 404, NULL),
      GST_VEO_STEP_ASK_REASON);
}

GST_END_TEST;

/* A body that has a link in it */
static GstVeoStep
get_text (GstVeoDownload * download, gboolean is_json)
{
  static const gchar text[] = "{\"url\":\"https://other.example/d.mp4\"}";

  fail_unless (begin_body (download));
  return gst_veo_download_got_text (download, is_json, (const guint8 *) text,
      strlen (text));
}

GST_START_TEST (test_link_in_json)
{
  /* Given a server that answers with JSON that has a link, and behind that with
   * the same again.
   * When it is read.
   * Then the first is followed, and the second is no video. */
  g_autoptr (GstVeoDownload) download = make_download (3);

  fail_unless_equals_int (get_text (download, TRUE), GST_VEO_STEP_OPEN);
  fail_unless_equals_string (gst_veo_download_get_url (download),
      "https://other.example/d.mp4");
  fail_unless_equals_int (get_text (download, TRUE), GST_VEO_STEP_FAIL);
  fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
      GST_VEO_FAILURE_NOT_A_VIDEO);
}

GST_END_TEST;

GST_START_TEST (test_text_is_no_json)
{
  /* Given a page that quotes such JSON.
   * When it is read.
   * Then no link of it is followed. */
  g_autoptr (GstVeoDownload) download = make_download (3);

  fail_unless_equals_int (get_text (download, FALSE), GST_VEO_STEP_FAIL);
}

GST_END_TEST;

GST_START_TEST (test_ends)
{
  /* Given a file of ten bytes.
   * When the body ends before its end, behind it, or there.
   * Then that is a break, another file, the end. */
  static const struct
  {
    guint64 pos;
    GstVeoStep step;
  } cases[] = { {9, GST_VEO_STEP_OPEN}, {11, GST_VEO_STEP_FAIL}, {10,
      GST_VEO_STEP_END}
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstVeoDownload) download = make_download (3);

    fail_unless (begin_body (download));
    gst_veo_download_progressed (download, 9);
    fail_unless_equals_int (gst_veo_download_ended (download, cases[i].pos,
            GST_VEO_BOXES_END), cases[i].step);
    if (cases[i].step == GST_VEO_STEP_FAIL)
      fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
          GST_VEO_FAILURE_DOWNLOAD_CHANGED);
  }
}

GST_END_TEST;

/* *INDENT-OFF* */
static const struct
{
  guint status;                 /* 0: nothing came */
  const gchar *words;
  gboolean recovered;
  GstVeoStep step;
  GstVeoFailureKind kind;
  const gchar *detail;
} reasons[] = {
  {0, "refused", FALSE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      "refused; no byte of it had come"},
  {0, NULL, FALSE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      "it broke; no byte of it had come"},
  {0, NULL, TRUE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      "it broke; no byte of it had come"},
  {403, "expired", FALSE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_REFUSED,
      "expired"},
  {404, "nothing here", FALSE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_GONE,
      "nothing here"},
  {404, NULL, TRUE, GST_VEO_STEP_OPEN, 0, NULL},
  {400, "Task is not completed yet, current status: processing", FALSE,
      GST_VEO_STEP_OPEN, 0, NULL},
  {404, "current status: processing", FALSE, GST_VEO_STEP_FAIL,
      GST_VEO_FAILURE_DOWNLOAD_GONE, "current status: processing"},
  {400, "bad request", FALSE, GST_VEO_STEP_FAIL,
      GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      "bad request; no byte of it had come"},
  {400, NULL, FALSE, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE,
      "no byte of it had come"},
};
/* *INDENT-ON* */

GST_START_TEST (test_reason)
{
  /* Given a server that refuses a download, or cannot be reached.
   * When it was asked why.
   * Then its words are the error's, or it is tried again if they say that it is
   * too early, or if it did not refuse this time. */
  g_autoptr (GstVeoDownload) download =
      make_download (reasons[__i__].status ? 3 : 0);
  GstVeoQuote quote = { (gchar *) reasons[__i__].words, (gchar *) "code",
    (gchar *) "message"
  };
  const GstVeoFailure *failure;

  fail_unless_equals_int (reasons[__i__].status
      ? get_head (download, reasons[__i__].status, NULL)
      : break_attempt (download), GST_VEO_STEP_ASK_REASON);
  fail_unless_equals_int (gst_veo_download_got_reason (download, &quote,
          reasons[__i__].recovered), reasons[__i__].step);
  if (reasons[__i__].step != GST_VEO_STEP_FAIL)
    return;
  failure = gst_veo_download_get_failure (download);
  fail_unless_equals_int (failure->kind, reasons[__i__].kind);
  fail_unless_equals_string (failure->detail, reasons[__i__].detail);
  fail_unless_equals_int (failure->attempts, 1);
  if (reasons[__i__].status)
    fail_unless_equals_string (failure->error_code, "code");
}

GST_END_TEST;

/* *INDENT-OFF* */
static const struct
{
  const gchar *location;
  GstVeoStep step;
  GstVeoFailureKind kind;
} redirects[] = {
  {"https://other.example/c.mp4", GST_VEO_STEP_OPEN, 0},
  {"/c.mp4", GST_VEO_STEP_OPEN, 0},
  {NULL, GST_VEO_STEP_FAIL, GST_VEO_FAILURE_REDIRECT},
  {"ftp://other.example/c.mp4", GST_VEO_STEP_FAIL, GST_VEO_FAILURE_REDIRECT},
  {"http://other.example/c.mp4", GST_VEO_STEP_FAIL, GST_VEO_FAILURE_REDIRECT},
  {"https://10.0.0.1/c.mp4", GST_VEO_STEP_FAIL, GST_VEO_FAILURE_LINK_REFUSED},
};
/* *INDENT-ON* */

GST_START_TEST (test_redirect)
{
  /* Given a link that redirects.
   * When it leads to another https address.
   * Then that is opened, without the key, ten times at most; and an address
   * without TLS, a private one or none at all is an error at once. */
  g_autoptr (GstVeoDownload) download = make_download (3);
  GstVeoStep step = get_head (download, 302, redirects[__i__].location);
  guint i;

  fail_unless_equals_int (step, redirects[__i__].step);
  if (step == GST_VEO_STEP_FAIL) {
    fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
        redirects[__i__].kind);
    return;
  }
  fail_unless (g_str_has_suffix (gst_veo_download_get_url (download),
          "/c.mp4"));
  for (i = 2; i <= 10; i++)
    fail_unless_equals_int (get_head (download, 302, "/d.mp4"),
        GST_VEO_STEP_OPEN);
  fail_unless_equals_int (get_head (download, 302, "/d.mp4"),
      GST_VEO_STEP_FAIL);
  fail_unless_equals_int (gst_veo_download_get_failure (download)->kind,
      GST_VEO_FAILURE_REDIRECT);
}

GST_END_TEST;

static Suite *
decisions_suite (void)
{
  Suite *suite = suite_create ("decisions");
  TCase *tcase = tcase_create ("decisions");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 120);
  tcase_add_test (tcase, test_key_of_another_origin);
  tcase_add_test (tcase, test_outage);
  tcase_add_test (tcase, test_how_far);
  tcase_add_test (tcase, test_range_is_learnt);
  tcase_add_test (tcase, test_content_address_refuses);
  tcase_add_test (tcase, test_link_in_json);
  tcase_add_test (tcase, test_text_is_no_json);
  tcase_add_test (tcase, test_ends);
  tcase_add_loop_test (tcase, test_reason, 0, G_N_ELEMENTS (reasons));
  tcase_add_loop_test (tcase, test_redirect, 0, G_N_ELEMENTS (redirects));
  tcase_add_test (tcase, test_any_server);
  return suite;
}

GST_CHECK_MAIN (decisions);
