/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The recorded past of one optimizer, read from the journal of its run while the optimizer lives through it
 * again. Only what it has not yet come to is in memory, and of that little: evaluations are recorded nearly
 * in the order of their points. Thread: the driver's.
 */
#pragma once

#include "worker/terms.h"
#include <glib.h>

typedef struct _Replay Replay;

/* One recorded evaluation. */
typedef struct {
  guint64 point;
  gint32 status;
  gsize n_values;    /* extras, residuals, gradient: one behind the other */
  double f;
  const double *x;
  const double *values;
} ReplayEvaluation;

/* The past of optimizer id of n parameters. Error: GLOMPO_JOURNAL_ERROR. (transfer full) */
Replay *replay_new (const char *journal, const TermsPast *past, guint64 id, gsize n, GError **error);
void replay_free (Replay *replay);

/* Passes over the points up to that one: a snapshot knows them. Before anything is read. */
void replay_skip (Replay *replay, guint64 point);

/* TRUE: nothing is left. */
gboolean replay_is_over (Replay *replay);

/* The evaluation of a point, or NULL: it is not recorded. Valid until replay_drop(), which is told that the
 * optimizer knows it. */
const ReplayEvaluation *replay_find (Replay *replay, guint64 point);
void replay_drop (Replay *replay, guint64 point);

/* The evaluation that was recorded first of those that are left, or NULL. */
const ReplayEvaluation *replay_first (Replay *replay);

/* The injection that the optimizer took after so many points and looks in vain; valid until the next call.
 * FALSE: it took none then. */
gboolean replay_injection (Replay *replay, guint64 points, guint look, const double **out_x, double *out_f);

/* How many evaluations were dropped; and what made reading stop early, or NULL. */
guint64 replay_count (const Replay *replay);
const char *replay_failure (const Replay *replay);
