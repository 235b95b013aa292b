/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gstveosettings.h"
#include "gstveourl.h"

#define DEFAULT_BASE_URL "https://octopusx.ai"
#define DEFAULT_OUTPUT GST_VEO_OUTPUT_DECODED
#define DEFAULT_MIN_POLL_INTERVAL 1000
#define DEFAULT_MAX_POLL_INTERVAL 15000
#define DEFAULT_WAIT_TIMEOUT 1800000
#define DEFAULT_REQUEST_TIMEOUT 15000
#define DEFAULT_RETRIES 8
#define DEFAULT_USE_BUFFERING TRUE
#define DEFAULT_FILL_AUDIO FALSE

#define MIN_INTERVAL 50
#define MAX_INTERVAL 3600000

#define SETTING_FLAGS (GST_PARAM_MUTABLE_READY | G_PARAM_STATIC_STRINGS)

static void
install_string (GObjectClass * klass, guint id, const gchar * name,
    const gchar * nick, const gchar * blurb, const gchar * value,
    GParamFlags access)
{
  g_object_class_install_property (klass, id,
      g_param_spec_string (name, nick, blurb, value, access | SETTING_FLAGS));
}

static void
install_uint (GObjectClass * klass, guint id, const gchar * name,
    const gchar * nick, const gchar * blurb, guint min, guint max, guint value)
{
  g_object_class_install_property (klass, id,
      g_param_spec_uint (name, nick, blurb, min, max, value,
          G_PARAM_READWRITE | SETTING_FLAGS));
}

static void
install_boolean (GObjectClass * klass, guint id, const gchar * name,
    const gchar * nick, const gchar * blurb, gboolean value)
{
  g_object_class_install_property (klass, id,
      g_param_spec_boolean (name, nick, blurb, value,
          G_PARAM_READWRITE | SETTING_FLAGS));
}

