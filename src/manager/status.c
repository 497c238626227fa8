/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Results and looks at the run, as copies that may leave the manager's thread. Called under the lock. */
#include "backend/proc.h"
#include "base/json-text.h"
#include "manager/manager-private.h"
#include "manager/status.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Looks at all processes are no more frequent than this. */
#define USAGE_US 100000

const ProcUsage *
manager_usage (GlompoManager *manager)
{
  gint64 now = g_get_monotonic_time ();
  if (manager->usage_time == 0 || now - manager->usage_time >= USAGE_US)
    {
      manager->usage = proc_usage ();
      manager->usage_time = now;
    }
  return &manager->usage;
}

static void
optimizer_status_free (gpointer data)
{
  GlompoOptimizerStatus *status = data;
  g_free (status->group);
  g_free (status->type);
  g_free (status);
}

GlompoRunStatus *
status_new (void)
{
  GlompoRunStatus *status = g_new0 (GlompoRunStatus, 1);
  status->optimizers = g_ptr_array_new_with_free_func (optimizer_status_free);
  status->seconds_left = -1;
  status->best_f = INFINITY;
  return status;
}

static GlompoOptimizerStatus *
make_optimizer_status (const Optimizer *optimizer)
{
  GlompoOptimizerStatus *status = g_new0 (GlompoOptimizerStatus, 1);
  status->id = optimizer->id;
  status->group = g_strdup (optimizer->group->name);
  status->type = g_strdup (optimizer->group->plugin->name);
  status->workers = optimizer->holds_slots ? (guint64) optimizer->group->workers : 0;
  status->state = optimizer->revive_asked ? "reviving" : life_to_string (optimizer->state);
  status->frozen = optimizer->state == LIFE_FROZEN && !optimizer->holds_slots;
  status->paused = optimizer->resting && !status->frozen;
  status->evaluations = optimizer->view->evaluations;
  status->best_f = optimizer->view->best_f;
  status->last_f = optimizer->view->last_f;
  return status;
}

static double
elapsed (const GlompoManager *manager)
{
  gint64 end = manager->end_time != 0 ? manager->end_time : g_get_monotonic_time ();
  return manager->start_time != 0 ? (double) (end - manager->start_time) / G_USEC_PER_SEC : 0;
}

GlompoRunStatus *
manager_make_status (GlompoManager *manager)
{
  const GlompoRun *run = &manager->run;
  GlompoRunStatus *status = status_new ();
  status->state = manager->state;
  status->paused = manager->paused;
  status->ending = manager->ending;
  status->held = manager->held;
  status->seconds = elapsed (manager);
  status->evaluations = run->evaluations;
  status->budget = manager->budget == G_MAXUINT64 ? 0 : manager->budget;
  if (manager->convergence != NULL)
    status->seconds_left = condition_seconds_left (manager->convergence, run);
  status->best_f = run->best_f;
  status->best_id = run->best_id;
  status->started = run->started;
  status->frozen = manager_count_frozen (manager, FALSE);
  status->alive = manager->alive->len - status->frozen;
  status->busy = run->busy;
  status->max_jobs = run->max_jobs;
  status->memory = manager_usage (manager)->memory;
  if (getloadavg (status->load, 3) < 3)
    status->load[0] = status->load[1] = status->load[2] = 0;
  for (guint i = 0; i < manager->alive->len; i++)
    g_ptr_array_add (status->optimizers, make_optimizer_status (manager->alive->pdata[i]));
  return status;
}

void
glompo_run_status_free (GlompoRunStatus *status)
{
  if (status == NULL)
    return;
  g_ptr_array_unref (status->optimizers);
  g_free (status);
}

/* The point as the task has it. */
static void
put_point (GlompoManager *manager, GlompoRunResult *result)
{
  const Space *space = manager->space;
  const double *x = manager->run.best_id != 0 ? manager->run.best_x : NULL;
  result->n = space != NULL ? space->n_task : 0;
  result->names = space != NULL ? g_strdupv (space->task_names) : g_new0 (char *, 1);
  result->fixed = g_new0 (guint8, result->n + 1);
  if (x != NULL)
    result->x = g_new (double, result->n);
  if (x != NULL && space->place != NULL)
    space_expand (space, x, result->x);
  else if (x != NULL)
    memcpy (result->x, x, result->n * sizeof *x);
  if (space == NULL || space->place == NULL)
    return;
  memset (result->fixed, 1, result->n);
  for (gsize i = 0; i < space->n; i++)
    result->fixed[space->place[i]] = 0;
}

