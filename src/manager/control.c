/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders from outside about single optimizers and the whole run. Contract: glompo-manager.h. Any thread,
 * under the manager's lock. */
#include "manager/manager-private.h"

/* Leaves alone what is not active. */
static void
let_rest (GlompoManager *manager, Optimizer *optimizer)
{
  if (!life_set (&optimizer->state, LIFE_PAUSED, optimizer->id, "told to rest"))
    return;
  optimizer->resting = FALSE;
  if (optimizer->worker != NULL)
    optimizer->pause_order = channel_set_command (worker_get_channel (optimizer->worker), CHANNEL_PAUSE);
  chronicle_message (manager, optimizer->id, G_LOG_LEVEL_INFO, "optimizer %" G_GUINT64_FORMAT " paused",
                     optimizer->id);
}

/* Leaves alone what does not rest. */
static void
wake (GlompoManager *manager, Optimizer *optimizer)
{
  if (optimizer->state != LIFE_PAUSED
      || !life_set (&optimizer->state, LIFE_ACTIVE, optimizer->id, "told to go on"))
    return;
  optimizer->resting = FALSE;
  optimizer->pause_order = 0;
  optimizer->last_result = g_get_monotonic_time (); /* rest is no silence */
  manager_let_run (manager, optimizer);
  chronicle_message (manager, optimizer->id, G_LOG_LEVEL_INFO, "optimizer %" G_GUINT64_FORMAT " resumed",
                     optimizer->id);
}

static Optimizer *
find_alive (GlompoManager *manager, guint64 id, GError **error)
{
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      if (optimizer->id == id && optimizer->state != LIFE_STOPPING)
        return optimizer;
    }
  g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE,
               "found no optimizer %" G_GUINT64_FORMAT " that runs, wanted one of those alive", id);
  return NULL;
}

gboolean
glompo_manager_stop_optimizer (GlompoManager *manager, guint64 id, const char *reason, GError **error)
{
  gboolean outside = manager_enter (manager);
  Optimizer *optimizer = find_alive (manager, id, error);
  if (optimizer != NULL)
    manager_stop_optimizer (manager, optimizer, "user", reason != NULL ? reason : "stopped by the user");
  manager_leave (manager, outside);
  return optimizer != NULL;
}

static gboolean
set_paused (GlompoManager *manager, gboolean paused, GError **error)
{
  if (manager->ending || manager->end_time != 0)
    {
      g_set_error_literal (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE, "the run is ending");
      return FALSE;
    }
  manager->paused = paused;
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      if (paused)
        let_rest (manager, optimizer);
      else if (!optimizer->paused_alone)
        wake (manager, optimizer);
    }
  return TRUE;
}

/* One that is frozen rests anyway, and goes on by being revived. */
static Optimizer *
find_awake (GlompoManager *manager, guint64 id, GError **error)
{
  Optimizer *optimizer = find_alive (manager, id, error);
  if (optimizer == NULL || optimizer->state != LIFE_FROZEN)
    return optimizer;
  g_set_error (error, GLOMPO_RUN_ERROR, GLOMPO_RUN_ERROR_STATE,
               "optimizer %" G_GUINT64_FORMAT " is frozen, wanted one that is not: only revive lets it go on",
               id);
  return NULL;
}

static gboolean
order (GlompoManager *manager, guint64 id, gboolean rest, GError **error)
{
  gboolean outside = manager_enter (manager);
  Optimizer *optimizer = id != 0 ? find_awake (manager, id, error) : NULL;
  gboolean good = id != 0 ? optimizer != NULL : set_paused (manager, rest, error);
  if (optimizer != NULL)
    {
      optimizer->paused_alone = rest;
      (rest ? let_rest : wake) (manager, optimizer);
    }
  manager_leave (manager, outside);
  return good;
}

gboolean
glompo_manager_pause (GlompoManager *manager, guint64 id, GError **error)
{
  return order (manager, id, TRUE, error);
}

gboolean
glompo_manager_resume (GlompoManager *manager, guint64 id, GError **error)
{
  return order (manager, id, FALSE, error);
}
