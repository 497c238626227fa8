/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From points to posted results, with any kind of evaluator. Thread: the driver's. */
#include "worker/driver-private.h"
#include <string.h>

/* A row that is finished because it was evaluated in an earlier session. */
#define REPLAYED 2

static guint64
noise_seed (const Driver *driver, gsize row)
{
  return random_mix_end (driver->noise, driver->batch.points[row]);
}

gsize
driver_values_size (const Space *space, const OptimizerGroup *group)
{
  gboolean gradients = (group->plugin->capabilities & GLOMPO_CAP_WANTS_GRADIENT) != 0;
  return space->extras_size + space->n_residuals + (gradients ? space->n : 0);
}

/* Extras, residuals and gradient of a row, one behind the other. */
static const double *
join_values (Driver *driver, gsize row)
{
  const Batch *b = &driver->batch;
  const Space *space = b->space;
  if (b->residuals == NULL && b->gradient == NULL)
    return b->extras != NULL ? b->extras + row * space->extras_size : NULL;
  if (driver->values == NULL)
    driver->values = g_new (double, driver_values_size (space, driver->spec->group));
  double *next = driver->values;
  if (b->extras != NULL)
    memcpy (next, b->extras + row * space->extras_size, space->extras_size * sizeof *next);
  next += space->extras_size;
  if (b->residuals != NULL)
    memcpy (next, b->residuals + row * space->n_residuals, space->n_residuals * sizeof *next);
  next += space->n_residuals;
  if (b->gradient != NULL)
    memcpy (next, b->gradient + row * space->n, space->n * sizeof *next);
  return driver->values;
}

void
driver_post_row (Driver *driver, gsize row)
{
  const Batch *b = &driver->batch;
  channel_post_evaluation (driver->channel, b->points[row], b->status[row], b->f[row], b->x + row * b->space->n,
                           join_values (driver, row));
  driver_pace (driver);
}

/* After a row was evaluated: tries again or gives up, as on_failure wants. TRUE: the result stands. */
static gboolean
accept_row (Driver *driver, gsize row)
{
  const WorkerSpec *spec = driver->spec;
  if (G_LIKELY (driver->batch.status[row] == GLOMPO_STATUS_EVALUATED) || spec->on_failure == FAILURE_PENALTY)
    return TRUE;
  if (spec->on_failure == FAILURE_STOP)
    {
      if (driver->fault == NULL)
        driver->fault = g_strdup_printf ("evaluation %" G_GUINT64_FORMAT " failed and on_failure is stop",
                                         driver->batch.points[row]);
      return TRUE;
    }
  return driver->batch.jobs[row].attempts >= spec->retries;
}

/* A seed for the next attempt: noise is drawn anew. */
static void
retry_row (Driver *driver, gsize row)
{
  Job *job = &driver->batch.jobs[row];
  job->attempts++;
  job->seed = random_mix (job->seed, RANDOM_NOISE, driver->spec->id, job->attempts);
}

/* Evaluates a row that failed again, as often as on_failure wants. */
static void
settle_row (Driver *driver, Task *task, gsize row)
{
  Job *job = &driver->batch.jobs[row];
  while (G_UNLIKELY (!accept_row (driver, row)) && driver_command (driver) != CHANNEL_STOP)
    {
      retry_row (driver, row);
      driver_begin_evaluation (driver, 1);
      task_evaluate (task, driver->spec->space, job->x, job->seed, &job->result);
      batch_store (&driver->batch, job);
    }
}

static gboolean
evaluate_row (Driver *driver, Task *task, gsize row)
{
  Job *job = batch_job (&driver->batch, row, noise_seed (driver, row));
  driver_begin_evaluation (driver, 1);
  if (driver->meter == NULL)
    task_evaluate (task, driver->spec->space, job->x, job->seed, &job->result);
  else
    evaluator_run (driver->evaluator, job);
  batch_store (&driver->batch, job);
  settle_row (driver, task, row);
  driver_end_evaluation (driver);
  driver_post_row (driver, row);
  return driver->fault == NULL;
}

static gboolean
evaluate_serially (Driver *driver, gsize n)
{
  Task *task = evaluator_get_task (driver->evaluator);
  for (gsize row = 0; row < n; row++)
    {
      if (G_UNLIKELY (driver->replay != NULL) && driver_replay_row (driver, row))
        {
          if (driver->fault != NULL)
            return FALSE;
        }
      else if (!driver_draw_leave (driver) || !evaluate_row (driver, task, row))
        return FALSE;
    }
  return TRUE;
}

