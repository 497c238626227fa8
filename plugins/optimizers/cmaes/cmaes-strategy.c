/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Default strategy parameters: table 1 of arXiv:1604.00772 unless a comment says otherwise. */
#include "cmaes-strategy.h"

#include <math.h>

static inline double
choose (double wish, double automatic)
{
  return isnan (wish) ? automatic : wish;
}

size_t
cmaes_strategy_population (const CmaesSettings *settings, size_t n, size_t at_once)
{
  if (settings->population >= 0)
    return (size_t) settings->population;
  size_t lambda = 4 + (size_t) floor (3.0 * log ((double) n));
  return lambda > at_once ? lambda : at_once;
}

/* Raw weights ln (lambda / 2 + 1/2) - ln i, the positive ones scaled to sum 1. With another share
 * of parents than one half the zero of the logarithm moves along. */
static void
init_weights (CmaesStrategy *s, double parents)
{
  double sum = 0.0, squares = 0.0, negative = 0.0, negative_squares = 0.0;
  double turn = log ((double) s->lambda * parents + 0.5);
  for (size_t i = 0; i < s->lambda; i++)
    {
      double w = turn - log ((double) i + 1.0);
      s->weights[i] = w;
      if (i < s->mu)
        sum += w, squares += w * w;
      else if (w < 0.0)
        negative += w, negative_squares += w * w;
      else
        s->weights[i] = 0.0;
    }
  s->mu_eff = sum * sum / squares;
  s->mu_eff_negative = negative_squares > 0.0 ? negative * negative / negative_squares : 0.0;
  for (size_t i = 0; i < s->mu; i++)
    s->weights[i] /= sum;
}

/* Learning rates of C; c_1 is damped for populations below 6 as in pycma. The separable model has n instead
 * of n^2 / 2 numbers to learn and may be faster (Ros & Hansen 2008). */
static void
init_learning_rates (CmaesStrategy *s, const CmaesSettings *settings)
{
  double n = (double) s->n, mu_eff = s->mu_eff;
  bool separable = settings->covariance == CMAES_SEPARABLE;
  double c_c = (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n);
  double c_1 = fmin (1.0, (double) s->lambda / 6.0) * 2.0 / ((n + 1.3) * (n + 1.3) + mu_eff);
  if (separable)
    {
      c_c = (1.0 + 1.0 / n + mu_eff / n) / (sqrt (n) + 1.0 / n + 2.0 * mu_eff / n);
      c_1 = fmin (0.5, c_1 * (n + 2.0) / 3.0);
    }
  s->c_c = choose (settings->c_c, c_c);
  s->c_1 = choose (settings->c_1, c_1);
  double gain = mu_eff - 2.0 + 1.0 / mu_eff;
  double c_mu = 2.0 * (0.25 + gain) / ((n + 2.0) * (n + 2.0) + mu_eff);
  if (separable)
    c_mu = (0.3 + gain) / (n + 4.0 * sqrt (n) + mu_eff / 2.0);
  s->c_mu = choose (settings->c_mu, fmin (1.0 - s->c_1, c_mu));
}

/* Scales the negative weights by the least of three bounds: the last keeps C positive definite, since each
 * negative direction enters with Mahalanobis length sqrt (n). */
static void
scale_negative (CmaesStrategy *s, bool active)
{
  double sum = 0.0, positive = 0.0;
  for (size_t i = s->mu; i < s->lambda; i++)
    sum -= s->weights[i];
  double scale = 0.0;
  if (active && sum > 0.0 && s->c_mu > 0.0)
    {
      double alpha_mu = 1.0 + s->c_1 / s->c_mu;
      double alpha_eff = 1.0 + 2.0 * s->mu_eff_negative / (s->mu_eff + 2.0);
      double alpha_definite = (1.0 - s->c_1 - s->c_mu) / ((double) s->n * s->c_mu);
      scale = fmin (alpha_mu, fmin (alpha_eff, alpha_definite)) / sum;
    }
  for (size_t i = s->mu; i < s->lambda; i++)
    s->weights[i] = scale > 0.0 ? s->weights[i] * scale : 0.0;
  for (size_t i = 0; i < s->lambda; i++)
    positive += s->weights[i];
  s->sum_weights = positive;
}

const char *
cmaes_strategy_init (CmaesStrategy *s, const CmaesSettings *settings, size_t n, size_t lambda,
                     double *weights)
{
  double dim = (double) n;
  *s = (CmaesStrategy){ .n = n, .lambda = lambda, .weights = weights };
  if (lambda < 2)
    return "population must be at least 2";
  s->mu = (size_t) floor ((double) lambda * settings->parents);
  s->mu = s->mu < 1 ? 1 : s->mu;
  init_weights (s, fmax (settings->parents, 1.0 / (double) lambda));
  init_learning_rates (s, settings);
  if (s->c_1 + s->c_mu > 1.0)
    return "c_1 + c_mu must not exceed 1";
  scale_negative (s, settings->active);

  s->c_m = settings->c_m;
  /* As in pycma; the tutorial has + 5, which takes about one percent more evaluations on sphere and cigar. */
  s->c_sigma = choose (settings->c_sigma, (s->mu_eff + 2.0) / (dim + s->mu_eff + 3.0));
  double d_sigma = 1.0 + 2.0 * fmax (0.0, sqrt ((s->mu_eff - 1.0) / (dim + 1.0)) - 1.0) + s->c_sigma;
  s->d_sigma = choose (settings->d_sigma, d_sigma);
  s->chi_n = sqrt (dim) * (1.0 - 1.0 / (4.0 * dim) + 1.0 / (21.0 * dim * dim));
  /* C changes by a fraction of about 1 / (2 n) in this time: sampling with a factor that is so old costs
   * no evaluations. The factor 1/2 is that of Hansen's purecma. */
  double gap = 0.5 / (dim * (s->c_1 + s->c_mu));
  s->lazy_gap = choose (settings->lazy_gap, settings->covariance == CMAES_SEPARABLE ? 1.0 : gap);
  return NULL;
}
