/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Evaluators in a storm: jobs are started, shared out, recalled and taken back in random order under changing
 * commands, while processes are killed and stopped at random instants. Of each job account is kept: it comes back
 * once, was begun once at the most, and not at all if it is said to have been left. The driver is a process of its
 * own where evaluators are, and the test their supervisor; a wait of a minute ends it.
 */
#include "evaluator-rig.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3
#define ROUND_US 100000
#define PAUSE_MAX_US 1500

typedef enum { BACK, EVALUATED, LEFT, RECALLED } What;

typedef struct {
  Rig *rig;
  GRand *random;
  guint serials;           /* used so far */
  gboolean out[RIG_JOBS];
  What what[RIG_SERIALS];  /* became of each */
  gboolean loses;          /* evaluators may be gone through no fault of the job */
} Storm;

/* ---- the driver ---- */

static void
start_one (Storm *storm)
{
  Rig *rig = storm->rig;
  gboolean possible = evaluator_has_room (rig->evaluator) || evaluator_has_queue (rig->evaluator);
  guint i = 0;
  while (i < RIG_JOBS && storm->out[i])
    i++;
  if (!possible || i == RIG_JOBS || storm->serials == RIG_SERIALS)
    return;
  rig->x[i] = storm->serials;
  rig->jobs[i].number = ++storm->serials;
  rig->jobs[i].obeys = g_rand_int_range (storm->random, 0, 4) != 0;
  storm->out[i] = TRUE;
  evaluator_start (rig->evaluator, &rig->jobs[i]);
}

static void
account_for (Storm *storm, const Job *job, gboolean recalled)
{
  guint serial = (guint) *job->x;
  guint begun = atomic_load (&storm->rig->account->begun[serial]);
  g_assert_true (storm->out[job->tag]);
  storm->out[job->tag] = FALSE;
  if (job->left)
    {
      g_assert_true (recalled || job->obeys || storm->loses);
      g_assert_cmpuint (begun, <=, storm->loses && !recalled);
    }
  else if (job->result.status == GLOMPO_STATUS_EVALUATED)
    {
      g_assert_cmpuint (begun, ==, 1);
      g_assert_true (job->result.f == serial + 1.0);
    }
  else
    g_assert_true (storm->rig->kind == WORKERS_PROCESSES && begun <= 1);
  storm->what[serial] = recalled ? RECALLED : job->left ? LEFT : EVALUATED;
}

static void
take_all (Storm *storm)
{
  for (Job *job; (job = evaluator_take (storm->rig->evaluator)) != NULL;)
    account_for (storm, job, FALSE);
}

static void
recall_one (Storm *storm)
{
  Job *job = evaluator_recall (storm->rig->evaluator);
  if (job != NULL)
    account_for (storm, job, TRUE);
}

static void
wait_a_little (Storm *storm)
{
  EventCount *event = channel_event (&storm->rig->channel);
  uint32_t ticket = eventcount_ticket (event);
  guint busy = evaluator_get_busy (storm->rig->evaluator);
  evaluator_call (storm->rig->evaluator);
  take_all (storm);
  if (busy > 0 && evaluator_get_busy (storm->rig->evaluator) == busy)
    eventcount_wait (event, ticket, 100);
}

static void
do_something (Storm *storm)
{
  static const ChannelCommand commands[] = { CHANNEL_RUN, CHANNEL_RUN, CHANNEL_PAUSE, CHANNEL_STOP };
  gint what = g_rand_int_range (storm->random, 0, 100);
  if (what < 50)
    start_one (storm);
  else if (what < 80)
    take_all (storm);
  else if (what < 90)
    evaluator_balance (storm->rig->evaluator);
  else if (what < 93)
    recall_one (storm);
  else if (what < 96)
    channel_set_command (&storm->rig->channel, commands[g_rand_int_range (storm->random, 0, 4)]);
  else
    wait_a_little (storm);
}

static void
drive (Rig *rig, guint seed, gboolean loses)
{
  g_autofree Storm *storm = g_new0 (Storm, 1);
  storm->rig = rig;
  storm->loses = loses;
  storm->random = g_rand_new_with_seed (seed);
  gint64 end = g_get_monotonic_time () + ROUND_US;
  while (g_get_monotonic_time () < end && !evaluator_is_dead (rig->evaluator))
    do_something (storm);
  evaluator_call (rig->evaluator);
  while (evaluator_get_busy (rig->evaluator) > 0)
    account_for (storm, rig_wait_for_job (rig), FALSE);
  for (guint i = 0; i < storm->serials; i++)
    {
      guint begun = atomic_load (&rig->account->begun[i]);
      g_assert_cmpint (storm->what[i], !=, BACK);
      g_assert_cmpuint (begun, <=, storm->what[i] == EVALUATED || (storm->what[i] == LEFT && loses));
    }
  g_assert_false (channel_is_evaluating (&rig->channel) && !loses);
  g_rand_free (storm->random);
}

/* ---- the supervisor ---- */

static void
bury (Rig *rig, GRand *random, guint place, gboolean dead)
{
  static const gint32 ends[] = { SIGKILL, SIGKILL, SHARED_TIMED_OUT, SHARED_GONE };
  rig_kill_process (rig, place);
  shared_lose (rig_place (rig, place), &rig->shape, ends[g_rand_int_range (random, 0, 4)], dead, &rig->channel);
  if (!dead)
    rig_start_process (rig, place);
}

/* Until the driver has ended. mortal: places die for good. */
static void
supervise (Rig *rig, pid_t driver, guint seed, gboolean mortal)
{
  GRand *random = g_rand_new_with_seed (seed);
  int status;
  while (waitpid (driver, &status, WNOHANG) == 0)
    {
      guint place = (guint) g_rand_int_range (random, 0, (gint) rig->places);
      gint what = g_rand_int_range (random, 0, 10);
      g_usleep ((gulong) g_rand_int_range (random, 0, PAUSE_MAX_US));
      if (rig->pids[place] == 0)
        continue;
      if (what < 3)
        kill (rig->pids[place], SIGSTOP);
      else if (what < 6)
        kill (rig->pids[place], SIGCONT);
      else
        bury (rig, random, place, mortal && what == 9);
    }
  CU_ASSERT_TRUE (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  g_rand_free (random);
}

/* One that was stopped when the storm is over goes on. */
static void
run_in_processes (guint seed, gboolean mortal)
{
  g_autoptr (Rig) rig = rig_new (WORKERS_PROCESSES, RIG_PLACES_MAX);
  atomic_store (&rig->account->open, TRUE);
  fflush (NULL);
  pid_t driver = fork ();
  if (driver == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      drive (rig, seed, TRUE);
      _exit (0);
    }
  supervise (rig, driver, seed, mortal);
}

/* ---- the tests ---- */

static void
test_threads (void)
{
  for (guint seed = 1; seed <= ROUNDS; seed++)
    {
      g_autoptr (Rig) rig = rig_new (WORKERS_THREADS, RIG_PLACES_MAX);
      atomic_store (&rig->account->open, TRUE);
      drive (rig, seed, FALSE);
    }
}

static void
test_processes (void)
{
  for (guint seed = 1; seed <= ROUNDS; seed++)
    run_in_processes (seed, FALSE);
}

static void
test_processes_that_die_out (void)
{
  for (guint seed = 1; seed <= ROUNDS; seed++)
    run_in_processes (seed, TRUE);
}

static const TestCase cases[] = {
  { "threads", test_threads },
  { "processes", test_processes },
  { "processes that die out", test_processes_that_die_out },
};
TEST_MAIN ("evaluator storm", cases)
