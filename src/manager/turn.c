/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The manager at work: takes results, keeps the incumbent, hunts, checks, ends. Every result goes through
 * accept() one by one, so that hunts and checks happen between single evaluations, whatever the speed.
 */
#include "base/text.h"
#include "compat/compat.h"
#include "manager/manager-private.h"
#include "manager/schedule.h"
#include "manager/snapshots.h"
#include <math.h>
#include <string.h>

/* Records taken from one optimizer before the next one has its turn. */
#define TAKE_MAX 256
/* A turn ends after this time, so that signals and timers are served. */
#define TURN_US 10000
/* A worker that was killed is gone in milliseconds. */
#define KILL_US (2 * G_USEC_PER_SEC)
/* Default of end_timeout, seconds. */
#define END_TIMEOUT 10.0

void
manager_update_clock (GlompoManager *manager)
{
  gint64 now = manager_now (manager);
  if (manager->tape == NULL)
    manager_forgive_absence (manager, now);
  manager->run.seconds = (double) (now - manager->session_start) / G_USEC_PER_SEC;
  manager->run.seconds_before = (double) (manager->session_start - manager->start_time) / G_USEC_PER_SEC;
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      optimizer->view->seconds = (double) (now - optimizer->start) / G_USEC_PER_SEC;
      optimizer->view->seconds_silent = (double) (now - optimizer->last_result) / G_USEC_PER_SEC;
    }
}

/* ---- incumbent ---- */

static void
share_incumbent (GlompoManager *manager)
{
  manager_commit (manager);
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *other = manager->alive->pdata[i];
      const GlompoOptimizerVTable *v = other->group->plugin->optimizer;
      if (other->id == manager->run.best_id || life_is_over (other->state)
          || (v->inject == NULL && v->run == NULL))
        continue;
      if (manager->config->settings->deterministic || other->worker == NULL)
        schedule_offer (manager, other);
      else
        channel_inject (worker_get_channel (other->worker), manager->best_x, manager->run.best_f,
                        manager->run.best_id);
    }
}

static void
update_incumbent (GlompoManager *manager, const Optimizer *optimizer, const ChannelRecord *record)
{
  GlompoRun *run = &manager->run;
  run->best_f = record->f;
  run->best_id = optimizer->id;
  run->best_evaluation = run->evaluations;
  memcpy (manager->best_x, record->x, run->n * sizeof (double));
  if (!resume_is_past (manager))
    manager_announce_incumbent (manager);
  if (manager->config->settings->share_best_solutions && !manager->ending)
    share_incumbent (manager);
}

/* ---- hunting ---- */

/* The hunters first; one that they leave alone may still be frozen, unless it is on trial after a revival. */
static void
judge (GlompoManager *manager, Optimizer *best, Optimizer *victim)
{
  const GlompoRun *run = &manager->run;
  gboolean stop
      = manager->hunters != NULL && condition_test_victim (manager->hunters, run, best->view, victim->view);
  gboolean freeze = !stop && manager->freezers != NULL && victim->view->evaluations >= victim->trial
                    && condition_test_victim (manager->freezers, run, best->view, victim->view);
  g_autofree char *before = resume_hunt (manager, victim->id, &stop, &freeze);
  if (!stop && !freeze)
    return;
  const Condition *held = stop ? manager->hunters : manager->freezers;
  g_autofree char *reason = before != NULL ? g_steal_pointer (&before) : condition_explain (held);
  if (resume_is_past (manager))
    resume_expect (manager, GLOMPO_RECORD_HUNT, victim->id);
  else
    chronicle_hunt (manager, victim, stop ? "stop" : "freeze", held, reason);
  if (freeze)
    {
      manager_freeze (manager, victim, "hunter", reason);
      return;
    }
  chronicle_message (manager, victim->id, G_LOG_LEVEL_INFO,
                     "optimizer %" G_GUINT64_FORMAT " hunted by %" G_GUINT64_FORMAT ": %s", victim->id,
                     best->id, reason);
  manager_stop_optimizer (manager, victim, "hunter", reason);
}

