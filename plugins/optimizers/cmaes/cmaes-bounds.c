/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fold of the search space into the box, see the header. */
#include "cmaes-bounds.h"

#include <math.h>

/* Into [-a, 1 + a] by mirror images. */
static double
mirror (double t, double a)
{
  double half = 1.0 + 2.0 * a;
  double s = t + a;
  s -= 2.0 * half * floor (s / (2.0 * half));
  if (s > half)
    s = 2.0 * half - s;
  return fmin (fmax (s, 0.0), half) - a;
}

/* Near a face the distance to this face is what is worked out, so that it keeps all its digits. */
static double
fold_margin (const CmaesBounds *bounds, size_t i, double t)
{
  double a = bounds->margin, width = bounds->width[i];
  t = mirror (t, a);
  if (t < a)
    return bounds->lower[i] + width * ((t + a) * (t + a) / (4.0 * a));
  if (t > 1.0 - a)
    return bounds->upper[i] - width * ((1.0 + a - t) * (1.0 + a - t) / (4.0 * a));
  return bounds->lower[i] + width * t;
}

void
cmaes_bounds_fold (const CmaesBounds *bounds, const double *restrict t, double *restrict x)
{
  double a = bounds->margin, b = 1.0 - bounds->margin;
  for (size_t i = 0; i < bounds->n; i++)
    {
      double value = bounds->lower[i] + bounds->width[i] * t[i];
      if (!(t[i] >= a && t[i] <= b))
        value = fold_margin (bounds, i, t[i]);
      value = value > bounds->lower[i] ? value : bounds->lower[i];
      x[i] = value < bounds->upper[i] ? value : bounds->upper[i];
    }
}

static double
unfold_one (const CmaesBounds *bounds, size_t i, double x)
{
  double a = bounds->margin;
  double low = fmax (0.0, (x - bounds->lower[i]) / bounds->width[i]);
  double high = fmax (0.0, (bounds->upper[i] - x) / bounds->width[i]);
  if (low < a)
    return 2.0 * sqrt (a * low) - a;
  if (high < a)
    return 1.0 + a - 2.0 * sqrt (a * high);
  return fmin (low, 1.0);
}

void
cmaes_bounds_unfold (const CmaesBounds *bounds, const double *x, const double *near, double *t)
{
  double a = bounds->margin, period = 2.0 * (1.0 + 2.0 * a);
  for (size_t i = 0; i < bounds->n; i++)
    {
      double image = unfold_one (bounds, i, x[i]);
      double mirrored = -2.0 * a - image;
      double first = image + period * nearbyint ((near[i] - image) / period);
      double second = mirrored + period * nearbyint ((near[i] - mirrored) / period);
      t[i] = fabs (first - near[i]) <= fabs (second - near[i]) ? first : second;
    }
}

void
cmaes_bounds_recentre (const CmaesBounds *bounds, double *t)
{
  double period = 2.0 * (1.0 + 2.0 * bounds->margin);
  for (size_t i = 0; i < bounds->n; i++)
    if (fabs (t[i] - 0.5) > period)
      t[i] -= period * nearbyint ((t[i] - 0.5) / period);
}
