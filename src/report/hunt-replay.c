/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contract: glompo-hunts.h. The journal is read twice: first for what must be known in advance, when each
 * optimizer said that it had ended, then record by record, as the manager lived it: what it takes into
 * account in a hunt, and in which order it asks, is done here in the same way. Thread: one at a time.
 */
#include "report/hunt-private.h"
#include "report/summary.h"
#include <math.h>
#include <string.h>

/* ---- made and freed ---- */

static void
verdict_free (gpointer data)
{
  GlompoHuntVerdict *verdict = data;
  g_free (verdict->group);
  g_free (verdict->type);
  g_free (verdict->reason);
  g_free (verdict);
}

void
glompo_hunt_replay_free (GlompoHuntReplay *replay)
{
  if (replay == NULL)
    return;
  g_free (replay->hunters);
  g_free (replay->own_hunters);
  g_ptr_array_unref (replay->verdicts);
  g_free (replay);
}

static void
replay_clear (Replay *replay)
{
  g_clear_pointer (&replay->condition, condition_free);
  g_clear_pointer (&replay->expression, expression_free);
  g_clear_pointer (&replay->result, glompo_hunt_replay_free);
  g_ptr_array_unref (replay->quarries);
  g_ptr_array_unref (replay->traces);
  endings_free (replay->endings);
  in_force_free (replay->settings);
  g_free (replay->groups);
  g_strfreev (replay->names);
  g_strfreev (replay->parameters);
  g_free (replay->lower);
  g_free (replay->upper);
  g_free (replay->best_x);
  g_free (replay->integer);
  g_free (replay->file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Replay, replay_clear)

static gboolean
complain (const Replay *replay, GError **error, const char *text)
{
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT, "%s: %s", replay->file, text);
  return FALSE;
}

/* ---- the run ---- */

static double *
take_doubles (GVariant *details, const char *key, gsize n)
{
  gsize found;
  g_autoptr (GVariant) array = g_variant_lookup_value (details, key, G_VARIANT_TYPE ("ad"));
  const double *values = array != NULL ? g_variant_get_fixed_array (array, &found, sizeof (double)) : NULL;
  return values != NULL && found == n ? g_memdup2 (values, n * sizeof (double)) : NULL;
}

static void
take_groups (Replay *replay, GVariant *details)
{
  g_autoptr (GVariant) groups = g_variant_lookup_value (details, "groups", G_VARIANT_TYPE ("a(sssts)"));
  gsize n = groups != NULL ? g_variant_n_children (groups) : 0;
  replay->groups = g_new0 (GlompoGroup, n + 1);
  replay->names = g_new0 (char *, 2 * n + 1);
  for (gsize i = 0; i < n; i++)
    {
      guint64 workers;
      g_variant_get_child (groups, i, "(ssst&s)", &replay->names[2 * i], &replay->names[2 * i + 1], NULL,
                           &workers, NULL);
      replay->groups[i] = (GlompoGroup){ .struct_size = sizeof (GlompoGroup),
                                         .name = replay->names[2 * i],
                                         .type = replay->names[2 * i + 1],
                                         .workers = workers,
                                         .best_f = INFINITY };
    }
  replay->run.groups = replay->groups;
  replay->run.n_groups = n;
}

static void
follow_settings (Replay *replay)
{
  const char *hunters = in_force_get (replay->settings, "hunters");
  const char *frequency = in_force_get (replay->settings, "hunt_frequency");
  gint64 n;
  replay->run.max_jobs = in_force_get_max_jobs (replay->settings);
  g_free (replay->result->own_hunters);
  replay->result->own_hunters = g_strdup (hunters);
  if (replay->own_frequency && frequency != NULL && text_to_int64 (frequency, &n) && n >= 1)
    replay->result->hunt_frequency = (guint64) n;
}

/* Those whose end was only that of the session go on, and the time between the two is none. */
static void
go_on (Replay *replay, const GlompoRecord *record)
{
  gint64 gap = MAX (0, record->time - replay->last);
  replay->start += gap;
  for (guint i = 0; i < replay->quarries->len; i++)
    {
      Quarry *quarry = replay->quarries->pdata[i];
      quarry->start += gap;
      quarry->last_result += gap;
      quarry->stopping = quarry->stopping && !quarry->interrupted;
      quarry->interrupted = FALSE;
    }
}

