/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Evaluators in threads and in processes: jobs that wait behind others, which go on by themselves, are shared out,
 * recalled, left where another command holds, and not lost with an evaluator that dies.
 */
#include "evaluator-rig.h"
#include <signal.h>

static void
start (Rig *rig, guint first, guint n)
{
  for (guint i = first; i < first + n; i++)
    evaluator_start (rig->evaluator, &rig->jobs[i]);
  evaluator_call (rig->evaluator);
}

static void
let_end (Rig *rig, guint job)
{
  atomic_store (&rig->account->end[job], 1);
}

static void
wait_until_begun (Rig *rig, guint job)
{
  gint64 deadline = g_get_monotonic_time () + G_TIME_SPAN_MINUTE;
  while (atomic_load (&rig->account->begun[job]) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (RIG_POLL_US);
    }
}

static void
expect_value (Rig *rig, guint number)
{
  Job *job = rig_wait_for_job (rig);
  TEST_INT (job->tag, number);
  CU_ASSERT_FALSE (job->left);
  TEST_INT (job->result.status, GLOMPO_STATUS_EVALUATED);
  TEST_NEAR (job->result.f, number + 1.0, 0);
}

static void
expect_left (Rig *rig, guint number)
{
  Job *job = rig_wait_for_job (rig);
  TEST_INT (job->tag, number);
  CU_ASSERT_TRUE (job->left);
}

static void
expect_nothing_out (Rig *rig)
{
  TEST_INT (evaluator_get_busy (rig->evaluator), 0);
  CU_ASSERT_PTR_NULL (evaluator_take (rig->evaluator));
  CU_ASSERT_FALSE (channel_is_evaluating (&rig->channel));
}

static const WorkersChoice kinds[] = { WORKERS_THREADS, WORKERS_PROCESSES };

/* ---- the tests ---- */

static void
test_waiting_job_needs_no_driver (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      g_autoptr (Rig) rig = rig_new (kinds[k], 1);
      CU_ASSERT_TRUE (evaluator_has_room (rig->evaluator));
      start (rig, 0, 1);
      CU_ASSERT_FALSE (evaluator_has_room (rig->evaluator));
      CU_ASSERT_TRUE (evaluator_has_queue (rig->evaluator));
      start (rig, 1, 1);
      CU_ASSERT_FALSE (evaluator_has_queue (rig->evaluator));
      CU_ASSERT_TRUE (evaluator_is_full (rig->evaluator));
      TEST_INT (evaluator_get_busy (rig->evaluator), 2);
      wait_until_begun (rig, 0);
      TEST_INT (atomic_load (&rig->account->begun[1]), 0);
      let_end (rig, 0);
      wait_until_begun (rig, 1);
      expect_value (rig, 0);
      CU_ASSERT_TRUE (channel_is_evaluating (&rig->channel));
      start (rig, 2, 1);
      let_end (rig, 1);
      expect_value (rig, 1);
      let_end (rig, 2);
      expect_value (rig, 2);
      expect_nothing_out (rig);
    }
}

/* The driver need not have taken back what has ended: it may be thinking, or hang. */
static void
test_end_is_known_at_once (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      g_autoptr (Rig) rig = rig_new (kinds[k], 2);
      start (rig, 0, 2);
      CU_ASSERT_TRUE (channel_is_evaluating (&rig->channel));
      let_end (rig, 0);
      let_end (rig, 1);
      gint64 deadline = g_get_monotonic_time () + G_TIME_SPAN_MINUTE;
      while (channel_is_evaluating (&rig->channel) && g_get_monotonic_time () < deadline)
        g_usleep (RIG_POLL_US);
      CU_ASSERT_FALSE (channel_is_evaluating (&rig->channel));
      TEST_INT (evaluator_get_busy (rig->evaluator), 2);
    }
}

static void
test_idle_place_takes_over (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (guint quick = 0; quick < 2; quick++) /* behind it or behind the other the third one waits */
      {
        g_autoptr (Rig) rig = rig_new (kinds[k], 2);
        start (rig, 0, 3);
        wait_until_begun (rig, 0);
        wait_until_begun (rig, 1);
        TEST_INT (atomic_load (&rig->account->begun[2]), 0);
        let_end (rig, quick);
        expect_value (rig, quick);
        evaluator_balance (rig->evaluator);
        evaluator_call (rig->evaluator);
        wait_until_begun (rig, 2);
        let_end (rig, 2);
        expect_value (rig, 2);
        TEST_INT (evaluator_get_busy (rig->evaluator), 1);
        let_end (rig, 1 - quick);
        expect_value (rig, 1 - quick);
        expect_nothing_out (rig);
      }
}

static void
test_recall (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      g_autoptr (Rig) rig = rig_new (kinds[k], 2);
      start (rig, 0, 4);
      wait_until_begun (rig, 0);
      wait_until_begun (rig, 1);
      for (guint left = 2; left > 0; left--)
        {
          Job *job = evaluator_recall (rig->evaluator);
          CU_ASSERT_PTR_NOT_NULL_FATAL (job);
          CU_ASSERT_TRUE (job->left && job->tag >= 2);
          TEST_INT (evaluator_get_busy (rig->evaluator), 1 + left);
        }
      CU_ASSERT_PTR_NULL (evaluator_recall (rig->evaluator));
      let_end (rig, 1);
      expect_value (rig, 1);
      let_end (rig, 0);
      expect_value (rig, 0);
      expect_nothing_out (rig);
      TEST_INT (atomic_load (&rig->account->begun[2]) + atomic_load (&rig->account->begun[3]), 0);
      let_end (rig, 2);
      start (rig, 2, 1); /* it is as good as new */
      expect_value (rig, 2);
    }
}

