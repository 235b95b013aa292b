/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "veosim.h"

G_BEGIN_DECLS

/* The settings of veo_sim_set_transfer() with their own copies; refcounted */
typedef struct
{
  VeoSimTransfer t;
  gboolean *cut_used;           /* one for each of t.cut_at; the sim's lock guards it */
} VeoSimRules;

/* What a content address or a file delivers, and how far its troubles came */
typedef struct
{
  GBytes *clip;                 /* NULL: the sim's */
  gchar *content_type;
  gboolean is_file;             /* added with veo_sim_add_file() */
  VeoSimRules *rules;           /* NULL: the sim's */
  guint transfers;
  guint cuts;
  guint stalls;
  guint links;                  /* signed links told so far */
} VeoSimVideo;

/* A thread that renders the video of one task */
typedef struct
{
  VeoSim *sim;
  gchar *id;
  VeoSimClipOptions options;
  GCancellable *cancellable;
  GThread *thread;
  guint percent;                /* the sim's lock guards this and the next */
  gboolean finished;
  gchar *failure;
} VeoSimRender;

typedef struct
{
  gchar *id;
  gchar *model;
  gchar *prompt;
  guint seconds;
  gchar *size;
  gchar *status;
  gint progress;
  gchar *error_message;
  gchar *error_code;
  VeoSimLink link_kind;
  gchar *link;
  gint64 created_at;
  gint64 completed_at;
  gint64 expires_at;

  gboolean running;             /* veo_sim_task_run(): the clock decides */
  gint64 run_start;
  guint run_ms;
  gchar *last_status;
  gchar *last_message;
  VeoSimRender *render;         /* borrowed from the sim's list */
} VeoSimTask;

/* A signed link that was told to somebody */
typedef struct
{
  gchar *token;
  gchar *query;
  gchar *target;
  gint64 told;
  guint requests;
  guint64 bytes;
  guint number;                 /* 1 is the first one of its target */
  gboolean expired;
} VeoSimSigned;

typedef struct
{
  VeoSimAnswer a;               /* with its own strings */
  GBytes *body;
} VeoSimScripted;

typedef struct
{
  GPtrArray *answers;           /* VeoSimScripted */
  guint next;
  guint served;                 /* requests the current one has served */
} VeoSimScript;

/* One accepted TCP connection; refcounted, holds only the socket, so that the
 * connection object still goes away with its last user */
typedef struct
{
  VeoSim *sim;
  guint number;
  guint16 local_port;
  guint16 remote_port;
  GSocket *socket;
  gboolean tls;
  GSource *idle_watch;          /* the server's thread only */
  gboolean closed;              /* the sim's lock guards it */
} VeoSimConnection;

/* How one answer goes out. Made under the lock, sent without it. */
typedef struct
{
  guint status;
  SoupMessageHeaders *headers;
  GBytes *body;
  guint64 length;               /* of the body; more than body's size repeats it; G_MAXUINT64: no end */
  gboolean head;                /* the answer to HEAD */
  gboolean raw;                 /* headers that libsoup must not touch */
  gboolean chunked;
  guint delay_ms;
  guint rate;
  VeoSimBreak brk;              /* NONE, CLOSE, RESET, SILENCE; the others are the next four */
  guint64 cut_at;               /* G_MAXUINT64: nowhere */
  gboolean cut_reset;
  guint64 stall_at;
  guint stall_ms;
  guint refuse_ms;

  gchar *target;                /* a video's answer: whose */
  VeoSimRules *rules;
  gint cut_index;               /* in rules->t.cut_at, or -1 */
  gchar *token;                 /* it came through this signed link */
} VeoSimReply;

/* One request on its way to its answer, in the server's thread */
typedef struct
{
  VeoSim *sim;
  SoupServerMessage *msg;       /* borrowed; NULL once the connection is stolen */
  VeoSimConnection *connection;
  VeoSimRequest *entry;         /* a reference to the log's */
  VeoSimReply *reply;
  GSource *timer;
  gboolean paused;

  /* after stealing */
  GIOStream *stream;
  GSource *watch;
  GCancellable *cancellable;
  GBytes *block;                /* the body, long enough to be sent in large pieces */
  GBytes *piece;                /* being written */
  guint64 piece_bytes;          /* body bytes in it */
  guint64 pos;
  gboolean writing;
  gboolean holding;             /* until veo_sim_release() */
  gboolean stalled;
  gboolean ended;               /* the last chunk is out */
  gboolean dead;
} VeoSimExchange;

struct _VeoSim
{
  /* set when it is made */
  gchar *url;
  gchar *files_url;
  gchar *prefix;
  guint16 port;
  GTlsCertificate *certificate;
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;

  /* the server's thread only */
  SoupServer *server;
  GSocketAddress *addresses[2];
  GSocketService *services[2];
  GHashTable *exchanges;        /* a set; owns them */
  GSource *refuse_timer;

  /* the lock guards all that follows; cond tells of any change in log and traffic */
  GMutex lock;
  GCond cond;
  gchar *api_key;
  VeoSimLogFunc log_func;
  gpointer log_data;
  GHashTable *tasks;            /* id -> VeoSimTask */
  GHashTable *videos;           /* target -> VeoSimVideo */
  GHashTable *links;            /* token -> VeoSimSigned */
  GHashTable *scripts;          /* "kind:target" -> VeoSimScript */
  GPtrArray *renders;           /* VeoSimRender */
  GBytes *clip;
  gchar *content_type;
  VeoSimRules *rules;
  VeoSimNewTask new_task;
  GPtrArray *log;               /* VeoSimRequest, refcounted */
  GPtrArray *connections;       /* VeoSimConnection that are open */
  VeoSimTraffic traffic;
  guint counter;                /* for tokens and request ids */
};

