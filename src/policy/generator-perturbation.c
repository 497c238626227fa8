/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PerturbationGenerator: each coordinate from a normal distribution around x0, truncated to the bounds.
 * Drawn by rejection, with the normal as proposal where the box is wide against the deviation and the uniform
 * where it is narrow (Robert, Statistics and Computing 5, 1995, 121-125). With x0 inside the box the
 * chance of acceptance is then never below 0.49.
 */
#include "policy/component.h"
#include <math.h>

typedef struct {
  GlompoReals x0;
  GlompoReals scale;
} Settings;

typedef struct {
  ComponentWhy why;
  Settings settings;
  const GlompoProblem *problem;
  const GlompoHost *host;
} Perturbation;

/* sqrt (2 pi): width in deviations at which both proposals are equally good. */
#define NARROW 2.5066282746310002

static const GlompoOption options[] = {
  GLOMPO_OPT_REALS (Settings, x0, -G_MAXDOUBLE, G_MAXDOUBLE, NULL, "centre, one number per parameter"),
  GLOMPO_OPT_REALS (Settings, scale, 0.0, G_MAXDOUBLE, NULL,
                    "standard deviation, one number per parameter or one for all; 0: exactly the centre"),
};

static void *
perturbation_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  const Settings *settings = given;
  if (!component_check_point (problem, host, "x0", settings->x0))
    return NULL;
  if (settings->scale.n != problem->n && settings->scale.n != 1)
    return component_refuse (host, "scale has %" G_GSIZE_FORMAT " numbers, wanted 1 or %" G_GSIZE_FORMAT
                             ", the number of parameters", settings->scale.n, problem->n);
  Perturbation *generator = g_new (Perturbation, 1);
  *generator = (Perturbation){ .settings = *settings, .problem = problem, .host = host };
  return generator;
}

/* A standard normal number within low..high, where low <= 0 <= high. */
static double
draw_truncated (const GlompoHost *host, double low, double high)
{
  for (;;)
    {
      double z, u[2];
      if (high - low > NARROW)
        {
          host->normal (host, 1, &z);
          if (z >= low && z <= high)
            return z;
          continue;
        }
      host->uniform (host, 2, u);
      z = low + u[0] * (high - low);
      if (u[1] < exp (-0.5 * z * z))
        return z;
    }
}

static bool
perturbation_generate (void *self, const GlompoRun *run, double *x)
{
  Perturbation *generator = self;
  const GlompoProblem *problem = generator->problem;
  for (size_t i = 0; i < problem->n; i++)
    {
      double centre = generator->settings.x0.values[i];
      double scale = generator->settings.scale.values[generator->settings.scale.n == 1 ? 0 : i];
      double lower = problem->lower[i], upper = problem->upper[i];
      x[i] = centre;
      if (scale > 0.0)
        x[i] += scale * draw_truncated (generator->host, (lower - centre) / scale, (upper - centre) / scale);
      x[i] = CLAMP (x[i], lower, upper);
    }
  component_why (generator, "at distance % from x0",
                 component_distance (problem->n, x, generator->settings.x0.values));
  return true;
}

static const GlompoGeneratorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = perturbation_create,
  .destroy = g_free,
  .generate = perturbation_generate,
  .explain = component_explain,
};

const GlompoPlugin generator_perturbation = {
  COMPONENT (GLOMPO_KIND_GENERATOR, "PerturbationGenerator",
             "normal around a point, truncated to the bounds"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .generator = &vtable,
};
