/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness.h"
#include "model/trace.h"
#include <math.h>

static void
add (Trace *trace, double f, double x, double y)
{
  const double point[] = { x, y };
  trace_add (trace, f, isfinite (f) ? GLOMPO_STATUS_EVALUATED : GLOMPO_STATUS_FAILED, point);
}

static void
test_empty (void)
{
  GlompoWindow window = { .struct_size = sizeof window, .f = 3, .best = 2, .x = 2 };
  g_autoptr (Trace) trace = trace_new (7, "group", "plugin", 2, &window);
  const GlompoTrace *view = trace_view (trace);
  TEST_INT (view->struct_size, sizeof (GlompoTrace));
  TEST_INT (view->id, 7);
  TEST_STR (view->group, "group");
  TEST_STR (view->type, "plugin");
  TEST_INT (view->evaluations, 0);
  TEST_INT (view->failures, 0);
  CU_ASSERT_TRUE (isinf (view->best_f) && view->best_f > 0);
  CU_ASSERT_TRUE (isinf (view->last_f) && view->last_f > 0);
  TEST_INT (view->n_window_f, 0);
  TEST_INT (view->n_window_best, 0);
  TEST_INT (view->n_window_x, 0);
}

static void
test_best_and_last (void)
{
  GlompoWindow window = { .struct_size = sizeof window };
  g_autoptr (Trace) trace = trace_new (1, "g", "p", 2, &window);
  const GlompoTrace *view = trace_view (trace);
  const double a[] = { 1, 2 }, b[] = { 3, 4 }, c[] = { 5, 6 };
  CU_ASSERT_TRUE (trace_add (trace, 5.0, GLOMPO_STATUS_EVALUATED, a));
  CU_ASSERT_FALSE (trace_add (trace, 5.0, GLOMPO_STATUS_EVALUATED, b));
  TEST_NEAR (view->best_x[0], 1, 0);
  CU_ASSERT_TRUE (trace_add (trace, -2.0, GLOMPO_STATUS_EVALUATED, b));
  CU_ASSERT_FALSE (trace_add (trace, INFINITY, GLOMPO_STATUS_TIMED_OUT, c));
  TEST_INT (view->evaluations, 4);
  TEST_INT (view->failures, 1);
  TEST_NEAR (view->best_f, -2, 0);
  TEST_NEAR (view->best_x[1], 4, 0);
  CU_ASSERT_TRUE (isinf (view->last_f));
  TEST_NEAR (view->last_x[0], 5, 0);
  TEST_INT (view->n_window_f, 0);
}

/* A value without the status, and a status without a value, are failures both. */
static void
test_contradictions (void)
{
  GlompoWindow window = { .struct_size = sizeof window, .f = 2 };
  g_autoptr (Trace) trace = trace_new (1, "g", "p", 2, &window);
  const double x[] = { 0, 0 };
  CU_ASSERT_FALSE (trace_add (trace, 1.0, GLOMPO_STATUS_FAILED, x));
  CU_ASSERT_FALSE (trace_add (trace, NAN, GLOMPO_STATUS_EVALUATED, x));
  CU_ASSERT_FALSE (trace_add (trace, -INFINITY, GLOMPO_STATUS_EVALUATED, x));
  const GlompoTrace *view = trace_view (trace);
  TEST_INT (view->failures, 3);
  CU_ASSERT_TRUE (isinf (view->best_f) && view->best_f > 0);
  CU_ASSERT_TRUE (view->window_f[0] == INFINITY && view->window_f[1] == INFINITY);
}

/* After every one of many evaluations each window holds exactly the newest ones, oldest first. Value k is
 * ((k * 7) mod 11), so the best falls in a few steps; point k is (k, -k). */
static void
check_windows (gsize f, gsize best, gsize x)
{
  GlompoWindow window = { .struct_size = sizeof window, .f = f, .best = best, .x = x };
  g_autoptr (Trace) trace = trace_new (1, "g", "p", 2, &window);
  double bests[40];
  for (gint k = 0; k < 40; k++)
    {
      double value = k * 7 % 11;
      bests[k] = k == 0 ? value : fmin (bests[k - 1], value);
      add (trace, value, k, -k);
      const GlompoTrace *view = trace_view (trace);
      gboolean good = view->n_window_f == MIN (f, (gsize) k + 1)
                      && view->n_window_best == MIN (best, (gsize) k + 1)
                      && view->n_window_x == MIN (x, (gsize) k + 1);
      for (gint i = 0; i < (gint) view->n_window_f; i++)
        good = good && view->window_f[view->n_window_f - 1 - i] == (k - i) * 7 % 11;
      for (gint i = 0; i < (gint) view->n_window_best; i++)
        good = good && view->window_best[view->n_window_best - 1 - i] == bests[k - i];
      for (gint i = 0; i < (gint) view->n_window_x; i++)
        good = good && view->window_x[(view->n_window_x - 1 - i) * 2] == k - i
               && view->window_x[(view->n_window_x - 1 - i) * 2 + 1] == i - k;
      if (!good)
        g_printerr ("windows %zu %zu %zu are wrong after evaluation %d\n", f, best, x, k + 1);
      CU_ASSERT_TRUE (good);
    }
}

