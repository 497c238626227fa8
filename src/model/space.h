/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a task declares, copied and checked: the search space, the extras, what is known of the minimum.
 * Immutable once made; may be shared by threads.
 */
#pragma once

#include "model/parameter.h"
#include <glib.h>
#include <glompo/glompo-error.h>
#include <glompo/glompo-plugin.h>

typedef struct {
  gatomicrefcount refs;
  gsize n;               /* parameters of the search */
  char **names;          /* NULL-terminated */
  double *lower, *upper; /* finite, lower < upper once space_apply() has been called */
  double *start;         /* inside the bounds, or NULL */
  guint8 *integer;       /* or NULL: none is */
  gsize n_extras;        /* entries of extras */
  GlompoExtra *extras;   /* names owned */
  gsize extras_size;     /* numbers of all extras together */
  gsize n_residuals;
  gboolean has_gradient;
  GlompoConcurrency concurrency;
  gboolean has_target;
  double target;         /* known least value */
  /* n start values, the user's or the task's, NaN where there is none; NULL: none at all */
  double *given_start;
  /* Where parameters are fixed the task has more than the search; place is NULL where it has not. */
  gsize n_task;
  char **task_names;     /* NULL-terminated */
  double *fixed;         /* n_task values; those of the search are of no meaning */
  gsize *place;          /* n: where each parameter of the search stands among the task's */
} Space;

/* Asks an instance of a task for everything it declares. The message names what is wrong with it.
 * Error: GLOMPO_PLUGIN_ERROR_CREATE. (transfer full) */
Space *space_new (const GlompoPlugin *task, gpointer instance, GError **error);

/* Works the user's word about single parameters into a space that nobody else knows yet, and takes those out
 * of the search whose bounds are equal, whoever said so. FALSE: what is wrong (no such parameter, nothing
 * left to search) is added to faults, of ParameterFault; the space has as many parameters as the user means,
 * but perhaps not their bounds, or n = 0: that is not known. */
gboolean space_apply (Space *space, GPtrArray *settings, GPtrArray *faults);

/* What plugins are told of the search: the arrays are the space's. The caller adds what else it knows, as a
 * start point, the points in flight and the id. */
GlompoProblem space_to_problem (const Space *space);

/* The task's point for a point of the search; out has n_task places. */
void space_expand (const Space *space, const double *x, double *out);
Space *space_ref (Space *space);
void space_unref (Space *space);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Space, space_unref)

/* For another process: everything of a space as one value, and back. NULL: it makes no sense. */
GVariant *space_to_variant (const Space *space);
Space *space_from_variant (GVariant *variant);
