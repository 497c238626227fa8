/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a hunt with every hunter costs, whether that depends on the length of the history, and how many
 * evaluations of a free function per second are left when there is a hunt after each of them.
 */
#include "config/expression.h"
#include "model/trace.h"
#include "policy/condition.h"
#include <glib/gstdio.h>
#include <glompo/glompo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define N 20
#define ROUNDS 41
#define HUNTS 20000
#define EVALUATIONS "5000000"

/* None of them ever holds, so that all are asked. */
#define ALL_HUNTERS                                                                                          \
  "BestUnmoving(100) | EvaluationsUnmoving(100) | LastPointsInvalid(100) | ParameterDistance(1e-12)"         \
  " | StepSize(100, 0) | TimeAnnealing(1e-12) | TypeHunter(never) | ValueAnnealing(1e-12)"                   \
  " | MinSeconds(1e9) & MinFuncCalls(1) | Stalled(1e9) | Patience(Stalled(1e9), 2)"

typedef struct {
  Trace *victim, *best;
  const GlompoTrace *views[2];
  GlompoRun run;
} History;

/* Values that fall for ever and points that never rest. */
static void
history_init (History *history, guint64 length, const GlompoWindow *window)
{
  double x[N];
  history->victim = trace_new (1, "g", "p", N, window);
  history->best = trace_new (2, "g", "p", N, window);
  for (guint64 k = 0; k < length; k++)
    {
      for (int i = 0; i < N; i++)
        x[i] = 0.5 + 0.4 * (double) ((k * 7 + (guint64) i) % 11) / 11.0;
      trace_add (history->victim, 1e3 + 1e6 / (double) (k + 1), GLOMPO_STATUS_EVALUATED, x);
    }
  for (int i = 0; i < N; i++)
    x[i] = 0.0;
  trace_add (history->best, 1.0, GLOMPO_STATUS_EVALUATED, x);
  history->views[0] = trace_view (history->victim);
  history->views[1] = trace_view (history->best);
  trace_view (history->victim)->alive = trace_view (history->best)->alive = true;
  history->run
      = (GlompoRun){ .struct_size = sizeof (GlompoRun), .n = N, .n_traces = 2, .traces = history->views };
}

static double
time_hunts (History *history, Condition *condition)
{
  gint64 start = g_get_monotonic_time ();
  for (int i = 0; i < HUNTS; i++)
    {
      history->run.hunts++;
      if (condition_test_victim (condition, &history->run, history->views[1], history->views[0]))
        g_error ("a hunter held that should not");
    }
  return (double) (g_get_monotonic_time () - start) * 1e3 / HUNTS;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static double
median (double *values)
{
  qsort (values, ROUNDS, sizeof *values, compare);
  return values[ROUNDS / 2];
}

/* In turns, so that whatever else the machine does falls on both. */
static void
measure_cost (GlompoRegistry *registry)
{
  static double lower[N], upper[N], times[2][ROUNDS];
  for (int i = 0; i < N; i++)
    upper[i] = 1.0;
  GlompoProblem problem = { .struct_size = sizeof problem, .n = N, .lower = lower, .upper = upper };
  GlompoWindow window = { .struct_size = sizeof window };
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Expression) expression = expression_parse (ALL_HUNTERS, NULL);
  expression_resolve (expression, GLOMPO_KIND_HUNTER, registry, ALL_HUNTERS, faults);
  g_autoptr (Condition) condition = condition_new (expression, &problem, 1, NULL, NULL, NULL);
  condition_window (condition, &window);
  History histories[2];
  history_init (&histories[0], 1000, &window);
  history_init (&histories[1], 10000000, &window);
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < 2; i++)
      times[i][round] = time_hunts (&histories[i], condition);
  double small = median (times[0]), large = median (times[1]);
  printf ("a hunt with every hunter: %.0f ns after 10^3 evaluations, %.0f ns after 10^7: %+.1f %% (wanted: "
          "within 20 %%)\n",
          small, large, 100.0 * (large - small) / small);
  for (int i = 0; i < 2; i++)
    {
      trace_free (histories[i].victim);
      trace_free (histories[i].best);
    }
}

static void
measure_throughput (GlompoRegistry *registry, guint slots)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("glompo-bench-hunting-XXXXXX", NULL);
  g_autofree char *job
      = g_strdup_printf ("[glompo]\nmax_jobs = %u\nbackend = threads\nseed = 1\nhunt_frequency = 1\n"
                         "convergence = MaxFuncCalls(" EVALUATIONS ")\nhunters = " ALL_HUNTERS "\n"
                         "selector = ChainSelector(1e15)\n"
                         "[task]\nplugin = benchmark\nfunction = sphere\ndims = 2\n"
                         "[optimizer r]\nplugin = random\niters = 0\n"
                         "[optimizer never]\nplugin = neldermead\n",
                         slots);
  g_autoptr (GlompoConfig) config = glompo_config_new_from_text (job, "bench", NULL, NULL, registry, &error);
  g_autoptr (GlompoManager) manager = config != NULL ? glompo_manager_new (config, directory, TRUE) : NULL;
  if (manager == NULL || !glompo_manager_run (manager, &error))
    g_error ("%s", error->message);
  g_autoptr (GlompoRunResult) result = glompo_manager_get_result (manager);
  printf ("a hunt after each evaluation, %u slots: %.0f evaluations per second (wanted: 500000), "
          "%" G_GUINT64_FORMAT " hunts\n",
          slots, (double) result->evaluations / result->seconds, result->hunts);
  static const char *const files[] = { "journal.glompo", "glompo_job.ini" };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (directory, files[i], NULL);
      g_unlink (path);
    }
  g_rmdir (directory);
}

int
main (void)
{
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  measure_cost (registry);
  measure_throughput (registry, 2);
  measure_throughput (registry, 4);
  return 0;
}
