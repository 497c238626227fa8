/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Level 2 in processes: memory that the driver of an optimizer and its evaluator processes share. Each
 * evaluator has a place there with two desks, which the driver fills with points, the evaluator with their values,
 * and the supervisor with the news that the evaluator died. While the evaluator is at one desk the next point may
 * lie on the other, so that it need not wait for the driver. All of it is untrusted: numbers are copied out and
 * checked, never used as sizes or addresses.
 */
#pragma once

#include "model/space.h"
#include "worker/channel.h"
#include "model/task.h"
#include <stdatomic.h>

typedef struct {
  gsize n, extras_size, n_residuals;
  gboolean gradients;
} SharedShape;

#define SHARED_DESKS 2

/* Of a desk. */
typedef enum {
  SHARED_FREE,    /* waits for a point */
  SHARED_READY,   /* has one */
  SHARED_RUNNING, /* evaluates it */
  SHARED_DONE,    /* the result is there */
  SHARED_LOST,    /* the evaluator died over it; how says why */
  SHARED_LEFT     /* nobody began it, or who did so is gone through no fault of it: that says nothing about it */
} SharedState;

/* Special values of how beside a status of waitpid(). */
#define SHARED_TIMED_OUT (-1)
#define SHARED_GONE (-2) /* through no fault of its point: with the supervisor, for the one before it, or not started */

typedef struct _SharedPlace SharedPlace;
typedef struct _SharedDesk SharedDesk;

SharedShape shared_shape (const Space *space, gboolean gradients);
gsize shared_memory_size (const SharedShape *shape, guint places);
SharedPlace *shared_place (void *memory, const SharedShape *shape, guint index);

SharedDesk *shared_desk (SharedPlace *place, const SharedShape *shape, guint index);

/* ---- driver ---- */
SharedState shared_get_state (const SharedPlace *place, const SharedDesk *desk);
gboolean shared_is_dead (const SharedPlace *place); /* no evaluator will come any more */
gint32 shared_get_how (const SharedPlace *place); /* its last evaluator died */
/* obeys: who comes to it leaves it when another command than to run holds. */
void shared_start (SharedPlace *place, SharedDesk *desk, const SharedShape *shape, const double *x, guint64 seed,
                   gboolean obeys);
/* Takes a point back that was not begun. FALSE: it was. */
gboolean shared_withdraw (SharedDesk *desk);
/* After DONE, LOST or LEFT: fills result and frees the desk. *out_how is of use after LOST only. */
SharedState shared_take (SharedPlace *place, SharedDesk *desk, const SharedShape *shape, TaskResult *result,
                         gint32 *out_how);

/* ---- evaluator process ---- */
/* Evaluates what comes into the place, for ever; the channel is its driver's. */
void shared_evaluate (SharedPlace *place, const SharedShape *shape, Task *task, const Space *space,
                      const Channel *channel) G_GNUC_NORETURN;

/* ---- supervisor ---- */
/* TRUE: an evaluation is begun there. */
gboolean shared_is_at_work (SharedPlace *place, const SharedShape *shape);
/* The evaluator of the place died: the point that it had begun is lost. dead: and it is not replaced. */
void shared_lose (SharedPlace *place, const SharedShape *shape, gint32 how, gboolean dead, const Channel *channel);
/* Since when the evaluation under way runs, monotonic microseconds; 0: none does. */
gint64 shared_running_since (const SharedPlace *place);
/* Evaluations that the place has completed. */
guint64 shared_completed (const SharedPlace *place);

/* "killed by signal 11 (Segmentation fault)" and the like. (transfer full) */
char *shared_describe (gint32 how);
