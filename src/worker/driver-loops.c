/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loops of ask, evaluate, tell. Thread: the driver's. */
#include "worker/driver-private.h"

/* Points that an optimizer whose points do not depend on results may give at once where they are evaluated one
 * after the other: enough to make asking cheap, so few that it is told of each soon. */
#define ROOM_AHEAD 16u

void
driver_keep_metrics (Driver *driver)
{
  if (G_LIKELY (driver->n_metrics == 0))
    return;
  if (driver->metrics == NULL)
    driver->metrics = g_new0 (double, driver->n_metrics);
  driver->plugin->optimizer->metrics (driver->self, driver->metrics);
}

/* While no point is out. */
static void
offer_injection (Driver *driver)
{
  if (driver->plugin->optimizer->inject == NULL || !driver_find_injection (driver))
    return;
  driver->plugin->optimizer->inject (driver->self, driver->injection, driver->injection_f);
  driver_injected (driver);
}

/* Returns TRUE. */
static gboolean
refuse_id (Driver *driver, guint64 id)
{
  driver->fault = g_strdup_printf ("its ask gave the id %" G_GUINT64_FORMAT
                                   " to a point, which another one has that is out; wanted one id for each",
                                   id);
  return TRUE;
}

/* Most count them. */
static gboolean
ids_rise (gsize n, const guint64 *ids)
{
  gboolean rise = TRUE;
  for (gsize i = 1; i < n; i++)
    rise &= ids[i] > ids[i - 1];
  return rise;
}

/* An asynchronous optimizer knows its points by their ids only. */
static gboolean
repeats_id (Driver *driver, gsize n)
{
  const guint64 *ids = driver->batch.ids;
  if ((driver->plugin->capabilities & GLOMPO_CAP_ASYNCHRONOUS) == 0 || ids_rise (n, ids))
    return FALSE;
  for (gsize i = 1; i < n; i++)
    for (gsize k = 0; k < i; k++)
      if (ids[i] == ids[k])
        return refuse_id (driver, ids[i]);
  return FALSE;
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
  if ((driver->plugin->capabilities & GLOMPO_CAP_INDEPENDENT) != 0)
    room = MIN (room, ROOM_AHEAD);
  driver->at_rest = TRUE;
  while (driver_get_ready (driver) && driver->fault == NULL)
    {
      driver->at_rest = FALSE;
      offer_injection (driver);
      gssize n = ask (driver, 0, room);
      if (n == 0)
        driver->fault = g_strdup ("its ask gave no point although no result is out");
      driver->points_out = n > 0;
      if (n <= 0 || repeats_id (driver, (gsize) n) || !driver_evaluate_batch (driver, (gsize) n))
        return;
      GlompoTrials trials = batch_trials (&driver->batch, 0);
      driver->plugin->optimizer->tell (driver->self, (gsize) n, &trials);
      driver->points_out = FALSE;
      driver_keep_metrics (driver);
      driver->at_rest = TRUE;
    }
}

/* ---- asynchronous ---- */

/*
 * All free rows are asked for before the next result is told, whether they can be started yet or not, and
 * results are told one by one. What the optimizer sees thus follows from the order of the results alone: in
 * deterministic mode that of its points, in a replay that of the record, else that of time.
 */
typedef struct {
  Driver *driver;
  GQueue free, out, waiting; /* rows: not asked for; asked for and not told; of these, not started */
  gboolean over;             /* the optimizer gives no more */
} Rows;

static void
tell_row (Rows *rows, gsize row)
{
  Driver *driver = rows->driver;
  GlompoTrials trials = batch_trials (&driver->batch, row);
  g_queue_remove (&rows->out, GSIZE_TO_POINTER (row));
  driver->plugin->optimizer->tell (driver->self, 1, &trials);
  driver_keep_metrics (driver);
  g_queue_push_tail (&rows->free, GSIZE_TO_POINTER (row));
}

/* An injection comes with no point out: those that are out are waited for. In deterministic mode one waits until
 * none is out by itself. */
static gboolean
has_to_wait (Rows *rows)
{
  Driver *driver = rows->driver;
  return driver->plugin->optimizer->inject != NULL && !driver->spec->deterministic
         && !g_queue_is_empty (&rows->out) && driver_find_injection (driver);
}

/* The same for the point of a row that is not out yet. */
static gboolean
repeats_id_of_row (Rows *rows, gsize row)
{
  const guint64 *ids = rows->driver->batch.ids;
  for (const GList *out = rows->out.head; out != NULL; out = out->next)
    if (ids[GPOINTER_TO_SIZE (out->data)] == ids[row])
      return refuse_id (rows->driver, ids[row]);
  return FALSE;
}

