/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/eventcount.h"
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint32_t
eventcount_ticket (EventCount *event)
{
  return atomic_load (&event->word);
}

void
eventcount_wait (EventCount *event, uint32_t ticket, gint64 timeout_us)
{
  struct timespec limit
      = { .tv_sec = timeout_us / G_USEC_PER_SEC, .tv_nsec = timeout_us % G_USEC_PER_SEC * 1000 };
  atomic_fetch_add (&event->waiting, 1);
  /* Shared, not private: the word may lie in memory of several processes. */
  if (atomic_load (&event->word) == ticket)
    syscall (SYS_futex, &event->word, FUTEX_WAIT, ticket, timeout_us < 0 ? NULL : &limit, NULL, 0);
  atomic_fetch_sub (&event->waiting, 1);
}

void
eventcount_signal (EventCount *event)
{
  atomic_fetch_add (&event->word, 1);
  if (atomic_load (&event->waiting) != 0)
    syscall (SYS_futex, &event->word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