/* A hunt of the past is one of those that there were: so that the next one is when it would have been. */
static gboolean
is_hunt_due (const GlompoManager *manager)
{
  gboolean hunts = manager->hunters != NULL || manager->freezers != NULL;
  guint64 frequency = hunts ? manager->hunt_frequency : 0;
  if (manager->tape != NULL && manager->past_hunt_frequency != G_MAXUINT64)
    frequency = manager->past_hunt_frequency;
  return frequency > 0 && !manager->ending && manager->run.best_id != 0
         && manager->run.evaluations - manager->last_hunt >= frequency;
}

static void
judge_all (GlompoManager *manager)
{
  Optimizer *best = manager->optimizers->pdata[manager->run.best_id - 1];
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *victim = manager->alive->pdata[i];
      if (victim == best || resume_has_ended (manager, victim) || victim->state == LIFE_STOPPING
          || victim->state == LIFE_FROZEN || victim->view->evaluations == 0)
        continue;
      judge (manager, best, victim);
    }
}

static void
hunt (GlompoManager *manager)
{
  manager->last_hunt = manager->run.evaluations;
  manager->run.hunts++;
  judge_all (manager);
}

/* Where no result comes there is no hunt, and hunters that look at the clock would wait for ever: after as
 * long as the shortest time that one of them names, all are asked. It is no hunt of those that are
 * counted. */
static void
hunt_by_clock (GlompoManager *manager)
{
  gint64 now = g_get_monotonic_time (), last = manager->last_clock_hunt;
  if (manager->patience == 0 || manager->ending || manager->held || manager->paused
      || manager->run.best_id == 0 || resume_is_past (manager))
    return;
  for (guint i = 0; i < manager->alive->len; i++)
    last = MAX (last, ((const Optimizer *) manager->alive->pdata[i])->last_result);
  if (now - last < manager->patience)
    return;
  manager->last_clock_hunt = now;
  judge_all (manager);
}

/* ---- the end ---- */

void
manager_begin_end (GlompoManager *manager, GlompoRunState state, const char *reason)
{
  if (manager->ending || manager->closing)
    return;
  if (state != GLOMPO_RUN_FINISHED && resume_is_past (manager))
    return; /* it went on then */
  if (state == GLOMPO_RUN_INTERRUPTED
      || (state == GLOMPO_RUN_FINISHED
          && ((const CheckpointSettings *) options_data (manager->config->checkpoint))->checkpoint_at_conv))
    snapshots_order (manager);
  if (manager->ending || manager->closing)
    return; /* for want of a snapshot */
  if (manager->config->settings->deterministic && state != GLOMPO_RUN_FINISHED)
    {
      if (state == GLOMPO_RUN_FAILED)
        order_close (manager, state, reason);
      else
        order_drain (manager, reason);
      return;
    }
  manager->ending = TRUE;
  manager->ending_since = g_get_monotonic_time ();
  manager->end_state = state;
  manager->end_reason = g_utf8_make_valid (reason, -1);
  static const char *const by[] = { [GLOMPO_RUN_FINISHED] = "convergence",
                                    [GLOMPO_RUN_FAILED] = "crash",
                                    [GLOMPO_RUN_INTERRUPTED] = "interrupt" };
  for (guint i = 0; i < manager->alive->len; i++)
    manager_stop_optimizer (manager, manager->alive->pdata[i], by[state], reason);
}

static GLogLevelFlags
log_flags (gint level)
{
  return level >= GLOMPO_LOG_ERROR     ? G_LOG_LEVEL_CRITICAL
         : level == GLOMPO_LOG_WARNING ? G_LOG_LEVEL_WARNING
                                       : G_LOG_LEVEL_INFO;
}

