/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every checker, with counters set by hand. */
#include "policy-fixture.h"
#include <signal.h>
#include <unistd.h>
#include <math.h>

typedef struct {
  const char *checker;
  GlompoRun run; /* counters only */
  gboolean expected;
  const char *explain;
} Row;

/* Sets the counters that rows use. */
static void
set_counters (GlompoRun *run, const GlompoRun *from)
{
  run->evaluations = from->evaluations;
  run->failures = from->failures;
  run->started = from->started;
  run->converged = from->converged;
  run->hunted = from->hunted;
  run->seconds = from->seconds;
  run->seconds_before = from->seconds_before;
  run->best_f = from->best_f;
  run->best_evaluation = from->best_evaluation;
}

static void
check_rows (const Row *rows, gsize n_rows)
{
  for (gsize i = 0; i < n_rows; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_CHECKER, rows[i].checker, 1, &error);
      if (!TEST_NO_ERROR (error))
        continue;
      set_counters (&rig->run, &rows[i].run);
      gboolean found = condition_test_run (rig->condition, &rig->run);
      if (found != rows[i].expected)
        g_printerr ("\nrow %zu: %s\n", i, rows[i].checker);
      TEST_INT (found, rows[i].expected);
      g_autofree char *text = rig_explain_leaf (rig);
      TEST_STR (text, rows[i].explain);
    }
}

static void
test_counts (void)
{
  static const Row rows[] = {
    { "MaxFuncCalls(100)", { .evaluations = 99 }, FALSE, "99 < 100: false" },
    { "MaxFuncCalls(100)", { .evaluations = 100 }, TRUE, "100 >= 100: true" },
    { "MaxFuncCalls(fmax=1e2)", { .evaluations = 101 }, TRUE, "101 >= 100: true" },
    { "MaxFuncCalls(1)", { .started = 5, .converged = 5, .hunted = 5 }, FALSE, "0 < 1: false" },
    { "MaxOptsStarted(3)", { .started = 2, .evaluations = 9 }, FALSE, "2 < 3: false" },
    { "MaxOptsStarted(3)", { .started = 3 }, TRUE, "3 >= 3: true" },
    { "MaxKills(2)", { .hunted = 1, .converged = 9 }, FALSE, "1 < 2: false" },
    { "MaxKills(2)", { .hunted = 2 }, TRUE, "2 >= 2: true" },
    { "NOptConverged(2)", { .converged = 1, .hunted = 9 }, FALSE, "1 < 2: false" },
    { "NOptConverged(2)", { .converged = 2 }, TRUE, "2 >= 2: true" },
    { "MaxFailures(10)", { .failures = 9, .evaluations = 99 }, FALSE, "9 < 10: false" },
    { "MaxFailures(10)", { .failures = 10 }, TRUE, "10 >= 10: true" },
    { "IterSpawnStop(10)", { .evaluations = 9 }, FALSE, "9 < 10: false" },
    { "IterSpawnStop(10)", { .evaluations = 10 }, TRUE, "10 >= 10: true" },
    { "NOptimizersSpawnStop(4)", { .started = 3 }, FALSE, "3 < 4: false" },
    { "NOptimizersSpawnStop(4)", { .started = 4 }, TRUE, "4 >= 4: true" },
  };
  check_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_target_cost (void)
{
  static const Row rows[] = {
    { "TargetCost(1, 0.5)", { .best_f = INFINITY }, FALSE, "no value yet: false" },
    { "TargetCost(1, 0.5)", { .best_f = 1.75 }, FALSE, "best 1.75 > 1 + 0.5: false" },
    { "TargetCost(1, 0.5)", { .best_f = 1.5 }, TRUE, "best 1.5 <= 1 + 0.5: true" },
    { "TargetCost(1)", { .best_f = -7 }, TRUE, "best -7 <= 1 + 1e-06: true" },
    { "TargetCost(0)", { .best_f = 1e-6 }, TRUE, "best 1e-06 <= 0 + 1e-06: true" },
    { "TargetCost(0)", { .best_f = 2e-6 }, FALSE, "best 2e-06 > 0 + 1e-06: false" },
    { "TargetCost(-8379.6577, atol=1e-3)", { .best_f = -8379.657 }, TRUE,
      "best -8379.66 <= -8379.66 + 0.001: true" },
  };
  check_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_max_seconds (void)
{
  static const Row rows[] = {
    { "MaxSeconds(10)", { .seconds = 9, .seconds_before = 100 }, FALSE, "9 s < 10 s: false" },
    { "MaxSeconds(10)", { .seconds = 10 }, TRUE, "10 s >= 10 s: true" },
    { "MaxSeconds(session_max=10)", { .seconds = 11 }, TRUE, "11 s >= 10 s: true" },
    { "MaxSeconds(overall_max=10)", { .seconds = 4, .seconds_before = 5 }, FALSE, "9 s < 10 s: false" },
    { "MaxSeconds(overall_max=10)", { .seconds = 4, .seconds_before = 6 }, TRUE, "10 s >= 10 s: true" },
    { "MaxSeconds(0, 10)", { .seconds = 4, .seconds_before = 6 }, TRUE, "10 s >= 10 s: true" },
    { "MaxSeconds(auto, 10)", { .seconds = 1 }, FALSE, "1 s < 10 s: false" },
  };
  check_rows (rows, G_N_ELEMENTS (rows));
  rig_refuses (GLOMPO_KIND_CHECKER, "MaxSeconds()",
               "MaxSeconds: neither session_max nor overall_max is given, wanted exactly one");
  rig_refuses (GLOMPO_KIND_CHECKER, "MaxSeconds(0, 0)", "neither session_max nor overall_max is given");
  rig_refuses (GLOMPO_KIND_CHECKER, "MaxSeconds(5, 6)", "both session_max and overall_max are given");
}

/* A checker with a memory is taken through a history. */
typedef struct {
  GlompoRun run;
  gboolean expected;
  const char *explain;
} Step;

static void
check_steps (const char *checker, const Step *steps, gsize n_steps)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_CHECKER, checker, 1, &error);
  if (!TEST_NO_ERROR (error))
    return;
  for (gsize i = 0; i < n_steps; i++)
    {
      set_counters (&rig->run, &steps[i].run);
      gboolean found = condition_test_run (rig->condition, &rig->run);
      if (found != steps[i].expected)
        g_printerr ("\nstep %zu of %s\n", i, checker);
      TEST_INT (found, steps[i].expected);
      g_autofree char *text = rig_explain_leaf (rig);
      TEST_STR (text, steps[i].explain);
    }
}

