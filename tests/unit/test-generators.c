/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every generator. The box is [0, 3] x [0, 4]. Where chance decides, seeds are fixed and margins are at least
 * five standard deviations wide.
 */
#include "policy-fixture.h"
#include "base/random.h"
#include "plugin/host.h"
#include <math.h>
#include <string.h>

#define N 4000

/* Means and variances of N points. */
typedef struct {
  double mean[2], variance[2], least[2], most[2];
} Moments;

static Moments
measure (Rig *rig)
{
  Moments m = { .least = { INFINITY, INFINITY }, .most = { -INFINITY, -INFINITY } };
  double squares[2] = { 0, 0 };
  for (int i = 0; i < N; i++)
    {
      Point point = rig_next (rig);
      for (int k = 0; k < 2; k++)
        {
          m.mean[k] += point.x[k] / N;
          squares[k] += point.x[k] * point.x[k] / N;
          m.least[k] = fmin (m.least[k], point.x[k]);
          m.most[k] = fmax (m.most[k], point.x[k]);
        }
    }
  for (int k = 0; k < 2; k++)
    m.variance[k] = squares[k] - m.mean[k] * m.mean[k];
  return m;
}

/* Uniform in the box: means 1.5 and 2, variances 9/12 and 16/12. */
static void
check_uniform (Rig *rig)
{
  Moments m = measure (rig);
  TEST_NEAR (m.mean[0], 1.5, 0.07);
  TEST_NEAR (m.mean[1], 2.0, 0.1);
  TEST_NEAR (m.variance[0], 0.75, 0.06);
  TEST_NEAR (m.variance[1], 16.0 / 12.0, 0.1);
  TEST_NEAR (m.least[0], 0, 0.01);
  TEST_NEAR (m.most[1], 4, 0.01);
}

static void
test_random (void)
{
  g_autoptr (Rig) a = rig_new_generator ("RandomGenerator()", 1);
  g_autoptr (Rig) b = rig_new_generator ("RandomGenerator", 1);
  g_autoptr (Rig) c = rig_new_generator ("RandomGenerator", 2);
  Point p = rig_next (a), q = rig_next (b), r = rig_next (c);
  CU_ASSERT_TRUE (memcmp (&p, &q, sizeof p) == 0);
  CU_ASSERT_FALSE (memcmp (&p, &r, sizeof p) == 0);
  check_uniform (a);
}

static void
test_single_point (void)
{
  g_autoptr (Rig) given = rig_new_generator ("SinglePointGenerator([1.5, 4])", 1);
  g_autoptr (Rig) drawn = rig_new_generator ("SinglePointGenerator()", 1);
  g_autoptr (Rig) other = rig_new_generator ("SinglePointGenerator(auto)", 2);
  Point first = rig_next (drawn), second = rig_next (other);
  CU_ASSERT_FALSE (memcmp (&first, &second, sizeof first) == 0);
  for (int i = 0; i < 5; i++)
    {
      Point p = rig_next (given), q = rig_next (drawn);
      TEST_NEAR (p.x[0], 1.5, 0);
      TEST_NEAR (p.x[1], 4, 0);
      CU_ASSERT_TRUE (memcmp (&first, &q, sizeof first) == 0);
    }
  rig_refuses (GLOMPO_KIND_GENERATOR, "SinglePointGenerator([1])",
               "SinglePointGenerator: x has 1 numbers, wanted 2, one per parameter");
  rig_refuses (GLOMPO_KIND_GENERATOR, "SinglePointGenerator([1, 4.5])",
               "number 2 of x is 4.5, wanted one within the bounds 0 to 4");
}

static void
test_incumbent (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("IncumbentGenerator()", 1);
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, INFINITY, 1, 1);
  check_uniform (rig);
  rig_evaluate (rig, 1, 5, 2, 3);
  rig_evaluate (rig, 1, 6, 1, 1);
  Point p = rig_next (rig);
  TEST_NEAR (p.x[0], 2, 0);
  TEST_NEAR (p.x[1], 3, 0);
}

/* Three optimizers at (0, 0), (3, 4) and (1, 1) with best values 1, 2, 5, and a new one without any: weights
 * 4, 3, 0. With all evaluations used the points are the best points themselves. */
