/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake optimizer and the fake task; the instance of either is the rig. */
#include "driver-rig-plugins.h"
#include <math.h>

#define UPPER 8.0
#define FIRST_ID 1000u
#define ID_STEP 7u

static void
breach (Rig *rig, const char *text)
{
  g_mutex_lock (&rig->task.lock);
  g_ptr_array_add (rig->breaches, g_strdup (text));
  g_mutex_unlock (&rig->task.lock);
}

static void
call_hook (Rig *rig, Moment moment, guint64 number)
{
  if (rig->hook != NULL)
    rig->hook (rig, moment, number);
}

/* ---- the optimizer; its instance is the rig ---- */

double
rig_point (const Rig *rig, guint64 number)
{
  double golden = ((double) number + 1) * 0.6180339887498949 + rig->optimizer.start;
  return UPPER * (golden - floor (golden));
}

static void *
optimizer_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  Rig *rig = *(Rig *const *) options;
  call_hook (rig, AT_CREATE, 0);
  if (problem->max_in_flight != rig->workers || problem->x0 == NULL || problem->n != rig->task.n)
    breach (rig, "the problem is not as configured");
  if (rig->optimizer.create_fails)
    {
      host->fail (host, "not today");
      return NULL;
    }
  host->log (host, GLOMPO_LOG_INFO, "created");
  host->log (host, GLOMPO_LOG_DEBUG, "not for the journal");
  rig->optimizer.created++;
  return rig;
}

static void
optimizer_destroy (void *self)
{
  ((Rig *) self)->optimizer.destroyed++;
}

static gboolean
is_asynchronous (const Rig *rig)
{
  return (rig->optimizer_plugin.capabilities & GLOMPO_CAP_ASYNCHRONOUS) != 0;
}

static void
make_point (Rig *rig, guint64 number, double *x)
{
  for (gsize i = 0; i < rig->task.n; i++)
    x[i] = i == 0 ? rig_point (rig, number) : UPPER / 2;
}

static gint32
spoil (AskKind kind, gint32 n, gsize max, gsize width, double *x)
{
  double *last = x + (gsize) (n - 1) * width;
  switch (kind)
    {
    case ASK_NAN:
      last[0] = NAN;
      return n;
    case ASK_INFINITE:
      last[width - 1] = -INFINITY;
      return n;
    case ASK_OUTSIDE:
      last[width - 1] = UPPER + 1e-6;
      return n;
    case ASK_ROUNDED:
      last[0] = nextafter (UPPER, INFINITY);
      last[width - 1] = -1e-13;
      return n;
    case ASK_TOO_MANY:
      return (gint32) max + 1;
    case ASK_NEGATIVE:
      return -7;
    case ASK_NOTHING:
      return 0;
    case ASK_GOOD:
      break;
    }
  return n;
}

static int32_t
optimizer_ask (void *self, size_t max, double *x, uint64_t *ids)
{
  Rig *rig = self;
  OptimizerScript *o = &rig->optimizer;
  call_hook (rig, AT_ASK, ++o->asks);
  o->most_room = MAX (o->most_room, max);
  if (o->out > 0 && !is_asynchronous (rig))
    breach (rig, "asked with points out");
  if (o->lazy && o->out > 0)
    return 0;
  if (o->given >= o->limit)
    return GLOMPO_ASK_DONE;
  gsize n = MIN (max, o->limit - o->given);
  if (o->batch > 0)
    n = MIN (n, o->batch);
  for (gsize i = 0; i < n; i++)
    {
      make_point (rig, o->given + i, x + i * rig->task.n);
      ids[i] = FIRST_ID + ID_STEP * (o->given + i);
    }
  gint32 given = o->bad != ASK_GOOD && o->given >= o->bad_at ? spoil (o->bad, (gint32) n, max, rig->task.n, x)
                                                             : (gint32) n;
  if (given > 0)
    {
      o->given += n;
      o->out += n;
    }
  return given;
}

static void
note_told (Rig *rig, gsize n, const GlompoTrials *t)
{
  for (gsize i = 0; i < n; i++)
    {
      Told told = { .id = t->ids[i], .place = rig->optimizer.told->len, .f = t->f[i], .status = t->status[i],
                    .x0 = t->x[i * t->n_parameters], .batch = n };
      told.residual = t->residuals != NULL ? t->residuals[i * t->n_residuals] : -1;
      told.gradient = t->gradients != NULL ? t->gradients[i * t->n_parameters] : -1;
      g_array_append_val (rig->optimizer.told, told);
    }
}

