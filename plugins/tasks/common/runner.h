/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tasks have in common that run a program of the user's: the program, its directory, its search
 * space and what becomes of its failures.
 *
 * Thread: one at a time for each instance.
 */
#pragma once

#include "tasks/common/program.h"

/* The first member of an instance. */
typedef struct {
  const GlompoHost *host;
  TaskSpace *space;
  Program *program;
  char *home;     /* its working directory: the evaluator's own, or that of the ini file */
  guint failures; /* told up to now */
} Runner;

void runner_init (Runner *runner, const GlompoHost *host);
void runner_clear (Runner *runner);

/* Slots of the task's table; instance is a Runner. */
bool runner_parameters (void *instance, GlompoParameters *out);
size_t runner_extras (void *instance, const GlompoExtra **out);

/* The point, with a seed that any language can hold. */
PatternValues runner_values (const Runner *runner, const double *x, const GlompoResult *result);

/* A warning, the first times only; told counts them, further says what the later ones are. */
void runner_tell (Runner *runner, guint *told, const char *what, const char *further);

/* An evaluation without a value, and why. */
void runner_fail (Runner *runner, GlompoResult *result, const GError *error);
