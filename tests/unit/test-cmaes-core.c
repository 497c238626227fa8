/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mathematics of cmaes: strategy parameters, the fold into the bounds, linear algebra, one update. */
#include "harness.h"

#include "base/random.h"
#include "optimizers/cmaes/cmaes-core.h"
#include "optimizers/cmaes/cmaes-linalg.h"
#include <math.h>
#include <string.h>

static CmaesSettings
default_settings (void)
{
  return (CmaesSettings){ .population = -1,
                          .max_std = 1.0 / 3.0,
                          .bound_margin = 0.01,
                          .lazy_gap = NAN,
                          .active = true,
                          .parents = 0.5,
                          .c_m = 1.0,
                          .c_sigma = NAN,
                          .d_sigma = NAN,
                          .c_c = NAN,
                          .c_1 = NAN,
                          .c_mu = NAN,
                          .tolconditioncov = 1e14,
                          .tolfacupx = 1e3,
                          .tolupsigma = 1e20,
                          .tolstagnation = -1,
                          .maxiter = -1 };
}

/* What pycma prints about itself, "(mu_w,lambda)-aCMA-ES (mu_w=...,w_1=...%)"; and c_1 + c_mu. */
static void
test_strategy (void)
{
  static const struct
  {
    size_t n, lambda, mu;
    double mu_eff, percent, rates, gap;
  } rows[] = { { 2, 6, 3, 2.0, 63.0, 0.241, 1.04 },
               { 10, 10, 5, 3.2, 45.0, 0.0389, 1.29 },
               { 20, 12, 6, 3.7, 40.0, 0.0136, 1.84 },
               { 40, 15, 7, 4.5, 34.0, 0.00458, 2.73 } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      CmaesSettings settings = default_settings ();
      CmaesStrategy s;
      double weights[16], sum = 0.0;
      size_t lambda = cmaes_strategy_population (&settings, rows[i].n, 1);
      TEST_INT (lambda, rows[i].lambda);
      CU_ASSERT_PTR_NULL (cmaes_strategy_init (&s, &settings, rows[i].n, lambda, weights));
      TEST_INT (s.mu, rows[i].mu);
      TEST_NEAR (s.mu_eff, rows[i].mu_eff, 0.05);
      TEST_NEAR (floor (100.0 * weights[0]), rows[i].percent, 0.0);
      TEST_NEAR ((s.c_1 + s.c_mu) / rows[i].rates, 1.0, 0.01);
      TEST_NEAR (s.lazy_gap, rows[i].gap, 0.01);
      for (size_t k = 0; k < s.mu; k++)
        sum += weights[k];
      TEST_NEAR (sum, 1.0, 1e-15);
      for (size_t k = 1; k < lambda; k++)
        CU_ASSERT (weights[k] <= weights[k - 1]);
      CU_ASSERT (weights[lambda - 1] < 0.0);
    }
}

static void
test_strategy_choices (void)
{
  CmaesSettings settings = default_settings ();
  CmaesStrategy s;
  double weights[40];
  TEST_INT (cmaes_strategy_population (&settings, 1, 1), 4);
  TEST_INT (cmaes_strategy_population (&settings, 10, 32), 32);
  settings.population = 7;
  TEST_INT (cmaes_strategy_population (&settings, 10, 32), 7);

  settings.active = false;
  settings.c_sigma = 0.25;
  settings.d_sigma = 3.0;
  CU_ASSERT_PTR_NULL (cmaes_strategy_init (&s, &settings, 5, 7, weights));
  TEST_NEAR (weights[6], 0.0, 0.0);
  TEST_NEAR (s.sum_weights, 1.0, 1e-15);
  TEST_NEAR (s.c_sigma, 0.25, 0.0);
  TEST_NEAR (s.d_sigma, 3.0, 0.0);

  settings.c_1 = 0.7;
  settings.c_mu = 0.6;
  TEST_CONTAINS (cmaes_strategy_init (&s, &settings, 5, 7, weights), "c_1 + c_mu");
  CU_ASSERT_PTR_NOT_NULL (cmaes_strategy_init (&s, &settings, 5, 1, weights));
}

