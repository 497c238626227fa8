/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `alpha-pinene` and the matrix exponential behind it: the least sum of squares, closed forms, the
 * balance of mass, wild parameters.
 */
#include "fit-fixture.h"
#include "tasks/ode/compartments.h"

static const double theta[] = { 5.92584877e-5, 2.96340211e-5, 2.04728401e-5, 2.74467929e-4, 3.99794988e-5 };

static void
optimum (void)
{
  double logs[5];
  for (int i = 0; i < 5; i++)
    logs[i] = log10 (theta[i]);
  fit_check_optimum ("", logs, 19.8721669342, 1e-9, 40);
  fit_check_optimum ("scale=linear", theta, 19.8721669342, 1e-9, 40);
}

static void
names (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, ""));
  TEST_STR (f.space.names[4], "log10_theta5");
  TEST_NEAR (f.space.lower[0], -7, 0);
  fixture_close (&f);
  CU_ASSERT_FATAL (fixture_open (&f, 1, "scale=linear"));
  TEST_STR (f.space.names[0], "theta1");
  TEST_NEAR (f.space.lower[0], 0, 0);
  fixture_close (&f);
}

/* Percentages add up to 100 at each of the eight times; alpha-pinene and dipentene follow closed forms; the
 * last extra is theta. */
static void
curve (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "scale=linear"));
  static const double times[] = { 1230, 3060, 4920, 7800, 10680, 15030, 22620, 36420 };
  double extras[45], residuals[40], loss = theta[0] + theta[1];
  gint32 status;
  TEST_INT (fit_count_extras (&f), 45);
  fit_evaluate (&f, theta, &status, extras, residuals);
  for (int k = 0; k < 8; k++)
    {
      double sum = 0;
      for (int i = 0; i < 5; i++)
        sum += extras[8 * i + k];
      TEST_NEAR (sum, 100, 1e-11);
      TEST_NEAR (extras[k], 100 * exp (-loss * times[k]), 1e-11);
      TEST_NEAR (extras[8 + k], 100 * theta[0] / loss * -expm1 (-loss * times[k]), 1e-11);
    }
  TEST_NEAR (residuals[0], extras[0] - 88.35, 0);
  TEST_NEAR (residuals[39], extras[39] - 25.7, 0);
  for (int i = 0; i < 5; i++)
    TEST_NEAR (extras[40 + i], theta[i], 0);
  fixture_close (&f);
}

/* Nothing moves without rates. */
static void
no_rates (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "scale=linear"));
  const double zero[5] = { 0 };
  double extras[45];
  gint32 status;
  double value = fit_evaluate (&f, zero, &status, extras, NULL);
  for (int k = 0; k < 40; k++)
    TEST_NEAR (extras[k], k < 8 ? 100 : 0, 0);
  TEST_INT (status, GLOMPO_STATUS_EVALUATED);
  CU_ASSERT (isfinite (value));
  fixture_close (&f);
}

/* A chain of two decays: rates a and b, also where they are the same, and far beyond where all is over. */
static void
chain_of_decays (void)
{
  const double start[3] = { 1, 0, 0 };
  for (double a = 1e-3; a < 2e3; a *= 10)
    {
      const double equal[9] = { -a, 0, 0, a, -a, 0, 0, a, 0 },
                   twice[9] = { -a, 0, 0, a, -2 * a, 0, 0, 2 * a, 0 };
      double y[3];
      compartments_advance (3, equal, 1.0, start, y);
      TEST_NEAR (y[0], exp (-a), 1e-12 * exp (-a));
      TEST_NEAR (y[1], a * exp (-a), 1e-12 * a * exp (-a));
      TEST_NEAR (y[0] + y[1] + y[2], 1, 1e-12);
      compartments_advance (3, twice, 1.0, start, y);
      TEST_NEAR (y[1], exp (-a) * -expm1 (-a), 1e-12 * exp (-a) * -expm1 (-a));
    }
}

static void
wild_parameters (void)
{
  fit_check_wild ("", 300);
  fit_check_wild ("scale=linear", 300);
}

static const TestCase cases[] = {
  { "optimum", optimum },
  { "names", names },
  { "curve", curve },
  { "no rates", no_rates },
  { "chain of decays", chain_of_decays },
  { "wild parameters", wild_parameters },
};

TEST_MAIN ("alpha-pinene", cases)
