/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ChainSelector: the first group until the run has made fcall_thresholds[0] evaluations, then the second
 * until fcall_thresholds[1], and so on. m groups need m - 1 thresholds; with an m-th one no optimizer is
 * started any more once it is reached. It goes on by one group at most each time it is asked.
 */
#include "policy/component.h"

typedef struct {
  GlompoReals fcall_thresholds;
  int32_t revive;
} Settings;

typedef struct {
  ComponentReviver reviver;
  GlompoReals thresholds;
  const GlompoHost *host;
  size_t group;
} Chain;

static const GlompoOption options[] = {
  GLOMPO_OPT_REALS (Settings, fcall_thresholds, 0.0, COMPONENT_MAX_COUNT, NULL,
                    "evaluations of the run after which the next group takes over, ascending"),
  COMPONENT_OPT_REVIVE (Settings),
};

static void *
chain_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  GlompoReals thresholds = ((const Settings *) given)->fcall_thresholds;
  for (size_t i = 1; i < thresholds.n; i++)
    if (thresholds.values[i] < thresholds.values[i - 1])
      return component_refuse (host,
                               "number %" G_GSIZE_FORMAT " of fcall_thresholds is below the one before it, "
                               "wanted ascending numbers", i + 1);
  Chain *selector = g_new (Chain, 1);
  *selector = (Chain){ .thresholds = thresholds, .host = host };
  selector->reviver.mode = ((const Settings *) given)->revive;
  return selector;
}

static uint64_t
chain_revive (void *self, const GlompoRun *run, uint64_t free_slots)
{
  return component_revive (&((Chain *) self)->reviver, run, free_slots);
}

/* By what the present group was chosen; went_on: it was the one before until now. */
static void
explain_choice (Chain *selector, const GlompoRun *run, gboolean went_on)
{
  double evaluations = (double) run->evaluations, n = (double) run->n_groups;
  const double *thresholds = selector->thresholds.values;
  size_t group = selector->group;
  if (group == run->n_groups)
    component_why (selector, "behind the last group: % evaluations >= %", evaluations, thresholds[group - 1]);
  else if (went_on)
    component_why (selector, "group % of %: % evaluations >= %", (double) group + 1, n, evaluations,
                   thresholds[group - 1]);
  else if (group < selector->thresholds.n)
    component_why (selector, "group % of %: % evaluations < %", (double) group + 1, n, evaluations,
                   thresholds[group]);
  else
    component_why (selector, "group % of %, the last one", (double) group + 1, n);
}

static int64_t
chain_select (void *self, const GlompoRun *run, uint64_t free_slots)
{
  Chain *selector = self;
  size_t n = selector->thresholds.n;
  if (n != run->n_groups && n + 1 != run->n_groups)
    {
      component_refuse (selector->host,
                        "fcall_thresholds has %" G_GSIZE_FORMAT " numbers for %" G_GSIZE_FORMAT
                        " groups [optimizer NAME], wanted as many as groups or one fewer", n, run->n_groups);
      return INT64_MIN;
    }
  gboolean goes_on = selector->group < n
                     && (double) run->evaluations >= selector->thresholds.values[selector->group];
  selector->group += goes_on;
  gboolean none_left = selector->group == run->n_groups;
  if (!none_left && run->groups[selector->group].workers > free_slots)
    return GLOMPO_SELECT_NONE_FITS;
  explain_choice (selector, run, goes_on);
  if (none_left)
    return GLOMPO_SELECT_NEVER;
  return (int64_t) selector->group;
}

static const GlompoSelectorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = chain_create,
  .destroy = g_free,
  .select = chain_select,
  .revive = chain_revive,
  .explain = component_explain,
};

const GlompoPlugin selector_chain = {
  COMPONENT (GLOMPO_KIND_SELECTOR, "ChainSelector", "one group after the other, by evaluations of the run"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .selector = &vtable,
};
