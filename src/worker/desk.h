/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The desks of an evaluator, on which the driver lays points: while it is at one, the next point may lie on the other,
 * so that it need not wait for the driver. This is the sign that stands on each, whether the evaluator is a thread or
 * a process. Thread: the driver lays, withdraws and clears; the evaluator begins and ends; who buries an
 * evaluator ends in its stead.
 */
#pragma once

#include "worker/channel.h"

#define DESKS 2

typedef enum {
  DESK_FREE,    /* waits for a point */
  DESK_READY,   /* has one */
  DESK_RUNNING, /* it is evaluated */
  DESK_DONE,    /* the result is there */
  DESK_LOST,    /* the evaluator died over it */
  DESK_LEFT     /* nobody began it, or who did so is gone through no fault of it: that says nothing about it */
} DeskState;

typedef struct {
  _Atomic uint32_t state;  /* DeskState */
  _Atomic uint32_t obeys;  /* who comes to it leaves it when another command than to run holds */
  _Atomic uint64_t number; /* those that lie at one place are begun in its order */
} DeskSign;

static inline DeskState
desk_state (const DeskSign *sign)
{
  return (DeskState) atomic_load (&sign->state);
}

static inline gboolean
desk_change (DeskSign *sign, DeskState from, DeskState to)
{
  uint32_t state = from;
  return atomic_compare_exchange_strong (&sign->state, &state, to);
}

/* The point is there. */
static inline void
desk_lay (DeskSign *sign, uint64_t number, gboolean obeys)
{
  atomic_store (&sign->number, number);
  atomic_store (&sign->obeys, obeys != FALSE);
  atomic_store (&sign->state, DESK_READY);
}

/* Takes a point back that was not begun. FALSE: it was. */
static inline gboolean
desk_withdraw (DeskSign *sign)
{
  return desk_change (sign, DESK_READY, DESK_FREE);
}

/* The point that was laid first is begun. Returns its index, or -1: there is none. */
static inline gint
desk_begin (DeskSign *const signs[DESKS])
{
  for (;;)
    {
      gboolean ready[DESKS] = { desk_state (signs[0]) == DESK_READY, desk_state (signs[1]) == DESK_READY };
      /* Where one was seen, one that was laid before it is seen now. */
      if (ready[0] != ready[1])
        ready[ready[0]] = desk_state (signs[ready[0]]) == DESK_READY;
      if (!ready[0] && !ready[1])
        return -1;
      gint next = ready[1];
      if (ready[0] && ready[1])
        next = atomic_load (&signs[1]->number) < atomic_load (&signs[0]->number);
      if (desk_change (signs[next], DESK_READY, DESK_RUNNING))
        return next;
    }
}

/* FALSE: a point that was begun is to be handed back as left, for another command than to run holds. */
static inline gboolean
desk_is_wanted (const DeskSign *sign, const Channel *channel)
{
  return atomic_load (&sign->obeys) == 0 || channel_command (channel) == CHANNEL_RUN;
}

/* By the evaluator, when a point was evaluated, or left. */
static inline void
desk_hand_back (DeskSign *sign, DeskState state, const Channel *channel)
{
  tally_finish (channel_tally (channel));
  atomic_store (&sign->state, state);
  tally_signal (channel_tally (channel), channel_event (channel));
}
