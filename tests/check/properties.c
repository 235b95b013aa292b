/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface: properties, pads, signal, factory, and what of it is seen on
 * the wire. */
#include "scene.h"

static Scene *scene;

#define PATIENCE_MS (SCENE_PATIENCE / GST_MSECOND)
#define STATUS_PATH "/v1/videos/" SCENE_TASK
#define CONTENT_PATH STATUS_PATH "/content"

/* What exists. */

typedef struct
{
  const gchar *name;
  const gchar *type;
  const gchar *access;          /* "rw", "r", "w" */
  const gchar *value;           /* default, as text */
  guint min, max;               /* of numbers */
} Property;

static const Property properties[] = {
  {"task-id", "gchararray", "rw", NULL},
  {"api-key", "gchararray", "w", NULL},
  {"base-url", "gchararray", "rw", "https://octopusx.ai"},
  {"output", "GstVeoOutput", "rw", "decoded"},
  {"min-poll-interval", "guint", "rw", "1000", 50, 3600000},
  {"max-poll-interval", "guint", "rw", "15000", 50, 3600000},
  {"wait-timeout", "guint", "rw", "1800000", 0, G_MAXUINT},
  {"request-timeout", "guint", "rw", "15000", 0, G_MAXUINT},
  {"retries", "guint", "rw", "8", 0, G_MAXUINT},
  {"proxy", "gchararray", "rw", NULL},
  {"tls-ca-file", "gchararray", "rw", NULL},
  {"user-agent", "gchararray", "rw", NULL},
  {"use-buffering", "gboolean", "rw", "true"},
  {"fill-audio", "gboolean", "rw", "false"},
  {"save-location", "gchararray", "rw", NULL},
  {"status", "GstVeoStatus", "r", "unknown"},
  {"progress", "gint", "r", "0", 0, 100},
  {"video-url", "gchararray", "r", NULL},
  {"task", "GstStructure", "r", NULL},
  {"stats", "GstStructure", "r", NULL},
};

static GParamSpec *
find_property (const gchar * name)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS
      (scene->src), name);

  fail_unless (pspec != NULL, "no property %s", name);
  return pspec;
}

static gchar *
value_to_text (const GValue * value)
{
  return G_VALUE_HOLDS_STRING (value) ? g_value_dup_string (value)
      : gst_value_serialize (value);
}

static void
check_access (const Property * property, GParamSpec * pspec)
{
  gboolean readable = strchr (property->access, 'r') != NULL;
  gboolean writable = strchr (property->access, 'w') != NULL;

  fail_unless_equals_int (!!(pspec->flags & G_PARAM_READABLE), readable);
  fail_unless_equals_int (!!(pspec->flags & G_PARAM_WRITABLE), writable);
  fail_unless_equals_int (!!(pspec->flags & GST_PARAM_MUTABLE_READY), writable);
  fail_if (pspec->flags & (GST_PARAM_MUTABLE_PAUSED |
          GST_PARAM_MUTABLE_PLAYING));
  fail_if (pspec->flags & (G_PARAM_CONSTRUCT | G_PARAM_CONSTRUCT_ONLY));
}

static void
check_range (const Property * property, GParamSpec * pspec)
{
  if (G_IS_PARAM_SPEC_UINT (pspec)) {
    fail_unless_equals_int64 (G_PARAM_SPEC_UINT (pspec)->minimum,
        property->min);
    fail_unless_equals_int64 (G_PARAM_SPEC_UINT (pspec)->maximum,
        property->max);
  } else if (G_IS_PARAM_SPEC_INT (pspec)) {
    fail_unless_equals_int (G_PARAM_SPEC_INT (pspec)->minimum, property->min);
    fail_unless_equals_int (G_PARAM_SPEC_INT (pspec)->maximum, property->max);
  }
}