static void
test_kills_after_convergence (void)
{
  static const Step defaults[] = {
    { { .hunted = 5 }, FALSE, "0 converged < 1: false" },
    { { .hunted = 5, .converged = 1 }, TRUE, "0 stopped since >= 0: true" },
  };
  static const Step counted[] = {
    { { .hunted = 4, .converged = 1 }, FALSE, "1 converged < 2: false" },
    { { .hunted = 5, .converged = 2 }, FALSE, "0 stopped since < 2: false" },
    { { .hunted = 6, .converged = 2 }, FALSE, "1 stopped since < 2: false" },
    { { .hunted = 6, .converged = 3 }, FALSE, "1 stopped since < 2: false" },
    { { .hunted = 7, .converged = 3 }, TRUE, "2 stopped since >= 2: true" },
  };
  static const Step at_once[] = { { { .hunted = 0 }, FALSE, "0 stopped since < 1: false" },
                                  { { .hunted = 1 }, TRUE, "1 stopped since >= 1: true" } };
  check_steps ("KillsAfterConvergence", defaults, G_N_ELEMENTS (defaults));
  check_steps ("KillsAfterConvergence(2, 2)", counted, G_N_ELEMENTS (counted));
  check_steps ("KillsAfterConvergence(1, n_converged=0)", at_once, G_N_ELEMENTS (at_once));
}

