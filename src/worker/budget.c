/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/budget.h"

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
