/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How optimizers come and go. */
#include "base/random.h"
#include "base/text.h"
#include "compat/compat.h"
#include "manager/manager-private.h"
#include "manager/schedule.h"
#include "worker/shared.h"
#include <math.h>
#include <string.h>

/* How the reason begins of one whose process died by a signal. */
#define CRASHED "its process " SHARED_CRASHED
/* What is known of a process that exited with code 0 before its optimizer had ended. */
#define LEFT "its process left in mid-run with exit code 0: did the task or the optimizer call exit()?"

static Optimizer *
optimizer_new (GlompoManager *manager, gsize group_index)
{
  Optimizer *optimizer = g_new0 (Optimizer, 1);
  optimizer->id = manager->run.started + 1;
  optimizer->group_index = group_index;
  optimizer->group = manager->config->groups->pdata[group_index];
  optimizer->trace = trace_new (optimizer->id, optimizer->group->name, optimizer->group->plugin->name,
                                manager->space->n, &manager->window);
  optimizer->view = trace_view (optimizer->trace);
  optimizer->view->workers = (uint64_t) optimizer->group->workers;
  optimizer->view->group_index = group_index;
  optimizer->state = LIFE_ACTIVE;
  optimizer->start = optimizer->last_result = manager_now (manager);
  optimizer->emptied = optimizer->anchors[0] = optimizer->anchors[1] = optimizer->start;
  g_queue_init (&optimizer->portions);
  return optimizer;
}

void
optimizer_free (Optimizer *optimizer)
{
  schedule_clear (optimizer);
  g_free (optimizer->x0);
  g_free (optimizer->stopped_by);
  g_free (optimizer->reason);
  if (optimizer->metrics != NULL)
    g_array_unref (optimizer->metrics);
  trace_free (optimizer->trace);
  g_free (optimizer);
}

static void
enrol (GlompoManager *manager, Optimizer *optimizer)
{
  g_ptr_array_add (manager->optimizers, optimizer);
  g_ptr_array_add (manager->alive, optimizer);
  g_ptr_array_add (manager->traces, optimizer->view);
  manager->run.started++;
  manager_take_slots (manager, optimizer);
  manager->run.traces = (const GlompoTrace *const *) manager->traces->pdata;
  manager->run.n_traces = manager->traces->len;
  manager->groups[optimizer->group_index].started++;
}

/* The start values that the user gave are those of the first optimizer; later ones go elsewhere. One in place
 * of an optimizer that went astray starts at the best point. Says so, behind what the generator says. */
static char *
overrule_generator (GlompoManager *manager, double *x0)
{
  const double *given = manager->space->given_start;
  gsize n = manager->space->n, n_given = 0;
  for (gsize i = 0; given != NULL && manager->run.started == 0 && i < n; i++)
    if (!isnan (given[i]))
      {
        x0[i] = given[i];
        n_given++;
      }
  if (manager->fresh_starts > 0)
    {
      manager->fresh_starts--;
      memcpy (x0, manager->best_x, n * sizeof *x0);
      return g_strdup_printf ("; instead of it the best point, of optimizer %" G_GUINT64_FORMAT,
                              manager->run.best_id);
    }
  if (n_given == 0)
    return g_strdup ("");
  return g_strdup_printf ("; instead of %" G_GSIZE_FORMAT " of its %" G_GSIZE_FORMAT
                          " numbers those of the configuration", n_given, n);
}

gboolean
manager_start_worker (GlompoManager *manager, Optimizer *optimizer, GError **error)
{
  optimizer->worker = backend_start (manager->backend, optimizer->id, optimizer->group, optimizer->seed,
                                     optimizer->x0, error);
  return optimizer->worker != NULL;
}

/* It is in the journal, but its worker cannot be started: the run fails, and goes on with it when it is
 * resumed. */
static void
give_up_start (GlompoManager *manager, Optimizer *optimizer, const char *why)
{
  manager_begin_end (manager, GLOMPO_RUN_FAILED, why);
  if (manager->ending)
    manager_bury (manager, optimizer, why);
}

