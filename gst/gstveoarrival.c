/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveoarrival.h"

#include <glib-object.h>

/* libsoup tells an answer by sources of G_PRIORITY_DEFAULT, one after the other: when
 * a source of this priority has its turn, the answer is told. */
#define AFTER_TELLING (G_PRIORITY_DEFAULT + 1)

static GMutex lock;
static GCond cond;
static guint n_arriving;
static gboolean watching;

static void
answer_is_told (gpointer data)
{
  g_mutex_lock (&lock);
  n_arriving--;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

static gboolean
have_a_turn (gpointer data)
{
  return G_SOURCE_REMOVE;
}

/* In the thread of a session. Requests of the application in its main loop, or
 * without any, have no context of their own: we cancel none of them. */
static gboolean
answer_arrives (GSignalInvocationHint * hint, guint n_params,
    const GValue * params, gpointer data)
{
  GMainContext *context = g_main_context_get_thread_default ();
  GSource *source;

  if (!context || g_main_depth () == 0)
    return TRUE;
  g_mutex_lock (&lock);
  n_arriving++;
  g_mutex_unlock (&lock);

  source = g_idle_source_new ();
  g_source_set_priority (source, AFTER_TELLING);
  /* told by the end of the source, which also comes when the loop is left */
  g_source_set_callback (source, have_a_turn, NULL, answer_is_told);
  g_source_attach (source, context);
  g_source_unref (source);
  return TRUE;
}

static void
watch_signal (GType type, const gchar * name)
{
  guint id = g_signal_lookup (name, type);

  if (id != 0)
    g_signal_add_emission_hook (id, 0, answer_arrives, NULL, NULL);
}

void
gst_veo_arrival_watch (void)
{
  GType type = g_type_from_name ("SoupMessage");

  if (type == G_TYPE_INVALID)
    return;
  g_mutex_lock (&lock);
  if (!watching) {
    /* signals are there when the class is; types of a library that stays are never
     * unloaded */
    g_type_class_unref (g_type_class_ref (type));
    watch_signal (type, "got-headers");
    /* after it when the kind of the body had to be found out from its first bytes */
    watch_signal (type, "content-sniffed");
    watching = TRUE;
  }
  g_mutex_unlock (&lock);
}

void
gst_veo_arrival_begin_pause (gint64 longest)
{
  gint64 until = g_get_monotonic_time () + longest;
  gboolean in_time = TRUE;

  g_mutex_lock (&lock);
  while (n_arriving > 0 && in_time)
    in_time = g_cond_wait_until (&cond, &lock, until);
}

void
gst_veo_arrival_end_pause (void)
{
  g_mutex_unlock (&lock);
}
