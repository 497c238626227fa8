/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cmaes plugin through its slots: search, bounds, ends, failures, injection, saving. */
#include "harness.h"

#include "unit/cmaes-run.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* No criterion but those that a test names. */
#define NEVER                                                                                                \
  "tolx=0 tolfun=0 tolfunhist=0 tolflatfitness=0 tolconditioncov=inf tolfacupx=inf tolupsigma=inf "          \
  "maxiter=0 "                                                                                               \
  "tolstagnation=0 tolfailed=0 "

static void
init_box (Run *run, gsize n, double low, double high, guint64 seed, gsize max, const char *settings)
{
  g_autofree double *lower = g_new (double, n);
  g_autofree double *upper = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    {
      lower[i] = low;
      upper[i] = high;
    }
  run_init (run, n, lower, upper, NULL, seed, max, settings);
}

static guint64
count_evaluations (RunFunction function, gsize n, double low, double high, guint64 seed, double target,
                   const char *settings)
{
  Run run;
  init_box (&run, n, low, high, seed, 4096, settings);
  run_until (&run, function, target, 1000000);
  TEST_INT (run.outside, 0);
  guint64 count = run.best_f <= target ? run.evaluations : G_MAXUINT64;
  run_clear (&run);
  return count;
}

static int
compare (const void *a, const void *b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;
  return (x > y) - (x < y);
}

static void
test_options (void)
{
  const GlompoPlugin *plugin = glompo_plugin_entry (GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
  g_autoptr (GError) error = NULL;
  options_check_table (plugin->options, plugin->n_options, plugin->options_size, &error);
  TEST_NO_ERROR (error);
  TEST_STR (plugin->name, "cmaes");
}

#define SEEDS 15u

/* The peers are medians over 15 seeds of pycma with active update, 20-D, start uniform in [-5, 5]^20; see
 * bench-cmaes, which has more functions. */
static void
test_evaluations (void)
{
  static const struct
  {
    RunFunction function;
    double peer;
  } rows[]
      = { { run_sphere, 2688.0 }, { run_ellipsoid, 13020.0 }, { run_discus, 7548.0 }, { run_cigar, 8196.0 } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint64 counts[SEEDS];
      for (guint seed = 0; seed < SEEDS; seed++)
        counts[seed] = count_evaluations (rows[i].function, 20, -5.0, 5.0, seed + 1, 1e-8, "sigma0=0.2");
      qsort (counts, SEEDS, sizeof *counts, compare);
      CU_ASSERT ((double) counts[SEEDS / 2] <= 1.1 * rows[i].peer);
    }
  CU_ASSERT (count_evaluations (run_rosenbrock, 5, -5.0, 5.0, 1, 1e-8, "sigma0=0.2") < 10000);
}

static void
test_dimensions (void)
{
  CU_ASSERT (count_evaluations (run_sphere, 1, -3.0, 8.0, 1, 1e-10, "") < 500);
  CU_ASSERT (count_evaluations (run_rosenbrock, 2, -3.0, 8.0, 1, 1e-10, "") < 3000);
  CU_ASSERT (count_evaluations (run_sphere, 1, -3.0, 8.0, 1, 1e-10, "root=eigen population=2") < 2000);
  CU_ASSERT (count_evaluations (run_ellipsoid, 100, -5.0, 5.0, 1, 1e-6, "covariance=separable") < 40000);
  CU_ASSERT (count_evaluations (run_ellipsoid, 12, -5.0, 5.0, 1, 1e-8, "root=eigen") < 9000);
}

static void
test_thousand (void)
{
  static const char *const settings[] = { "sigma0=0.05", "sigma0=0.05 covariance=separable" };
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      Run run;
      init_box (&run, 1000, -5.0, 5.0, 1, 4096, settings[i]);
      CU_ASSERT_TRUE (run_round (&run, run_sphere));
      double first = run.best_f;
      run_until (&run, run_sphere, 0.0, 24 * 60);
      CU_ASSERT (run.best_f < 0.9 * first);
      TEST_INT (run.outside, 0);
      run_clear (&run);
    }
}

/* Minimum 0 at the corner 0. */
static double
slope (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize i = 0; i < n; i++)
    sum += (double) (i + 1) * x[i];
  return sum;
}

/* Minimum 0 at (1, ..., 1), the upper corner of the box [-2, 1]^n. */
static double
upper_corner (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize i = 0; i < n; i++)
    sum += (2.0 - x[i]) * (2.0 - x[i]) - 1.0;
  return sum;
}

