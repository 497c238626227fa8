/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `alpha-pinene`: five rate constants (per minute) of the isomerisation of alpha-pinene at 189.5 C,
 * fitted to the percentages of five substances at eight times.
 *
 *   alpha-pinene -1-> dipentene             allo-ocimene -3-> pyronenes
 *   alpha-pinene -2-> allo-ocimene          allo-ocimene -4-> dimer -5-> allo-ocimene
 *
 * The rates span decades, so the parameters are by default their common logarithms. The equations are linear
 * and solved exactly. An instance is constant: any number of threads may share it.
 *
 * Data: Box, Hunter, MacGregor & Erjavec, Technometrics 15(1), 1973; also in the
 * problem sets COPS and MINPACK-2.
 */
#include "tasks/ode/compartments.h"
#include "tasks/ode/fit.h"
#include <stdlib.h>

#define N_TIMES 8
#define N_SUBSTANCES 5
#define N_RATES 5
#define N_VALUES (N_TIMES * N_SUBSTANCES)

static const double times[N_TIMES] = { 1230, 3060, 4920, 7800, 10680, 15030, 22620, 36420 };
static const double record[N_VALUES] = {
  88.35, 76.4, 65.1, 50.4, 37.5, 25.9, 14.0, 4.5, /* alpha-pinene */
  7.3, 15.6, 23.1, 32.9, 42.7, 49.1, 57.4, 63.1,  /* dipentene */
  2.3, 4.5, 5.3, 6.0, 6.0, 5.9, 5.1, 3.8,         /* allo-ocimene */
  0.4, 0.7, 1.1, 1.5, 1.9, 2.2, 2.6, 2.9,         /* pyronenes */
  1.75, 2.8, 5.8, 9.3, 12.0, 17.0, 21.0, 25.7,    /* dimer */
};

typedef enum { SCALE_LOG, SCALE_LINEAR } Scale;
static const char *const scales[] = { "log", "linear", NULL };

typedef struct {
  int32_t scale;
} AlphaPineneOptions;

static const GlompoOption options[] = {
  GLOMPO_OPT_CHOICE (AlphaPineneOptions, scale, scales, "log",
                     "the parameters are the logarithms to base 10 of the rates (log) or the rates (linear)"),
};

/* Least sum of squares and where: found for this file from many starts, to the digits given. */
static const double minimum = 19.872166934246;

static const struct {
  const char *names[N_RATES];
  double lower[N_RATES], upper[N_RATES], minimiser[N_RATES];
} spaces[] = {
  [SCALE_LOG] = { { "log10_theta1", "log10_theta2", "log10_theta3", "log10_theta4", "log10_theta5" },
                  { -7, -7, -7, -7, -7 },
                  { -2, -2, -2, -2, -2 },
                  { -4.227249436, -4.528209414, -4.688821909, -3.561508386, -4.398162635 } },
  [SCALE_LINEAR] = { { "theta1", "theta2", "theta3", "theta4", "theta5" },
                     { 0, 0, 0, 0, 0 },
                     { 1e-3, 1e-3, 1e-3, 1e-3, 1e-3 },
                     { 5.92584877e-5, 2.96340211e-5, 2.04728403e-5, 2.74467929e-4, 3.99794986e-5 } },
};

typedef struct {
  Scale scale;
} AlphaPinene;

static void *
alpha_pinene_create (const void *values, uint64_t seed, const GlompoHost *host)
{
  AlphaPinene *self = calloc (1, sizeof *self);
  if (self == NULL)
    {
      host->fail (host, "no memory");
      return NULL;
    }
  self->scale = (Scale) ((const AlphaPineneOptions *) values)->scale;
  return self;
}

static bool
alpha_pinene_parameters (void *instance, GlompoParameters *out)
{
  const AlphaPinene *self = instance;
  out->n = N_RATES;
  out->lower = spaces[self->scale].lower;
  out->upper = spaces[self->scale].upper;
  out->names = spaces[self->scale].names;
  return true;
}