/* A structure is made when it is read: it has no default. */
static void
check_default (const Property * property, GParamSpec * pspec)
{
  GstElement *fresh;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree gchar *text = NULL;
  g_autofree gchar *own = NULL;

  if (pspec->value_type == GST_TYPE_STRUCTURE)
    return;
  text = value_to_text (g_param_spec_get_default_value (pspec));
  fail_unless_equals_string (text, property->value);
  if (!(pspec->flags & G_PARAM_READABLE))
    return;
  fresh = gst_element_factory_make ("veosrc", NULL);
  g_value_init (&value, pspec->value_type);
  g_object_get_property (G_OBJECT (fresh), property->name, &value);
  own = value_to_text (&value);
  fail_unless_equals_string (own, property->value);
  gst_object_unref (fresh);
}

/* Given the element's class, when a property is looked up, then its type,
 * access, range and default are those of the manual, and it is described. */
SCENE_TEST (test_property)
{
  const Property *property = &properties[__i__];
  GParamSpec *pspec = find_property (property->name);

  fail_unless_equals_string (g_type_name (pspec->value_type), property->type);
  check_access (property, pspec);
  check_range (property, pspec);
  check_default (property, pspec);
  fail_unless (strlen (g_param_spec_get_blurb (pspec)) > 10);
  fail_if (g_str_equal (g_param_spec_get_blurb (pspec),
          g_param_spec_get_nick (pspec)));
}

/* Given the element's class, when its own properties are counted, then there
 * is none that the manual does not know. */
SCENE_TEST (test_no_other_property)
{
  guint n, own = 0;
  g_autofree GParamSpec **all = g_object_class_list_properties
      (G_OBJECT_GET_CLASS (scene->src), &n);

  for (guint i = 0; i < n; i++)
    if (all[i]->owner_type == G_OBJECT_TYPE (scene->src))
      own++;
  fail_unless_equals_int (own, G_N_ELEMENTS (properties));
}

static void
check_nicks (const gchar * property, const gchar * const *nicks)
{
  GEnumClass *values = G_PARAM_SPEC_ENUM (find_property (property))->enum_class;

  fail_unless_equals_int (values->n_values, g_strv_length ((gchar **) nicks));
  for (guint i = 0; nicks[i]; i++) {
    fail_unless_equals_string (values->values[i].value_nick, nicks[i]);
    fail_unless_equals_int (values->values[i].value, i);
  }
}

/* Given the enums, when their nicks are listed, then they are those that
 * gst-launch lines are written with. */
SCENE_TEST (test_nicks_of_enums)
{
  static const gchar *const outputs[] = { "decoded", "encoded", "container",
    NULL
  };
  static const gchar *const statuses[] = { "unknown", "queued", "processing",
    "completed", "failed", "cancelled", "expired", NULL
  };

  check_nicks ("output", outputs);
  check_nicks ("status", statuses);
}

/* Given any text, when a string property is set, then it reads back as it is,
 * case included. */
SCENE_TEST (test_strings_read_back)
{
  static const gchar *const names[] = { "task-id", "base-url", "tls-ca-file",
    "user-agent", "save-location", "proxy"
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *text = NULL;

    g_object_set (scene->src, names[i], "http://Some.Text/Here:1", NULL);
    g_object_get (scene->src, names[i], &text, NULL);
    fail_unless_equals_string (text, "http://Some.Text/Here:1");
  }
}

/* Given a string property, when it is set to "", then it is unset. */
SCENE_TEST (test_empty_string_is_unset)
{
  static const gchar *const names[] = { "task-id", "base-url", "tls-ca-file",
    "user-agent", "save-location", "proxy"
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *text = NULL;

    g_object_set (scene->src, names[i], "x", NULL);
    g_object_set (scene->src, names[i], "", NULL);
    g_object_get (scene->src, names[i], &text, NULL);
    fail_unless_equals_string (text,
        g_str_equal (names[i], "base-url") ? "https://octopusx.ai" : NULL);
  }
}

/* Given no task-id, or an empty one, when the element is started, then it
 * fails at once with SETTINGS, and no request is made. */
