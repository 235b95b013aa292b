/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stage of a test of the element: a real service, a real pipeline, and an
 * audience that remembers all it was told. */
#pragma once

#include <gst/check/gstcheck.h>
#include "veosim.h"

G_BEGIN_DECLS

#define SCENE_TASK "video_test"
#define SCENE_KEY "sk-scene-0123456789"
/* How long a test waits for something that must happen; a limit, never a pause. */
#define SCENE_PATIENCE (30 * GST_SECOND)

/* A sink that an exposed pad was linked to. */
typedef struct
{
  gchar *pad;                   /* name of veosrc's pad */
  gchar *caps;                  /* media type when it was added, or NULL */
  guint buffers;
  guint64 bytes;
  GstClockTime first_pts;
  GstClockTime last_end;        /* end of the last buffer */
  GstClockTime first_running;   /* running time of the first buffer */
  GChecksum *checksum;          /* of all bytes */
  guint eos;
  GstElement *branch;           /* private, borrowed */
} SceneSink;

typedef struct
{
  VeoSim *sim;
  GstElement *pipeline;
  GstElement *src;
  GstBus *bus;
  GPtrArray *messages;          /* all that were taken from the bus, in order */
  GMutex lock;
  GPtrArray *sinks;             /* SceneSink, in the order of pad-added */
  guint no_more_pads;
  gboolean link_audio;          /* default TRUE */
  gboolean link_video;          /* default TRUE */
  gboolean sync;                /* sinks play in real time; default FALSE */
  const gchar *video_filter;    /* description of what stands before the video sink */
  const gchar *audio_filter;
  gboolean others_leak;         /* what the test uses besides does; default FALSE */
} Scene;

/* A service that has SCENE_TASK, queued, and wants SCENE_KEY; a pipeline with
 * a veosrc that asks for it quickly and links every pad to a sink. */
Scene *scene_new (void);
/* Fails when the element lives on or, after the last scene of a test, anything
 * else of GStreamer's does. */
void scene_free (Scene * scene);
/* Another service, whose signed links are at another origin, and which tells
 * such a link; before anything runs. */
void scene_use_two_origins (Scene * scene, const gchar * files_address);

/* A short clip, made once per process: 2 s of 160x120 at 24 frames, with and
 * without sound. (transfer none) */
GBytes *scene_get_clip (void);
GBytes *scene_get_silent_clip (void);
/* The same bytes as a file. (transfer full) */
gchar *scene_write_file (GBytes * bytes, const gchar * name);

void scene_set_state (Scene * scene, GstState state);
/* The next message of one of types, after all that was taken before; fails
 * the test when none comes. (transfer none) */
GstMessage *scene_wait_message (Scene * scene, GstMessageType types);
/* Like it, for EOS; an ERROR fails the test with its text. */
void scene_wait_eos (Scene * scene);
/* Waits for the ERROR, which must be this one and from veosrc; then takes the
 * messages that are left. (transfer none) */
GstMessage *scene_wait_error (Scene * scene, GQuark domain, gint code);
/* Takes what is on the bus by now. */
void scene_drain (Scene * scene);
/* Waits until PROGRESS of this type has come. (transfer none) */
GstMessage *scene_wait_progress (Scene * scene, GstProgressType type);
/* Waits for a property of veosrc of type int or enum. */
void scene_wait_property (Scene * scene, const gchar * name, gint value);

/* Among what was taken so far. */
guint scene_count_messages (Scene * scene, GstMessageType types);
guint scene_count_progress (Scene * scene, GstProgressType type);
/* Types of the PROGRESS messages in their order, such as "start continue complete"; (transfer full) */
gchar *scene_list_progress (Scene * scene);
/* The text of the ERROR; (transfer full) */
gchar *scene_get_error_text (Scene * scene);
/* All texts of all messages, for searches after secrets; (transfer full) */
gchar *scene_dump_messages (Scene * scene);
/* (transfer none), NULL when there is none */
SceneSink *scene_get_sink (Scene * scene, const gchar * pad);
/* Whole run: PLAYING, EOS, NULL. */
void scene_play (Scene * scene);
/* What a field of "stats" says. */
guint64 scene_get_stat (Scene * scene, const gchar * field);

/* Frames of a file decoded by GStreamer alone, through the same filter: the
 * checksum of its bytes. (transfer full) */
gchar *scene_decode_file (const gchar * path, const gchar * filter,
    guint * buffers);

/* A test with a scene of its own, in the file's variable "scene". It is
 * struck within the test: GstCheck waits for all streaming threads before it
 * calls a fixture's teardown. */
#define SCENE_TEST(name) \
  static void name##_play (int __i__); \
  GST_START_TEST (name) \
  { \
    scene = scene_new (); \
    name##_play (__i__); \
    scene_free (scene); \
  } \
  GST_END_TEST; \
  static void name##_play (int __i__)

#define SCENE_GRAY "videoconvert ! video/x-raw,format=GRAY8"

G_END_DECLS
