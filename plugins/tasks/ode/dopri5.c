/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks/ode/dopri5.h"
#include <math.h>
#include <string.h>

#define STAGES 7

/* Row s: weights of the slopes 0..s-1 for the point at which slope s is taken. The last row is the solution
 * of order 5 itself, so that the last slope of a step is the first of the next. */
static const double stage_weights[STAGES][STAGES - 1] = {
  { 0 },
  { 1.0 / 5 },
  { 3.0 / 40, 9.0 / 40 },
  { 44.0 / 45, -56.0 / 15, 32.0 / 9 },
  { 19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729 },
  { 9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656 },
  { 35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84 },
};
/* Difference of the solutions of orders 5 and 4. */
static const double error_weights[STAGES]
    = { 71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40 };

/* Step control: safety, bounds of the change of a step, exponents of the present and the previous error. */
#define SAFETY 0.9
#define SHRINK_MOST 0.2
#define GROW_MOST 5.0
#define ERROR_EXPONENT 0.17
#define PREVIOUS_EXPONENT 0.04
#define LEAST_ERROR 1e-4

typedef struct {
  const OdeSystem *system;
  double slope[STAGES][ODE_MAX_UNKNOWNS]; /* slope[0] belongs to the present point */
  double step;                            /* the control's wish for the next step */
  double previous_error;
  size_t steps; /* tried so far */
} Solver;

static double
tolerance (const OdeSystem *system, double y)
{
  return system->relative * fabs (y) + system->absolute;
}

/* Takes the other slopes of a step, sets next, and returns the error in units of the tolerance. */
static double
try_step (Solver *self, const double *y, double step, double *next)
{
  const OdeSystem *system = self->system;
  for (size_t s = 1; s < STAGES; s++)
    {
      for (size_t i = 0; i < system->n; i++)
        {
          double sum = 0.0;
          for (size_t k = 0; k < s; k++)
            sum += stage_weights[s][k] * self->slope[k][i];
          next[i] = y[i] + step * sum;
        }
      system->derivative (system->constants, next, self->slope[s]);
    }
  double squares = 0.0;
  for (size_t i = 0; i < system->n; i++)
    {
      double error = 0.0;
      for (size_t s = 0; s < STAGES; s++)
        error += error_weights[s] * self->slope[s][i];
      error *= step / tolerance (system, fmax (fabs (y[i]), fabs (next[i])));
      squares += error * error;
    }
  return sqrt (squares / (double) system->n);
}

/* A first step over which the first-order change is small beside y. */
static double
first_step (const Solver *self, const double *y, double span)
{
  double size = 0.0, change = 0.0;
  for (size_t i = 0; i < self->system->n; i++)
    {
      double scale = tolerance (self->system, y[i]);
      size += (y[i] / scale) * (y[i] / scale);
      change += (self->slope[0][i] / scale) * (self->slope[0][i] / scale);
    }
  double step = change > 0.0 ? 0.01 * sqrt (size / change) : span;
  return step > 0.0 && step < span ? step : 1e-3 * span;
}

/* Moves y from time to end. */
static bool
advance (Solver *self, double time, double end, double *y)
{
  while (time < end)
    {
      if (self->steps++ >= self->system->max_steps)
        return false;
      bool last = self->step >= end - time;
      double step = last ? end - time : self->step, next[ODE_MAX_UNKNOWNS];
      double error = try_step (self, y, step, next);
      if (!(error <= 1.0)) /* true for NaN as well */
        {
          double factor = SAFETY * pow (error, -ERROR_EXPONENT);
          self->step = step * (factor > SHRINK_MOST ? factor : SHRINK_MOST);
          if (!(time + self->step > time))
            return false;
          continue;
        }
      double kept = fmax (error, LEAST_ERROR);
      double factor = SAFETY * pow (kept, -ERROR_EXPONENT) * pow (self->previous_error, PREVIOUS_EXPONENT);
      double wish = step * fmin (fmax (factor, SHRINK_MOST), GROW_MOST);
      /* a step cut short to meet the end says nothing against the longer one that was wished for */
      self->step = last ? fmax (self->step, wish) : wish;
      self->previous_error = kept;
      time = last ? end : time + step;
      memcpy (y, next, self->system->n * sizeof *y);
      memcpy (self->slope[0], self->slope[STAGES - 1], sizeof self->slope[0]);
    }
  return true;
}

bool
ode_solve (const OdeSystem *system, const double *start, size_t n_times, const double *times, double *out)
{
  Solver self = { .system = system, .previous_error = LEAST_ERROR };
  double y[ODE_MAX_UNKNOWNS], time = 0.0;
  memcpy (y, start, system->n * sizeof *y);
  system->derivative (system->constants, y, self.slope[0]);
  self.step = n_times > 0 ? first_step (&self, y, times[n_times - 1]) : 0.0;
  for (size_t k = 0; k < n_times; k++)
    {
      if (!advance (&self, time, times[k], y))
        return false;
      time = times[k];
      for (size_t i = 0; i < system->n; i++)
        if (!isfinite (y[i]))
          return false;
      memcpy (out + k * system->n, y, system->n * sizeof *y);
    }
  return true;
}
