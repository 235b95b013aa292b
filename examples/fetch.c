/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fetches the videos of many tasks into files, in one process.
 *
 *     cc fetch.c fetchoutput.c -o fetch $(pkg-config --cflags --libs gstreamer-1.0 json-glib-1.0)
 *     VEO_API_KEY=... ./fetch --directory clips --report report.jsonl < ids.txt
 *
 * All tasks are waited for at the same time; at most --jobs of them download at
 * the same time. A file gets its name when it is complete. Until then it is
 * NAME.part, which veosrc removes when the download fails or is stopped. */
#include "fetch.h"

#include <glib-unix.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#define MAX_NAME 200            /* of an id in a file name; most systems take 255 */

static void start (Task * task);

/* --- The end of a task --- */

static void
set_state (Task * task, State state)
{
  task->fetch->counts[task->state]--;
  task->fetch->counts[state]++;
  task->state = state;
}

static void
quit_if_over (Fetch * fetch)
{
  const guint *counts = fetch->counts;

  if (!fetch->is_reading
      && counts[WAITING] + counts[HELD] + counts[LOADING] == 0)
    g_main_loop_quit (fetch->loop);
}

static void
take_down (Task * task)
{
  if (!task->pipeline)
    return;
  gst_element_set_state (task->pipeline, GST_STATE_NULL);
  gst_clear_object (&task->pipeline);
  task->source = task->sink = NULL;
  g_mutex_lock (&task->fetch->lock);
  task->fetch->free_jobs += task->has_job;
  task->has_job = FALSE;
  g_mutex_unlock (&task->fetch->lock);
}

/* error, details: (nullable): of a task that failed */
static void
finish (Task * task, State state, const GError * error,
    const GstStructure * details)
{
  Fetch *fetch = task->fetch;
  g_autofree gchar *line = NULL;

  set_state (task, state);
  output_report (task, error, details);
  take_down (task);
  if (state == STOPPED)
    return;
  if (error)
    line = g_strdup (error->message);
  else
    line = g_strdup_printf ("%s: %s %s", task->id,
        state == SKIPPED ? "is there already," : "saved as", task->path);
  output_say (&fetch->output, line);
  if (error)
    fetch->result = 1;
}

static void
fail (Task * task, GstResourceError code, const gchar * text)
{
  g_autoptr (GError) error = g_error_new (GST_RESOURCE_ERROR, code, "%s: %s",
      task->id, text);

  finish (task, FAILED, error, NULL);
}

/* --- Whose turn it is --- */

/* In a thread of veosrc, before a download begins. A task that may not download
 * yet is stopped right here; when its turn comes it starts again, and asks for a
 * fresh link. The main loop would be late: of hundreds that complete in the same
 * moment all would download by then. */
static void
take_job_or_stop (Task * task)
{
  Fetch *fetch = task->fetch;

  g_mutex_lock (&fetch->lock);
  if (!task->has_job && fetch->free_jobs > 0) {
    fetch->free_jobs--;
    task->has_job = TRUE;
  }
  /* With the lock, so that stop_all() comes before this or after it */
  if (!task->has_job && !fetch->is_stopping)
    gst_element_set_state (task->pipeline, GST_STATE_NULL);
  g_mutex_unlock (&fetch->lock);
}

static void
start_held (Fetch * fetch)
{
  guint i;

  for (i = 0; i < fetch->tasks->len && fetch->counts[HELD] > 0; i++) {
    Task *task = g_ptr_array_index (fetch->tasks, i);

    if (task->state != HELD)
      continue;
    g_mutex_lock (&fetch->lock);
    task->has_job = fetch->free_jobs > 0;
    fetch->free_jobs -= task->has_job;
    g_mutex_unlock (&fetch->lock);
    if (!task->has_job)
      return;
    /* It is known to be completed, there is nothing to wait for. */
    g_object_set (task->source, "min-poll-interval", 100, NULL);
    start (task);
  }
}

/* --- What the bus says --- */

static void
handle_progress (Task * task, GstMessage * message)
{
  GstProgressType type;

  g_free (task->text);
  gst_message_parse_progress (message, &type, NULL, &task->text);
  if (type == GST_PROGRESS_TYPE_COMPLETE && task->state == WAITING)
    set_state (task, task->has_job ? LOADING : HELD);
  if (type != GST_PROGRESS_TYPE_ERROR && !task->fetch->output.is_terminal)
    output_say (&task->fetch->output, task->text);
}

