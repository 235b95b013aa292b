/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A task that is completed and still brings no video: links, downloads, files
 * and pads that fail, and what the application is told. */
#include "names.h"
#include "verdict.h"

static Scene *scene;

#define HTML "Content-Type: text/html; charset=utf-8"
#define KEY GST_RESOURCE_ERROR_NOT_AUTHORIZED
#define GONE GST_RESOURCE_ERROR_NOT_FOUND
#define OPEN GST_RESOURCE_ERROR_OPEN_READ
#define READ GST_RESOURCE_ERROR_READ
#define SAYS(...) {__VA_ARGS__}

/* Links. */

static void
check_plays (void)
{
  scene_play (scene);
  fail_unless_equals_int (scene_get_sink (scene, "video_0")->buffers,
      2 * VEO_SIM_CLIP_FPS);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_ERROR), 0);
}

/* Given a service that says completed and never tells a link, when it has been
 * asked twice more, then the content address is played. */
SCENE_TEST (test_no_link_means_the_content_address)
{
  veo_sim_task_set_link_kind (scene->sim, SCENE_TASK, VEO_SIM_LINK_NONE);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  check_plays ();
  fail_unless_equals_uint64 (scene_get_stat (scene, "polls"), 3);
  fail_unless_equals_int (veo_sim_count_requests (scene->sim, "GET",
          "/v1/videos/" SCENE_TASK "/content"), 1);
}

/* Given a relay that forbids to ask for the task because of its model, when
 * that happens, then the content address is played. */
SCENE_TEST (test_no_model_access_means_the_content_address)
{
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_script_body (scene->sim, SCENE_TASK, 403,
      "{\"error\":{\"message\":\"This token has no access to model veo3\"}}");
  check_plays ();
}

static const gchar *const unusable_links[] = {
  "file:///etc/passwd",
  "ftp://127.0.0.1/clip.mp4",
  "rtsp://127.0.0.1/clip",
  "data:text/html;base64,PGh0bWw+",
  "veo:other_task",
  "see our gallery",
};

/* Given a link that is never opened, such as file:, when the task is asked for
 * twice more and nothing better comes, then the content address is played. */
SCENE_TEST (test_unusable_link)
{
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, unusable_links[__i__]);
  check_plays ();
  fail_unless_equals_uint64 (scene_get_stat (scene, "polls"), 3);
}

/* Given such a link, when there is nothing at the content address either, then
 * it is NOT_FOUND, and the link is quoted. */
SCENE_TEST (test_unusable_link_is_all_there_is)
{
  const gchar *link = unusable_links[__i__];
  VeoSimAnswer gone = {.status = 404,.body =
        "{\"error\":{\"message\":\"no such file\"}}"
  };
/* *INDENT-OFF* */
  Verdict verdict = { GONE,.phase = VERDICT_COMPLETED,.http_status = 404,
    .attempts = 1,.status = "completed",.error_message = "no such file",
    .says = {"no link that can be opened", link, "no such file",
          "ask the operator"}
  };
/* *INDENT-ON* */

  /* of a data: link the type is enough */
  if (g_str_has_prefix (link, "data:"))
    verdict.says[1] = "data:text/html";
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, link);
  veo_sim_script_content (scene->sim, SCENE_TASK, &gone);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, link);
}

/* Downloads. */

typedef struct
{
  const gchar *what;
  VeoSimAnswer answer;          /* to every request for the video */
  Verdict verdict;
} DownloadRow;

#define DONE .phase = VERDICT_COMPLETED,.status = "completed"

