/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "veosimclip.h"

G_BEGIN_DECLS

/*
 * veosim: a stand-in for the video service, in the process or behind the
 * program veo-sim.
 *
 * A VeoSim is a real HTTP server on loopback with a thread and a main context
 * of its own. Every function here may be called from any thread. Nothing blocks
 * except the functions called ..._wait_..., veo_sim_set_refusing(),
 * veo_sim_drop_connections() (until the server's thread has done it) and
 * veo_sim_free().
 *
 *   g_autoptr (VeoSim) sim = veo_sim_new (NULL, NULL);
 *   veo_sim_set_clip (sim, bytes, "video/mp4");
 *   veo_sim_add_task (sim, "video_1", "queued");
 *   g_object_set (src, "base-url", veo_sim_get_url (sim), NULL);
 *   ...
 *   veo_sim_wait_requests (sim, "GET", "/v1/videos/video_1", 2, 5000);
 *   veo_sim_task_complete (sim, "video_1");
 *
 * Routes (behind `prefix`, if one is set):
 *   POST   /v1/videos               JSON or a multipart form: makes a task and renders its video
 *   GET    /v1/videos/ID            its status
 *   GET    /v1/videos/ID/content    its video (also HEAD), once it is completed
 *   DELETE /v1/videos/ID
 *   GET    /files/TOKEN.mp4?Expires=..&Signature=..   a signed link (also HEAD), without a key
 */

typedef struct _VeoSim VeoSim;

/* What a server is made with. Zero and NULL are the defaults. */
typedef struct
{
  const gchar *address;         /* 127.0.0.1 */
  guint16 port;                 /* any */
  const gchar *api_key;         /* NULL: no key is asked for */
  const gchar *prefix;          /* "/relay": all routes, signed links too, live below it */
  const gchar *files_address;   /* a second origin for signed links, e.g. "127.0.0.2", on a port of its own */
  const gchar *certificate_file;        /* PEM: speak TLS on every address */
  const gchar *key_file;        /* PEM; NULL: it is in certificate_file */
  GTlsCertificate *certificate; /* instead of the files */
} VeoSimOptions;

VeoSim *veo_sim_new (const VeoSimOptions * options, GError ** error);
void veo_sim_free (VeoSim * sim);       /* closes everything, joins the thread */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VeoSim, veo_sim_free)

/* "http://127.0.0.1:PORT" with the prefix, no slash at the end; owned by sim */
const gchar *veo_sim_get_url (VeoSim * sim);
const gchar *veo_sim_get_files_url (VeoSim * sim);      /* the origin of signed links */
guint16 veo_sim_get_port (VeoSim * sim);

/* From now on this key is asked for; NULL: none */
void veo_sim_set_api_key (VeoSim * sim, const gchar * api_key);

/* Each request as it arrives, in the server's thread; for the program's log */
typedef void (*VeoSimLogFunc) (const gchar * line, gpointer user_data);
void veo_sim_set_log_func (VeoSim * sim, VeoSimLogFunc func, gpointer user_data);

/* --- Tasks ------------------------------------------------------------- */

typedef enum
{
  VEO_SIM_LINK_NONE,            /* video_url stays empty, as on the stock relay */
  VEO_SIM_LINK_CONTENT,         /* the content address of this server */
  VEO_SIM_LINK_SIGNED,          /* a signed link, new whenever the last one has expired */
} VeoSimLink;

/* A task with this status word, progress 0, 8 s, 720x1280, without a link. An
 * id that is there already starts again, with its scripts and log untouched. */
void veo_sim_add_task (VeoSim * sim, const gchar * id, const gchar * status);
void veo_sim_remove_task (VeoSim * sim, const gchar * id);
gboolean veo_sim_has_task (VeoSim * sim, const gchar * id);

