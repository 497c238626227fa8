/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The compatibility table: which level-1 backend, level-2 backend, optimizer and task go together. A pure
 * function from what is declared and configured to findings; each rule has a number.
 */
#pragma once

#include "config/config.h"
#include <glompo/glompo-config.h>

/* What the rules look at for one optimizer group; made from a configuration, or by hand in tests. */
typedef struct {
  const char *group;            /* NAME of [optimizer NAME] */
  const GlompoPlugin *optimizer;
  const GlompoPlugin *task;
  guint32 concurrency;          /* of the task instance: a GlompoConcurrency; 0: not known */
  BackendChoice backend;
  WorkersChoice workers_backend;
  guint workers;
  guint max_jobs;
  guint cores;                  /* 0: not known */
  guint64 population;           /* points of a generation as the user has set them; 0: not known */
  gboolean has_residuals;       /* of the task instance */
  gboolean has_gradient;        /* of the task */
  gboolean blas_threads;        /* the BLAS library in this process starts threads of its own */
  gboolean evaluation_timeout;  /* is set */
  gboolean private_directories; /* are wanted */
  const char *kill_keys;        /* keys that are set and need a worker that can be killed; NULL: none */
  const char *process_keys;     /* keys that are set and need a process; NULL: none */
} CompatInput;

/* Appends the findings about one group to findings (GlompoFinding), in the order of the rules. */
void compat_check_group (const CompatInput *input, GPtrArray *findings);

/* An empty array that owns its GlompoFinding. (transfer full) */
GPtrArray *compat_findings_new (void);

/* The first error among them, or NULL. (transfer none) */
const GlompoFinding *findings_find_error (const GPtrArray *findings);

/* "CODE: WHERE: WHAT; to mend: MEND". (transfer full) */
char *finding_to_text (const GlompoFinding *finding);

/* The level-2 backend that is really used: `auto` becomes serial for one worker, else threads; threads become
 * serial for one worker. */
WorkersChoice compat_resolve_workers (const OptimizerGroup *group);

/* The configuration as it is run: with conflict_policy = adjust, and where the one given cannot work, another
 * with the nearest combination that can, also in its text, and the changes in `adjustments`; else the same.
 * (transfer full) */
GlompoConfig *compat_adjust (GlompoConfig *config);

/* What was measured of evaluations that should have run at once. */
typedef struct {
  double in_flight;    /* evaluations under way at once, on average */
  double together;     /* evaluations per second meanwhile */
  double alone;        /* evaluations per second of one at a time */
  double busy;         /* processors used meanwhile; NaN: not known */
  double cores;        /* processors that may be used */
} CompatMeasure;
#define COMPAT_MEASURE_N (sizeof (CompatMeasure) / sizeof (double))

/* The finding that level 2 of the group, or level 1 in threads, gives the throughput of one. concurrency is
 * the word of the task instance, untrusted; 0: not known. (transfer full) */
GlompoFinding *compat_measured (const GlompoConfig *config, const OptimizerGroup *group, double concurrency,
                                const CompatMeasure *measure);
