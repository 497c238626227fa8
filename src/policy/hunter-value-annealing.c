/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ValueAnnealing: by chance, the likelier the worse the victim's best value v is than the best value h of the
 * run. It survives a test with probability (1 - med_kill_chance)^(|h - v| / R). R is
 *   scale = value: |h|, so that a victim of twice the value is killed with probability med_kill_chance; never
 *                  true when h = 0;
 *   scale = range: the distance from h to the worst best value among the optimizers alive, so that the worst
 *                  of them is killed with probability med_kill_chance; the same when a constant is added to
 *                  the function.
 * Never true for a victim that is not worse than h; a victim without any value is infinitely worse.
 */
#include "policy/component.h"
#include <math.h>

typedef struct {
  double med_kill_chance;
  int32_t scale;
} Settings;

typedef struct {
  Settings settings;
  const GlompoHost *host;
  GArray *alive;      /* size_t: indices of traces that may be alive */
  size_t n_seen;      /* traces looked at for alive */
  uint64_t hunts;     /* the hunt and evaluation for which worst holds */
  uint64_t evaluations;
  double worst;
} ValueAnnealing;

enum { DRAWN, SURVIVAL, DISTANCE, REFERENCE };

static const GlompoOption options[] = {
  GLOMPO_OPT_REAL (Settings, med_kill_chance, 0.0, 1.0, "0.5",
                   "chance that a victim one unit of the scale worse is stopped; above 0, below 1"),
  GLOMPO_OPT_CHOICE (Settings, scale, component_scales, "value",
                     "unit: the best value; range: the distance from it to the worst optimizer alive"),
};

static void *
value_annealing_create (const GlompoProblem *problem, const void *given, uint64_t seed,
                        const GlompoHost *host)
{
  const Settings *settings = given;
  if (!(settings->med_kill_chance > 0.0 && settings->med_kill_chance < 1.0))
    return component_refuse (host, "med_kill_chance is %d, wanted a number above 0 and below 1",
                             (int) settings->med_kill_chance);
  ValueAnnealing *hunter = g_new0 (ValueAnnealing, 1);
  hunter->settings = *settings;
  hunter->host = host;
  hunter->alive = g_array_new (FALSE, FALSE, sizeof (size_t));
  hunter->evaluations = UINT64_MAX;
  return hunter;
}

static void
value_annealing_destroy (void *self)
{
  g_array_unref (((ValueAnnealing *) self)->alive);
  g_free (self);
}

/* The worst finite best value of the optimizers alive. Ended ones are dropped from the list, so that it costs
 * as much as there are alive, once in a hunt. */
static double
find_worst (ValueAnnealing *hunter, const GlompoRun *run)
{
  if (hunter->hunts == run->hunts && hunter->evaluations == run->evaluations)
    return hunter->worst;
  for (; hunter->n_seen < run->n_traces; hunter->n_seen++)
    g_array_append_val (hunter->alive, hunter->n_seen);
  double worst = -INFINITY;
  guint kept = 0;
  for (guint i = 0; i < hunter->alive->len; i++)
    {
      size_t index = g_array_index (hunter->alive, size_t, i);
      const GlompoTrace *trace = run->traces[index];
      if (!trace->alive && !trace->frozen)
        continue;
      g_array_index (hunter->alive, size_t, kept++) = index;
      if (trace->alive && isfinite (trace->best_f))
        worst = MAX (worst, trace->best_f);
    }
  g_array_set_size (hunter->alive, kept);
  hunter->hunts = run->hunts;
  hunter->evaluations = run->evaluations;
  return hunter->worst = worst;
}

static bool
value_annealing_test (void *self, const GlompoRun *run, const GlompoTrace *best, const GlompoTrace *victim,
                      double *figures)
{
  ValueAnnealing *hunter = self;
  double h = best->best_f;
  double v = victim->best_f;
  gboolean range = hunter->settings.scale == SCALE_RANGE;
  figures[DISTANCE] = v - h;
  figures[REFERENCE] = range ? fmax (find_worst (hunter, run), v) - h : fabs (h);
  if (!isfinite (h) || !(v > h) || figures[REFERENCE] == 0.0)
    return false;
  double ratio = isinf (v) ? INFINITY : figures[DISTANCE] / figures[REFERENCE];
  figures[SURVIVAL] = pow (1.0 - hunter->settings.med_kill_chance, ratio);
  hunter->host->uniform (hunter->host, 1, &figures[DRAWN]);
  return figures[DRAWN] >= figures[SURVIVAL];
}

static void
value_annealing_explain (void *self, const double *figures, char *text, size_t size)
{
  if (!(figures[DISTANCE] > 0.0))
    component_print (text, size, "not worse than the best");
  else if (figures[REFERENCE] == 0.0)
    component_print (text, size, "% worse, scale 0", figures[DISTANCE]);
  else
    component_print (text, size,
                     figures[DRAWN] >= figures[SURVIVAL] ? "% worse, scale %: % drawn >= survival chance %"
                                                         : "% worse, scale %: % drawn < survival chance %",
                     figures[DISTANCE], figures[REFERENCE], figures[DRAWN], figures[SURVIVAL]);
}

static const GlompoHunterVTable vtable = {
  .struct_size = sizeof vtable,
  .create = value_annealing_create,
  .destroy = value_annealing_destroy,
  .test = value_annealing_test,
  .explain = value_annealing_explain,
};

const GlompoPlugin hunter_value_annealing = {
  COMPONENT (GLOMPO_KIND_HUNTER, "ValueAnnealing", "by chance, the likelier the worse its best value is"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .hunter = &vtable,
};