/* A file that cannot be written is a warning of veosrc, since the clip can be
 * played all the same. Here nobody watches. */
static void
handle_warning (Task * task, GstMessage * message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_warning (message, &error, NULL);
  if (g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE))
    finish (task, FAILED, error, NULL);
  else
    output_say (&task->fetch->output, error->message);
}

static void
handle_error (Task * task, GstMessage * message)
{
  const GstStructure *details = NULL;
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  finish (task, FAILED, error, details);
}

static void
handle_eos (Task * task)
{
  if (g_file_test (task->path, G_FILE_TEST_IS_REGULAR))
    finish (task, FETCHED, NULL, NULL);
  else
    fail (task, GST_RESOURCE_ERROR_WRITE, "the video came, its file did not");
}

static gboolean
handle_message (gpointer data)
{
  GstMessage *message = data;
  Task *task = g_object_get_data (G_OBJECT (GST_MESSAGE_SRC (message)), "task");
  Fetch *fetch = task->fetch;

  if (!task->pipeline)
    return G_SOURCE_REMOVE;
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_PROGRESS:
      handle_progress (task, message);
      break;
    case GST_MESSAGE_WARNING:
      handle_warning (task, message);
      break;
    case GST_MESSAGE_ERROR:
      handle_error (task, message);
      break;
    default:
      handle_eos (task);
  }
  start_held (fetch);
  quit_if_over (fetch);
  return G_SOURCE_REMOVE;
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

/* In the thread that posts. All pipelines have this one bus, since a bus takes
 * two descriptors: 1,000 of them for 500 tasks that wait; so it is 20 in all.
 * But its queue is not made for so many: with a hundred threads that post,
 * GStreamer 1.22 may spin in it for ever. So nothing gets into the queue; the
 * main loop takes over what is of interest. */
static GstBusSyncReply
take_message (GstBus * bus, GstMessage * message, gpointer data)
{
  const GstMessageType types = GST_MESSAGE_PROGRESS | GST_MESSAGE_WARNING
      | GST_MESSAGE_ERROR | GST_MESSAGE_EOS;
  Task *task = g_object_get_data (G_OBJECT (GST_MESSAGE_SRC (message)), "task");

  if (task && is_complete (message))
    take_job_or_stop (task);
  if (task && GST_MESSAGE_TYPE (message) & types)
    g_idle_add_full (G_PRIORITY_DEFAULT, handle_message, message,
        (GDestroyNotify) gst_message_unref);
  else
    gst_message_unref (message);
  return GST_BUS_DROP;
}

/* --- A task in its pipeline --- */

/* A failure is on the bus by then. */
static void
start (Task * task)
{
  set_state (task, task->has_job ? LOADING : WAITING);
  gst_element_set_state (task->pipeline, GST_STATE_PLAYING);
}

static void
link_pad (GstElement * source, GstPad * pad, GstElement * sink)
{
  GstPad *sink_pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_link (pad, sink_pad);
  gst_object_unref (sink_pad);
}

static void
set_up_source (Task * task)
{
  const Fetch *fetch = task->fetch;

  g_object_set (task->source, "task-id", task->id, "save-location", task->path,
      NULL);
  gst_util_set_object_arg (G_OBJECT (task->source), "output", "container");
  if (fetch->timeout >= 0)
    g_object_set (task->source, "wait-timeout",
        (guint) MIN (fetch->timeout * 1000, G_MAXUINT), NULL);
  g_object_set_data (G_OBJECT (task->source), "task", task);
  g_signal_connect (task->source, "pad-added", G_CALLBACK (link_pad),
      task->sink);
}

static gboolean
make_pipeline (Task * task)
{
  task->source = gst_element_factory_make ("veosrc", NULL);
  task->sink = gst_element_factory_make ("fakesink", NULL);
  if (!task->source || !task->sink)
    return FALSE;
  set_up_source (task);
  g_object_set (task->sink, "sync", FALSE, NULL);

  task->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  g_object_set_data (G_OBJECT (task->pipeline), "task", task);
  gst_bin_add_many (GST_BIN (task->pipeline), task->source, task->sink, NULL);
  gst_element_set_bus (task->pipeline, task->fetch->bus);
  /* or the bus would be closed for all when one stops */
  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (task->pipeline), FALSE);
  return TRUE;
}

/* --- From an id to a task --- */

/* An id is anybody's text. Whatever could leave the directory, hide the file or
 * mean something to a shell becomes %XX, and no two ids have the same name. */