/* As in a run: a hunter of optimizers that nobody has would only never hold. */
static gboolean
knows_names (const Replay *replay, GError **error)
{
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  if (replay->run.n_groups > 0)
    config_check_names (replay->registry, (const char *const *) replay->names, replay->expression, faults);
  return !config_faults_to_error (faults, "hunters", error);
}

static gboolean
begin (Replay *replay, const GlompoRecord *record, GError **error)
{
  GVariant *details = record->details;
  if (replay->begun)
    {
      go_on (replay, record);
      return TRUE;
    }
  g_variant_lookup (details, "parameters", "^as", &replay->parameters);
  gsize n = replay->parameters != NULL ? g_strv_length (replay->parameters) : 0;
  replay->lower = take_doubles (details, "lower", n);
  replay->upper = take_doubles (details, "upper", n);
  if (n == 0 || replay->lower == NULL || replay->upper == NULL)
    return complain (replay, error, "found no bounds of the parameters in its first record");
  replay->best_x = g_new0 (double, n);
  replay->integer = g_new0 (uint8_t, n);
  replay->start = record->time;
  replay->begun = TRUE;
  take_groups (replay, details);
  if (!knows_names (replay, error))
    return FALSE;
  const char *points = in_force_get (replay->settings, "journal_points");
  if (points != NULL && !g_str_equal (points, "all"))
    {
      g_autofree char *text = g_strdup_printf ("the run kept journal_points = %s; wanted a journal with all "
                                               "evaluations, journal_points = all",
                                               points);
      return complain (replay, error, text);
    }
  replay->run.n = n;
  replay->run.lower = replay->lower;
  replay->run.upper = replay->upper;
  replay->run.best_x = replay->best_x;
  replay->run.max_jobs = in_force_get_max_jobs (replay->settings);
  GlompoProblem problem = { .struct_size = sizeof problem,
                            .n = n,
                            .lower = replay->lower,
                            .upper = replay->upper,
                            .integer = replay->integer,
                            .names = (const char *const *) replay->parameters,
                            .max_in_flight = (size_t) replay->run.max_jobs };
  replay->condition
      = condition_new (replay->expression, &problem, detail_count (details, "seed", 0), NULL, NULL, error);
  if (replay->condition == NULL)
    return FALSE;
  replay->window = (GlompoWindow){ .struct_size = sizeof (GlompoWindow) };
  condition_window (replay->condition, &replay->window);
  return TRUE;
}

/* ---- hunts ---- */

static void
condemn (Replay *replay, Quarry *quarry, char *reason)
{
  GlompoHuntVerdict *verdict = g_new0 (GlompoHuntVerdict, 1);
  verdict->id = quarry->id;
  verdict->group = g_strdup (quarry->group);
  verdict->type = g_strdup (quarry->type);
  verdict->evaluations = quarry->view->evaluations;
  verdict->run_evaluations = replay->call;
  verdict->hunter = replay->run.best_id;
  verdict->best_f = quarry->view->best_f;
  verdict->reason = reason;
  quarry->verdict = verdict;
  quarry->view->hunted = true;
  replay->run.hunted++;
  g_ptr_array_add (replay->result->verdicts, verdict);
}

static void
update_clock (Replay *replay, gint64 time)
{
  replay->run.seconds = (double) (time - replay->start) / G_USEC_PER_SEC;
  for (guint i = 0; i < replay->quarries->len; i++)
    {
      Quarry *quarry = replay->quarries->pdata[i];
      if (!quarry->present)
        continue;
      quarry->view->seconds = (double) (time - quarry->start) / G_USEC_PER_SEC;
      quarry->view->seconds_silent = (double) (time - quarry->last_result) / G_USEC_PER_SEC;
    }
}

