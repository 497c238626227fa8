/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Task `benchmark`: minima as published or computed with an independent program, values worked out by hand
 * from the formulas, degenerate minimisers, noise and seeds, refusals.
 */
#include "task-fixture.h"

#define MAX_N 60

/* minimum: NaN where none is known. */
typedef struct {
  const char *settings;
  double minimum, tolerance;
} Minimum;

static const Minimum minima[] = {
  { "function=ackley", 0, 1e-14 },
  { "function=ackley; dims=20; a=10; b=0.5; c=3", 0, 1e-14 },
  { "function=alpine01; dims=7", 0, 0 },
  { "function=alpine02; dims=2", -7.885600724, 1e-9 },
  { "function=alpine02; dims=5", -174.6171753, 1e-7 },
  { "function=alpine02; dims=10", -30491.15791, 1e-5 },
  { "function=deceptive; dims=5", -1, 1e-13 },
  { "function=deceptive; dims=3; b=1.5; shift=true", 0, 1e-13 },
  { "function=easom", -1, 0 },
  { "function=easom; shift=true", 0, 0 },
  { "function=expleastsquares; dims=3", 0, 0 },
  { "function=griewank; dims=10", 0, 0 },
  { "function=langermann", -5.16212615996, 1e-11 },
  { "function=langermann; shift=true", 0.0378738400, 1e-9 },
  { "function=levy; dims=1", 0, 1e-30 },
  { "function=levy; dims=12", 0, 1e-30 },
  { "function=michalewicz; dims=1", -0.8013034101, 1e-10 },
  { "function=michalewicz; dims=2", -1.8013034101, 1e-10 },
  { "function=michalewicz; dims=3", -2.7603946800, 1e-9 },
  { "function=michalewicz; dims=5", -4.6876581791, 1e-10 },
  { "function=michalewicz; dims=10", -9.6601517156, 1e-10 },
  { "function=michalewicz; dims=30", -29.6308838503, 1e-9 },
  { "function=michalewicz; dims=50", -49.6248323183, 1e-9 },
  { "function=qing; dims=9", 0, 1e-28 },
  { "function=rana; dims=1", -464.273934, 1e-5 },
  { "function=rana; dims=2", -963.22593, 1e-5 },
  { "function=rana; dims=3", -1462.17793, 1e-5 },
  { "function=rana; dims=6", -2959.03392, 1e-5 },
  { "function=rana; dims=8", -3957.30401, 1e-5 },
  { "function=rana; dims=10", -4957.17089, 1e-5 },
  { "function=rana; dims=20", -9956.54909, 1e-5 },
  { "function=rana; dims=30", -14955.94498, 1e-5 },
  { "function=rastrigin; dims=20", 0, 0 },
  { "function=rosenbrock; dims=20", 0, 0 },
  { "function=schwefel; dims=20", -8379.6577454487, 1e-9 },
  { "function=schwefel; dims=10; shift=true", 1.1272756626e-3, 1e-10 },
  { "function=shekel; m=5; dims=1", -11.02365, 1e-5 },
  { "function=shekel; m=5; dims=4", -10.1527236936, 1e-10 },
  { "function=shekel; m=7; dims=3", -10.55901, 1e-5 },
  { "function=shekel; m=7; dims=4", -10.4029405668, 1e-10 },
  { "function=shekel; dims=2", -11.03100, 1e-5 },
  { "function=shekel; dims=3", -10.71655, 1e-5 },
  { "function=shekel; dims=4", -10.5364098167, 1e-10 },
  { "function=shekel; dims=4; shift=true", 1.4635901833, 1e-10 },
  { "function=shubert; dims=1", -12.8708854977, 1e-10 },
  { "function=shubert; dims=2", -186.7309088310, 1e-9 },
  { "function=shubert; dims=3", -2709.0935, 1e-4 },
  { "function=shubert; dims=2; style=1; shift=true", 0.000091169, 1e-9 },
  { "function=shubert; dims=2; style=3", -29.6759000514, 1e-9 },
  { "function=shubert; dims=2; style=4", -25.7417709955, 1e-9 },
  { "function=shubert; dims=5; style=3", -74.1897501286, 1e-9 },
  { "function=sphere; dims=20", 0, 0 },
  { "function=stochastic; dims=4", 0, 0 },
  { "function=styblinskitang; dims=10", -391.6616570377142, 1e-10 },
  { "function=trigonometric; dims=6", 1, 0 },
  { "function=vincent; dims=8", -8, 1e-12 },
  { "function=zerosum; dims=3", 0, 0 },
  { "function=lennardjones; atoms=2; atom_dims=1", -1, 1e-12 },
  { "function=lennardjones; atoms=3; atom_dims=2", -3, 1e-12 },
  { "function=lennardjones; atoms=3", -3, 1e-12 },
  { "function=lennardjones; atoms=4; epsilon=2.5; sigma=3.4", -15, 1e-11 },
  { "function=lennardjones; atoms=6; atom_dims=5", -15, 1e-11 },
};

