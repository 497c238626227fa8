/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Annealing: from the best point of the run (a random one before there is one) a chain of generalised
 * simulated annealing, C. Tsallis, D. A. Stariolo, Physica A 233 (1996) 395; Y. Xiang, D. Y. Sun, W. Fan, X.
 * G. Gong, Phys. Lett. A 233 (1997) 216. The optimizer starts where the chain ends.
 *
 * One chain is 2 n steps: n that move all coordinates and one for each coordinate. A better point is taken, a
 * worse one by chance. If no step was taken the next chain follows, five at most; then the start is random.
 * Optimizer number k starts at temperature T(k - 1), which begins anew when it has fallen below
 * restart_temp_ratio of the first one:
 *
 *   T(k) = initial_temp (2^(qv - 1) - 1) / ((k + 2)^(qv - 1) - 1)
 *
 * The evaluations are made by the worker of the optimizer, and are its first ones. Threads: generate() in
 * the manager's, the chain in the worker's.
 */
#include "policy/component.h"
#include <math.h>
#include <string.h>

/* As many chains, at most, until one takes a step. */
#define MOST_CHAINS 5
/* Longest step, and least distance from the lower bound, in the units of the parameters. */
#define LONGEST_STEP 1e8
#define LEAST_DISTANCE 1e-10

typedef struct {
  double qa, qv, initial_temp, restart_temp_ratio;
} Settings;

static const GlompoOption options[] = {
  GLOMPO_OPT_REAL (Settings, qa, -1e4, -5.0, "-5", "acceptance: the lower, the fewer worse points are taken"),
  GLOMPO_OPT_REAL (Settings, qv, 1.01, 2.99, "2.62", "visits: the higher, the more often steps are long"),
  GLOMPO_OPT_REAL (Settings, initial_temp, 0.01, 5e4, "5230", "first temperature"),
  GLOMPO_OPT_REAL (Settings, restart_temp_ratio, 1e-12, 0.999, "2e-5",
                   "share of the first temperature below which it begins anew"),
};

/* ---- in the manager ---- */

typedef struct {
  ComponentWhy why;
  GlompoProblem problem;
  const GlompoHost *host;
} Annealing;

static void *
annealing_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  Annealing *generator = g_new0 (Annealing, 1);
  generator->problem = *problem;
  generator->host = host;
  return generator;
}

static bool
annealing_generate (void *self, const GlompoRun *run, double *x)
{
  Annealing *generator = self;
  if (run->best_id != 0)
    {
      memcpy (x, run->best_x, run->n * sizeof (double));
      component_why (self, "a chain from the best point, % of optimizer %", run->best_f,
                     (double) run->best_id);
    }
  else
    {
      component_random_point (&generator->problem, generator->host, x);
      component_why (self, "a chain from a random point, for want of a value");
    }
  return true;
}

/* ---- in the worker ---- */

typedef struct {
  const GlompoProblem *problem;
  const GlompoHost *host;
  Settings settings;
  uint64_t k;          /* number of the chain, for the temperature */
  size_t chains;       /* done so far */
  size_t step;         /* of the present one, from 0; before the first: the value of the start */
  bool started;        /* that is known */
  bool moved, done;
  double f;            /* where the chain is */
  double *x, *visit;
} Chain;

static double
temperature_of (const Settings *settings, double k)
{
  double q = settings->qv - 1.0;
  return settings->initial_temp * (exp2 (q) - 1.0) / (pow (k + 2.0, q) - 1.0);
}

/* How many temperatures there are before it begins anew: T(k) >= ratio T(0), solved for k. */
static uint64_t
count_temperatures (const Settings *settings)
{
  double q = settings->qv - 1.0;
  double k = pow (1.0 + (exp2 (q) - 1.0) / settings->restart_temp_ratio, 1.0 / q) - 2.0;
  return k < 1e15 ? (uint64_t) MAX (k, 0.0) + 1 : (uint64_t) 1e15;
}

static void *
chain_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  Chain *chain = g_new0 (Chain, 1);
  chain->problem = problem;
  chain->host = host;
  chain->settings = *(const Settings *) given;
  chain->k = (problem->id > 0 ? problem->id - 1 : 0) % count_temperatures (&chain->settings);
  chain->f = INFINITY;
  chain->x = g_memdup2 (problem->x0, problem->n * sizeof (double));
  chain->visit = g_new (double, problem->n);
  return chain;
}

static void
chain_destroy (void *self)
{
  Chain *chain = self;
  g_free (chain->x);
  g_free (chain->visit);
  g_free (chain);
}

