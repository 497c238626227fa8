/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MaxSeconds: this session, or all sessions of a resumed run together, have lasted so long. Exactly one of
 * the two limits is given; 0 is the same as none. What ends by the former is the session and not the run, see
 * condition_outlasts_session().
 */
#include "policy/component.h"
#include <math.h>

typedef struct {
  double session_max;
  double overall_max;
} MaxSeconds;

enum { FOUND, WANTED };

static const GlompoOption options[] = {
  GLOMPO_OPT_REAL_AUTO (MaxSeconds, session_max, 0.0, INFINITY, "auto", "seconds of this session"),
  GLOMPO_OPT_REAL_AUTO (MaxSeconds, overall_max, 0.0, INFINITY, "auto", "seconds of all sessions together"),
};

static void *
max_seconds_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  const MaxSeconds *limits = given;
  bool session = limits->session_max > 0.0, overall = limits->overall_max > 0.0; /* false for NaN, "auto" */
  if (session == overall)
    return component_refuse (host, "%s, wanted exactly one of them above 0",
                             session ? "both session_max and overall_max are given"
                                     : "neither session_max nor overall_max is given");
  return g_memdup2 (limits, sizeof *limits);
}

static bool
max_seconds_test (void *self, const GlompoRun *run, double *figures)
{
  const MaxSeconds *limits = self;
  bool session = limits->session_max > 0.0;
  figures[FOUND] = session ? run->seconds : run->seconds_before + run->seconds;
  figures[WANTED] = session ? limits->session_max : limits->overall_max;
  return figures[FOUND] >= figures[WANTED];
}

static void
max_seconds_explain (void *self, const double *figures, char *text, size_t size)
{
  component_print (text, size, figures[FOUND] >= figures[WANTED] ? "% s >= % s" : "% s < % s", figures[FOUND],
                   figures[WANTED]);
}

static double
max_seconds_left (void *self, const GlompoRun *run)
{
  double figures[GLOMPO_N_FIGURES];
  return max_seconds_test (self, run, figures) ? 0.0 : figures[WANTED] - figures[FOUND];
}

static const GlompoCheckerVTable vtable = {
  .struct_size = sizeof vtable,
  .create = max_seconds_create,
  .destroy = g_free,
  .test = max_seconds_test,
  .explain = max_seconds_explain,
  .seconds_left = max_seconds_left,
};

const GlompoPlugin checker_max_seconds = {
  COMPONENT (GLOMPO_KIND_CHECKER, "MaxSeconds", "the run has lasted so long"),
  GLOMPO_PLUGIN_OPTIONS (MaxSeconds, options),
  .checker = &vtable,
};
