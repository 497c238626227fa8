/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal of a run that is resumed, as the manager lives through it again: evaluations, injections and
 * ends come from it instead of from workers; and what the manager decided then is what it decides now,
 * whatever its policies say, which are asked all the same so that their random streams go on. Once the tape
 * has ended, the decisions are its own. Thread: the manager's.
 */
#pragma once

#include "journal/endings.h"
#include "journal/in-force.h"
#include <glib.h>
#include <glompo/glompo-journal.h>

typedef struct _Tape Tape;

/* What one look at the whole journal finds. */
typedef struct {
  guint64 end;           /* bytes that are good */
  guint64 finished;      /* offset of the last record that ends a finished session, 0: none */
  gboolean is_finished;  /* and nothing has happened since */
  guint64 evaluations;
  guint64 gap;           /* an evaluation that is missing, 0: none */
  gint64 last_time;
  GVariant *first, *last; /* RUN_STARTED of the first session and of the last one, or NULL */
  InForce *settings;      /* at the end */
  Endings *endings;
  char *damage;          /* why it ends before the end of the file, or NULL */
} TapeScan;

gboolean tape_scan (const char *path, TapeScan *out, GError **error);
void tape_scan_clear (TapeScan *scan);

/* The records that the scan found good, of which it takes the endings; what only ended a session counts as if
 * it had not been, if it lies before sessions bytes. (transfer full) */
Tape *tape_new (const char *path, TapeScan *scan, guint64 sessions, GError **error);
void tape_free (Tape *tape);

/* The next record that matters, or NULL: the tape has ended. Valid until tape_take(). */
const GlompoRecord *tape_peek (Tape *tape);
void tape_take (Tape *tape);

/* Seconds that the run had lasted, over all sessions, at the record that was peeked at last; in
 * microseconds. */
gint64 tape_get_elapsed (const Tape *tape);
gint64 tape_get_elapsed_before (const Tape *tape); /* the same, when that record's session began */

/* Evaluations between hunts as they were at that record; 0: nobody hunted; G_MAXUINT64: not known. */
guint64 tape_get_hunt_frequency (const Tape *tape);

/* Slots at that record; 0: not known. */
guint64 tape_get_max_jobs (const Tape *tape);

/* Evaluations of the run when the optimizer says that it ends; G_MAXUINT64: never. */
guint64 tape_get_said (const Tape *tape, guint64 id);

/* TRUE: a session's end, as far as the tape was read, told this optimizer to end; its end does not count. */
gboolean tape_was_ended_by_session (Tape *tape, guint64 id);

/* Why it could not be read to its end, or NULL. */
const char *tape_get_failure (const Tape *tape);
