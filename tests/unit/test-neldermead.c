/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search of neldermead: single steps worked by hand, published functions, bounds, failures, ends. */
#include "harness.h"
#include "optimizers/neldermead/neldermead-core.h"
#include <math.h>
#include <string.h>

#define MAX_N 50

typedef double (*Function) (gsize n, const double *x);

typedef struct {
  double lower[MAX_N], upper[MAX_N], x0[MAX_N];
  NmSettings settings;
} Box;

static void
box_init (Box *box, gsize n, double lower, double upper, double x0)
{
  for (gsize j = 0; j < n; j++)
    box->lower[j] = lower, box->upper[j] = upper, box->x0[j] = x0;
  box->settings = (NmSettings){ .n = n,
                                .lower = box->lower,
                                .upper = box->upper,
                                .x0 = box->x0,
                                .size = 0.05,
                                .tol_x = 1e-9,
                                .tol_f = 1e-12,
                                .max_evaluations = 100000,
                                .max_iterations = NM_UNLIMITED,
                                .max_restarts = NM_UNLIMITED };
}

/* Runs to the end, asking for at most room points at a time; the best value, and its point if wanted. */
static double
minimize (Nm *nm, Function function, gsize room, double *best_x)
{
  const NmSettings *set = &nm->settings;
  g_autofree double *x = g_new (double, room * set->n);
  g_autofree double *f = g_new (double, room);
  double best = INFINITY;
  gsize outside = 0;
  for (gsize m; (m = nm_ask (nm, room, x)) > 0;)
    {
      for (gsize i = 0; i < m; i++)
        {
          const double *point = x + i * set->n;
          for (gsize j = 0; j < set->n; j++)
            outside += !(point[j] >= set->lower[j] && point[j] <= set->upper[j]);
          f[i] = function (set->n, point);
          if (f[i] < best && best_x != NULL)
            memcpy (best_x, point, set->n * sizeof *x);
          best = MIN (best, f[i]);
        }
      nm_tell (nm, m, f);
    }
  TEST_INT (outside, 0);
  return best;
}

static double
sphere (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize j = 0; j < n; j++)
    sum += x[j] * x[j];
  return sum;
}

static double
rosenbrock (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize j = 0; j + 1 < n; j++)
    sum += 100.0 * (x[j + 1] - x[j] * x[j]) * (x[j + 1] - x[j] * x[j]) + (1.0 - x[j]) * (1.0 - x[j]);
  return sum;
}

static double
slope (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize j = 0; j < n; j++)
    sum += (double) (j + 1) * x[j];
  return sum;
}

static double
failing (gsize n, const double *x)
{
  return INFINITY;
}

static double
sphere_failing_beyond (gsize n, const double *x)
{
  return x[0] > 0.5 ? INFINITY : sphere (n, x);
}

static double
flat (gsize n, const double *x)
{
  return 7.0;
}

/* Takes the one point that is wanted and answers f. */
static void
expect_point (Nm *nm, double x, double y, double f)
{
  double point[2] = { NAN, NAN };
  TEST_INT (nm_ask (nm, 1, point), 1);
  TEST_NEAR (point[0], x, 1e-14);
  TEST_NEAR (point[1], y, 1e-14);
  nm_tell (nm, 1, &f);
}

/* Gao & Han 2012, eq. 4.1. */
static void
coefficients (void)
{
  Box box;
  static const struct {
    gsize n;
    double expansion, contraction, shrink;
  } cases[] = { { 1, 2.0, 0.5, 0.5 }, { 2, 2.0, 0.5, 0.5 }, { 4, 1.5, 0.625, 0.75 }, { 10, 1.2, 0.7, 0.9 } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      box_init (&box, cases[i].n, -1.0, 1.0, 0.0);
      Nm *nm = nm_new (&box.settings);
      TEST_NEAR (nm->expansion, cases[i].expansion, 1e-15);
      TEST_NEAR (nm->contraction, cases[i].contraction, 1e-15);
      TEST_NEAR (nm->shrink, cases[i].shrink, 1e-15);
      nm_free (nm);
    }
}

