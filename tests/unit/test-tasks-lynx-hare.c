/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `lynx-hare`: least sums of squares found with another integrator, a conserved quantity, wild
 * parameters.
 */
#include "fit-fixture.h"

static const double log_optimum[]
    = { 0.540158993, 0.0271653571, 0.796386045, 0.0236946384, 34.6024242, 5.84450613 };
static const double linear_optimum[]
    = { 0.481199035, 0.0248317607, 0.926018342, 0.0275329506, 34.9142875, 3.86186637 };

static void
optimum (void)
{
  fit_check_optimum ("", log_optimum, 2.01866116, 5e-9, 42);
  fit_check_optimum ("residuals=linear", linear_optimum, 594.74456026, 1e-6, 42);
}

static void
names_and_bounds (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, ""));
  TEST_INT (f.space.n, 6);
  static const char *const names[] = { "alpha", "beta", "gamma", "delta", "hare0", "lynx0" };
  for (gsize i = 0; i < 6; i++)
    {
      TEST_STR (f.space.names[i], names[i]);
      CU_ASSERT (f.space.lower[i] < log_optimum[i] && log_optimum[i] < f.space.upper[i]);
    }
  fixture_close (&f);
}

/* The curve starts at hare0 and lynx0, and delta hare - gamma ln hare + beta lynx - alpha ln lynx stays. */
static void
curve (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, ""));
  const double *p = log_optimum;
  double extras[42], residuals[42], first = 0;
  gint32 status;
  TEST_INT (fit_count_extras (&f), 42);
  fit_evaluate (&f, p, &status, extras, residuals);
  TEST_NEAR (extras[0], p[4], 1e-12);
  TEST_NEAR (extras[21], p[5], 1e-12);
  TEST_NEAR (residuals[0], log (p[4] / 30.0), 1e-12);
  TEST_NEAR (residuals[21], log (p[5] / 4.0), 1e-12);
  TEST_NEAR (residuals[41], log (extras[41] / 8.6), 1e-12);
  for (int year = 0; year < 21; year++)
    {
      double hare = extras[year], lynx = extras[21 + year];
      double constant = p[3] * hare - p[2] * log (hare) + p[1] * lynx - p[0] * log (lynx);
      first = year == 0 ? constant : first;
      TEST_NEAR (constant, first, 1e-8);
    }
  fixture_close (&f);
}

/* Without the other species hares grow, and lynx die, exponentially; almost so with a tiny coupling. */
static void
exponential_growth (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "residuals=linear"));
  const double x[] = { 0.1, 0, 0.2, 0, 10, 20 };
  double extras[42], residuals[42];
  gint32 status;
  fit_evaluate (&f, x, &status, extras, residuals);
  TEST_NEAR (extras[20], 10 * exp (2), 1e-8);
  TEST_NEAR (extras[41], 20 * exp (-4), 1e-8);
  TEST_NEAR (residuals[20], 10 * exp (2) - 24.7, 1e-8);
  fixture_close (&f);
}

static void
wild_parameters (void)
{
  fit_check_wild ("", 300);
  fit_check_wild ("residuals=linear", 50);
}

/* Far outside the bounds the step count ends the integration: a failure, with NaN in extras and residuals. */
static void
hopeless_parameters (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, ""));
  static const double points[][6] = { { 1e9, 1e9, 1e9, 1e9, 1e9, 1e9 },
                                      { 1e300, 1, 1, 1e300, 10, 10 },
                                      { NAN, 1, 1, 1, 1, 1 },
                                      { 1, 1, 1, 1, -1, 1 } };
  for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
    {
      double extras[42], residuals[42];
      gint32 status;
      double value = fit_evaluate (&f, points[i], &status, extras, residuals);
      TEST_INT (status, GLOMPO_STATUS_FAILED);
      CU_ASSERT (value == INFINITY && isnan (extras[0]) && isnan (residuals[41]));
    }
  fixture_close (&f);
}

static const TestCase cases[] = {
  { "optimum", optimum },
  { "names and bounds", names_and_bounds },
  { "curve", curve },
  { "exponential growth", exponential_growth },
  { "wild parameters", wild_parameters },
  { "hopeless parameters", hopeless_parameters },
};

TEST_MAIN ("lynx-hare", cases)
