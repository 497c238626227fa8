/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keeper stands between the manager and the supervisor:
 *
 *   manager -> keeper -> supervisor -> workers and evaluators -> whatever they start
 *
 * Any two of the first three may be killed at once: the third ends the tree.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
  pid_t manager, self; /* self: the keeper's */
  guint64 since; /* proc_started() of the manager: nothing of the run is older */
  gboolean owner;      /* what the manager's own process starts ends with the run as well */
  const char *rubbish; /* directory to remove in the end, or NULL */
} Keeper;

/* argv: see protocol.h. Becomes the keeper, and returns in a child, which is to be the supervisor. FALSE: it
 * cannot be. */
gboolean keeper_start (Keeper *out, int argc, char **argv);

/* Kills and reaps what descends from this process, until nothing is left. Orphans come to us, so nothing can
 * hide by forking or setsid(). */
void keeper_kill_descendants (void);

/* Ends processes of the run that are no descendants of ours, and removes what the run leaves. The manager, if
 * it lives on, and the keeper end by themselves. */
void keeper_end_run (const Keeper *keeper);
