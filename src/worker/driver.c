/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thread: the driver's own; evaluators log through a queue under a lock. */
#include "worker/driver.h"
#include "plugin/host.h"
#include "worker/batch.h"
#include "worker/evaluator.h"
#include "worker/log-queue.h"
#include <string.h>

/* Memory for the points of one ask(), so that they stay in the cache; and limits of its rows. */
#define BATCH_BYTES (256u * 1024u)
#define BATCH_MIN 16u
#define BATCH_MAX 1024u
/* How often a worker that waits for leave looks again: leave given back by others rings no bell. */
#define LEAVE_WAIT_US 5000
/* Evaluations quicker than this are timed in groups, for reading the clock would be felt. */
#define QUICK_US 2
#define QUICK_GROUP 32u
/* The manager is woken at the latest when this much time went by since it was last. */
#define ANNOUNCE_US 200

typedef struct {
  const WorkerSpec *spec;
  const GlompoPlugin *plugin;
  Channel *channel;
  PluginHost host;
  GlompoProblem problem;
  gpointer self;
  Evaluator *evaluator;
  Batch batch;
  guint64 points;     /* asked for so far */
  guint64 started;    /* evaluations, or calls for several */
  Leave leave;
  guint until_clock;  /* evaluations before the clock is read again */
  guint clock_group;  /* how many that is at present */
  gint64 clock;       /* when it was read last, microseconds */
  gboolean points_out; /* the optimizer gave points that are neither told nor under way */
  gboolean done;       /* the optimizer said that it has ended */
  gboolean refused;    /* host->evaluate() told the optimizer to end */
  char *fault;        /* why the optimizer cannot go on, or NULL */
  LogQueue log;       /* lines of evaluators */
  GlompoTrials trials; /* for host->evaluate() */
} Driver;

/* ---- log ---- */

static void
post_message (gpointer data, GlompoLogLevel level, const char *text)
{
  Driver *driver = data;
  if (level == GLOMPO_LOG_DEBUG)
    return;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  channel_post_text (driver->channel, CHANNEL_MESSAGE, CLAMP ((int) level, GLOMPO_LOG_INFO, GLOMPO_LOG_ERROR),
                     FALSE, valid);
}

static void
log_from_evaluator (gpointer data, GlompoLogLevel level, const char *text)
{
  log_queue_push (&((Driver *) data)->log, level, text);
}

static void
drain_log (Driver *driver)
{
  log_queue_drain (&driver->log, post_message, driver);
}

/* ---- control ---- */

static void
set_evaluating (Driver *driver, guint n)
{
  atomic_store_explicit (channel_evaluating (driver->channel), n, memory_order_relaxed);
}

static void
set_longest (Driver *driver, guint64 number, gsize n)
{
  guint64 several = MIN (n, ((gsize) 1 << CHANNEL_LONGEST_BITS) - 1);
  atomic_store_explicit (channel_longest (driver->channel),
                         number > 0 ? number << CHANNEL_LONGEST_BITS | several : 0, memory_order_relaxed);
}

/* Around a call for n evaluations in this thread. */
static void
begin_evaluation (Driver *driver, gsize n)
{
  set_evaluating (driver, (guint) n);
  set_longest (driver, ++driver->started, n);
}

static void
end_evaluation (Driver *driver)
{
  set_evaluating (driver, 0);
  set_longest (driver, 0, 0);
}

static void
wait_for_event (Driver *driver, uint32_t ticket, gint64 timeout_us)
{
  set_evaluating (driver, evaluator_get_busy (driver->evaluator));
  channel_announce (driver->channel);
  eventcount_wait (channel_event (driver->channel), ticket, timeout_us);
}

/* Rests while paused. FALSE: the optimizer is to end. */
static gboolean
obey (Driver *driver)
{
  drain_log (driver);
  if (G_LIKELY (channel_command (driver->channel) == CHANNEL_RUN))
    return TRUE;
  for (gint32 confirmed = 0;;)
    {
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      gint32 order;
      ChannelCommand command = channel_order (driver->channel, &order);
      if (command != CHANNEL_PAUSE)
        return command == CHANNEL_RUN;
      if (order != confirmed)
        {
          leave_give_back (&driver->leave);
          channel_post_text (driver->channel, CHANNEL_PAUSED, order, FALSE, "");
        }
      confirmed = order;
      wait_for_event (driver, ticket, -1);
    }
}

