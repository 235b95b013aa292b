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

/* A pad that comes too late, and what would send into it. */
static struct
{
  GstElement *before;
  gboolean gone;
  GstState state;               /* of before, at the end of the pad */
} late_pad;

/* What takes the place of a class's own function for a test */
typedef struct
{
  GstBinClass *klass;
  void (*handle_message) (GstBin * bin, GstMessage * message);
} Replaced;

static Replaced in_src, in_bin;

static void
replace (Replaced * replaced, gpointer klass,
    void (*handle_message) (GstBin * bin, GstMessage * message))
{
  replaced->klass = klass;
  replaced->handle_message = replaced->klass->handle_message;
  replaced->klass->handle_message = handle_message;
}

static void
put_back (Replaced * replaced)
{
  if (replaced->klass)
    replaced->klass->handle_message = replaced->handle_message;
  replaced->klass = NULL;
}

static void
put_all_back (void)
{
  put_back (&in_src);
  put_back (&in_bin);
}

/* A tracer is told of a message before the bus is. */
typedef GstTracer HeldTracer;
typedef GstTracerClass HeldTracerClass;
static GType held_tracer_get_type (void);
G_DEFINE_TYPE (HeldTracer, held_tracer, GST_TYPE_TRACER);

static GMutex lock;
static GCond cond;
static GstTracer *tracer;
/* What is held up on its way to the bus. NULL: nothing any more */
static gboolean (*holds) (GstMessage * message);
static gboolean held;
static gboolean handled;        /* what was held up inside */
static gboolean told;           /* the end of READY to PAUSED */
static gboolean stopped;        /* NULL has returned */
static guint late;              /* messages after that */
static guint left;              /* pads of veosrc when NULL had returned */
static gint links[2];           /* messages of links made, and of such that begin */

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

/* The system takes the thread away, until NULL has returned or a time has come.
 * Called with the lock. */
static void
hold_up (gint64 until)
{
  held = TRUE;
  g_cond_broadcast (&cond);
  while (!stopped && g_cond_wait_until (&cond, &lock, until));
}

static void
before_post (GObject * self, guint64 timestamp, GstElement * element,
    GstMessage * message)
{
  g_mutex_lock (&lock);
  if (holds && holds (message)) {
    holds = NULL;
    hold_up (g_get_monotonic_time () + HELD_UP);
  }
  g_mutex_unlock (&lock);
}

