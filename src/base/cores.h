/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many processor cores this process may use. Thread: any. */
#pragma once

#include <glib.h>

/* Those that the scheduler may put it on, but no more than the control group's share of time; may be a
 * fraction. Linux, cgroup v1 and v2. */
double cores_available (void);

/* For how long threads of this process were ready to run and did not, since each was made, microseconds in
 * all; 0 where the kernel does not tell. Threads that have ended take theirs with them. */
double cores_waited_for (void);

/* Threads of the whole machine that run or are ready to, beyond its cores; 0 where that is not known. */
double cores_lacking (void);
