/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SinglePointGenerator: always the same point, given or drawn once. */
#include "policy/component.h"
#include <string.h>

typedef struct {
  GlompoReals x;
} Settings;

static const GlompoOption options[] = {
  GLOMPO_OPT_REALS_AUTO (Settings, x, -G_MAXDOUBLE, G_MAXDOUBLE, "auto",
                         "the point, one number per parameter; auto: drawn at random once"),
};

static void *
single_point_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  GlompoReals x = ((const Settings *) given)->x;
  if (x.n > 0 && !component_check_point (problem, host, "x", x))
    return NULL;
  double *point = g_new (double, problem->n);
  if (x.n > 0)
    memcpy (point, x.values, problem->n * sizeof (double));
  else
    component_random_point (problem, host, point);
  return point;
}

static bool
single_point_generate (void *self, const GlompoRun *run, double *x)
{
  memcpy (x, self, run->n * sizeof (double));
  return true;
}

static const GlompoGeneratorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = single_point_create,
  .destroy = g_free,
  .generate = single_point_generate,
};

const GlompoPlugin generator_single_point = {
  COMPONENT (GLOMPO_KIND_GENERATOR, "SinglePointGenerator", "always the same point"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .generator = &vtable,
};
