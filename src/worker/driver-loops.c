/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loops of ask, evaluate, tell. Thread: the driver's. */
#include "worker/driver-private.h"

void
driver_keep_metrics (Driver *driver)
{
  if (G_LIKELY (driver->n_metrics == 0))
    return;
  if (driver->metrics == NULL)
    driver->metrics = g_new0 (double, driver->n_metrics);
  driver->plugin->optimizer->metrics (driver->self, driver->metrics);
}

/* TRUE: there is an injection that the optimizer has not had. */
static gboolean
find_injection (Driver *driver)
{
  if (driver->plugin->optimizer->inject != NULL
      && channel_injection (driver->channel, &driver->injection, &driver->injection_f))
    driver->injecting = TRUE;
  return driver->injecting;
}

/* While no point is out. */
static void
offer_injection (Driver *driver)
{
  if (!find_injection (driver))
    return;
  driver->injecting = FALSE;
  driver->plugin->optimizer->inject (driver->self, driver->injection, driver->injection_f);
  channel_post_injected (driver->channel, driver->points);
}

/* Asks for points into the rows from first on. Returns their number, 0: none now, -1: no more. */
static gssize
ask (Driver *driver, gsize first, gsize room)
{
  Batch *b = &driver->batch;
  gint32 n = driver->plugin->optimizer->ask (driver->self, room, b->x + first * b->space->n, b->ids + first);
  if (n == GLOMPO_ASK_DONE)
    {
      driver->done = TRUE;
      return -1;
    }
  if (n < 0 || (gsize) n > room)
    {
      driver->fault = g_strdup_printf ("its ask returned %d for a room of %" G_GSIZE_FORMAT " points", n, room);
      return -1;
    }
  driver->fault = batch_check (b, first, (gsize) n);
  return driver->fault != NULL ? -1 : n;
}

void
driver_run_in_batches (Driver *driver)
{
  gsize room = driver->batch.capacity;
  while (driver_obey (driver))
    {
      offer_injection (driver);
      gssize n = ask (driver, 0, room);
      if (n == 0)
        driver->fault = g_strdup ("its ask gave no point although no result is out");
      driver->points_out = n > 0;
      if (n <= 0 || !driver_evaluate_batch (driver, (gsize) n))
        return;
      GlompoTrials trials = batch_trials (&driver->batch, 0);
      driver->plugin->optimizer->tell (driver->self, (gsize) n, &trials);
      driver->points_out = FALSE;
      driver_keep_metrics (driver);
    }
}

/* Hands one finished row to an asynchronous optimizer and makes the row free again. */
static void
tell_row (Driver *driver, gsize row, GQueue *free_rows)
{
  GlompoTrials trials = batch_trials (&driver->batch, row);
  driver->plugin->optimizer->tell (driver->self, 1, &trials);
  driver_keep_metrics (driver);
  g_queue_push_tail (free_rows, GSIZE_TO_POINTER (row));
}

static void
tell_finished (Driver *driver, GQueue *free_rows)
{
  for (Job *job; (job = driver_take_job (driver)) != NULL;)
    if (driver_finish_job (driver, job))
      tell_row (driver, job->tag, free_rows);
}

/* Makes sure of a point in the row: the one that waits for leave, or else a new one. FALSE: the optimizer
 * gives none now or is to end, which *out_over tells apart. */
static gboolean
have_point (Driver *driver, gsize row, gboolean *out_over)
{
  if (driver->points_out)
    return TRUE;
  if (find_injection (driver) && evaluator_get_busy (driver->evaluator) > 0)
    return FALSE; /* an injection comes with no point out: those that are under way are waited for */
  gssize n = ask (driver, row, 1);
  if (n == 0 && evaluator_get_busy (driver->evaluator) == 0)
    driver->fault = g_strdup ("its ask gave no point although no result is out");
  *out_over = n < 0 || driver->fault != NULL;
  driver->points_out = n > 0;
  return n > 0;
}

/* Starts evaluations while there are free rows, points and leave. Returns FALSE when the optimizer is to end. */
static gboolean
start_rows (Driver *driver, GQueue *free_rows)
{
  gboolean over = FALSE, go_on = TRUE;
  if (driver->fault == NULL && evaluator_is_dead (driver->evaluator))
    driver->fault = g_strdup ("all its evaluators died, one after the other");
  if (driver->fault != NULL) /* a result that came back may have brought one */
    return FALSE;
  while (!over && !g_queue_is_empty (free_rows) && evaluator_has_room (driver->evaluator)
         && evaluator_may_start (driver->evaluator) && channel_command (driver->channel) == CHANNEL_RUN)
    {
      gsize row = GPOINTER_TO_SIZE (g_queue_peek_head (free_rows));
      if (!have_point (driver, row, &over) || !driver_may_start (driver, &go_on))
        break;
      g_queue_pop_head (free_rows);
      driver->points_out = FALSE;
      driver->batch.points[row] = ++driver->points;
      driver_start_row (driver, row);
    }
  return go_on && !over;
}

void
driver_run_asynchronously (Driver *driver)
{
  g_autoptr (GQueue) free_rows = g_queue_new ();
  guint places = evaluator_get_places (driver->evaluator);
  batch_reserve (&driver->batch, places);
  for (guint i = 0; i < places; i++)
    g_queue_push_tail (free_rows, GSIZE_TO_POINTER ((gsize) i));
  gboolean go_on = TRUE;
  while (go_on || evaluator_get_busy (driver->evaluator) > 0)
    {
      /* What is under way is taken in before the optimizer rests or ends. */
      gboolean idle = evaluator_get_busy (driver->evaluator) == 0;
      go_on = go_on && (idle ? driver_obey (driver) : channel_command (driver->channel) != CHANNEL_STOP);
      if (go_on && idle && !driver->points_out)
        offer_injection (driver);
      go_on = go_on && start_rows (driver, free_rows);
      uint32_t ticket = eventcount_ticket (channel_event (driver->channel));
      guint busy = evaluator_get_busy (driver->evaluator);
      ChannelCommand before = channel_command (driver->channel);
      tell_finished (driver, free_rows);
      if (busy > 0 && busy == evaluator_get_busy (driver->evaluator)
          && channel_command (driver->channel) == before)
        driver_wait (driver, ticket, -1);
    }
}
