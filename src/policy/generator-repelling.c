/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Repelling: uniform in the box, but not within radius x its diagonal of the best point of any optimizer ever
 * started, so that basins are not visited twice (the idea of repelling restarts, arXiv 2405.01226). When none
 * of N_CANDIDATES points is that far away, the farthest of them. In many dimensions random points are far
 * from each other: their typical distance is 0.4 of the diagonal.
 */
#include "policy/component.h"
#include <math.h>
#include <string.h>

#define N_CANDIDATES 100

typedef struct {
  double radius;
} Settings;

typedef struct {
  ComponentWhy why;
  const GlompoProblem *problem;
  const GlompoHost *host;
  double radius;     /* in units of the box */
  double *candidate; /* n numbers */
} Repelling;

static const GlompoOption options[] = {
  GLOMPO_OPT_REAL (Settings, radius, 0.0, 1.0, "0.1",
                   "distance to keep from known points, as a fraction of the diagonal of the box"),
};

static void *
repelling_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  Repelling *generator = g_new (Repelling, 1);
  *generator = (Repelling){ .problem = problem,
                            .host = host,
                            .radius = ((const Settings *) given)->radius * component_diagonal (problem),
                            .candidate = g_new (double, problem->n) };
  return generator;
}

static void
repelling_destroy (void *self)
{
  g_free (((Repelling *) self)->candidate);
  g_free (self);
}

/* Distance from the nearest best point, and whose that is. */
static double
nearest_distance (const GlompoRun *run, size_t n, const double *x, uint64_t *out_id)
{
  double nearest = INFINITY;
  *out_id = 0;
  for (size_t i = 0; i < run->n_traces; i++)
    {
      double distance
          = isfinite (run->traces[i]->best_f) ? component_distance (n, x, run->traces[i]->best_x) : INFINITY;
      if (!(distance < nearest))
        continue;
      nearest = distance;
      *out_id = run->traces[i]->id;
    }
  return nearest;
}

static bool
repelling_generate (void *self, const GlompoRun *run, double *x)
{
  Repelling *generator = self;
  size_t n = generator->problem->n;
  double farthest = -INFINITY;
  int chosen = 0;
  uint64_t near = 0;
  for (int k = 0; k < N_CANDIDATES && farthest <= generator->radius; k++)
    {
      uint64_t id;
      component_random_point (generator->problem, generator->host, generator->candidate);
      double distance = nearest_distance (run, n, generator->candidate, &id);
      if (distance <= farthest)
        continue;
      farthest = distance;
      chosen = k + 1;
      near = id;
      memcpy (x, generator->candidate, n * sizeof (double));
    }
  if (near == 0)
    component_why (generator, "random, for want of a value to keep away from");
  else
    component_why (
        generator,
        farthest > generator->radius
            ? "candidate %: distance % from the nearest best point, of optimizer %, > %"
            : "candidate %, the farthest: distance % from the nearest best point, of optimizer %, <= %",
        (double) chosen, farthest, (double) near, generator->radius);
  return true;
}

static const GlompoGeneratorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = repelling_create,
  .destroy = repelling_destroy,
  .generate = repelling_generate,
  .explain = component_explain,
};

const GlompoPlugin generator_repelling = {
  COMPONENT (GLOMPO_KIND_GENERATOR, "Repelling", "random, away from the best points of all optimizers"),
  .reference = "https://arxiv.org/abs/2405.01226",
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .generator = &vtable,
};
