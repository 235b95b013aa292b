/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON scripts: tasks, answers and troubles from a file. A misspelt name is an
 * error, so that nobody wonders why nothing happens. */
#include <json-glib/json-glib.h>

#include "veosimprivate.h"

typedef enum
{
  FIELD_UINT,
  FIELD_UINT64,
  FIELD_BOOL,
  FIELD_STRING,
  FIELD_WORD,                   /* one of `words`, kept as its number */
} FieldType;

typedef struct
{
  const gchar *name;
  FieldType type;
  goffset offset;
  const gchar *const *words;
} Field;

static const gchar *const range_words[] =
    { "honoured", "absent", "ignored", "wrong", NULL };
static const gchar *const cut_words[] = { "close", "reset", NULL };
static const gchar *const break_words[] =
    { "none", "close", "reset", "silence", "cut", "cut-reset", "stall", NULL };
static const gchar *const codec_words[] =
    { "h264", "h264-444", "h264-10", "h265", "vp9", "vp8", NULL };
static const gchar *const index_words[] =
    { "front", "end", "fragmented", NULL };
static const gchar *const link_words[] = { "none", "content", "signed", NULL };

#define T(name, type) { #name, type, G_STRUCT_OFFSET (VeoSimTransfer, name), NULL }
#define TW(name, words) { #name, FIELD_WORD, G_STRUCT_OFFSET (VeoSimTransfer, name), words }
/* *INDENT-OFF* */
static const Field transfer_fields[] = {
  TW (range, range_words), T (chunked, FIELD_BOOL), T (no_total, FIELD_BOOL), T (no_head, FIELD_BOOL),
  T (rate, FIELD_UINT), T (cut_every, FIELD_UINT64), T (cut_times, FIELD_UINT), TW (cut_how, cut_words),
  T (cut_refuse_ms, FIELD_UINT), T (stall_after, FIELD_UINT64), T (stall_ms, FIELD_UINT),
  T (stall_times, FIELD_UINT), T (content_type, FIELD_STRING), T (etag, FIELD_STRING),
  T (last_modified, FIELD_STRING), T (other_from, FIELD_UINT), T (other_etag, FIELD_STRING),
  T (other_last_modified, FIELD_STRING), T (expires_requests, FIELD_UINT), T (expires_bytes, FIELD_UINT64),
  T (expires_ms, FIELD_UINT), T (expires_at_once, FIELD_BOOL), T (expires_links, FIELD_UINT),
  T (expired_status, FIELD_UINT), {NULL}
};
/* *INDENT-ON* */

#define A(name, type) { #name, type, G_STRUCT_OFFSET (VeoSimAnswer, name), NULL }
/* *INDENT-OFF* */
static const Field answer_fields[] = {
  A (times, FIELD_UINT), A (delay_ms, FIELD_UINT), A (status, FIELD_UINT), A (repeat, FIELD_UINT64),
  A (chunked, FIELD_BOOL), A (rate, FIELD_UINT), A (break_at, FIELD_UINT64),
  {"break", FIELD_WORD, G_STRUCT_OFFSET (VeoSimAnswer, brk), break_words}, {NULL}
};
/* *INDENT-ON* */

#define C(name, type) { #name, type, G_STRUCT_OFFSET (VeoSimClipOptions, name), NULL }
#define CW(name, words) { #name, FIELD_WORD, G_STRUCT_OFFSET (VeoSimClipOptions, name), words }
/* *INDENT-OFF* */
static const Field clip_fields[] = {
  CW (codec, codec_words), CW (index, index_words), C (silent, FIELD_BOOL), C (kbit, FIELD_UINT),
  C (noise, FIELD_BOOL), {NULL}
};
/* *INDENT-ON* */

/* A task in a script; strings belong to the JSON tree */
typedef struct
{
  const gchar *status, *model, *prompt, *size, *message, *last_status, *url;
  guint seconds, progress, duration_ms;
  VeoSimLink link;
} TaskText;

#define K(name, type) { #name, type, G_STRUCT_OFFSET (TaskText, name), NULL }
/* *INDENT-OFF* */
static const Field task_fields[] = {
  K (status, FIELD_STRING), K (model, FIELD_STRING), K (prompt, FIELD_STRING), K (size, FIELD_STRING),
  K (message, FIELD_STRING), K (last_status, FIELD_STRING), K (url, FIELD_STRING), K (seconds, FIELD_UINT),
  K (progress, FIELD_UINT), K (duration_ms, FIELD_UINT),
  {"link", FIELD_WORD, G_STRUCT_OFFSET (TaskText, link), link_words}, {NULL}
};
/* *INDENT-ON* */

