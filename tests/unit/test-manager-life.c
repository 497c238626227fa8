/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manager from outside: other threads, stops, observers, several at once, run directories. */
#include "manager-rig.h"
#include <glib/gstdio.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define FOREVER "[optimizer a]\nplugin = script\nvalues = 2, 1\nforever = true\n"
#define ENDLESS "convergence = MaxSeconds(1000)"

static void
wait_for_evaluations (GlompoManager *manager, guint64 n)
{
  for (;;)
    {
      g_autoptr (GlompoRunStatus) status = glompo_manager_get_status (manager);
      if (status->evaluations >= n || status->state != GLOMPO_RUN_NOT_ENDED)
        return;
      g_usleep (100);
    }
}

static void
wait_and_take (Rig *rig)
{
  rig->good = glompo_manager_wait (rig->manager, &rig->error);
  rig_take_result (rig);
}

/* ---- stop ---- */

static void
check_interrupted (const Rig *rig, const char *reason)
{
  TEST_INT (rig->result->state, GLOMPO_RUN_INTERRUPTED);
  CU_ASSERT (g_error_matches (rig->error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_INTERRUPTED));
  TEST_STR (rig->result->reason, reason);
  TEST_INT (rig->result->left_behind, 0);
}

static void
test_stop_from_another_thread (void)
{
  g_autoptr (Rig) rig = rig_new ("max_jobs = 3\n" ENDLESS, FOREVER, NULL);
  CU_ASSERT (glompo_manager_start (rig->manager, NULL));
  wait_for_evaluations (rig->manager, 1000);
  glompo_manager_stop (rig->manager, "that will do", FALSE);
  glompo_manager_stop (rig->manager, "again", FALSE);
  wait_and_take (rig);
  check_interrupted (rig, "that will do");
  CU_ASSERT (rig->result->evaluations >= 1000);
  TEST_INT (rig->audit.stopped, 3);
  TEST_STR (rig->audit.reasons->pdata[0], "that will do");
  glompo_manager_stop (rig->manager, "too late", TRUE);
  TEST_INT (rig_alive (), 0);
}

static void
test_stop_without_a_reason (void)
{
  g_autoptr (Rig) rig = rig_new (ENDLESS, FOREVER, NULL);
  CU_ASSERT (glompo_manager_start (rig->manager, NULL));
  glompo_manager_stop (rig->manager, NULL, FALSE);
  wait_and_take (rig);
  check_interrupted (rig, "stopped by the program");
}

static void
test_stop_before_the_start (void)
{
  g_autoptr (Rig) rig = rig_new (ENDLESS, FOREVER, NULL);
  glompo_manager_stop (rig->manager, "never mind", FALSE);
  TEST_INT (rig_run (rig), GLOMPO_RUN_INTERRUPTED);
  check_interrupted (rig, "never mind");
}

/* Stops at many moments, some before anything runs, some in the middle: the audit must always come out. */
static void
test_stop_at_many_moments (void)
{
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (Rig) rig
          = rig_new ("max_jobs = 4\n" ENDLESS,
                     FOREVER "[optimizer b]\nplugin = async-script\nforever = true\nworkers = 2\n"
                             "[optimizer c]\nplugin = run-script\nforever = true\n",
                     NULL);
      CU_ASSERT (glompo_manager_start (rig->manager, NULL));
      g_usleep (i * 50);
      glompo_manager_stop (rig->manager, "now", FALSE);
      wait_and_take (rig);
      check_interrupted (rig, "now");
      TEST_INT (rig->result->crashed, 0);
    }
}

/* A thread that never comes back is left behind; it stays so to the end of this program. */
static Rig *
start_with_one_that_hangs (const char *settings)
{
  guint64 before = rig_hanging ();
  Rig *rig = rig_new (settings, FOREVER "[optimizer h]\nplugin = script\nhangs = true\n", NULL);
  CU_ASSERT (glompo_manager_start (rig->manager, NULL));
  wait_for_evaluations (rig->manager, 100);
  while (rig_hanging () == before && rig->result == NULL)
    g_usleep (100);
  return rig;
}

static void
test_stop_at_once (void)
{
  g_autoptr (Rig) rig = start_with_one_that_hangs (ENDLESS);
  glompo_manager_stop (rig->manager, "enough", FALSE);
  glompo_manager_stop (rig->manager, "enough", TRUE);
  wait_and_take (rig);
  TEST_INT (rig->result->state, GLOMPO_RUN_INTERRUPTED);
  CU_ASSERT (rig->result->left_behind >= 1);
  TEST_INT (rig->result->crashed, 0);
  TEST_STR (rig->audit.states->pdata[1], "stopped");
  TEST_CONTAINS (rig->audit.reasons->pdata[1], "did not wait for it");
}

