/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Private directories of optimizers and their evaluators, in the run's. The manager makes those of a worker
 * before it starts it, so that it is told if it cannot; who looked after the worker removes them. Thread:
 * any.
 */
#pragma once

#include "config/config.h"

/* place: that of an evaluator, or -1: of the driver. NULL: there are none by the settings. (transfer full) */
char *directories_path (const Settings *settings, const char *run_directory, guint64 id, gint place);

/* All that the evaluators of an optimizer of the group are to be in. Error: GLOMPO_RUN_ERROR_FAILED. */
gboolean directories_make (const char *run_directory, guint64 id, const OptimizerGroup *group,
                           GError **error);

void directories_remove (const char *run_directory, guint64 id, const OptimizerGroup *group);