SCENE_TEST (test_missing_task_id)
{
  g_object_set (scene->src, "task-id", __i__ == 0 ? NULL : "", NULL);
  fail_unless_equals_int (gst_element_set_state (scene->pipeline,
          GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  scene_wait_error (scene, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, NULL, NULL), 0);
}

/* Secrets. */

/* Given a proxy with a password, when it is read, then *** stands for the
 * credentials. */
SCENE_TEST (test_proxy_hides_its_credentials)
{
  g_autofree gchar *proxy = NULL;

  g_object_set (scene->src, "proxy", "http://anna:pass@word@proxy:3128/", NULL);
  g_object_get (scene->src, "proxy", &proxy, NULL);
  fail_unless_equals_string (proxy, "http://***@proxy:3128/");
}

/* Given an element that plays, when a dot file of all is drawn, then the key
 * is not in it. */
SCENE_TEST (test_dot_file_has_no_key)
{
  g_autofree gchar *waiting = NULL;
  g_autofree gchar *playing = NULL;

  scene_set_state (scene, GST_STATE_PAUSED);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", NULL, 1, PATIENCE_MS));
  waiting = gst_debug_bin_to_dot_data (GST_BIN (scene->pipeline),
      GST_DEBUG_GRAPH_SHOW_VERBOSE);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  playing = gst_debug_bin_to_dot_data (GST_BIN (scene->pipeline),
      GST_DEBUG_GRAPH_SHOW_VERBOSE);
  fail_unless (strstr (waiting, SCENE_TASK) && strstr (playing, "queue2"));
  fail_if (strstr (waiting, SCENE_KEY) || strstr (playing, SCENE_KEY));
}

/* On the wire. */

static void
get_request (const gchar * path, guint index, VeoSimRequest * request)
{
  fail_unless (veo_sim_get_request (scene->sim, "GET", path, index, request),
      "no request for %s", path);
}

/* Given an element without a key, when VEO_API_KEY is set, then polls and
 * download carry it as a bearer token. */
SCENE_TEST (test_key_of_the_environment)
{
  g_auto (VeoSimRequest) poll = { 0 };
  g_auto (VeoSimRequest) download = { 0 };

  g_setenv ("VEO_API_KEY", SCENE_KEY, TRUE);
  g_object_set (scene->src, "api-key", __i__ == 0 ? NULL : "", NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  get_request (STATUS_PATH, 0, &poll);
  get_request (CONTENT_PATH, 0, &download);
  fail_unless_equals_string (poll.authorization, "Bearer " SCENE_KEY);
  fail_unless_equals_string (download.authorization, "Bearer " SCENE_KEY);
}

/* Given a key in the property and another in the environment, when the service
 * is asked, then the property wins. */
SCENE_TEST (test_key_of_the_property_wins)
{
  g_auto (VeoSimRequest) poll = { 0 };

  g_setenv ("VEO_API_KEY", "sk-environment", TRUE);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  get_request (STATUS_PATH, 0, &poll);
  fail_unless_equals_string (poll.authorization, "Bearer " SCENE_KEY);
}

/* Given no key anywhere, when the service wants none, then the requests carry
 * no Authorization and the clip plays. */
SCENE_TEST (test_no_key_is_no_error)
{
  g_auto (VeoSimRequest) poll = { 0 };
  g_auto (VeoSimRequest) download = { 0 };

  veo_sim_set_api_key (scene->sim, NULL);
  g_object_set (scene->src, "api-key", NULL, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  get_request (STATUS_PATH, 0, &poll);
  get_request (CONTENT_PATH, 0, &download);
  fail_unless (poll.authorization == NULL);
  fail_unless (download.authorization == NULL);
}

/* Given no key where the service wants one, when it refuses, then the error
 * says that none was set. */
SCENE_TEST (test_missing_key_is_named)
{
  g_autofree gchar *text = NULL;

  g_object_set (scene->src, "api-key", NULL, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_error (scene, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  text = scene_get_error_text (scene);
  fail_unless (strstr (text, "No key was set") != NULL, "%s", text);
}

/* Given blanks around the key, as a paste leaves them, when the service is
 * asked, then they are gone. */
SCENE_TEST (test_key_is_stripped)
{
  g_auto (VeoSimRequest) poll = { 0 };

  g_object_set (scene->src, "api-key", "  " SCENE_KEY "\n", NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  get_request (STATUS_PATH, 0, &poll);
  fail_unless_equals_string (poll.authorization, "Bearer " SCENE_KEY);
}

/* Given an element without base-url, when VEO_BASE_URL is set, then it is
 * asked there and reads back so; and the property wins over it. */
SCENE_TEST (test_base_url_of_the_environment)
{
  g_autofree gchar *url = NULL;

  g_setenv ("VEO_BASE_URL", veo_sim_get_url (scene->sim), TRUE);
  g_object_set (scene->src, "base-url", NULL, NULL);
  g_object_get (scene->src, "base-url", &url, NULL);
  fail_unless_equals_string (url, veo_sim_get_url (scene->sim));
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless (veo_sim_count_requests (scene->sim, "GET", STATUS_PATH) >= 2);
}

SCENE_TEST (test_base_url_of_the_property_wins)
{
  g_setenv ("VEO_BASE_URL", "http://127.0.0.1:1", TRUE);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless (veo_sim_count_requests (scene->sim, "GET", STATUS_PATH) >= 2);
}

/* Given a base-url written in any of its ways, when the service is asked, then
 * both requests go to the same right paths. */
SCENE_TEST (test_ways_to_write_base_url)
{
  static const gchar *const tails[] = { "", "/", "/v1", "/v1/" };
  g_autofree gchar *url = g_strconcat (veo_sim_get_url (scene->sim),
      tails[__i__], NULL);

  g_object_set (scene->src, "base-url", url, NULL);
  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_NONE);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless (veo_sim_count_requests (scene->sim, NULL, CONTENT_PATH) >= 1);
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, NULL,
          STATUS_PATH), veo_sim_count_requests (scene->sim, NULL, NULL));
}

static VeoSim *
make_relay (void)
{
  VeoSimOptions options = {.api_key = SCENE_KEY,.prefix = "/relay/veo" };
  VeoSim *relay = veo_sim_new (&options, NULL);

  fail_unless (relay != NULL);
  veo_sim_set_clip (relay, scene_get_clip (), "video/mp4");
  veo_sim_add_task (relay, SCENE_TASK, "queued");
  veo_sim_task_complete (relay, SCENE_TASK);
  return relay;
}

/* Given a service that lives below a path, when base-url has that prefix, then
 * polls and content address have it too. */
SCENE_TEST (test_base_url_with_a_prefix)
{
  static const gchar *const tails[] = { "", "/", "/v1", "/v1/" };
  VeoSim *relay = make_relay ();
  g_autofree gchar *url = g_strconcat (veo_sim_get_url (relay), tails[__i__],
      NULL);

  g_object_set (scene->src, "base-url", url, NULL);
  scene_play (scene);
  fail_unless (veo_sim_count_requests (relay, "GET",
          "/relay/veo" STATUS_PATH) >= 2);
  fail_unless (veo_sim_count_requests (relay, "GET",
          "/relay/veo" CONTENT_PATH) >= 1);
  fail_unless_equals_int (veo_sim_count_requests (relay, NULL,
          "/relay/veo" STATUS_PATH), veo_sim_count_requests (relay, NULL,
          NULL));
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  veo_sim_free (relay);
}

/* Given a user-agent, when the clip is waited for and played, then polls and
 * download both carry it. */
SCENE_TEST (test_user_agent)
{
  g_auto (VeoSimRequest) poll = { 0 };
  g_auto (VeoSimRequest) download = { 0 };

  g_object_set (scene->src, "user-agent", "studio/7", NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  get_request (STATUS_PATH, 0, &poll);
  get_request (CONTENT_PATH, 0, &download);
  fail_unless_equals_string (poll.user_agent, "studio/7");
  fail_unless_equals_string (download.user_agent, "studio/7");
}

/* Given a user-agent with a line break in it, when requests are made, then what
 * follows is no header of its own. */
SCENE_TEST (test_user_agent_is_one_line)
{
  g_auto (VeoSimRequest) poll = { 0 };
  g_auto (VeoSimRequest) download = { 0 };

  g_object_set (scene->src, "user-agent", "studio\r\nRange: bytes=9-", NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  get_request (STATUS_PATH, 0, &poll);
  get_request (CONTENT_PATH, 0, &download);
  fail_unless_equals_string (poll.user_agent, "studio  Range: bytes=9-");
  fail_unless_equals_string (download.user_agent, poll.user_agent);
}

/* Given no user-agent, when requests are made, then polls and download are
 * still of one mind, and name veosrc. */
SCENE_TEST (test_default_user_agent)
{
  g_auto (VeoSimRequest) poll = { 0 };
  g_auto (VeoSimRequest) download = { 0 };

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  get_request (STATUS_PATH, 0, &poll);
  get_request (CONTENT_PATH, 0, &download);
  fail_unless (g_str_has_prefix (poll.user_agent, "veosrc/"), "%s",
      poll.user_agent);
  fail_unless_equals_string (download.user_agent, poll.user_agent);
}

/* Given a proxy, when the base-url names a host that only the proxy knows,
 * then polls and download both go by it. */
SCENE_TEST (test_proxy)
{
  g_auto (VeoSimRequest) poll = { 0 };
  g_auto (VeoSimRequest) download = { 0 };

  g_object_set (scene->src, "base-url", "http://veo.invalid",
      "proxy", veo_sim_get_url (scene->sim), NULL);
  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_NONE);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  get_request (NULL, 0, &poll);
  fail_unless_equals_string (poll.host, "veo.invalid");
  fail_unless (veo_sim_get_request (scene->sim, "GET", NULL,
          veo_sim_count_requests (scene->sim, "GET", NULL) - 1, &download));
  fail_unless_equals_string (download.host, "veo.invalid");
  fail_unless (strstr (download.path, "/content") != NULL);
}

/* Given an element that waits, when its task-id is changed, then the change
 * waits for the next run. */
SCENE_TEST (test_changes_wait_for_the_next_run)
{
  veo_sim_add_task (scene->sim, "another", "completed");
  veo_sim_task_set_link_kind (scene->sim, "another", VEO_SIM_LINK_CONTENT);
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", STATUS_PATH, 1,
          PATIENCE_MS));
  g_object_set (scene->src, "task-id", "another", NULL);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", STATUS_PATH, 3,
          PATIENCE_MS));
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, NULL,
          "/v1/videos/another"), 0);
  scene_set_state (scene, GST_STATE_READY);
  scene_play (scene);
  fail_unless (veo_sim_count_requests (scene->sim, NULL,
          "/v1/videos/another") >= 2);
}