static void
test_fold (void)
{
  const double lower[] = { 0.0, -3.0, 0.1 }, upper[] = { 1.0, 7.0, 0.7 };
  double width[] = { 1.0, 10.0, 0.7 - 0.1 }, x[3];
  CmaesBounds bounds = { .n = 3, .margin = 0.05, .lower = lower, .upper = upper, .width = width };
  const double inside[] = { 0.5, 0.25, 0.05 };
  cmaes_bounds_fold (&bounds, inside, x);
  TEST_NEAR (x[0], 0.5, 0.0);
  TEST_NEAR (x[1], -0.5, 0.0);
  TEST_NEAR (x[2], 0.13, 1e-16);

  /* (t + a)^2 / 4a: 0 at -a, 1/80 at 0; and the same from above. */
  const double margins[] = { 0.0, -0.05, 1.05 };
  cmaes_bounds_fold (&bounds, margins, x);
  TEST_NEAR (x[0], 0.0125, 1e-17);
  TEST_NEAR (x[1], -3.0, 0.0);
  TEST_NEAR (x[2], 0.7, 0.0);

  /* Mirrored at -0.05 and 1.05, and repeated with period 2.2. */
  const double far[] = { -0.4, 1.6 + 2.2, 0.3 - 22.0 };
  cmaes_bounds_fold (&bounds, far, x);
  TEST_NEAR (x[0], 0.3, 1e-15);
  TEST_NEAR (x[1], 2.0, 1e-13);
  TEST_NEAR (x[2], 0.1 + 0.3 * 0.6, 1e-14);
}

static void
test_unfold (void)
{
  static const double margins[] = { 0.0, 0.01, 0.25 };
  RandomStream random;
  random_init (&random, 3, RANDOM_TASK, 0);
  for (gsize m = 0; m < G_N_ELEMENTS (margins); m++)
    for (guint i = 0; i < 2000; i++)
      {
        double lower = 1e3 * (random_uniform (&random) - 0.5),
               upper = lower + random_uniform (&random) + 1e-3;
        double width = upper - lower, t = 20.0 * (random_uniform (&random) - 0.5), near = t, x, again, back;
        CmaesBounds bounds
            = { .n = 1, .margin = margins[m], .lower = &lower, .upper = &upper, .width = &width };
        cmaes_bounds_fold (&bounds, &t, &x);
        CU_ASSERT (x >= lower && x <= upper);
        cmaes_bounds_unfold (&bounds, &x, &near, &back);
        cmaes_bounds_fold (&bounds, &back, &again);
        TEST_NEAR (again, x, 1e-12 * fmax (1.0, fabs (x)));
        CU_ASSERT (fabs (back - near) < 1e-4); /* digits are lost where the parabola is flat */
        cmaes_bounds_recentre (&bounds, &t);
        CU_ASSERT (fabs (t) < 5.0);
        cmaes_bounds_fold (&bounds, &t, &again);
        TEST_NEAR (again, x, 1e-10);
      }
}

