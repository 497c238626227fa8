/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many points are out with the evaluators of one optimizer: in memory that the driver, its evaluators and
 * those who bury them share, so that the end of an evaluation is known before the driver comes to take it back.
 * Untrusted where evaluators are processes: a wrong count costs patience, nothing else.
 */
#pragma once

#include "worker/eventcount.h"

typedef struct {
  _Atomic guint32 handed;   /* points given to evaluators, by the driver */
  _Atomic guint32 finished; /* of these, those that are with no evaluator any more */
  EventCount calm;          /* signalled when there is none */
} Tally;

/* TRUE: none is out. */
static inline gboolean
tally_is_calm (Tally *tally)
{
  return (gint32) (atomic_load (&tally->handed) - atomic_load (&tally->finished)) <= 0;
}

/* Thread: the driver's. n: points that it hands out, or, negative, that it took back before they were begun. */
static inline void
tally_hand_out (Tally *tally, gint n)
{
  atomic_fetch_add (&tally->handed, (guint32) n);
}

/* Thread: the driver's, when nothing is out: what evaluators that were killed left in disorder. */
static inline void
tally_settle (Tally *tally)
{
  atomic_store (&tally->handed, atomic_load (&tally->finished));
}

/* An evaluation has ended: before its result may be taken back, and after. */
static inline void
tally_finish (Tally *tally)
{
  atomic_fetch_add (&tally->finished, 1);
}

static inline void
tally_signal (Tally *tally, EventCount *done)
{
  eventcount_signal (done);
  if (tally_is_calm (tally))
    eventcount_signal (&tally->calm);
}
