/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stop, pause and resume of one optimizer and of the whole run, alike in every backend. Waits are for states
 * and not for times; a deadline only keeps a broken program from hanging. */
#include "harness.h"
#include <glompo/glompo.h>

#define DEADLINE_S 60

typedef struct {
  GlompoRegistry *registry;
  GlompoConfig *config;
  GlompoManager *manager;
} Run;

static void
start (Run *run, const char *backend, const char *workers)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name
      = g_strdup_printf ("%s/run-%s-%d", test_scratch_dir (), backend, g_random_int_range (0, 1 << 30));
  g_autofree char *ini = g_strdup_printf (
      "[glompo]\nmax_jobs = 4\nbackend = %s\nseed = 1\nconvergence = MaxFuncCalls(1000000)\n"
      "[task]\nplugin = benchmark\nfunction = sphere\ndims = 3\ndelay = 0.002\n"
      "[optimizer r]\nplugin = random\niters = 0\n%s",
      backend, workers);
  run->registry = glompo_registry_new ();
  run->config = glompo_config_new_from_text (ini, "control.ini", NULL, NULL, run->registry, &error);
  TEST_NO_ERROR (error);
  CU_ASSERT_FATAL (run->config != NULL);
  run->manager = glompo_manager_new (run->config, name, FALSE);
  CU_ASSERT_FATAL (glompo_manager_start (run->manager, &error));
}

static void
finish (Run *run)
{
  g_autoptr (GError) error = NULL;
  glompo_manager_stop (run->manager, "test", FALSE);
  CU_ASSERT_FALSE (glompo_manager_wait (run->manager, &error));
  CU_ASSERT (g_error_matches (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_INTERRUPTED));
  glompo_manager_unref (run->manager);
  glompo_config_unref (run->config);
  glompo_registry_unref (run->registry);
}

typedef gboolean (*Wanted) (const GlompoRunStatus *status, guint64 number);

/* Waits until the status is as wanted. */
static GlompoRunStatus *
wait_for (Run *run, Wanted wanted, guint64 number)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  for (;;)
    {
      GlompoRunStatus *status = glompo_manager_get_status (run->manager);
      if (wanted (status, number))
        return status;
      CU_ASSERT_FATAL (g_get_monotonic_time () < deadline);
      glompo_run_status_free (status);
      g_usleep (2000);
    }
}

static gboolean
has_evaluations (const GlompoRunStatus *status, guint64 number)
{
  return status->evaluations >= number;
}

static const GlompoOptimizerStatus *
find (const GlompoRunStatus *status, guint64 id)
{
  for (guint i = 0; i < status->optimizers->len; i++)
    if (((GlompoOptimizerStatus *) status->optimizers->pdata[i])->id == id)
      return status->optimizers->pdata[i];
  return NULL;
}

static gboolean
all_rest (const GlompoRunStatus *status, guint64 number)
{
  (void) number;
  gboolean rest = status->optimizers->len > 0;
  for (guint i = 0; i < status->optimizers->len; i++)
    rest = rest && ((GlompoOptimizerStatus *) status->optimizers->pdata[i])->paused;
  return rest;
}

static gboolean
one_rests (const GlompoRunStatus *status, guint64 id)
{
  const GlompoOptimizerStatus *optimizer = find (status, id);
  return optimizer != NULL && optimizer->paused;
}

static gboolean
is_gone (const GlompoRunStatus *status, guint64 id)
{
  return find (status, id) == NULL;
}

static void
pause_and_resume (Run *run)
{
  g_autoptr (GError) error = NULL;
  G_GNUC_UNUSED g_autoptr (GlompoRunStatus) first = wait_for (run, has_evaluations, 20);
  CU_ASSERT (glompo_manager_pause (run->manager, 0, &error));
  g_autoptr (GlompoRunStatus) rest = wait_for (run, all_rest, 0);
  g_usleep (20000); /* ten evaluations' time: none may come */
  g_autoptr (GlompoRunStatus) later = glompo_manager_get_status (run->manager);
  TEST_INT (later->evaluations, rest->evaluations);
  CU_ASSERT (glompo_manager_resume (run->manager, 0, &error));
  g_autoptr (GlompoRunStatus) more = wait_for (run, has_evaluations, rest->evaluations + 20);
  CU_ASSERT_FALSE (all_rest (more, 0));
}

