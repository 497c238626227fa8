/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why the search ends, see the header. A criterion that holds leaves its two figures in the state. */
#include "cmaes-stop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WINDOW_MOST 20000u /* generations over which stagnation is judged, at most */
#define WINDOW_SHARE 5u    /* otherwise one in so many of all generations */

void
cmaes_stop_choose (CmaesSettings *settings, size_t n, size_t lambda)
{
  double dim = (double) n, population = (double) lambda;
  if (settings->maxiter < 0)
    settings->maxiter = (int64_t) (100.0 + 150.0 * (dim + 3.0) * (dim + 3.0) / sqrt (population));
  if (settings->tolstagnation < 0)
    settings->tolstagnation = (int64_t) (100.0 + 100.0 * pow (dim, 1.5) / population);
}

size_t
cmaes_stop_n_values (size_t n, size_t lambda)
{
  return 10 + (size_t) ceil (30.0 * (double) n / (double) lambda);
}

size_t
cmaes_stop_n_window (const CmaesSettings *settings)
{
  size_t least = (size_t) settings->tolstagnation;
  size_t most = settings->maxiter > 0 ? (size_t) settings->maxiter / WINDOW_SHARE : WINDOW_MOST;
  if (least == 0)
    return 0;
  most = most < WINDOW_MOST ? most : WINDOW_MOST;
  return most > least ? most : least;
}

static CmaesStop
found (Cmaes *s, CmaesStop stop, double figure, double limit)
{
  s->state.stop_found = figure;
  s->state.stop_limit = limit;
  return stop;
}

/* The k-th smallest of v, from 0; reorders v. Hoare's selection. */
static double
select_kth (size_t n, double *v, size_t k)
{
  size_t low = 0, high = n - 1;
  while (low < high)
    {
      double pivot = v[low + (high - low) / 2];
      size_t i = low, j = high;
      while (i <= j)
        {
          while (v[i] < pivot)
            i++;
          while (v[j] > pivot)
            j--;
          if (i > j)
            break;
          double swap = v[i];
          v[i++] = v[j];
          v[j] = swap;
          if (j == 0)
            break;
          j--;
        }
      if (k <= j)
        high = j;
      else if (k >= i)
        low = i;
      else
        break;
    }
  return v[k];
}

/* Median of count values of a ring, from the one that was put in as number first. */
static double
ring_median (const Cmaes *s, const double *ring, uint64_t first, size_t count)
{
  for (size_t i = 0; i < count; i++)
    s->pack[i] = ring[(first + i) % s->n_window];
  return select_kth (count, s->pack, count / 2);
}

/* The newest 30 % of the window are no better than its oldest 30 %, in best and in median values. Judged
 * ten times in the length of a window, so that its cost per generation does not grow. */
static CmaesStop
check_stagnation (Cmaes *s)
{
  uint64_t n = s->state.n_history, least = (uint64_t) s->settings.tolstagnation;
  if (least == 0 || n < least)
    return CMAES_RUNNING;
  uint64_t window = n / WINDOW_SHARE > least ? n / WINDOW_SHARE : least;
  window = window < s->n_window ? window : s->n_window;
  size_t share = (size_t) (3 * window / 10);
  if (share == 0 || n % (window / 10 + 1) != 0)
    return CMAES_RUNNING;
  if (ring_median (s, s->best, n - share, share) < ring_median (s, s->best, n - window, share)
      || ring_median (s, s->median, n - share, share) < ring_median (s, s->median, n - window, share))
    return CMAES_RUNNING;
  return found (s, CMAES_TOLSTAGNATION, (double) window, (double) least);
}

static double
range_of_values (const Cmaes *s)
{
  uint64_t n = s->state.n_history;
  size_t count = n < s->n_values ? (size_t) n : s->n_values;
  double least = s->values[0], greatest = s->values[0];
  for (size_t i = 1; i < count; i++)
    {
      least = s->values[i] < least ? s->values[i] : least;
      greatest = s->values[i] > greatest ? s->values[i] : greatest;
    }
  return greatest - least;
}

static CmaesStop
check_ranges (Cmaes *s)
{
  const CmaesSettings *set = &s->settings;
  size_t lambda = s->strategy.lambda;
  double best = s->f[s->order[0]], worst = s->f[s->order[lambda - 1]];
  /* Whatever lies in the records differs from their newest by at most their range. */
  double apart = fabs (best - s->values[(s->state.n_history - 2) % s->n_values]);
  bool may_end = s->state.n_history >= 10 && (apart < set->tolfun || apart < set->tolfunhist);
  double range = may_end ? range_of_values (s) : INFINITY;
  if (range < set->tolfun && worst - best < set->tolfun)
    return found (s, CMAES_TOLFUN, fmax (range, worst - best), set->tolfun);
  if (range < set->tolfunhist)
    return found (s, CMAES_TOLFUNHIST, range, set->tolfunhist);
  return CMAES_RUNNING;
}

static void
record (Cmaes *s)
{
  uint64_t n = s->state.n_history++;
  size_t lambda = s->strategy.lambda;
  double best = s->f[s->order[0]];
  s->values[n % s->n_values] = best;
  if (s->n_window > 0)
    {
      s->best[n % s->n_window] = best;
      s->median[n % s->n_window] = s->f[s->order[lambda / 2]];
    }
  /* Two more than one half of the ranks with one value, as in pycma. */
  size_t last = lambda / 2 + 2 < lambda ? lambda / 2 + 2 : lambda - 1;
  s->state.flat = s->f[s->order[last]] == best ? s->state.flat + 1 : 0;
}

