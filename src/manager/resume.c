/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run that goes on: its past is gone through record by record, with the code that the run is made of, until
 * the tape has ended; then workers are started for the optimizers that live, which go through their own
 * pasts.
 * Thread: the manager's.
 */
#include "manager/schedule.h"
#include "manager/snapshots.h"
#include <string.h>

/* How long the end of another program that writes the journal is awaited, and how often it is looked for. */
#define WRITER_GONE_US (2 * G_USEC_PER_SEC)
#define WRITER_LOOK_US 20000

/* Before anything that belongs to this session, such as workers, which draw leave. */
static void
begin_session (GlompoManager *manager)
{
  GlompoRun *run = &manager->run;
  manager->session_begun = TRUE;
  manager->evaluations_before = run->evaluations;
  run->seconds_before += run->seconds;
  run->seconds = 0;
  run->max_jobs = (uint64_t) manager->config->settings->max_jobs;
  if (manager->fruitless >= FRUITLESS_MAX)
    manager->fruitless = 0; /* it ended for that, and is tried again */
  if (manager->spawn_changed)
    manager->spawning = run->spawning = TRUE; /* until it is asked again */
  if (manager->budget < (guint64) G_MAXINT64)
    atomic_store (&backend_get_budget (manager->backend)->left,
                  (gint64) (manager->budget - MIN (manager->budget, run->evaluations)));
  chronicle_run_started (manager);
}

gboolean
resume_is_past (GlompoManager *manager)
{
  if (manager->tape == NULL)
    return FALSE;
  if (tape_peek (manager->tape) != NULL)
    return TRUE;
  if (!manager->session_begun && !manager->finished_before)
    begin_session (manager);
  return FALSE;
}

gint64
manager_now (const GlompoManager *manager)
{
  return manager->tape != NULL ? manager->tape_now : g_get_monotonic_time ();
}

/* What policies may look at is what it was then. */
static void
follow_settings (GlompoManager *manager)
{
  guint64 max_jobs = tape_get_max_jobs (manager->tape);
  manager->past_hunt_frequency = tape_get_hunt_frequency (manager->tape);
  if (!manager->session_begun && max_jobs > 0)
    manager->run.max_jobs = max_jobs;
}

static void
keep_time (GlompoManager *manager)
{
  manager->tape_now = manager->start_time + tape_get_elapsed (manager->tape);
  manager->session_start = manager->start_time + tape_get_elapsed_before (manager->tape);
  follow_settings (manager);
}

gboolean
resume_has_ended (GlompoManager *manager, const Optimizer *optimizer)
{
  return optimizer->ended
         || (manager->tape != NULL
             && tape_get_said (manager->tape, optimizer->id) < manager->run.evaluations);
}

gboolean
resume_verdict (GlompoManager *manager, gboolean found, GlompoRecordType type, guint64 id, const char *by)
{
  if (G_LIKELY (manager->tape == NULL) || !resume_is_past (manager))
    return found;
  const GlompoRecord *next = tape_peek (manager->tape);
  const char *who = NULL;
  if (next->type != type || (id != 0 && next->optimizer != id))
    return FALSE;
  return by == NULL || (g_variant_lookup (next->details, "by", "&s", &who) && g_str_equal (who, by));
}

void
resume_expect (GlompoManager *manager, GlompoRecordType type, guint64 id)
{
  const GlompoRecord *next = tape_peek (manager->tape);
  if (next == NULL || next->type != type || next->optimizer != id)
    return;
  tape_take (manager->tape);
  if (tape_peek (manager->tape) != NULL)
    keep_time (manager);
}

char *
resume_hunt (GlompoManager *manager, guint64 id, gboolean *inout_stop, gboolean *inout_freeze)
{
  char *reason = NULL;
  const char *verdict = NULL;
  if (G_LIKELY (manager->tape == NULL))
    return NULL;
  if (!resume_is_past (manager))
    {
      /* The last evaluation of a session: after the order to end nobody was hunted. */
      gboolean spared = tape_was_ended_by_session (manager->tape, id);
      *inout_stop = *inout_stop && !spared;
      *inout_freeze = *inout_freeze && !spared;
      return NULL;
    }
  gboolean held = resume_verdict (manager, FALSE, GLOMPO_RECORD_HUNT, id, NULL);
  GVariant *details = tape_peek (manager->tape)->details;
  if (held)
    {
      g_variant_lookup (details, "reason", "s", &reason);
      g_variant_lookup (details, "verdict", "&s", &verdict);
    }
  *inout_freeze = held && g_strcmp0 (verdict, "freeze") == 0;
  *inout_stop = held && !*inout_freeze;
  return held && reason == NULL ? g_strdup ("") : reason;
}