/* Waits for leave for one evaluation more; while none is under way only, for nobody would take its result.
 * FALSE: the optimizer is to end. */
static gboolean
draw_leave (Driver *driver)
{
  while (obey (driver))
    {
      if (leave_take (&driver->leave))
        return TRUE;
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      if (channel_command (driver->channel) != CHANNEL_RUN)
        continue;
      set_evaluating (driver, 1); /* the evaluations of others are waited for: no silence either */
      channel_announce (driver->channel);
      eventcount_wait (channel_event (driver->channel), ticket, LEAVE_WAIT_US);
      set_evaluating (driver, 0);
    }
  return FALSE;
}

/* Whether one evaluation more may start now. Rests and waits only while none is under way; *out_go_on
 * becomes FALSE when the optimizer is to end. */
static gboolean
may_start (Driver *driver, gboolean *out_go_on)
{
  if (evaluator_get_busy (driver->evaluator) > 0)
    return channel_command (driver->channel) == CHANNEL_RUN && leave_take (&driver->leave);
  *out_go_on = draw_leave (driver);
  return *out_go_on;
}

/* After an evaluation was posted: wakes the manager if it is time. Evaluations that take long are announced
 * at once, quick ones in groups. */
static void
pace (Driver *driver)
{
  if (driver->until_clock-- > 1)
    return;
  gint64 now = g_get_monotonic_time ();
  gint64 elapsed = now - driver->clock;
  driver->clock_group = elapsed <= (gint64) QUICK_US * driver->clock_group ? QUICK_GROUP : 1;
  driver->until_clock = driver->clock_group;
  if (elapsed >= ANNOUNCE_US || driver->channel->unannounced >= 4 * QUICK_GROUP)
    channel_announce (driver->channel);
  driver->clock = now;
}

/* ---- evaluation ---- */

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
  pace (driver);
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
      begin_evaluation (driver, 1);
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
      if (!draw_leave (driver))
        return FALSE;
      Job *job = batch_job (&driver->batch, row, noise_seed (driver, row));
      begin_evaluation (driver, 1);
      task_evaluate (task, driver->spec->space, job->x, job->seed, &job->result);
      batch_store (&driver->batch, job);
      settle_row (driver, task, row);
      end_evaluation (driver);
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
      if (!draw_leave (driver))
        return FALSE;
      gsize m = MIN (n - first, (gsize) driver->leave.n + 1);
      driver->leave.n -= (gint64) m - 1;
      for (gsize i = 0; i < m; i++)
        {
          seeds[i] = noise_seed (driver, first + i);
          results[i] = batch_job (&driver->batch, first + i, seeds[i])->result;
        }
      begin_evaluation (driver, m);
      task_evaluate_batch (task, space, m, driver->batch.x + first * space->n, seeds, results);
      for (gsize i = 0; i < m; i++)
        {
          driver->batch.jobs[first + i].result = results[i];
          batch_store (&driver->batch, &driver->batch.jobs[first + i]);
          settle_row (driver, task, first + i);
          post_row (driver, first + i);
        }
      end_evaluation (driver);
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
  set_evaluating (driver, busy + 1);
  job->number = ++driver->started;
  if (busy == 0 && driver->spec->workers_backend != WORKERS_PROCESSES)
    set_longest (driver, job->number, 1);
  evaluator_start (driver->evaluator, job);
}

static void
start_row (Driver *driver, gsize row)
{
  start_job (driver, batch_job (&driver->batch, row, noise_seed (driver, row)));
}

/* The next one that was done, or NULL. */
static Job *
take_job (Driver *driver)
{
  Job *job = evaluator_take (driver->evaluator);
  if (job != NULL)
    set_longest (driver, evaluator_get_longest (driver->evaluator), 1);
  return job;
}

/* Stores and posts a job that came back, unless it is tried again. */
static gboolean
finish_job (Driver *driver, Job *job)
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
      for (Job *job; (job = take_job (driver)) != NULL;)
        n += finish_job (driver, job);
      drain_log (driver);
      if (n > 0 || !wait || channel_command (driver->channel) != before)
        return n;
      wait_for_event (driver, ticket, -1);
    }
}

