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
  GArray *living;     /* size_t: indices of the traces that have not ended, be they frozen */
  size_t n_seen;      /* traces that were put there, or had ended before */
  uint64_t hunts;     /* the hunt and evaluation for which worst holds */
  uint64_t evaluations;
  double worst;
} ValueAnnealing;

enum { DRAWN, SURVIVAL, DISTANCE, REFERENCE };

static const GlompoOption options[] = {
  GLOMPO_OPT_REAL (Settings, med_kill_chance, OPTIONS_ABOVE_0, OPTIONS_BELOW_1, "0.5",
                   "chance that a victim one unit of the scale worse is stopped"),
  GLOMPO_OPT_CHOICE (Settings, scale, component_scales, "value",
                     "unit: the best value; range: the distance from it to the worst optimizer alive"),
};

static void *
value_annealing_create (const GlompoProblem *problem, const void *given, uint64_t seed,
                        const GlompoHost *host)
{
  const Settings *settings = given;
  ValueAnnealing *hunter = g_new0 (ValueAnnealing, 1);
  hunter->settings = *settings;
  hunter->host = host;
  hunter->living = g_array_new (FALSE, FALSE, sizeof (size_t));
  hunter->evaluations = UINT64_MAX;
  return hunter;
}

static void
value_annealing_destroy (void *self)
{
  g_array_unref (((ValueAnnealing *) self)->living);
  g_free (self);
}

/* The worst finite best value of the optimizers alive. It costs as much as there are that have not ended,
 * once in a hunt. Those that are frozen may be alive again: they are not taken off the list before they have
 * ended; but while none is, whoever is not alive has ended, which spares a new condition all that is past. */
static double
find_worst (ValueAnnealing *hunter, const GlompoRun *run)
{
  if (hunter->hunts == run->hunts && hunter->evaluations == run->evaluations)
    return hunter->worst;
  for (; hunter->n_seen < run->n_traces; hunter->n_seen++)
    if (run->traces[hunter->n_seen]->alive || run->frozen > 0)
      g_array_append_val (hunter->living, hunter->n_seen);
  double worst = -INFINITY;
  for (guint i = 0; i < hunter->living->len; i++)
    {
      const GlompoTrace *trace = run->traces[g_array_index (hunter->living, size_t, i)];
      if (trace->alive && isfinite (trace->best_f))
        worst = MAX (worst, trace->best_f);
    }
  hunter->hunts = run->hunts;
  hunter->evaluations = run->evaluations;
  return hunter->worst = worst;
}

static void
value_annealing_forget (void *self, uint64_t id)
{
  ValueAnnealing *hunter = self;
  for (guint i = 0; i < hunter->living->len; i++)
    if (g_array_index (hunter->living, size_t, i) + 1 == id)
      {
        g_array_remove_index (hunter->living, i);
        return;
      }
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
  .forget = value_annealing_forget,
};

const GlompoPlugin hunter_value_annealing = {
  COMPONENT (GLOMPO_KIND_HUNTER, "ValueAnnealing", "by chance, the likelier the worse its best value is"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .hunter = &vtable,
};