static void
ask_rows (Rows *rows)
{
  Driver *driver = rows->driver;
  while (!rows->over && driver->fault == NULL && !g_queue_is_empty (&rows->free))
    {
      gsize row = GPOINTER_TO_SIZE (g_queue_peek_head (&rows->free));
      if (has_to_wait (rows))
        return;
      gssize n = ask (driver, row, 1);
      if (n == 0 && g_queue_is_empty (&rows->out))
        driver->fault = g_strdup ("its ask gave no point although no result is out");
      rows->over = n < 0 || driver->fault != NULL || (n > 0 && repeats_id_of_row (rows, row));
      if (n <= 0 || driver->fault != NULL)
        return;
      g_queue_pop_head (&rows->free);
      driver->batch.points[row] = ++driver->points;
      driver->finished[row] = FALSE;
      g_queue_push_tail (&rows->out, GSIZE_TO_POINTER (row));
      g_queue_push_tail (&rows->waiting, GSIZE_TO_POINTER (row));
    }
}

/* Deterministic: the oldest of the points that are out is evaluated. After a fault none is told, for how many were
 * evaluated by then is a matter of time. */
static gboolean
is_first_finished (const Rows *rows)
{
  const Driver *driver = rows->driver;
  return driver->spec->deterministic && rows->out.head != NULL && driver->fault == NULL
         && driver->finished[GPOINTER_TO_SIZE (rows->out.head->data)];
}

/* FALSE: the optimizer is to end. */
static gboolean
start_rows (Rows *rows)
{
  Driver *driver = rows->driver;
  gboolean go_on = TRUE;
  driver_look_for_evaluators (driver);
  /* What is finished is told before leave is waited for: it is what the manager waits for. */
  if (is_first_finished (rows))
    return driver->fault == NULL;
  while (driver->fault == NULL && !g_queue_is_empty (&rows->waiting) && evaluator_has_room (driver->evaluator)
         && evaluator_may_start (driver->evaluator) && driver_may_start (driver, &go_on))
    driver_start_row (driver, GPOINTER_TO_SIZE (g_queue_pop_head (&rows->waiting)));
  evaluator_call (driver->evaluator);
  return go_on && driver->fault == NULL;
}

/* Takes back and tells what is done. Returns how many rows were told, or have to be started again. */
static guint
tell_finished (Rows *rows)
{
  Driver *driver = rows->driver;
  guint n = 0;
  for (Job *job; (job = driver_take_job (driver)) != NULL;)
    {
      gsize row = job->tag;
      Fate fate = driver_finish_job (driver, job);
      n += fate == FATE_NONE;
      if (fate == FATE_NONE)
        g_queue_push_head (&rows->waiting, GSIZE_TO_POINTER (row));
      if (fate != FATE_STANDS || driver->spec->deterministic)
        continue;
      tell_row (rows, row);
      return 1; /* the next one after the free row was asked for */
    }
  if (is_first_finished (rows))
    {
      gsize first = GPOINTER_TO_SIZE (rows->out.head->data);
      driver_post_in_turn (driver, first);
      tell_row (rows, first);
      n++;
    }
  return n;
}

/* TRUE: a result of the past was told. */
static gboolean
tell_past (Rows *rows)
{
  gssize row = driver_is_replaying (rows->driver) ? driver_replay_next (rows->driver, &rows->out) : -1;
  if (row < 0 || rows->driver->fault != NULL)
    return FALSE;
  g_queue_remove (&rows->waiting, GSIZE_TO_POINTER ((gsize) row));
  tell_row (rows, (gsize) row);
  return TRUE;
}

static void
tell_or_wait (Rows *rows)
{
  Driver *driver = rows->driver;
  EventCount *event = channel_event (driver->channel);
  uint32_t ticket = eventcount_ticket (event);
  ChannelCommand before = driver_command (driver);
  if (tell_finished (rows) == 0 && evaluator_get_busy (driver->evaluator) > 0 && driver_command (driver) == before)
    driver_wait (driver, ticket, -1);
}

void
driver_run_asynchronously (Driver *driver)
{
  Rows rows = { .driver = driver };
  guint places = driver_places (driver);
  gboolean go_on = TRUE;
  batch_reserve (&driver->batch, places);
  driver_reset_finished (driver, places);
  for (guint i = 0; i < places; i++)
    g_queue_push_tail (&rows.free, GSIZE_TO_POINTER ((gsize) i));
  while (go_on || evaluator_get_busy (driver->evaluator) > 0)
    {
      gboolean idle = g_queue_is_empty (&rows.out);
      go_on = go_on && !(rows.over && idle); /* what is under way may have to be started again */
      driver->at_rest = go_on && idle && !rows.over;
      if (go_on && idle && (go_on = driver_get_ready (driver)))
        offer_injection (driver);
      driver->at_rest = FALSE;
      if (go_on)
        ask_rows (&rows);
      if (go_on && driver_is_replaying (driver) && tell_past (&rows))
        continue;
      go_on = go_on && driver->fault == NULL && start_rows (&rows);
      driver->points_out = !g_queue_is_empty (&rows.out);
      tell_or_wait (&rows);
      driver_drain_log (driver);
    }
  while (tell_finished (&rows) > 0)
    ;
  driver->points_out = !g_queue_is_empty (&rows.out);
  if (driver->points_out) /* it gave its last point, but was stopped before that was evaluated */
    driver->done = FALSE;
  g_queue_clear (&rows.free);
  g_queue_clear (&rows.out);
  g_queue_clear (&rows.waiting);
}
