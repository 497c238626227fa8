/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The supervisor's program; see supervisor.h. Thread: its only one; nothing here may start another. */
#include "backend/supervisor.h"
#include "backend/proc.h"
#include "plugin/registry.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Evaluations that run too long are looked for this many times within their limit. */
#define TIMEOUT_LOOKS 8
#define POLL_MS 1000
#define OUTBOX_MAX 64
#define POLL_STOPPED_MS 250
/* Whoever did not look at the clock for so long was stopped or starved, and may not judge others by it. */
#define ABSENT_US (3 * G_USEC_PER_SEC)

/* ---- talking ---- */

/* TRUE: nothing is left to be said. */
static gboolean
flush_outbox (Supervisor *supervisor)
{
  for (ProtocolMessage *message; (message = g_queue_peek_head (&supervisor->outbox)) != NULL;)
    {
      if (!protocol_send (supervisor->socket, message, NULL, 0) && errno == EAGAIN)
        return FALSE; /* the manager is stopped or busy; news of a death must not be lost */
      g_free (g_queue_pop_head (&supervisor->outbox));
    }
  return TRUE;
}

void
supervisor_tell (Supervisor *supervisor, ProtocolType type, guint64 id, gint32 how, const char *text)
{
  ProtocolMessage message = protocol_message (type, id);
  message.how = how;
  g_strlcpy (message.text, text, sizeof message.text);
  g_queue_push_tail (&supervisor->outbox, g_memdup2 (&message, sizeof message));
  flush_outbox (supervisor);
}

/* So much is to be said that evaluators have to wait with more. */
gboolean
supervisor_is_behind (const Supervisor *supervisor)
{
  return g_queue_get_length ((GQueue *) &supervisor->outbox) >= OUTBOX_MAX;
}

void
supervisor_pump_log (Supervisor *supervisor, Charge *charge, gboolean all)
{
  char line[PROTOCOL_TEXT + 1];
  gssize got;
  while (charge->log[0] >= 0 && (all || !supervisor_is_behind (supervisor))
         && (got = read (charge->log[0], line, sizeof line - 1)) > 0)
    {
      line[got] = '\0';
      supervisor_tell (supervisor, PROTOCOL_MESSAGE, charge->id, line[0], line + 1);
    }
}

/* ---- beginning and end ---- */

static void
end_charges (Supervisor *supervisor)
{
  while (supervisor->charges->len > 0)
    {
      Charge *charge = supervisor->charges->pdata[0];
      charge->driver = 0;
      memset (charge->evaluators, 0, charge->places * sizeof *charge->evaluators);
      charge_end (supervisor, charge);
    }
}

static void
end_everything (Supervisor *supervisor)
{
  keeper_kill_descendants ();
  end_charges (supervisor);
  keeper_end_run (&supervisor->keeper);
}

