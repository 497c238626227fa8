/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random streams: independence of streams, moments and tails of the distributions, saving by copy. */
#include "base/random.h"
#include "harness.h"
#include <math.h>

#define N 1000000

static void
same_name_same_numbers (void)
{
  RandomStream a, b, c;
  random_init (&a, 7, RANDOM_OPTIMIZER, 3);
  random_init (&b, 7, RANDOM_OPTIMIZER, 3);
  random_init (&c, 7, RANDOM_OPTIMIZER, 4);
  int equal = 0;
  for (int i = 0; i < 1000; i++)
    {
      uint64_t x = random_bits (&a);
      CU_ASSERT (x == random_bits (&b));
      equal += x == random_bits (&c);
    }
  TEST_INT (equal, 0);
}

static void
copy_saves (void)
{
  RandomStream a;
  random_init (&a, 0, RANDOM_TASK, 0);
  double x[101], y[101];
  random_normals (&a, 17, x);
  RandomStream saved = a;
  random_normals (&a, 101, x);
  random_normals (&saved, 50, y);
  random_normals (&saved, 51, y + 50);
  for (int i = 0; i < 101; i++)
    CU_ASSERT (x[i] == y[i]);
}

static void
uniform_moments (void)
{
  RandomStream r;
  random_init (&r, 1, RANDOM_OPTIMIZER, 1);
  double sum = 0, squares = 0, low = 1, high = 0;
  for (int i = 0; i < N; i++)
    {
      double u = random_uniform (&r);
      sum += u;
      squares += u * u;
      low = MIN (low, u);
      high = MAX (high, u);
    }
  TEST_NEAR (sum / N, 0.5, 0.002);
  TEST_NEAR (squares / N, 1.0 / 3.0, 0.002);
  CU_ASSERT (low >= 0 && low < 1e-4 && high < 1 && high > 1 - 1e-4);
}

static void
normal_moments (void)
{
  RandomStream r;
  random_init (&r, 2, RANDOM_OPTIMIZER, 1);
  g_autofree double *x = g_new (double, N);
  random_normals (&r, N, x);
  double m[5] = { 0 };
  int beyond_1 = 0, beyond_3 = 0, beyond_r = 0;
  for (int i = 0; i < N; i++)
    {
      for (int k = 1; k <= 4; k++)
        m[k] += pow (x[i], k) / N;
      beyond_1 += fabs (x[i]) > 1;
      beyond_3 += fabs (x[i]) > 3;
      beyond_r += fabs (x[i]) > 3.6541528853610088;
    }
  TEST_NEAR (m[1], 0, 0.004);
  TEST_NEAR (m[2], 1, 0.006);
  TEST_NEAR (m[3], 0, 0.015);
  TEST_NEAR (m[4], 3, 0.04);
  /* Two-sided tail probabilities of the normal distribution. */
  TEST_NEAR (beyond_1 / (double) N, 0.317311, 0.002);
  TEST_NEAR (beyond_3 / (double) N, 0.0026998, 0.0002);
  TEST_NEAR (beyond_r / (double) N, 0.000258, 0.00006);
}

/* Kolmogorov-Smirnov distance to the normal distribution. */
static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static void
normal_distribution (void)
{
  RandomStream r;
  random_init (&r, 3, RANDOM_OPTIMIZER, 9);
  g_autofree double *x = g_new (double, N);
  random_normals (&r, N, x);
  qsort (x, N, sizeof *x, compare);
  double distance = 0;
  for (int i = 0; i < N; i++)
    distance = fmax (distance, fabs (0.5 * erfc (-x[i] / sqrt (2)) - (i + 0.5) / N));
  CU_ASSERT (distance < 1.63 / sqrt (N)); /* 1 % level */
}

static const TestCase cases[] = {
  { "same name, same numbers", same_name_same_numbers },
  { "a copy saves the stream", copy_saves },
  { "moments of the uniform", uniform_moments },
  { "moments and tails of the normal", normal_moments },
  { "distribution of the normal", normal_distribution },
};
TEST_MAIN ("random", cases)
