/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One pass over a journal, see summary.h. */
#include "report/summary.h"

#include <math.h>

#include <glompo/glompo-plugin.h>

const char *
detail_string (GVariant *details, const char *key)
{
  const char *text = NULL;

  if (details != NULL)
    g_variant_lookup (details, key, "&s", &text);
  return text;
}

guint64
detail_count (GVariant *details, const char *key, guint64 missing)
{
  guint64 value = missing;

  if (details != NULL)
    g_variant_lookup (details, key, "t", &value);
  return value;
}

double
detail_real (GVariant *details, const char *key, double missing)
{
  double value = missing;

  if (details != NULL)
    g_variant_lookup (details, key, "d", &value);
  return value;
}

/* Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 4(3),
 * 1962. */
static void
add_sample (SummarySamples *samples, double value)
{
  if (!isfinite (value))
    return;
  double off = value - samples->mean;
  samples->n++;
  samples->mean += off / (double) samples->n;
  samples->squares += off * (value - samples->mean);
}

double
summary_deviation (const SummarySamples *samples)
{
  return samples->n < 2 ? 0.0 : sqrt (samples->squares / (double) (samples->n - 1));
}

static void
optimizer_free (SummaryOptimizer *optimizer)
{
  g_variant_unref (optimizer->started);
  g_clear_pointer (&optimizer->ended, g_variant_unref);
  g_clear_pointer (&optimizer->verdicts, g_ptr_array_unref);
  g_clear_pointer (&optimizer->rest, g_variant_unref);
  g_clear_pointer (&optimizer->revivals, g_ptr_array_unref);
  g_free (optimizer);
}

const SummaryOptimizer *
summary_find (const Summary *summary, guint64 id)
{
  return g_hash_table_lookup (summary->by_id, &id);
}

guint64
summary_count (const Summary *summary, const char *state)
{
  guint64 n = 0;

  for (guint i = 0; i < summary->optimizers->len; i++)
    {
      const SummaryOptimizer *optimizer = g_ptr_array_index (summary->optimizers, i);
      n += g_strcmp0 (detail_string (optimizer->ended, "state"), state) == 0;
    }
  return n;
}

static void
change_free (SummaryChange *change)
{
  g_free (change->key);
  g_free (change->value);
  g_free (change->by);
  g_free (change);
}

static void
add_change (const char *key, const char *value, gboolean in_run, gpointer data)
{
  Summary *summary = data;
  SummaryChange *change = g_new0 (SummaryChange, 1);

  change->key = g_strdup (key);
  change->value = g_strdup (value);
  change->evaluations = summary->evaluations;
  change->by = g_steal_pointer (&summary->setter);
  change->in_run = in_run;
  g_ptr_array_add (summary->changes, change);
}

/* Whoever gives it is the one who changes what is changed next. */
static void
note_command (Summary *summary, GVariant *details)
{
  const char *command = detail_string (details, "command"), *user = detail_string (details, "user");
  gint32 pid = 0;

  g_clear_pointer (&summary->setter, g_free);
  g_variant_lookup (details, "pid", "i", &pid);
  if (command != NULL && user != NULL && g_str_has_prefix (command, "set "))
    summary->setter = g_strdup_printf ("%s (process %d)", user, (int) pid);
}

static void
start_session (Summary *summary, const GlompoRecord *record)
{
  SummarySession session = { .start = record->time, .end = record->time };

  if (summary->started == NULL)
    summary->started = g_variant_ref (record->details);
  g_clear_pointer (&summary->ended, g_variant_unref);
  g_array_append_val (summary->sessions, session);
  summary->cpu_time = record->time;
  summary->cpu_seconds = 0.0;
}

static void
add_optimizer (Summary *summary, const GlompoRecord *record)
{
  if (summary_find (summary, record->optimizer) != NULL)
    return;
  SummaryOptimizer *optimizer = g_new0 (SummaryOptimizer, 1);
  optimizer->id = record->optimizer;
  optimizer->start = record->time;
  optimizer->started = g_variant_ref (record->details);
  optimizer->best_f = INFINITY;
  g_ptr_array_add (summary->optimizers, optimizer);
  g_hash_table_insert (summary->by_id, &optimizer->id, optimizer);
}

