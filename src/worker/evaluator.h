/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Level 2: evaluates several points of one optimizer at once. The driver starts jobs while there are free
 * places and takes them back when they are done; the kinds differ only in who does the work. Thread: the
 * driver's, but for what the evaluators do themselves.
 */
#pragma once

#include "config/config.h"
#include "worker/eventcount.h"
#include "worker/meter.h"
#include "worker/shared.h"
#include "model/task.h"

/* One point on its way. Belongs to the driver and must stay where it is until it was taken back. */
typedef struct {
  const double *x;
  guint64 seed;
  TaskResult result;
  gsize tag;      /* the driver's own */
  guint attempts; /* the driver's own: evaluations of this point that failed */
  guint64 number; /* the driver's own: rises from start to start */
  gboolean left;  /* when taken back: it was not evaluated, its evaluator is gone */
} Job;

typedef struct _Evaluator Evaluator;

/* What evaluators are made from. */
typedef struct {
  WorkersChoice kind; /* not WORKERS_AUTO */
  guint workers;
  TaskRecipe recipe;
  Space *space;
  gboolean gradients;    /* jobs have room for gradients */
  const char *directory; /* of the instances, or NULL; with several evaluators each has one of its own, with
                          * -1, -2... behind it; all are there */
  void *shared;          /* WORKERS_PROCESSES: memory with a place for each, see shared.h */
  Meter *meter;          /* or NULL */
  EventCount *done;      /* signalled when a job is done */
  _Atomic guint64 *longest; /* word of the channel: a job that is done in a thread takes itself out of it */
  void (*log) (gpointer data, GlompoLogLevel level, const char *text); /* by any evaluator's thread */
  gboolean (*should_stop) (gpointer log_data); /* NULL: never; by any evaluator's thread, as log */
  gpointer log_data;
} EvaluatorSetting;

/* Error: GLOMPO_PLUGIN_ERROR_CREATE. (transfer full) */
Evaluator *evaluator_new (const EvaluatorSetting *setting, GError **error);

/* Waits for the jobs under way. */
void evaluator_free (Evaluator *evaluator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Evaluator, evaluator_free)

/* Places, and how many jobs are under way or done but not taken back. */
guint evaluator_get_places (const Evaluator *evaluator);
guint evaluator_get_busy (const Evaluator *evaluator);

/* Starts a job; a place must be free. The serial kind returns when it is done. */
void evaluator_start (Evaluator *evaluator, Job *job);

/* A job that is done, or NULL: none at the moment. */
Job *evaluator_take (Evaluator *evaluator);

/* TRUE: evaluator_start() may be called. */
gboolean evaluator_has_room (Evaluator *evaluator);

/* FALSE: nothing is to be started until something was taken back, for the sake of the meter. Never while no job is
 * under way. */
gboolean evaluator_may_start (Evaluator *evaluator);

/* Whether evaluations take long enough to be measured; at first they do not. */
void evaluator_set_slow (Evaluator *evaluator, gboolean slow);

/* What the task says of itself, a GlompoConcurrency; 0: its instances are in other processes. */
guint32 evaluator_get_concurrency (const Evaluator *evaluator);

/* Evaluates in this thread, measured if that is wanted. For the serial kind. */
void evaluator_run (Evaluator *evaluator, Job *job);

/* TRUE: all evaluators died for good; nothing can be evaluated any more. */
gboolean evaluator_is_dead (const Evaluator *evaluator);
/* Evaluator processes: one of them ever evaluated a point. */
gboolean evaluator_was_alive (const Evaluator *evaluator);
/* How one of them did. (transfer full) */
char *evaluator_describe_death (const Evaluator *evaluator);

/* The smallest number of the jobs that are being evaluated in this process, 0: none is. */
guint64 evaluator_get_longest (const Evaluator *evaluator);

/* The instance of the serial kind, for the driver's shortest path; NULL for any other. */
Task *evaluator_get_task (Evaluator *evaluator);
