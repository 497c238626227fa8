/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkers that compare one counter of the run with a limit: MaxFuncCalls, MaxOptsStarted, MaxKills,
 * NOptConverged, MaxFailures; and IterSpawnStop, NOptimizersSpawnStop, which are meant for `spawn`, where a
 * condition that holds means that no more optimizers are started.
 */
#include "policy/component.h"

typedef struct {
  int64_t limit;
} Limit;

enum { FOUND, WANTED };

COMPONENT_COPY_OPTIONS (Limit, limit)

static bool
compare (void *self, uint64_t found, double *figures)
{
  uint64_t wanted = (uint64_t) ((Limit *) self)->limit;
  figures[FOUND] = (double) found;
  figures[WANTED] = (double) wanted;
  return found >= wanted;
}

static void
limit_explain (void *self, const double *figures, char *text, size_t size)
{
  component_print (text, size, figures[FOUND] >= figures[WANTED] ? "% >= %" : "% < %", figures[FOUND],
                   figures[WANTED]);
}

static bool
evaluations_test (void *self, const GlompoRun *run, double *figures)
{
  return compare (self, run->evaluations, figures);
}

static bool
started_test (void *self, const GlompoRun *run, double *figures)
{
  return compare (self, run->started, figures);
}

static bool
hunted_test (void *self, const GlompoRun *run, double *figures)
{
  return compare (self, run->hunted, figures);
}

static bool
converged_test (void *self, const GlompoRun *run, double *figures)
{
  return compare (self, run->converged, figures);
}

static bool
failures_test (void *self, const GlompoRun *run, double *figures)
{
  return compare (self, run->failures, figures);
}

static uint64_t
evaluations_budget (void *self)
{
  return (uint64_t) ((Limit *) self)->limit;
}

/* One checker: SYMBOL, its NAME, its test, its budget (or NULL), its OPTION and two texts. */
#define COUNT_CHECKER(SYMBOL, NAME, TEST, BUDGET, OPTION, OPTION_SUMMARY, SUMMARY)             \
  static const GlompoOption SYMBOL##_options[] = {                                             \
    { .name = OPTION,                                                                          \
      .type = GLOMPO_OPTION_INTEGER,                                                           \
      .offset = offsetof (Limit, limit),                                                       \
      .minimum = 1,                                                                            \
      .maximum = COMPONENT_MAX_COUNT,                                                          \
      .summary = OPTION_SUMMARY },                                                             \
  };                                                                                           \
  static const GlompoCheckerVTable SYMBOL##_vtable = {                                         \
    .struct_size = sizeof (GlompoCheckerVTable),                                               \
    .create = limit_create,                                                                    \
    .destroy = g_free,                                                                         \
    .test = TEST,                                                                              \
    .explain = limit_explain,                                                                  \
    .budget = BUDGET,                                                                          \
  };                                                                                           \
  const GlompoPlugin SYMBOL = {                                                                \
    COMPONENT (GLOMPO_KIND_CHECKER, NAME, SUMMARY),                                            \
    GLOMPO_PLUGIN_OPTIONS (Limit, SYMBOL##_options),                                           \
    .checker = &SYMBOL##_vtable,                                                               \
  };

COUNT_CHECKER (checker_max_func_calls, "MaxFuncCalls", evaluations_test, evaluations_budget, "fmax",
               "evaluations of the run, never exceeded", "the run has made so many evaluations")
COUNT_CHECKER (checker_max_opts_started, "MaxOptsStarted", started_test, NULL, "omax", "optimizers",
               "so many optimizers have been started")
COUNT_CHECKER (checker_max_kills, "MaxKills", hunted_test, NULL, "kills_max", "optimizers",
               "so many optimizers have been stopped by hunters or by the user")
COUNT_CHECKER (checker_n_opt_converged, "NOptConverged", converged_test, NULL, "nconv", "optimizers",
               "so many optimizers have ended by themselves")
COUNT_CHECKER (checker_max_failures, "MaxFailures", failures_test, NULL, "n", "evaluations",
               "so many evaluations have failed")
COUNT_CHECKER (checker_iter_spawn_stop, "IterSpawnStop", evaluations_test, NULL, "max_calls",
               "evaluations of the run", "for spawn: start no more after so many evaluations")
COUNT_CHECKER (checker_n_optimizers_spawn_stop, "NOptimizersSpawnStop", started_test, NULL, "max_opts",
               "optimizers", "for spawn: start no more after so many optimizers")
