/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fit of lynx-hare.ini as a function of your own, to be copied from: the sum of squares for six
 * parameters. The tasks "function", "command" and "server" all can run it:
 *
 *     cc -O2 -ffp-contract=off -shared -fPIC -o libfurs.so furs.c -lm      for function.ini
 *     cc -O2 -ffp-contract=off -o furs furs.c -lm                       for server.ini, or by hand:
 *     ./furs 0.54 0.0272 0.796 0.0237 34.6 5.84
 *
 * The equations are integrated with the method of Dormand and Prince (1980). A value that is not a number
 * means that there is none.
 */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_YEARS 21
#define N_PARAMETERS 6
#define STAGES 7
#define TOLERANCE 1e-10
#define MAX_STEPS 50000

/* Furs in thousands, 1900 to 1920. */
static const double record[2][N_YEARS] = {
  { 30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1,
    40.3, 57.0, 76.6, 52.3, 19.5, 11.2, 7.6,  14.6, 16.2, 24.7 }, /* hare */
  { 4.0, 6.1,  9.8,  35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4,
    8.0, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7,  10.1, 8.6 }, /* lynx */
};

static const double weights[STAGES][STAGES - 1] = {
  { 0 },
  { 1.0 / 5 },
  { 3.0 / 40, 9.0 / 40 },
  { 44.0 / 45, -56.0 / 15, 32.0 / 9 },
  { 19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729 },
  { 9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656 },
  { 35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84 },
};
static const double error_weights[STAGES]
    = { 71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40 };

typedef struct {
  const double *p; /* alpha, beta, gamma, delta */
  double y[2];     /* logarithms of hare and lynx */
  double slope[STAGES][2];
  double step, previous_error;
  long steps;
} Solver;

static void
derivative (const double *p, const double *y, double *out)
{
  out[0] = p[0] - p[1] * exp (y[1]);
  out[1] = p[3] * exp (y[0]) - p[2];
}

/* One step; returns its error in units of the tolerance. */
static double
try_step (Solver *s, double step, double *next)
{
  double squares = 0.0;
  for (int stage = 1; stage < STAGES; stage++)
    {
      for (int i = 0; i < 2; i++)
        {
          double sum = 0.0;
          for (int k = 0; k < stage; k++)
            sum += weights[stage][k] * s->slope[k][i];
          next[i] = s->y[i] + step * sum;
        }
      derivative (s->p, next, s->slope[stage]);
    }
  for (int i = 0; i < 2; i++)
    {
      double error = 0.0;
      for (int stage = 0; stage < STAGES; stage++)
        error += error_weights[stage] * s->slope[stage][i];
      error *= step / TOLERANCE;
      squares += error * error;
    }
  return sqrt (squares / 2.0);
}

/* From time to end. Returns 0 if that takes too many steps. */
static int
advance (Solver *s, double time, double end)
{
  while (time < end)
    {
      if (s->steps++ >= MAX_STEPS)
        return 0;
      int last = s->step >= end - time;
      double step = last ? end - time : s->step, next[2];
      double error = try_step (s, step, next);
      if (!(error <= 1.0))
        {
          double factor = 0.9 * pow (error, -0.17);
          s->step = step * (factor > 0.2 ? factor : 0.2);
          if (!(time + s->step > time))
            return 0;
          continue;
        }
      double kept = fmax (error, 1e-4);
      double factor = 0.9 * pow (kept, -0.17) * pow (s->previous_error, 0.04);
      double wish = step * fmin (fmax (factor, 0.2), 5.0);
      s->step = last ? fmax (s->step, wish) : wish;
      s->previous_error = kept;
      time = last ? end : time + step;
      memcpy (s->y, next, sizeof next);
      memcpy (s->slope[0], s->slope[STAGES - 1], sizeof s->slope[0]);
    }
  return 1;
}

static double
first_step (const Solver *s, double span)
{
  double size = 0.0, change = 0.0;
  for (int i = 0; i < 2; i++)
    {
      size += (s->y[i] / TOLERANCE) * (s->y[i] / TOLERANCE);
      change += (s->slope[0][i] / TOLERANCE) * (s->slope[0][i] / TOLERANCE);
    }
  double step = change > 0.0 ? 0.01 * sqrt (size / change) : span;
  return step > 0.0 && step < span ? step : 1e-3 * span;
}

/* alpha, beta, gamma, delta, hare0, lynx0 */
double
f (const double *x, size_t n)
{
  Solver s = { .p = x, .y = { log (x[4]), log (x[5]) }, .previous_error = 1e-4 };
  double model[2][N_YEARS], sum = 0.0;
  if (n != N_PARAMETERS)
    return NAN;
  derivative (x, s.y, s.slope[0]);
  s.step = first_step (&s, N_YEARS - 1);
  for (int year = 0; year < N_YEARS; year++)
    {
      if (!advance (&s, year > 0 ? year - 1 : 0, year) || !isfinite (s.y[0]) || !isfinite (s.y[1]))
        return NAN;
      model[0][year] = s.y[0];
      model[1][year] = s.y[1];
    }
  for (int species = 0; species < 2; species++)
    for (int year = 0; year < N_YEARS; year++)
      {
        double residual = model[species][year] - log (record[species][year]);
        sum += residual * residual;
      }
  return sum;
}

/* As a program: the parameters as arguments, or a line of them for each point on standard input. Each answer
 * must go out at once, hence fflush(). */
int
main (int argc, char **argv)
{
  double x[N_PARAMETERS];
  char line[1000];
  if (argc == 1 + N_PARAMETERS)
    {
      for (int i = 0; i < N_PARAMETERS; i++)
        x[i] = strtod (argv[1 + i], NULL);
      printf ("%.17g\n", f (x, N_PARAMETERS));
      return 0;
    }
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      char *at = line;
      for (int i = 0; i < N_PARAMETERS; i++)
        x[i] = strtod (at, &at);
      printf ("%.17g\n", f (x, N_PARAMETERS));
      fflush (stdout);
    }
  return 0;
}
