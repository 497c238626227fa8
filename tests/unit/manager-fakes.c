/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake plugins of manager-rig.h. */
#include "manager-rig.h"
#include "plugin/registry.h"
#include <math.h>
#include <stdatomic.h>

#define EDGE 1000.0
#define FAILS_ABOVE 999.0

static _Atomic guint64 injections, alive, hanging, own_evaluations;
static GThread *_Atomic manager_thread;

/* ---- the task ---- */

typedef struct {
  bool create_fails;
  bool fragile; /* not thread-safe */
} LineOptions;

static void *
line_create (const void *options, uint64_t seed, const GlompoHost *host)
{
  const LineOptions *o = options;
  if (o->create_fails)
    {
      host->fail (host, "the line is not straight");
      return NULL;
    }
  return g_memdup2 (o, sizeof *o);
}

static bool
line_parameters (void *self, GlompoParameters *out)
{
  static const double lower[] = { -EDGE, -EDGE }, upper[] = { EDGE, EDGE };
  static const char *const names[] = { "value", "other" };
  out->n = 2;
  out->lower = lower;
  out->upper = upper;
  out->names = names;
  return true;
}

static void
line_evaluate (void *self, const double *x, GlompoResult *result)
{
  result->f = x[0];
  if (atomic_load (&manager_thread) == g_thread_self ())
    atomic_fetch_add (&own_evaluations, 1);
  if (x[0] > FAILS_ABOVE)
    result->status = GLOMPO_STATUS_FAILED;
}

static uint32_t
line_concurrency (void *self)
{
  return ((LineOptions *) self)->fragile ? GLOMPO_PROCESS_LOCAL : GLOMPO_CONCURRENT;
}

static const GlompoOption line_options[] = {
  GLOMPO_OPT_BOOLEAN (LineOptions, create_fails, "false", "create fails"),
  GLOMPO_OPT_BOOLEAN (LineOptions, fragile, "false", "not thread-safe"),
};

static const GlompoTaskVTable line_vtable = {
  .struct_size = sizeof line_vtable,
  .create = line_create,
  .parameters = line_parameters,
  .evaluate = line_evaluate,
  .destroy = g_free,
  .concurrency = line_concurrency,
};

static const GlompoPlugin line = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  .name = "line", .version = "1", .summary = "f = x1", .author = "test", .licence = "LGPL-2.1-or-later",
  GLOMPO_PLUGIN_OPTIONS (LineOptions, line_options),
  .concurrency = GLOMPO_CONCURRENT,
  .task = &line_vtable,
};

/* ---- the optimizer ---- */

typedef struct {
  GlompoReals values;
  double step;
  int64_t batch;
  bool forever, create_fails, hangs, talks;
} ScriptOptions;

typedef struct {
  const ScriptOptions *options;
  const GlompoHost *host;
  guint64 given;
  char text[80];
} Script;

static void *
script_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  const ScriptOptions *o = options;
  if (o->create_fails)
    {
      host->fail (host, "the script is lost");
      return NULL;
    }
  if (o->talks)
    host->log (host, GLOMPO_LOG_WARNING, "here I am");
  Script *script = g_new0 (Script, 1);
  script->options = o;
  script->host = host;
  atomic_fetch_add (&alive, 1);
  return script;
}

static void
script_destroy (void *self)
{
  atomic_fetch_sub (&alive, 1);
  g_free (self);
}

static gboolean
is_over (const Script *script)
{
  return !script->options->forever && script->given >= script->options->values.n;
}

static void
next_point (Script *script, double *x)
{
  gsize last = script->options->values.n - 1;
  x[0] = script->options->values.values[MIN (script->given, last)];
  if (script->given > last)
    x[0] = MAX (x[0] - script->options->step * (double) (script->given - last), -EDGE);
  x[1] = (double) (script->given % 1000);
  script->given++;
}

/* Never comes back; a thread cannot be killed. */
static void
hang (void)
{
  static GMutex lock;
  static GCond never;
  atomic_fetch_add (&hanging, 1);
  g_mutex_lock (&lock);
  for (;;)
    g_cond_wait (&never, &lock);
}

