/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `lynx-hare`: the equations of Lotka and Volterra fitted to the furs of snowshoe hare and Canada lynx
 * that the Hudson's Bay Company took each year from 1900 to 1920, in thousands.
 *
 *   hare' = hare (alpha - beta lynx)      lynx' = lynx (delta hare - gamma)
 *
 * Integrated in the logarithms of the populations, which keeps them positive and the equations mild
 * wherever the parameters wander. An instance is constant: any number of threads may share it.
 *
 * Record: Hewitt, "The Conservation of the Wild Life of Canada", 1921; as in Carpenter, "Predator-prey
 * population dynamics: the Lotka-Volterra model in Stan", 2018.
 */
#include "tasks/ode/dopri5.h"
#include "tasks/ode/fit.h"
#include <stdlib.h>

#define N_YEARS 21
#define N_PARAMETERS 6
#define N_VALUES (2 * N_YEARS)

static const double record[N_VALUES] = {
  30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1, /* hare, 1900-1910 */
  40.3, 57.0, 76.6, 52.3, 19.5, 11.2, 7.6, 14.6, 16.2, 24.7,        /* hare, 1911-1920 */
  4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4,       /* lynx, 1900-1910 */
  8.0, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6,          /* lynx, 1911-1920 */
};

static const double years[N_YEARS]
    = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };

enum { ALPHA, BETA, GAMMA, DELTA, HARE0, LYNX0 };
static const char *const names[N_PARAMETERS] = { "alpha", "beta", "gamma", "delta", "hare0", "lynx0" };
/* Rates per year, populations in thousands. Small oscillations have the period 2 pi / sqrt(alpha gamma): 4 to
 * 60 years in this box. */
static const double lower[N_PARAMETERS] = { 0.1, 0.002, 0.1, 0.002, 5.0, 1.0 };
static const double upper[N_PARAMETERS] = { 1.5, 0.1, 1.5, 0.1, 100.0, 30.0 };

/* What a residual is the difference of. */
typedef enum { RESIDUALS_LOG, RESIDUALS_LINEAR } Residuals;
static const char *const residual_kinds[] = { "log", "linear", NULL };

typedef struct {
  int32_t residuals;
} LynxHareOptions;

static const GlompoOption options[] = {
  GLOMPO_OPT_CHOICE (LynxHareOptions, residuals, residual_kinds, "log",
                     "differences of the logarithms of the populations (log) or of the populations (linear)"),
};

/* Least sums of squares and where: found for this file from many starts, to the digits given. */
static const struct {
  double f, x[N_PARAMETERS];
} minima[] = {
  [RESIDUALS_LOG] = { 2.0186611552,
                      { 0.540158993, 0.0271653571, 0.796386045, 0.0236946384, 34.6024242, 5.84450614 } },
  [RESIDUALS_LINEAR] = { 594.744560758,
                         { 0.481199031, 0.0248317606, 0.926018347, 0.0275329506, 34.9142878, 3.86186635 } },
};

typedef struct {
  Residuals residuals;
  double data[N_VALUES]; /* the record, or its logarithms */
} LynxHare;

static void *
lynx_hare_create (const void *values, uint64_t seed, const GlompoHost *host)
{
  LynxHare *self = calloc (1, sizeof *self);
  if (self == NULL)
    {
      host->fail (host, "no memory");
      return NULL;
    }
  self->residuals = (Residuals) ((const LynxHareOptions *) values)->residuals;
  for (size_t i = 0; i < N_VALUES; i++)
    self->data[i] = self->residuals == RESIDUALS_LOG ? log (record[i]) : record[i];
  return self;
}

static bool
lynx_hare_parameters (void *instance, GlompoParameters *out)
{
  out->n = N_PARAMETERS;
  out->lower = lower;
  out->upper = upper;
  out->names = names;
  return true;
}

/* Growth of the logarithms of hare and lynx. */
static void
derivative (const void *parameters, const double *y, double *out)
{
  const double *p = parameters;
  out[0] = p[ALPHA] - p[BETA] * exp (y[1]);
  out[1] = p[DELTA] * exp (y[0]) - p[GAMMA];
}

/* The sum of squares at its minimum is then good to 1e-10; inside the bounds a few thousand steps do. */
#define TOLERANCE 1e-10
#define MAX_STEPS 50000

static void
lynx_hare_evaluate (void *instance, const double *x, GlompoResult *result)
{
  const LynxHare *self = instance;
  OdeSystem system = { derivative, x, 2, 0.0, TOLERANCE, MAX_STEPS };
  double start[2] = { log (x[HARE0]), log (x[LYNX0]) }, logs[N_VALUES], model[N_VALUES];
  if (!ode_solve (&system, start, N_YEARS, years, logs))
    {
      fit_fail (result, N_VALUES, N_VALUES);
      return;
    }
  bool in_logs = self->residuals == RESIDUALS_LOG;
  for (size_t i = 0; i < N_YEARS; i++)
    for (size_t species = 0; species < 2; species++)
      {
        double value = logs[2 * i + species];
        model[species * N_YEARS + i] = in_logs ? value : exp (value);
        if (result->extras != NULL)
          result->extras[species * N_YEARS + i] = exp (value);
      }
  result->f = fit_residuals (N_VALUES, model, self->data, result->residuals);
}

static size_t
lynx_hare_extras (void *instance, const GlompoExtra **out)
{
  static const GlompoExtra extras[]
      = { { "hare", GLOMPO_EXTRA_REAL, N_YEARS }, { "lynx", GLOMPO_EXTRA_REAL, N_YEARS } };
  *out = extras;
  return 2;
}

static size_t
lynx_hare_residuals (void *instance)
{
  return N_VALUES;
}

static void
lynx_hare_target (void *instance, GlompoTarget *out)
{
  const LynxHare *self = instance;
  out->has_f = true;
  out->f = minima[self->residuals].f;
  out->x = minima[self->residuals].x;
}

static const GlompoTaskVTable vtable = {
  .struct_size = sizeof vtable,
  .create = lynx_hare_create,
  .parameters = lynx_hare_parameters,
  .evaluate = lynx_hare_evaluate,
  .destroy = free,
  .extras = lynx_hare_extras,
  .residuals = lynx_hare_residuals,
  .target = lynx_hare_target,
};

static const GlompoPlugin plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  .name = "lynx-hare",
  .version = "1.0",
  .summary = "Lotka-Volterra equations fitted to the furs of hare and lynx, Hudson's Bay 1900-1920",
  .author = "the GloMPO authors",
  .licence = "LGPL-2.1-or-later",
  .reference = "Hewitt, The Conservation of the Wild Life of Canada, 1921",
  GLOMPO_PLUGIN_OPTIONS (LynxHareOptions, options),
  .capabilities = GLOMPO_CAP_SHAREABLE,
  .concurrency = GLOMPO_CONCURRENT,
  .task = &vtable,
};

GLOMPO_PLUGIN (plugin)