static void
check_minimum (const Minimum *m)
{
  Fixture f;
  if (!fixture_open (&f, 5, m->settings))
    {
      CU_FAIL ("refused");
      return;
    }
  CU_ASSERT (f.target.has_f);
  gboolean good = TEST_NEAR (f.target.f, m->minimum, m->tolerance);
  CU_ASSERT_FATAL (f.target.x != NULL);
  good &= TEST_NEAR (fixture_value (&f, f.target.x), f.target.f, m->tolerance);
  RandomStream random;
  random_init (&random, 3, RANDOM_TASK, 0);
  double x[MAX_N];
  double slack = m->tolerance + 1e-12 * fabs (m->minimum);
  for (int k = 0; k < 300; k++)
    {
      fixture_random_point (&f, &random, x);
      good &= !(fixture_value (&f, x) < f.target.f - slack);
      fixture_near_point (&f, &random, f.target.x, 5e-4, x);
      good &= !(fixture_value (&f, x) < f.target.f - slack);
    }
  for (gsize i = 0; i < f.space.n; i++)
    good &= f.target.x[i] >= f.space.lower[i] && f.target.x[i] <= f.space.upper[i];
  CU_ASSERT (good);
  if (!good)
    g_print ("  in %s\n", m->settings);
  fixture_close (&f);
}

static void
known_minima (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (minima); i++)
    check_minimum (&minima[i]);
}

/* Every word of the option has at least one row above. */
static void
every_function_has_a_row (void)
{
  const GlompoPlugin *plugin = glompo_plugin_entry (GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
  int n = 0;
  for (; plugin->options[0].choices[n] != NULL; n++)
    {
      g_autofree char *start = g_strdup_printf ("function=%s", plugin->options[0].choices[n]);
      int rows = 0;
      for (gsize i = 0; i < G_N_ELEMENTS (minima); i++)
        rows += g_str_has_prefix (minima[i].settings, start);
      CU_ASSERT (rows > 0);
    }
  TEST_INT (n, 24);
}

static void
option_table_is_valid (void)
{
  const GlompoPlugin *plugin = glompo_plugin_entry (GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
  g_autoptr (GError) error = NULL;
  options_check_table (plugin->options, plugin->n_options, plugin->options_size, &error);
  TEST_NO_ERROR (error);
}

static void
check_value (const char *settings, const double *x, double expected)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, settings));
  if (!TEST_NEAR (fixture_value (&f, x), expected, 1e-12 * (1.0 + fabs (expected))))
    g_print ("  in %s\n", settings);
  fixture_close (&f);
}
#define VALUE(SETTINGS, EXPECTED, ...) check_value (SETTINGS, (const double[]){ __VA_ARGS__ }, EXPECTED)

