/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-plugins.h"
#include <math.h>

static void *
fake_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  return NULL;
}

static void *
fake_task_create (const void *options, uint64_t seed, const GlompoHost *host)
{
  return NULL;
}

static bool
fake_parameters (void *self, GlompoParameters *out)
{
  return false;
}

static void
fake_evaluate (void *self, const double *x, GlompoResult *result)
{
}

static int32_t
fake_ask (void *self, size_t max, double *x, uint64_t *ids)
{
  return GLOMPO_ASK_DONE;
}

static void
fake_tell (void *self, size_t n, const GlompoTrials *trials)
{
}

static void
fake_destroy (void *self)
{
}

static bool
fake_hunt (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
           double *figures)
{
  return false;
}

static bool
fake_check (void *self, const GlompoRun *run, double *figures)
{
  return false;
}

static bool
fake_generate (void *self, const GlompoRun *run, double *x)
{
  return false;
}

static int64_t
fake_select (void *self, const GlompoRun *run, uint64_t free_slots)
{
  return GLOMPO_SELECT_NEVER;
}

static const GlompoTaskVTable fake_task = { .struct_size = sizeof (GlompoTaskVTable),
                                            .create = fake_task_create,
                                            .parameters = fake_parameters,
                                            .evaluate = fake_evaluate,
                                            .destroy = fake_destroy };
static const GlompoOptimizerVTable fake_optimizer = { .struct_size = sizeof (GlompoOptimizerVTable),
                                                      .create = fake_create,
                                                      .ask = fake_ask,
                                                      .tell = fake_tell,
                                                      .destroy = fake_destroy };
static const GlompoHunterVTable fake_hunter = { .struct_size = sizeof (GlompoHunterVTable),
                                                .create = fake_create,
                                                .destroy = fake_destroy,
                                                .test = fake_hunt };
static const GlompoCheckerVTable fake_checker = { .struct_size = sizeof (GlompoCheckerVTable),
                                                  .create = fake_create,
                                                  .destroy = fake_destroy,
                                                  .test = fake_check };
static const GlompoGeneratorVTable fake_generator = { .struct_size = sizeof (GlompoGeneratorVTable),
                                                      .create = fake_create,
                                                      .destroy = fake_destroy,
                                                      .generate = fake_generate };
static const GlompoSelectorVTable fake_selector = { .struct_size = sizeof (GlompoSelectorVTable),
                                                    .create = fake_create,
                                                    .destroy = fake_destroy,
                                                    .select = fake_select };

/* One options struct for all. */
typedef struct {
  int32_t choice;
  int64_t integer, second;
  double real, second_real;
  const char *string;
  GlompoReals reals;
} Values;

#define ROW(NAME, TYPE, FLAGS, MEMBER, LOW, HIGH, DEFAULT, CHOICES)                                          \
  {                                                                                                          \
    NAME, TYPE, FLAGS, offsetof (Values, MEMBER), LOW, HIGH, DEFAULT, CHOICES, "for the test"                \
  }
#define INTEGER(NAME, MEMBER, LOW, DEFAULT)                                                                  \
  ROW (NAME, GLOMPO_OPTION_INTEGER, 0, MEMBER, LOW, 1e15, DEFAULT, NULL)
#define REAL(NAME, LOW, HIGH, DEFAULT) ROW (NAME, GLOMPO_OPTION_REAL, 0, real, LOW, HIGH, DEFAULT, NULL)

static const char *const functions[] = { "ackley", "rastrigin", "schwefel", "sphere", NULL };
static const char *const covariances[] = { "full", "separable", NULL };