static int32_t
script_ask (void *self, size_t max, double *x, uint64_t *ids)
{
  Script *script = self;
  if (script->options->hangs)
    hang ();
  if (is_over (script))
    return GLOMPO_ASK_DONE;
  size_t n = 0;
  for (; n < max && n < (size_t) script->options->batch && !is_over (script); n++)
    {
      ids[n] = script->given;
      next_point (script, x + 2 * n);
    }
  return (int32_t) n;
}

static void
script_tell (void *self, size_t n, const GlompoTrials *trials)
{
}

static void
script_inject (void *self, const double *x, double f)
{
  atomic_fetch_add (&injections, 1);
}

static int32_t
script_stop_reason (void *self, const char **text)
{
  Script *script = self;
  g_snprintf (script->text, sizeof script->text, "all %u values given", (guint) script->options->values.n);
  *text = script->text;
  return GLOMPO_STOP_EXHAUSTED;
}

static void
script_metrics (void *self, double *values)
{
  values[0] = (double) ((Script *) self)->given;
}

static int32_t
script_run (void *self, const GlompoHost *host)
{
  Script *script = self;
  double x[2], f;
  while (!is_over (script))
    {
      if (host->injected (host, x, &f))
        atomic_fetch_add (&injections, 1);
      next_point (script, x);
      if (host->evaluate (host, 1, x) == NULL)
        return GLOMPO_STOP_ERROR; /* as a wrapper of a library would */
    }
  return GLOMPO_STOP_EXHAUSTED;
}

static const GlompoOption script_options[] = {
  GLOMPO_OPT_REALS (ScriptOptions, values, -EDGE, EDGE, "1", "values of the points"),
  GLOMPO_OPT_REAL (ScriptOptions, step, 0, 1, "0", "with forever: how much less each further value is"),
  GLOMPO_OPT_INTEGER (ScriptOptions, batch, 1, 1000, "1", "points at once"),
  GLOMPO_OPT_BOOLEAN (ScriptOptions, forever, "false", "repeat the last value"),
  GLOMPO_OPT_BOOLEAN (ScriptOptions, create_fails, "false", "create fails"),
  GLOMPO_OPT_BOOLEAN (ScriptOptions, hangs, "false", "never come back"),
  GLOMPO_OPT_BOOLEAN (ScriptOptions, talks, "false", "log something"),
};

static const char *const script_metric_names[] = { "given", NULL };

#define SCRIPT(NAME, VTABLE, CAPABILITIES)                                                                   \
  {                                                                                                          \
    GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_OPTIMIZER),                                                            \
        .name = NAME, .version = "1", .summary = "points by script", .author = "test",                       \
        .licence = "LGPL-2.1-or-later", GLOMPO_PLUGIN_OPTIONS (ScriptOptions, script_options),               \
        .capabilities = CAPABILITIES, .level1 = GLOMPO_LEVEL1_ANY, .level2 = GLOMPO_LEVEL2_ANY,              \
        .metrics = script_metric_names, .optimizer = VTABLE                                                  \
  }

static const GlompoOptimizerVTable script_vtable = {
  .struct_size = sizeof script_vtable,
  .create = script_create,
  .ask = script_ask,
  .tell = script_tell,
  .destroy = script_destroy,
  .inject = script_inject,
  .stop_reason = script_stop_reason,
  .metrics = script_metrics,
};
static const GlompoOptimizerVTable run_vtable = {
  .struct_size = sizeof run_vtable, .create = script_create, .run = script_run, .destroy = script_destroy,
  .metrics = script_metrics,
};
static const GlompoPlugin script = SCRIPT ("script", &script_vtable, 0);
static const GlompoPlugin async_script = SCRIPT ("async-script", &script_vtable, GLOMPO_CAP_ASYNCHRONOUS);
static const GlompoPlugin run_script = SCRIPT ("run-script", &run_vtable, 0);

/* ---- policies ---- */

static void *
policy_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  return g_memdup2 (&host, sizeof host);
}

