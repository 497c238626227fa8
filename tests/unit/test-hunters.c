/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every hunter, with values worked out by hand. The victim is optimizer 1, the holder of the best value is
 * optimizer 2 unless the victim's values are lower. */
#include "policy-fixture.h"
#include "policy/component.h"
#include <string.h>

typedef struct {
  const char *hunter;
  const char *victim;  /* values, oldest first */
  const char *best;    /* values of the other optimizer */
  gboolean expected;
  const char *explain; /* what follows the call */
} Row;

static void
check_rows (const Row *rows, gsize n_rows)
{
  for (gsize i = 0; i < n_rows; i++)
    {
      const Row *row = &rows[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_HUNTER, row->hunter, 1, &error);
      if (!TEST_NO_ERROR (error))
        continue;
      rig_start (rig, "victim", "cmaes");
      rig_start (rig, "best", "random");
      rig_evaluate_all (rig, 1, row->victim);
      rig_evaluate_all (rig, 2, row->best);
      gboolean found = rig_hunt (rig, 1);
      if (found != row->expected)
        g_printerr ("\nrow %zu: %s of \"%s\" against \"%s\"\n", i, row->hunter, row->victim, row->best);
      TEST_INT (found, row->expected);
      g_autofree char *text = rig_explain_leaf (rig);
      TEST_STR (text, row->explain);
    }
}

