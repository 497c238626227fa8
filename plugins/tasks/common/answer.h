/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The value and the extras in what a program has written. Nothing in it is trusted: it may be any bytes.
 *
 * Thread: any; no state.
 */
#pragma once

#include "tasks/common/space.h"

typedef enum {
  ANSWER_NUMBER, /* the first number is the value, the following ones are the extras */
  ANSWER_LINE,   /* the number behind a label; the last line with that label counts */
  ANSWER_JSON,   /* an object with fx and the extras, itself or in its member extras */
} AnswerKind;

typedef struct {
  AnswerKind kind;
  const char *label; /* ANSWER_LINE */
  const TaskSpace *space;
} AnswerFormat;

/* Answers of a server: what an "id" must be if it is there. */
#define ANSWER_NO_ID G_MAXUINT64

typedef enum {
  ANSWER_GOOD,
  ANSWER_REFUSED, /* the program says that it has no value, and perhaps why */
  ANSWER_NONSENSE,
} AnswerVerdict;

/* *f and extras (space->extras_size numbers) are set only if the verdict is good; otherwise error is. */
AnswerVerdict answer_read (const AnswerFormat *format, const char *text, gsize length, guint64 id, double *f,
                           double *extras, GError **error);