void veo_sim_task_set_status (VeoSim * sim, const gchar * id, const gchar * status);
void veo_sim_task_set_progress (VeoSim * sim, const gchar * id, gint progress);
void veo_sim_task_set_error (VeoSim * sim, const gchar * id, const gchar * message, const gchar * code);
void veo_sim_task_set_link_kind (VeoSim * sim, const gchar * id, VeoSimLink kind);
void veo_sim_task_set_link (VeoSim * sim, const gchar * id, const gchar * url); /* as it is */
void veo_sim_task_set_details (VeoSim * sim, const gchar * id, const gchar * model, const gchar * prompt, guint seconds, const gchar * size);    /* NULL, 0: as it was */
void veo_sim_task_set_times (VeoSim * sim, const gchar * id, gint64 created_at, gint64 expires_at);      /* Unix seconds */
void veo_sim_task_complete (VeoSim * sim, const gchar * id);    /* completed, 100, completed_at now */
void veo_sim_task_fail (VeoSim * sim, const gchar * id, const gchar * message, const gchar * code);

/* The course by the clock: queued, processing with a progress, completed after
 * duration_ms (or when its video is rendered, if that takes longer) */
void veo_sim_task_run (VeoSim * sim, const gchar * id, guint duration_ms);
/* The same, but with this status word (failed, cancelled, ...) and message at the end */
void veo_sim_task_run_to (VeoSim * sim, const gchar * id, guint duration_ms, const gchar * last_status, const gchar * message);

/* Start rendering a video for it in a thread of the server, from its details
 * and `options` (or NULL); its size, seconds and prompt win. */
void veo_sim_task_render (VeoSim * sim, const gchar * id, const VeoSimClipOptions * options);

/* The status answer it would give now, for tests that alter it. Free with g_free(). */
gchar *veo_sim_task_to_json (VeoSim * sim, const gchar * id);

/* --- Videos ------------------------------------------------------------ */

/* What tasks without a video of their own deliver */
void veo_sim_set_clip (VeoSim * sim, GBytes * clip, const gchar * content_type);
/* The video of one task; content_type NULL is video/mp4 */
void veo_sim_task_set_clip (VeoSim * sim, const gchar * id, GBytes * clip, const gchar * content_type);
/* A file at a path of its own ("/clip.mp4"): no key is asked for. The path is
 * then a target for veo_sim_set_transfer(), veo_sim_script_content(). */
void veo_sim_add_file (VeoSim * sim, const gchar * path, GBytes * bytes, const gchar * content_type);

typedef enum
{
  VEO_SIM_RANGE_HONOURED,       /* 206, 416, If-Range */
  VEO_SIM_RANGE_ABSENT,         /* no Accept-Ranges, 200 and all of it */
  VEO_SIM_RANGE_IGNORED,        /* a lie: Accept-Ranges: bytes, but 200 and all of it */
  VEO_SIM_RANGE_WRONG,          /* 206, but from byte 0 wherever it should begin; Content-Range says so */
} VeoSimRange;

typedef enum
{
  VEO_SIM_CUT_CLOSE,            /* FIN in the middle of the announced length, or without the last chunk */
  VEO_SIM_CUT_RESET,            /* RST */
} VeoSimCut;

#define VEO_SIM_FOR_EVER G_MAXUINT

/* How the bytes of a video go out. Zero is a good server: Range, HEAD, ETag,
 * Last-Modified, Content-Length. */
