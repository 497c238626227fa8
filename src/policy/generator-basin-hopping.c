/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BasinHoppingGenerator: a random step away from the best point, or from that of another optimizer that is
 * accepted by the rule of Metropolis: with probability exp (-(f_other - f_best) / temperature). The step is
 * uniform in each coordinate and reflected at the bounds; its largest size, a fraction of the width of the
 * box, adapts: every `interval` points it is divided by `factor` (up to the whole width) when more than
 * target_accept_rate of the points so far brought another base or a new best optimizer, and multiplied by it
 * when fewer did. Before there is a value: uniform in the box.
 */
#include "policy/component.h"
#include <math.h>
#include <string.h>

typedef struct {
  double temperature;
  double max_step_size;
  double target_accept_rate;
  int64_t interval;
  double factor;
} Settings;

typedef struct {
  ComponentWhy why;
  Settings settings;
  const GlompoProblem *problem;
  const GlompoHost *host;
  uint64_t best_id; /* that of the last call, and its value */
  double best_f;
  int64_t n_points;
  int64_t n_accepted;
  double step;
  /* The last choice of a base. */
  const GlompoTrace *other; /* or NULL: there was none */
  double drawn, chance;     /* of taking it */
} BasinHopping;

static const GlompoOption options[] = {
  GLOMPO_OPT_REAL (Settings, temperature, OPTIONS_ABOVE_0, G_MAXDOUBLE, "1",
                   "difference of values that is accepted with chance 1/e"),
  GLOMPO_OPT_REAL (Settings, max_step_size, 0.0, 1.0, "0.5", "first step size, as a fraction of the box"),
  GLOMPO_OPT_REAL (Settings, target_accept_rate, 0.0, 1.0, "0.5", "rate of acceptance to aim at"),
  GLOMPO_OPT_INTEGER (Settings, interval, 1, COMPONENT_MAX_COUNT, "5",
                      "points between changes of the step size"),
  GLOMPO_OPT_REAL (Settings, factor, OPTIONS_ABOVE_0, 1.0, "0.9", "by which the step size changes"),
};

static void *
basin_hopping_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  const Settings *settings = given;
  BasinHopping *generator = g_new (BasinHopping, 1);
  *generator = (BasinHopping){ .settings = *settings,
                               .problem = problem,
                               .host = host,
                               .best_f = INFINITY,
                               .n_accepted = -1, /* the first best optimizer is none that was accepted */
                               .step = settings->max_step_size };
  return generator;
}

/* Another optimizer with a value than the best one, all equally likely; NULL: there is none. */
static const GlompoTrace *
draw_other (const GlompoRun *run, const GlompoHost *host)
{
  size_t n_others = 0;
  for (size_t i = 0; i < run->n_traces; i++)
    n_others += run->traces[i]->id != run->best_id && isfinite (run->traces[i]->best_f);
  if (n_others == 0)
    return NULL;
  size_t left = component_random_index (host, n_others);
  for (size_t i = 0;; i++)
    if (run->traces[i]->id != run->best_id && isfinite (run->traces[i]->best_f) && left-- == 0)
      return run->traces[i];
}

static const double *
choose_base (BasinHopping *generator, const GlompoRun *run)
{
  if (run->best_id != generator->best_id && run->best_f <= generator->best_f)
    generator->n_accepted++;
  generator->best_id = run->best_id;
  generator->best_f = run->best_f;
  const GlompoTrace *other = generator->other = draw_other (run, generator->host);
  if (other == NULL)
    return run->best_x;
  generator->host->uniform (generator->host, 1, &generator->drawn);
  generator->chance = exp (fmin (0.0, -(other->best_f - run->best_f) / generator->settings.temperature));
  if (generator->drawn >= generator->chance)
    return run->best_x;
  generator->n_accepted++;
  return other->best_x;
}

static void
adapt_step (BasinHopping *generator)
{
  if (++generator->n_points % generator->settings.interval != 0)
    return;
  double rate = (double) generator->n_accepted / (double) generator->n_points;
  if (rate > generator->settings.target_accept_rate)
    generator->step = fmin (generator->step / generator->settings.factor, 1.0);
  else if (rate < generator->settings.target_accept_rate)
    generator->step *= generator->settings.factor;
}

static void
explain_base (BasinHopping *generator, const GlompoRun *run)
{
  const GlompoTrace *other = generator->other;
  if (other == NULL)
    component_why (generator, "step % from the best point, % of optimizer %; no other one has a value",
                   generator->step, run->best_f, (double) run->best_id);
  else if (generator->drawn >= generator->chance)
    component_why (
        generator,
        "step % from the best point, % of optimizer %; not optimizer %: % >= exp (-(% - %) / %) = %",
        generator->step, run->best_f, (double) run->best_id, (double) other->id, generator->drawn,
        other->best_f, run->best_f, generator->settings.temperature, generator->chance);
  else
    component_why (generator, "step % from the best point of optimizer %: % < exp (-(% - %) / %) = %",
                   generator->step, (double) other->id, generator->drawn, other->best_f, run->best_f,
                   generator->settings.temperature, generator->chance);
}

/* Behind why the base was chosen. */
static void
explain_step (BasinHopping *generator)
{
  char *text = generator->why.text;
  size_t length = strlen (text);
  if (generator->n_points % generator->settings.interval == 0)
    component_print (text + length, sizeof generator->why.text - length, "; % of % accepted, % wanted",
                     (double) generator->n_accepted, (double) generator->n_points,
                     generator->settings.target_accept_rate);
}

static bool
basin_hopping_generate (void *self, const GlompoRun *run, double *x)
{
  BasinHopping *generator = self;
  const GlompoProblem *problem = generator->problem;
  if (!isfinite (run->best_f))
    {
      component_random_point (problem, generator->host, x);
      component_why (generator, "random, for want of a value");
      return true;
    }
  const double *base = choose_base (generator, run);
  adapt_step (generator);
  explain_base (generator, run);
  explain_step (generator);
  generator->host->uniform (generator->host, problem->n, x);
  for (size_t i = 0; i < problem->n; i++)
    {
      double lower = problem->lower[i], upper = problem->upper[i];
      x[i] = base[i] + (2.0 * x[i] - 1.0) * generator->step * (upper - lower);
      if (x[i] < lower)
        x[i] = lower + (lower - x[i]);
      else if (x[i] > upper)
        x[i] = upper - (x[i] - upper);
      x[i] = CLAMP (x[i], lower, upper); /* rounding */
    }
  return true;
}

static const GlompoGeneratorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = basin_hopping_create,
  .destroy = g_free,
  .generate = basin_hopping_generate,
  .explain = component_explain,
};

const GlompoPlugin generator_basin_hopping = {
  COMPONENT (GLOMPO_KIND_GENERATOR, "BasinHoppingGenerator", "a random step away from a good point"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .generator = &vtable,
};
