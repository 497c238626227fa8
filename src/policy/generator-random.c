/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RandomGenerator: uniform in the box. IncumbentGenerator: the best point of the run, before there is one
 * uniform in the box. */
#include "policy/component.h"
#include <math.h>
#include <string.h>

typedef struct {
  ComponentWhy why;
  uint64_t n_points; /* random ones so far */
  const GlompoProblem *problem;
  const GlompoHost *host;
} Uniform;

static void *
uniform_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  Uniform *self = g_new (Uniform, 1);
  *self = (Uniform){ .problem = problem, .host = host };
  return self;
}

static bool
random_generate (void *self, const GlompoRun *run, double *x)
{
  Uniform *generator = self;
  component_random_point (generator->problem, generator->host, x);
  component_why (self, "random point number %", (double) ++generator->n_points);
  return true;
}

static bool
incumbent_generate (void *self, const GlompoRun *run, double *x)
{
  if (!isfinite (run->best_f))
    return random_generate (self, run, x);
  memcpy (x, run->best_x, run->n * sizeof (double));
  component_why (self, "the best point, % of optimizer %", run->best_f, (double) run->best_id);
  return true;
}

static const GlompoGeneratorVTable random_vtable = {
  .struct_size = sizeof (GlompoGeneratorVTable),
  .create = uniform_create,
  .destroy = g_free,
  .generate = random_generate,
  .explain = component_explain,
};

static const GlompoGeneratorVTable incumbent_vtable = {
  .struct_size = sizeof (GlompoGeneratorVTable),
  .create = uniform_create,
  .destroy = g_free,
  .generate = incumbent_generate,
  .explain = component_explain,
};

const GlompoPlugin generator_random = {
  COMPONENT (GLOMPO_KIND_GENERATOR, "RandomGenerator", "uniform in the box"),
  .generator = &random_vtable,
};

const GlompoPlugin generator_incumbent = {
  COMPONENT (GLOMPO_KIND_GENERATOR, "IncumbentGenerator",
             "the best point of the run; random before there is one"),
  .generator = &incumbent_vtable,
};
