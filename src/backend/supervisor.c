/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The supervisor's program; see supervisor.h. Thread: its only one; nothing here may start another. */
#include "backend/supervisor.h"
#include "backend/backend.h"
#include "backend/proc.h"
#include "base/files.h"
#include "compat/compat.h"
#include "plugin/registry.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Deaths of an evaluator in a row, without a point in its hands, until it is not replaced. */
#define FUTILE_MAX 3
/* Evaluations that run too long are looked for this many times within their limit. */
#define TIMEOUT_LOOKS 8
#define MIB (1024.0 * 1024.0)

/* ---- talking ---- */

static void
tell (Supervisor *supervisor, ProtocolType type, guint64 id, gint32 how, const char *text)
{
  ProtocolMessage message = protocol_message (type, id);
  message.how = how;
  g_strlcpy (message.text, text, sizeof message.text);
  for (guint tries = 0; !protocol_send (supervisor->socket, &message, NULL, 0) && errno == EAGAIN && tries < 1000; tries++)
    g_usleep (1000); /* the manager is stopped or very busy; news of a death must not be lost */
}

static guint64
stream_limit (const Supervisor *supervisor)
{
  return (guint64) (MIN (supervisor->config->settings->printstream_limit, 1e12) * MIB);
}

/* ---- processes ---- */

static pid_t
fork_driver (Supervisor *supervisor, Charge *charge)
{
  pid_t pid = fork ();
  if (pid == 0)
    child_drive (supervisor, charge);
  if (pid > 0)
    setpgid (pid, pid); /* here as well: the group must exist before it may be killed */
  return pid;
}

static void
fork_evaluator (Supervisor *supervisor, Charge *charge, guint place)
{
  pid_t pid = fork ();
  if (pid == 0)
    child_evaluate (supervisor, charge, place);
  if (pid > 0)
    setpgid (pid, pid);
  charge->evaluators[place] = MAX (pid, 0);
  charge->timed_out[place] = FALSE;
  if (pid < 0)
    shared_lose (shared_place (charge->shared, &charge->shape, place), SHARED_GONE, TRUE,
                 channel_event (&charge->channel));
}

/* The process, its group, and whatever it started that left the group. */
static void
kill_tree (pid_t pid)
{
  if (pid <= 0)
    return;
  g_autoptr (GArray) descendants = proc_descendants (pid);
  kill (pid, SIGKILL);
  kill (-pid, SIGKILL);
  proc_kill_all (descendants);
}

static gboolean
is_known (const Supervisor *supervisor, pid_t pid)
{
  for (guint i = 0; i < supervisor->charges->len; i++)
    {
      const Charge *charge = supervisor->charges->pdata[i];
      gboolean known = charge->driver == pid;
      for (guint k = 0; k < charge->places; k++)
        known |= charge->evaluators[k] == pid;
      if (known)
        return TRUE;
    }
  return FALSE;
}

static guint
count_processes (const Supervisor *supervisor)
{
  guint n = 0;
  for (guint i = 0; i < supervisor->charges->len; i++)
    {
      const Charge *charge = supervisor->charges->pdata[i];
      n += charge->driver > 0;
      for (guint k = 0; k < charge->places; k++)
        n += charge->evaluators[k] > 0;
    }
  return n;
}

/* Children that came to us because their parent died, and that belong to an optimizer that is gone. */
static void
kill_orphans_of (Supervisor *supervisor, guint64 id)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", (int) getpid ());
  g_autofree char *text = NULL;
  if (g_file_get_contents (path, &text, NULL, NULL))
    {
      g_auto (GStrv) children = g_strsplit (g_strstrip (text), " ", -1);
      if (g_strv_length (children) <= count_processes (supervisor))
        return; /* the usual case, without a walk through /proc */
    }
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, id);
  g_autoptr (GArray) marked = proc_with_environment ("GLOMPO_OPTIMIZER", number);
  g_autoptr (GArray) ours = proc_descendants (getpid ());
  for (guint i = 0; i < marked->len; i++)
    for (guint k = 0; k < ours->len; k++)
      {
        pid_t pid = g_array_index (marked, pid_t, i);
        if (pid == g_array_index (ours, pid_t, k) && !is_known (supervisor, pid))
          kill (pid, SIGKILL);
      }
}

/* ---- directories ---- */

static void
remove_directories (Supervisor *supervisor, const Charge *charge)
{
  if (!supervisor->config->settings->private_directories || supervisor->config->settings->keep_directories)
    return;
  for (gint place = -1; place < (gint) charge->places; place++)
    {
      g_autofree char *path = child_directory (supervisor, charge->id, place);
      files_remove_tree (path);
    }
  g_autofree char *work = g_build_filename (supervisor->directory, BACKEND_WORK_FOLDER, NULL);
  g_rmdir (work); /* if it was the last one */
}

