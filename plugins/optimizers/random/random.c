/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * random - points drawn uniformly from the box: a baseline for other optimizers, and the least work that
 * an optimizer can do, so that a run with it measures the program around it.
 *
 * Thread: whichever thread calls; one at a time for an instance. Invariant: told <= given <= limit, and
 * the points depend on the host's stream only, not on how many are asked for at once.
 */
#include <glompo/glompo-plugin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define STATE_VERSION 1u

typedef struct {
  int64_t iters;
} RandomOptions;

typedef struct {
  const GlompoProblem *problem;
  const GlompoHost *host;
  uint64_t limit; /* points to give in all */
  uint64_t given;
  uint64_t told;
  double best_f;
  char text[64];
} Random;

static const GlompoOption random_options[] = {
  GLOMPO_OPT_INTEGER_AUTO (RandomOptions, iters, 0, INFINITY, "100",
                           "points to evaluate before it ends; 0 or auto: without end"),
};

static const char *const random_metrics_names[] = { "evaluations", "best", NULL };

static void *
random_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  (void) seed;
  const RandomOptions *set = options;
  Random *self = calloc (1, sizeof *self);
  if (self == NULL)
    {
      host->fail (host, "not enough memory");
      return NULL;
    }
  self->problem = problem;
  self->host = host;
  self->limit = set->iters == 0 || set->iters == GLOMPO_AUTO_INTEGER ? UINT64_MAX : (uint64_t) set->iters;
  self->best_f = INFINITY;
  return self;
}

/* A weighted mean of the bounds and not lower + t (upper - lower): the width of the box may overflow. The
 * comparisons catch the last bit of rounding. */
static inline __attribute__ ((always_inline)) double
scale (double t, double lower, double upper)
{
  double value = lower * (1.0 - t) + upper * t;
  value = value > lower ? value : lower;
  return value < upper ? value : upper;
}

/* By fours, for which compilers use the wide registers. */
static inline __attribute__ ((always_inline)) void
scale_rows (const GlompoProblem *problem, size_t m, double *restrict x)
{
  const size_t n = problem->n;
  const double *restrict lower = problem->lower, *restrict upper = problem->upper;
  for (size_t i = 0; i < m; i++, x += n)
    {
      size_t j = 0;
      for (; j + 4 <= n; j += 4)
        for (size_t k = 0; k < 4; k++)
          x[j + k] = scale (x[j + k], lower[j + k], upper[j + k]);
      for (; j < n; j++)
        x[j] = scale (x[j], lower[j], upper[j]);
    }
}

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_AVX_FUNCTIONS
/* The same code, and the same bits, for processors with wider registers. */
__attribute__ ((target ("avx"))) static void
scale_rows_wide (const GlompoProblem *problem, size_t m, double *restrict x)
{
  scale_rows (problem, m, x);
}
#endif

static void
scale_to_box (const GlompoProblem *problem, size_t m, double *x)
{
#ifdef HAVE_AVX_FUNCTIONS
  if (__builtin_cpu_supports ("avx"))
    {
      scale_rows_wide (problem, m, x);
      return;
    }
#endif
  scale_rows (problem, m, x);
}

static int32_t
random_ask (void *instance, size_t max, double *x, uint64_t *ids)
{
  Random *self = instance;
  uint64_t left = self->limit - self->given;
  if (left == 0)
    return self->told < self->given ? 0 : GLOMPO_ASK_DONE;
  size_t m = left < max ? (size_t) left : max;
  m = m < INT32_MAX ? m : INT32_MAX;
  self->host->uniform (self->host, m * self->problem->n, x);
  scale_to_box (self->problem, m, x);
  for (size_t i = 0; i < m; i++)
    ids[i] = self->given + i;
  self->given += m;
  return (int32_t) m;
}

static void
random_tell (void *instance, size_t n, const GlompoTrials *trials)
{
  Random *self = instance;
  double best = self->best_f;
  for (size_t i = 0; i < n; i++)
    best = trials->f[i] < best ? trials->f[i] : best;
  self->best_f = best;
  self->told += n;
}

static bool
random_save (void *instance, const GlompoHost *host)
{
  const Random *self = instance;
  const uint64_t counts[] = { STATE_VERSION, self->given, self->told };
  return host->write (host, counts, sizeof counts) && host->write (host, &self->best_f, sizeof self->best_f);
}

static bool
random_load (void *instance, const GlompoHost *host)
{
  Random *self = instance;
  uint64_t counts[3];
  double best;
  if (!host->read (host, counts, sizeof counts) || !host->read (host, &best, sizeof best))
    return false;
  if (counts[0] != STATE_VERSION || counts[1] > self->limit || counts[2] > counts[1])
    {
      host->fail (host, "the saved state is of another version or of other options");
      return false;
    }
  self->given = counts[1];
  self->told = counts[2];
  self->best_f = best;
  return true;
}

static int32_t
random_stop_reason (void *instance, const char **text)
{
  Random *self = instance;
  snprintf (self->text, sizeof self->text, "all %llu points are evaluated", (unsigned long long) self->told);
  *text = self->text;
  return GLOMPO_STOP_EXHAUSTED;
}

static void
random_metrics (void *instance, double *values)
{
  const Random *self = instance;
  values[0] = (double) self->told;
  values[1] = self->best_f;
}

static const GlompoOptimizerVTable random_vtable = {
  .struct_size = sizeof (GlompoOptimizerVTable),
  .create = random_create,
  .ask = random_ask,
  .tell = random_tell,
  .destroy = free,
  .save = random_save,
  .load = random_load,
  .stop_reason = random_stop_reason,
  .metrics = random_metrics,
};

static const GlompoPlugin random_plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_OPTIMIZER),
  .name = "random",
  .version = "1.0",
  .summary = "uniformly distributed points, wherever it is to start",
  .author = "The GloMPO authors",
  .licence = "LGPL-2.1-or-later",
  GLOMPO_PLUGIN_OPTIONS (RandomOptions, random_options),
  .capabilities = GLOMPO_CAP_ASYNCHRONOUS | GLOMPO_CAP_INDEPENDENT,
  .level1 = GLOMPO_LEVEL1_ANY,
  .level2 = GLOMPO_LEVEL2_ANY,
  .metrics = random_metrics_names,
  .optimizer = &random_vtable,
};
GLOMPO_PLUGIN (random_plugin)
