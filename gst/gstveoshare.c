/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoshare.h"
#include "gstveourl.h"

#define MAX_BACKOFF_MS 120000
#define NOT_DUE G_MAXINT64

typedef struct
{
  gpointer watch;
  gint64 due;                   /* when it wants the next poll; NOT_DUE: it has no wish */
} Member;

struct _GstVeoShare
{
  GstVeoWorker *worker;
  gchar *base_url;
  gchar *task_id;
  gchar *key;
  GstVeoNetwork network;        /* its strings are owned */
  guint timeout_ms;
  GstVeoPollFunc func;
  GArray *members;              /* of Member */
  gboolean is_private;          /* not in the table, where newcomers would find it */
  GstVeoRequest *request;
  GstVeoTimer timer;
  gint64 not_before;            /* the service's own hint */
  GstVeoTask *task;             /* the last answer, while the task is running */
  gint64 answered;              /* when that answer's request was sent */
  gint64 date;                  /* and its date by the service's clock */
};

static guint
share_hash (gconstpointer data)
{
  return g_str_hash (((const GstVeoShare *) data)->task_id);
}

static gboolean
share_equal (gconstpointer a, gconstpointer b)
{
  const GstVeoShare *first = a;
  const GstVeoShare *second = b;

  return g_str_equal (first->task_id, second->task_id)
      && g_str_equal (first->base_url, second->base_url)
      && g_strcmp0 (first->key, second->key) == 0
      && g_strcmp0 (first->network.proxy, second->network.proxy) == 0
      && g_strcmp0 (first->network.tls_ca_file,
      second->network.tls_ca_file) == 0
      && g_strcmp0 (first->network.user_agent, second->network.user_agent) == 0;
}

static gpointer
table_new (GstVeoWorker * worker)
{
  return g_hash_table_new (share_hash, share_equal);
}

static GHashTable *
get_table (GstVeoWorker * worker)
{
  return gst_veo_worker_get_part (worker, "shares", table_new,
      (GDestroyNotify) g_hash_table_unref);
}

static void
share_free (GstVeoShare * share)
{
  if (!share->is_private)
    g_hash_table_remove (get_table (share->worker), share);
  gst_veo_worker_stop_timer (share->worker, &share->timer);
  if (share->request)
    gst_veo_client_cancel (share->request);
  g_clear_pointer (&share->task, gst_veo_task_unref);
  g_array_unref (share->members);
  g_free (share->base_url);
  g_free (share->task_id);
  g_free (share->key);
  g_free ((gchar *) share->network.proxy);
  g_free ((gchar *) share->network.tls_ca_file);
  g_free ((gchar *) share->network.user_agent);
  g_free (share);
}

static GstVeoShare *
share_new (GstVeoWorker * worker, const GstVeoWatchSettings * settings,
    GstVeoPollFunc func)
{
  GstVeoShare *share = g_new0 (GstVeoShare, 1);

  share->worker = worker;
  share->base_url = g_strdup (settings->base_url);
  share->task_id = g_strdup (settings->task_id);
  share->key = g_strdup (settings->api_key);
  share->network.proxy = g_strdup (settings->network.proxy);
  share->network.tls_ca_file = g_strdup (settings->network.tls_ca_file);
  share->network.user_agent = g_strdup (settings->network.user_agent);
  share->timeout_ms = settings->request_timeout;
  share->func = func;
  share->members = g_array_sized_new (FALSE, TRUE, sizeof (Member), 1);
  share->is_private = settings->refresh;
  if (!share->is_private)
    g_hash_table_add (get_table (worker), share);
  return share;
}

static GstVeoShare *
find_share (GstVeoWorker * worker, const GstVeoWatchSettings * settings)
{
  GstVeoShare wanted = { NULL, };

  if (settings->refresh)
    return NULL;
  wanted.base_url = (gchar *) settings->base_url;
  wanted.task_id = (gchar *) settings->task_id;
  wanted.key = (gchar *) settings->api_key;
  wanted.network = settings->network;
  return g_hash_table_lookup (get_table (worker), &wanted);
}

/* When the most impatient member wants it, but not sooner than the service does. */
static gint64
share_get_due (GstVeoShare * share)
{
  gint64 due = NOT_DUE;
  guint i;

  for (i = 0; i < share->members->len; i++)
    due = MIN (due, g_array_index (share->members, Member, i).due);
  if (due == NOT_DUE)
    due = g_get_monotonic_time ();
  return MAX (due, share->not_before);
}

static void share_ask (gpointer data);

static void
share_schedule (GstVeoShare * share)
{
  if (share->request)
    return;
  gst_veo_worker_start_timer (share->worker, &share->timer,
      share_get_due (share), share_ask, share);
}

/* Returns FALSE when the member is done. */
static gboolean
tell_member (GstVeoShare * share, Member * member, const GstVeoPoll * poll)
{
  gint64 delay = share->func (poll, member->watch);

  if (delay == GST_VEO_SHARE_DONE)
    return FALSE;
  member->due = g_get_monotonic_time () + delay * G_TIME_SPAN_MILLISECOND;
  return TRUE;
}

static void
share_tell (GstVeoShare * share, const GstVeoPoll * poll)
{
  guint i = 0;

  while (i < share->members->len) {
    if (tell_member (share, &g_array_index (share->members, Member, i), poll))
      i++;
    else
      g_array_remove_index (share->members, i);
  }
}