static void
steps_by_hand (void)
{
  Box box;
  box_init (&box, 2, -10.0, 10.0, 0.0);
  Nm *nm = nm_new (&box.settings);
  expect_point (nm, 0.0, 0.0, 1.0);
  expect_point (nm, 1.0, 0.0, 2.0);
  expect_point (nm, 0.0, 1.0, 3.0);
  expect_point (nm, 1.0, -1.0, 0.0);   /* reflection of (0, 1) at (0.5, 0): best so far */
  expect_point (nm, 1.5, -2.0, -1.5);  /* expansion: better still, taken */
  expect_point (nm, 0.5, -2.0, 5.0);   /* reflection of (1, 0) at (0.75, -1): worse than all */
  expect_point (nm, 0.875, -0.5, 9.0); /* inside contraction: no better */
  expect_point (nm, 0.75, -1.0, 0.5);  /* shrink, one point at a time: (0, 0) half-way to (1.5, -2) */
  expect_point (nm, 1.25, -1.0, 0.7);  /* and (1, 0) */
  TEST_INT (nm->state.shrinks, 1);
  /* vertices (1.5, -2): -1.5, (0.75, -1): 0.5, (1.25, -1): 0.7; centroid (1.125, -1.5) */
  expect_point (nm, 1.0, -2.0, 0.6);     /* reflection: between second worst and worst */
  expect_point (nm, 1.0625, -1.75, 0.6); /* outside contraction: as good as the reflection, taken */
  TEST_NEAR (nm->value[2], 0.6, 0.0);
  expect_point (nm, 1.1875, -1.25, 0.2); /* reflection of (1.0625, -1.75), the worst, at the same centroid */
  nm_free (nm);
}

static void
expansion_worse_than_reflection (void)
{
  Box box;
  box_init (&box, 2, -10.0, 10.0, 0.0);
  Nm *nm = nm_new (&box.settings);
  expect_point (nm, 0.0, 0.0, 1.0);
  expect_point (nm, 1.0, 0.0, 2.0);
  expect_point (nm, 0.0, 1.0, 3.0);
  expect_point (nm, 1.0, -1.0, 0.0);
  expect_point (nm, 1.5, -2.0, 0.0); /* no better than the reflection, which is taken */
  TEST_NEAR (nm->simplex[nm->order[0] * 2], 1.0, 0.0);
  TEST_NEAR (nm->simplex[nm->order[0] * 2 + 1], -1.0, 0.0);
  nm_free (nm);
}

static void
first_simplex_stays_inside (void)
{
  Box box;
  box_init (&box, 2, 0.0, 1.0, 1.0);
  box.settings.size = 0.25;
  Nm *nm = nm_new (&box.settings);
  expect_point (nm, 1.0, 1.0, 1.0);
  expect_point (nm, 0.75, 1.0, 2.0);
  expect_point (nm, 1.0, 0.75, 3.0);
  nm_free (nm);
  box.settings.size = 1.0; /* leaves the box on both sides: the farther face */
  box.x0[0] = 0.4, box.x0[1] = 0.6;
  nm = nm_new (&box.settings);
  expect_point (nm, 0.4, 0.6, 1.0);
  expect_point (nm, 1.0, 0.6, 2.0);
  expect_point (nm, 0.4, 0.0, 3.0);
  nm_free (nm);
}

static void
minimum_in_a_corner (void)
{
  for (gsize n = 1; n <= 5; n++)
    {
      Box box;
      box_init (&box, n, -1.0, 2.0, 1.0);
      Nm *nm = nm_new (&box.settings);
      TEST_NEAR (minimize (nm, slope, n + 1, NULL), -(double) (n * (n + 1) / 2), 1e-6);
      nm_free (nm);
    }
}

static void
published_functions (void)
{
  Box box;
  double x[MAX_N];
  box_init (&box, 2, -5.0, 5.0, 1.0);
  box.x0[0] = -1.2; /* Rosenbrock's own start */
  Nm *nm = nm_new (&box.settings);
  TEST_NEAR (minimize (nm, rosenbrock, 1, x), 0.0, 1e-13);
  TEST_NEAR (x[0], 1.0, 1e-6);
  TEST_NEAR (x[1], 1.0, 1e-6);
  TEST_INT (nm->state.end, NM_CONVERGED);
  nm_free (nm);
  box_init (&box, 50, -5.0, 5.0, 3.0);
  nm = nm_new (&box.settings);
  TEST_NEAR (minimize (nm, sphere, 51, NULL), 0.0, 1e-12);
  TEST_INT (nm->state.end, NM_CONVERGED);
  nm_free (nm);
}

