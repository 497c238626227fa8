/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bounds as a change of variables. The search runs without bounds over t; each coordinate of the point
 * that is evaluated is the fold of t into the box. With the box scaled to [0, 1] and margin a the fold is
 * the identity on [a, 1 - a], a parabola that touches the face at -a and at 1 + a, and is mirrored and
 * repeated beyond, with period 2 (1 + 2a). It is continuously differentiable, so an optimum on a face is
 * an ordinary minimum over t, no point is ever outside, and no penalty has to be tuned.
 *
 * The idea is the boundary transformation of N. Hansen's pycma. There a is 5 % of the size of the bound;
 * here it is a fraction of the width of the box, so that the fold does not depend on where the box lies.
 * Near a face, points that are uniform over t are denser by the factor 2 on average over the margin, and
 * uniform elsewhere. 1 % keeps this attraction negligible, and still finds an optimum on a face in about
 * as many evaluations as one inside; the plain mirror needs two to three times as many.
 */
#pragma once

#include <stddef.h>

typedef struct {
  size_t n;
  double margin; /* a, in widths of the box; 0: plain mirror */
  const double *lower, *upper;
  const double *width; /* upper - lower */
} CmaesBounds;

/* x = fold of t, within the bounds to the last bit. */
void cmaes_bounds_fold (const CmaesBounds *bounds, const double *restrict t, double *restrict x);

/* Of the t that fold to x, coordinate by coordinate the nearest to near. x may lie outside: it is then
 * taken as on the face. */
void cmaes_bounds_unfold (const CmaesBounds *bounds, const double *x, const double *near, double *t);

/* Moves t by whole periods to the neighbourhood of the box, which changes no fold and keeps digits. */
void cmaes_bounds_recentre (const CmaesBounds *bounds, double *t);
