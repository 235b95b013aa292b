/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How one answer is to go out, and the service's own shapes of it */
#include "veosimprivate.h"

VeoSimReply *
veo_sim_reply_new (guint status)
{
  VeoSimReply *reply = g_new0 (VeoSimReply, 1);

  reply->status = status;
  reply->headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  reply->cut_at = reply->stall_at = G_MAXUINT64;
  reply->cut_index = -1;
  reply->body = g_bytes_new (NULL, 0);
  return reply;
}

void
veo_sim_reply_free (VeoSimReply * reply)
{
  soup_message_headers_unref (reply->headers);
  g_clear_pointer (&reply->body, g_bytes_unref);
  g_clear_pointer (&reply->rules, veo_sim_rules_unref);
  g_free (reply->target);
  g_free (reply->token);
  g_free (reply);
}

void
veo_sim_reply_set_body (VeoSimReply * reply, GBytes * body)
{
  g_clear_pointer (&reply->body, g_bytes_unref);
  reply->body = g_bytes_ref (body);
  reply->length = g_bytes_get_size (body);
}

VeoSimReply *
veo_sim_reply_new_text (guint status, const gchar * content_type,
    const gchar * text)
{
  VeoSimReply *reply = veo_sim_reply_new (status);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  soup_message_headers_replace (reply->headers, "Content-Type", content_type);
  veo_sim_reply_set_body (reply, body);
  return reply;
}

static gchar *
json_quote (const gchar * text)
{
  GString *out = g_string_new ("\"");
  const gchar *p;

  for (p = text; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_c (out, '\\');
    if ((guchar) * p < 0x20)
      g_string_append_printf (out, "\\u%04x", *p);
    else
      g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
  return g_string_free (out, FALSE);
}

/* {"error":{"message","type","param","code"}} as the relay sends it */
VeoSimReply *
veo_sim_reply_new_error (guint status, const gchar * type, const gchar * format,
    ...)
{
  g_autofree gchar *message = NULL;
  g_autofree gchar *quoted = NULL;
  g_autofree gchar *body = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  quoted = json_quote (message);
  body =
      g_strdup_printf
      ("{\"error\":{\"message\":%s,\"type\":\"%s\",\"param\":\"\",\"code\":\"\"}}",
      quoted, type);
  return veo_sim_reply_new_text (status, "application/json", body);
}
