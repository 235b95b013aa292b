/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which request gets which answer */
#include <json-glib/json-glib.h>

#include "veosimprivate.h"

static VeoSimReply *
no_such_url (const VeoSimRequest * request)
{
  return veo_sim_reply_new_error (404, "invalid_request_error",
      "Invalid URL (%s %s)", request->method, request->path);
}

static VeoSimReply *
no_such_task (void)
{
  return veo_sim_reply_new_text (400, "application/json",
      "{\"code\":\"task_not_exist\",\"message\":\"task_not_exist\",\"data\":null}");
}

/* Returns: (nullable): the refusal */
static VeoSimReply *
check_key_locked (VeoSim * sim, const VeoSimRequest * request)
{
  const gchar *given = request->authorization;

  if (!sim->api_key)
    return NULL;
  if (given && !g_ascii_strncasecmp (given, "Bearer ", 7)
      && g_str_equal (given + 7, sim->api_key))
    return NULL;
  return veo_sim_reply_new_error (401, "new_api_error", "Invalid token");
}

/* --- POST -------------------------------------------------------------- */

typedef struct
{
  gchar *model, *prompt, *seconds, *size;
} Wish;

static void
clear_wish (Wish * wish)
{
  g_free (wish->model);
  g_free (wish->prompt);
  g_free (wish->seconds);
  g_free (wish->size);
}

static void
wish_set (Wish * wish, const gchar * name, const gchar * value)
{
  gchar **field =
      g_str_equal (name, "model") ? &wish->model : g_str_equal (name,
      "prompt") ? &wish->prompt : g_str_equal (name,
      "seconds") ? &wish->seconds : g_str_equal (name,
      "size") ? &wish->size : NULL;

  if (!field)
    return;
  g_free (*field);
  *field = g_strdup (value);
}

static void
wish_member (JsonObject * object, const gchar * name, JsonNode * node,
    gpointer wish)
{
  g_autofree gchar *text = NULL;

  if (!JSON_NODE_HOLDS_VALUE (node))
    return;
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    text = json_node_dup_string (node);
  else
    text = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  wish_set (wish, name, text);
}

static gboolean
wish_from_json (Wish * wish, GBytes * body)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  gsize size;
  const gchar *data = g_bytes_get_data (body, &size);
  JsonNode *root;

  if (!size || !json_parser_load_from_data (parser, data, size, NULL))
    return FALSE;
  root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return FALSE;
  json_object_foreach_member (json_node_get_object (root), wish_member, wish);
  return TRUE;
}

static void
wish_part (Wish * wish, SoupMessageHeaders * headers, GBytes * body)
{
  GHashTable *params = NULL;
  g_autofree gchar *value = NULL;

  if (!soup_message_headers_get_content_disposition (headers, NULL, &params))
    return;
  value = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  if (g_hash_table_lookup (params, "name"))
    wish_set (wish, g_hash_table_lookup (params, "name"), value);
  g_hash_table_unref (params);
}

static gboolean
wish_from_form (Wish * wish, SoupMessageHeaders * request_headers,
    GBytes * body)
{
  SoupMultipart *form = soup_multipart_new_from_message (request_headers, body);
  gint i;

  if (!form)
    return FALSE;
  for (i = 0; i < soup_multipart_get_length (form); i++) {
    SoupMessageHeaders *headers;
    GBytes *part;

    if (soup_multipart_get_part (form, i, &headers, &part))
      wish_part (wish, headers, part);
  }
  soup_multipart_free (form);
  return TRUE;
}

static gboolean
read_wish (SoupServerMessage * msg, Wish * wish)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_request_body (msg));
  const gchar *type = soup_message_headers_get_content_type (headers, NULL);

  if (!g_strcmp0 (type, "multipart/form-data"))
    return wish_from_form (wish, headers, body);
  return wish_from_json (wish, body);
}

static VeoSimReply *
bad_wish (const gchar * message)
{
  g_autofree gchar *body =
      g_strdup_printf
      ("{\"code\":\"invalid_request\",\"message\":\"%s\",\"data\":null}",
      message);

  return veo_sim_reply_new_text (400, "application/json", body);
}

