/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contract: glompo-hunts.h. The journal is read twice: first for what must be known in advance, when each
 * optimizer said that it had ended, then record by record, as the manager lived it: what it takes into
 * account in a hunt, and in which order it asks, is done here in the same way. Thread: one at a time.
 */
#include "config/config.h"
#include "model/trace.h"
#include "policy/condition.h"
#include "report/summary.h"
#include <glompo/glompo-hunts.h>
#include <math.h>
#include <string.h>

typedef struct {
  guint64 id;
  Trace *trace;
  GlompoTrace *view;
  gint64 start;
  gint64 last_result;
  guint64 said;      /* evaluations of the run when it said that it had ended; G_MAXUINT64: never */
  gboolean present;  /* it has started and not ended */
  gboolean stopping; /* it was told to end, and not by a hunter of the run */
  gboolean frozen;
  gboolean stopped_in_run;    /* by a hunter or the user */
  double best_f;              /* in the run */
  GlompoHuntVerdict *verdict; /* of these hunters, or NULL */
  char *group, *type;
} Quarry;

typedef struct {
  GlompoHuntReplay *result;
  Expression *expression;
  Condition *condition;
  gboolean own_frequency; /* follow the changes in the run */
  GlompoWindow window;
  GlompoRun run;
  GlompoGroup *groups;
  char **names; /* strings of groups */
  char **parameters;
  double *lower, *upper, *best_x;
  uint8_t *integer;
  GHashTable *ended;   /* guint64 by id: when it said that it had ended */
  GPtrArray *quarries; /* Quarry, by id */
  GPtrArray *traces;
  guint64 call; /* of the last evaluation in the journal */
  guint64 last_hunt;
  gint64 start;
  gboolean begun;
  char *points; /* journal_points of the run */
  char *file;
} Replay;

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
quarry_free (gpointer data)
{
  Quarry *quarry = data;
  trace_free (quarry->trace);
  g_free (quarry->group);
  g_free (quarry->type);
  g_free (quarry);
}

