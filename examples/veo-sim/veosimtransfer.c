/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the bytes of a video go out: Range, names of the file, planned troubles */
#include "veosimprivate.h"

#define LAST_MODIFIED "Wed, 01 Jan 2025 00:00:00 GMT"
#define SAMPLE 65536

/* Cheap for large files: the size and a sample of both ends */
static gchar *
make_etag (GBytes * clip)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (clip, &size);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  gsize sample = MIN (size, SAMPLE);

  if (size) {
    g_checksum_update (sum, data, sample);
    g_checksum_update (sum, data + size - sample, sample);
  }
  return g_strdup_printf ("\"%.16s-%" G_GSIZE_FORMAT "\"",
      g_checksum_get_string (sum), size);
}

static gboolean
parse_number (const gchar ** text, guint64 * value)
{
  gchar *end;

  if (!g_ascii_isdigit (**text))
    return FALSE;
  *value = g_ascii_strtoull (*text, &end, 10);
  *text = end;
  return TRUE;
}

/* "bytes=A-B", "bytes=A-", "bytes=-N". FALSE: no range that we understand.
 * [start, end) may lie behind the end of the file. */
static gboolean
parse_range (const gchar * range, guint64 total, guint64 * start, guint64 * end)
{
  const gchar *p = range;
  guint64 value;

  if (!range || !g_str_has_prefix (range, "bytes="))
    return FALSE;
  p += strlen ("bytes=");
  *end = total;
  if (*p == '-') {
    p++;
    if (!parse_number (&p, &value) || *p)
      return FALSE;
    *start = value ? total - MIN (value, total) : total;
    return TRUE;
  }
  if (!parse_number (&p, start) || *p++ != '-')
    return FALSE;
  if (parse_number (&p, &value))
    *end = MIN (value < G_MAXUINT64 ? value + 1 : value, total);
  return *p == '\0' && (*end > *start || *start >= total);
}

/* What a transfer is about, resolved from the rules */
typedef struct
{
  const VeoSimTransfer *t;
  GBytes *clip;
  const gchar *type;
  gchar *etag;
  const gchar *modified;
  guint64 total, start, end;
  gboolean ranged;
} Plan;

static void
choose_file (VeoSim * sim, VeoSimVideo * video, Plan * plan)
{
  const VeoSimTransfer *t = plan->t;
  gboolean other = t->other_from && video->transfers >= t->other_from;
  const gchar *etag = other && t->other_etag ? t->other_etag : t->etag;
  const gchar *modified = other
      && t->other_last_modified ? t->other_last_modified : t->last_modified;

  plan->clip = video->clip ? video->clip : sim->clip;
  plan->type = video->clip ? video->content_type : sim->content_type;
  if (t->content_type)
    plan->type = t->content_type;
  if (other && t->other_clip)
    plan->clip = t->other_clip;
  if (!plan->clip)
    return;
  plan->etag = etag ? g_strdup (etag) : make_etag (plan->clip);
  plan->modified = modified ? modified : LAST_MODIFIED;
  plan->total = plan->end = g_bytes_get_size (plan->clip);
}

/* FALSE: the range lies outside the file */
static gboolean
choose_range (const VeoSimRequest * request, Plan * plan)
{
  gboolean listens = plan->t->range == VEO_SIM_RANGE_HONOURED
      || plan->t->range == VEO_SIM_RANGE_WRONG;
  gboolean same = !request->if_range
      || !g_strcmp0 (request->if_range, plan->etag)
      || !g_strcmp0 (request->if_range, plan->modified);
  guint64 start, end;

  if (!listens || !same
      || !parse_range (request->range, plan->total, &start, &end))
    return TRUE;
  if (start >= plan->total)
    return FALSE;
  plan->ranged = TRUE;
  if (plan->t->range == VEO_SIM_RANGE_WRONG)
    return TRUE;
  plan->start = start;
  plan->end = end;
  return TRUE;
}

static void
set_header (VeoSimReply * reply, const gchar * name, const gchar * value)
{
  if (value && *value)
    soup_message_headers_replace (reply->headers, name, value);
}

static void
set_file_headers (VeoSimReply * reply, const Plan * plan)
{
  set_header (reply, "Content-Type", plan->type);
  set_header (reply, "ETag", plan->etag);
  set_header (reply, "Last-Modified", plan->modified);
  if (plan->t->range != VEO_SIM_RANGE_ABSENT)
    set_header (reply, "Accept-Ranges", "bytes");
}

static void
set_content_range (VeoSimReply * reply, const Plan * plan)
{
  g_autofree gchar *total = g_strdup_printf ("%" G_GUINT64_FORMAT, plan->total);
  g_autofree gchar *range =
      g_strdup_printf ("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "/%s",
      plan->start, plan->end - 1, plan->t->no_total ? "*" : total);

  set_header (reply, "Content-Range", range);
}

