/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public face of the manager. Contract: glompo-manager.h. */
#include "manager/manager-private.h"
#include "manager/snapshots.h"
#include <math.h>

GlompoManager *
glompo_manager_new (GlompoConfig *config, const char *directory, gboolean overwrite)
{
  g_return_val_if_fail (config != NULL, NULL);
  GlompoManager *manager = g_new0 (GlompoManager, 1);
  g_atomic_ref_count_init (&manager->refs);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *dated = g_date_time_format (now, "glompo-%Y%m%d-%H%M%S");
  manager->directory = g_canonicalize_filename (directory != NULL ? directory : dated, NULL);
  manager->dated = directory == NULL;
  manager->config = glompo_config_ref (config);
  manager->overwrite = overwrite;
  manager->optimizers = g_ptr_array_new_with_free_func ((GDestroyNotify) optimizer_free);
  manager->alive = g_ptr_array_new ();
  manager->traces = g_ptr_array_new ();
  manager->run = (GlompoRun){ .struct_size = sizeof (GlompoRun), .best_f = INFINITY, .spawning = true };
  manager->budget = G_MAXUINT64;
  manager->spawning = TRUE;
  g_mutex_init (&manager->lock);
  g_cond_init (&manager->idle);
  return manager;
}

GlompoManager *
glompo_manager_ref (GlompoManager *manager)
{
  g_atomic_ref_count_inc (&manager->refs);
  return manager;
}

void
glompo_manager_unref (GlompoManager *manager)
{
  if (manager == NULL || !g_atomic_ref_count_dec (&manager->refs))
    return;
  manager_tear_down (manager);
  if (manager->thread != NULL)
    g_thread_unref (manager->thread);
  g_clear_error (&manager->thread_error);
  g_clear_error (&manager->failure);
  g_ptr_array_unref (manager->alive);
  g_ptr_array_unref (manager->traces);
  g_ptr_array_unref (manager->optimizers);
  g_free (manager->best_x);
  g_free (manager->groups);
  space_unref (manager->space);
  glompo_config_unref (manager->config);
  g_free (manager->directory);
  g_free (manager->end_reason);
  g_free (manager->spawn_end);
  g_clear_pointer (&manager->end_tree, g_variant_unref);
  g_free (manager->stop_reason);
  g_free (manager->first_failure);
  g_mutex_clear (&manager->lock);
  g_cond_clear (&manager->idle);
  g_free (manager);
}

void
glompo_manager_set_observer (GlompoManager *manager, const GlompoObserver *observer, gpointer data)
{
  g_return_if_fail (manager->state == GLOMPO_RUN_NOT_ENDED && manager->start_time == 0);
  manager->observer = observer != NULL ? *observer : (GlompoObserver){ 0 };
  manager->observer_data = data;
}

/* Writes the last record and closes the journal. */
static gboolean
close_journal (GlompoManager *manager, GError **error)
{
  if (manager->journal == NULL)
    return TRUE;
  if (manager->start_time != 0 && manager->tape == NULL && !manager->finished_before)
    {
      snapshots_end (manager);
      /* A last look, so that even a short run has figures of memory and load. */
      g_autoptr (GlompoRunStatus) status = manager_make_status (manager);
      chronicle_status (manager, status);
      chronicle_run_ended (manager);
    }
  return journal_writer_close (g_steal_pointer (&manager->journal), error);
}

static gboolean
report_outcome (GlompoManager *manager, GError **error)
{
  if (manager->failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&manager->failure));
      return FALSE;
    }
  if (manager->end_state == GLOMPO_RUN_FINISHED)
    return TRUE;
  g_set_error_literal (error, GLOMPO_RUN_ERROR,
                       manager->end_state == GLOMPO_RUN_FAILED ? GLOMPO_RUN_ERROR_FAILED
                                                               : GLOMPO_RUN_ERROR_INTERRUPTED,
                       manager->end_reason);
  return FALSE;
}

static void
conclude (GlompoManager *manager)
{
  manager->end_time = g_get_monotonic_time ();
  if (manager->start_time != 0 && !manager->finished_before)
    manager->run.seconds = (double) (manager->end_time - manager->session_start) / G_USEC_PER_SEC;
  if (manager->end_reason == NULL)
    {
      manager->end_state = GLOMPO_RUN_FAILED;
      manager->end_reason
          = g_strdup (manager->failure != NULL ? manager->failure->message : "it was never started");
    }
  g_autoptr (GError) error = NULL;
  if (!close_journal (manager, &error) && manager->failure == NULL)
    {
      manager->failure = g_steal_pointer (&error);
      manager->end_state = GLOMPO_RUN_FAILED;
    }
  manager->state = manager->end_state;
}

/* What may hold before anything was started: then nothing is. */
static void
check_at_start (GlompoManager *manager)
{
  if (!condition_test_run (manager->convergence, &manager->run))
    return;
  g_autofree char *reason = condition_explain (manager->convergence);
  chronicle_message (manager, 0, G_LOG_LEVEL_WARNING, "the convergence condition holds before the start: %s",
                     reason);
  manager_begin_end_converged (manager, reason);
}

