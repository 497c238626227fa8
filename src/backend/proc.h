/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding and ending processes through /proc. Thread: any; no state. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* All descendants of a process; of several, without themselves. (element-type pid_t) (transfer full) */
GArray *proc_descendants (pid_t ancestor);
GArray *proc_descendants_of (const pid_t *ancestors, gsize n);

/* All descendants of this process, without a look at any other, where the kernel helps; while it changes some
 * may be missed. (element-type pid_t) (transfer full) */
GArray *proc_family (void);

/* The children of this process. (element-type pid_t) (transfer full) */
GArray *proc_children (void);

/* Whether the environment of a process has NAME=value: as it was when the program started, or as was written
 * over that since; a fork keeps it. */
gboolean proc_has_environment (pid_t pid, const char *name, const char *value);

/* When a process was started, in ticks since the machine was; 0: there is none. */
guint64 proc_started (pid_t pid);

/* All other processes of which that is true, of those started no earlier than since. (element-type pid_t)
 * (transfer full) */
GArray *proc_with_environment (const char *name, const char *value, guint64 since);

/* The same: those that have the file of the descriptor in their memory, forks of one that mapped it.
 * (element-type pid_t) (transfer full) */
GArray *proc_with_mapping (int fd, guint64 since);

/* What this process and all its descendants use. The processor time is that of those that have ended as well,
 * as far as somebody of the family has waited for them. */
typedef struct {
  guint64 memory; /* bytes that are resident; shared ones count for each */
  double cpu;     /* seconds */
} ProcUsage;

ProcUsage proc_usage (void);

/* TRUE: somebody has stopped the process. */
gboolean proc_is_stopped (pid_t pid);

/* Sends SIGKILL to each. */
void proc_kill_all (const GArray *pids);