static void
hunt (Replay *replay, gint64 time)
{
  GlompoRun *run = &replay->run;
  const Quarry *best = quarry_find (replay, run->best_id);
  replay->last_hunt = run->evaluations;
  run->hunts++;
  update_clock (replay, time);
  for (guint i = 0; i < replay->quarries->len; i++)
    {
      Quarry *quarry = replay->quarries->pdata[i];
      if (quarry == best || !quarry->present || quarry->verdict != NULL || quarry->frozen
          || (quarry->stopping && !quarry->interrupted) || quarry->said < replay->call
          || quarry->view->evaluations == 0)
        continue;
      /* When a session ends nobody is hunted; but hunters see it, as in a run that is resumed. */
      if (condition_test_victim (replay->condition, run, best->view, quarry->view) && !quarry->interrupted)
        condemn (replay, quarry, condition_explain (replay->condition));
    }
}

/* What came in behind the order to end that the run itself gave at the same moment was under way already.
 * Anything else of a condemned optimizer would not have been. */
static gboolean
is_saved (Replay *replay, Quarry *quarry)
{
  GlompoHuntVerdict *verdict = quarry->verdict;
  if (verdict == NULL || (quarry->stopped_in_run && verdict->saved == 0))
    return FALSE;
  verdict->saved++;
  replay->result->saved++;
  if (quarry->present)
    quarry_leave (replay, quarry);
  return TRUE;
}

static void
accept (Replay *replay, Quarry *quarry, const GlompoRecord *record)
{
  const GlompoEvaluation *evaluation = &record->evaluation;
  GlompoRun *run = &replay->run;
  GlompoGroup *group = run->n_groups > 0 ? &replay->groups[quarry->view->group_index] : NULL;
  run->evaluations++;
  run->failures += evaluation->status != GLOMPO_STATUS_EVALUATED;
  quarry->last_result = record->time;
  trace_add (quarry->trace, evaluation->f, evaluation->status, evaluation->x);
  if (group != NULL)
    {
      group->evaluations++;
      group->best_f = MIN (group->best_f, evaluation->f);
    }
  if (evaluation->f < run->best_f)
    {
      run->best_f = evaluation->f;
      run->best_id = quarry->id;
      run->best_evaluation = run->evaluations;
      memcpy (replay->best_x, evaluation->x, run->n * sizeof (double));
    }
  if (run->best_id != 0 && run->evaluations - replay->last_hunt >= replay->result->hunt_frequency)
    hunt (replay, record->time);
}

static gboolean
complain_of_gap (const Replay *replay, GError **error)
{
  g_autofree char *text = g_strdup_printf (
      "evaluation %" G_GUINT64_FORMAT " is missing; wanted a journal with all evaluations", replay->call + 1);
  return complain (replay, error, text);
}

static gboolean
take_evaluation (Replay *replay, const GlompoRecord *record, GError **error)
{
  const GlompoEvaluation *evaluation = &record->evaluation;
  Quarry *quarry = quarry_find (replay, record->optimizer);
  if (quarry == NULL || evaluation->n != replay->run.n)
    return complain (replay, error, "found an evaluation of an optimizer whose start is not in it");
  if (evaluation->call > replay->call + 1)
    return complain_of_gap (replay, error);
  replay->call = evaluation->call;
  quarry->best_f = MIN (quarry->best_f, evaluation->f);
  if (evaluation->f < replay->result->best_f)
    {
      replay->result->best_f = evaluation->f;
      replay->result->best_evaluation = evaluation->call;
      replay->result->winner = quarry->id;
    }
  if (!is_saved (replay, quarry))
    accept (replay, quarry, record);
  return TRUE;
}

/* ---- records ---- */

static gboolean
take_end (Replay *replay, GVariant *details, GError **error)
{
  replay->result->ended = TRUE;
  return detail_count (details, "evaluations", 0) <= replay->call || complain_of_gap (replay, error);
}

