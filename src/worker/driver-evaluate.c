/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From points to posted results, with any kind of evaluator. Thread: the driver's. */
#include "worker/driver-private.h"

static guint64
noise_seed (const Driver *driver, gsize row)
{
  return random_mix (driver->spec->run_seed, RANDOM_NOISE, driver->spec->id, driver->batch.points[row]);
}

static void
post_row (Driver *driver, gsize row)
{
  const Batch *b = &driver->batch;
  const Space *space = b->space;
  channel_post_evaluation (driver->channel, b->points[row], b->status[row], b->f[row], b->x + row * space->n,
                           b->extras != NULL ? b->extras + row * space->extras_size : NULL);
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
  while (G_UNLIKELY (!accept_row (driver, row)) && channel_command (driver->channel) != CHANNEL_STOP)
    {
      retry_row (driver, row);
      driver_begin_evaluation (driver, 1);
      task_evaluate (task, driver->spec->space, job->x, job->seed, &job->result);
      batch_store (&driver->batch, job);
    }
}

static gboolean
evaluate_serially (Driver *driver, gsize n)
{
  Task *task = evaluator_get_task (driver->evaluator);
  for (gsize row = 0; row < n; row++)
    {
      if (!driver_draw_leave (driver))
        return FALSE;
      Job *job = batch_job (&driver->batch, row, noise_seed (driver, row));
      driver_begin_evaluation (driver, 1);
      evaluator_run (driver->evaluator, job);
      batch_store (&driver->batch, job);
      settle_row (driver, task, row);
      driver_end_evaluation (driver);
      post_row (driver, row);
      if (G_UNLIKELY (driver->fault != NULL))
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
          post_row (driver, first + i);
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
  if (!accept_row (driver, job->tag) && channel_command (driver->channel) != CHANNEL_STOP
      && evaluator_has_room (driver->evaluator))
    {
      retry_row (driver, job->tag);
      start_job (driver, job);
      return FALSE;
    }
  post_row (driver, job->tag);
  return TRUE;
}

/* Takes back what is done; waits for something if wait is TRUE. Returns how many rows came back. */
static gsize
collect (Driver *driver, gboolean wait)
{
  gsize n = 0;
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      ChannelCommand before = channel_command (driver->channel);
      for (Job *job; (job = driver_take_job (driver)) != NULL;)
        n += driver_finish_job (driver, job);
      driver_drain_log (driver);
      if (n > 0 || !wait || channel_command (driver->channel) != before)
        return n;
      driver_wait (driver, ticket, -1);
    }
}

static gboolean
evaluate_in_parallel (Driver *driver, gsize n)
{
  gsize started = 0, done = 0;
  gboolean go_on = TRUE;
  while (done < started || (go_on && started < n))
    {
      while (go_on && started < n && evaluator_has_room (driver->evaluator)
             && evaluator_may_start (driver->evaluator) && driver_may_start (driver, &go_on))
        driver_start_row (driver, started++);
      if (driver->fault == NULL && evaluator_is_dead (driver->evaluator))
        driver->fault = g_strdup ("all its evaluators died, one after the other");
      /* What runs is paid for: it is waited for even when the optimizer is to end. */
      if (done < started)
        done += collect (driver, TRUE);
      if (channel_command (driver->channel) == CHANNEL_STOP || driver->fault != NULL)
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
