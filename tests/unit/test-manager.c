/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manager: when a run ends and why, whom it hunts, what it counts, and what it makes of failures. */
#include "manager-rig.h"
#include <math.h>
#include <string.h>

#define FOREVER "[optimizer a]\nplugin = script\nforever = true\n"

/* ---- the budget ---- */

static void
test_exact_budget (void)
{
  static const char *const groups
      = "[optimizer a]\nplugin = script\nforever = true\nbatch = 7\n"
        "[optimizer b]\nplugin = script\nforever = true\nworkers = 2\nbatch = 5\n"
        "[optimizer c]\nplugin = async-script\nforever = true\nworkers = 3\n"
        "[optimizer d]\nplugin = run-script\nforever = true\n"
        "[optimizer e]\nplugin = script\nvalues = 3, 2, 1\n";
  static const guint budgets[] = { 1, 2, 3, 7, 50, 333, 4096, 20000 };
  for (guint i = 0; i < G_N_ELEMENTS (budgets); i++)
    {
      g_autofree char *settings
          = g_strdup_printf ("max_jobs = 9\nconvergence = MaxFuncCalls(%u)", budgets[i]);
      g_autoptr (Rig) rig = rig_new_run (settings, groups);
      TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
      TEST_INT (rig->result->evaluations, budgets[i]);
      TEST_CONTAINS (rig->result->reason, "MaxFuncCalls");
      CU_ASSERT (rig->audit.most_busy <= 9);
      TEST_INT (rig->result->crashed, 0);
    }
}

/* One budget is the least of an "|" and no budget where an "&" asks for more. */
static void
test_budget_of_combined_conditions (void)
{
  g_autoptr (Rig) either = rig_new_run ("convergence = MaxFuncCalls(500) | MaxFuncCalls(40)", FOREVER);
  TEST_INT (either->result->evaluations, 40);
  g_autoptr (Rig) both = rig_new_run ("convergence = MaxFuncCalls(40) & MaxFuncCalls(500)", FOREVER);
  TEST_INT (both->result->evaluations, 500);
  g_autoptr (Rig) more
      = rig_new_run ("convergence = MaxFuncCalls(40) & NOptConverged(3)",
                     "[optimizer a]\nplugin = script\nvalues = 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1\n");
  CU_ASSERT (more->result->evaluations >= 40 && more->result->converged >= 3);
}

/* ---- ends ---- */

static void
test_target (void)
{
  g_autoptr (Rig) rig = rig_new_run ("convergence = TargetCost(-5, atol=0.5) | MaxFuncCalls(100)",
                                     "[optimizer a]\nplugin = script\nvalues = 3, -4, -4.6, -9, -10\n");
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  TEST_CONTAINS (rig->result->reason, "TargetCost(target=-5, atol=0.5): best -4.6 <= -5 + 0.5: true");
  CU_ASSERT (rig->result->fx <= -4.5 && rig->result->x != NULL && rig->result->best_id >= 1);
  TEST_STR (rig->result->best_group, "a");
  TEST_STR (rig->result->best_type, "script");
  TEST_STR (rig->result->names[0], "value");
}

static void
test_counts (void)
{
  static const char *const short_ones = "[optimizer a]\nplugin = script\nvalues = 2, 1\n";
  g_autoptr (Rig) converged = rig_new_run ("convergence = NOptConverged(5)", short_ones);
  TEST_INT (converged->result->state, GLOMPO_RUN_FINISHED);
  CU_ASSERT (converged->result->converged >= 5);
  for (guint i = 0; i < converged->audit.states->len; i++)
    if (g_str_equal (converged->audit.states->pdata[i], "converged"))
      TEST_STR (converged->audit.reasons->pdata[i], "all 2 values given");

  g_autoptr (Rig) started = rig_new_run ("convergence = MaxOptsStarted(3)", short_ones);
  TEST_INT (started->result->started, 3);

  g_autoptr (Rig) plain = rig_new_run ("", short_ones); /* the default: the first that converges */
  CU_ASSERT (plain->result->converged >= 1);
  TEST_CONTAINS (plain->result->reason, "KillsAfterConvergence");

  g_autoptr (Rig) failures = rig_new_run (
      "convergence = MaxFailures(10)", "[optimizer a]\nplugin = script\nvalues = 5, 1000\nforever = true\n");
  CU_ASSERT (failures->result->failures >= 10);
  TEST_NEAR (failures->result->fx, 5, 0);
}

