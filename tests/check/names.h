/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A name service of the test's own: no name leaves this machine. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* It leads to this machine, and is no name of this machine. */
#define NAMES_PUBLIC "api.video.example"

/* From now on NAMES_PUBLIC is 127.0.0.1, and no other name is found. */
void names_install (void);
/* As it was. */
void names_remove (void);

G_END_DECLS