static const GlompoOption benchmark_options[] = {
  ROW ("function", GLOMPO_OPTION_CHOICE, 0, choice, 0, 0, NULL, functions),
  ROW ("dims", GLOMPO_OPTION_INTEGER, GLOMPO_OPTION_AUTO, integer, 1, 1e5, "auto", NULL),
  REAL ("delay", 0.0, 1e6, "0"),
  ROW ("p_range", GLOMPO_OPTION_REALS, GLOMPO_OPTION_AUTO, reals, -1e3, 1e3, "auto", NULL),
};
static const GlompoOption shadow_options[] = { INTEGER ("plugin", integer, 1, "1") };
static const GlompoOption cmaes_options[] = {
  ROW ("population", GLOMPO_OPTION_INTEGER, GLOMPO_OPTION_AUTO, integer, 2, 1e6, "auto", NULL),
  ROW ("sigma0", GLOMPO_OPTION_REALS, 0, reals, 1e-12, 10.0, "0.3", NULL),
  ROW ("covariance", GLOMPO_OPTION_CHOICE, 0, choice, 0, 0, "full", covariances),
};
static const GlompoOption random_options[] = { INTEGER ("iters", integer, 0, "100") };
static const GlompoOption max_options[] = { INTEGER ("fmax", integer, 1, NULL) };
static const GlompoOption target_options[]
    = { ROW ("target", GLOMPO_OPTION_REAL, 0, second_real, -INFINITY, INFINITY, NULL, NULL),
        REAL ("atol", 0.0, INFINITY, "1e-6") };
static const GlompoOption kills_options[]
    = { INTEGER ("n_killed", integer, 0, "0"), INTEGER ("n_converged", second, 0, "1") };
static const GlompoOption unmoving_options[]
    = { INTEGER ("calls", integer, 1, NULL), REAL ("tol", 0.0, INFINITY, "0") };
static const GlompoOption annealing_options[] = { REAL ("med_kill_chance", 0.0, 1.0, "0.5") };
static const GlompoOption type_options[]
    = { ROW ("text", GLOMPO_OPTION_STRING, 0, string, 0, 0, NULL, NULL) };
static const GlompoOption point_options[]
    = { ROW ("x", GLOMPO_OPTION_REALS, GLOMPO_OPTION_AUTO, reals, -1e300, 1e300, "auto", NULL) };

#define PLUGIN(KIND, NAME)                                                                                   \
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_##KIND), .name = NAME, .version = "1", .summary = "does nothing",        \
                                             .author = "the tests", .licence = "LGPL-2.1-or-later"
#define TASK .task = &fake_task, .concurrency = GLOMPO_CONCURRENT
#define OPTIMIZER .optimizer = &fake_optimizer, .level1 = GLOMPO_LEVEL1_ANY, .level2 = GLOMPO_LEVEL2_ANY
#define WITH(TABLE) GLOMPO_PLUGIN_OPTIONS (Values, TABLE)

static const GlompoPlugin plugins[] = {
  { PLUGIN (TASK, "benchmark"), TASK, WITH (benchmark_options) },
  { PLUGIN (TASK, "shadow"), TASK, WITH (shadow_options) },
  { PLUGIN (OPTIMIZER, "cmaes"), OPTIMIZER, WITH (cmaes_options) },
  { PLUGIN (OPTIMIZER, "random"), OPTIMIZER, WITH (random_options) },
  { PLUGIN (CHECKER, "MaxFuncCalls"), .checker = &fake_checker, WITH (max_options) },
  { PLUGIN (CHECKER, "TargetCost"), .checker = &fake_checker, WITH (target_options) },
  { PLUGIN (CHECKER, "KillsAfterConvergence"), .checker = &fake_checker, WITH (kills_options) },
  { PLUGIN (HUNTER, "EvaluationsUnmoving"), .hunter = &fake_hunter, WITH (unmoving_options) },
  { PLUGIN (HUNTER, "BestUnmoving"), .hunter = &fake_hunter, WITH (unmoving_options) },
  { PLUGIN (HUNTER, "ValueAnnealing"), .hunter = &fake_hunter, WITH (annealing_options) },
  { PLUGIN (HUNTER, "TypeHunter"), .hunter = &fake_hunter, WITH (type_options) },
  { PLUGIN (GENERATOR, "RandomGenerator"), .generator = &fake_generator },
  { PLUGIN (GENERATOR, "SinglePointGenerator"), .generator = &fake_generator, WITH (point_options) },
  { PLUGIN (SELECTOR, "CycleSelector"), .selector = &fake_selector },
  { PLUGIN (SELECTOR, "RandomSelector"), .selector = &fake_selector },
};

GlompoRegistry *
fake_registry_new (void)
{
  GlompoRegistry *registry = registry_new_empty ();
  for (gsize i = 0; i < G_N_ELEMENTS (plugins); i++)
    registry_add_built_in (registry, &plugins[i]);
  return registry;
}