static void
test_seconds (void)
{
  g_autoptr (Rig) rig = rig_new_run ("convergence = MaxSeconds(overall_max = 0.1)", FOREVER);
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  CU_ASSERT (rig->result->seconds >= 0.1 && rig->result->evaluations > 0);
}

static void
test_condition_that_holds_at_the_start (void)
{
  g_autoptr (Rig) rig = rig_new_run ("convergence = KillsAfterConvergence(0, 0)", FOREVER);
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  TEST_INT (rig->result->started, 0);
  TEST_INT (rig->result->evaluations, 0);
  CU_ASSERT_PTR_NULL (rig->result->x);
  TEST_NEAR (rig->result->fx, INFINITY, 0);
  TEST_CONTAINS (rig->audit.text, "holds before the start");
  TEST_INT (rig->audit.warnings, 1);
}

static void
test_no_value_at_all (void)
{
  g_autoptr (Rig) rig
      = rig_new_run ("convergence = MaxFuncCalls(20)\nhunters = EvaluationsUnmoving(2)\nhunt_frequency = 1",
                     "[optimizer a]\nplugin = script\nvalues = 1000\nforever = true\n");
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  TEST_INT (rig->result->failures, 20);
  TEST_INT (rig->result->hunts, 0); /* nobody to hunt for */
  CU_ASSERT_PTR_NULL (rig->result->x);
  CU_ASSERT_PTR_NULL (rig->result->best_type);
}

/* ---- starting ---- */

static void
test_spawn_stops (void)
{
  g_autoptr (Rig) rig = rig_new_run ("convergence = MaxFuncCalls(1000)\nspawn = NOptimizersSpawnStop(3)",
                                     "[optimizer a]\nplugin = script\nvalues = 2, 1\n");
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  TEST_INT (rig->result->started, 3);
  TEST_INT (rig->result->converged, 3);
  TEST_INT (rig->result->evaluations, 6);
  TEST_CONTAINS (rig->result->reason, "no optimizers alive, spawning stopped: NOptimizersSpawnStop");
  TEST_CONTAINS (rig->audit.text, "no further optimizers are started: NOptimizersSpawnStop");
}

static void
test_selector_that_never_starts_one (void)
{
  g_autoptr (Rig) rig = rig_new_run ("selector = Never()", FOREVER);
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  TEST_INT (rig->result->started, 0);
  TEST_CONTAINS (rig->result->reason, "no optimizers alive, spawning stopped: Never");
}

static void
check_failure (Rig *rig, const char *text)
{
  TEST_INT (rig->result->state, GLOMPO_RUN_FAILED);
  CU_ASSERT (g_error_matches (rig->error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED));
  TEST_CONTAINS (rig->error->message, text);
  TEST_STR (rig->result->reason, rig->error->message);
}

static void
test_selectors_that_are_wrong (void)
{
  g_autoptr (Rig) nothing = rig_new_run ("selector = Nothing()", FOREVER);
  check_failure (nothing, "no optimizer fits into the slots");
  g_autoptr (Rig) wrong = rig_new_run ("selector = Wrong()", FOREVER);
  check_failure (wrong, "Wrong");
}

static void
test_generator_that_fails (void)
{
  g_autoptr (Rig) rig
      = rig_new_run ("generator = Fails()", "[optimizer a]\nplugin = script\nvalues = 2, 1\n");
  /* Two start; the third cannot, when the first one has ended (and then the run is over as well). */
  CU_ASSERT (rig->result->started == 2);
  g_autoptr (Rig) third = rig_new_run ("max_jobs = 3\ngenerator = Fails()", FOREVER);
  check_failure (third, "no more starts");
  TEST_INT (third->result->started, 2);
}

static void
test_slots (void)
{
  g_autoptr (Rig) rig
      = rig_new_run ("max_jobs = 5\nconvergence = MaxOptsStarted(30)",
                     "[optimizer a]\nplugin = script\nvalues = 1, 2, 3\nworkers = 3\nbatch = 3\n"
                     "[optimizer b]\nplugin = script\nvalues = 4, 5\nworkers = 2\n");
  TEST_INT (rig->result->started, 30);
  TEST_INT (rig->audit.most_busy, 5);
}

/* ---- failures ---- */

static void
test_optimizers_that_fail_at_once (void)
{
  g_autoptr (Rig) rig = rig_new_run ("convergence = MaxFuncCalls(1000)",
                                     "[optimizer a]\nplugin = script\ncreate_fails = true\n");
  check_failure (rig, "the script is lost");
  TEST_CONTAINS (rig->error->message, "6 optimizers in a row");
  TEST_INT (rig->result->evaluations, 0);
  TEST_INT (rig->result->crashed, rig->result->started - rig->audit.stopped);
  TEST_STR (rig->audit.states->pdata[0], "failed");
}

