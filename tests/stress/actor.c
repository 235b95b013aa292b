/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "actor.h"

/* What a plan waits for may never come: the service makes trouble. */
#define PATIENCE_US (400 * G_TIME_SPAN_MILLISECOND)
/* For references that threads of GStreamer's pool still hold, a limit */
#define LAST_BREATH_US (20 * G_TIME_SPAN_SECOND)

struct _Actor
{
  const Plan *plan;
  gboolean control;
  GstElement *pipeline;
  GstElement *src;

  GMutex lock;
  GCond cond;
  guint seen[AFTER_BUFFER + 1];
  gboolean over;
  guint messages;               /* of the element's own news */
  gboolean armed;               /* the next such message or pad stops everything */
  guint handlers;               /* that set NULL, or link, just now */
  gboolean stopped;
  gchar *late;
  guint alive;                  /* of pipeline and src */
  gboolean src_is_gone;
};

static void
note (Actor * actor, After what)
{
  g_mutex_lock (&actor->lock);
  actor->seen[what]++;
  g_cond_broadcast (&actor->cond);
  g_mutex_unlock (&actor->lock);
}

static void
leave_handler (Actor * actor)
{
  g_mutex_lock (&actor->lock);
  actor->handlers--;
  g_cond_broadcast (&actor->cond);
  g_mutex_unlock (&actor->lock);
}

/* A handler of the application that sets NULL by itself. */
static void
stop_here (Actor * actor)
{
  gst_element_set_state (actor->pipeline, GST_STATE_NULL);
  leave_handler (actor);
}

static gboolean
is_news (Actor * actor, GstMessage * message)
{
  return GST_MESSAGE_SRC (message) == GST_OBJECT (actor->src)
      && (GST_MESSAGE_TYPE (message) & (GST_MESSAGE_PROGRESS |
          GST_MESSAGE_ELEMENT));
}

static gboolean
is_complete (GstMessage * message)
{
  GstProgressType type;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
    return FALSE;
  gst_message_parse_progress (message, &type, NULL, NULL);
  return type == GST_PROGRESS_TYPE_COMPLETE;
}

/* With the lock. Returns: this message is the one that stops everything */
static gboolean
take_message (Actor * actor, GstMessage * message)
{
  if (actor->stopped && !actor->late)
    actor->late = g_strdup_printf ("%s of %s came after NULL",
        GST_MESSAGE_TYPE_NAME (message), GST_MESSAGE_SRC_NAME (message));
  if (GST_MESSAGE_TYPE (message) & (GST_MESSAGE_EOS | GST_MESSAGE_ERROR))
    actor->over = TRUE;
  if (is_news (actor, message)) {
    actor->seen[AFTER_NEWS]++;
    if (is_complete (message))
      actor->seen[AFTER_COMPLETE]++;
    if (actor->armed && actor->plan->stop == STOP_FROM_HANDLER
        && actor->messages++ == actor->plan->stop_message) {
      actor->armed = FALSE;
      actor->handlers++;
      return TRUE;
    }
  }
  return FALSE;
}

static GstBusSyncReply
look_at_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Actor *actor = data;
  gboolean stop;

  g_mutex_lock (&actor->lock);
  stop = take_message (actor, message);
  g_cond_broadcast (&actor->cond);
  g_mutex_unlock (&actor->lock);
  if (stop)
    stop_here (actor);
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static GstPadProbeReturn
note_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  note (data, AFTER_BUFFER);
  return GST_PAD_PROBE_REMOVE;
}

