/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers as text, the same in every locale. */
#pragma once

#include <glib.h>

/* Room for any double as text. */
#define TEXT_DOUBLE_SIZE 32

/* The shortest text that reads back to the same bits; "nan", "inf", "-inf". Returns buffer, which has
 * TEXT_DOUBLE_SIZE bytes. */
const char *text_from_double (double value, char *buffer);

/* Reads a whole number or a real number that fills the text but for blanks around it; decimal point ".",
 * "1e5" and "inf" are real numbers, "nan" is refused. A real number with a whole value ("1e6") is accepted
 * as integer. FALSE: it is not one, or does not fit. */
gboolean text_to_double (const char *text, double *out);
gboolean text_to_int64 (const char *text, gint64 *out);
