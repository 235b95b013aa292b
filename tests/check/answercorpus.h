/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of services, and what is to be made of them. */
#ifndef __ANSWER_CORPUS_H__
#define __ANSWER_CORPUS_H__

#include <glib.h>

typedef struct
{
  const gchar *name;
  guint http_status;
  const gchar *headers;         /* "Name: value" lines, or NULL */
  const gchar *body;
  const gchar *expected;        /* in the words of render_answer() */
} AnswerCase;

extern const AnswerCase answer_corpus[];
extern const gsize answer_corpus_size;

#endif /* __ANSWER_CORPUS_H__ */
