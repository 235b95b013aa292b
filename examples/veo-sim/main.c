/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* veo-sim: the stand-in service as a program */
#include <glib-unix.h>
#include <gst/gst.h>
#include <locale.h>
#include <stdio.h>

#include "veosim.h"

typedef struct
{
  gint port;
  gchar *address;
  gchar *api_key;
  gchar *prefix;
  gchar *files_address;
  gchar *certificate;
  gchar *key_file;
  gchar **tasks;
  guint duration_ms;
  gboolean fail;
  gchar *fail_message;
  gboolean cancel;
  gchar *prompt;
  gint seconds;
  gchar *size;
  gchar *link;
  gchar *codec;
  gchar *index;
  gchar *file;
  gboolean silent;
  gchar *script;
  gboolean verbose;
} Settings;

static Settings settings;

/* "10", "10s", "1.5s", "500ms" */
static gboolean
parse_duration (const gchar * option, const gchar * value, gpointer data,
    GError ** error)
{
  gchar *end;
  gdouble number = g_ascii_strtod (value, &end);

  if (end != value && number >= 0 && number <= 86400000 && (!*end
          || g_str_equal (end, "s") || g_str_equal (end, "ms"))) {
    settings.duration_ms = number * (g_str_equal (end, "ms") ? 1 : 1000);
    return TRUE;
  }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "“%s” is no duration: write 10, 10s or 500ms", value);
  return FALSE;
}

static gboolean
parse_fail (const gchar * option, const gchar * value, gpointer data,
    GError ** error)
{
  settings.fail = TRUE;
  g_free (settings.fail_message);
  settings.fail_message =
      g_strdup (value ? value : "The prompt was refused by the safety filter.");
  return TRUE;
}

/* *INDENT-OFF* */
static const GOptionEntry server_entries[] = {
  {"port", 'p', 0, G_OPTION_ARG_INT, &settings.port, "Port to listen on (default: any free one, it is printed)", "PORT"},
  {"address", 'a', 0, G_OPTION_ARG_STRING, &settings.address, "Address to listen on (default: 127.0.0.1)", "ADDRESS"},
  {"prefix", 0, 0, G_OPTION_ARG_STRING, &settings.prefix, "Put all routes below this path", "/PATH"},
  {"api-key", 'k', 0, G_OPTION_ARG_STRING, &settings.api_key,
      "Ask for this key (better: set VEO_SIM_API_KEY, a command line can be seen by all)", "KEY"},
  {"certificate", 0, 0, G_OPTION_ARG_FILENAME, &settings.certificate, "Speak https with this PEM certificate", "FILE"},
  {"key-file", 0, 0, G_OPTION_ARG_FILENAME, &settings.key_file,
      "The certificate's private key (default: it is in the same file)", "FILE"},
  {"verbose", 'v', 0, G_OPTION_ARG_NONE, &settings.verbose, "Print each request (never keys or queries)", NULL},
  {NULL}
};

static const GOptionEntry task_entries[] = {
  {"task", 't', 0, G_OPTION_ARG_STRING_ARRAY, &settings.tasks, "Make a task with this id at the start (may be repeated)", "ID"},
  {"duration", 'd', 0, G_OPTION_ARG_CALLBACK, parse_duration,
      "How long tasks take: 10, 10s, 500ms (default: as long as the rendering)", "TIME"},
  {"fail", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, parse_fail, "Tasks end as failed, with this reason", "REASON"},
  {"cancel", 0, 0, G_OPTION_ARG_NONE, &settings.cancel, "Tasks end as cancelled", NULL},
  {"prompt", 0, 0, G_OPTION_ARG_STRING, &settings.prompt, "The text in the picture of tasks made at the start", "TEXT"},
  {"seconds", 0, 0, G_OPTION_ARG_INT, &settings.seconds, "Length of the videos (default: 8)", "N"},
  {"size", 0, 0, G_OPTION_ARG_STRING, &settings.size, "Size of the videos (default: 720x1280)", "WxH"},
  {"codec", 0, 0, G_OPTION_ARG_STRING, &settings.codec, "h264 (default), h264-444, h264-10, h265, vp9 or vp8", "CODEC"},
  {"index", 0, 0, G_OPTION_ARG_STRING, &settings.index, "Where the MP4 index is: front (default), end or fragmented", "PLACE"},
  {"silent", 0, 0, G_OPTION_ARG_NONE, &settings.silent, "Videos without sound", NULL},
  {"file", 'f', 0, G_OPTION_ARG_FILENAME, &settings.file, "Tasks made at the start deliver this file; nothing is rendered", "FILE"},
  {"link", 'l', 0, G_OPTION_ARG_STRING, &settings.link,
      "What video_url says: content (default), signed or none", "KIND"},
  {"files-address", 0, 0, G_OPTION_ARG_STRING, &settings.files_address,
      "Signed links live at this address, on a port of its own", "ADDRESS"},
  {"script", 's', 0, G_OPTION_ARG_FILENAME, &settings.script,
      "A JSON file with tasks, answers and troubles (docs/veo-sim.md)", "FILE"},
  {NULL}
};
/* *INDENT-ON* */

