/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshots of the run, see worker/snapshot.h: making them, and the shelf of those that are there. Thread:
 * the manager's.
 */
#pragma once

#include "manager/manager-private.h"
#include "worker/snapshot.h"

/* The session has begun. At every turn. Before the journal gets its last records, or workers are let go. */
void snapshots_begin (GlompoManager *manager);
void snapshots_look (GlompoManager *manager);
void snapshots_end (GlompoManager *manager);
void snapshots_clear (GlompoManager *manager);

/* One shall be made. Its name, which becomes a file when all have come to a rest; NULL: nobody can save. */
const char *snapshots_order (GlompoManager *manager);

/* A worker has answered. */
void snapshots_note (GlompoManager *manager, Optimizer *optimizer, const ChannelRecord *record);

/* Whether it ever comes to rest between two points, and its plugin can save it then. */
gboolean snapshots_can_save (const GlompoManager *manager, const Optimizer *optimizer);

/* shelf.c: finds the newest snapshot that has the optimizer, and enters it in its past. Those that cannot be
 * read or do not fit the journal are passed over; said so. FALSE: there is none. */
gboolean shelf_choose (GlompoManager *manager, const Optimizer *optimizer, TermsPast *past);

/* Removes what an interruption left; all snapshots but the named one and so many others, -1: none; all. */
void shelf_sweep (const char *folder);
void shelf_prune (const char *folder, const char *newest, gint64 keep);
gboolean shelf_remove (const char *folder);
