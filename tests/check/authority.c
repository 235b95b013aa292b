/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "authority.h"

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#define NEW_KEY "ec -pkeyopt ec_paramgen_curve:prime256v1"

struct _Authority
{
  gchar *dir;
  gchar *file;
};

/* Runs openssl in the authority's folder; the arguments have no blanks of their own. */
static gboolean
try_openssl (Authority * authority, const gchar * arguments)
{
  g_autofree gchar *line = g_strconcat ("openssl ", arguments, NULL);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_autoptr (GError) error = NULL;
  gint status = 0;

  g_spawn_sync (authority->dir, argv, NULL, G_SPAWN_SEARCH_PATH
      | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
      NULL, NULL, &status, &error);
  g_assert_no_error (error);
  return g_spawn_check_wait_status (status, NULL);
}

static void
run_openssl (Authority * authority, const gchar * arguments)
{
  fail_unless (try_openssl (authority, arguments), "failed: openssl %s",
      arguments);
}

Authority *
authority_new (void)
{
  g_autofree gchar *program = g_find_program_in_path ("openssl");
  Authority *authority;

  if (!program || !g_tls_backend_supports_tls (g_tls_backend_get_default ())) {
    g_message ("no openssl program or no glib-networking: TLS is not tested");
    return NULL;
  }
  authority = g_new0 (Authority, 1);
  authority->dir = g_dir_make_tmp ("veo-authority-XXXXXX", NULL);
  authority->file = g_build_filename (authority->dir, "ca.pem", NULL);
  run_openssl (authority, "req -x509 -newkey " NEW_KEY " -nodes -days 2 "
      "-subj /CN=veosrc-test -keyout ca.key -out ca.pem "
      "-addext keyUsage=keyCertSign,cRLSign");
  return authority;
}

const gchar *
authority_get_file (Authority * authority)
{
  return authority->file;
}

static GTlsCertificate *
certify (Authority * authority, const gchar * name, const gchar * days,
    const gchar * or_days)
{
  g_autofree gchar *extension = g_strdup_printf ("subjectAltName=%s\n", name);
  g_autofree gchar *extension_file = g_build_filename (authority->dir,
      "server.ext", NULL);
  g_autofree gchar *pem = g_build_filename (authority->dir, "server.pem", NULL);
  g_autofree gchar *key = g_build_filename (authority->dir, "server.key", NULL);
  const gchar *sign = "x509 -req -in server.csr -CA ca.pem -CAkey ca.key "
      "-CAcreateserial -extfile server.ext -out server.pem ";
  g_autofree gchar *line = g_strconcat (sign, days, NULL);
  g_autofree gchar *other_line = g_strconcat (sign, or_days, NULL);
  g_autoptr (GError) error = NULL;
  GTlsCertificate *certificate;

  g_file_set_contents (extension_file, extension, -1, &error);
  g_assert_no_error (error);
  run_openssl (authority, "req -newkey " NEW_KEY " -nodes -subj /CN=server "
      "-keyout server.key -out server.csr");
  if (!try_openssl (authority, line))
    run_openssl (authority, other_line);
  certificate = g_tls_certificate_new_from_files (pem, key, &error);
  g_assert_no_error (error);
  return certificate;
}

GTlsCertificate *
authority_certify (Authority * authority, const gchar * name)
{
  return certify (authority, name, "-days 2", "-days 2");
}

GTlsCertificate *
authority_certify_expired (Authority * authority, const gchar * name)
{
  /* the one for openssl 3.4 and later, the other for those before */
  return certify (authority, name, "-not_before 20200101000000Z "
      "-not_after 20200102000000Z", "-days -1");
}

void
authority_free (Authority * authority)
{
  GDir *dir = g_dir_open (authority->dir, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (authority->dir, name, NULL);
    g_unlink (path);
  }
  g_dir_close (dir);
  g_rmdir (authority->dir);
  g_free (authority->dir);
  g_free (authority->file);
  g_free (authority);
}