static void
begin (GlompoManager *manager)
{
  manager->run.seconds = 0;
  if (manager->resume)
    {
      if (!resume_replay (manager, &manager->failure))
        order_close (manager, GLOMPO_RUN_FAILED, manager->failure->message);
      return;
    }
  chronicle_message (manager, 0, G_LOG_LEVEL_INFO,
                     "run started in %s: task %s with %" G_GSIZE_FORMAT " parameters, seed %" G_GUINT64_FORMAT
                     ", %" G_GUINT64_FORMAT " slots",
                     manager->directory, manager->config->task->name, manager->space->n, manager->seed,
                     manager->run.max_jobs);
  if (manager->observer.started != NULL)
    manager->observer.started (manager, manager->directory, manager->observer_data);
  check_at_start (manager);
  if (!manager->ending)
    manager_fill_slots (manager);
  snapshots_begin (manager);
}

void
glompo_manager_set_resume (GlompoManager *manager)
{
  g_return_if_fail (manager->state == GLOMPO_RUN_NOT_ENDED && manager->start_time == 0);
  manager->resume = TRUE;
  manager->dated = FALSE;
}

gboolean
glompo_manager_run (GlompoManager *manager, GError **error)
{
  g_mutex_lock (&manager->lock);
  if (manager->context != NULL)
    {
      g_mutex_unlock (&manager->lock);
      g_set_error_literal (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE, "a manager runs only once");
      return FALSE;
    }
  atomic_store (&manager->owner, g_thread_self ());
  manager->context = g_main_context_new ();
  manager->loop = g_main_loop_new (manager->context, FALSE);
  g_main_context_push_thread_default (manager->context);
  gboolean go_on = FALSE;
  if (manager_set_up (manager, &manager->failure))
    {
      begin (manager);
      go_on = !manager->ending || manager->alive->len > 0;
    }
  g_mutex_unlock (&manager->lock);
  if (go_on)
    g_main_loop_run (manager->loop);
  g_mutex_lock (&manager->lock);
  conclude (manager);
  manager_tear_down (manager);
  g_main_context_pop_thread_default (manager->context);
  g_clear_pointer (&manager->loop, g_main_loop_unref);
  atomic_store (&manager->owner, NULL);
  g_main_context_unref (manager->context); /* the pointer stays as the mark of a run */
  gboolean good = report_outcome (manager, error);
  g_mutex_unlock (&manager->lock);
  return good;
}

static gpointer
run_in_thread (gpointer data)
{
  GlompoManager *manager = data;
  gboolean good = glompo_manager_run (manager, &manager->thread_error);
  glompo_manager_unref (manager);
  return GINT_TO_POINTER (good);
}

gboolean
glompo_manager_start (GlompoManager *manager, GError **error)
{
  if (manager->thread != NULL || manager->context != NULL)
    {
      g_set_error_literal (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE, "a manager runs only once");
      return FALSE;
    }
  manager->thread = g_thread_try_new ("glompo-manager", run_in_thread, glompo_manager_ref (manager), error);
  if (manager->thread == NULL)
    glompo_manager_unref (manager);
  return manager->thread != NULL;
}

gboolean
glompo_manager_wait (GlompoManager *manager, GError **error)
{
  if (manager->thread == NULL)
    {
      g_set_error_literal (
          error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE,
          "there is nothing to wait for: the manager was not started, or waited for already");
      return FALSE;
    }
  gboolean good = GPOINTER_TO_INT (g_thread_join (g_steal_pointer (&manager->thread)));
  if (manager->thread_error != NULL)
    g_propagate_error (error, g_steal_pointer (&manager->thread_error));
  return good;
}

/* Takes the lock soon, however busy the manager is. FALSE: the caller is an observer, in the manager's own
 * thread, which has it already. */
gboolean
manager_enter (GlompoManager *manager)
{
  if (atomic_load (&manager->owner) == g_thread_self ())
    return FALSE;
  atomic_fetch_add (&manager->waiting, 1);
  g_mutex_lock (&manager->lock);
  atomic_fetch_sub (&manager->waiting, 1);
  return TRUE;
}

void
manager_leave (GlompoManager *manager, gboolean outside)
{
  if (!outside)
    return;
  g_cond_signal (&manager->idle);
  g_mutex_unlock (&manager->lock);
}

void
glompo_manager_stop (GlompoManager *manager, const char *reason, gboolean at_once)
{
  gboolean outside = manager_enter (manager);
  if (manager->stop_reason == NULL)
    manager->stop_reason = g_strdup (reason != NULL ? reason : "stopped by the program");
  atomic_store (&manager->stop_asked, at_once ? 2 : MAX (1, atomic_load (&manager->stop_asked)));
  manager_leave (manager, outside);
}

GlompoRunResult *
glompo_manager_get_result (GlompoManager *manager)
{
  gboolean outside = manager_enter (manager);
  GlompoRunResult *result = manager_make_result (manager);
  manager_leave (manager, outside);
  return result;
}

GlompoRunStatus *
glompo_manager_get_status (GlompoManager *manager)
{
  gboolean outside = manager_enter (manager);
  GlompoRunStatus *status = manager_make_status (manager);
  manager_leave (manager, outside);
  return status;
}

gboolean
glompo_manager_awaits_signal (GlompoManager *manager, const char *name)
{
  g_return_val_if_fail (manager != NULL && name != NULL, FALSE);
  gboolean outside = manager_enter (manager);
  const Expression *convergence
      = manager->new_convergence != NULL ? manager->new_convergence : manager->config->convergence;
  gboolean awaits = expression_awaits_signal (convergence, name)
                    || expression_awaits_signal (manager->config->spawn, name);
  manager_leave (manager, outside);
  return awaits;
}
