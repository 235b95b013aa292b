/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether what a process has in memory says anything. */
#pragma once

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
/* AddressSanitizer keeps freed memory for a while, ThreadSanitizer keeps notes
 * on memory that are larger than it: then only the end counts. */
#if defined (__SANITIZE_ADDRESS__) || defined (__SANITIZE_THREAD__) \
  || __has_feature (address_sanitizer) || __has_feature (thread_sanitizer)
#define COUNTS_MEMORY FALSE
#else
#define COUNTS_MEMORY TRUE
#endif
