/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveoothers.h"
#include "gstveoparts.h"

/* Adding runs application code (pad-added, state messages), so no lock is held
 * meanwhile. What is being added while the parts are closed is taken away
 * again by the thread that adds it, everything else by take_down. */

/* How long take_down waits for a pad-added that is under way: an application
 * may drop its pipeline after NULL. A handler may also wait for the caller, so
 * there is a limit. */
#define ADDING_PATIENCE (40 * G_TIME_SPAN_MILLISECOND)

typedef struct
{
  GstPad *pad;
  gulong probe;
} Block;

struct _GstVeoParts
{
  gint refcount;
  GstBin *bin;
  GMutex lock;
  GCond added;
  gboolean closed;
  GThread *adder;               /* of a pad just now, or NULL */
  GstPad *added_pad;            /* that pad, borrowed; NULL when it is taken away */
  GPtrArray *elements;
  GPtrArray *pads;
  GPtrArray *late;              /* pads that came too late, until taken_down */
  gboolean taken_down;
  GArray *blocks;
};

GstVeoParts *
gst_veo_parts_new (GstBin * bin)
{
  GstVeoParts *parts = g_new0 (GstVeoParts, 1);

  parts->refcount = 1;
  parts->bin = bin;
  g_mutex_init (&parts->lock);
  g_cond_init (&parts->added);
  parts->elements = g_ptr_array_new_with_free_func (gst_object_unref);
  parts->pads = g_ptr_array_new_with_free_func (gst_object_unref);
  parts->late = g_ptr_array_new_with_free_func (gst_object_unref);
  parts->blocks = g_array_new (FALSE, FALSE, sizeof (Block));
  return parts;
}

GstVeoParts *
gst_veo_parts_ref (GstVeoParts * parts)
{
  g_atomic_int_inc (&parts->refcount);
  return parts;
}

void
gst_veo_parts_unref (GstVeoParts * parts)
{
  if (!g_atomic_int_dec_and_test (&parts->refcount))
    return;
  gst_veo_parts_unblock_pads (parts);
  g_array_unref (parts->blocks);
  g_ptr_array_unref (parts->elements);
  g_ptr_array_unref (parts->pads);
  g_ptr_array_unref (parts->late);
  g_mutex_clear (&parts->lock);
  g_cond_clear (&parts->added);
  g_free (parts);
}

gboolean
gst_veo_parts_are_closed (GstVeoParts * parts)
{
  gboolean closed;

  g_mutex_lock (&parts->lock);
  closed = parts->closed;
  g_mutex_unlock (&parts->lock);
  return closed;
}

/* Puts object under take_down's care, unless the parts are closed. */
static gboolean
hand_in (GstVeoParts * parts, GPtrArray * objects, gpointer object)
{
  gboolean open;

  g_mutex_lock (&parts->lock);
  open = !parts->closed;
  if (open)
    g_ptr_array_add (objects, gst_object_ref (object));
  g_mutex_unlock (&parts->lock);
  return open;
}

static void
remove_element (GstVeoParts * parts, GstElement * element)
{
  gst_element_set_locked_state (element, TRUE);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_bin_remove (parts->bin, element);
}

static void
remove_pad (GstVeoParts * parts, GstPad * pad)
{
  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (GST_ELEMENT (parts->bin), pad);
}

gboolean
gst_veo_parts_add_element (GstVeoParts * parts, GstElement * element)
{
  if (gst_veo_parts_are_closed (parts))
    return FALSE;
  gst_bin_add (parts->bin, element);
  if (hand_in (parts, parts->elements, element))
    return TRUE;
  remove_element (parts, element);
  return FALSE;
}

gboolean
gst_veo_parts_link (GstElement * from, GstElement * to)
{
  g_autoptr (GstPad) src = gst_element_get_static_pad (from, "src");
  g_autoptr (GstPad) sink = gst_element_get_static_pad (to, "sink");

  return GST_PAD_LINK_SUCCESSFUL (gst_pad_link (src, sink));
}

gboolean
gst_veo_parts_start_element (GstVeoParts * parts, GstElement * element)
{
  gboolean started = gst_element_sync_state_with_parent (element);

  if (!gst_veo_parts_are_closed (parts))
    return started;
  /* the bin may have gone down before the element came up */
  gst_element_set_locked_state (element, TRUE);
  gst_element_set_state (element, GST_STATE_NULL);
  return FALSE;
}

static gboolean
begin_adding (GstVeoParts * parts, GstPad * pad)
{
  gboolean open;

  g_mutex_lock (&parts->lock);
  open = !parts->closed;
  if (open) {
    parts->adder = g_thread_self ();
    parts->added_pad = pad;
  }
  g_mutex_unlock (&parts->lock);
  return open;
}

static void
end_adding (GstVeoParts * parts)
{
  g_mutex_lock (&parts->lock);
  parts->adder = NULL;
  parts->added_pad = NULL;
  g_cond_broadcast (&parts->added);
  g_mutex_unlock (&parts->lock);
}

/* After close, so that no other begins. From within pad-added it is not waited
 * for. */