/* ---- charges ---- */

static void
charge_free (Charge *charge)
{
  channel_close (&charge->channel);
  if (charge->memory != NULL)
    munmap (charge->memory, charge->memory_size);
  if (charge->shared != NULL)
    munmap (charge->shared, charge->shared_size);
  for (guint i = 0; i < 2; i++)
    if (charge->ends[i] >= 0)
      close (charge->ends[i]);
  g_free (charge->evaluators);
  g_free (charge->futile);
  g_free (charge->timed_out);
  g_free (charge);
}

/* The end of one optimizer: everything of it is killed, its streams are emptied. */
static void
end_charge (Supervisor *supervisor, Charge *charge)
{
  kill_tree (charge->driver);
  for (guint i = 0; i < charge->places; i++)
    kill_tree (charge->evaluators[i]);
  for (guint i = 0; i < 2; i++)
    stream_close (&charge->streams[i], stream_limit (supervisor));
  remove_directories (supervisor, charge);
  guint64 id = charge->id;
  g_ptr_array_remove (supervisor->charges, charge);
  kill_orphans_of (supervisor, id);
}

static Charge *
find_charge (const Supervisor *supervisor, guint64 id)
{
  for (guint i = 0; i < supervisor->charges->len; i++)
    if (((Charge *) supervisor->charges->pdata[i])->id == id)
      return supervisor->charges->pdata[i];
  return NULL;
}

static void *
map_memory (int fd, gsize size)
{
  struct stat info;
  if (fd < 0 || fstat (fd, &info) != 0 || (gsize) info.st_size < size)
    return NULL;
  void *memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return memory != MAP_FAILED ? memory : NULL;
}

static Charge *
make_charge (Supervisor *supervisor, const ProtocolMessage *message, const int *fds)
{
  const Space *space = supervisor->space;
  Charge *charge = g_new0 (Charge, 1);
  charge->ends[0] = charge->ends[1] = charge->streams[0].pipe = charge->streams[1].pipe = -1;
  charge->streams[0].file = charge->streams[1].file = -1;
  charge->id = message->id;
  charge->seed = message->seed;
  charge->drive = message->drive != 0;
  charge->places = message->places;
  if (message->group >= supervisor->config->groups->len)
    {
      charge_free (charge);
      return NULL;
    }
  charge->group = supervisor->config->groups->pdata[message->group];
  charge->shape
      = shared_shape (space, (charge->group->plugin->capabilities & GLOMPO_CAP_WANTS_GRADIENT) != 0);
  charge->memory_size = channel_memory_size (space->n, space->extras_size);
  charge->memory = map_memory (fds[0], charge->memory_size);
  charge->shared_size = shared_memory_size (&charge->shape, charge->places);
  if (charge->places > 0)
    charge->shared = map_memory (fds[1], charge->shared_size);
  if (charge->memory == NULL || (charge->places > 0 && charge->shared == NULL)
      || !stream_open (&charge->streams[0], supervisor->directory, charge->id, "out", &charge->ends[0])
      || !stream_open (&charge->streams[1], supervisor->directory, charge->id, "err", &charge->ends[1]))
    {
      charge_free (charge);
      return NULL;
    }
  channel_open (&charge->channel, charge->memory, space->n, space->extras_size, supervisor->bell);
  charge->evaluators = g_new0 (pid_t, charge->places + 1);
  charge->futile = g_new0 (guint, charge->places + 1);
  charge->timed_out = g_new0 (gboolean, charge->places + 1);
  return charge;
}

static void
start (Supervisor *supervisor, const ProtocolMessage *message, const int *fds)
{
  Charge *charge = supervisor->config != NULL ? make_charge (supervisor, message, fds) : NULL;
  if (charge == NULL)
    {
      tell (supervisor, PROTOCOL_MESSAGE, message->id, 0, "the supervisor could not make room for the optimizer");
      tell (supervisor, PROTOCOL_GONE, message->id, SHARED_GONE, "");
      return;
    }
  g_ptr_array_add (supervisor->charges, charge);
  for (guint i = 0; i < charge->places; i++)
    fork_evaluator (supervisor, charge, i);
  if (!charge->drive)
    return;
  charge->driver = fork_driver (supervisor, charge);
  if (charge->driver > 0)
    return;
  tell (supervisor, PROTOCOL_MESSAGE, message->id, 0, g_strerror (errno));
  tell (supervisor, PROTOCOL_GONE, message->id, SHARED_GONE, "");
  charge->driver = 0;
  end_charge (supervisor, charge);
}

