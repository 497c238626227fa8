/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From points to posted results, with any kind of evaluator. Thread: the driver's. */
#include "worker/driver-private.h"
#include <string.h>

/* How long a burst of results may take, and after what time without any it may be one. */
#define BURST_US 200
#define SLOW_US 1000

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

/* The result that a job of the row holds. */
static inline void
post_job (Driver *driver, const Job *job)
{
  const Batch *b = &driver->batch;
  const double *values = job->result.extras;
  if (G_UNLIKELY (b->residuals != NULL || b->gradient != NULL))
    values = join_values (driver, job->tag);
  channel_post_evaluation (driver->channel, b->points[job->tag], job->result.status, job->result.f, job->x, values);
  driver_pace (driver);
}

void
driver_post_row (Driver *driver, gsize row)
{
  post_job (driver, &driver->batch.jobs[row]);
}

/* One that is to end makes no further attempt. In deterministic mode it ends when its leave is used up, and when that
 * is must not show in what became of it. */
static gboolean
may_try_again (Driver *driver)
{
  if (driver->spec->deterministic)
    return !channel_is_abandoned (driver->channel);
  return driver_command (driver) != CHANNEL_STOP;
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
static G_NO_INLINE void
try_row_again (Driver *driver, Task *task, gsize row)
{
  Job *job = &driver->batch.jobs[row];
  while (!accept_row (driver, row) && may_try_again (driver))
    {
      retry_row (driver, row);
      driver_begin_evaluation (driver, 1);
      task_evaluate (task, driver->spec->space, job->x, job->seed, &job->result);
      batch_store (&driver->batch, job);
    }
}

static inline void
settle_row (Driver *driver, Task *task, Job *job)
{
  batch_store (&driver->batch, job);
  if (G_UNLIKELY (job->result.status != GLOMPO_STATUS_EVALUATED))
    try_row_again (driver, task, job->tag);
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
  settle_row (driver, task, job);
  driver_end_evaluation (driver);
  post_job (driver, job);
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
          settle_row (driver, task, &driver->batch.jobs[first + i]);
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
  job->number = ++driver->started;
  /* In deterministic mode leave is used up first; in a replay no command holds yet. */
  job->obeys = !driver->spec->deterministic && driver->replay == NULL;
  if (evaluator_get_busy (driver->evaluator) == 0 && driver->spec->workers_backend != WORKERS_PROCESSES)
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
  /* For one that cannot go on no more is begun. In deterministic mode all leave is used. */
  if (job == NULL && !driver->spec->deterministic && driver->fault != NULL)
    job = evaluator_recall (driver->evaluator);
  if (job != NULL && evaluator_get_busy (driver->evaluator) == 0)
    driver_set_longest (driver, 0, 0); /* else before it waits: all evaluators are looked at for it */
  return job;
}

void
driver_look_for_evaluators (Driver *driver)
{
  if (driver->fault != NULL || !evaluator_is_dead (driver->evaluator))
    return;
  g_autofree char *how = evaluator_describe_death (driver->evaluator);
  driver->fault = g_strdup_printf ("all its evaluators died, one after the other; the process of one %s", how);
  if (!evaluator_was_alive (driver->evaluator))
    channel_post_text (driver->channel, CHANNEL_UNREADY, 0, TRUE, driver->fault);
}

/* Stores a job that came back. */
static Fate
keep_job (Driver *driver, Job *job)
{
  if (G_UNLIKELY (job->left))
    {
      driver->leave.n++; /* it was not used */
      return FATE_NONE;
    }
  batch_store (&driver->batch, job);
  if (driver->spec->deterministic && driver->spec->on_failure == FAILURE_STOP)
    return FATE_STANDS; /* what comes of it is seen in its turn */
  if (accept_row (driver, job->tag) || !may_try_again (driver))
    return FATE_STANDS;
  retry_row (driver, job->tag);
  start_job (driver, job);
  evaluator_call (driver->evaluator);
  return FATE_AGAIN;
}

void
driver_post_in_turn (Driver *driver, gsize row)
{
  driver_post_row (driver, row);
  accept_row (driver, row);
}

static void
publish_row (Driver *driver, gsize row)
{
  if (driver->spec->deterministic)
    driver->finished[row] = TRUE;
  else
    driver_post_row (driver, row);
}

Fate
driver_finish_job (Driver *driver, Job *job)
{
  Fate fate = keep_job (driver, job);
  if (fate == FATE_STANDS)
    publish_row (driver, job->tag);
  return fate;
}

void
driver_reset_finished (Driver *driver, gsize n)
{
  if (n > driver->n_finished)
    driver->finished = g_realloc (driver->finished, driver->n_finished = n);
  memset (driver->finished, 0, n);
}

/* A batch whose rows are evaluated at once. */
typedef struct {
  Driver *driver;
  gsize n;
  gsize started, posted; /* rows; posted: deterministic */
  GQueue left;           /* rows that were started and not evaluated */
  gboolean go_on;        /* FALSE: no more are started */
} Rows;

/* Posts the rows that are finished as far as all before them are; after a fault none, for how many were evaluated by
 * then is a matter of time. */
static void
post_in_order (Rows *rows)
{
  Driver *driver = rows->driver;
  for (; rows->posted < rows->n && driver->finished[rows->posted] && driver->fault == NULL; rows->posted++)
    if (driver->finished[rows->posted] != REPLAYED)
      driver_post_in_turn (driver, rows->posted);
}

static gboolean
has_place (Driver *driver)
{
  return evaluator_has_room (driver->evaluator) || evaluator_has_queue (driver->evaluator);
}

/* Starts what can be started; what was evaluated in an earlier session is done at once. */
static void
start_rows (Rows *rows)
{
  Driver *driver = rows->driver;
  while (!g_queue_is_empty (&rows->left) && rows->go_on && driver->fault == NULL && has_place (driver)
         && driver_may_start (driver, &rows->go_on))
    driver_start_row (driver, GPOINTER_TO_SIZE (g_queue_pop_head (&rows->left)));
  while (rows->go_on && rows->started < rows->n && driver->fault == NULL)
    {
      if (driver->replay != NULL && driver_replay_row (driver, rows->started))
        driver->finished[rows->started++] = REPLAYED;
      else if (has_place (driver) && evaluator_may_start (driver->evaluator)
               && driver_may_start (driver, &rows->go_on))
        driver_start_row (driver, rows->started++);
      else
        break;
    }
  evaluator_call (driver->evaluator);
}

/* Takes back what is done and starts others in its place before anything else, for idle slots cost the most. Not
 * where none is left under way: then it might be waited for leave, and what is done must be known before. */
static gsize
take_jobs (Rows *rows)
{
  Driver *driver = rows->driver;
  gsize n = 0;
  for (Job *job; (job = driver_take_job (driver)) != NULL;)
    {
      gsize row = job->tag;
      Fate fate = keep_job (driver, job);
      n += fate != FATE_AGAIN;
      if (fate == FATE_NONE)
        g_queue_push_tail (&rows->left, GSIZE_TO_POINTER (row));
      if (fate != FATE_STANDS)
        continue;
      if (evaluator_get_busy (driver->evaluator) > 0)
        start_rows (rows);
      publish_row (driver, row);
    }
  driver_drain_log (driver);
  return n;
}

/* Results come in bursts where evaluations that were begun together take the same time. After the first of them,
 * that which woke the driver, the others get the chance to come too, for it would only be in their way; unless it
 * has to keep somebody busy, or evaluations are quick. */
static void
wait_for_results (Rows *rows, uint32_t ticket)
{
  Driver *driver = rows->driver;
  Tally *tally = channel_tally (driver->channel);
  gboolean all = (rows->started == rows->n && g_queue_is_empty (&rows->left));
  gboolean patient = all || evaluator_is_full (driver->evaluator);
  gint64 since = g_get_monotonic_time ();
  driver_wait (driver, ticket, -1);
  if (!patient || g_get_monotonic_time () - since < SLOW_US)
    return;
  uint32_t calm = eventcount_ticket (&tally->calm);
  if (!tally_is_calm (tally))
    eventcount_wait (&tally->calm, calm, BURST_US);
}

/* Takes back what is done; waits until something is. */
static void
collect (Rows *rows)
{
  Driver *driver = rows->driver;
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      ChannelCommand before = driver_command (driver);
      gsize n = take_jobs (rows);
      if (n > 0 || driver_command (driver) != before)
        return;
      wait_for_results (rows, ticket);
    }
}

static gboolean
evaluate_in_parallel (Driver *driver, gsize n)
{
  Rows rows = { .driver = driver, .n = n, .go_on = TRUE };
  driver_reset_finished (driver, n);
  while (evaluator_get_busy (driver->evaluator) > 0
         || (rows.go_on && (rows.started < n || !g_queue_is_empty (&rows.left))))
    {
      start_rows (&rows);
      driver_look_for_evaluators (driver);
      /* What runs is paid for: it is waited for even when the optimizer is to end. */
      if (evaluator_get_busy (driver->evaluator) > 0)
        collect (&rows);
      if (driver->spec->deterministic)
        post_in_order (&rows);
      if (driver->fault != NULL)
        rows.go_on = FALSE;
    }
  g_queue_clear (&rows.left);
  return rows.go_on;
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