G_GNUC_PRINTF (2, 3)
     static gboolean fail (GError ** error, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  if (error)
    *error =
        g_error_new_valist (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, format, args);
  va_end (args);
  return FALSE;
}

/* --- One field --------------------------------------------------------- */

static gboolean
set_number (const Field * f, JsonNode * node, gpointer place, GError ** error)
{
  gint64 value;

  if (!JSON_NODE_HOLDS_VALUE (node))
    return fail (error, "“%s” must be a number", f->name);
  if (!g_strcmp0 (json_node_get_value_type (node) ==
          G_TYPE_STRING ? json_node_get_string (node) : NULL, "forever"))
    value = -1;
  else if (json_node_get_value_type (node) == G_TYPE_INT64
      && json_node_get_int (node) >= 0)
    value = json_node_get_int (node);
  else
    return fail (error, "“%s” must be a whole number or \"forever\"",
        f->name);
  if (f->type == FIELD_UINT64)
    *(guint64 *) place = value < 0 ? G_MAXUINT64 : (guint64) value;
  else
    *(guint *) place = value < 0 ? G_MAXUINT : (guint) MIN (value, G_MAXUINT);
  return TRUE;
}

static gboolean
set_word (const Field * f, JsonNode * node, gpointer place, GError ** error)
{
  const gchar *word = json_node_get_string (node);
  g_autofree gchar *all = g_strjoinv (", ", (gchar **) f->words);
  guint i;

  for (i = 0; f->words[i]; i++) {
    if (g_str_equal (f->words[i], word)) {
      *(gint *) place = i;
      return TRUE;
    }
  }
  return fail (error, "“%s” cannot be “%s”, only one of: %s", f->name,
      word, all);
}

static gboolean
set_field (const Field * f, JsonNode * node, gpointer record, GError ** error)
{
  gpointer place = (guint8 *) record + f->offset;
  GType type =
      JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) :
      G_TYPE_NONE;

  if (f->type == FIELD_UINT || f->type == FIELD_UINT64)
    return set_number (f, node, place, error);
  if (f->type == FIELD_BOOL) {
    if (type != G_TYPE_BOOLEAN)
      return fail (error, "“%s” must be true or false", f->name);
    *(gboolean *) place = json_node_get_boolean (node);
    return TRUE;
  }
  if (type != G_TYPE_STRING)
    return fail (error, "“%s” must be a string", f->name);
  if (f->type == FIELD_WORD)
    return set_word (f, node, place, error);
  *(const gchar **) place = json_node_get_string (node);
  return TRUE;
}

/* others: names that the caller reads itself */
static gboolean
read_fields (JsonNode * node, const Field * fields, const gchar * const *others,
    gpointer record, GError ** error)
{
  g_autoptr (GList) names = NULL;
  JsonObject *object;
  GList *l;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (error, "an object {...} was expected");
  object = json_node_get_object (node);
  names = json_object_get_members (object);
  for (l = names; l; l = l->next) {
    const Field *f = fields;

    if (others && g_strv_contains (others, l->data))
      continue;
    while (f->name && !g_str_equal (f->name, l->data))
      f++;
    if (!f->name)
      return fail (error, "“%s” is not known here", (gchar *) l->data);
    if (!set_field (f, json_object_get_member (object, l->data), record, error))
      return FALSE;
  }
  return TRUE;
}

/* --- Answers ----------------------------------------------------------- */

static void
append_header (JsonObject * object, const gchar * name, JsonNode * node,
    gpointer lines)
{
  if (JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING)
    g_string_append_printf (lines, "%s: %s\n", name,
        json_node_get_string (node));
}

/* {"Name": "value"} */
static gchar *
read_headers (JsonObject * object)
{
  JsonNode *node = json_object_get_member (object, "headers");
  GString *lines = g_string_new (NULL);

  if (node && JSON_NODE_HOLDS_OBJECT (node))
    json_object_foreach_member (json_node_get_object (node), append_header,
        lines);
  return g_string_free (lines, FALSE);
}