/* What a worker says as long as nothing has a value is likely to be why. */
static void
note_failure (GlompoManager *manager, GLogLevelFlags level, const char *text)
{
  if (level <= G_LOG_LEVEL_WARNING && manager->run.best_id == 0 && manager->first_failure == NULL)
    manager->first_failure = g_utf8_make_valid (text, -1);
}

/* Without its backend a run cannot go on: the workers are gone. */
static void
check_backend (GlompoManager *manager)
{
  guint64 id;
  GlompoLogLevel level;
  char *text;
  while ((text = backend_take_message (manager->backend, &id, &level)) != NULL)
    {
      chronicle_message (manager, id, log_flags (level), "optimizer %" G_GUINT64_FORMAT ": %s", id, text);
      note_failure (manager, log_flags (level), text);
      g_free (text);
    }
  const char *failure = backend_get_failure (manager->backend);
  if (failure == NULL)
    return;
  /* The order to the end is the run's: the next session goes through it again. */
  if (manager->config->settings->deterministic && manager->ending && manager->alive->len > 0)
    order_close (manager, GLOMPO_RUN_FAILED, failure);
  manager_begin_end (manager, GLOMPO_RUN_FAILED, failure);
}

/* ---- results ---- */

static void
write_evaluation (const GlompoManager *manager, const Optimizer *optimizer, const ChannelRecord *record,
                  gint64 time)
{
  GlompoEvaluation evaluation = {
    .call = manager->run.evaluations,
    .point = record->point,
    .status = record->status,
    .f = record->f,
    .n = manager->run.n,
    .x = record->x,
    .n_extras = driver_values_size (manager->space, optimizer->group),
    .extras = record->extras,
  };
  journal_writer_evaluation (manager->journal, time, optimizer->id, &evaluation);
}

void
manager_accept (GlompoManager *manager, Optimizer *optimizer, const ChannelRecord *record, gint64 time)
{
  GlompoRun *run = &manager->run;
  GlompoGroup *group = &manager->groups[optimizer->group_index];
  run->evaluations++;
  group->evaluations++;
  run->failures += record->status != GLOMPO_STATUS_EVALUATED;
  JournalPoints points = (JournalPoints) manager->config->settings->journal_points;
  manager_note_result (manager, optimizer);
  if (time == TIME_OF_PAST)
    ; /* it is there already */
  else if (points == JOURNAL_ALL || (points == JOURNAL_BEST && record->f < run->best_f))
    write_evaluation (manager, optimizer, record, time);
  if (record->status == GLOMPO_STATUS_EVALUATED && isinf (optimizer->view->best_f))
    manager->fruitless = 0; /* its first value; those of others say nothing about new ones */
  trace_add (optimizer->trace, record->f, record->status, record->x);
  optimizer->view = trace_view (optimizer->trace);
  group->best_f = MIN (group->best_f, record->f);
  if (record->f < run->best_f)
    update_incumbent (manager, optimizer, record);
  if (is_hunt_due (manager))
    hunt (manager);
  manager_check_convergence (manager);
}

static void
take_message (GlompoManager *manager, const Optimizer *optimizer, const ChannelRecord *record)
{
  chronicle_message (manager, optimizer->id, log_flags (record->number),
                     "optimizer %" G_GUINT64_FORMAT " (%s): %s", optimizer->id,
                     optimizer->group->plugin->name, record->text);
  note_failure (manager, log_flags (record->number), record->text);
}

static void
take_end (const GlompoManager *manager, Optimizer *optimizer, const ChannelRecord *record)
{
  optimizer->ended = TRUE;
  optimizer->said = manager->run.evaluations;
  optimizer->failed = record->failed;
  optimizer->reason_code = record->number;
  if (*record->text != '\0' && (optimizer->stopped_by == NULL || record->failed || !optimizer->view->hunted))
    optimizer_add_reason (optimizer, record->text);
}

