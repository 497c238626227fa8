/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bandit: the group that has earned most improvement per evaluation of late, and now and then another one to
 * see. Groups are the arms of a discounted UCB (A. Garivier, E. Moulines, On upper-confidence bound policies
 * for switching bandit problems, ALT 2011, eq. 2):
 *
 *   X_g / N_g + exploration sqrt (ln (sum N) / N_g)
 *
 * Between two questions every group that made evaluations plays once. Its reward is by how much its best
 * value is below the best one of the run at the last question, per evaluation, as a share of what the best
 * group of that time earned: from 0 to 1, whatever the function is multiplied with or has added. X and N are
 * sums of rewards and plays, multiplied by discount at each question. A group without a play comes first, the
 * one that was started least.
 */
#include "policy/component.h"
#include <math.h>

typedef struct {
  double exploration;
  double discount;
  int32_t revive;
} Settings;

typedef struct {
  uint64_t evaluations; /* at the last question */
  double reward, plays; /* X and N */
} Arm;

typedef struct {
  ComponentReviver reviver;
  Settings settings;
  Arm *arms;
  size_t n;
  double best_f; /* of the run at the last question */
} Bandit;

static const GlompoOption options[] = {
  GLOMPO_OPT_REAL (Settings, exploration, 0.0, 1e6, "0.5", "weight of what is not known yet; 0: greed"),
  GLOMPO_OPT_REAL (Settings, discount, 0.0, 1.0, "0.95",
                   "share of the past that is kept at each start; 1: all"),
  COMPONENT_OPT_REVIVE (Settings),
};

static void *
bandit_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  Bandit *selector = g_new0 (Bandit, 1);
  selector->settings = *(const Settings *) given;
  selector->reviver.mode = selector->settings.revive;
  selector->best_f = INFINITY;
  return selector;
}

static void
bandit_destroy (void *self)
{
  g_free (((Bandit *) self)->arms);
  g_free (self);
}

/* Improvement per evaluation since the last question; negative: it made none. */
static double
earned (const Bandit *selector, const GlompoRun *run, size_t group)
{
  const GlompoGroup *g = &run->groups[group];
  uint64_t made = g->evaluations - selector->arms[group].evaluations;
  if (made == 0)
    return -1.0;
  double gain = isfinite (selector->best_f) ? selector->best_f - g->best_f : 0.0;
  return gain > 0.0 ? gain / (double) made : 0.0;
}

/* Rewards everyone for what they did since the last question. */
static void
learn (Bandit *selector, const GlompoRun *run)
{
  double most = 0.0;
  gboolean any = FALSE;
  for (size_t i = 0; i < selector->n; i++)
    {
      double rate = earned (selector, run, i);
      any |= rate >= 0.0;
      most = fmax (most, rate);
    }
  for (size_t i = 0; any && i < selector->n; i++)
    {
      Arm *arm = &selector->arms[i];
      double rate = earned (selector, run, i);
      arm->reward = arm->reward * selector->settings.discount + (rate > 0.0 ? rate / most : 0.0);
      arm->plays = arm->plays * selector->settings.discount + (rate >= 0.0 ? 1.0 : 0.0);
      arm->evaluations = run->groups[i].evaluations;
    }
  if (any)
    selector->best_f = run->best_f;
}

static double
bonus (const Bandit *selector, size_t group, double plays)
{
  return selector->settings.exploration * sqrt (fmax (log (plays), 0.0) / selector->arms[group].plays);
}

/* Whether group a is to be taken before group b. */
static gboolean
is_before (const Bandit *selector, const GlompoRun *run, size_t a, size_t b, double plays)
{
  const Arm *x = &selector->arms[a], *y = &selector->arms[b];
  gboolean known[] = { x->plays > 1e-9, y->plays > 1e-9 };
  if (known[0] != known[1])
    return !known[0];
  if (!known[0])
    return run->groups[a].started < run->groups[b].started;
  return x->reward / x->plays + bonus (selector, a, plays)
         > y->reward / y->plays + bonus (selector, b, plays);
}

/* The first of those that fit, but for one. */
static int64_t
find_first (const Bandit *selector, const GlompoRun *run, uint64_t free_slots, double plays, int64_t but)
{
  int64_t first = GLOMPO_SELECT_NONE_FITS;
  for (size_t i = 0; i < selector->n; i++)
    if ((int64_t) i != but && run->groups[i].workers <= free_slots
        && (first < 0 || is_before (selector, run, i, (size_t) first, plays)))
      first = (int64_t) i;
  return first;
}

/* next: which would have been chosen otherwise; negative: none. */
static void
explain_choice (Bandit *selector, const GlompoRun *run, size_t group, int64_t next, double plays)
{
  const Arm *arm = &selector->arms[group], *other = next >= 0 ? &selector->arms[next] : NULL;
  char rival[80] = "no other one fits";
  if (arm->plays <= 1e-9)
    {
      component_why (selector, "no evaluation of it is known, % started",
                     (double) run->groups[group].started);
      return;
    }
  if (other != NULL)
    component_print (rival, sizeof rival, "group % has % + %", (double) next + 1,
                     other->reward / other->plays, bonus (selector, (size_t) next, plays));
  g_autofree char *template
      = g_strconcat ("share of improvement % + % for exploring, % plays; ", rival, NULL);
  component_why (selector, template, arm->reward / arm->plays, bonus (selector, group, plays), arm->plays);
}

static int64_t
bandit_select (void *self, const GlompoRun *run, uint64_t free_slots)
{
  Bandit *selector = self;
  if (selector->arms == NULL)
    {
      selector->n = run->n_groups;
      selector->arms = g_new0 (Arm, run->n_groups);
    }
  learn (selector, run);
  double plays = 0.0;
  for (size_t i = 0; i < selector->n; i++)
    plays += selector->arms[i].plays;
  int64_t chosen = find_first (selector, run, free_slots, plays, -1);
  if (chosen >= 0)
    explain_choice (selector, run, (size_t) chosen, find_first (selector, run, free_slots, plays, chosen),
                    plays);
  return chosen;
}

static uint64_t
bandit_revive (void *self, const GlompoRun *run, uint64_t free_slots)
{
  return component_revive (&((Bandit *) self)->reviver, run, free_slots);
}

static const GlompoSelectorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = bandit_create,
  .destroy = bandit_destroy,
  .select = bandit_select,
  .revive = bandit_revive,
  .explain = component_explain,
};

const GlompoPlugin selector_bandit = {
  COMPONENT (GLOMPO_KIND_SELECTOR, "Bandit", "the group that earned most improvement per evaluation"),
  .reference = "A. Garivier, E. Moulines, Algorithmic Learning Theory 2011, doi:10.1007/978-3-642-24412-4_16",
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .selector = &vtable,
};
