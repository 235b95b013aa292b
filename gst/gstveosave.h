/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stores a download beside playback: PATH.part, renamed when complete. Symbolic
 * links at PATH are followed first; what is there and no regular file stays.
 * Pure GLib. */
#ifndef __GST_VEO_SAVE_H__
#define __GST_VEO_SAVE_H__

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GstVeoSave GstVeoSave;

/* Creates PATH.part at once. NULL with *error when it cannot be written. */
GstVeoSave *gst_veo_save_new (const gchar * path, GError ** error);
/* Bytes of the file at offset; any order, overlaps are fine. FALSE: give up. */
gboolean gst_veo_save_write (GstVeoSave * save, guint64 offset,
    const guint8 * data, gsize len, GError ** error);
/* TRUE once [0, total) is there. */
gboolean gst_veo_save_is_complete (GstVeoSave * save, guint64 total);
/* The first offset not before from that is not there yet */
guint64 gst_veo_save_find_missing (GstVeoSave * save, guint64 from);
/* Flushes to the disk and renames. FALSE with *error; the save is then done for. */
gboolean gst_veo_save_finish (GstVeoSave * save, GError ** error);
/* Unfinished: PATH.part is removed. */
void gst_veo_save_free (GstVeoSave * save);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVeoSave, gst_veo_save_free)

G_END_DECLS

#endif /* __GST_VEO_SAVE_H__ */