/* That evaluations at once give the throughput of one is said once in a run. */
static void
report_serialised (GlompoManager *manager, const Optimizer *optimizer, const ChannelRecord *record)
{
  CompatMeasure measure;
  const double *values = record->values;
  if (manager->serialised || record->n_values != COMPAT_MEASURE_N + 1)
    return;
  manager->serialised = TRUE;
  memcpy (&measure, values, sizeof measure);
  GlompoFinding *finding
      = compat_measured (manager->config, optimizer->group, values[COMPAT_MEASURE_N], &measure);
  g_autoptr (GPtrArray) findings = compat_findings_new ();
  g_ptr_array_add (findings, finding);
  chronicle_findings (manager, findings);
  g_autofree char *text = finding_to_text (finding);
  chronicle_message (manager, optimizer->id, G_LOG_LEVEL_WARNING, "%s", text);
}

/* One that went on from an earlier session is not given up for it: the run ends, to be gone on with when that
 * is mended. */
static void
take_unready (GlompoManager *manager, const Optimizer *optimizer, const ChannelRecord *record)
{
  if (optimizer->born == 0)
    return;
  g_autofree char *text = g_strdup_printf ("optimizer %" G_GUINT64_FORMAT
                                           " (%s) cannot go on: %s; once it can the run can be resumed",
                                           optimizer->id, optimizer->group->plugin->name, record->text);
  manager_begin_end (manager, GLOMPO_RUN_FAILED, text);
}

void
manager_take_record (GlompoManager *manager, Optimizer *optimizer, const ChannelRecord *record, gint64 time)
{
  switch (record->type)
    {
    case CHANNEL_EVALUATION:
      manager_accept (manager, optimizer, record, time);
      break;
    case CHANNEL_MESSAGE:
      take_message (manager, optimizer, record);
      break;
    case CHANNEL_INJECTED:
      schedule_offer_taken (manager, optimizer, record->f, record->from);
      chronicle_injection (manager, optimizer, record);
      break;
    case CHANNEL_METRICS:
      if (optimizer->metrics == NULL)
        optimizer->metrics = g_array_new (FALSE, FALSE, sizeof (double));
      g_array_set_size (optimizer->metrics, 0);
      g_array_append_vals (optimizer->metrics, record->values, (guint) record->n_values);
      break;
    case CHANNEL_ENDED:
      take_end (manager, optimizer, record);
      break;
    case CHANNEL_MEASURED:
      report_serialised (manager, optimizer, record);
      break;
    case CHANNEL_UNREADY:
      take_unready (manager, optimizer, record);
      break;
    case CHANNEL_DIVERGED:
      optimizer->diverged = TRUE;
      break;
    case CHANNEL_SAVED:
      snapshots_note (manager, optimizer, record);
      break;
    case CHANNEL_PAUSED:
      if (optimizer->state != LIFE_FROZEN || !manager->config->settings->deterministic)
        manager_note_rest (manager, optimizer, record->number); /* else see schedule.c */
      break;
    }
}

/* Takes what is in the channel, up to a number of records; returns that. exactly: to the last record. */
static guint
take_records (GlompoManager *manager, Optimizer *optimizer, gint64 time, guint most, gboolean exactly)
{
  Channel *channel = worker_get_channel (optimizer->worker);
  ChannelRecord record;
  guint n = 0;
  guint64 evaluations = optimizer->view->evaluations;
  if (exactly)
    channel_catch_up (channel);
  while (n < most && channel_read (channel, &record))
    {
      manager_take_record (manager, optimizer, &record, time);
      n++;
    }
  channel_release (channel);
  if (optimizer->view->evaluations != evaluations)
    optimizer->last_result = g_get_monotonic_time ();
  return n;
}

