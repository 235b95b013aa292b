/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another server than the service: where links and redirects may lead. */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* The clip, and a status of SCENE_TASK, at any server made here */
#define ABROAD_CLIP "/clip.mp4"
#define ABROAD_STATUS "/moved"

/* A server that wants no key. Its ABROAD_STATUS says that SCENE_TASK is
 * completed and names the content address. certificate (nullable): speak TLS. */
VeoSim *abroad_new (const gchar * address, GTlsCertificate * certificate);
/* The scene's service anew, with TLS, before anything runs; nothing else changes. */
void abroad_secure_home (Scene * scene, GTlsCertificate * certificate);
/* Answers for `path' of sim with a redirect to url. */
void abroad_redirect (VeoSim * sim, const gchar * path, guint status,
    const gchar * url);
/* How many requests came, which must all be without Authorization. */
guint abroad_count_keyless (VeoSim * sim);

G_END_DECLS
