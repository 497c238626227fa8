/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TimeAnnealing: a random number, uniform in 0..crit_ratio, is above the ratio of the evaluations of the best
 * optimizer to the victim's. So a young victim lives and an old one has to prove itself.
 */
#include "policy/component.h"

typedef struct {
  double crit_ratio;
} Settings;

typedef struct {
  double crit_ratio;
  const GlompoHost *host;
} TimeAnnealing;

enum { DRAWN, RATIO };

static const GlompoOption options[] = {
  GLOMPO_OPT_REAL (Settings, crit_ratio, OPTIONS_ABOVE_0, G_MAXDOUBLE, "1",
                   "ratio of evaluations (best to victim) from which a victim is safe"),
};

static void *
time_annealing_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  double crit_ratio = ((const Settings *) given)->crit_ratio;
  TimeAnnealing *hunter = g_new (TimeAnnealing, 1);
  *hunter = (TimeAnnealing){ .crit_ratio = crit_ratio, .host = host };
  return hunter;
}

static bool
time_annealing_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
                     double *figures)
{
  TimeAnnealing *hunter = self;
  double u;
  hunter->host->uniform (hunter->host, 1, &u);
  figures[DRAWN] = u * hunter->crit_ratio;
  figures[RATIO] = (double) best->evaluations / (double) victim->evaluations;
  return figures[DRAWN] > figures[RATIO];
}

static void
time_annealing_explain (void *self, const double *figures, char *text, size_t size)
{
  component_print (text, size, figures[DRAWN] > figures[RATIO] ? "% drawn > ratio %" : "% drawn <= ratio %",
                   figures[DRAWN], figures[RATIO]);
}

static const GlompoHunterVTable vtable = {
  .struct_size = sizeof vtable,
  .create = time_annealing_create,
  .destroy = g_free,
  .test = time_annealing_test,
  .explain = time_annealing_explain,
};

const GlompoPlugin hunter_time_annealing = {
  COMPONENT (GLOMPO_KIND_HUNTER, "TimeAnnealing", "by chance, the likelier the more evaluations it made"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .hunter = &vtable,
};
