/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An optimizer in the supervisor's care, from its start to its end. Thread: the supervisor's. */
#include "backend/backend.h"
#include "backend/directories.h"
#include "backend/proc.h"
#include "backend/supervisor.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB (1024.0 * 1024.0)

guint64
charge_stream_limit (const Supervisor *supervisor)
{
  return (guint64) (MIN (supervisor->config->settings->printstream_limit, 1e12) * MIB);
}

void
charge_free (Charge *charge)
{
  channel_close (&charge->channel);
  if (charge->memory != NULL)
    munmap (charge->memory, charge->memory_size);
  if (charge->shared != NULL)
    munmap (charge->shared, charge->shared_size);
  for (guint i = 0; i < 2; i++)
    {
      if (charge->ends[i] >= 0)
        close (charge->ends[i]);
      if (charge->streams[i].pipe >= 0)
        close (charge->streams[i].pipe);
      g_free (charge->streams[i].path);
      if (charge->log[i] >= 0)
        close (charge->log[i]);
    }
  g_free (charge->evaluators);
  g_free (charge->futile);
  g_free (charge->completed);
  g_free (charge->timed_out);
  g_free (charge);
}

/* ---- end ---- */

static void
remove_directories (Supervisor *supervisor, const Charge *charge)
{
  if (!supervisor->config->settings->private_directories || supervisor->config->settings->keep_directories)
    return;
  directories_remove (supervisor->directory, charge->id, charge->group);
}

/* The processes themselves, their groups, and whatever they started that left the group. */
static void
kill_processes (const Charge *charge)
{
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  if (charge->driver > 0)
    g_array_append_val (pids, charge->driver);
  for (guint i = 0; i < charge->places; i++)
    if (charge->evaluators[i] > 0)
      g_array_append_val (pids, charge->evaluators[i]);
  if (pids->len == 0)
    return;
  g_autoptr (GArray) descendants = proc_descendants_of ((const pid_t *) (void *) pids->data, pids->len);
  proc_kill_all (pids);
  for (guint i = 0; i < pids->len; i++)
    kill (-g_array_index (pids, pid_t, i), SIGKILL);
  proc_kill_all (descendants);
}

void
charge_end (Supervisor *supervisor, Charge *charge)
{
  kill_processes (charge);
  for (guint i = 0; i < 2; i++)
    stream_close (&charge->streams[i], charge_stream_limit (supervisor));
  supervisor_pump_log (supervisor, charge, TRUE);
  remove_directories (supervisor, charge);
  guint64 id = charge->id;
  g_ptr_array_remove (supervisor->charges, charge);
  deaths_of_orphans (supervisor, id, -1);
}

static Charge *
find_charge (const Supervisor *supervisor, guint64 id)
{
  for (guint i = 0; i < supervisor->charges->len; i++)
    if (((Charge *) supervisor->charges->pdata[i])->id == id)
      return supervisor->charges->pdata[i];
  return NULL;
}

void
charge_kill (Supervisor *supervisor, guint64 id)
{
  Charge *charge = find_charge (supervisor, id);
  if (charge != NULL && charge->driver > 0)
    {
      kill_processes (charge); /* the driver's death ends the charge, */
      deaths_of_orphans (supervisor, id, -1); /* which a tracer would keep from us */
    }
  else if (charge != NULL)
    charge_end (supervisor, charge);
}

/* ---- start ---- */

static void *
map_memory (int *fd, gsize size)
{
  struct stat info;
  if (*fd < 0 || fstat (*fd, &info) != 0 || (gsize) info.st_size < size)
    return NULL;
  void *memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
  close (*fd); /* workers are not to inherit it */
  *fd = -1;
  return memory != MAP_FAILED ? memory : NULL;
}

/* The memory of an optimizer is not for what is forked for others, nor for what its own processes fork: a copy of
 * one that goes on as if it were the one itself ends at the first touch. */
static void
advise (const Charge *charge, int advice)
{
  madvise (charge->memory, charge->memory_size, advice);
  if (charge->shared != NULL)
    madvise (charge->shared, charge->shared_size, advice);
}