/* Given bounds that contradict each other, when the task is waited for, then
 * the element does not mind. */
SCENE_TEST (test_min_above_max_poll_interval)
{
  g_object_set (scene->src, "min-poll-interval", 100, "max-poll-interval", 50,
      NULL);
  veo_sim_task_run (scene->sim, SCENE_TASK, 300);
  scene_play (scene);
  fail_unless (scene_get_stat (scene, "polls") <= 1 +
      scene_get_stat (scene, "wait-time") / 100);
}

/* Given output set by its nick, as gst-launch does, when it is read, then it
 * is that one. */
SCENE_TEST (test_output_by_nick)
{
  gint output = -1;

  gst_util_set_object_arg (G_OBJECT (scene->src), "output", "container");
  g_object_get (scene->src, "output", &output, NULL);
  fail_unless_equals_int (output, 2);
}

/* Two elements and one task. */

static guint
count_polls (void)
{
  return veo_sim_count_requests (scene->sim, "GET", STATUS_PATH)
      - veo_sim_count_requests (scene->sim, "GET", CONTENT_PATH);
}

static Scene *
add_other (const gchar * key)
{
  Scene *first = scene, *other = scene_new ();

  g_object_set (other->src, "base-url", veo_sim_get_url (first->sim),
      "api-key", key, NULL);
  return other;
}