static gboolean
evaluate_vectorised (Driver *driver, gsize n)
{
  Task *task = evaluator_get_task (driver->evaluator);
  const Space *space = driver->spec->space;
  g_autofree guint64 *seeds = g_new (guint64, n);
  g_autofree TaskResult *results = g_new (TaskResult, n);
  for (gsize first = 0; first < n;)
    {
      if (G_UNLIKELY (driver->replay != NULL) && driver_replay_row (driver, first))
        {
          first++;
          if (driver->fault != NULL)
            return FALSE;
          continue;
        }
      if (!driver_draw_leave (driver))
        return FALSE;
      gsize m = MIN (n - first, (gsize) driver->leave.n + 1);
      driver->leave.n -= (gint64) m - 1;
      for (gsize i = 0; i < m; i++)
        {
          seeds[i] = noise_seed (driver, first + i);
          results[i] = batch_job (&driver->batch, first + i, seeds[i])->result;
        }
      driver_begin_evaluation (driver, m);
      task_evaluate_batch (task, space, m, driver->batch.x + first * space->n, seeds, results);
      for (gsize i = 0; i < m; i++)
        {
          driver->batch.jobs[first + i].result = results[i];
          batch_store (&driver->batch, &driver->batch.jobs[first + i]);
          settle_row (driver, task, first + i);
          driver_post_row (driver, first + i);
        }
      driver_end_evaluation (driver);
      first += m;
      if (G_UNLIKELY (driver->fault != NULL))
        return FALSE;
    }
  return TRUE;
}

/* Evaluators in processes are watched each for itself. */
static void
start_job (Driver *driver, Job *job)
{
  guint busy = evaluator_get_busy (driver->evaluator);
  driver_set_evaluating (driver, busy + 1);
  job->number = ++driver->started;
  if (busy == 0 && driver->spec->workers_backend != WORKERS_PROCESSES)
    driver_set_longest (driver, job->number, 1);
  evaluator_start (driver->evaluator, job);
}

void
driver_start_row (Driver *driver, gsize row)
{
  start_job (driver, batch_job (&driver->batch, row, noise_seed (driver, row)));
}

Job *
driver_take_job (Driver *driver)
{
  Job *job = evaluator_take (driver->evaluator);
  if (job != NULL)
    driver_set_longest (driver, evaluator_get_longest (driver->evaluator), 1);
  return job;
}

gboolean
driver_finish_job (Driver *driver, Job *job)
{
  batch_store (&driver->batch, job);
  if (!accept_row (driver, job->tag) && driver_command (driver) != CHANNEL_STOP
      && evaluator_has_room (driver->evaluator))
    {
      retry_row (driver, job->tag);
      start_job (driver, job);
      return FALSE;
    }
  if (driver->spec->deterministic)
    driver->finished[job->tag] = TRUE;
  else
    driver_post_row (driver, job->tag);
  return TRUE;
}

void
driver_reset_finished (Driver *driver, gsize n)
{
  if (n > driver->n_finished)
    driver->finished = g_realloc (driver->finished, driver->n_finished = n);
  memset (driver->finished, 0, n);
}

/* Takes back what is done; waits for something if wait is TRUE. Returns how many rows came back. */
static gsize
collect (Driver *driver, gboolean wait)
{
  gsize n = 0;
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      ChannelCommand before = driver_command (driver);
      for (Job *job; (job = driver_take_job (driver)) != NULL;)
        n += driver_finish_job (driver, job);
      driver_drain_log (driver);
      if (n > 0 || !wait || driver_command (driver) != before)
        return n;
      driver_wait (driver, ticket, -1);
    }
}

/* Posts the rows that are finished as far as all before them are. */
static void
post_in_order (Driver *driver, gsize *posted, gsize n)
{
  for (; *posted < n && driver->finished[*posted]; (*posted)++)
    if (driver->finished[*posted] != REPLAYED)
      driver_post_row (driver, *posted);
}

/* Starts what can be started of the rows from *started on. Returns how many are done without being started. */
static gsize
start_rows (Driver *driver, gsize *started, gsize n, gboolean *go_on)
{
  gsize replayed = 0;
  while (*go_on && *started < n && driver->fault == NULL)
    {
      if (driver->replay != NULL && driver_replay_row (driver, *started))
        {
          driver->finished[(*started)++] = REPLAYED;
          replayed++;
        }
      else if (evaluator_has_room (driver->evaluator) && evaluator_may_start (driver->evaluator)
               && driver_may_start (driver, go_on))
        driver_start_row (driver, (*started)++);
      else
        break;
    }
  return replayed;
}

static gboolean
evaluate_in_parallel (Driver *driver, gsize n)
{
  gsize started = 0, done = 0, posted = 0;
  gboolean go_on = TRUE;
  driver_reset_finished (driver, n);
  while (done < started || (go_on && started < n))
    {
      done += start_rows (driver, &started, n, &go_on);
      if (driver->fault == NULL && evaluator_is_dead (driver->evaluator))
        driver->fault = g_strdup ("all its evaluators died, one after the other");
      /* What runs is paid for: it is waited for even when the optimizer is to end. */
      if (done < started)
        done += collect (driver, TRUE);
      if (driver->spec->deterministic)
        post_in_order (driver, &posted, n);
      if (driver_command (driver) == CHANNEL_STOP || driver->fault != NULL)
        go_on = FALSE;
    }
  return go_on;
}

gboolean
driver_evaluate_batch (Driver *driver, gsize n)
{
  for (gsize row = 0; row < n; row++)
    driver->batch.points[row] = ++driver->points;
  Task *task = evaluator_get_task (driver->evaluator);
  if (task == NULL)
    return evaluate_in_parallel (driver, n);
  return task_has_batch (task) && n > 1 ? evaluate_vectorised (driver, n) : evaluate_serially (driver, n);
}
