/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers as text, the same in every locale, and text as the user should see it. */
#pragma once

#include <glib.h>

/* Room for any double as text. */
#define TEXT_DOUBLE_SIZE 32

/* Text with as few digits as needed to read back to the same bits; "nan", "inf", "-inf". Returns buffer,
 * which has TEXT_DOUBLE_SIZE bytes. */
const char *text_from_double (double value, char *buffer);

/* Reads a whole number or a real number that fills the text but for blanks around it; decimal point ".",
 * "1e5" and "inf" are real numbers, "nan" and hexadecimal numbers are refused. A real number with a whole
 * value ("1e6") is accepted as integer. FALSE: it is not one, or does not fit. */
gboolean text_to_double (const char *text, double *out);
gboolean text_to_int64 (const char *text, gint64 *out);

/* The text in single quotes for a message: on one line, control characters as \n, \t or \xNN, what is no
 * UTF-8 as \xNN, cut with "..." when long. (transfer full) */
char *text_quote (const char *text);

/* The candidate (NULL-terminated list) that name is probably meant to be, or NULL when none is near.
 * Letter case, "-" and "_" do not count. (transfer none) */
const char *text_nearest (const char *name, const char *const *candidates);
