/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of an optimizer as a table of states.
 *
 *   active -> stopping -> hunted | stopped
 *   active <-> paused -> stopping
 *   active, paused -> frozen -> active | stopping
 *   active, paused, frozen, stopping -> converged | failed
 */
#pragma once

#include <glib.h>

typedef enum {
  LIFE_ACTIVE,    /* asks and is told */
  LIFE_PAUSED,    /* keeps its state and its slots, evaluates nothing */
  LIFE_FROZEN,    /* keeps its state, gives up its slots as soon as it rests */
  LIFE_STOPPING,  /* was told to end and has not yet */
  LIFE_CONVERGED, /* ended by itself, for a good reason */
  LIFE_HUNTED,    /* ended because a hunter, or the user, said so */
  LIFE_STOPPED,   /* ended because the run ended */
  LIFE_FAILED,    /* ended by a fault of its own, or its worker's */
  LIFE_N_STATES
} LifeState;

const char *life_to_string (LifeState state);
gboolean life_is_over (LifeState state);

/* TRUE if the table allows the step; the one place that changes a state, with a line for the log. */
gboolean life_set (LifeState *state, LifeState next, guint64 id, const char *reason);
