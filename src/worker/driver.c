/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thread: the driver's own; evaluators log through a queue under a lock. */
#include "worker/driver-private.h"
#include "base/prompt.h"
#include "worker/search.h"
#include <string.h>

/* Memory for the points of one ask(), so that they stay in the cache; and limits of its rows. */
#define BATCH_BYTES (256u * 1024u)
#define BATCH_MIN 16u
#define BATCH_MAX 1024u

static void
log_from_evaluator (gpointer data, GlompoLogLevel level, const char *text)
{
  log_queue_push (&((Driver *) data)->log, level, text);
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
  driver->looks = 0;
  driver->refused = driver->fault == NULL && (!driver_obey (driver) || !driver_evaluate_batch (driver, n));
  if (driver->fault != NULL || driver->refused)
    return NULL;
  driver->trials = batch_trials (&driver->batch, 0);
  return &driver->trials;
}

static bool
host_injected (const GlompoHost *table, double *x, double *f)
{
  Driver *driver = ((PluginHost *) table->context)->data;
  gboolean found = driver_get_ready (driver) && driver_find_injection (driver);
  if (found)
    {
      memcpy (x, driver->injection, driver->spec->space->n * sizeof *x);
      *f = driver->injection_f;
      driver_injected (driver);
    }
  driver->looks = found ? 0 : driver->looks + 1;
  return found;
}

static gboolean
should_stop (gpointer data)
{
  const Driver *driver = data;
  /* In deterministic mode it ends when its leave is used up, wherever the order finds it. */
  return !driver->spec->deterministic && driver->replay == NULL
         && channel_command (driver->channel) == CHANNEL_STOP;
}

/* ---- from the cradle to the grave ---- */

guint
driver_places (const Driver *driver)
{
  guint places = evaluator_get_places (driver->evaluator);
  return driver->spec->deterministic ? MAX (places, (guint) driver->spec->group->workers) : places;
}

/* Evaluator processes are this optimizer's own; in threads all evaluations of the process are measured
 * together. (transfer full) */
static Meter *
make_meter (const WorkerSpec *spec)
{
  WorkersChoice kind = spec->workers_backend;
  if (spec->meter != NULL && kind != WORKERS_PROCESSES)
    return meter_ref (spec->meter);
  if (kind == WORKERS_SERIAL || spec->group->workers < 2)
    return NULL;
  /* Evaluators in processes are not held up while their time runs. */
  double timeout = kind == WORKERS_PROCESSES ? 0 : spec->evaluation_timeout;
  return meter_new ((guint) spec->group->workers, timeout, &spec->budget->judged, 1u << kind,
                    kind != WORKERS_PROCESSES);
}

static gboolean
set_up (Driver *driver)
{
  const WorkerSpec *spec = driver->spec;
  plugin_host_init (&driver->host, (RandomStream){ 0 }); /* see create() */
  driver->host.log = driver_log;
  driver->host.should_stop = should_stop;
  driver->host.data = driver;
  if (driver->plugin->optimizer->run != NULL)
    {
      driver->host.table.evaluate = host_evaluate;
      driver->host.table.injected = host_injected;
    }
  g_autoptr (GError) error = NULL;
  gboolean gradients = (driver->plugin->capabilities & GLOMPO_CAP_WANTS_GRADIENT) != 0;
  driver->meter = make_meter (spec);
  EvaluatorSetting setting = {
    .meter = driver->meter,
    .kind = spec->workers_backend,
    .workers = (guint) spec->group->workers,
    .recipe = spec->task,
    .space = spec->space,
    .gradients = gradients,
    .directory = spec->directory,
    .shared = spec->shared,
    .channel = driver->channel,
    .log = log_from_evaluator,
    .should_stop = should_stop,
    .log_data = driver,
  };
  driver->evaluator = evaluator_new (&setting, &error);
  if (driver->evaluator == NULL)
    {
      driver->fault = g_strdup (error->message);
      channel_post_text (driver->channel, CHANNEL_UNREADY, 0, TRUE, driver->fault);
      return FALSE;
    }
  gsize rows = CLAMP (BATCH_BYTES / (spec->space->n * sizeof (double)), BATCH_MIN, BATCH_MAX);
  rows = MAX (rows, driver_places (driver)); /* none shall be idle for want of a point */
  if (driver->plugin->max_batch > 0)
    rows = MIN (rows, driver->plugin->max_batch);
  batch_init (&driver->batch, spec->space, gradients, rows);
  return TRUE;
}

static gboolean
create (Driver *driver)
{
  const WorkerSpec *spec = driver->spec;
  gconstpointer options = driver->plugin == spec->group->plugin ? options_data (spec->group->options) : spec;
  random_init (&driver->host.random, spec->run_seed, RANDOM_OPTIMIZER, spec->id);
  driver->self
      = driver->plugin->optimizer->create (&driver->problem, options, spec->seed, &driver->host.table);
  if (driver->self == NULL)
    driver->fault = plugin_host_take_failure (&driver->host, "its create failed and did not say why");
  return driver->self != NULL;
}

