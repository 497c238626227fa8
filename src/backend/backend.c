/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backend/backend-private.h"
#include "backend/directories.h"
#include "compat/compat.h"
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/* How long the manager sleeps at the most: quick evaluations ring no bell each. */
#define SLEEP_MS 50

Backend *
backend_new (const BackendSetting *setting, GError **error)
{
  return setting->config->settings->backend == BACKEND_THREADS ? backend_threads_new (setting, error)
                                                               : backend_processes_new (setting, error);
}

static gboolean
wants_processes (const GlompoConfig *config)
{
  for (guint i = 0; i < config->groups->len; i++)
    if (compat_resolve_workers (config->groups->pdata[i]) == WORKERS_PROCESSES)
      return TRUE;
  return FALSE;
}

gboolean
backend_init (Backend *backend, const BackendClass *klass, const BackendSetting *setting, GError **error)
{
  void *page;
  backend->klass = klass;
  backend->config = glompo_config_ref (setting->config);
  backend->space = space_ref (setting->space);
  backend->run_seed = setting->run_seed;
  backend->directory = g_strdup (setting->directory);
  backend->brief = setting->brief;
  backend->workers = g_ptr_array_new ();
  backend->budget_fd = -1;
  backend->bell = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (backend->bell < 0)
    {
      g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED, "cannot set up the backend: %s",
                   g_strerror (errno));
      return FALSE;
    }
  if (!client_make_memory ("glompo-budget", sizeof (Budget), &backend->budget_fd, &page, error))
    return FALSE;
  backend->budget = page;
  atomic_store (&backend->budget->left, BUDGET_UNLIMITED);
  gboolean guards = !klass->needs_client && !wants_processes (setting->config);
  if (guards && !client_is_wanted ())
    return TRUE;
  backend->client = client_new (setting, backend->bell, backend->budget_fd, guards, error);
  return backend->client != NULL;
}

void
backend_free (Backend *backend)
{
  if (backend == NULL)
    return;
  while (backend->workers->len > 0)
    worker_release (backend->workers->pdata[backend->workers->len - 1]);
  g_clear_pointer (&backend->client, client_free);
  if (backend->left_behind > 0)
    return; /* threads still use all the rest */
  if (backend->bell >= 0)
    close (backend->bell);
  if (backend->budget_fd >= 0)
    close (backend->budget_fd);
  if (backend->budget != NULL)
    munmap (backend->budget, sizeof (Budget));
  g_ptr_array_unref (backend->workers);
  meter_unref (backend->meter);
  space_unref (backend->space);
  glompo_config_unref (backend->config);
  g_free (backend->directory);
  g_free (backend);
}

gboolean
backend_make_memory (Backend *backend, const OptimizerGroup *group, WorkerMemory *out, GError **error)
{
  const Space *space = backend->space;
  WorkerMemory memory = { .channel_fd = -1, .shared_fd = -1 };
  SharedShape shape = shared_shape (space, (group->plugin->capabilities & GLOMPO_CAP_WANTS_GRADIENT) != 0);
  memory.channel_size = channel_memory_size (space->n, driver_values_size (space, group));
  if (compat_resolve_workers (group) == WORKERS_PROCESSES)
    memory.places = (guint) group->workers;
  memory.shared_size = shared_memory_size (&shape, memory.places);
  if (!client_make_memory ("glompo-channel", memory.channel_size, &memory.channel_fd, &memory.channel, error))
    return FALSE;
  if (memory.places > 0
      && !client_make_memory ("glompo-places", memory.shared_size, &memory.shared_fd, &memory.shared, error))
    {
      munmap (memory.channel, memory.channel_size);
      close (memory.channel_fd);
      return FALSE;
    }
  channel_memory_init (memory.channel, space->n, driver_values_size (space, group));
  memory.values_size = driver_values_size (space, group);
  if (backend->brief)
    channel_memory_leave_out_points (memory.channel);
  *out = memory;
  return TRUE;
}