static void
test_exploit_explore (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("ExploitExploreGenerator(4)", 1);
  rig_start (rig, "g", "p");
  check_uniform (rig); /* the first start: nobody has a value */
  rig_evaluate (rig, 1, 1, 0, 0);
  check_uniform (rig); /* one value: no weight */
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 2, 2, 3, 4);
  rig_evaluate (rig, 3, 5, 1, 1);
  rig_evaluate (rig, 3, 9, 2, 2);
  rig_start (rig, "g", "p");
  int n_first = 0, n_second = 0;
  for (int i = 0; i < N; i++)
    {
      Point p = rig_next (rig);
      n_first += p.x[0] == 0 && p.x[1] == 0;
      n_second += p.x[0] == 3 && p.x[1] == 4;
    }
  TEST_INT (n_first + n_second, N);
  TEST_NEAR (n_first, N * 4.0 / 7.0, 160);
}

/* p = (evaluations / max)^focus = (2/8)^0.5 = 1/2, between (0, 0) and a random point: half the box. */
static void
test_exploit_explore_mix (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("ExploitExploreGenerator(8, focus=0.5)", 1);
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, 1, 0, 0);
  rig_evaluate (rig, 2, 2, 3, 4);
  Moments m = measure (rig);
  TEST_NEAR (m.mean[0], 0.75, 0.035);
  TEST_NEAR (m.mean[1], 1.0, 0.05);
  TEST_NEAR (m.most[0], 1.5, 0.01);
  TEST_NEAR (m.least[1], 0.0, 0.01);
  rig_refuses (GLOMPO_KIND_GENERATOR, "ExploitExploreGenerator(4, 0)",
               "found '0', wanted a finite real number above 0");
}

/* Extreme values: weights stay numbers. */
static void
test_exploit_explore_extremes (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("ExploitExploreGenerator(2)", 1);
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, -1.7e308, 1, 1);
  rig_evaluate (rig, 2, 1.7e308, 3, 4);
  for (int i = 0; i < 100; i++)
    TEST_NEAR (rig_next (rig).x[0], 1, 0);
}

static void
test_perturbation (void)
{
  /* far from the bounds: nearly the plain normal */
  g_autoptr (Rig) plain = rig_new_generator ("PerturbationGenerator([1.5, 2], [0.25, 0.4])", 1);
  Moments m = measure (plain);
  TEST_NEAR (m.mean[0], 1.5, 0.02);
  TEST_NEAR (m.mean[1], 2.0, 0.035);
  TEST_NEAR (m.variance[0], 0.0625, 0.008);
  TEST_NEAR (m.variance[1], 0.16, 0.02);

  /* at a corner, half normals: mean s sqrt (2 / pi), variance s^2 (1 - 2 / pi) */
  g_autoptr (Rig) corner = rig_new_generator ("PerturbationGenerator([0, 4], [0.5])", 1);
  m = measure (corner);
  TEST_NEAR (m.mean[0], 0.398942, 0.025);
  TEST_NEAR (m.mean[1], 4 - 0.398942, 0.025);
  TEST_NEAR (m.variance[0], 0.0908451, 0.012);

  /* much wider than the box: nearly uniform */
  g_autoptr (Rig) wide = rig_new_generator ("PerturbationGenerator(x0=[1, 1], scale=[1000])", 1);
  check_uniform (wide);

  /* about as wide as the box. N (0, 3) on 0..3: with phi, Phi of the standard normal the mean is
     3 (phi (0) - phi (1)) / (Phi (1) - Phi (0)) = 3 (0.398942 - 0.241971) / 0.341345 = 1.379582 */
  g_autoptr (Rig) narrow = rig_new_generator ("PerturbationGenerator([0, 0], [3, 3])", 1);
  m = measure (narrow);
  TEST_NEAR (m.mean[0], 1.379582, 0.07);

  g_autoptr (Rig) none = rig_new_generator ("PerturbationGenerator([1, 2], [0, 0.1])", 1);
  TEST_NEAR (rig_next (none).x[0], 1, 0);
  rig_refuses (GLOMPO_KIND_GENERATOR, "PerturbationGenerator([1, 2, 3], [1])", "x0 has 3 numbers, wanted 2");
  rig_refuses (GLOMPO_KIND_GENERATOR, "PerturbationGenerator([1, -2], [1])",
               "number 2 of x0 is -2, wanted one within the bounds 0 to 4");
  rig_refuses (GLOMPO_KIND_GENERATOR, "PerturbationGenerator([1, 2], [1, 1, 1])",
               "scale has 3 numbers, wanted 1 or 2");
}