static gchar *
make_safe (const gchar * id)
{
  g_autofree gchar *safe = g_uri_escape_string (id, NULL, FALSE);

  if (strlen (safe) > MAX_NAME)
    return g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, -1);
  if (strchr (".-~", safe[0]))
    return g_strdup_printf ("%%%02X%s", (guint) safe[0], safe + 1);
  return g_steal_pointer (&safe);
}

static gchar *
make_path (Fetch * fetch, const gchar * id)
{
  g_autofree gchar *safe = make_safe (id);
  g_autoptr (GString) name = g_string_new (fetch->pattern);

  g_string_replace (name, "{id}", safe, 0);
  return g_build_filename (fetch->directory, name->str, NULL);
}

static void
begin (Task * task)
{
  if (!g_utf8_validate (task->id, -1, NULL))
    fail (task, GST_RESOURCE_ERROR_SETTINGS, "this id is not UTF-8");
  else if (g_str_has_suffix (task->path, ".part"))
    /* it could be the unfinished file of another task */
    fail (task, GST_RESOURCE_ERROR_SETTINGS,
        "the file's name would end in .part, choose another --name");
  else if (g_file_test (task->path, G_FILE_TEST_IS_REGULAR))
    finish (task, SKIPPED, NULL, NULL);
  else if (!make_pipeline (task))
    fail (task, GST_RESOURCE_ERROR_SETTINGS,
        "there is no veosrc, set GST_PLUGIN_PATH to its folder");
  else
    start (task);
}

static void
add_task (Fetch * fetch, const gchar * id)
{
  Task *task;

  if (g_hash_table_contains (fetch->by_id, id))
    return;
  task = g_new0 (Task, 1);
  task->fetch = fetch;
  task->id = g_strdup (id);
  task->path = make_path (fetch, id);
  g_ptr_array_add (fetch->tasks, task);
  g_hash_table_insert (fetch->by_id, task->id, task);
  fetch->counts[task->state]++;
  begin (task);
}

/* --- Ids from standard input, as they come --- */

typedef struct
{
  Fetch *fetch;
  gchar *text;                  /* NULL: that was all */
} Line;

/* A # begins a comment at the start of a line and behind a blank, since an id
 * may have one in the middle. */
static gchar *
strip_line (gchar * text)
{
  gchar *p;

  for (p = strchr (text, '#'); p; p = strchr (p + 1, '#')) {
    if (p == text || g_ascii_isspace (p[-1])) {
      *p = '\0';
      break;
    }
  }
  return g_strstrip (text);
}

static gboolean
take_line (gpointer data)
{
  Line *line = data;

  if (!line->text)
    line->fetch->is_reading = FALSE;
  else if (*strip_line (line->text))
    add_task (line->fetch, line->text);
  quit_if_over (line->fetch);
  g_free (line->text);
  g_free (line);
  return G_SOURCE_REMOVE;
}

static void
pass_line (Fetch * fetch, const gchar * text)
{
  Line *line = g_new (Line, 1);

  line->fetch = fetch;
  line->text = g_strdup (text);
  g_idle_add_full (G_PRIORITY_DEFAULT, take_line, line, NULL);
}

/* In a thread: who writes the ids may take its time, and the first ones need not
 * wait for the last. */
static gpointer
read_ids (gpointer data)
{
  char *text = NULL;
  size_t size = 0;

  while (getline (&text, &size, stdin) > 0)
    pass_line (data, text);
  pass_line (data, NULL);
  free (text);
  return NULL;
}

static void
start_reading (Fetch * fetch)
{
  if (fetch->is_reading)
    return;
  if (isatty (STDIN_FILENO))
    g_printerr ("Task ids, one a line, then Ctrl-D:\n");
  fetch->is_reading = TRUE;
  g_thread_unref (g_thread_new ("read-ids", read_ids, fetch));
}

/* --- The program --- */