static void
end_optimizer (Summary *summary, const GlompoRecord *record)
{
  SummaryOptimizer *optimizer = g_hash_table_lookup (summary->by_id, &record->optimizer);

  if (optimizer == NULL)
    return;
  g_clear_pointer (&optimizer->ended, g_variant_unref);
  optimizer->ended = g_variant_ref (record->details);
  optimizer->end = record->time;
}

static void
add_evaluation (Summary *summary, const GlompoRecord *record)
{
  const GlompoEvaluation *evaluation = &record->evaluation;
  SummaryOptimizer *optimizer = g_hash_table_lookup (summary->by_id, &record->optimizer);
  gboolean good = evaluation->status == GLOMPO_STATUS_EVALUATED;

  summary->evaluations = MAX (summary->evaluations + 1, evaluation->call);
  summary->failures += !good;
  if (optimizer != NULL)
    {
      optimizer->evaluations++;
      optimizer->failures += !good;
      if (good && evaluation->f < optimizer->best_f)
        optimizer->best_f = evaluation->f;
    }
  if (!good || !(evaluation->f < summary->best_f))
    return;
  summary->best_f = evaluation->f;
  summary->best_id = record->optimizer;
  summary->best_evaluation = evaluation->call;
  g_array_set_size (summary->best_x, 0);
  g_array_append_vals (summary->best_x, evaluation->x, (guint) evaluation->n);
}

static void
add_status (Summary *summary, const GlompoRecord *record)
{
  guint64 memory = detail_count (record->details, "memory", 0);
  double cpu = detail_real (record->details, "cpu", NAN);
  double seconds = (double) (record->time - summary->cpu_time) / G_USEC_PER_SEC;
  g_autoptr (GVariant) load = g_variant_lookup_value (record->details, "load", G_VARIANT_TYPE ("ad"));

  summary->evaluations = MAX (summary->evaluations, detail_count (record->details, "evaluations", 0));
  if (memory > 0)
    add_sample (&summary->memory, (double) memory);
  summary->memory_max = MAX (summary->memory_max, memory);
  if (isfinite (cpu) && seconds > 0.0)
    {
      add_sample (&summary->cpu, 100.0 * (cpu - summary->cpu_seconds) / seconds);
      summary->cpu_seconds = cpu;
      summary->cpu_time = record->time;
    }
  for (gsize i = 0; load != NULL && i < MIN (g_variant_n_children (load), 3); i++)
    {
      double value;
      g_variant_get_child (load, i, "d", &value);
      add_sample (&summary->load[i], value);
    }
}

/* The last record knows the counters even where the journal does not hold every evaluation. */
static void
end_session (Summary *summary, const GlompoRecord *record)
{
  g_clear_pointer (&summary->ended, g_variant_unref);
  summary->ended = g_variant_ref (record->details);
  summary->evaluations = MAX (summary->evaluations, detail_count (record->details, "evaluations", 0));
  summary->failures = MAX (summary->failures, detail_count (record->details, "failures", 0));
  summary->hunts = MAX (summary->hunts, detail_count (record->details, "hunts", 0));

  double best_f = detail_real (record->details, "best_f", INFINITY);
  g_autoptr (GVariant) x = g_variant_lookup_value (record->details, "best_x", G_VARIANT_TYPE ("ad"));
  if (!(best_f < summary->best_f) || x == NULL)
    return;
  gsize n;
  const double *values = g_variant_get_fixed_array (x, &n, sizeof (double));
  summary->best_f = best_f;
  summary->best_id = detail_count (record->details, "best_id", 0);
  summary->best_evaluation = detail_count (record->details, "best_evaluation", 0);
  g_array_set_size (summary->best_x, 0);
  g_array_append_vals (summary->best_x, values, (guint) n);
}

static void
add_details (GPtrArray **list, const GlompoRecord *record)
{
  if (*list == NULL)
    *list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_ptr_array_add (*list, g_variant_ref (record->details));
}

static void
add_verdict (Summary *summary, const GlompoRecord *record)
{
  SummaryOptimizer *optimizer = g_hash_table_lookup (summary->by_id, &record->optimizer);

  summary->hunts = MAX (summary->hunts, detail_count (record->details, "hunt", 0));
  if (optimizer != NULL)
    add_details (&optimizer->verdicts, record);
}