static VeoSimTask *
make_task_locked (VeoSim * sim, const Wish * wish, guint seconds)
{
  g_autofree gchar *uuid = g_uuid_string_random ();
  g_auto (GStrv) parts = g_strsplit (uuid, "-", -1);
  g_autofree gchar *bare = g_strjoinv ("", parts);
  g_autofree gchar *id = g_strconcat ("video_", bare, NULL);
  VeoSimTask *task = veo_sim_new_task_locked (sim, id, "queued");
  const VeoSimNewTask *n = &sim->new_task;

  g_free (task->prompt);
  task->prompt = g_strdup (wish->prompt);
  task->link_kind = n->link;
  if (wish->model) {
    g_free (task->model);
    task->model = g_strdup (wish->model);
  }
  if (seconds || n->clip.seconds)
    task->seconds = seconds ? seconds : n->clip.seconds;
  if (wish->size || n->clip.width) {
    g_free (task->size);
    task->size =
        wish->size ? g_strdup (wish->size) : g_strdup_printf ("%ux%u",
        n->clip.width, n->clip.height);
  }
  if (!n->last_status)
    veo_sim_render_locked (sim, task, &n->clip);
  veo_sim_start_task_locked (sim, task, n->duration_ms, n->last_status,
      n->message);
  return task;
}

static VeoSimReply *
create_locked (VeoSim * sim, SoupServerMessage * msg)
{
  Wish wish = { NULL, };
  guint64 seconds = 0;
  guint w, h;
  VeoSimReply *reply;

  if (!read_wish (msg, &wish)) {
    reply = bad_wish ("the body is neither JSON nor a multipart form");
  } else if (!wish.prompt || !*wish.prompt) {
    reply = bad_wish ("prompt is required");
  } else if (wish.seconds
      && !g_ascii_string_to_unsigned (wish.seconds, 10, 1, 120, &seconds,
          NULL)) {
    reply = bad_wish ("seconds must be a whole number from 1 to 120");
  } else if (wish.size && !veo_sim_clip_parse_size (wish.size, &w, &h)) {
    reply = bad_wish ("size must be like 720x1280");
  } else {
    g_autofree gchar *json =
        veo_sim_task_json_locked (sim, make_task_locked (sim, &wish, seconds));

    reply = veo_sim_reply_new_text (200, "application/json", json);
  }
  clear_wish (&wish);
  return reply;
}

/* --- A task ------------------------------------------------------------ */

static VeoSimReply *
status_locked (VeoSim * sim, const gchar * id)
{
  VeoSimTask *task = g_hash_table_lookup (sim->tasks, id);
  g_autofree gchar *json = NULL;

  if (!task)
    return no_such_task ();
  json = veo_sim_task_json_locked (sim, task);
  return veo_sim_reply_new_text (200, "application/json", json);
}

static VeoSimReply *
delete_locked (VeoSim * sim, const gchar * id)
{
  g_autofree gchar *json = NULL;
  VeoSimReply *reply;
  g_autoptr (JsonBuilder) b = NULL;
  g_autoptr (JsonNode) root = NULL;

  if (!g_hash_table_contains (sim->tasks, id))
    return no_such_task ();
  b = json_builder_new ();
  json_builder_begin_object (b);
  json_builder_set_member_name (b, "id");
  json_builder_add_string_value (b, id);
  json_builder_set_member_name (b, "object");
  json_builder_add_string_value (b, "video.deleted");
  json_builder_set_member_name (b, "deleted");
  json_builder_add_boolean_value (b, TRUE);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  json = json_to_string (root, FALSE);
  reply = veo_sim_reply_new_text (200, "application/json", json);
  g_hash_table_remove (sim->tasks, id);
  return reply;
}

static VeoSimReply *
content_locked (VeoSim * sim, const gchar * id, const VeoSimRequest * request)
{
  VeoSimTask *task = g_hash_table_lookup (sim->tasks, id);
  g_autofree gchar *word = NULL;

  if (!task)
    return veo_sim_reply_new_error (404, "invalid_request_error",
        "Task not found");
  veo_sim_task_advance_locked (sim, task);
  if (g_str_equal (task->status, "completed"))
    return veo_sim_plan_transfer_locked (sim, id, request, NULL);
  word =
      g_ascii_strup (g_str_equal (task->status,
          "processing") ? "in_progress" : task->status, -1);
  return veo_sim_reply_new_error (400, "invalid_request_error",
      "Task is not completed yet, current status: %s", word);
}