static void
test_best_unmoving (void)
{
  static const Row rows[] = {
    /* N_v <= calls: never; then exactly calls + 1 are needed */
    { "BestUnmoving(3)", "5 5 5", "0", FALSE, "3 evaluations <= 3: false" },
    { "BestUnmoving(3)", "5 5 5 5", "0", TRUE, "best fell by 0 <= 0 x 5 = 0: true" },
    { "BestUnmoving(3)", "9 9 5 6 7 8", "0", TRUE, "best fell by 0 <= 0 x 5 = 0: true" },
    { "BestUnmoving(4)", "9 9 5 6 7 8", "0", FALSE, "best fell by 4 > 0 x 9 = 0: false" },
    /* equality counts: 10 - 8 = 0.2 x 10 */
    { "BestUnmoving(2, 0.25)", "16 14 12", "0", TRUE, "best fell by 4 <= 0.25 x 16 = 4: true" },
    { "BestUnmoving(2, 0.25)", "16 14 11.5", "0", FALSE, "best fell by 4.5 > 0.25 x 16 = 4: false" },
    /* a negative best: relative to its size */
    { "BestUnmoving(2, tol=0.5)", "-4 -5 -6", "-9", TRUE, "best fell by 2 <= 0.5 x 4 = 2: true" },
    /* best then = 0 needs equality */
    { "BestUnmoving(1, 0.5)", "0 1", "-9", TRUE, "best fell by 0 <= 0.5 x 0 = 0: true" },
    { "BestUnmoving(1, 0.5)", "0 -1e-9", "-9", FALSE, "best fell by 1e-09 > 0.5 x 0 = 0: false" },
    /* from no value to a value is progress; no value at all is not a best that stands still */
    { "BestUnmoving(1, 0.5)", "inf 3", "0", FALSE, "no value 1 evaluations ago: false" },
    { "BestUnmoving(1, 0.5)", "inf inf inf", "0", FALSE, "no value 1 evaluations ago: false" },
    /* failures in between count as evaluations */
    { "BestUnmoving(2)", "3 inf inf", "0", TRUE, "best fell by 0 <= 0 x 3 = 0: true" },
    /* scale = range: 12 - 10 against 0.5 x (12 - 8); the same with 1000 added */
    { "BestUnmoving(1, 0.5, scale=range)", "12 10", "8", TRUE, "best fell by 2 <= 0.5 x 4 = 2: true" },
    { "BestUnmoving(1, 0.5, range)", "1012 1010", "1008", TRUE, "best fell by 2 <= 0.5 x 4 = 2: true" },
    { "BestUnmoving(1, 0.5, range)", "1012 1009", "1008", FALSE, "best fell by 3 > 0.5 x 4 = 2: false" },
    /* a tie with the best value */
    { "BestUnmoving(1, 0.5, range)", "8 8", "8 8", TRUE, "best fell by 0 <= 0.5 x 0 = 0: true" },
  };
  check_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_evaluations_unmoving (void)
{
  static const Row rows[] = {
    { "EvaluationsUnmoving(3)", "5 5", "0", FALSE, "2 evaluations < 3: false" },
    { "EvaluationsUnmoving(3)", "5 5 5", "0", TRUE, "std 0 <= 0 x 5 = 0: true" },
    { "EvaluationsUnmoving(3)", "1 5 5 5", "0", TRUE, "std 0 <= 0 x 5 = 0: true" },
    /* population standard deviation of 1 3 is 1; of 2 4 4 4 5 5 7 9 it is 2 */
    { "EvaluationsUnmoving(2, 0.5)", "1 3", "0", TRUE, "std 1 <= 0.5 x 3 = 1.5: true" },
    { "EvaluationsUnmoving(2, 0.25)", "1 3", "0", FALSE, "std 1 > 0.25 x 3 = 0.75: false" },
    /* squares leave the range of numbers, the deviation does not */
    { "EvaluationsUnmoving(2)", "4e-199 2e-199", "0", FALSE, "std 1e-199 > 0 x 2e-199 = 0: false" },
    { "EvaluationsUnmoving(2)", "2e-199 2e-199", "0", TRUE, "std 0 <= 0 x 2e-199 = 0: true" },
    { "EvaluationsUnmoving(2, 0.5)", "1e171 3e171", "0", TRUE,
      "std 1e+171 <= 0.5 x 3e+171 = 1.5e+171: true" },
    /* the older two do not count: mean 39/8, mean of squares 215/8, variance 3.109375 */
    { "EvaluationsUnmoving(8, 0.25)", "100 9 2 4 4 4 5 5 7 8", "0", TRUE,
      "std 1.76334 <= 0.25 x 8 = 2: true" },
    { "EvaluationsUnmoving(8, 0.25)", "2 4 4 4 5 5 9 7", "0", FALSE, "std 2 > 0.25 x 7 = 1.75: false" },
    { "EvaluationsUnmoving(8, 0.25)", "2 4 4 5 5 7 9 4", "0", FALSE, "std 2 > 0.25 x 4 = 1: false" },
    { "EvaluationsUnmoving(8, 0.25)", "2 4 4 4 5 5 7 9", "0", TRUE, "std 2 <= 0.25 x 9 = 2.25: true" },
    /* one value has no spread */
    { "EvaluationsUnmoving(1)", "4", "0", TRUE, "std 0 <= 0 x 4 = 0: true" },
    { "EvaluationsUnmoving(2, 0.5)", "inf 3", "0", FALSE, "no std of the last 2: false" },
    { "EvaluationsUnmoving(2, 0.5)", "3 inf", "0", FALSE, "no std of the last 2: false" },
    { "EvaluationsUnmoving(2, 0.5)", "inf 3 3", "0", TRUE, "std 0 <= 0.5 x 3 = 1.5: true" },
    { "EvaluationsUnmoving(2, 0.5)", "0 0", "-1", TRUE, "std 0 <= 0.5 x 0 = 0: true" },
    { "EvaluationsUnmoving(2, 0.5)", "-1 -3", "-9", TRUE, "std 1 <= 0.5 x 3 = 1.5: true" },
    /* two passes: a spread of 1 on top of 1e9 is seen exactly */
    { "EvaluationsUnmoving(2, 1e-9)", "1000000001 1000000003", "0", TRUE,
      "std 1 <= 1e-09 x 1000000003 = 1: true" },
    { "EvaluationsUnmoving(2, 9e-10)", "1000000001 1000000003", "0", FALSE,
      "std 1 > 9e-10 x 1000000003 = 0.9: false" },
    { "EvaluationsUnmoving(2, 0.5)", "1e300 2e300", "0", TRUE, "std 5e+299 <= 0.5 x 2e+300 = 1e+300: true" },
    /* values whose difference is not finite are no reason to stop */
    { "EvaluationsUnmoving(2, 0.5)", "-1.7e308 1.7e308", "0", FALSE, "no std of the last 2: false" },
    /* scale = range: std 1 against the gap 5 - 1, whatever is added */
    { "EvaluationsUnmoving(2, 0.25, range)", "3 5", "1", TRUE, "std 1 <= 0.25 x 4 = 1: true" },
    { "EvaluationsUnmoving(2, 0.25, range)", "-1e6 -999998", "-1000002", TRUE,
      "std 1 <= 0.25 x 4 = 1: true" },
    { "EvaluationsUnmoving(2, 0.25, range)", "3 5", "2", FALSE, "std 1 > 0.25 x 3 = 0.75: false" },
  };
  check_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_last_points_invalid (void)
{
  static const Row rows[] = {
    { "LastPointsInvalid()", "1", "0", FALSE, "0 failed in a row < 1: false" },
    { "LastPointsInvalid", "1 inf", "0", TRUE, "1 failed in a row >= 1: true" },
    { "LastPointsInvalid(3)", "inf inf", "0", FALSE, "2 failed in a row < 3: false" },
    { "LastPointsInvalid(3)", "inf inf inf", "0", TRUE, "3 failed in a row >= 3: true" },
    { "LastPointsInvalid(3)", "inf inf inf 1 inf inf", "0", FALSE, "2 failed in a row < 3: false" },
    { "LastPointsInvalid(2)", "1 2 inf nan inf", "0", TRUE, "2 failed in a row >= 2: true" },
  };
  check_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_min_func_calls (void)
{
  static const Row rows[] = {
    { "MinFuncCalls(3)", "1 2", "0", FALSE, "2 evaluations < 3: false" },
    { "MinFuncCalls(3)", "1 2 inf", "0", TRUE, "3 evaluations >= 3: true" },
    { "MinFuncCalls(3)", "1 2 3 4", "0", TRUE, "4 evaluations >= 3: true" },
  };
  check_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_type_hunter (void)
{
  static const Row rows[] = {
    { "TypeHunter(cmaes)", "1", "0", TRUE, "true" },
    { "TypeHunter(victim)", "1", "0", TRUE, "true" },
    { "TypeHunter(\"random\")", "1", "0", FALSE, "false" },
    { "TypeHunter(cma)", "1", "0", FALSE, "false" },
  };
  check_rows (rows, G_N_ELEMENTS (rows));
  rig_refuses (GLOMPO_KIND_HUNTER, "TypeHunter(\"\")", "TypeHunter: optimizer is empty");
}

static void
test_seconds (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) age = rig_new (GLOMPO_KIND_HUNTER, "MinSeconds(10)", 1, &error);
  g_autoptr (Rig) silence = rig_new (GLOMPO_KIND_HUNTER, "Stalled(2.5)", 1, &error);
  TEST_NO_ERROR (error);
  rig_start (age, "g", "p");
  rig_start (silence, "g", "p");
  rig_view (age, 1)->seconds = 9.75;
  rig_view (age, 1)->seconds_silent = 99;
  CU_ASSERT_FALSE (rig_hunt (age, 1));
  rig_view (age, 1)->seconds = 10;
  CU_ASSERT_TRUE (rig_hunt (age, 1));
  rig_view (silence, 1)->seconds = 99;
  rig_view (silence, 1)->seconds_silent = 2.25;
  CU_ASSERT_FALSE (rig_hunt (silence, 1));
  g_autofree char *text = rig_explain_leaf (silence);
  TEST_STR (text, "2.25 s < 2.5 s: false");
  rig_view (silence, 1)->seconds_silent = 2.5;
  CU_ASSERT_TRUE (rig_hunt (silence, 1));
}

/* The diagonal is 5, so 0.2 is a distance of 1. */
static void
test_parameter_distance (void)
{
  static const struct {
    const char *hunter;
    double x, y; /* of the victim; the best is at (1, 1), an old one at (3, 4) */
    gboolean expected;
    const char *explain;
  } rows[] = {
    { "ParameterDistance(0.2)", 1, 1, TRUE, "0 from optimizer 2 <= 1: true" },
    { "ParameterDistance(0.2)", 2, 1, TRUE, "1 from optimizer 2 <= 1: true" },
    { "ParameterDistance(0.2)", 2, 1.5, FALSE, "1.11803 from optimizer 2 > 1: false" },
    { "ParameterDistance(0.2)", 3, 4, FALSE, "3.60555 from optimizer 2 > 1: false" },
    { "ParameterDistance(0.2, true)", 3, 4, TRUE, "0 from optimizer 3 <= 1: true" },
    { "ParameterDistance(0.2, test_all=true)", 2.5, 3.5, TRUE, "0.707107 from optimizer 3 <= 1: true" },
    { "ParameterDistance(0.2, test_all=true)", 0, 3, FALSE, "2.23607 from optimizer 2 > 1: false" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_HUNTER, rows[i].hunter, 1, &error);
      TEST_NO_ERROR (error);
      for (int k = 0; k < 4; k++)
        rig_start (rig, "g", "p"); /* number 4 has no evaluation; its zeros are no point */
      rig_evaluate (rig, 1, 5, rows[i].x, rows[i].y);
      rig_evaluate (rig, 2, 1, 1, 1);
      rig_evaluate (rig, 3, 7, 3, 4);
      rig_view (rig, 3)->alive = false;
      trace_end (g_ptr_array_index (rig->traces, 2));
      TEST_INT (rig_hunt (rig, 1), rows[i].expected);
      g_autofree char *text = rig_explain_leaf (rig);
      TEST_STR (text, rows[i].explain);
    }
  rig_refuses (
      GLOMPO_KIND_HUNTER, "ParameterDistance(0)",
      "relative_distance of ParameterDistance: found '0', wanted a real number above 0, of at most 1");
}

/* The last points count, not the best ones. */
static void
test_parameter_distance_last (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_HUNTER, "ParameterDistance(0.1)", 1, &error);
  TEST_NO_ERROR (error);
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, 1, 0, 0);
  rig_evaluate (rig, 2, 0, 0, 0);
  CU_ASSERT_TRUE (rig_hunt (rig, 1));
  rig_evaluate (rig, 2, 9, 3, 0);
  CU_ASSERT_FALSE (rig_hunt (rig, 1));
}

static void
test_step_size (void)
{
  static const struct {
    const char *hunter;
    const char *points;
    gboolean expected;
    const char *explain;
  } rows[] = {
    { "StepSize(3, 0.2)", "0,0 1,0", FALSE, "2 evaluations < 3: false" },
    { "StepSize(3, 0.2)", "0,0 1,0 1,1", TRUE, "mean step 1 <= 1: true" },
    { "StepSize(3, 0.2)", "0,0 1,0 1,1.5", FALSE, "mean step at least 1.25 > 1: false" },
    /* only the newest: steps 1.5 and 0.5 */
    { "StepSize(3, 0.2)", "0,4 0,0 0,1.5 0,2", TRUE, "mean step 1 <= 1: true" },
    /* it stops adding at the step that is too much */
    { "StepSize(4, 0.2)", "0,0 0,4 0,0 0,4", FALSE, "mean step at least 1.33333 > 1: false" },
    { "StepSize(2)", "1,1 1,1", TRUE, "mean step 0 <= 0.25: true" },
    { "StepSize(2)", "1,1 1,1.25", TRUE, "mean step 0.25 <= 0.25: true" },
    { "StepSize(2, relative_tol=0)", "1,1 1,1.001", FALSE, "mean step at least 0.001 > 0: false" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_HUNTER, rows[i].hunter, 1, &error);
      TEST_NO_ERROR (error);
      rig_start (rig, "g", "p");
      g_auto (GStrv) points = g_strsplit (rows[i].points, " ", -1);
      for (gsize k = 0; points[k] != NULL; k++)
        {
          char *rest;
          double x = g_ascii_strtod (points[k], &rest);
          rig_evaluate (rig, 1, 1, x, g_ascii_strtod (rest + 1, NULL));
        }
      TEST_INT (rig_hunt (rig, 1), rows[i].expected);
      g_autofree char *text = rig_explain_leaf (rig);
      TEST_STR (text, rows[i].explain);
    }
}

#define N_DRAWS 20000

/* Share of N_DRAWS tests that were true; its standard deviation is at most 0.0036. */
static double
rate (Rig *rig, guint64 id)
{
  int n = 0;
  for (int i = 0; i < N_DRAWS; i++)
    n += rig_hunt (rig, id);
  return (double) n / N_DRAWS;
}

static void
test_time_annealing (void)
{
  static const struct {
    const char *hunter;
    int n_best, n_victim;
    double expected; /* 1 - min (1, n_best / n_victim / crit_ratio) */
  } rows[] = {
    { "TimeAnnealing()", 4, 4, 0.0 },
    { "TimeAnnealing", 8, 4, 0.0 },
    { "TimeAnnealing(1)", 1, 4, 0.75 },
    { "TimeAnnealing(2)", 4, 4, 0.5 },
    { "TimeAnnealing(2)", 8, 4, 0.0 },
    { "TimeAnnealing(4)", 1, 1, 0.75 },
    { "TimeAnnealing(0.5)", 1, 4, 0.5 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_HUNTER, rows[i].hunter, 42, &error);
      TEST_NO_ERROR (error);
      rig_start (rig, "g", "p");
      rig_start (rig, "g", "p");
      for (int k = 0; k < rows[i].n_victim; k++)
        rig_evaluate (rig, 1, 5, 0, 0);
      for (int k = 0; k < rows[i].n_best; k++)
        rig_evaluate (rig, 2, 1, 0, 0);
      TEST_NEAR (rate (rig, 1), rows[i].expected, rows[i].expected == 0.0 ? 0.0 : 0.02);
    }
  rig_refuses (GLOMPO_KIND_HUNTER, "TimeAnnealing(0)", "found '0', wanted a finite real number above 0");
  rig_refuses (GLOMPO_KIND_HUNTER, "TimeAnnealing(inf)", "found 'inf', wanted a finite real number above 0");
}

static void
test_value_annealing (void)
{
  static const struct {
    const char *hunter;
    const char *victim, *best, *third;
    double expected; /* 1 - (1 - m)^(distance / scale) */
  } rows[] = {
    /* twice the value is the unit: killed with chance m, on both sides of 0 */
    { "ValueAnnealing()", "4", "2", "", 0.5 },
    { "ValueAnnealing(0.1)", "4", "2", "", 0.1 },
    { "ValueAnnealing(0.9)", "4", "2", "", 0.9 },
    { "ValueAnnealing(0.1)", "-2", "-4", "", 0.051317 }, /* 1 - 0.9^0.5 */
    { "ValueAnnealing(0.1)", "8", "2", "", 0.271 },      /* 1 - 0.9^3 */
    { "ValueAnnealing(0.5)", "2.5", "2", "", 0.159104 }, /* 1 - 0.5^0.25 */
    /* its best value counts, not the last */
    { "ValueAnnealing(0.1)", "4 900", "2", "", 0.1 },
    /* a tie, and a best value of 0 */
    { "ValueAnnealing(0.5)", "2", "2", "", 0.0 },
    { "ValueAnnealing(0.5)", "4", "0", "", 0.0 },
    /* without a value it is infinitely worse */
    { "ValueAnnealing(0.1)", "inf", "2", "", 1.0 },
    { "ValueAnnealing(0.1, range)", "inf", "2", "", 1.0 },
    /* scale = range: the worst alive is the unit; adding a constant changes nothing; 0 is no exception */
    { "ValueAnnealing(0.1, range)", "4", "2", "", 0.1 },
    { "ValueAnnealing(0.1, range)", "4", "2", "6", 0.051317 },
    { "ValueAnnealing(0.1, scale=range)", "1004", "1002", "1006", 0.051317 },
    { "ValueAnnealing(0.1, scale=range)", "2", "0", "inf", 0.1 },
    { "ValueAnnealing(0.1, scale=range)", "2", "2", "6", 0.0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_HUNTER, rows[i].hunter, 7, &error);
      TEST_NO_ERROR (error);
      for (int k = 0; k < 3; k++)
        rig_start (rig, "g", "p");
      rig_evaluate_all (rig, 2, rows[i].best);
      rig_evaluate_all (rig, 1, rows[i].victim);
      rig_evaluate_all (rig, 3, rows[i].third);
      double expected = rows[i].expected;
      TEST_NEAR (rate (rig, 1), expected, expected == 0.0 || expected == 1.0 ? 0.0 : 0.02);
    }
  rig_refuses (GLOMPO_KIND_HUNTER, "ValueAnnealing(0)", "found '0', wanted a real number above 0, below 1");
  rig_refuses (GLOMPO_KIND_HUNTER, "ValueAnnealing(1)", "found '1', wanted a real number above 0, below 1");
}

/* The first one's share of the range is 2/8. */
static Rig *
three_annealed (void)
{
  g_autoptr (GError) error = NULL;
  Rig *rig = rig_new (GLOMPO_KIND_HUNTER, "ValueAnnealing(0.1, range)", 3, &error);
  TEST_NO_ERROR (error);
  for (int k = 0; k < 3; k++)
    rig_start (rig, "g", "p");
  rig_evaluate (rig, 1, 4, 0, 0);
  rig_evaluate (rig, 2, 2, 0, 0);
  rig_evaluate (rig, 3, 10, 0, 0);
  return rig;
}

/* Ended optimizers leave the range, and new ones enter it. */
static void
test_value_annealing_alive (void)
{
  g_autoptr (Rig) rig = three_annealed ();
  TEST_NEAR (rate (rig, 1), 0.026, 0.01); /* 1 - 0.9^(2/8) */
  rig_view (rig, 3)->alive = false;
  TEST_NEAR (rate (rig, 1), 0.1, 0.01);
  rig_start (rig, "g", "p");
  rig_evaluate (rig, 4, 6, 0, 0);
  TEST_NEAR (rate (rig, 1), 0.051317, 0.01);
}

/* One that the user froze is neither alive nor frozen by a hunter; revived, it counts again. Ended ones never
 * do. */
static void
test_value_annealing_revived (void)
{
  g_autoptr (Rig) rig = three_annealed ();
  rig->run.frozen = 1; /* before the first hunt, too */
  rig_view (rig, 3)->alive = false;
  TEST_NEAR (rate (rig, 1), 0.1, 0.01);
  rig->run.frozen = 0;
  rig_view (rig, 3)->alive = true;
  TEST_NEAR (rate (rig, 1), 0.026, 0.01);
  rig_view (rig, 3)->alive = false;
  condition_forget (rig->condition, 3);
  TEST_NEAR (rate (rig, 1), 0.1, 0.01);
  condition_forget (rig->condition, 3);
}

/* Squares of what is very far or very near leave the range of numbers, distances do not. */
static void
test_distances (void)
{
  static const double unit[] = { 1.0, 1e300, 1e-300, 1e-160, 1e160 };
  static const double zero[6] = { 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (unit); i++)
    {
      double a[6] = { 3 * unit[i], 0, 0, 0, 0, 4 * unit[i] };
      TEST_NEAR (component_distance (6, a, zero) / unit[i], 5, 1e-12);
      TEST_INT (component_distance (6, a, a), 0);
    }
}

/* The same seed draws the same, another one does not. */
static void
test_seeds (void)
{
  gboolean verdicts[3][64];
  static const guint64 seeds[] = { 5, 5, 6 };
  for (int k = 0; k < 3; k++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_HUNTER, "ValueAnnealing(0.5)", seeds[k], &error);
      TEST_NO_ERROR (error);
      rig_start (rig, "g", "p");
      rig_start (rig, "g", "p");
      rig_evaluate (rig, 1, 4, 0, 0);
      rig_evaluate (rig, 2, 2, 0, 0);
      for (int i = 0; i < 64; i++)
        verdicts[k][i] = rig_hunt (rig, 1);
    }
  CU_ASSERT_TRUE (memcmp (verdicts[0], verdicts[1], sizeof verdicts[0]) == 0);
  CU_ASSERT_FALSE (memcmp (verdicts[0], verdicts[2], sizeof verdicts[0]) == 0);
}