static void
replay_clear (Replay *replay)
{
  g_clear_pointer (&replay->condition, condition_free);
  g_clear_pointer (&replay->expression, expression_free);
  g_clear_pointer (&replay->result, glompo_hunt_replay_free);
  g_ptr_array_unref (replay->quarries);
  g_ptr_array_unref (replay->traces);
  g_hash_table_unref (replay->ended);
  g_free (replay->groups);
  g_strfreev (replay->names);
  g_strfreev (replay->parameters);
  g_free (replay->lower);
  g_free (replay->upper);
  g_free (replay->best_x);
  g_free (replay->integer);
  g_free (replay->points);
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
take_settings (Replay *replay, GVariant *details)
{
  g_autoptr (GVariant) settings = g_variant_lookup_value (details, "settings", G_VARIANT_TYPE ("a{ss}"));
  const char *frequency = NULL;
  gint64 n;
  if (settings == NULL)
    return;
  g_variant_lookup (settings, "hunters", "s", &replay->result->own_hunters);
  g_variant_lookup (settings, "journal_points", "s", &replay->points);
  if (replay->own_frequency && g_variant_lookup (settings, "hunt_frequency", "&s", &frequency)
      && text_to_int64 (frequency, &n) && n >= 1)
    replay->result->hunt_frequency = (guint64) n;
}

static gboolean
begin (Replay *replay, const GlompoRecord *record, GError **error)
{
  GVariant *details = record->details;
  if (replay->begun) /* a later session */
    return TRUE;
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
  take_settings (replay, details);
  if (replay->points != NULL && !g_str_equal (replay->points, "all"))
    {
      g_autofree char *text = g_strdup_printf ("the run kept journal_points = %s; wanted a journal with all "
                                               "evaluations, journal_points = all",
                                               replay->points);
      return complain (replay, error, text);
    }
  replay->run.n = n;
  replay->run.lower = replay->lower;
  replay->run.upper = replay->upper;
  replay->run.best_x = replay->best_x;
  replay->run.max_jobs = detail_count (details, "max_jobs", 0);
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

/* ---- optimizers ---- */

static Quarry *
find (const Replay *replay, guint64 id)
{
  return id >= 1 && id <= replay->quarries->len ? replay->quarries->pdata[id - 1] : NULL;
}

static void
add_optimizer (Replay *replay, const GlompoRecord *record)
{
  Quarry *quarry = find (replay, record->optimizer);
  if (quarry != NULL) /* it goes on in a later session */
    {
      quarry->present = quarry->verdict == NULL;
      quarry->view->alive = quarry->present;
      return;
    }
  const guint64 *said = g_hash_table_lookup (replay->ended, &record->optimizer);
  quarry = g_new0 (Quarry, 1);
  quarry->id = record->optimizer;
  quarry->group = g_strdup (detail_string (record->details, "group"));
  quarry->type = g_strdup (detail_string (record->details, "type"));
  quarry->trace = trace_new (quarry->id, quarry->group, quarry->type, replay->run.n, &replay->window);
  quarry->view = trace_view (quarry->trace);
  quarry->view->alive = true;
  quarry->present = TRUE;
  quarry->view->workers = detail_count (record->details, "workers", 1);
  quarry->start = quarry->last_result = record->time;
  quarry->said = said != NULL ? *said : G_MAXUINT64;
  quarry->best_f = INFINITY;
  for (gsize i = 0; i < replay->run.n_groups; i++)
    if (g_strcmp0 (replay->groups[i].name, quarry->group) == 0)
      quarry->view->group_index = i;
  g_ptr_array_add (replay->quarries, quarry);
  g_ptr_array_add (replay->traces, quarry->view);
  replay->run.started++;
  replay->run.busy += quarry->view->workers;
  replay->run.traces = (const GlompoTrace *const *) replay->traces->pdata;
  replay->run.n_traces = replay->traces->len;
}

static void
give_up_slots (Replay *replay, Quarry *quarry)
{
  if (quarry->view->alive)
    replay->run.busy -= MIN (replay->run.busy, quarry->view->workers);
  quarry->view->alive = false;
}

/* From here on it is not alive for hunters, as in the run; its slots are free somewhat later there. */
static void
freeze (Replay *replay, Quarry *quarry, GVariant *details)
{
  if (!quarry->present || quarry->frozen)
    return;
  quarry->frozen = TRUE;
  quarry->view->frozen = g_strcmp0 (detail_string (details, "by"), "user") != 0;
  replay->run.frozen++;
  replay->run.freezes++;
  give_up_slots (replay, quarry);
}

static void
thaw (Replay *replay, Quarry *quarry)
{
  replay->run.frozen -= quarry->frozen;
  quarry->frozen = FALSE;
  quarry->view->frozen = false;
}

static void
revive (Replay *replay, Quarry *quarry)
{
  if (!quarry->present || !quarry->frozen)
    return;
  thaw (replay, quarry);
  quarry->view->alive = true;
  replay->run.busy += quarry->view->workers;
  replay->run.revivals++;
}

static void
leave (Replay *replay, Quarry *quarry)
{
  if (!quarry->present)
    return;
  thaw (replay, quarry);
  give_up_slots (replay, quarry);
  quarry->present = FALSE;
  trace_end (quarry->trace);
  condition_forget (replay->condition, quarry->id);
}

static void
end_optimizer (Replay *replay, Quarry *quarry, GVariant *details)
{
  const char *state = detail_string (details, "state");
  replay->run.converged += g_strcmp0 (state, "converged") == 0;
  replay->run.crashed += g_strcmp0 (state, "failed") == 0;
  leave (replay, quarry);
}

static void
order_end (Replay *replay, Quarry *quarry, GVariant *details)
{
  const char *by = detail_string (details, "by");
  gboolean user = g_strcmp0 (by, "user") == 0, hunter = g_strcmp0 (by, "hunter") == 0;
  if (user || hunter)
    {
      quarry->stopped_in_run = TRUE;
      replay->result->stopped++;
      replay->result->spared += quarry->verdict == NULL;
    }
  quarry->stopping = quarry->stopping || !hunter;
  thaw (replay, quarry);
  if (user && quarry->verdict == NULL)
    {
      quarry->view->hunted = true;
      replay->run.hunted++;
    }
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
  const Quarry *best = find (replay, run->best_id);
  replay->last_hunt = run->evaluations;
  run->hunts++;
  update_clock (replay, time);
  for (guint i = 0; i < replay->quarries->len; i++)
    {
      Quarry *quarry = replay->quarries->pdata[i];
      if (quarry == best || !quarry->present || quarry->verdict != NULL || quarry->stopping || quarry->frozen
          || quarry->said < replay->call || quarry->view->evaluations == 0)
        continue;
      if (condition_test_victim (replay->condition, run, best->view, quarry->view))
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
    leave (replay, quarry);
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
  Quarry *quarry = find (replay, record->optimizer);
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

/* The only command that matters here. */
static void
take_command (Replay *replay, GVariant *details)
{
  static const char prefix[] = "set hunt_frequency ";
  const char *command = detail_string (details, "command");
  gint64 n;
  if (replay->own_frequency && command != NULL && g_str_has_prefix (command, prefix)
      && text_to_int64 (command + strlen (prefix), &n) && n >= 1)
    replay->result->hunt_frequency = (guint64) n;
}

static gboolean
take_end (Replay *replay, GVariant *details, GError **error)
{
  replay->result->ended = TRUE;
  return detail_count (details, "evaluations", 0) <= replay->call || complain_of_gap (replay, error);
}

static gboolean
take_record (Replay *replay, const GlompoRecord *record, GError **error)
{
  Quarry *quarry = find (replay, record->optimizer);
  if (record->type == GLOMPO_RECORD_RUN_STARTED)
    return begin (replay, record, error);
  if (!replay->begun)
    return complain (replay, error, "wanted the start of the run in its first record");
  if (record->type == GLOMPO_RECORD_EVALUATION)
    return take_evaluation (replay, record, error);
  if (record->type == GLOMPO_RECORD_OPTIMIZER_STARTED)
    add_optimizer (replay, record);
  else if (record->type == GLOMPO_RECORD_OPTIMIZER_ENDED && quarry != NULL)
    end_optimizer (replay, quarry, record->details);
  else if (record->type == GLOMPO_RECORD_STOP && quarry != NULL)
    order_end (replay, quarry, record->details);
  else if (record->type == GLOMPO_RECORD_FREEZE && quarry != NULL)
    freeze (replay, quarry, record->details);
  else if (record->type == GLOMPO_RECORD_REVIVE && quarry != NULL)
    revive (replay, quarry);
  else if (record->type == GLOMPO_RECORD_SPAWNING_STOPPED)
    replay->run.spawning = false;
  else if (record->type == GLOMPO_RECORD_COMMAND)
    take_command (replay, record->details);
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
  guint64 said = record->details != NULL ? detail_count (record->details, "said", G_MAXUINT64) : G_MAXUINT64;
  if (record->type == GLOMPO_RECORD_OPTIMIZER_ENDED && said != G_MAXUINT64)
    g_hash_table_replace (replay->ended, g_memdup2 (&record->optimizer, sizeof record->optimizer),
                          g_memdup2 (&said, sizeof said));
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
      verdict->last_best_f = find (replay, verdict->id)->best_f;
    }
}

GlompoHuntReplay *
glompo_hunt_replay_new (const char *path, const char *hunters, guint64 hunt_frequency,
                        GlompoRegistry *registry, GError **error)
{
  g_return_val_if_fail (path != NULL && hunters != NULL && registry != NULL, NULL);
  g_auto (Replay) replay = { .own_frequency = hunt_frequency == 0 };
  replay.result = g_new0 (GlompoHuntReplay, 1);
  replay.result->hunt_frequency = MAX (hunt_frequency, 1);
  replay.result->best_f = INFINITY;
  replay.result->verdicts = g_ptr_array_new_with_free_func (verdict_free);
  replay.run = (GlompoRun){ .struct_size = sizeof (GlompoRun), .best_f = INFINITY, .spawning = true };
  replay.quarries = g_ptr_array_new_with_free_func (quarry_free);
  replay.traces = g_ptr_array_new ();
  replay.ended = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
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
