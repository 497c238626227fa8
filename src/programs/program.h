/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the programs that tell about runs begin and end. Thread: the main one. */
#pragma once

#include <glib.h>

/* The user's language; a closed pipe is an error of writing. */
void program_begin (void);

/* FALSE: what was printed did not reach the standard output, and that is said on standard error. */
gboolean program_flush (const char *name);
