/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * neldermead - the plugin around neldermead-core.c: options, texts, saved state.
 *
 * Thread: whichever thread calls; one at a time for an instance.
 */
#include "neldermead-core.h"
#include <glompo/glompo-plugin.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define STATE_VERSION 1u

typedef struct {
  double size, tol_x, tol_f;
  int64_t max_evaluations, max_iterations, max_restarts;
} NeldermeadOptions;

typedef struct {
  const GlompoHost *host;
  Nm *nm;
  char text[256];
} Neldermead;

static const GlompoOption neldermead_options[] = {
  GLOMPO_OPT_REAL (NeldermeadOptions, size, 1e-12, 1.0, "0.1",
                   "edges of the first simplex as a fraction of the box"),
  GLOMPO_OPT_REAL (NeldermeadOptions, tol_x, 0.0, 1.0, "1e-8",
                   "stop below this size of the simplex (fraction of the box), if tol_f is met as well"),
  GLOMPO_OPT_REAL (NeldermeadOptions, tol_f, 0.0, INFINITY, "1e-10",
                   "stop below this spread of the values relative to 1 + |best|, if tol_x is met as well"),
  GLOMPO_OPT_INTEGER_AUTO (NeldermeadOptions, max_evaluations, 1, INFINITY, "auto",
                           "evaluations after which it ends; auto: unlimited"),
  GLOMPO_OPT_INTEGER_AUTO (NeldermeadOptions, max_iterations, 1, INFINITY, "auto",
                           "iterations after which it ends; auto: unlimited"),
  GLOMPO_OPT_INTEGER_AUTO (NeldermeadOptions, max_restarts, 0, INFINITY, "auto",
                           "restarts of a degenerate simplex; auto: as long as each brings progress"),
};

static const char *const neldermead_metrics_names[]
    = { "size", "spread", "iterations", "shrinks", "restarts", NULL };

static uint64_t
limit (int64_t value)
{
  return value == GLOMPO_AUTO_INTEGER ? NM_UNLIMITED : (uint64_t) value;
}

static void
neldermead_destroy (void *instance)
{
  Neldermead *self = instance;
  nm_free (self->nm);
  free (self);
}

static void *
neldermead_create (const GlompoProblem *problem, const void *options, uint64_t seed, const GlompoHost *host)
{
  (void) seed;
  const NeldermeadOptions *set = options;
  const NmSettings settings = { .n = problem->n,
                                .lower = problem->lower,
                                .upper = problem->upper,
                                .x0 = problem->x0,
                                .size = set->size,
                                .tol_x = set->tol_x,
                                .tol_f = set->tol_f,
                                .max_evaluations = limit (set->max_evaluations),
                                .max_iterations = limit (set->max_iterations),
                                .max_restarts = limit (set->max_restarts) };
  Neldermead *self = calloc (1, sizeof *self);
  if (self != NULL)
    self->nm = nm_new (&settings);
  if (self == NULL || self->nm == NULL)
    {
      host->fail (host, "not enough memory for the simplex");
      free (self);
      return NULL;
    }
  self->host = host;
  return self;
}

static int32_t
neldermead_ask (void *instance, size_t max, double *x, uint64_t *ids)
{
  Neldermead *self = instance;
  const size_t m = nm_ask (self->nm, max < INT32_MAX ? max : INT32_MAX, x);
  for (size_t i = 0; i < m; i++)
    ids[i] = self->nm->state.evaluations + i;
  return m > 0 ? (int32_t) m : GLOMPO_ASK_DONE;
}

static void
neldermead_tell (void *instance, size_t n, const GlompoTrials *trials)
{
  Neldermead *self = instance;
  nm_tell (self->nm, n, trials->f);
}

static void
neldermead_inject (void *instance, const double *x, double f)
{
  Neldermead *self = instance;
  nm_inject (self->nm, x, f);
}

static bool
neldermead_save (void *instance, const GlompoHost *host)
{
  const Nm *nm = ((Neldermead *) instance)->nm;
  const uint64_t head[] = { STATE_VERSION, nm->settings.n };
  return host->write (host, head, sizeof head) && host->write (host, &nm->state, sizeof nm->state)
         && host->write (host, nm->numbers, nm->n_saved * sizeof *nm->numbers)
         && host->write (host, nm->order, (nm->settings.n + 1) * sizeof *nm->order);
}

