/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nanoseconds per test of every hunter at a window of 100 in 20 dimensions, with histories of 10^3 and 10^6
 * evaluations; and of an evaluation that keeps these windows. */
#include "config/expression.h"
#include "model/trace.h"
#include "policy/condition.h"
#include <math.h>
#include <stdio.h>

#define N 20
#define N_TESTS 1000000

static const char *const hunters[] = {
  "BestUnmoving(100, 0.01)",
  "BestUnmoving(100, 0.01, range)",
  "EvaluationsUnmoving(100, 0)",
  "EvaluationsUnmoving(100, 0, range)",
  "LastPointsInvalid(100)",
  "MinFuncCalls(1000000000)",
  "MinSeconds(1e9)",
  "ParameterDistance(1e-9)",
  "Stalled(1e9)",
  "StepSize(100, 0)",
  "StepSize(100, 1)",
  "TimeAnnealing(1e-9)",
  "TypeHunter(none)",
  "ValueAnnealing(1e-9)",
  "ValueAnnealing(1e-9, range)",
  ("BestUnmoving(100) | EvaluationsUnmoving(100) | LastPointsInvalid(100) | ParameterDistance(1e-9)"
   " | StepSize(100, 0) | TimeAnnealing(1e-9) | TypeHunter(none) | ValueAnnealing(1e-9)"),
};

/* A value that falls for ever and never repeats. */
static void
evaluate (Trace *trace, guint64 k)
{
  double x[N];
  for (int i = 0; i < N; i++)
    x[i] = 0.5 + 0.4 * sin ((double) (k * 31 + (guint64) i));
  trace_add (trace, 1e3 + 1e6 / (double) (k + 1), GLOMPO_STATUS_EVALUATED, x);
}

static double
seconds (void)
{
  return (double) g_get_monotonic_time () / 1e6;
}

static void
measure_hunter (GlompoRegistry *registry, const char *text, guint64 history)
{
  double lower[N], upper[N];
  for (int i = 0; i < N; i++)
    {
      lower[i] = 0.0;
      upper[i] = 1.0;
    }
  GlompoProblem problem = { .struct_size = sizeof problem, .n = N, .lower = lower, .upper = upper };
  GlompoWindow window = { .struct_size = sizeof window };
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Expression) expression = expression_parse (text, NULL);
  expression_resolve (expression, GLOMPO_KIND_HUNTER, registry, text, faults);
  g_autoptr (Condition) condition = condition_new (expression, &problem, 1, NULL, NULL, NULL);
  condition_window (condition, &window);
  g_autoptr (Trace) victim = trace_new (1, "g", "p", N, &window);
  g_autoptr (Trace) best = trace_new (2, "g", "p", N, &window);
  for (guint64 k = 0; k < history; k++)
    evaluate (victim, k);
  evaluate (best, G_MAXUINT32);
  const GlompoTrace *traces[] = { trace_view (victim), trace_view (best) };
  trace_view (victim)->alive = trace_view (best)->alive = true;
  GlompoRun run = { .struct_size = sizeof run, .n = N, .n_traces = 2, .traces = traces };
  int n_true = 0;
  double start = seconds ();
  for (int i = 0; i < N_TESTS; i++)
    {
      run.hunts++;
      n_true += condition_test_victim (condition, &run, traces[1], traces[0]);
    }
  printf (" %8.1f%s", (seconds () - start) / N_TESTS * 1e9, n_true > 0 ? "*" : " ");
}

static void
measure_trace (const GlompoWindow *window)
{
  double x[N] = { 0 };
  g_autoptr (Trace) trace = trace_new (1, "g", "p", N, window);
  double start = seconds ();
  for (int i = 0; i < 10 * N_TESTS; i++)
    trace_add (trace, -i, GLOMPO_STATUS_EVALUATED, x);
  printf ("%8.1f ns per evaluation with windows f %zu, best %zu, x %zu\n",
          (seconds () - start) / (10 * N_TESTS) * 1e9, window->f, window->best, window->x);
}

int
main (void)
{
  g_autoptr (GlompoRegistry) registry = glompo_registry_new ();
  printf ("ns per test, history of  10^3     10^6  (*: some were true)\n");
  for (gsize i = 0; i < G_N_ELEMENTS (hunters); i++)
    {
      measure_hunter (registry, hunters[i], 1000);
      measure_hunter (registry, hunters[i], 1000000);
      printf ("  %s\n", hunters[i]);
    }
  measure_trace (&(GlompoWindow){ .struct_size = sizeof (GlompoWindow) });
  measure_trace (&(GlompoWindow){ .struct_size = sizeof (GlompoWindow), .f = 100, .best = 101 });
  measure_trace (&(GlompoWindow){ .struct_size = sizeof (GlompoWindow), .f = 100, .best = 101, .x = 100 });
  return 0;
}
