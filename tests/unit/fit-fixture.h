/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of all tasks that fit a record have in common. */
#pragma once

#include "task-fixture.h"

#define FIT_MAX_PARAMETERS 6
#define FIT_MAX_NUMBERS 64

/* Sets status, extras and residuals of one evaluation and returns f. */
static inline double
fit_evaluate (Fixture *f, const double *x, gint32 *out_status, double *extras, double *residuals)
{
  GlompoResult result = { .struct_size = sizeof result, .extras = extras, .residuals = residuals };
  f->plugin->task->evaluate (f->self, x, &result);
  *out_status = result.status;
  return result.f;
}

static inline gsize
fit_count_extras (Fixture *f)
{
  const GlompoExtra *extras;
  gsize n = f->plugin->task->extras (f->self, &extras), sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += extras[i].count;
  return sum;
}

/* At the published optimum x the sum of squares is the published one; the residuals add up to it; the
 * target is that one too, and no lower value is found about it. */
static inline void
fit_check_optimum (const char *settings, const double *x, double published, double tolerance,
                   gsize n_residuals)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, settings));
  double residuals[FIT_MAX_NUMBERS], sum = 0;
  gint32 status;
  double value = fit_evaluate (&f, x, &status, NULL, residuals);
  TEST_INT (status, GLOMPO_STATUS_EVALUATED);
  TEST_NEAR (value, published, tolerance);
  TEST_INT (f.plugin->task->residuals (f.self), n_residuals);
  for (gsize i = 0; i < n_residuals; i++)
    sum += residuals[i] * residuals[i];
  TEST_NEAR (sum, value, 1e-13 * value);
  TEST_NEAR (fixture_value (&f, x), value, 0); /* the same without residuals */
  CU_ASSERT (f.target.has_f);
  TEST_NEAR (f.target.f, published, tolerance);
  TEST_NEAR (fixture_value (&f, f.target.x), f.target.f, tolerance);
  RandomStream random;
  random_init (&random, 4, RANDOM_TASK, 0);
  for (int k = 0; k < 200; k++)
    {
      double y[FIT_MAX_PARAMETERS];
      fixture_near_point (&f, &random, f.target.x, 0.002, y);
      CU_ASSERT (fixture_value (&f, y) >= f.target.f - tolerance);
    }
  fixture_close (&f);
}

/* Corners of the box and random points: each ends, as a number or as a failure, never NaN as a value, and the
 * same again. */
static inline void
fit_check_wild (const char *settings, int n_points)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, settings));
  RandomStream random;
  random_init (&random, 9, RANDOM_TASK, 0);
  int corners = 1 << f.space.n, failed = 0;
  for (int k = 0; k < corners + n_points; k++)
    {
      double x[FIT_MAX_PARAMETERS], extras[FIT_MAX_NUMBERS];
      fixture_random_point (&f, &random, x);
      for (gsize i = 0; i < f.space.n && k < corners; i++)
        x[i] = (k >> i) & 1 ? f.space.upper[i] : f.space.lower[i];
      gint32 status;
      double value = fit_evaluate (&f, x, &status, extras, NULL);
      failed += status != GLOMPO_STATUS_EVALUATED;
      CU_ASSERT (status == GLOMPO_STATUS_EVALUATED ? isfinite (value) && value >= f.target.f - 1e-6
                                                   : value == INFINITY);
      for (gsize i = 0; i < fit_count_extras (&f) && status == GLOMPO_STATUS_EVALUATED; i++)
        CU_ASSERT (extras[i] >= 0); /* populations, boys and percentages */
      CU_ASSERT (value == fixture_value (&f, x));
    }
  TEST_INT (failed, 0);
  fixture_close (&f);
}
