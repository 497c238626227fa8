/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Function lennardjones of the task `benchmark`: energies of clusters whose geometry is known, the gradient
 * against differences, atoms that coincide, the published table.
 */
#include "task-fixture.h"

/* Least energy over the scale of a cluster with n_kinds distances, count[k] pairs at length[k]: with A the
 * sum of count / length^12 and B that of count / length^6 it is -B^2 / A, at scale^6 = 2 A / B. */
static double
relax (gsize n_kinds, const double *count, const double *length, double *out_scale)
{
  double a = 0, b = 0;
  for (gsize k = 0; k < n_kinds; k++)
    {
      a += count[k] * pow (length[k], -12);
      b += count[k] * pow (length[k], -6);
    }
  *out_scale = pow (2 * a / b, 1.0 / 6);
  return -b * b / a;
}

static double
energy (const char *settings, const double *x)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, settings));
  double value = fixture_value (&f, x);
  fixture_close (&f);
  return value;
}

static void
pair (void)
{
  TEST_NEAR (energy ("function=lennardjones; atoms=2", (double[]){ 0, 0, 0, 0, 1, 0 }), 0, 0);
  TEST_NEAR (energy ("function=lennardjones; atoms=2", (double[]){ 0, 0, 0, 0, 0, -2 }), -0.0615234375, 0);
  TEST_NEAR (energy ("function=lennardjones; atoms=2; atom_dims=1; sigma=2; epsilon=3", (double[]){ -1, 3 }),
             3 * -0.0615234375, 1e-16);
}

static void
octahedron (void)
{
  double scale, expected = relax (2, (double[]){ 12, 3 }, (double[]){ G_SQRT2, 2 }, &scale);
  TEST_NEAR (expected, -12.712062, 1e-6);
  double x[18] = { 0 };
  for (int axis = 0; axis < 3; axis++)
    {
      x[6 * axis + axis] = 1.7 * scale;
      x[6 * axis + 3 + axis] = -1.7 * scale;
    }
  TEST_NEAR (energy ("function=lennardjones; atoms=6; sigma=1.7; epsilon=2", x), 2 * expected, 1e-12);
}

/* Twelve corners (0, +-1, +-golden) and their rotations, and the centre. */
static void
icosahedron (void)
{
  const double golden = (1 + sqrt (5)) / 2;
  const double count[] = { 12, 30, 30, 6 };
  const double length[] = { sqrt (1 + golden * golden), 2, 2 * golden, 2 * sqrt (1 + golden * golden) };
  double scale, expected = relax (4, count, length, &scale), x[39] = { 0 };
  TEST_NEAR (expected, -44.326801, 1e-6);
  for (int corner = 0; corner < 12; corner++)
    {
      int axis = corner / 4;
      x[3 * corner + (axis + 1) % 3] = corner & 1 ? scale : -scale;
      x[3 * corner + (axis + 2) % 3] = (corner & 2 ? golden : -golden) * scale;
    }
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "function=lennardjones"));
  TEST_INT (f.space.n, 39);
  TEST_NEAR (fixture_value (&f, x), expected, 1e-12);
  TEST_NEAR (f.target.f, expected, 1e-6);
  CU_ASSERT (f.target.x == NULL);
  TEST_NEAR (f.space.upper[38], 2.1269, 1e-3);
  TEST_NEAR (f.space.lower[0], -f.space.upper[0], 0);
  double gradient[39];
  CU_ASSERT (f.plugin->task->gradient (f.self, x, gradient));
  for (int i = 0; i < 39; i++)
    TEST_NEAR (gradient[i], 0, 1e-11);
  fixture_close (&f);
}

/* Fixed random points, by central differences. */
static void
check_gradient (const char *settings)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, settings));
  RandomStream random;
  random_init (&random, 11, RANDOM_TASK, 0);
  double x[30], gradient[30];
  for (int k = 0; k < 20; k++)
    {
      fixture_random_point (&f, &random, x);
      CU_ASSERT (f.plugin->task->gradient (f.self, x, gradient));
      for (gsize i = 0; i < f.space.n; i++)
        {
          double middle = x[i], h = 1e-5 * (f.space.upper[i] - f.space.lower[i]);
          double middle_value = fabs (fixture_value (&f, x));
          x[i] = middle + h;
          double up = fixture_value (&f, x);
          x[i] = middle - h;
          double down = fixture_value (&f, x);
          x[i] = middle;
          double change = (up - down) / (2 * h);
          TEST_NEAR (gradient[i], change, 1e-3 * fabs (change) + 1e-9 * middle_value / h);
        }
    }
  fixture_close (&f);
}