static gboolean
interrupt (gpointer data)
{
  Fetch *fetch = data;

  fetch->result = 130;
  g_main_loop_quit (fetch->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
draw (gpointer data)
{
  output_draw (data);
  return G_SOURCE_CONTINUE;
}

static void
stop_all (Fetch * fetch)
{
  guint i;

  g_mutex_lock (&fetch->lock);
  fetch->is_stopping = TRUE;
  g_mutex_unlock (&fetch->lock);
  for (i = 0; i < fetch->tasks->len; i++) {
    Task *task = g_ptr_array_index (fetch->tasks, i);

    if (task->state < FETCHED)
      finish (task, STOPPED, NULL, NULL);
  }
}

static void
add_ids (Fetch * fetch)
{
  gchar **id;

  if (!fetch->ids)
    start_reading (fetch);
  for (id = fetch->ids; id && *id; id++) {
    if (g_str_equal (*id, "-"))
      start_reading (fetch);
    else
      add_task (fetch, *id);
  }
}

static void
run (Fetch * fetch)
{
  fetch->loop = g_main_loop_new (NULL, FALSE);
  fetch->bus = gst_bus_new ();
  fetch->tasks = g_ptr_array_new ();
  fetch->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  gst_bus_set_sync_handler (fetch->bus, take_message, NULL, NULL);
  g_unix_signal_add (SIGINT, interrupt, fetch);
  g_unix_signal_add (SIGTERM, interrupt, fetch);
  if (fetch->output.is_terminal)
    g_timeout_add (200, draw, fetch);
  add_ids (fetch);
  if (fetch->is_reading || fetch->counts[WAITING] > 0)
    g_main_loop_run (fetch->loop);
  stop_all (fetch);
}

static void
say_sums (Fetch * fetch)
{
  const guint *counts = fetch->counts;
  g_autofree gchar *line = g_strdup_printf ("%u tasks: %u fetched, %u there "
      "already, %u failed, %u stopped", fetch->tasks->len, counts[FETCHED],
      counts[SKIPPED], counts[FAILED], counts[STOPPED]);

  output_say (&fetch->output, line);
}

static gboolean
parse_options (Fetch * fetch, int *argc, char ***argv, GError ** error)
{
  const GOptionEntry entries[] = {
    {"directory", 'd', 0, G_OPTION_ARG_FILENAME, &fetch->directory,
        "Where the files go (.); made if it is not there", "DIR"},
    {"name", 'n', 0, G_OPTION_ARG_FILENAME, &fetch->pattern,
        "File name ({id}.mp4), {id} stands for the task id", "PATTERN"},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &fetch->free_jobs,
        "Downloads at the same time (4)", "N"},
    {"timeout", 't', 0, G_OPTION_ARG_DOUBLE, &fetch->timeout,
        "How long to wait for a task (1800); 0: for ever", "SECONDS"},
    {"report", 'r', 0, G_OPTION_ARG_FILENAME, &fetch->report_name,
        "A line of JSON for each task; -: standard output", "FILE"},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &fetch->ids,
        NULL, "[TASK_ID...]"},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context,
      "Waits for tasks and saves their videos. Without ids, and for the id -, "
      "they are read\nfrom standard input, one a line; # begins a comment.");
  g_option_context_set_description (context, "Exit status: 0 all videos are "
      "there, 1 some are not, 2 wrong usage, 130 stopped.\n");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  return g_option_context_parse (context, argc, argv, error);
}

/* Returns: NULL, or what is wrong with them */
static const gchar *
check_options (Fetch * fetch)
{
  if (!fetch->directory)
    fetch->directory = g_strdup (".");
  if (!fetch->pattern)
    fetch->pattern = g_strdup ("{id}.mp4");
  if (fetch->free_jobs < 1)
    return "--jobs must be 1 or more";
  if (!strstr (fetch->pattern, "{id}"))
    return "--name must contain {id}, or all files would have the same";
  if (strchr (fetch->pattern, G_DIR_SEPARATOR))
    return "--name is only a name, --directory is where it goes";
  if (g_mkdir_with_parents (fetch->directory, 0777) != 0)
    return "--directory cannot be made";
  if (!output_open (&fetch->output, fetch->report_name))
    return "--report cannot be written";
  return NULL;
}

int
main (int argc, char **argv)
{
  /* Not on the stack: the thread that reads may outlive main() */
  static Fetch fetch = {.free_jobs = 4,.timeout = -1 };
  g_autoptr (GError) error = NULL;
  const gchar *wrong;

  setlocale (LC_ALL, "");
  wrong = parse_options (&fetch, &argc, &argv, &error)
      ? check_options (&fetch) : error->message;
  if (wrong) {
    g_printerr ("%s, see --help\n", wrong);
    return 2;
  }
  run (&fetch);
  say_sums (&fetch);
  if (!output_close (&fetch.output)) {
    g_printerr ("The report could not be written to its end\n");
    return MAX (fetch.result, 1);
  }
  return fetch.result;
}