static bool
neldermead_load (void *instance, const GlompoHost *host)
{
  Nm *nm = ((Neldermead *) instance)->nm;
  const size_t n = nm->settings.n;
  uint64_t head[2];
  if (!host->read (host, head, sizeof head))
    return false;
  if (head[0] != STATE_VERSION || head[1] != n)
    {
      host->fail (host, "the saved state is of another version or of another number of parameters");
      return false;
    }
  if (!host->read (host, &nm->state, sizeof nm->state)
      || !host->read (host, nm->numbers, nm->n_saved * sizeof *nm->numbers)
      || !host->read (host, nm->order, (n + 1) * sizeof *nm->order))
    return false;
  bool good = nm->state.phase >= NM_BATCH && nm->state.phase <= NM_DONE && nm->state.next <= n + 1;
  for (size_t i = 0; i <= n; i++)
    good = good && nm->order[i] <= n;
  if (!good)
    host->fail (host, "the saved state is damaged");
  return good;
}

/* The figures keep their decimal point whatever the locale of the program. */
static void
write_reason (Neldermead *self, const char *what)
{
  const locale_t plain = newlocale (LC_ALL_MASK, "C", (locale_t) 0);
  const locale_t former = uselocale (plain);
  const NmState *state = &self->nm->state;
  snprintf (self->text, sizeof self->text,
            "%s: size %.3g (tol_x %.3g), spread %.3g, %llu iterations, %llu evaluations, %llu restarts", what,
            state->size, self->nm->settings.tol_x, nm_spread (self->nm),
            (unsigned long long) state->iterations, (unsigned long long) state->evaluations,
            (unsigned long long) state->restarts);
  uselocale (former);
  if (plain != (locale_t) 0)
    freelocale (plain);
}

static int32_t
neldermead_stop_reason (void *instance, const char **text)
{
  static const struct {
    int32_t reason;
    const char *what;
  } ends[] = {
    [NM_RUNNING] = { GLOMPO_STOP_RUNNING, "still running" },
    [NM_CONVERGED] = { GLOMPO_STOP_CONVERGED, "size and spread of the simplex are within the tolerances" },
    [NM_ROUNDING] = { GLOMPO_STOP_STAGNATED, "the simplex has shrunk to the precision of its numbers" },
    [NM_MAX_EVALUATIONS] = { GLOMPO_STOP_EXHAUSTED, "max_evaluations is reached" },
    [NM_MAX_ITERATIONS] = { GLOMPO_STOP_EXHAUSTED, "max_iterations is reached" },
    [NM_NO_VALUE] = { GLOMPO_STOP_ERROR, "no vertex of the first simplex has a value" },
  };
  Neldermead *self = instance;
  const int32_t end = self->nm->state.end;
  write_reason (self, ends[end].what);
  *text = self->text;
  return ends[end].reason;
}

static void
neldermead_metrics (void *instance, double *values)
{
  const Nm *nm = ((Neldermead *) instance)->nm;
  values[0] = nm->state.size;
  values[1] = nm_spread (nm);
  values[2] = (double) nm->state.iterations;
  values[3] = (double) nm->state.shrinks;
  values[4] = (double) nm->state.restarts;
}

static const GlompoOptimizerVTable neldermead_vtable = {
  .struct_size = sizeof (GlompoOptimizerVTable),
  .create = neldermead_create,
  .ask = neldermead_ask,
  .tell = neldermead_tell,
  .destroy = neldermead_destroy,
  .inject = neldermead_inject,
  .save = neldermead_save,
  .load = neldermead_load,
  .stop_reason = neldermead_stop_reason,
  .metrics = neldermead_metrics,
};

static const GlompoPlugin neldermead_plugin = {
  GLOMPO_PLUGIN_HEADER (GLOMPO_KIND_OPTIMIZER),
  .name = "neldermead",
  .version = "1.0",
  .summary = "Nelder-Mead simplex with coefficients that adapt to the dimension",
  .author = "The GloMPO authors",
  .licence = "LGPL-2.1-or-later",
  .reference = "Gao & Han, Comput. Optim. Appl. 51 (2012) 259-277",
  GLOMPO_PLUGIN_OPTIONS (NeldermeadOptions, neldermead_options),
  .level1 = GLOMPO_LEVEL1_ANY,
  .level2 = GLOMPO_LEVEL2_ANY,
  .metrics = neldermead_metrics_names,
  .optimizer = &neldermead_vtable,
};
GLOMPO_PLUGIN (neldermead_plugin)