/* *INDENT-OFF* */
static const DownloadRow download_rows[] = {
  {"404", {.status = 404,.body =
              "{\"error\":{\"message\":\"the file was deleted\"}}"},
        {GONE, DONE,.http_status = 404,.attempts = 1,.error_message =
          "the file was deleted",.says =
          SAYS ("is gone", "the file was deleted", "new task")}},
  {"410", {.status = 410,.body = "{\"error\":\"older than 24 hours\"}"},
        {GONE, DONE,.http_status = 410,.attempts = 1,.error_message =
          "older than 24 hours",.says =
          SAYS ("is gone", "older than 24 hours", "new task")}},
  {"401", {.status = 401,.body =
              "{\"error\":{\"message\":\"Invalid token\"}}"},
        {KEY, DONE,.http_status = 401,.attempts = 1,.error_message =
          "Invalid token",.says =
          SAYS ("refused the download", "Invalid token", "api-key")}},
  {"403", {.status = 403,.headers = "Content-Type: application/xml",.body =
              "<Error><Message>Request has expired</Message></Error>"},
        {KEY, DONE,.http_status = 403,.attempts = 1,.says =
          SAYS ("refused the download", "Request has expired", "api-key")}},
  {"502 for ever", {.status = 502,.body =
              "{\"error\":{\"message\":\"upstream is away\"}}"},
        {OPEN, DONE,.http_status = 502,.attempts = 2,.says =
          SAYS ("could not be downloaded", "HTTP 502", "completed")}},
  {"429 for ever", {.status = 429},
        {OPEN, DONE,.http_status = 429,.attempts = 2,.says =
          SAYS ("could not be downloaded", "HTTP 429")}},
  {"418", {.status = 418,.body = "{\"error\":{\"message\":\"I am a teapot\"}}"},
        {OPEN, DONE,.http_status = 418,.attempts = 1,.error_message =
          "I am a teapot",.says =
          SAYS ("could not be downloaded", "HTTP 418", "I am a teapot")}},
  {"a web page", {.status = 200,.headers = HTML,.body =
              "<html><title>Please log in</title></html>"},
        {READ, DONE,.http_status = 200,.attempts = 1,.says =
          SAYS ("is no video", "Please log in", "ask the operator")}},
  {"a web page that claims to be a video", {.status = 200,.headers =
              "Content-Type: video/mp4",.body =
              "<!DOCTYPE html><html><title>Please log in</title></html>"},
        {READ, DONE,.http_status = 200,.attempts = 1,.says =
          SAYS ("is no video", "Please log in")}},
  {"JSON without a link", {.status = 200,.body =
              "{\"code\":\"fail\",\"message\":\"still transcoding\"}"},
        {READ, DONE,.http_status = 200,.attempts = 1,.error_code = "fail",
          .error_message = "still transcoding",.says =
          SAYS ("is no video", "still transcoding")}},
  {"nothing", {.status = 200,.headers = "Content-Type: video/mp4"},
        {READ, DONE,.http_status = 200,.attempts = 1,.says =
          SAYS ("is no video", "an empty answer")}},
  {"nothing, in chunks", {.status = 200,.headers = "Content-Type: video/mp4",
          .chunked = TRUE},
        {READ, DONE,.http_status = 200,.attempts = 2,.says =
          SAYS ("is no video", "an empty answer")}},
  {"204", {.status = 204}, {READ, DONE,.http_status = 204,.attempts = 1,.says =
          SAYS ("is no video")}},
  {"a text file", {.status = 200,.headers = "Content-Type: video/mp4",.body =
              "Dear customer, your video could not be made.\n"},
        {READ, DONE,.http_status = 200,.attempts = 1,.says =
          SAYS ("is no video", "Dear customer")}},
  {"a redirect to a file", {.status = 302,.headers =
              "Location: file:///etc/passwd"},
        {OPEN, DONE,.http_status = 302,.attempts = 1,.says = SAYS ("not followed")}},
  {"a redirect in a circle", {.status = 302,.headers =
              "Location: /v1/videos/" SCENE_TASK "/content"},
        {OPEN, DONE,.http_status = 302,.attempts = 1,.says =
          SAYS ("more than 10 redirects")}},
};
/* *INDENT-ON* */

/* Given a video that cannot be had, when the task is completed, then COMPLETE
 * is followed by one ERROR, which says why in the service's words. */
SCENE_TEST (test_download)
{
  const DownloadRow *row = &download_rows[__i__];

  g_object_set (scene->src, "retries", 1, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_script_content (scene->sim, SCENE_TASK, &row->answer);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &row->verdict, row->what);
  fail_unless_equals_int (scene->sinks->len, 0);
}

