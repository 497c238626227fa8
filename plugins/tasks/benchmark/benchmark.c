/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `benchmark`: test functions of global optimisation with known minima, see functions.c.
 *
 * Random constants of a function come from the instance's stream, so that the seed of the run fixes them;
 * noise comes from the seed of the evaluation. An instance is constant after create(): any number of threads
 * may share it.
 */
#include "functions.h"
#include "noise.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const styles[] = { "auto", "1", "3", "4", NULL };

static const GlompoOption options[] = {
  GLOMPO_OPT_CHOICE (BenchmarkOptions, function, function_names, NULL, "the function to minimise"),
  GLOMPO_OPT_INTEGER_AUTO (BenchmarkOptions, dims, 1, 1e5, "auto", "number of parameters; auto: 2"),
  GLOMPO_OPT_REAL (BenchmarkOptions, delay, 0.0, 1e6, "0", "seconds slept in each evaluation"),
  GLOMPO_OPT_REAL (BenchmarkOptions, delay_spread, 0.0, 1.0, "0",
                   "by which share of itself the delay of an evaluation is longer or shorter at most"),
  GLOMPO_OPT_BOOLEAN (BenchmarkOptions, shift, "false", "add the constant that keeps the values positive"),
  GLOMPO_OPT_REAL_AUTO (BenchmarkOptions, a, 0.0, 1e6, "auto", "ackley: depth of the funnel; auto: 20"),
  GLOMPO_OPT_REAL_AUTO (BenchmarkOptions, b, 1e-6, 1e6, "auto",
                        "ackley: steepness of the funnel, auto: 0.2; deceptive: exponent, auto: 2"),
  GLOMPO_OPT_REAL_AUTO (BenchmarkOptions, c, 1e-6, 1e6, "auto",
                        "ackley: waves per unit length times 2 pi; auto: 2 pi"),
  GLOMPO_OPT_INTEGER_AUTO (BenchmarkOptions, m, 1, 1000, "auto",
                           "michalewicz: steepness of the ridges; shekel: wells, 5, 7 or 10; auto: 10"),
  GLOMPO_OPT_CHOICE (BenchmarkOptions, style, styles, "auto",
                     "shubert: product of cosines (1), sum of sines (3) or of cosines (4); auto: 1"),
  GLOMPO_OPT_INTEGER_AUTO (BenchmarkOptions, atoms, 2, 10000, "auto", "lennardjones: atoms; auto: 13"),
  GLOMPO_OPT_INTEGER_AUTO (BenchmarkOptions, atom_dims, 1, 100, "auto",
                           "lennardjones: coordinates of each atom; auto: 3"),
  GLOMPO_OPT_REAL_AUTO (BenchmarkOptions, epsilon, 1e-100, 1e100, "auto",
                        "lennardjones: depth of the well of a pair; auto: 1"),
  GLOMPO_OPT_REAL_AUTO (BenchmarkOptions, sigma, 1e-50, 1e50, "auto",
                        "lennardjones: distance at which the energy of a pair is 0; auto: 1"),
  GLOMPO_OPT_INTEGER_AUTO (BenchmarkOptions, n_train, 1, 1e6, "auto",
                           "expleastsquares: training points; auto: 10"),
  GLOMPO_OPT_REALS_AUTO (BenchmarkOptions, u_train, -1e3, 1e3, "auto",
                         "expleastsquares: upper end, or both ends, of the range of the training points, or "
                         "the points; auto: 10"),
  GLOMPO_OPT_REALS_AUTO (BenchmarkOptions, p_range, -1e3, 1e3, "auto",
                         "expleastsquares: both bounds of every parameter; auto: -2, 2"),
  GLOMPO_OPT_REAL_AUTO (BenchmarkOptions, sigma_fixed, 0.0, 1e3, "auto",
                        "expleastsquares: greatest relative error of the training values; auto: 0"),
  GLOMPO_OPT_REAL_AUTO (BenchmarkOptions, sigma_eval, 0.0, 1e3, "auto",
                        "expleastsquares: greatest relative error of an evaluation's residuals; auto: 0"),
};
#define N_OPTIONS (sizeof options / sizeof *options)

/* An option of the function, not of the task, that is not at its default. */
static bool
is_set (const GlompoOption *option, const BenchmarkOptions *values)
{
  const void *member = (const char *) values + option->offset;
  if (option->offset <= offsetof (BenchmarkOptions, delay_spread))
    return false;
  switch (option->type)
    {
    case GLOMPO_OPTION_BOOLEAN:
      return *(const bool *) member;
    case GLOMPO_OPTION_INTEGER:
      return *(const int64_t *) member != GLOMPO_AUTO_INTEGER;
    case GLOMPO_OPTION_REAL:
      return !isnan (*(const double *) member);
    case GLOMPO_OPTION_CHOICE:
      return *(const int32_t *) member != 0;
    default:
      return ((const GlompoReals *) member)->n > 0;
    }
}

/* Whether the words contain the word. */
static bool
lists (const char *words, const char *word)
{
  size_t length = strlen (word);
  for (const char *at = words; *at != '\0'; at += strcspn (at, " "), at += strspn (at, " "))
    if (strcspn (at, " ") == length && strncmp (at, word, length) == 0)
      return true;
  return false;
}

static bool
check_options (const Function *function, const BenchmarkOptions *values, const GlompoHost *host)
{
  for (size_t i = 0; i < N_OPTIONS; i++)
    if (is_set (&options[i], values) && !lists (function->options, options[i].name))
      return benchmark_fail (host, "%s does not take the option %s; of these it takes %s", function->name,
                             options[i].name, *function->options != '\0' ? function->options : "none");
  return true;
}