void
backend_close_memory_fds (WorkerMemory *memory)
{
  if (memory->channel_fd >= 0)
    close (memory->channel_fd);
  if (memory->shared_fd >= 0)
    close (memory->shared_fd);
  memory->channel_fd = memory->shared_fd = -1;
}

void
backend_open_worker (Backend *backend, Worker *worker, const WorkerMemory *memory)
{
  const Space *space = backend->space;
  worker->backend = backend;
  worker->memory_size = memory->channel_size;
  worker->shared = memory->shared;
  worker->shared_size = memory->shared_size;
  worker->places = memory->places;
  channel_open (&worker->channel, memory->channel, space->n, memory->values_size, backend->bell);
  channel_terms (&worker->channel)->past = backend->past;
  atomic_store (channel_drawn (&worker->channel), (gint64) backend->past.evaluations);
}

void
backend_close_worker (Worker *worker)
{
  munmap (worker->channel.memory, worker->memory_size);
  if (worker->shared != NULL)
    munmap (worker->shared, worker->shared_size);
  channel_close (&worker->channel);
}

void
backend_tick (Backend *backend)
{
  if (backend->client != NULL)
    client_tick (backend->client);
}

const char *
backend_get_failure (const Backend *backend)
{
  return backend->client != NULL ? client_get_failure (backend->client) : NULL;
}

char *
backend_take_message (Backend *backend, guint64 *out_id, GlompoLogLevel *out_level)
{
  return backend->client != NULL ? client_take_message (backend->client, out_id, out_level) : NULL;
}

gboolean
backend_can_kill (const Backend *backend)
{
  return backend->klass->can_kill;
}

void
backend_set_past (Backend *backend, const TermsPast *past)
{
  backend->past = past != NULL ? *past : (TermsPast){ 0 };
}

void
backend_await (Backend *backend, const Worker *worker)
{
  backend->in_order = TRUE;
  backend->awaited = worker;
}

void
backend_want_points (Backend *backend)
{
  backend->brief = FALSE;
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
  gboolean are_private = backend->config->settings->private_directories;
  if (are_private && !directories_make (backend->directory, id, group, error))
    return NULL;
  Worker *worker = backend->klass->start (backend, id, group, seed, x0, error);
  if (worker != NULL)
    g_ptr_array_add (backend->workers, worker);
  else if (are_private)
    directories_remove (backend->directory, id, group);
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

gboolean
worker_release (Worker *worker)
{
  Backend *backend = worker->backend;
  g_autofree char *how = NULL;
  g_ptr_array_remove_fast (backend->workers, worker);
  if (!worker_is_gone (worker, &how) && !worker_kill (worker))
    {
      channel_abandon (&worker->channel);
      backend->left_behind++;
      return FALSE;
    }
  backend->klass->release (worker);
  backend_close_worker (worker);
  g_free (worker);
  return TRUE;
}

/* ---- the source ---- */

typedef struct {
  GSource source;
  Backend *backend;
  gpointer tag;    /* of the bell */
  gpointer client; /* tag of the supervisor's socket, or NULL */
} BackendSource;

static gboolean
anything_to_read (Backend *backend)
{
  gboolean something = FALSE;
  for (guint i = 0; i < backend->workers->len; i++)
    if (!backend->in_order || backend->workers->pdata[i] == backend->awaited)
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
  if (s->client != NULL && g_source_query_unix_fd (source, s->client) != 0)
    {
      client_read (s->backend->client);
      return TRUE;
    }
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
  static GSourceFuncs functions
      = { .prepare = source_prepare, .check = source_check, .dispatch = source_dispatch };
  GSource *source = g_source_new (&functions, sizeof (BackendSource));
  BackendSource *s = (BackendSource *) source;
  s->backend = backend;
  s->tag = g_source_add_unix_fd (source, backend->bell, G_IO_IN);
  if (backend->client != NULL)
    s->client = g_source_add_unix_fd (source, client_get_fd (backend->client), G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (source, callback, data, NULL);
  g_source_set_static_name (source, "glompo-workers");
  /* Nobody lets the context go round inside a turn, and to forbid it GLib wakes itself four times in each. */
  g_source_set_can_recurse (source, TRUE);
  return source;
}
