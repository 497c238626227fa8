/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BestUnmoving: the victim's best value has hardly changed over its last `calls` evaluations. With b the best
 * now and b' the best `calls` evaluations ago: |b - b'| <= tol x |b'| (scale = value), or <= tol x |b' - B|
 * with B the best value of the run (scale = range): it closed less than that share of its gap to B.
 * Never true while the victim had no value `calls` evaluations ago: the first value is progress.
 */
#include "policy/component.h"
#include <math.h>

typedef struct {
  int64_t calls;
  double tol;
  int32_t scale;
} BestUnmoving;

enum { EVALUATIONS, CHANGE, REFERENCE, LIMIT };

static const GlompoOption options[] = {
  GLOMPO_OPT_INTEGER (BestUnmoving, calls, 1, COMPONENT_MAX_WINDOW - 1, NULL,
                      "evaluations over which the best value must change"),
  GLOMPO_OPT_REAL (BestUnmoving, tol, 0.0, G_MAXDOUBLE, "0", "least change, relative to the scale"),
  GLOMPO_OPT_CHOICE (BestUnmoving, scale, component_scales, "value",
                     "value: the best value then; range: its distance to the best value of the run"),
};

COMPONENT_COPY_OPTIONS (BestUnmoving, best_unmoving)

static bool
best_unmoving_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
                    double *figures)
{
  const BestUnmoving *hunter = self;
  figures[EVALUATIONS] = (double) victim->evaluations;
  size_t needed = (size_t) hunter->calls + 1;
  if (victim->n_window_best < needed)
    return false;
  double then = victim->window_best[victim->n_window_best - needed];
  double reference = fabs (hunter->scale == SCALE_VALUE ? then : then - best->best_f);
  figures[CHANGE] = then - victim->best_f;
  figures[REFERENCE] = reference;
  figures[LIMIT] = hunter->tol * reference;
  return isfinite (then) && figures[CHANGE] <= figures[LIMIT];
}

static void
best_unmoving_window (void *self, GlompoWindow *out)
{
  out->best = (size_t) ((BestUnmoving *) self)->calls + 1;
}

static void
best_unmoving_explain (void *self, const double *figures, char *text, size_t size)
{
  const BestUnmoving *hunter = self;
  if (figures[EVALUATIONS] <= (double) hunter->calls)
    component_print (text, size, "% evaluations <= %", figures[EVALUATIONS], (double) hunter->calls);
  else if (!isfinite (figures[REFERENCE]))
    component_print (text, size, "no value % evaluations ago", (double) hunter->calls);
  else
    component_print (text, size,
                     figures[CHANGE] <= figures[LIMIT] ? "best fell by % <= % x % = %"
                                                       : "best fell by % > % x % = %",
                     figures[CHANGE], hunter->tol, figures[REFERENCE], figures[LIMIT]);
}

static const GlompoHunterVTable vtable = {
  .struct_size = sizeof vtable,
  .create = best_unmoving_create,
  .destroy = g_free,
  .test = best_unmoving_test,
  .window = best_unmoving_window,
  .explain = best_unmoving_explain,
};

const GlompoPlugin hunter_best_unmoving = {
  COMPONENT (GLOMPO_KIND_HUNTER, "BestUnmoving", "its best value has hardly changed for some evaluations"),
  GLOMPO_PLUGIN_OPTIONS (BestUnmoving, options),
  .hunter = &vtable,
};
