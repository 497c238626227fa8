/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What glompo-run prints for people on standard output. Thread: the main one. */
#pragma once

#include <glompo/glompo.h>

/* What became of a run, and what it found. */
void run_print_summary (const GlompoRunResult *result);

/* How each group of optimizers would run. */
void run_print_plan (const GlompoConfig *config);
