/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The convergence condition: when it ends the run, and when only the session, which is when it holds by a
 * limit on the time of the session and would not hold in the next one. Thread: the manager's.
 */
#include "manager/manager-private.h"
#include "manager/snapshots.h"

/* The part of a session before its end that is left for a snapshot, and at most so many seconds: the run goes
 * on meanwhile, so that only an optimizer whose points take longer than that has none from there. */
#define END_SHARE 0.05
#define END_MOST 10.0

void
manager_begin_end_converged (GlompoManager *manager, const char *reason)
{
  if (!manager->ending)
    manager->end_tree = g_variant_ref_sink (condition_describe (manager->convergence));
  manager_begin_end (manager, GLOMPO_RUN_FINISHED, reason);
}

static void
begin_end_of_session (GlompoManager *manager, const char *reason)
{
  g_autofree char *text = g_strconcat ("the time of this session is over: ", reason, NULL);
  if (manager->run.evaluations == manager->evaluations_before)
    chronicle_message (
        manager, 0, G_LOG_LEVEL_WARNING,
        "this session was too short to evaluate anything, and so will be others of that length%s",
        manager->resume ? "; snapshots shorten what optimizers have to live through again" : "");
  manager->end_tree = g_variant_ref_sink (condition_describe (manager->convergence));
  manager_begin_end (manager, GLOMPO_RUN_INTERRUPTED, text);
}

/* A run that cannot go on in another session has only this one. */
static gboolean
has_next_session (const GlompoManager *manager)
{
  return manager->config->settings->journal_points == JOURNAL_ALL;
}

void
manager_check_convergence (GlompoManager *manager)
{
  if (manager->ending || manager->closing)
    return;
  gboolean past = resume_is_past (manager); /* what is no more is judged by the time of this session */
  gboolean found = condition_test_run (manager->convergence, &manager->run);
  if (!resume_verdict (manager, found, GLOMPO_RECORD_STOP, 0, "convergence"))
    return;
  gboolean outlasts = past || condition_outlasts_session (manager->convergence, &manager->run);
  g_autofree char *reason = condition_explain (manager->convergence);
  if (outlasts || !has_next_session (manager))
    manager_begin_end_converged (manager, reason);
  else
    begin_end_of_session (manager, reason);
}

void
manager_prepare_end_of_session (GlompoManager *manager)
{
  double seconds = MIN (manager->run.seconds * END_SHARE / (1 - END_SHARE), END_MOST);
  if (manager->end_prepared || manager->ending || manager->closing || resume_is_past (manager)
      || !has_next_session (manager)
      || !condition_nears_end_of_session (manager->convergence, &manager->run, seconds))
    return;
  manager->end_prepared = TRUE;
  snapshots_order (manager);
}
