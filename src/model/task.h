/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A task instance at work: created with the run's seed, evaluated with every result checked. One for each
 * evaluator, or one for all where the task is shareable.
 */
#pragma once

#include "model/space.h"
#include "plugin/host.h"
#include <glib.h>
#include <glompo/glompo-plugin.h>
#include <stdatomic.h>

typedef struct {
  const GlompoPlugin *plugin;
  gpointer self;
  PluginHost host;
  atomic_bool nan_said;
} Task;

/* What a run's evaluators need to make instances. Immutable; may be shared by threads. */
typedef struct {
  const GlompoPlugin *plugin;
  gconstpointer options;
  guint64 seed; /* of the run */
  const char *base_dir; /* for relative file names; NULL: the working directory */
} TaskRecipe;

/* Where one evaluation's numbers go; each may be NULL but f. */
typedef struct {
  double f;
  gint32 status;
  double *extras;
  double *residuals;
  double *gradient;
} TaskResult;

/* Error: GLOMPO_PLUGIN_ERROR_CREATE. Log lines go to log. (transfer full) */
Task *task_new (const TaskRecipe *recipe, const char *directory,
                void (*log) (gpointer data, GlompoLogLevel level, const char *text), gpointer log_data,
                GError **error);
void task_free (Task *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Task, task_free)

/* Evaluates x. Afterwards f is finite exactly if status is EVALUATED, else +INFINITY; extras, residuals
 * and gradient of a failed evaluation are NaN. */
void task_evaluate (Task *task, const Space *space, const double *x, guint64 seed, TaskResult *result);

/* Evaluates the m points in the rows of x in one call, if the task offers that; see
 * task_has_batch(). seeds and results have m entries. */
void task_evaluate_batch (Task *task, const Space *space, gsize m, const double *x, const guint64 *seeds,
                          TaskResult *results);
gboolean task_has_batch (const Task *task);
