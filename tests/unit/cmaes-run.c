/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit/cmaes-run.h"

#include <math.h>
#include <string.h>

static bool
host_write (const GlompoHost *table, const void *data, size_t size)
{
  Run *run = ((PluginHost *) table->context)->data;
  g_byte_array_append (run->saved, data, (guint) size);
  return true;
}

static bool
host_read (const GlompoHost *table, void *data, size_t size)
{
  Run *run = ((PluginHost *) table->context)->data;
  if (run->read_at + size > run->saved->len)
    return false;
  memcpy (data, run->saved->data + run->read_at, size);
  run->read_at += size;
  return true;
}

static void
set_options (Options *options, const char *settings)
{
  g_auto (GStrv) words = g_strsplit (settings, " ", -1);
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (words[i], "=", 2);
      g_autoptr (GError) error = NULL;
      if (pair[0] != NULL && *pair[0] != '\0' && !options_set (options, pair[0], pair[1], &error))
        g_error ("%s: %s", words[i], error->message);
    }
}

static double *
copy_point (const double *x, gsize n)
{
  return g_memdup2 (x, n * sizeof *x);
}

void
run_init (Run *run, gsize n, const double *lower, const double *upper, const double *x0, guint64 seed,
          gsize max, const char *settings)
{
  *run = (Run){ .plugin = glompo_plugin_entry (GLOMPO_ABI_MAJOR, GLOMPO_ABI_MINOR), .max = max };
  run->options = options_new (run->plugin->options, run->plugin->n_options, run->plugin->options_size);
  set_options (run->options, settings);
  run->x = g_new0 (double, max *n);
  run->f = g_new0 (double, max);
  run->status = g_new0 (gint32, max);
  run->ids = g_new0 (guint64, max);
  run->best_x = g_new0 (double, n);
  run->best_f = INFINITY;
  run->saved = g_byte_array_new ();

  double *start = x0 != NULL ? copy_point (x0, n) : g_new (double, n);
  RandomStream random;
  random_init (&random, seed, RANDOM_GENERATOR, 0);
  for (gsize i = 0; i < n && x0 == NULL; i++)
    start[i] = lower[i] + (upper[i] - lower[i]) * random_uniform (&random);
  run->problem = (GlompoProblem){ .struct_size = sizeof (GlompoProblem),
                                  .n = n,
                                  .max_in_flight = 1,
                                  .lower = copy_point (lower, n),
                                  .upper = copy_point (upper, n),
                                  .x0 = start };
  random_init (&random, seed, RANDOM_OPTIMIZER, 1);
  plugin_host_init (&run->host, random);
  run->host.data = run;
  run->host.table.write = host_write;
  run->host.table.read = host_read;
  run->self
      = run->plugin->optimizer->create (&run->problem, options_data (run->options), seed, &run->host.table);
}

void
run_clear (Run *run)
{
  if (run->self != NULL)
    run->plugin->optimizer->destroy (run->self);
  plugin_host_clear (&run->host);
  options_unref (run->options);
  g_free ((void *) run->problem.lower);
  g_free ((void *) run->problem.upper);
  g_free ((void *) run->problem.x0);
  g_free (run->x);
  g_free (run->f);
  g_free (run->status);
  g_free (run->ids);
  g_free (run->best_x);
  g_byte_array_unref (run->saved);
}

gboolean
run_round (Run *run, RunFunction function)
{
  gsize n = run->problem.n;
  gint32 count = run->plugin->optimizer->ask (run->self, run->max, run->x, run->ids);
  if (count == GLOMPO_ASK_DONE)
    return FALSE;
  for (gint32 k = 0; k < count; k++)
    {
      const double *x = run->x + (gsize) k * n;
      for (gsize i = 0; i < n; i++)
        run->outside += !(x[i] >= run->problem.lower[i] && x[i] <= run->problem.upper[i]);
      double f = function (n, x);
      run->status[k] = isfinite (f) ? GLOMPO_STATUS_EVALUATED : GLOMPO_STATUS_FAILED;
      run->f[k] = isfinite (f) ? f : INFINITY;
      run->evaluations++;
      if (run->f[k] < run->best_f)
        {
          run->best_f = f;
          memcpy (run->best_x, x, n * sizeof *x);
        }
    }
  GlompoTrials trials = { .struct_size = sizeof trials,
                          .n_parameters = n,
                          .ids = run->ids,
                          .x = run->x,
                          .f = run->f,
                          .status = run->status };
  run->plugin->optimizer->tell (run->self, (size_t) count, &trials);
  return TRUE;
}

gboolean
run_until (Run *run, RunFunction function, double target, guint64 budget)
{
  while (run->best_f > target && run->evaluations < budget)
    if (!run_round (run, function))
      return FALSE;
  return TRUE;
}

double
run_sphere (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize i = 0; i < n; i++)
    sum += x[i] * x[i];
  return sum;
}

double
run_ellipsoid (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize i = 0; i < n; i++)
    sum += pow (1e6, (double) i / (double) (n - 1)) * x[i] * x[i];
  return sum;
}

double
run_rosenbrock (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize i = 0; i + 1 < n; i++)
    {
      double bend = x[i] * x[i] - x[i + 1], off = x[i] - 1.0;
      sum += 100.0 * bend * bend + off * off;
    }
  return sum;
}

double
run_discus (gsize n, const double *x)
{
  return 1e6 * x[0] * x[0] + run_sphere (n - 1, x + 1);
}

double
run_cigar (gsize n, const double *x)
{
  return x[0] * x[0] + 1e6 * run_sphere (n - 1, x + 1);
}

double
run_powers (gsize n, const double *x)
{
  double sum = 0.0;
  for (gsize i = 0; i < n; i++)
    sum += pow (fabs (x[i]), 2.0 + 4.0 * (double) i / (double) (n - 1));
  return sqrt (sum);
}
