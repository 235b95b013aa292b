/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where services put things: the provider's words about a failure, and the
 * link to the video. */
#ifndef __GST_VEO_FIELDS_H__
#define __GST_VEO_FIELDS_H__

#include "gstveojson.h"

G_BEGIN_DECLS

/* The provider's words, presentable, NULL when empty. */
typedef struct
{
  gchar *code;
  gchar *message;
  gboolean has_error;           /* there is an `error' of substance */
} GstVeoWords;

/* What the `error' member alone says. */
void gst_veo_words_read_error (GstVeoWords * words, JsonObject * object,
    const gchar * key);
/* The same, or else what other members say that explain failures. */
void gst_veo_words_read_reason (GstVeoWords * words, JsonObject * object,
    const gchar * key);
void gst_veo_words_clear (GstVeoWords * words);
/* "success", "ok", 0, 200: words that are no complaint */
gboolean gst_veo_words_is_all_clear (const gchar * text);

typedef struct
{
  gchar *link;                  /* http(s):, /path, or "data:TYPE" */
  GBytes *data;                 /* of a data: link */
  gchar *refused;               /* the first text in a link's place that is no link, as it stands */
} GstVeoFoundLink;

/* body: the body that object was parsed from. */
void gst_veo_found_link_read (GstVeoFoundLink * found, JsonObject * object,
    GstVeoBody * body);
void gst_veo_found_link_clear (GstVeoFoundLink * found);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstVeoWords, gst_veo_words_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstVeoFoundLink, gst_veo_found_link_clear)

G_END_DECLS

#endif /* __GST_VEO_FIELDS_H__ */