static gboolean
start_one (GlompoManager *manager, gsize group_index, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree double *x0 = g_new (double, manager->space->n);
  if (!policy_generate (manager->generator, &manager->run, x0, error))
    return FALSE;
  g_autofree char *instead = overrule_generator (manager, x0);
  gboolean recorded = resume_start (manager, &group_index, x0);
  Optimizer *optimizer = optimizer_new (manager, group_index);
  optimizer->seed = random_mix (manager->seed, RANDOM_OPTIMIZER, optimizer->id, 1);
  optimizer->x0 = g_steal_pointer (&x0);
  optimizer->born = recorded ? manager->tape_offset : 0;
  /* Before the start: every event is in the journal before it is acted upon. */
  chronicle_optimizer_started (manager, optimizer, instead);
  manager_commit (manager);
  gboolean works = recorded || manager->draining || manager_start_worker (manager, optimizer, &failure);
  enrol (manager, optimizer);
  if (!works)
    {
      give_up_start (manager, optimizer, failure->message);
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (manager->held && optimizer->worker != NULL)
    channel_set_command (worker_get_channel (optimizer->worker), CHANNEL_PAUSE);
  if (manager->config->settings->deterministic)
    schedule_joined (manager, optimizer);
  return TRUE;
}

void
manager_stop_spawning (GlompoManager *manager, const char *by, const char *reason, const Condition *held)
{
  if (!manager->spawning)
    return;
  manager->spawning = manager->run.spawning = FALSE;
  g_free (manager->spawn_end);
  manager->spawn_end = g_strdup (reason);
  /* Said first: the record may be the last one of the past. */
  chronicle_message (manager, 0, G_LOG_LEVEL_INFO, "no further optimizers are started: %s", reason);
  chronicle_spawning_stopped (manager, by, reason, held);
}

static gboolean
may_spawn (GlompoManager *manager)
{
  resume_is_past (manager); /* what is no more is judged by the condition of this session */
  gboolean held
      = manager->spawning && manager->spawn != NULL && condition_test_run (manager->spawn, &manager->run);
  if (!resume_verdict (manager, held, GLOMPO_RECORD_SPAWNING_STOPPED, 0, "spawn"))
    resume_spawning (manager);
  else if (resume_is_past (manager))
    resume_spawning_stopped (manager);
  else
    {
      g_autofree char *why = condition_explain (manager->spawn);
      manager_stop_spawning (manager, "spawn", why, manager->spawn);
    }
  return manager->spawning;
}

static void
report_started (GlompoManager *manager, guint n)
{
  char best[TEXT_DOUBLE_SIZE];
  const GlompoRun *run = &manager->run;
  if (n > 0)
    chronicle_message (manager, 0, G_LOG_LEVEL_INFO,
                       "%u optimizer%s started: %u alive, %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                       " slots filled, %" G_GUINT64_FORMAT " evaluations, best %s",
                       n, n == 1 ? "" : "s", manager->alive->len, run->busy, run->max_jobs, run->evaluations,
                       run->best_id != 0 ? text_from_double (run->best_f, best) : "none yet");
}

/* Which group is next; FALSE: none, or an error. In the past that is what was started then, but the selector
 * is asked as it was. */
static gboolean
select_group (GlompoManager *manager, gboolean spawning, gint64 *out_index, GError **error)
{
  GlompoRun *run = &manager->run;
  gboolean past = resume_is_past (manager);
  gboolean started = resume_verdict (manager, FALSE, GLOMPO_RECORD_OPTIMIZER_STARTED, run->started + 1, NULL);
  gboolean asked = spawning && run->busy < run->max_jobs;
  *out_index = GLOMPO_SELECT_NONE_FITS;
  if (past && !started && !manager->config->settings->deterministic)
    return TRUE;
  if (asked && !policy_select (manager->selector, run, run->max_jobs - run->busy, out_index, error))
    return FALSE;
  gboolean never = *out_index == GLOMPO_SELECT_NEVER
                   && resume_verdict (manager, TRUE, GLOMPO_RECORD_SPAWNING_STOPPED, 0, "selector");
  if (past && !never)
    *out_index = started ? MAX (*out_index, 0) : GLOMPO_SELECT_NONE_FITS;
  return TRUE;
}

/* Lets the selector fill some of the free slots. FALSE: it has nothing for them, or failed. */
static gboolean
fill_some (GlompoManager *manager, guint *inout_started, GError **error)
{
  gint64 index;
  gboolean revived, spawning = may_spawn (manager);
  if (!manager_revive_by_selector (manager, &revived, error))
    return FALSE;
  if (revived || (!spawning && !resume_is_past (manager)))
    return revived;
  if (!select_group (manager, spawning, &index, error))
    return FALSE;
  if (index == GLOMPO_SELECT_NEVER)
    {
      g_autofree char *why = policy_explain (manager->selector);
      manager_stop_spawning (manager, "selector", why, NULL);
    }
  if (index < 0)
    return index == GLOMPO_SELECT_NEVER; /* some that are frozen may have their turn now */
  if (!start_one (manager, (gsize) index, error))
    return FALSE;
  ++*inout_started;
  manager_check_convergence (manager); /* it may count optimizers */
  return TRUE;
}

/* Nobody is at work. One that the user froze is the user's to revive: then the run waits. */
static void
end_idle (GlompoManager *manager)
{
  if (manager_count_frozen (manager, TRUE) > 0)
    return;
  if (!manager->spawning)
    {
      g_autofree char *reason
          = g_strconcat ("no optimizers alive, spawning stopped: ", manager->spawn_end, NULL);
      manager_begin_end (manager, GLOMPO_RUN_FINISHED, reason);
    }
  else if (manager->run.started == 0)
    manager_begin_end (manager, GLOMPO_RUN_FAILED, "no optimizer fits into the slots; raise max_jobs");
  else
    manager_begin_end (manager, GLOMPO_RUN_FINISHED, "no optimizers alive, and the selector starts none");
}

/* In the past there was room, whatever the settings say now. */
static gboolean
has_room (GlompoManager *manager)
{
  return manager->run.busy < manager->run.max_jobs
         || resume_verdict (manager, FALSE, GLOMPO_RECORD_OPTIMIZER_STARTED, manager->run.started + 1, NULL);
}

void
manager_fill_slots (GlompoManager *manager)
{
  guint started = 0;
  g_autoptr (GError) error = NULL;
  while (!manager->ending && !manager->closing && !manager->paused && !manager->held
         && manager_serve_revivals (manager) && has_room (manager) && fill_some (manager, &started, &error))
    ;
  report_started (manager, started);
  if (resume_is_past (manager))
    return;
  if (error != NULL)
    manager_begin_end (manager, GLOMPO_RUN_FAILED, error->message);
  else if (!manager->ending && !manager->closing && !manager->paused && !manager->held
           && manager->alive->len == manager_count_frozen (manager, FALSE))
    end_idle (manager);
}

void
manager_stop_optimizer (GlompoManager *manager, Optimizer *optimizer, const char *by, const char *reason)
{
  /* One that has ended by itself and only waits to be reaped keeps its own reason. */
  if (optimizer->ended)
    return;
  manager_thaw (manager, optimizer);
  if (!life_set (&optimizer->state, LIFE_STOPPING, optimizer->id, reason))
    return;
  chronicle_stop (manager, optimizer, by, reason);
  optimizer->stopped_by = g_strdup (by);
  optimizer->reason = g_strdup (reason);
  if (g_strcmp0 (by, "hunter") == 0 || g_strcmp0 (by, "user") == 0)
    {
      optimizer->view->hunted = true;
      manager->run.hunted++;
      manager->stopped_by_user += g_str_equal (by, "user");
    }
  optimizer->stopped_at = manager_now (manager);
  manager_commit (manager);
  if (optimizer->worker == NULL)
    return;
  channel_set_command (worker_get_channel (optimizer->worker), CHANNEL_STOP);
  if (manager->config->settings->aggressive_kill && g_str_equal (by, "hunter"))
    worker_kill (optimizer->worker);
}

void
optimizer_add_reason (Optimizer *optimizer, const char *what)
{
  g_autofree char *before = g_steal_pointer (&optimizer->reason);
  gboolean both = before != NULL && optimizer->view->hunted;
  optimizer->reason = both ? g_strdup_printf ("%s; then: %s", before, what) : g_strdup (what);
}

static LifeState
final_state (const Optimizer *optimizer)
{
  if (optimizer->view->hunted)
    return LIFE_HUNTED; /* whatever it died of then: each is counted once */
  if (optimizer->failed)
    return LIFE_FAILED;
  if (!optimizer->ended)
    return optimizer->let_go ? LIFE_STOPPED : LIFE_FAILED;
  return optimizer->reason_code != GLOMPO_STOP_RUNNING || optimizer->stopped_by == NULL ? LIFE_CONVERGED
                                                                                        : LIFE_STOPPED;
}

static void
count_end (GlompoManager *manager, const Optimizer *optimizer)
{
  if (optimizer->state == LIFE_CONVERGED)
    manager->run.converged++;
  if (optimizer->state == LIFE_FAILED)
    manager->run.crashed++;
  gboolean vain = optimizer->view->evaluations == 0
                  || (optimizer->state == LIFE_FAILED && isinf (optimizer->view->best_f));
  if (vain && optimizer->stopped_by == NULL)
    manager->fruitless++;
  else
    manager->fruitless = 0;
}

static void
report_end (GlompoManager *manager, const Optimizer *optimizer)
{
  char best[TEXT_DOUBLE_SIZE];
  chronicle_message (
      manager, optimizer->id, optimizer->state == LIFE_FAILED ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_INFO,
      "optimizer %" G_GUINT64_FORMAT " (%s) %s after %" G_GUINT64_FORMAT " evaluations, best %s: %s",
      optimizer->id, optimizer->group->plugin->name, life_to_string (optimizer->state),
      optimizer->view->evaluations,
      isfinite (optimizer->view->best_f) ? text_from_double (optimizer->view->best_f, best) : "none",
      optimizer->reason);
}

/* What a crash need not cost, once in a run. In the past it was said then: the reason is the same again. */
static void
advise_on_crash (GlompoManager *manager, const Optimizer *optimizer)
{
  if (manager->crash_advised || !g_str_has_prefix (optimizer->reason, CRASHED)
      || (optimizer->group->plugin->level2 & GLOMPO_LEVEL2_PROCESSES) == 0
      || compat_resolve_workers (optimizer->group) == WORKERS_PROCESSES)
    return;
  manager->crash_advised = TRUE;
  chronicle_message (manager, optimizer->id, G_LOG_LEVEL_WARNING,
                     "with workers_backend = processes (and backend = processes_forced or threads) a crash "
                     "of the task costs one evaluation only, and not the optimizer");
}

static void
check_fruitless (GlompoManager *manager, const Optimizer *optimizer)
{
  if (manager->ending || resume_is_past (manager) || manager->fruitless < FRUITLESS_MAX)
    return; /* a session after one that ended for it tries again */
  g_autofree char *text = g_strdup_printf (
      "%u optimizers in a row ended before their first %s; the last one, %" G_GUINT64_FORMAT " (%s): %s",
      manager->fruitless, optimizer->view->evaluations == 0 ? "evaluation" : "value", optimizer->id,
      optimizer->group->plugin->name, optimizer->reason);
  manager_begin_end (manager, GLOMPO_RUN_FAILED, text);
}

/* After an optimizer that did something else than before the interruption. */
static void
follow_divergence (GlompoManager *manager, const Optimizer *optimizer)
{
  if (!optimizer->diverged || manager->ending)
    return;
  if (manager->config->settings->resume_policy == RESUME_RESTART)
    {
      manager->fresh_starts += manager->run.best_id != 0;
      return;
    }
  g_autofree char *text
      = g_strdup_printf ("optimizer %" G_GUINT64_FORMAT
                         " (%s): %s; resumed again, the run goes on without it; with resume_policy = "
                         "restart-at-incumbent another one takes its place",
                         optimizer->id, optimizer->group->plugin->name, optimizer->reason);
  manager_begin_end (manager, GLOMPO_RUN_FAILED, text);
}

/* One that ends in order may still go wrong while it is freed. */
static void
report_late_death (GlompoManager *manager, const Optimizer *optimizer, const char *how)
{
  gboolean killed = optimizer->forced != NULL || manager->config->settings->aggressive_kill;
  if (optimizer->ended && how != NULL && !killed)
    chronicle_message (manager, optimizer->id, G_LOG_LEVEL_WARNING,
                       "optimizer %" G_GUINT64_FORMAT
                       " (%s): %s after its end, when it was freed; nothing is lost",
                       optimizer->id, optimizer->group->plugin->name, how);
}

void
manager_bury (GlompoManager *manager, Optimizer *optimizer, const char *how)
{
  gboolean was_told = resume_is_past (manager);
  optimizer->end = manager_now (manager);
  if (!optimizer->ended || (optimizer->reason == NULL && how != NULL))
    optimizer_add_reason (optimizer, how != NULL ? how : LEFT);
  if (optimizer->reason == NULL)
    optimizer->reason = g_strdup ("it ended without giving a reason");
  manager_thaw (manager, optimizer);
  life_set (&optimizer->state, final_state (optimizer), optimizer->id, optimizer->reason);
  optimizer->view = trace_view (optimizer->trace);
  count_end (manager, optimizer);
  g_ptr_array_remove (manager->alive, optimizer);
  manager_give_up_slots (manager, optimizer);
  chronicle_optimizer_ended (manager, optimizer);
  if (!was_told)
    report_end (manager, optimizer);
  advise_on_crash (manager, optimizer);
  report_late_death (manager, optimizer, how);
  if (optimizer->worker != NULL && !worker_release (optimizer->worker))
    manager->left_behind++;
  optimizer->worker = NULL;
  if (manager->config->settings->deterministic)
    schedule_gone (manager, optimizer);
  trace_end (optimizer->trace);
  if (manager->hunters != NULL)
    condition_forget (manager->hunters, optimizer->id);
  if (manager->freezers != NULL)
    condition_forget (manager->freezers, optimizer->id);
  manager_check_convergence (manager);
  check_fruitless (manager, optimizer);
  follow_divergence (manager, optimizer);
}