static void
install_task (GObjectClass * klass)
{
  /**
   * GstVeoSrc:task-id:
   *
   * The id that the service gave the task, case-sensitive, at most 1,024
   * bytes. Without one, or with an impossible one, the element fails from
   * READY to PAUSED with GST_RESOURCE_ERROR_SETTINGS.
   *
   * Since: 0.1
   */
  install_string (klass, GST_VEO_SETTING_TASK_ID, "task-id", "Task id",
      "Id of the video-generation task to wait for, as the service gave it",
      NULL, G_PARAM_READWRITE);
  /**
   * GstVeoSrc:api-key:
   *
   * Sent as a bearer token to the origin of #GstVeoSrc:base-url and nowhere
   * else. Write-only. Unset: the environment variable VEO_API_KEY.
   *
   * Since: 0.1
   */
  install_string (klass, GST_VEO_SETTING_API_KEY, "api-key", "API key",
      "Key for the service, write-only (unset: environment variable "
      "VEO_API_KEY)", NULL, G_PARAM_WRITABLE);
  /**
   * GstVeoSrc:base-url:
   *
   * Where the service is; http or https, with or without a trailing / or /v1,
   * and with a path prefix. Unset: the environment variable VEO_BASE_URL, else
   * https://octopusx.ai.
   *
   * Since: 0.1
   */
  install_string (klass, GST_VEO_SETTING_BASE_URL, "base-url", "Base URL",
      "Address of the service, without /v1/videos (unset: environment "
      "variable VEO_BASE_URL)", DEFAULT_BASE_URL, G_PARAM_READWRITE);
  /**
   * GstVeoSrc:output:
   *
   * What the pads carry.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, GST_VEO_SETTING_OUTPUT,
      g_param_spec_enum ("output", "Output",
          "Whether pads carry decoded streams, encoded streams or the file",
          GST_TYPE_VEO_OUTPUT, DEFAULT_OUTPUT,
          G_PARAM_READWRITE | SETTING_FLAGS));
}

static void
install_waiting (GObjectClass * klass)
{
  /**
   * GstVeoSrc:min-poll-interval:
   *
   * Shortest time between two polls in milliseconds, and the first pause
   * before a retry.
   *
   * Since: 0.1
   */
  install_uint (klass, GST_VEO_SETTING_MIN_POLL_INTERVAL, "min-poll-interval",
      "Minimum poll interval", "Shortest time between two polls in ms",
      MIN_INTERVAL, MAX_INTERVAL, DEFAULT_MIN_POLL_INTERVAL);
  /**
   * GstVeoSrc:max-poll-interval:
   *
   * Longest time between two polls in milliseconds, and the longest pause
   * before a retry; only a hint of the server may exceed it.
   *
   * Since: 0.1
   */
  install_uint (klass, GST_VEO_SETTING_MAX_POLL_INTERVAL, "max-poll-interval",
      "Maximum poll interval",
      "Longest time between two polls in ms, unless the service asks for more",
      MIN_INTERVAL, MAX_INTERVAL, DEFAULT_MAX_POLL_INTERVAL);
  /**
   * GstVeoSrc:wait-timeout:
   *
   * Time from the first poll until the task must be completed, in
   * milliseconds; 0 waits for ever. Past it: GST_RESOURCE_ERROR_BUSY. The task
   * itself goes on at the service.
   *
   * Since: 0.1
   */
  install_uint (klass, GST_VEO_SETTING_WAIT_TIMEOUT, "wait-timeout",
      "Wait timeout", "Longest wait for the task in ms (0 = for ever)",
      0, G_MAXUINT, DEFAULT_WAIT_TIMEOUT);
  /**
   * GstVeoSrc:request-timeout:
   *
   * Time for one HTTP exchange of a poll, from send to last byte, in
   * milliseconds; a download may be silent for as long. 0 for no limit on a
   * poll.
   *
   * Since: 0.1
   */
  install_uint (klass, GST_VEO_SETTING_REQUEST_TIMEOUT, "request-timeout",
      "Request timeout", "Longest time for one poll in ms (0 = no limit)",
      0, G_MAXUINT, DEFAULT_REQUEST_TIMEOUT);
  /**
   * GstVeoSrc:retries:
   *
   * How many polls in a row, or attempts of the download without a new byte,
   * may fail before giving up.
   *
   * Since: 0.1
   */
  install_uint (klass, GST_VEO_SETTING_RETRIES, "retries", "Retries",
      "How many polls in a row may fail before giving up",
      0, G_MAXUINT, DEFAULT_RETRIES);
}

static void
install_network (GObjectClass * klass)
{
  /**
   * GstVeoSrc:proxy:
   *
   * Proxy for polls and download, http://HOST:PORT, with a user and a password
   * as http://USER:PASSWORD@HOST:PORT, percent-encoded. Unset: the system's,
   * with its exceptions. Credentials in it read back as ***. One that is no
   * address fails from READY to PAUSED with GST_RESOURCE_ERROR_SETTINGS.
   *
   * Since: 0.1
   */
  install_string (klass, GST_VEO_SETTING_PROXY, "proxy", "Proxy",
      "HTTP proxy URL for polls and download (unset: the system's)",
      NULL, G_PARAM_READWRITE);
  /**
   * GstVeoSrc:tls-ca-file:
   *
   * PEM file with the certificate authorities to trust instead of the
   * system's, for polls and download.
   *
   * Since: 0.1
   */
  install_string (klass, GST_VEO_SETTING_TLS_CA_FILE, "tls-ca-file",
      "TLS CA file",
      "PEM file of authorities to trust instead of the system's", NULL,
      G_PARAM_READWRITE);
  /**
   * GstVeoSrc:user-agent:
   *
   * User-Agent of polls and download.
   *
   * Since: 0.1
   */
  install_string (klass, GST_VEO_SETTING_USER_AGENT, "user-agent",
      "User agent", "User-Agent header of polls and download (unset: "
      "veosrc/VERSION)", NULL, G_PARAM_READWRITE);
}

