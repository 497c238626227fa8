/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Python interpreter of this process: one, shared by all instances, started by the first that needs it
 * and never ended, because extension modules do not survive a second start. Nobody holds its lock (the GIL)
 * but between PyGILState_Ensure() and PyGILState_Release().
 *
 * Python.h comes first in every file: it sets feature macros.
 */
#pragma once

#include <Python.h>
#include <stdbool.h>
#include <stddef.h>

/* Starts it unless it runs. program is the python whose standard library and packages are used, or "auto".
 * Returns NULL, or why it failed (the caller frees it). Thread: any, without the GIL. */
char *interpreter_start (const char *program);

/* Puts a directory first in sys.path unless it is in there. False: a Python exception is set. */
bool interpreter_add_path (const char *directory);

/* The exception that is set, which is cleared: as one line with the place where it was raised, or as Python
 * prints it, traceback and all. Allocated with malloc(); NULL when there is no memory. */
char *interpreter_take_exception (bool with_traceback);

/* As printf() into new memory; NULL when there is none. */
char *text_format (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* repr() of an object, cut to a length that fits into a sentence; never NULL, freed by the caller. */
char *interpreter_describe (PyObject *object);

/* From now on the processes that Python forks here end when they are told to, and with this process at the
 * latest. With the GIL held, once. */
void children_watch (void);

/* Ends a process that the function has forked, as Python does at the end of a program or at the exception
 * that is set: with its code, and words for it on the standard error. With the GIL held. */
void children_end (void) __attribute__ ((noreturn));
