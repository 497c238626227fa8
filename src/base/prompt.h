/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that sleep to the time they named, and not up to 50 microseconds longer, as is usual to save power. */
#pragma once

#include <sys/prctl.h>

/* The calling thread, and what it starts from now on; for those that evaluate, where a simulator that sleeps or
 * looks now and then whether something is ready would lose that each time. */
static inline void
prompt_from_now_on (void)
{
  prctl (PR_SET_TIMERSLACK, 1L);
}