static void
test_end_timeout (void)
{
  g_autoptr (Rig) rig = start_with_one_that_hangs (ENDLESS "\nend_timeout = 0.2");
  glompo_manager_stop (rig->manager, "enough", FALSE);
  wait_and_take (rig);
  TEST_INT (rig->result->state, GLOMPO_RUN_INTERRUPTED);
  TEST_INT (rig->result->left_behind, 1);
  TEST_STR (rig->audit.states->pdata[1], "failed");
  TEST_CONTAINS (rig->audit.reasons->pdata[1], "did not end in time");
}

/* ---- states ---- */

static void
test_runs_only_once (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new ("convergence = MaxFuncCalls(10)", FOREVER, NULL);
  CU_ASSERT_FALSE (glompo_manager_wait (rig->manager, &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE));
  g_clear_error (&error);
  rig_run (rig);
  CU_ASSERT_FALSE (glompo_manager_run (rig->manager, &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE));
  g_clear_error (&error);
  CU_ASSERT_FALSE (glompo_manager_start (rig->manager, &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE));
  TEST_INT (rig->result->evaluations, 10);
}

static void
test_start_twice (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new ("convergence = MaxFuncCalls(10)", FOREVER, NULL);
  CU_ASSERT (glompo_manager_start (rig->manager, &error));
  CU_ASSERT_FALSE (glompo_manager_start (rig->manager, &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE));
  wait_and_take (rig);
  TEST_INT (rig->result->state, GLOMPO_RUN_FINISHED);
}

static void
test_looks_before_the_start (void)
{
  g_autoptr (Rig) rig = rig_new ("", FOREVER, NULL);
  g_autoptr (GlompoRunResult) result = glompo_manager_get_result (rig->manager);
  g_autoptr (GlompoRunStatus) status = glompo_manager_get_status (rig->manager);
  TEST_INT (result->state, GLOMPO_RUN_NOT_ENDED);
  CU_ASSERT (result->x == NULL && result->reason == NULL && isinf (result->fx));
  TEST_STR (result->directory, rig->directory);
  CU_ASSERT (status->seconds == 0 && status->evaluations == 0 && status->optimizers->len == 0);
}

/* A manager that nobody waits for cleans up after itself when it has ended. */
static void
test_unref_without_wait (void)
{
  g_autofree char *journal = NULL;
  {
    g_autoptr (Rig) rig = rig_new ("convergence = MaxFuncCalls(500)", FOREVER, NULL);
    journal = g_build_filename (rig->directory, GLOMPO_JOURNAL_FILE, NULL);
    CU_ASSERT (glompo_manager_start (rig->manager, NULL));
  }
  gboolean ended = FALSE;
  while (!ended)
    {
      g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (journal, NULL);
      const GlompoRecord *record;
      while (reader != NULL && !ended
             && glompo_journal_reader_next (reader, &record, NULL) == GLOMPO_JOURNAL_RECORD)
        ended = record->type == GLOMPO_RECORD_RUN_ENDED;
      g_usleep (500);
    }
  while (rig_alive () > 0)
    g_usleep (100);
}

/* ---- several threads ---- */

typedef struct {
  GlompoManager *manager;
  _Atomic gboolean stop;
  guint64 looks;
} Watcher;

static gpointer
watch (gpointer data)
{
  Watcher *w = data;
  guint64 evaluations = 0, bad = 0;
  double best = INFINITY;
  while (!atomic_load (&w->stop))
    {
      g_autoptr (GlompoRunStatus) status = glompo_manager_get_status (w->manager);
      g_autoptr (GlompoRunResult) result = glompo_manager_get_result (w->manager);
      bad += status->evaluations < evaluations || result->evaluations < status->evaluations;
      bad += status->best_f > best || status->busy > status->max_jobs
             || status->alive != status->optimizers->len;
      bad += (result->x != NULL) != isfinite (result->fx)
             || (result->x != NULL && result->x[0] != result->fx);
      evaluations = result->evaluations;
      best = result->fx;
      w->looks++;
    }
  return GSIZE_TO_POINTER (bad);
}

static void
test_looks_from_other_threads (void)
{
  g_autoptr (Rig) rig = rig_new ("max_jobs = 3\nconvergence = MaxFuncCalls(200000)", FOREVER, NULL);
  Watcher watchers[3];
  GThread *threads[3];
  CU_ASSERT (glompo_manager_start (rig->manager, NULL));
  for (guint i = 0; i < 3; i++)
    {
      watchers[i] = (Watcher){ .manager = rig->manager };
      threads[i] = g_thread_new ("watcher", watch, &watchers[i]);
    }
  rig->good = glompo_manager_wait (rig->manager, &rig->error);
  for (guint i = 0; i < 3; i++)
    {
      atomic_store (&watchers[i].stop, TRUE);
      TEST_INT (GPOINTER_TO_SIZE (g_thread_join (threads[i])), 0);
      CU_ASSERT (watchers[i].looks > 0);
    }
  rig_take_result (rig);
  TEST_INT (rig->result->evaluations, 200000);
}