/* A step of the distribution of visits, by the ratio of a normal and a power of another one. */
static double
draw_step (const Chain *chain, double temperature)
{
  double qv = chain->settings.qv, q = qv - 1.0, normal[2], u;
  double wide = exp ((4.0 - qv) * log (q)) / exp ((2.0 - qv) * G_LN2 / q) * sqrt (G_PI) / (3.0 - qv)
                * pow (temperature, 1.0 / q);
  double p = 1.0 / q - 0.5;
  double narrow = G_PI * (1.0 - p) / sin (G_PI * (1.0 - p)) / tgamma (2.0 - p);
  chain->host->normal (chain->host, 2, normal);
  double step = normal[0] * pow (wide / narrow, q / (3.0 - qv)) / pow (fabs (normal[1]), q / (3.0 - qv));
  if (fabs (step) <= LONGEST_STEP)
    return step;
  chain->host->uniform (chain->host, 1, &u);
  return copysign (LONGEST_STEP * u, step);
}

/* Coordinate i after a step: what leaves the box on one side comes in on the other. */
static double
move (const Chain *chain, size_t i, double step)
{
  double lower = chain->problem->lower[i], width = chain->problem->upper[i] - lower;
  double inside = fmod (fmod (chain->x[i] + step - lower, width) + width, width);
  return CLAMP (lower + MAX (inside, MIN (LEAST_DISTANCE, width)), lower, chain->problem->upper[i]);
}

static void
visit (Chain *chain)
{
  size_t n = chain->problem->n;
  double temperature = temperature_of (&chain->settings, (double) chain->k);
  memcpy (chain->visit, chain->x, n * sizeof (double));
  if (chain->step >= n)
    chain->visit[chain->step - n] = move (chain, chain->step - n, draw_step (chain, temperature));
  else
    for (size_t i = 0; i < n; i++)
      chain->visit[i] = move (chain, i, draw_step (chain, temperature));
}

static int32_t
chain_ask (void *self, size_t max, double *x, uint64_t *ids)
{
  Chain *chain = self;
  size_t n = chain->problem->n;
  if (chain->done)
    return GLOMPO_ASK_DONE;
  if (chain->started)
    visit (chain);
  memcpy (x, chain->started ? chain->visit : chain->x, n * sizeof (double));
  ids[0] = 0;
  return 1;
}

static bool
is_taken (const Chain *chain, double f)
{
  double u, qa = chain->settings.qa;
  if (f < chain->f)
    return true;
  if (!isfinite (f))
    return false;
  double cool = temperature_of (&chain->settings, (double) chain->k) / (double) (chain->k + 1);
  double base = 1.0 - (1.0 - qa) * (f - chain->f) / cool;
  chain->host->uniform (chain->host, 1, &u);
  return base > 0.0 && u <= pow (base, 1.0 / (1.0 - qa));
}

static void
end_chain (Chain *chain)
{
  chain->step = 0;
  chain->chains++;
  chain->k = (chain->k + 1) % count_temperatures (&chain->settings);
  chain->done = chain->moved || chain->chains == MOST_CHAINS;
  if (chain->done && !chain->moved)
    component_random_point (chain->problem, chain->host, chain->x);
}

static void
chain_tell (void *self, size_t n, const GlompoTrials *trials)
{
  Chain *chain = self;
  if (!chain->started)
    {
      chain->started = true;
      chain->f = trials->f[0];
      return;
    }
  if (is_taken (chain, trials->f[0]))
    {
      memcpy (chain->x, chain->visit, chain->problem->n * sizeof (double));
      chain->f = trials->f[0];
      chain->moved = true;
    }
  if (++chain->step == 2 * chain->problem->n)
    end_chain (chain);
}

static void
chain_found (void *self, double *x)
{
  const Chain *chain = self;
  memcpy (x, chain->x, chain->problem->n * sizeof (double));
}

static const GlompoOptimizerVTable search = {
  .struct_size = sizeof search,
  .create = chain_create,
  .ask = chain_ask,
  .tell = chain_tell,
  .destroy = chain_destroy,
};

static const GlompoGeneratorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = annealing_create,
  .destroy = g_free,
  .generate = annealing_generate,
  .explain = component_explain,
  .search = &search,
  .found = chain_found,
};

const GlompoPlugin generator_annealing = {
  COMPONENT (GLOMPO_KIND_GENERATOR, "Annealing", "the end of an annealing chain from the best point"),
  .reference = "Y. Xiang, D. Y. Sun, W. Fan, X. G. Gong, Phys. Lett. A 233 (1997) 216",
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .generator = &vtable,
};