/* C = M M' + 1 and products with its factor, for a dimension of the loops and one of the libraries. */
static void
check_linalg (gsize n)
{
  RandomStream random;
  random_init (&random, n, RANDOM_TASK, 0);
  gsize m = 5;
  g_autofree double *c = g_new0 (double, n *n);
  g_autofree double *a = g_new0 (double, n *n);
  g_autofree double *v = g_new0 (double, m *n);
  g_autofree double *y = g_new0 (double, m *n);
  g_autofree double *pack = g_new0 (double, m *n);
  const size_t rows[] = { 3, 0, 4, 1, 2 };
  const double scales[] = { 0.5, 2.0, -0.01, 0.0, 1.5 };
  random_normals (&random, m * n, v);
  for (gsize i = 0; i < n; i++)
    c[i * n + i] = 2.0;
  cmaes_linalg_rank_update (n, m, 0.5, v, rows, scales, c, pack);
  for (gsize j = 0; j < n; j++)
    for (gsize i = j; i < n; i++)
      {
        double sum = i == j;
        for (gsize k = 0; k < m; k++)
          sum += scales[k] * v[rows[k] * n + i] * v[rows[k] * n + j];
        TEST_NEAR (c[j * n + i], sum, 1e-13);
      }
  CU_ASSERT_TRUE (cmaes_linalg_cholesky (n, c, a));
  for (gsize j = 0; j < n; j++)
    for (gsize i = j; i < n; i++)
      {
        double sum = 0.0;
        for (gsize k = 0; k <= j; k++)
          sum += a[k * n + i] * a[k * n + j];
        TEST_NEAR (sum, c[j * n + i], 1e-12);
      }
  cmaes_linalg_lower_times (n, m, a, v, y);
  for (gsize k = 0; k < m; k++)
    cmaes_linalg_lower_solve (n, a, y + k * n);
  for (gsize i = 0; i < m * n; i++)
    TEST_NEAR (y[i], v[i], 1e-11);
  c[n - 1] = 1e3;
  CU_ASSERT_FALSE (cmaes_linalg_cholesky (n, c, a));
}

static void
test_linalg (void)
{
  check_linalg (2);
  check_linalg (7);
  check_linalg (60);
}

static void
test_eigen (void)
{
  /* [2 1; 1 2] has the eigenvalues 1 and 3. */
  double b[] = { 2.0, 1.0, 1.0, 2.0 }, values[2], z[] = { 1.0, 2.0 }, turned[2], back[2];
  size_t reals, integers;
  cmaes_linalg_eigen_workspace (2, true, &reals, &integers);
  g_autofree double *work = g_new0 (double, reals);
  g_autofree int *iwork = g_new0 (int, integers);
  CU_ASSERT_TRUE (cmaes_linalg_eigen (2, true, b, values, work, reals, iwork, integers));
  TEST_NEAR (values[0], 1.0, 1e-15);
  TEST_NEAR (values[1], 3.0, 1e-15);
  TEST_NEAR (fabs (b[0]), sqrt (0.5), 1e-15);
  cmaes_linalg_transposed_times (2, b, z, turned);
  cmaes_linalg_times (2, 1, b, turned, back);
  TEST_NEAR (back[0], 1.0, 1e-15);
  TEST_NEAR (back[1], 2.0, 1e-15);
}

#define DIM 3u
#define POPULATION 7u

/* The update as the tutorial writes it, with no thought for speed, and a factor that is always new. */
typedef struct {
  double mean[DIM], p_sigma[DIM], p_c[DIM], c[DIM][DIM], a[DIM][DIM], sigma;
  guint generation;
} Reference;

static void
reference_factor (Reference *r)
{
  memset (r->a, 0, sizeof r->a);
  for (gsize i = 0; i < DIM; i++)
    for (gsize j = 0; j <= i; j++)
      {
        double sum = r->c[i][j];
        for (gsize k = 0; k < j; k++)
          sum -= r->a[i][k] * r->a[j][k];
        r->a[i][j] = i == j ? sqrt (sum) : sum / r->a[j][j];
      }
}

static void
reference_shape (Reference *r, const CmaesStrategy *q, const double (*z)[DIM], const double (*y)[DIM],
                 double stall)
{
  double factor = 1.0 + q->c_1 * stall * q->c_c * (2.0 - q->c_c) - q->c_1;
  for (gsize k = 0; k < POPULATION; k++)
    factor -= q->c_mu * q->weights[k];
  for (gsize i = 0; i < DIM; i++)
    for (gsize j = 0; j < DIM; j++)
      {
        r->c[i][j] = factor * r->c[i][j] + q->c_1 * r->p_c[i] * r->p_c[j];
        for (gsize k = 0; k < POPULATION; k++)
          {
            double w = q->weights[k], square = 0.0;
            for (gsize l = 0; l < DIM; l++)
              square += z[k][l] * z[k][l];
            r->c[i][j] += q->c_mu * (w < 0.0 ? w * DIM / square : w) * y[k][i] * y[k][j];
          }
      }
}