/* What a content address answers when the task has expired. */
static const VeoSimAnswer expired_answers[] = {
  {.status = 401,.body = "{\"error\":{\"message\":\"no\"}}"},
  {.status = 403,.body = "{\"error\":{\"message\":\"no\"}}"},
  {.status = 404},
  {.status = 502},
  {.status = 200,.headers = HTML,.body = "<html><title>Sorry</title></html>"},
};

/* Given a link that is refused, and a task that has expired by then, when the
 * content address does not give the video either, then the ERROR is that the
 * task has expired, whatever was said there. */
SCENE_TEST (test_expired_since_the_link)
{
  VeoSimAnswer link = {.status = 200,.body =
        "{\"status\":\"completed\",\"video_url\":\"/old.mp4\"}"
  };
  VeoSimAnswer expired = {.status = 200,.body =
        "{\"status\":\"expired\",\"expires_at\":1735776000}"
  };
  VeoSimAnswer refused = {.status = 403 };
  Verdict verdict = { GONE, DONE,.http_status = 200,.attempts = 1,
    .says = {"has expired", "2025-01-02", "new task"}
  };

  g_object_set (scene->src, "retries", 1, NULL);
  veo_sim_script_status (scene->sim, SCENE_TASK, &link);
  veo_sim_script_status (scene->sim, SCENE_TASK, &expired);
  veo_sim_script_path (scene->sim, "/old.mp4", &refused);
  veo_sim_script_path (scene->sim, "/v1/videos/" SCENE_TASK "/content",
      &expired_answers[__i__]);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "expired since the link");
}

/* Given output=container, when the download brings a web page, then it is the
 * same error, and not a byte of the page comes out. */
SCENE_TEST (test_container_of_a_page)
{
  VeoSimAnswer page = {.status = 200,.headers = HTML,.body =
        "<html><title>Please log in</title></html>"
  };
  Verdict verdict = { READ, DONE,.http_status = 200,
    .says = {"is no video", "Please log in"}
  };

  g_object_set (scene->src, "output", 2, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_script_content (scene->sim, SCENE_TASK, &page);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "container");
  fail_unless_equals_uint64 (scene_get_sink (scene, "src")->bytes, 0);
}

static void
check_broken_download (const VeoSimTransfer * transfer, const gchar * part)
{
  Verdict verdict = { READ, DONE,.http_status = 200,.attempts = 2,
    .says = {"broke off", "bytes had come", part}
  };

  g_object_set (scene->src, "retries", 1, NULL);
  veo_sim_set_transfer (scene->sim, NULL, transfer);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, part);
}

/* Given a download that is cut at the same byte each time and cannot go on
 * from there, when the retries are used up, then it is READ. */
SCENE_TEST (test_download_cut_for_ever)
{
  VeoSimTransfer cut = {.range = VEO_SIM_RANGE_ABSENT,.cut_every = 1000 };

  check_broken_download (&cut, "run again");
}

/* Given a file that is another one after a break, when the download goes on,
 * then it is READ: two files are never spliced. */
SCENE_TEST (test_file_changes)
{
  VeoSimTransfer change = {.cut_every = 1000,.cut_times = 1,.other_from = 2,
    .other_etag = "\"another\"",.other_clip = scene_get_silent_clip ()
  };
  Verdict verdict = { READ, DONE,.http_status = 206,
    .says = {"changed", "Run again"}
  };

  veo_sim_set_transfer (scene->sim, NULL, &change);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "changed file");
}

/* Given a service that goes away once the task is completed, when the video is
 * fetched, then it is OPEN_READ with the system's reason. */
SCENE_TEST (test_download_from_a_refused_port)
{
  Verdict verdict = { OPEN, DONE,
    .says = {"could not be downloaded", "refused", "run again"}
  };

  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK, "http://127.0.0.1:1/c.mp4");
  g_object_set (scene->src, "retries", 1, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "refused port");
}

