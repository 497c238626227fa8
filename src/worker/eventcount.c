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

/* Shared, not private: the word may lie in memory of several processes. */
static void
sleep_on (EventCount *event, uint32_t ticket, int operation, const struct timespec *limit, uint32_t bits)
{
  atomic_fetch_add (&event->waiting, 1);
  if (atomic_load (&event->word) == ticket)
    syscall (SYS_futex, &event->word, operation, ticket, limit, NULL, bits);
  atomic_fetch_sub (&event->waiting, 1);
}

void
eventcount_wait (EventCount *event, uint32_t ticket, gint64 timeout_us)
{
  struct timespec limit
      = { .tv_sec = timeout_us / G_USEC_PER_SEC, .tv_nsec = timeout_us % G_USEC_PER_SEC * 1000 };
  sleep_on (event, ticket, FUTEX_WAIT, timeout_us < 0 ? NULL : &limit, FUTEX_BITSET_MATCH_ANY);
}

void
eventcount_wait_under (EventCount *event, uint32_t ticket, uint32_t bits)
{
  sleep_on (event, ticket, FUTEX_WAIT_BITSET, NULL, bits);
}

void
eventcount_signal_under (EventCount *event, uint32_t bits)
{
  atomic_fetch_add (&event->word, 1);
  if (atomic_load (&event->waiting) != 0)
    syscall (SYS_futex, &event->word, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, bits);
}

void
eventcount_signal (EventCount *event)
{
  eventcount_signal_under (event, FUTEX_BITSET_MATCH_ANY);
}
