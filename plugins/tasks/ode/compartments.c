/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Uniformisation (Jensen 1953) with scaling and squaring: with q the greatest loss, A t + q t I has no
 * negative entry, and exp(A t) = (exp(-q t / 2^s) exp((A + q I) t / 2^s))^(2^s). All terms are >= 0, so
 * that every entry is good to a few rounding errors however small it is.
 */
#include "tasks/ode/compartments.h"
#include <math.h>
#include <string.h>

typedef double Matrix[COMPARTMENTS_MAX * COMPARTMENTS_MAX];

/* Terms of the series for a matrix of norm <= 1/2: 2^-15 / 15! < 1e-16. */
#define SERIES_TERMS 15

static void
multiply (size_t n, const double *a, const double *b, double *out)
{
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      {
        double sum = 0.0;
        for (size_t k = 0; k < n; k++)
          sum += a[i * n + k] * b[k * n + j];
        out[i * n + j] = sum;
      }
}

/* By Horner's rule: I + B (I + B/2 (I + B/3 (...))). */
static void
exponential_series (size_t n, const double *b, double *out)
{
  Matrix product;
  memset (out, 0, n * n * sizeof *out);
  for (size_t i = 0; i < n; i++)
    out[i * n + i] = 1.0;
  for (int term = SERIES_TERMS; term > 0; term--)
    {
      multiply (n, b, out, product);
      for (size_t i = 0; i < n * n; i++)
        out[i] = product[i] / term;
      for (size_t i = 0; i < n; i++)
        out[i * n + i] += 1.0;
    }
}

void
compartments_advance (size_t n, const double *a, double time, const double *before, double *after)
{
  double loss = 0.0, start[COMPARTMENTS_MAX];
  for (size_t i = 0; i < n; i++)
    loss = fmax (loss, -a[i * n + i]);
  int squarings = 0;
  frexp (2.0 * loss * time, &squarings);
  squarings = squarings > 0 ? squarings : 0;
  double step = ldexp (time, -squarings);

  Matrix scaled, power, square;
  for (size_t i = 0; i < n * n; i++)
    scaled[i] = (a[i] + (i % (n + 1) == 0 ? loss : 0.0)) * step;
  exponential_series (n, scaled, power);
  double decay = exp (-loss * step);
  for (size_t i = 0; i < n * n; i++)
    power[i] *= decay;
  for (int s = 0; s < squarings; s++)
    {
      multiply (n, power, power, square);
      memcpy (power, square, n * n * sizeof *power);
    }

  memcpy (start, before, n * sizeof *start);
  for (size_t i = 0; i < n; i++)
    {
      after[i] = 0.0;
      for (size_t j = 0; j < n; j++)
        after[i] += power[i * n + j] * start[j];
    }
}