static const gchar examples[] =
    "Examples:\n"
    "  A task that takes ten seconds, for a player:\n"
    "    veo-sim --port 8080 --task video_demo --duration 10\n"
    "    VEO_BASE_URL=http://127.0.0.1:8080 gst-launch-1.0 veosrc task-id=video_demo ! autovideosink\n"
    "\n"
    "  A new task, as the service's customers make it:\n"
    "    curl -H 'Content-Type: application/json' -d '{\"model\":\"veo_3_1-fast\",\"prompt\":\"A cat\"}' \\\n"
    "         http://127.0.0.1:8080/v1/videos\n"
    "\n"
    "  With a key, signed links on another origin, and a task that fails:\n"
    "    VEO_SIM_API_KEY=sk-test veo-sim --link signed --files-address 127.0.0.2\n"
    "    veo-sim --task video_bad --duration 3 --fail='The prompt was refused.'\n"
    "\n"
    "  A relay that cuts every transfer and lies about Range (docs/veo-sim.md has more):\n"
    "    echo '{\"transfer\": {\"range\": \"ignored\", \"cut_every\": 500000}}' > bad.json\n"
    "    veo-sim --task video_demo --script bad.json --verbose\n";

static gboolean
parse_arguments (gint * argc, gchar *** argv, GError ** error)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- a stand-in for a video generation service");

  g_option_context_set_summary (context,
      "Answers like the real service on this machine, and renders real videos with GStreamer.");
  g_option_context_set_description (context, examples);
  g_option_context_add_main_entries (context, server_entries, NULL);
  g_option_context_add_main_entries (context, task_entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "What is “%s”? See veo-sim --help", (*argv)[1]);
    return FALSE;
  }
  return TRUE;
}

/* The place of word in words, 0 for none; -1 and an error if it is not there */
static gint
find_word (const gchar * option, const gchar * word, const gchar * const *words,
    GError ** error)
{
  g_autofree gchar *all = g_strjoinv (", ", (gchar **) words);
  gint i;

  if (!word)
    return 0;
  for (i = 0; words[i]; i++) {
    if (g_str_equal (words[i], word))
      return i;
  }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "--%s must be one of: %s", option, all);
  return -1;
}

static gboolean
bad_value (GError ** error, const gchar * text)
{
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
  return FALSE;
}

