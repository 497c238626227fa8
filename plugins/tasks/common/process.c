/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks/common/process.h"
#include "tasks/common/words.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the kernel has no handles for processes, their end is looked for so often. */
#define LOOK_MS 5
#define CHUNK 65536
/* From <linux/close_range.h>, which old systems lack. */
#define CLOSE_ON_EXEC (1u << 2)

/* ---- between vfork() and execve(): the memory is the parent's, so nothing is allocated or locked ---- */

typedef struct {
  const ProcessPlan *plan;
  int in, out;
  pid_t parent;
  volatile int error;
  const char *volatile step; /* that failed */
} Birth;

static _Noreturn void
give_up (Birth *birth, const char *step)
{
  birth->error = errno;
  birth->step = step;
  _exit (127);
}

static void
reset_signals (void)
{
  struct sigaction action = { .sa_handler = SIG_DFL };
  sigset_t none;
  for (int signal_number = 1; signal_number < NSIG; signal_number++)
    sigaction (signal_number, &action, NULL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

static _Noreturn __attribute__ ((noinline)) void
become_program (Birth *birth)
{
  const ProcessPlan *plan = birth->plan;
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != birth->parent)
    _exit (127);
  reset_signals ();
  if (dup2 (birth->in, STDIN_FILENO) < 0 || dup2 (birth->out, STDOUT_FILENO) < 0)
    give_up (birth, "connect");
#ifdef SYS_close_range
  syscall (SYS_close_range, 3u, ~0u, CLOSE_ON_EXEC);
#endif
  struct rlimit limit = { plan->file_limit, plan->file_limit };
  if (plan->file_limit > 0 && setrlimit (RLIMIT_FSIZE, &limit) != 0)
    give_up (birth, "limit the files of");
  if (plan->directory != NULL && chdir (plan->directory) != 0)
    give_up (birth, "enter the working directory of");
  execve (plan->argv[0], (char *const *) plan->argv, (char *const *) plan->environ);
  give_up (birth, "run");
}

/* The usual care of posix_spawn(), which cannot ask for the signal at the parent's death: no signal handler
 * may run in the child while it lives in our memory. */
static pid_t
give_birth (Birth *birth)
{
  sigset_t all, before;
  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, &before);
  pid_t pid = vfork ();
  if (pid == 0)
    become_program (birth);
  int code = errno;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  errno = code;
  return pid;
}

/* ---- pipes ---- */