static void
pause_one (Run *run)
{
  g_autoptr (GError) error = NULL;
  CU_ASSERT (glompo_manager_pause (run->manager, 1, &error));
  g_autoptr (GlompoRunStatus) rest = wait_for (run, one_rests, 1);
  g_autoptr (GlompoRunStatus) later = wait_for (run, has_evaluations, rest->evaluations + 20);
  TEST_INT (find (later, 1)->evaluations, find (rest, 1)->evaluations);
  CU_ASSERT (glompo_manager_resume (run->manager, 1, &error));
}

static gboolean
none_is_frozen (const GlompoRunStatus *status, guint64 number)
{
  (void) number;
  return status->frozen == 0;
}

static gboolean
all_but_one_go (const GlompoRunStatus *status, guint64 id)
{
  gboolean go = one_rests (status, id);
  for (guint i = 0; i < status->optimizers->len; i++)
    {
      const GlompoOptimizerStatus *other = status->optimizers->pdata[i];
      go = go && (other->id == id || g_str_equal (other->state, "active"));
    }
  return go;
}

/* The rest of one is its own: that the whole run rests and goes on does not end it, before or after which it
 * was ordered; that it is revived does. */
static void
pause_one_and_all (Run *run)
{
  g_autoptr (GError) error = NULL;
  CU_ASSERT (glompo_manager_pause (run->manager, 1, &error));
  CU_ASSERT (glompo_manager_pause (run->manager, 0, &error));
  g_autoptr (GlompoRunStatus) rest = wait_for (run, all_rest, 0);
  CU_ASSERT (glompo_manager_resume (run->manager, 0, &error));
  g_autoptr (GlompoRunStatus) later = wait_for (run, has_evaluations, rest->evaluations + 20);
  CU_ASSERT (all_but_one_go (later, 1));
  TEST_INT (find (later, 1)->evaluations, find (rest, 1)->evaluations);
  CU_ASSERT (glompo_manager_resume (run->manager, 1, &error));
  CU_ASSERT (glompo_manager_pause (run->manager, 0, &error));
  CU_ASSERT (glompo_manager_pause (run->manager, 1, &error));
  CU_ASSERT (glompo_manager_resume (run->manager, 0, &error));
  G_GNUC_UNUSED g_autoptr (GlompoRunStatus) alone = wait_for (run, all_but_one_go, 1);
  CU_ASSERT (glompo_manager_pause (run->manager, 0, &error)); /* so that nobody takes its slots */
  CU_ASSERT (glompo_manager_freeze_optimizer (run->manager, 1, NULL, &error));
  CU_ASSERT (glompo_manager_revive_optimizer (run->manager, 1, &error));
  CU_ASSERT (glompo_manager_resume (run->manager, 0, &error));
  g_autoptr (GlompoRunStatus) revived = wait_for (run, none_is_frozen, 0);
  TEST_STR (find (revived, 1)->state, "active");
  CU_ASSERT (glompo_manager_pause (run->manager, 0, &error));
  CU_ASSERT (glompo_manager_resume (run->manager, 0, &error));
  g_autoptr (GlompoRunStatus) all = glompo_manager_get_status (run->manager);
  TEST_STR (find (all, 1)->state, "active");
  TEST_NO_ERROR (error);
}

