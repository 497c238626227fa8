/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the kinds of backend only. */
#pragma once

#include "backend/backend.h"
#include "backend/client.h"
#include "worker/shared.h"

typedef struct {
  gboolean can_kill;
  gboolean needs_client; /* whatever the groups want */
  Worker *(*start) (Backend *backend, guint64 id, const OptimizerGroup *group, guint64 seed, const double *x0,
                    GError **error);
  gboolean (*is_gone) (Worker *worker, char **out_how);
  gboolean (*kill) (Worker *worker);
  void (*release) (Worker *worker); /* frees the kind's part of a worker that is gone */
} BackendClass;

/* First member of every kind's struct. */
struct _Backend {
  const BackendClass *klass;
  GlompoConfig *config;
  Space *space;
  guint64 run_seed;
  char *directory;
  gboolean brief;
  Budget *budget;
  int budget_fd;
  Client *client;     /* NULL where nothing is a process */
  Meter *meter;       /* of all evaluations in this process, or NULL */
  int bell;           /* eventfd, rung by workers */
  GPtrArray *workers; /* all not released */
  TermsPast past;     /* of the next worker */
  gboolean in_order;  /* only the awaited worker is listened to */
  const Worker *awaited;
  guint left_behind;  /* workers that were released before they were gone */
};

/* First member of every kind's worker. */
struct _Worker {
  Backend *backend;
  Channel channel;
  gsize memory_size;
  void *shared; /* NULL: no evaluator processes */
  gsize shared_size;
  guint places;
};

/* The memory of one worker, and the descriptors by which the supervisor gets it. */
typedef struct {
  int channel_fd, shared_fd; /* -1: none */
  void *channel, *shared;
  gsize channel_size, shared_size, values_size;
  guint places;
} WorkerMemory;

gboolean backend_make_memory (Backend *backend, const OptimizerGroup *group, WorkerMemory *out,
                              GError **error);
void backend_close_memory_fds (WorkerMemory *memory);

/* Makes the memory a worker's and opens its channel; and the opposite. */
void backend_open_worker (Backend *backend, Worker *worker, const WorkerMemory *memory);
void backend_close_worker (Worker *worker);

/* Fills the common part. FALSE: the operating system refused. */
gboolean backend_init (Backend *backend, const BackendClass *klass, const BackendSetting *setting,
                       GError **error);

Backend *backend_threads_new (const BackendSetting *setting, GError **error);
Backend *backend_processes_new (const BackendSetting *setting, GError **error);
