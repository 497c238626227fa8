/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to the supervisor's children, and what is done about it. Thread: the supervisor's. */
#include "backend/proc.h"
#include "backend/supervisor.h"
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Evaluators in a row that died without ever having had a point, until none is made any more. */
#define FUTILE_MAX 3
/* A child that somebody has stopped goes on after this time. If the whole run is suspended, we are as
 * well. */
#define STOPPED_US (2 * G_USEC_PER_SEC)
/* Looks whether the manager is stopped are no more frequent than this. */
#define FOLLOW_US 200000
/* Orphans may fork while they are looked for. */
#define ORPHAN_LOOKS 5

/* Of which optimizer the process is, or NULL; out_place: that of the evaluator, or -1: it is the driver. */
static Charge *
find_owner (const Supervisor *supervisor, pid_t pid, gint *out_place)
{
  for (guint c = 0; c < supervisor->charges->len; c++)
    {
      Charge *charge = supervisor->charges->pdata[c];
      gint place = -1;
      while (place < (gint) charge->places && (place < 0 ? charge->driver : charge->evaluators[place]) != pid)
        place++;
      if (place == (gint) charge->places)
        continue;
      *out_place = place;
      return charge;
    }
  return NULL;
}

/* Children that came to us because their parents died. (transfer full) */
static GArray *
find_orphans (const Supervisor *supervisor, guint64 id, gint place)
{
  g_autoptr (GArray) children = proc_children ();
  g_autofree char *optimizer = g_strdup_printf ("%" G_GUINT64_FORMAT, id);
  g_autofree char *evaluator = g_strdup_printf ("%d", place + 1);
  GArray *orphans = g_array_new (FALSE, FALSE, sizeof (pid_t));
  for (guint i = 0; i < children->len; i++)
    {
      pid_t pid = g_array_index (children, pid_t, i);
      gint own;
      if (find_owner (supervisor, pid, &own) == NULL
          && proc_has_environment (pid, PROTOCOL_OPTIMIZER, optimizer)
          && (place < 0 || proc_has_environment (pid, PROTOCOL_EVALUATOR, evaluator)))
        g_array_append_val (orphans, pid);
    }
  return orphans;
}

void
deaths_of_orphans (Supervisor *supervisor, guint64 id, gint place)
{
  for (guint i = 0; i < ORPHAN_LOOKS; i++)
    {
      g_autoptr (GArray) orphans = find_orphans (supervisor, id, place);
      if (orphans->len == 0)
        return;
      g_autoptr (GArray) theirs = proc_descendants_of ((const pid_t *) (void *) orphans->data, orphans->len);
      proc_kill_all (orphans);
      proc_kill_all (theirs);
    }
}

/* ---- evaluators ---- */

static void
lose (Charge *charge, guint place, gint32 how, gboolean dead)
{
  shared_lose (shared_place (charge->shared, &charge->shape, place), &charge->shape, how, dead,
               &charge->channel);
}

void
deaths_evaluator_start (Supervisor *supervisor, Charge *charge, guint place)
{
  SharedPlace *its = shared_place (charge->shared, &charge->shape, place);
  shared_begin_to_make (its);
  charge->completed[place] = shared_completed (its);
  charge->timed_out[place] = 0;
  pid_t pid = charge_fork (charge);
  if (pid == 0)
    child_evaluate (supervisor, charge, place);
  charge->evaluators[place] = MAX (pid, 0);
  if (pid < 0)
    lose (charge, place, SHARED_GONE, TRUE);
}

/* What shared_lose() is told. One that was killed for an evaluation which had just ended may have begun
 * another. */
static gint32
how_it_died (const Charge *charge, guint place, int status)
{
  if (charge->timed_out[place] == 0)
    return status;
  gint64 since = shared_running_since (shared_place (charge->shared, &charge->shape, place));
  return since != charge->timed_out[place] ? SHARED_GONE : since < 0 ? SHARED_UNMADE : SHARED_TIMED_OUT;
}

static void
evaluator_died (Supervisor *supervisor, Charge *charge, guint i, int status)
{
  SharedPlace *place = shared_place (charge->shared, &charge->shape, i);
  gboolean of_use
      = shared_is_at_work (place, &charge->shape) || shared_completed (place) != charge->completed[i];
  pid_t pid = charge->evaluators[i];
  kill (-pid, SIGKILL); /* what it started */
  charge->evaluators[i] = 0;
  charge->futile[i] = of_use ? 0 : charge->futile[i] + 1;
  gboolean dead = charge->futile[i] >= FUTILE_MAX;
  lose (charge, i, how_it_died (charge, i, status), dead);
  deaths_of_orphans (supervisor, charge->id, (gint) i);
  if (!dead)
    deaths_evaluator_start (supervisor, charge, i);
}

/* Whether that, see shared_running_since(), has taken too long. */
static gboolean
is_too_slow (const Supervisor *supervisor, gint64 since, gint64 now)
{
  const Settings *settings = supervisor->config->settings;
  double limit = since < 0 ? settings->task_timeout : settings->evaluation_timeout;
  gint64 begun = since < 0 ? -MAX (since, -G_MAXINT64) : since;
  double elapsed = (double) (now - MAX (begun, supervisor->resumed_at));
  return since != 0 && limit > 0 && elapsed > limit * G_USEC_PER_SEC;
}

static void
kill_evaluator (Supervisor *supervisor, Charge *charge, guint place)
{
  pid_t pid = charge->evaluators[place];
  g_autoptr (GArray) descendants = proc_descendants (pid);
  kill (pid, SIGKILL);
  proc_kill_all (descendants);
  deaths_of_orphans (supervisor, charge->id, (gint) place); /* a tracer would keep its death from us */
}