/* A string is sent as it is, anything else as JSON */
static gchar *
read_body (JsonObject * object)
{
  JsonNode *node = json_object_get_member (object, "body");

  if (!node)
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);
  return json_to_string (node, FALSE);
}

typedef void (*ScriptFunc) (VeoSim * sim, const gchar * target,
    const VeoSimAnswer * answer);

static gboolean
read_answer (VeoSim * sim, const gchar * target, JsonNode * node,
    ScriptFunc script, GError ** error)
{
  static const gchar *const others[] = { "headers", "body", NULL };
  VeoSimAnswer answer = { 0, };
  g_autofree gchar *headers = NULL;
  g_autofree gchar *body = NULL;

  if (!read_fields (node, answer_fields, others, &answer, error))
    return FALSE;
  headers = read_headers (json_node_get_object (node));
  body = read_body (json_node_get_object (node));
  answer.headers = headers;
  answer.body = body;
  if (body && !answer.status)
    answer.status = 200;
  script (sim, target, &answer);
  return TRUE;
}

static gboolean
read_answers (VeoSim * sim, const gchar * target, JsonNode * node,
    ScriptFunc script, GError ** error)
{
  JsonArray *array;
  guint i;

  if (!node)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return fail (error, "answers are a list [...]");
  array = json_node_get_array (node);
  for (i = 0; i < json_array_get_length (array); i++) {
    if (!read_answer (sim, target, json_array_get_element (array, i), script,
            error)) {
      g_prefix_error (error, "answer %u: ", i + 1);
      return FALSE;
    }
  }
  return TRUE;
}

/* --- Transfers and videos ---------------------------------------------- */

static gboolean
read_cut_at (JsonObject * object, VeoSimTransfer * t, GArray * offsets,
    GError ** error)
{
  static const Field offset = { "cut_at", FIELD_UINT64, 0, NULL };
  JsonNode *node = json_object_get_member (object, "cut_at");
  JsonArray *array;
  guint i;

  if (!node)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return fail (error, "“cut_at” must be a list of numbers");
  array = json_node_get_array (node);
  for (i = 0; i < json_array_get_length (array); i++) {
    guint64 at;

    if (!set_number (&offset, json_array_get_element (array, i), &at, error))
      return FALSE;
    g_array_append_val (offsets, at);
  }
  t->cut_at = (const guint64 *) offsets->data;
  t->n_cut_at = offsets->len;
  return TRUE;
}

static GBytes *
read_file (const gchar * path, GError ** error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, error);

  return file ? g_mapped_file_get_bytes (file) : NULL;
}

static gboolean
read_other_clip (JsonObject * object, VeoSimTransfer * t, GError ** error)
{
  const gchar *path =
      json_object_get_string_member_with_default (object, "other_file", NULL);

  if (path)
    t->other_clip = read_file (path, error);
  return !path || t->other_clip;
}

static gboolean
read_transfer (VeoSim * sim, const gchar * target, JsonNode * node,
    GError ** error)
{
  static const gchar *const others[] = { "cut_at", "other_file", NULL };
  VeoSimTransfer t = { 0, };
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (guint64));

  if (!node)
    return TRUE;
  if (!read_fields (node, transfer_fields, others, &t, error)
      || !read_cut_at (json_node_get_object (node), &t, offsets, error)
      || !read_other_clip (json_node_get_object (node), &t, error)) {
    g_prefix_error (error, "transfer: ");
    return FALSE;
  }
  veo_sim_set_transfer (sim, target, &t);
  g_clear_pointer (&t.other_clip, g_bytes_unref);
  return TRUE;
}

/* Its own file, or one that is rendered now in the background */
static gboolean
read_clip (VeoSim * sim, const gchar * id, JsonNode * node, GError ** error)
{
  static const gchar *const others[] = { "file", "content_type", NULL };
  VeoSimClipOptions options = { 0, };
  const gchar *path = NULL, *type = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (node) {
    if (!read_fields (node, clip_fields, others, &options, error))
      return FALSE;
    path =
        json_object_get_string_member_with_default (json_node_get_object (node),
        "file", NULL);
    type =
        json_object_get_string_member_with_default (json_node_get_object (node),
        "content_type", NULL);
  }
  if (!path) {
    veo_sim_task_render (sim, id, &options);
    return TRUE;
  }
  bytes = read_file (path, error);
  if (bytes)
    veo_sim_task_set_clip (sim, id, bytes, type);
  return bytes != NULL;
}