/* Those that fail do not end a run in which others work. */
static void
test_some_optimizers_fail (void)
{
  g_autoptr (Rig) rig = rig_new_run ("convergence = NOptConverged(20)",
                                     "[optimizer good]\nplugin = script\nvalues = 1, 2, 3\n"
                                     "[optimizer bad]\nplugin = script\ncreate_fails = true\n");
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  CU_ASSERT (rig->result->crashed > 5 && rig->result->converged >= 20);
}

static void
test_task_that_cannot_be_made (void)
{
  g_autoptr (Rig) rig = rig_new_with_task ("", "create_fails = true", FOREVER, NULL);
  g_autoptr (GError) error = NULL;
  CU_ASSERT_FALSE (glompo_manager_try (rig->config, &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID));
  TEST_INT (rig_run (rig), GLOMPO_RUN_FAILED);
  CU_ASSERT (g_error_matches (rig->error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_CONFLICT));
  TEST_CONTAINS (rig->error->message, "the line is not straight");
  CU_ASSERT_FALSE (g_file_test (rig->directory, G_FILE_TEST_EXISTS)); /* nothing was started */
}

static void
test_conflict (void)
{
  g_autoptr (Rig) rig = rig_new_with_task (
      "", "fragile = true", "[optimizer a]\nplugin = script\nworkers = 2\nworkers_backend = threads\n", NULL);
  TEST_INT (rig_run (rig), GLOMPO_RUN_FAILED);
  CU_ASSERT (g_error_matches (rig->error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_CONFLICT));
  CU_ASSERT_FALSE (g_file_test (rig->directory, G_FILE_TEST_EXISTS));
}

/* ---- hunting ---- */

/* Every group stands still, the best one as much as the others; only the others are hunted. */
static void
test_hunting (void)
{
  g_autoptr (Rig) rig = rig_new_run (
      "max_jobs = 4\nconvergence = MaxKills(12)\nhunters = EvaluationsUnmoving(10)\nhunt_frequency = 25",
      "[optimizer best]\nplugin = script\nvalues = 1\nforever = true\n"
      "[optimizer bad]\nplugin = script\nvalues = 7\nforever = true\n");
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  CU_ASSERT (rig->audit.hunts >= 12);
  CU_ASSERT (rig->result->hunts >= 1 && rig->result->hunts <= rig->result->evaluations / 25);
  TEST_STR (rig->result->best_group, "best");
  TEST_STR (rig->audit.states->pdata[rig->result->best_id - 1], "stopped");
  guint hunted = 0;
  for (guint i = 0; i < rig->audit.states->len; i++)
    if (g_str_equal (rig->audit.states->pdata[i], "hunted"))
      {
        hunted++;
        TEST_CONTAINS (rig->audit.reasons->pdata[i], "EvaluationsUnmoving(calls=10");
      }
  TEST_INT (hunted, rig->audit.hunted);
}

/* Whoever improves is left alone. */
static void
test_hunters_stop_the_right_one (void)
{
  g_autoptr (GString) falling = g_string_new ("[optimizer falling]\nplugin = script\nvalues = 500");
  for (guint i = 1; i < 5000; i++)
    g_string_append_printf (falling, ", %g", 500 - i * 0.01);
  g_string_append (falling, "\n[optimizer best]\nplugin = script\nvalues = -1000\nforever = true\n"
                            "[optimizer still]\nplugin = script\nvalues = 400\nforever = true\n");
  g_autoptr (Rig) rig = rig_new_run (
      "max_jobs = 3\nconvergence = MaxKills(1)\nhunters = EvaluationsUnmoving(20)\nhunt_frequency = 1",
      falling->str);
  TEST_INT (rig->audit.hunts, 1);
  for (guint i = 0; i < rig->audit.states->len; i++)
    if (g_str_equal (rig->audit.states->pdata[i], "hunted"))
      TEST_STR (rig->audit.groups->pdata[i], "still");
}

static void
test_hunt_frequency (void)
{
  g_autoptr (Rig) rig
      = rig_new_run ("max_jobs = 2\nconvergence = MaxFuncCalls(1000)\nhunters = MinFuncCalls(100000)\n"
                     "hunt_frequency = 100",
                     FOREVER);
  TEST_INT (rig->result->hunts, 10);
  TEST_INT (rig->audit.hunts, 0);
}

