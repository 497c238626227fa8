/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "manager/tape.h"

struct _Tape {
  GlompoJournalReader *reader;
  guint64 end, sessions;
  const GlompoRecord *record; /* the next one, or NULL: not looked for yet */
  gboolean ended;
  gint64 elapsed, session_elapsed, session_start;
  InForce *settings;
  Endings *endings;           /* of all of it */
  GHashTable *interrupted;    /* ids that the end of a session stopped */
  char *failure;
};

static gboolean
detail_is (const GlompoRecord *record, const char *key, const char *value)
{
  const char *text = NULL;
  g_variant_lookup (record->details, key, "&s", &text);
  return g_strcmp0 (text, value) == 0;
}

/* ---- one look at all ---- */

static void
scan_record (TapeScan *scan, const GlompoRecord *record)
{
  scan->last_time = record->time;
  if (record->type == GLOMPO_RECORD_EVALUATION)
    {
      scan->evaluations++;
      if (record->evaluation.call != scan->evaluations && scan->gap == 0)
        scan->gap = scan->evaluations;
    }
  else if (record->type == GLOMPO_RECORD_RUN_STARTED)
    {
      if (scan->first == NULL)
        scan->first = g_variant_ref (record->details);
      g_clear_pointer (&scan->last, g_variant_unref);
      scan->last = g_variant_ref (record->details);
    }
  if (record->type == GLOMPO_RECORD_RUN_ENDED && detail_is (record, "state", "finished"))
    scan->finished = record->offset;
  scan->is_finished = record->type == GLOMPO_RECORD_RUN_ENDED && scan->finished == record->offset;
}

gboolean
tape_scan (const char *path, TapeScan *out, GError **error)
{
  TapeScan scan = { 0 };
  const GlompoRecord *record;
  GlompoJournalResult result;
  g_autoptr (GError) damage = NULL;
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, error);
  if (reader == NULL)
    return FALSE;
  scan.settings = in_force_new ();
  scan.endings = endings_new ();
  while ((result = glompo_journal_reader_next (reader, &record, &damage)) == GLOMPO_JOURNAL_RECORD)
    {
      scan_record (&scan, record);
      in_force_take (scan.settings, record, NULL, NULL);
      endings_take (scan.endings, record);
    }
  if (g_error_matches (damage, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO))
    {
      g_propagate_error (error, g_steal_pointer (&damage));
      tape_scan_clear (&scan);
      return FALSE;
    }
  scan.end = glompo_journal_reader_get_offset (reader);
  if (damage != NULL)
    scan.damage = g_strdup (damage->message);
  *out = scan;
  return TRUE;
}

void
tape_scan_clear (TapeScan *scan)
{
  g_clear_pointer (&scan->first, g_variant_unref);
  g_clear_pointer (&scan->last, g_variant_unref);
  g_clear_pointer (&scan->settings, in_force_free);
  g_clear_pointer (&scan->endings, endings_free);
  g_clear_pointer (&scan->damage, g_free);
}

/* ---- the tape ---- */

Tape *
tape_new (const char *path, TapeScan *scan, guint64 sessions, GError **error)
{
  GlompoJournalReader *reader = glompo_journal_reader_new (path, error);
  if (reader == NULL)
    return NULL;
  Tape *tape = g_new0 (Tape, 1);
  tape->reader = reader;
  tape->end = scan->end;
  tape->endings = g_steal_pointer (&scan->endings);
  tape->sessions = sessions;
  tape->settings = in_force_new ();
  tape->interrupted = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return tape;
}

void
tape_free (Tape *tape)
{
  if (tape == NULL)
    return;
  glompo_journal_reader_free (tape->reader);
  g_hash_table_unref (tape->interrupted);
  in_force_free (tape->settings);
  endings_free (tape->endings);
  g_free (tape->failure);
  g_free (tape);
}

static void
keep_time (Tape *tape, const GlompoRecord *record)
{
  if (record->type == GLOMPO_RECORD_RUN_STARTED)
    {
      tape->session_elapsed = tape->elapsed;
      tape->session_start = record->time;
      g_hash_table_remove_all (tape->interrupted);
    }
  tape->elapsed = MAX (tape->elapsed, tape->session_elapsed + record->time - tape->session_start);
}

static gboolean
ends_session (const Tape *tape, const GlompoRecord *record)
{
  return record->offset < tape->sessions && endings_is_of_session (record->details);
}

/* Whether the record has an effect on the manager. */
static gboolean
matters (Tape *tape, const GlompoRecord *record)
{
  switch (record->type)
    {
    case GLOMPO_RECORD_STOP:
      if (!ends_session (tape, record))
        return TRUE;
      g_hash_table_add (tape->interrupted, g_memdup2 (&record->optimizer, sizeof record->optimizer));
      return FALSE;
    case GLOMPO_RECORD_OPTIMIZER_ENDED:
      return !tape_was_ended_by_session (tape, record->optimizer)
             || endings_is_for_good (record->details);
    case GLOMPO_RECORD_EVALUATION:
    case GLOMPO_RECORD_OPTIMIZER_STARTED:
    case GLOMPO_RECORD_HUNT:
    case GLOMPO_RECORD_FREEZE:
    case GLOMPO_RECORD_REVIVE:
    case GLOMPO_RECORD_INJECTION:
    case GLOMPO_RECORD_SPAWNING_STOPPED:
      return TRUE;
    default:
      return FALSE;
    }
}

const GlompoRecord *
tape_peek (Tape *tape)
{
  g_autoptr (GError) error = NULL;
  while (tape->record == NULL && !tape->ended)
    {
      const GlompoRecord *record;
      GlompoJournalResult result = glompo_journal_reader_next (tape->reader, &record, &error);
      if (result != GLOMPO_JOURNAL_RECORD || record->offset >= tape->end)
        {
          tape->ended = TRUE;
          tape->failure = error != NULL ? g_strdup (error->message) : NULL;
          break;
        }
      keep_time (tape, record);
      in_force_take (tape->settings, record, NULL, NULL);
      if (matters (tape, record))
        tape->record = record;
    }
  return tape->record;
}

void
tape_take (Tape *tape)
{
  tape->record = NULL;
}

gint64
tape_get_elapsed (const Tape *tape)
{
  return tape->elapsed;
}

gint64
tape_get_elapsed_before (const Tape *tape)
{
  return tape->session_elapsed;
}

guint64
tape_get_hunt_frequency (const Tape *tape)
{
  return in_force_get_hunt_frequency (tape->settings);
}

guint64
tape_get_max_jobs (const Tape *tape)
{
  return in_force_get_max_jobs (tape->settings);
}

guint64
tape_get_said (const Tape *tape, guint64 id)
{
  return endings_get (tape->endings, id);
}

gboolean
tape_was_ended_by_session (Tape *tape, guint64 id)
{
  return g_hash_table_contains (tape->interrupted, &id);
}

const char *
tape_get_failure (const Tape *tape)
{
  return tape->failure;
}