/* Takes what one optimizer has posted, up to a limit. Returns TRUE when there may be more. */
static gboolean
take_from (GlompoManager *manager, Optimizer *optimizer, gint64 time, gboolean exactly)
{
  g_autofree char *how = NULL;
  /* First this question, then the channel: what was posted before the end is never missed. */
  gboolean gone = worker_is_gone (optimizer->worker, &how);
  gint64 now = manager_look_at_pace (manager, optimizer);
  guint n = take_records (manager, optimizer, time, TAKE_MAX, gone || exactly);
  Channel *channel = worker_get_channel (optimizer->worker);
  /* Not while some are posted and not yet shown: those would be counted to a later time than their own. */
  if (n < TAKE_MAX && (gone || exactly || channel_is_read_out (channel)))
    optimizer->emptied = now;
  if (channel->corrupt && !gone)
    {
      g_free (how);
      how = g_strdup ("corrupt: its worker wrote nonsense into the channel");
      gone = TRUE;
    }
  if (gone && n < TAKE_MAX)
    {
      manager_bury (manager, optimizer, optimizer->forced != NULL ? optimizer->forced : how);
      return FALSE;
    }
  return n == TAKE_MAX;
}

/* ---- the last optimizers ---- */

static gboolean
over_time (const GlompoManager *manager)
{
  double limit = manager->config->settings->end_timeout;
  if (isnan (limit) && manager->config->settings->deterministic && !manager->closing && !manager->draining)
    return FALSE; /* what they still do belongs to the run */
  if (isnan (limit))
    limit = END_TIMEOUT;
  return (double) (g_get_monotonic_time () - manager->ending_since) > limit * G_USEC_PER_SEC;
}

/* One that was not killed, or of whose death nothing is heard, is left to itself; not what it has
 * finished. */
static void
abandon (GlompoManager *manager, Optimizer *optimizer)
{
  if (optimizer->worker != NULL)
    {
      channel_abandon (worker_get_channel (optimizer->worker));
      take_records (manager, optimizer, g_get_real_time (), G_MAXUINT, TRUE);
    }
  manager_bury (manager, optimizer, optimizer->forced);
}

/* Optimizers that do not end in time, or that nobody waits for, are written off. Where they can be killed
 * they are, and what they had finished is taken before they are buried as any other. */
static void
write_off (GlompoManager *manager, gboolean at_once)
{
  gint64 now = g_get_monotonic_time ();
  gboolean first = manager->written_off == 0;
  manager->written_off = first ? now : manager->written_off;
  gboolean wait = backend_can_kill (manager->backend) && now - manager->written_off < KILL_US;
  for (guint i = manager->alive->len; i > 0; i--)
    {
      Optimizer *optimizer = manager->alive->pdata[i - 1];
      if (first)
        optimizer->let_go = at_once;
      if (first && optimizer->forced == NULL && optimizer->worker != NULL)
        {
          optimizer->forced = at_once ? "the run ended at once and did not wait for it"
                                      : "it did not end in time when the run ended";
          worker_kill (optimizer->worker);
        }
      if (!wait)
        abandon (manager, optimizer);
    }
}

static void
check_end (GlompoManager *manager)
{
  guint asked = atomic_load (&manager->stop_asked);
  if (asked > 0 && !manager->ending && !manager->draining)
    manager_begin_end (manager, GLOMPO_RUN_INTERRUPTED, manager->stop_reason);
  if (manager->draining && (asked > 1 || over_time (manager)))
    order_close (manager, GLOMPO_RUN_INTERRUPTED, manager->stop_reason);
  if (!manager->ending || manager->closing)
    return;
  if (manager->alive->len > 0 && (asked > 1 || manager->written_off != 0 || over_time (manager)))
    write_off (manager, asked > 1);
  if (manager->alive->len == 0 && (manager_settle (manager) || asked > 0 || manager->failure != NULL))
    g_main_loop_quit (manager->loop);
}

