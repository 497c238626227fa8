/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * EvaluationsUnmoving: the last `calls` values of the victim are nearly equal: their population standard
 * deviation is <= tol x |f| with f its last value (scale = value), or <= tol x |f - B| with B the best value
 * of the run (scale = range): its spread is small against its gap to B. Never true with a value missing.
 */
#include "policy/component.h"
#include <math.h>

typedef struct {
  int64_t calls;
  double tol;
  int32_t scale;
} EvaluationsUnmoving;

enum { EVALUATIONS, DEVIATION, REFERENCE, LIMIT };

static const GlompoOption options[] = {
  GLOMPO_OPT_INTEGER (EvaluationsUnmoving, calls, 1, COMPONENT_MAX_WINDOW, NULL,
                      "newest evaluations whose values are compared"),
  GLOMPO_OPT_REAL (EvaluationsUnmoving, tol, 0.0, G_MAXDOUBLE, "0",
                   "least standard deviation, relative to the scale"),
  GLOMPO_OPT_CHOICE (EvaluationsUnmoving, scale, component_scales, "value",
                     "value: the last value; range: its distance to the best value of the run"),
};

COMPONENT_COPY_OPTIONS (EvaluationsUnmoving, evaluations_unmoving)

/* Sum of (f[i] - centre)^power for power 1 or 2, four partial sums at once. */
static double
sum_powers (size_t n, const double *f, double centre, int power)
{
  double sums[4] = { 0.0, 0.0, 0.0, 0.0 };
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (size_t k = 0; k < 4; k++)
      {
        double difference = f[i + k] - centre;
        sums[k] += power == 1 ? difference : difference * difference;
      }
  for (; i < n; i++)
    sums[0] += power == 1 ? f[i] - centre : (f[i] - centre) * (f[i] - centre);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* Where squares leave the range of numbers: of the differences in units of the largest. */
static double
scaled_deviation (size_t n, const double *f)
{
  double largest = 0.0, mean = 0.0, squares = 0.0;
  for (size_t i = 0; i < n; i++)
    largest = fmax (largest, fabs (f[i] - f[n - 1]));
  if (largest == 0.0 || !isfinite (largest))
    return largest;
  for (size_t i = 0; i < n; i++)
    mean += (f[i] - f[n - 1]) / largest / (double) n;
  for (size_t i = 0; i < n; i++)
    {
      double difference = (f[i] - f[n - 1]) / largest - mean;
      squares += difference * difference;
    }
  return largest * sqrt (squares / (double) n);
}

/* Two passes; the first is centred on one of the values, so that equal values give exactly 0. Not finite
 * when a value is missing. */
static double
deviation (size_t n, const double *f)
{
  double mean = f[n - 1] + sum_powers (n, f, f[n - 1], 1) / (double) n;
  double squares = sum_powers (n, f, mean, 2);
  return squares > 1e-280 && squares < 1e300 ? sqrt (squares / (double) n) : scaled_deviation (n, f);
}

static bool
evaluations_unmoving_test (void *self, const GlompoRun *run, const GlompoTrace *best,
                           const GlompoTrace *victim, double *figures)
{
  const EvaluationsUnmoving *hunter = self;
  size_t calls = (size_t) hunter->calls;
  figures[EVALUATIONS] = (double) victim->evaluations;
  figures[DEVIATION] = INFINITY;
  if (victim->n_window_f < calls || !isfinite (victim->last_f))
    return false;
  double reference = fabs (hunter->scale == SCALE_VALUE ? victim->last_f : victim->last_f - best->best_f);
  figures[DEVIATION] = deviation (calls, victim->window_f + (victim->n_window_f - calls));
  figures[REFERENCE] = reference;
  figures[LIMIT] = hunter->tol * reference;
  return isfinite (figures[DEVIATION]) && figures[DEVIATION] <= figures[LIMIT];
}

static void
evaluations_unmoving_window (void *self, GlompoWindow *out)
{
  out->f = (size_t) ((EvaluationsUnmoving *) self)->calls;
}

static void
evaluations_unmoving_explain (void *self, const double *figures, char *text, size_t size)
{
  const EvaluationsUnmoving *hunter = self;
  if (figures[EVALUATIONS] < (double) hunter->calls)
    component_print (text, size, "% evaluations < %", figures[EVALUATIONS], (double) hunter->calls);
  else if (!isfinite (figures[DEVIATION]))
    component_print (text, size, "no std of the last %", (double) hunter->calls);
  else
    component_print (text, size,
                     figures[DEVIATION] <= figures[LIMIT] ? "std % <= % x % = %" : "std % > % x % = %",
                     figures[DEVIATION], hunter->tol, figures[REFERENCE], figures[LIMIT]);
}

static const GlompoHunterVTable vtable = {
  .struct_size = sizeof vtable,
  .create = evaluations_unmoving_create,
  .destroy = g_free,
  .test = evaluations_unmoving_test,
  .window = evaluations_unmoving_window,
  .explain = evaluations_unmoving_explain,
};

const GlompoPlugin hunter_evaluations_unmoving = {
  COMPONENT (GLOMPO_KIND_HUNTER, "EvaluationsUnmoving", "its newest values are nearly equal"),
  GLOMPO_PLUGIN_OPTIONS (EvaluationsUnmoving, options),
  .hunter = &vtable,
};
