/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thread: the driver's own; evaluators log through a queue under a lock. */
#include "worker/driver.h"
#include "plugin/host.h"
#include "worker/batch.h"
#include "worker/evaluator.h"
#include <string.h>

/* Memory for the points of one ask(), so that they stay in the cache; and limits of its rows. */
#define BATCH_BYTES (256u * 1024u)
#define BATCH_MIN 16u
#define BATCH_MAX 1024u
/* Leave drawn from the budget at a time: little near its end, so that no worker hoards the last. */
#define LEAVE_MAX 64
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
  gint64 leave;       /* evaluations that may be started before the budget is asked again */
  guint until_clock;  /* evaluations before the clock is read again */
  guint clock_group;  /* how many that is at present */
  gint64 clock;       /* when it was read last, microseconds */
  gboolean done;      /* the optimizer said that it has ended */
  char *fault;        /* why the optimizer cannot go on, or NULL */
  GMutex log_lock;
  GPtrArray *log;     /* under log_lock: lines of evaluators, level as first character */
  _Atomic gboolean log_waits;
  GlompoTrials trials; /* for host->evaluate() */
} Driver;

/* ---- log ---- */

static void
log_from_evaluator (gpointer data, GlompoLogLevel level, const char *text)
{
  Driver *driver = data;
  g_mutex_lock (&driver->log_lock);
  g_ptr_array_add (driver->log, g_strdup_printf ("%d%s", (int) level, text));
  g_mutex_unlock (&driver->log_lock);
  atomic_store (&driver->log_waits, TRUE);
}

static void
post_message (Driver *driver, GlompoLogLevel level, const char *text)
{
  if (level == GLOMPO_LOG_DEBUG)
    return;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  channel_post_text (driver->channel, CHANNEL_MESSAGE, CLAMP ((int) level, GLOMPO_LOG_INFO, GLOMPO_LOG_ERROR),
                     FALSE, valid);
}

static void
log_from_plugin (gpointer data, GlompoLogLevel level, const char *text)
{
  post_message (data, level, text);
}

static void
drain_log (Driver *driver)
{
  if (G_LIKELY (!atomic_load_explicit (&driver->log_waits, memory_order_relaxed)))
    return;
  atomic_store (&driver->log_waits, FALSE);
  g_mutex_lock (&driver->log_lock);
  g_autoptr (GPtrArray) lines = g_steal_pointer (&driver->log);
  driver->log = g_ptr_array_new_with_free_func (g_free);
  g_mutex_unlock (&driver->log_lock);
  for (guint i = 0; i < lines->len; i++)
    {
      const char *line = lines->pdata[i];
      post_message (driver, (GlompoLogLevel) (line[0] - '0'), line + 1);
    }
}

/* ---- control ---- */

static void
give_leave_back (Driver *driver)
{
  atomic_fetch_sub (channel_drawn (driver->channel), driver->leave);
  budget_give_back (driver->spec->budget, driver->leave);
  driver->leave = 0;
}

static void
set_evaluating (Driver *driver, guint n)
{
  atomic_store_explicit (channel_evaluating (driver->channel), n, memory_order_relaxed);
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
  if (channel_command (driver->channel) == CHANNEL_PAUSE)
    {
      give_leave_back (driver);
      channel_post_text (driver->channel, CHANNEL_PAUSED, 0, FALSE, "");
    }
  for (;;)
    {
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      if (channel_command (driver->channel) != CHANNEL_PAUSE)
        return channel_command (driver->channel) == CHANNEL_RUN;
      wait_for_event (driver, ticket, -1);
    }
}