static void
test_windows (void)
{
  check_windows (1, 1, 1);
  check_windows (2, 3, 5);
  check_windows (7, 1, 0);
  check_windows (0, 40, 39);
  check_windows (100, 41, 100);
}

static void
test_end (void)
{
  GlompoWindow window = { .struct_size = sizeof window, .f = 3, .best = 3, .x = 3 };
  g_autoptr (Trace) trace = trace_new (1, "g", "p", 2, &window);
  add (trace, 4, 1, 1);
  trace_end (trace);
  trace_end (trace);
  const GlompoTrace *view = trace_view (trace);
  TEST_INT (view->n_window_f + view->n_window_best + view->n_window_x, 0);
  TEST_NEAR (view->best_f, 4, 0);
  TEST_NEAR (view->last_x[0], 1, 0);
  add (trace, 3, 2, 2);
  TEST_INT (view->evaluations, 2);
  TEST_NEAR (view->best_f, 3, 0);
  TEST_INT (view->n_window_f, 0);
  trace_free (NULL);
}

/* Nothing is lost that was kept, and nothing comes back that was not. */
static void
test_widen (void)
{
  GlompoWindow window = { .struct_size = sizeof window, .f = 3 };
  g_autoptr (Trace) trace = trace_new (1, "g", "p", 2, &window);
  const GlompoTrace *view = trace_view (trace);
  for (gint i = 1; i <= 5; i++)
    add (trace, 10 - i, i, -i);
  window = (GlompoWindow){ .struct_size = sizeof window, .f = 4, .best = 2, .x = 2 };
  trace_widen (trace, &window);
  TEST_INT (view->n_window_f, 3);
  TEST_INT (view->n_window_x, 0);
  TEST_NEAR (view->window_f[0], 7, 0);
  TEST_NEAR (view->window_f[2], 5, 0);
  add (trace, 20, 6, -6);
  add (trace, 30, 7, -7);
  add (trace, 40, 8, -8);
  TEST_INT (view->n_window_f, 4);
  TEST_NEAR (view->window_f[0], 5, 0);
  TEST_NEAR (view->window_f[3], 40, 0);
  TEST_INT (view->n_window_best, 2);
  TEST_NEAR (view->window_best[1], 5, 0);
  TEST_INT (view->n_window_x, 2);
  TEST_NEAR (view->window_x[0], 7, 0);
  TEST_NEAR (view->window_x[3], -8, 0);
  window = (GlompoWindow){ .struct_size = sizeof window, .f = 1 };
  trace_widen (trace, &window);
  TEST_INT (view->n_window_f, 4);
  TEST_INT (view->evaluations, 8);
  TEST_NEAR (view->best_f, 5, 0);
}

/* Where a point was left out the last one is not known, and the window of points begins anew. */
static void
test_left_out (void)
{
  GlompoWindow window = { .struct_size = sizeof window, .x = 3 };
  g_autoptr (Trace) trace = trace_new (1, "g", "p", 2, &window);
  const GlompoTrace *view = trace_view (trace);
  add (trace, 5, 1, -1);
  add (trace, 6, 2, -2);
  CU_ASSERT (!trace_add (trace, 7, GLOMPO_STATUS_EVALUATED, NULL));
  CU_ASSERT (isnan (view->last_x[0]) && isnan (view->last_x[1]));
  TEST_INT (view->n_window_x, 0);
  TEST_NEAR (view->last_f, 7, 0);
  TEST_NEAR (view->best_x[1], -1, 0);
  add (trace, 8, 3, -3);
  TEST_INT (view->n_window_x, 1);
  TEST_NEAR (view->window_x[1], -3, 0);
  TEST_NEAR (view->last_x[0], 3, 0);
}

static const TestCase cases[] = {
  { "an empty trace", test_empty },
  { "best and last", test_best_and_last },
  { "contradicting results fail", test_contradictions },
  { "windows hold the newest", test_windows },
  { "windows grow", test_widen },
  { "points that are left out", test_left_out },
  { "the end frees the windows", test_end },
};
TEST_MAIN ("trace", cases)