static void
link_pad (GstElement * element, GstPad * pad, Actor * actor)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) peer = gst_element_get_static_pad (sink, "sink");
  gboolean stop;

  /* NULL does not wait for it; whoever lets go of the pipeline does */
  g_mutex_lock (&actor->lock);
  actor->handlers++;
  g_mutex_unlock (&actor->lock);
  g_object_set (sink, "sync", actor->plan->sync, NULL);
  gst_pad_add_probe (peer, GST_PAD_PROBE_TYPE_BUFFER, note_buffer, actor, NULL);
  gst_bin_add (GST_BIN (actor->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  gst_pad_link (pad, peer);
  note (actor, AFTER_PAD);
  g_mutex_lock (&actor->lock);
  stop = actor->armed && actor->plan->stop == STOP_IN_PAD_ADDED;
  if (stop)
    actor->armed = FALSE;
  g_mutex_unlock (&actor->lock);
  if (stop)
    stop_here (actor);
  else
    leave_handler (actor);
}

static void
make_control (Actor * actor, const gchar * url, const gchar * task)
{
  g_autofree gchar *location = g_strdup_printf ("%s/v1/videos/%s/content", url,
      task);
  GstElement *queue = gst_element_factory_make ("queue2", NULL);
  GstElement *decodebin = gst_element_factory_make ("decodebin", NULL);

  actor->src = gst_element_factory_make ("souphttpsrc", NULL);
  g_object_set (actor->src, "location", location, NULL);
  g_object_set (queue, "use-buffering", TRUE, NULL);
  g_signal_connect (decodebin, "pad-added", G_CALLBACK (link_pad), actor);
  gst_bin_add_many (GST_BIN (actor->pipeline), gst_object_ref (actor->src),
      queue, decodebin, NULL);
  gst_element_link_many (actor->src, queue, decodebin, NULL);
}

static void
make_veosrc (Actor * actor, const gchar * url, const gchar * task)
{
  actor->src = gst_element_factory_make ("veosrc", NULL);
  if (!actor->src)
    g_error ("no veosrc: is GST_PLUGIN_PATH right?");
  g_object_set (actor->src, "base-url", url, "task-id", task, "api-key",
      "sk-stress", "output", actor->plan->output, "min-poll-interval", 50,
      "max-poll-interval", 200, NULL);
  g_signal_connect (actor->src, "pad-added", G_CALLBACK (link_pad), actor);
  gst_bin_add (GST_BIN (actor->pipeline), gst_object_ref (actor->src));
}

static void
note_end (gpointer data, GObject * object)
{
  Actor *actor = data;

  g_mutex_lock (&actor->lock);
  actor->alive--;
  if (object == (GObject *) actor->src)
    actor->src_is_gone = TRUE;
  g_cond_broadcast (&actor->cond);
  g_mutex_unlock (&actor->lock);
}

Actor *
actor_new (const Plan * plan, const gchar * url, const gchar * task,
    gboolean control)
{
  Actor *actor = g_new0 (Actor, 1);
  g_autoptr (GstBus) bus = NULL;

  actor->plan = plan;
  actor->control = control;
  g_mutex_init (&actor->lock);
  g_cond_init (&actor->cond);
  actor->armed = !control;
  actor->pipeline = gst_pipeline_new (NULL);
  /* else the bus is silent after NULL, and nothing could be seen there */
  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (actor->pipeline), FALSE);
  if (control)
    make_control (actor, url, task);
  else
    make_veosrc (actor, url, task);
  actor->alive = 2;
  g_object_weak_ref (G_OBJECT (actor->pipeline), note_end, actor);
  g_object_weak_ref (G_OBJECT (actor->src), note_end, actor);
  bus = gst_element_get_bus (actor->pipeline);
  gst_bus_set_sync_handler (bus, look_at_message, actor, NULL);
  return actor;
}

void
actor_start (Actor * actor)
{
  gst_element_set_state (actor->pipeline, GST_STATE_PLAYING);
}

gboolean
actor_is_over (Actor * actor)
{
  gboolean over;

  g_mutex_lock (&actor->lock);
  over = actor->over;
  g_mutex_unlock (&actor->lock);
  return over;
}

static After
get_marker (Actor * actor, After after)
{
  return actor->control && after < AFTER_PAD ? AFTER_START : after;
}

void
actor_wait (Actor * actor, After after, guint delay_us)
{
  gint64 limit = g_get_monotonic_time () + PATIENCE_US;

  after = get_marker (actor, after);
  g_mutex_lock (&actor->lock);
  while (after != AFTER_START && actor->seen[after] == 0 && !actor->over)
    if (!g_cond_wait_until (&actor->cond, &actor->lock, limit))
      break;
  g_mutex_unlock (&actor->lock);
  g_usleep (delay_us);
}

static void
send_seek (Actor * actor, guint position_ms)
{
  GstElement *target = actor->control ? actor->pipeline : actor->src;

  gst_element_send_event (target, gst_event_new_seek (1.0, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH | (position_ms % 2 ? GST_SEEK_FLAG_KEY_UNIT : 0),
          GST_SEEK_TYPE_SET, position_ms * GST_MSECOND, GST_SEEK_TYPE_NONE,
          -1));
}