static void
stop_one (Run *run)
{
  g_autoptr (GError) error = NULL;
  CU_ASSERT (glompo_manager_stop_optimizer (run->manager, 2, "enough", &error));
  g_autoptr (GlompoRunStatus) gone = wait_for (run, is_gone, 2);
  TEST_INT (gone->state, GLOMPO_RUN_NOT_ENDED);
  CU_ASSERT_FALSE (glompo_manager_stop_optimizer (run->manager, 2, NULL, &error));
  TEST_CONTAINS (error->message, "no optimizer 2");
  g_autoptr (GlompoRunResult) result = glompo_manager_get_result (run->manager);
  TEST_INT (result->hunted, 1);
}

static gboolean
one_is_frozen (const GlompoRunStatus *status, guint64 id)
{
  const GlompoOptimizerStatus *optimizer = find (status, id);
  return optimizer != NULL && optimizer->frozen;
}

static gboolean
has_started (const GlompoRunStatus *status, guint64 number)
{
  return status->started >= number;
}

/* Its slots go to a new one. It goes on, with its count, as soon as others make room. */
static void
freeze_one (Run *run)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GlompoRunStatus) before = glompo_manager_get_status (run->manager);
  CU_ASSERT_FALSE (glompo_manager_revive_optimizer (run->manager, 1, NULL)); /* it is not frozen */
  CU_ASSERT (glompo_manager_freeze_optimizer (run->manager, 1, "a rest", &error));
  g_autoptr (GlompoRunStatus) frozen = wait_for (run, one_is_frozen, 1);
  CU_ASSERT_FALSE (glompo_manager_freeze_optimizer (run->manager, 1, NULL, NULL)); /* it is already */
  CU_ASSERT_FALSE (glompo_manager_pause (run->manager, 1, NULL)); /* it rests anyway */
  CU_ASSERT_FALSE (glompo_manager_resume (run->manager, 1, NULL)); /* that is for revive */
  CU_ASSERT_FALSE (find (frozen, 1)->paused);
  TEST_INT (find (frozen, 1)->workers, 0);
  g_autoptr (GlompoRunStatus) later = wait_for (run, has_started, before->started + 1);
  TEST_INT (later->frozen, 1);
  CU_ASSERT (later->busy <= later->max_jobs);
  g_autoptr (GlompoRunStatus) more = wait_for (run, has_evaluations, later->evaluations + 20);
  TEST_INT (find (more, 1)->evaluations, find (frozen, 1)->evaluations);
  CU_ASSERT (glompo_manager_revive_optimizer (run->manager, 1, &error)); /* all slots are taken */
  g_autoptr (GlompoRunStatus) waits = glompo_manager_get_status (run->manager);
  TEST_INT (waits->frozen, 1);
  for (guint i = 0; i < waits->optimizers->len; i++) /* room for it, and for others */
    {
      const GlompoOptimizerStatus *other = waits->optimizers->pdata[i];
      if (other->id != 1)
        glompo_manager_stop_optimizer (run->manager, other->id, "make room", NULL);
    }
  g_autoptr (GlompoRunStatus) thawed = wait_for (run, none_is_frozen, 0);
  g_autoptr (GlompoRunStatus) going = wait_for (run, has_evaluations, thawed->evaluations + 50);
  CU_ASSERT (find (going, 1)->evaluations > find (frozen, 1)->evaluations);
  TEST_INT (find (going, 1)->workers, find (before, 1)->workers);
  TEST_NO_ERROR (error);
}

static void
in_backend (const char *backend, const char *workers)
{
  Run run;
  start (&run, backend, workers);
  pause_and_resume (&run);
  pause_one (&run);
  pause_one_and_all (&run);
  stop_one (&run);
  freeze_one (&run);
  CU_ASSERT (glompo_manager_freeze_optimizer (run.manager, 1, NULL, NULL)); /* the run ends with it */
  finish (&run);
}

static void
threads (void)
{
  in_backend ("threads", "");
  in_backend ("threads", "workers = 2\nworkers_backend = threads\n");
  in_backend ("threads", "workers = 2\nworkers_backend = processes\n");
}

static void
processes (void)
{
  in_backend ("processes", "");
  in_backend ("processes", "workers = 2\nworkers_backend = threads\n");
}

