/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Optimizers that are frozen by hunters and revived by selectors: slots, counters, records, the end. The
 * rig's audit counts slots, and compares each optimizer's evaluations with what its end says. */
#include "manager-rig.h"
#include <string.h>

/* All give the same value for ever, but start from other ones: the first is the best. */
#define STAGNANT                                                                                             \
  "[optimizer a]\nplugin = script\nvalues = 5\nforever = true\n"                                             \
  "[optimizer b]\nplugin = script\nvalues = 7\nforever = true\n"                                             \
  "[optimizer c]\nplugin = script\nvalues = 6\nforever = true\n"
#define FREEZING "hunt_frequency = 1\nfreezers = EvaluationsUnmoving(5)\n"

static guint
count_ends (const Rig *rig, const char *state, const char *reason)
{
  guint n = 0;
  for (guint i = 0; i < rig->audit.states->len; i++)
    n += g_strcmp0 (rig->audit.states->pdata[i], state) == 0
         && (reason == NULL || strstr (rig->audit.reasons->pdata[i], reason) != NULL);
  return n;
}

static void
test_frozen_for_good (void)
{
  g_autoptr (Rig) rig
      = rig_new_run (FREEZING "selector = CycleSelector(revive=never)\nspawn = NOptimizersSpawnStop(6)\n"
                              "convergence = Counts(5)",
                     STAGNANT);
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  TEST_INT (rig->result->started, 6);
  TEST_INT (rig->result->freezes, 5); /* all but the best */
  TEST_INT (rig->result->revivals, 0);
  TEST_INT (rig->result->hunted, 0);
  CU_ASSERT (rig->audit.most_busy <= 2);
  TEST_INT (count_ends (rig, "stopped", NULL), 6);
}

/* A revived one is let alone until it has made as many evaluations as when it was frozen. */
static void
test_revived_at_last (void)
{
  g_autoptr (Rig) rig
      = rig_new_run (FREEZING "spawn = NOptimizersSpawnStop(6)\nconvergence = Counts(revivals=8)", STAGNANT);
  TEST_INT (rig->result->started, 6);
  TEST_INT (rig->result->revivals, 8);
  CU_ASSERT (rig->result->freezes >= 9);
  TEST_CONTAINS (rig->audit.text, "revived (selector): CycleSelector(revive=last)");
}

static void
test_revived_in_turns (void)
{
  g_autoptr (Rig) rig
      = rig_new_run (FREEZING "selector = CycleSelector(turns)\nconvergence = Counts(revivals=5)", STAGNANT);
  TEST_INT (rig->result->revivals, 5);
  CU_ASSERT (rig->result->started >= 6); /* one was new before each of them */
  g_autoptr (Rig) last
      = rig_new_run (FREEZING "selector = CycleSelector(last)\nconvergence = Counts(10)", STAGNANT);
  TEST_INT (last->result->revivals, 0); /* there is always a new one to be started */
}

static void
test_all_kinds_of_optimizers (void)
{
  g_autoptr (Rig) rig
      = rig_new_run (FREEZING "max_jobs = 5\nselector = RandomSelector(turns)\nconvergence = Counts(20, 5)",
                     "[optimizer a]\nplugin = script\nvalues = 5\nforever = true\nbatch = 3\nworkers = 2\n"
                     "[optimizer b]\nplugin = async-script\nvalues = 7\nforever = true\nworkers = 3\n"
                     "[optimizer c]\nplugin = run-script\nvalues = 6\nforever = true\n");
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  TEST_INT (rig->result->crashed, 0);
  CU_ASSERT (rig->result->freezes >= 20 && rig->audit.most_busy <= 5);
}

/* Optimizers that are frozen keep no leave: the run comes to its last evaluation. */
static void
test_exact_budget (void)
{
  g_autoptr (Rig) rig = rig_new_run (FREEZING "max_jobs = 3\nselector = CycleSelector(turns)\n"
                                              "convergence = MaxFuncCalls(50000)", STAGNANT);
  TEST_INT (rig->result->evaluations, 50000);
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
}

static void
test_limit (void)
{
  g_autoptr (Rig) rig = rig_new_run (FREEZING "max_frozen = 2\nconvergence = MaxOptsStarted(12)", STAGNANT);
  TEST_INT (count_ends (rig, "stopped", "max_frozen optimizers are frozen"), 8); /* 2 work and 2 are frozen */
  g_autoptr (Rig) none
      = rig_new_run (FREEZING "max_frozen = 0\nconvergence = MaxOptsStarted(8) | Counts(1)", STAGNANT);
  TEST_INT (none->result->freezes, 0);
  TEST_INT (none->result->started, 8);
}

