/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LatinHypercube: among n points every n-th part of the range of every parameter has exactly one (McKay,
 * Beckman & Conover, Technometrics 21(2), 1979). After n points another n begin.
 */
#include "policy/component.h"

typedef struct {
  int64_t n;
} Settings;

typedef struct {
  ComponentWhy why;
  const GlompoProblem *problem;
  const GlompoHost *host;
  size_t n;
  size_t next;     /* point, below n */
  uint64_t round;  /* the n points that it belongs to, from 1 */
  uint32_t *parts; /* a permutation of 0..n-1 per parameter */
} LatinHypercube;

static const GlompoOption options[] = {
  GLOMPO_OPT_INTEGER (Settings, n, 1, 10000, NULL, "points that share the box: the optimizers expected"),
};

static void *
latin_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  LatinHypercube *generator = g_new0 (LatinHypercube, 1);
  generator->problem = problem;
  generator->host = host;
  generator->n = (size_t) ((const Settings *) given)->n;
  generator->parts = g_new (uint32_t, problem->n * generator->n);
  return generator;
}

static void
latin_destroy (void *self)
{
  g_free (((LatinHypercube *) self)->parts);
  g_free (self);
}

/* A random permutation for every parameter (Fisher and Yates). */
static void
shuffle (LatinHypercube *generator)
{
  for (size_t i = 0; i < generator->problem->n; i++)
    {
      uint32_t *parts = generator->parts + i * generator->n;
      for (size_t k = 0; k < generator->n; k++)
        {
          size_t other = component_random_index (generator->host, k + 1);
          parts[k] = parts[other];
          parts[other] = (uint32_t) k;
        }
    }
}

static bool
latin_generate (void *self, const GlompoRun *run, double *x)
{
  LatinHypercube *generator = self;
  const GlompoProblem *problem = generator->problem;
  if (generator->next == 0)
    {
      shuffle (generator);
      generator->round++;
    }
  generator->host->uniform (generator->host, problem->n, x);
  for (size_t i = 0; i < problem->n; i++)
    {
      double part = (double) generator->parts[i * generator->n + generator->next];
      double width = problem->upper[i] - problem->lower[i];
      x[i] = problem->lower[i] + (part + x[i]) / (double) generator->n * width;
      x[i] = CLAMP (x[i], problem->lower[i], problem->upper[i]);
    }
  generator->next++;
  component_why (generator, "point % of % of hypercube %", (double) generator->next, (double) generator->n,
                 (double) generator->round);
  generator->next %= generator->n;
  return true;
}

static const GlompoGeneratorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = latin_create,
  .destroy = latin_destroy,
  .generate = latin_generate,
  .explain = component_explain,
};

const GlompoPlugin generator_latin_hypercube = {
  COMPONENT (GLOMPO_KIND_GENERATOR, "LatinHypercube", "random, but spread evenly along every parameter"),
  .reference = "https://doi.org/10.2307/1268522",
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .generator = &vtable,
};