gint64
manager_count_out (const GlompoManager *manager)
{
  gint64 out = 0;
  for (guint i = 0; i < manager->alive->len; i++)
    {
      const Optimizer *optimizer = manager->alive->pdata[i];
      if (optimizer->worker != NULL)
        out += atomic_load (channel_drawn (worker_get_channel (optimizer->worker)))
               - (gint64) optimizer->view->evaluations;
    }
  return out;
}

/* Leave that no worker has any more, because one died with it, would keep the run from its budget for ever:
 * once the budget is all drawn, what is missing in the account is put back. A worker may be between drawing
 * and writing it down, so that only what is missing twice counts. */
static void
reconcile_budget (GlompoManager *manager)
{
  Budget *budget = backend_get_budget (manager->backend);
  gint64 left = atomic_load (&budget->left);
  if (manager->budget >= (guint64) G_MAXINT64 || left > 0 || manager->ending)
    return;
  gint64 lost = (gint64) (manager->budget - manager->run.evaluations) - manager_count_out (manager) - left;
  if (lost > 0 && lost == manager->lost_leave)
    {
      budget_give_back (budget, lost);
      lost = 0;
    }
  manager->lost_leave = lost;
}

static void
enter (GlompoManager *manager)
{
  g_mutex_lock (&manager->lock);
  /* Whoever waits for a look at the run comes first: a busy manager would never let them in. One at a time:
   * else they would never let the manager in. */
  if (atomic_load (&manager->waiting) > 0)
    g_cond_wait (&manager->idle, &manager->lock);
}

/* Takes from all in turn. Returns TRUE when there may be more. */
static gboolean
take_from_all (GlompoManager *manager, gboolean exactly)
{
  gint64 time = g_get_real_time ();
  gboolean more = FALSE;
  manager_look_at_journal (manager);
  if (manager->config->settings->deterministic || manager->closing)
    return order_take (manager);
  /* From the end: burying one removes it from the list. */
  for (guint i = manager->alive->len; i > 0; i--)
    if (i <= manager->alive->len)
      more |= take_from (manager, manager->alive->pdata[i - 1], time, exactly);
  return more;
}

static void
finish_turn (GlompoManager *manager)
{
  check_backend (manager);
  if (!manager->ending && !manager->closing && !manager->config->settings->deterministic)
    manager_fill_slots (manager);
  check_end (manager);
  snapshots_look (manager);
  manager_keep_journal (manager);
  g_mutex_unlock (&manager->lock);
}

gboolean
manager_turn (gpointer data)
{
  GlompoManager *manager = data;
  enter (manager);
  manager_update_clock (manager);
  check_backend (manager); /* before its victims are found dead, so that the cause comes first */
  /* At least once, however late it is: the bell that called for this turn does not ring again. */
  gint64 until = g_get_monotonic_time () + TURN_US;
  while (take_from_all (manager, FALSE) && g_get_monotonic_time () < until)
    ;
  finish_turn (manager);
  return G_SOURCE_CONTINUE;
}

gboolean
manager_tick (gpointer data)
{
  GlompoManager *manager = data;
  enter (manager);
  manager_update_clock (manager);
  take_from_all (manager, TRUE); /* a worker that is gone after a turn ended early rings no bell */
  if (manager->config->settings->deterministic)
    order_tick (manager);
  else if (!manager->closing)
    {
      hunt_by_clock (manager);
      manager_check_convergence (manager);
      manager_prepare_end_of_session (manager);
      reconcile_budget (manager);
    }
  manager_watch (manager);
  backend_tick (manager->backend);
  gint64 now = g_get_monotonic_time ();
  if (!manager->held && (double) (now - manager->last_status) >= manager->status_frequency * G_USEC_PER_SEC)
    {
      manager->last_status = now;
      g_autoptr (GlompoRunStatus) status = manager_make_status (manager);
      chronicle_status (manager, status);
      if (manager_commit (manager) && manager->observer.status != NULL)
        manager->observer.status (manager, status, manager->observer_data);
    }
  finish_turn (manager);
  return G_SOURCE_CONTINUE;
}