static void
test_no_improvement (void)
{
  static const Step strict[] = {
    { { .evaluations = 1, .best_f = 5, .best_evaluation = 1 }, FALSE, "0 evaluations since < 10: false" },
    { { .evaluations = 10, .best_f = 5, .best_evaluation = 1 }, FALSE, "9 evaluations since < 10: false" },
    { { .evaluations = 10, .best_f = 4, .best_evaluation = 10 }, FALSE, "0 evaluations since < 10: false" },
    { { .evaluations = 19, .best_f = 4, .best_evaluation = 10 }, FALSE, "9 evaluations since < 10: false" },
    { { .evaluations = 20, .best_f = 4, .best_evaluation = 10 }, TRUE, "10 evaluations since >= 10: true" },
  };
  /* falls of 0.4 do not count alone; the third of them adds up to more than 1 */
  static const Step tolerant[] = {
    { { .evaluations = 1, .best_f = 5, .best_evaluation = 1 }, FALSE, "0 evaluations since < 10: false" },
    { { .evaluations = 5, .best_f = 4.6, .best_evaluation = 5 }, FALSE, "4 evaluations since < 10: false" },
    { { .evaluations = 6, .best_f = 4.2, .best_evaluation = 6 }, FALSE, "5 evaluations since < 10: false" },
    { { .evaluations = 7, .best_f = 3.8, .best_evaluation = 7 }, FALSE, "0 evaluations since < 10: false" },
    { { .evaluations = 16, .best_f = 2.8, .best_evaluation = 15 }, FALSE, "9 evaluations since < 10: false" },
    { { .evaluations = 17, .best_f = 2.8, .best_evaluation = 15 }, TRUE, "10 evaluations since >= 10: true" },
  };
  static const Step no_value[] = {
    { { .evaluations = 0, .best_f = INFINITY }, FALSE, "0 evaluations since < 3: false" },
    { { .evaluations = 2, .best_f = INFINITY }, FALSE, "2 evaluations since < 3: false" },
    { { .evaluations = 3, .best_f = INFINITY }, TRUE, "3 evaluations since >= 3: true" },
  };
  check_steps ("NoImprovement(10)", strict, G_N_ELEMENTS (strict));
  check_steps ("NoImprovement(10, tol=1)", tolerant, G_N_ELEMENTS (tolerant));
  check_steps ("NoImprovement(3, tol=1)", no_value, G_N_ELEMENTS (no_value));
}

/* Seen by the main context of the thread that made the checker, and by each checker that waits for it. */
static void
test_signal (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_CHECKER, "Signal(USR1)", 1, NULL);
  g_autoptr (Rig) same = rig_new (GLOMPO_KIND_CHECKER, "Signal(signal=USR1)", 1, NULL);
  g_autoptr (Rig) other = rig_new (GLOMPO_KIND_CHECKER, "Signal(USR2)", 1, NULL);
  CU_ASSERT_FATAL (rig != NULL && same != NULL && other != NULL);
  CU_ASSERT_FALSE (condition_test_run (rig->condition, &rig->run));
  for (guint i = 1; i <= 2; i++)
    {
      kill (getpid (), SIGUSR1);
      g_autofree char *expected = g_strdup_printf ("received %u times: true", i);
      for (g_autofree char *text = NULL; g_strcmp0 (text, expected) != 0;)
        {
          g_main_context_iteration (context, TRUE);
          condition_test_run (rig->condition, &rig->run);
          g_free (text);
          text = rig_explain_leaf (rig);
        }
    }
  CU_ASSERT_TRUE (condition_test_run (same->condition, &same->run));
  CU_ASSERT_FALSE (condition_test_run (other->condition, &other->run));
  TEST_INT (condition_budget (rig->condition), G_MAXUINT64);
  g_main_context_pop_thread_default (context);
}

static const TestCase cases[] = {
  { "counters", test_counts },
  { "TargetCost", test_target_cost },
  { "MaxSeconds", test_max_seconds },
  { "KillsAfterConvergence", test_kills_after_convergence },
  { "NoImprovement", test_no_improvement },
  { "Signal", test_signal },
};
TEST_MAIN ("checkers", cases)