/* Plays the task in both, the second one joining while the first one waits. */
static void
play_both (Scene * other)
{
  scene_set_state (scene, GST_STATE_PLAYING);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", STATUS_PATH, 2,
          PATIENCE_MS));
  scene_set_state (other, GST_STATE_PLAYING);
  scene_wait_property (other, "status", 1);
  fail_unless (veo_sim_wait_requests (scene->sim, "GET", STATUS_PATH,
          count_polls () + 6, PATIENCE_MS));
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_wait_eos (scene);
  scene_wait_eos (other);
}

/* Given two elements that ask for the same task, when both wait, then the
 * service is asked once for both, and both play the whole clip. */
SCENE_TEST (test_two_elements_share_their_polls)
{
  Scene *other = add_other (SCENE_KEY);

  play_both (other);
  fail_unless_equals_int (count_polls (), scene_get_stat (scene, "polls"));
  fail_unless (scene_get_stat (other, "polls") >= 6);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless_equals_int (scene_get_sink (other, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  scene_free (other);
}

/* Given two elements with different keys, when both wait for one task, then
 * each asks for itself: what one key may see is not for the other. */
SCENE_TEST (test_another_key_asks_for_itself)
{
  Scene *other = add_other ("sk-another");

  veo_sim_set_api_key (scene->sim, NULL);
  play_both (other);
  fail_unless_equals_int (count_polls (), scene_get_stat (scene, "polls")
      + scene_get_stat (other, "polls"));
  scene_free (other);
}

/* Pads, signal, factory. */

/* Given the element's class, when its pads are listed, then there are the
 * three, all of them SOMETIMES, for any caps. */
SCENE_TEST (test_pad_templates)
{
  static const gchar *const names[] = { "video_%u", "audio_%u", "src" };
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (scene->src);

  fail_unless_equals_int (g_list_length
      (gst_element_class_get_pad_template_list (klass)), G_N_ELEMENTS (names));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    GstPadTemplate *template = gst_element_class_get_pad_template (klass,
        names[i]);
    g_autoptr (GstCaps) caps = NULL;

    fail_unless (template != NULL, "no pad %s", names[i]);
    fail_unless_equals_int (GST_PAD_TEMPLATE_DIRECTION (template), GST_PAD_SRC);
    fail_unless_equals_int (GST_PAD_TEMPLATE_PRESENCE (template),
        GST_PAD_SOMETIMES);
    caps = gst_pad_template_get_caps (template);
    fail_unless (gst_caps_is_any (caps));
  }
}

/* Given the registry, when the factory is looked at, then class, rank and
 * licence are those of a source that players find. */
SCENE_TEST (test_factory)
{
  GstElementFactory *factory = gst_element_get_factory (scene->src);
  g_autoptr (GstPlugin) plugin =
      gst_plugin_feature_get_plugin (GST_PLUGIN_FEATURE (factory));
  const gchar *const *protocols =
      gst_element_factory_get_uri_protocols (factory);

  fail_unless_equals_string (gst_element_factory_get_metadata (factory,
          GST_ELEMENT_METADATA_KLASS), "Source/Network/Video");
  fail_unless_equals_int (gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE
          (factory)), GST_RANK_PRIMARY);
  fail_unless_equals_int (gst_element_factory_get_uri_type (factory),
      GST_URI_SRC);
  fail_unless_equals_string (protocols[0], "veo");
  fail_unless (protocols[1] == NULL);
  fail_unless_equals_string (gst_plugin_get_name (plugin), "veo");
  fail_unless_equals_string (gst_plugin_get_license (plugin), "LGPL");
}