static void
test_basin_hopping_start (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("BasinHoppingGenerator()", 1);
  rig_start (rig, "g", "p");
  check_uniform (rig);
  rig_refuses (GLOMPO_KIND_GENERATOR, "BasinHoppingGenerator(0)",
               "found '0', wanted a finite real number above 0");
  rig_refuses (GLOMPO_KIND_GENERATOR, "BasinHoppingGenerator(factor=0)",
               "found '0', wanted a real number above 0, of at most 1");
}

/* One optimizer, at (1.5, 2): nothing is accepted, so the step of 0.2 of the box shrinks by a half every
 * second point: 0.2 for the first, then 0.1, 0.1, 0.05, 0.05... */
static void
test_basin_hopping_shrinks (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("BasinHoppingGenerator(1, 0.2, interval=2, factor=0.5)", 1);
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, 1, 1.5, 2);
  double step = 0.2, most = 0;
  for (int i = 1; i <= 20; i++)
    {
      if (i % 2 == 0)
        step /= 2;
      Point p = rig_next (rig);
      CU_ASSERT_TRUE (fabs (p.x[0] - 1.5) <= 3 * step && fabs (p.x[1] - 2) <= 4 * step);
      most = fmax (most, fmax (fabs (p.x[0] - 1.5) / (3 * step), fabs (p.x[1] - 2) / (4 * step)));
    }
  CU_ASSERT_TRUE (most > 0.8);
}

/* Two optimizers at opposite corners with values that differ by little against the temperature: both serve as
 * base; at a corner half of the steps are reflected; everything is accepted, so the step grows up to the
 * whole box and never beyond. */
static void
test_basin_hopping_grows (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("BasinHoppingGenerator(1e6, 0.01, interval=50)", 1);
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, 1, 0, 0);
  rig_evaluate (rig, 2, 1.5, 3, 4);
  int n_far = 0;
  for (int i = 0; i < 40; i++)
    n_far += rig_next (rig).x[0] > 1.5;
  TEST_INT (n_far, 40); /* exp (-0.5e-6) is as good as 1: the other is always taken */
  for (int i = 0; i < 50 * 50; i++)
    rig_next (rig);
  check_uniform (rig); /* 0.9^-44 is 103; from a corner, reflected steps of the whole box are uniform */
}

/* The rule of Metropolis: the other has chance exp (-1). */
static void
test_basin_hopping_metropolis (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("BasinHoppingGenerator(2, 0, interval=1000000)", 1);
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, 1, 0, 0);
  rig_evaluate (rig, 2, 3, 3, 4);
  int n_other = 0;
  for (int i = 0; i < N; i++)
    n_other += rig_next (rig).x[0] == 3;
  TEST_NEAR (n_other, N * exp (-1.0), 160);
}

/* Every eight of the points have one in each eighth of both axes; the next eight are another arrangement. */
static void
test_latin_hypercube (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("LatinHypercube(8)", 1);
  int order[2][8];
  for (int round = 0; round < 2; round++)
    {
      int seen[2] = { 0, 0 };
      for (int i = 0; i < 8; i++)
        {
          Point p = rig_next (rig);
          order[round][i] = (int) (p.x[0] / 3 * 8);
          seen[0] |= 1 << (int) (p.x[0] / 3 * 8);
          seen[1] |= 1 << (int) (p.x[1] / 4 * 8);
        }
      TEST_INT (seen[0], 0xff);
      TEST_INT (seen[1], 0xff);
    }
  CU_ASSERT_FALSE (memcmp (order[0], order[1], sizeof order[0]) == 0);
  g_autoptr (Rig) single = rig_new_generator ("LatinHypercube(1)", 1);
  check_uniform (single);
}

/* A Sobol' generator in the unit cube of n dimensions; number k of a point without the shift is the exclusive
 * or with the first point. */
#define MAX_POINTS 256

