/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of one optimizer, wherever it runs: create, then ask, evaluate, tell until it ends or is told
 * to, then destroy. Pausing, stopping, injection, level 2 and the posting of every evaluation are done
 * here, once for all plugins. Thread: one of the driver's own (threads), or the only one of a
 * process. */
#pragma once

#include "config/config.h"
#include "model/space.h"
#include "worker/budget.h"
#include "worker/channel.h"
#include "worker/meter.h"
#include "model/task.h"

/* Everything that one worker needs. The pointers must stay valid until the worker has ended. */
typedef struct {
  guint64 id;                    /* of the optimizer */
  const OptimizerGroup *group;
  WorkersChoice workers_backend; /* resolved: never WORKERS_AUTO */
  Space *space;
  TaskRecipe task;
  guint64 run_seed;
  const char *directory;         /* private to this optimizer's evaluations, or NULL */
  void *shared;                  /* level 2 in processes: see shared.h; else NULL */
  FailurePolicy on_failure;
  guint retries;                 /* of FAILURE_RETRY */
  guint64 seed;                  /* for create() */
  double *x0;                    /* space->n numbers */
  const Expression *generator;   /* that gave x0; it may want to search on from there */
  Budget *budget;
  double evaluation_timeout;     /* seconds; 0: none that is enforced here */
  Meter *meter; /* of all evaluations in this process, or NULL: it has only this optimizer's */
  gboolean deterministic;        /* leave comes in portions, see terms.h; results go in order */
  const char *run_directory;     /* that has the journal; NULL: no replay */
} WorkerSpec;

/* Length of what a worker posts of an evaluation beside x and f: extras, residuals, gradient. */
gsize driver_values_size (const Space *space, const OptimizerGroup *group);

/* Runs the optimizer to its end. The last record it posts is CHANNEL_ENDED. */
void driver_run (const WorkerSpec *spec, Channel *channel);