#define VEO_SIM_LOCKER(sim) G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&(sim)->lock)

/* "..._locked" wants the sim's lock held */

/* veosim.c */
void veo_sim_invoke (VeoSim * sim, GSourceFunc func, gpointer data);
GSource *veo_sim_add_timeout (VeoSim * sim, guint ms, GSourceFunc func, gpointer data);

/* veosimlisten.c */
gboolean veo_sim_listen (VeoSim * sim, GError ** error);
void veo_sim_stop_listening (VeoSim * sim);
void veo_sim_refuse_for (VeoSim * sim, guint ms);
VeoSimConnection *veo_sim_find_connection (SoupServerMessage * msg);
void veo_sim_connection_unref (VeoSimConnection * connection);
void veo_sim_connection_set_idle (VeoSimConnection * connection, gboolean idle);

/* veosimlog.c */
VeoSimRequest *veo_sim_log_request (VeoSim * sim, SoupServerMessage * msg, VeoSimConnection * connection);
void veo_sim_log_status (VeoSim * sim, VeoSimRequest * entry, guint status);
void veo_sim_request_unref (VeoSimRequest * entry);

/* veosimtask.c */
void veo_sim_task_free (VeoSimTask * task);
VeoSimTask *veo_sim_new_task_locked (VeoSim * sim, const gchar * id, const gchar * status);
void veo_sim_task_advance_locked (VeoSim * sim, VeoSimTask * task);
gchar *veo_sim_task_json_locked (VeoSim * sim, VeoSimTask * task);
void veo_sim_start_task_locked (VeoSim * sim, VeoSimTask * task, guint duration_ms, const gchar * last_status, const gchar * message);

/* veosimrender.c */
void veo_sim_render_free (VeoSimRender * render);
void veo_sim_render_locked (VeoSim * sim, VeoSimTask * task, const VeoSimClipOptions * options);
void veo_sim_stop_rendering (VeoSim * sim);

/* veosimlink.c */
void veo_sim_signed_free (VeoSimSigned * link);
gchar *veo_sim_signed_link_locked (VeoSim * sim, const gchar * target);
VeoSimSigned *veo_sim_find_link_locked (VeoSim * sim, const gchar * path);
gboolean veo_sim_link_expired_locked (VeoSim * sim, VeoSimSigned * link);
gboolean veo_sim_link_may_expire (const VeoSimSigned * link, const VeoSimTransfer * t);

/* veosimvideo.c */
VeoSimVideo *veo_sim_get_video_locked (VeoSim * sim, const gchar * target);
void veo_sim_video_free (VeoSimVideo * video);
VeoSimRules *veo_sim_video_rules_locked (VeoSim * sim, const gchar * target);
VeoSimRules *veo_sim_rules_ref (VeoSimRules * rules);
void veo_sim_rules_unref (VeoSimRules * rules);

/* veosimtransfer.c */
VeoSimReply *veo_sim_plan_transfer_locked (VeoSim * sim, const gchar * target, const VeoSimRequest * request, VeoSimSigned * link);
void veo_sim_note_cut_locked (VeoSim * sim, VeoSimReply * reply);
void veo_sim_note_stall_locked (VeoSim * sim, VeoSimReply * reply);

/* veosimanswer.c */
void veo_sim_script_free (VeoSimScript * script);
VeoSimScripted *veo_sim_next_answer_locked (VeoSim * sim, const gchar * kind, const gchar * target);
VeoSimReply *veo_sim_reply_from_answer (VeoSimScripted * answer, gboolean head);
void veo_sim_reply_apply (VeoSimReply * reply, VeoSimScripted * answer);

/* veosimreply.c */
VeoSimReply *veo_sim_reply_new (guint status);
VeoSimReply *veo_sim_reply_new_text (guint status, const gchar * content_type, const gchar * text);
VeoSimReply *veo_sim_reply_new_error (guint status, const gchar * type, const gchar * format, ...) G_GNUC_PRINTF (3, 4);
void veo_sim_reply_set_body (VeoSimReply * reply, GBytes * body);
void veo_sim_reply_free (VeoSimReply * reply);
/* veosimroutes.c */
void veo_sim_handle (SoupServer * server, SoupServerMessage * msg, const char *path, GHashTable * query, gpointer user_data);

/* veosimsend.c */
void veo_sim_send (VeoSim * sim, SoupServerMessage * msg, VeoSimConnection * connection, VeoSimRequest * entry, VeoSimReply * reply);
void veo_sim_exchange_free (VeoSimExchange * exchange);
void veo_sim_exchange_set_timer (VeoSimExchange * exchange, guint ms, GSourceFunc func);
void veo_sim_exchange_sent (VeoSimExchange * exchange, guint64 bytes);

/* veosimwire.c */
void veo_sim_wire_start (VeoSimExchange * exchange);
void veo_sim_wire_release (VeoSimExchange * exchange);
void veo_sim_wire_abort (VeoSimExchange * exchange);

G_END_DECLS