static gboolean
make_new_task (VeoSimNewTask * n, GError ** error)
{
  static const gchar *const links[] = { "content", "signed", "none", NULL };
  static const VeoSimLink kinds[] =
      { VEO_SIM_LINK_CONTENT, VEO_SIM_LINK_SIGNED, VEO_SIM_LINK_NONE };
  static const gchar *const codecs[] =
      { "h264", "h264-444", "h264-10", "h265", "vp9", "vp8", NULL };
  static const gchar *const indexes[] = { "front", "end", "fragmented", NULL };
  gint link = find_word ("link", settings.link, links, error);
  gint codec =
      link < 0 ? -1 : find_word ("codec", settings.codec, codecs, error);
  gint index =
      codec < 0 ? -1 : find_word ("index", settings.index, indexes, error);

  if (index < 0)
    return FALSE;
  if (settings.seconds < 0 || settings.seconds > 120)
    return bad_value (error, "--seconds must be from 1 to 120");
  if (settings.size
      && !veo_sim_clip_parse_size (settings.size, &n->clip.width,
          &n->clip.height))
    return bad_value (error,
        "--size must be like 720x1280, with even numbers from 16 to 4096");
  n->link = kinds[link];
  n->clip.codec = codec;
  n->clip.index = index;
  n->clip.silent = settings.silent;
  n->clip.seconds = settings.seconds;
  n->duration_ms = settings.duration_ms;
  n->last_status =
      settings.fail ? "failed" : settings.cancel ? "cancelled" : NULL;
  n->message = settings.fail ? settings.fail_message : NULL;
  return TRUE;
}

static void
start_task (VeoSim * sim, const gchar * id, const VeoSimNewTask * n)
{
  veo_sim_add_task (sim, id, "queued");
  veo_sim_task_set_details (sim, id, NULL,
      settings.prompt ? settings.prompt : id, settings.seconds, settings.size);
  veo_sim_task_set_link_kind (sim, id, n->link);
  if (!n->last_status && !settings.file)
    veo_sim_task_render (sim, id, &n->clip);
  veo_sim_task_run_to (sim, id, n->duration_ms,
      n->last_status ? n->last_status : "completed", n->message);
}

static gboolean
set_file (VeoSim * sim, GError ** error)
{
  g_autoptr (GMappedFile) file =
      g_mapped_file_new (settings.file, FALSE, error);
  g_autoptr (GBytes) bytes = NULL;

  if (!file)
    return FALSE;
  bytes = g_mapped_file_get_bytes (file);
  veo_sim_set_clip (sim, bytes, g_str_has_suffix (settings.file,
          ".webm") ? "video/webm" : "video/mp4");
  return TRUE;
}

static gboolean
set_up (VeoSim * sim, GError ** error)
{
  VeoSimNewTask n = { 0, };
  gchar **id;

  if (!make_new_task (&n, error))
    return FALSE;
  if (!n.last_status && !settings.file && !veo_sim_clip_check (&n.clip, error))
    return FALSE;
  if (settings.file && !set_file (sim, error))
    return FALSE;
  veo_sim_set_new_task (sim, &n);
  for (id = settings.tasks; id && *id; id++)
    start_task (sim, *id, &n);
  return !settings.script || veo_sim_load_script (sim, settings.script, error);
}

static void
print_line (const gchar * line, gpointer data)
{
  g_print ("veo-sim: %s\n", line);
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static void
serve (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_unix_signal_add (SIGINT, quit, loop);
  g_unix_signal_add (SIGTERM, quit, loop);
  g_main_loop_run (loop);
}

static gboolean
run (GError ** error)
{
  const gchar *key =
      settings.api_key ? settings.api_key : g_getenv ("VEO_SIM_API_KEY");
  VeoSimOptions options = {
    .address = settings.address,.port = settings.port,.prefix = settings.prefix,
    .api_key = key && *key ? key : NULL,.files_address = settings.files_address,
    .certificate_file = settings.certificate,.key_file = settings.key_file
  };
  g_autoptr (VeoSim) sim = NULL;

  if (settings.port < 0 || settings.port > 65535)
    return bad_value (error, "--port must be from 0 to 65535");
  sim = veo_sim_new (&options, error);
  if (!sim || !set_up (sim, error))
    return FALSE;
  if (settings.verbose)
    veo_sim_set_log_func (sim, print_line, NULL);
  g_print ("veo-sim: listening on %s\n", veo_sim_get_url (sim));
  serve ();
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  setvbuf (stdout, NULL, _IOLBF, 0);
  gst_init (NULL, NULL);
  if (parse_arguments (&argc, &argv, &error) && run (&error))
    return 0;
  g_printerr ("veo-sim: %s\n", error->message);
  return 1;
}