static double
near_face (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize i = 0; i < n; i++)
    sum += (x[i] - 1e-4) * (x[i] - 1e-4) * (i % 2 == 0 ? 1.0 : 1e3);
  return sum;
}

static void
test_faces (void)
{
  static const char *const settings[] = { "", "root=eigen", "covariance=separable" };
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    for (guint seed = 1; seed <= 3; seed++)
      {
        CU_ASSERT (count_evaluations (slope, 8, 0.0, 1.0, seed, 1e-10, settings[i]) < 6000);
        CU_ASSERT (count_evaluations (upper_corner, 8, -2.0, 1.0, seed, 1e-10, settings[i]) < 6000);
        CU_ASSERT (count_evaluations (near_face, 8, 0.0, 1.0, seed, 1e-11, settings[i]) < 6000);
      }
}

static RandomStream noise;

static double
random_value (gsize n, const double *x)
{
  return random_uniform (&noise);
}

/* Where values say nothing the points must not gather at the faces: of uniform points 10 % lie within 5 % of
 * a face; with a margin of 1 % it should be 12 / 102, and none is on a face. */
static void
test_no_bias (void)
{
  guint64 near = 0, exact = 0, all = 0;
  for (guint seed = 1; seed <= 400; seed++)
    {
      Run run;
      random_init (&noise, seed, RANDOM_NOISE, 0);
      init_box (&run, 2, 0.0, 1.0, seed, 4096, NEVER);
      for (guint round = 0; round < 40 && run_round (&run, random_value); round++)
        for (gsize i = 0; i < 6 * 2; i++, all++)
          {
            near += run.x[i] < 0.05 || run.x[i] > 0.95;
            exact += run.x[i] == 0.0 || run.x[i] == 1.0;
          }
      run_clear (&run);
    }
  TEST_INT (exact, 0);
  TEST_NEAR ((double) near / (double) all, 12.0 / 102.0, 0.02);
}

static double
constant (gsize n, const double *x)
{
  return 1.0;
}

static double
failing (gsize n, const double *x)
{
  return NAN;
}

static void
test_stops (void)
{
  static const struct
  {
    const char *name, *settings;
    RunFunction function;
    gint32 reason;
  } rows[] = {
    { "tolfun:", NEVER "tolfun=1e-3", run_sphere, GLOMPO_STOP_CONVERGED },
    { "tolfunhist:", NEVER "tolfunhist=1e-3", run_sphere, GLOMPO_STOP_CONVERGED },
    { "tolx:", NEVER "tolx=1e-3", run_sphere, GLOMPO_STOP_CONVERGED },
    { "tolstagnation:", NEVER "tolstagnation=50", random_value, GLOMPO_STOP_STAGNATED },
    { "tolconditioncov:", NEVER "tolconditioncov=1e3", run_ellipsoid, GLOMPO_STOP_STAGNATED },
    { "tolfacupx:", NEVER "tolfacupx=10 sigma0=1e-4", slope, GLOMPO_STOP_STAGNATED },
    { "tolupsigma:", NEVER "tolupsigma=2 sigma0=1e-4", slope, GLOMPO_STOP_STAGNATED },
    { "tolflatfitness: 4 ", NEVER "tolflatfitness=3", constant, GLOMPO_STOP_STAGNATED },
    { "maxiter: 7 ", NEVER "maxiter=7", run_sphere, GLOMPO_STOP_EXHAUSTED },
    { "tolfailed: every evaluation failed in 5 ", NEVER "tolfailed=5", failing, GLOMPO_STOP_ERROR },
    { "tol", "", run_sphere, GLOMPO_STOP_CONVERGED },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Run run;
      const char *text = NULL;
      random_init (&noise, 1, RANDOM_NOISE, 0);
      init_box (&run, 4, -1.0, 1.0, 1, 4096, rows[i].settings);
      CU_ASSERT_FALSE (run_until (&run, rows[i].function, -INFINITY, 100000));
      TEST_INT (run.plugin->optimizer->stop_reason (run.self, &text), rows[i].reason);
      TEST_CONTAINS (text, rows[i].name);
      CU_ASSERT_FALSE (run_round (&run, run_sphere));
      run_clear (&run);
    }
}

/* No value where x_1 > 0.2 or, elsewhere, for every third point. */
static double
partly_failing (gsize n, const double *x)
{
  return x[0] > 0.2 || random_uniform (&noise) < 0.33 ? NAN : run_sphere (n, x);
}

static double
mostly_failing (gsize n, const double *x)
{
  return random_uniform (&noise) < 0.9 ? NAN : run_sphere (n, x);
}

