/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveoexplain.h"
#include "gstveobody.h"
#include "gstveourl.h"

#include <string.h>

struct _GstVeoExplain
{
  gchar *proxy;
  gchar *tls_ca_file;
  gchar *user_agent;
  gchar *url;
  gchar *key;
  guint timeout_ms;

  GMutex lock;                  /* held while func runs */
  GstVeoExplainFunc func;       /* NULL: cancelled or done */
  gpointer data;

  GstVeoWorker *worker;
  GstVeoRequest *request;       /* worker only */
};

static void
explain_free (gpointer data)
{
  GstVeoExplain *explain = data;

  g_free (explain->proxy);
  g_free (explain->tls_ca_file);
  g_free (explain->user_agent);
  g_free (explain->url);
  g_free (explain->key);
  gst_veo_worker_release (explain->worker);
  g_mutex_clear (&explain->lock);
}

static void
explain_unref (gpointer explain)
{
  g_atomic_rc_box_release_full (explain, explain_free);
}

static void
tell (GstVeoExplain * explain, GstVeoQuote * quote, gboolean recovered)
{
  g_mutex_lock (&explain->lock);
  if (explain->func)
    explain->func (quote, recovered, explain->data);
  explain->func = NULL;
  g_mutex_unlock (&explain->lock);
}

static void
answered (const GstVeoExchange * exchange, gpointer data)
{
  GstVeoExplain *explain = data;
  g_auto (GstVeoQuote) quote = { NULL, };
  gboolean is_answer = exchange->result == GST_VEO_EXCHANGE_ANSWERED;

  explain->request = NULL;
  if (!is_answer) {
    quote.text = g_strdup (exchange->reason);
  } else if (exchange->status >= 400) {
    g_autofree gchar *text = gst_veo_body_dup_text (exchange->body);

    gst_veo_quote_read (&quote, (const guint8 *) text, strlen (text),
        explain->key);
  }
  tell (explain, &quote, is_answer && exchange->status < 400);
  explain_unref (explain);
}

/* Worker */
static gboolean
send_request (gpointer data)
{
  GstVeoExplain *explain = data;
  GstVeoNetwork network = { explain->proxy, explain->tls_ca_file,
    explain->user_agent
  };
  gboolean wanted;

  g_mutex_lock (&explain->lock);
  wanted = explain->func != NULL;
  g_mutex_unlock (&explain->lock);
  if (wanted)
    explain->request = gst_veo_client_get (explain->worker, &network,
        explain->url, explain->key, explain->timeout_ms, answered,
        g_atomic_rc_box_acquire (explain));
  return G_SOURCE_REMOVE;
}

/* Worker */
static gboolean
cancel_request (gpointer data)
{
  GstVeoExplain *explain = data;
  GstVeoRequest *request = g_steal_pointer (&explain->request);

  if (request) {
    gst_veo_client_cancel (request);
    explain_unref (explain);
  }
  return G_SOURCE_REMOVE;
}

GstVeoExplain *
gst_veo_explain_start (const GstVeoNetwork * network, const gchar * url,
    const gchar * key, guint timeout_ms, GstVeoExplainFunc func, gpointer data)
{
  GstVeoExplain *explain;

  if (!gst_veo_client_get_impl ())
    return NULL;
  explain = g_atomic_rc_box_new0 (GstVeoExplain);
  explain->proxy = g_strdup (network->proxy);
  explain->tls_ca_file = g_strdup (network->tls_ca_file);
  explain->user_agent = g_strdup (network->user_agent);
  explain->url = g_strdup (url);
  explain->key = g_strdup (key);
  explain->timeout_ms = timeout_ms;
  g_mutex_init (&explain->lock);
  explain->func = func;
  explain->data = data;
  explain->worker = gst_veo_worker_acquire ();
  gst_veo_worker_invoke (explain->worker, send_request,
      g_atomic_rc_box_acquire (explain), explain_unref);
  return explain;
}

void
gst_veo_explain_cancel (GstVeoExplain * explain)
{
  if (!explain)
    return;
  g_mutex_lock (&explain->lock);
  explain->func = NULL;
  g_mutex_unlock (&explain->lock);
  gst_veo_worker_invoke (explain->worker, cancel_request,
      g_atomic_rc_box_acquire (explain), explain_unref);
  explain_unref (explain);
}