static void
optimizer_tell (void *self, size_t n, const GlompoTrials *trials)
{
  Rig *rig = self;
  OptimizerScript *o = &rig->optimizer;
  call_hook (rig, AT_TELL, o->told->len);
  if (n == 0 || n > o->out || (!is_asynchronous (rig) && n != o->out))
    breach (rig, "told another number of points than are out");
  if (trials->n_parameters != rig->task.n || trials->n_residuals != rig->task.n_residuals)
    breach (rig, "told of other sizes");
  o->out -= n;
  note_told (rig, n, trials);
}

static void
optimizer_inject (void *self, const double *x, double f)
{
  Rig *rig = self;
  if (rig->optimizer.out > 0)
    breach (rig, "injected with points out");
  rig->optimizer.injections++;
  rig->optimizer.injected_f = f;
  rig->optimizer.injected_x = x[0];
  call_hook (rig, AT_INJECT, rig->optimizer.injections);
}

static int32_t
optimizer_stop_reason (void *self, const char **text)
{
  Rig *rig = self;
  *text = rig->optimizer.reason_text;
  return rig->optimizer.reason;
}

static void
optimizer_metrics (void *self, double *values)
{
  Rig *rig = self;
  call_hook (rig, AT_METRICS, 0);
  if (rig->optimizer.out > 0 && !is_asynchronous (rig))
    breach (rig, "metrics with points out");
  values[0] = (double) rig->optimizer.given;
  values[1] = 0.5;
}

/* Evaluates batch after batch; every second one starts from the points of the last result. */
static int32_t
optimizer_run (void *self, const GlompoHost *host)
{
  Rig *rig = self;
  OptimizerScript *o = &rig->optimizer;
  gsize n = MAX (o->batch, 1);
  g_autofree double *points = g_new (double, n * rig->task.n);
  while (o->given < o->limit)
    {
      double x[1024], f;
      if (rig->task.n <= G_N_ELEMENTS (x) && host->injected (host, x, &f))
        optimizer_inject (rig, x, f);
      for (gsize i = 0; i < n; i++)
        make_point (rig, o->given + i, points + i * rig->task.n);
      gsize wanted = n;
      if (o->bad != ASK_GOOD && o->given >= o->bad_at
          && spoil (o->bad, (gint32) n, n, rig->task.n, points) == 0)
        wanted = 0;
      const GlompoTrials *trials = host->evaluate (host, wanted, points);
      if (trials == NULL)
        return o->run_returns;
      o->given += n;
      note_told (rig, n, trials);
      if (host->should_stop (host))
        return o->run_returns;
    }
  return GLOMPO_STOP_EXHAUSTED;
}

static const char *const metric_names[] = { "given", "half", NULL };

/* ---- the task; every instance is the rig too ---- */

static void *
task_create (const void *options, uint64_t seed, const GlompoHost *host)
{
  Rig *rig = (Rig *) options;
  if (rig->task.create_fails && atomic_load (&rig->task.created) > 0) /* the first one describes the space */
    {
      host->fail (host, "out of licences");
      return NULL;
    }
  atomic_fetch_add (&rig->task.created, 1);
  if (rig->task.logs)
    host->log (host, GLOMPO_LOG_WARNING, "one instance \xff");
  return rig;
}

static void
task_destroy (void *self)
{
  atomic_fetch_add (&((Rig *) self)->task.destroyed, 1);
}

static bool
task_parameters (void *self, GlompoParameters *out)
{
  Rig *rig = self;
  static double lower[100000], upper[100000];
  static uint8_t integer[100000];
  for (gsize i = 0; upper[0] == 0 && i < G_N_ELEMENTS (upper); i++)
    {
      upper[G_N_ELEMENTS (upper) - 1 - i] = UPPER;
      integer[i] = 1;
    }
  out->n = rig->task.n;
  out->lower = lower;
  out->upper = upper;
  out->integer = rig->task.integer ? integer : NULL;
  return true;
}

/* Nobody leaves before barrier evaluations have come in; with reverse the first of each group goes last. */
static void
pass_barrier (TaskScript *t)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;
  g_mutex_lock (&t->lock);
  guint number = t->arrived++, group = number / t->barrier;
  g_cond_broadcast (&t->moved);
  while (t->arrived < (group + 1) * t->barrier
         || (t->reverse && t->left != (group + 1) * t->barrier - 1 - number + group * t->barrier))
    if (!g_cond_wait_until (&t->moved, &t->lock, deadline))
      g_error ("evaluation %u waits for others that never come", number);
  t->left++;
  g_cond_broadcast (&t->moved);
  g_mutex_unlock (&t->lock);
}

