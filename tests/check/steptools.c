/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "steptools.h"

static GstVeoDownloadSettings
make_settings (guint retries)
{
  GstVeoDownloadSettings settings = {.task_id = TASK,.url = LINK,
    .base_url = BASE,.api_key = KEY,.retries = retries,
    .min_backoff = MIN_BACKOFF,.max_backoff = MAX_BACKOFF
  };

  return settings;
}

GstVeoDownload *
step_new_download (guint retries)
{
  const GstVeoDownloadSettings settings = make_settings (retries);

  return gst_veo_download_new (&settings);
}

GstVeoDownload *
step_new_task_download (gboolean is_content)
{
  GstVeoDownloadSettings settings = make_settings (RETRIES);

  settings.content_url = CONTENT;
  settings.can_ask_link = TRUE;
  if (is_content) {
    settings.url = CONTENT;
    settings.is_content = settings.needs_key = TRUE;
  }
  return gst_veo_download_new (&settings);
}

GstVeoStep
step_reply (GstVeoDownload * download, guint64 need, guint status,
    const gchar * name, const gchar * value, guint64 * start)
{
  GstVeoReply reply = { status, };
  GstVeoAttempt next;
  GstVeoStep step;

  gst_veo_download_begin_attempt (download, need, &next);
  if (name)
    gst_veo_reply_set_header (&reply, name, value);
  step = gst_veo_download_replied (download, &reply, need, 0, start);
  gst_veo_reply_clear (&reply);
  return step;
}

GstVeoStep
step_head (GstVeoDownload * download, guint status, const gchar * location)
{
  guint64 start;

  return step_reply (download, 0, status, location ? "Location" : NULL,
      location, &start);
}

GstVeoStep
step_break (GstVeoDownload * download)
{
  GstVeoAttempt next;

  gst_veo_download_begin_attempt (download, 0, &next);
  return gst_veo_download_broke (download, "it broke");
}

gboolean
step_begin_body (GstVeoDownload * download)
{
  guint64 start;

  return step_reply (download, 0, 200, "Content-Length", "10",
      &start) == GST_VEO_STEP_READ && start == 0
      && gst_veo_download_check_file (download) == GST_VEO_STEP_READ;
}
