/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the kinds of backend only. */
#pragma once

#include "backend/backend.h"

typedef struct {
  gboolean can_kill;
  Worker *(*start) (Backend *backend, guint64 id, const OptimizerGroup *group, guint64 seed, const double *x0,
                    GError **error);
  gboolean (*is_gone) (Worker *worker, char **out_how);
  gboolean (*kill) (Worker *worker);
  void (*release) (Worker *worker); /* frees the kind's part of a worker that is gone */
  void (*free) (Backend *backend);  /* frees the kind's part; no worker is left */
} BackendClass;

/* First member of every kind's struct. */
struct _Backend {
  const BackendClass *klass;
  GlompoConfig *config;
  Space *space;
  guint64 run_seed;
  Budget *budget;
  int bell;           /* eventfd, rung by workers */
  GPtrArray *workers; /* all not released */
  guint left_behind;  /* workers that were released before they were gone */
};

/* First member of every kind's worker. */
struct _Worker {
  Backend *backend;
  Channel channel;
  gsize memory_size;
};

/* Fills the common part. FALSE: the operating system refused. */
gboolean backend_init (Backend *backend, const BackendClass *klass, const BackendSetting *setting, GError **error);

Backend *backend_threads_new (const BackendSetting *setting, GError **error);
