/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scripted answers */
#include "veosimprivate.h"

static void
scripted_free (VeoSimScripted * answer)
{
  g_free ((gchar *) answer->a.headers);
  g_clear_pointer (&answer->body, g_bytes_unref);
  g_free (answer);
}

static VeoSimScripted *
scripted_new (const VeoSimAnswer * a)
{
  VeoSimScripted *answer = g_new0 (VeoSimScripted, 1);
  gsize length = a->length ? a->length : a->body ? strlen (a->body) : 0;

  answer->a = *a;
  answer->a.headers = g_strdup (a->headers);
  answer->a.body = NULL;
  answer->body = g_bytes_new (a->body, length);
  return answer;
}

void
veo_sim_script_free (VeoSimScript * script)
{
  g_ptr_array_unref (script->answers);
  g_free (script);
}

static void
append (VeoSim * sim, const gchar * kind, const gchar * target,
    const VeoSimAnswer * answer)
{
  gchar *key = g_strconcat (kind, ":", target, NULL);
  VEO_SIM_LOCKER (sim);
  VeoSimScript *script = g_hash_table_lookup (sim->scripts, key);

  if (!script) {
    script = g_new0 (VeoSimScript, 1);
    script->answers =
        g_ptr_array_new_with_free_func ((GDestroyNotify) scripted_free);
    g_hash_table_insert (sim->scripts, g_strdup (key), script);
  }
  g_ptr_array_add (script->answers, scripted_new (answer));
  g_free (key);
}

void
veo_sim_script_status (VeoSim * sim, const gchar * id,
    const VeoSimAnswer * answer)
{
  append (sim, "status", id, answer);
}

void
veo_sim_script_content (VeoSim * sim, const gchar * target,
    const VeoSimAnswer * answer)
{
  append (sim, "content", target ? target : "", answer);
}

void
veo_sim_script_path (VeoSim * sim, const gchar * path,
    const VeoSimAnswer * answer)
{
  append (sim, "path", path, answer);
}

void
veo_sim_script_body (VeoSim * sim, const gchar * id, guint status,
    const gchar * body)
{
/* *INDENT-OFF* */
  veo_sim_script_status (sim, id, &(VeoSimAnswer) {.status = status,.body = body });
/* *INDENT-ON* */
}

static gboolean
is_for (gpointer key, gpointer value, gpointer target)
{
  return !target || g_str_equal (strchr (key, ':') + 1, target);
}

void
veo_sim_clear_script (VeoSim * sim, const gchar * target)
{
  VEO_SIM_LOCKER (sim);

  g_hash_table_foreach_remove (sim->scripts, is_for, (gpointer) target);
}

/* The last one stays. Returns: (nullable), valid while the lock is held */
VeoSimScripted *
veo_sim_next_answer_locked (VeoSim * sim, const gchar * kind,
    const gchar * target)
{
  g_autofree gchar *key = g_strconcat (kind, ":", target, NULL);
  VeoSimScript *script = g_hash_table_lookup (sim->scripts, key);
  VeoSimScripted *answer;

  if (!script)
    return NULL;
  answer = g_ptr_array_index (script->answers, script->next);
  if (script->served >= MAX (answer->a.times, 1)
      && script->next + 1 < script->answers->len) {
    script->served = 0;
    answer = g_ptr_array_index (script->answers, ++script->next);
  }
  script->served++;
  return answer;
}

static gboolean
is_framing (const gchar * name)
{
  return !g_ascii_strcasecmp (name, "Content-Length")
      || !g_ascii_strcasecmp (name, "Transfer-Encoding")
      || !g_ascii_strcasecmp (name, "Connection");
}

static void
apply_headers (VeoSimReply * reply, const gchar * headers)
{
  g_auto (GStrv) lines = g_strsplit (headers ? headers : "", "\n", -1);
  guint pass, i;

  /* first forget ours, then append: a script may send a header twice */
  for (pass = 0; pass < 2; pass++) {
    for (i = 0; lines[i]; i++) {
      g_auto (GStrv) parts = g_strsplit (lines[i], ":", 2);

      if (g_strv_length (parts) < 2)
        continue;
      g_strstrip (parts[0]);
      if (pass == 0)
        soup_message_headers_remove (reply->headers, parts[0]);
      else
        soup_message_headers_append (reply->headers, parts[0],
            g_strstrip (parts[1]));
      reply->raw |= is_framing (parts[0]);
    }
  }
}

static void
apply_break (VeoSimReply * reply, const VeoSimAnswer * a)
{
  guint64 at =
      a->break_at ? a->break_at : reply->length ==
      G_MAXUINT64 ? 0 : reply->length / 2;

  reply->brk = a->brk;
  if (a->brk == VEO_SIM_BREAK_CUT || a->brk == VEO_SIM_BREAK_CUT_RESET) {
    reply->cut_at = at;
    reply->cut_reset = a->brk == VEO_SIM_BREAK_CUT_RESET;
    reply->cut_index = -1;
  } else if (a->brk == VEO_SIM_BREAK_STALL) {
    reply->stall_at = at;
    reply->stall_ms = VEO_SIM_FOR_EVER;
  }
}

/* What a script may change about any answer */
void
veo_sim_reply_apply (VeoSimReply * reply, VeoSimScripted * answer)
{
  const VeoSimAnswer *a = &answer->a;

  reply->delay_ms = a->delay_ms;
  reply->chunked |= a->chunked;
  if (a->rate)
    reply->rate = a->rate;
  apply_headers (reply, a->headers);
  if (a->brk)
    apply_break (reply, a);
}

VeoSimReply *
veo_sim_reply_from_answer (VeoSimScripted * answer, gboolean head)
{
  VeoSimReply *reply = veo_sim_reply_new (answer->a.status);
  guint64 size = g_bytes_get_size (answer->body);
  guint64 repeat = MAX (answer->a.repeat, 1);

  soup_message_headers_replace (reply->headers, "Content-Type",
      "application/json");
  veo_sim_reply_set_body (reply, answer->body);
  reply->head = head;
  if (size)
    reply->length = repeat == G_MAXUINT64 ? G_MAXUINT64 : size * repeat;
  veo_sim_reply_apply (reply, answer);
  return reply;
}
