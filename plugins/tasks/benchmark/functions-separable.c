/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions that are a sum or a product over the parameters, so that the minimum in any number of
 * dimensions follows from that of one. Constants to 17 digits were computed for this file as roots of the
 * derivative that their comment gives.
 */
#include "functions.h"
#include "noise.h"
#include <math.h>

/* Degenerate: 0 and the seven roots of sin x = -0.1 in the box, for each parameter. */
double
alpine01_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    sum += fabs (x[i] * sin (x[i]) + 0.1 * x[i]);
  return sum;
}

bool
alpine01_prepare (Benchmark *self, const GlompoHost *host)
{
  benchmark_know_minimiser (self, 0.0);
  benchmark_know_minimum (self, 0.0);
  return true;
}

double
alpine02_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double product = 1.0;
  for (size_t i = 0; i < self->n; i++)
    product *= sqrt (x[i]) * sin (x[i]);
  return -product;
}

/* |sqrt(x) sin x| is largest at a root of tan x = -2 x; its value there is positive, so the product of d
 * of them is the largest one too. */
bool
alpine02_prepare (Benchmark *self, const GlompoHost *host)
{
  benchmark_know_minimiser (self, 7.9170526846662071);
  benchmark_know_minimum (self, -pow (2.8081311800070050, (double) self->n));
  return true;
}

/* 0.8 at both ends of [0, 1], from where the slopes lead down to the feet of the peak of height 1 at a. */
static double
deceptive_slope (double x, double a)
{
  if (x < 0.0 || x > 1.0)
    return 0.0;
  if (x <= 0.8 * a)
    return 0.8 - x / a;
  if (x <= a)
    return 5.0 * x / a - 4.0;
  if (x <= (1.0 + 4.0 * a) / 5.0)
    return 5.0 * (x - a) / (a - 1.0) + 1.0;
  return (x - 1.0) / (1.0 - a) + 0.8;
}

double
deceptive_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    sum += deceptive_slope (x[i], self->data[i]);
  double mean = fmax (sum / (double) self->n, 0.0); /* rounding may take it below */
  return self->options.b == 2.0 ? -mean * mean : -pow (mean, self->options.b);
}

/* Nearer than this to an end of [0, 1] the slopes could hardly be told from a jump. */
#define DECEPTIVE_MARGIN 0.01

bool
deceptive_prepare (Benchmark *self, const GlompoHost *host)
{
  if (isnan (self->options.b))
    self->options.b = 2.0;
  double *a = benchmark_allocate_data (self, self->n, host);
  if (a == NULL)
    return false;
  host->uniform (host, self->n, a);
  for (size_t i = 0; i < self->n; i++)
    self->minimiser[i] = a[i] = DECEPTIVE_MARGIN + (1.0 - 2.0 * DECEPTIVE_MARGIN) * a[i];
  self->knows_minimiser = true;
  benchmark_know_minimum (self, -1.0);
  self->shift = 1.0;
  return true;
}

static double
whole_power (double base, int64_t exponent)
{
  double power = 1.0;
  for (; exponent > 0; exponent >>= 1, base *= base)
    if (exponent & 1)
      power *= base;
  return power;
}

double
michalewicz_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    {
      double ridge = sin ((double) (i + 1) * x[i] * x[i] / PI);
      sum -= sin (x[i]) * whole_power (ridge * ridge, self->options.m);
    }
  return sum;
}

/* Least value over x of -sin x sin^(2m)(i x^2 / pi) between its zeros at pi sqrt(k / i) and the next. The
 * logarithm of its size is concave there, so its derivative, cot x + (4 m i x / pi) cot(i x^2 / pi), has
 * one root. */
static double
michalewicz_ridge (double i, double k, double m, double *out_x)
{
  double low = PI * sqrt (k / i), high = PI * sqrt ((k + 1.0) / i);
  for (int step = 0; step < 60; step++)
    {
      double x = 0.5 * (low + high), u = i * x * x / PI;
      if (1.0 / tan (x) + 4.0 * m * i * x / PI / tan (u) > 0.0)
        low = x;
      else
        high = x;
    }
  *out_x = low;
  return -sin (low) * pow (sin (i * low * low / PI), 2.0 * m);
}

/* The best ridge is one of those about pi/2, where k + 1/2 is nearest to i/4. */
bool
michalewicz_prepare (Benchmark *self, const GlompoHost *host)
{
  if (self->options.m == GLOMPO_AUTO_INTEGER)
    self->options.m = 10;
  double sum = 0.0;
  for (size_t i = 1; i <= self->n; i++)
    {
      double best = 1.0;
      for (size_t k = i > 4 ? i / 4 - 1 : 0; k < i && k <= i / 4 + 1; k++)
        {
          double x, f = michalewicz_ridge ((double) i, (double) k, (double) self->options.m, &x);
          if (f < best)
            {
              best = f;
              self->minimiser[i - 1] = x;
            }
        }
      sum += best;
    }
  self->knows_minimiser = true;
  benchmark_know_minimum (self, sum);
  return true;
}

/* Degenerate: every choice of signs of the square roots. */
double
qing_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    {
      double term = x[i] * x[i] - (double) (i + 1);
      sum += term * term;
    }
  return sum;
}

bool
qing_prepare (Benchmark *self, const GlompoHost *host)
{
  for (size_t i = 0; i < self->n; i++)
    self->minimiser[i] = sqrt ((double) (i + 1));
  self->knows_minimiser = true;
  benchmark_know_minimum (self, 0.0);
  return true;
}