/* ---- deaths ---- */

static void
evaluator_died (Supervisor *supervisor, Charge *charge, guint i, int status)
{
  SharedPlace *place = shared_place (charge->shared, &charge->shape, i);
  gboolean at_work = shared_get_state (place) == SHARED_RUNNING;
  pid_t pid = charge->evaluators[i];
  kill (-pid, SIGKILL); /* what it started */
  charge->evaluators[i] = 0;
  charge->futile[i] = at_work ? 0 : charge->futile[i] + 1;
  gboolean dead = charge->futile[i] >= FUTILE_MAX;
  shared_lose (place, charge->timed_out[i] ? SHARED_TIMED_OUT : status, dead, channel_event (&charge->channel));
  if (!dead)
    fork_evaluator (supervisor, charge, i);
}

static void
process_died (Supervisor *supervisor, pid_t pid, int status)
{
  for (guint c = 0; c < supervisor->charges->len; c++)
    {
      Charge *charge = supervisor->charges->pdata[c];
      if (charge->driver == pid)
        {
          kill (-pid, SIGKILL);
          charge->driver = 0;
          guint64 id = charge->id;
          end_charge (supervisor, charge);
          tell (supervisor, PROTOCOL_GONE, id, status, "");
          return;
        }
      for (guint i = 0; i < charge->places; i++)
        if (charge->evaluators[i] == pid)
          {
            evaluator_died (supervisor, charge, i, status);
            return;
          }
    }
}

static void
reap (Supervisor *supervisor)
{
  struct signalfd_siginfo info;
  while (read (supervisor->signals, &info, sizeof info) > 0)
    ;
  int status;
  for (pid_t pid; (pid = waitpid (-1, &status, WNOHANG)) > 0;)
    process_died (supervisor, pid, status);
}

static void
kill_slow_evaluations (Supervisor *supervisor)
{
  double limit = supervisor->config->settings->evaluation_timeout * G_USEC_PER_SEC;
  gint64 now = g_get_monotonic_time ();
  for (guint c = 0; c < supervisor->charges->len; c++)
    {
      Charge *charge = supervisor->charges->pdata[c];
      for (guint i = 0; i < charge->places; i++)
        {
          gint64 since = shared_running_since (shared_place (charge->shared, &charge->shape, i));
          if (charge->timed_out[i] || charge->evaluators[i] <= 0 || since <= 0 || (double) (now - since) <= limit)
            continue;
          charge->timed_out[i] = TRUE;
          kill_tree (charge->evaluators[i]);
        }
    }
}

/* ---- beginning and end ---- */

/* Kills and reaps until nothing is left. Orphans come to us, so nothing can hide by forking or setsid(). */
static void
end_everything (Supervisor *supervisor)
{
  for (;;)
    {
      g_autoptr (GArray) all = proc_descendants (getpid ());
      proc_kill_all (all);
      pid_t pid;
      while ((pid = waitpid (-1, NULL, WNOHANG)) > 0)
        ;
      if (pid < 0 && errno == ECHILD)
        break;
      g_usleep (500);
    }
  while (supervisor->charges->len > 0)
    {
      Charge *charge = supervisor->charges->pdata[0];
      charge->driver = 0;
      memset (charge->evaluators, 0, charge->places * sizeof *charge->evaluators);
      end_charge (supervisor, charge);
    }
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
  GVariant *value = g_variant_new_from_bytes (G_VARIANT_TYPE ("(ssstsv)"), bytes, FALSE);
  return g_variant_ref_sink (value);
}

static void
set_up (Supervisor *supervisor, int fd)
{
  g_autoptr (GVariant) setting = read_setting (fd);
  g_autoptr (GVariant) space = NULL;
  g_autoptr (GError) error = NULL;
  const char *text = "", *name = "", *base_dir = "";
  if (setting != NULL)
    g_variant_get (setting, "(&s&s&stsv)", &text, &name, &base_dir, &supervisor->run_seed, &supervisor->directory,
                   &space);
  supervisor->space = space != NULL ? space_from_variant (space) : NULL;
  supervisor->registry = glompo_registry_new ();
  registry_trust_files (supervisor->registry);
  supervisor->config = glompo_config_new_from_text (text, name, base_dir, NULL, supervisor->registry, &error);
  const char *fault = supervisor->space == NULL    ? "the supervisor was sent nonsense"
                      : supervisor->config == NULL ? error->message
                                                   : "";
  tell (supervisor, PROTOCOL_READY, 0, 0, fault);
}

