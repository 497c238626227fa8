/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "manager/life.h"

#define TO(STATE) (1u << LIFE_##STATE)

static const struct {
  const char *name;
  guint next;
} states[LIFE_N_STATES] = {
  [LIFE_ACTIVE] = { "active", TO (PAUSED) | TO (FROZEN) | TO (STOPPING) | TO (CONVERGED) | TO (FAILED) },
  [LIFE_PAUSED] = { "paused", TO (ACTIVE) | TO (FROZEN) | TO (STOPPING) | TO (CONVERGED) | TO (FAILED) },
  [LIFE_FROZEN] = { "frozen", TO (ACTIVE) | TO (STOPPING) | TO (CONVERGED) | TO (FAILED) },
  [LIFE_STOPPING] = { "stopping", TO (CONVERGED) | TO (HUNTED) | TO (STOPPED) | TO (FAILED) },
  [LIFE_CONVERGED] = { "converged", 0 },
  [LIFE_HUNTED] = { "hunted", 0 },
  [LIFE_STOPPED] = { "stopped", 0 },
  [LIFE_FAILED] = { "failed", 0 },
};

const char *
life_to_string (LifeState state)
{
  return states[state].name;
}

gboolean
life_is_over (LifeState state)
{
  return states[state].next == 0;
}

gboolean
life_set (LifeState *state, LifeState next, guint64 id, const char *reason)
{
  if ((states[*state].next & (1u << next)) == 0)
    return FALSE;
  g_debug ("optimizer %" G_GUINT64_FORMAT ": %s -> %s (%s)", id, states[*state].name, states[next].name,
           reason);
  *state = next;
  return TRUE;
}
