/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `sir`: the equations of Kermack and McKendrick fitted to the number of boys confined to bed on each of
 * 14 days of an influenza epidemic in an English boarding school of 763 boys in January and February 1978.
 *
 *   S' = -beta S I / N      I' = beta S I / N - gamma I
 *
 * Rates are per day. An instance is constant: any number of threads may share it.
 *
 * Record: "Influenza in a boarding school", British Medical Journal 1:587, 4 March 1978.
 */
#include "tasks/ode/dopri5.h"
#include "tasks/ode/fit.h"
#include <stdlib.h>

#define N_DAYS 14
#define N_BOYS 763.0
#define MAX_PARAMETERS 3

static const double record[N_DAYS] = { 3, 8, 26, 76, 225, 298, 258, 233, 189, 128, 68, 29, 14, 4 };
static const double days[N_DAYS] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };

enum { BETA, GAMMA, INFECTED0 };
static const char *const names[MAX_PARAMETERS] = { "beta", "gamma", "infected0" };
static const double lower[MAX_PARAMETERS] = { 0.01, 0.01, 0.001 };
static const double upper[MAX_PARAMETERS] = { 10.0, 5.0, 50.0 };

/* How many boys are infected at time 0, and when that is. */
typedef enum {
  INITIAL_ONE,      /* one, a day before the first of the record */
  INITIAL_OBSERVED, /* the first of the record, on its day, which is then no residual */
  INITIAL_FREE      /* a parameter, a day before the first of the record */
} Initial;
static const char *const initial_kinds[] = { "one", "observed", "free", NULL };

typedef struct {
  int32_t initial;
} SirOptions;

static const GlompoOption options[] = {
  GLOMPO_OPT_CHOICE (SirOptions, initial, initial_kinds, "one",
                     "infected at the start: one boy, the first number of the record, or a parameter"),
};

/* Least sums of squares and where: found for this file from many starts, to the digits given. */
static const struct {
  double f, x[MAX_PARAMETERS];
} minima[] = {
  [INITIAL_ONE] = { 4121.94148278, { 1.669226136, 0.443450194 } },
  [INITIAL_OBSERVED] = { 3874.35731721, { 1.699799394, 0.446865897 } },
  [INITIAL_FREE] = { 3590.28191454, { 1.789643328, 0.455412755, 0.551959305 } },
};

typedef struct {
  Initial initial;
  size_t skipped;       /* days of the record that are no residual */
  size_t n;             /* the others */
  GlompoExtra extras[2]; /* the curve, and the basic reproduction number beta / gamma */
} Sir;

static void *
sir_create (const void *values, uint64_t seed, const GlompoHost *host)
{
  Sir *self = calloc (1, sizeof *self);
  if (self == NULL)
    {
      host->fail (host, "no memory");
      return NULL;
    }
  self->initial = (Initial) ((const SirOptions *) values)->initial;
  self->skipped = self->initial == INITIAL_OBSERVED ? 1 : 0;
  self->n = N_DAYS - self->skipped;
  self->extras[0] = (GlompoExtra){ "in_bed", GLOMPO_EXTRA_REAL, (uint32_t) self->n };
  self->extras[1] = (GlompoExtra){ "r0", GLOMPO_EXTRA_REAL, 1 };
  return self;
}

static bool
sir_parameters (void *instance, GlompoParameters *out)
{
  const Sir *self = instance;
  out->n = self->initial == INITIAL_FREE ? 3 : 2;
  out->lower = lower;
  out->upper = upper;
  out->names = names;
  return true;
}

static void
derivative (const void *parameters, const double *y, double *out)
{
  const double *p = parameters;
  double infections = p[BETA] * y[0] * y[1] / N_BOYS;
  out[0] = -infections;
  out[1] = infections - p[GAMMA] * y[1];
}

/* In boys and relative: the sum of squares at its minimum is then good to about 1e-7. */
#define RELATIVE 1e-11
#define ABSOLUTE 1e-10
#define MAX_STEPS 50000

static void
sir_evaluate (void *instance, const double *x, GlompoResult *result)
{
  const Sir *self = instance;
  const double fixed = self->initial == INITIAL_ONE ? 1.0 : record[0];
  double infected = self->initial == INITIAL_FREE ? x[INFECTED0] : fixed;
  double start[2] = { N_BOYS - infected, infected }, states[2 * N_DAYS], in_bed[N_DAYS];
  OdeSystem system = { derivative, x, 2, RELATIVE, ABSOLUTE, MAX_STEPS };
  if (!ode_solve (&system, start, self->n, days, states))
    {
      fit_fail (result, self->n + 1, self->n);
      return;
    }
  for (size_t i = 0; i < self->n; i++)
    in_bed[i] = states[2 * i + 1];
  result->f = fit_residuals (self->n, in_bed, record + self->skipped, result->residuals);
  if (result->extras == NULL)
    return;
  for (size_t i = 0; i < self->n; i++)
    result->extras[i] = in_bed[i];
  result->extras[self->n] = x[BETA] / x[GAMMA];
}

static size_t
sir_extras (void *instance, const GlompoExtra **out)
{
  *out = ((const Sir *) instance)->extras;
  return 2;
}

static size_t
sir_residuals (void *instance)
{
  return ((const Sir *) instance)->n;
}

static void
sir_target (void *instance, GlompoTarget *out)
{
  const Sir *self = instance;
  out->has_f = true;
  out->f = minima[self->initial].f;
  out->x = minima[self->initial].x;
}

static const GlompoTaskVTable vtable = {
  .struct_size = sizeof vtable,
  .create = sir_create,
  .parameters = sir_parameters,
  .evaluate = sir_evaluate,
  .destroy = free,
  .extras = sir_extras,
  .residuals = sir_residuals,
  .target = sir_target,
};

static const GlompoPlugin plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  .name = "sir",
  .version = "1.0",
  .summary = "epidemic model fitted to the influenza in an English boarding school in 1978",
  .author = "the GloMPO authors",
  .licence = "LGPL-2.1-or-later",
  .reference = "British Medical Journal 1:587, 4 March 1978",
  GLOMPO_PLUGIN_OPTIONS (SirOptions, options),
  .capabilities = GLOMPO_CAP_SHAREABLE,
  .concurrency = GLOMPO_CONCURRENT,
  .task = &vtable,
};

GLOMPO_PLUGIN (plugin)
