/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What went wrong, how often it is worth another try, and the sentence for a
 * person. Pure. */
#ifndef __GST_VEO_FAILURE_H__
#define __GST_VEO_FAILURE_H__

#include "gstveotask.h"

G_BEGIN_DECLS

/* Which error the application gets (GST_RESOURCE_ERROR_ of the same name) */
typedef enum
{
  GST_VEO_ERROR_SETTINGS,
  GST_VEO_ERROR_NOT_AUTHORIZED,
  GST_VEO_ERROR_NOT_FOUND,
  GST_VEO_ERROR_FAILED,
  GST_VEO_ERROR_BUSY,
  GST_VEO_ERROR_OPEN_READ,
  GST_VEO_ERROR_READ,
} GstVeoErrorCode;

/* Every row of the tables of errors. */
typedef enum
{
  GST_VEO_FAILURE_REFUSED,      /* 401, 402, 403 with JSON: at once */
  GST_VEO_FAILURE_NO_MODEL_ACCESS,      /* 403 "no access to model": the content address once, then as REFUSED */
  GST_VEO_FAILURE_FIREWALL,     /* 403 with HTML, 503 cf-mitigated: 3 retries, then NOT_AUTHORIZED */
  GST_VEO_FAILURE_PROXY_REFUSED,        /* 407, of polls or the download: at once NOT_AUTHORIZED */
  GST_VEO_FAILURE_NO_SUCH_TASK, /* 400 task_not_exist, 404 JSON, 410: retries after 2, 3, 5, 5 s, then NOT_FOUND */
  GST_VEO_FAILURE_WRONG_BASE,   /* Invalid URL, HTML: 1 retry, then SETTINGS */
  GST_VEO_FAILURE_OTHER_CLIENT_ERROR,   /* other 4xx: 1 retry, then FAILED */
  GST_VEO_FAILURE_UNAVAILABLE,  /* 408, 409, 425, 429, 5xx: `retries', then OPEN_READ */
  GST_VEO_FAILURE_UNREACHABLE,  /* connection, reset, timeout, DNS: `retries', then OPEN_READ */
  GST_VEO_FAILURE_NONSENSE,     /* empty, cut, no JSON, too large, too deep: `retries', then READ */
  GST_VEO_FAILURE_TLS,          /* bad certificate: at once OPEN_READ */
  GST_VEO_FAILURE_REDIRECT,     /* too many redirects, https to http: at once OPEN_READ */
  GST_VEO_FAILURE_TASK_FAILED,  /* the task's own end: FAILED */
  GST_VEO_FAILURE_TASK_FAILED_UNEXPLAINED,      /* failed, no reason: 1 retry, then FAILED */
  GST_VEO_FAILURE_TASK_CANCELLED,       /* FAILED */
  GST_VEO_FAILURE_TASK_EXPIRED, /* NOT_FOUND */
  GST_VEO_FAILURE_NO_LINK,      /* completed, and no link is usable: NOT_FOUND, quoting it */
  GST_VEO_FAILURE_LINK_REFUSED, /* link names a private host, base is public: NOT_FOUND, quoting it */
  GST_VEO_FAILURE_WAIT_TIMEOUT, /* BUSY */
  GST_VEO_FAILURE_ENDED,        /* EOS event while waiting: BUSY */
  GST_VEO_FAILURE_ENDED_OPENING,        /* EOS event before the first pad: BUSY */
  GST_VEO_FAILURE_DOWNLOAD_GONE,        /* download: link and content address gone: NOT_FOUND, naming the expiry if known */
  GST_VEO_FAILURE_DOWNLOAD_REFUSED,     /* download: 401, 402, 403 after a fresh link: NOT_AUTHORIZED */
  GST_VEO_FAILURE_DOWNLOAD_UNREACHABLE, /* download never brought a byte: OPEN_READ */
  GST_VEO_FAILURE_DOWNLOAD_BROKEN,      /* download broken beyond repair: READ, says how far it came */
  GST_VEO_FAILURE_DOWNLOAD_CHANGED,     /* another file behind the link: READ */
  GST_VEO_FAILURE_NOT_A_VIDEO,  /* READ, quoting it */
  GST_VEO_FAILURE_BAD_TASK_ID,  /* SETTINGS */
  GST_VEO_FAILURE_BAD_BASE_URL, /* SETTINGS */
  GST_VEO_FAILURE_BAD_PROXY,    /* SETTINGS */
  GST_VEO_FAILURE_BAD_KEY,      /* SETTINGS */
  GST_VEO_N_FAILURES
} GstVeoFailureKind;

#define GST_VEO_TRIES_PER_SETTING -1    /* as many retries as the `retries' property says */

typedef struct _GstVeoFailure GstVeoFailure;

/* Owned by one holder at a time. */
struct _GstVeoFailure
{
  GstVeoFailureKind kind;
  gchar *task_id;
  GstVeoStatus task_status;
  gchar *detail;                /* what went wrong, in the service's or the system's words, presentable, or NULL.
                                 * Of BAD_TASK_ID, BAD_BASE_URL, BAD_PROXY: the phrase that completes "the task id ...", "base-url ..." or "proxy ..." */
  gchar *error_code;            /* the provider's code, or NULL */
  gchar *error_message;         /* the provider's message, or NULL */
  gchar *request_id;            /* X-Oneapi-Request-Id or X-Request-Id, or NULL */
  guint http_status;            /* 0 when there was no answer */
  guint attempts;               /* in a row that brought nothing, this one included */
  gboolean had_key;             /* whether a key was sent: REFUSED says so when none was */
  gint64 expires_at;            /* for DOWNLOAD_GONE, TASK_EXPIRED; 0 when unknown */
};

GstVeoFailure *gst_veo_failure_new (GstVeoFailureKind kind, const gchar * task_id);
GstVeoFailure *gst_veo_failure_copy (const GstVeoFailure * failure);
void gst_veo_failure_free (GstVeoFailure * failure);

GstVeoErrorCode gst_veo_failure_get_code (GstVeoFailureKind kind);
/* Retries before it is final: 0 at once, GST_VEO_TRIES_PER_SETTING */
gint gst_veo_failure_get_retries (GstVeoFailureKind kind);
/* The one error text: names the task id, what went wrong, what to do next.
 * Returns: (transfer full) */
gchar *gst_veo_failure_describe (const GstVeoFailure * failure);
/* A short phrase for a retry line, such as "service answered 503 (busy)".
 * Returns: (transfer full) */
gchar *gst_veo_failure_summarise (const GstVeoFailure * failure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoFailure, gst_veo_failure_free)

G_END_DECLS

#endif /* __GST_VEO_FAILURE_H__ */
