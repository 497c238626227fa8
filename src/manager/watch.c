/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The watchdogs: optimizers that are silent, that do not obey, or whose evaluation takes too long are killed
 * where that is possible. A running evaluation is not silence. Thread: the manager's.
 */
#include "manager/manager-private.h"

/* A look counts for no more than this: a manager that was held up itself has not seen what went on. */
#define LOOK_US 100000
/* Turns come every few milliseconds: one that comes so late tells of a manager that did not run. */
#define ABSENT_US (1 * G_USEC_PER_SEC)

static void
force (GlompoManager *manager, Optimizer *optimizer, const char *why)
{
  chronicle_stop (manager, optimizer, "limit", why);
  optimizer->forced = why;
  worker_kill (optimizer->worker);
}

/* force_terminations_after. Silence begins when an evaluation ends, not when the one before did: its result
 * may be on its way. Returns why the optimizer is to be killed, or NULL. */
static const char *
judge_silence (const GlompoManager *manager, Optimizer *optimizer, gint64 now)
{
  double limit = manager->config->settings->force_terminations_after * G_USEC_PER_SEC;
  gboolean evaluating = channel_is_evaluating (worker_get_channel (optimizer->worker));
  optimizer->last_sign = evaluating ? now : MAX (optimizer->last_sign, optimizer->last_result);
  if (limit <= 0)
    return NULL;
  if (optimizer->state == LIFE_STOPPING && (double) (now - optimizer->stopped_at) > limit)
    return "forced termination: it did not obey a stop within force_terminations_after";
  gboolean wanted
      = optimizer->state == LIFE_ACTIVE || (optimizer->state == LIFE_FROZEN && optimizer->holds_slots);
  if (wanted && (double) (now - optimizer->last_sign) > limit)
    return "forced termination: it gave no sign of life within force_terminations_after";
  return NULL;
}

/* evaluation_timeout of evaluations in the optimizer's own process; those in processes of their own are the
 * supervisor's business. Returns as judge_silence(). */
static const char *
judge_evaluation (const GlompoManager *manager, Optimizer *optimizer, gint64 elapsed)
{
  double limit = manager->config->settings->evaluation_timeout * G_USEC_PER_SEC;
  guint64 longest = atomic_load (channel_longest (worker_get_channel (optimizer->worker)));
  if (limit <= 0)
    return NULL;
  gboolean same = longest != 0 && longest == optimizer->longest;
  optimizer->longest = longest;
  optimizer->longest_seen = same ? optimizer->longest_seen + elapsed : 0;
  guint64 several = longest & ((1u << CHANNEL_LONGEST_BITS) - 1);
  if ((double) optimizer->longest_seen <= limit * (double) MAX (several, 1))
    return NULL;
  return "forced termination: an evaluation took longer than evaluation_timeout and was killed with the "
         "process of its optimizer";
}

/* While this process was stopped, and its workers with it, no limit of time ran. */
void
manager_forgive_absence (GlompoManager *manager, gint64 now)
{
  gint64 absence = manager->last_turn != 0 ? now - manager->last_turn : 0;
  manager->last_turn = now;
  if (absence < ABSENT_US)
    return;
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      optimizer->last_result = MIN (now, optimizer->last_result + absence);
      optimizer->last_sign = MIN (now, optimizer->last_sign + absence);
      optimizer->stopped_at = MIN (now, optimizer->stopped_at + absence);
    }
  manager->ending_since = MIN (now, manager->ending_since + absence);
}

void
manager_watch (GlompoManager *manager)
{
  gint64 now = g_get_monotonic_time ();
  gint64 elapsed = MIN (now - manager->last_watch, LOOK_US);
  manager->last_watch = now;
  if (manager->held || !backend_can_kill (manager->backend))
    return;
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      if (optimizer->forced != NULL || optimizer->worker == NULL)
        continue;
      const char *why = judge_silence (manager, optimizer, now);
      if (why == NULL)
        why = judge_evaluation (manager, optimizer, elapsed);
      if (why != NULL)
        force (manager, optimizer, why);
    }
}