static GVariant *
read_setting (int fd)
{
  struct stat info;
  if (fd < 0 || fstat (fd, &info) != 0 || info.st_size <= 0)
    return NULL;
  gsize size = (gsize) info.st_size;
  void *map = mmap (NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (map == MAP_FAILED)
    return NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (map, size);
  munmap (map, size);
  GVariant *value = g_variant_new_from_bytes (G_VARIANT_TYPE ("(sayaytayv)"), bytes, FALSE);
  return g_variant_ref_sink (value);
}

/* What every process that is forked needs is done once: what plugins have made of signals and libraries. */
static void
prepare_for_forks (Supervisor *supervisor)
{
  struct sigaction action;
  for (int signal_number = 1; signal_number < NSIG; signal_number++)
    if (sigaction (signal_number, NULL, &action) == 0
        && (action.sa_handler != SIG_DFL || (action.sa_flags & SA_SIGINFO) != 0))
      sigaddset (&supervisor->handled, signal_number);
  child_limit_library_threads (1);
}

static void
set_up (Supervisor *supervisor, int fd)
{
  g_autoptr (GVariant) setting = read_setting (fd);
  g_autoptr (GVariant) space = NULL;
  g_autoptr (GError) error = NULL;
  const char *text = "", *name = "", *base_dir = "";
  if (setting != NULL)
    g_variant_get (setting, "(&s^&ay^&ayt^ayv)", &text, &name, &base_dir, &supervisor->run_seed,
                   &supervisor->directory, &space);
  supervisor->space = space != NULL ? space_from_variant (space) : NULL;
  supervisor->registry = glompo_registry_new ();
  registry_trust_files (supervisor->registry);
  supervisor->config = glompo_config_new_from_text (text, name, base_dir, NULL, supervisor->registry, &error);
  prepare_for_forks (supervisor);
  const char *fault = supervisor->space == NULL    ? "the supervisor was sent nonsense"
                      : supervisor->config == NULL ? error->message
                                                   : "";
  supervisor_tell (supervisor, PROTOCOL_READY, 0, 0, fault);
}

static void
obey (Supervisor *supervisor, const ProtocolMessage *message, int *fds)
{
  switch ((ProtocolType) message->type)
    {
    case PROTOCOL_SET_UP:
      set_up (supervisor, fds[0]);
      break;
    case PROTOCOL_START:
      charge_start (supervisor, message, fds);
      break;
    case PROTOCOL_KILL:
      charge_kill (supervisor, message->id);
      break;
    case PROTOCOL_PING:
      supervisor_tell (supervisor, PROTOCOL_PONG, 0, 0, "");
      break;
    default:
      break;
    }
}

/* FALSE: the manager is gone, or wants us to end. */
static gboolean
serve_socket (Supervisor *supervisor)
{
  ProtocolMessage message;
  int fds[PROTOCOL_MAX_FDS];
  for (;;)
    {
      ProtocolResult result = protocol_receive (supervisor->socket, &message, fds);
      gboolean go_on
          = result == PROTOCOL_NOTHING || (result == PROTOCOL_GOT && message.type != PROTOCOL_QUIT);
      if (result == PROTOCOL_GOT && go_on)
        obey (supervisor, &message, fds);
      for (guint i = 0; i < PROTOCOL_MAX_FDS; i++)
        if (fds[i] >= 0)
          close (fds[i]);
      if (result != PROTOCOL_GOT || !go_on)
        return go_on;
    }
}

static double
evaluation_limit (const Supervisor *supervisor)
{
  return supervisor->config != NULL ? supervisor->config->settings->evaluation_timeout : 0;
}

static int
poll_timeout (const Supervisor *supervisor)
{
  double limit = evaluation_limit (supervisor);
  int usual = supervisor->stopped->len > 0 || supervisor->suspended != NULL ? POLL_STOPPED_MS : POLL_MS;
  return limit > 0 ? (int) CLAMP (limit * 1000 / TIMEOUT_LOOKS, 1, usual) : usual;
}

/* Descriptors of a charge that are looked at: two streams and the log. */
#define CHARGE_POLLS 3

/* The socket, the signals, then those of each charge. */
static void
fill_polls (const Supervisor *supervisor, GArray *polls)
{
  struct pollfd own[2] = { { .fd = supervisor->socket, .events = POLLIN },
                           { .fd = supervisor->signals, .events = POLLIN } };
  if (!g_queue_is_empty ((GQueue *) &supervisor->outbox))
    own[0].events |= POLLOUT;
  g_array_set_size (polls, 0);
  g_array_append_vals (polls, own, 2);
  gboolean behind = supervisor_is_behind (supervisor);
  for (guint i = 0; i < supervisor->charges->len; i++)
    {
      const Charge *charge = supervisor->charges->pdata[i];
      struct pollfd its[CHARGE_POLLS] = { { .fd = charge->streams[0].pipe, .events = POLLIN },
                                          { .fd = charge->streams[1].pipe, .events = POLLIN },
                                          { .fd = behind ? -1 : charge->log[0], .events = POLLIN } };
      g_array_append_vals (polls, its, CHARGE_POLLS);
    }
}

static void
pump_charge (Supervisor *supervisor, Charge *charge, const struct pollfd *ready)
{
  for (guint i = 0; i < 2; i++)
    if ((ready[i].revents & POLLIN) != 0)
      stream_pump (&charge->streams[i], charge_stream_limit (supervisor));
  if ((ready[2].revents & POLLIN) != 0)
    supervisor_pump_log (supervisor, charge, FALSE);
}

static void
look_after_children (Supervisor *supervisor, gint64 last)
{
  gint64 now = g_get_monotonic_time ();
  for (guint i = 0; now - last > ABSENT_US && i < supervisor->stopped->len; i++)
    g_array_index (supervisor->stopped, Stopped, i).since = now;
  deaths_reap (supervisor);
  deaths_follow_manager (supervisor, now);
  deaths_continue_stopped (supervisor, now);
  if (supervisor->suspended == NULL)
    deaths_of_slow_evaluations (supervisor);
}

static void
serve (Supervisor *supervisor)
{
  g_autoptr (GArray) polls = g_array_new (FALSE, FALSE, sizeof (struct pollfd));
  for (;;)
    {
      gint64 last = g_get_monotonic_time ();
      fill_polls (supervisor, polls);
      poll ((struct pollfd *) (void *) polls->data, polls->len, poll_timeout (supervisor));
      const struct pollfd *ready = (const struct pollfd *) (void *) polls->data;
      for (guint i = 0; i < supervisor->charges->len; i++)
        pump_charge (supervisor, supervisor->charges->pdata[i], ready + 2 + CHARGE_POLLS * i);
      /* The keeper says more than the socket, of which a process that the manager forked may hold a copy. */
      if (supervisor->over || getppid () != supervisor->keeper.self
          || ((ready[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !serve_socket (supervisor)))
        return;
      flush_outbox (supervisor);
      look_after_children (supervisor, last);
    }
}

/* After keeper_start(). The death of the keeper wakes us, even if somebody stopped us. */
static gboolean
prepare_process (Supervisor *supervisor)
{
  sigset_t ours;
  sigprocmask (SIG_SETMASK, NULL, &ours);
  setpgid (0, 0);
  supervisor->signals = signalfd (-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
  supervisor->null = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  prctl (PR_SET_PDEATHSIG, SIGCONT);
  void *budget = mmap (NULL, sizeof (Budget), PROT_READ | PROT_WRITE, MAP_SHARED, PROTOCOL_FD_BUDGET, 0);
  supervisor->budget = budget;
  return supervisor->signals >= 0 && budget != MAP_FAILED;
}

/* Three descriptors for each optimizer are soon more than the usual limit; workers get theirs back. */
static void
raise_file_limit (Supervisor *supervisor)
{
  if (getrlimit (RLIMIT_NOFILE, &supervisor->files) != 0)
    return;
  struct rlimit all = { supervisor->files.rlim_max, supervisor->files.rlim_max };
  setrlimit (RLIMIT_NOFILE, &all);
}

int
main (int argc, char **argv)
{
  static const char *const variables[] = { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS" };
  static const char *const marks[] = { PROTOCOL_OPTIMIZER, PROTOCOL_EVALUATOR };
  Supervisor supervisor = { .socket = PROTOCOL_FD_SOCKET,
                            .bell = PROTOCOL_FD_BELL,
                            .outbox = G_QUEUE_INIT };
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    supervisor.marks[i] = getenv (marks[i]);
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    g_setenv (variables[i], "1", FALSE); /* before any plugin brings a library that reads them */
  supervisor.charges = g_ptr_array_new_with_free_func ((GDestroyNotify) charge_free);
  supervisor.stopped = g_array_new (FALSE, FALSE, sizeof (Stopped));
  for (int fd = PROTOCOL_FD_SOCKET; fd <= PROTOCOL_FD_BUDGET; fd++)
    fcntl (fd, F_SETFD, FD_CLOEXEC);
  if (!keeper_start (&supervisor.keeper, argc, argv) || !prepare_process (&supervisor))
    return 1;
  supervisor.self = getpid ();
  raise_file_limit (&supervisor);
  serve (&supervisor);
  end_everything (&supervisor);
  _exit (0);
}
