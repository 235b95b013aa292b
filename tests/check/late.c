/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What other threads still have to do when an application sets NULL. */
#define GST_USE_UNSTABLE_API
#include "scene.h"

#include <gst/gsttracer.h>

static Scene *scene;

/* How long another thread is held up: longer than NULL takes otherwise, and
 * shorter than veosrc waits for it. */
#define HELD_UP (8 * G_TIME_SPAN_MILLISECOND)
/* NULL does not wait for ever: what took longer may be followed by messages. */
#define WAITED_LONG (20 * G_TIME_SPAN_MILLISECOND)

/* A tracer is told of a message before the bus is. */
typedef GstTracer HeldTracer;
typedef GstTracerClass HeldTracerClass;
static GType held_tracer_get_type (void);
G_DEFINE_TYPE (HeldTracer, held_tracer, GST_TYPE_TRACER);

static GMutex lock;
static GCond cond;
static GstTracer *tracer;
/* What is held up: on its way to the bus, or into veosrc. NULL: nothing any more */
static gboolean (*holds) (GstMessage * message);
static gboolean (*holds_inside) (GstMessage * message);
static void (*handle_message) (GstBin * bin, GstMessage * message);
static gboolean held;
static gboolean told;           /* the end of READY to PAUSED */
static gboolean stopped;        /* NULL has returned */
static guint late;              /* messages after that */
static guint left;              /* pads of veosrc, just before that */

static void
held_tracer_class_init (HeldTracerClass * klass)
{
}

static void
held_tracer_init (HeldTracer * self)
{
}

static gboolean
is_state_of_src (GstMessage * message)
{
  GstState old_state, new_state;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_STATE_CHANGED
      || GST_MESSAGE_SRC (message) != GST_OBJECT (scene->src))
    return FALSE;
  gst_message_parse_state_changed (message, &old_state, &new_state, NULL);
  return old_state == GST_STATE_READY && new_state == GST_STATE_PAUSED;
}

/* A link that is being made within veosrc */
static gboolean
is_link (GstMessage * message)
{
  GstElement *owner;
  gboolean busy;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_STRUCTURE_CHANGE)
    return FALSE;
  gst_message_parse_structure_change (message, NULL, &owner, &busy);
  return busy && GST_OBJECT_PARENT (owner) == GST_OBJECT (scene->src);
}

/* The system takes the thread away for a while, until NULL has returned at the
 * longest. Called with the lock. */
static void
hold_up (void)
{
  gint64 until = g_get_monotonic_time () + HELD_UP;

  held = TRUE;
  g_cond_broadcast (&cond);
  while (!stopped && g_cond_wait_until (&cond, &lock, until));
}

static void
hold_up_if (gboolean (**kind) (GstMessage * message), GstMessage * message)
{
  g_mutex_lock (&lock);
  if (*kind && (*kind) (message)) {
    *kind = NULL;
    hold_up ();
  }
  g_mutex_unlock (&lock);
}

static void
before_post (GObject * self, guint64 timestamp, GstElement * element,
    GstMessage * message)
{
  hold_up_if (&holds, message);
}

/* In place of veosrc's own */
static void
before_handling (GstBin * bin, GstMessage * message)
{
  hold_up_if (&holds_inside, message);
  handle_message (bin, message);
}

static GstBusSyncReply
count_late (GstBus * bus, GstMessage * message, gpointer data)
{
  g_mutex_lock (&lock);
  if (stopped)
    late++;
  if (is_state_of_src (message))
    told = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
  return GST_BUS_PASS;
}

static void
wait_for (gboolean * what)
{
  g_mutex_lock (&lock);
  while (!*what)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
}

static guint
count_pads (void)
{
  guint n;

  GST_OBJECT_LOCK (scene->src);
  n = scene->src->numpads;
  GST_OBJECT_UNLOCK (scene->src);
  return n;
}

static gint64
stop (void)
{
  gint64 began = g_get_monotonic_time ();
  gint64 took;

  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  took = g_get_monotonic_time () - began;
  left = count_pads ();
  g_mutex_lock (&lock);
  stopped = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
  return took;
}

static void
play_until_held (void)
{
  stopped = held = told = FALSE;
  late = 0;
  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (scene->pipeline), FALSE);
  gst_bus_set_sync_handler (scene->bus, count_late, NULL, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  wait_for (&held);
}

