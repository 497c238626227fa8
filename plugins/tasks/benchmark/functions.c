/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of functions. A row names the function, its box, how many parameters it can have, the options
 * it takes and its formula; NAME_value() computes it and NAME_prepare() states its minimum, in the file of
 * its kind.
 *
 * Formulas and boxes are those of the GloMPO paper's benchmark set (Freitas Gustavo & Verstraelen, J.
 * Cheminform. 14, 2022), most of them after Jamil & Yang, "A literature survey of benchmark functions for
 * global optimisation problems", Int. J. Math. Model. Numer. Optim. 4(2), 2013.
 */
#include "functions.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ANY 0
/* name, lower and upper bound, fewest and most parameters, options, formula; d is the number of parameters
 * and every sum and product runs over i = 1..d unless it says otherwise */
#define FUNCTIONS(ROW)                                                                                     \
  ROW (ackley, -32.768, 32.768, 1, ANY, "a b c",                                                           \
       "-a exp(-b sqrt(sum x_i^2 / d)) - exp(sum cos(c x_i) / d) + a + e")                                 \
  ROW (alpine01, -10, 10, 1, ANY, "", "sum |x_i sin x_i + 0.1 x_i|")                                       \
  ROW (alpine02, 0, 10, 1, ANY, "", "-prod sqrt(x_i) sin x_i")                                             \
  ROW (deceptive, 0, 1, 1, ANY, "b shift", "-(sum g(x_i, a_i) / d)^b, peak of g at the random a_i")        \
  ROW (easom, -100, 100, 2, 2, "shift", "-cos x_1 cos x_2 exp(-(x_1 - pi)^2 - (x_2 - pi)^2)")              \
  ROW (expleastsquares, -2, 2, 1, ANY, "n_train u_train p_range sigma_fixed sigma_eval",                   \
       "sum_k ((1 + e) (sum exp(-x_i u_k) - g_k))^2")                                                      \
  ROW (griewank, -600, 600, 1, ANY, "", "1 + sum x_i^2 / 4000 - prod cos(x_i / sqrt(i))")                  \
  ROW (langermann, 0, 10, 2, 2, "shift",                                                                   \
       "-sum_k c_k cos(pi r_k) exp(-r_k / pi), r_k = (x_1 - a_k)^2 + (x_2 - b_k)^2")                       \
  ROW (lennardjones, -1, 1, 1, ANY, "atoms atom_dims epsilon sigma",                                       \
       "4 epsilon sum_(pairs) ((sigma / r)^12 - (sigma / r)^6)")                                           \
  ROW (levy, -10, 10, 1, ANY, "",                                                                          \
       "sin^2(pi w_1) + sum_(i < d) (w_i - 1)^2 (1 + 10 sin^2(pi w_i + 1)) "                               \
       "+ (w_d - 1)^2 (1 + sin^2(2 pi w_d)), w = 1 + (x - 1) / 4")                                         \
  ROW (michalewicz, 0, PI, 1, ANY, "m", "-sum sin x_i sin^(2m)(i x_i^2 / pi)")                             \
  ROW (qing, -500, 500, 1, 250000, "", "sum (x_i^2 - i)^2") /* sqrt(250000) ends the box */                \
  ROW (rana, -500.000001, 500.000001, 1, ANY, "",                                                          \
       "sum x_i sin s cos t + (x_1 + 1) sin t cos s, s = sqrt|x_1 - x_i + 1|, t = sqrt|x_1 + x_i + 1|")    \
  ROW (rastrigin, -5.12, 5.12, 1, ANY, "", "10 d + sum x_i^2 - 10 cos(2 pi x_i)")                          \
  ROW (rosenbrock, -2.048, 2.048, 2, ANY, "", "sum_(i < d) 100 (x_(i+1) - x_i^2)^2 + (1 - x_i)^2")         \
  ROW (schwefel, -500, 500, 1, ANY, "shift", "-sum x_i sin sqrt|x_i|")                                     \
  ROW (shekel, -32.768, 32.768, 1, 4, "m shift", "-sum_(k <= m) 1 / (c_k + sum (x_i - a_ki)^2)")           \
  ROW (shubert, -10, 10, 1, ANY, "style shift",                                                            \
       "1: prod S(x_i), 3: sum T(x_i), 4: sum S(x_i); S(x) = sum_(j = 1..5) j cos((j + 1) x + j), "        \
       "T with sin")                                                                                       \
  ROW (sphere, -5, 5, 1, ANY, "", "sum x_i^2")                                                             \
  ROW (stochastic, -5, 5, 1, ANY, "", "sum e_i |x_i - 1 / i|, e_i uniform in [0, 1) at each evaluation")   \
  ROW (styblinskitang, -500, 500, 1, ANY, "", "sum (x_i^4 - 16 x_i^2 + 5 x_i) / 2")                        \
  ROW (trigonometric, -500, 500, 1, ANY, "",                                                               \
       "1 + sum 8 sin^2(7 z_i) + 6 sin^2(14 z_i) + z_i, z = (x - 0.9)^2")                                  \
  ROW (vincent, 0.25, 10, 1, ANY, "", "-sum sin(10 ln x_i)")                                               \
  ROW (zerosum, -10, 10, 1, ANY, "", "0 where sum x_i = 0, else 1 + sqrt(10000 |sum x_i|)")