/* Goes on until some have taken what others found. */
static void
test_sharing (void)
{
  guint64 before = rig_injections ();
  g_autoptr (Rig) rig = rig_new (
      "max_jobs = 4\nshare_best_solutions = true\nconvergence = MaxSeconds(60)",
      "[optimizer better]\nplugin = script\nvalues = 90\nstep = 1e-4\nforever = true\n"
      "[optimizer worse]\nplugin = script\nvalues = 100\nforever = true\n"
      "[optimizer loop]\nplugin = run-script\nvalues = 100\nforever = true\n"
      "[optimizer async]\nplugin = async-script\nvalues = 100\nforever = true\n", NULL);
  CU_ASSERT (glompo_manager_start (rig->manager, NULL));
  while (rig_injections () < before + 20)
    g_usleep (200);
  glompo_manager_stop (rig->manager, "enough", FALSE);
  rig->good = glompo_manager_wait (rig->manager, &rig->error);
  rig_take_result (rig);
  TEST_INT (rig->result->state, GLOMPO_RUN_INTERRUPTED);
  CU_ASSERT (rig->audit.injections >= 20);
  TEST_INT (rig->audit.injections, rig_injections () - before);
  g_autoptr (Rig) alone = rig_new_run ("convergence = MaxFuncCalls(400)",
                                       "[optimizer a]\nplugin = script\nvalues = 3, 2, 1\nforever = true\n");
  TEST_INT (alone->audit.injections, 0);
}

/* ---- what is kept ---- */

static void
test_messages_and_metrics (void)
{
  g_autoptr (Rig) rig = rig_new_run ("convergence = NOptConverged(1)",
                                     "[optimizer a]\nplugin = script\nvalues = 2, 1\ntalks = true\n");
  TEST_CONTAINS (rig->audit.text, "optimizer 1 (script): here I am\n");
  CU_ASSERT (rig->audit.warnings >= 1 && rig->audit.metrics >= rig->audit.converged
             && rig->audit.converged >= 1);
}

/* One optimizer in one thread: the same seed, the same journal. */
static void
test_same_seed_same_values (void)
{
  static const char *const settings
      = "max_jobs = 1\nspawn = NOptimizersSpawnStop(1)\nconvergence = MaxFuncCalls(300)";
  static const char *const group = "[optimizer a]\nplugin = random\niters = 1000\n";
  g_autoptr (Rig) one = rig_new_run (settings, group);
  g_autoptr (Rig) two = rig_new_run (settings, group);
  TEST_INT (one->audit.values->len, 300);
  CU_ASSERT (two->audit.values->len == 300
             && memcmp (one->audit.values->data, two->audit.values->data, 300 * sizeof (double)) == 0);
  g_autofree char *other = g_strconcat (settings, "\nseed = 2", NULL);
  g_autoptr (Rig) three = rig_new_run (other, group);
  CU_ASSERT (memcmp (one->audit.values->data, three->audit.values->data, 300 * sizeof (double)) != 0);
}

static void
test_status_records (void)
{
  g_autoptr (Rig) rig
      = rig_new_run ("status_frequency = 0.01\nconvergence = MaxSeconds(overall_max = 0.3)", FOREVER);
  CU_ASSERT (rig->audit.statuses >= 3);
}

static const TestCase cases[] = {
  { "exact budget", test_exact_budget },
  { "budget of combined conditions", test_budget_of_combined_conditions },
  { "target", test_target },
  { "counts", test_counts },
  { "seconds", test_seconds },
  { "a condition that holds at the start", test_condition_that_holds_at_the_start },
  { "no value at all", test_no_value_at_all },
  { "spawn stops", test_spawn_stops },
  { "a selector that never starts one", test_selector_that_never_starts_one },
  { "selectors that are wrong", test_selectors_that_are_wrong },
  { "a generator that fails", test_generator_that_fails },
  { "slots", test_slots },
  { "optimizers that fail at once", test_optimizers_that_fail_at_once },
  { "some optimizers fail", test_some_optimizers_fail },
  { "a task that cannot be made", test_task_that_cannot_be_made },
  { "conflict", test_conflict },
  { "hunting", test_hunting },
  { "hunters stop the right one", test_hunters_stop_the_right_one },
  { "hunt frequency", test_hunt_frequency },
  { "sharing", test_sharing },
  { "messages and metrics", test_messages_and_metrics },
  { "same seed, same values", test_same_seed_same_values },
  { "status records", test_status_records },
};

TEST_MAIN ("manager", cases)
