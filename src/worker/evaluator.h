/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Level 2: evaluates several points of one optimizer at once. The driver starts jobs while there are free
 * places and takes them back when they are done; the kinds differ only in who does the work. When all places are
 * taken, one job more may wait at each, so that who works there need not wait for the driver. Thread: the
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
  guint64 number; /* rises from start to start */
  gboolean obeys; /* it is not begun, but left, when another command than to run holds */
  gboolean left;  /* when taken back: it was not evaluated, its evaluator is gone or it was recalled */
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
  const Channel *channel; /* of the driver */
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

/* Starts a job at a free place, or else lays it where one waits for its turn: there must have been one just now, of
 * whom nobody need be alive any more. The serial kind returns when it is done; any other may sleep over it until it is
 * called. */
void evaluator_start (Evaluator *evaluator, Job *job);

/* Lets places that are idle have the jobs that wait at others. */
void evaluator_balance (Evaluator *evaluator);

/* Wakes all for whom jobs were laid since the last call: before the driver turns to anything that takes time. */
void evaluator_call (Evaluator *evaluator);

/* Takes back a job that waits behind another one, as left. NULL: there is none. */
Job *evaluator_recall (Evaluator *evaluator);

/* A job that is done, or NULL: none at the moment. */
Job *evaluator_take (Evaluator *evaluator);

/* TRUE: a place is free. */
gboolean evaluator_has_room (Evaluator *evaluator);

/* TRUE: a job should wait behind another one. */
gboolean evaluator_has_queue (Evaluator *evaluator);

/* TRUE: a job waits behind every other one. */
gboolean evaluator_is_full (const Evaluator *evaluator);

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
