/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shared object as a user would make it: functions of every declaration that the task function knows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

double f (const double *x, size_t n);
double bowl (const double *x, size_t n, void *context);
double sums (const double *x, size_t n, double *extras);
double both (const double *x, size_t n, void *context, double *extras);
double hole (const double *x, size_t n);
void *make_context (const char *argument);
void free_context (void *context);
extern __attribute__ ((visibility ("default"))) int contexts;
int contexts = 0; /* alive */
extern __attribute__ ((visibility ("default"))) __thread double of_thread;
__thread double of_thread = 1.0;

__attribute__ ((visibility ("default"))) double
f (const double *x, size_t n)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    sum += (x[i] - (double) i) * (x[i] - (double) i);
  return sum;
}

/* The context is a depth. */
__attribute__ ((visibility ("default"))) double
bowl (const double *x, size_t n, void *context)
{
  return f (x, n) - (context != NULL ? *(double *) context : 0.0);
}

__attribute__ ((visibility ("default"))) double
sums (const double *x, size_t n, double *extras)
{
  extras[0] = x[0] + x[n - 1];
  extras[1] = (double) n;
  return f (x, n);
}

__attribute__ ((visibility ("default"))) double
both (const double *x, size_t n, void *context, double *extras)
{
  extras[0] = *(double *) context;
  return bowl (x, n, context);
}

__attribute__ ((visibility ("default"))) double
hole (const double *x, size_t n)
{
  return x[0] < 0.0 ? NAN : f (x, n);
}

__attribute__ ((visibility ("default"))) void *
make_context (const char *argument)
{
  double *depth = strcmp (argument, "refuse") != 0 ? malloc (sizeof *depth) : NULL;
  if (depth == NULL)
    return NULL;
  *depth = atof (argument);
  contexts++;
  return depth;
}

__attribute__ ((visibility ("default"))) void
free_context (void *context)
{
  contexts--;
  free (context);
}