static void
wait_for_adding (GstVeoParts * parts)
{
  gint64 limit = g_get_monotonic_time () + ADDING_PATIENCE;

  g_mutex_lock (&parts->lock);
  gst_veo_others_wait (&parts->adder, &parts->added, &parts->lock, limit);
  g_mutex_unlock (&parts->lock);
}

/* A decoder that still runs may be in the pad just now, and GStreamer holds
 * no reference meanwhile: the pad lives until the elements are stopped. Not
 * longer, for its probes may hold the parts. */
static void
keep_until_taken_down (GstVeoParts * parts, GstPad * pad)
{
  g_mutex_lock (&parts->lock);
  if (!parts->taken_down)
    g_ptr_array_add (parts->late, gst_object_ref (pad));
  g_mutex_unlock (&parts->lock);
}

/* By the thread that adds it: after pad-added, or within it, when a handler sets
 * NULL. Were it taken away only when the handler has returned, the application
 * might have dropped its pipeline by then: GstBin, on its way out, would keep
 * the message of the unlinking, and with it the element. */
static void
take_added_pad_away (GstVeoParts * parts)
{
  GstPad *pad = NULL;

  g_mutex_lock (&parts->lock);
  if (parts->adder == g_thread_self ())
    pad = g_steal_pointer (&parts->added_pad);
  g_mutex_unlock (&parts->lock);
  if (!pad)
    return;
  keep_until_taken_down (parts, pad);
  remove_pad (parts, pad);
}

gboolean
gst_veo_parts_add_pad (GstVeoParts * parts, GstPad * pad)
{
  g_autoptr (GstPad) held G_GNUC_UNUSED = gst_object_ref_sink (pad);
  gboolean added;

  if (!begin_adding (parts, pad)) {
    keep_until_taken_down (parts, pad);
    return FALSE;
  }
  gst_element_add_pad (GST_ELEMENT (parts->bin), pad);
  added = hand_in (parts, parts->pads, pad);
  if (!added)
    take_added_pad_away (parts);
  end_adding (parts);
  return added;
}

static GstPadProbeReturn
hold (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  return GST_PAD_PROBE_OK;
}

void
gst_veo_parts_block_pad (GstVeoParts * parts, GstPad * pad)
{
  Block block = { gst_object_ref (pad), 0 };

  g_mutex_lock (&parts->lock);
  if (parts->closed) {
    gst_object_unref (pad);
  } else {
    block.probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM,
        hold, NULL, NULL);
    g_array_append_val (parts->blocks, block);
  }
  g_mutex_unlock (&parts->lock);
}

void
gst_veo_parts_unblock_pads (GstVeoParts * parts)
{
  GArray *blocks;

  g_mutex_lock (&parts->lock);
  blocks = parts->blocks;
  parts->blocks = g_array_new (FALSE, FALSE, sizeof (Block));
  g_mutex_unlock (&parts->lock);
  for (guint i = 0; i < blocks->len; i++) {
    Block *block = &g_array_index (blocks, Block, i);

    gst_pad_remove_probe (block->pad, block->probe);
    gst_object_unref (block->pad);
  }
  g_array_unref (blocks);
}

void
gst_veo_parts_close (GstVeoParts * parts)
{
  g_mutex_lock (&parts->lock);
  parts->closed = TRUE;
  g_mutex_unlock (&parts->lock);
  gst_veo_parts_unblock_pads (parts);
}

/* A state change of the bin wants to know which links are just being made. But
 * GstBin keeps the message until that of the link's end comes, and an element that
 * is taken away in between has no bus to post it on: after NULL, which throws
 * away what is kept, the bin would hold it for ever. */
void
gst_veo_parts_tell_link (GstVeoParts * parts, GstMessage * message)
{
  GstBinClass *klass = g_type_class_peek (GST_TYPE_BIN);

  g_mutex_lock (&parts->lock);
  if (parts->taken_down)
    gst_message_unref (message);
  else
    klass->handle_message (parts->bin, message);
  g_mutex_unlock (&parts->lock);
}

static GPtrArray *
steal (GstVeoParts * parts, GPtrArray ** objects)
{
  GPtrArray *stolen;

  g_mutex_lock (&parts->lock);
  stolen = *objects;
  *objects = g_ptr_array_new_with_free_func (gst_object_unref);
  g_mutex_unlock (&parts->lock);
  return stolen;
}

void
gst_veo_parts_take_down (GstVeoParts * parts)
{
  g_autoptr (GPtrArray) pads = NULL;
  g_autoptr (GPtrArray) elements = NULL;

  wait_for_adding (parts);
  take_added_pad_away (parts);
  pads = steal (parts, &parts->pads);
  elements = steal (parts, &parts->elements);
  for (guint i = 0; i < pads->len; i++)
    remove_pad (parts, g_ptr_array_index (pads, i));
  for (guint i = 0; i < elements->len; i++)
    remove_element (parts, g_ptr_array_index (elements, i));
  g_mutex_lock (&parts->lock);
  parts->taken_down = TRUE;
  g_mutex_unlock (&parts->lock);
  g_ptr_array_unref (steal (parts, &parts->late));
}