/* The rows of model are substances, as those of the record. */
static void
solve (const double *theta, double *model)
{
  const double a[N_SUBSTANCES * N_SUBSTANCES] = {
    -(theta[0] + theta[1]), 0, 0, 0, 0,                    /* alpha-pinene */
    theta[0], 0, 0, 0, 0,                                  /* dipentene */
    theta[1], 0, -(theta[2] + theta[3]), 0, theta[4],      /* allo-ocimene */
    0, 0, theta[2], 0, 0,                                  /* pyronenes */
    0, 0, theta[3], 0, -theta[4],                          /* dimer */
  };
  double y[N_SUBSTANCES] = { 100.0 }, time = 0.0;
  for (size_t k = 0; k < N_TIMES; k++)
    {
      compartments_advance (N_SUBSTANCES, a, times[k] - time, y, y);
      time = times[k];
      for (size_t i = 0; i < N_SUBSTANCES; i++)
        model[i * N_TIMES + k] = y[i];
    }
}

static void
alpha_pinene_evaluate (void *instance, const double *x, GlompoResult *result)
{
  const AlphaPinene *self = instance;
  double theta[N_RATES], model[N_VALUES];
  for (size_t i = 0; i < N_RATES; i++)
    theta[i] = self->scale == SCALE_LOG ? pow (10.0, x[i]) : x[i];
  solve (theta, model);
  result->f = fit_residuals (N_VALUES, model, record, result->residuals);
  for (size_t i = 0; result->extras != NULL && i < N_VALUES; i++)
    result->extras[i] = model[i];
  for (size_t i = 0; result->extras != NULL && i < N_RATES; i++)
    result->extras[N_VALUES + i] = theta[i];
}

static size_t
alpha_pinene_extras (void *instance, const GlompoExtra **out)
{
  static const GlompoExtra extras[] = {
    { "alpha_pinene", GLOMPO_EXTRA_REAL, N_TIMES }, { "dipentene", GLOMPO_EXTRA_REAL, N_TIMES },
    { "allo_ocimene", GLOMPO_EXTRA_REAL, N_TIMES }, { "pyronenes", GLOMPO_EXTRA_REAL, N_TIMES },
    { "dimer", GLOMPO_EXTRA_REAL, N_TIMES },        { "theta", GLOMPO_EXTRA_REAL, N_RATES },
  };
  *out = extras;
  return sizeof extras / sizeof *extras;
}

static size_t
alpha_pinene_residuals (void *instance)
{
  return N_VALUES;
}

static void
alpha_pinene_target (void *instance, GlompoTarget *out)
{
  const AlphaPinene *self = instance;
  out->has_f = true;
  out->f = minimum;
  out->x = spaces[self->scale].minimiser;
}

static const GlompoTaskVTable vtable = {
  .struct_size = sizeof vtable,
  .create = alpha_pinene_create,
  .parameters = alpha_pinene_parameters,
  .evaluate = alpha_pinene_evaluate,
  .destroy = free,
  .extras = alpha_pinene_extras,
  .residuals = alpha_pinene_residuals,
  .target = alpha_pinene_target,
};

static const GlompoPlugin plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  .name = "alpha-pinene",
  .version = "1.0",
  .summary = "rate constants of the isomerisation of alpha-pinene fitted to measured percentages",
  .author = "the GloMPO authors",
  .licence = "LGPL-2.1-or-later",
  .reference = "Box, Hunter, MacGregor & Erjavec, Technometrics 15(1), 1973",
  GLOMPO_PLUGIN_OPTIONS (AlphaPineneOptions, options),
  .capabilities = GLOMPO_CAP_SHAREABLE,
  .concurrency = GLOMPO_CONCURRENT,
  .task = &vtable,
};

GLOMPO_PLUGIN (plugin)
