/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An instance of the task `python`: a module, a function of it, and the search space that the options and
 * the module describe together. The functions here are called with the GIL held.
 */
#pragma once

#include "python-interpreter.h"
#include <glompo/glompo-plugin.h>

typedef enum {
  INPUT_AUTO,
  INPUT_LIST,
  INPUT_NUMPY
} Input;

typedef struct {
  const char *module, *function, *path, *interpreter;
  int64_t dims;
  GlompoReals bounds, lower, upper, start;
  const char *names, *extras;
  int32_t input, concurrency;
} PythonOptions;

/* Failures of one kind: the type of the exception and where it was raised. */
typedef struct {
  char *kind;
  uint64_t count;
} Failure;
#define N_FAILURES 16

typedef struct {
  const PythonOptions *options;
  const GlompoHost *host;
  PyObject *module, *function;
  PyObject *frombuffer; /* numpy's, or NULL: points are given as lists */
  size_t n;
  double *lower, *upper, *start; /* start may be NULL */
  char **names;                  /* n, or NULL */
  size_t n_extras;
  GlompoExtra *extras;
  char **extra_names;
  Failure failures[N_FAILURES];
} PythonTask;

/* Says why create() fails; returns false. */
bool python_fail (const PythonTask *self, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* The same with the exception that is set behind it; its traceback goes to the log. */
bool python_fail_exception (const PythonTask *self, const char *what);

/* Fills module, function and frombuffer. */
bool python_load (PythonTask *self);

/* Fills the search space and the extras from the options and the module. False: it has said why. */
bool python_find_space (PythonTask *self);

/* Calls the function. Returns a text for the log, or NULL; the caller frees it. */
char *python_call (PythonTask *self, const double *x, GlompoResult *result);

void python_free (PythonTask *self);