static gpointer
run_rig (gpointer data)
{
  Rig *rig = data;
  rig->good = glompo_manager_run (rig->manager, &rig->error);
  return NULL;
}

static void
test_several_managers (void)
{
  Rig *rigs[4];
  GThread *threads[4];
  for (guint i = 0; i < 4; i++)
    rigs[i] = rig_new ("convergence = MaxFuncCalls(20000)\nhunters = EvaluationsUnmoving(50)", FOREVER, NULL);
  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("run", run_rig, rigs[i]);
  for (guint i = 0; i < 4; i++)
    {
      g_thread_join (threads[i]);
      rig_take_result (rigs[i]);
      TEST_INT (rigs[i]->result->state, GLOMPO_RUN_FINISHED);
      TEST_INT (rigs[i]->result->evaluations, 20000);
      rig_free (rigs[i]);
    }
}

/* ---- observers ---- */

typedef struct {
  GThread *thread;
  guint messages, statuses, incumbents, wrong;
  guint64 last_evaluation;
  double last_f;
  guint stop_at; /* incumbent that stops the run, from 1 */
} Observed;

static void
on_message (GlompoManager *manager, GLogLevelFlags level, const char *text, gpointer data)
{
  Observed *o = data;
  o->messages++;
  o->wrong += g_thread_self () != o->thread || *text == '\0';
}

static void
on_status (GlompoManager *manager, const GlompoRunStatus *status, gpointer data)
{
  Observed *o = data;
  g_autoptr (GlompoRunResult) result = glompo_manager_get_result (manager);
  o->statuses++;
  o->wrong += g_thread_self () != o->thread || result->evaluations != status->evaluations;
}

static void
on_incumbent (GlompoManager *manager, guint64 evaluation, double f, const double *x, guint64 id,
              gpointer data)
{
  Observed *o = data;
  g_autoptr (GlompoRunStatus) status = glompo_manager_get_status (manager);
  o->incumbents++;
  o->wrong += evaluation <= o->last_evaluation || !(f < o->last_f) || x[0] != f || id == 0;
  o->wrong += status->best_f != f || status->best_id != id || status->evaluations != evaluation;
  o->last_evaluation = evaluation;
  o->last_f = f;
  if (o->incumbents == o->stop_at)
    glompo_manager_stop (manager, "good enough", FALSE);
}

static const GlompoObserver observer
    = { .message = on_message, .status = on_status, .incumbent = on_incumbent };

static void
test_observer (void)
{
  g_autoptr (Rig) rig
      = rig_new ("status_frequency = 0.01\nconvergence = MaxSeconds(overall_max = 0.3)",
                 "[optimizer a]\nplugin = script\nvalues = 5, 9, 4, 1000, 3, 3, 2\nforever = true\n", NULL);
  Observed o = { .thread = g_thread_self (), .last_f = INFINITY };
  glompo_manager_set_observer (rig->manager, &observer, &o);
  TEST_INT (rig_run (rig), GLOMPO_RUN_FINISHED);
  TEST_INT (o.wrong, 0);
  TEST_INT (o.messages, rig->audit.messages);
  CU_ASSERT (o.statuses >= 1 && o.statuses <= rig->audit.statuses);
  CU_ASSERT (o.incumbents >= 1 && o.incumbents <= 4);
  TEST_NEAR (o.last_f, 2, 0);
}

static void
test_stop_from_the_observer (void)
{
  g_autoptr (Rig) rig = rig_new (
      ENDLESS, "[optimizer a]\nplugin = script\nvalues = 50\nstep = 0.001\nforever = true\n", NULL);
  Observed o = { .thread = g_thread_self (), .last_f = INFINITY, .stop_at = 10 };
  glompo_manager_set_observer (rig->manager, &observer, &o);
  TEST_INT (rig_run (rig), GLOMPO_RUN_INTERRUPTED);
  check_interrupted (rig, "good enough");
  TEST_INT (o.wrong, 0);
  CU_ASSERT (o.incumbents >= 10);
}

/* ---- the run directory ---- */

static char *
read_file (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  char *text = NULL;
  gsize length = 0;
  if (g_file_get_contents (path, &text, &length, NULL))
    return text;
  return NULL;
}

static void
write_file (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  CU_ASSERT (g_file_set_contents (path, text, -1, NULL));
}

