/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/batch.h"
#include "base/text.h"
#include <math.h>
#include <string.h>

/* A coordinate this little outside its bounds, in widths of the box, is rounding and not an error. */
#define ROUNDING 1e-12

void
batch_init (Batch *batch, Space *space, gboolean gradients, gsize capacity)
{
  *batch = (Batch){ .space = space, .gradients = gradients };
  batch_reserve (batch, capacity);
}

void
batch_clear (Batch *batch)
{
  g_free (batch->x);
  g_free (batch->asked);
  g_free (batch->ids);
  g_free (batch->f);
  g_free (batch->status);
  g_free (batch->extras);
  g_free (batch->residuals);
  g_free (batch->gradient);
  g_free (batch->points);
  g_free (batch->jobs);
  *batch = (Batch){ 0 };
}

void
batch_reserve (Batch *batch, gsize n)
{
  const Space *space = batch->space;
  if (n <= batch->capacity)
    return;
  batch->capacity = n;
  batch->x = g_renew (double, batch->x, n * space->n);
  if (space->integer != NULL)
    batch->asked = g_renew (double, batch->asked, n * space->n);
  batch->ids = g_renew (guint64, batch->ids, n);
  batch->f = g_renew (double, batch->f, n);
  batch->status = g_renew (gint32, batch->status, n);
  batch->points = g_renew (guint64, batch->points, n);
  batch->jobs = g_renew (Job, batch->jobs, n);
  if (space->extras_size > 0)
    batch->extras = g_renew (double, batch->extras, n * space->extras_size);
  if (space->n_residuals > 0)
    batch->residuals = g_renew (double, batch->residuals, n * space->n_residuals);
  if (batch->gradients)
    batch->gradient = g_renew (double, batch->gradient, n * space->n);
}

static char *
check_coordinate (const Space *space, double *x, gsize i)
{
  char value[TEXT_DOUBLE_SIZE], low[TEXT_DOUBLE_SIZE], high[TEXT_DOUBLE_SIZE];
  if (!isfinite (*x))
    return g_strdup_printf ("it asked for a point that is not finite: %s = %s", space->names[i],
                            text_from_double (*x, value));
  double slack = ROUNDING * (space->upper[i] - space->lower[i]);
  if (*x < space->lower[i] - slack || *x > space->upper[i] + slack)
    return g_strdup_printf ("it asked for a point outside the bounds: %s = %s, wanted %s to %s", space->names[i],
                            text_from_double (*x, value), text_from_double (space->lower[i], low),
                            text_from_double (space->upper[i], high));
  *x = CLAMP (*x, space->lower[i], space->upper[i]);
  return NULL;
}

char *
batch_check (Batch *batch, gsize first, gsize n)
{
  const Space *space = batch->space;
  for (gsize row = first; row < first + n; row++)
    {
      double *x = batch->x + row * space->n;
      gboolean inside = TRUE;
      for (gsize i = 0; i < space->n; i++)
        inside &= (x[i] >= space->lower[i]) & (x[i] <= space->upper[i]); /* FALSE for NaN; no branch */
      for (gsize i = 0; !inside && i < space->n; i++)
        {
          char *fault = check_coordinate (space, &x[i], i);
          if (fault != NULL)
            return fault;
        }
      if (space->integer != NULL)
        memcpy (batch->asked + row * space->n, x, space->n * sizeof *x);
      for (gsize i = 0; space->integer != NULL && i < space->n; i++)
        if (space->integer[i])
          x[i] = CLAMP (rint (x[i]), ceil (space->lower[i]), floor (space->upper[i])) + 0.0; /* no -0 */
    }
  return NULL;
}

static double *
row_of (double *values, gsize row, gsize length)
{
  return values != NULL ? values + row * length : NULL;
}

Job *
batch_job (Batch *batch, gsize row, guint64 seed)
{
  const Space *space = batch->space;
  Job *job = &batch->jobs[row];
  *job = (Job){
    .x = batch->x + row * space->n,
    .seed = seed,
    .tag = row,
    .result = { .extras = row_of (batch->extras, row, space->extras_size),
                .residuals = row_of (batch->residuals, row, space->n_residuals),
                .gradient = row_of (batch->gradient, row, space->n) },
  };
  return job;
}

void
batch_store (Batch *batch, const Job *job)
{
  batch->f[job->tag] = job->result.f;
  batch->status[job->tag] = job->result.status;
}

GlompoTrials
batch_trials (const Batch *batch, gsize first)
{
  const Space *space = batch->space;
  return (GlompoTrials){
    .struct_size = sizeof (GlompoTrials),
    .n_parameters = space->n,
    .n_residuals = space->n_residuals,
    .ids = batch->ids + first,
    .x = (batch->asked != NULL ? batch->asked : batch->x) + first * space->n,
    .f = batch->f + first,
    .status = batch->status + first,
    .residuals = row_of (batch->residuals, first, space->n_residuals),
    .gradients = row_of (batch->gradient, first, space->n),
  };
}