static void
draw_sobol (gsize n, gsize n_points, uint32_t *out)
{
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  const GlompoPlugin *plugin = glompo_registry_find (registry, GLOMPO_KIND_GENERATOR, "Sobol", NULL);
  g_autofree double *lower = g_new0 (double, n), *upper = g_new (double, n), *x = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    upper[i] = 1.0;
  GlompoProblem problem = { .struct_size = sizeof problem, .n = n, .lower = lower, .upper = upper };
  GlompoRun run = { .struct_size = sizeof run, .n = n };
  PluginHost host;
  RandomStream stream;
  random_init (&stream, 3, RANDOM_GENERATOR, 0);
  plugin_host_init (&host, stream);
  void *self = plugin->generator->create (&problem, NULL, 0, &host.table);
  for (gsize k = 0; k < n_points; k++)
    {
      CU_ASSERT_TRUE (plugin->generator->generate (self, &run, x));
      for (gsize i = 0; i < n; i++)
        out[k * n + i] = (uint32_t) (x[i] * 4294967296.0);
    }
  for (gsize k = n_points; k-- > 0;)
    for (gsize i = 0; i < n; i++)
      out[k * n + i] ^= out[i];
  plugin->generator->destroy (self);
  plugin_host_clear (&host);
}

/* The first points in three dimensions, in sixteenths (the order of Joe and Kuo's program). */
static void
test_sobol_published (void)
{
  static const int expected[8][3] = { { 0, 0, 0 },  { 8, 8, 8 },  { 12, 4, 4 },  { 4, 12, 12 },
                                      { 6, 6, 10 }, { 14, 14, 2 }, { 10, 2, 14 }, { 2, 10, 6 } };
  uint32_t points[8 * 3];
  draw_sobol (3, 8, points);
  for (int k = 0; k < 8; k++)
    for (int i = 0; i < 3; i++)
      TEST_INT (points[k * 3 + i], (gint64) expected[k][i] << 28);
}

/* 256 points have exactly one in every 256th of each of 300 axes, far beyond the table; and the first two
 * axes form a net: one point in every box of 2^a x 2^(8-a) parts. */
static void
test_sobol_even (void)
{
  const gsize n = 300;
  g_autofree uint32_t *points = g_new (uint32_t, MAX_POINTS * n);
  draw_sobol (n, MAX_POINTS, points);
  int n_uneven = 0;
  for (gsize i = 0; i < n; i++)
    {
      gboolean seen[256] = { FALSE };
      for (gsize k = 0; k < MAX_POINTS; k++)
        {
          n_uneven += seen[points[k * n + i] >> 24];
          seen[points[k * n + i] >> 24] = TRUE;
        }
    }
  TEST_INT (n_uneven, 0);
  for (guint a = 0; a <= 8; a++)
    {
      gboolean seen[256] = { FALSE };
      for (gsize k = 0; k < MAX_POINTS; k++)
        {
          guint64 first = (guint64) points[k * n] >> (32 - a);
          guint64 second = (guint64) points[k * n + 1] >> (24 + a);
          n_uneven += seen[(first << (8 - a)) | second];
          seen[(first << (8 - a)) | second] = TRUE;
        }
    }
  TEST_INT (n_uneven, 0);
  /* no two of the axes are the same */
  for (gsize i = 1; i < n; i++)
    for (gsize j = 0; j < i; j++)
      {
        gsize k = 0;
        while (k < MAX_POINTS && points[k * n + i] == points[k * n + j])
          k++;
        n_uneven += k == MAX_POINTS;
      }
  TEST_INT (n_uneven, 0);
}

static void
test_sobol_box (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("Sobol()", 1);
  g_autoptr (Rig) other = rig_new_generator ("Sobol()", 2);
  check_uniform (rig);
  Point p = rig_next (rig), q = rig_next (other);
  CU_ASSERT_FALSE (memcmp (&p, &q, sizeof p) == 0);
}

/* Radius 0.2 of the diagonal is 1. */
static void
test_repelling (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("Repelling(0.2)", 1);
  check_uniform (rig);
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, 1, 1, 1);
  rig_evaluate (rig, 2, 5, 2, 3);
  rig_evaluate (rig, 2, 9, 0, 0); /* worse: not its basin */
  rig_view (rig, 2)->alive = false;
  int n_origin = 0;
  for (int i = 0; i < N; i++)
    {
      Point p = rig_next (rig);
      CU_ASSERT_TRUE (hypot (p.x[0] - 1, p.x[1] - 1) > 1);
      CU_ASSERT_TRUE (hypot (p.x[0] - 2, p.x[1] - 3) > 1);
      n_origin += hypot (p.x[0], p.x[1]) < 0.5; /* partly within 1 of (1, 1), partly free */
    }
  CU_ASSERT_TRUE (n_origin > 0);
}

