/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Level 2: evaluates several points of one optimizer at once. The driver starts jobs while there are free
 * places and takes them back when they are done; the kinds differ only in who does the work. Thread: the
 * driver's, but for what the evaluators do themselves.
 */
#pragma once

#include "config/config.h"
#include "worker/eventcount.h"
#include "worker/task.h"

/* One point on its way. Belongs to the driver and must stay where it is until it was taken back. */
typedef struct {
  const double *x;
  guint64 seed;
  TaskResult result;
  gsize tag; /* the driver's own */
} Job;

typedef struct _Evaluator Evaluator;

/* kind: WORKERS_SERIAL or WORKERS_THREADS. done is signalled when a job is done. log is called by any of
 * the evaluators' threads. Error: GLOMPO_PLUGIN_ERROR_CREATE. (transfer full) */
Evaluator *evaluator_new (WorkersChoice kind, guint workers, const TaskRecipe *recipe, Space *space,
                          EventCount *done,
                          void (*log) (gpointer data, GlompoLogLevel level, const char *text),
                          gpointer log_data, GError **error);

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

/* The instance of the serial kind, for the driver's shortest path; NULL for any other. */
Task *evaluator_get_task (Evaluator *evaluator);