/* Given a fresh element, when its flags are read, then it is a source, though
 * it has no children yet, and no sink. */
SCENE_TEST (test_it_is_a_source)
{
  fail_unless (GST_IS_BIN (scene->src));
  fail_unless (GST_OBJECT_FLAG_IS_SET (scene->src, GST_ELEMENT_FLAG_SOURCE));
  fail_if (GST_OBJECT_FLAG_IS_SET (scene->src, GST_ELEMENT_FLAG_SINK));
  fail_unless_equals_int (g_list_length (scene->src->pads), 0);
}

static gint sources;

static void
set_agent (GstElement * src, GstElement * source, gpointer data)
{
  fail_unless_equals_int (GST_STATE (source), GST_STATE_NULL);
  g_object_set (source, "user-agent", "set-up/1", NULL);
  g_atomic_int_inc (&sources);
}

/* Given a handler of source-setup that sets something of the source, when the
 * clip is fetched in any of the outputs, then it is called once before the
 * start, and what it set is seen on the wire. */
SCENE_TEST (test_source_setup)
{
  g_auto (VeoSimRequest) download = { 0 };

  sources = 0;
  g_object_set (scene->src, "output", __i__, NULL);
  g_signal_connect (scene->src, "source-setup", G_CALLBACK (set_agent), NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_play (scene);
  fail_unless_equals_int (g_atomic_int_get (&sources), 1);
  get_request (CONTENT_PATH, 0, &download);
  fail_unless_equals_string (download.user_agent, "set-up/1");
}

/* Given the signal, when it is looked up, then it takes an element and gives
 * nothing back, as uridecodebin has it. */
SCENE_TEST (test_signature_of_source_setup)
{
  GSignalQuery query;
  guint id = g_signal_lookup ("source-setup", G_OBJECT_TYPE (scene->src));

  fail_unless (id != 0);
  g_signal_query (id, &query);
  fail_unless_equals_int (query.n_params, 1);
  fail_unless (query.param_types[0] == GST_TYPE_ELEMENT);
  fail_unless (query.return_type == G_TYPE_NONE);
}

static void
add_class_tests (TCase * tcase)
{
  tcase_add_loop_test (tcase, test_property, 0, G_N_ELEMENTS (properties));
  tcase_add_test (tcase, test_no_other_property);
  tcase_add_test (tcase, test_nicks_of_enums);
  tcase_add_test (tcase, test_strings_read_back);
  tcase_add_test (tcase, test_empty_string_is_unset);
  tcase_add_loop_test (tcase, test_missing_task_id, 0, 2);
  tcase_add_test (tcase, test_proxy_hides_its_credentials);
  tcase_add_test (tcase, test_dot_file_has_no_key);
  tcase_add_test (tcase, test_output_by_nick);
  tcase_add_test (tcase, test_pad_templates);
  tcase_add_test (tcase, test_factory);
  tcase_add_test (tcase, test_it_is_a_source);
  tcase_add_loop_test (tcase, test_source_setup, 0, 3);
  tcase_add_test (tcase, test_signature_of_source_setup);
}

static void
add_wire_tests (TCase * tcase)
{
  tcase_add_loop_test (tcase, test_key_of_the_environment, 0, 2);
  tcase_add_test (tcase, test_key_of_the_property_wins);
  tcase_add_test (tcase, test_no_key_is_no_error);
  tcase_add_test (tcase, test_missing_key_is_named);
  tcase_add_test (tcase, test_key_is_stripped);
  tcase_add_test (tcase, test_base_url_of_the_environment);
  tcase_add_test (tcase, test_base_url_of_the_property_wins);
  tcase_add_loop_test (tcase, test_ways_to_write_base_url, 0, 4);
  tcase_add_loop_test (tcase, test_base_url_with_a_prefix, 0, 4);
  tcase_add_test (tcase, test_user_agent);
  tcase_add_test (tcase, test_user_agent_is_one_line);
  tcase_add_test (tcase, test_default_user_agent);
  tcase_add_test (tcase, test_proxy);
  tcase_add_test (tcase, test_changes_wait_for_the_next_run);
  tcase_add_test (tcase, test_min_above_max_poll_interval);
  tcase_add_test (tcase, test_two_elements_share_their_polls);
  tcase_add_test (tcase, test_another_key_asks_for_itself);
}

static Suite *
properties_suite (void)
{
  Suite *suite = suite_create ("properties");
  TCase *tcase = tcase_create ("properties");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  add_class_tests (tcase);
  add_wire_tests (tcase);
  return suite;
}

GST_CHECK_MAIN (properties);