/* Nowhere is far enough from the middle: the farthest of a hundred points is near a corner. */
static void
test_repelling_crowded (void)
{
  g_autoptr (Rig) rig = rig_new_generator ("Repelling(1)", 1);
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, 1, 1.5, 2);
  double sum = 0;
  for (int i = 0; i < 200; i++)
    {
      Point p = rig_next (rig);
      sum += hypot (p.x[0] - 1.5, p.x[1] - 2) / 200;
    }
  CU_ASSERT_TRUE (sum > 2.2 && sum <= 2.5);
}

/* What a foreign generator may do wrong. */
static double foreign_value;

static void *
foreign_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  return (void *) host;
}

static void
foreign_destroy (void *self)
{
}

static bool
foreign_generate (void *self, const GlompoRun *run, double *x)
{
  const GlompoHost *host = self;
  x[0] = foreign_value;
  if (foreign_value == 2.0)
    host->fail (host, "no idea");
  return foreign_value < 2.0 || foreign_value > 3.0 || isnan (foreign_value);
}

static const GlompoGeneratorVTable foreign_vtable = {
  .struct_size = sizeof foreign_vtable,
  .create = foreign_create,
  .destroy = foreign_destroy,
  .generate = foreign_generate,
};

static const GlompoPlugin foreign_plugin
    = { GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_GENERATOR), .name = "Foreign", .generator = &foreign_vtable };

static void
test_foreign (void)
{
  static const struct {
    double value;
    const char *message;
  } rows[] = {
    { 0.5, NULL },
    { 1.0, NULL },
    { 1.5, "Foreign: start point: alpha is 1.5, wanted a number from 0 to 1" },
    { -0.5, "Foreign: start point: alpha is -0.5, wanted a number from 0 to 1" },
    { NAN, "Foreign: start point: alpha is nan, wanted a number from 0 to 1" },
    { 2.0, "Foreign: no idea" },
    { 2.5, "Foreign: it gave no start point and did not say why" },
  };
  static const char *const names[] = { "alpha" };
  const double lower[] = { 0 }, upper[] = { 1 };
  GlompoProblem problem
      = { .struct_size = sizeof problem, .n = 1, .lower = lower, .upper = upper, .names = names };
  GlompoRun run = { .struct_size = sizeof run, .n = 1 };
  g_autoptr (Expression) call = expression_parse ("Foreign", NULL);
  call->plugin = &foreign_plugin;
  call->options = options_new (NULL, 0, 0);
  g_autoptr (Policy) policy = policy_new (call, &problem, 1, NULL, NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      double x = 77.0;
      foreign_value = rows[i].value;
      gboolean good = policy_generate (policy, &run, &x, &error);
      TEST_INT (good, rows[i].message == NULL);
      TEST_STR (error != NULL ? error->message : NULL, rows[i].message);
      TEST_NEAR (x, good ? rows[i].value : 77.0, 0);
    }
}

static const TestCase cases[] = {
  { "RandomGenerator", test_random },
  { "SinglePointGenerator", test_single_point },
  { "IncumbentGenerator", test_incumbent },
  { "ExploitExploreGenerator", test_exploit_explore },
  { "ExploitExploreGenerator mixes", test_exploit_explore_mix },
  { "ExploitExploreGenerator at extremes", test_exploit_explore_extremes },
  { "PerturbationGenerator", test_perturbation },
  { "BasinHoppingGenerator starts", test_basin_hopping_start },
  { "BasinHoppingGenerator shrinks", test_basin_hopping_shrinks },
  { "BasinHoppingGenerator grows", test_basin_hopping_grows },
  { "BasinHoppingGenerator accepts", test_basin_hopping_metropolis },
  { "LatinHypercube", test_latin_hypercube },
  { "Sobol, published", test_sobol_published },
  { "Sobol, even", test_sobol_even },
  { "Sobol in the box", test_sobol_box },
  { "Repelling", test_repelling },
  { "Repelling where all is crowded", test_repelling_crowded },
  { "generators of others", test_foreign },
};
TEST_MAIN ("generators", cases)
