/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Optimizers that are frozen: they keep their state and their worker, which rests, and give up their slots as
 * soon as it does. They go on when the user or the selector says so and there is room. Public functions:
 * any thread, under the manager's lock; all else: the manager's.
 */
#include "manager/manager-private.h"

static gboolean
is_asleep (const Optimizer *optimizer)
{
  return optimizer->state == LIFE_FROZEN && !optimizer->holds_slots;
}

void
manager_take_slots (GlompoManager *manager, Optimizer *optimizer)
{
  if (optimizer->holds_slots)
    return;
  optimizer->holds_slots = TRUE;
  optimizer->view->alive = true;
  manager->run.busy += (uint64_t) optimizer->group->workers;
  manager->groups[optimizer->group_index].alive++;
}

void
manager_give_up_slots (GlompoManager *manager, Optimizer *optimizer)
{
  if (!optimizer->holds_slots)
    return;
  optimizer->holds_slots = FALSE;
  optimizer->view->alive = false;
  manager->run.busy -= (uint64_t) optimizer->group->workers;
  manager->groups[optimizer->group_index].alive--;
}

void
manager_note_rest (GlompoManager *manager, Optimizer *optimizer, gint32 order)
{
  gboolean wanted = optimizer->state == LIFE_PAUSED || optimizer->state == LIFE_FROZEN;
  optimizer->resting = wanted && order == optimizer->pause_order;
  if (!optimizer->resting || optimizer->state != LIFE_FROZEN)
    return;
  manager_give_up_slots (manager, optimizer);
  optimizer->view->frozen = !optimizer->frozen_by_user;
}

guint
manager_count_frozen (const GlompoManager *manager, gboolean by_user)
{
  guint n = 0;
  for (guint i = 0; manager->run.frozen > 0 && i < manager->alive->len; i++)
    {
      const Optimizer *optimizer = manager->alive->pdata[i];
      n += is_asleep (optimizer) && (!by_user || optimizer->frozen_by_user);
    }
  return n;
}

void
manager_thaw (GlompoManager *manager, Optimizer *optimizer)
{
  manager->run.frozen -= optimizer->state == LIFE_FROZEN;
  optimizer->view->frozen = false;
  optimizer->revive_asked = FALSE;
}

/* The one with the worst best value among those that hunters froze and the newcomer. */
static Optimizer *
find_worst (const GlompoManager *manager, Optimizer *newcomer)
{
  Optimizer *worst = newcomer;
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *other = manager->alive->pdata[i];
      if (other->state == LIFE_FROZEN && !other->frozen_by_user && other->view->best_f > worst->view->best_f)
        worst = other;
    }
  return worst;
}

/* Makes sure of a place for one more that a hunter froze. FALSE: the newcomer itself was stopped. */
static gboolean
make_place (GlompoManager *manager, Optimizer *newcomer)
{
  guint n = 0;
  for (guint i = 0; i < manager->alive->len; i++)
    {
      const Optimizer *other = manager->alive->pdata[i];
      n += other->state == LIFE_FROZEN && !other->frozen_by_user;
    }
  if (n < manager->config->settings->max_frozen)
    return TRUE;
  Optimizer *worst = find_worst (manager, newcomer);
  manager_stop_optimizer (manager, worst, "limit",
                          "max_frozen optimizers are frozen and this one is the worst");
  return worst != newcomer;
}

void
manager_freeze (GlompoManager *manager, Optimizer *optimizer, const char *by, const char *reason)
{
  gboolean by_user = g_str_equal (by, "user"), was_told = optimizer->state == LIFE_PAUSED;
  if (!by_user && !make_place (manager, optimizer))
    return;
  if (!life_set (&optimizer->state, LIFE_FROZEN, optimizer->id, reason))
    return;
  chronicle_freeze (manager, optimizer, by, reason);
  chronicle_message (manager, optimizer->id, G_LOG_LEVEL_INFO,
                     "optimizer %" G_GUINT64_FORMAT " frozen (%s): %s", optimizer->id, by, reason);
  manager->run.frozen++;
  manager->run.freezes++;
  optimizer->frozen_by_user = by_user;
  optimizer->revive_asked = FALSE;
  /* For hunters from now on, whenever it rests: so that they can be replayed. */
  optimizer->view->alive = false;
  if (was_told && optimizer->resting)
    manager_note_rest (manager, optimizer, optimizer->pause_order);
  else if (!was_told)
    {
      optimizer->resting = FALSE;
      if (optimizer->worker != NULL)
        optimizer->pause_order = channel_set_command (worker_get_channel (optimizer->worker), CHANNEL_PAUSE);
      else if (!manager->config->settings->deterministic)
        manager_note_rest (manager, optimizer, optimizer->pause_order); /* in the past: it did */
    }
}

