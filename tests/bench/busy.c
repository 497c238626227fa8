/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Work for the benchmark of the parallelism table: GLOMPO_BUSY_LOOPS rounds of arithmetic, as a function of
 * a shared object and as a program; without them a sleep of 20 ms instead. `busy calibrate` prints the rounds
 * that take 20 ms of processor time.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WANTED_SECONDS 0.020

double f (const double *x, size_t n);

static double
work (long rounds, double start)
{
  double value = start;
  if (rounds == 0)
    nanosleep (&(struct timespec){ .tv_nsec = (long) (1e9 * WANTED_SECONDS) }, NULL);
  for (long i = 0; i < rounds; i++)
    value += 1.0 / (1.0 + value * value); /* each round waits for the one before */
  return value;
}

static long
rounds (void)
{
  const char *text = getenv ("GLOMPO_BUSY_LOOPS");
  return text != NULL ? strtol (text, NULL, 10) : 0;
}

__attribute__ ((visibility ("default"))) double
f (const double *x, size_t n)
{
  return n > 0 ? x[0] * x[0] + 1e-300 * work (rounds (), x[0]) : 0.0;
}

/* The best of several, as other programs disturb. */
static void
calibrate (void)
{
  double best = 1e9;
  for (int try = 0; try < 10; try++)
    {
      struct timespec before, after;
      clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &before);
      volatile double value = work (1000000, try);
      clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &after);
      (void) value;
      double seconds
          = (double) (after.tv_sec - before.tv_sec) + 1e-9 * (double) (after.tv_nsec - before.tv_nsec);
      best = seconds < best ? seconds : best;
    }
  printf ("%.0f\n", 1000000.0 * WANTED_SECONDS / best);
}

int
main (int argc, char **argv)
{
  if (argc > 1 && strcmp (argv[1], "calibrate") == 0)
    calibrate ();
  else
    printf ("%.17g\n", work (rounds (), 0.0));
  return 0;
}