/* --- Signed links ------------------------------------------------------ */

static VeoSimReply *
storage_error (guint status, const gchar * code, const gchar * message)
{
  g_autofree gchar *body =
      g_strdup_printf ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<Error><Code>%s</Code><Message>%s</Message></Error>", code, message);

  return veo_sim_reply_new_text (status, "application/xml", body);
}

/* Returns: (nullable): the refusal, in the shape of storage services */
static VeoSimReply *
check_link_locked (VeoSim * sim, VeoSimSigned * link,
    const VeoSimRequest * request, const gchar * query)
{
  VeoSimRules *rules;

  if (request->authorization)
    return storage_error (400, "InvalidArgument",
        "Only one auth mechanism allowed");
  if (!link || g_strcmp0 (query, link->query))
    return storage_error (403, "SignatureDoesNotMatch",
        "The signature does not match");
  if (!veo_sim_link_expired_locked (sim, link))
    return NULL;
  rules = veo_sim_video_rules_locked (sim, link->target);
  return storage_error (rules
      && rules->t.expired_status ? rules->t.expired_status : 403,
      "AccessDenied", "Request has expired");
}

/* --- Finding the way --------------------------------------------------- */

typedef enum
{
  ROUTE_NONE,
  ROUTE_CREATE,
  ROUTE_STATUS,
  ROUTE_DELETE,
  ROUTE_CONTENT,
  ROUTE_FILE,
  ROUTE_SIGNED,
} RouteKind;

typedef struct
{
  RouteKind kind;
  gchar *target;                /* the task's id or the file's path */
  VeoSimSigned *link;
} Route;

static gboolean
is_fetch (const gchar * method)
{
  return g_str_equal (method, "GET") || g_str_equal (method, "HEAD");
}

/* rest: what follows "/v1/videos/" */
static RouteKind
find_task_route (const gchar * method, const gchar * rest, gchar ** id)
{
  const gchar *slash = strchr (rest, '/');

  *id = g_uri_unescape_segment (rest, slash, NULL);
  if (!*id || !**id)
    return ROUTE_NONE;
  if (slash)
    return g_str_equal (slash, "/content")
        && is_fetch (method) ? ROUTE_CONTENT : ROUTE_NONE;
  if (g_str_equal (method, "DELETE"))
    return ROUTE_DELETE;
  return g_str_equal (method, "GET") ? ROUTE_STATUS : ROUTE_NONE;
}

static void
find_route_locked (VeoSim * sim, const gchar * method, const gchar * path,
    Route * route)
{
  VeoSimVideo *video = g_hash_table_lookup (sim->videos, path);

  if (video && video->is_file && is_fetch (method)) {
    route->kind = ROUTE_FILE;
    route->target = g_strdup (path);
  } else if (g_str_has_prefix (path, "/files/") && is_fetch (method)) {
    route->kind = ROUTE_SIGNED;
    route->link = veo_sim_find_link_locked (sim, path);
    route->target = g_strdup (route->link ? route->link->target : "");
  } else if (g_str_equal (path, "/v1/videos") && g_str_equal (method, "POST")) {
    route->kind = ROUTE_CREATE;
  } else if (g_str_has_prefix (path, "/v1/videos/")) {
    route->kind =
        find_task_route (method, path + strlen ("/v1/videos/"), &route->target);
  }
}

static VeoSimReply *
refuse_locked (VeoSim * sim, const Route * route, const VeoSimRequest * request,
    const gchar * query)
{
  switch (route->kind) {
    case ROUTE_NONE:
      return no_such_url (request);
    case ROUTE_FILE:
      return NULL;
    case ROUTE_SIGNED:
      return check_link_locked (sim, route->link, request, query);
    default:
      return check_key_locked (sim, request);
  }
}