static void
install_playing (GObjectClass * klass)
{
  /**
   * GstVeoSrc:use-buffering:
   *
   * Whether BUFFERING messages are posted while a slow download plays. Never
   * for output=container, where nothing plays.
   *
   * Since: 0.1
   */
  install_boolean (klass, GST_VEO_SETTING_USE_BUFFERING, "use-buffering",
      "Use buffering", "Post BUFFERING messages while a slow download plays",
      DEFAULT_USE_BUFFERING);
  /**
   * GstVeoSrc:fill-audio:
   *
   * For output=decoded: a file without audio gets audio_0 with silence (S16LE,
   * 48 kHz, stereo) of the clip's length.
   *
   * Since: 0.1
   */
  install_boolean (klass, GST_VEO_SETTING_FILL_AUDIO, "fill-audio",
      "Fill audio", "Give a clip without sound an audio pad with silence",
      DEFAULT_FILL_AUDIO);
  /**
   * GstVeoSrc:save-location:
   *
   * A path that belongs to this task. An existing file there is played as it
   * is, without a request; else the download is stored there, complete or not
   * at all. Links are followed; what is no regular file is left alone.
   *
   * Since: 0.1
   */
  install_string (klass, GST_VEO_SETTING_SAVE_LOCATION, "save-location",
      "Save location",
      "File to keep the original in, and to play from when it exists", NULL,
      G_PARAM_READWRITE);
}

void
gst_veo_settings_install (GObjectClass * klass)
{
  install_task (klass);
  install_waiting (klass);
  install_network (klass);
  install_playing (klass);
  gst_type_mark_as_plugin_api (GST_TYPE_VEO_OUTPUT, 0);
}

void
gst_veo_settings_init (GstVeoSettings * settings)
{
/* *INDENT-OFF* */
  *settings = (GstVeoSettings) {
    .output = DEFAULT_OUTPUT,
    .min_poll_interval = DEFAULT_MIN_POLL_INTERVAL,
    .max_poll_interval = DEFAULT_MAX_POLL_INTERVAL,
    .wait_timeout = DEFAULT_WAIT_TIMEOUT,
    .request_timeout = DEFAULT_REQUEST_TIMEOUT,
    .retries = DEFAULT_RETRIES,
    .use_buffering = DEFAULT_USE_BUFFERING,
    .fill_audio = DEFAULT_FILL_AUDIO,
  };
/* *INDENT-ON* */
}

void
gst_veo_settings_clear (GstVeoSettings * settings)
{
  g_clear_pointer (&settings->task_id, g_free);
  g_clear_pointer (&settings->api_key, g_free);
  g_clear_pointer (&settings->base_url, g_free);
  g_clear_pointer (&settings->proxy, g_free);
  g_clear_pointer (&settings->tls_ca_file, g_free);
  g_clear_pointer (&settings->user_agent, g_free);
  g_clear_pointer (&settings->save_location, g_free);
}

static gchar **
find_string (const GstVeoSettings * settings, guint id)
{
  GstVeoSettings *s = (GstVeoSettings *) settings;

  switch (id) {
    case GST_VEO_SETTING_TASK_ID:
      return &s->task_id;
    case GST_VEO_SETTING_API_KEY:
      return &s->api_key;
    case GST_VEO_SETTING_BASE_URL:
      return &s->base_url;
    case GST_VEO_SETTING_PROXY:
      return &s->proxy;
    case GST_VEO_SETTING_TLS_CA_FILE:
      return &s->tls_ca_file;
    case GST_VEO_SETTING_USER_AGENT:
      return &s->user_agent;
    case GST_VEO_SETTING_SAVE_LOCATION:
      return &s->save_location;
    default:
      return NULL;
  }
}

static guint *
find_uint (const GstVeoSettings * settings, guint id)
{
  GstVeoSettings *s = (GstVeoSettings *) settings;

  switch (id) {
    case GST_VEO_SETTING_MIN_POLL_INTERVAL:
      return &s->min_poll_interval;
    case GST_VEO_SETTING_MAX_POLL_INTERVAL:
      return &s->max_poll_interval;
    case GST_VEO_SETTING_WAIT_TIMEOUT:
      return &s->wait_timeout;
    case GST_VEO_SETTING_REQUEST_TIMEOUT:
      return &s->request_timeout;
    case GST_VEO_SETTING_RETRIES:
      return &s->retries;
    default:
      return NULL;
  }
}