/* The nearest place where this transfer shall break */
static void
plan_cut (VeoSimReply * reply, const Plan * plan, const VeoSimVideo * video,
    const VeoSimSigned * link)
{
  const VeoSimTransfer *t = plan->t;
  guint i;

  if (t->cut_every && (!t->cut_times || video->cuts < t->cut_times))
    reply->cut_at = t->cut_every;
  for (i = 0; i < t->n_cut_at; i++) {
    guint64 at = t->cut_at[i];

    if (reply->rules->cut_used[i] || at < plan->start || at >= plan->end
        || at - plan->start >= reply->cut_at)
      continue;
    reply->cut_at = at - plan->start;
    reply->cut_index = i;
  }
  if (link && t->expires_bytes && veo_sim_link_may_expire (link, t)
      && t->expires_bytes - link->bytes < reply->cut_at) {
    reply->cut_at = t->expires_bytes - link->bytes;
    reply->cut_index = -1;
  }
  if (reply->cut_at >= reply->length)
    reply->cut_at = G_MAXUINT64;
  reply->cut_reset = t->cut_how == VEO_SIM_CUT_RESET;
  reply->refuse_ms = t->cut_refuse_ms;
}

static void
plan_troubles (VeoSimReply * reply, const Plan * plan,
    const VeoSimVideo * video, const VeoSimSigned * link)
{
  const VeoSimTransfer *t = plan->t;

  reply->chunked = t->chunked;
  reply->rate = t->rate;
  plan_cut (reply, plan, video, link);
  if (t->stall_ms && (!t->stall_times || video->stalls < t->stall_times)
      && t->stall_after < reply->length) {
    reply->stall_at = t->stall_after;
    reply->stall_ms = t->stall_ms;
  }
}

static VeoSimReply *
outside (const Plan * plan)
{
  VeoSimReply *reply = veo_sim_reply_new_text (416, "text/plain",
      "The range lies outside the file.\n");
  g_autofree gchar *range =
      g_strdup_printf ("bytes */%" G_GUINT64_FORMAT, plan->total);

  set_header (reply, "Content-Range", range);
  return reply;
}

static VeoSimReply *
deliver (const Plan * plan, const VeoSimVideo * video, VeoSimRules * rules,
    VeoSimSigned * link, gboolean head)
{
  VeoSimReply *reply = veo_sim_reply_new (plan->ranged ? 206 : 200);
  g_autoptr (GBytes) part =
      g_bytes_new_from_bytes (plan->clip, plan->start, plan->end - plan->start);

  reply->head = head;
  veo_sim_reply_set_body (reply, part);
  set_file_headers (reply, plan);
  if (plan->ranged)
    set_content_range (reply, plan);
  if (rules) {
    reply->rules = veo_sim_rules_ref (rules);
    plan_troubles (reply, plan, video, link);
  }
  return reply;
}

/* link: (nullable): the signed link it came by */
VeoSimReply *
veo_sim_plan_transfer_locked (VeoSim * sim, const gchar * target,
    const VeoSimRequest * request, VeoSimSigned * link)
{
  static const VeoSimTransfer good;
  VeoSimVideo *video = veo_sim_get_video_locked (sim, target);
  VeoSimRules *rules = veo_sim_video_rules_locked (sim, target);
  gboolean head = g_str_equal (request->method, "HEAD");
  Plan plan = {.t = rules ? &rules->t : &good };
  VeoSimReply *reply;

  if (head && plan.t->no_head)
    return veo_sim_reply_new_error (404, "invalid_request_error",
        "Invalid URL (HEAD %s)", request->path);
  if (!head)
    video->transfers++;
  choose_file (sim, video, &plan);
  if (!plan.clip)
    return veo_sim_reply_new_error (502, "server_error",
        "Failed to fetch video content");
  reply =
      choose_range (request, &plan) ? deliver (&plan, video, rules, link,
      head) : outside (&plan);
  g_free (plan.etag);
  reply->target = g_strdup (target);
  if (link && !head) {
    link->requests++;
    reply->token = g_strdup (link->token);
  }
  return reply;
}

void
veo_sim_note_cut_locked (VeoSim * sim, VeoSimReply * reply)
{
  if (!reply->target)
    return;
  veo_sim_get_video_locked (sim, reply->target)->cuts++;
  if (reply->cut_index >= 0)
    reply->rules->cut_used[reply->cut_index] = TRUE;
}

void
veo_sim_note_stall_locked (VeoSim * sim, VeoSimReply * reply)
{
  if (reply->target)
    veo_sim_get_video_locked (sim, reply->target)->stalls++;
}
