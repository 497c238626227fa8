/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TargetCost: the best value of the run is at most target + atol. False before there is a value. */
#include "policy/component.h"
#include <math.h>

typedef struct {
  double target;
  double atol;
} TargetCost;

enum { FOUND, WANTED };

static const GlompoOption options[] = {
  GLOMPO_OPT_REAL (TargetCost, target, -G_MAXDOUBLE, G_MAXDOUBLE, NULL, "value to reach"),
  GLOMPO_OPT_REAL (TargetCost, atol, 0.0, G_MAXDOUBLE, "1e-6", "how far above it is near enough"),
};

COMPONENT_COPY_OPTIONS (TargetCost, target_cost)

static bool
target_cost_test (void *self, const GlompoRun *run, double *figures)
{
  const TargetCost *checker = self;
  figures[FOUND] = run->best_f;
  figures[WANTED] = checker->target + checker->atol;
  return isfinite (run->best_f) && run->best_f <= figures[WANTED];
}

static void
target_cost_explain (void *self, const double *figures, char *text, size_t size)
{
  const TargetCost *checker = self;
  if (!isfinite (figures[FOUND]))
    component_print (text, size, "no value yet");
  else
    component_print (text, size, figures[FOUND] <= figures[WANTED] ? "best % <= % + %" : "best % > % + %",
                     figures[FOUND], checker->target, checker->atol);
}

static const GlompoCheckerVTable vtable = {
  .struct_size = sizeof vtable,
  .create = target_cost_create,
  .destroy = g_free,
  .test = target_cost_test,
  .explain = target_cost_explain,
};

const GlompoPlugin checker_target_cost = {
  COMPONENT (GLOMPO_KIND_CHECKER, "TargetCost", "the best value has reached a target"),
  GLOMPO_PLUGIN_OPTIONS (TargetCost, options),
  .checker = &vtable,
};
