/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Level 2 in processes: memory that the driver of an optimizer and its evaluator processes share. Each
 * evaluator has a place there, which the driver fills with a point, the evaluator with its value, and the
 * supervisor with the news that the evaluator died. All of it is untrusted: numbers are copied out and
 * checked, never used as sizes or addresses.
 */
#pragma once

#include "model/space.h"
#include "worker/eventcount.h"
#include "model/task.h"
#include <stdatomic.h>

typedef struct {
  gsize n, extras_size, n_residuals;
  gboolean gradients;
} SharedShape;

typedef enum {
  SHARED_FREE,    /* waits for a point */
  SHARED_READY,   /* has one */
  SHARED_RUNNING, /* evaluates it */
  SHARED_DONE,    /* the result is there */
  SHARED_LOST,    /* the evaluator died over it; how says why */
  SHARED_LEFT     /* none is left that could evaluate it: that says nothing about the point */
} SharedState;

/* Special values of how beside a status of waitpid(). */
#define SHARED_TIMED_OUT (-1)
#define SHARED_GONE (-2) /* through no fault of its point: with the supervisor, or it could not be started */

typedef struct _SharedPlace SharedPlace;

SharedShape shared_shape (const Space *space, gboolean gradients);
gsize shared_memory_size (const SharedShape *shape, guint places);
SharedPlace *shared_place (void *memory, const SharedShape *shape, guint index);

/* ---- driver ---- */
SharedState shared_get_state (const SharedPlace *place);
gboolean shared_is_dead (const SharedPlace *place); /* no evaluator will come any more */
gint32 shared_get_how (const SharedPlace *place); /* its last evaluator died */
void shared_start (SharedPlace *place, const SharedShape *shape, const double *x, guint64 seed);
/* After DONE, LOST or LEFT: fills result and frees the place. *out_how is of use after LOST only. */
SharedState shared_take (SharedPlace *place, const SharedShape *shape, TaskResult *result, gint32 *out_how);

/* ---- evaluator process ---- */
/* Evaluates what comes into the place, for ever. done is signalled after each. */
void shared_evaluate (SharedPlace *place, const SharedShape *shape, Task *task, const Space *space,
                      EventCount *done) G_GNUC_NORETURN;

/* ---- supervisor ---- */
/* The evaluator of the place died: the point in it, if it was begun, is lost. dead: and it is not replaced. */
void shared_lose (SharedPlace *place, gint32 how, gboolean dead, EventCount *done);
/* Since when the evaluation under way runs, monotonic microseconds; 0: none does. */
gint64 shared_running_since (const SharedPlace *place);
/* Evaluations that the place has completed. */
guint64 shared_completed (const SharedPlace *place);

/* "killed by signal 11 (Segmentation fault)" and the like. (transfer full) */
char *shared_describe (gint32 how);