static gboolean
find_group (const GlompoManager *manager, const char *name, gsize *out_group)
{
  for (guint i = 0; i < manager->config->groups->len; i++)
    if (g_str_equal (((OptimizerGroup *) manager->config->groups->pdata[i])->name, name))
      {
        *out_group = i;
        return TRUE;
      }
  return FALSE;
}

gboolean
resume_start (GlompoManager *manager, gsize *out_group, double *x0)
{
  if (!resume_verdict (manager, FALSE, GLOMPO_RECORD_OPTIMIZER_STARTED, manager->run.started + 1, NULL))
    return FALSE;
  const GlompoRecord *record = tape_peek (manager->tape);
  const char *name = "";
  gsize n = 0;
  g_autoptr (GVariant) x = g_variant_lookup_value (record->details, "x0", G_VARIANT_TYPE ("ad"));
  const double *values = x != NULL ? g_variant_get_fixed_array (x, &n, sizeof (double)) : NULL;
  g_variant_lookup (record->details, "group", "&s", &name);
  manager->tape_offset = record->offset;
  if (!find_group (manager, name, out_group) || n != manager->space->n)
    return FALSE; /* resume_set_up() has compared the configurations: the journal is no journal of a run */
  memcpy (x0, values, n * sizeof *x0);
  return TRUE;
}

/* ---- one record of the past ---- */

static gboolean
set_inconsistent (GlompoManager *manager, const GlompoRecord *record, const char *what, GError **error)
{
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_CORRUPT,
               "%s cannot be resumed: its journal does not follow from itself at byte %" G_GUINT64_FORMAT
               ": %s",
               manager->directory, record->offset, what);
  return FALSE;
}

static Optimizer *
find_alive (GlompoManager *manager, guint64 id)
{
  if (id == 0 || id > manager->optimizers->len)
    return NULL;
  Optimizer *optimizer = manager->optimizers->pdata[id - 1];
  return life_is_over (optimizer->state) ? NULL : optimizer;
}

static void
follow_order (GlompoManager *manager, Optimizer *optimizer)
{
  if (schedule_current (manager) == optimizer)
    return;
  manager->order_differs = TRUE;
  schedule_set_current (manager, optimizer);
}

static gboolean
apply_evaluation (GlompoManager *manager, Optimizer *optimizer, const GlompoRecord *record, GError **error)
{
  const GlompoEvaluation *evaluation = &record->evaluation;
  gsize n = manager->space->n;
  if (evaluation->n != n || evaluation->call != manager->run.evaluations + 1)
    return set_inconsistent (manager, record, "an evaluation that is not the next one", error);
  g_autofree double *x = g_memdup2 (evaluation->x, n * sizeof *x);
  ChannelRecord taken = { .type = CHANNEL_EVALUATION,
                          .point = evaluation->point,
                          .status = evaluation->status,
                          .f = evaluation->f,
                          .x = x };
  gboolean deterministic = manager->config->settings->deterministic;
  optimizer->last_result = manager->tape_now;
  tape_take (manager->tape);
  if (deterministic)
    follow_order (manager, optimizer);
  manager_update_clock (manager);
  manager_accept (manager, optimizer, &taken, TIME_OF_PAST);
  if (deterministic && schedule_took (manager, optimizer))
    manager_fill_slots (manager);
  return TRUE;
}

static void
read_metrics (Optimizer *optimizer, GVariant *details)
{
  const char *const *names = optimizer->group->plugin->metrics;
  g_autoptr (GVariant) metrics = g_variant_lookup_value (details, "metrics", G_VARIANT_TYPE ("a{sd}"));
  if (metrics == NULL || names == NULL || g_variant_n_children (metrics) == 0)
    return;
  optimizer->metrics = g_array_new (FALSE, TRUE, sizeof (double));
  for (guint i = 0; names[i] != NULL; i++)
    {
      double value = 0;
      g_variant_lookup (metrics, names[i], "d", &value);
      g_array_append_val (optimizer->metrics, value);
    }
}