#define NAME(NAME, LOWER, UPPER, LEAST, MOST, OPTIONS, FORMULA) #NAME,
#define ENTRY(NAME, LOWER, UPPER, LEAST, MOST, OPTIONS, FORMULA)                                           \
  { #NAME, LOWER, UPPER, LEAST, MOST, OPTIONS, FORMULA, NAME##_value, NAME##_prepare },

const char *const function_names[] = { FUNCTIONS (NAME) NULL };
static const Function functions[] = { FUNCTIONS (ENTRY) };

const Function *
function_at (int32_t index)
{
  return &functions[index];
}

size_t
function_count_parameters (const Function *function, const BenchmarkOptions *options, const GlompoHost *host)
{
  if (function->value == lennardjones_value)
    {
      size_t n = (size_t) options->atoms * (size_t) options->atom_dims;
      if (options->dims == GLOMPO_AUTO_INTEGER || options->dims == (int64_t) n)
        return n;
      benchmark_fail (host,
                      "%lld atoms of %lld coordinates are %zu parameters, but dims = %lld; leave dims out",
                      (long long) options->atoms, (long long) options->atom_dims, n,
                      (long long) options->dims);
      return 0;
    }
  size_t dims = options->dims == GLOMPO_AUTO_INTEGER ? 2 : (size_t) options->dims;
  size_t least = function->dims_min, most = function->dims_max;
  if (dims >= least && (most == ANY || dims <= most))
    return dims;
  if (least == most)
    benchmark_fail (host, "%s has %zu parameters, but dims = %zu; leave dims out", function->name, least,
                    dims);
  else if (most == ANY)
    benchmark_fail (host, "%s needs dims of at least %zu, but dims = %zu", function->name, least, dims);
  else
    benchmark_fail (host, "%s needs dims from %zu to %zu, but dims = %zu", function->name, least, most, dims);
  return 0;
}

bool
benchmark_fail (const GlompoHost *host, const char *format, ...)
{
  char text[256];
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (text, sizeof text, format, arguments);
  va_end (arguments);
  host->fail (host, text);
  return false;
}

double *
benchmark_allocate_data (Benchmark *self, size_t n, const GlompoHost *host)
{
  self->data = calloc (n, sizeof *self->data);
  if (self->data == NULL)
    benchmark_fail (host, "no memory for %zu constants", n);
  return self->data;
}

void
benchmark_know_minimum (Benchmark *self, double minimum)
{
  self->minimum = minimum;
  self->knows_minimum = isfinite (minimum);
}

void
benchmark_know_minimiser (Benchmark *self, double x)
{
  for (size_t i = 0; i < self->n; i++)
    self->minimiser[i] = x;
  self->knows_minimiser = true;
}