static void
share_note (GstVeoShare * share, const GstVeoPoll * poll)
{
  gboolean running = poll->task && !poll->failure
      && !gst_veo_status_is_final (poll->task->status);

  g_clear_pointer (&share->task, gst_veo_task_unref);
  if (running)
    share->task = gst_veo_task_ref (poll->task);
  share->answered = poll->sent;
  share->date = poll->date;
  share->not_before = poll->hint_ms < 0 ? 0 : g_get_monotonic_time ()
      + poll->hint_ms * G_TIME_SPAN_MILLISECOND;
}

static void
share_slow_down (GstVeoShare * share, const gchar * url)
{
  gint64 delay = (share_get_due (share) - g_get_monotonic_time ())
      / G_TIME_SPAN_MILLISECOND;

  gst_veo_client_slow_down (url, CLAMP (delay, 0, MAX_BACKOFF_MS));
}

static void
share_take (GstVeoShare * share, const GstVeoPoll * poll)
{
  share_note (share, poll);
  share_tell (share, poll);
  if (poll->http_status == 429) {
    g_autofree gchar *url = gst_veo_base_url_task (share->base_url,
        share->task_id);
    share_slow_down (share, url);
  }
  if (share->members->len == 0)
    share_free (share);
  else
    share_schedule (share);
}

static GstVeoFailure *
failure_from_exchange (GstVeoShare * share, const GstVeoExchange * exchange)
{
  GstVeoFailureKind kind = GST_VEO_FAILURE_UNREACHABLE;
  GstVeoFailure *failure;

  if (exchange->result == GST_VEO_EXCHANGE_BAD_CERTIFICATE)
    kind = GST_VEO_FAILURE_TLS;
  else if (exchange->result == GST_VEO_EXCHANGE_BAD_REDIRECT)
    kind = GST_VEO_FAILURE_REDIRECT;
  else if (exchange->result == GST_VEO_EXCHANGE_CUT)
    kind = GST_VEO_FAILURE_NONSENSE;
  failure = gst_veo_failure_new (kind, share->task_id);
  failure->detail = g_strdup (exchange->reason);
  /* an answer did come, if not one to be followed or a whole one */
  if (kind == GST_VEO_FAILURE_REDIRECT || kind == GST_VEO_FAILURE_NONSENSE) {
    failure->http_status = exchange->status;
    failure->request_id = gst_veo_answer_dup_request_id (exchange->header,
        exchange->headers, share->key);
  }
  return failure;
}

static void
share_answered (const GstVeoExchange * exchange, gpointer data)
{
  GstVeoShare *share = data;
  GstVeoPoll poll = {.hint_ms = -1,.sent = exchange->sent };
  g_autoptr (GstVeoAnswer) answer = NULL;
  g_autoptr (GstVeoFailure) failure = NULL;

  share->request = NULL;
  if (exchange->result == GST_VEO_EXCHANGE_ANSWERED) {
    answer = gst_veo_answer_read (share->task_id, exchange->status,
        exchange->body, exchange->header, exchange->headers, share->key,
        g_get_real_time ());
    poll.task = answer->task;
    poll.failure = answer->failure;
    poll.hint_ms = answer->hint_ms;
    poll.http_status = exchange->status;
    poll.date = gst_veo_answer_get_date (exchange->header, exchange->headers);
    poll.request_id = answer->request_id;
  } else {
    poll.failure = failure = failure_from_exchange (share, exchange);
    poll.http_status = failure->http_status;
    poll.request_id = failure->request_id;
  }
  share_take (share, &poll);
}

static void
share_ask (gpointer data)
{
  GstVeoShare *share = data;
  g_autofree gchar *url = gst_veo_base_url_task (share->base_url,
      share->task_id);

  share->request = gst_veo_client_get (share->worker, &share->network, url,
      share->key, share->timeout_ms, share_answered, share);
}

/* The newcomer need not wait for the next poll to know how the task is. */
static gboolean
tell_newcomer (GstVeoShare * share, Member * member)
{
  GstVeoPoll poll = {.task = share->task,.hint_ms = -1,
    .sent = share->answered,.date = share->date,.old = TRUE
  };

  return !share->task || tell_member (share, member, &poll);
}

GstVeoShare *
gst_veo_share_join (GstVeoWorker * worker,
    const GstVeoWatchSettings * settings, GstVeoPollFunc func, gpointer watch)
{
  GstVeoShare *share = find_share (worker, settings);
  Member member = { watch, NOT_DUE };

  if (share) {
    if (!tell_newcomer (share, &member))
      return NULL;
    /* The patient one's limit holds: the others must not fail by a short one. */
    if (settings->request_timeout == 0 || share->timeout_ms == 0)
      share->timeout_ms = 0;
    else
      share->timeout_ms = MAX (share->timeout_ms, settings->request_timeout);
  } else {
    share = share_new (worker, settings, func);
  }
  g_array_append_val (share->members, member);
  share_schedule (share);
  return share;
}

void
gst_veo_share_leave (GstVeoShare * share, gpointer watch)
{
  guint i;

  for (i = 0; i < share->members->len; i++) {
    if (g_array_index (share->members, Member, i).watch == watch) {
      g_array_remove_index (share->members, i);
      break;
    }
  }
  if (share->members->len == 0)
    share_free (share);
  else
    share_schedule (share);
}