static void
apply_end (GlompoManager *manager, Optimizer *optimizer, GVariant *details)
{
  const char *state = "", *reason = NULL;
  g_variant_lookup (details, "state", "&s", &state);
  g_variant_lookup (details, "reason", "&s", &reason);
  g_variant_lookup (details, "reason_code", "i", &optimizer->reason_code);
  optimizer->ended = TRUE;
  optimizer->failed = g_str_equal (state, "failed");
  g_free (optimizer->reason);
  optimizer->reason = g_strdup (reason);
  read_metrics (optimizer, details);
  if (manager->config->settings->deterministic)
    follow_order (manager, optimizer);
  manager_update_clock (manager);
  manager_bury (manager, optimizer, NULL);
  if (manager->config->settings->deterministic)
    manager_fill_slots (manager);
}

static void
apply_stop (GlompoManager *manager, Optimizer *optimizer, GVariant *details)
{
  g_autofree char *by = NULL, *reason = NULL;
  g_variant_lookup (details, "by", "s", &by);
  g_variant_lookup (details, "reason", "s", &reason);
  guint64 id = optimizer->id;
  if (g_strcmp0 (by, "limit") == 0)
    optimizer->forced = g_intern_string (reason);
  else
    manager_stop_optimizer (manager, optimizer, by != NULL ? by : "user", reason != NULL ? reason : "");
  resume_expect (manager, GLOMPO_RECORD_STOP, id); /* unless it was stopped already */
}

static void
apply_rest (GlompoManager *manager, Optimizer *optimizer, GlompoRecordType type, GVariant *details)
{
  g_autofree char *by = NULL, *reason = NULL;
  guint64 id = optimizer->id;
  g_variant_lookup (details, "by", "s", &by);
  g_variant_lookup (details, "reason", "s", &reason);
  if (type == GLOMPO_RECORD_FREEZE)
    manager_freeze (manager, optimizer, by != NULL ? by : "user", reason != NULL ? reason : "");
  else
    manager_revive (manager, optimizer, by != NULL ? by : "user", reason != NULL ? reason : "");
  resume_expect (manager, type, id);
}

void
resume_spawning_stopped (GlompoManager *manager)
{
  g_autofree char *by = NULL, *reason = NULL;
  GVariant *details = tape_peek (manager->tape)->details;
  g_variant_lookup (details, "by", "s", &by);
  g_variant_lookup (details, "reason", "s", &reason);
  manager->spawning = TRUE; /* a later session may have found another reason */
  manager_stop_spawning (manager, by != NULL ? by : "spawn", reason != NULL ? reason : "", NULL);
}

void
resume_spawning (GlompoManager *manager)
{
  if (!manager->spawning
      && resume_verdict (manager, FALSE, GLOMPO_RECORD_OPTIMIZER_STARTED, manager->run.started + 1, NULL))
    manager->spawning = manager->run.spawning = TRUE;
}

static void
apply_injection (GlompoManager *manager, Optimizer *optimizer, GVariant *details)
{
  double f = 0;
  guint64 from = 0;
  g_variant_lookup (details, "f", "d", &f);
  g_variant_lookup (details, "from", "t", &from);
  if (manager->config->settings->deterministic)
    follow_order (manager, optimizer); /* it took it with leave, in its turn */
  schedule_offer_taken (manager, optimizer, f, from);
  tape_take (manager->tape);
}

static gboolean
apply (GlompoManager *manager, const GlompoRecord *record, GError **error)
{
  guint64 offset = record->offset;
  Optimizer *optimizer = find_alive (manager, record->optimizer);
  keep_time (manager);
  if (record->type == GLOMPO_RECORD_OPTIMIZER_STARTED)
    {
      manager_fill_slots (manager);
      const GlompoRecord *next = tape_peek (manager->tape);
      return next == NULL || next->offset != offset
             || set_inconsistent (manager, next, "an optimizer that this configuration does not start",
                                  error);
    }
  if (record->type == GLOMPO_RECORD_SPAWNING_STOPPED)
    {
      resume_spawning_stopped (manager);
      return TRUE;
    }
  if (optimizer == NULL)
    return set_inconsistent (manager, record, "an event of an optimizer that does not live", error);
  if (record->type == GLOMPO_RECORD_EVALUATION)
    return apply_evaluation (manager, optimizer, record, error);
  g_autoptr (GVariant) details = g_variant_ref (record->details);
  if (record->type == GLOMPO_RECORD_OPTIMIZER_ENDED)
    apply_end (manager, optimizer, details);
  else if (record->type == GLOMPO_RECORD_STOP)
    apply_stop (manager, optimizer, details);
  else if (record->type == GLOMPO_RECORD_FREEZE || record->type == GLOMPO_RECORD_REVIVE)
    apply_rest (manager, optimizer, record->type, details);
  else if (record->type == GLOMPO_RECORD_INJECTION)
    apply_injection (manager, optimizer, details);
  else
    tape_take (manager->tape);
  return TRUE;
}