typedef struct
{
  VeoSimRange range;
  gboolean chunked;             /* no Content-Length; Content-Range has the total unless no_total */
  gboolean no_total;            /* "bytes 5-99/" followed by a star */
  gboolean no_head;             /* HEAD answers 404 */
  guint rate;                   /* bytes a second; 0: as fast as it goes */

  guint64 cut_every;            /* each transfer ends after this many body bytes; 0: never */
  guint cut_times;              /* ... but only this often; 0: each time */
  const guint64 *cut_at;        /* offsets in the file: a transfer that gets there ends there, once each */
  guint n_cut_at;
  VeoSimCut cut_how;
  guint cut_refuse_ms;          /* after a cut new connections are refused for so long */

  guint64 stall_after;          /* after this many body bytes nothing more comes ... */
  guint stall_ms;               /* ... for so long; VEO_SIM_FOR_EVER; 0: no stall */
  guint stall_times;            /* ... in so many transfers; 0: in each */

  const gchar *content_type;    /* instead of the clip's; "" : none */
  const gchar *etag;            /* with its quotes; NULL: one made from the bytes; "": none */
  const gchar *last_modified;   /* NULL: a date; "": none */

  guint other_from;             /* from this transfer on (1 is the first) it is another file; 0: never */
  const gchar *other_etag;      /* NULL: as above */
  const gchar *other_last_modified;
  GBytes *other_clip;

  guint expires_requests;       /* a signed link answers 403 after so many GETs; 0: no limit */
  guint64 expires_bytes;        /* ... after so many bytes, in the middle of one if need be */
  guint expires_ms;             /* ... so long after it was first told */
  gboolean expires_at_once;     /* ... from the beginning */
  guint expires_links;          /* only the first so many links of a video expire; 0: all */
  guint expired_status;         /* instead of 403 */
} VeoSimTransfer;

/* target: a task's id or a path of veo_sim_add_file(); NULL: all that have none
 * of their own. Everything is copied. Counts (cut_times, cut_at, ...) start anew. */
void veo_sim_set_transfer (VeoSim * sim, const gchar * target, const VeoSimTransfer * transfer);

/* The signed links of a task that were told so far answer 403 from now on */
void veo_sim_expire_links (VeoSim * sim, const gchar * id);
/* A signed link as a poll would tell it now. Free with g_free(). */
gchar *veo_sim_task_get_signed_link (VeoSim * sim, const gchar * id);
/* Stalls (and answers that would never come) that are being held go on */
void veo_sim_release (VeoSim * sim);

/* --- Scripts ----------------------------------------------------------- */

typedef enum
{
  VEO_SIM_BREAK_NONE,
  VEO_SIM_BREAK_CLOSE,          /* the connection is closed (FIN) in place of an answer */
  VEO_SIM_BREAK_RESET,          /* the same with RST */
  VEO_SIM_BREAK_SILENCE,        /* no answer, the connection stays; veo_sim_release() closes it */
  VEO_SIM_BREAK_CUT,            /* the head and break_at bytes of the body (0: half of it), then FIN */
  VEO_SIM_BREAK_CUT_RESET,      /* the same, then RST */
  VEO_SIM_BREAK_STALL,          /* the head and break_at bytes of the body (0: half of it), then nothing */
} VeoSimBreak;

/* One scripted answer. Zero is "what the service would answer now". */
typedef struct
{
  guint times;                  /* it serves so many requests; 0 is 1; the last answer of a script serves all that follow */
  guint delay_ms;               /* before the answer begins */
  guint status;                 /* 0: the service's own answer (delay_ms, headers, brk, rate still apply) */
  const gchar *headers;         /* "Name: value" lines, with \n between; they replace ours of the same name */
  const gchar *body;            /* NULL: empty; JSON unless headers has a Content-Type */
  gsize length;                 /* 0: strlen (body) */
  guint64 repeat;               /* the body so many times in a row; 0 is 1; G_MAXUINT64: it never ends */
  gboolean chunked;
  guint rate;                   /* bytes a second */
  VeoSimBreak brk;
  guint64 break_at;
} VeoSimAnswer;

/* The next answer to GET /v1/videos/ID (the task need not exist) */
void veo_sim_script_status (VeoSim * sim, const gchar * id, const VeoSimAnswer * answer);
/* The next answer when the video is fetched by whatever address. target as in veo_sim_set_transfer() */
void veo_sim_script_content (VeoSim * sim, const gchar * target, const VeoSimAnswer * answer);
/* The next answer to any method on this raw path (without the prefix); it needs no key.
 * It wins over the other two. */
