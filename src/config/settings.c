/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of [glompo]: names, ranges and defaults. Constant. */
#include "config/config.h"
#include <math.h>

static const char *const backends[] = { "threads", "processes", "processes_forced", NULL };

static const GlompoOption table[] = {
  GLOMPO_OPT_INTEGER_AUTO (Settings, max_jobs, 1, 1e6, "auto",
                           "slots: evaluations at once; auto: cores available minus one"),
  GLOMPO_OPT_CHOICE (Settings, backend, backends, "threads", "where optimizers run"),
  GLOMPO_OPT_INTEGER_AUTO (Settings, seed, 0, INFINITY, "auto",
                           "of all random numbers; auto: another one for every run"),
  GLOMPO_OPT_INTEGER (Settings, hunt_frequency, 1, INFINITY, "100", "evaluations between hunts"),
  GLOMPO_OPT_REAL (Settings, status_frequency, 0.01, INFINITY, "600", "seconds between status messages"),
  GLOMPO_OPT_BOOLEAN (Settings, share_best_solutions, "false", "offer each new best point to the others"),
  GLOMPO_OPT_REAL_AUTO (Settings, end_timeout, 0.0, INFINITY, "auto",
                        "seconds to wait for optimizers at the end; auto: as the backend needs"),
  GLOMPO_OPT_STRING (Settings, convergence, "KillsAfterConvergence(0, 1)",
                     "checkers joined by & and |: the run ends when they hold"),
  GLOMPO_OPT_STRING (Settings, hunters, "none",
                     "hunters joined by & and |: an optimizer is stopped when they hold; none: no hunts"),
  GLOMPO_OPT_STRING (Settings, generator, "RandomGenerator()", "where a new optimizer starts"),
  GLOMPO_OPT_STRING (Settings, selector, "CycleSelector()", "which optimizer starts next"),
  GLOMPO_OPT_STRING (Settings, spawn, "none",
                     "checkers joined by & and |: no optimizer is started once they hold; none: always"),
};

const GlompoOption *
settings_table (gsize *out_n)
{
  *out_n = G_N_ELEMENTS (table);
  return table;
}