/* ---- the present ---- */

/* Times of the past are moved so that the run goes on where it stood. */
static void
shift_times (GlompoManager *manager)
{
  gint64 now = g_get_monotonic_time ();
  gint64 shift = now - manager->tape_now;
  manager->start_time += shift;
  manager->session_start = now;
  for (guint i = 0; i < manager->optimizers->len; i++)
    {
      Optimizer *optimizer = manager->optimizers->pdata[i];
      optimizer->start += shift;
      optimizer->end += optimizer->end != 0 ? shift : 0;
      optimizer->stopped_at = optimizer->emptied = optimizer->anchors[0] = optimizer->anchors[1] = now;
      optimizer->last_result = optimizer->last_sign = now; /* the interruption is no silence */
    }
  manager->last_status = manager->last_flush = manager->last_watch = now;
  if (manager->ending)
    manager->ending_since = now;
}

/* In normal mode one that was told to end has nothing more to do. */
static void
bury_idle (GlompoManager *manager)
{
  for (guint i = manager->alive->len; i > 0; i--)
    {
      Optimizer *optimizer = manager->alive->pdata[i - 1];
      if (optimizer->worker != NULL || (optimizer->state != LIFE_STOPPING && !manager->ending))
        continue;
      optimizer->ended = TRUE;
      optimizer->said = manager->run.evaluations;
      manager_bury (manager, optimizer, NULL);
    }
}

static gboolean
start_workers (GlompoManager *manager, GError **error)
{
  guint shortened = 0;
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      if (optimizer->worker != NULL)
        continue;
      TermsPast past = { .from = optimizer->born,
                         .until = manager->end_of_past,
                         .evaluations = optimizer->view->evaluations };
      shortened += shelf_choose (manager, optimizer, &past);
      backend_set_past (manager->backend, &past);
      gboolean started = manager_start_worker (manager, optimizer, error);
      backend_set_past (manager->backend, NULL);
      if (!started)
        return FALSE;
      schedule_go_live (manager, optimizer);
      if (optimizer->state == LIFE_STOPPING)
        channel_set_command (worker_get_channel (optimizer->worker), CHANNEL_STOP);
      else if (optimizer->state == LIFE_FROZEN)
        optimizer->pause_order = channel_set_command (worker_get_channel (optimizer->worker), CHANNEL_PAUSE);
    }
  if (shortened > 0)
    chronicle_message (manager, 0, G_LOG_LEVEL_INFO,
                       "%u of the %u optimizers go on from a snapshot, the newest of them %s", shortened,
                       manager->alive->len, manager->snapshots.newest);
  return TRUE;
}

static void
tell_resumed (GlompoManager *manager)
{
  const GlompoRun *run = &manager->run;
  chronicle_message (manager, 0, G_LOG_LEVEL_INFO,
                     "run resumed in %s: %" G_GUINT64_FORMAT " evaluations of before, %u optimizers go on",
                     manager->directory, run->evaluations, manager->alive->len);
  const JournalCut *cut = journal_writer_get_cut (manager->journal);
  if (cut->bytes > 0)
    chronicle_message (manager, 0, cut->damaged ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_INFO,
                       "the last %" G_GUINT64_FORMAT " bytes of the journal %s%s%s", cut->bytes,
                       cut->damaged ? "were damaged; what they held is evaluated again"
                                    : "were half a record",
                       cut->kept != NULL ? "; they are kept in " : "", cut->kept != NULL ? cut->kept : "");
  if (manager->order_differs)
    chronicle_message (
        manager, 0, G_LOG_LEVEL_WARNING,
        "the order of the journal is not that of this configuration: settings were changed, or "
        "the user intervened; from here on it is deterministic again");
}

static gboolean
go_live (GlompoManager *manager, GError **error)
{
  resume_is_past (manager); /* begins the session */
  keep_time (manager);
  shift_times (manager);
  g_clear_pointer (&manager->tape, tape_free);
  manager_update_clock (manager); /* the session has lasted no time */
  if (manager->finished_before)
    {
      order_close (manager, GLOMPO_RUN_FINISHED,
                   "it had finished before; a larger budget would let it go on");
      return TRUE;
    }
  tell_resumed (manager);
  if (manager->observer.started != NULL)
    manager->observer.started (manager, manager->directory, manager->observer_data);
  gboolean deterministic = manager->config->settings->deterministic;
  if (!deterministic)
    {
      manager_check_convergence (manager);
      bury_idle (manager);
    }
  if (!start_workers (manager, error))
    return FALSE;
  g_clear_pointer (&manager->snapshots.shelf, g_ptr_array_unref);
  snapshots_begin (manager);
  if (!manager->ending && (!deterministic || manager->alive->len == 0))
    manager_fill_slots (manager);
  return TRUE;
}