void veo_sim_script_path (VeoSim * sim, const gchar * path, const VeoSimAnswer * answer);
/* Shorthand: status and body, for ever or until the next one is added */
void veo_sim_script_body (VeoSim * sim, const gchar * id, guint status, const gchar * body);
/* Forget all scripts for this id, target or path; NULL: all there are */
void veo_sim_clear_script (VeoSim * sim, const gchar * target);

/* A JSON script as docs/veo-sim.md describes it */
gboolean veo_sim_load_script (VeoSim * sim, const gchar * path, GError ** error);
gboolean veo_sim_load_script_data (VeoSim * sim, const gchar * json, GError ** error);

/* What POST /v1/videos gives its tasks: all of it NULL or 0 by default */
typedef struct
{
  guint duration_ms;
  VeoSimLink link;
  const gchar *last_status;     /* NULL: completed */
  const gchar *message;         /* the reason, when last_status is no success */
  VeoSimClipOptions clip;       /* codec, index, silent, ...; size, seconds and prompt come with the request if it names them */
} VeoSimNewTask;

void veo_sim_set_new_task (VeoSim * sim, const VeoSimNewTask * settings);

/* --- Connections ------------------------------------------------------- */

/* While TRUE the ports are closed: connections are refused. Open ones live on. */
void veo_sim_set_refusing (VeoSim * sim, gboolean refusing);
/* Closes every open connection, idle or not */
void veo_sim_drop_connections (VeoSim * sim);

typedef struct
{
  guint open;
  guint max_open;               /* the most that were open at once */
  guint accepted;
  guint64 bytes;                /* body bytes of all answers handed to the kernel */
  guint64 content_bytes;        /* those of videos */
} VeoSimTraffic;

void veo_sim_get_traffic (VeoSim * sim, VeoSimTraffic * traffic);
/* Both return FALSE when it did not come true in time */
gboolean veo_sim_wait_connections (VeoSim * sim, guint open, guint timeout_ms);        /* exactly so many are open */
gboolean veo_sim_wait_content_bytes (VeoSim * sim, guint64 bytes, guint timeout_ms);   /* at least so many in all */

/* --- What arrived ------------------------------------------------------ */

/* One request, logged when its head and body are in */
typedef struct
{
  gchar *method;
  gchar *path;                  /* raw, as sent, without the query */
  gboolean has_query;
  gchar *authorization;         /* NULL: none; the same for the next ones */
  gchar *proxy_authorization;   /* what was for a proxy and came here */
  gchar *range;
  gchar *if_range;
  gchar *user_agent;
  gchar *host;
  gchar *accept;
  guint16 local_port;
  guint16 remote_port;
  guint connection;             /* 1 is the first one accepted */
  gint64 time;                  /* g_get_monotonic_time() */
  guint status;                 /* 0: not answered (yet) */
  guint64 bytes;                /* body bytes sent so far */
} VeoSimRequest;

void veo_sim_request_clear (VeoSimRequest * request);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VeoSimRequest, veo_sim_request_clear)

/* method and path_prefix may be NULL: any. path_prefix is compared with the raw path. */
guint veo_sim_count_requests (VeoSim * sim, const gchar * method, const gchar * path_prefix);
/* Until at least n have arrived since the start or the last veo_sim_clear_log() */
gboolean veo_sim_wait_requests (VeoSim * sim, const gchar * method, const gchar * path_prefix, guint n, guint timeout_ms);
/* The i-th (0 is the first) of those; a copy to clear. FALSE when there is none. */
gboolean veo_sim_get_request (VeoSim * sim, const gchar * method, const gchar * path_prefix, guint i, VeoSimRequest * request);
void veo_sim_clear_log (VeoSim * sim);

G_END_DECLS
