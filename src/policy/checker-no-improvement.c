/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NoImprovement: over the last `evaluations` evaluations of the run its best value did not fall by more than
 * tol (an absolute difference). Small steps add up: the best value is compared with the one that last was
 * more than tol better than the one before. A run without any value has not improved either.
 */
#include "policy/component.h"
#include <math.h>

typedef struct {
  int64_t evaluations;
  double tol;
} Settings;

typedef struct {
  Settings settings;
  double reference;   /* best value at the last improvement that counts */
  uint64_t at;        /* evaluation that found it */
} NoImprovement;

enum { SINCE };

static const GlompoOption options[] = {
  GLOMPO_OPT_INTEGER (Settings, evaluations, 1, COMPONENT_MAX_COUNT, NULL, "evaluations of the run"),
  GLOMPO_OPT_REAL (Settings, tol, 0.0, G_MAXDOUBLE, "0", "fall of the best value that does not count"),
};

static void *
no_improvement_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  NoImprovement *checker = g_new0 (NoImprovement, 1);
  checker->settings = *(const Settings *) given;
  checker->reference = INFINITY;
  return checker;
}

static bool
no_improvement_test (void *self, const GlompoRun *run, double *figures)
{
  NoImprovement *checker = self;
  bool first = isinf (checker->reference) && isfinite (run->best_f);
  if (first || checker->reference - run->best_f > checker->settings.tol)
    {
      checker->reference = run->best_f;
      checker->at = run->best_evaluation;
    }
  uint64_t since = run->evaluations - MIN (checker->at, run->evaluations);
  figures[SINCE] = (double) since;
  return since >= (uint64_t) checker->settings.evaluations;
}

static void
no_improvement_explain (void *self, const double *figures, char *text, size_t size)
{
  double wanted = (double) ((NoImprovement *) self)->settings.evaluations;
  component_print (text, size,
                   figures[SINCE] >= wanted ? "% evaluations since >= %" : "% evaluations since < %",
                   figures[SINCE], wanted);
}

static const GlompoCheckerVTable vtable = {
  .struct_size = sizeof vtable,
  .create = no_improvement_create,
  .destroy = g_free,
  .test = no_improvement_test,
  .explain = no_improvement_explain,
};

const GlompoPlugin checker_no_improvement = {
  COMPONENT (GLOMPO_KIND_CHECKER, "NoImprovement", "the best value has not fallen for some evaluations"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .checker = &vtable,
};
