/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two halves of every function: NAME_value() and NAME_prepare(), see Function in benchmark.h.
 */
#pragma once

#include "benchmark.h"

#define PI 3.14159265358979323846

#define DECLARE_FUNCTION(NAME)                                                                             \
  double NAME##_value (const Benchmark *self, const double *x, GlompoResult *result);                      \
  bool NAME##_prepare (Benchmark *self, const GlompoHost *host);

/* functions-separable.c: sums and products over the parameters */
DECLARE_FUNCTION (alpine01)
DECLARE_FUNCTION (alpine02)
DECLARE_FUNCTION (deceptive)
DECLARE_FUNCTION (michalewicz)
DECLARE_FUNCTION (qing)
DECLARE_FUNCTION (rastrigin)
DECLARE_FUNCTION (schwefel)
DECLARE_FUNCTION (shubert)
DECLARE_FUNCTION (sphere)
DECLARE_FUNCTION (stochastic)
DECLARE_FUNCTION (styblinskitang)
DECLARE_FUNCTION (trigonometric)
DECLARE_FUNCTION (vincent)
/* functions-coupled.c: parameters that work together */
DECLARE_FUNCTION (ackley)
DECLARE_FUNCTION (griewank)
DECLARE_FUNCTION (levy)
DECLARE_FUNCTION (rana)
DECLARE_FUNCTION (rosenbrock)
DECLARE_FUNCTION (zerosum)
/* functions-wells.c: sums of wells at given places */
DECLARE_FUNCTION (easom)
DECLARE_FUNCTION (langermann)
DECLARE_FUNCTION (shekel)
/* exp-least-squares.c */
DECLARE_FUNCTION (expleastsquares)
/* lennard-jones.c */
DECLARE_FUNCTION (lennardjones)