/* In place of veosrc's own */
static void
handle_late (GstBin * bin, GstMessage * message)
{
  gboolean is_late;

  g_mutex_lock (&lock);
  is_late = !held && is_link (message);
  if (is_late)
    hold_up (G_MAXINT64);
  g_mutex_unlock (&lock);
  in_src.handle_message (bin, message);
  if (!is_late)
    return;
  g_mutex_lock (&lock);
  handled = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
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

static void
tell_held (void)
{
  g_mutex_lock (&lock);
  held = TRUE;
  g_cond_broadcast (&cond);
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
  stopped = held = handled = told = FALSE;
  late = 0;
  memset (&late_pad, 0, sizeof (late_pad));
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
 * sets NULL, then veosrc keeps nothing of what the thread tells it afterwards. */
SCENE_TEST (test_null_within_a_link)
{
  replace (&in_src, GST_BIN_GET_CLASS (scene->src), handle_late);
  play_until_held ();
  stop ();
  wait_for (&handled);
  GST_OBJECT_LOCK (scene->src);
  fail_unless (GST_BIN (scene->src)->messages == NULL);
  GST_OBJECT_UNLOCK (scene->src);
}

static void
count_links (GstBin * bin, GstMessage * message)
{
  gboolean busy;

  if (bin == GST_BIN (scene->src)
      && GST_MESSAGE_TYPE (message) == GST_MESSAGE_STRUCTURE_CHANGE) {
    gst_message_parse_structure_change (message, NULL, NULL, &busy);
    g_atomic_int_inc (&links[busy]);
  }
  in_bin.handle_message (bin, message);
}

/* Given a run, then GstBin is told of each link within veosrc that is made or
 * undone: it leaves them out of its changes of state for so long. */
SCENE_TEST (test_links_are_told)
{
  links[TRUE] = links[FALSE] = 0;
  replace (&in_bin, g_type_class_peek (GST_TYPE_BIN), count_links);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless (g_atomic_int_get (&links[TRUE]) >= 5);
  fail_unless_equals_int (links[FALSE], links[TRUE]);
}

static void
note_end (gpointer data, GObject * pad)
{
  g_mutex_lock (&lock);
  late_pad.state = GST_STATE (late_pad.before);
  late_pad.gone = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

static void
watch_pad (GstPad * pad)
{
  g_autoptr (GstPad) target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));

  late_pad.before = gst_pad_get_parent_element (target);
  g_object_weak_ref (G_OBJECT (pad), note_end, NULL);
}

static void
check_late_pad (void)
{
  wait_for (&late_pad.gone);
  fail_unless_equals_int (late_pad.state, GST_STATE_NULL);
  gst_clear_object (&late_pad.before);
}

/* For a handler of pad-added: until NULL has begun and has told the pads. */
static void
wait_for_null (GstPad * pad)
{
  tell_held ();
  while (gst_pad_is_active (pad))
    g_usleep (100);
}

static void
take_long (GstElement * src, GstPad * pad, gpointer data)
{
  watch_pad (pad);
  wait_for_null (pad);
}

/* Given a handler of pad-added that is under way, when the application sets
 * NULL, then the pad is there for as long as something may send into it. */
SCENE_TEST (test_null_within_pad_added)
{
  g_signal_connect (scene->src, "pad-added", G_CALLBACK (take_long), NULL);
  play_until_held ();
  stop ();
  check_late_pad ();
}

/* The decoder's pad has a ghost pad now. */
static void
watch_peer (GstPad * pad, GstPad * peer, gpointer data)
{
  g_autoptr (GstObject) ghost = gst_object_get_parent (GST_OBJECT (peer));

  if (!GST_IS_GHOST_PAD (ghost) || late_pad.before)
    return;
  watch_pad (GST_PAD (ghost));
  tell_held ();
}

static void
watch_stream (GstElement * decoder, GstPad * pad, gpointer data)
{
  g_signal_connect (pad, "linked", G_CALLBACK (watch_peer), NULL);
}

/* Ends it all when veosrc is about to put the converter behind the decoder */
static void
end_early (GstBin * src, GstElement * element, gpointer data)
{
  const gchar *name = G_OBJECT_TYPE_NAME (element);

  if (g_str_equal (name, "GstDecodeBin"))
    g_signal_connect (element, "pad-added", G_CALLBACK (watch_stream), NULL);
  if (g_str_equal (name, "GstVideoConvert"))
    gst_element_send_event (GST_ELEMENT (src), gst_event_new_eos ());
}

/* Given an ERROR just before a pad would be added, then this is not, and is
 * there for as long as something may send into it. */
SCENE_TEST (test_error_before_the_pad)
{
  g_signal_connect (scene->src, "element-added", G_CALLBACK (end_early), NULL);
  play_until_held ();
  scene_wait_error (scene, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY);
  stop ();
  fail_unless_equals_int (left, 0);
  check_late_pad ();
}

static void
set_null (GstElement * src, GstPad * pad, gpointer data)
{
  tell_held ();
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
set_null_too (GstElement * src, GstPad * pad, gpointer data)
{
  wait_for_null (pad);
  stop ();
}

/* Given such a handler, whose NULL has to wait for that of another thread, then
 * the same. */
SCENE_TEST (test_two_nulls)
{
  g_signal_connect (scene->src, "pad-added", G_CALLBACK (set_null_too), NULL);
  play_until_held ();
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  wait_for (&stopped);
  fail_unless_equals_int (left, 0);
}

static Suite *
late_suite (void)
{
  Suite *suite = suite_create ("late");
  TCase *tcase = tcase_create ("late");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, NULL, put_all_back);
  tcase_add_loop_test (tcase, test_end_of_the_state_change, 0, 10);
  tcase_add_test (tcase, test_null_within_a_link);
  tcase_add_loop_test (tcase, test_null_within_pad_added, 0, 10);
  tcase_add_test (tcase, test_links_are_told);
  tcase_add_test (tcase, test_error_before_the_pad);
  tcase_add_test (tcase, test_null_from_pad_added);
  tcase_add_test (tcase, test_two_nulls);
  return suite;
}

GST_CHECK_MAIN (late);