static gboolean
take_record (Replay *replay, const GlompoRecord *record, GError **error)
{
  Quarry *quarry = quarry_find (replay, record->optimizer);
  gboolean changed = in_force_take (replay->settings, record, NULL, NULL);
  gboolean good = record->type != GLOMPO_RECORD_RUN_STARTED || begin (replay, record, error);
  if (changed && good)
    follow_settings (replay);
  replay->last = record->time;
  if (record->type == GLOMPO_RECORD_RUN_STARTED)
    return good;
  if (!replay->begun)
    return complain (replay, error, "wanted the start of the run in its first record");
  if (record->type == GLOMPO_RECORD_EVALUATION)
    return take_evaluation (replay, record, error);
  if (record->type == GLOMPO_RECORD_OPTIMIZER_STARTED)
    quarry_add (replay, record);
  else if (record->type == GLOMPO_RECORD_OPTIMIZER_ENDED && quarry != NULL)
    quarry_end (replay, quarry, record->details);
  else if (record->type == GLOMPO_RECORD_STOP && quarry != NULL)
    quarry_order_end (replay, quarry, record->details);
  else if (record->type == GLOMPO_RECORD_FREEZE && quarry != NULL)
    quarry_freeze (replay, quarry, record->details);
  else if (record->type == GLOMPO_RECORD_REVIVE && quarry != NULL)
    quarry_revive (replay, quarry);
  else if (record->type == GLOMPO_RECORD_SPAWNING_STOPPED)
    replay->run.spawning = false;
  else if (record->type == GLOMPO_RECORD_RUN_ENDED)
    return take_end (replay, record->details, error);
  return TRUE;
}

/* What is damaged or torn ends the journal. */
static gboolean
read_all (Replay *replay, const char *path, gboolean (*take) (Replay *, const GlompoRecord *, GError **),
          GError **error)
{
  const GlompoRecord *record;
  g_autoptr (GlompoJournalReader) reader = glompo_journal_reader_new (path, error);
  if (reader == NULL)
    return FALSE;
  for (;;)
    {
      GlompoJournalResult result = glompo_journal_reader_next (reader, &record, error);
      if (result != GLOMPO_JOURNAL_RECORD)
        return result != GLOMPO_JOURNAL_FAILED;
      if (!take (replay, record, error))
        return FALSE;
    }
}

static gboolean
look_ahead (Replay *replay, const GlompoRecord *record, GError **error)
{
  (void) error;
  endings_take (replay->endings, record);
  return TRUE;
}

static void
conclude (Replay *replay)
{
  GlompoHuntReplay *result = replay->result;
  result->evaluations = replay->call;
  result->optimizers = replay->run.started;
  result->hunts = replay->run.hunts;
  result->best_f_left = replay->run.best_f;
  result->best_id_left = replay->run.best_id;
  result->winner_lost = result->best_f < result->best_f_left;
  for (guint i = 0; i < result->verdicts->len; i++)
    {
      GlompoHuntVerdict *verdict = result->verdicts->pdata[i];
      verdict->last_best_f = quarry_find (replay, verdict->id)->best_f;
    }
}

GlompoHuntReplay *
glompo_hunt_replay_new (const char *path, const char *hunters, guint64 hunt_frequency,
                        GlompoRegistry *registry, GError **error)
{
  g_return_val_if_fail (path != NULL && hunters != NULL && registry != NULL, NULL);
  g_auto (Replay) replay = { .registry = registry, .own_frequency = hunt_frequency == 0 };
  replay.result = g_new0 (GlompoHuntReplay, 1);
  replay.result->hunt_frequency = MAX (hunt_frequency, 1);
  replay.result->best_f = INFINITY;
  replay.result->verdicts = g_ptr_array_new_with_free_func (verdict_free);
  replay.run = (GlompoRun){ .struct_size = sizeof (GlompoRun), .best_f = INFINITY, .spawning = true };
  replay.quarries = g_ptr_array_new_with_free_func (quarry_free);
  replay.traces = g_ptr_array_new ();
  replay.endings = endings_new ();
  replay.settings = in_force_new ();
  replay.file = g_filename_display_name (path);
  replay.expression = config_read_expression (registry, GLOMPO_KIND_HUNTER, "hunters", hunters, error);
  if (replay.expression == NULL || !read_all (&replay, path, look_ahead, error)
      || !read_all (&replay, path, take_record, error))
    return NULL;
  if (!replay.begun)
    {
      complain (&replay, error, "found no run in it");
      return NULL;
    }
  replay.result->hunters = expression_to_string (replay.expression);
  conclude (&replay);
  return g_steal_pointer (&replay.result);
}
