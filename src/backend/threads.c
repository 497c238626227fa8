/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Optimizers as threads of the manager's process. They cannot be killed; one that does not end when told to
 * is left behind. Thread: the manager's, but for run(). */
#include "backend/backend-private.h"
#include "compat/compat.h"
#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
  Worker base;
  WorkerSpec spec;
  GThread *thread;
  Channel own;             /* the driver's view */
  _Atomic gboolean gone;
} ThreadWorker;

static gpointer
run (gpointer data)
{
  ThreadWorker *worker = data;
  int bell = worker->base.backend->bell;
  driver_run (&worker->spec, &worker->own);
  channel_close (&worker->own);
  uint64_t one = 1;
  /* The manager may free the worker as soon as this is set; the bell it frees only when all are joined. */
  atomic_store (&worker->gone, TRUE);
  if (write (bell, &one, sizeof one) < 0)
    { /* EAGAIN: it rings already */
    }
  return NULL;
}

static ThreadWorker *
make_worker (Backend *backend, GError **error)
{
  gsize size = channel_memory_size (backend->space->n, backend->space->extras_size);
  void *memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    {
      g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED, "no memory for a channel of %" G_GSIZE_FORMAT
                   " bytes: %s", size, g_strerror (errno));
      return NULL;
    }
  ThreadWorker *worker = g_new0 (ThreadWorker, 1);
  worker->base.backend = backend;
  worker->base.memory_size = size;
  channel_memory_init (memory, backend->space->n, backend->space->extras_size);
  channel_open (&worker->base.channel, memory, backend->space->n, backend->space->extras_size, backend->bell);
  channel_open (&worker->own, memory, backend->space->n, backend->space->extras_size, backend->bell);
  return worker;
}

static void
free_worker (ThreadWorker *worker)
{
  space_unref (worker->spec.space);
  g_free (worker->spec.x0);
}

static Worker *
threads_start (Backend *backend, guint64 id, const OptimizerGroup *group, guint64 seed, const double *x0,
               GError **error)
{
  ThreadWorker *worker = make_worker (backend, error);
  if (worker == NULL)
    return NULL;
  worker->spec = (WorkerSpec){
    .id = id,
    .group = group,
    .workers_backend = compat_resolve_workers (group),
    .space = space_ref (backend->space),
    .task = { .plugin = backend->config->task,
              .options = options_data (backend->config->task_options),
              .seed = backend->run_seed },
    .run_seed = backend->run_seed,
    .seed = seed,
    .x0 = g_memdup2 (x0, backend->space->n * sizeof *x0),
    .budget = backend->budget,
  };
  g_autofree char *name = g_strdup_printf ("opt%" G_GUINT64_FORMAT, id);
  worker->thread = g_thread_try_new (name, run, worker, error);
  if (worker->thread == NULL)
    {
      g_prefix_error (error, "optimizer %" G_GUINT64_FORMAT ": ", id);
      free_worker (worker);
      munmap (worker->base.channel.memory, worker->base.memory_size);
      g_free (worker);
      return NULL;
    }
  return &worker->base;
}

static gboolean
threads_is_gone (Worker *worker, char **out_how)
{
  *out_how = NULL;
  return atomic_load (&((ThreadWorker *) worker)->gone);
}

static void
threads_release (Worker *base)
{
  ThreadWorker *worker = (ThreadWorker *) base;
  g_thread_join (worker->thread);
  free_worker (worker);
}

Backend *
backend_threads_new (const BackendSetting *setting, GError **error)
{
  static const BackendClass klass = {
    .can_kill = FALSE,
    .start = threads_start,
    .is_gone = threads_is_gone,
    .release = threads_release,
  };
  Backend *backend = g_new0 (Backend, 1);
  if (!backend_init (backend, &klass, setting, error))
    {
      backend_free (backend);
      return NULL;
    }
  return backend;
}