static void
change_properties (Actor * actor, guint number)
{
  g_autofree gchar *user_agent = g_strdup_printf ("stress/%u", number);

  if (actor->control)
    g_object_set (actor->src, "user-agent", user_agent, NULL);
  else
    g_object_set (actor->src, "user-agent", user_agent, "api-key",
        number % 2 ? "sk-other" : NULL, "use-buffering", number % 3 == 0,
        "output", number % 3, "retries", number % 10, NULL);
}

void
actor_do (Actor * actor, const Step * step)
{
  switch (step->action) {
    case ACTION_READY:
    case ACTION_PAUSED:
      gst_element_set_state (actor->pipeline,
          step->action == ACTION_READY ? GST_STATE_READY : GST_STATE_PAUSED);
      g_usleep (step->delay_us / 4);
      gst_element_set_state (actor->pipeline, GST_STATE_PLAYING);
      break;
    case ACTION_SEEK:
      send_seek (actor, step->position_ms);
      break;
    case ACTION_PROPERTIES:
      change_properties (actor, step->position_ms);
      break;
    case ACTION_EOS:
      gst_element_send_event (actor->pipeline, gst_event_new_eos ());
      break;
    default:
      break;
  }
}

static gpointer
stop_too (gpointer pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return NULL;
}

/* What a handler began is part of the stop. */
static void
wait_for_handlers (Actor * actor)
{
  g_mutex_lock (&actor->lock);
  actor->armed = FALSE;
  while (actor->handlers > 0)
    g_cond_wait (&actor->cond, &actor->lock);
  g_mutex_unlock (&actor->lock);
}

/* A pad that was added while the pipeline went down left its sink behind. */
static void
stop_sinks (Actor * actor)
{
  g_autoptr (GstIterator) sinks =
      gst_bin_iterate_sinks (GST_BIN (actor->pipeline));
  GValue item = G_VALUE_INIT;

  while (gst_iterator_next (sinks, &item) == GST_ITERATOR_OK) {
    gst_element_set_state (g_value_get_object (&item), GST_STATE_NULL);
    g_value_reset (&item);
  }
  g_value_unset (&item);
}

gint64
actor_stop (Actor * actor)
{
  Stop kind = actor->plan->stop;
  GThread *other = NULL;
  gint64 began, took;

  if (kind == STOP_READY || kind == STOP_PAUSED) {
    gst_element_set_state (actor->pipeline,
        kind == STOP_READY ? GST_STATE_READY : GST_STATE_PAUSED);
    g_usleep (actor->plan->stop_delay_us / 8);
  }
  began = g_get_monotonic_time ();
  if (kind == STOP_FROM_TWO_THREADS)
    other = g_thread_new ("stop-too", stop_too, actor->pipeline);
  gst_element_set_state (actor->pipeline, GST_STATE_NULL);
  took = g_get_monotonic_time () - began;
  if (other)
    g_thread_join (other);
  wait_for_handlers (actor);
  /* a start that a handler's NULL came in between of has set another state */
  gst_element_set_state (actor->pipeline, GST_STATE_NULL);
  g_mutex_lock (&actor->lock);
  actor->stopped = TRUE;
  g_mutex_unlock (&actor->lock);
  return took;
}

static gchar *
wait_for_end (Actor * actor)
{
  gint64 limit = g_get_monotonic_time () + LAST_BREATH_US;
  gchar *problem = NULL;

  g_mutex_lock (&actor->lock);
  while (actor->alive > 0)
    if (!g_cond_wait_until (&actor->cond, &actor->lock, limit))
      break;
  if (actor->alive > 0 && actor->src_is_gone)
    problem = g_strdup ("leak: the pipeline lives on");
  else if (actor->alive > 0)
    problem = g_strdup_printf ("leak: the element lives on, %d references",
        GST_OBJECT_REFCOUNT_VALUE (actor->src));
  g_mutex_unlock (&actor->lock);
  return problem;
}

gchar *
actor_free (Actor * actor)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (actor->pipeline);
  gchar *problem;

  stop_sinks (actor);
  gst_object_unref (actor->pipeline);
  gst_object_unref (actor->src);
  problem = wait_for_end (actor);
  if (problem)
    /* its handlers may still come: it is kept */
    return problem;
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  problem = g_steal_pointer (&actor->late);
  g_mutex_clear (&actor->lock);
  g_cond_clear (&actor->cond);
  g_free (actor);
  return problem;
}
