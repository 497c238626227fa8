/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Level 2 in processes: memory that the driver of an optimizer and its evaluator processes share. Each
 * evaluator has a place there with desks, see desk.h, which the driver fills with points, the evaluator with their
 * values, and the supervisor with the news that the evaluator died. All of it is untrusted: numbers are copied out
 * and checked, never used as sizes or addresses.
 */
#pragma once

#include "model/space.h"
#include "worker/channel.h"
#include "worker/desk.h"
#include "model/task.h"
#include <stdatomic.h>

typedef struct {
  gsize n, extras_size, n_residuals;
  gboolean gradients;
} SharedShape;

/* Special values of how beside a status of waitpid(). */
#define SHARED_TIMED_OUT (-1)
#define SHARED_GONE (-2) /* through no fault of its point: with the supervisor, for another one, or not started */
#define SHARED_UNMADE (-3) /* it was not made in time */

typedef struct _SharedPlace SharedPlace;
typedef struct _SharedDesk SharedDesk;

SharedShape shared_shape (const Space *space, gboolean gradients);
gsize shared_memory_size (const SharedShape *shape, guint places);
SharedPlace *shared_place (void *memory, const SharedShape *shape, guint index);

SharedDesk *shared_desk (SharedPlace *place, const SharedShape *shape, guint index);
DeskSign *shared_sign (SharedDesk *desk);

/* ---- driver ---- */
gboolean shared_is_dead (const SharedPlace *place); /* no evaluator will come any more */
gint32 shared_get_how (const SharedPlace *place); /* its last evaluator died */
/* What evaluators sleep on: that of the first of EVENTCOUNT_BITS places, each under the bit of its index. */
EventCount *shared_go (SharedPlace *place);
/* Lays a point on a desk that is free; see desk_lay(). Its evaluator is still to be woken. */
void shared_start (SharedPlace *place, SharedDesk *desk, const SharedShape *shape, const double *x, guint64 seed,
                   guint64 number, gboolean obeys);
/* TRUE: it is done, lost or left. */
gboolean shared_has_ended (const SharedPlace *place, const SharedDesk *desk);
/* After that: fills result. *out_how is of use after DESK_LOST only. */
DeskState shared_take (SharedPlace *place, SharedDesk *desk, const SharedShape *shape, TaskResult *result,
                       gint32 *out_how);

/* ---- evaluator process ---- */
/* Evaluates what comes into the place of that index, for ever; the channel is its driver's. */
void shared_evaluate (void *memory, guint index, const SharedShape *shape, Task *task, const Space *space,
                      const Channel *channel) G_GNUC_NORETURN;

/* ---- supervisor ---- */
/* TRUE: an evaluation is begun there. */
gboolean shared_is_at_work (SharedPlace *place, const SharedShape *shape);
/* The evaluator of the place died: the point that it had begun is lost. dead: and it is not replaced. */
void shared_lose (SharedPlace *place, const SharedShape *shape, gint32 how, gboolean dead, const Channel *channel);
/* An evaluator is about to be made for the place. */
void shared_begin_to_make (SharedPlace *place);
/* Since when the evaluation under way runs, monotonic microseconds; 0: none does; negative: since when its
 * evaluator is being made, with the sign changed. */
gint64 shared_running_since (const SharedPlace *place);
/* Evaluations that the place has completed. */
guint64 shared_completed (const SharedPlace *place);

/* How shared_describe() begins for a death by a signal. */
#define SHARED_CRASHED "was killed by signal "
/* "was killed by signal 11 (Segmentation fault)" and the like. (transfer full) */
char *shared_describe (gint32 how);