/* Makes sure of leave for one evaluation more. FALSE: the optimizer is to end. */
static gboolean
draw_leave (Driver *driver)
{
  while (driver->leave <= 0)
    {
      if (!obey (driver))
        return FALSE;
      gint64 left = atomic_load_explicit (&driver->spec->budget->left, memory_order_relaxed);
      driver->leave = budget_draw (driver->spec->budget, CLAMP (left / LEAVE_MAX, 1, LEAVE_MAX));
      atomic_fetch_add (channel_drawn (driver->channel), driver->leave);
      if (driver->leave > 0)
        break;
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      if (channel_command (driver->channel) == CHANNEL_RUN)
        wait_for_event (driver, ticket, LEAVE_WAIT_US);
    }
  driver->leave--;
  return TRUE;
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

static gboolean
evaluate_serially (Driver *driver, gsize n)
{
  Task *task = evaluator_get_task (driver->evaluator);
  for (gsize row = 0; row < n; row++)
    {
      if (!obey (driver) || !draw_leave (driver))
        return FALSE;
      Job *job = batch_job (&driver->batch, row, noise_seed (driver, row));
      set_evaluating (driver, 1);
      task_evaluate (task, driver->spec->space, job->x, job->seed, &job->result);
      set_evaluating (driver, 0);
      batch_store (&driver->batch, job);
      post_row (driver, row);
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
      if (!obey (driver) || !draw_leave (driver))
        return FALSE;
      gsize m = MIN (n - first, (gsize) driver->leave + 1);
      driver->leave -= (gint64) m - 1;
      for (gsize i = 0; i < m; i++)
        {
          seeds[i] = noise_seed (driver, first + i);
          results[i] = batch_job (&driver->batch, first + i, seeds[i])->result;
        }
      set_evaluating (driver, (guint) m);
      task_evaluate_batch (task, space, m, driver->batch.x + first * space->n, seeds, results);
      set_evaluating (driver, 0);
      for (gsize i = 0; i < m; i++)
        {
          driver->batch.jobs[first + i].result = results[i];
          batch_store (&driver->batch, &driver->batch.jobs[first + i]);
          post_row (driver, first + i);
        }
      first += m;
    }
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
      for (Job *job; (job = evaluator_take (driver->evaluator)) != NULL; n++)
        {
          batch_store (&driver->batch, job);
          post_row (driver, job->tag);
        }
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
      while (go_on && started < n && evaluator_get_busy (driver->evaluator) < evaluator_get_places (driver->evaluator))
        {
          /* Results under way come first: while waiting for leave nobody would take them back. */
          if (driver->leave <= 0 && done < started
              && atomic_load (&driver->spec->budget->left) <= 0)
            break;
          if (channel_command (driver->channel) != CHANNEL_RUN && done < started)
            break;
          go_on = obey (driver) && draw_leave (driver);
          if (go_on)
            {
              evaluator_start (driver->evaluator, batch_job (&driver->batch, started, noise_seed (driver, started)));
              started++;
            }
        }
      /* What runs is paid for: it is waited for even when the optimizer is to end. */
      if (done < started)
        done += collect (driver, TRUE);
      if (channel_command (driver->channel) == CHANNEL_STOP)
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
      if (n <= 0 || !evaluate_batch (driver, (gsize) n))
        return;
      GlompoTrials trials = batch_trials (&driver->batch, 0);
      driver->plugin->optimizer->tell (driver->self, (gsize) n, &trials);
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
  Job *job = evaluator_take (driver->evaluator);
  for (; job != NULL; job = evaluator_take (driver->evaluator))
    {
      batch_store (&driver->batch, job);
      post_row (driver, job->tag);
      tell_row (driver, job->tag, free_rows);
    }
}

/* Asks for one point and starts it. Returns FALSE when the optimizer gives none now or is to end, which
 * *out_over tells apart. */
static gboolean
start_row (Driver *driver, GQueue *free_rows, gboolean *out_over)
{
  gsize row = GPOINTER_TO_SIZE (g_queue_peek_head (free_rows));
  gssize n = ask (driver, row, 1);
  *out_over = n < 0;
  if (n <= 0)
    return FALSE;
  g_queue_pop_head (free_rows);
  driver->batch.points[row] = ++driver->points;
  if (!draw_leave (driver))
    {
      *out_over = TRUE;
      return FALSE;
    }
  evaluator_start (driver->evaluator, batch_job (&driver->batch, row, noise_seed (driver, row)));
  return TRUE;
}

static void
run_asynchronously (Driver *driver)
{
  g_autoptr (GQueue) free_rows = g_queue_new ();
  guint places = evaluator_get_places (driver->evaluator);
  batch_reserve (&driver->batch, places);
  for (guint i = 0; i < places; i++)
    g_queue_push_tail (free_rows, GSIZE_TO_POINTER ((gsize) i));
  gboolean over = FALSE;
  while (!over || evaluator_get_busy (driver->evaluator) > 0)
    {
      /* While paused nothing new starts, and what is under way is taken in first. */
      if (evaluator_get_busy (driver->evaluator) == 0 || channel_command (driver->channel) != CHANNEL_PAUSE)
        over = over || !obey (driver);
      if (evaluator_get_busy (driver->evaluator) == 0)
        offer_injection (driver);
      while (!over && channel_command (driver->channel) == CHANNEL_RUN && !g_queue_is_empty (free_rows)
             && start_row (driver, free_rows, &over))
        ;
      if (evaluator_get_busy (driver->evaluator) == 0)
        {
          if (!over && channel_command (driver->channel) == CHANNEL_RUN)
            {
              driver->fault = g_strdup ("its ask gave no point although no result is out");
              return;
            }
          continue;
        }
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      guint busy = evaluator_get_busy (driver->evaluator);
      tell_finished (driver, free_rows);
      if (busy == evaluator_get_busy (driver->evaluator))
        wait_for_event (driver, ticket, -1);
    }
}

/* ---- services for plugins with a loop of their own ---- */

static const GlompoTrials *
host_evaluate (const GlompoHost *table, size_t n, const double *x)
{
  Driver *driver = ((PluginHost *) table->context)->data;
  gsize length = driver->spec->space->n;
  if (driver->fault != NULL || n == 0 || !obey (driver))
    return NULL;
  batch_reserve (&driver->batch, n);
  memcpy (driver->batch.x, x, n * length * sizeof *x);
  for (gsize i = 0; i < n; i++)
    driver->batch.ids[i] = i;
  driver->fault = batch_check (&driver->batch, 0, n);
  if (driver->fault != NULL || !evaluate_batch (driver, n))
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
  driver->host.log = log_from_plugin;
  driver->host.should_stop = should_stop;
  driver->host.data = driver;
  if (driver->plugin->optimizer->run != NULL)
    {
      driver->host.table.evaluate = host_evaluate;
      driver->host.table.injected = host_injected;
    }
  g_autoptr (GError) error = NULL;
  driver->evaluator = evaluator_new (spec->workers_backend, (guint) spec->group->workers, &spec->task, spec->space,
                                     channel_event (driver->channel), log_from_evaluator, driver, &error);
  if (driver->evaluator == NULL)
    {
      driver->fault = g_strdup (error->message);
      return FALSE;
    }
  gsize rows = CLAMP (BATCH_BYTES / (spec->space->n * sizeof (double)), BATCH_MIN, BATCH_MAX);
  if (driver->plugin->max_batch > 0)
    rows = MIN (rows, driver->plugin->max_batch);
  gboolean gradients = (driver->plugin->capabilities & GLOMPO_CAP_WANTS_GRADIENT) != 0;
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
    return v->run (driver->self, &driver->host.table);
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
  if (driver->fault == NULL && driver->self != NULL)
    post_metrics (driver);
  if (driver->fault != NULL)
    reason = GLOMPO_STOP_ERROR;
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
  g_mutex_init (&driver.log_lock);
  driver.log = g_ptr_array_new_with_free_func (g_free);
  driver.clock = g_get_monotonic_time ();
  gint32 reason = GLOMPO_STOP_ERROR;
  if (set_up (&driver))
    {
      fill_problem (&driver);
      reason = live (&driver);
    }
  give_leave_back (&driver);
  post_end (&driver, reason);
  if (driver.self != NULL)
    driver.plugin->optimizer->destroy (driver.self);
  evaluator_free (driver.evaluator);
  batch_clear (&driver.batch);
  plugin_host_clear (&driver.host);
  g_ptr_array_unref (driver.log);
  g_mutex_clear (&driver.log_lock);
  g_free (driver.fault);
}
