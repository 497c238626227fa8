/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Initial-value problems y' = f(y) of a few unknowns: the explicit Runge-Kutta pair of orders 5 and 4 of
 * Dormand & Prince (J. Comput. Appl. Math. 6(1), 1980) with the step control of Hairer, Norsett & Wanner,
 * "Solving Ordinary Differential Equations I", section II.4.
 *
 * Thread: any; no state. It always ends: at most max_steps steps are tried.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Most unknowns of a system. */
#define ODE_MAX_UNKNOWNS 4

typedef struct {
  /* The right-hand side. */
  void (*derivative) (const void *constants, const double *y, double *out);
  const void *constants;
  size_t n;                  /* unknowns */
  double relative, absolute; /* tolerated error of one step, per unknown: relative |y| + absolute */
  size_t max_steps;          /* tried steps over all times, accepted or not */
} OdeSystem;

/* Starts from y at time 0 and fills row k of out (n_times rows of n) with y at times[k]; the times rise,
 * from 0 on. False: the solution left the range of numbers, or needs more steps; out is then incomplete. */
bool ode_solve (const OdeSystem *system, const double *y, size_t n_times, const double *times, double *out);
