/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keeper stands between the manager and the supervisor:
 *
 *   manager -> keeper -> supervisor -> workers and evaluators -> whatever they start
 *
 * Any two of the first three may be killed at once: the third ends the tree.
 */
#pragma once

#include "backend/protocol.h"
#include <glib.h>
#include <sys/types.h>

/* What the supervisor leaves for it, in memory that both see. */
typedef struct {
  gboolean guard;              /* as PROTOCOL_GUARD says */
  char rubbish[PROTOCOL_TEXT]; /* directory to remove in the end, or "" */
} KeeperNotes;

typedef struct {
  pid_t manager, self; /* self: the keeper's */
  guint64 since; /* proc_started() of the manager: nothing of the run is older */
  KeeperNotes *notes;
} Keeper;

/* Becomes the keeper, and returns in a child, which is to be the supervisor. FALSE: it cannot be. */
gboolean keeper_start (Keeper *out);

/* Kills and reaps what descends from this process, until nothing is left. Orphans come to us, so nothing can
 * hide by forking or setsid(). */
void keeper_kill_descendants (void);

/* Ends processes of the run that are no descendants of ours, and removes what the run leaves. The manager, if it
 * lives on, and the keeper end by themselves. */
void keeper_end_run (const Keeper *keeper);