static gboolean
evaluate_in_parallel (Driver *driver, gsize n)
{
  gsize started = 0, done = 0;
  gboolean go_on = TRUE;
  while (done < started || (go_on && started < n))
    {
      while (go_on && started < n && evaluator_has_room (driver->evaluator) && may_start (driver, &go_on))
        {
          start_row (driver, started++);
        }
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

/* Evaluates the first n rows of the batch. FALSE: the optimizer is to end. */
static gboolean
evaluate_batch (Driver *driver, gsize n)
{
  for (gsize row = 0; row < n; row++)
    driver->batch.points[row] = ++driver->points;
  Task *task = evaluator_get_task (driver->evaluator);
  if (task == NULL)
    return evaluate_in_parallel (driver, n);
  return task_has_batch (task) && n > 1 ? evaluate_vectorised (driver, n) : evaluate_serially (driver, n);
}

/* ---- the loops ---- */

static void
offer_injection (Driver *driver)
{
  const double *x;
  double f;
  if (driver->plugin->optimizer->inject == NULL || !channel_injection (driver->channel, &x, &f))
    return;
  driver->plugin->optimizer->inject (driver->self, x, f);
  channel_post_injected (driver->channel, driver->points);
}

/* Asks for points into the rows from first on. Returns their number, 0: none now, -1: no more. */
static gssize
ask (Driver *driver, gsize first, gsize room)
{
  Batch *b = &driver->batch;
  gint32 n = driver->plugin->optimizer->ask (driver->self, room, b->x + first * b->space->n, b->ids + first);
  if (n == GLOMPO_ASK_DONE)
    {
      driver->done = TRUE;
      return -1;
    }
  if (n < 0 || (gsize) n > room)
    {
      driver->fault = g_strdup_printf ("its ask returned %d for a room of %" G_GSIZE_FORMAT " points", n, room);
      return -1;
    }
  driver->fault = batch_check (b, first, (gsize) n);
  return driver->fault != NULL ? -1 : n;
}

static void
run_in_batches (Driver *driver)
{
  gsize room = driver->batch.capacity;
  while (obey (driver))
    {
      offer_injection (driver);
      gssize n = ask (driver, 0, room);
      if (n == 0)
        driver->fault = g_strdup ("its ask gave no point although no result is out");
      driver->points_out = n > 0;
      if (n <= 0 || !evaluate_batch (driver, (gsize) n))
        return;
      GlompoTrials trials = batch_trials (&driver->batch, 0);
      driver->plugin->optimizer->tell (driver->self, (gsize) n, &trials);
      driver->points_out = FALSE;
    }
}

/* Hands one finished row to an asynchronous optimizer and makes the row free again. */
static void
tell_row (Driver *driver, gsize row, GQueue *free_rows)
{
  GlompoTrials trials = batch_trials (&driver->batch, row);
  driver->plugin->optimizer->tell (driver->self, 1, &trials);
  g_queue_push_tail (free_rows, GSIZE_TO_POINTER (row));
}

static void
tell_finished (Driver *driver, GQueue *free_rows)
{
  for (Job *job; (job = take_job (driver)) != NULL;)
    if (finish_job (driver, job))
      tell_row (driver, job->tag, free_rows);
}

/* Makes sure of a point in the row: the one that waits for leave, or else a new one. FALSE: the optimizer
 * gives none now or is to end, which *out_over tells apart. */
static gboolean
have_point (Driver *driver, gsize row, gboolean *out_over)
{
  if (driver->points_out)
    return TRUE;
  gssize n = ask (driver, row, 1);
  if (n == 0 && evaluator_get_busy (driver->evaluator) == 0)
    driver->fault = g_strdup ("its ask gave no point although no result is out");
  *out_over = n < 0 || driver->fault != NULL;
  driver->points_out = n > 0;
  return n > 0;
}

/* Starts evaluations while there are free rows, points and leave. Returns FALSE when the optimizer is to end. */
static gboolean
start_rows (Driver *driver, GQueue *free_rows)
{
  gboolean over = FALSE, go_on = TRUE;
  if (driver->fault == NULL && evaluator_is_dead (driver->evaluator))
    driver->fault = g_strdup ("all its evaluators died, one after the other");
  if (driver->fault != NULL) /* a result that came back may have brought one */
    return FALSE;
  while (!over && !g_queue_is_empty (free_rows) && evaluator_has_room (driver->evaluator)
         && channel_command (driver->channel) == CHANNEL_RUN)
    {
      gsize row = GPOINTER_TO_SIZE (g_queue_peek_head (free_rows));
      if (!have_point (driver, row, &over) || !may_start (driver, &go_on))
        break;
      g_queue_pop_head (free_rows);
      driver->points_out = FALSE;
      driver->batch.points[row] = ++driver->points;
      start_row (driver, row);
    }
  return go_on && !over;
}

static void
run_asynchronously (Driver *driver)
{
  g_autoptr (GQueue) free_rows = g_queue_new ();
  guint places = evaluator_get_places (driver->evaluator);
  batch_reserve (&driver->batch, places);
  for (guint i = 0; i < places; i++)
    g_queue_push_tail (free_rows, GSIZE_TO_POINTER ((gsize) i));
  gboolean go_on = TRUE;
  while (go_on || evaluator_get_busy (driver->evaluator) > 0)
    {
      /* What is under way is taken in before the optimizer rests or ends. */
      gboolean idle = evaluator_get_busy (driver->evaluator) == 0;
      go_on = go_on && (idle ? obey (driver) : channel_command (driver->channel) != CHANNEL_STOP);
      if (go_on && idle && !driver->points_out)
        offer_injection (driver);
      go_on = go_on && start_rows (driver, free_rows);
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      guint busy = evaluator_get_busy (driver->evaluator);
      ChannelCommand before = channel_command (driver->channel);
      tell_finished (driver, free_rows);
      if (busy > 0 && busy == evaluator_get_busy (driver->evaluator)
          && channel_command (driver->channel) == before)
        wait_for_event (driver, ticket, -1);
    }
}

/* ---- services for plugins with a loop of their own ---- */

static const GlompoTrials *
host_evaluate (const GlompoHost *table, size_t n, const double *x)
{
  Driver *driver = ((PluginHost *) table->context)->data;
  gsize length = driver->spec->space->n;
  if (n == 0 && driver->fault == NULL)
    driver->fault = g_strdup ("it called evaluate for no point");
  if (driver->fault != NULL)
    return NULL;
  batch_reserve (&driver->batch, n);
  memmove (driver->batch.x, x, n * length * sizeof *x); /* x may be the points of the last result */
  for (gsize i = 0; i < n; i++)
    driver->batch.ids[i] = i;
  driver->fault = batch_check (&driver->batch, 0, n);
  driver->refused = driver->fault == NULL && (!obey (driver) || !evaluate_batch (driver, n));
  if (driver->fault != NULL || driver->refused)
    return NULL;
  driver->trials = batch_trials (&driver->batch, 0);
  return &driver->trials;
}

static bool
host_injected (const GlompoHost *table, double *x, double *f)
{
  Driver *driver = ((PluginHost *) table->context)->data;
  const double *point;
  if (!channel_injection (driver->channel, &point, f))
    return false;
  memcpy (x, point, driver->spec->space->n * sizeof *x);
  channel_post_injected (driver->channel, driver->points);
  return true;
}

static gboolean
should_stop (gpointer data)
{
  const Driver *driver = data;
  return channel_command (driver->channel) == CHANNEL_STOP;
}

/* ---- from the cradle to the grave ---- */

static gboolean
set_up (Driver *driver)
{
  const WorkerSpec *spec = driver->spec;
  RandomStream random;
  random_init (&random, spec->run_seed, RANDOM_OPTIMIZER, spec->id);
  plugin_host_init (&driver->host, random);
  driver->host.log = post_message;
  driver->host.should_stop = should_stop;
  driver->host.data = driver;
  if (driver->plugin->optimizer->run != NULL)
    {
      driver->host.table.evaluate = host_evaluate;
      driver->host.table.injected = host_injected;
    }
  g_autoptr (GError) error = NULL;
  gboolean gradients = (driver->plugin->capabilities & GLOMPO_CAP_WANTS_GRADIENT) != 0;
  EvaluatorSetting setting = {
    .kind = spec->workers_backend,
    .workers = (guint) spec->group->workers,
    .recipe = spec->task,
    .space = spec->space,
    .gradients = gradients,
    .directory = spec->directory,
    .shared = spec->shared,
    .done = channel_event (driver->channel),
    .log = log_from_evaluator,
    .log_data = driver,
  };
  driver->evaluator = evaluator_new (&setting, &error);
  if (driver->evaluator == NULL)
    {
      driver->fault = g_strdup (error->message);
      return FALSE;
    }
  gsize rows = CLAMP (BATCH_BYTES / (spec->space->n * sizeof (double)), BATCH_MIN, BATCH_MAX);
  rows = MAX (rows, evaluator_get_places (driver->evaluator)); /* none shall be idle for want of a point */
  if (driver->plugin->max_batch > 0)
    rows = MIN (rows, driver->plugin->max_batch);
  batch_init (&driver->batch, spec->space, gradients, rows);
  return TRUE;
}

/* Creates the optimizer and runs it. Returns the reason of its own end, RUNNING if it had none. */
static gint32
live (Driver *driver)
{
  const GlompoOptimizerVTable *v = driver->plugin->optimizer;
  driver->self = v->create (&driver->problem, options_data (driver->spec->group->options), driver->spec->seed,
                            &driver->host.table);
  if (driver->self == NULL)
    {
      driver->fault = plugin_host_take_failure (&driver->host, "its create failed and did not say why");
      return GLOMPO_STOP_ERROR;
    }
  if (v->run != NULL)
    {
      gint32 reason = v->run (driver->self, &driver->host.table);
      /* Most loops call it a failure to be told to end. */
      gboolean told = driver->refused || (reason < 0 && channel_command (driver->channel) == CHANNEL_STOP);
      return told && driver->fault == NULL ? GLOMPO_STOP_RUNNING : reason;
    }
  if ((driver->plugin->capabilities & GLOMPO_CAP_ASYNCHRONOUS) != 0)
    run_asynchronously (driver);
  else
    run_in_batches (driver);
  return driver->done ? GLOMPO_STOP_CONVERGED : GLOMPO_STOP_RUNNING;
}

static void
post_metrics (Driver *driver)
{
  gsize n = driver->plugin->metrics != NULL ? g_strv_length ((char **) driver->plugin->metrics) : 0;
  if (n == 0 || driver->plugin->optimizer->metrics == NULL)
    return;
  g_autofree double *values = g_new0 (double, n);
  driver->plugin->optimizer->metrics (driver->self, values);
  channel_post_values (driver->channel, CHANNEL_METRICS, n, values);
}

/* Tells the manager how it ended. */
static void
post_end (Driver *driver, gint32 reason)
{
  const char *text = NULL;
  drain_log (driver);
  if (driver->fault == NULL && reason != GLOMPO_STOP_RUNNING && driver->plugin->optimizer->stop_reason != NULL)
    {
      gint32 own = driver->plugin->optimizer->stop_reason (driver->self, &text);
      reason = own != GLOMPO_STOP_RUNNING ? own : reason;
    }
  if (driver->fault == NULL && driver->self != NULL && !driver->points_out)
    post_metrics (driver);
  if (driver->fault != NULL || reason < GLOMPO_STOP_ERROR)
    reason = GLOMPO_STOP_ERROR;
  else if (reason > GLOMPO_STOP_STAGNATED)
    reason = GLOMPO_STOP_CONVERGED;
  g_autofree char *valid = g_utf8_make_valid (driver->fault != NULL ? driver->fault : text != NULL ? text : "", -1);
  channel_post_text (driver->channel, CHANNEL_ENDED, reason, reason < 0, valid);
}

static void
fill_problem (Driver *driver)
{
  const Space *space = driver->spec->space;
  driver->problem = (GlompoProblem){
    .struct_size = sizeof (GlompoProblem),
    .n = space->n,
    .lower = space->lower,
    .upper = space->upper,
    .x0 = driver->spec->x0,
    .integer = space->integer,
    .names = (const char *const *) space->names,
    .max_in_flight = evaluator_get_places (driver->evaluator),
    .n_residuals = space->n_residuals,
    .has_gradient = space->has_gradient,
  };
}

void
driver_run (const WorkerSpec *spec, Channel *channel)
{
  Driver driver = { .spec = spec, .plugin = spec->group->plugin, .channel = channel, .until_clock = 1 };
  log_queue_init (&driver.log);
  driver.leave = (Leave){ .budget = spec->budget, .drawn = channel_drawn (channel) };
  driver.clock = g_get_monotonic_time ();
  gint32 reason = GLOMPO_STOP_ERROR;
  if (set_up (&driver))
    {
      fill_problem (&driver);
      reason = live (&driver);
    }
  leave_give_back (&driver.leave);
  post_end (&driver, reason);
  if (driver.self != NULL)
    driver.plugin->optimizer->destroy (driver.self);
  evaluator_free (driver.evaluator);
  batch_clear (&driver.batch);
  plugin_host_clear (&driver.host);
  log_queue_clear (&driver.log);
  g_free (driver.fault);
}
