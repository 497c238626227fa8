/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run made by hand for tests of policies: the box [0, 3] x [0, 4], whose diagonal is 5, optimizers with
 * traces, counters, and the policy under test made from its text.
 */
#pragma once

#include "harness.h"
#include "model/trace.h"
#include "policy/condition.h"
#include "policy/policy.h"
#include <glib.h>

#define RIG_MAX_GROUPS 4

typedef struct {
  GlompoRegistry *registry;
  Expression *expression;
  GlompoProblem problem;
  Condition *condition; /* hunters and checkers */
  Policy *policy;       /* generators and selectors */
  GlompoWindow window;
  GPtrArray *traces;    /* Trace */
  GPtrArray *views;     /* their GlompoTrace */
  GlompoGroup groups[RIG_MAX_GROUPS];
  GlompoRun run;
  double best_x[2];
} Rig;

/* The policy of that kind and text. A text that does not resolve ends the program; a policy that cannot be
 * created gives NULL and the error. */
Rig *rig_new (GlompoKind kind, const char *text, guint64 seed, GError **error);
void rig_free (Rig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

/* A new optimizer, alive; returns its id. */
guint64 rig_start (Rig *rig, const char *group, const char *type);
GlompoTrace *rig_view (Rig *rig, guint64 id);

/* An evaluation of it, failed when f is not finite. */
void rig_evaluate (Rig *rig, guint64 id, double f, double x, double y);

/* Evaluations at (0, 0) with the values in the text, as in "3 2 inf 1". */
void rig_evaluate_all (Rig *rig, guint64 id, const char *values);

/* Whether the hunters hold for it, against the holder of the best value (or else optimizer 1). */
gboolean rig_hunt (Rig *rig, guint64 id);

/* Sets groups from workers, and max_jobs. */
void rig_set_groups (Rig *rig, gsize n, const guint64 *workers, guint64 max_jobs);

/* The condition's explanation after the call of its only leaf, as in "3 >= 2: true". (transfer full) */
char *rig_explain_leaf (Rig *rig);

/* Fails the test unless creation fails with a message that contains the part. */
void rig_refuses (GlompoKind kind, const char *text, const char *part);

typedef struct {
  double x[2];
} Point;

/* A generator; one that cannot be created ends the program. */
Rig *rig_new_generator (const char *text, guint64 seed);

/* Its next point; it lies in the box or the test fails. */
Point rig_next (Rig *rig);