static void
gradient_matches_differences (void)
{
  check_gradient ("function=lennardjones; atoms=3");
  check_gradient ("function=lennardjones; atoms=4; sigma=0.5");
  check_gradient ("function=lennardjones; atoms=4; sigma=2; epsilon=3");
  check_gradient ("function=lennardjones; atoms=5; atom_dims=2; sigma=3.4");
  check_gradient ("function=lennardjones; atoms=3; atom_dims=5; sigma=1.1");
}

/* dE/dr of a pair at r = 1: 24 epsilon (sigma^6 - 2 sigma^12) with r = 1. */
static void
gradient_of_a_pair (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "function=lennardjones; atoms=2; atom_dims=1; sigma=2"));
  double gradient[2];
  CU_ASSERT (f.plugin->task->gradient (f.self, (double[]){ 0, 1 }, gradient));
  TEST_NEAR (gradient[1], 24.0 * (64 - 2 * 4096), 1e-9);
  TEST_NEAR (gradient[0], -gradient[1], 0);
  fixture_close (&f);
}

static void
coincident_atoms_are_no_minimum (void)
{
  Fixture f;
  CU_ASSERT_FATAL (fixture_open (&f, 1, "function=lennardjones"));
  double x[39] = { 0 }, gradient[39];
  CU_ASSERT (fixture_value (&f, x) == INFINITY);
  CU_ASSERT (!f.plugin->task->gradient (f.self, x, gradient));
  /* 13 atoms on the 4 corners of the best tetrahedron: each pair of corners at the best distance */
  double edge = pow (2, 1.0 / 6) / G_SQRT2;
  for (int atom = 0; atom < 13; atom++)
    for (int k = 0; k < 3; k++)
      x[3 * atom + k] = atom % 4 == 3 || k == atom % 4 ? 0 : edge;
  CU_ASSERT (fixture_value (&f, x) == INFINITY);
  for (int i = 0; i < 39; i++) /* so near that the distance underflows or the energy overflows */
    x[i] = 1e-300 * i;
  CU_ASSERT (fixture_value (&f, x) == INFINITY);
  for (int i = 0; i < 39; i++)
    x[i] = 1e-20 * i;
  CU_ASSERT (fixture_value (&f, x) > 1e200);
  fixture_close (&f);
}

static void
published_energies (void)
{
  static const struct {
    int atoms;
    double energy;
  } rows[] = { { 5, -9.103852 },     { 7, -16.505384 },   { 13, -44.326801 },  { 38, -173.928427 },
               { 55, -279.248470 },  { 75, -397.492331 }, { 98, -543.665361 }, { 104, -582.086642 },
               { 147, -876.461207 }, { 150, -893.310258 } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Fixture f;
      g_autofree char *settings
          = g_strdup_printf ("function=lennardjones; atoms=%d; epsilon=2", rows[i].atoms);
      CU_ASSERT_FATAL (fixture_open (&f, 1, settings));
      CU_ASSERT (f.target.has_f);
      TEST_NEAR (f.target.f, 2 * rows[i].energy, 1e-9);
      fixture_close (&f);
    }
}

/* The mean energy of a pair never falls as atoms are added (Kiessling, arXiv 2305.10600): a misprint
 * of a digit in the table would show. */
static void
mean_pair_energy_rises (void)
{
  double last = -1;
  for (int atoms = 3; atoms <= 150; atoms++)
    {
      Fixture f;
      g_autofree char *settings = g_strdup_printf ("function=lennardjones; atoms=%d", atoms);
      CU_ASSERT_FATAL (fixture_open (&f, 1, settings));
      double mean = f.target.f / (0.5 * atoms * (atoms - 1));
      CU_ASSERT (mean >= last);
      last = mean;
      fixture_close (&f);
    }
}

static void
unknown_minima (void)
{
  static const char *const settings[]
      = { "function=lennardjones; atoms=151", "function=lennardjones; atoms=4; atom_dims=2",
          "function=lennardjones; atoms=3; atom_dims=1" };
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      Fixture f;
      CU_ASSERT_FATAL (fixture_open (&f, 1, settings[i]));
      CU_ASSERT (!f.target.has_f && f.target.x == NULL);
      fixture_close (&f);
    }
}

static const TestCase cases[] = {
  { "pair", pair },
  { "octahedron", octahedron },
  { "icosahedron", icosahedron },
  { "gradient of a pair", gradient_of_a_pair },
  { "gradient matches differences", gradient_matches_differences },
  { "coincident atoms are no minimum", coincident_atoms_are_no_minimum },
  { "published energies", published_energies },
  { "mean pair energy rises", mean_pair_energy_rises },
  { "unknown minima", unknown_minima },
};

TEST_MAIN ("lennard-jones", cases)
