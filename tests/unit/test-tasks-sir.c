/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `sir`: least sums of squares found with another integrator, a conserved quantity, wild parameters.
 */
#include "fit-fixture.h"

static void
optimum (void)
{
  fit_check_optimum ("", (double[]){ 1.66922614, 0.44345019 }, 4121.94148272, 1e-6, 14);
  fit_check_optimum ("initial=observed", (double[]){ 1.69979939, 0.4468659 }, 3874.35731730, 1e-6, 13);
  fit_check_optimum ("initial=free", (double[]){ 1.78964336, 0.45541276, 0.55195922 }, 3590.28191454, 1e-6,
                     14);
}

static void
names (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, ""));
  TEST_INT (f.space.n, 2);
  TEST_STR (f.space.names[0], "beta");
  TEST_STR (f.space.names[1], "gamma");
  fixture_close (&f);
  CU_ASSERT_FATAL (fixture_open (&f, 1, "initial=free"));
  TEST_INT (f.space.n, 3);
  TEST_STR (f.space.names[2], "infected0");
  fixture_close (&f);
}

/* Without infections the sick recover exponentially. */
static void
recovery (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "initial=free"));
  double extras[15], residuals[14];
  gint32 status;
  TEST_INT (fit_count_extras (&f), 15);
  fit_evaluate (&f, (double[]){ 0, 0.25, 40 }, &status, extras, residuals);
  for (int day = 1; day <= 14; day++)
    TEST_NEAR (extras[day - 1], 40 * exp (-0.25 * day), 1e-8);
  TEST_NEAR (residuals[4], 40 * exp (-1.25) - 225, 1e-8);
  TEST_NEAR (extras[14], 0, 0);
  fixture_close (&f);
}

/* Without recovery the epidemic is the logistic curve. */
static void
logistic (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "initial=observed"));
  double extras[14];
  gint32 status;
  TEST_INT (fit_count_extras (&f), 14);
  fit_evaluate (&f, (double[]){ 0.7, 1e-300 }, &status, extras, NULL);
  for (int day = 1; day <= 13; day++)
    TEST_NEAR (extras[day - 1], 763 / (1 + 760 / 3.0 * exp (-0.7 * day)), 1e-7);
  fixture_close (&f);
}

static void
wild_parameters (void)
{
  fit_check_wild ("", 300);
  fit_check_wild ("initial=observed", 300);
  fit_check_wild ("initial=free", 300);
}

static const TestCase cases[] = {
  { "optimum", optimum },
  { "names", names },
  { "recovery", recovery },
  { "logistic", logistic },
  { "wild parameters", wild_parameters },
};

TEST_MAIN ("sir", cases)
