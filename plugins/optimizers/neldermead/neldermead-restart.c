/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nelder-Mead: recognises a simplex that has lost a dimension and builds an oriented one. The idea of the
 * oriented restart is Kelley's (SIAM J. Optim. 10 (1999) 43-55), who takes the signs of the simplex
 * gradient; that needs the inverse of the edges, which does not exist here. The signs of the correlation
 * of edges and values serve instead: they are those of the gradient seen through the simplex.
 */
#include "neldermead-core.h"
#include <math.h>
#include <string.h>

/* A simplex that fits a quadratic function of condition number 1e6 has this ratio. Below it the search is
 * more often stuck than well adapted: 1e-3 found the minimum of that ellipsoid and corners of the box with
 * fewer evaluations than 1e-5 and 1e-8 (bench-neldermead); 1e-2 disturbs well adapted simplices. */
#define DEGENERATE_RATIO 1e-3

static double
dot (size_t n, const double *a, const double *b)
{
  double sum = 0.0;
  for (size_t j = 0; j < n; j++)
    sum += a[j] * b[j];
  return sum;
}

/* The rows of work become the edges from the best vertex, in units of the box, divided by the longest
 * coordinate of all, which keeps their squares away from underflow. */
static void
fill_edges (const Nm *nm)
{
  const size_t n = nm->settings.n;
  const double *best = nm->simplex + nm->order[0] * n;
  double longest = 0.0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      {
        const double edge = (nm->simplex[nm->order[i + 1] * n + j] - best[j]) * nm->inverse_width[j];
        nm->work[i * n + j] = edge;
        longest = fabs (edge) > longest ? fabs (edge) : longest;
      }
  if (longest > 0.0)
    for (size_t i = 0; i < n * n; i++)
      nm->work[i] /= longest;
}

static void
swap_rows (size_t n, double *a, double *b)
{
  for (size_t j = 0; a != b && j < n; j++)
    {
      const double keep = a[j];
      a[j] = b[j];
      b[j] = keep;
    }
}

/* Gram-Schmidt with pivoting: the diagonal of R falls, and its last entry over the first estimates the
 * thinnest over the thickest direction. */
bool
nm_is_degenerate (const Nm *nm)
{
  const size_t n = nm->settings.n;
  double first = 0.0;
  fill_edges (nm);
  for (size_t k = 0; k < n; k++)
    {
      double *pivot = nm->work + k * n, largest = -1.0;
      size_t which = k;
      for (size_t i = k; i < n; i++)
        {
          const double square = dot (n, nm->work + i * n, nm->work + i * n);
          which = square > largest ? i : which;
          largest = square > largest ? square : largest;
        }
      const double length = sqrt (largest);
      first = k == 0 ? length : first;
      if (!(length > DEGENERATE_RATIO * first))
        return true;
      swap_rows (n, pivot, nm->work + which * n);
      for (size_t j = 0; j < n; j++)
        pivot[j] /= length;
      for (size_t i = k + 1; i < n; i++)
        {
          double *edge = nm->work + i * n;
          const double part = dot (n, edge, pivot);
          for (size_t j = 0; j < n; j++)
            edge[j] -= part * pivot[j];
        }
    }
  return false;
}

/* Where from + step leaves the box it goes the other way, and if that leaves it too, to the farther face. */
static double
step_inside (double from, double step, double lower, double upper)
{
  for (int side = 0; side < 2; side++, step = -step)
    if (from + step >= lower && from + step <= upper)
      return from + step;
  return upper - from > from - lower ? upper : lower;
}

void
nm_orient (Nm *nm, double scale)
{
  const NmSettings *set = &nm->settings;
  const size_t n = set->n;
  const double *best = nm->simplex + nm->order[0] * n;
  double *rise = nm->work; /* correlation of every coordinate with the value */
  memset (rise, 0, n * sizeof *rise);
  for (size_t i = 1; i <= n; i++)
    for (size_t j = 0; j < n && nm->value[i] < INFINITY; j++)
      rise[j] += (nm->value[i] - nm->value[0]) * (nm->simplex[nm->order[i] * n + j] - best[j]);
  for (size_t i = 1; i <= n; i++)
    {
      double *vertex = nm->simplex + nm->order[i] * n;
      const size_t j = i - 1;
      const double step = scale / nm->inverse_width[j];
      memcpy (vertex, best, n * sizeof *best);
      vertex[j] = step_inside (best[j], rise[j] > 0.0 ? -step : step, set->lower[j], set->upper[j]);
    }
}