/* The list of reals in an options struct belongs to the host and lives as long as the instance. */
static void
resolve_cluster (BenchmarkOptions *o)
{
  o->atoms = o->atoms == GLOMPO_AUTO_INTEGER ? 13 : o->atoms;
  o->atom_dims = o->atom_dims == GLOMPO_AUTO_INTEGER ? 3 : o->atom_dims;
  o->epsilon = isnan (o->epsilon) ? 1.0 : o->epsilon;
  o->sigma = isnan (o->sigma) ? 1.0 : o->sigma;
}

static void
benchmark_destroy (void *instance)
{
  Benchmark *self = instance;
  free (self->lower);
  free (self->upper);
  free (self->minimiser);
  free (self->data);
  free (self);
}

static bool
fill_instance (Benchmark *self, const GlompoHost *host)
{
  self->lower = calloc (self->n, sizeof *self->lower);
  self->upper = calloc (self->n, sizeof *self->upper);
  self->minimiser = calloc (self->n, sizeof *self->minimiser);
  if (self->lower == NULL || self->upper == NULL || self->minimiser == NULL)
    return benchmark_fail (host, "no memory for %zu parameters", self->n);
  for (size_t i = 0; i < self->n; i++)
    {
      self->lower[i] = self->function->lower;
      self->upper[i] = self->function->upper;
    }
  if (!self->function->prepare (self, host))
    return false;
  if (!self->options.shift)
    self->shift = 0.0;
  else if (!self->knows_minimum)
    return benchmark_fail (host, "shift: the minimum of %s is not known for these options",
                           self->function->name);
  self->minimum += self->shift;
  return true;
}

static void *
benchmark_create (const void *values, uint64_t seed, const GlompoHost *host)
{
  const Function *function = function_at (((const BenchmarkOptions *) values)->function);
  if (!check_options (function, values, host))
    return NULL;
  Benchmark *self = calloc (1, sizeof *self);
  if (self == NULL)
    return benchmark_fail (host, "no memory"), NULL;
  self->function = function;
  self->options = *(const BenchmarkOptions *) values;
  resolve_cluster (&self->options);
  self->n = function_count_parameters (function, &self->options, host);
  if (self->n > 0 && fill_instance (self, host))
    {
      host->log (host, GLOMPO_LOG_DEBUG, function->formula);
      return self;
    }
  benchmark_destroy (self);
  return NULL;
}

static bool
benchmark_parameters (void *instance, GlompoParameters *out)
{
  Benchmark *self = instance;
  out->n = self->n;
  out->lower = self->lower;
  out->upper = self->upper;
  return true;
}

/* Sleeps to an absolute time, so that signals neither shorten nor lengthen it. Not inlined, for it would make
 * evaluations without it slower. */
static __attribute__ ((noinline)) void
sleep_for (double seconds)
{
  struct timespec until;
  clock_gettime (CLOCK_MONOTONIC, &until);
  double whole = floor (seconds);
  until.tv_sec += (time_t) whole;
  until.tv_nsec += (long) ((seconds - whole) * 1e9);
  if (until.tv_nsec >= 1000000000L)
    {
      until.tv_nsec -= 1000000000L;
      until.tv_sec++;
    }
  while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
    ;
}

/* Seconds. */
static double
delay_of (const BenchmarkOptions *set, uint64_t seed)
{
  uint64_t noise = ~seed; /* not that of the value */
  return set->delay * (1.0 + set->delay_spread * (2.0 * noise_uniform (&noise) - 1.0));
}

static void
benchmark_evaluate (void *instance, const double *x, GlompoResult *result)
{
  const Benchmark *self = instance;
  if (self->options.delay > 0.0)
    sleep_for (delay_of (&self->options, result->seed));
  result->f = self->function->value (self, x, result) + self->shift;
}

static size_t
benchmark_residuals (void *instance)
{
  return ((Benchmark *) instance)->n_residuals;
}

static bool
benchmark_gradient (void *instance, const double *x, double *gradient)
{
  const Benchmark *self = instance;
  return self->function->value == lennardjones_value && lennard_jones_gradient (self, x, gradient);
}

static bool
benchmark_has_gradient (void *instance)
{
  return ((const Benchmark *) instance)->function->value == lennardjones_value;
}

static void
benchmark_target (void *instance, GlompoTarget *out)
{
  const Benchmark *self = instance;
  out->has_f = self->knows_minimum;
  out->f = self->minimum;
  out->x = self->knows_minimiser ? self->minimiser : NULL;
}

static const GlompoTaskVTable vtable = {
  .struct_size = sizeof vtable,
  .create = benchmark_create,
  .parameters = benchmark_parameters,
  .evaluate = benchmark_evaluate,
  .destroy = benchmark_destroy,
  .residuals = benchmark_residuals,
  .gradient = benchmark_gradient,
  .has_gradient = benchmark_has_gradient,
  .target = benchmark_target,
};

static const GlompoPlugin plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_TASK),
  .name = "benchmark",
  .version = "1.0",
  .summary = "test functions of global optimisation with known minima",
  .author = "the GloMPO authors",
  .licence = "LGPL-2.1-or-later",
  .reference = "Jamil & Yang, Int. J. Math. Model. Numer. Optim. 4(2), 2013",
  GLOMPO_PLUGIN_OPTIONS (BenchmarkOptions, options),
  .capabilities = GLOMPO_CAP_SHAREABLE,
  .concurrency = GLOMPO_CONCURRENT,
  .task = &vtable,
};

GLOMPO_PLUGIN (plugin)
