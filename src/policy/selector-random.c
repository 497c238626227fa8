/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RandomSelector: any group that fits in the free slots, all equally likely. */
#include "policy/component.h"

typedef struct {
  int32_t revive;
} Settings;

static const GlompoOption options[] = { COMPONENT_OPT_REVIVE (Settings) };

typedef struct {
  ComponentReviver reviver;
  const GlompoHost *host;
} RandomSelector;

static void *
random_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  RandomSelector *selector = g_new0 (RandomSelector, 1);
  selector->reviver.mode = ((const Settings *) given)->revive;
  selector->host = host;
  return selector;
}

static uint64_t
random_revive (void *self, const GlompoRun *run, uint64_t free_slots)
{
  return component_revive (&((RandomSelector *) self)->reviver, run, free_slots);
}

static int64_t
random_select (void *self, const GlompoRun *run, uint64_t free_slots)
{
  size_t n_fit = 0;
  for (size_t i = 0; i < run->n_groups; i++)
    n_fit += run->groups[i].workers <= free_slots;
  if (n_fit == 0)
    return GLOMPO_SELECT_NONE_FITS;
  size_t left = component_random_index (((RandomSelector *) self)->host, n_fit);
  component_why (self, "number % of the % groups that fit in % free slots", (double) left + 1, (double) n_fit,
                 (double) free_slots);
  for (size_t i = 0;; i++)
    if (run->groups[i].workers <= free_slots && left-- == 0)
      return (int64_t) i;
}

static const GlompoSelectorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = random_create,
  .destroy = g_free,
  .select = random_select,
  .revive = random_revive,
  .explain = component_explain,
};

const GlompoPlugin selector_random = {
  COMPONENT (GLOMPO_KIND_SELECTOR, "RandomSelector", "any group that fits"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .selector = &vtable,
};
