/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a driver lives through the recorded past of its optimizer: what was evaluated is not evaluated again
 * but told from the record, after a comparison of the points to the last bit. Nothing of it is posted.
 * Thread: the driver's.
 */
#include "base/text.h"
#include "worker/driver-private.h"
#include <glompo/glompo-journal.h>
#include <string.h>

gboolean
driver_open_replay (Driver *driver)
{
  const TermsPast *past = &channel_terms (driver->channel)->past;
  if (past->until == 0 || driver->spec->run_directory == NULL)
    return TRUE;
  return driver_reopen_replay (driver, past->from);
}

gboolean
driver_reopen_replay (Driver *driver, guint64 from)
{
  const WorkerSpec *spec = driver->spec;
  TermsPast past = channel_terms (driver->channel)->past;
  g_autoptr (GError) error = NULL;
  g_autofree char *journal = g_build_filename (spec->run_directory, GLOMPO_JOURNAL_FILE, NULL);
  past.from = from;
  replay_free (driver->replay);
  driver->replay = replay_new (journal, &past, spec->id, spec->space->n, &error);
  if (driver->replay == NULL)
    driver->fault = g_strdup_printf ("its past cannot be replayed: %s", error->message);
  return driver->replay != NULL;
}

static void
diverge (Driver *driver, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
diverge (Driver *driver, const char *format, ...)
{
  va_list arguments;
  if (driver->fault != NULL)
    return;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  driver->fault = g_strdup_printf ("resumed, it does something else than before the interruption: %s; an "
                                   "optimizer may use no clock and no random numbers but the host's",
                                   what);
  channel_post_text (driver->channel, CHANNEL_DIVERGED, 0, TRUE, driver->fault);
}

gboolean
driver_is_replaying (Driver *driver)
{
  if (driver->replay == NULL)
    return FALSE;
  if (!replay_is_over (driver->replay) && driver->fault == NULL)
    return TRUE;
  if (replay_failure (driver->replay) != NULL && driver->fault == NULL)
    driver->fault = g_strdup_printf ("its past cannot be replayed: %s", replay_failure (driver->replay));
  g_clear_pointer (&driver->replay, replay_free);
  return FALSE;
}

/* FALSE: the points differ, and fault says where. */
static gboolean
compare_points (Driver *driver, const ReplayEvaluation *recorded, const double *x)
{
  char asked[TEXT_DOUBLE_SIZE], before[TEXT_DOUBLE_SIZE];
  const Space *space = driver->spec->space;
  if (G_LIKELY (memcmp (x, recorded->x, space->n * sizeof *x) == 0))
    return TRUE;
  for (gsize i = 0; i < space->n; i++)
    if (memcmp (&x[i], &recorded->x[i], sizeof *x) != 0)
      {
        diverge (driver, "in its evaluation %" G_GUINT64_FORMAT " it asks for %s = %s, recorded is %s",
                 recorded->point, space->names[i], text_from_double (x[i], asked),
                 text_from_double (recorded->x[i], before));
        break;
      }
  return FALSE;
}

/* Copies n recorded numbers where there is room. Returns what is next. */
static const double *
copy (double *room, gsize row, gsize n, const double *from)
{
  if (room != NULL && n > 0)
    memcpy (room + row * n, from, n * sizeof *room);
  return from + n;
}

static gboolean
fill_row (Driver *driver, gsize row, const ReplayEvaluation *recorded)
{
  Batch *b = &driver->batch;
  const Space *space = b->space;
  if (!compare_points (driver, recorded, b->x + row * space->n))
    return FALSE;
  if (recorded->n_values != driver_values_size (space, driver->spec->group))
    {
      diverge (driver,
               "evaluation %" G_GUINT64_FORMAT " has %" G_GSIZE_FORMAT
               " further values, wanted %" G_GSIZE_FORMAT,
               recorded->point, recorded->n_values, driver_values_size (space, driver->spec->group));
      return FALSE;
    }
  b->f[row] = recorded->f;
  b->status[row] = recorded->status;
  const double *next = copy (b->extras, row, space->extras_size, recorded->values);
  next = copy (b->residuals, row, space->n_residuals, next);
  if (b->gradient != NULL)
    copy (b->gradient, row, space->n, next);
  if (recorded->status != GLOMPO_STATUS_EVALUATED && driver->spec->on_failure == FAILURE_STOP)
    driver->fault = g_strdup_printf ("evaluation %" G_GUINT64_FORMAT " failed and on_failure is stop",
                                     recorded->point);
  return TRUE;
}

gboolean
driver_replay_row (Driver *driver, gsize row)
{
  if (!driver_is_replaying (driver))
    return FALSE;
  guint64 point = driver->batch.points[row];
  const ReplayEvaluation *recorded = replay_find (driver->replay, point);
  if (recorded == NULL && replay_first (driver->replay) == NULL)
    diverge (driver, "it did not take an injection that is recorded before its point %" G_GUINT64_FORMAT,
             point);
  if (recorded == NULL)
    return driver->fault != NULL;
  fill_row (driver, row, recorded);
  replay_drop (driver->replay, point);
  driver_is_replaying (driver);
  return TRUE;
}

gssize
driver_replay_next (Driver *driver, const GQueue *out)
{
  const ReplayEvaluation *recorded = replay_first (driver->replay);
  if (recorded == NULL)
    return -1;
  for (const GList *l = out->head; l != NULL; l = l->next)
    {
      gsize row = GPOINTER_TO_SIZE (l->data);
      if (driver->batch.points[row] != recorded->point)
        continue;
      fill_row (driver, row, recorded);
      replay_drop (driver->replay, recorded->point);
      driver_is_replaying (driver);
      return (gssize) row;
    }
  diverge (driver, "it has not asked for its point %" G_GUINT64_FORMAT ", which was evaluated",
           recorded->point);
  return -1;
}

void
driver_end_replay (Driver *driver)
{
  if (driver->replay == NULL || driver->fault != NULL || channel_is_abandoned (driver->channel))
    return;
  const ReplayEvaluation *left = replay_first (driver->replay);
  if (left != NULL && left->point > driver->points)
    diverge (driver,
             "it ends after %" G_GUINT64_FORMAT " points, evaluation %" G_GUINT64_FORMAT " is recorded",
             driver->points, left->point);
}
