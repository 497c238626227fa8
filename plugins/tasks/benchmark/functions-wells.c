/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions made of wells at given places: Easom, Langermann, Shekel. The minima of the last two were
 * computed for this file by Newton's method from every well, in extended precision.
 */
#include "functions.h"
#include <math.h>
#include <string.h>

double
easom_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  double u = x[0] - PI, v = x[1] - PI;
  return -cos (x[0]) * cos (x[1]) * exp (-u * u - v * v);
}

bool
easom_prepare (Benchmark *self, const GlompoHost *host)
{
  benchmark_know_minimiser (self, PI);
  benchmark_know_minimum (self, -1.0);
  self->shift = 1.0;
  return true;
}

double
langermann_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  static const double a[] = { 3, 5, 2, 1, 7 }, b[] = { 5, 2, 1, 4, 9 }, c[] = { 1, 2, 5, 2, 3 };
  double sum = 0.0;
  for (int k = 0; k < 5; k++)
    {
      double u = x[0] - a[k], v = x[1] - b[k], r = u * u + v * v;
      sum -= c[k] * cos (PI * r) * exp (-r / PI);
    }
  return sum;
}

/* The published shift leaves a minimum of 0.0379. */
bool
langermann_prepare (Benchmark *self, const GlompoHost *host)
{
  self->minimiser[0] = 2.0029921198896625;
  self->minimiser[1] = 1.0060959402526038;
  self->knows_minimiser = true;
  benchmark_know_minimum (self, -5.1621261599639824);
  self->shift = 5.2;
  return true;
}

/* Shekel, "Test functions for multimodal search techniques", 5th Princeton Conf. 1971. The usual tables,
 * except that the fifth well has the width 0.6 when there are just five. */
static const double shekel_a[10][4] = {
  { 4, 4, 4, 4 }, { 1, 1, 1, 1 }, { 8, 8, 8, 8 }, { 6, 6, 6, 6 }, { 3, 7, 3, 7 },
  { 2, 9, 2, 9 }, { 5, 5, 3, 3 }, { 8, 1, 8, 1 }, { 6, 2, 6, 2 }, { 7, 3.6, 7, 3.6 },
};
static const double shekel_c[10] = { 0.1, 0.2, 0.2, 0.4, 0.4, 0.6, 0.3, 0.7, 0.5, 0.5 };
#define SHEKEL_C5_OF_5 0.6

static const struct {
  int64_t m;
  size_t n;
  double minimum, minimiser[4];
} shekel_minima[] = {
  { 5, 1, -11.023649886072905, { 3.996900361878483 } },
  { 5, 2, -10.299415085743781, { 4.000142597510546, 4.000498683491131 } },
  { 5, 3, -10.224374733628140, { 4.000032438291797, 4.000329752141457, 4.000032438291797 } },
  { 5, 4, -10.152723693601946,
    { 4.000037617180884, 4.000131883274859, 4.000037617180884, 4.000131883274859 } },
  { 7, 1, -12.098654945958960, { 4.000718773599898 } },
  { 7, 2, -10.770780055308687, { 4.002018692417316, 4.002468371322638 } },
  { 7, 3, -10.559006779094428, { 4.000932930442977, 4.001302810600753, 3.999091250435448 } },
  { 7, 4, -10.402940566818661,
    { 4.000572916186957, 4.000689366186671, 3.999489708858142, 3.999606158857855 } },
  { 10, 1, -12.486451417135011, { 4.002223473195819 } },
  { 10, 2, -11.030999671295372, { 4.002677927540022, 4.002104064446732 } },
  { 10, 3, -10.716552140781982, { 4.001169579085180, 4.001145937553065, 3.999328441146220 } },
  { 10, 4, -10.536409816692043,
    { 4.000746531593527, 4.000592934139706, 3.999663398039660, 3.999509800585839 } },
};

double
shekel_value (const Benchmark *self, const double *x, GlompoResult *result)
{
  int64_t m = self->options.m;
  double sum = 0.0;
  for (int64_t k = 0; k < m; k++)
    {
      double r = m == 5 && k == 4 ? SHEKEL_C5_OF_5 : shekel_c[k];
      for (size_t i = 0; i < self->n; i++)
        r += (x[i] - shekel_a[k][i]) * (x[i] - shekel_a[k][i]);
      sum -= 1.0 / r;
    }
  return sum;
}

/* The published shift is 12; one dimension needs one more to stay above zero. */
bool
shekel_prepare (Benchmark *self, const GlompoHost *host)
{
  if (self->options.m == GLOMPO_AUTO_INTEGER)
    self->options.m = 10;
  for (size_t i = 0; i < sizeof shekel_minima / sizeof *shekel_minima; i++)
    if (shekel_minima[i].m == self->options.m && shekel_minima[i].n == self->n)
      {
        memcpy (self->minimiser, shekel_minima[i].minimiser, self->n * sizeof *self->minimiser);
        self->knows_minimiser = true;
        benchmark_know_minimum (self, shekel_minima[i].minimum);
        self->shift = self->n == 1 ? 13.0 : 12.0;
        return true;
      }
  return benchmark_fail (host, "shekel needs m of 5, 7 or 10, but m = %lld", (long long) self->options.m);
}
