/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An application with one pipeline, which does what a plan says. */
#pragma once

#include <gst/gst.h>

#include "plan.h"

G_BEGIN_DECLS

typedef struct _Actor Actor;

/* plan is borrowed. A control has a plain souphttpsrc ! queue2 ! decodebin in
 * place of a veosrc, and is spared what only veosrc promises to bear. */
Actor *actor_new (const Plan * plan, const gchar * url, const gchar * task,
    gboolean control);
void actor_start (Actor * actor);
/* Blocks until this has happened, or the pipeline failed or ended, or a moment
 * has passed; then for delay_us. */
void actor_wait (Actor * actor, After after, guint delay_us);
void actor_do (Actor * actor, const Step * step);
/* The pipeline has posted EOS or ERROR. */
gboolean actor_is_over (Actor * actor);
/* NULL in the plan's way. Returns: how long the last step to NULL took, us */
gint64 actor_stop (Actor * actor);
/* Returns: (transfer full) (nullable): what is wrong: a message after NULL, an
 * element that lives on */
gchar *actor_free (Actor * actor);

G_END_DECLS
