/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the task `benchmark` share: its options, an instance, a row of the table of functions.
 *
 * Invariant: an instance does not change once create() has returned, so that any number of threads may
 * evaluate it at once.
 */
#pragma once

#include <glompo/glompo-plugin.h>

/* Options after `shift` belong to some of the functions only; each row of the table names its own. Left
 * at "auto" they take the value that the function is published with. */
typedef struct {
  int32_t function;
  int64_t dims;
  double delay, delay_spread;
  bool shift;
  double a, b, c;
  int64_t m;
  int32_t style;
  int64_t atoms, atom_dims;
  double epsilon, sigma;
  int64_t n_train;
  GlompoReals u_train, p_range;
  double sigma_fixed, sigma_eval;
} BenchmarkOptions;

/* Order of the words of `style`: after Shubert's types I, III and IV. */
typedef enum { STYLE_AUTO, STYLE_1, STYLE_3, STYLE_4 } Style;

typedef struct Benchmark Benchmark;

typedef struct {
  const char *name;
  double lower, upper;       /* of every parameter */
  size_t dims_min, dims_max; /* dims_max 0: any number */
  const char *options;       /* names of the options that it takes, in words */
  const char *formula;
  /* f(x), before the shift. residuals are filled where the function has them and result wants them. */
  double (*value) (const Benchmark *self, const double *x, GlompoResult *result);
  /* Completes the instance: constants, minimum and minimiser as far as they are known. False: failed. */
  bool (*prepare) (Benchmark *self, const GlompoHost *host);
} Function;

struct Benchmark {
  const Function *function;
  BenchmarkOptions options; /* no "auto" left in those that the function takes */
  size_t n;                 /* parameters */
  double *lower, *upper;    /* n each */
  bool knows_minimum;
  double minimum;           /* with the shift */
  bool knows_minimiser;
  double *minimiser;        /* n */
  double shift;             /* added to the value */
  double *data;             /* constants of the function, for instance training points; or NULL */
  size_t n_residuals;       /* 0: the function is no sum of squares */
};

/* The table: one row for each word of the option `function`, in the same order. */
extern const char *const function_names[];
const Function *function_at (int32_t index);

/* Number of parameters that the options ask for; 0 after host->fail(). */
size_t function_count_parameters (const Function *function, const BenchmarkOptions *options,
                                  const GlompoHost *host);

/* host->fail() with a formatted sentence; always false. */
bool benchmark_fail (const GlompoHost *host, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* Memory for n doubles of the instance, in self->data; NULL after host->fail(). */
double *benchmark_allocate_data (Benchmark *self, size_t n, const GlompoHost *host);

/* State what is known: the minimum; the minimiser, all of whose coordinates are x. */
void benchmark_know_minimum (Benchmark *self, double minimum);
void benchmark_know_minimiser (Benchmark *self, double x);

/* The least energy of a cluster of atoms in units of the depth of the well, and whether it is known. */
bool lennard_jones_minimum (size_t atoms, size_t atom_dims, double *out_energy);
bool lennard_jones_gradient (const Benchmark *self, const double *x, double *gradient);
/* Half the side of the box. */
double lennard_jones_half_width (const BenchmarkOptions *options);