/* z and y are ranked, best first. */
static void
reference_update (Reference *r, const CmaesStrategy *q, const double (*z)[DIM], const double (*y)[DIM])
{
  double length = 0.0, step[DIM] = { 0.0 };
  for (gsize i = 0; i < DIM; i++)
    {
      double path = 0.0;
      for (gsize k = 0; k < q->mu; k++)
        {
          path += q->weights[k] * z[k][i];
          step[i] += q->weights[k] * y[k][i];
        }
      r->p_sigma[i]
          = (1.0 - q->c_sigma) * r->p_sigma[i] + sqrt (q->c_sigma * (2.0 - q->c_sigma) * q->mu_eff) * path;
      r->mean[i] += r->sigma * step[i];
      length += r->p_sigma[i] * r->p_sigma[i];
    }
  length = sqrt (length);
  r->generation++;
  double known = sqrt (1.0 - pow (1.0 - q->c_sigma, 2.0 * r->generation));
  double stall = length * length / DIM / known / known < 2.0 + 4.0 / (DIM + 1.0) ? 0.0 : 1.0;
  for (gsize i = 0; i < DIM; i++)
    r->p_c[i]
        = (1.0 - q->c_c) * r->p_c[i] + (1.0 - stall) * sqrt (q->c_c * (2.0 - q->c_c) * q->mu_eff) * step[i];
  reference_shape (r, q, z, y, stall);
  r->sigma *= exp (q->c_sigma / q->d_sigma * (length / q->chi_n - 1.0));
}

static void
test_update (void)
{
  CmaesSettings settings = default_settings ();
  const double lower[] = { -100.0, -100.0, -100.0 }, upper[] = { 100.0, 100.0, 100.0 },
               x0[] = { 1.0, 2.0, 3.0 };
  CmaesProblem problem = { .n = DIM, .lower = lower, .upper = upper, .x0 = x0, .at_once = 1 };
  const double sigma0 = 0.01;
  const char *why;
  settings.sigma0 = (CmaesList){ 1, &sigma0 };
  settings.lazy_gap = 0.0;
  Cmaes *s = cmaes_core_new (&settings, &problem, &why);
  CU_ASSERT_PTR_NOT_NULL_FATAL (s);
  TEST_INT (s->strategy.lambda, POPULATION);
  Reference r = { .mean = { 0.505, 0.51, 0.515 }, .sigma = 0.01 };
  for (gsize i = 0; i < DIM; i++)
    r.c[i][i] = 1.0;
  RandomStream random;
  random_init (&random, 1, RANDOM_OPTIMIZER, 1);
  for (guint generation = 0; generation < 30; generation++)
    {
      double z[POPULATION][DIM], y[POPULATION][DIM];
      random_normals (&random, POPULATION * DIM, s->z);
      memcpy (z, s->z, sizeof z);
      reference_factor (&r);
      for (gsize k = 0; k < POPULATION; k++)
        for (gsize i = 0; i < DIM; i++)
          {
            y[k][i] = 0.0;
            for (gsize j = 0; j <= i; j++)
              y[k][i] += r.a[i][j] * z[k][j];
          }
      cmaes_core_sample (s);
      for (gsize k = 0; k < POPULATION; k++)
        {
          for (gsize i = 0; i < DIM; i++)
            TEST_NEAR (s->x[k * DIM + i], 200.0 * (r.mean[i] + r.sigma * y[k][i]) - 100.0, 1e-10);
          s->state.asked++;
          cmaes_core_tell (s, s->x + k * DIM, (double) k); /* the order of the rows is that of the ranks */
        }
      reference_update (&r, &s->strategy, z, y);
      TEST_NEAR (s->state.sigma / r.sigma, 1.0, 1e-11);
      TEST_NEAR (s->p_c[0], r.p_c[0], 1e-11);
    }
  TEST_INT (s->state.generation, 30);
  cmaes_core_free (s);
}