static void
add_rest (Summary *summary, const GlompoRecord *record)
{
  SummaryOptimizer *optimizer = g_hash_table_lookup (summary->by_id, &record->optimizer);
  gboolean freeze = record->type == GLOMPO_RECORD_FREEZE;

  summary->freezes += freeze;
  summary->revivals += !freeze;
  if (optimizer == NULL)
    return;
  optimizer->frozen = freeze;
  optimizer->freezes += freeze;
  g_clear_pointer (&optimizer->rest, g_variant_unref);
  optimizer->rest = g_variant_ref (record->details);
  if (!freeze)
    add_details (&optimizer->revivals, record);
}

static void
add_record (Summary *summary, const GlompoRecord *record)
{
  if (record->type == GLOMPO_RECORD_RUN_STARTED)
    g_clear_pointer (&summary->setter, g_free);
  in_force_take (summary->settings, record, add_change, summary);
  summary->max_jobs = in_force_get_max_jobs (summary->settings);
  if (record->type == GLOMPO_RECORD_RUN_STARTED)
    start_session (summary, record);
  else if (record->type == GLOMPO_RECORD_EVALUATION)
    add_evaluation (summary, record);
  else if (record->type == GLOMPO_RECORD_STATUS)
    add_status (summary, record);
  else if (record->type == GLOMPO_RECORD_OPTIMIZER_STARTED)
    add_optimizer (summary, record);
  else if (record->type == GLOMPO_RECORD_OPTIMIZER_ENDED)
    end_optimizer (summary, record);
  else if (record->type == GLOMPO_RECORD_FINDING)
    g_ptr_array_add (summary->findings, g_variant_ref (record->details));
  else if (record->type == GLOMPO_RECORD_HUNT)
    add_verdict (summary, record);
  else if (record->type == GLOMPO_RECORD_FREEZE || record->type == GLOMPO_RECORD_REVIVE)
    add_rest (summary, record);
  else if (record->type == GLOMPO_RECORD_SPAWNING_STOPPED)
    {
      g_clear_pointer (&summary->spawn_end, g_variant_unref);
      summary->spawn_end = g_variant_ref (record->details);
    }
  else if (record->type == GLOMPO_RECORD_COMMAND)
    note_command (summary, record->details);
  else if (record->type == GLOMPO_RECORD_RUN_ENDED)
    end_session (summary, record);

  if (summary->sessions->len == 0)
    return;
  SummarySession *session = &g_array_index (summary->sessions, SummarySession, summary->sessions->len - 1);
  session->end = MAX (session->end, record->time);
  session->ended |= record->type == GLOMPO_RECORD_RUN_ENDED;
}

Summary *
summary_new (const char *directory, GError **error)
{
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (directory, error);
  if (reader == NULL)
    return NULL;

  Summary *summary = g_new0 (Summary, 1);
  summary->sessions = g_array_new (FALSE, TRUE, sizeof (SummarySession));
  summary->optimizers = g_ptr_array_new_with_free_func ((GDestroyNotify) optimizer_free);
  summary->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  summary->settings = in_force_new ();
  summary->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) change_free);
  summary->best_x = g_array_new (FALSE, FALSE, sizeof (double));
  summary->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  summary->best_f = INFINITY;

  const GlompoRecord *record;
  g_autoptr (GError) damage = NULL;
  while ((summary->result = glompo_journal_reader_next (reader, &record, &damage)) == GLOMPO_JOURNAL_RECORD)
    add_record (summary, record);
  summary->good_bytes = glompo_journal_reader_get_offset (reader);
  if (damage != NULL)
    summary->damage = g_strdup (damage->message);
  return summary;
}

void
summary_free (Summary *summary)
{
  if (summary == NULL)
    return;
  g_clear_pointer (&summary->started, g_variant_unref);
  g_clear_pointer (&summary->ended, g_variant_unref);
  g_clear_pointer (&summary->spawn_end, g_variant_unref);
  g_hash_table_unref (summary->by_id);
  g_array_unref (summary->sessions);
  g_ptr_array_unref (summary->optimizers);
  g_ptr_array_unref (summary->findings);
  g_array_unref (summary->best_x);
  in_force_free (summary->settings);
  g_ptr_array_unref (summary->changes);
  g_free (summary->setter);
  g_free (summary->damage);
  g_free (summary);
}
