/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmaes through its plugin slots: evaluations to a target beside those of pycma, and time per evaluation of
 * a function that costs next to nothing. Arguments: evaluations, speed; none: both.
 */
#include "unit/cmaes-run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS 15u
#define DIMENSION 20u
#define START 5.0 /* x0 is uniform in [-START, START]^n */

/* Peer: medians of pycma with active update, default population, over 15 seeds, the same set-up. */
static const struct
{
  const char *name;
  RunFunction function;
  double peer;
} functions[] = {
  { "sphere", run_sphere, 2688.0 },
  { "ellipsoid", run_ellipsoid, 13020.0 },
  { "rosenbrock", run_rosenbrock, 17184.0 },
  { "discus", run_discus, 7548.0 },
  { "cigar", run_cigar, 8196.0 },
  { "powers", run_powers, 12876.0 },
};

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static void
init_in_box (Run *run, gsize n, double half_width, guint64 seed, const char *settings)
{
  g_autofree double *lower = g_new (double, n);
  g_autofree double *upper = g_new (double, n);
  g_autofree double *x0 = g_new (double, n);
  RandomStream random;
  random_init (&random, seed, RANDOM_GENERATOR, 0);
  for (gsize i = 0; i < n; i++)
    {
      upper[i] = half_width;
      lower[i] = -half_width;
      x0[i] = START * (2.0 * random_uniform (&random) - 1.0);
    }
  run_init (run, n, lower, upper, x0, seed, 4096, settings);
}

static void
print_evaluations (double half_width, const char *settings)
{
  g_autofree char *all = g_strdup_printf ("sigma0=%.17g %s", 2.0 / (2.0 * half_width), settings);
  printf ("\nEvaluations to f <= 1e-8, %u-D, %u seeds, box [-%g, %g]^n, %s\n", DIMENSION, SEEDS, half_width,
          half_width, all);
  printf ("%-12s %8s %8s %8s %8s %7s %s\n", "function", "median", "min", "max", "pycma", "ratio", "failed");
  for (gsize i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      double counts[SEEDS];
      guint failed = 0;
      for (guint seed = 1; seed <= SEEDS; seed++)
        {
          Run run;
          init_in_box (&run, DIMENSION, half_width, seed, all);
          run_until (&run, functions[i].function, 1e-8, 1000000);
          gboolean met = run.best_f <= 1e-8;
          failed += !met;
          counts[seed - 1] = met ? (double) run.evaluations : INFINITY;
          run_clear (&run);
        }
      qsort (counts, SEEDS, sizeof *counts, compare);
      double median = counts[SEEDS / 2];
      printf ("%-12s %8.0f %8.0f %8.0f %8.0f %7.3f %u\n", functions[i].name, median, counts[0],
              counts[SEEDS - 1 - failed], functions[i].peer, median / functions[i].peer, failed);
    }
}

/* Best of three passes, each over at least one renewal of the root. */
static double
measure (gsize n, const char *settings)
{
  double best = INFINITY;
  guint64 wanted = CLAMP (40000000 / (n * n), 6000, 400000);
  for (guint pass = 0; pass < 3; pass++)
    {
      Run run;
      init_in_box (&run, n, START, pass + 1, settings);
      gint64 start = g_get_monotonic_time ();
      run_until (&run, run_sphere, -1.0, wanted);
      best = MIN (best, (double) (g_get_monotonic_time () - start) / (double) run.evaluations);
      run_clear (&run);
    }
  return best;
}

static void
print_speed (void)
{
  static const struct
  {
    gsize n;
    double goal;
  } rows[] = { { 2, 0.25 }, { 10, 0.35 }, { 40, 1.6 }, { 100, 8.0 }, { 320, 90.0 }, { 1000, 400.0 } };
  static const char never[]
      = "tolx=0 tolfun=0 tolfunhist=0 tolflatfitness=0 tolconditioncov=inf tolfacupx=inf "
        "tolupsigma=inf maxiter=0";
  printf ("\nMicroseconds per evaluation of the sphere, one thread, default population\n");
  printf ("%6s %10s %10s %10s %10s\n", "n", "full", "eigen", "separable", "goal, full");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *eigen = g_strconcat (never, " root=eigen", NULL);
      g_autofree char *separable = g_strconcat (never, " covariance=separable", NULL);
      printf ("%6zu %10.3f %10.3f %10.3f %10.2f\n", rows[i].n, measure (rows[i].n, never),
              measure (rows[i].n, eigen), measure (rows[i].n, separable), rows[i].goal);
      fflush (stdout);
    }
}

int
main (int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "";
  const char *settings = argc > 2 ? argv[2] : "";
  if (strcmp (what, "speed") != 0)
    {
      print_evaluations (50.0, settings);
      print_evaluations (START, settings);
    }
  if (strcmp (what, "evaluations") != 0)
    print_speed ();
  return EXIT_SUCCESS;
}
