/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nelder-Mead: the search. See the header for references and invariants.
 *
 * Bounds: a point outside is moved to the nearest one inside, coordinate by coordinate. An outside
 * contraction is replaced by an inside one where the reflection was moved: two points moved to the same
 * face may coincide, the inside contraction never does.
 */
#include "neldermead-core.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rounding errors of the running sum are swept away at least this often, in iterations. */
#define LEAST_REVIEW_INTERVAL 8u
#define LEAST_RANK_INTERVAL 64u

static double *
row (const Nm *nm, size_t place)
{
  return nm->simplex + nm->order[place] * nm->settings.n;
}

/* NaN goes to the lower bound. */
static double
clip (const NmSettings *set, size_t j, double value)
{
  value = value > set->lower[j] ? value : set->lower[j];
  return value < set->upper[j] ? value : set->upper[j];
}

static uint64_t
rank_interval (uint64_t n)
{
  return n * n > LEAST_RANK_INTERVAL ? n * n : LEAST_RANK_INTERVAL;
}

static void
update_sum (Nm *nm)
{
  const size_t n = nm->settings.n;
  memset (nm->sum, 0, n * sizeof *nm->sum);
  for (size_t i = 0; i <= n; i++)
    for (size_t j = 0; j < n; j++)
      nm->sum[j] += nm->simplex[i * n + j];
}

static void
build_simplex (Nm *nm)
{
  const NmSettings *set = &nm->settings;
  const size_t n = set->n;
  for (size_t i = 0; i <= n; i++)
    {
      memcpy (nm->simplex + i * n, set->x0, n * sizeof *set->x0);
      nm->order[i] = (uint32_t) i;
      nm->value[i] = INFINITY;
    }
  nm_orient (nm, set->size);
  nm->state.next = 0;
}

static void
lay_out (Nm *nm)
{
  const size_t n = nm->settings.n;
  double *at = nm->numbers;
  nm->simplex = at, at += (n + 1) * n;
  nm->value = at, at += n + 1;
  nm->sum = at, at += n;
  nm->trial = at, at += n;
  nm->reflected = at, at += n;
  nm->injected = at, at += n;
  nm->n_saved = (size_t) (at - nm->numbers);
  nm->inverse_width = at, at += n;
  nm->work = at;
}

Nm *
nm_new (const NmSettings *settings)
{
  const size_t n = settings->n;
  Nm *nm = calloc (1, sizeof *nm);
  if (nm == NULL)
    return NULL;
  nm->settings = *settings;
  nm->n_numbers = (n + 1) * n + (n + 1) + 5 * n + n * n;
  nm->numbers = calloc (nm->n_numbers, sizeof *nm->numbers);
  nm->order = calloc (n + 1, sizeof *nm->order);
  if (nm->numbers == NULL || nm->order == NULL)
    {
      nm_free (nm);
      return NULL;
    }
  lay_out (nm);
  /* Gao & Han 2012, eq. 4.1. With n = 1 the shrunken simplex would be a point; n = 2 gives the classical
   * coefficients, which serve there as well. */
  const double dimension = n > 1 ? (double) n : 2.0;
  nm->expansion = 1.0 + 2.0 / dimension;
  nm->contraction = 0.75 - 1.0 / (2.0 * dimension);
  nm->shrink = 1.0 - 1.0 / dimension;
  for (size_t j = 0; j < n; j++)
    nm->inverse_width[j] = 0.5 / (0.5 * settings->upper[j] - 0.5 * settings->lower[j]);
  nm->state.restart_f = nm->state.injected_f = nm->state.reflected_f = INFINITY;
  nm->state.next_rank_check = rank_interval (n);
  build_simplex (nm);
  nm->settings.x0 = NULL;
  return nm;
}

void
nm_free (Nm *nm)
{
  if (nm == NULL)
    return;
  free (nm->numbers);
  free (nm->order);
  free (nm);
}

double
nm_spread (const Nm *nm)
{
  const size_t n = nm->settings.n;
  return nm->value[n] < INFINITY ? nm->value[n] - nm->value[0] : INFINITY;
}

/* Takes out the worst vertex and puts a better point into its place; among equals the newcomer is last
 * (Lagarias et al., SIAM J. Optim. 9 (1998) 112-147, section 2). */
static void
replace_worst (Nm *nm, const double *x, double f)
{
  const size_t n = nm->settings.n;
  const uint32_t slot = nm->order[n];
  double *worst = nm->simplex + slot * n;
  for (size_t j = 0; j < n; j++)
    {
      nm->sum[j] += x[j] - worst[j];
      worst[j] = x[j];
    }
  size_t place = n;
  for (; place > 0 && nm->value[place - 1] > f; place--)
    {
      nm->value[place] = nm->value[place - 1];
      nm->order[place] = nm->order[place - 1];
    }
  nm->value[place] = f;
  nm->order[place] = slot;
}

