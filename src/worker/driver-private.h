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
#include "worker/replay.h"

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
  guint64 noise;      /* random_mix_begin() of what all evaluations have in common */
  _Atomic guint32 *waits; /* words of the channel */
  _Atomic guint64 *longest;
  Leave leave;
  guint until_clock;  /* evaluations before the clock is read again */
  guint clock_group;  /* how many that is at present */
  gint64 clock;       /* when it was read last, microseconds */
  gint64 announced;   /* when the manager was, by that clock */
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
  Replay *replay;     /* the past that it still has to live through, or NULL */
  gboolean recorded;  /* the injection that waits is one of the past */
  gboolean pending;   /* deterministic: an injection was drawn and not yet offered */
  guint looks;        /* of a run() for injections since its last evaluation, in vain */
  guint8 *finished;   /* deterministic: rows that are evaluated but not posted */
  gsize n_finished;   /* its length */
  double *values;     /* a row's extras, residuals and gradient */
  guint32 saved;      /* number of the last order to save that was obeyed */
  gboolean at_rest;   /* no point is out that the optimizer was not told: it can be saved */
  GByteArray *state;  /* for host->write() and host->read(), else NULL */
  gsize state_at;     /* how far it was read */
} Driver;

/* driver.c: points that may be out; in deterministic mode the same for every kind of evaluator */
guint driver_places (const Driver *driver);

/* driver-control.c: what the manager wants and is told */

/* Sends a line of the log to the manager; data is the driver. */
void driver_log (gpointer data, GlompoLogLevel level, const char *text);
void driver_drain_log (Driver *driver);

static inline void
driver_set_longest (Driver *driver, guint64 number, gsize n)
{
  atomic_store_explicit (driver->longest, channel_longest_word (number, n), memory_order_relaxed);
}

/* Around a call for n evaluations in this thread. */
static inline void
driver_begin_evaluation (Driver *driver, gsize n)
{
  driver_set_longest (driver, ++driver->started, n);
}

static inline void
driver_end_evaluation (Driver *driver)
{
  driver_set_longest (driver, 0, 0);
}

/* The command that holds. In deterministic mode leave that was given is used up first; in a replay none holds
 * yet. */
ChannelCommand driver_command (Driver *driver);

/* Leave for one evaluation, if there is any. */
gboolean driver_take_leave (Driver *driver);

/* Before each ask: obeys, and in deterministic mode waits for leave, with which an injection may come. FALSE:
 * the optimizer is to end. */
gboolean driver_get_ready (Driver *driver);

/* Whether an injection waits: then it is in driver->injection until driver_injected() says that the optimizer
 * had it, while no point is out. */
gboolean driver_find_injection (Driver *driver);
void driver_injected (Driver *driver);

void driver_wait (Driver *driver, uint32_t ticket, gint64 timeout_us);

/* Rests while paused. FALSE: the optimizer is to end. */
gboolean driver_rest (Driver *driver);
static inline gboolean
driver_obey (Driver *driver)
{
  if (G_LIKELY (log_queue_is_empty (&driver->log) && channel_command (driver->channel) == CHANNEL_RUN))
    return TRUE;
  return driver_rest (driver);
}

/* Waits for leave for one evaluation more; while none is under way only, for nobody would take its result.
 * FALSE: the optimizer is to end. */
gboolean driver_wait_for_leave (Driver *driver);
static inline gboolean
driver_draw_leave (Driver *driver)
{
  if (G_LIKELY (driver->leave.n > 0 && driver_obey (driver) && leave_take (&driver->leave)))
    return TRUE;
  return driver_wait_for_leave (driver);
}

/* Whether one evaluation more may start now. Rests and waits only while none is under way; *out_go_on
 * becomes FALSE when the optimizer is to end. */
gboolean driver_may_start (Driver *driver, gboolean *out_go_on);

/* After an evaluation was posted: wakes the manager if it is time. Evaluations that take long are announced
 * at once, quick ones in groups. */
void driver_look_at_clock (Driver *driver);
static inline void
driver_pace (Driver *driver)
{
  if (driver->until_clock-- <= 1)
    driver_look_at_clock (driver);
}

/* driver-evaluate.c */

/* Evaluates the first n rows of the batch. FALSE: the optimizer is to end. */
gboolean driver_evaluate_batch (Driver *driver, gsize n);

void driver_start_row (Driver *driver, gsize row);

/* Posts the result of a row; in deterministic mode, where results are posted in order, also sees whether it was the
 * last one by on_failure. */
void driver_post_row (Driver *driver, gsize row);
void driver_post_in_turn (Driver *driver, gsize row);

/* The next job that was done, or NULL. */
Job *driver_take_job (Driver *driver);

typedef enum {
  FATE_STANDS, /* it has a result */
  FATE_AGAIN,  /* it is tried again */
  FATE_NONE    /* nobody evaluated it, and there is nobody free to: that is for the caller to try */
} Fate;

/* Stores a job that came back, and, unless results are posted in order, posts it. */
Fate driver_finish_job (Driver *driver, Job *job);

/* Without any evaluator the optimizer has a fault. */
void driver_look_for_evaluators (Driver *driver);

/* Rows of the batch that may be marked as finished: all unmarked. */
void driver_reset_finished (Driver *driver, gsize n);

/* driver-replay.c */

/* Opens the past that the terms speak of, if they do. FALSE: fault says why it cannot be. The same from a later
 * byte of the journal on. */
gboolean driver_open_replay (Driver *driver);
gboolean driver_reopen_replay (Driver *driver, guint64 from);

/* Fills a row from the past. FALSE: it has to be evaluated. A row that differs from the record, or that was the
 * last one by on_failure, sets fault. */
gboolean driver_replay_row (Driver *driver, gsize row);

/* TRUE while there is a past; lets go of it at its end. */
gboolean driver_is_replaying (Driver *driver);

/* The row of those in the queue that was told next, or -1: fault says why there is none. */
gssize driver_replay_next (Driver *driver, const GQueue *out);

/* The optimizer has ended: of its past nothing may be left. */
void driver_end_replay (Driver *driver);

/* driver-snapshot.c */

/* Saves the optimizer if the manager wants that and it is at rest. */
void driver_save_if_ordered (Driver *driver);

/* Lets the instance, just created, go on from the snapshot that the terms name, if they do. FALSE: it is of no
 * use any more, and a new one has to go through the whole past; said so. */
gboolean driver_load_snapshot (Driver *driver);

/* driver-loops.c: until the optimizer ends or is told to */
void driver_keep_metrics (Driver *driver); /* of the optimizer, which has no point out or is asynchronous */
void driver_run_in_batches (Driver *driver);
void driver_run_asynchronously (Driver *driver);
