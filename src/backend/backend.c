/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backend/backend-private.h"
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/* How long the manager sleeps at the most: quick evaluations ring no bell each. */
#define SLEEP_MS 50

Backend *
backend_new (const BackendSetting *setting, GError **error)
{
  switch ((BackendChoice) setting->config->settings->backend)
    {
    case BACKEND_THREADS:
      return backend_threads_new (setting, error);
    case BACKEND_PROCESSES:
    case BACKEND_PROCESSES_FORCED:
      break;
    }
  g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED,
               "[glompo] backend: this version runs optimizers as threads only; set backend = threads");
  return NULL;
}

gboolean
backend_init (Backend *backend, const BackendClass *klass, const BackendSetting *setting, GError **error)
{
  backend->klass = klass;
  backend->config = glompo_config_ref (setting->config);
  backend->space = space_ref (setting->space);
  backend->run_seed = setting->run_seed;
  backend->workers = g_ptr_array_new ();
  backend->bell = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  /* Shared from the start: workers may be processes. */
  void *page = mmap (NULL, sizeof (Budget), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (backend->bell < 0 || page == MAP_FAILED)
    {
      g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED, "cannot set up the backend: %s",
                   g_strerror (errno));
      return FALSE;
    }
  backend->budget = page;
  atomic_store (&backend->budget->left, BUDGET_UNLIMITED);
  return TRUE;
}

void
backend_free (Backend *backend)
{
  if (backend == NULL)
    return;
  while (backend->workers->len > 0)
    worker_release (backend->workers->pdata[backend->workers->len - 1]);
  if (backend->left_behind > 0)
    return; /* threads still use all of it */
  if (backend->klass->free != NULL)
    backend->klass->free (backend);
  if (backend->bell >= 0)
    close (backend->bell);
  if (backend->budget != NULL)
    munmap (backend->budget, sizeof (Budget));
  g_ptr_array_unref (backend->workers);
  space_unref (backend->space);
  glompo_config_unref (backend->config);
  g_free (backend);
}

gboolean
backend_can_kill (const Backend *backend)
{
  return backend->klass->can_kill;
}

Budget *
backend_get_budget (Backend *backend)
{
  return backend->budget;
}

Worker *
backend_start (Backend *backend, guint64 id, const OptimizerGroup *group, guint64 seed, const double *x0,
               GError **error)
{
  Worker *worker = backend->klass->start (backend, id, group, seed, x0, error);
  if (worker != NULL)
    g_ptr_array_add (backend->workers, worker);
  return worker;
}

Channel *
worker_get_channel (Worker *worker)
{
  return &worker->channel;
}

gboolean
worker_is_gone (Worker *worker, char **out_how)
{
  return worker->backend->klass->is_gone (worker, out_how);
}

gboolean
worker_kill (Worker *worker)
{
  return worker->backend->klass->kill != NULL && worker->backend->klass->kill (worker);
}

void
worker_release (Worker *worker)
{
  Backend *backend = worker->backend;
  g_autofree char *how = NULL;
  g_ptr_array_remove_fast (backend->workers, worker);
  if (!worker_is_gone (worker, &how))
    {
      channel_abandon (&worker->channel);
      backend->left_behind++;
      return;
    }
  backend->klass->release (worker);
  munmap (worker->channel.memory, worker->memory_size);
  channel_close (&worker->channel);
  g_free (worker);
}

/* ---- the source ---- */

typedef struct {
  GSource source;
  Backend *backend;
  gpointer tag;
} BackendSource;

static gboolean
anything_to_read (Backend *backend)
{
  gboolean something = FALSE;
  for (guint i = 0; i < backend->workers->len; i++)
    something |= channel_sleep (&((Worker *) backend->workers->pdata[i])->channel);
  return something;
}

static gboolean
source_prepare (GSource *source, gint *timeout)
{
  Backend *backend = ((BackendSource *) source)->backend;
  *timeout = backend->workers->len > 0 ? SLEEP_MS : -1;
  return anything_to_read (backend);
}

static gboolean
source_check (GSource *source)
{
  BackendSource *s = (BackendSource *) source;
  uint64_t count;
  if ((g_source_query_unix_fd (source, s->tag) & G_IO_IN) != 0)
    {
      if (read (s->backend->bell, &count, sizeof count) < 0)
        { /* EAGAIN: nothing rang */
        }
      return TRUE;
    }
  return anything_to_read (s->backend);
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback != NULL ? callback (data) : G_SOURCE_REMOVE;
}

GSource *
backend_create_source (Backend *backend, GSourceFunc callback, gpointer data)
{
  static GSourceFuncs functions = { .prepare = source_prepare, .check = source_check, .dispatch = source_dispatch };
  GSource *source = g_source_new (&functions, sizeof (BackendSource));
  BackendSource *s = (BackendSource *) source;
  s->backend = backend;
  s->tag = g_source_add_unix_fd (source, backend->bell, G_IO_IN);
  g_source_set_callback (source, callback, data, NULL);
  g_source_set_static_name (source, "glompo-workers");
  return source;
}
