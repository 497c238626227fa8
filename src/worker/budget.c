/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/budget.h"

/* Drawn at a time: little near the end of the budget, so that no worker hoards the last. */
#define LEAVE_MAX 64

gint64
budget_draw (Budget *budget, gint64 wanted)
{
  gint64 left = atomic_load_explicit (&budget->left, memory_order_relaxed);
  for (;;)
    {
      if (left == BUDGET_UNLIMITED)
        return wanted;
      gint64 drawn = MIN (wanted, left);
      if (drawn <= 0)
        return 0;
      if (atomic_compare_exchange_weak (&budget->left, &left, left - drawn))
        return drawn;
    }
}

void
budget_give_back (Budget *budget, gint64 n)
{
  if (n > 0 && atomic_load (&budget->left) != BUDGET_UNLIMITED)
    atomic_fetch_add (&budget->left, n);
}

/* In both, the account is never behind the budget: whoever compares them between two steps finds too much in
 * it, never too little, which would look like leave that was lost. */
gboolean
leave_draw (Leave *leave)
{
  gint64 left = atomic_load_explicit (&leave->budget->left, memory_order_relaxed);
  gint64 wanted = CLAMP (left / LEAVE_MAX, 1, LEAVE_MAX);
  atomic_fetch_add (leave->drawn, wanted);
  leave->n = budget_draw (leave->budget, wanted);
  if (leave->n < wanted)
    atomic_fetch_sub (leave->drawn, wanted - leave->n);
  return leave->n > 0;
}

void
leave_give_back (Leave *leave)
{
  budget_give_back (leave->budget, leave->n);
  atomic_fetch_sub (leave->drawn, leave->n);
  leave->n = 0;
}
