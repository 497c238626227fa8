/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of the driver. Thread: the driver's own; evaluators log through a queue under a lock.
 */
#pragma once

#include "plugin/host.h"
#include "worker/batch.h"
#include "worker/driver.h"
#include "worker/evaluator.h"
#include "worker/log-queue.h"

typedef struct {
  const WorkerSpec *spec;
  const GlompoPlugin *plugin;
  Channel *channel;
  PluginHost host;
  GlompoProblem problem;
  gpointer self;
  Evaluator *evaluator;
  double usual_us;    /* between two results, smoothed: those of a batch come in bursts */
  Meter *meter;       /* NULL: only one evaluation goes on at a time */
  Batch batch;
  guint64 points;     /* asked for so far */
  guint64 started;    /* evaluations, or calls for several */
  Leave leave;
  guint until_clock;  /* evaluations before the clock is read again */
  guint clock_group;  /* how many that is at present */
  gint64 clock;       /* when it was read last, microseconds */
  gboolean points_out; /* the optimizer gave points that are neither told nor under way */
  gboolean done;       /* the optimizer said that it has ended */
  gboolean refused;    /* host->evaluate() told the optimizer to end */
  gsize n_metrics;    /* that the optimizer tells */
  double *metrics;    /* as it told them last, or NULL */
  gboolean injecting; /* an injection waits until no point is out: */
  const double *injection;
  double injection_f;
  char *fault;        /* why the optimizer cannot go on, or NULL */
  LogQueue log;       /* lines of evaluators */
  GlompoTrials trials; /* for host->evaluate() */
} Driver;

/* driver-control.c: what the manager wants and is told */

/* Sends a line of the log to the manager; data is the driver. */
void driver_log (gpointer data, GlompoLogLevel level, const char *text);
void driver_drain_log (Driver *driver);

void driver_set_evaluating (Driver *driver, guint n);
void driver_set_longest (Driver *driver, guint64 number, gsize n);

/* Around a call for n evaluations in this thread. */
void driver_begin_evaluation (Driver *driver, gsize n);
void driver_end_evaluation (Driver *driver);

void driver_wait (Driver *driver, uint32_t ticket, gint64 timeout_us);

/* Rests while paused. FALSE: the optimizer is to end. */
gboolean driver_obey (Driver *driver);

/* Waits for leave for one evaluation more; while none is under way only, for nobody would take its result.
 * FALSE: the optimizer is to end. */
gboolean driver_draw_leave (Driver *driver);

/* Whether one evaluation more may start now. Rests and waits only while none is under way; *out_go_on
 * becomes FALSE when the optimizer is to end. */
gboolean driver_may_start (Driver *driver, gboolean *out_go_on);

/* After an evaluation was posted: wakes the manager if it is time. Evaluations that take long are announced
 * at once, quick ones in groups. */
void driver_pace (Driver *driver);

/* driver-evaluate.c */

/* Evaluates the first n rows of the batch. FALSE: the optimizer is to end. */
gboolean driver_evaluate_batch (Driver *driver, gsize n);

void driver_start_row (Driver *driver, gsize row);

/* The next job that was done, or NULL. */
Job *driver_take_job (Driver *driver);

/* Stores and posts a job that came back, unless it is tried again. */
gboolean driver_finish_job (Driver *driver, Job *job);

/* driver-loops.c: until the optimizer ends or is told to */
void driver_keep_metrics (Driver *driver); /* of the optimizer, which has no point out or is asynchronous */
void driver_run_in_batches (Driver *driver);
void driver_run_asynchronously (Driver *driver);