static void
test_failures (void)
{
  random_init (&noise, 1, RANDOM_NOISE, 0);
  CU_ASSERT (count_evaluations (partly_failing, 6, -1.0, 1.0, 1, 1e-8, "") < 5000);

  Run run;
  double values[5];
  init_box (&run, 6, -1.0, 1.0, 1, 4096, NEVER);
  run_until (&run, mostly_failing, 0.0, 20000);
  run.plugin->optimizer->metrics (run.self, values);
  CU_ASSERT (values[1] > 0.0 && values[1] < 10.0);
  CU_ASSERT (values[2] > 0.0 && values[2] <= 1.0 / 3.0 + 1e-9);
  TEST_INT (run.outside, 0);

  double sigma = values[1];
  for (guint i = 0; i < 50; i++)
    CU_ASSERT_TRUE (run_round (&run, failing));
  run.plugin->optimizer->metrics (run.self, values);
  TEST_NEAR (values[1], sigma, 0.0);
  run_clear (&run);
}

/* However the population is handed out, the search is the same. */
static void
test_parts (void)
{
  static const gsize sizes[] = { 1, 2, 5, 4096 };
  double expected[5] = { 0.0 };
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      Run run;
      init_box (&run, 5, -5.0, 5.0, 4, sizes[i], "");
      run_until (&run, run_rosenbrock, 0.0, 8 * 200);
      TEST_INT (run.evaluations, 8 * 200);
      if (i == 0)
        memcpy (expected, run.best_x, sizeof expected);
      CU_ASSERT (memcmp (expected, run.best_x, sizeof expected) == 0);
      run_clear (&run);
    }
}

static void
test_refusals (void)
{
  Run run;
  init_box (&run, 3, 0.0, 1.0, 1, 10, "sigma0=0.1,0.2");
  CU_ASSERT_PTR_NULL (run.self);
  TEST_CONTAINS (run.host.failure, "sigma0");
  run_clear (&run);
  init_box (&run, 3, 0.0, 1.0, 1, 10, "c_1=0.9 c_mu=0.9");
  CU_ASSERT_PTR_NULL (run.self);
  TEST_CONTAINS (run.host.failure, "c_mu");
  run_clear (&run);
  init_box (&run, 3, -1e308, 1e308, 1, 10, "");
  CU_ASSERT_PTR_NULL (run.self);
  TEST_CONTAINS (run.host.failure, "bounds");
  run_clear (&run);
  init_box (&run, 30000, 0.0, 1.0, 1, 1, "");
  CU_ASSERT_PTR_NULL (run.self);
  TEST_CONTAINS (run.host.failure, "covariance = separable");
  run_clear (&run);
}

static void
test_sigma0 (void)
{
  const double lower[] = { 0.0, 0.0 }, upper[] = { 1.0, 1000.0 }, x0[] = { 0.5, 500.0 };
  double squares[2] = { 0.0, 0.0 };
  Run run;
  run_init (&run, 2, lower, upper, x0, 1, 4096, "sigma0=0.1,0.001 population=2000");
  CU_ASSERT_TRUE (run_round (&run, run_sphere));
  TEST_NEAR (run.x[0], 0.5, 0.0); /* the start point is one of the first generation */
  TEST_NEAR (run.x[1], 500.0, 0.0);
  for (gsize k = 0; k < 2000; k++)
    for (gsize i = 0; i < 2; i++)
      squares[i] += (run.x[2 * k + i] - x0[i]) * (run.x[2 * k + i] - x0[i]) / 2000.0;
  TEST_NEAR (sqrt (squares[0]), 0.1, 0.01);
  TEST_NEAR (sqrt (squares[1]), 1.0, 0.1);
  run_clear (&run);
}

