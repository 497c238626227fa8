/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Optimizers as threads of the manager's process. They cannot be killed; one that does not end when told to
 * is left behind. Thread: the manager's, but for run(). */
#include "backend/backend-private.h"
#include "backend/directories.h"
#include "backend/proc.h"
#include "compat/compat.h"
#include <stdatomic.h>
#include <unistd.h>

typedef struct {
  Worker base;
  WorkerSpec spec;
  GThread *thread;
  char *directory;         /* of spec, owned */
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

static void
remove_directories (const ThreadWorker *worker)
{
  if (worker->directory == NULL || worker->base.backend->config->settings->keep_directories)
    return;
  directories_remove (worker->base.backend->directory, worker->spec.id, worker->spec.group);
}

static void
free_worker (ThreadWorker *worker)
{
  remove_directories (worker);
  space_unref (worker->spec.space);
  g_free (worker->spec.x0);
  g_free (worker->directory);
}

static void
fill_spec (ThreadWorker *worker, guint64 id, const OptimizerGroup *group, guint64 seed, const double *x0)
{
  Backend *backend = worker->base.backend;
  const GlompoConfig *config = backend->config;
  /* Private directories are the evaluators' working directories only in processes; threads get their
   * names. */
  worker->directory = directories_path (config->settings, backend->directory, id, -1);
  worker->spec = (WorkerSpec){
    .id = id,
    .group = group,
    .workers_backend = compat_resolve_workers (group),
    .space = space_ref (backend->space),
    .task = { config->task, options_data (config->task_options), backend->run_seed,
              config->base_dir },
    .run_seed = backend->run_seed,
    .seed = seed,
    .x0 = g_memdup2 (x0, backend->space->n * sizeof *x0),
    .generator = config->generator,
    .budget = backend->budget,
    .meter = backend->meter,
    .deterministic = config->settings->deterministic,
    .run_directory = backend->directory,
    .directory = worker->directory,
    .shared = worker->base.shared,
  };
  settings_parse_on_failure (config->settings->on_failure, &worker->spec.on_failure, &worker->spec.retries);
}

/* The evaluator processes of this worker, if it has any. */
static gboolean
start_evaluators (ThreadWorker *worker, WorkerMemory *memory, GError **error)
{
  Backend *backend = worker->base.backend;
  guint index = 0;
  g_ptr_array_find (backend->config->groups, worker->spec.group, &index);
  return memory->places == 0
         || client_start (backend->client, worker->spec.id, index, worker->spec.seed, FALSE, memory->places,
                          memory->channel_fd, memory->shared_fd, error);
}

static Worker *
threads_start (Backend *backend, guint64 id, const OptimizerGroup *group, guint64 seed, const double *x0,
               GError **error)
{
  WorkerMemory memory;
  const Space *space = backend->space;
  if (!backend_make_memory (backend, group, &memory, error))
    return NULL;
  ThreadWorker *worker = g_new0 (ThreadWorker, 1);
  backend_open_worker (backend, &worker->base, &memory);
  channel_open (&worker->own, memory.channel, space->n, memory.values_size, backend->bell);
  fill_spec (worker, id, group, seed, x0);
  g_autofree char *name = g_strdup_printf ("opt%" G_GUINT64_FORMAT, id);
  if (start_evaluators (worker, &memory, error))
    worker->thread = g_thread_try_new (name, run, worker, error);
  backend_close_memory_fds (&memory);
  if (worker->thread != NULL)
    return &worker->base;
  g_prefix_error (error, "optimizer %" G_GUINT64_FORMAT ": ", id);
  if (memory.places > 0)
    client_kill (backend->client, id);
  free_worker (worker);
  backend_close_worker (&worker->base);
  g_free (worker);
  return NULL;
}

/* Without the supervisor, or if it had no room for them, no evaluator will ever answer: the driver must not
 * wait for one. */
static void
lose_evaluators (ThreadWorker *worker)
{
  SharedShape shape
      = shared_shape (worker->base.backend->space,
                      (worker->spec.group->plugin->capabilities & GLOMPO_CAP_WANTS_GRADIENT) != 0);
  for (guint i = 0; i < worker->base.places; i++)
    shared_lose (shared_place (worker->base.shared, &shape, i), &shape, SHARED_GONE, TRUE,
                 &worker->base.channel);
}

static gboolean
threads_is_gone (Worker *worker, char **out_how)
{
  gint32 how;
  *out_how = NULL;
  if (worker->places > 0
      && client_is_gone (worker->backend->client, ((ThreadWorker *) worker)->spec.id, &how))
    lose_evaluators ((ThreadWorker *) worker);
  return atomic_load (&((ThreadWorker *) worker)->gone);
}

static void
threads_release (Worker *base)
{
  ThreadWorker *worker = (ThreadWorker *) base;
  g_thread_join (worker->thread);
  if (base->places > 0)
    {
      client_kill (base->backend->client, worker->spec.id);
      client_forget (base->backend->client, worker->spec.id);
    }
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
  guint slots = (guint) MIN (setting->config->settings->max_jobs, G_MAXINT);
  if (slots > 1)
    backend->meter = meter_new (slots, 0, &backend->budget->judged, 1, TRUE);
  return backend;
}