CmaesStop
cmaes_stop_check_values (Cmaes *s)
{
  const CmaesSettings *set = &s->settings;
  CmaesState *state = &s->state;
  CmaesStop stop = CMAES_RUNNING;
  if (state->failed == 0)
    {
      record (s);
      stop = state->n_history > 1 ? check_ranges (s) : CMAES_RUNNING;
      if (stop == CMAES_RUNNING && set->tolflatfitness > 0 && state->flat > (uint64_t) set->tolflatfitness)
        stop = found (s, CMAES_TOLFLATFITNESS, (double) state->flat, (double) set->tolflatfitness);
      if (stop == CMAES_RUNNING)
        stop = check_stagnation (s);
    }
  else if (set->tolfailed > 0 && state->failed >= (uint64_t) set->tolfailed)
    stop = found (s, CMAES_TOLFAILED, (double) state->failed, (double) set->tolfailed);
  if (stop == CMAES_RUNNING && set->maxiter > 0 && state->generation >= (uint64_t) set->maxiter)
    stop = found (s, CMAES_MAXITER, (double) state->generation, (double) set->maxiter);
  return stop;
}

CmaesStop
cmaes_stop_check_shape (Cmaes *s)
{
  const CmaesSettings *set = &s->settings;
  size_t n = s->strategy.n, stride = s->separable ? 1 : n + 1;
  double sigma = s->state.sigma, longest = 0.0, growth = 0.0, widest = 0.0;
  for (size_t i = 0; i < n; i++)
    {
      double variance = s->c[i * stride], rise = variance / (s->sigma0[i] * s->sigma0[i]);
      widest = variance > widest ? variance : widest;
      double path = s->p_c[i] * s->p_c[i];
      variance = path > variance ? path : variance;
      longest = variance > longest ? variance : longest;
      growth = rise > growth ? rise : growth;
    }
  longest = sigma * sqrt (longest);
  growth = sigma * sqrt (growth);
  if (longest < set->tolx)
    return found (s, CMAES_TOLX, longest, set->tolx);
  if (s->state.condition > set->tolconditioncov)
    return found (s, CMAES_TOLCONDITIONCOV, s->state.condition, set->tolconditioncov);
  if (growth > set->tolfacupx)
    return found (s, CMAES_TOLFACUPX, growth, set->tolfacupx);
  double creeping = sigma / s->sigma_start / sqrt (widest);
  if (creeping > set->tolupsigma)
    return found (s, CMAES_TOLUPSIGMA, creeping, set->tolupsigma);
  return CMAES_RUNNING;
}

/* As printf's %.6g, with a point in every locale. */
static void
format_number (double value, char *text, size_t size)
{
  snprintf (text, size, "%.6g", value);
  size_t length = strspn (text, "-0123456789infa");
  size_t skip = strcspn (text + length, "0123456789e");
  if (skip == 0 || text[length] == 'e' || text[length] == '\0')
    return;
  text[length] = '.';
  memmove (text + length + 1, text + length + skip, strlen (text + length + skip) + 1);
}

void
cmaes_stop_describe (const Cmaes *s, char *text, size_t size)
{
  /* What stands before the figure, between it and the limit, and behind. */
  static const char *const parts[CMAES_N_STOPS][3] = {
    [CMAES_TOLFUN] = { "tolfun: the newest values and the best ones before differ by ", ", less than ", "" },
    [CMAES_TOLFUNHIST] = { "tolfunhist: the best values of late differ by ", ", less than ", "" },
    [CMAES_TOLX] = { "tolx: the longest step is ", " of the width of the bounds, less than ", "" },
    [CMAES_TOLSTAGNATION] = { "tolstagnation: no progress over ", " generations, at least ", " wanted" },
    [CMAES_TOLCONDITIONCOV]
    = { "tolconditioncov: the condition number of the covariance matrix is ", ", more than ", "" },
    [CMAES_TOLFACUPX] = { "tolfacupx: a standard deviation has grown ", "-fold, more than ", "-fold" },
    [CMAES_TOLUPSIGMA]
    = { "tolupsigma: sigma has grown ", " times as much as the covariance matrix, more than ", "" },
    [CMAES_TOLFLATFITNESS]
    = { "tolflatfitness: ", " generations in sequence had equal values, more than ", "" },
    [CMAES_MAXITER] = { "maxiter: ", " generations are done, the limit is ", "" },
    [CMAES_TOLFAILED]
    = { "tolfailed: every evaluation failed in ", " generations in sequence, the limit is ", "" },
  };
  const char *const *part = parts[s->state.stop];
  char figure[40], limit[40];
  format_number (s->state.stop_found, figure, sizeof figure);
  format_number (s->state.stop_limit, limit, sizeof limit);
  if (part[0] != NULL)
    snprintf (text, size, "%s%s%s%s%s", part[0], figure, part[1], limit, part[2]);
  else
    snprintf (text, size, "the covariance matrix is not positive definite any more");
}
