/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether an optimizer can be made for a search at all, found out before anything starts: an instance is made
 * once in another process, the helper glompo-probe, with a deadline, and goes with that process.
 *
 * Thread: any; no state.
 */
#pragma once

#include "base/options.h"
#include "model/space.h"
#include <glib.h>
#include <glompo/glompo-registry.h>

typedef struct {
  const GlompoPlugin *plugin;
  const char *file; /* of the plugin */
  const Options *options;
  const Space *space;
  guint64 max_in_flight; /* see GlompoProblem */
  guint64 seed;          /* of the run */
  double timeout;        /* seconds, 0: no limit */
} Trial;

/* Error: GLOMPO_PLUGIN_ERROR: it refuses, with its own words, or it crashed, ended or hung. */
gboolean trial_run (const Trial *trial, GError **error);

/* ---- in the helper ---- */

/* How it is called for this. */
#define TRIAL_MODE "--optimizer"

/* Makes an instance of the optimizer in the file as the request says, and tells what went wrong, if anything.
 * (transfer full) */
GBytes *trial_answer (GlompoRegistry *registry, const char *file, GBytes *request);
