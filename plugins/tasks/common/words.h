/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists, words, texts and paths as users write them in an option, and numbers as text. What a part in double
 * quotes holds is read with the escapes of C (\n, \t, \", \\, octal), so that any character can be written.
 *
 * Thread: any; no state.
 */
#pragma once

#include <glib.h>

/* Errors of the tasks here. */
#define TASK_ERROR (g_quark_from_static_string ("glompo-task"))
typedef enum {
  TASK_ERROR_FAILED,
  TASK_ERROR_TIMED_OUT, /* an evaluation took longer than the user allows */
} TaskError;

/* Sets TASK_ERROR_FAILED with that text; FALSE. */
gboolean task_refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The text itself, or what stands between the double quotes around it. (transfer full), NULL: error. */
char *words_text (const char *text, GError **error);

/* Items separated by commas, blanks around them dropped; an item may be in double quotes. With counts (of
 * guint32) an item may end in [K], which is cut off and kept there; 1 where there is none. (transfer full) */
char **words_list (const char *text, GArray *counts, GError **error);

/* Words separated by blanks, as a shell would cut them: 'as it is', "with escapes", a backslash before a
 * character outside of quotes. Nothing is expanded. (transfer full) */
char **words_split (const char *text, GError **error);

/* An absolute path; a relative one starts at the directory base. (transfer full), NULL: error. */
char *words_path (const char *text, const char *base, GError **error);

/* The first bytes of a text of any content, on one line, for a message. (transfer full) */
char *words_excerpt (const char *text, gsize length);

/* Fewest digits that read back to the same bits. buffer has G_ASCII_DTOSTR_BUF_SIZE bytes; returned. */
const char *words_from_number (double value, char *buffer);

/* The number that is the whole text of length bytes; Fortran's exponents (1D5) count. */
gboolean words_to_number (const char *text, gsize length, double *out);