/* Worked out by hand from the formulas. */
static void
values_of_separable_functions (void)
{
  VALUE ("function=alpine01", G_PI_2 + 0.05 * G_PI, G_PI_2, 0);
  VALUE ("function=alpine02", -G_PI_2, G_PI_2, G_PI_2);
  VALUE ("function=alpine02", 0, G_PI_2, 0);
  VALUE ("function=deceptive", -0.64, 0, 0);
  VALUE ("function=deceptive", -0.64, 1, 1);
  VALUE ("function=deceptive; b=1; shift=true", 0.2, 0, 1);
  VALUE ("function=michalewicz", -1.0009765625, G_PI_2, G_PI_2);
  VALUE ("function=michalewicz; m=1", -1.5, G_PI_2, G_PI_2);
  VALUE ("function=qing; dims=3", 14, 0, 0, 0);
  VALUE ("function=rastrigin", 2, 1, -1);
  VALUE ("function=rastrigin", 40.5, 0.5, 0.5);
  VALUE ("function=schwefel", -G_PI_2 * G_PI_2, G_PI_2 * G_PI_2, 0);
  VALUE ("function=schwefel; shift=true", 2 * 418.983, 0, 0);
  VALUE ("function=shubert; dims=1", cos (1) + 2 * cos (2) + 3 * cos (3) + 4 * cos (4) + 5 * cos (5), 0);
  VALUE ("function=shubert; dims=1; style=3", sin (1) + 2 * sin (2) + 3 * sin (3) + 4 * sin (4) + 5 * sin (5),
         0);
  VALUE ("function=sphere; dims=3", 14, 1, -2, 3);
  VALUE ("function=styblinskitang", -24, 1, 2);
  VALUE ("function=trigonometric; dims=1", 9 + G_PI / 14, 0.9 + sqrt (G_PI / 14));
  VALUE ("function=vincent", 0, 1, 1);
}

static void
values_of_other_functions (void)
{
  VALUE ("function=ackley", 20 * (1 - exp (-0.2)), 1, -1);
  VALUE ("function=ackley; dims=1; a=1; b=1; c=1", 1 - exp (-G_PI) + G_E - exp (-1), G_PI);
  VALUE ("function=easom", exp (-G_PI * G_PI), G_PI, 0);
  VALUE ("function=griewank", G_PI * G_PI / 4000 + 2, G_PI, 0);
  VALUE ("function=griewank", G_PI * G_PI / 2000 + 2, 0, G_PI * sqrt (2));
  VALUE ("function=langermann",
         -1 + 2 * exp (-13 / G_PI) + 5 * exp (-17 / G_PI) + 2 * exp (-5 / G_PI) - 3 * exp (-32 / G_PI), 3, 5);
  VALUE ("function=levy; dims=3", 0.25, 1, 1, 3);
  VALUE ("function=levy; dims=2", 1 + 0.25 * (1 + 10 * pow (sin (1.5 * G_PI + 1), 2)), 3, 1);
  VALUE ("function=rana", sin (2), 0, 0);
  VALUE ("function=rosenbrock", 1, 0, 0);
  VALUE ("function=rosenbrock; dims=3", 4 + 100 + 0, -1, 1, 2);
  VALUE ("function=shekel; dims=1; m=5", -10 - 1 / 9.2 - 1 / 16.2 - 1 / 4.4 - 1 / 1.6, 4);
  VALUE ("function=shekel; dims=1; m=7", -10 - 1 / 9.2 - 1 / 16.2 - 1 / 4.4 - 1 / 1.4 - 1 / 4.6 - 1 / 1.3, 4);
  VALUE ("function=zerosum", 0, 1, -1);
  VALUE ("function=zerosum", 101, 1, 0);
  VALUE ("function=zerosum", 11, 0, -0.01);
}

/* Other places where the minimum is reached as well. */
static void
degenerate_minimisers (void)
{
  double low = asin (0.1);
  check_value ("function=alpine01", (double[]){ G_PI + low, -low }, 0);
  check_value ("function=alpine01", (double[]){ 3 * G_PI + low, low - 3 * G_PI }, 0);
  VALUE ("function=qing; dims=3", 0, -1, sqrt (2), -sqrt (3));
  for (int k = -2; k <= 3; k++)
    VALUE ("function=vincent", -2, exp ((0.5 + 2 * k) * G_PI / 10), exp (0.05 * G_PI));
  VALUE ("function=zerosum; dims=3", 0, 2, 3, -5);
}