void
deaths_of_slow_evaluations (Supervisor *supervisor)
{
  gint64 now = g_get_monotonic_time ();
  for (guint c = 0; c < supervisor->charges->len; c++)
    {
      Charge *charge = supervisor->charges->pdata[c];
      for (guint i = 0; i < charge->places; i++)
        {
          gint64 since = shared_running_since (shared_place (charge->shared, &charge->shape, i));
          if (charge->timed_out[i] != 0 || charge->evaluators[i] <= 0
              || !is_too_slow (supervisor, since, now))
            continue;
          charge->timed_out[i] = since;
          kill_evaluator (supervisor, charge, i);
          if (since < 0)
            supervisor_tell (supervisor, PROTOCOL_MESSAGE, charge->id, GLOMPO_LOG_WARNING,
                             "an evaluator of it was not made within task_timeout, and was killed");
        }
    }
}

/* ---- all of them ---- */

static void
process_died (Supervisor *supervisor, pid_t pid, int status)
{
  gint place;
  Charge *charge = find_owner (supervisor, pid, &place);
  if (charge == NULL)
    return;
  if (place >= 0)
    {
      evaluator_died (supervisor, charge, (guint) place, status);
      return;
    }
  guint64 id = charge->id;
  kill (-pid, SIGKILL);
  charge->driver = 0;
  charge_end (supervisor, charge);
  supervisor_tell (supervisor, PROTOCOL_GONE, id, status, "");
}

static void
process_stopped (Supervisor *supervisor, pid_t pid)
{
  Stopped stopped = { pid, g_get_monotonic_time () };
  if (supervisor->suspended != NULL)
    return; /* by us */
  for (guint i = 0; i < supervisor->stopped->len; i++)
    if (g_array_index (supervisor->stopped, Stopped, i).pid == pid)
      return;
  g_array_append_val (supervisor->stopped, stopped);
}

/* A child that wants no other tracer takes its parent for one, and would wait for us at every signal. TRUE:
 * it did, and goes on without; what it gets after execve() is of use to a tracer only. */
static gboolean
decline_to_trace (pid_t pid, int signal_number)
{
  gint passed_on = signal_number == SIGTRAP ? 0 : signal_number;
  return ptrace (PTRACE_DETACH, pid, NULL, GINT_TO_POINTER (passed_on)) == 0;
}

static void
forget_stopped (Supervisor *supervisor, pid_t pid)
{
  for (guint i = supervisor->stopped->len; i > 0; i--)
    if (g_array_index (supervisor->stopped, Stopped, i - 1).pid == pid)
      g_array_remove_index_fast (supervisor->stopped, i - 1);
}

void
deaths_reap (Supervisor *supervisor)
{
  struct signalfd_siginfo info;
  while (read (supervisor->signals, &info, sizeof info) > 0)
    supervisor->over |= info.ssi_signo == SIGUSR1 && info.ssi_pid == (uint32_t) supervisor->keeper.self;
  int status;
  for (pid_t pid; (pid = waitpid (-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0;)
    if (WIFSTOPPED (status) && !decline_to_trace (pid, WSTOPSIG (status)))
      process_stopped (supervisor, pid);
    else if (!WIFSTOPPED (status))
      {
        forget_stopped (supervisor, pid);
        if (!WIFCONTINUED (status))
          process_died (supervisor, pid, status);
      }
}

static void
suspend (Supervisor *supervisor)
{
  g_autoptr (GArray) all = proc_descendants (getpid ());
  supervisor->suspended = g_array_new (FALSE, FALSE, sizeof (pid_t));
  for (guint i = 0; i < all->len; i++)
    {
      pid_t pid = g_array_index (all, pid_t, i);
      if (!proc_is_stopped (pid) && kill (pid, SIGSTOP) == 0)
        g_array_append_val (supervisor->suspended, pid);
    }
}

/* From now on evaluations have their whole time again. */
static void
resume (Supervisor *supervisor, gint64 now)
{
  g_autoptr (GArray) all = proc_descendants (getpid ());
  g_autoptr (GArray) ours = g_steal_pointer (&supervisor->suspended);
  supervisor->resumed_at = now;
  for (guint i = 0; i < all->len; i++)
    for (guint k = 0; k < ours->len; k++)
      if (g_array_index (all, pid_t, i) == g_array_index (ours, pid_t, k))
        kill (g_array_index (all, pid_t, i), SIGCONT);
}

void
deaths_follow_manager (Supervisor *supervisor, gint64 now)
{
  if (now - supervisor->manager_seen < FOLLOW_US)
    return;
  supervisor->manager_seen = now;
  gboolean stopped = proc_is_stopped (supervisor->keeper.manager);
  if (stopped && supervisor->suspended == NULL)
    suspend (supervisor);
  else if (!stopped && supervisor->suspended != NULL)
    resume (supervisor, now);
}

void
deaths_continue_stopped (Supervisor *supervisor, gint64 now)
{
  for (guint i = supervisor->stopped->len; i > 0; i--)
    {
      const Stopped stopped = g_array_index (supervisor->stopped, Stopped, i - 1);
      if (now - stopped.since < STOPPED_US)
        continue;
      g_array_remove_index_fast (supervisor->stopped, i - 1);
      gint place;
      const Charge *charge = find_owner (supervisor, stopped.pid, &place);
      if (charge == NULL)
        continue; /* what a task starts is the task's affair */
      kill (stopped.pid, SIGCONT);
      supervisor_tell (supervisor, PROTOCOL_MESSAGE, charge->id, GLOMPO_LOG_WARNING,
                       "a process of it was stopped by somebody; it goes on");
    }
}