static void
test_injection (void)
{
  const double lower[] = { -5.0, -5.0 }, upper[] = { 5.0, 5.0 }, x0[] = { 1.0, 1.0 };
  const double near[] = { 1.01, 0.98 }, far[] = { -5.0, -5.0 }, outside[] = { 6.0, 0.0 };
  Run run;
  run_init (&run, 2, lower, upper, x0, 1, 4096, "sigma0=0.01");
  CU_ASSERT_TRUE (run_round (&run, run_sphere));
  run.plugin->optimizer->inject (run.self, near, 3.0); /* worse than x0: not taken */
  CU_ASSERT_TRUE (run_round (&run, run_sphere));
  CU_ASSERT (run.x[0] != near[0]);
  run.plugin->optimizer->inject (run.self, outside, -1.0);
  CU_ASSERT_TRUE (run_round (&run, run_sphere));
  CU_ASSERT (run.x[0] < 2.0);
  run.plugin->optimizer->inject (run.self, near, -1.0);
  CU_ASSERT_TRUE (run_round (&run, run_sphere));
  CU_ASSERT (run.x[0] == near[0] && run.x[1] == near[1]);

  /* Ten and more standard deviations away: what is evaluated lies on the way there. */
  run.plugin->optimizer->inject (run.self, far, -1.0);
  CU_ASSERT_TRUE (run_round (&run, run_sphere));
  CU_ASSERT (run.x[0] > -3.0 && run.x[0] < 0.9 && run.x[1] > -3.0 && run.x[1] < 0.9);
  double values[5];
  run.plugin->optimizer->metrics (run.self, values);
  TEST_NEAR (values[0], 5.0, 0.0);
  TEST_NEAR (values[4], 3.0, 0.0); /* x0 is one of them */
  run_clear (&run);
}

/* After every round the state is saved and loaded into a new instance, which then goes on instead of the old
 * one: nothing may change. */
static void
check_saving (const char *settings, gsize max)
{
  Run whole, part;
  init_box (&whole, 4, -2.0, 3.0, 9, max, settings);
  init_box (&part, 4, -2.0, 3.0, 9, max, settings);
  const GlompoOptimizerVTable *slots = whole.plugin->optimizer;
  gboolean going = TRUE;
  while (going)
    {
      going = run_round (&whole, run_rosenbrock);
      CU_ASSERT_EQUAL_FATAL (run_round (&part, run_rosenbrock), going);
      CU_ASSERT_FATAL (memcmp (whole.x, part.x, max * 4 * sizeof (double)) == 0);
      g_byte_array_set_size (part.saved, 0);
      part.read_at = 0;
      CU_ASSERT_TRUE_FATAL (slots->save (part.self, &part.host.table));
      slots->destroy (part.self);
      part.self = slots->create (&part.problem, options_data (part.options), 9, &part.host.table);
      CU_ASSERT_TRUE_FATAL (slots->load (part.self, &part.host.table));
      TEST_INT (part.read_at, part.saved->len);
      if (whole.evaluations > 500 && whole.evaluations < 520)
        {
          const double x[] = { 0.9, 0.8, 0.7, 0.6 };
          slots->inject (whole.self, x, -1.0);
          slots->inject (part.self, x, -1.0);
        }
    }
  const char *expected, *text;
  TEST_INT (slots->stop_reason (part.self, &text), slots->stop_reason (whole.self, &expected));
  TEST_STR (text, expected);
  run_clear (&whole);
  run_clear (&part);
}

static void
test_saving (void)
{
  check_saving ("", 4096);
  check_saving ("", 3);
  check_saving ("root=eigen maxiter=150", 5);
  check_saving ("covariance=separable maxiter=150", 4096);
}

static void
test_loading_refused (void)
{
  Run run, other;
  init_box (&run, 4, -2.0, 3.0, 1, 100, "");
  init_box (&other, 5, -2.0, 3.0, 1, 100, "");
  const GlompoOptimizerVTable *slots = run.plugin->optimizer;
  CU_ASSERT_TRUE (run_round (&run, run_sphere));
  CU_ASSERT_TRUE (slots->save (run.self, &run.host.table));
  g_byte_array_append (other.saved, run.saved->data, run.saved->len);
  CU_ASSERT_FALSE (slots->load (other.self, &other.host.table));
  TEST_CONTAINS (other.host.failure, "another problem");
  g_byte_array_set_size (run.saved, run.saved->len - 1);
  CU_ASSERT_FALSE (slots->load (run.self, &run.host.table));
  run_clear (&run);
  run_clear (&other);
}

static const TestCase cases[] = {
  { "option table is valid", test_options },
  { "evaluations beside pycma", test_evaluations },
  { "one to a hundred parameters", test_dimensions },
  { "a thousand parameters", test_thousand },
  { "optima on and near faces", test_faces },
  { "no bias to the faces", test_no_bias },
  { "every stop criterion", test_stops },
  { "failed evaluations", test_failures },
  { "any size of ask", test_parts },
  { "wrong settings are refused", test_refusals },
  { "sigma0 per coordinate, x0 evaluated", test_sigma0 },
  { "injection", test_injection },
  { "saved and loaded after every round", test_saving },
  { "loading a wrong state is refused", test_loading_refused },
};
TEST_MAIN ("cmaes", cases)