static void
bounds (void)
{
  static const struct {
    const char *settings;
    gsize n;
    double lower, upper;
  } boxes[] = {
    { "function=ackley", 2, -32.768, 32.768 },   { "function=alpine02; dims=4", 4, 0, 10 },
    { "function=michalewicz", 2, 0, G_PI },      { "function=rana", 2, -500.000001, 500.000001 },
    { "function=vincent; dims=1", 1, 0.25, 10 }, { "function=expleastsquares; p_range=-1, 3", 2, -1, 3 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (boxes); i++)
    {
      Fixture f;
      CU_ASSERT_FATAL (fixture_open (&f, 1, boxes[i].settings));
      TEST_INT (f.space.n, boxes[i].n);
      TEST_NEAR (f.space.lower[f.space.n - 1], boxes[i].lower, 0);
      TEST_NEAR (f.space.upper[f.space.n - 1], boxes[i].upper, 0);
      fixture_close (&f);
    }
}

static void
refusals (void)
{
  fixture_refused ("function=easom; dims=3", "easom has 2 parameters, but dims = 3");
  fixture_refused ("function=langermann; dims=1", "langermann has 2 parameters, but dims = 1");
  fixture_refused ("function=shekel; dims=5", "shekel needs dims from 1 to 4, but dims = 5");
  fixture_refused ("function=rosenbrock; dims=1", "rosenbrock needs dims of at least 2, but dims = 1");
  fixture_refused ("function=shekel; m=6", "m of 5, 7 or 10, but m = 6");
  fixture_refused ("function=sphere; m=10", "sphere does not take the option m; of these it takes none");
  fixture_refused ("function=ackley; shift=true",
                   "ackley does not take the option shift; of these it takes a b c");
  fixture_refused ("function=schwefel; style=4", "does not take the option style");
  fixture_refused ("function=schwefel; u_train=1, 2", "does not take the option u_train");
  fixture_refused ("function=schwefel; b=2", "does not take the option b");
  fixture_refused ("function=lennardjones; dims=3",
                   "13 atoms of 3 coordinates are 39 parameters, but dims = 3");
  fixture_refused ("function=expleastsquares; u_train=1, 2, 3; n_train=4",
                   "u_train lists 3 points, but n_train = 4");
  fixture_refused ("function=expleastsquares; u_train=2, 1", "needs its lower end first");
  fixture_refused ("function=expleastsquares; p_range=1", "p_range needs two numbers");
  fixture_refused ("function=shubert; dims=400; shift=true", "the minimum of shubert is not known");
}

/* Random constants: the same from the same seed, others from another. */
static void
seeds_fix_the_function (void)
{
  static const char *const settings[]
      = { "function=deceptive; dims=6", "function=expleastsquares; dims=3; sigma_fixed=0.1" };
  const double x[6] = { 0.3, 0.4, 0.5, 0.6, 0.7, 0.8 };
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      Fixture a, b, c;
      CU_ASSERT_FATAL (fixture_open (&a, 7, settings[i]) && fixture_open (&b, 7, settings[i])
                       && fixture_open (&c, 8, settings[i]));
      CU_ASSERT (fixture_value (&a, x) == fixture_value (&b, x));
      CU_ASSERT (fixture_value (&a, x) != fixture_value (&c, x));
      fixture_close (&a);
      fixture_close (&b);
      fixture_close (&c);
    }
}

/* Noise: fixed by the seed of the evaluation, uniform in its range. */
static void
noise_of_stochastic (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "function=stochastic; dims=1"));
  const double x = 2;
  double sum = 0, least = 1, greatest = 0;
  for (guint64 seed = 0; seed < 10000; seed++)
    {
      double value = fixture_value_seeded (&f, &x, seed);
      CU_ASSERT (value == fixture_value_seeded (&f, &x, seed));
      sum += value;
      least = MIN (least, value);
      greatest = MAX (greatest, value);
    }
  CU_ASSERT (least >= 0 && least < 0.001 && greatest < 1 && greatest > 0.999);
  TEST_NEAR (sum / 10000, 0.5, 0.015);
  fixture_close (&f);
}

static void
delay_sleeps (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "function=sphere; delay=0.003"));
  gint64 start = g_get_monotonic_time ();
  TEST_NEAR (fixture_value (&f, (const double[]){ 1, 1 }), 2, 0);
  CU_ASSERT (g_get_monotonic_time () - start >= 2999);
  fixture_close (&f);
}

