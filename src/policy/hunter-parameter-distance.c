/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ParameterDistance: the victim's last point lies within relative_distance x the diagonal of the box of the
 * last point of the optimizer with the best value, or (test_all) of any other optimizer ever started. Those
 * without an evaluation do not count. The parameters are not scaled: a wide one weighs most.
 */
#include "policy/component.h"
#include <math.h>

typedef struct {
  double relative_distance;
  bool test_all;
} Settings;

typedef struct {
  Settings settings;
  size_t n;
  double limit;
} ParameterDistance;

enum { DISTANCE, LIMIT, NEAREST_ID };

static const GlompoOption options[] = {
  GLOMPO_OPT_REAL (Settings, relative_distance, OPTIONS_ABOVE_0, 1.0, NULL,
                   "least distance, as a fraction of the diagonal of the box"),
  GLOMPO_OPT_BOOLEAN (Settings, test_all, "false",
                      "compare with every optimizer ever started instead of the best one only"),
};

static void *
parameter_distance_create (const GlompoProblem *problem, const void *given, uint64_t seed,
                           const GlompoHost *host)
{
  const Settings *settings = given;
  ParameterDistance *hunter = g_new (ParameterDistance, 1);
  hunter->settings = *settings;
  hunter->n = problem->n;
  hunter->limit = settings->relative_distance * component_diagonal (problem);
  return hunter;
}

/* Keeps the nearest in figures; TRUE: near enough. */
static bool
compare (const ParameterDistance *hunter, const GlompoTrace *other, const GlompoTrace *victim,
         double *figures)
{
  if (other->id == victim->id || other->evaluations == 0)
    return false;
  double distance = component_distance (hunter->n, other->last_x, victim->last_x);
  if (distance < figures[DISTANCE])
    {
      figures[DISTANCE] = distance;
      figures[NEAREST_ID] = (double) other->id;
    }
  return distance <= hunter->limit;
}

static bool
parameter_distance_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
                         double *figures)
{
  const ParameterDistance *hunter = self;
  figures[DISTANCE] = INFINITY;
  figures[LIMIT] = hunter->limit;
  if (compare (hunter, best, victim, figures))
    return true;
  if (hunter->settings.test_all)
    for (size_t i = 0; i < run->n_traces; i++)
      if (compare (hunter, run->traces[i], victim, figures))
        return true;
  return false;
}

static void
parameter_distance_explain (void *self, const double *figures, char *text, size_t size)
{
  if (isinf (figures[DISTANCE]))
    component_print (text, size, "no other point");
  else
    component_print (text, size,
                     figures[DISTANCE] <= figures[LIMIT] ? "% from optimizer % <= %"
                                                          : "% from optimizer % > %",
                     figures[DISTANCE], figures[NEAREST_ID], figures[LIMIT]);
}

static const GlompoHunterVTable vtable = {
  .struct_size = sizeof vtable,
  .create = parameter_distance_create,
  .destroy = g_free,
  .test = parameter_distance_test,
  .explain = parameter_distance_explain,
};

const GlompoPlugin hunter_parameter_distance = {
  COMPONENT (GLOMPO_KIND_HUNTER, "ParameterDistance", "it is near to where another optimizer is"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .hunter = &vtable,
};
