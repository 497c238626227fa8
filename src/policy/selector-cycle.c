/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CycleSelector: the groups in turn. A group whose turn it is but which does not fit in the free slots keeps
 * its turn, and the next ones that fit are taken in its place; but only as many times as there are groups.
 * Then slots are left free until it fits, so that small groups cannot starve a large one. A group that
 * would not fit in the whole run loses its turn at once.
 */
#include "policy/component.h"

typedef struct {
  int32_t revive;
} Settings;

static const GlompoOption options[] = { COMPONENT_OPT_REVIVE (Settings) };

typedef struct {
  ComponentReviver reviver;
  size_t due;        /* group whose turn it is */
  size_t substitute; /* where to look for one in its place: added to due, from 1 */
  size_t n_passed;   /* times that others were taken since it did not fit */
} Cycle;

static void *
cycle_create (const GlompoProblem *problem, const void *given, uint64_t seed, const GlompoHost *host)
{
  Cycle *selector = g_new0 (Cycle, 1);
  selector->reviver.mode = ((const Settings *) given)->revive;
  return selector;
}

static uint64_t
cycle_revive (void *self, const GlompoRun *run, uint64_t free_slots)
{
  return component_revive (&((Cycle *) self)->reviver, run, free_slots);
}

static void
pass_due (Cycle *selector, size_t n_groups)
{
  *selector = (Cycle){ .reviver = selector->reviver, .due = (selector->due + 1) % n_groups };
}

static int64_t
take_due (Cycle *selector, const GlompoRun *run, uint64_t free_slots)
{
  int64_t taken = (int64_t) selector->due;
  component_why (selector, "the turn of group % of %, its workers % <= % free slots", (double) taken + 1,
                 (double) run->n_groups, (double) run->groups[taken].workers, (double) free_slots);
  pass_due (selector, run->n_groups);
  return taken;
}

static int64_t
take_substitute (Cycle *selector, const GlompoRun *run, uint64_t free_slots)
{
  if (selector->n_passed >= run->n_groups)
    return GLOMPO_SELECT_NONE_FITS;
  for (size_t k = 0; k < run->n_groups; k++)
    {
      size_t group = (selector->due + selector->substitute + k + 1) % run->n_groups;
      if (run->groups[group].workers > free_slots)
        continue;
      selector->substitute = (selector->substitute + k + 1) % run->n_groups;
      selector->n_passed++;
      component_why (selector, "group % in place of group %, whose workers % > % free slots: time % of %",
                     (double) group + 1, (double) selector->due + 1,
                     (double) run->groups[selector->due].workers, (double) free_slots,
                     (double) selector->n_passed, (double) run->n_groups);
      return (int64_t) group;
    }
  return GLOMPO_SELECT_NONE_FITS;
}

static int64_t
cycle_select (void *self, const GlompoRun *run, uint64_t free_slots)
{
  Cycle *selector = self;
  for (size_t k = 0; k < run->n_groups; k++)
    {
      uint64_t workers = run->groups[selector->due].workers;
      if (workers <= free_slots)
        return take_due (selector, run, free_slots);
      if (workers <= run->max_jobs)
        return take_substitute (selector, run, free_slots);
      pass_due (selector, run->n_groups); /* it can never start */
    }
  return GLOMPO_SELECT_NONE_FITS;
}

static const GlompoSelectorVTable vtable = {
  .struct_size = sizeof vtable,
  .create = cycle_create,
  .destroy = g_free,
  .select = cycle_select,
  .revive = cycle_revive,
  .explain = component_explain,
};

const GlompoPlugin selector_cycle = {
  COMPONENT (GLOMPO_KIND_SELECTOR, "CycleSelector", "the groups in turn"),
  GLOMPO_PLUGIN_OPTIONS (Settings, options),
  .selector = &vtable,
};
