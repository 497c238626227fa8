/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The update of the distribution after a generation: ranks, mean, the two evolution paths, covariance
 * matrix, step size, and the root of the covariance matrix when it is due. Formulas: arXiv:1604.00772,
 * appendix A.
 */
#include "cmaes-core.h"

#include "cmaes-linalg.h"
#include "cmaes-simd.h"
#include "cmaes-stop.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* With a Cholesky factor the eigenvalues serve the condition number only and are worked out after so many
 * factorisations; they cost about four of them. */
#define ROOTS_PER_CONDITION 10u

/* Rows by value; stable, so that equal values keep their order, which is random. */
static void
rank (size_t m, const double *f, size_t *order)
{
  for (size_t k = 0; k < m; k++)
    {
      size_t low = 0, high = k;
      while (low < high)
        {
          size_t middle = (low + high) / 2;
          if (f[k] < f[order[middle]])
            high = middle;
          else
            low = middle + 1;
        }
      memmove (order + low + 1, order + low, (k - low) * sizeof *order);
      order[low] = k;
    }
}

static double
dot (size_t n, const double *a, const double *b)
{
  double sums[4] = { 0.0, 0.0, 0.0, 0.0 };
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (size_t j = 0; j < 4; j++)
      sums[j] += a[i + j] * b[i + j];
  for (; i < n; i++)
    sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* out = sum of the mu best rows of v by weight. A point without a value carries no weight: it says nothing
 * about where to go. */
static void
recombine (const Cmaes *s, size_t n_valid, const double *v, double *restrict out)
{
  size_t n = s->strategy.n, mu = s->strategy.mu < n_valid ? s->strategy.mu : n_valid;
  memset (out, 0, n * sizeof *out);
  for (size_t k = 0; k < mu; k++)
    {
      const double *restrict row = v + s->order[k] * n;
      double w = s->strategy.weights[k];
      CMAES_SIMD
      for (size_t i = 0; i < n; i++)
        out[i] += w * row[i];
    }
}

/* p <- (1 - c) p + gain v. */
static void
advance_path (size_t n, double c, double gain, const double *restrict v, double *restrict p)
{
  double keep = 1.0 - c;
  CMAES_SIMD
  for (size_t i = 0; i < n; i++)
    p[i] = keep * p[i] + gain * v[i];
}

/* Moves the mean and the step-size path. The path lives in the coordinates of z for a Cholesky factor,
 * which changes smoothly (Krause et al. 2016), and is turned by B for an eigenbasis, which does not. */
static void
move_mean (Cmaes *s, size_t n_valid)
{
  const CmaesStrategy *q = &s->strategy;
  size_t n = q->n;
  recombine (s, n_valid, s->z, s->t);
  const double *direction = s->t;
  if (s->eigen)
    {
      cmaes_linalg_times (n, 1, s->b, s->t, s->step);
      direction = s->step;
    }
  advance_path (n, q->c_sigma, sqrt (q->c_sigma * (2.0 - q->c_sigma) * q->mu_eff), direction, s->p_sigma);

  recombine (s, n_valid, s->y, s->step);
  double gain = q->c_m * s->state.sigma;
  CMAES_SIMD
  for (size_t i = 0; i < n; i++)
    s->mean[i] += gain * s->step[i];
  cmaes_bounds_recentre (&s->bounds, s->mean);
}

static void
update_separable (Cmaes *s, size_t m, double decay)
{
  size_t n = s->strategy.n;
  double *restrict c = s->c;
  CMAES_SIMD
  for (size_t i = 0; i < n; i++)
    c[i] *= decay;
  for (size_t k = 0; k < m; k++)
    {
      const double *restrict y = s->y + s->order[k] * n;
      double scale = s->scales[k];
      CMAES_SIMD
      for (size_t i = 0; i < n; i++)
        c[i] += scale * y[i] * y[i];
    }
}

/* Rank-one and rank-mu update. A negative direction enters with Mahalanobis length sqrt (n), which |z|
 * gives for nothing. stalled: the step-size path is long, and p_c was held back. */
static void
update_covariance (Cmaes *s, size_t n_valid, bool stalled)
{
  const CmaesStrategy *q = &s->strategy;
  size_t n = q->n, m = 0;
  double sum = q->sum_weights, dim = (double) n;
  for (size_t k = 0; k < q->lambda; k++)
    {
      double scale = q->c_mu * q->weights[k];
      size_t row = s->order[k];
      if (scale < 0.0)
        {
          double square = dot (n, s->z + row * n, s->z + row * n);
          scale = square > DBL_MIN * dim ? scale * dim / square : 0.0;
        }
      else if (k >= n_valid)
        {
          sum -= q->weights[k];
          scale = 0.0;
        }
      if (scale == 0.0)
        continue;
      s->order[m] = row; /* m <= k: ranks that are done with */
      s->scales[m++] = scale;
    }
  s->order[m] = q->lambda; /* the row of p_c */
  s->scales[m++] = q->c_1;
  double lost = stalled ? q->c_c * (2.0 - q->c_c) : 0.0;
  double decay = 1.0 + q->c_1 * lost - q->c_1 - q->c_mu * sum;
  if (s->separable)
    update_separable (s, m, decay);
  else
    cmaes_linalg_rank_update (n, m, decay, s->y, s->order, s->scales, s->c, s->pack);
}

static void
update_paths_and_shape (Cmaes *s, size_t n_valid)
{
  const CmaesStrategy *q = &s->strategy;
  double keep = (1.0 - q->c_sigma) * (1.0 - q->c_sigma), dim = (double) q->n;
  s->state.fading *= keep;
  double square = dot (q->n, s->p_sigma, s->p_sigma);
  bool stalled = !(square / dim / (1.0 - s->state.fading) < 2.0 + 4.0 / (dim + 1.0));
  double gain = stalled ? 0.0 : sqrt (q->c_c * (2.0 - q->c_c) * q->mu_eff);
  advance_path (q->n, q->c_c, gain, s->step, s->p_c);
  update_covariance (s, n_valid, stalled);

  /* At most a factor e in a generation (Hansen 2011, and pycma). */
  double change = q->c_sigma / q->d_sigma * (sqrt (square) / q->chi_n - 1.0);
  s->state.sigma *= exp (fmin (fmax (change, -1.0), 1.0));
  s->state.sigma = fmin (fmax (s->state.sigma, DBL_MIN / DBL_EPSILON), 1e100);
}

static void
scale_coordinate (Cmaes *s, size_t k, double factor)
{
  size_t n = s->strategy.n;
  s->p_c[k] *= factor;
  if (s->separable)
    {
      s->c[k] *= factor * factor;
      return;
    }
  for (size_t j = 0; j < k; j++)
    s->c[j * n + k] *= factor;
  for (size_t i = k + 1; i < n; i++)
    s->c[k * n + i] *= factor;
  s->c[k * n + k] *= factor * factor;
}

/* No standard deviation may exceed max_std: beyond the width of the box the fold makes every distribution
 * uniform and nothing more can be learnt. sigma gives way first as far as all coordinates are too wide,
 * then single coordinates, which keeps C positive definite. */
static void
limit_deviations (Cmaes *s)
{
  size_t n = s->strategy.n, stride = s->separable ? 1 : n + 1;
  double least = INFINITY, greatest = 0.0, limit = s->settings.max_std;
  for (size_t i = 0; i < n; i++)
    {
      double variance = s->c[i * stride];
      least = variance < least ? variance : least;
      greatest = variance > greatest ? variance : greatest;
    }
  double *sigma = &s->state.sigma;
  if (*sigma * sqrt (greatest) <= limit)
    return;
  if (*sigma * sqrt (least) > limit)
    *sigma = limit / sqrt (least);
  for (size_t k = 0; k < n; k++)
    {
      double deviation = *sigma * sqrt (s->c[k * stride]);
      if (deviation > limit)
        scale_coordinate (s, k, limit / deviation);
    }
}

static bool
note_condition (Cmaes *s, double least, double greatest)
{
  s->state.condition = least > 0.0 ? greatest / least : INFINITY;
  return least > 0.0 && isfinite (greatest);
}

static bool
renew_diagonal (Cmaes *s)
{
  double least = INFINITY, greatest = 0.0;
  for (size_t i = 0; i < s->strategy.n; i++)
    {
      least = fmin (least, s->c[i]);
      greatest = fmax (greatest, s->c[i]);
      s->a[i] = sqrt (s->c[i]);
    }
  return note_condition (s, least, greatest);
}

static bool
renew_eigen (Cmaes *s, double *vectors)
{
  size_t n = s->strategy.n;
  memcpy (vectors, s->c, s->n_matrix * sizeof *vectors);
  return cmaes_linalg_eigen (n, s->eigen, vectors, s->d, s->work, s->n_work, s->iwork, s->n_iwork)
         && note_condition (s, s->d[0], s->d[n - 1]);
}

bool
cmaes_core_renew_root (Cmaes *s)
{
  size_t n = s->strategy.n;
  bool due = s->state.roots++ % ROOTS_PER_CONDITION == 0;
  s->state.factored = s->state.generation;
  if (s->separable)
    return renew_diagonal (s);
  if (!s->eigen)
    return cmaes_linalg_cholesky (n, s->c, s->a) && (!due || renew_eigen (s, s->scratch));
  if (!renew_eigen (s, s->b))
    return false;
  for (size_t j = 0; j < n; j++)
    {
      double deviation = sqrt (s->d[j]);
      for (size_t i = 0; i < n; i++)
        s->a[j * n + i] = s->b[j * n + i] * deviation;
    }
  return true;
}

/* C can lose positive definiteness to rounding where its condition number approaches 1 / DBL_EPSILON, and
 * because |z| is a length by a root that is a few generations old. A small multiple of the greatest variance
 * on the diagonal mends that; if it does not, C is beyond repair. */
static bool
mend_covariance (Cmaes *s)
{
  size_t n = s->strategy.n, stride = s->separable ? 1 : n + 1;
  double greatest = 0.0;
  for (size_t i = 0; i < n; i++)
    greatest = fmax (greatest, s->c[i * stride]);
  for (double share = 16.0 * DBL_EPSILON; share < 1e-10; share *= 16.0)
    {
      for (size_t i = 0; i < n; i++)
        s->c[i * stride] += share * greatest;
      if (cmaes_core_renew_root (s))
        return true;
    }
  return false;
}

void
cmaes_core_update (Cmaes *s)
{
  CmaesState *state = &s->state;
  const CmaesStrategy *q = &s->strategy;
  size_t n_valid = 0;
  rank (q->lambda, s->f, s->order);
  while (n_valid < q->lambda && isfinite (s->f[s->order[n_valid]]))
    n_valid++;
  state->generation++;
  state->failed = n_valid == 0 ? state->failed + 1 : 0;
  state->stop = cmaes_stop_check_values (s);
  state->asked = state->told = 0;
  if (n_valid == 0) /* nothing was learnt: the next generation is another sample of the same distribution */
    return;

  move_mean (s, n_valid);
  update_paths_and_shape (s, n_valid);
  limit_deviations (s);
  if ((double) (state->generation - state->factored) >= q->lazy_gap && !cmaes_core_renew_root (s)
      && !mend_covariance (s))
    state->stop = CMAES_BREAKDOWN;
  if (state->stop == CMAES_RUNNING)
    state->stop = cmaes_stop_check_shape (s);
}