static void
one_parameter (void)
{
  Box box;
  double x;
  box_init (&box, 1, -4.0, 3.0, 2.5);
  Nm *nm = nm_new (&box.settings);
  TEST_NEAR (minimize (nm, sphere, 1, &x), 0.0, 1e-15);
  TEST_INT (nm->state.end, NM_CONVERGED);
  CU_ASSERT (nm->state.evaluations < 150);
  nm_free (nm);
}

/* McKinnon, SIAM J. Optim. 9 (1998) 148-158, eq. 3.1 with tau = 2, theta = 6, phi = 60: from one special
 * simplex the method contracts for ever towards (0, 0), while the minimum is f (0, -1/2) = -1/4. */
static double
mckinnon (gsize n, const double *x)
{
  return (x[0] <= 0.0 ? 360.0 : 6.0) * x[0] * x[0] + x[1] + x[1] * x[1];
}

static Nm *
mckinnon_search (Box *box, guint64 max_restarts)
{
  const double root = sqrt (33.0);
  const double simplex[] = { 0.0, 0.0, (1.0 + root) / 8.0, (1.0 - root) / 8.0, 1.0, 1.0 };
  box_init (box, 2, -3.0, 3.0, 0.0);
  box->settings.max_restarts = max_restarts;
  Nm *nm = nm_new (&box->settings);
  memcpy (nm->simplex, simplex, sizeof simplex);
  return nm;
}

static void
degenerate_simplex (void)
{
  Box box;
  Nm *nm = mckinnon_search (&box, 0);
  TEST_NEAR (minimize (nm, mckinnon, 3, NULL), 0.0, 1e-9);
  CU_ASSERT (nm_is_degenerate (nm));
  nm_free (nm);
  nm = mckinnon_search (&box, NM_UNLIMITED);
  TEST_NEAR (minimize (nm, mckinnon, 3, NULL), -0.25, 1e-12);
  CU_ASSERT (nm->state.restarts >= 1);
  CU_ASSERT (!nm_is_degenerate (nm));
  nm_free (nm);
}

static void
rank (void)
{
  Box box;
  box_init (&box, 3, 0.0, 1.0, 0.5);
  Nm *nm = nm_new (&box.settings);
  CU_ASSERT (!nm_is_degenerate (nm));
  /* In a plane, although no two edges are parallel. */
  static const double plane[] = { 0.1, 0.1, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.2, 0.3, 0.2, 0.4 };
  memcpy (nm->simplex, plane, sizeof plane);
  CU_ASSERT (nm_is_degenerate (nm));
  nm->simplex[11] += 0.01;
  CU_ASSERT (!nm_is_degenerate (nm));
  for (gsize i = 0; i < 12; i++)
    nm->simplex[i] = 0.5;
  CU_ASSERT (nm_is_degenerate (nm));
  nm_free (nm);
}

static void
oriented_restart (void)
{
  Box box;
  box_init (&box, 2, -10.0, 10.0, 0.0);
  Nm *nm = nm_new (&box.settings);
  expect_point (nm, 0.0, 0.0, 1.0);
  expect_point (nm, 1.0, 0.0, 2.0); /* rises with x */
  expect_point (nm, 0.0, 1.0, 3.0); /* rises with y */
  nm_orient (nm, 0.1);
  TEST_NEAR (nm->simplex[2], -2.0, 1e-15);
  TEST_NEAR (nm->simplex[3], 0.0, 1e-15);
  TEST_NEAR (nm->simplex[4], 0.0, 1e-15);
  TEST_NEAR (nm->simplex[5], -2.0, 1e-15);
  nm_free (nm);
}

static void
failures (void)
{
  Box box;
  box_init (&box, 3, -2.0, 2.0, 0.4);
  Nm *nm = nm_new (&box.settings);
  TEST_NEAR (minimize (nm, failing, 2, NULL), INFINITY, 0.0);
  TEST_INT (nm->state.end, NM_NO_VALUE);
  TEST_INT (nm->state.evaluations, 4);
  nm_free (nm);
  nm = nm_new (&box.settings);
  TEST_NEAR (minimize (nm, sphere_failing_beyond, 4, NULL), 0.0, 1e-12);
  TEST_INT (nm->state.end, NM_CONVERGED);
  nm_free (nm);
}

