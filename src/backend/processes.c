/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Optimizers as processes that the supervisor forks. Thread: the manager's. */
#include "backend/backend-private.h"
#include "compat/compat.h"
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  Worker base;
  guint64 id;
  gboolean killed;
} ProcessWorker;

static Worker *
processes_start (Backend *backend, guint64 id, const OptimizerGroup *group, guint64 seed, const double *x0,
                 GError **error)
{
  ProcessWorker *worker = g_new0 (ProcessWorker, 1);
  WorkerMemory memory;
  guint index = 0;
  g_ptr_array_find (backend->config->groups, group, &index);
  if (!backend_make_memory (backend, group, &memory, error))
    {
      g_free (worker);
      return NULL;
    }
  worker->id = id;
  backend_open_worker (backend, &worker->base, &memory);
  channel_set_start_point (&worker->base.channel, x0);
  if (client_start (backend->client, id, index, seed, TRUE, memory.places, memory.channel_fd,
                    memory.shared_fd, error))
    {
      backend_close_memory_fds (&memory);
      return &worker->base;
    }
  backend_close_memory_fds (&memory);
  backend_close_worker (&worker->base);
  g_free (worker);
  return NULL;
}

static gboolean
processes_is_gone (Worker *base, char **out_how)
{
  const ProcessWorker *worker = (const ProcessWorker *) base;
  gint32 how;
  *out_how = NULL;
  if (!client_is_gone (base->backend->client, worker->id, &how))
    return FALSE;
  if (how == 0)
    return TRUE; /* in order, if it has said so */
  g_autofree char *text = shared_describe (how);
  *out_how = worker->killed ? g_strdup ("its process was killed by the manager")
                            : g_strdup_printf ("its process %s", text);
  return TRUE;
}

static gboolean
processes_kill (Worker *base)
{
  ProcessWorker *worker = (ProcessWorker *) base;
  worker->killed = TRUE;
  client_kill (base->backend->client, worker->id);
  return TRUE;
}

static void
processes_release (Worker *base)
{
  const ProcessWorker *worker = (const ProcessWorker *) base;
  client_kill (base->backend->client, worker->id); /* no-op for one that is gone */
  client_forget (base->backend->client, worker->id);
}

Backend *
backend_processes_new (const BackendSetting *setting, GError **error)
{
  static const BackendClass klass = {
    .can_kill = TRUE,
    .needs_client = TRUE,
    .start = processes_start,
    .is_gone = processes_is_gone,
    .kill = processes_kill,
    .release = processes_release,
  };
  Backend *backend = g_new0 (Backend, 1);
  if (!backend_init (backend, &klass, setting, error))
    {
      backend_free (backend);
      return NULL;
    }
  return backend;
}
