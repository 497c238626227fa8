/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory, sampling and injection; see the header. */
#include "cmaes-core.h"

#include "cmaes-linalg.h"
#include "cmaes-simd.h"
#include "cmaes-stop.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64u
#define FULL_N_MOST 20000u /* where a matrix takes 3 GB, and sizes still fit the integers of LAPACK */

/* Gives the next array of count numbers; only counts when there is no memory yet. */
static double *
take (double *memory, size_t *used, size_t count)
{
  double *array = memory != NULL ? memory + *used : NULL;
  size_t unit = ALIGNMENT / sizeof (double);
  *used += (count + unit - 1) / unit * unit;
  return array;
}

/* Places all arrays and returns how many numbers they take. */
static size_t
lay_out (Cmaes *s, double *memory, size_t lambda)
{
  size_t n = s->bounds.n, used = 0, rows = (lambda + 1) * n;
  size_t window = 2 * s->n_window;
  s->mean = take (memory, &used, n);
  s->p_sigma = take (memory, &used, n);
  s->c = take (memory, &used, s->n_matrix);
  s->a = take (memory, &used, s->n_matrix);
  s->b = take (memory, &used, s->eigen ? s->n_matrix : 0);
  s->z = take (memory, &used, lambda * n);
  s->y = take (memory, &used, rows);
  s->x = take (memory, &used, lambda * n);
  s->f = take (memory, &used, lambda);
  s->pending_x = take (memory, &used, n);
  s->d = take (memory, &used, n);
  s->values = take (memory, &used, s->n_values);
  s->best = take (memory, &used, s->n_window);
  s->median = take (memory, &used, s->n_window);
  s->n_saved = used;

  s->sigma0 = take (memory, &used, n);
  s->width = take (memory, &used, n);
  s->weights = take (memory, &used, lambda);
  s->scales = take (memory, &used, lambda + 1);
  s->t = take (memory, &used, n);
  s->step = take (memory, &used, n);
  s->pack = take (memory, &used, rows > window ? rows : window);
  s->scratch = take (memory, &used, s->separable ? 0 : s->n_matrix);
  s->work = take (memory, &used, s->n_work);
  return used;
}

static bool
allocate (Cmaes *s, size_t lambda)
{
  if (!s->separable)
    cmaes_linalg_eigen_workspace (s->bounds.n, s->eigen, &s->n_work, &s->n_iwork);
  size_t count = lay_out (s, NULL, lambda);
  s->memory = aligned_alloc (ALIGNMENT, count * sizeof (double));
  s->order = calloc (lambda + 1, sizeof *s->order);
  s->iwork = calloc (s->n_iwork + 1, sizeof *s->iwork);
  if (s->memory == NULL || s->order == NULL || s->iwork == NULL)
    return false;
  memset (s->memory, 0, count * sizeof (double));
  lay_out (s, s->memory, lambda);
  s->p_c = s->y + lambda * s->bounds.n;
  return true;
}

/* sigma is the geometric mean of the first standard deviations; what differs between the coordinates goes
 * into C. */
static const char *
init_distribution (Cmaes *s, const CmaesProblem *problem)
{
  const CmaesList *list = &s->settings.sigma0;
  size_t n = problem->n;
  if (list->n > 1 && list->n != n)
    return "sigma0 needs one number, or one for each parameter";
  double logarithm = 0.0;
  for (size_t i = 0; i < n; i++)
    {
      s->width[i] = problem->upper[i] - problem->lower[i];
      if (!isfinite (s->width[i]) || s->width[i] < DBL_MIN)
        return "the bounds of a parameter are too far apart, or too near";
      s->sigma0[i] = list->n == 0 ? 0.3 : list->values[list->n == 1 ? 0 : i];
      logarithm += log (s->sigma0[i]);
    }
  s->sigma_start = list->n > 1 ? exp (logarithm / (double) n) : s->sigma0[0];
  s->state.sigma = s->sigma_start;
  for (size_t i = 0; i < n; i++)
    {
      double ratio = s->sigma0[i] / s->sigma_start;
      s->c[s->separable ? i : i * n + i] = ratio * ratio;
      s->t[i] = 0.5;
      s->settings.max_std = fmax (s->settings.max_std, s->sigma0[i]);
    }
  cmaes_bounds_unfold (&s->bounds, problem->x0, s->t, s->mean);
  memcpy (s->pending_x, problem->x0, n * sizeof (double));
  s->state.pending = s->settings.evaluate_x0;
  s->state.best_f = INFINITY;
  s->state.fading = 1.0;
  return NULL;
}

static const char *
init (Cmaes *s, const CmaesSettings *settings, const CmaesProblem *problem)
{
  size_t n = problem->n, lambda = cmaes_strategy_population (settings, n, problem->at_once);
  s->settings = *settings;
  cmaes_stop_choose (&s->settings, n, lambda);
  s->separable = settings->covariance == CMAES_SEPARABLE;
  s->eigen = !s->separable && settings->root == CMAES_EIGEN;
  if (!s->separable && n > FULL_N_MOST)
    return "there are too many parameters for covariance = full, take covariance = separable";
  s->n_matrix = s->separable ? n : n * n;
  s->n_values = cmaes_stop_n_values (n, lambda);
  s->n_window = cmaes_stop_n_window (&s->settings);
  s->bounds = (CmaesBounds){
    .n = n, .margin = settings->bound_margin, .lower = problem->lower, .upper = problem->upper
  };
  if (!allocate (s, lambda))
    return "there is not enough memory";
  s->bounds.width = s->width;
  const char *why = cmaes_strategy_init (&s->strategy, settings, n, lambda, s->weights);
  if (why == NULL)
    why = init_distribution (s, problem);
  if (why == NULL && !cmaes_core_renew_root (s))
    why = "sigma0 differs too much between the parameters";
  return why;
}

