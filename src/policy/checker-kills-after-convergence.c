/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * KillsAfterConvergence: n_killed optimizers have been stopped since n_converged had ended by themselves. The
 * moment is noticed at the first test after it, and remembered.
 */
#include "policy/component.h"

typedef struct {
  int64_t n_killed;
  int64_t n_converged;
} Settings;

typedef struct {
  Settings settings;
  bool reached;           /* n_converged have ended */
  uint64_t hunted_before; /* stopped by then */
} KillsAfterConvergence;

enum { CONVERGED, KILLED };

static const GlompoOption options[] = {
  GLOMPO_OPT_INTEGER (Settings, n_killed, 0, COMPONENT_MAX_COUNT, "0",
                      "optimizers stopped after that moment"),
  GLOMPO_OPT_INTEGER (Settings, n_converged, 0, COMPONENT_MAX_COUNT, "1",
                      "optimizers that ended by themselves"),
};

static void *
kills_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  KillsAfterConvergence *checker = g_new0 (KillsAfterConvergence, 1);
  checker->settings = *(const Settings *) given;
  return checker;
}

static bool
kills_test (void *self, const GlompoRun *run, double *figures)
{
  KillsAfterConvergence *checker = self;
  if (!checker->reached && run->converged >= (uint64_t) checker->settings.n_converged)
    {
      checker->reached = true;
      checker->hunted_before = run->hunted;
    }
  uint64_t killed = checker->reached ? run->hunted - checker->hunted_before : 0;
  figures[CONVERGED] = (double) run->converged;
  figures[KILLED] = (double) killed;
  return checker->reached && killed >= (uint64_t) checker->settings.n_killed;
}

static void
kills_explain (void *self, const double *figures, char *text, size_t size)
{
  const KillsAfterConvergence *checker = self;
  if (!checker->reached)
    component_print (text, size, "% converged < %", figures[CONVERGED],
                     (double) checker->settings.n_converged);
  else
    component_print (text, size,
                     figures[KILLED] >= (double) checker->settings.n_killed ? "% stopped since >= %"
                                                                            : "% stopped since < %",
                     figures[KILLED], (double) checker->settings.n_killed);
}

static const GlompoCheckerVTable vtable = {
  .struct_size = sizeof vtable,
  .create = kills_create,
  .destroy = g_free,
  .test = kills_test,
  .explain = kills_explain,
};

const GlompoPlugin checker_kills_after_convergence = {
  COMPONENT (GLOMPO_KIND_CHECKER, "KillsAfterConvergence",
             "so many were stopped after so many had converged"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .checker = &vtable,
};