static VeoSimReply *
serve_locked (VeoSim * sim, const Route * route, const VeoSimRequest * request,
    SoupServerMessage * msg)
{
  switch (route->kind) {
    case ROUTE_CREATE:
      return create_locked (sim, msg);
    case ROUTE_STATUS:
      return status_locked (sim, route->target);
    case ROUTE_DELETE:
      return delete_locked (sim, route->target);
    case ROUTE_CONTENT:
      return content_locked (sim, route->target, request);
    default:
      return veo_sim_plan_transfer_locked (sim, route->target, request,
          route->link);
  }
}

static VeoSimScripted *
find_script_locked (VeoSim * sim, const Route * route)
{
  VeoSimScripted *answer = NULL;

  if (route->kind == ROUTE_STATUS)
    return veo_sim_next_answer_locked (sim, "status", route->target);
  if (route->kind == ROUTE_CONTENT || route->kind == ROUTE_FILE
      || route->kind == ROUTE_SIGNED) {
    answer = veo_sim_next_answer_locked (sim, "content", route->target);
    if (!answer)
      answer = veo_sim_next_answer_locked (sim, "content", "");
  }
  return answer;
}

/* A script decides the whole answer, or alters the one we would give */
static VeoSimReply *
answer_locked (VeoSim * sim, const Route * route, const VeoSimRequest * request,
    SoupServerMessage * msg, VeoSimScripted * by_path)
{
  const gchar *query = g_uri_get_query (soup_server_message_get_uri (msg));
  VeoSimScripted *script = by_path;
  VeoSimReply *reply = NULL;

  if (!by_path) {
    reply = refuse_locked (sim, route, request, query);
    if (reply)
      return reply;
    script = find_script_locked (sim, route);
  }
  if (script && script->a.status)
    return veo_sim_reply_from_answer (script, g_str_equal (request->method,
            "HEAD"));
  if (by_path)
    reply = refuse_locked (sim, route, request, query);
  if (!reply)
    reply = serve_locked (sim, route, request, msg);
  if (script)
    veo_sim_reply_apply (reply, script);
  return reply;
}

/* Without the prefix; NULL: it lies outside */
static const gchar *
local_path (VeoSim * sim, const gchar * path)
{
  return g_str_has_prefix (path,
      sim->prefix) ? path + strlen (sim->prefix) : NULL;
}

static VeoSimReply *
make_reply (VeoSim * sim, SoupServerMessage * msg,
    const VeoSimRequest * request)
{
  const gchar *path = local_path (sim, request->path);
  Route route = { ROUTE_NONE, };
  g_autofree gchar *request_id = NULL;
  VeoSimReply *reply;
  VEO_SIM_LOCKER (sim);

  if (!path)
    return no_such_url (request);
  find_route_locked (sim, request->method, path, &route);
  reply =
      answer_locked (sim, &route, request, msg, veo_sim_next_answer_locked (sim,
          "path", path));
  g_free (route.target);
  if (!soup_message_headers_get_one (reply->headers, "X-Oneapi-Request-Id")) {
    request_id = g_strdup_printf ("req%08u", ++sim->counter);
    soup_message_headers_replace (reply->headers, "X-Oneapi-Request-Id",
        request_id);
  }
  if (g_str_equal (request->method, "HEAD"))
    reply->head = TRUE;
  return reply;
}

void
veo_sim_handle (SoupServer * server, SoupServerMessage * msg, const char *path,
    GHashTable * query, gpointer user_data)
{
  VeoSim *sim = user_data;
  VeoSimConnection *connection = veo_sim_find_connection (msg);
  VeoSimRequest *entry = veo_sim_log_request (sim, msg, connection);

  if (connection)
    veo_sim_connection_set_idle (connection, FALSE);
  veo_sim_send (sim, msg, connection, entry, make_reply (sim, msg, entry));
}

void
veo_sim_set_new_task (VeoSim * sim, const VeoSimNewTask * settings)
{
  VEO_SIM_LOCKER (sim);
  VeoSimNewTask *n = &sim->new_task;

  g_free ((gchar *) n->last_status);
  g_free ((gchar *) n->message);
  memset (n, 0, sizeof *n);
  if (!settings)
    return;
  *n = *settings;
  n->clip.prompt = NULL;
  n->last_status = g_strdup (settings->last_status);
  n->message = g_strdup (settings->message);
}