/* --- Tasks ------------------------------------------------------------- */

/* Without a status the clock decides */
static void
start_task (VeoSim * sim, const gchar * id, const TaskText * text)
{
  if (text->url)
    veo_sim_task_set_link (sim, id, text->url);
  else
    veo_sim_task_set_link_kind (sim, id, text->link);
  if (!text->status) {
    veo_sim_task_run_to (sim, id, text->duration_ms,
        text->last_status ? text->last_status : "completed", text->message);
    return;
  }
  veo_sim_task_set_progress (sim, id, text->progress);
  if (text->message)
    veo_sim_task_set_error (sim, id, text->message, "task_failed");
}

static gboolean
wants_video (const TaskText * text)
{
  const gchar *last = text->status ? text->status : text->last_status;

  return !last || g_str_equal (last, "completed");
}

static gboolean
read_task (VeoSim * sim, const gchar * id, JsonNode * node, GError ** error)
{
  static const gchar *const others[] =
      { "answers", "content_answers", "transfer", "clip", NULL };
  TaskText text = { NULL, };
  JsonObject *o;
  guint w, h;

  if (!read_fields (node, task_fields, others, &text, error))
    return FALSE;
  if (text.size && !veo_sim_clip_parse_size (text.size, &w, &h))
    return fail (error, "“size” must be like 720x1280");
  o = json_node_get_object (node);
  veo_sim_add_task (sim, id, text.status ? text.status : "queued");
  veo_sim_task_set_details (sim, id, text.model, text.prompt, text.seconds,
      text.size);
  if ((wants_video (&text) || json_object_has_member (o, "clip"))
      && !read_clip (sim, id, json_object_get_member (o, "clip"), error))
    return FALSE;
  start_task (sim, id, &text);
  return read_answers (sim, id, json_object_get_member (o, "answers"),
      veo_sim_script_status, error)
      && read_answers (sim, id, json_object_get_member (o, "content_answers"),
      veo_sim_script_content, error)
      && read_transfer (sim, id, json_object_get_member (o, "transfer"), error);
}

static gboolean
read_path (VeoSim * sim, const gchar * path, JsonNode * node, GError ** error)
{
  return read_answers (sim, path, node, veo_sim_script_path, error);
}

/* --- The file ---------------------------------------------------------- */

typedef gboolean (*ReadFunc) (VeoSim * sim, const gchar * name, JsonNode * node,
    GError ** error);

static gboolean
read_each (VeoSim * sim, JsonObject * root, const gchar * section,
    ReadFunc read, GError ** error)
{
  JsonNode *node = json_object_get_member (root, section);
  g_autoptr (GList) names = NULL;
  GList *l;

  if (!node)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (error, "“%s” must be an object {...}", section);
  names = json_object_get_members (json_node_get_object (node));
  for (l = names; l; l = l->next) {
    if (!read (sim, l->data,
            json_object_get_member (json_node_get_object (node), l->data),
            error)) {
      g_prefix_error (error, "%s, “%s”: ", section, (gchar *) l->data);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
read_root (VeoSim * sim, JsonNode * node, GError ** error)
{
  static const gchar *const sections[] =
      { "tasks", "paths", "transfer", "content_answers", NULL };
  static const Field none[] = { {NULL} };
  JsonObject *root;

  if (!node)
    return fail (error, "it is empty");
  if (!read_fields (node, none, sections, NULL, error))
    return FALSE;
  root = json_node_get_object (node);
  return read_each (sim, root, "tasks", read_task, error)
      && read_each (sim, root, "paths", read_path, error)
      && read_answers (sim, NULL, json_object_get_member (root,
          "content_answers"), veo_sim_script_content, error)
      && read_transfer (sim, NULL, json_object_get_member (root, "transfer"),
      error);
}

gboolean
veo_sim_load_script_data (VeoSim * sim, const gchar * json, GError ** error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  return json_parser_load_from_data (parser, json, -1, error)
      && read_root (sim, json_parser_get_root (parser), error);
}

gboolean
veo_sim_load_script (VeoSim * sim, const gchar * path, GError ** error)
{
  g_autofree gchar *json = NULL;

  if (!g_file_get_contents (path, &json, NULL, error))
    return FALSE;
  if (veo_sim_load_script_data (sim, json, error))
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}