Cmaes *
cmaes_core_new (const CmaesSettings *settings, const CmaesProblem *problem, const char **why)
{
  Cmaes *s = calloc (1, sizeof *s);
  *why = s == NULL ? "there is not enough memory" : init (s, settings, problem);
  if (*why == NULL)
    return s;
  cmaes_core_free (s);
  return NULL;
}

void
cmaes_core_free (Cmaes *s)
{
  if (s == NULL)
    return;
  free (s->memory);
  free (s->order);
  free (s->iwork);
  free (s);
}

/* Solves A z = y. */
static void
unscale (const Cmaes *s, const double *y, double *z)
{
  size_t n = s->strategy.n;
  if (s->eigen)
    {
      cmaes_linalg_transposed_times (n, s->b, y, z);
      for (size_t i = 0; i < n; i++)
        z[i] /= sqrt (s->d[i]);
      return;
    }
  memcpy (z, y, n * sizeof *z);
  if (!s->separable)
    cmaes_linalg_lower_solve (n, s->a, z);
  else
    for (size_t i = 0; i < n; i++)
      z[i] /= s->a[i];
}

/* Makes x the point of a row. A point from outside the distribution is drawn towards the mean to the length
 * that the distribution itself could have given it (Hansen 2011, c_y = sqrt (n) + 2 n / (n + 2)); returns
 * whether that was necessary. */
static bool
place_point (Cmaes *s, size_t row, const double *x)
{
  size_t n = s->strategy.n;
  double *y = s->y + row * n, *z = s->z + row * n;
  cmaes_bounds_unfold (&s->bounds, x, s->mean, s->t);
  for (size_t i = 0; i < n; i++)
    y[i] = (s->t[i] - s->mean[i]) / s->state.sigma;
  unscale (s, y, z);
  double square = 0.0, dim = (double) n;
  for (size_t i = 0; i < n; i++)
    square += z[i] * z[i];
  double factor = (sqrt (dim) + 2.0 * dim / (dim + 2.0)) / sqrt (square);
  if (factor >= 1.0)
    return false;
  bool usable = isfinite (square); /* not if sigma is so small that y overflows */
  for (size_t i = 0; i < n; i++)
    {
      y[i] = usable ? y[i] * factor : 0.0;
      z[i] = usable ? z[i] * factor : 0.0;
    }
  return true;
}

static void
fold_row (Cmaes *s, size_t row)
{
  size_t n = s->strategy.n;
  double sigma = s->state.sigma;
  double *restrict t = s->t;
  const double *restrict mean = s->mean, *restrict y = s->y + row * n;
  CMAES_SIMD
  for (size_t i = 0; i < n; i++)
    t[i] = mean[i] + sigma * y[i];
  cmaes_bounds_fold (&s->bounds, t, s->x + row * n);
}

void
cmaes_core_sample (Cmaes *s)
{
  size_t n = s->strategy.n, lambda = s->strategy.lambda;
  if (s->separable)
    for (size_t k = 0; k < lambda; k++)
      {
        const double *restrict a = s->a, *restrict z = s->z + k * n;
        double *restrict y = s->y + k * n;
        CMAES_SIMD
        for (size_t i = 0; i < n; i++)
          y[i] = a[i] * z[i];
      }
  else if (s->eigen)
    cmaes_linalg_times (n, lambda, s->a, s->z, s->y);
  else
    cmaes_linalg_lower_times (n, lambda, s->a, s->z, s->y);
  for (size_t k = 0; k < lambda; k++)
    fold_row (s, k);

  if (s->state.pending == 0)
    return;
  s->state.pending = 0;
  s->state.injected++;
  if (place_point (s, 0, s->pending_x))
    fold_row (s, 0);
  else
    memcpy (s->x, s->pending_x, n * sizeof (double));
}

void
cmaes_core_tell (Cmaes *s, const double *x, double f)
{
  size_t n = s->strategy.n, row = s->state.told;
  if (memcmp (x, s->x + row * n, n * sizeof *x) != 0)
    place_point (s, row, x);
  s->f[row] = f;
  s->state.told++;
  if (f < s->state.best_f)
    s->state.best_f = f;
  if (s->state.told == s->strategy.lambda)
    cmaes_core_update (s);
}

void
cmaes_core_inject (Cmaes *s, const double *x, double f)
{
  size_t n = s->strategy.n;
  bool usable = f < s->state.best_f;
  for (size_t i = 0; i < n; i++)
    usable = usable && x[i] >= s->bounds.lower[i] && x[i] <= s->bounds.upper[i];
  if (!usable)
    return;
  memcpy (s->pending_x, x, n * sizeof *x);
  s->state.pending = 1;
}

double
cmaes_core_max_std (const Cmaes *s)
{
  size_t n = s->strategy.n, stride = s->separable ? 1 : n + 1;
  double greatest = 0.0;
  for (size_t i = 0; i < n; i++)
    greatest = fmax (greatest, s->c[i * stride]);
  return s->state.sigma * sqrt (greatest);
}

const char *
cmaes_core_check_state (const Cmaes *s)
{
  const CmaesState *state = &s->state;
  if (state->told > state->asked || state->asked > s->strategy.lambda || state->pending > 1
      || state->stop >= CMAES_N_STOPS || !(state->sigma > 0.0) || !isfinite (state->sigma))
    return "the saved state contradicts itself";
  return NULL;
}
