/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Covariance matrix adaptation evolution strategy as a plugin: the descriptor, and the way from the
 * ABI to cmaes-core. An instance is used by one thread at a time; it draws one block of normal numbers per
 * generation. Paper: N. Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772.
 */
#include "cmaes-core.h"
#include "cmaes-options.h"
#include "cmaes-stop.h"

#include <glompo/glompo-plugin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const metrics[] = { "generation", "sigma", "max_std", "axis_ratio", "injected", NULL };

typedef struct {
  const GlompoHost *host;
  Cmaes *core;
  char text[256];
} Instance;

static void
cmaes_destroy (void *self)
{
  Instance *instance = self;
  cmaes_core_free (instance->core);
  free (instance);
}

static void *
cmaes_create (const GlompoProblem *problem, const void *settings, uint64_t seed, const GlompoHost *host)
{
  CmaesProblem p = { .n = problem->n,
                     .lower = problem->lower,
                     .upper = problem->upper,
                     .x0 = problem->x0,
                     .at_once = problem->max_in_flight };
  const char *why = "there is not enough memory";
  Instance *instance = calloc (1, sizeof *instance);
  if (instance != NULL)
    instance->core = cmaes_core_new (settings, &p, &why);
  if (instance != NULL && instance->core != NULL)
    {
      instance->host = host;
      return instance;
    }
  host->fail (host, why);
  free (instance);
  return NULL;
}

static int32_t
cmaes_ask (void *self, size_t max, double *x, uint64_t *ids)
{
  const Instance *instance = self;
  Cmaes *s = instance->core;
  size_t n = s->strategy.n, lambda = s->strategy.lambda;
  if (s->state.stop != CMAES_RUNNING)
    return GLOMPO_ASK_DONE;
  if (s->state.asked == 0)
    {
      instance->host->normal (instance->host, lambda * n, s->z);
      cmaes_core_sample (s);
    }
  size_t first = s->state.asked, count = lambda - first < max ? lambda - first : max;
  memcpy (x, s->x + first * n, count * n * sizeof *x);
  for (size_t k = 0; k < count; k++)
    ids[k] = s->state.generation * lambda + first + k;
  s->state.asked += count;
  return (int32_t) count;
}

static void
cmaes_tell (void *self, size_t n, const GlompoTrials *trials)
{
  Cmaes *s = ((Instance *) self)->core;
  for (size_t k = 0; k < n && s->state.told < s->state.asked; k++)
    {
      bool valid = trials->status[k] == GLOMPO_STATUS_EVALUATED && isfinite (trials->f[k]);
      cmaes_core_tell (s, trials->x + k * s->strategy.n, valid ? trials->f[k] : INFINITY);
    }
}

static void
cmaes_inject (void *self, const double *x, double f)
{
  cmaes_core_inject (((Instance *) self)->core, x, f);
}

/* The saved state: what identifies it, the struct, the arrays. */
typedef struct {
  char magic[8];
  uint64_t n, lambda, state_size, n_saved;
} Header;

static Header
describe_state (const Cmaes *s)
{
  return (Header){ .magic = "CMAES 1",
                   .n = s->strategy.n,
                   .lambda = s->strategy.lambda,
                   .state_size = sizeof s->state,
                   .n_saved = s->n_saved };
}

static bool
cmaes_save (void *self, const GlompoHost *host)
{
  const Cmaes *s = ((Instance *) self)->core;
  Header header = describe_state (s);
  return host->write (host, &header, sizeof header) && host->write (host, &s->state, sizeof s->state)
         && host->write (host, s->memory, s->n_saved * sizeof *s->memory);
}

static bool
cmaes_load (void *self, const GlompoHost *host)
{
  Cmaes *s = ((Instance *) self)->core;
  Header header, wanted = describe_state (s);
  if (!host->read (host, &header, sizeof header))
    return false;
  const char *why = "the saved state belongs to another problem, population or version";
  if (memcmp (&header, &wanted, sizeof header) == 0)
    {
      if (!host->read (host, &s->state, sizeof s->state)
          || !host->read (host, s->memory, s->n_saved * sizeof *s->memory))
        return false;
      why = cmaes_core_check_state (s);
    }
  if (why != NULL)
    host->fail (host, why);
  return why == NULL;
}

static int32_t
cmaes_stop_reason (void *self, const char **text)
{
  static const int32_t reasons[CMAES_N_STOPS] = {
    [CMAES_RUNNING] = GLOMPO_STOP_RUNNING,          [CMAES_TOLFUN] = GLOMPO_STOP_CONVERGED,
    [CMAES_TOLFUNHIST] = GLOMPO_STOP_CONVERGED,     [CMAES_TOLX] = GLOMPO_STOP_CONVERGED,
    [CMAES_TOLSTAGNATION] = GLOMPO_STOP_STAGNATED,  [CMAES_TOLCONDITIONCOV] = GLOMPO_STOP_STAGNATED,
    [CMAES_TOLFACUPX] = GLOMPO_STOP_STAGNATED,      [CMAES_TOLUPSIGMA] = GLOMPO_STOP_STAGNATED,
    [CMAES_TOLFLATFITNESS] = GLOMPO_STOP_STAGNATED, [CMAES_MAXITER] = GLOMPO_STOP_EXHAUSTED,
    [CMAES_TOLFAILED] = GLOMPO_STOP_ERROR,          [CMAES_BREAKDOWN] = GLOMPO_STOP_NUMERICAL,
  };
  Instance *instance = self;
  cmaes_stop_describe (instance->core, instance->text, sizeof instance->text);
  *text = instance->text;
  return reasons[instance->core->state.stop];
}

static void
cmaes_metrics (void *self, double *values)
{
  const Cmaes *s = ((Instance *) self)->core;
  values[0] = (double) s->state.generation;
  values[1] = s->state.sigma;
  values[2] = cmaes_core_max_std (s);
  values[3] = sqrt (s->state.condition);
  values[4] = (double) s->state.injected;
}

static const GlompoOptimizerVTable vtable = {
  .struct_size = sizeof (GlompoOptimizerVTable),
  .create = cmaes_create,
  .ask = cmaes_ask,
  .tell = cmaes_tell,
  .destroy = cmaes_destroy,
  .inject = cmaes_inject,
  .save = cmaes_save,
  .load = cmaes_load,
  .stop_reason = cmaes_stop_reason,
  .metrics = cmaes_metrics,
};

static const GlompoPlugin plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_OPTIMIZER),
  .name = "cmaes",
  .version = "1.0",
  .summary = "covariance matrix adaptation evolution strategy (CMA-ES), active, full or separable",
  .author = "the GloMPO developers",
  .licence = "LGPL-2.1-or-later",
  .reference = "N. Hansen, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772",
  GLOMPO_PLUGIN_OPTIONS (CmaesSettings, options),
  .level1 = GLOMPO_LEVEL1_ANY,
  .level2 = GLOMPO_LEVEL2_ANY,
  .metrics = metrics,
  .optimizer = &vtable,
};

GLOMPO_PLUGIN (plugin)
