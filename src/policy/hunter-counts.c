/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hunters that compare one number of the victim with a limit: MinFuncCalls, MinSeconds, Stalled. */
#include "policy/component.h"
#include <math.h>

typedef struct {
  double limit;
} Limit;

typedef struct {
  int64_t limit;
} WholeLimit;

enum { FOUND, WANTED };

static void *
count_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  Limit *self = g_new (Limit, 1);
  self->limit = (double) ((const WholeLimit *) options)->limit;
  return self;
}

COMPONENT_COPY_OPTIONS (Limit, seconds)

static bool
compare (void *self, double found, double *figures)
{
  figures[FOUND] = found;
  figures[WANTED] = ((Limit *) self)->limit;
  return figures[FOUND] >= figures[WANTED];
}

static bool
min_func_calls_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
                     double *figures)
{
  return compare (self, (double) victim->evaluations, figures);
}

static bool
min_seconds_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
                  double *figures)
{
  return compare (self, victim->seconds, figures);
}

static bool
stalled_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
              double *figures)
{
  return compare (self, victim->seconds_silent, figures);
}

static void
min_func_calls_explain (void *self, const double *figures, char *text, size_t size)
{
  component_print (text, size, figures[FOUND] >= figures[WANTED] ? "% evaluations >= %" : "% evaluations < %",
                   figures[FOUND], figures[WANTED]);
}

static void
seconds_explain (void *self, const double *figures, char *text, size_t size)
{
  component_print (text, size, figures[FOUND] >= figures[WANTED] ? "% s >= % s" : "% s < % s", figures[FOUND],
                   figures[WANTED]);
}

static const GlompoOption min_func_calls_options[] = {
  { .name = "min_pts",
    .type = GLOMPO_OPTION_INTEGER,
    .offset = offsetof (WholeLimit, limit),
    .minimum = 1,
    .maximum = COMPONENT_MAX_COUNT,
    .summary = "evaluations of the optimizer" },
};

static const GlompoOption seconds_options[] = {
  { .name = "seconds",
    .type = GLOMPO_OPTION_REAL,
    .offset = offsetof (Limit, limit),
    .minimum = 0.0,
    .maximum = INFINITY,
    .summary = "time in seconds" },
};

static const GlompoHunterVTable min_func_calls_vtable = {
  .struct_size = sizeof (GlompoHunterVTable),
  .create = count_create,
  .destroy = g_free,
  .test = min_func_calls_test,
  .explain = min_func_calls_explain,
};

static const GlompoHunterVTable min_seconds_vtable = {
  .struct_size = sizeof (GlompoHunterVTable),
  .create = seconds_create,
  .destroy = g_free,
  .test = min_seconds_test,
  .explain = seconds_explain,
};

static const GlompoHunterVTable stalled_vtable = {
  .struct_size = sizeof (GlompoHunterVTable),
  .create = seconds_create,
  .destroy = g_free,
  .test = stalled_test,
  .explain = seconds_explain,
};

const GlompoPlugin hunter_min_func_calls = {
  COMPONENT (GLOMPO_KIND_HUNTER, "MinFuncCalls", "it made a number of evaluations; to be used with &"),
  GLOMPO_PLUGIN_OPTIONS (WholeLimit, min_func_calls_options),
  .hunter = &min_func_calls_vtable,
};

const GlompoPlugin hunter_min_seconds = {
  COMPONENT (GLOMPO_KIND_HUNTER, "MinSeconds", "it has run for some time; to be used with &"),
  GLOMPO_PLUGIN_OPTIONS (Limit, seconds_options),
  .hunter = &min_seconds_vtable,
};

const GlompoPlugin hunter_stalled = {
  COMPONENT (GLOMPO_KIND_HUNTER, "Stalled", "no evaluation of it has ended for some time"),
  GLOMPO_PLUGIN_OPTIONS (Limit, seconds_options),
  .hunter = &stalled_vtable,
};