/* Given a link to a name that does not exist, then the name is told. */
SCENE_TEST (test_download_from_an_unknown_name)
{
  Verdict verdict = { OPEN, DONE,
    .says = {"could not be downloaded", "no-such-host.example"}
  };

  names_install ();
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  veo_sim_task_set_link (scene->sim, SCENE_TASK,
      "http://no-such-host.example/clip.mp4");
  g_object_set (scene->src, "retries", 1, NULL);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "no such name");
  names_remove ();
}

/* Files that are no video, or not one that can be played. */

/* Given bytes that no demuxer knows, then it is READ. */
SCENE_TEST (test_noise)
{
  guint8 noise[4096];
  g_autoptr (GBytes) bytes = NULL;
  Verdict verdict = { READ, DONE,.says = {"is no video"} };

  for (guint i = 0; i < sizeof noise; i++)
    noise[i] = (i * 7919 + 13) >> 3;
  bytes = g_bytes_new (noise, sizeof noise);
  veo_sim_set_clip (scene->sim, bytes, "video/mp4");
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "noise");
}

/* Given a clip of which only the first part was ever stored, then it is READ. */
SCENE_TEST (test_half_a_file)
{
  g_autoptr (GBytes) half = g_bytes_new_from_bytes (scene_get_clip (), 0, 300);
  Verdict verdict = { READ, DONE,.says = {"is no video"}
  };

  veo_sim_set_clip (scene->sim, half, "video/mp4");
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "half a file");
}

/* Pads. */

/* Given an application that links no pad, when the clip plays, then
 * GStreamer's own stream error comes once. */
SCENE_TEST (test_nothing_linked)
{
  Verdict verdict = { GST_STREAM_ERROR_FAILED, DONE,.is_stream = TRUE,
    .says = {"Link at least one pad"}
  };

  scene->link_video = scene->link_audio = FALSE;
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "nothing linked");
}

/* Given output=container and nothing linked, then it is the same. */
SCENE_TEST (test_container_not_linked)
{
  Verdict verdict = { GST_STREAM_ERROR_FAILED, DONE,.is_stream = TRUE,
    .says = {"Link at least one pad"}
  };

  scene->link_video = FALSE;
  g_object_set (scene->src, "output", 2, NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "container not linked");
}

/* A filter that takes anything while it is linked and then nothing of use. */
static void
narrow_filter (GstElement * src, gpointer data)
{
  g_autoptr (GstElement) filter =
      gst_bin_get_by_name (GST_BIN (scene->pipeline), "narrow");

  gst_util_set_object_arg (G_OBJECT (filter), "caps", "video/x-raw,width=4");
}

/* Given a sink that refuses the clip's size, when the clip plays, then
 * GStreamer's own stream error comes once. */
SCENE_TEST (test_caps_refused)
{
  Verdict verdict = { GST_STREAM_ERROR_FAILED, DONE,.is_stream = TRUE,
    .says = {"does not take the clip's format"}
  };

  scene->video_filter = "capsfilter name=narrow";
  g_signal_connect (scene->src, "no-more-pads", G_CALLBACK (narrow_filter),
      NULL);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PLAYING);
  verdict_check (scene, &verdict, "caps refused");
}

static void
take_source (GstElement * src, GstElement * source, GstElement ** taken)
{
  *taken = gst_object_ref (source);
}

/* Given a child that fails, when another error of it follows, as they do when
 * one element after the other gives up, then only the first is told, as veosrc's. */
SCENE_TEST (test_errors_of_children_are_one)
{
  g_autoptr (GstElement) source = NULL;
  Verdict verdict = { READ, DONE,.says = {"the first"} };

  g_signal_connect (scene->src, "source-setup", G_CALLBACK (take_source),
      &source);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  GST_ELEMENT_ERROR (source, RESOURCE, READ, ("the first"), (NULL));
  GST_ELEMENT_ERROR (source, STREAM, FAILED, ("the second"), (NULL));
  verdict_check (scene, &verdict, "two errors");
}

/* Given a child that warns, when the run goes on, then it is told as the
 * child's; and when it has failed, then nothing is told after the ERROR. */