/* ---- what begins it ---- */

static gboolean
check_scan (GlompoManager *manager, const TapeScan *scan, GError **error)
{
  const char *fault = NULL;
  guint64 seed;
  if (scan->first == NULL || !g_variant_lookup (scan->first, "seed", "t", &seed))
    fault = "its journal has no beginning: nothing was evaluated; start it anew";
  else if (manager->config->settings->journal_points != JOURNAL_ALL || scan->gap != 0)
    fault = "evaluations are missing in its journal; only runs with journal_points = all can be resumed";
  if (fault == NULL)
    {
      manager->seed = seed;
      return TRUE;
    }
  g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_FAILED, "%s cannot be resumed: %s",
               manager->directory, fault);
  return FALSE;
}

/* Whether a key of [glompo] has the value that it had at the end of the last session. */
static gboolean
is_kept (const GlompoManager *manager, const TapeScan *scan, const char *key)
{
  g_autofree char *now = options_get_text (manager->config->settings_options, key);
  return g_strcmp0 (in_force_get (scan->settings, key), now) == 0;
}

/* And none of the settings that could let it go on has changed. */
static gboolean
was_finished (const GlompoManager *manager, const TapeScan *scan)
{
  static const char *const deciding[] = { "convergence", "spawn", "max_jobs" };
  gboolean same = scan->is_finished;
  for (guint i = 0; same && i < G_N_ELEMENTS (deciding); i++)
    same = is_kept (manager, scan, deciding[i]);
  return same;
}

/* To go on with it. One that can be read and not written is in a directory that is wrong for that. */
static JournalWriter *
open_journal (GlompoManager *manager, const char *path, guint64 end, GError **error)
{
  g_autoptr (GError) fault = NULL;
  JournalWriter *journal = journal_writer_open (path, end, &fault);
  if (g_error_matches (fault, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO))
    g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_DIRECTORY,
                 "%s cannot be gone on with: %s; make it writable, or copy it", manager->directory,
                 fault->message);
  else if (fault != NULL)
    g_propagate_error (error, g_steal_pointer (&fault));
  return journal;
}

/* Whoever was killed a moment ago may not be gone yet. One that goes on is found when the journal is
 * opened. */
static void
await_end_of_writer (const char *path)
{
  gint64 until = g_get_monotonic_time () + WRITER_GONE_US;
  while (journal_is_being_written (path) && g_get_monotonic_time () < until)
    g_usleep (WRITER_LOOK_US);
}

gboolean
resume_set_up (GlompoManager *manager, GError **error)
{
  TapeScan scan;
  g_autofree char *path = g_build_filename (manager->directory, GLOMPO_JOURNAL_FILE, NULL);
  await_end_of_writer (path);
  if (!tape_scan (path, &scan, error))
    return FALSE;
  gboolean good = check_scan (manager, &scan, error);
  if (good)
    {
      /* In deterministic mode an end that was not completed is gone through as it was. */
      guint64 sessions = !manager->config->settings->deterministic ? G_MAXUINT64 : scan.finished;
      manager->end_of_past = scan.end;
      manager->finished_before = was_finished (manager, &scan);
      manager->spawn_changed = !is_kept (manager, &scan, "spawn");
      manager->journal = open_journal (manager, path, scan.end, error);
      if (manager->journal != NULL)
        {
          journal_writer_not_before (manager->journal, scan.last_time);
          manager->tape = tape_new (path, &scan, sessions, error);
        }
      good = manager->tape != NULL;
    }
  tape_scan_clear (&scan);
  return good;
}

gboolean
resume_replay (GlompoManager *manager, GError **error)
{
  const GlompoRecord *record;
  manager->tape_now = manager->start_time;
  if (tape_peek (manager->tape) != NULL)
    follow_settings (manager);
  condition_test_run (manager->convergence, &manager->run); /* as at the start */
  manager_fill_slots (manager);
  while ((record = tape_peek (manager->tape)) != NULL)
    if (!apply (manager, record, error))
      return FALSE;
  if (tape_get_failure (manager->tape) == NULL)
    return go_live (manager, error);
  g_set_error (error, GLOMPO_JOURNAL_ERROR, GLOMPO_JOURNAL_ERROR_IO, "%s", tape_get_failure (manager->tape));
  return FALSE;
}
