/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/task.h"
#include <math.h>

Task *
task_new (const TaskRecipe *recipe, const char *directory,
          void (*log) (gpointer data, GlompoLogLevel level, const char *text), gpointer log_data,
          GError **error)
{
  const GlompoPlugin *plugin = recipe->plugin;
  g_autofree Task *task = g_new0 (Task, 1);
  RandomStream random;
  random_init (&random, recipe->seed, RANDOM_TASK, 0); /* the same for all instances: they are one function */
  plugin_host_init (&task->host, random);
  task->host.log = log;
  task->host.data = log_data;
  task->host.directory = g_strdup (directory);
  task->host.base_directory = g_strdup (recipe->base_dir);
  task->plugin = plugin;
  task->self = plugin->task->create (recipe->options, random_mix (recipe->seed, RANDOM_TASK, 0, 1),
                                     &task->host.table);
  if (task->self == NULL)
    {
      g_autofree char *why = plugin_host_take_failure (&task->host, "create() failed and did not say why");
      plugin_host_clear (&task->host);
      g_set_error (error, GLOMPO_PLUGIN_ERROR, GLOMPO_PLUGIN_ERROR_CREATE, "task %s: %s", plugin->name, why);
      return NULL;
    }
  return g_steal_pointer (&task);
}

void
task_free (Task *task)
{
  if (task == NULL)
    return;
  task->plugin->task->destroy (task->self);
  plugin_host_clear (&task->host);
  g_free (task);
}

static void
fill_nan (double *values, gsize n)
{
  for (gsize i = 0; values != NULL && i < n; i++)
    values[i] = NAN;
}

static inline GlompoResult
prepare (const TaskResult *result, guint64 seed, gboolean separate_gradient)
{
  return (GlompoResult){
    .struct_size = sizeof (GlompoResult),
    .seed = seed,
    .f = NAN,
    .extras = result->extras,
    .residuals = result->residuals,
    .gradient = separate_gradient ? NULL : result->gradient,
  };
}

/* An infinity is a common way to say that a point is no good; NaN is hardly meant. */
static void
warn_of_nan (Task *task)
{
  if (!atomic_exchange (&task->nan_said, true))
    task->host.table.log (&task->host.table, GLOMPO_LOG_WARNING,
                          "the task gave NaN: such an evaluation has no value (said once by each "
                          "instance of the task)");
}

static G_NO_INLINE void
fail (Task *task, const Space *space, const GlompoResult *r, TaskResult *result)
{
  if (r->status == GLOMPO_STATUS_EVALUATED && isnan (r->f))
    warn_of_nan (task);
  result->status = r->status == GLOMPO_STATUS_TIMED_OUT ? GLOMPO_STATUS_TIMED_OUT : GLOMPO_STATUS_FAILED;
  result->f = INFINITY;
  fill_nan (result->extras, space->extras_size);
  fill_nan (result->residuals, space->n_residuals);
  fill_nan (result->gradient, space->n_task);
}

static inline void
judge (Task *task, const Space *space, const double *x, const GlompoResult *r, gboolean separate_gradient,
       TaskResult *result)
{
  const GlompoTaskVTable *v = task->plugin->task;
  gboolean good = r->status == GLOMPO_STATUS_EVALUATED && isfinite (r->f);
  if (good && separate_gradient)
    good = v->gradient != NULL && v->gradient (task->self, x, result->gradient);
  if (!good)
    {
      fail (task, space, r, result);
      return;
    }
  result->status = GLOMPO_STATUS_EVALUATED;
  result->f = r->f;
}

static gboolean
needs_separate_gradient (const Task *task, const TaskResult *result)
{
  return result->gradient != NULL && (task->plugin->capabilities & GLOMPO_CAP_GRADIENT) == 0;
}

static void
evaluate_in_task (Task *task, const Space *space, const double *x, guint64 seed, TaskResult *result)
{
  gboolean separate = needs_separate_gradient (task, result);
  GlompoResult r = prepare (result, seed, separate);
  task->plugin->task->evaluate (task->self, x, &r);
  judge (task, space, x, &r, separate, result);
}

/* The same where the task has parameters that the search has not. */
static void
evaluate_expanded (Task *task, const Space *space, const double *x, guint64 seed, TaskResult *result)
{
  g_autofree double *full = g_new (double, 2 * space->n_task);
  double *gradient = result->gradient;
  space_expand (space, x, full);
  result->gradient = gradient != NULL ? full + space->n_task : NULL;
  evaluate_in_task (task, space, full, seed, result);
  for (gsize i = 0; gradient != NULL && i < space->n; i++)
    gradient[i] = result->status == GLOMPO_STATUS_EVALUATED ? result->gradient[space->place[i]] : NAN;
  result->gradient = gradient;
}

/* Apart, so that the common case pays for nothing of it. */
static G_NO_INLINE void
evaluate_uncommon (Task *task, const Space *space, const double *x, guint64 seed, TaskResult *result)
{
  if (space->place == NULL)
    evaluate_in_task (task, space, x, seed, result);
  else
    evaluate_expanded (task, space, x, seed, result);
}

void
task_evaluate (Task *task, const Space *space, const double *x, guint64 seed, TaskResult *result)
{
  if (G_UNLIKELY (space->place != NULL || result->gradient != NULL))
    {
      evaluate_uncommon (task, space, x, seed, result);
      return;
    }
  GlompoResult r = prepare (result, seed, FALSE);
  task->plugin->task->evaluate (task->self, x, &r);
  judge (task, space, x, &r, FALSE, result);
}

gboolean
task_has_batch (const Task *task)
{
  return task->plugin->task->evaluate_batch != NULL;
}

static void
evaluate_batch_in_task (Task *task, const Space *space, gsize m, const double *x, const guint64 *seeds,
                        TaskResult *results)
{
  g_autofree GlompoResult *r = g_new (GlompoResult, m);
  g_autofree GlompoResult **pointers = g_new (GlompoResult *, m);
  gboolean separate = needs_separate_gradient (task, &results[0]);
  for (gsize i = 0; i < m; i++)
    {
      r[i] = prepare (&results[i], seeds[i], separate);
      pointers[i] = &r[i];
    }
  task->plugin->task->evaluate_batch (task->self, m, x, pointers);
  for (gsize i = 0; i < m; i++)
    judge (task, space, x + i * space->n_task, &r[i], separate, &results[i]);
}

void
task_evaluate_batch (Task *task, const Space *space, gsize m, const double *x, const guint64 *seeds,
                     TaskResult *results)
{
  if (space->place == NULL)
    {
      evaluate_batch_in_task (task, space, m, x, seeds, results);
      return;
    }
  g_autofree double *full = g_new (double, m * space->n_task);
  g_autofree double *gradients = g_new (double, m * space->n_task);
  g_autofree double **wanted = g_new (double *, m);
  for (gsize i = 0; i < m; i++)
    {
      space_expand (space, x + i * space->n, full + i * space->n_task);
      wanted[i] = results[i].gradient;
      results[i].gradient = wanted[i] != NULL ? gradients + i * space->n_task : NULL;
    }
  evaluate_batch_in_task (task, space, m, full, seeds, results);
  for (gsize i = 0; i < m; i++)
    {
      for (gsize k = 0; wanted[i] != NULL && k < space->n; k++)
        wanted[i][k]
            = results[i].status == GLOMPO_STATUS_EVALUATED ? results[i].gradient[space->place[k]] : NAN;
      results[i].gradient = wanted[i];
    }
}
