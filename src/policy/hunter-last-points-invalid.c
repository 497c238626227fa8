/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LastPointsInvalid: the victim made at least n_iters evaluations, the last n_iters without a value. */
#include "policy/component.h"
#include <math.h>

typedef struct {
  int64_t n_iters;
} LastPointsInvalid;

enum { FAILED_IN_A_ROW };

static const GlompoOption options[] = {
  GLOMPO_OPT_INTEGER (LastPointsInvalid, n_iters, 1, COMPONENT_MAX_WINDOW, "1",
                      "newest evaluations of which none gave a value"),
};

COMPONENT_COPY_OPTIONS (LastPointsInvalid, last_points_invalid)

static bool
last_points_invalid_test (void *self, const GlompoRun *run, const GlompoTrace *best,
                          const GlompoTrace *victim, double *figures)
{
  size_t wanted = (size_t) ((LastPointsInvalid *) self)->n_iters;
  size_t n = victim->n_window_f, failed = 0;
  while (failed < wanted && failed < n && !isfinite (victim->window_f[n - 1 - failed]))
    failed++;
  figures[FAILED_IN_A_ROW] = (double) failed;
  return failed == wanted;
}

static void
last_points_invalid_window (void *self, GlompoWindow *out)
{
  out->f = (size_t) ((LastPointsInvalid *) self)->n_iters;
}

static void
last_points_invalid_explain (void *self, const double *figures, char *text, size_t size)
{
  double wanted = (double) ((LastPointsInvalid *) self)->n_iters;
  component_print (text, size,
                   figures[FAILED_IN_A_ROW] >= wanted ? "% failed in a row >= %" : "% failed in a row < %",
                   figures[FAILED_IN_A_ROW], wanted);
}

static const GlompoHunterVTable vtable = {
  .struct_size = sizeof vtable,
  .create = last_points_invalid_create,
  .destroy = g_free,
  .test = last_points_invalid_test,
  .window = last_points_invalid_window,
  .explain = last_points_invalid_explain,
};

const GlompoPlugin hunter_last_points_invalid = {
  COMPONENT (GLOMPO_KIND_HUNTER, "LastPointsInvalid", "none of its newest evaluations gave a value"),
  GLOMPO_PLUGIN_OPTIONS (LastPointsInvalid, options),
  .hunter = &vtable,
};
