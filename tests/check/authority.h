/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A certificate authority of the test's own, made with the openssl program. */
#ifndef __AUTHORITY_H__
#define __AUTHORITY_H__

#include <gio/gio.h>

typedef struct _Authority Authority;

/* NULL, with a line in the log, when there is no openssl or no TLS in GIO. */
Authority *authority_new (void);
/* The file for tls-ca-file */
const gchar *authority_get_file (Authority * authority);
/* name: "IP:127.0.0.1", "DNS:host", or several with commas. Returns: (transfer full) */
GTlsCertificate *authority_certify (Authority * authority, const gchar * name);
/* One that was valid until yesterday. Returns: (transfer full) */
GTlsCertificate *authority_certify_expired (Authority * authority,
    const gchar * name);
void authority_free (Authority * authority);

#endif /* __AUTHORITY_H__ */