/* A value for an equal and opposite pair of points, alternating between directions, shrinks variances as fast
 * as the negative weights allow. */
static void
test_definite (void)
{
  CmaesSettings settings = default_settings ();
  double lower[8], upper[8], x0[8];
  for (gsize i = 0; i < 8; i++)
    {
      lower[i] = -1.0;
      upper[i] = 1.0;
      x0[i] = 0.0;
    }
  CmaesProblem problem = { .n = 8, .lower = lower, .upper = upper, .x0 = x0, .at_once = 40 };
  const char *why;
  RandomStream random;
  random_init (&random, 5, RANDOM_OPTIMIZER, 1);
  settings.tolconditioncov = INFINITY;
  settings.tolupsigma = INFINITY;
  settings.tolfacupx = INFINITY;
  settings.tolstagnation = 0;
  Cmaes *s = cmaes_core_new (&settings, &problem, &why);
  CU_ASSERT_PTR_NOT_NULL_FATAL (s);
  for (guint generation = 0; generation < 300; generation++)
    {
      random_normals (&random, 40 * 8, s->z);
      cmaes_core_sample (s);
      for (gsize k = 0; k < 40; k++)
        {
          double along = fabs (s->z[k * 8 + generation / 20 % 8]), rest = 0.0;
          for (gsize i = 0; i < 8; i++)
            rest += s->z[k * 8 + i] * s->z[k * 8 + i];
          s->state.asked++;
          cmaes_core_tell (s, s->x + k * 8, along / sqrt (rest + 1e-300));
        }
      if (s->state.stop != CMAES_RUNNING)
        break;
    }
  TEST_INT (s->state.stop, CMAES_RUNNING);
  CU_ASSERT (s->state.condition >= 1.0 && isfinite (s->state.condition));
  CU_ASSERT (isfinite (s->state.sigma) && s->state.sigma > 0.0);
  cmaes_core_free (s);
}

/* The point that was evaluated counts, not the one that was asked for. */
static void
test_other_point (void)
{
  CmaesSettings settings = default_settings ();
  const double lower[] = { 0.0, 0.0 }, upper[] = { 1.0, 1.0 }, x0[] = { 0.5, 0.5 };
  const double near[] = { 0.55, 0.4 }, far[] = { 0.5, 0.98 }, sigma0 = 0.1;
  CmaesProblem problem = { .n = 2, .lower = lower, .upper = upper, .x0 = x0, .at_once = 1 };
  const char *why;
  settings.sigma0 = (CmaesList){ 1, &sigma0 };
  Cmaes *s = cmaes_core_new (&settings, &problem, &why);
  CU_ASSERT_PTR_NOT_NULL_FATAL (s);
  for (gsize i = 0; i < 12; i++)
    s->z[i] = 0.25 * (double) i;
  cmaes_core_sample (s);
  s->state.asked = 2;
  cmaes_core_tell (s, near, 1.0);
  TEST_NEAR (s->y[0], 0.5, 1e-14);
  TEST_NEAR (s->z[1], -1.0, 1e-14);
  cmaes_core_tell (s, far, 1.0); /* 4.8 sigma away: counts as sqrt (2) + 4 / 4 */
  TEST_NEAR (s->y[2], 0.0, 1e-14);
  TEST_NEAR (s->y[3], sqrt (2.0) + 1.0, 1e-13);
  cmaes_core_free (s);
}

static const TestCase cases[] = {
  { "defaults are the published ones", test_strategy },
  { "choices override defaults", test_strategy_choices },
  { "points are folded into the bounds", test_fold },
  { "unfolding undoes folding", test_unfold },
  { "update, factor, product and solve agree", test_linalg },
  { "eigenvalues and turning back", test_eigen },
  { "thirty updates follow the formulas", test_update },
  { "the covariance matrix stays positive definite", test_definite },
  { "the evaluated point counts", test_other_point },
};
TEST_MAIN ("cmaes-core", cases)