double
rastrigin_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    sum += x[i] * x[i] + 10.0 * (1.0 - cos (2.0 * PI * x[i]));
  return sum;
}

bool
rastrigin_prepare (Benchmark *self, const GlompoHost *host)
{
  return alpine01_prepare (self, host);
}

double
schwefel_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    sum -= x[i] * sin (sqrt (fabs (x[i])));
  return sum;
}

/* x = z^2 with the root of 2 sin z + z cos z near 20.5; the shift is the published one, which leaves
 * 1.13e-4 for each parameter. */
bool
schwefel_prepare (Benchmark *self, const GlompoHost *host)
{
  benchmark_know_minimiser (self, 420.96874635998203);
  benchmark_know_minimum (self, -418.98288727243371 * (double) self->n);
  self->shift = 418.9830 * (double) self->n;
  return true;
}

/* The five waves of Shubert's function. */
static double
shubert_sines (double x)
{
  double sum = 0.0;
  for (int j = 1; j <= 5; j++)
    sum += j * sin ((j + 1) * x + j);
  return sum;
}

static double
shubert_cosines (double x)
{
  double sum = 0.0;
  for (int j = 1; j <= 5; j++)
    sum += j * cos ((j + 1) * x + j);
  return sum;
}

double
shubert_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0, product = 1.0;
  switch (self->options.style)
    {
    case STYLE_3:
      for (size_t i = 0; i < self->n; i++)
        sum += shubert_sines (x[i]);
      return sum;
    case STYLE_4:
      for (size_t i = 0; i < self->n; i++)
        sum += shubert_cosines (x[i]);
      return sum;
    default:
      for (size_t i = 0; i < self->n; i++)
        product *= shubert_cosines (x[i]);
      return product;
    }
}

/* Extremes of the waves and one place of each: sines, cosines. */
#define SINES_LEAST (-14.837950025710590)
#define SINES_LEAST_AT (-1.1140996879922932)
#define COSINES_LEAST (-12.870885497725685)
#define COSINES_LEAST_AT (-7.7083137370083905)
#define COSINES_MOST 14.508007927195033
#define COSINES_MOST_AT (-7.0835064069344974)

/* The greatest value of the cosines is larger in size than the least, so the product is least where one
 * factor is the least and all others are the greatest. The shift is the minimum rounded up to three
 * decimals, which is the published 186.731 for style 1 in two dimensions. */
bool
shubert_prepare (Benchmark *self, const GlompoHost *host)
{
  double n = (double) self->n;
  switch (self->options.style)
    {
    case STYLE_3:
      benchmark_know_minimiser (self, SINES_LEAST_AT);
      benchmark_know_minimum (self, SINES_LEAST * n);
      break;
    case STYLE_4:
      benchmark_know_minimiser (self, COSINES_LEAST_AT);
      benchmark_know_minimum (self, COSINES_LEAST * n);
      break;
    default:
      benchmark_know_minimiser (self, COSINES_MOST_AT);
      self->minimiser[self->n - 1] = COSINES_LEAST_AT;
      benchmark_know_minimum (self, pow (COSINES_MOST, n - 1.0) * COSINES_LEAST);
      break;
    }
  self->shift = ceil (-1000.0 * self->minimum) / 1000.0;
  return true;
}

double
sphere_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    sum += x[i] * x[i];
  return sum;
}

bool
sphere_prepare (Benchmark *self, const GlompoHost *host)
{
  return alpine01_prepare (self, host);
}

double
stochastic_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  uint64_t noise = result->seed;
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    sum += noise_uniform (&noise) * fabs (x[i] - 1.0 / (double) (i + 1));
  return sum;
}

bool
stochastic_prepare (Benchmark *self, const GlompoHost *host)
{
  for (size_t i = 0; i < self->n; i++)
    self->minimiser[i] = 1.0 / (double) (i + 1);
  self->knows_minimiser = true;
  benchmark_know_minimum (self, 0.0);
  return true;
}

double
styblinskitang_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    {
      double square = x[i] * x[i];
      sum += square * square - 16.0 * square + 5.0 * x[i];
    }
  return 0.5 * sum;
}

/* The least root of 4 x^3 - 32 x + 5. */
bool
styblinskitang_prepare (Benchmark *self, const GlompoHost *host)
{
  benchmark_know_minimiser (self, -2.9035340277711771);
  benchmark_know_minimum (self, -39.166165703771415 * (double) self->n);
  return true;
}

double
trigonometric_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 1.0;
  for (size_t i = 0; i < self->n; i++)
    {
      double z = (x[i] - 0.9) * (x[i] - 0.9), s = sin (7.0 * z), t = sin (14.0 * z);
      sum += 8.0 * s * s + 6.0 * t * t + z;
    }
  return sum;
}

bool
trigonometric_prepare (Benchmark *self, const GlompoHost *host)
{
  benchmark_know_minimiser (self, 0.9);
  benchmark_know_minimum (self, 1.0);
  return true;
}

/* Degenerate: the six points exp((1/2 + 2 k) pi / 10) with k = -2..3, for each parameter. */
double
vincent_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double sum = 0.0;
  for (size_t i = 0; i < self->n; i++)
    sum -= sin (10.0 * log (x[i]));
  return sum;
}

bool
vincent_prepare (Benchmark *self, const GlompoHost *host)
{
  benchmark_know_minimiser (self, exp (0.65 * PI)); /* the largest, 7.7063 */
  benchmark_know_minimum (self, -(double) self->n);
  return true;
}
