/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server as a whole: its thread, its making and its end */
#include "veosimprivate.h"

#define DRAIN_MS 20000

typedef struct
{
  GSourceFunc func;
  gpointer data;
  gboolean done;
  GMutex lock;
  GCond cond;
} Call;

static gboolean
call_run (gpointer data)
{
  Call *call = data;

  call->func (call->data);
  g_mutex_lock (&call->lock);
  call->done = TRUE;
  g_cond_signal (&call->cond);
  g_mutex_unlock (&call->lock);
  return G_SOURCE_REMOVE;
}

/* Runs func in the server's thread and waits for it */
void
veo_sim_invoke (VeoSim * sim, GSourceFunc func, gpointer data)
{
  Call call = {.func = func,.data = data };

  if (g_main_context_is_owner (sim->context)) {
    func (data);
    return;
  }
  g_mutex_init (&call.lock);
  g_cond_init (&call.cond);
  g_main_context_invoke (sim->context, call_run, &call);
  g_mutex_lock (&call.lock);
  while (!call.done)
    g_cond_wait (&call.cond, &call.lock);
  g_mutex_unlock (&call.lock);
  g_cond_clear (&call.cond);
  g_mutex_clear (&call.lock);
}

/* Returns: (transfer full): destroy and unref it */
GSource *
veo_sim_add_timeout (VeoSim * sim, guint ms, GSourceFunc func, gpointer data)
{
  GSource *source = ms ? g_timeout_source_new (ms) : g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, sim->context);
  return source;
}

static gboolean
give_up (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
has_connections (VeoSim * sim)
{
  VEO_SIM_LOCKER (sim);

  return sim->traffic.open > 0;
}

/* Everything was closed; what still runs (a TLS handshake in a thread of its
 * own) has to end before the sim goes away */
static void
drain (VeoSim * sim)
{
  gboolean late = FALSE;
  GSource *timer = veo_sim_add_timeout (sim, DRAIN_MS, give_up, &late);

  while (!late && has_connections (sim))
    g_main_context_iteration (sim->context, TRUE);
  if (has_connections (sim))
    g_critical ("veosim leaves connections behind");
  g_source_destroy (timer);
  g_source_unref (timer);
  while (g_main_context_iteration (sim->context, FALSE));
}

static gpointer
run_thread (gpointer data)
{
  VeoSim *sim = data;

  g_main_context_push_thread_default (sim->context);
  g_main_loop_run (sim->loop);
  drain (sim);
  g_main_context_pop_thread_default (sim->context);
  return NULL;
}

typedef struct
{
  VeoSim *sim;
  GError **error;
  gboolean ok;
} Start;

/* libsoup keeps a connection open after an answer only while it has a listener of
 * its own. Nobody is told of this one. */
static gboolean
listen_for_show (SoupServer * server, GError ** error)
{
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string ("127.0.0.1", 0);

  return soup_server_listen (server, address, 0, error);
}

static gboolean
start_in_thread (gpointer data)
{
  Start *start = data;
  VeoSim *sim = start->sim;

  sim->server =
      soup_server_new ("raw-paths", TRUE, "server-header", "veo-sim", NULL);
  soup_server_add_handler (sim->server, NULL, veo_sim_handle, sim, NULL);
  start->ok = listen_for_show (sim->server, start->error)
      && veo_sim_listen (sim, start->error);
  return G_SOURCE_REMOVE;
}

static gboolean
stop_in_thread (gpointer data)
{
  VeoSim *sim = data;
  g_autoptr (GList) all = g_hash_table_get_keys (sim->exchanges);
  GList *l;

  veo_sim_stop_listening (sim);
  for (l = all; l; l = l->next)
    veo_sim_wire_abort (l->data);
  soup_server_disconnect (sim->server);
  g_clear_object (&sim->server);
  veo_sim_drop_connections (sim);
  g_main_loop_quit (sim->loop);
  return G_SOURCE_REMOVE;
}

/* "relay/" and "/relay" alike become "/relay", nothing becomes "" */
static gchar *
clean_prefix (const gchar * prefix)
{
  g_autofree gchar *bare = g_strdup (prefix ? prefix : "");
  gchar *start = bare;

  while (*start == '/')
    start++;
  while (*start && g_str_has_suffix (start, "/"))
    start[strlen (start) - 1] = '\0';
  return *start ? g_strconcat ("/", start, NULL) : g_strdup ("");
}

static gboolean
take_addresses (VeoSim * sim, const VeoSimOptions * o, GError ** error)
{
  const gchar *texts[] =
      { o->address ? o->address : "127.0.0.1", o->files_address };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    if (!texts[i])
      continue;
    sim->addresses[i] =
        g_inet_socket_address_new_from_string (texts[i], i == 0 ? o->port : 0);
    if (!sim->addresses[i]) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          "“%s” is no numeric IP address", texts[i]);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
take_certificate (VeoSim * sim, const VeoSimOptions * o, GError ** error)
{
  if (o->certificate)
    sim->certificate = g_object_ref (o->certificate);
  if (o->certificate || !o->certificate_file)
    return TRUE;
  sim->certificate = g_tls_certificate_new_from_files (o->certificate_file,
      o->key_file ? o->key_file : o->certificate_file, error);
  return sim->certificate != NULL;
}

static VeoSim *
alloc_sim (const VeoSimOptions * o)
{
  VeoSim *sim = g_new0 (VeoSim, 1);

  g_mutex_init (&sim->lock);
  g_cond_init (&sim->cond);
  sim->prefix = clean_prefix (o->prefix);
  sim->api_key = g_strdup (o->api_key);
  sim->tasks =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) veo_sim_task_free);
  sim->videos =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) veo_sim_video_free);
  sim->links =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) veo_sim_signed_free);
  sim->scripts =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) veo_sim_script_free);
  sim->exchanges =
      g_hash_table_new_full (NULL, NULL, (GDestroyNotify) veo_sim_exchange_free,
      NULL);
  sim->renders =
      g_ptr_array_new_with_free_func ((GDestroyNotify) veo_sim_render_free);
  sim->log =
      g_ptr_array_new_with_free_func ((GDestroyNotify) veo_sim_request_unref);
  sim->connections = g_ptr_array_new ();
  sim->context = g_main_context_new ();
  sim->loop = g_main_loop_new (sim->context, FALSE);
  return sim;
}

