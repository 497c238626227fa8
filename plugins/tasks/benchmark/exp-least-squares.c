/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fit of a sum of exponential decays to n_train points of such a sum, whose true rates and abscissae come
 * from the random stream of the run. sigma_fixed perturbs the training values once, sigma_eval the
 * residuals of one evaluation by one common factor.
 *
 * Degenerate: any permutation of the rates has the same value.
 */
#include "functions.h"
#include "noise.h"
#include <math.h>
#include <string.h>

/* data: n_train abscissae u, n_train values g. */
double
expleastsquares_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  size_t n_train = self->n_residuals;
  const double *u = self->data, *g = self->data + n_train;
  uint64_t noise = result->seed;
  double sigma = self->options.sigma_eval;
  double factor = sigma > 0.0 ? 1.0 + sigma * (2.0 * noise_uniform (&noise) - 1.0) : 1.0;
  double sum = 0.0;
  for (size_t k = 0; k < n_train; k++)
    {
      double fit = 0.0;
      for (size_t i = 0; i < self->n; i++)
        fit += exp (-x[i] * u[k]);
      double residual = factor * (fit - g[k]);
      if (result->residuals != NULL)
        result->residuals[k] = residual;
      sum += residual * residual;
    }
  return sum;
}

/* Checks the options and completes them. */
static bool
resolve_options (Benchmark *self, const GlompoHost *host)
{
  BenchmarkOptions *o = &self->options;
  if (o->u_train.n > 2 && o->n_train != GLOMPO_AUTO_INTEGER && (size_t) o->n_train != o->u_train.n)
    return benchmark_fail (host, "u_train lists %zu points, but n_train = %lld; leave n_train out",
                           o->u_train.n, (long long) o->n_train);
  if (o->u_train.n == 2 && !(o->u_train.values[0] < o->u_train.values[1]))
    return benchmark_fail (host, "u_train = %g, %g is a range and needs its lower end first",
                           o->u_train.values[0], o->u_train.values[1]);
  if (o->p_range.n != 0 && !(o->p_range.n == 2 && o->p_range.values[0] < o->p_range.values[1]))
    return benchmark_fail (host, "p_range needs two numbers, the lower one first");
  if (o->u_train.n > 2)
    o->n_train = (int64_t) o->u_train.n;
  if (o->n_train == GLOMPO_AUTO_INTEGER)
    o->n_train = 10;
  o->sigma_fixed = isnan (o->sigma_fixed) ? 0.0 : o->sigma_fixed;
  o->sigma_eval = isnan (o->sigma_eval) ? 0.0 : o->sigma_eval;
  return true;
}

/* The true rates (into the minimiser) and the abscissae. */
static void
draw_data (Benchmark *self, double *u, const GlompoHost *host)
{
  const GlompoReals *list = &self->options.u_train;
  for (size_t i = 0; i < self->n && self->options.p_range.n == 2; i++)
    {
      self->lower[i] = self->options.p_range.values[0];
      self->upper[i] = self->options.p_range.values[1];
    }
  host->uniform (host, self->n, self->minimiser);
  for (size_t i = 0; i < self->n; i++)
    self->minimiser[i] = self->lower[i] + (self->upper[i] - self->lower[i]) * self->minimiser[i];
  if (list->n > 2)
    {
      memcpy (u, list->values, list->n * sizeof *u);
      return;
    }
  double low = list->n == 2 ? list->values[0] : 0.0;
  double high = list->n == 2 ? list->values[1] : list->n == 1 ? list->values[0] : 10.0;
  host->uniform (host, self->n_residuals, u);
  for (size_t k = 0; k < self->n_residuals; k++)
    u[k] = low + (high - low) * u[k];
}

bool
expleastsquares_prepare (Benchmark *self, const GlompoHost *host)
{
  if (!resolve_options (self, host))
    return false;
  size_t n_train = self->n_residuals = (size_t) self->options.n_train;
  double *u = benchmark_allocate_data (self, 2 * n_train, host);
  if (u == NULL)
    return false;
  double *g = u + n_train;
  draw_data (self, u, host);
  host->uniform (host, n_train, g); /* the perturbations, for now */
  for (size_t k = 0; k < n_train; k++)
    {
      double perturbation = 1.0 + self->options.sigma_fixed * (2.0 * g[k] - 1.0);
      g[k] = 0.0;
      for (size_t i = 0; i < self->n; i++)
        g[k] += exp (-self->minimiser[i] * u[k]);
      g[k] *= perturbation;
    }
  self->knows_minimiser = self->options.sigma_fixed == 0.0;
  if (self->knows_minimiser)
    benchmark_know_minimum (self, 0.0);
  return true;
}
