/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole runs of the manager with fake plugins, each followed by an audit: the journal is read back and
 * everything in it is counted again and compared with the result.
 *
 * The fake task "line" has two parameters from -1000 to 1000 and gives the first one; above 999 it fails,
 * and with `create_fails` it cannot be made. The fake optimizer "script" asks for points whose value is that
 * of its option `values`, one after the other; then it has converged, or with `forever` repeats the last
 * one, each time less by `step`. `batch` points come at once; with `create_fails` it cannot be made; with
 * `hangs` it never comes back from its first ask. "async-script" and "run-script" are the same as
 * asynchronous optimizer and as run(). Fake policies: selectors "Never", "Nothing" (fits) and "Wrong",
 * generator "Fails", checker "Counts" (at least so many freezes, revivals and kills).
 */
#pragma once

#include "harness.h"
#include <glompo/glompo.h>

/* What the journal says, counted again. */
typedef struct {
  guint64 evaluations, failures, started, ended, converged, hunted, failed, stopped;
  guint64 freezes, revivals;
  guint64 hunts;      /* records of hunts: victims */
  guint64 stops, injections, messages, warnings, statuses, findings;
  guint64 metrics;    /* ends of scripts that told their metric, and rightly */
  guint64 best_id, best_evaluation;
  double best_f;
  guint64 most_busy;  /* slots in use at once */
  GPtrArray *reasons; /* of the optimizers' ends, by id */
  GPtrArray *groups;  /* names of groups, by id */
  GPtrArray *states;  /* of the ends, by id */
  GArray *values;     /* double: of all evaluations, in order */
  char *text;         /* all messages, a line each */
} Audit;

typedef struct {
  GlompoConfig *config;
  GlompoManager *manager;
  char *directory;
  gboolean good;
  GError *error;
  GlompoRunResult *result;
  Audit audit;
} Rig;

/* [glompo] with the lines (threads; seed 1 and two slots unless they say otherwise), then [task] and its
 * line, then the groups as text. directory NULL: a fresh one. A text that is not good ends the program. */
Rig *rig_new (const char *glompo, const char *groups, const char *directory);
Rig *rig_new_with_task (const char *glompo, const char *task, const char *groups, const char *directory);
void rig_free (Rig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

/* Runs in this thread, takes the result and audits. Returns the state of the run. */
GlompoRunState rig_run (Rig *rig);
/* The second half of it. */
void rig_take_result (Rig *rig);
/* All in one. */
Rig *rig_new_run (const char *glompo, const char *groups);

/* Reads the journal in the directory and compares it with itself, and with the result if there is one. */
void rig_audit (Rig *rig);

/* The fake plugins in a registry with everything built in. (transfer full) */
GlompoRegistry *rig_registry (void);

/* What all instances of the fake optimizers have done so far. */
guint64 rig_injections (void);
guint64 rig_alive (void);
guint64 rig_hanging (void);

/* How often the task was called in the thread that called rig_watch_thread() last. */
void rig_watch_thread (void);
guint64 rig_own_evaluations (void);