SCENE_TEST (test_warnings_of_children)
{
  g_autoptr (GstElement) source = NULL;
  GstMessage *warning;

  g_signal_connect (scene->src, "source-setup", G_CALLBACK (take_source),
      &source);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  scene_set_state (scene, GST_STATE_PAUSED);
  scene_wait_message (scene, GST_MESSAGE_ASYNC_DONE);
  GST_ELEMENT_WARNING (source, RESOURCE, READ, ("the first"), (NULL));
  warning = scene_wait_message (scene, GST_MESSAGE_WARNING);
  fail_unless (GST_MESSAGE_SRC (warning) == GST_OBJECT (source));
  GST_ELEMENT_ERROR (source, RESOURCE, READ, ("the end"), (NULL));
  GST_ELEMENT_WARNING (source, RESOURCE, READ, ("the second"), (NULL));
  GST_ELEMENT_INFO (source, RESOURCE, READ, ("the third"), (NULL));
  scene_wait_message (scene, GST_MESSAGE_ERROR);
  scene_drain (scene);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_WARNING), 1);
  fail_unless_equals_int (scene_count_messages (scene, GST_MESSAGE_INFO), 0);
}

static void
watch_source (GstElement * src, GstElement * source, GWeakRef * watched)
{
  g_weak_ref_set (watched, source);
}

/* Given a run that failed, or one that played, when the element is in NULL,
 * then nothing holds the source of the run any more. */
SCENE_TEST (test_source_goes_with_its_run)
{
  VeoSimAnswer gone = {.status = 404 };
  GWeakRef watched;
  GstElement *source;

  g_weak_ref_init (&watched, NULL);
  g_signal_connect (scene->src, "source-setup", G_CALLBACK (watch_source),
      &watched);
  veo_sim_task_complete (scene->sim, SCENE_TASK);
  if (__i__ == 0)
    veo_sim_script_content (scene->sim, SCENE_TASK, &gone);
  scene_set_state (scene, GST_STATE_PLAYING);
  scene_wait_message (scene, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  source = g_weak_ref_get (&watched);
  fail_unless (source != NULL);
  gst_object_unref (source);
  scene_drain (scene);
  scene_set_state (scene, GST_STATE_NULL);
  g_ptr_array_set_size (scene->messages, 0);
  /* a thread that is about to end may hold it for a moment */
  while ((source = g_weak_ref_get (&watched))) {
    gst_object_unref (source);
    g_usleep (1000);
  }
  g_weak_ref_clear (&watched);
}

static Suite *
media_errors_suite (void)
{
  Suite *suite = suite_create ("mediaerrors");
  TCase *tcase = tcase_create ("mediaerrors");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_test (tcase, test_no_link_means_the_content_address);
  tcase_add_test (tcase, test_no_model_access_means_the_content_address);
  tcase_add_loop_test (tcase, test_unusable_link, 0,
      G_N_ELEMENTS (unusable_links));
  tcase_add_loop_test (tcase, test_unusable_link_is_all_there_is, 0,
      G_N_ELEMENTS (unusable_links));
  tcase_add_loop_test (tcase, test_download, 0, G_N_ELEMENTS (download_rows));
  tcase_add_loop_test (tcase, test_expired_since_the_link, 0,
      G_N_ELEMENTS (expired_answers));
  tcase_add_test (tcase, test_container_of_a_page);
  tcase_add_test (tcase, test_download_cut_for_ever);
  tcase_add_test (tcase, test_file_changes);
  tcase_add_test (tcase, test_download_from_a_refused_port);
  tcase_add_test (tcase, test_download_from_an_unknown_name);
  tcase_add_test (tcase, test_noise);
  tcase_add_test (tcase, test_half_a_file);
  tcase_add_test (tcase, test_nothing_linked);
  tcase_add_test (tcase, test_container_not_linked);
  tcase_add_test (tcase, test_caps_refused);
  tcase_add_test (tcase, test_errors_of_children_are_one);
  tcase_add_test (tcase, test_warnings_of_children);
  tcase_add_loop_test (tcase, test_source_goes_with_its_run, 0, 2);
  return suite;
}

GST_CHECK_MAIN (media_errors);