static void
sort_vertices (Nm *nm)
{
  for (size_t i = 1; i <= nm->settings.n; i++)
    {
      const double f = nm->value[i];
      const uint32_t slot = nm->order[i];
      size_t place = i;
      for (; place > 0 && nm->value[place - 1] > f; place--)
        {
          nm->value[place] = nm->value[place - 1];
          nm->order[place] = nm->order[place - 1];
        }
      nm->value[place] = f;
      nm->order[place] = slot;
    }
}

/* trial = centroid + t (centroid - worst), moved into the box; true if it had to be moved. */
static bool
propose (Nm *nm, double t)
{
  const NmSettings *set = &nm->settings;
  const double weight = (1.0 + t) / (double) set->n;
  const double *worst = row (nm, set->n);
  bool moved = false;
  for (size_t j = 0; j < set->n; j++)
    {
      const double wanted = weight * (nm->sum[j] - worst[j]) - t * worst[j];
      nm->trial[j] = clip (set, j, wanted);
      moved |= nm->trial[j] != wanted;
    }
  return moved;
}

static void
end (Nm *nm, NmEnd why)
{
  nm->state.phase = NM_DONE;
  nm->state.end = why;
}

/* Sets the size; returns whether all vertices are equal to within rounding. */
static bool
measure (Nm *nm)
{
  const size_t n = nm->settings.n;
  const double *best = row (nm, 0);
  double size = 0.0, excess = 0.0;
  for (size_t i = 1; i <= n; i++)
    {
      const double *vertex = row (nm, i);
      for (size_t j = 0; j < n; j++)
        {
          const double distance = fabs (vertex[j] - best[j]);
          const double step = distance * nm->inverse_width[j];
          const double beyond = distance - 4.0 * DBL_EPSILON * fabs (best[j]);
          size = step > size ? step : size;
          excess = beyond > excess ? beyond : excess;
        }
    }
  nm->state.size = size;
  return excess <= DBL_MIN;
}

/* A restart must have brought something before there is another one, so that they come to an end. */
static bool
may_restart (const Nm *nm)
{
  const NmState *state = &nm->state;
  if (state->restarts >= nm->settings.max_restarts)
    return false;
  return state->restarts == 0
         || nm->value[0] < state->restart_f - nm->settings.tol_f * (1.0 + fabs (state->restart_f));
}

static void
restart (Nm *nm, double scale)
{
  nm->state.restarts++;
  nm->state.restart_f = nm->value[0];
  nm_orient (nm, scale);
  nm->state.phase = NM_BATCH;
  nm->state.next = 1;
}

/* Looks at the whole simplex: O(n^2), so it is done once in n iterations. */
static void
review (Nm *nm)
{
  NmState *state = &nm->state;
  const NmSettings *set = &nm->settings;
  const uint64_t n = set->n;
  state->next_review = state->iterations + (n + 1 > LEAST_REVIEW_INTERVAL ? n + 1 : LEAST_REVIEW_INTERVAL);
  update_sum (nm);
  const bool rounding = measure (nm);
  const bool converged
      = state->size <= set->tol_x && nm_spread (nm) <= set->tol_f * (1.0 + fabs (nm->value[0]));
  if (rounding || converged)
    {
      /* A flat simplex may have missed the way down: it gets a second life between start and now. */
      if (may_restart (nm) && nm_is_degenerate (nm))
        restart (nm, sqrt (set->size * fmax (state->size, 1e-10 * set->size)));
      else
        end (nm, converged ? NM_CONVERGED : NM_ROUNDING);
      return;
    }
  if (state->iterations < state->next_rank_check)
    return;
  state->next_rank_check = state->iterations + rank_interval (n);
  if (may_restart (nm) && nm_is_degenerate (nm))
    restart (nm, fmin (state->size, set->size));
}

static void
take_injected (Nm *nm)
{
  if (nm->state.injected_f < nm->value[0])
    replace_worst (nm, nm->injected, nm->state.injected_f);
  nm->state.injected_f = INFINITY;
}

/* Between two iterations. */
static void
begin_step (Nm *nm)
{
  NmState *state = &nm->state;
  state->phase = NM_STEP;
  if (state->injected_f < INFINITY)
    take_injected (nm);
  if (nm->value[0] == INFINITY)
    end (nm, NM_NO_VALUE);
  else if (state->iterations >= nm->settings.max_iterations)
    end (nm, NM_MAX_ITERATIONS);
  else if (state->iterations >= state->next_review)
    review (nm);
}