static gboolean *
find_boolean (const GstVeoSettings * settings, guint id)
{
  GstVeoSettings *s = (GstVeoSettings *) settings;

  switch (id) {
    case GST_VEO_SETTING_USE_BUFFERING:
      return &s->use_buffering;
    case GST_VEO_SETTING_FILL_AUDIO:
      return &s->fill_audio;
    default:
      return NULL;
  }
}

static gchar *
dup_unless_empty (const gchar * text)
{
  return text && *text ? g_strdup (text) : NULL;
}

gboolean
gst_veo_settings_set (GstVeoSettings * settings, guint id, const GValue * value)
{
  gchar **text = find_string (settings, id);
  guint *number = find_uint (settings, id);
  gboolean *flag = find_boolean (settings, id);

  if (text) {
    g_free (*text);
    *text = dup_unless_empty (g_value_get_string (value));
  } else if (number) {
    *number = g_value_get_uint (value);
  } else if (flag) {
    *flag = g_value_get_boolean (value);
  } else if (id == GST_VEO_SETTING_OUTPUT) {
    settings->output = g_value_get_enum (value);
  } else {
    return FALSE;
  }
  return TRUE;
}

static gchar *
dup_base_url (const GstVeoSettings * settings)
{
  const gchar *environment = g_getenv ("VEO_BASE_URL");

  if (settings->base_url)
    return g_strdup (settings->base_url);
  if (environment && *environment)
    return g_strdup (environment);
  return g_strdup (DEFAULT_BASE_URL);
}

/* Strings that may carry credentials read back without them. */
static gchar *
dup_readable (const GstVeoSettings * settings, guint id)
{
  if (id == GST_VEO_SETTING_BASE_URL) {
    g_autofree gchar *base_url = dup_base_url (settings);

    return gst_veo_proxy_redact (base_url);
  }
  if (id == GST_VEO_SETTING_PROXY)
    return settings->proxy ? gst_veo_proxy_redact (settings->proxy) : NULL;
  return g_strdup (*find_string (settings, id));
}

gboolean
gst_veo_settings_get (const GstVeoSettings * settings, guint id, GValue * value)
{
  if (id == GST_VEO_SETTING_API_KEY)
    return FALSE;
  if (find_string (settings, id))
    g_value_take_string (value, dup_readable (settings, id));
  else if (find_uint (settings, id))
    g_value_set_uint (value, *find_uint (settings, id));
  else if (find_boolean (settings, id))
    g_value_set_boolean (value, *find_boolean (settings, id));
  else if (id == GST_VEO_SETTING_OUTPUT)
    g_value_set_enum (value, settings->output);
  else
    return FALSE;
  return TRUE;
}

/* A line of its own in it would be a header of its own */
static gchar *
dup_header_value (const gchar * text)
{
  gchar *value = g_strdup (text);
  gchar *c;

  for (c = value; c && *c; c++) {
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  }
  return value;
}

void
gst_veo_settings_snapshot (const GstVeoSettings * settings,
    GstVeoSettings * snapshot)
{
  *snapshot = *settings;
  snapshot->task_id = g_strdup (settings->task_id);
  snapshot->api_key = settings->api_key ? g_strdup (settings->api_key)
      : dup_unless_empty (g_getenv ("VEO_API_KEY"));
  snapshot->base_url = dup_base_url (settings);
  snapshot->proxy = g_strdup (settings->proxy);
  /* GLib's takes no other, and the current folder may change during the wait */
  snapshot->tls_ca_file = settings->tls_ca_file ?
      g_canonicalize_filename (settings->tls_ca_file, NULL) : NULL;
  snapshot->user_agent = dup_header_value (settings->user_agent);
  snapshot->save_location = g_strdup (settings->save_location);
  if (snapshot->max_poll_interval < snapshot->min_poll_interval)
    snapshot->max_poll_interval = snapshot->min_poll_interval;
}