VeoSim *
veo_sim_new (const VeoSimOptions * options, GError ** error)
{
  static const VeoSimOptions defaults;
  const VeoSimOptions *o = options ? options : &defaults;
  g_autoptr (VeoSim) sim = alloc_sim (o);
  Start start = {.sim = sim,.error = error };

  if (!take_addresses (sim, o, error) || !take_certificate (sim, o, error))
    return NULL;
  sim->thread = g_thread_new ("veo-sim", run_thread, sim);
  veo_sim_invoke (sim, start_in_thread, &start);
  return start.ok ? g_steal_pointer (&sim) : NULL;
}

void
veo_sim_free (VeoSim * sim)
{
  guint i;

  veo_sim_stop_rendering (sim);
  if (sim->thread) {
    veo_sim_invoke (sim, stop_in_thread, sim);
    g_thread_join (sim->thread);
  }
  g_main_loop_unref (sim->loop);
  g_main_context_unref (sim->context);
  for (i = 0; i < G_N_ELEMENTS (sim->addresses); i++)
    g_clear_object (&sim->addresses[i]);
  g_clear_object (&sim->certificate);
  g_hash_table_unref (sim->exchanges);
  g_hash_table_unref (sim->tasks);
  g_hash_table_unref (sim->videos);
  g_hash_table_unref (sim->links);
  g_hash_table_unref (sim->scripts);
  g_ptr_array_unref (sim->renders);
  g_ptr_array_unref (sim->log);
  g_ptr_array_unref (sim->connections);
  g_clear_pointer (&sim->clip, g_bytes_unref);
  g_clear_pointer (&sim->rules, veo_sim_rules_unref);
  g_free (sim->content_type);
  veo_sim_set_new_task (sim, NULL);
  g_free (sim->api_key);
  g_free (sim->prefix);
  g_free (sim->url);
  g_free (sim->files_url);
  g_cond_clear (&sim->cond);
  g_mutex_clear (&sim->lock);
  g_free (sim);
}

const gchar *
veo_sim_get_url (VeoSim * sim)
{
  return sim->url;
}

const gchar *
veo_sim_get_files_url (VeoSim * sim)
{
  return sim->files_url;
}

guint16
veo_sim_get_port (VeoSim * sim)
{
  return sim->port;
}

void
veo_sim_set_api_key (VeoSim * sim, const gchar * api_key)
{
  VEO_SIM_LOCKER (sim);

  g_free (sim->api_key);
  sim->api_key = g_strdup (api_key);
}

void
veo_sim_set_log_func (VeoSim * sim, VeoSimLogFunc func, gpointer user_data)
{
  VEO_SIM_LOCKER (sim);

  sim->log_func = func;
  sim->log_data = user_data;
}

static gboolean
release_in_thread (gpointer data)
{
  VeoSim *sim = data;
  g_autoptr (GList) all = g_hash_table_get_keys (sim->exchanges);
  GList *l;

  for (l = all; l; l = l->next)
    veo_sim_wire_release (l->data);
  return G_SOURCE_REMOVE;
}

void
veo_sim_release (VeoSim * sim)
{
  veo_sim_invoke (sim, release_in_thread, sim);
}