static void
accept (Nm *nm, const double *x, double f)
{
  replace_worst (nm, x, f);
  begin_step (nm);
}

/* The running sum is wrong until the review after the batch. */
static void
shrink (Nm *nm)
{
  const size_t n = nm->settings.n;
  const double *best = row (nm, 0);
  for (size_t i = 1; i <= n; i++)
    {
      double *vertex = row (nm, i);
      for (size_t j = 0; j < n; j++)
        vertex[j] = clip (&nm->settings, j, best[j] + nm->shrink * (vertex[j] - best[j]));
    }
  nm->state.shrinks++;
  nm->state.phase = NM_BATCH;
  nm->state.next = 1;
}

static size_t
ask_batch (const Nm *nm, size_t max, double *x)
{
  const size_t n = nm->settings.n;
  const size_t left = n + 1 - (size_t) nm->state.next;
  const size_t m = left < max ? left : max;
  for (size_t i = 0; i < m; i++)
    memcpy (x + i * n, row (nm, (size_t) nm->state.next + i), n * sizeof *x);
  return m;
}

static void
ask_reflection (Nm *nm)
{
  nm->state.iterations++;
  nm->state.moved = propose (nm, 1.0);
}

static void
ask_second (Nm *nm)
{
  static const double signs[] = { [NM_CONTRACT_OUT] = 1.0, [NM_CONTRACT_IN] = -1.0 };
  memcpy (nm->reflected, nm->trial, nm->settings.n * sizeof *nm->trial);
  propose (nm, nm->state.phase == NM_EXPAND ? nm->expansion : signs[nm->state.phase] * nm->contraction);
}

size_t
nm_ask (Nm *nm, size_t max, double *x)
{
  NmState *state = &nm->state;
  if (state->phase != NM_DONE && state->evaluations >= nm->settings.max_evaluations)
    end (nm, NM_MAX_EVALUATIONS);
  if (state->phase == NM_DONE || max == 0)
    return 0;
  const uint64_t left = nm->settings.max_evaluations - state->evaluations;
  if (state->phase == NM_BATCH)
    return ask_batch (nm, left < max ? (size_t) left : max, x);
  if (state->phase == NM_STEP)
    ask_reflection (nm);
  else
    ask_second (nm);
  memcpy (x, nm->trial, nm->settings.n * sizeof *x);
  return 1;
}

static void
tell_batch (Nm *nm, size_t m, const double *f)
{
  memcpy (nm->value + nm->state.next, f, m * sizeof *f);
  nm->state.next += m;
  if (nm->state.next <= nm->settings.n)
    return;
  sort_vertices (nm);
  nm->state.next_review = nm->state.iterations;
  begin_step (nm);
}

static void
tell_reflection (Nm *nm, double f)
{
  const size_t n = nm->settings.n;
  nm->state.reflected_f = f;
  if (f < nm->value[0])
    nm->state.phase = NM_EXPAND;
  else if (f < nm->value[n - 1])
    accept (nm, nm->trial, f);
  else
    nm->state.phase = f < nm->value[n] && !nm->state.moved ? NM_CONTRACT_OUT : NM_CONTRACT_IN;
}

static void
tell_second (Nm *nm, double f)
{
  const NmState *state = &nm->state;
  if (state->phase == NM_EXPAND && f >= state->reflected_f)
    accept (nm, nm->reflected, state->reflected_f);
  else if (state->phase == NM_EXPAND || (state->phase == NM_CONTRACT_OUT && f <= state->reflected_f)
           || (state->phase == NM_CONTRACT_IN && f < nm->value[nm->settings.n]))
    accept (nm, nm->trial, f);
  else
    shrink (nm);
}

void
nm_tell (Nm *nm, size_t m, const double *f)
{
  nm->state.evaluations += m;
  if (nm->state.phase == NM_BATCH)
    tell_batch (nm, m, f);
  else if (nm->state.phase == NM_STEP)
    tell_reflection (nm, f[0]);
  else
    tell_second (nm, f[0]);
}

void
nm_inject (Nm *nm, const double *x, double f)
{
  if (nm->state.phase == NM_DONE || !(f < nm->state.injected_f))
    return;
  for (size_t j = 0; j < nm->settings.n; j++)
    nm->injected[j] = clip (&nm->settings, j, x[j]);
  nm->state.injected_f = f;
  if (nm->state.phase == NM_STEP)
    take_injected (nm);
}
