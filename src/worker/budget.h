/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The evaluations that a run may still start, shared by all its workers. A worker draws leave in blocks
 * before it evaluates, so that a run with a budget of N starts exactly N evaluations, however many workers
 * race for the last ones. Lies in shared memory where workers are processes.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>

typedef struct {
  _Atomic gint64 left;    /* evaluations not yet drawn; BUDGET_UNLIMITED: no limit */
  _Atomic guint32 judged; /* of meter.h, for all workers: bit 1 << WorkersChoice, bit 0 for a whole process */
} Budget;

#define BUDGET_UNLIMITED G_MAXINT64

/* Draws leave for up to wanted evaluations; 0: nothing is left. */
gint64 budget_draw (Budget *budget, gint64 wanted);

/* Gives back leave that was not used. */
void budget_give_back (Budget *budget, gint64 n);

/* What one worker has drawn. Thread: the worker's, but for drawn. */
typedef struct {
  Budget *budget;
  _Atomic gint64 *drawn; /* account: all that was drawn less what was given back */
  gint64 n;              /* evaluations that may be started before the budget is asked again */
} Leave;

/* Draws leave for several evaluations, if there is any. */
gboolean leave_draw (Leave *leave);

/* Takes leave for one evaluation, if there is any. */
static inline gboolean
leave_take (Leave *leave)
{
  if (leave->n <= 0 && !leave_draw (leave))
    return FALSE;
  leave->n--;
  return TRUE;
}

void leave_give_back (Leave *leave);
