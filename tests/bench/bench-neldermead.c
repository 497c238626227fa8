/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Time of one evaluation of neldermead, ask and tell through the plugin's table included, on a cheap function
 * (Rosenbrock's, its cost included); and what it finds on known functions.
 */
#include "plugin/host.h"
#include <glompo/glompo-plugin.h>
#include <gmodule.h>
#include <math.h>
#include <stdio.h>

#define MAX_N 100u

typedef struct {
  double size, tol_x, tol_f;
  gint64 max_evaluations, max_iterations, max_restarts;
} SameOptions; /* as in neldermead.c */

static double
sphere (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize j = 0; j < n; j++)
    sum += x[j] * x[j];
  return sum;
}

static double
ellipsoid (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize j = 0; j < n; j++)
    sum += pow (1e6, n > 1 ? (double) j / (double) (n - 1) : 0.0) * x[j] * x[j];
  return sum;
}

static double
rosenbrock (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize j = 0; j + 1 < n; j++)
    {
      const double a = x[j + 1] - x[j] * x[j], b = 1.0 - x[j];
      sum += 100.0 * a * a + b * b;
    }
  return sum;
}

/* A minimum in a corner of the box: every coordinate ends on a bound. */
static double
slope (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize j = 0; j < n; j++)
    sum += (double) (j + 1) * (x[j] + 5.0);
  return sum;
}

typedef struct {
  double best;
  guint64 evaluations;
  const char *text;
  gint64 microseconds;
} Outcome;

static Outcome
search (const GlompoPlugin *plugin, double (*f) (gsize, const double *), gsize n, guint64 seed, gint64 budget)
{
  double lower[MAX_N], upper[MAX_N], x0[MAX_N];
  static double x[(MAX_N + 1) * MAX_N], values[MAX_N + 1];
  guint64 ids[MAX_N + 1];
  PluginHost host;
  RandomStream random;
  random_init (&random, seed, RANDOM_GENERATOR, 0);
  random_uniforms (&random, n, x0);
  for (gsize j = 0; j < n; j++)
    lower[j] = -5.0, upper[j] = 5.0, x0[j] = 10.0 * x0[j] - 5.0;
  plugin_host_init (&host, random);
  const GlompoProblem problem
      = { .struct_size = sizeof problem, .n = n, .lower = lower, .upper = upper, .x0 = x0,
          .max_in_flight = 1 };
  const SameOptions options = { 0.1, 1e-8, 1e-10, budget, GLOMPO_AUTO_INTEGER,
                                GLOMPO_AUTO_INTEGER };
  const GlompoOptimizerVTable *slots = plugin->optimizer;
  Outcome out = { .best = INFINITY };
  gint64 start = g_get_monotonic_time ();
  void *self = slots->create (&problem, &options, seed, &host.table);
  for (gint32 m; (m = slots->ask (self, n + 1, x, ids)) > 0; out.evaluations += (guint64) m)
    {
      for (gint32 i = 0; i < m; i++)
        {
          values[i] = f (n, x + (gsize) i * n);
          out.best = MIN (out.best, values[i]);
        }
      const GlompoTrials trials
          = { .struct_size = sizeof trials, .n_parameters = n, .ids = ids, .x = x, .f = values };
      slots->tell (self, (gsize) m, &trials);
    }
  out.microseconds = g_get_monotonic_time () - start;
  static char text[512];
  const char *reason = "";
  slots->stop_reason (self, &reason);
  g_strlcpy (text, reason, sizeof text);
  out.text = text;
  slots->destroy (self);
  plugin_host_clear (&host);
  return out;
}

static void
print_speed (const GlompoPlugin *plugin)
{
  static const struct {
    gsize n;
    double goal;
  } rows[] = { { 2, 0.044 }, { 10, 0.20 }, { 40, 0.63 } };
  printf ("neldermead, microseconds per evaluation (best of 5):\n");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      double best = INFINITY;
      for (guint64 seed = 1; seed <= 5; seed++)
        {
          double time = 0.0, evaluations = 0.0;
          for (guint64 run = 0; evaluations < 1e6 && run < 100000; run++)
            {
              Outcome out = search (plugin, rosenbrock, rows[i].n, seed * 1000 + run, 1000000);
              time += (double) out.microseconds;
              evaluations += (double) out.evaluations;
            }
          best = MIN (best, time / evaluations);
        }
      printf ("  d = %2zu: %.4f (goal %.3f)\n", rows[i].n, best, rows[i].goal);
    }
}

static void
print_quality (const GlompoPlugin *plugin, const char *name, double (*f) (gsize, const double *))
{
  static const gsize dimensions[] = { 1, 2, 5, 10, 20, 40 };
  for (gsize i = 0; i < G_N_ELEMENTS (dimensions); i++)
    {
      guint64 evaluations = 0, hits = 0;
      double worst = 0.0;
      const char *text = "";
      for (guint64 seed = 1; seed <= 15; seed++)
        {
          Outcome out = search (plugin, f, dimensions[i], seed, 200000);
          evaluations += out.evaluations;
          hits += out.best <= 1e-8;
          worst = MAX (worst, out.best);
          text = out.text;
        }
      printf ("  %-10s d = %2zu: %2" G_GUINT64_FORMAT "/15 to 1e-8, mean %6" G_GUINT64_FORMAT
              " evaluations, worst %.1e; last: %s\n",
              name, dimensions[i], hits, evaluations / 15, worst, text);
    }
}

int
main (int argc, char **argv)
{
  const char *top = g_getenv ("GLOMPO_TEST_BUILDDIR");
  g_autofree char *file = g_build_filename (top != NULL ? top : ".", "plugins/.libs/neldermead.so", NULL);
  GModule *module = g_module_open (argc > 1 ? argv[1] : file, G_MODULE_BIND_LOCAL);
  GlompoPluginEntry entry = NULL;
  if (module == NULL || !g_module_symbol (module, GLOMPO_PLUGIN_ENTRY_NAME, (gpointer *) &entry))
    {
      fprintf (stderr, "bench-neldermead: %s\n", g_module_error ());
      return 1;
    }
  const GlompoPlugin *plugin = entry (GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR);
  if (plugin->options_size != sizeof (SameOptions))
    return 1;
  print_speed (plugin);
  printf ("neldermead, start uniform in [-5, 5]^d, 15 seeds, at most 200000 evaluations:\n");
  print_quality (plugin, "sphere", sphere);
  print_quality (plugin, "ellipsoid", ellipsoid);
  print_quality (plugin, "rosenbrock", rosenbrock);
  print_quality (plugin, "slope", slope);
  return 0;
}