/* Given a thread that is just about to tell that veosrc is in PAUSED, when the
 * application sets NULL, then that is told before NULL returns. */
SCENE_TEST (test_end_of_the_state_change)
{
  gint64 took;

  if (!tracer) {
    tracer = gst_object_ref_sink (g_object_new (held_tracer_get_type (), NULL));
    gst_tracing_register_hook (tracer, "element-post-message-pre",
        G_CALLBACK (before_post));
  }
  holds = is_state_of_src;
  play_until_held ();
  took = stop ();
  wait_for (&told);
  fail_unless (took > WAITED_LONG || late == 0,
      "%u messages came after NULL, which took %d us", late, (gint) took);
}

/* Given a thread that is just linking what plays the video, when the application
 * sets NULL, then nothing lives on. */
SCENE_TEST (test_null_within_a_link)
{
  GstBinClass *klass = GST_BIN_GET_CLASS (scene->src);

  handle_message = klass->handle_message;
  klass->handle_message = before_handling;
  holds_inside = is_link;
  play_until_held ();
  stop ();
  /* whoever was held up goes on; scene_free waits for the end of the element */
}

/* The first pad, which is being added while NULL comes. */
typedef struct
{
  GstElement *before;           /* what sends into the pad */
  gboolean gone;
  GstState state;               /* of before, at the end of the pad */
} LatePad;

static void
note_end (gpointer data, GObject * pad)
{
  LatePad *late_pad = data;

  g_mutex_lock (&lock);
  late_pad->state = GST_STATE (late_pad->before);
  late_pad->gone = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

/* A handler that ends after NULL has begun. */
static void
take_long (GstElement * src, GstPad * pad, LatePad * late_pad)
{
  g_autoptr (GstPad) target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));

  if (late_pad->before)
    return;
  late_pad->before = gst_pad_get_parent_element (target);
  g_object_weak_ref (G_OBJECT (pad), note_end, late_pad);
  g_mutex_lock (&lock);
  hold_up ();
  g_mutex_unlock (&lock);
}

/* Given a handler of pad-added that is under way, when the application sets
 * NULL, then the pad is there for as long as something may send into it. */
SCENE_TEST (test_null_within_pad_added)
{
  LatePad late_pad = { 0 };

  g_signal_connect (scene->src, "pad-added", G_CALLBACK (take_long), &late_pad);
  play_until_held ();
  stop ();
  wait_for (&late_pad.gone);
  fail_unless_equals_int (late_pad.state, GST_STATE_NULL);
  gst_object_unref (late_pad.before);
}

static void
set_null (GstElement * src, GstPad * pad, gpointer data)
{
  g_mutex_lock (&lock);
  held = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
  stop ();
}

/* Given a handler of pad-added that sets NULL, then no pad is left when that
 * returns: the application may drop the pipeline at once. */
SCENE_TEST (test_null_from_pad_added)
{
  g_signal_connect (scene->src, "pad-added", G_CALLBACK (set_null), NULL);
  play_until_held ();
  wait_for (&stopped);
  fail_unless_equals_int (left, 0);
}

static void
wait_for_null (GstElement * src, GstPad * pad, gpointer data)
{
  g_mutex_lock (&lock);
  held = TRUE;
  g_cond_broadcast (&cond);
  while (!stopped)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
}

/* Given a handler of pad-added that waits for whoever sets NULL, which another
 * NULL in it does, then the same. */
SCENE_TEST (test_null_during_pad_added)
{
  g_signal_connect (scene->src, "pad-added", G_CALLBACK (wait_for_null), NULL);
  play_until_held ();
  stop ();
  fail_unless_equals_int (left, 0);
}

static Suite *
late_suite (void)
{
  Suite *suite = suite_create ("late");
  TCase *tcase = tcase_create ("late");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_end_of_the_state_change, 0, 10);
  tcase_add_test (tcase, test_null_within_a_link);
  tcase_add_loop_test (tcase, test_null_within_pad_added, 0, 10);
  tcase_add_test (tcase, test_null_from_pad_added);
  tcase_add_test (tcase, test_null_during_pad_added);
  return suite;
}

GST_CHECK_MAIN (late);
