/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How programs begin and end. Thread: the main one. */
#pragma once

#include <glib.h>

/* First of all: the user's language; a closed pipe is an error of writing, and so is a closed stream. */
void program_begin (void);

/* FALSE: what was printed did not reach the standard output, and that is said on standard error. */
gboolean program_flush (const char *name);
