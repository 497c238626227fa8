/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option table of the cmaes plugin, for its descriptor. */
#pragma once

#include "cmaes-strategy.h"

#include <glompo/glompo-plugin.h>
#include <math.h>

static const char *const covariances[] = { "full", "separable", NULL };
static const char *const roots[] = { "cholesky", "eigen", NULL };

/* The option table fills the settings of the core, which knows nothing of the ABI. */
_Static_assert(sizeof (CmaesList) == sizeof (GlompoReals)
                   && offsetof (CmaesList, values) == offsetof (GlompoReals, values),
               "a CmaesList is a GlompoReals");

#define INTEGER(M, LOW, D, T) GLOMPO_OPT_INTEGER (CmaesSettings, M, LOW, 1e15, D, T)
#define INTEGER_AUTO(M, LOW, HIGH, T) GLOMPO_OPT_INTEGER_AUTO (CmaesSettings, M, LOW, HIGH, "auto", T)
#define REAL(M, LOW, HIGH, D, T) GLOMPO_OPT_REAL (CmaesSettings, M, LOW, HIGH, D, T)
#define REAL_AUTO(M, LOW, HIGH, T) GLOMPO_OPT_REAL_AUTO (CmaesSettings, M, LOW, HIGH, "auto", T)
#define BOOLEAN(M, D, T) GLOMPO_OPT_BOOLEAN (CmaesSettings, M, D, T)
#define CHOICE(M, C, D, T) GLOMPO_OPT_CHOICE (CmaesSettings, M, C, D, T)

static const GlompoOption options[] = {
  INTEGER_AUTO (population, 2, 1e5, "points in a generation; auto: 4 + 3 ln n, at least the workers"),
  GLOMPO_OPT_REALS (CmaesSettings, sigma0, 1e-12, 10.0, "0.3",
                    "first standard deviation as a fraction of the width of the bounds; one, or one each"),
  CHOICE (covariance, covariances, "full", "all covariances, or variances only (linear time and memory)"),
  CHOICE (root, roots, "cholesky", "how the covariance matrix is factorised"),
  BOOLEAN (active, "true", "let bad points shrink the covariance matrix"),
  BOOLEAN (evaluate_x0, "true", "make the start point one of the first generation"),
  REAL (parents, 0.01, 0.9, "0.5", "share of the population that moves the mean"),
  REAL (c_m, 0.01, 1.0, "1", "learning rate of the mean"),
  REAL_AUTO (c_sigma, 1e-9, 0.999, "1 / memory of the step-size path in generations"),
  REAL_AUTO (d_sigma, 1e-3, 1e6, "damping of the step size"),
  REAL_AUTO (c_c, 1e-9, 1.0, "1 / memory of the covariance path in generations"),
  REAL_AUTO (c_1, 0.0, 0.999, "learning rate of the rank-one update"),
  REAL_AUTO (c_mu, 0.0, 0.999, "learning rate of the rank-mu update"),
  REAL_AUTO (lazy_gap, 0.0, 1e6, "generations between two factorisations of the covariance matrix"),
  REAL (max_std, 1e-6, 10.0, "0.3333333333333333",
        "greatest standard deviation in widths of the bounds, if sigma0 is not greater"),
  REAL (bound_margin, 0.0, 0.25, "0.01", "width of the curved zone at each bound in widths of the bounds"),
  REAL (tolfun, 0.0, INFINITY, "1e-11", "end when new values and best values of late differ by less"),
  REAL (tolfunhist, 0.0, INFINITY, "1e-12", "end when the best values of late differ by less"),
  REAL (tolx, 0.0, INFINITY, "1e-11", "end when all steps are shorter, in widths of the bounds"),
  INTEGER_AUTO (tolstagnation, 0, 1e6, "end without progress over so many generations or more; 0: never"),
  REAL (tolconditioncov, 1.0, INFINITY, "1e14", "end when the condition number of C is greater"),
  REAL (tolfacupx, 1.0, INFINITY, "1e3", "end when a standard deviation has grown by this factor"),
  REAL (tolupsigma, 1.0, INFINITY, "1e20", "end when sigma has grown so much more than C"),
  INTEGER (tolflatfitness, 0, "1", "generations of equal values in sequence that are borne; 0: any number"),
  INTEGER (tolfailed, 0, "20", "end after so many generations in sequence that failed altogether; 0: never"),
  INTEGER_AUTO (maxiter, 0, 1e15, "end after so many generations; 0: never"),
};