static int64_t
select_never (void *self, const GlompoRun *run, uint64_t free_slots)
{
  return GLOMPO_SELECT_NEVER;
}

static int64_t
select_nothing (void *self, const GlompoRun *run, uint64_t free_slots)
{
  return GLOMPO_SELECT_NONE_FITS;
}

static int64_t
select_wrong (void *self, const GlompoRun *run, uint64_t free_slots)
{
  return (int64_t) run->n_groups;
}

static bool
generate_nothing (void *self, const GlompoRun *run, double *x)
{
  const GlompoHost *host = *(const GlompoHost **) self;
  if (run->started > 1)
    host->fail (host, "no more starts");
  x[0] = x[1] = 0;
  return run->started <= 1;
}

#define POLICY(NAME, KIND, SUMMARY)                                                            \
  GLOMPO_PLUGIN_HEADER (KIND), .name = NAME, .version = "1", .summary = SUMMARY, .author = "test",  \
  .licence = "LGPL-2.1-or-later"

#define SELECTOR(SYMBOL, NAME, FUNCTION)                                                                     \
  static const GlompoSelectorVTable SYMBOL##_vtable = {                                                      \
    .struct_size = sizeof SYMBOL##_vtable, .create = policy_create, .destroy = g_free, .select = FUNCTION    \
  };                                                                                                         \
  static const GlompoPlugin SYMBOL                                                                           \
      = { POLICY (NAME, GLOMPO_KIND_SELECTOR, "a fake"), .selector = &SYMBOL##_vtable }

SELECTOR (never, "Never", select_never);
SELECTOR (nothing, "Nothing", select_nothing);
SELECTOR (wrong, "Wrong", select_wrong);

static const GlompoGeneratorVTable fails_vtable = {
  .struct_size = sizeof fails_vtable, .create = policy_create, .destroy = g_free, .generate = generate_nothing
};
static const GlompoPlugin fails
    = { POLICY ("Fails", GLOMPO_KIND_GENERATOR, "fails after two starts"), .generator = &fails_vtable };

typedef struct {
  int64_t freezes, revivals, hunted;
} CountsOptions;

static void *
counts_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  return g_memdup2 (options, sizeof (CountsOptions));
}

static bool
counts_test (void *self, const GlompoRun *run, double *figures)
{
  const CountsOptions *least = self;
  return run->freezes >= (guint64) least->freezes && run->revivals >= (guint64) least->revivals
         && run->hunted >= (guint64) least->hunted;
}

static const GlompoOption counts_options[] = {
  GLOMPO_OPT_INTEGER (CountsOptions, freezes, 0, 1000, "0", "freezes"),
  GLOMPO_OPT_INTEGER (CountsOptions, revivals, 0, 1000, "0", "revivals"),
  GLOMPO_OPT_INTEGER (CountsOptions, hunted, 0, 1000, "0", "kills"),
};
static const GlompoCheckerVTable counts_vtable = {
  .struct_size = sizeof counts_vtable, .create = counts_create, .destroy = g_free, .test = counts_test
};
static const GlompoPlugin counts
    = { POLICY ("Counts", GLOMPO_KIND_CHECKER, "so many freezes, revivals, kills"),
        GLOMPO_PLUGIN_OPTIONS (CountsOptions, counts_options), .checker = &counts_vtable };

GlompoRegistry *
rig_registry (void)
{
  static const GlompoPlugin *const all[]
      = { &line, &script, &async_script, &run_script, &never, &nothing, &wrong, &fails, &counts };
  GlompoRegistry *registry = glompo_registry_new ();
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    registry_add_built_in (registry, all[i]);
  return registry;
}

guint64
rig_injections (void)
{
  return atomic_load (&injections);
}

void
rig_watch_thread (void)
{
  atomic_store (&manager_thread, g_thread_self ());
}

guint64
rig_own_evaluations (void)
{
  return atomic_load (&own_evaluations);
}

guint64
rig_alive (void)
{
  return atomic_load (&alive);
}

guint64
rig_hanging (void)
{
  return atomic_load (&hanging);
}