static void
test_other_command (void)
{
  static const ChannelCommand commands[] = { CHANNEL_PAUSE, CHANNEL_STOP };
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (gsize c = 0; c < G_N_ELEMENTS (commands); c++)
      {
        g_autoptr (Rig) rig = rig_new (kinds[k], 1);
        start (rig, 0, 2);
        wait_until_begun (rig, 0);
        channel_set_command (&rig->channel, commands[c]);
        let_end (rig, 0);
        expect_value (rig, 0);
        expect_left (rig, 1);
        expect_nothing_out (rig);
        TEST_INT (atomic_load (&rig->account->begun[1]), 0);
        rig->jobs[1].obeys = FALSE;
        let_end (rig, 1);
        start (rig, 1, 1);
        expect_value (rig, 1);
        channel_set_command (&rig->channel, CHANNEL_RUN);
        let_end (rig, 2);
        start (rig, 2, 1);
        expect_value (rig, 2);
        expect_nothing_out (rig);
      }
}

/* The evaluator of the first place dies over the job, and another comes if there is one. */
static void
lose (Rig *rig, guint job, gint32 how, gboolean dead)
{
  wait_until_begun (rig, job);
  rig_kill_process (rig, 0);
  SharedPlace *place = rig_place (rig, 0);
  CU_ASSERT_TRUE (shared_is_at_work (place, &rig->shape));
  shared_lose (place, &rig->shape, how, dead, &rig->channel);
  CU_ASSERT_FALSE (shared_is_at_work (place, &rig->shape));
  if (!dead)
    rig_start_process (rig, 0);
}

static void
test_waiting_job_survives (void)
{
  g_autoptr (Rig) rig = rig_new (WORKERS_PROCESSES, 1);
  start (rig, 0, 2);
  let_end (rig, 1);
  lose (rig, 0, SIGSEGV, FALSE); /* as waitpid() tells it */
  Job *job = rig_wait_for_job (rig);
  TEST_INT (job->tag, 0);
  TEST_INT (job->result.status, GLOMPO_STATUS_FAILED);
  CU_ASSERT_FALSE (job->left);
  expect_value (rig, 1);
  expect_nothing_out (rig);
}

static void
test_lost_for_no_fault (void)
{
  g_autoptr (Rig) rig = rig_new (WORKERS_PROCESSES, 1);
  start (rig, 0, 1);
  lose (rig, 0, SHARED_GONE, FALSE);
  expect_left (rig, 0);
  CU_ASSERT_FALSE (evaluator_is_dead (rig->evaluator));
  let_end (rig, 0);
  start (rig, 0, 1);
  expect_value (rig, 0);
  expect_nothing_out (rig);
}

static void
test_nobody_is_left (void)
{
  g_autoptr (Rig) rig = rig_new (WORKERS_PROCESSES, 1);
  start (rig, 0, 2);
  lose (rig, 0, SHARED_TIMED_OUT, TRUE);
  CU_ASSERT_FALSE (evaluator_is_dead (rig->evaluator)); /* there is something to take back */
  for (guint i = 0; i < 2; i++)
    {
      Job *job = rig_wait_for_job (rig);
      CU_ASSERT_EQUAL (job->left, job->tag == 1);
      if (!job->left)
        TEST_INT (job->result.status, GLOMPO_STATUS_TIMED_OUT);
    }
  CU_ASSERT_TRUE (evaluator_is_dead (rig->evaluator));
  expect_nothing_out (rig);
}

/* A second death does not change what is known of the first. */
static void
test_lost_one_after_the_other (void)
{
  g_autoptr (Rig) rig = rig_new (WORKERS_PROCESSES, 1);
  start (rig, 0, 2);
  lose (rig, 0, SIGSEGV, FALSE);
  lose (rig, 1, SHARED_TIMED_OUT, FALSE);
  for (guint i = 0; i < 2; i++)
    {
      Job *job = rig_wait_for_job (rig);
      CU_ASSERT_FALSE (job->left);
      TEST_INT (job->result.status, job->tag == 1 ? GLOMPO_STATUS_TIMED_OUT : GLOMPO_STATUS_FAILED);
    }
  expect_nothing_out (rig);
}

/* Those whom the driver saw a moment ago are no more. */
static void
test_all_died_since (void)
{
  g_autoptr (Rig) rig = rig_new (WORKERS_PROCESSES, 2);
  CU_ASSERT_TRUE (evaluator_has_room (rig->evaluator));
  for (guint i = 0; i < 2; i++)
    {
      rig_kill_process (rig, i);
      shared_lose (rig_place (rig, i), &rig->shape, SIGKILL, TRUE, &rig->channel);
    }
  start (rig, 0, 1);
  expect_left (rig, 0);
  CU_ASSERT_TRUE (evaluator_is_dead (rig->evaluator));
  expect_nothing_out (rig);
}

static const TestCase cases[] = {
  { "a waiting job needs no driver", test_waiting_job_needs_no_driver },
  { "the end of evaluations is known at once", test_end_is_known_at_once },
  { "an idle place takes over what waits", test_idle_place_takes_over },
  { "recall", test_recall },
  { "what waits is left where another command holds", test_other_command },
  { "what waits survives the evaluator", test_waiting_job_survives },
  { "what is lost for no fault of its own", test_lost_for_no_fault },
  { "nobody is left", test_nobody_is_left },
  { "lost one after the other", test_lost_one_after_the_other },
  { "all died since", test_all_died_since },
};
TEST_MAIN ("evaluator", cases)
