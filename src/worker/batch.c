/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/batch.h"
#include "base/text.h"
#include <math.h>
#include <string.h>
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_AVX_FUNCTIONS
#endif

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

static double *
row_of (double *values, gsize row, gsize length)
{
  return values != NULL ? values + row * length : NULL;
}

/* What stays the same for every point that is in a row. */
void
batch_prepare_jobs (Batch *batch, gsize n)
{
  const Space *space = batch->space;
  for (gsize row; (row = batch->prepared) < n; batch->prepared++)
    batch->jobs[row] = (Job){
      .x = batch->x + row * space->n,
      .tag = row,
      .result = { .extras = row_of (batch->extras, row, space->extras_size),
                  .residuals = row_of (batch->residuals, row, space->n_residuals),
                  .gradient = row_of (batch->gradient, row, space->n) },
    };
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
  batch->prepared = 0;
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
    return g_strdup_printf ("it asked for a point outside the bounds: %s = %s, wanted %s to %s",
                            space->names[i], text_from_double (*x, value),
                            text_from_double (space->lower[i], low),
                            text_from_double (space->upper[i], high));
  *x = CLAMP (*x, space->lower[i], space->upper[i]);
  return NULL;
}

/* FALSE for NaN. */
static inline gboolean
is_inside (gsize n, const double *x, const double *lower, const double *upper)
{
  for (gsize i = 0; i < n; i++)
    if (!(x[i] >= lower[i] && x[i] <= upper[i]))
      return FALSE;
  return TRUE;
}

#ifdef HAVE_AVX_FUNCTIONS
/* Four at a time: it is done for every point. */
__attribute__ ((target ("avx"))) static gsize
count_inside_by_fours (gsize n, gsize m, const double *x, const double *lower, const double *upper)
{
  for (gsize row = 0; row < m; row++, x += n)
    {
      gsize i = 0;
      __m256d good = _mm256_castsi256_pd (_mm256_set1_epi64x (-1));
      for (; i + 4 <= n; i += 4)
        {
          __m256d four = _mm256_loadu_pd (x + i);
          __m256d above = _mm256_cmp_pd (four, _mm256_loadu_pd (lower + i), _CMP_GE_OQ);
          __m256d below = _mm256_cmp_pd (four, _mm256_loadu_pd (upper + i), _CMP_LE_OQ);
          good = _mm256_and_pd (good, _mm256_and_pd (above, below));
        }
      if (_mm256_movemask_pd (good) != 15 || !is_inside (n - i, x + i, lower + i, upper + i))
        return row;
    }
  return m;
}
#endif

/* How many of the m points in the rows of x are inside the bounds before the first that is not. */
static gsize
count_inside (const Space *space, gsize m, const double *x)
{
#ifdef HAVE_AVX_FUNCTIONS
  if (__builtin_cpu_supports ("avx"))
    return count_inside_by_fours (space->n, m, x, space->lower, space->upper);
#endif
  gsize row = 0;
  while (row < m && is_inside (space->n, x + row * space->n, space->lower, space->upper))
    row++;
  return row;
}

/* Rounds what is to be an integer, and keeps what was asked for. */
static void
round_row (Batch *batch, gsize row)
{
  const Space *space = batch->space;
  double *x = batch->x + row * space->n;
  memcpy (batch->asked + row * space->n, x, space->n * sizeof *x);
  for (gsize i = 0; i < space->n; i++)
    if (space->integer[i])
      x[i] = CLAMP (rint (x[i]), ceil (space->lower[i]), floor (space->upper[i])) + 0.0; /* no -0 */
}

char *
batch_check (Batch *batch, gsize first, gsize n)
{
  const Space *space = batch->space;
  gsize end = first + n;
  for (gsize row = first; (row += count_inside (space, end - row, batch->x + row * space->n)) < end; row++)
    for (gsize i = 0; i < space->n; i++)
      {
        char *fault = check_coordinate (space, &batch->x[row * space->n + i], i);
        if (fault != NULL)
          return fault;
      }
  for (gsize row = first; space->integer != NULL && row < end; row++)
    round_row (batch, row);
  return NULL;
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