static void
test_directory_that_holds_a_run (void)
{
  g_autoptr (Rig) first = rig_new_run ("convergence = MaxFuncCalls(10)", FOREVER);
  write_file (first->directory, "notes.txt", "mine");
  write_file (first->directory, "job.ini", "mine too");
  g_autoptr (Rig) second = rig_new ("convergence = MaxFuncCalls(20)", FOREVER, first->directory);
  second->good = glompo_manager_run (second->manager, &second->error);
  CU_ASSERT_FALSE (second->good);
  CU_ASSERT (g_error_matches (second->error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_EXISTS));
  TEST_CONTAINS (second->error->message, "--overwrite");
  rig_audit (first); /* unharmed */
  TEST_INT (first->audit.evaluations, 10);

  g_autoptr (Rig) third = rig_new ("convergence = MaxFuncCalls(30)", FOREVER, first->directory);
  glompo_manager_unref (third->manager);
  third->manager = glompo_manager_new (third->config, first->directory, TRUE);
  TEST_INT (rig_run (third), GLOMPO_RUN_FINISHED);
  TEST_INT (third->audit.evaluations, 30);
  g_autofree char *notes = read_file (first->directory, "notes.txt");
  g_autofree char *job = read_file (first->directory, "job.ini");
  TEST_STR (notes, "mine");
  TEST_STR (job, "mine too");
  g_autofree char *copy = read_file (first->directory, "glompo_job.ini");
  TEST_CONTAINS (copy, "MaxFuncCalls(30)");
}

static void
test_directory_that_cannot_be_made (void)
{
  write_file (test_scratch_dir (), "file", "");
  g_autofree char *directory = g_build_filename (test_scratch_dir (), "file", "run", NULL);
  g_autoptr (Rig) rig = rig_new ("", FOREVER, directory);
  TEST_INT (rig_run (rig), GLOMPO_RUN_FAILED);
  CU_ASSERT (g_error_matches (rig->error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_DIRECTORY));
  TEST_CONTAINS (rig->error->message, "cannot make the run directory");
  TEST_CONTAINS (rig->error->message, directory);
  TEST_INT (rig->result->started, 0);
}

static void
test_deep_directory (void)
{
  g_autofree char *directory = g_build_filename (test_scratch_dir (), "a", "b", "c", NULL);
  g_autoptr (Rig) rig = rig_new ("convergence = MaxFuncCalls(10)", FOREVER, directory);
  TEST_INT (rig_run (rig), GLOMPO_RUN_FINISHED);
}

/* Without a name each run finds a directory of its own, however many start in the same second. */
static void
test_dated_directories (void)
{
  g_autofree char *before = g_get_current_dir ();
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  CU_ASSERT (g_chdir (test_scratch_dir ()) == 0);
  Rig *rigs[4];
  GThread *threads[4];
  for (guint i = 0; i < 4; i++)
    {
      rigs[i] = rig_new ("convergence = MaxFuncCalls(10)", FOREVER, NULL);
      glompo_manager_unref (rigs[i]->manager);
      rigs[i]->manager = glompo_manager_new (rigs[i]->config, NULL, FALSE);
    }
  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("run", run_rig, rigs[i]);
  for (guint i = 0; i < 4; i++)
    {
      g_thread_join (threads[i]);
      TEST_NO_ERROR (rigs[i]->error);
      g_autoptr (GlompoRunResult) result = glompo_manager_get_result (rigs[i]->manager);
      CU_ASSERT (g_hash_table_add (names, g_strdup (result->directory)));
      CU_ASSERT (g_file_test (result->directory, G_FILE_TEST_IS_DIR));
      CU_ASSERT (strstr (result->directory, "/glompo-20") != NULL);
      rig_free (rigs[i]);
    }
  CU_ASSERT (g_chdir (before) == 0);
}

static const TestCase cases[] = {
  { "stop from another thread", test_stop_from_another_thread },
  { "stop without a reason", test_stop_without_a_reason },
  { "stop before the start", test_stop_before_the_start },
  { "stop at many moments", test_stop_at_many_moments },
  { "runs only once", test_runs_only_once },
  { "start twice", test_start_twice },
  { "looks before the start", test_looks_before_the_start },
  { "unref without wait", test_unref_without_wait },
  { "looks from other threads", test_looks_from_other_threads },
  { "several managers", test_several_managers },
  { "observer", test_observer },
  { "stop from the observer", test_stop_from_the_observer },
  { "a directory that holds a run", test_directory_that_holds_a_run },
  { "a directory that cannot be made", test_directory_that_cannot_be_made },
  { "a deep directory", test_deep_directory },
  { "dated directories", test_dated_directories },
  /* These leave threads behind: last. */
  { "end_timeout", test_end_timeout },
  { "stop at once", test_stop_at_once },
};

TEST_MAIN ("manager life", cases)