static void
test_chance_explained (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new (GLOMPO_KIND_HUNTER, "ValueAnnealing(0.5)", 1, &error);
  TEST_NO_ERROR (error);
  rig_start (rig, "g", "p");
  rig_start (rig, "g", "p");
  rig_evaluate_all (rig, 2, "2");
  rig_evaluate_all (rig, 1, "4");
  gboolean verdict = rig_hunt (rig, 1);
  g_autofree char *text = rig_explain_leaf (rig);
  TEST_CONTAINS (text, "2 worse, scale 2: ");
  TEST_CONTAINS (text, verdict ? " drawn >= survival chance 0.5: true"
                               : " drawn < survival chance 0.5: false");
}

static const TestCase cases[] = {
  { "BestUnmoving", test_best_unmoving },
  { "EvaluationsUnmoving", test_evaluations_unmoving },
  { "LastPointsInvalid", test_last_points_invalid },
  { "MinFuncCalls", test_min_func_calls },
  { "TypeHunter", test_type_hunter },
  { "MinSeconds and Stalled", test_seconds },
  { "ParameterDistance", test_parameter_distance },
  { "ParameterDistance takes last points", test_parameter_distance_last },
  { "StepSize", test_step_size },
  { "TimeAnnealing", test_time_annealing },
  { "ValueAnnealing", test_value_annealing },
  { "ValueAnnealing follows who is alive", test_value_annealing_alive },
  { "ValueAnnealing counts who is revived", test_value_annealing_revived },
  { "distances very far and very near", test_distances },
  { "seeds", test_seeds },
  { "chances are explained", test_chance_explained },
};
TEST_MAIN ("hunters", cases)