static void
processes_forced (void)
{
  in_backend ("processes_forced", "workers = 2\nworkers_backend = processes\n");
}

/* A paused run can be ended, and the orders then say that it is too late. */
static void
end_while_paused (void)
{
  Run run;
  g_autoptr (GError) error = NULL;
  start (&run, "processes", "");
  G_GNUC_UNUSED g_autoptr (GlompoRunStatus) first = wait_for (&run, has_evaluations, 5);
  CU_ASSERT (glompo_manager_pause (run.manager, 0, &error));
  glompo_manager_stop (run.manager, "test", FALSE);
  CU_ASSERT_FALSE (glompo_manager_wait (run.manager, NULL));
  CU_ASSERT_FALSE (glompo_manager_resume (run.manager, 0, &error));
  TEST_CONTAINS (error->message, "ending");
  glompo_manager_unref (run.manager);
  glompo_config_unref (run.config);
  glompo_registry_unref (run.registry);
}

/* One that rests already gives up its slots at once, goes on only when it is revived, and not before the
 * run. */
static void
freeze_while_paused (void)
{
  static const char *const backends[] = { "threads", "processes" };
  for (guint i = 0; i < G_N_ELEMENTS (backends); i++)
    {
      Run run;
      g_autoptr (GError) error = NULL;
      start (&run, backends[i], "workers = 2\nworkers_backend = threads\n");
      G_GNUC_UNUSED g_autoptr (GlompoRunStatus) first = wait_for (&run, has_evaluations, 20);
      CU_ASSERT (glompo_manager_pause (run.manager, 0, &error));
      g_autoptr (GlompoRunStatus) rest = wait_for (&run, all_rest, 0);
      CU_ASSERT (glompo_manager_freeze_optimizer (run.manager, 1, NULL, &error));
      g_autoptr (GlompoRunStatus) frozen = glompo_manager_get_status (run.manager);
      TEST_INT (frozen->busy, rest->busy - 2);
      TEST_INT (frozen->alive, rest->alive - 1);
      CU_ASSERT (find (frozen, 1)->frozen && !find (frozen, 1)->paused);
      CU_ASSERT (glompo_manager_resume (run.manager, 0, &error));
      g_autoptr (GlompoRunStatus) going = wait_for (&run, has_evaluations, frozen->evaluations + 50);
      TEST_INT (find (going, 1)->evaluations, find (frozen, 1)->evaluations);
      glompo_manager_resume (run.manager, 1, NULL); /* no way to wake it */
      CU_ASSERT (glompo_manager_pause (run.manager, 0, &error));
      CU_ASSERT (glompo_manager_revive_optimizer (run.manager, 1, &error)); /* twice is as good as once */
      CU_ASSERT (glompo_manager_revive_optimizer (run.manager, 1, &error));
      g_autoptr (GlompoRunStatus) still = glompo_manager_get_status (run.manager);
      CU_ASSERT (one_is_frozen (still, 1));
      CU_ASSERT (glompo_manager_stop_optimizer (run.manager, 2, "make room", &error));
      CU_ASSERT (glompo_manager_resume (run.manager, 0, &error));
      g_autoptr (GlompoRunStatus) thawed = wait_for (&run, none_is_frozen, 0);
      CU_ASSERT (thawed->busy <= thawed->max_jobs);
      CU_ASSERT (glompo_manager_freeze_optimizer (run.manager, 1, NULL, &error));
      CU_ASSERT (glompo_manager_stop_optimizer (run.manager, 1, "for good", &error));
      g_autoptr (GlompoRunStatus) gone = wait_for (&run, is_gone, 1);
      TEST_INT (gone->frozen, 0);
      TEST_NO_ERROR (error);
      finish (&run);
    }
}

static const TestCase cases[] = {
  { "threads", threads },
  { "processes", processes },
  { "processes forced", processes_forced },
  { "end while paused", end_while_paused },
  { "freeze while paused", freeze_while_paused },
};
TEST_MAIN ("manager control", cases)