pid_t
charge_fork (const Charge *charge)
{
  advise (charge, MADV_DOFORK);
  pid_t pid = fork ();
  advise (charge, MADV_DONTFORK);
  if (pid > 0)
    setpgid (pid, pid); /* here as well: the group must exist before it may be killed */
  return pid;
}

static gboolean
map_all (Supervisor *supervisor, Charge *charge, int *fds)
{
  const Space *space = supervisor->space;
  charge->shape
      = shared_shape (space, (charge->group->plugin->capabilities & GLOMPO_CAP_WANTS_GRADIENT) != 0);
  charge->memory_size = channel_memory_size (space->n, driver_values_size (space, charge->group));
  charge->memory = map_memory (&fds[0], charge->memory_size);
  charge->shared_size = shared_memory_size (&charge->shape, charge->places);
  if (charge->places > 0)
    charge->shared = map_memory (&fds[1], charge->shared_size);
  if (charge->memory == NULL || (charge->places > 0 && charge->shared == NULL))
    return FALSE;
  advise (charge, MADV_DONTFORK);
  return TRUE;
}

/* Each line is a packet, so that those of several evaluators do not mix; they wait while the pipe is full. */
static gboolean
open_log (Charge *charge)
{
  return charge->places == 0
         || (pipe2 (charge->log, O_CLOEXEC | O_DIRECT) == 0
             && fcntl (charge->log[0], F_SETFL, O_NONBLOCK) == 0);
}

static Charge *
make_charge (Supervisor *supervisor, const ProtocolMessage *message, int *fds)
{
  const Space *space = supervisor->space;
  if (message->group >= supervisor->config->groups->len)
    return NULL;
  Charge *charge = g_new0 (Charge, 1);
  charge->ends[0] = charge->ends[1] = charge->streams[0].pipe = charge->streams[1].pipe = -1;
  charge->streams[0].file = charge->streams[1].file = charge->log[0] = charge->log[1] = -1;
  charge->id = message->id;
  charge->seed = message->seed;
  charge->drive = message->drive != 0;
  charge->places = message->places;
  charge->group = supervisor->config->groups->pdata[message->group];
  if (!map_all (supervisor, charge, fds)
      || !stream_open (&charge->streams[0], supervisor->directory, charge->id, "out", &charge->ends[0])
      || !stream_open (&charge->streams[1], supervisor->directory, charge->id, "err", &charge->ends[1])
      || !open_log (charge))
    {
      charge_free (charge);
      return NULL;
    }
  channel_open (&charge->channel, charge->memory, space->n, driver_values_size (space, charge->group),
                supervisor->bell);
  charge->evaluators = g_new0 (pid_t, charge->places + 1);
  charge->futile = g_new0 (guint, charge->places + 1);
  charge->completed = g_new0 (guint64, charge->places + 1);
  charge->timed_out = g_new0 (gint64, charge->places + 1);
  return charge;
}

void
charge_start (Supervisor *supervisor, const ProtocolMessage *message, int *fds)
{
  Charge *charge = supervisor->config != NULL ? make_charge (supervisor, message, fds) : NULL;
  if (charge == NULL)
    {
      g_autofree char *text
          = g_strdup_printf ("the supervisor could not make room for it: %s", g_strerror (errno));
      supervisor_tell (supervisor, PROTOCOL_MESSAGE, message->id, GLOMPO_LOG_WARNING, text);
      supervisor_tell (supervisor, PROTOCOL_GONE, message->id, SHARED_GONE, "");
      return;
    }
  g_ptr_array_add (supervisor->charges, charge);
  for (guint i = 0; i < charge->places; i++)
    deaths_evaluator_start (supervisor, charge, i);
  if (!charge->drive)
    return;
  charge->driver = charge_fork (charge);
  if (charge->driver == 0)
    child_drive (supervisor, charge);
  if (charge->driver > 0)
    return;
  charge->driver = 0;
  supervisor_tell (supervisor, PROTOCOL_MESSAGE, message->id, GLOMPO_LOG_WARNING, g_strerror (errno));
  supervisor_tell (supervisor, PROTOCOL_GONE, message->id, SHARED_GONE, "");
  charge_end (supervisor, charge);
}