static void
close_end (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* Moves an end away from the standard streams, where the child's would overwrite it. */
static gboolean
lift (int *fd)
{
  if (*fd > STDERR_FILENO)
    return TRUE;
  int high = fcntl (*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close (*fd);
  *fd = high;
  return high >= 0;
}

static gboolean
make_pipe (int ends[2])
{
  ends[0] = ends[1] = -1;
  if (pipe2 (ends, O_CLOEXEC) != 0)
    return FALSE;
  gboolean good = lift (&ends[0]);
  return lift (&ends[1]) && good;
}

static gboolean
refuse (GError **error, const char *step, const char *path, int code)
{
  const char *hint = code == ENOEXEC  ? "; a script needs a first line such as #!/bin/sh"
                     : code == ENOENT ? ", neither it nor the interpreter in its first line"
                                      : "";
  g_set_error (error, TASK_ERROR, TASK_ERROR_FAILED, "cannot %s %s: %s%s", step, path, g_strerror (code),
               hint);
  return FALSE;
}

gboolean
process_start (Process *process, const ProcessPlan *plan, GError **error)
{
  int in[2], out[2] = { -1, -1 };
  *process = PROCESS_NONE;
  Birth birth = { .plan = plan, .parent = getpid () };
  gboolean good = make_pipe (in) && make_pipe (out);
  birth.in = in[0];
  birth.out = out[1];
  pid_t pid = good ? give_birth (&birth) : -1;
  int code = pid < 0 ? errno : birth.error;
  close_end (&in[0]);
  close_end (&out[1]);
  if (pid < 0 || code != 0)
    {
      close_end (&in[1]);
      close_end (&out[0]);
      if (pid > 0)
        waitpid (pid, NULL, 0);
      return refuse (error, pid > 0 ? birth.step : "start", plan->argv[0], code);
    }
  fcntl (in[1], F_SETFL, O_NONBLOCK);
  fcntl (out[0], F_SETFL, O_NONBLOCK);
  *process = (Process){ .pid = pid, .in = in[1], .out = out[0], .said = g_string_new (NULL) };
#ifdef SYS_pidfd_open
  process->handle = (int) syscall (SYS_pidfd_open, pid, 0);
#else
  process->handle = -1;
#endif
  return TRUE;
}

/* ---- talking ---- */

static gboolean
has_ended (const Process *process)
{
  siginfo_t info = { .si_pid = 0 };
  return waitid (P_PID, (id_t) process->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* A write to a pipe that nobody reads must fail and not kill us; whether we would survive is the host's
 * affair, so the signal is taken back where it was made. */
static gssize
write_quietly (int fd, const char *data, gsize size)
{
  sigset_t mask, before, pending;
  sigemptyset (&mask);
  sigaddset (&mask, SIGPIPE);
  sigpending (&pending);
  pthread_sigmask (SIG_BLOCK, &mask, &before);
  gssize written = write (fd, data, size);
  int code = errno;
  const struct timespec now = { 0, 0 };
  if (written < 0 && code == EPIPE && !sigismember (&pending, SIGPIPE))
    while (sigtimedwait (&mask, NULL, &now) < 0 && errno == EINTR)
      ;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  errno = code;
  return written;
}

static gboolean
is_temporary (int code)
{
  return code == EAGAIN || code == EINTR;
}

/* Reads what there is, at most limit and a little. */
static void
read_all (Process *process, gsize limit)
{
  char chunk[CHUNK];
  while (process->out >= 0 && process->said->len <= limit)
    {
      gssize size = read (process->out, chunk, sizeof chunk);
      if (size > 0)
        g_string_append_len (process->said, chunk, size);
      else if (size < 0 && errno == EINTR)
        continue;
      else if (size < 0 && errno == EAGAIN)
        return;
      else
        close_end (&process->out);
    }
}

static void
write_some (Process *process, const char **input, gsize *length)
{
  gssize written = *length > 0 ? write_quietly (process->in, *input, *length) : 0;
  if (written >= 0)
    {
      *input += written;
      *length -= (gsize) written;
      process->given += (gsize) written;
    }
  else if (!is_temporary (errno))
    close_end (&process->in);
}

/* Sleeps until something happens, at most until the deadline. FALSE: it has passed. */
static gboolean
wait_for_news (const Process *process, gboolean writes, gint64 deadline)
{
  struct pollfd fds[3];
  nfds_t n = 0;
  gint64 left = deadline > 0 ? deadline - g_get_monotonic_time () : G_MAXINT;
  if (left <= 0)
    return FALSE;
  if (process->out >= 0)
    fds[n++] = (struct pollfd){ .fd = process->out, .events = POLLIN };
  if (process->handle >= 0)
    fds[n++] = (struct pollfd){ .fd = process->handle, .events = POLLIN };
  if (writes && process->in >= 0)
    fds[n++] = (struct pollfd){ .fd = process->in, .events = POLLOUT };
  gint64 most = process->handle >= 0 ? G_MAXINT / 2 : LOOK_MS;
  poll (fds, n, (int) MIN (left / 1000 + 1, most));
  return TRUE;
}

ProcessEvent
process_talk (Process *process, const char *input, gsize length, gboolean wants_line, gsize limit,
              gint64 deadline)
{
  process->given = 0;
  for (;;)
    {
      gboolean ended = has_ended (process); /* before the last look at what it wrote */
      if (process->in >= 0)
        write_some (process, &input, &length);
      if (!wants_line && length == 0)
        close_end (&process->in);
      read_all (process, limit);
      if (wants_line && length == 0 && memchr (process->said->str, '\n', process->said->len) != NULL)
        return PROCESS_LINE;
      if (process->said->len > limit)
        return PROCESS_TOO_MUCH;
      if (ended || (wants_line && (process->in < 0 || process->out < 0)))
        return PROCESS_ENDED;
      if (!wait_for_news (process, length > 0, deadline))
        return PROCESS_TIMED_OUT;
    }
}

gsize
process_unread (const Process *process)
{
  int bytes = 0;
  return process->in >= 0 && ioctl (process->in, FIONREAD, &bytes) == 0 && bytes > 0 ? (gsize) bytes : 0;
}

gboolean
process_has_read (const Process *process)
{
  return process->given > process_unread (process);
}

gboolean
process_peek (Process *process)
{
  gboolean ended = has_ended (process);
  read_all (process, 0);
  return !ended && process->out >= 0;
}

/* ---- the end ---- */

int
process_stop (Process *process, double patience)
{
  int status = 0;
  if (process->pid == 0)
    return 0;
  close_end (&process->in);
  gint64 deadline = g_get_monotonic_time () + (gint64) (patience * G_USEC_PER_SEC);
  while (patience > 0.0 && !has_ended (process))
    {
      read_all (process, G_MAXSIZE / 2); /* it may hang in what it still wants to say */
      g_string_truncate (process->said, 0);
      if (!wait_for_news (process, FALSE, deadline))
        break;
    }
  /* The group first: while its leader is not reaped, its number belongs to nobody else. */
  kill (-process->pid, SIGKILL);
  kill (process->pid, SIGKILL);
  while (waitpid (process->pid, &status, 0) < 0 && errno == EINTR)
    ;
  close_end (&process->out);
  close_end (&process->handle);
  g_string_free (process->said, TRUE);
  *process = PROCESS_NONE;
  return status;
}

char *
process_describe (int status)
{
  if (WIFSIGNALED (status))
    return g_strdup_printf ("was killed by signal %d (%s)", WTERMSIG (status),
                            g_strsignal (WTERMSIG (status)));
  return g_strdup_printf ("exited with code %d", WEXITSTATUS (status));
}
