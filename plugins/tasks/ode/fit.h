/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tasks that fit differential equations to a record share.
 */
#pragma once

#include <glompo/glompo-plugin.h>
#include <math.h>

/* Adds up the squares of model - observed over n values, each of them residual if residuals is not NULL. */
static inline double
fit_residuals (size_t n, const double *model, const double *observed, double *residuals)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    {
      double residual = model[i] - observed[i];
      if (residuals != NULL)
        residuals[i] = residual;
      sum += residual * residual;
    }
  return sum;
}

/* An evaluation without a value. */
static inline void
fit_fail (GlompoResult *result, size_t n_extras, size_t n_residuals)
{
  result->status = GLOMPO_STATUS_FAILED;
  result->f = INFINITY;
  for (size_t i = 0; result->extras != NULL && i < n_extras; i++)
    result->extras[i] = NAN;
  for (size_t i = 0; result->residuals != NULL && i < n_residuals; i++)
    result->residuals[i] = NAN;
}
