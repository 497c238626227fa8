/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manager's turn in deterministic mode; see schedule.h. Thread: the manager's. */
#include "manager/schedule.h"
#include "manager/snapshots.h"
#include <math.h>

/* How long threads that were told to end at once are waited for, seconds, unless end_timeout says. */
#define CLOSE_TIMEOUT 10.0

/* While the journal cannot be written nobody is started: that is made up for before anything else. */
static void
fill_slots (GlompoManager *manager)
{
  manager_fill_slots (manager);
  manager->fill_due = manager->held;
}

/* Has the optimizer's turn as far as its results are there. TRUE: it is over. */
static gboolean
take_turn (GlompoManager *manager, Optimizer *optimizer)
{
  Channel *channel = worker_get_channel (optimizer->worker);
  gint64 time = g_get_real_time ();
  g_autofree char *how = NULL;
  gboolean gone = worker_is_gone (optimizer->worker, &how); /* first this, so that nothing is missed */
  gboolean over = FALSE;
  ChannelRecord record;
  manager_look_at_pace (manager, optimizer);
  channel_catch_up (channel); /* nobody else's results are taken meanwhile */
  guint64 evaluations = optimizer->view->evaluations;
  while (!over && !manager->closing && channel_read (channel, &record))
    {
      gboolean evaluation = record.type == CHANNEL_EVALUATION;
      manager_take_record (manager, optimizer, &record, time);
      over = evaluation && schedule_took (manager, optimizer);
    }
  channel_release (channel);
  if (optimizer->view->evaluations != evaluations)
    optimizer->last_result = g_get_monotonic_time ();
  if (manager->closing)
    return FALSE;
  if (channel->corrupt && !gone)
    {
      g_free (how);
      how = g_strdup ("corrupt: its worker wrote nonsense into the channel");
      gone = TRUE;
    }
  if (!over && gone && backend_get_failure (manager->backend) != NULL)
    return FALSE; /* it is not its own end, and no event of the run */
  if (!over && gone)
    {
      manager_bury (manager, optimizer, optimizer->forced != NULL ? optimizer->forced : how);
      over = TRUE;
    }
  if (over)
    fill_slots (manager);
  return over;
}

/* While the session closes: what still comes is of no interest. */
static void
reap (GlompoManager *manager)
{
  double limit = manager->config->settings->end_timeout;
  gint64 waited = g_get_monotonic_time () - manager->ending_since;
  gboolean late = atomic_load (&manager->stop_asked) > 1
                  || (double) waited > (isnan (limit) ? CLOSE_TIMEOUT : limit) * G_USEC_PER_SEC;
  guint left = 0;
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      g_autofree char *how = NULL;
      ChannelRecord record;
      if (optimizer->worker == NULL)
        continue;
      gboolean gone = worker_is_gone (optimizer->worker, &how);
      while (channel_read (worker_get_channel (optimizer->worker), &record))
        ;
      channel_release (worker_get_channel (optimizer->worker));
      left += !gone && !late;
      if (!gone && !late)
        continue;
      manager->left_behind += !worker_release (optimizer->worker);
      optimizer->worker = NULL;
    }
  if (left == 0)
    g_main_loop_quit (manager->loop);
}

void
order_close (GlompoManager *manager, GlompoRunState state, const char *reason)
{
  if (manager->closing)
    return;
  snapshots_end (manager);
  manager->closing = TRUE;
  manager->ending_since = g_get_monotonic_time ();
  manager->end_state = state;
  g_free (manager->end_reason);
  manager->end_reason = g_utf8_make_valid (reason, -1);
  for (guint i = 0; i < manager->alive->len; i++)
    {
      Optimizer *optimizer = manager->alive->pdata[i];
      if (optimizer->worker == NULL)
        continue;
      channel_abandon (worker_get_channel (optimizer->worker));
      worker_kill (optimizer->worker);
    }
}

void
order_drain (GlompoManager *manager, const char *reason)
{
  manager->draining = TRUE;
  manager->ending_since = g_get_monotonic_time ();
  chronicle_message (manager, 0, G_LOG_LEVEL_INFO, "%s: the evaluations that have leave are finished",
                     reason);
}

gboolean
order_take (GlompoManager *manager)
{
  if (manager->closing)
    {
      reap (manager);
      return FALSE;
    }
  if (manager->held)
    {
      /* Also what is started belongs to the order. What a session that is to end has leave for waits for the
       * next. */
      if (manager->draining && !journal_writer_flush (manager->journal, TRUE, NULL))
        order_close (manager, GLOMPO_RUN_INTERRUPTED, manager->stop_reason);
      return FALSE;
    }
  if (manager->fill_due)
    fill_slots (manager);
  Optimizer *optimizer = schedule_current (manager);
  if (optimizer == NULL || !schedule_is_served (optimizer))
    {
      backend_await (manager->backend, NULL);
      if (manager->draining)
        order_close (manager, GLOMPO_RUN_INTERRUPTED, manager->stop_reason);
      return FALSE;
    }
  gboolean over = take_turn (manager, optimizer);
  if (over)
    optimizer = schedule_current (manager);
  backend_await (manager->backend, optimizer != NULL ? optimizer->worker : NULL);
  return over;
}

/* Those that the user paused have no turn; but they confirm their rest, and may die. Others without leave
 * that ended are found to have when they get some: when they say so is a matter of time. */
void
order_tick (GlompoManager *manager)
{
  for (guint i = manager->alive->len; i > 0 && !manager->closing; i--)
    {
      Optimizer *optimizer = manager->alive->pdata[i - 1];
      if (optimizer->state == LIFE_PAUSED && optimizer->worker != NULL
          && g_queue_is_empty (&optimizer->portions))
        take_turn (manager, optimizer);
      if (i > manager->alive->len)
        i = manager->alive->len + 1;
    }
}
