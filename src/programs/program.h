/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How programs begin and end, and write numbers. Thread: the main one. */
#pragma once

#include <glompo/glompo.h>

/* First of all: the user's language; a closed pipe is an error of writing, and so is a closed stream. */
void program_begin (void);

/* FALSE: what was printed did not reach the standard output, and that is said on standard error. */
gboolean program_flush (const char *name);

/* A number as people read it, in ten digits: "1.4e+06", "inf". Returns buffer. */
const char *program_number (double value, char buffer[GLOMPO_DOUBLE_TEXT_SIZE]);
