/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding and ending processes through /proc. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* All descendants of a process. (element-type pid_t) (transfer full) */
GArray *proc_descendants (pid_t ancestor);

/* All other processes whose environment at their start held NAME=value. (element-type pid_t)
 * (transfer full) */
GArray *proc_with_environment (const char *name, const char *value);

/* Sends SIGKILL to each. */
void proc_kill_all (const GArray *pids);
