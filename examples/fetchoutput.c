/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What fetch shows: lines for people, a report in JSON for programs. */
#include "fetch.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* --- For people --- */

static void
erase (Output * output)
{
  if (output->n_drawn > 0)
    fprintf (output->lines, "\033[%uA\r\033[J", output->n_drawn);
  output->n_drawn = 0;
}

/* A line that stays */
void
output_say (Output * output, const gchar * text)
{
  erase (output);
  fprintf (output->lines, "%s\n", text);
  fflush (output->lines);
}

static void
draw_download (Task * task)
{
  g_autoptr (GstStructure) stats = NULL;
  g_autofree gchar *size = NULL;
  guint64 bytes = 0;

  g_object_get (task->source, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, "bytes", &bytes);
  size = g_format_size (bytes);
  fprintf (task->fetch->output.lines, "%s: downloading, %s\n", task->id, size);
}

static void
draw_tasks (Fetch * fetch, State state, guint room)
{
  Output *output = &fetch->output;
  guint i;

  for (i = 0; i < fetch->tasks->len && output->n_drawn < room; i++) {
    Task *task = g_ptr_array_index (fetch->tasks, i);

    if (task->state != state)
      continue;
    if (state == LOADING)
      draw_download (task);
    else
      fprintf (output->lines, "%s\n", task->text ? task->text : task->id);
    output->n_drawn++;
  }
}

/* On a terminal: a line for each task under way, as many as fit, downloads
 * first, and a line with the sums. */
void
output_draw (Fetch * fetch)
{
  Output *output = &fetch->output;
  const guint *counts = fetch->counts;
  struct winsize size = { 0, };

  if (ioctl (fileno (output->lines), TIOCGWINSZ, &size) < 0 || size.ws_row < 3)
    size.ws_row = 24;
  erase (output);
  /* "\033[?7l": the terminal cuts long lines, wrapped ones could not be counted */
  fputs ("\033[?7l", output->lines);
  draw_tasks (fetch, LOADING, size.ws_row - 2);
  draw_tasks (fetch, WAITING, size.ws_row - 2);
  draw_tasks (fetch, HELD, size.ws_row - 2);
  fprintf (output->lines, "%u tasks: %u waiting, %u downloading, %u there, "
      "%u failed\n\033[?7h", fetch->tasks->len, counts[WAITING] + counts[HELD],
      counts[LOADING], counts[FETCHED] + counts[SKIPPED], counts[FAILED]);
  output->n_drawn++;
  fflush (output->lines);
}

/* --- For programs: a line of JSON for each task --- */

static void
add_string (JsonBuilder * json, const gchar * name, const gchar * value)
{
  g_autofree gchar *valid = value ? g_utf8_make_valid (value, -1) : NULL;

  if (!value)
    return;
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, valid);
}

static void
add_number (JsonBuilder * json, const gchar * name, gint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, value);
}

static void
add_stats (JsonBuilder * json, GstElement * source)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 wait = 0, bytes = 0;
  guint polls = 0;

  g_object_get (source, "stats", &stats, NULL);
  gst_structure_get (stats, "wait-time", G_TYPE_UINT64, &wait,
      "bytes", G_TYPE_UINT64, &bytes, "polls", G_TYPE_UINT, &polls, NULL);
  add_number (json, "wait_ms", wait);
  add_number (json, "polls", polls);
  add_number (json, "bytes", bytes);
}

/* The text is for people; programs look at the code and the details. */
static void
add_error (JsonBuilder * json, const GError * error,
    const GstStructure * details)
{
  guint http_status = 0;

  add_string (json, "error", error->message);
  if (error->domain == GST_RESOURCE_ERROR) {
    GEnumClass *codes = g_type_class_ref (GST_TYPE_RESOURCE_ERROR);
    GEnumValue *code = g_enum_get_value (codes, error->code);

    add_string (json, "error_code", code ? code->value_nick : NULL);
    g_type_class_unref (codes);
  }
  if (!details || !gst_structure_has_name (details, "veo-error"))
    return;
  add_string (json, "request_id",
      gst_structure_get_string (details, "request-id"));
  if (gst_structure_get_uint (details, "http-status-code", &http_status)
      && http_status > 0)
    add_number (json, "http_status", http_status);
}

/* error, details: (nullable): of a task that failed */
void
output_report (Task * task, const GError * error, const GstStructure * details)
{
  static const gchar *const names[N_STATES] = {
    "waiting", "held", "loading", "fetched", "skipped", "failed", "stopped"
  };
  FILE *report = task->fetch->output.report;
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *line = NULL;

  if (!report)
    return;
  json_builder_begin_object (json);
  add_string (json, "task_id", task->id);
  add_string (json, "state", names[task->state]);
  if (task->state == FETCHED || task->state == SKIPPED)
    add_string (json, "file", task->path);
  if (task->source)
    add_stats (json, task->source);
  if (error)
    add_error (json, error, details);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  line = json_to_string (root, FALSE);
  fprintf (report, "%s\n", line);
  fflush (report);
}

/* --- Both --- */

/* report_name: (nullable): "-" is standard output; the lines for people then
 * make way for it. */
gboolean
output_open (Output * output, const gchar * report_name)
{
  gboolean to_stdout = g_strcmp0 (report_name, "-") == 0;

  output->lines = to_stdout ? stderr : stdout;
  output->is_terminal = isatty (fileno (output->lines));
  if (report_name)
    output->report = to_stdout ? stdout : g_fopen (report_name, "we");
  return output->report || !report_name;
}

/* Returns: FALSE if the report is not all there */
gboolean
output_close (Output * output)
{
  gboolean is_good;

  if (!output->report)
    return TRUE;
  is_good = !ferror (output->report);
  return fclose (output->report) == 0 && is_good;
}
