/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The points of one ask() and what became of them: arrays that are made once and grow when needed. */
#pragma once

#include "model/space.h"
#include "worker/evaluator.h"

typedef struct {
  Space *space;          /* borrowed */
  gboolean gradients;    /* the optimizer wants them */
  gsize capacity;        /* rows */
  double *x;             /* rows of space->n: the points as they are evaluated */
  double *asked;         /* rows of space->n: as they were asked for; NULL unless parameters are rounded */
  guint64 *ids;          /* as the plugin gave them */
  double *f;
  gint32 *status;
  double *extras;        /* rows of space->extras_size */
  double *residuals;     /* rows of space->n_residuals, or NULL */
  double *gradient;      /* rows of space->n, or NULL */
  guint64 *points;       /* numbers among the points of the optimizer */
  Job *jobs;
  gsize prepared;        /* of the jobs */
} Batch;

void batch_init (Batch *batch, Space *space, gboolean gradients, gsize capacity);
void batch_clear (Batch *batch);

/* Makes room for n rows; what is in the batch may be lost. */
void batch_reserve (Batch *batch, gsize n);

/* Checks n points as they come from a plugin: finite and inside the bounds. What is outside by rounding
 * only is put on the bound; integer parameters are rounded. NULL: good; else what is wrong.
 * (transfer full) */
char *batch_check (Batch *batch, gsize first, gsize n);

/* Makes the jobs of the first n rows; not before they are used, for memory that is touched costs a new worker
 * time. */
void batch_prepare_jobs (Batch *batch, gsize n);

/* The job of a row, to be evaluated with that seed; and its result back into the row. */
static inline Job *
batch_job (Batch *batch, gsize row, guint64 seed)
{
  if (G_UNLIKELY (row >= batch->prepared))
    batch_prepare_jobs (batch, row + 1);
  Job *job = &batch->jobs[row];
  job->seed = seed;
  job->attempts = 0;
  job->number = 0;
  return job;
}

static inline void
batch_store (Batch *batch, const Job *job)
{
  batch->f[job->tag] = job->result.f;
  batch->status[job->tag] = job->result.status;
}

/* The rows first..first+n-1 as tell() wants them. */
GlompoTrials batch_trials (const Batch *batch, gsize first);
