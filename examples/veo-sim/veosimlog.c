/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What arrived, and waiting for more to arrive */
#include "veosimprivate.h"

static void
clear_entry (gpointer data)
{
  veo_sim_request_clear (data);
}

void
veo_sim_request_unref (VeoSimRequest * entry)
{
  g_atomic_rc_box_release_full (entry, clear_entry);
}

void
veo_sim_request_clear (VeoSimRequest * request)
{
  g_clear_pointer (&request->method, g_free);
  g_clear_pointer (&request->path, g_free);
  g_clear_pointer (&request->authorization, g_free);
  g_clear_pointer (&request->proxy_authorization, g_free);
  g_clear_pointer (&request->range, g_free);
  g_clear_pointer (&request->if_range, g_free);
  g_clear_pointer (&request->user_agent, g_free);
  g_clear_pointer (&request->host, g_free);
  g_clear_pointer (&request->accept, g_free);
}

static void
copy_entry (const VeoSimRequest * from, VeoSimRequest * to)
{
  *to = *from;
  to->method = g_strdup (from->method);
  to->path = g_strdup (from->path);
  to->authorization = g_strdup (from->authorization);
  to->proxy_authorization = g_strdup (from->proxy_authorization);
  to->range = g_strdup (from->range);
  to->if_range = g_strdup (from->if_range);
  to->user_agent = g_strdup (from->user_agent);
  to->host = g_strdup (from->host);
  to->accept = g_strdup (from->accept);
}

static gchar *
dup_header (SoupMessageHeaders * headers, const gchar * name)
{
  return g_strdup (soup_message_headers_get_one (headers, name));
}

/* Returns: (transfer full): a reference to the new entry */
VeoSimRequest *
veo_sim_log_request (VeoSim * sim, SoupServerMessage * msg,
    VeoSimConnection * connection)
{
  VeoSimRequest *e = g_atomic_rc_box_new0 (VeoSimRequest);
  GUri *uri = soup_server_message_get_uri (msg);
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  VEO_SIM_LOCKER (sim);

  e->method = g_strdup (soup_server_message_get_method (msg));
  e->path = g_strdup (g_uri_get_path (uri));
  e->has_query = g_uri_get_query (uri) != NULL;
  e->authorization = dup_header (headers, "Authorization");
  e->proxy_authorization = dup_header (headers, "Proxy-Authorization");
  e->range = dup_header (headers, "Range");
  e->if_range = dup_header (headers, "If-Range");
  e->user_agent = dup_header (headers, "User-Agent");
  e->host = dup_header (headers, "Host");
  e->accept = dup_header (headers, "Accept");
  e->local_port = connection ? connection->local_port : 0;
  e->remote_port = connection ? connection->remote_port : 0;
  e->connection = connection ? connection->number : 0;
  e->time = g_get_monotonic_time ();
  g_ptr_array_add (sim->log, g_atomic_rc_box_acquire (e));
  g_cond_broadcast (&sim->cond);
  return e;
}

/* No key and no query gets into the line */
void
veo_sim_log_status (VeoSim * sim, VeoSimRequest * entry, guint status)
{
  g_autofree gchar *line = NULL;
  VeoSimLogFunc func;
  gpointer data;

  g_mutex_lock (&sim->lock);
  entry->status = status;
  func = sim->log_func;
  data = sim->log_data;
  g_cond_broadcast (&sim->cond);
  g_mutex_unlock (&sim->lock);
  if (!func)
    return;
  line = g_strdup_printf ("%s %s%s%s%s -> %u", entry->method, entry->path,
      entry->range ? " (" : "", entry->range ? entry->range : "",
      entry->range ? ")" : "", status);
  func (line, data);
}

static gboolean
matches (const VeoSimRequest * e, const gchar * method,
    const gchar * path_prefix)
{
  return (!method || g_str_equal (e->method, method)) && (!path_prefix
      || g_str_has_prefix (e->path, path_prefix));
}

static guint
count_locked (VeoSim * sim, const gchar * method, const gchar * path_prefix)
{
  guint i, n = 0;

  for (i = 0; i < sim->log->len; i++)
    n += matches (g_ptr_array_index (sim->log, i), method, path_prefix);
  return n;
}

guint
veo_sim_count_requests (VeoSim * sim, const gchar * method,
    const gchar * path_prefix)
{
  VEO_SIM_LOCKER (sim);

  return count_locked (sim, method, path_prefix);
}

gboolean
veo_sim_wait_requests (VeoSim * sim, const gchar * method,
    const gchar * path_prefix, guint n, guint timeout_ms)
{
  gint64 end = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  VEO_SIM_LOCKER (sim);

  while (count_locked (sim, method, path_prefix) < n) {
    if (!g_cond_wait_until (&sim->cond, &sim->lock, end))
      return count_locked (sim, method, path_prefix) >= n;
  }
  return TRUE;
}

gboolean
veo_sim_get_request (VeoSim * sim, const gchar * method,
    const gchar * path_prefix, guint i, VeoSimRequest * request)
{
  VEO_SIM_LOCKER (sim);
  guint k;

  for (k = 0; k < sim->log->len; k++) {
    VeoSimRequest *e = g_ptr_array_index (sim->log, k);

    if (matches (e, method, path_prefix) && i-- == 0) {
      copy_entry (e, request);
      return TRUE;
    }
  }
  return FALSE;
}

void
veo_sim_clear_log (VeoSim * sim)
{
  VEO_SIM_LOCKER (sim);

  g_ptr_array_set_size (sim->log, 0);
}

gboolean
veo_sim_wait_connections (VeoSim * sim, guint open, guint timeout_ms)
{
  gint64 end = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  VEO_SIM_LOCKER (sim);

  while (sim->traffic.open != open) {
    if (!g_cond_wait_until (&sim->cond, &sim->lock, end))
      return sim->traffic.open == open;
  }
  return TRUE;
}

gboolean
veo_sim_wait_content_bytes (VeoSim * sim, guint64 bytes, guint timeout_ms)
{
  gint64 end = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  VEO_SIM_LOCKER (sim);

  while (sim->traffic.content_bytes < bytes) {
    if (!g_cond_wait_until (&sim->cond, &sim->lock, end))
      return sim->traffic.content_bytes >= bytes;
  }
  return TRUE;
}