GlompoRunResult *
manager_make_result (GlompoManager *manager)
{
  const GlompoRun *run = &manager->run;
  GlompoRunResult *result = g_new0 (GlompoRunResult, 1);
  result->state = manager->state;
  result->reason = g_strdup (manager->end_reason);
  result->seed = manager->seed;
  result->directory = g_strdup (manager->directory);
  put_point (manager, result);
  result->fx = run->best_f;
  if (run->best_id != 0)
    {
      const Optimizer *best = manager->optimizers->pdata[run->best_id - 1];
      result->best_id = run->best_id;
      result->best_type = g_strdup (best->group->plugin->name);
      result->best_group = g_strdup (best->group->name);
      result->best_evaluation = run->best_evaluation;
    }
  result->evaluations = run->evaluations;
  result->failures = run->failures;
  result->started = run->started;
  result->converged = run->converged;
  result->hunted = run->hunted;
  result->stopped_by_user = manager->stopped_by_user;
  result->crashed = run->crashed;
  result->hunts = run->hunts;
  result->freezes = run->freezes;
  result->revivals = run->revivals;
  result->left_behind = manager->left_behind;
  result->seconds = elapsed (manager);
  result->first_failure = g_strdup (manager->first_failure);
  return result;
}

void
glompo_run_result_free (GlompoRunResult *result)
{
  if (result == NULL)
    return;
  g_free (result->reason);
  g_free (result->first_failure);
  g_free (result->directory);
  g_strfreev (result->names);
  g_free (result->x);
  g_free (result->fixed);
  g_free (result->best_type);
  g_free (result->best_group);
  g_free (result);
}

static void
add_point (JsonText *json, const GlompoRunResult *result)
{
  json_text_number (json, "fx", result->fx);
  json_text_open (json, "x", '[');
  for (gsize i = 0; result->x != NULL && i < result->n; i++)
    json_text_number (json, NULL, result->x[i]);
  json_text_close (json, ']');
  json_text_open (json, "parameters", '[');
  for (gsize i = 0; result->names[i] != NULL; i++)
    json_text_string (json, NULL, result->names[i]);
  json_text_close (json, ']');
  json_text_open (json, "fixed", '[');
  for (gsize i = 0; i < result->n; i++)
    if (result->fixed[i])
      json_text_string (json, NULL, result->names[i]);
  json_text_close (json, ']');
  json_text_open (json, "origin", '{');
  json_text_integer (json, "optimizer", result->best_id);
  json_text_string (json, "type", result->best_type);
  json_text_string (json, "group", result->best_group);
  json_text_integer (json, "evaluation", result->best_evaluation);
  json_text_close (json, '}');
}

const char *
glompo_run_state_to_string (GlompoRunState state)
{
  static const char *const states[] = { "running", "finished", "failed", "interrupted" };
  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (states), NULL);
  return states[state];
}

char *
glompo_run_result_to_json (const GlompoRunResult *result)
{
  JsonText json;
  json_text_init (&json);
  json.compact = TRUE;
  json_text_open (&json, NULL, '{');
  add_point (&json, result);
  json_text_integer (&json, "evaluations", result->evaluations);
  json_text_integer (&json, "failures", result->failures);
  json_text_integer (&json, "optimizers_started", result->started);
  json_text_integer (&json, "optimizers_converged", result->converged);
  json_text_integer (&json, "optimizers_stopped", result->hunted);
  json_text_integer (&json, "optimizers_stopped_by_user", result->stopped_by_user);
  json_text_integer (&json, "optimizers_failed", result->crashed);
  json_text_integer (&json, "hunts", result->hunts);
  json_text_integer (&json, "freezes", result->freezes);
  json_text_integer (&json, "revivals", result->revivals);
  json_text_string (&json, "state", glompo_run_state_to_string (result->state));
  json_text_string (&json, "end_reason", result->reason);
  json_text_string (&json, "first_failure", result->first_failure);
  json_text_string (&json, "run_directory", result->directory);
  json_text_integer (&json, "seed", result->seed);
  json_text_number (&json, "seconds", result->seconds);
  json_text_close (&json, '}');
  return json_text_finish (&json);
}
