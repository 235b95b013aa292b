/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstveocertificate.h"

struct _GstVeoAuthorities
{
  GTlsDatabase parent;

  GTlsDatabase *inner;          /* that does the work; owned */
  gint complaint;               /* GTlsCertificateFlags, atomic */
};

G_DEFINE_TYPE (GstVeoAuthorities, gst_veo_authorities, G_TYPE_TLS_DATABASE);

/* Runs in the thread of a handshake */
static GTlsCertificateFlags
gst_veo_authorities_verify_chain (GTlsDatabase * database,
    GTlsCertificate * chain, const gchar * purpose,
    GSocketConnectable * identity, GTlsInteraction * interaction,
    GTlsDatabaseVerifyFlags flags, GCancellable * cancellable, GError ** error)
{
  GstVeoAuthorities *self = GST_VEO_AUTHORITIES (database);
  GTlsCertificateFlags complaint = g_tls_database_verify_chain (self->inner,
      chain, purpose, identity, interaction, flags, cancellable, error);

  if (complaint && !g_cancellable_is_cancelled (cancellable))
    g_atomic_int_or (&self->complaint, complaint);
  return complaint;
}

static void
gst_veo_authorities_finalize (GObject * object)
{
  GstVeoAuthorities *self = GST_VEO_AUTHORITIES (object);

  g_clear_object (&self->inner);
  G_OBJECT_CLASS (gst_veo_authorities_parent_class)->finalize (object);
}

static void
gst_veo_authorities_class_init (GstVeoAuthoritiesClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_veo_authorities_finalize;
  G_TLS_DATABASE_CLASS (klass)->verify_chain = gst_veo_authorities_verify_chain;
}

static void
gst_veo_authorities_init (GstVeoAuthorities * self)
{
}

GstVeoAuthorities *
gst_veo_authorities_new (const gchar * ca_file, GError ** error)
{
  GTlsBackend *backend = g_tls_backend_get_default ();
  g_autoptr (GTlsDatabase) inner = NULL;
  GstVeoAuthorities *self;

  if (ca_file)
    inner = g_tls_file_database_new (ca_file, error);
  else if (g_tls_backend_supports_tls (backend))
    inner = g_tls_backend_get_default_database (backend);
  else
    g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE,
        "TLS is not there: install glib-networking");
  if (!inner)
    return NULL;
  self = g_object_new (GST_TYPE_VEO_AUTHORITIES, NULL);
  self->inner = g_steal_pointer (&inner);
  return self;
}

gchar *
gst_veo_authorities_take_complaint (GstVeoAuthorities * self)
{
  static const struct
  {
    GTlsCertificateFlags flag;
    const gchar *words;
  } complaints[] = {
    {G_TLS_CERTIFICATE_BAD_IDENTITY, "it belongs to another host"},
    {G_TLS_CERTIFICATE_EXPIRED, "it has expired"},
    {G_TLS_CERTIFICATE_NOT_ACTIVATED, "it is not valid yet"},
    {G_TLS_CERTIFICATE_REVOKED, "it was revoked"},
    {G_TLS_CERTIFICATE_INSECURE, "it is too weak"},
    {G_TLS_CERTIFICATE_UNKNOWN_CA, "its authority is not trusted"},
  };
  guint flags = g_atomic_int_and ((guint *) & self->complaint, 0);
  GString *words;
  guint i;

  if (flags == 0)
    return NULL;
  words = g_string_new (NULL);
  for (i = 0; i < G_N_ELEMENTS (complaints); i++) {
    if (flags & complaints[i].flag)
      g_string_append_printf (words, "%s%s", words->len ? ", " : "",
          complaints[i].words);
  }
  if (words->len == 0)
    g_string_append (words, "it could not be checked");
  return g_string_free (words, FALSE);
}
