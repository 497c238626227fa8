/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keeper: the supervisor's parent and next sub-reaper, so that what the supervisor looked after has
 * somebody even if the manager and the supervisor are killed at the same instant. It knows nothing of
 * optimizers: it sleeps until the supervisor or the manager is gone, then kills and reaps whatever is left
 * below it. Thread: its only one.
 */
#include "backend/keeper.h"
#include "backend/proc.h"
#include "backend/protocol.h"
#include "base/files.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The supervisor's time to end everything by itself once the manager is gone; it needs milliseconds. */
#define GRACE_MS 400
/* Processes that are no descendants of ours may fork while they are looked for. */
#define STRANGER_LOOKS 200

void
keeper_kill_descendants (void)
{
  for (;;)
    {
      g_autoptr (GArray) all = proc_family ();
      proc_kill_all (all);
      pid_t pid;
      while ((pid = waitpid (-1, NULL, WNOHANG)) > 0)
        ;
      if (pid < 0 && errno == ECHILD)
        return;
      g_usleep (500);
    }
}

static guint
kill_marked (const Keeper *keeper)
{
  const char *session = g_getenv (PROTOCOL_SESSION);
  g_autoptr (GArray) marked
      = proc_with_environment (PROTOCOL_SESSION, session != NULL ? session : "", keeper->since);
  g_autoptr (GArray) forks = proc_with_mapping (PROTOCOL_FD_BUDGET, keeper->since);
  guint n = 0;
  g_array_append_vals (marked, forks->data, keeper->owner ? forks->len : 0);
  for (guint i = 0; i < marked->len; i++)
    {
      pid_t pid = g_array_index (marked, pid_t, i);
      if (pid == keeper->manager || pid == keeper->self)
        continue;
      n++;
      kill (pid, SIGKILL);
    }
  return n;
}

void
keeper_end_run (const Keeper *keeper)
{
  for (guint looks = 0; looks < STRANGER_LOOKS && kill_marked (keeper) > 0; looks++)
    g_usleep (1000);
  if (keeper->rubbish != NULL)
    files_remove_tree (keeper->rubbish);
}

/* TRUE: the supervisor has ended. Whatever else came to us is reaped too. */
static gboolean
reap (pid_t supervisor, int *out_status)
{
  gboolean ended = FALSE;
  int status;
  for (pid_t pid; (pid = waitpid (-1, &status, WNOHANG)) > 0;)
    if (pid == supervisor)
      {
        ended = TRUE;
        *out_status = status;
      }
  return ended;
}

static gboolean
is_manager_gone (const Keeper *keeper)
{
  return getppid () != keeper->manager;
}

/* Until the supervisor has ended, or has had time for it. TRUE: all that is left is below us; it has done the
 * rest, or the manager does. */
static gboolean
watch (const Keeper *keeper, pid_t supervisor, const sigset_t *ours)
{
  gint64 gone_since = 0;
  int status = 0;
  gboolean told = FALSE;
  while (!reap (supervisor, &status))
    {
      struct timespec patience = { 0, (gone_since != 0 ? 10 : 500) * 1000000L };
      int signal_number = sigtimedwait (ours, NULL, &patience);
      told |= signal_number == SIGUSR1; /* the manager lives, and has given it up */
      if (signal_number == SIGUSR1)
        kill (supervisor, SIGKILL);
      if (signal_number == SIGCONT)
        kill (supervisor, SIGCONT); /* meant for it */
      if (!is_manager_gone (keeper))
        continue;
      gint64 now = g_get_monotonic_time ();
      gone_since = gone_since != 0 ? gone_since : now;
      kill (supervisor, SIGUSR1);
      kill (supervisor, SIGCONT);
      if (now - gone_since > GRACE_MS * 1000)
        kill (supervisor, SIGKILL);
    }
  return told || (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

/* The supervisor was killed, and the manager perhaps as well, but dying takes time. One that lives says
 * so. */
static void
outlast_manager (const Keeper *keeper, const sigset_t *ours)
{
  const struct timespec patience = { 0, 10000000 };
  while (!is_manager_gone (keeper))
    if (sigtimedwait (ours, NULL, &patience) == SIGUSR1)
      return; /* the rest is its business */
  keeper_end_run (keeper);
}

static void
keep (const Keeper *keeper, pid_t supervisor, const sigset_t *ours)
{
  prctl (PR_SET_NAME, "glompo-keeper");
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  prctl (PR_SET_PDEATHSIG, SIGCONT); /* wakes us, even if somebody stopped us */
  close (PROTOCOL_FD_SOCKET);
  close (PROTOCOL_FD_BELL);
  gboolean done = watch (keeper, supervisor, ours);
  keeper_kill_descendants ();
  if (!done)
    outlast_manager (keeper, ours);
  _exit (0);
}

gboolean
keeper_start (Keeper *out, int argc, char **argv)
{
  static const int others[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
  sigset_t ours;
  /* Signals that go to every process of a job, or to the terminal's foreground group, are the manager's. */
  setpgid (0, 0);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    signal (others[i], SIG_IGN);
  sigemptyset (&ours);
  sigaddset (&ours, SIGCHLD);
  sigaddset (&ours, SIGCONT);
  sigaddset (&ours, SIGUSR1);
  sigprocmask (SIG_SETMASK, &ours, NULL);
  out->manager = getppid ();
  out->self = getpid ();
  out->since = proc_started (out->manager);
  out->owner = argc > 1 && g_str_equal (argv[1], "owner");
  out->rubbish = argc > 2 ? argv[2] : NULL;
  pid_t pid = fork ();
  if (pid > 0)
    keep (out, pid, &ours);
  return pid == 0;
}