/* By its seed: each is at least as long as that says, and those of many seeds are as long as the delay on
 * average. */
static void
delay_is_spread (void)
{
  Fixture f;
  gint64 longest = 0, all = 0;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "function=sphere; delay=0.002; delay_spread=1"));
  for (guint64 seed = 0; seed < 100; seed++)
    {
      gint64 start = g_get_monotonic_time ();
      fixture_value_seeded (&f, (const double[]){ 1, 1 }, seed);
      gint64 took = g_get_monotonic_time () - start;
      longest = MAX (longest, took);
      all += took;
    }
  CU_ASSERT (longest >= 3000 && all >= 100 * 1600);
  fixture_close (&f);
}

/* f and residuals of one evaluation. */
static double
evaluate_fit (Fixture *f, const double *x, guint64 seed, double *residuals)
{
  GlompoResult result = { .struct_size = sizeof result, .seed = seed, .residuals = residuals };
  f->plugin->task->evaluate (f->self, x, &result);
  return result.f;
}

static void
exp_least_squares (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "function=expleastsquares; dims=2; u_train=0, 1, 2"));
  gsize n = f.plugin->task->residuals (f.self);
  TEST_INT (n, 3);
  double r[3], sum = 0, p = f.target.x[0], q = f.target.x[1];
  double value = evaluate_fit (&f, (const double[]){ 0, 0 }, 1, r);
  for (gsize k = 0; k < n; k++)
    {
      TEST_NEAR (r[k], 2 - exp (-p * (double) k) - exp (-q * (double) k), 1e-12);
      sum += r[k] * r[k];
    }
  TEST_NEAR (value, sum, 1e-12 * sum);
  TEST_NEAR (fixture_value (&f, (const double[]){ q, p }), 0, 1e-20); /* permuted */
  fixture_close (&f);

  CU_ASSERT_FATAL (
      fixture_open (&f, 1, "function=expleastsquares; dims=2; u_train=3; n_train=25; sigma_fixed=0.1"));
  TEST_INT (f.plugin->task->residuals (f.self), 25);
  CU_ASSERT (!f.target.has_f && f.target.x == NULL);
  fixture_close (&f);
}

/* One factor from [0.8, 1.2) for all residuals of an evaluation. */
static void
exp_least_squares_noise (void)
{
  Fixture quiet, noisy;
  CU_ASSERT_FATAL (fixture_open (&quiet, 2, "function=expleastsquares")
                   && fixture_open (&noisy, 2, "function=expleastsquares; sigma_eval=0.2"));
  const double x[] = { 0.1, -0.2 };
  double a[10], b[10], least = 2, greatest = 0;
  evaluate_fit (&quiet, x, 0, a);
  for (guint64 seed = 0; seed < 500; seed++)
    {
      evaluate_fit (&noisy, x, seed, b);
      double factor = b[0] / a[0];
      for (int k = 1; k < 10; k++)
        TEST_NEAR (b[k], factor * a[k], 1e-12 * fabs (a[k]));
      least = MIN (least, factor);
      greatest = MAX (greatest, factor);
    }
  CU_ASSERT (least >= 0.8 && least < 0.81 && greatest <= 1.2 && greatest > 1.19);
  CU_ASSERT (noisy.target.has_f && noisy.target.f == 0);
  fixture_close (&quiet);
  fixture_close (&noisy);
}

static const TestCase cases[] = {
  { "option table is valid", option_table_is_valid },
  { "every function has a row", every_function_has_a_row },
  { "known minima", known_minima },
  { "values of separable functions", values_of_separable_functions },
  { "values of other functions", values_of_other_functions },
  { "degenerate minimisers", degenerate_minimisers },
  { "bounds", bounds },
  { "refusals", refusals },
  { "seeds fix the function", seeds_fix_the_function },
  { "noise of stochastic", noise_of_stochastic },
  { "delay sleeps", delay_sleeps },
  { "delay is spread", delay_is_spread },
  { "exponential least squares", exp_least_squares },
  { "exponential least squares, noise", exp_least_squares_noise },
};

TEST_MAIN ("benchmark", cases)