static void
obey (Supervisor *supervisor, const ProtocolMessage *message, const int *fds)
{
  Charge *charge;
  switch ((ProtocolType) message->type)
    {
    case PROTOCOL_SET_UP:
      set_up (supervisor, fds[0]);
      break;
    case PROTOCOL_START:
      start (supervisor, message, fds);
      break;
    case PROTOCOL_KILL:
      charge = find_charge (supervisor, message->id);
      if (charge != NULL && charge->driver > 0)
        kill_tree (charge->driver); /* its death ends the charge */
      else if (charge != NULL)
        end_charge (supervisor, charge);
      break;
    case PROTOCOL_PING:
      tell (supervisor, PROTOCOL_PONG, 0, 0, "");
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
      gboolean go_on = result == PROTOCOL_NOTHING || (result == PROTOCOL_GOT && message.type != PROTOCOL_QUIT);
      if (result == PROTOCOL_GOT && go_on)
        obey (supervisor, &message, fds);
      for (guint i = 0; i < PROTOCOL_MAX_FDS; i++)
        if (fds[i] >= 0)
          close (fds[i]);
      if (result != PROTOCOL_GOT || !go_on)
        return go_on;
    }
}

static int
poll_timeout (const Supervisor *supervisor)
{
  double limit = supervisor->config != NULL ? supervisor->config->settings->evaluation_timeout : 0;
  return limit > 0 ? (int) CLAMP (limit * 1000 / TIMEOUT_LOOKS, 1, 1000) : 1000;
}

static void
serve (Supervisor *supervisor)
{
  g_autoptr (GArray) polls = g_array_new (FALSE, FALSE, sizeof (struct pollfd));
  for (;;)
    {
      struct pollfd own[2] = { { .fd = supervisor->socket, .events = POLLIN },
                               { .fd = supervisor->signals, .events = POLLIN } };
      g_array_set_size (polls, 0);
      g_array_append_vals (polls, own, 2);
      for (guint i = 0; i < supervisor->charges->len * 2; i++)
        {
          const Charge *charge = supervisor->charges->pdata[i / 2];
          struct pollfd stream = { .fd = charge->streams[i % 2].pipe, .events = POLLIN };
          g_array_append_val (polls, stream);
        }
      poll ((struct pollfd *) (void *) polls->data, polls->len, poll_timeout (supervisor));
      const struct pollfd *ready = (const struct pollfd *) (void *) polls->data;
      for (guint i = 0; i < supervisor->charges->len * 2; i++)
        if ((ready[i + 2].revents & POLLIN) != 0)
          stream_pump (&((Charge *) supervisor->charges->pdata[i / 2])->streams[i % 2], stream_limit (supervisor));
      if ((ready[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !serve_socket (supervisor))
        return;
      reap (supervisor);
      if (supervisor->config != NULL && supervisor->config->settings->evaluation_timeout > 0)
        kill_slow_evaluations (supervisor);
    }
}

/* A signal for the terminal's foreground group is the manager's business; death of the manager must wake us
 * even if somebody stopped us. */
static gboolean
prepare_process (Supervisor *supervisor)
{
  sigset_t child;
  setpgid (0, 0);
  signal (SIGINT, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  signal (SIGPIPE, SIG_IGN);
  sigemptyset (&child);
  sigaddset (&child, SIGCHLD);
  sigprocmask (SIG_BLOCK, &child, NULL);
  supervisor->signals = signalfd (-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  prctl (PR_SET_PDEATHSIG, SIGCONT);
  void *budget = mmap (NULL, sizeof (Budget), PROT_READ | PROT_WRITE, MAP_SHARED, PROTOCOL_FD_BUDGET, 0);
  supervisor->budget = budget;
  return supervisor->signals >= 0 && budget != MAP_FAILED;
}

int
main (void)
{
  static const char *const variables[] = { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS" };
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    g_setenv (variables[i], "1", FALSE); /* before any plugin brings a library that reads them */
  Supervisor supervisor = { .socket = PROTOCOL_FD_SOCKET, .bell = PROTOCOL_FD_BELL, .self = getpid () };
  supervisor.charges = g_ptr_array_new_with_free_func ((GDestroyNotify) charge_free);
  for (int fd = PROTOCOL_FD_SOCKET; fd <= PROTOCOL_FD_BUDGET; fd++)
    fcntl (fd, F_SETFD, FD_CLOEXEC);
  if (!prepare_process (&supervisor))
    return 1;
  serve (&supervisor);
  end_everything (&supervisor);
  _exit (0);
}