static void
compute (Rig *rig, const double *x, GlompoResult *result)
{
  TaskScript *t = &rig->task;
  double sum = 0;
  for (gsize i = 0; i < t->n; i++)
    sum += x[i] * x[i];
  result->f = t->noisy ? (double) (result->seed >> 12) : sum;
  if (result->extras != NULL)
    result->extras[0] = 2 * x[0];
  if (result->residuals != NULL)
    for (gsize i = 0; i < t->n_residuals; i++)
      result->residuals[i] = x[0] + (double) i;
  if (result->gradient != NULL)
    for (gsize i = 0; i < t->n; i++)
      result->gradient[i] = 2 * x[i];
  if (x[0] > t->fail_above)
    {
      result->f = t->bad.f;
      result->status = t->bad.status;
    }
}

static void
task_evaluate_one (void *self, const double *x, GlompoResult *result)
{
  Rig *rig = self;
  guint64 number = atomic_fetch_add (&rig->task.evaluations, 1) + 1;
  call_hook (rig, AT_EVALUATION, number);
  for (gsize i = 0; i < rig->task.n; i++)
    if (!(x[i] >= 0 && x[i] <= UPPER) || (rig->task.integer && x[i] != rint (x[i])))
      breach (rig, "evaluated a point that is not allowed");
  if (rig->task.barrier > 0)
    pass_barrier (&rig->task);
  compute (rig, x, result);
}

static void
task_evaluate_many (void *self, size_t m, const double *x, GlompoResult *const *results)
{
  Rig *rig = self;
  atomic_fetch_add (&rig->task.calls, 1);
  for (gsize i = 0; i < m; i++)
    task_evaluate_one (self, x + i * rig->task.n, results[i]);
}

static bool
task_gradient_slot (void *self, const double *x, double *gradient)
{
  Rig *rig = self;
  for (gsize i = 0; i < rig->task.n; i++)
    gradient[i] = -2 * x[i]; /* the sign tells it from evaluate()'s */
  return !rig->task.gradient_fails;
}

static size_t
task_extras (void *self, const GlompoExtra **out)
{
  static const GlompoExtra extras[] = { { "twice", GLOMPO_EXTRA_REAL, 1 } };
  *out = extras;
  return 1;
}

static size_t
task_residuals (void *self)
{
  return ((Rig *) self)->task.n_residuals;
}

/* ---- both ---- */

void
rig_fill_plugins (Rig *rig)
{
  rig->optimizer_vtable = (GlompoOptimizerVTable){
    .struct_size = sizeof (GlompoOptimizerVTable), .create = optimizer_create, .ask = optimizer_ask,
    .tell = optimizer_tell, .destroy = optimizer_destroy, .inject = optimizer_inject,
    .stop_reason = optimizer_stop_reason, .metrics = optimizer_metrics,
  };
  rig->task_vtable = (GlompoTaskVTable){
    .struct_size = sizeof (GlompoTaskVTable),
    .create = task_create,
    .parameters = task_parameters,
    .evaluate = task_evaluate_one,
    .destroy = task_destroy,
    .extras = task_extras,
    .residuals = task_residuals,
  };
  rig->task_gradient = task_gradient_slot;
  rig->task_batch = task_evaluate_many;
  rig->optimizer_plugin = (GlompoPlugin){ GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_OPTIMIZER), .name = "fake",
                                          .level1 = GLOMPO_LEVEL1_ANY, .level2 = GLOMPO_LEVEL2_ANY,
                                          .metrics = metric_names, .optimizer = &rig->optimizer_vtable };
  rig->task_plugin = (GlompoPlugin){ GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK), .name = "fake-task",
                                     .concurrency = GLOMPO_CONCURRENT, .task = &rig->task_vtable };
}

void
rig_set_asynchronous (Rig *rig)
{
  rig->optimizer_plugin.capabilities |= GLOMPO_CAP_ASYNCHRONOUS;
}

void
rig_set_blocking (Rig *rig)
{
  rig->optimizer_vtable.ask = NULL;
  rig->optimizer_vtable.tell = NULL;
  rig->optimizer_vtable.inject = NULL;
  rig->optimizer_vtable.run = optimizer_run;
}