static gboolean
has_room (const GlompoManager *manager, const Optimizer *optimizer)
{
  return optimizer->holds_slots
         || manager->run.busy + (uint64_t) optimizer->group->workers <= manager->run.max_jobs;
}

void
manager_revive (GlompoManager *manager, Optimizer *optimizer, const char *by, const char *reason)
{
  if (optimizer->state != LIFE_FROZEN)
    return;
  chronicle_revive (manager, optimizer, by, reason);
  chronicle_message (manager, optimizer->id, G_LOG_LEVEL_INFO,
                     "optimizer %" G_GUINT64_FORMAT " revived (%s): %s", optimizer->id, by, reason);
  manager_thaw (manager, optimizer);
  manager_take_slots (manager, optimizer);
  optimizer->view->alive = true; /* also if it had not given them up yet */
  life_set (&optimizer->state, LIFE_ACTIVE, optimizer->id, reason);
  manager->run.revivals++;
  optimizer->resting = optimizer->paused_alone = FALSE;
  optimizer->pause_order = 0;
  optimizer->last_result = g_get_monotonic_time (); /* rest is no silence */
  optimizer->trial = 2 * optimizer->view->evaluations;
  manager_let_run (manager, optimizer);
}

gboolean
manager_serve_revivals (GlompoManager *manager)
{
  for (guint i = 0; manager->run.frozen > 0 && i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      if (!optimizer->revive_asked)
        continue;
      if (!has_room (manager, optimizer))
        return FALSE;
      manager_revive (manager, optimizer, "user", "the user wanted it");
    }
  return TRUE;
}

gboolean
manager_revive_by_selector (GlompoManager *manager, gboolean *out_revived, GError **error)
{
  guint64 id = 0, room = manager->run.max_jobs - MIN (manager->run.max_jobs, manager->run.busy);
  *out_revived = FALSE;
  if (manager->run.frozen > 0 && !policy_revive (manager->selector, &manager->run, room, &id, error))
    return FALSE;
  if (!resume_verdict (manager, id != 0, GLOMPO_RECORD_REVIVE, id, NULL))
    return TRUE;
  if (id == 0)
    return TRUE; /* of the past, and not as it is now: the record is applied when its turn comes */
  g_autofree char *why = policy_explain (manager->selector);
  manager_revive (manager, manager->optimizers->pdata[id - 1], "selector", why);
  *out_revived = TRUE;
  return TRUE;
}

static Optimizer *
find (GlompoManager *manager, guint64 id, gboolean frozen, GError **error)
{
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      if (optimizer->id == id && !optimizer->ended && optimizer->state != LIFE_STOPPING
          && (optimizer->state == LIFE_FROZEN) == frozen)
        return optimizer;
    }
  g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE,
               "found no optimizer %" G_GUINT64_FORMAT " that %s, wanted one of those that %s", id,
               frozen ? "is frozen" : "runs", frozen ? "are" : "do");
  return NULL;
}

gboolean
glompo_manager_freeze_optimizer (GlompoManager *manager, guint64 id, const char *reason, GError **error)
{
  gboolean outside = manager_enter (manager);
  Optimizer *optimizer = find (manager, id, FALSE, error);
  if (optimizer != NULL)
    manager_freeze (manager, optimizer, "user", reason != NULL ? reason : "frozen by the user");
  manager_leave (manager, outside);
  return optimizer != NULL;
}

gboolean
glompo_manager_revive_optimizer (GlompoManager *manager, guint64 id, GError **error)
{
  gboolean outside = manager_enter (manager);
  Optimizer *optimizer = find (manager, id, TRUE, error);
  if (optimizer != NULL)
    {
      optimizer->revive_asked = TRUE;
      if (!manager->paused)
        manager_serve_revivals (manager);
    }
  manager_leave (manager, outside);
  return optimizer != NULL;
}
