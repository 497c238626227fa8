/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * StepSize: the mean distance between consecutive points among the victim's last `calls` is at most
 * relative_tol x the diagonal of the box.
 */
#include "policy/component.h"

typedef struct {
  int64_t calls;
  double relative_tol;
} Settings;

typedef struct {
  Settings settings;
  size_t n;
  double limit;
} StepSize;

enum { EVALUATIONS, MEAN, LIMIT };

static const GlompoOption options[] = {
  GLOMPO_OPT_INTEGER (Settings, calls, 2, COMPONENT_MAX_POINTS, NULL, "newest points that are looked at"),
  GLOMPO_OPT_REAL (Settings, relative_tol, 0.0, 1.0, "0.05",
                   "least mean step, as a fraction of the diagonal of the box"),
};

static void *
step_size_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  StepSize *hunter = g_new (StepSize, 1);
  hunter->settings = *(const Settings *) given;
  hunter->n = problem->n;
  hunter->limit = hunter->settings.relative_tol * component_diagonal (problem);
  return hunter;
}

/* From the newest step back, and no further than where the sum has passed the limit: then MEAN is a lower
 * bound. Most victims move, and are let go after few steps. */
static bool
step_size_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
                double *figures)
{
  const StepSize *hunter = self;
  size_t n_steps = (size_t) hunter->settings.calls - 1, n = hunter->n;
  figures[EVALUATIONS] = (double) victim->evaluations;
  if (victim->n_window_x < n_steps + 1)
    return false;
  const double *newest = victim->window_x + (victim->n_window_x - 1) * n;
  double sum = 0.0, most = hunter->limit * (double) n_steps;
  for (size_t i = 0; i < n_steps && sum <= most; i++)
    sum += component_distance (n, newest - i * n, newest - (i + 1) * n);
  figures[MEAN] = sum / (double) n_steps;
  figures[LIMIT] = hunter->limit;
  return sum <= most;
}

static void
step_size_window (void *self, GlompoWindow *out)
{
  out->x = (size_t) ((StepSize *) self)->settings.calls;
}

static void
step_size_explain (void *self, const double *figures, char *text, size_t size)
{
  const StepSize *hunter = self;
  if (figures[EVALUATIONS] < (double) hunter->settings.calls)
    component_print (text, size, "% evaluations < %", figures[EVALUATIONS], (double) hunter->settings.calls);
  else
    component_print (text, size,
                     figures[MEAN] <= figures[LIMIT] ? "mean step % <= %" : "mean step at least % > %",
                     figures[MEAN], figures[LIMIT]);
}

static const GlompoHunterVTable vtable = {
  .struct_size = sizeof vtable,
  .create = step_size_create,
  .destroy = g_free,
  .test = step_size_test,
  .window = step_size_window,
  .explain = step_size_explain,
};

const GlompoPlugin hunter_step_size = {
  COMPONENT (GLOMPO_KIND_HUNTER, "StepSize", "its newest steps are short"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .hunter = &vtable,
};
