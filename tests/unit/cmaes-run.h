/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the cmaes plugin through its public slots, as a driver would: for its test and its benchmark.
 */
#pragma once

#include "base/options.h"
#include "plugin/host.h"
#include <glompo/glompo-plugin.h>

typedef double (*RunFunction) (gsize n, const double *x);

typedef struct {
  const GlompoPlugin *plugin;
  Options *options;
  PluginHost host;
  GlompoProblem problem;
  void *self; /* NULL: create() failed, the reason is in host.failure */
  gsize max;  /* points per ask() */
  double *x;  /* max x n */
  double *f;
  gint32 *status;
  guint64 *ids;
  GByteArray *saved; /* what save() wrote; load() reads from read_at on */
  gsize read_at;

  guint64 evaluations, outside;
  double best_f;
  double *best_x;
} Run;

/* settings is "name=value name=value"; x0 NULL: uniform in the box, from the seed. max is the number of
 * points of an ask(), at most 4096. */
void run_init (Run *run, gsize n, const double *lower, const double *upper, const double *x0, guint64 seed,
               gsize max, const char *settings);
void run_clear (Run *run);

/* One ask(), its evaluations and tell(). FALSE: the optimizer has ended. f that is not finite is told as
 * failed. */
gboolean run_round (Run *run, RunFunction function);

/* Rounds until the best value is at most target, the budget is used, or the optimizer has ended, which gives
 * FALSE. */
gboolean run_until (Run *run, RunFunction function, double target, guint64 budget);

/* The functions of the comparison with pycma: minimum 0 at 0, or at (1, ..., 1) for Rosenbrock. */
double run_sphere (gsize n, const double *x);
double run_ellipsoid (gsize n, const double *x); /* condition 1e6, separable */
double run_rosenbrock (gsize n, const double *x);
double run_discus (gsize n, const double *x);
double run_cigar (gsize n, const double *x);
double run_powers (gsize n, const double *x); /* root of the sum of |x_i|^(2 + 4 (i - 1) / (n - 1)) */
