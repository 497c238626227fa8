/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strategy parameters of the CMA-ES: what follows from the dimension, the population and the user's
 * wishes before the search begins, and does not change during it.
 *
 * References: N. Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772 (defaults, negative
 * weights); R. Ros, N. Hansen, "A simple modification in CMA-ES achieving linear time and space
 * complexity", PPSN X, 2008 (separable).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  CMAES_FULL = 0,     /* all covariances are learnt */
  CMAES_SEPARABLE = 1 /* variances only: linear time and memory */
} CmaesCovariance;

typedef enum {
  CMAES_CHOLESKY = 0, /* A is the Cholesky factor of C */
  CMAES_EIGEN = 1     /* A = B D from the eigendecomposition C = B D^2 B' */
} CmaesRoot;

/* A list of numbers, n = 0 for "choose yourself". */
typedef struct {
  size_t n;
  const double *values;
} CmaesList;

/* What the user may choose. A real that is NaN, and an integer that is negative, mean "choose yourself". */
typedef struct {
  int32_t covariance;  /* a CmaesCovariance */
  int32_t root;        /* a CmaesRoot */
  int64_t population;  /* lambda */
  CmaesList sigma0;    /* first standard deviations in widths of the box: one, or one per coordinate */
  bool evaluate_x0;    /* the start point is one of the first generation */
  double max_std;      /* greatest standard deviation in widths of the box */
  double bound_margin; /* see cmaes-bounds.h */
  double lazy_gap;     /* generations between two factorisations of C */

  bool active;             /* negative weights */
  double parents;          /* mu as a fraction of lambda */
  double c_m;              /* learning rate of the mean */
  double c_sigma, d_sigma; /* step-size path: 1 / length of memory; damping of the step size */
  double c_c;              /* covariance path: 1 / length of memory */
  double c_1, c_mu;        /* learning rates of the rank-one and the rank-mu update */

  double tolfun, tolfunhist, tolx;
  double tolconditioncov, tolfacupx, tolupsigma;
  int64_t tolstagnation, tolflatfitness, tolfailed, maxiter;
} CmaesSettings;

typedef struct {
  size_t n, lambda, mu;
  double *weights; /* lambda of them, best rank first: mu positive ones that sum to 1, then <= 0 */
  double sum_weights;
  double mu_eff, mu_eff_negative; /* variance effective selection masses of the two signs */
  double c_m, c_sigma, d_sigma, c_c, c_1, c_mu;
  double chi_n;    /* expected length of a standard normal vector */
  double lazy_gap; /* generations */
} CmaesStrategy;

/* lambda for n parameters of which at_once can be evaluated at the same time. */
size_t cmaes_strategy_population (const CmaesSettings *settings, size_t n, size_t at_once);

/* Works everything out. weights is memory for lambda numbers. NULL: done; else what is wrong. */
const char *cmaes_strategy_init (CmaesStrategy *strategy, const CmaesSettings *settings, size_t n,
                                 size_t lambda, double *weights);
