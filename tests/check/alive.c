/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define GST_USE_UNSTABLE_API
#include "alive.h"

/* A limit, never a pause */
#define PATIENCE (20 * G_TIME_SPAN_SECOND)

typedef GstTracer AliveTracer;
typedef GstTracerClass AliveTracerClass;

GType alive_tracer_get_type (void);

G_DEFINE_TYPE (AliveTracer, alive_tracer, GST_TYPE_TRACER);

static GMutex lock;
static GHashTable *alive;       /* object -> name of its type */

static void
note_created (GObject * tracer, GstClockTime time, GstObject * object)
{
  if (!GST_IS_ELEMENT (object) && !GST_IS_PAD (object) && !GST_IS_BUS (object))
    return;
  g_mutex_lock (&lock);
  g_hash_table_insert (alive, object, (gpointer) G_OBJECT_TYPE_NAME (object));
  g_mutex_unlock (&lock);
}

static void
note_destroyed (GObject * tracer, GstClockTime time, GstObject * object)
{
  g_mutex_lock (&lock);
  g_hash_table_remove (alive, object);
  g_mutex_unlock (&lock);
}

static void
alive_tracer_init (AliveTracer * tracer)
{
  gst_tracing_register_hook (tracer, "object-created",
      G_CALLBACK (note_created));
  gst_tracing_register_hook (tracer, "object-destroyed",
      G_CALLBACK (note_destroyed));
}

static void
alive_tracer_class_init (AliveTracerClass * klass)
{
}

void
alive_start (void)
{
  if (alive)
    return;
  alive = g_hash_table_new (NULL, NULL);
  /* lives as long as the process */
  g_object_new (alive_tracer_get_type (), NULL);
}

/* Returns: (transfer full) (nullable): all the names */
static gchar *
list_alive (void)
{
  GString *names = NULL;
  GHashTableIter iter;
  gpointer name;

  g_mutex_lock (&lock);
  g_hash_table_iter_init (&iter, alive);
  while (g_hash_table_iter_next (&iter, NULL, &name)) {
    if (!names)
      names = g_string_new (NULL);
    g_string_append_printf (names, "%s%s", names->len ? ", " : "",
        (const gchar *) name);
  }
  g_mutex_unlock (&lock);
  return names ? g_string_free (names, FALSE) : NULL;
}

gchar *
alive_wait_for_none (void)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;
  gchar *names;

  while ((names = list_alive ()) && g_get_monotonic_time () < until) {
    g_free (names);
    g_usleep (500);
  }
  return names;
}

guint
alive_count (const gchar * type)
{
  GHashTableIter iter;
  gpointer name;
  guint n = 0;

  g_mutex_lock (&lock);
  g_hash_table_iter_init (&iter, alive);
  while (g_hash_table_iter_next (&iter, NULL, &name))
    n += g_str_equal (name, type);
  g_mutex_unlock (&lock);
  return n;
}