/* Creates the optimizer and runs it. Returns the reason of its own end, RUNNING if it had none. */
static gint32
live (Driver *driver)
{
  const GlompoOptimizerVTable *v = driver->plugin->optimizer;
  if (!create (driver))
    return GLOMPO_STOP_ERROR;
  if (!driver_load_snapshot (driver))
    {
      v->destroy (g_steal_pointer (&driver->self));
      if (!create (driver))
        return GLOMPO_STOP_ERROR;
    }
  if (v->run != NULL)
    {
      gint32 reason = v->run (driver->self, &driver->host.table);
      /* Most loops call it a failure to be told to end. */
      gboolean told = driver->refused || (reason < 0 && should_stop (driver));
      return told && driver->fault == NULL ? GLOMPO_STOP_RUNNING : reason;
    }
  gboolean asynchronous = (driver->plugin->capabilities & GLOMPO_CAP_ASYNCHRONOUS) != 0;
  gboolean ahead = (driver->plugin->capabilities & GLOMPO_CAP_INDEPENDENT) != 0
                   && evaluator_get_task (driver->evaluator) != NULL;
  /* In deterministic mode it is asked in the same way whatever evaluates its points. */
  if (asynchronous && (driver->spec->deterministic || !ahead))
    driver_run_asynchronously (driver);
  else
    driver_run_in_batches (driver);
  return driver->done ? GLOMPO_STOP_CONVERGED : GLOMPO_STOP_RUNNING;
}

/* Those of one that was stopped with points out are the ones it had before them. */
static void
post_metrics (Driver *driver)
{
  if (!driver->points_out)
    driver_keep_metrics (driver);
  if (driver->metrics != NULL)
    channel_post_values (driver->channel, CHANNEL_METRICS, driver->n_metrics, driver->metrics);
}

/* Tells the manager how it ended. */
static void
post_end (Driver *driver, gint32 reason)
{
  const char *text = NULL;
  driver_drain_log (driver);
  if (driver->fault == NULL && reason != GLOMPO_STOP_RUNNING
      && driver->plugin->optimizer->stop_reason != NULL)
    {
      gint32 own = driver->plugin->optimizer->stop_reason (driver->self, &text);
      reason = own != GLOMPO_STOP_RUNNING ? own : reason;
    }
  if (driver->fault == NULL && driver->self != NULL)
    post_metrics (driver);
  if (driver->fault != NULL || reason < GLOMPO_STOP_ERROR)
    reason = GLOMPO_STOP_ERROR;
  else if (reason > GLOMPO_STOP_STAGNATED)
    reason = GLOMPO_STOP_CONVERGED;
  g_autofree char *valid = g_utf8_make_valid (driver->fault != NULL ? driver->fault
                                              : text != NULL        ? text
                                                                    : "",
                                              -1);
  channel_post_text (driver->channel, CHANNEL_ENDED, reason, reason < 0, valid);
}

static void
fill_problem (Driver *driver)
{
  driver->problem = space_to_problem (driver->spec->space);
  driver->problem.x0 = driver->spec->x0;
  driver->problem.max_in_flight = driver_places (driver);
  driver->problem.id = driver->spec->id;
}

void
driver_run (const WorkerSpec *spec, Channel *channel)
{
  g_autofree GlompoPlugin *with_search = search_wrap (spec);
  const GlompoPlugin *plugin = with_search != NULL ? with_search : spec->group->plugin;
  Driver driver = { .spec = spec, .plugin = plugin, .channel = channel, .until_clock = 1 };
  prompt_from_now_on ();
  log_queue_init (&driver.log);
  if (driver.plugin->metrics != NULL && driver.plugin->optimizer->metrics != NULL)
    driver.n_metrics = g_strv_length ((char **) driver.plugin->metrics);
  driver.waits = channel_waits (channel);
  driver.longest = channel_longest (channel);
  driver.noise = random_mix_begin (spec->run_seed, RANDOM_NOISE, spec->id);
  driver.leave = (Leave){ .budget = spec->budget, .drawn = channel_drawn (channel) };
  driver.clock = g_get_monotonic_time ();
  gint32 reason = GLOMPO_STOP_ERROR;
  if (set_up (&driver) && driver_open_replay (&driver))
    {
      fill_problem (&driver);
      reason = live (&driver);
      driver_end_replay (&driver);
    }
  if (!spec->deterministic)
    leave_give_back (&driver.leave);
  post_end (&driver, reason);
  if (driver.self != NULL)
    driver.plugin->optimizer->destroy (driver.self);
  evaluator_free (driver.evaluator);
  meter_unref (driver.meter);
  batch_clear (&driver.batch);
  plugin_host_clear (&driver.host);
  log_queue_clear (&driver.log);
  g_free (driver.metrics);
  replay_free (driver.replay);
  g_free (driver.finished);
  g_free (driver.values);
  g_free (driver.fault);
}