/* Hunters come first: one that both would take is stopped. */
static void
test_stop_before_freeze (void)
{
  g_autoptr (Rig) rig = rig_new_run (
      FREEZING "hunters = EvaluationsUnmoving(5)\nconvergence = Counts(hunted=5) | Counts(1)", STAGNANT);
  TEST_INT (rig->result->freezes, 0);
  TEST_INT (rig->result->hunted, 5);
}

/* The first optimizer ends by itself, the second is frozen then, and nobody may go on. */
static void
test_nobody_but_frozen (void)
{
  g_autoptr (GString) values = g_string_new ("5");
  for (guint i = 0; i < 200000; i++)
    g_string_append (values, ", 5");
  g_autofree char *groups = g_strdup_printf ("[optimizer a]\nplugin = script\nvalues = %s\n"
                                             "[optimizer b]\nplugin = script\nvalues = 7\nforever = true\n",
                                             values->str);
  g_autoptr (Rig) rig = rig_new_run ("hunt_frequency = 1\nfreezers = EvaluationsUnmoving(5)\n"
                                     "convergence = MaxFailures(1)\nspawn = NOptimizersSpawnStop(2)\n"
                                     "selector = CycleSelector(never)", groups);
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
  TEST_CONTAINS (rig->result->reason, "no optimizers alive, spawning stopped: NOptimizersSpawnStop");
  TEST_INT (rig->result->freezes, 1);
  TEST_STR (rig->audit.states->pdata[1], "stopped");
}

/* What a program needs to tell why. */
static void
test_records (void)
{
  g_autoptr (Rig) rig
      = rig_new_run (FREEZING "spawn = NOptimizersSpawnStop(3)\nconvergence = Counts(4)", STAGNANT);
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (rig->directory, NULL);
  const GlompoRecord *record;
  guint n_freeze = 0, n_started = 0;
  while (glompo_journal_reader_next (reader, &record, NULL) == GLOMPO_JOURNAL_RECORD)
    {
      const char *text = "", *call, *result, *comparison;
      if (record->type == GLOMPO_RECORD_OPTIMIZER_STARTED)
        {
          n_started++;
          CU_ASSERT (g_variant_lookup (record->details, "selector", "&s", &text));
          TEST_CONTAINS (text, "CycleSelector(revive=last): the turn of group ");
          CU_ASSERT (g_variant_lookup (record->details, "generator", "&s", &text));
          TEST_CONTAINS (text, "RandomGenerator(): random point number ");
        }
      if (record->type != GLOMPO_RECORD_HUNT)
        continue;
      g_autoptr (GVariant) tree
          = g_variant_lookup_value (record->details, "tree", G_VARIANT_TYPE ("a(ysssad)"));
      CU_ASSERT (g_variant_lookup (record->details, "verdict", "&s", &text));
      CU_ASSERT_FATAL (tree != NULL);
      if (!g_str_equal (text, "freeze"))
        continue;
      n_freeze++;
      g_autoptr (GVariant) figures = NULL;
      TEST_INT (g_variant_n_children (tree), 1);
      g_variant_get_child (tree, 0, "(y&s&s&s@ad)", NULL, &call, &result, &comparison, &figures);
      TEST_STR (call, "EvaluationsUnmoving(calls=5, tol=0, scale=value)");
      TEST_STR (result, "true");
      TEST_CONTAINS (comparison, "<=");
      TEST_INT (g_variant_n_children (figures), GLOMPO_N_FIGURES);
    }
  TEST_INT (n_started, 3);
  TEST_INT (n_freeze, rig->result->freezes);
}

static const TestCase cases[] = {
  { "frozen for good", test_frozen_for_good },
  { "revived at last", test_revived_at_last },
  { "revived in turns", test_revived_in_turns },
  { "all kinds of optimizers", test_all_kinds_of_optimizers },
  { "exact budget", test_exact_budget },
  { "limit", test_limit },
  { "stop before freeze", test_stop_before_freeze },
  { "nobody but frozen", test_nobody_but_frozen },
  { "records", test_records },
};
TEST_MAIN ("manager freeze", cases)