static void
ends (void)
{
  Box box;
  box_init (&box, 4, -2.0, 2.0, 1.0);
  box.settings.max_evaluations = 57;
  Nm *nm = nm_new (&box.settings);
  minimize (nm, rosenbrock, 100, NULL);
  TEST_INT (nm->state.end, NM_MAX_EVALUATIONS);
  TEST_INT (nm->state.evaluations, 57);
  nm_free (nm);
  box.settings.max_evaluations = 3; /* less than one simplex */
  nm = nm_new (&box.settings);
  minimize (nm, rosenbrock, 100, NULL);
  TEST_INT (nm->state.evaluations, 3);
  nm_free (nm);
  box.settings.max_evaluations = NM_UNLIMITED;
  box.settings.max_iterations = 20;
  nm = nm_new (&box.settings);
  minimize (nm, sphere, 100, NULL);
  TEST_INT (nm->state.end, NM_MAX_ITERATIONS);
  TEST_INT (nm->state.iterations, 20);
  nm_free (nm);
  box_init (&box, 4, -2.0, 2.0, 1.0);
  nm = nm_new (&box.settings);
  TEST_NEAR (minimize (nm, flat, 100, NULL), 7.0, 0.0);
  TEST_INT (nm->state.end, NM_CONVERGED);
  nm_free (nm);
}

static double
shifted_sphere (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize j = 0; j < n; j++)
    sum += (x[j] - 0.3) * (x[j] - 0.3);
  return sum + 1.0;
}

static void
zero_tolerances_end (void)
{
  Box box;
  box_init (&box, 3, -2.0, 2.0, 1.0);
  box.settings.tol_x = box.settings.tol_f = 0.0;
  Nm *nm = nm_new (&box.settings);
  TEST_NEAR (minimize (nm, shifted_sphere, 4, NULL), 1.0, 1e-15);
  CU_ASSERT (nm->state.end == NM_ROUNDING || nm->state.end == NM_CONVERGED);
  nm_free (nm);
}

static void
injection (void)
{
  Box box;
  box_init (&box, 2, -10.0, 10.0, 0.0);
  Nm *nm = nm_new (&box.settings);
  const double good[] = { 3.0, 20.0 }, poor[] = { 5.0, 5.0 };
  expect_point (nm, 0.0, 0.0, 1.0);
  nm_inject (nm, good, -5.0); /* within the first simplex: it waits; 20 is moved to the bound */
  expect_point (nm, 1.0, 0.0, 2.0);
  expect_point (nm, 0.0, 1.0, 3.0);
  TEST_NEAR (nm->value[0], -5.0, 0.0);
  TEST_NEAR (nm->value[2], 2.0, 0.0);
  nm_inject (nm, poor, 0.0);
  TEST_NEAR (nm->value[2], 2.0, 0.0);
  /* vertices (3, 10): -5, (0, 0): 1, (1, 0): 2; centroid (1.5, 5), reflection (2, 10) */
  expect_point (nm, 2.0, 10.0, 0.0);
  nm_free (nm);
}

/* The partial asks of a small room see the same points as one large ask. */
static void
room_does_not_matter (void)
{
  double best[3];
  for (gsize i = 0; i < 3; i++)
    {
      Box box;
      box_init (&box, 10, -3.0, 3.0, 2.0);
      box.settings.max_evaluations = 2000;
      Nm *nm = nm_new (&box.settings);
      best[i] = minimize (nm, rosenbrock, (gsize[]){ 1, 4, 100 }[i], NULL);
      nm_free (nm);
    }
  TEST_NEAR (best[1], best[0], 0.0);
  TEST_NEAR (best[2], best[0], 0.0);
}

static const TestCase cases[] = {
  { "coefficients", coefficients },
  { "steps by hand", steps_by_hand },
  { "expansion worse than reflection", expansion_worse_than_reflection },
  { "first simplex stays inside", first_simplex_stays_inside },
  { "minimum in a corner", minimum_in_a_corner },
  { "published functions", published_functions },
  { "one parameter", one_parameter },
  { "degenerate simplex (McKinnon)", degenerate_simplex },
  { "rank", rank },
  { "oriented restart", oriented_restart },
  { "failures", failures },
  { "ends", ends },
  { "zero tolerances end", zero_tolerances_end },
  { "injection", injection },
  { "room does not matter", room_does_not_matter },
};
TEST_MAIN ("neldermead", cases)
