/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions whose parameters act together.
 */
#include "functions.h"
#include <math.h>

double
ackley_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double n = (double) self->n, squares = 0.0, waves = 0.0;
  for (size_t i = 0; i < self->n; i++)
    {
      squares += x[i] * x[i];
      waves += cos (self->options.c * x[i]);
    }
  double a = self->options.a;
  return a - a * exp (-self->options.b * sqrt (squares / n)) + (exp (1.0) - exp (waves / n));
}

bool
ackley_prepare (Benchmark *self, const GlompoHost *host)
{
  BenchmarkOptions *options = &self->options;
  options->a = isnan (options->a) ? 20.0 : options->a;
  options->b = isnan (options->b) ? 0.2 : options->b;
  options->c = isnan (options->c) ? 2.0 * PI : options->c;
  benchmark_know_minimiser (self, 0.0);
  benchmark_know_minimum (self, 0.0);
  return true;
}

/* data: 1 / sqrt(i). */
double
griewank_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0, product = 1.0;
  for (size_t i = 0; i < self->n; i++)
    {
      sum += x[i] * x[i];
      product *= cos (x[i] * self->data[i]);
    }
  return sum / 4000.0 + (1.0 - product);
}

bool
griewank_prepare (Benchmark *self, const GlompoHost *host)
{
  double *scale = benchmark_allocate_data (self, self->n, host);
  if (scale == NULL)
    return false;
  for (size_t i = 0; i < self->n; i++)
    scale[i] = 1.0 / sqrt ((double) (i + 1));
  benchmark_know_minimiser (self, 0.0);
  benchmark_know_minimum (self, 0.0);
  return true;
}

double
levy_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  size_t last = self->n - 1;
  double first = sin (PI * (1.0 + 0.25 * (x[0] - 1.0)));
  double sum = first * first;
  for (size_t i = 0; i < last; i++)
    {
      double v = 0.25 * (x[i] - 1.0), s = sin (PI * (1.0 + v) + 1.0);
      sum += v * v * (1.0 + 10.0 * s * s);
    }
  double v = 0.25 * (x[last] - 1.0), s = sin (2.0 * PI * (1.0 + v));
  return sum + v * v * (1.0 + s * s);
}

bool
levy_prepare (Benchmark *self, const GlompoHost *host)
{
  benchmark_know_minimiser (self, 1.0);
  benchmark_know_minimum (self, 0.0);
  return true;
}

/* The term of one parameter, given the first. */
static double
rana_term (double first, double x)
{
  double s = sqrt (fabs (first - x + 1.0)), t = sqrt (fabs (first + x + 1.0));
  return x * sin (s) * cos (t) + (first + 1.0) * sin (t) * cos (s);
}

double
rana_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    sum += rana_term (x[0], x[i]);
  return sum;
}

/* With all parameters but the first equal to rest. */
static double
rana_reduced (double n, double first, double rest)
{
  return rana_term (first, first) + (n - 1.0) * rana_term (first, rest);
}

/* Golden-section search for the least of rana_reduced() over the first parameter (vary_first) or the
 * others, between low and high, the other one being fixed. */
static double
rana_search (double n, bool vary_first, double fixed, double low, double high)
{
  const double ratio = 0.61803398874989485;
  for (int step = 0; step < 80; step++)
    {
      double left = high - ratio * (high - low), right = low + ratio * (high - low);
      double f_left = vary_first ? rana_reduced (n, left, fixed) : rana_reduced (n, fixed, left);
      double f_right = vary_first ? rana_reduced (n, right, fixed) : rana_reduced (n, fixed, right);
      if (f_left < f_right)
        high = right;
      else
        low = left;
    }
  return 0.5 * (low + high);
}

/* Given the first parameter all others have the same best place, so the search is over two numbers. A grid
 * of 8001 x 4001 points over the box shows two basins that can be the deepest: the first parameter at
 * the lower bound and the others at 496.11 (up to 7 dimensions), or the first at -499.07 and the others at
 * the lower bound. */
bool
rana_prepare (Benchmark *self, const GlompoHost *host)
{
  double n = (double) self->n, edge = self->function->lower;
  double rest = rana_search (n, false, edge, 495.5, 496.7);
  double first = rana_search (n, true, edge, -499.6, -498.6);
  double f_edge = rana_reduced (n, edge, rest), f_inside = rana_reduced (n, first, edge);
  if (self->n == 1 || f_edge < f_inside)
    {
      benchmark_know_minimiser (self, rest);
      self->minimiser[0] = edge;
      benchmark_know_minimum (self, f_edge);
      return true;
    }
  benchmark_know_minimiser (self, edge);
  self->minimiser[0] = first;
  benchmark_know_minimum (self, f_inside);
  return true;
}

double
rosenbrock_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i + 1 < self->n; i++)
    {
      double valley = x[i + 1] - x[i] * x[i], slope = 1.0 - x[i];
      sum += 100.0 * valley * valley + slope * slope;
    }
  return sum;
}

bool
rosenbrock_prepare (Benchmark *self, const GlompoHost *host)
{
  benchmark_know_minimiser (self, 1.0);
  benchmark_know_minimum (self, 0.0);
  return true;
}

/* Degenerate: every point whose coordinates sum to 0 exactly; next to them the value is 1. */
double
zerosum_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    sum += x[i];
  return sum == 0.0 ? 0.0 : 1.0 + sqrt (10000.0 * fabs (sum));
}

bool
zerosum_prepare (Benchmark *self, const GlompoHost *host)
{
  benchmark_know_minimiser (self, 0.0);
  benchmark_know_minimum (self, 0.0);
  return true;
}
